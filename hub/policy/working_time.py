"""Working days and hours: how long an appeal can be made, and when a case is due. Weekends and bank holidays are neither.

The bank holidays are those of England and Wales, worked out from their rules: Banking and Financial Dealings Act 1971,
schedule 1, with New Year's Day and the early May holiday by yearly proclamation, as gov.uk/bank-holidays lists them. What
is proclaimed for one year only, and days on which the council itself is closed, are a setting.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from hub import clock

OPENS, CLOSES = time(9), time(17)
DAY_HOURS = CLOSES.hour - OPENS.hour
"""The office's hours, Monday to Friday, on the clock in London."""
DAY = timedelta(days=1)
MONDAY, SATURDAY = 0, 5
_added: set[date] = set()
_taken_away: set[date] = set()


def attach(days: str) -> None:
    """From now on these days count as well: `2027-06-07, -2027-05-03`; with a minus, one that is a working day after all.
    Raises ValueError for what is no date.
    """
    said = [day.strip() for day in days.split(",") if day.strip()]
    added = {date.fromisoformat(day) for day in said if not day.startswith("-")}
    away = {date.fromisoformat(day.removeprefix("-")) for day in said if day.startswith("-")}
    _added.clear()
    _taken_away.clear()
    _added.update(added)
    _taken_away.update(away)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (J. Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 19 * m) // 433
    month = (h + m - 7 * n + 90) // 25
    return date(year, month, (h + m - 7 * n + 33 * month + 19) % 32)


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England and Wales in a year, by the standing rules: one that falls on a weekend is held on the
    next day that is free.
    """
    sunday = easter(year)
    found = {
        sunday - 2 * DAY,
        sunday + DAY,
        _monday_from(date(year, 5, 1)),
        _monday_from(date(year, 5, 25)),
        _monday_from(date(year, 8, 25)),
    }
    fixed = [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)]
    found.update(day for day in fixed if day.weekday() < SATURDAY)
    for day in fixed:
        if day.weekday() >= SATURDAY:
            while day.weekday() >= SATURDAY or day in found:
                day += DAY
            found.add(day)
    return frozenset(found)


def _monday_from(day: date) -> date:
    return day + (MONDAY - day.weekday()) % 7 * DAY


def is_working(day: date) -> bool:
    """Whether the office is open on that day."""
    if day in _added:
        return False
    return day.weekday() < SATURDAY and (day in _taken_away or day not in bank_holidays(day.year))


def days_after(moment: datetime, days: int) -> datetime:
    """The end (midnight in London, in UTC) of the last of so many working days after the moment's own day."""
    there = clock.local(moment).date()
    while days:
        there += DAY
        days -= is_working(there)
    return datetime.combine(there + DAY, time(), clock.LOCAL).astimezone(moment.tzinfo)


def hours_after(moment: datetime, hours: int) -> datetime:
    """When so many of the office's hours have passed since the moment (aware), in the moment's own time zone."""
    local = clock.local(moment)
    day, left = local.date(), timedelta(hours=hours)
    while True:
        if is_working(day):
            opens, closes = _office(day)
            begins = max(local, opens)
            if closes - begins >= left and begins < closes:
                return (begins + left).astimezone(moment.tzinfo)
            left -= max(closes - begins, timedelta())
        day += DAY


def hours_between(start: datetime, end: datetime) -> int:
    """Whole office hours from `start` to `end` (aware), negative where `end` is earlier."""
    if end < start:
        return -hours_between(end, start)
    first, last = clock.local(start), clock.local(end)
    day, passed = first.date(), timedelta()
    while day <= last.date():
        if is_working(day):
            opens, closes = _office(day)
            passed += max(min(last, closes) - max(first, opens), timedelta())
        day += DAY
    return int(passed / timedelta(hours=1))


def _office(day: date) -> tuple[datetime, datetime]:
    return datetime.combine(day, OPENS, clock.LOCAL), datetime.combine(day, CLOSES, clock.LOCAL)
