"""Server-side sessions: started at sign-in, found by their token, ended by the person, an administrator or
time.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta
from typing import Any

from hub import clock, db, events
from hub.errors import StorageTrouble
from hub.people.models import Organisation, Person, Session

log = logging.getLogger(__name__)
TOUCH_EVERY = timedelta(minutes=5)

events.declare("session:started", ("device",), "{actor} signed in")
events.declare("session:ended", ("why",), "{actor} signed out or was signed out")


def token_hash(token: str) -> str:
    """What the database keeps of a session's, invitation's or reset's token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(person: Person, device: str = "", address: str = "") -> str:
    """A new session for the person; its token, which is shown to nobody but the browser."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with db.write():
        Session.create(
            token_hash=token_hash(token),
            person=person,
            device=device[:200],
            address=address[:64],
            created_at=now,
            seen_at=now,
        )
        Person.update(last_seen_at=now).where(Person.id == person.id).execute()
        events.record("session:started", person, device=device[:80])
    person.session_token = token
    return token


def person_of(row: Session | None, token: str, idle: timedelta, longest: timedelta) -> Person | None:
    """The person of this session (read with person and organisation) if it has not run out. No query."""
    now = clock.now()
    if row is None or row.seen_at + idle < now or row.created_at + longest < now:
        return None
    person = row.person
    if not person.is_active or not person.organisation.active:
        return None
    person.session_token = token
    person.session_seen_at = row.seen_at
    person.session_created_at = row.created_at
    return person


def started(token: str) -> Any:
    """Query of the session of that token's hash, unless it was ended, with its person and organisation."""
    query = Session.select(Session, Person, Organisation).join(Person).join(Organisation)
    return query.where(Session.token_hash == token, Session.ended_at.is_null())


def touch(person: Person) -> None:
    """Notes that the session is in use. Not called for polling, which must not keep a session alive.

    Where nothing can be written at the moment nothing is noted: reading goes on.
    """
    now = clock.now()
    if person.session_seen_at + TOUCH_EVERY < now:
        try:
            Session.update(seen_at=now).where(
                Session.token_hash == token_hash(person.session_token)
            ).execute()
        except StorageTrouble:
            log.warning("it could not be noted that a session is in use", exc_info=True)


def end(person: Person, session_id: int | None = None, *, keep: str = "", why: str = "") -> int:
    """Ends one session of the person, or all but the one whose token is `keep`; how many ended."""
    query = Session.update(ended_at=clock.now()).where(
        Session.person == person.id, Session.ended_at.is_null()
    )
    if session_id is not None:
        query = query.where(Session.id == session_id)
    elif keep:
        query = query.where(Session.token_hash != token_hash(keep))
    with db.write():
        ended = query.execute()
        if ended:
            events.record("session:ended", person, why=why)
    return ended


def running(person: Person, idle: timedelta | None = None, longest: timedelta | None = None) -> list[Session]:
    """The person's sessions that have not been ended, last seen first; with limits without those that ran
    out.
    """
    query = Session.select().where(Session.person == person.id, Session.ended_at.is_null())
    if idle is not None:
        query = query.where(Session.seen_at > clock.now() - idle)
    if longest is not None:
        query = query.where(Session.created_at > clock.now() - longest)
    return list(query.order_by(Session.seen_at.desc()).limit(200))


def seconds_left(person: Person, idle: timedelta, longest: timedelta) -> int:
    """Seconds until the person's session ends if nothing more is asked for. For the page's own warning."""
    now = clock.now()
    begun = getattr(person, "session_created_at", None) or now
    return max(0, int(min(idle, begun + longest - now).total_seconds()))
