"""What administrators look at: people, spaces, jobs, parked events, announcements; and the announcements of
every page.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import peewee

from hub import access, clock, events
from hub.access import Viewer
from hub.administration.models import Announcement
from hub.content.models import Attachment, Item
from hub.errors import Missing
from hub.events import Event, Parked
from hub.jobs import Job
from hub.people.models import Organisation, Person, Session
from hub.spaces.models import Membership, Space

PER_PAGE = 50
KEPT_FOR = 20.0
_kept: tuple[float, list[Announcement]] | None = None


@dataclass(frozen=True)
class Rows:
    """One page of a list; `after` is the next page's cursor, "" at the end."""

    rows: list[Any]
    after: str = ""


def require_administrator(viewer: Viewer) -> Person:
    """The administrator. Raises Missing for everybody else."""
    return access.require_role(viewer, "administrator")


# --- announcements ----------------------------------------------------------------------------------


def announced() -> list[Announcement]:
    """What is announced now, at most five; read every twenty seconds, so that it costs pages nothing."""
    global _kept
    if _kept is None or _kept[0] < time.monotonic() - KEPT_FOR:
        _kept = (time.monotonic(), list(_current()))
    now = clock.now()
    return [row for row in _kept[1] if row.ends_at > now]


def keep_none() -> None:
    """Takes it that nothing is announced, for the next twenty seconds: the hub has just been set up empty."""
    global _kept
    _kept = (time.monotonic(), [])


def forget() -> None:
    """Reads the announcements afresh next time."""
    global _kept
    _kept = None


def _current() -> Any:
    return Announcement.select().where(Announcement.ends_at > clock.now()).order_by(Announcement.id).limit(5)


def announcements(viewer: Viewer) -> list[Announcement]:
    """The announcements, latest first, also those that have ended."""
    require_administrator(viewer)
    return list(Announcement.select().order_by(Announcement.id.desc()).limit(50))


def announcement(viewer: Viewer, number: int) -> Announcement:
    """One announcement. Raises Missing."""
    require_administrator(viewer)
    row = Announcement.get_or_none(Announcement.id == number)
    if row is None:
        raise Missing()
    return row


# --- figures ----------------------------------------------------------------------------------------


def figures(viewer: Viewer) -> dict[str, int]:
    """How much there is of what. One query."""
    require_administrator(viewer)
    count = peewee.fn.COUNT
    running = Session.ended_at.is_null()
    waiting = Job.done_at.is_null() & Job.failed_at.is_null()
    asked = {
        "people": Person.select(count(Person.id)).where(Person.status == "active"),
        "sessions": Session.select(count(Session.id)).where(running),
        "spaces": Space.select(count(Space.id)).where(Space.archived_at.is_null()),
        "items": Item.select(count(Item.id)).where(Item.state == "published"),
        "file_bytes": Attachment.select(peewee.fn.SUM(Attachment.size)),
        "jobs_waiting": Job.select(count(Job.id)).where(waiting, Job.run_after <= clock.now()),
        "jobs_failed": Job.select(count(Job.id)).where(Job.failed_at.is_null(False)),
        "mail_waiting": Job.select(count(Job.id)).where(waiting, Job.kind == "mail.send"),
        "parked": Parked.select(count(Parked.id)).where(Parked.parked_at.is_null(False)),
    }
    row = Item.select(*[query.alias(name) for name, query in asked.items()]).from_(
        peewee.SQL("(SELECT 1) AS one")
    )
    return {name: int(number or 0) for name, number in zip(asked, row.tuples().get(), strict=True)}


# --- people and spaces ------------------------------------------------------------------------------


def people(viewer: Viewer, words: str = "", show: str = "", cursor: str = "") -> Rows:
    """Accounts by number, latest first, whatever their state.

    `show`: "", disabled, ending, roles. One query.
    """
    require_administrator(viewer)
    query = Person.select(Person, Organisation).join(Organisation).order_by(Person.id.desc())
    for word in words.lower().split()[:6]:
        name = peewee.fn.LOWER(Person.name)
        query = query.where(name.contains(word) | Person.handle.contains(word) | Person.email.contains(word))
    if show == "disabled":
        query = query.where(Person.status != "active")
    elif show == "ending":
        query = query.where(Person.access_ends_at.is_null(False))
    elif show == "roles":
        query = query.where(peewee.fn.LENGTH(Person.roles) > len("[]"))
    return _page(query, Person.id, cursor)


