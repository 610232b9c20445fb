"""How times are written for people: British, short, in the council's own time.

Everything is stored in UTC and shown in Europe/London, so a post of 23:30 UTC in July stands on the
next day. Each filter takes an aware datetime and answers "" for None, because a template asks for
times that may not have happened yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hub.clock import now as clock_now

LONDON = ZoneInfo("Europe/London")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def local(moment: datetime) -> datetime:
    """The same moment on the council's clock. Raises ValueError for a datetime without a zone."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be shown: store aware UTC times.")
    return moment.astimezone(LONDON)


def clock_time(moment: datetime | None) -> str:
    """Hours and minutes: "16:40"."""
    return f"{local(moment):%H:%M}" if moment else ""


def day(moment: datetime | date | None, now: datetime | None = None) -> str:
    """The day without the time: "Tue 17 Nov", with the year where it is not this one: "17 Nov 2025"."""
    if moment is None:
        return ""
    there = local(moment).date() if isinstance(moment, datetime) else moment
    month = MONTHS[there.month - 1][:3]
    if there.year == local(now or clock_now()).year:
        return f"{WEEKDAYS[there.weekday()][:3]} {there.day} {month}"
    return f"{there.day} {month} {there.year}"


def exact(moment: datetime | None) -> str:
    """The whole time in words, for titles: "Tuesday 17 November 2026 at 16:40"."""
    if moment is None:
        return ""
    there = local(moment)
    return f"{WEEKDAYS[there.weekday()]} {there.day} {MONTHS[there.month - 1]} {there.year} at {there:%H:%M}"


def iso(moment: datetime | None) -> str:
    """The machine's form for `<time datetime>`: UTC, whole seconds, "2026-11-17T16:40:00Z"."""
    if moment is None:
        return ""
    local(moment)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def relative(moment: datetime | None, now: datetime | None = None, inside: bool = False) -> str:
    """How long ago, or until when, as a person would say it.

    "just now", "5 minutes ago", "2 hours ago" (the same day), "Yesterday, 16:40", "Tue 17 Nov",
    "17 Nov 2025"; ahead: "in 5 minutes", "Today, 16:40", "Tomorrow, 09:00", "Fri 27 Nov". `inside` a sentence it is "yesterday".
    """
    if moment is None:
        return ""
    at = now or clock_now()
    seconds = (at - moment).total_seconds()
    days = (local(at).date() - local(moment).date()).days
    if -45 < seconds < 60:
        return "just now"
    if abs(seconds) < 3600:
        return _span(max(1, int(abs(seconds) // 60)), "minute", ahead=seconds < 0)
    if days == 0 and seconds > 0:
        return _span(int(seconds // 3600), "hour", ahead=False)
    named = {1: "Yesterday", 0: "Today", -1: "Tomorrow"}.get(days)
    if named and inside:
        named = named.lower()
    return f"{named}, {clock_time(moment)}" if named else day(moment, at)


def day_heading(moment: datetime | date, now: datetime | None = None) -> str:
    """A feed's heading for one day: "Today", "Yesterday", "Tuesday 17 November", "17 November 2025"."""
    today = local(now or clock_now()).date()
    there = local(moment).date() if isinstance(moment, datetime) else moment
    named = {0: "Today", 1: "Yesterday", -1: "Tomorrow"}.get((today - there).days)
    if named:
        return named
    month = MONTHS[there.month - 1]
    if there.year == today.year:
        return f"{WEEKDAYS[there.weekday()]} {there.day} {month}"
    return f"{there.day} {month} {there.year}"


def _span(count: int, unit: str, *, ahead: bool) -> str:
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if ahead else f"{words} ago"


FILTERS: dict[str, Callable[..., str]] = {
    "relative": relative,
    "exact": exact,
    "day": day,
    "day_heading": day_heading,
    "clock_time": clock_time,
    "iso": iso,
}
