"""How the hub itself is: features add checks, the status page, the administrators' page and monitoring read
them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee
from flask import Flask, current_app

from hub import clock, db, files
from hub.jobs import Job

log = logging.getLogger(__name__)
QUIET = timedelta(minutes=5)
LITTLE = 1024**3


@dataclass(frozen=True)
class Health:
    """One part of the hub: state `ok`, `warn` or `bad`, and a sentence without anything private in it."""

    name: str
    state: str
    words: str


Check = Callable[[], Health]


def add(app: Flask, check: Check) -> None:
    """Adds a feature's own check, such as the search index or the detector. It must be quick."""
    app.extensions.setdefault("health", []).append(check)


def report() -> list[Health]:
    """Every part of the hub. A check that fails is itself a finding and stops nothing."""
    return [_run(check) for check in (database, worker, storage, *current_app.extensions.get("health", []))]


def _run(check: Check) -> Health:
    try:
        return check()
    except Exception:
        log.exception("a health check failed")
        return Health(
            getattr(check, "__name__", "check").replace("_", " ").capitalize(),
            "bad",
            "Its state cannot be read.",
        )


def database() -> Health:
    """Whether the database answers and has the tables that this version needs."""
    db.database.execute_sql("SELECT 1").fetchone()
    waiting = [] if current_app.config["HUB"].testing else db.pending()
    if waiting:
        return Health("Database", "warn", "Answers, but a migration has not been applied yet.")
    return Health("Database", "ok", "Answers.")


def last_round() -> datetime | None:
    """When the worker last finished a job; it has one every minute."""
    moment: datetime | None = Job.select(
        peewee.fn.MAX(Job.done_at).converter(Job.done_at.python_value)
    ).scalar()
    return moment


def worker() -> Health:
    """Whether the worker has done anything of late."""
    last = last_round()
    if last is None:
        return Health(
            "Worker", "warn", "Has not finished a round yet. Mail, previews and notifications wait for it."
        )
    if clock.now() - last > QUIET:
        minutes = int((clock.now() - last).total_seconds() // 60)
        return Health(
            "Worker",
            "bad",
            f"Has done nothing for {minutes:,} minutes. Mail and notifications wait; nothing is lost.",
        )
    return Health("Worker", "ok", "Finished a round within the last minutes.")


def storage() -> Health:
    """How much room is left."""
    free = db.space_left()
    if free < db.RESERVE:
        return Health(
            "Storage",
            "bad",
            f"Only {files.human_size(free)} are free: uploads are refused, and soon writing.",
        )
    if free < LITTLE:
        return Health("Storage", "warn", f"Only {files.human_size(free)} are free: uploads are refused.")
    return Health("Storage", "ok", f"{files.human_size(free)} are free.")
