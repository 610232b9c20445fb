"""The one record of what happened: audit trail, outbox and activity stream.

An event is written inside the transaction of the change it records, so either both are there or neither.
Subscribers (search, policy, notifications, …) are handed batches by the worker and keep their own place; an event
that a subscriber cannot take is parked after some tries and shown to administrators.
"""

from __future__ import annotations

import logging
import os
import socket
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import peewee

from hub import clock, db
from hub.db import JSONField, Model, UTCField

log = logging.getLogger(__name__)
BATCH = 200
TRIES = 5
LEASE = timedelta(seconds=60)


class Event(Model):
    """Something that happened. Never changed, never deleted but by retention."""

    id = peewee.BigAutoField()
    name = peewee.CharField(64)
    at = UTCField(index=True)
    actor_id = peewee.IntegerField(null=True, index=True)
    item_id = peewee.IntegerField(null=True, index=True)
    space_id = peewee.IntegerField(null=True, index=True)
    person_id = peewee.IntegerField(null=True, index=True)
    data = JSONField(default=dict)


class Place(Model):
    """How far a subscriber has read, and who reads for it at the moment."""

    subscriber = peewee.CharField(64, primary_key=True)
    last_id = peewee.BigIntegerField(default=0)
    lease_owner = peewee.CharField(120, default="")
    lease_until = UTCField(null=True)


class Parked(Model):
    """An event that a subscriber failed on: `parked_at` is set once it has failed too often."""

    subscriber = peewee.CharField(64)
    event_id = peewee.BigIntegerField()
    attempts = peewee.IntegerField(default=0)
    error = peewee.TextField(default="")
    parked_at = UTCField(null=True)

    class Meta:
        indexes = ((("subscriber", "event_id"), True),)


@dataclass(frozen=True)
class Declared:
    """An event's name, the keys its data may carry, and the sentence the audit trail shows for it."""

    name: str
    fields: frozenset[str]
    sentence: str


@dataclass(frozen=True)
class Subscriber:
    """Who wants which events. `outside` effects (index, mail) may happen twice; database effects happen once."""

    name: str
    handler: Callable[[list[Event]], None]
    names: frozenset[str] | None
    outside: bool


DECLARED: dict[str, Declared] = {}
SUBSCRIBERS: dict[str, Subscriber] = {}
_wake: list[Callable[[], None]] = []
_in_same_write: list[tuple[str, Callable[[Event], None]]] = []


def declare(name: str, fields: Iterable[str] = (), sentence: str = "") -> None:
    """Makes a name known. `sentence` is what the audit trail prints, e.g. "{actor} published {item}"."""
    DECLARED[name] = Declared(name, frozenset(fields), sentence or "{actor}: " + name)


def record(
    name: str, /, actor: Any = None, item: Any = None, space: Any = None, person: Any = None, **data: Any
) -> Event:
    """Writes an event inside the running `db.write()`. Actor, item, space and person may be rows or ids.

    Raises RuntimeError outside a write, KeyError for a name or a key nobody declared.
    """
    if not db.writing():
        raise RuntimeError(f"{name} recorded outside db.write(): it could be lost or lie")
    unknown = set(data) - DECLARED[name].fields
    if unknown:
        raise KeyError(f"{name} has no field {', '.join(sorted(unknown))}")
    if space is None and item is not None and hasattr(item, "space_id"):
        space = item.space_id
    event = Event.create(
        name=name,
        at=clock.now(),
        actor_id=_id(actor),
        item_id=_id(item),
        space_id=_id(space),
        person_id=_id(person),
        data=data,
    )
    for prefix, also in _in_same_write:
        if name.startswith(prefix):
            also(event)
    for wake in _wake:
        db.after_commit(wake)
    return event


def _id(thing: Any) -> int | None:
    return thing if thing is None or isinstance(thing, int) else thing.id


def subscribe(
    subscriber: str,
    handler: Callable[[list[Event]], None],
    names: Iterable[str] | None = None,
    *,
    outside: bool = False,
) -> None:
    """Hands events of these names (all when None) to the handler, in order, in batches, from the worker.

    A handler works from the things as they are now, not as the event says they were. Database effects (the default)
    run in one transaction with the subscriber's place; `outside` ones run before the place is moved.
    """
    SUBSCRIBERS[subscriber] = Subscriber(
        subscriber, handler, frozenset(names) if names is not None else None, outside
    )


def in_same_write(prefix: str, also: Callable[[Event], None]) -> None:
    """Calls `also` with each event whose name begins so, in the transaction that records it. For what must not be lost
    or doubled and cannot wait, such as the policy's audit chain; everything else subscribes.
    """
    if (prefix, also) not in _in_same_write:
        _in_same_write.append((prefix, also))


def on_record(wake: Callable[[], None]) -> None:
    """Calls `wake` after every committed write that recorded something (the queue's bell)."""
    if wake not in _wake:
        _wake.append(wake)


def owner() -> str:
    """Names this process in leases: host, process id and, where it can be known, when the process began.

    Ids are used again, in a container even by the next start of the same program.
    """
    return f"{socket.gethostname()}:{os.getpid()}.{_began(os.getpid()) or 0}"


def deliver(only: str | None = None) -> int:
    """Hands every waiting event to its subscribers; how many were taken. Called by the worker; safe to call anywhere."""
    return sum(_deliver_to(s) for s in list(SUBSCRIBERS.values()) if only in (None, s.name))


