"""What administrators do to the hub itself. What they do to accounts is in hub.people.actions."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub import clock, db, events, jobs, text
from hub.access import Viewer
from hub.administration import queries
from hub.administration.models import KINDS, Announcement
from hub.errors import Invalid, Missing
from hub.events import Parked

LONGEST = timedelta(days=92)

for _name, _fields, _sentence in (
    ("announcement:made", ("words", "until"), "{actor} announced to everybody: {words}"),
    ("announcement:ended", ("words",), "{actor} ended the announcement: {words}"),
    ("job:retried", ("job", "kind"), "{actor} started a failed job again: {kind}"),
    (
        "event:replayed",
        ("event", "subscriber", "taken"),
        "{actor} handed event {event} to {subscriber} again",
    ),
    ("index:rebuild_asked", ("why",), "{actor} asked for the search index to be rebuilt"),
):
    events.declare(_name, _fields, _sentence)


def announce(viewer: Viewer, *, words: str, kind: str, url: str, ends_at: datetime | None) -> Announcement:
    """Puts a sentence on every page until a time, at most three months ahead.

    Raises Invalid for words, kind, url, ends_at.
    """
    person = queries.require_administrator(viewer)
    words = " ".join(words.replace("\x00", "").split())
    if not 5 <= len(words) <= 300:
        raise Invalid("text", "Write what everybody should know, in 5 to 300 characters.")
    if kind not in KINDS:
        raise Invalid("kind", "Choose what it is.")
    url = url.strip()
    if url and (len(url) > 300 or not text.safe_url(url)):
        raise Invalid("url", "This address cannot be linked. Write one that begins with https:// or with /.")
    if ends_at is None or not clock.now() < ends_at <= clock.now() + LONGEST:
        raise Invalid("ends_at", "Choose an end that is still to come, within three months.")
    with db.write():
        row = Announcement.create(text=words, kind=kind, url=url, ends_at=ends_at, created_by_id=person.id)
        events.record("announcement:made", person, words=words, until=ends_at.isoformat())
    queries.forget()
    return row


def end_announcement(viewer: Viewer, row: Announcement) -> None:
    """Takes an announcement off the pages now."""
    person = queries.require_administrator(viewer)
    with db.write():
        ended = (
            Announcement.update(ends_at=clock.now())
            .where(Announcement.id == row.id, Announcement.ends_at > clock.now())
            .execute()
        )
        if ended:
            events.record("announcement:ended", person, words=row.text)
    queries.forget()


def retry(viewer: Viewer, row: jobs.Job) -> None:
    """Lets a failed job run again."""
    person = queries.require_administrator(viewer)
    with db.write():
        events.record("job:retried", person, job=row.id, kind=row.kind)
        jobs.retry(row)


def replay(viewer: Viewer, row: Parked) -> bool:
    """Hands a parked event to its subscriber once more; True when it was taken."""
    person = queries.require_administrator(viewer)
    taken = events.replay(row)
    with db.write():
        events.record("event:replayed", person, event=row.event_id, subscriber=row.subscriber, taken=taken)
    return taken


def rebuild_index(viewer: Viewer) -> None:
    """Has the search index rebuilt; one that waits already is kept. Raises Missing where the hub has no
    search.
    """
    person = queries.require_administrator(viewer)
    if "search.rebuild" not in jobs.KINDS:
        raise Missing("This hub has no search index.")
    with db.write():
        jobs.enqueue("search.rebuild", {"why": f"asked for by {person.name}"}, key="search.rebuild")
        events.record("index:rebuild_asked", person, why="asked for by an administrator")
