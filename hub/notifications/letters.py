"""Mail about notifications: at once and in digests. What may be told is asked again when it is sent; nothing
is sent twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

from hub import access, clock, db, jobs, mail
from hub.access import Viewer
from hub.notifications import queries, sentences
from hub.notifications.models import REASONS, Notification, Wishes
from hub.people.models import Person

log = logging.getLogger(__name__)
OLDEST = timedelta(days=14)
KEPT = timedelta(days=180)
MORNING = time(7, 0)
MOST_LINES = 50
Link = Callable[..., str]
_link: Link | None = None
_signer: URLSafeSerializer | None = None
_name = "Knowledge Hub"


def init(secret: str, name: str, link: Link) -> None:
    """Says what signs the links, what the hub is called, and how an endpoint with its values becomes an
    address.
    """
    global _link, _signer, _name
    _signer, _link, _name = URLSafeSerializer(secret, salt="notifications.off"), link, name


def off_token(person_id: int, reasons: list[str]) -> str:
    """The signed part of a link that ends mail for these reasons.

    It never runs out: people find old mails.
    """
    if _signer is None:
        raise RuntimeError("letters.init has not been called")
    return str(_signer.dumps([person_id, reasons]))


def read_off_token(token: str) -> tuple[Person, list[str]] | None:
    """Whose mail for which reasons the link ends; None for a damaged one."""
    if _signer is None:
        raise RuntimeError("letters.init has not been called")
    try:
        person_id, reasons = _signer.loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    person = Person.get_or_none(Person.id == person_id)
    return (person, [str(reason) for reason in reasons]) if person is not None else None


@jobs.job("notifications.mail", lease=timedelta(minutes=2))
def mail_at_once(job: jobs.Job) -> None:
    """Mails one notification, if it is still news, still readable and still wished for."""
    viewer = _viewer(job.payload["person"])
    if viewer is None:
        return
    wish = queries.wishes(job.payload["person"])
    query = queries.rows_for(viewer).where(
        Notification.event_id == job.payload["event"],
        Notification.mailed_at.is_null(),
        queries.unread(viewer),
    )
    row = query.first()
    if row is None or wish.time_of(row.reason) != "once":
        return
    said = sentences.said(viewer, row)
    full = mail.in_full(row.event_id, row.event_name, access.require_person(viewer).id)
    lines = [
        *([full] if full else [f"{said}"]),
        "",
        _address(row),
        "",
        f"Why this mail: {sentences.why(row)}",
    ]
    with db.write():
        if _claim([row.id]):
            _queue(viewer, str(said), lines, [row.reason], key=f"tell:{row.id}")


@jobs.job("notifications.digests", every=timedelta(minutes=30), lease=timedelta(minutes=25))
def send_digests(_job: jobs.Job | None = None) -> int:
    """Sends the digests that are due; how many. One person's trouble keeps nobody else's from them."""
    now = clock.now()
    if clock.local(now).time() < MORNING:
        return 0
    waiting = (
        Notification.select(Notification.person)
        .where(
            Notification.mailed_at.is_null(),
            Notification.read_at.is_null(),
            Notification.created_at > now - OLDEST,
        )
        .distinct()
    )
    sent = 0
    for (person_id,) in list(waiting.tuples()):
        try:
            sent += _digest(person_id, now)
        except Exception:
            log.exception("the digest of person %s could not be sent; the others are", person_id)
    return sent


def _digest(person_id: int, now: datetime) -> int:
    wish = queries.wishes(person_id)
    due = [way for way in ("daily", "weekly") if _is_due(wish, way, now)]
    reasons = [r for r in REASONS if wish.time_of(r) in due]
    viewer = _viewer(person_id) if reasons else None
    if viewer is None:
        return 0
    query = queries.rows_for(viewer).where(
        Notification.reason.in_(reasons),
        Notification.mailed_at.is_null(),
        Notification.created_at > now - OLDEST,
        queries.unread(viewer),
    )
    rows = list(query)
    with db.write():
        _note_sent(person_id, due, now)
        if not rows or not _claim([row.id for row in rows]):
            return 0
        _queue(
            viewer,
            _digest_subject(rows),
            _digest_lines(viewer, rows),
            reasons,
            key=f"digest:{person_id}:{rows[0].id}",
        )
    return 1


def _is_due(wish: Wishes, way: str, now: datetime) -> bool:
    today = clock.local(now).date()
    if way == "daily":
        return wish.daily_at is None or clock.local(wish.daily_at).date() < today
    if wish.weekly_at is None:
        return today.weekday() == 0
    monday = today - timedelta(days=today.weekday())
    return clock.local(wish.weekly_at).date() < monday


def _note_sent(person_id: int, due: list[str], now: datetime) -> None:
    changes = {getattr(Wishes, f"{way}_at"): now for way in due}
    Wishes.insert(person=person_id, **{f"{way}_at": now for way in due}).on_conflict(
        conflict_target=[Wishes.person], update=changes
    ).execute()


def _digest_subject(rows: list[Notification]) -> str:
    return f"{len(rows)} thing{'' if len(rows) == 1 else 's'} new for you in {_name}"


def _digest_lines(viewer: Viewer, rows: list[Notification]) -> list[str]:
    lines: list[str] = []
    for row in rows[:MOST_LINES]:
        lines += [f"* {sentences.said(viewer, row)}", f"  {_address(row)}", f"  ({sentences.why(row)})", ""]
    if len(rows) > MOST_LINES:
        lines += [f"… and {len(rows) - MOST_LINES} more: {_to('notifications.notifications')}", ""]
    return lines


def _queue(viewer: Viewer, subject: str, lines: list[str], reasons: list[str], *, key: str) -> None:
    person = access.require_person(viewer)
    off = _to("notifications.off", token=off_token(person.id, reasons))
    text = [
        f"Hello {person.name},",
        "",
        *lines,
        "",
        f"Choose when you get mail: {_to('notifications.settings')}",
        f"Stop this kind of mail with one click: {off}",
        "",
    ]
    headers = {"List-Unsubscribe": f"<{off}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail.queue(person.email, subject, "\n".join(text), key=key, headers=headers)


def _claim(ids: list[int]) -> bool:
    """Notes them as mailed inside the write that queues the mail; False where another worker was faster."""
    changed = (
        Notification.update(mailed_at=clock.now())
        .where(Notification.id.in_(ids), Notification.mailed_at.is_null())
        .execute()
    )
    return bool(changed)


def _viewer(person_id: int) -> Viewer | None:
    """The person as a viewer now, if their account may be used."""
    person = Person.get_or_none(Person.id == person_id)
    viewer = access.viewer_for(person)
    return viewer if viewer.person is not None else None


def _address(row: Notification) -> str:
    if row.item_id:
        return _to("content.permalink", item_id=row.item_id)
    if page := mail.page_of(row.event_name):
        return _to(page)
    return _to("notifications.notifications")


def _to(endpoint: str, **values: object) -> str:
    if _link is None:
        raise RuntimeError("letters.init has not been called")
    return _link(endpoint, **values)


@jobs.job("notifications.tidy", every=timedelta(days=1))
def tidy(_job: jobs.Job) -> None:
    """Removes notifications older than half a year."""
    Notification.delete().where(Notification.created_at < clock.now() - KEPT).execute()