def _deliver_to(subscriber: Subscriber) -> int:
    taken = 0
    if not _claim(subscriber.name):
        return 0
    try:
        while True:
            place = Place.get_by_id(subscriber.name)
            batch = list(_after(place.last_id))
            if not batch:
                return taken
            wanted = [e for e in batch if subscriber.names is None or e.name in subscriber.names]
            if wanted and not _take(subscriber, wanted, place.last_id, batch[-1].id):
                return taken
            if not wanted:
                _move(subscriber.name, place.last_id, batch[-1].id)
            taken += len(wanted)
    except Overtaken:
        return taken
    finally:
        Place.update(lease_owner="", lease_until=None).where(
            Place.subscriber == subscriber.name, Place.lease_owner == owner()
        ).execute()


def _after(last_id: int) -> Iterable[Event]:
    """Nothing that commits later has a lower id: `db.write()` lets one writer in at a time, and only it records."""
    return Event.select().where(Event.id > last_id).order_by(Event.id).limit(BATCH)


def _claim(name: str) -> bool:
    now = clock.now()
    with db.write():
        Place.insert(subscriber=name).on_conflict_ignore().execute()
        free = (Place.lease_until.is_null()) | (Place.lease_until < now) | (Place.lease_owner == owner())
        return bool(
            Place.update(lease_owner=owner(), lease_until=now + LEASE)
            .where(Place.subscriber == name, free)
            .execute()
        )


class Overtaken(Exception):
    """Another thread or process has taken these events meanwhile."""


def _move(name: str, before: int, last_id: int) -> None:
    """Moves a place on from where it was read. Raises Overtaken when somebody else has moved it: theirs is done."""
    moved = (
        Place.update(last_id=last_id, lease_until=clock.now() + LEASE)
        .where(Place.subscriber == name, Place.last_id == before)
        .execute()
    )
    if not moved:
        raise Overtaken


def _take(subscriber: Subscriber, wanted: list[Event], before: int, last_id: int) -> bool:
    """Takes a batch whole, or event by event when the whole fails. False when one must be tried again later."""
    try:
        _hand(subscriber, wanted, before, last_id)
        return True
    except Overtaken:
        raise
    except Exception:
        log.warning("%s failed on a batch; taking its events one by one", subscriber.name, exc_info=True)
    for event in wanted:
        try:
            _hand(subscriber, [event], before, event.id)
        except Overtaken:
            raise
        except Exception:  # noqa: BLE001 (a subscriber may raise anything)
            if not _note_failure(subscriber.name, event, traceback.format_exc(limit=8)):
                return False
            _move(subscriber.name, before, event.id)
        before = event.id
    if before != last_id:
        _move(subscriber.name, before, last_id)
    return True


def _hand(subscriber: Subscriber, batch: list[Event], before: int, last_id: int) -> None:
    if subscriber.outside:
        subscriber.handler(batch)
        _move(subscriber.name, before, last_id)
        return
    with db.write():
        _move(subscriber.name, before, last_id)
        subscriber.handler(batch)


def _note_failure(name: str, event: Event, error: str) -> bool:
    """Counts a failure; True once the event is parked and may be passed over."""
    log.error("%s failed on event %s (%s)", name, event.id, event.name)
    with db.write():
        Parked.insert(subscriber=name, event_id=event.id).on_conflict_ignore().execute()
        row = Parked.get((Parked.subscriber == name) & (Parked.event_id == event.id))
        row.attempts += 1
        row.error = error[-4000:]
        if row.attempts >= TRIES:
            row.parked_at = clock.now()
        row.save()
        return row.parked_at is not None


def parked() -> list[Parked]:
    """Events that some subscriber could not take, newest first."""
    return list(Parked.select().where(Parked.parked_at.is_null(False)).order_by(Parked.id.desc()).limit(200))


def replay(row: Parked) -> bool:
    """Tries a parked event once more; True when its subscriber took it."""
    subscriber = SUBSCRIBERS.get(row.subscriber)
    event = Event.get_or_none(Event.id == row.event_id)
    if subscriber is None or event is None:
        return False
    try:
        if subscriber.outside:
            subscriber.handler([event])
        else:
            with db.write():
                subscriber.handler([event])
    except Exception:  # noqa: BLE001 (a subscriber may raise anything)
        with db.write():
            row.error = traceback.format_exc(limit=8)[-4000:]
            row.save()
        return False
    row.delete_instance()
    return True


def release_dead_leases() -> None:
    """Frees what processes of this machine held when they died, so that work goes on at once after a crash."""
    host = socket.gethostname()
    for place in Place.select().where(Place.lease_owner != ""):
        if is_dead(place.lease_owner, host):
            Place.update(lease_owner="", lease_until=None).where(
                Place.subscriber == place.subscriber, Place.lease_owner == place.lease_owner
            ).execute()


def is_dead(lease_owner: str, host: str) -> bool:
    """Whether the lease belongs to a process of this machine that no longer runs."""
    name, _, process = lease_owner.rpartition(":")
    pid, _, began = process.partition(".")
    if name != host or not pid.isdecimal() or not Path("/proc/self").is_dir():
        return False
    now = _began(int(pid))
    return now is None or (began not in ("", "0") and began != str(now))


def _began(pid: int) -> int | None:
    """When a process of this machine began, in clock ticks since the machine did (proc(5), field 22).

    None for one that is not there or is a zombie.
    """
    try:
        values = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if values[0] in "ZX" else int(values[19])
