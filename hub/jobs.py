"""Slow work: a table of jobs with leases is the truth; huey wakes the worker, keeps the schedule and runs the consumer.

A job runs at least once, so a handler must be able to run twice. huey forgets the task in flight when it is killed;
the table does not (docs/decisions/0006-jobs.md).
"""

from __future__ import annotations

import logging
import math
import socket
import sqlite3
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
from huey import RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer

from hub import clock, db, events
from hub.db import JSONField, Model, UTCField

log = logging.getLogger(__name__)
TRIES = 5
RETRY = timedelta(seconds=20)
EVENTS_WAIT = 1.0
"""Seconds that events wait for jobs at the most, unless one job takes longer."""


class Job(Model):
    """One piece of slow work. `key` makes a waiting job unique; `progress` and `total` feed the progress bars."""

    id = peewee.BigAutoField()
    kind = peewee.CharField(64, index=True)
    payload = JSONField(default=dict)
    key = peewee.CharField(200, null=True, unique=True)
    run_after = UTCField(index=True)
    lease_owner = peewee.CharField(120, default="")
    lease_until = UTCField(null=True)
    attempts = peewee.IntegerField(default=0)
    done_at = UTCField(null=True, index=True)
    failed_at = UTCField(null=True)
    error = peewee.TextField(default="")
    progress = peewee.IntegerField(default=0)
    total = peewee.IntegerField(default=0)
    created_at = UTCField(default=clock.now)


@dataclass(frozen=True)
class Kind:
    """What runs a kind of job, how long it may take before another worker may try it, and how often it is due."""

    name: str
    handler: Callable[[Job], None]
    lease: timedelta
    every: timedelta | None = None


KINDS: dict[str, Kind] = {}
_huey: Any = None
_consumer: Consumer | None = None
_tick: Any = None


def job(
    name: str, *, lease: timedelta = timedelta(minutes=5), every: timedelta | None = None
) -> Callable[..., Any]:
    """Registers a handler(job) for a kind of job; with `every` it is also due at that interval."""

    def register(handler: Callable[[Job], None]) -> Callable[[Job], None]:
        KINDS[name] = Kind(name, handler, lease, every)
        return handler

    return register


def enqueue(
    kind: str,
    payload: dict[str, Any] | None = None,
    *,
    run_after: datetime | None = None,
    key: str | None = None,
) -> None:
    """Adds a job inside the running `db.write()`; one that waits under the same key is kept instead.

    Raises RuntimeError outside a write and KeyError for an unknown kind.
    """
    if not db.writing():
        raise RuntimeError(f"job {kind} queued outside db.write()")
    KINDS[kind]
    Job.insert(
        kind=kind, payload=payload or {}, key=key, run_after=run_after or clock.now(), created_at=clock.now()
    ).on_conflict_ignore().execute()
    db.after_commit(wake)


def run_due(limit: int = 1000, seconds: float = math.inf) -> int:
    """Runs what is due, oldest first; how many jobs ran. Every job has its own lease and its own failure.

    No further job is begun after so many seconds, nor once the worker was asked to stop.
    """
    plan()
    ran, began = 0, time.monotonic()
    while ran < limit and not _stops() and (not ran or time.monotonic() - began < seconds):
        row = _claim()
        if row is None:
            break
        _run(row)
        ran += 1
    return ran


def plan() -> None:
    """Adds the jobs that are due by the clock: one for each kind and interval, whoever asks first."""
    now = clock.now()
    for kind in KINDS.values():
        if kind.every is None:
            continue
        key = f"every:{kind.name}:{int(now.timestamp() // kind.every.total_seconds())}"
        if not Job.select(Job.id).where(Job.key == key).exists():
            with db.write():
                Job.insert(
                    kind=kind.name, key=key, run_after=now, created_at=now
                ).on_conflict_ignore().execute()


def _claim() -> Job | None:
    now = clock.now()
    due = (
        Job.done_at.is_null()
        & Job.failed_at.is_null()
        # What was due at once stays due where the clock ran ahead and was put right: it would wait until that time comes.
        & ((Job.run_after <= now) | (Job.run_after <= Job.created_at))
        & (Job.lease_until.is_null() | (Job.lease_until < now))
        & Job.kind.in_(list(KINDS))
    )
    if not Job.select(Job.id).where(due).exists():
        return None
    with db.write():
        query = Job.select().where(due).order_by(Job.run_after, Job.id).limit(1)
        row = (query if db.is_sqlite() else query.for_update("FOR UPDATE SKIP LOCKED")).first()
        if row is None:
            return None
        row.lease_owner = events.owner()
        row.lease_until = now + KINDS[row.kind].lease
        row.attempts += 1
        if row.key and not row.key.startswith("every:"):
            row.key = None  # what happens from now on may be too late for this run, and must be able to queue another
        row.save(only=[Job.lease_owner, Job.lease_until, Job.attempts, Job.key])
        return row