def person(viewer: Viewer, handle: str) -> Person:
    """One account with its organisation. Raises Missing."""
    require_administrator(viewer)
    row = Person.select(Person, Organisation).join(Organisation).where(Person.handle == handle).first()
    if row is None:
        raise Missing()
    found: Person = row
    return found


def spaces(viewer: Viewer, cursor: str = "") -> Rows:
    """Spaces that the administrator may know of, with `.member_count` and `.editor_count`. One query.

    Secret spaces are their members' business: only how many there are is told, by `secret_spaces`.
    """
    require_administrator(viewer)
    places = Membership.select(peewee.fn.COUNT(Membership.id)).where(
        Membership.space == Space.id, access.current_membership()
    )
    known = (Space.kind != "secret") & Space.reach.in_(sorted(viewer.tokens))
    query = Space.select(
        Space,
        places.alias("member_count"),
        places.where(Membership.role == "editor").alias("editor_count"),
    ).where(known | Space.id.in_(list(viewer.places) or [0]))
    return _page(query.order_by(Space.id.desc()), Space.id, cursor)


def secret_spaces(viewer: Viewer) -> int:
    """How many secret spaces there are."""
    require_administrator(viewer)
    return int(Space.select().where(Space.kind == "secret").count())


# --- jobs and events --------------------------------------------------------------------------------


def jobs(viewer: Viewer, show: str = "", cursor: str = "") -> Rows:
    """Jobs, latest first.

    `show`: "" (not done), failed, done. What they carry is not read: it may be private. One query.
    """
    require_administrator(viewer)
    fields = [field for field in Job._meta.sorted_fields if field.name != "payload"]
    query = Job.select(*fields).order_by(Job.id.desc())
    if show == "failed":
        query = query.where(Job.failed_at.is_null(False))
    elif show == "done":
        query = query.where(Job.done_at.is_null(False))
    else:
        query = query.where(Job.done_at.is_null(), Job.failed_at.is_null())
    return _page(query, Job.id, cursor)


def job(viewer: Viewer, job_id: int) -> Job:
    """A failed job. Raises Missing."""
    require_administrator(viewer)
    row = Job.get_or_none((Job.id == job_id) & Job.failed_at.is_null(False))
    if row is None:
        raise Missing("This job has not failed, or has been started again already.")
    return row


def parked(viewer: Viewer) -> list[tuple[Parked, str]]:
    """Parked events with the events' names. Two queries."""
    require_administrator(viewer)
    rows = events.parked()
    wanted = [row.event_id for row in rows]
    names = dict(Event.select(Event.id, Event.name).where(Event.id.in_(wanted)).tuples()) if wanted else {}
    return [(row, names.get(row.event_id, "an event that is gone")) for row in rows]


def parked_event(viewer: Viewer, number: int) -> Parked:
    """One parked event. Raises Missing."""
    require_administrator(viewer)
    row = Parked.get_or_none((Parked.id == number) & Parked.parked_at.is_null(False))
    if row is None:
        raise Missing("This event has been taken meanwhile.")
    return row


def last(*names: str) -> dict[str, Event]:
    """The latest event of each name, where there is one. One query."""
    newest = Event.select(peewee.fn.MAX(Event.id)).where(Event.name.in_(names)).group_by(Event.name)
    return {event.name: event for event in Event.select().where(Event.id.in_(newest))}


def rebuilding() -> Job | None:
    """The job that rebuilds the search index, while there is one; its progress is told."""
    fields = (Job.id, Job.progress, Job.total, Job.created_at, Job.attempts, Job.lease_until)
    return (
        Job.select(*fields)
        .where(Job.kind == "search.rebuild", Job.done_at.is_null(), Job.failed_at.is_null())
        .order_by(Job.id.desc())
        .first()
    )


def _page(query: Any, column: Any, cursor: str) -> Rows:
    if cursor.isdecimal() and len(cursor) < 19:
        query = query.where(column < int(cursor))
    rows = list(query.limit(PER_PAGE + 1))
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    return Rows(rows, str(rows[-1].id) if more else "")