def _run(row: Job) -> None:
    try:
        if row.attempts > TRIES:
            raise RuntimeError(
                f"it took its worker down with it {TRIES} times, and is not tried again by itself"
            )
        KINDS[row.kind].handler(row)
    except Exception:
        log.exception("job %s (%s) failed, attempt %s", row.id, row.kind, row.attempts)
        with db.write():
            row.error = traceback.format_exc(limit=8)[-4000:]
            row.lease_owner, row.lease_until = "", None
            row.run_after = clock.now() + RETRY * 2**row.attempts
            if row.attempts >= TRIES:
                row.failed_at, row.key = clock.now(), None
            row.save(
                only=[Job.error, Job.lease_owner, Job.lease_until, Job.run_after, Job.failed_at, Job.key]
            )
        return
    with db.write():
        row.done_at, row.lease_owner, row.lease_until = clock.now(), "", None
        row.save(only=[Job.done_at, Job.lease_owner, Job.lease_until])


def report(row: Job, progress: int, total: int) -> None:
    """Says how far a long job is, and keeps its lease."""
    Job.update(progress=progress, total=total, lease_until=clock.now() + KINDS[row.kind].lease).where(
        Job.id == row.id
    ).execute()


def retry(row: Job) -> None:
    """Lets a failed job run again, from an administrator's page."""
    with db.write():
        Job.update(failed_at=None, attempts=0, run_after=clock.now(), error="").where(
            Job.id == row.id
        ).execute()
    wake()


def release_dead_leases() -> None:
    """Frees the jobs of workers of this machine that died, so that they run again at once."""
    host = socket.gethostname()
    for row in Job.select().where(Job.lease_owner != "", Job.done_at.is_null()):
        if events.is_dead(row.lease_owner, host):
            Job.update(lease_owner="", lease_until=None).where(
                Job.id == row.id, Job.lease_owner == row.lease_owner
            ).execute()


@job("jobs.tidy", every=timedelta(days=1))
def tidy(_row: Job) -> None:
    """Removes finished jobs older than a week."""
    Job.delete().where(Job.done_at < clock.now() - timedelta(days=7)).execute()


def init(folder: Path, redis_url: str = "") -> None:
    """Sets up huey: SQLite in `folder`/queue.db by default, Redis by address."""
    global _huey, _tick
    if redis_url:
        _huey = RedisHuey("hub", url=redis_url, results=False)
    else:
        _huey = _bell(folder / "queue.db")
    _tick = _huey.task(name="tick")(work)
    _huey.periodic_task(crontab(minute="*"), name="minute")(work)
    events.on_record(wake)


def _bell(path: Path) -> Any:
    """huey on SQLite. A damaged file is made anew: it holds nothing but wake-ups, and the jobs are in the database."""
    try:
        huey = SqliteHuey("hub", filename=str(path), results=False, timeout=15)
        huey.pending_count()
    except sqlite3.OperationalError:
        raise  # locked, full or not to be opened: nothing is wrong with what is in it
    except sqlite3.DatabaseError:
        log.warning("%s is damaged and is made anew", path)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        huey = SqliteHuey("hub", filename=str(path), results=False, timeout=15)
    return huey


class Unreachable(Exception):
    """The queue does not answer; the message says why."""


def prove_reachable() -> None:
    """Raises Unreachable where the queue does not answer; called once, before web or worker start."""
    try:
        _huey.pending_count()
    except Exception as error:
        raise Unreachable(f"The queue does not answer: {error}") from error


def wake() -> None:
    """Rings the worker's bell. Losing it costs a delay of seconds, never work."""
    try:
        if _huey is not None and _huey.pending_count() < 2:
            _tick()
    except Exception:
        log.warning("could not wake the worker; it will look by itself", exc_info=True)


def work() -> None:
    """One round of the worker: events to their subscribers, then what is due, until nothing is.

    Events go between jobs: what was written a moment ago is not found, checked and told only after a thousand files.
    """
    events.deliver()
    while run_due(seconds=EVENTS_WAIT):
        events.deliver()


def consume() -> None:
    """Runs the worker until it is told to stop."""
    global _consumer
    db.hold()
    events.release_dead_leases()
    release_dead_leases()
    try:
        work()
    except Exception:
        log.exception("the first round failed; the bell or the next minute begins another")
    _consumer = Consumer(
        _huey,
        workers=1,
        max_delay=0.5,
        initial_delay=0.05,
        scheduler_interval=1,
        check_worker_health=True,
        graceful_signal="TERM",  # what systemd, containers and `serve` send; INT leaves at once
    )
    _consumer.run()


def _stops() -> bool:
    """Whether the worker was asked to stop: a thousand files that wait would keep it for an hour, and wait as well without it."""
    return _consumer is not None and _consumer.stop_flag.is_set()
