"""The hash-chained audit of the policy: a row in the transaction of every policy event, and the proof that none was
changed, removed or put in between.

A link's hash is SHA-256 (FIPS 180-4) over the hash before it and the row as canonical JSON. Whoever rewrites the
whole chain is found out by the heads published each day, which stand in a file outside the database as well.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub import clock, db, events, jobs
from hub.db import EPOCH
from hub.events import Event
from hub.policy.trail.models import AuditRow, ChainEnd, PublishedHead

BEGINNING = "0" * 64
CODES = ("case", "clause", "outcome", "number", "rules", "rule", "state", "exception", "until")
FILE = "policy-audit-heads.txt"
PUBLISHED_LATE = timedelta(days=31)
"""How much later than it was written a link may be published, where no worker ran meanwhile."""
_folder: list[Path] = []


def attach(folder: Path) -> None:
    """From now on every policy event gets its link; heads are published into the folder as well."""
    _folder[:] = [folder]
    events.in_same_write("policy:", append)


def append(event: Event) -> None:
    """Adds the link of an event, inside the event's own write."""
    end = _end()
    row = AuditRow(
        number=end.number + 1,
        event_id=event.id,
        at=event.at,
        name=event.name,
        actor_id=event.actor_id,
        person_id=event.person_id,
        item_id=event.item_id,
        codes={k: event.data[k] for k in CODES if event.data.get(k) not in (None, "")},
        previous=end.hash,
    )
    row.hash = digest(row)
    row.save(force_insert=True)
    ChainEnd.update(number=row.number, hash=row.hash).where(ChainEnd.id == 1).execute()


def _end() -> Any:
    """The chain's end, locked until the write is over, so that two links never follow the same one."""
    row = _read_end()
    if row is None:
        ChainEnd.insert(id=1, hash=BEGINNING, before_kept=BEGINNING).on_conflict_ignore().execute()
        row = _read_end()
    return row


def _read_end() -> Any:
    query = ChainEnd.select().where(ChainEnd.id == 1)
    return (query if db.is_sqlite() else query.for_update()).first()


def digest(row: AuditRow) -> str:
    """The hash of a link, hexadecimal. Times count as whole microseconds since 1970."""
    told = [
        row.previous,
        row.number,
        row.event_id,
        int((row.at - EPOCH) / timedelta(microseconds=1)),
        row.name,
        row.actor_id,
        row.person_id,
        row.item_id,
        row.codes,
    ]
    text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(kept: timedelta | None = None) -> list[str]:
    """What is wrong with the chain in plain sentences, none when it is whole. Reads it once, in order. With `kept`, for
    how long links are kept, it also says where the beginning was cut off before its time.
    """
    end = ChainEnd.get_or_none(ChainEnd.id == 1)
    if end is None:
        return ["The chain has no end, but it has links."] if AuditRow.select().exists() else []
    problems: list[str] = []
    heads = _heads()
    previous, expected = end.before_kept, end.kept_from
    for row in AuditRow.select().order_by(AuditRow.number).iterator():
        if row.number != expected:
            problems.append(f"Link {expected} is missing: {row.number} follows.")
        if row.previous != previous:
            problems.append(f"Link {row.number} does not continue the one before it.")
        if row.hash != digest(row):
            problems.append(f"Link {row.number} was changed after it was written.")
        problems += [
            f"Link {row.number} is not the one published on {day}."
            for day, h in heads.pop(row.number, [])
            if h != row.hash
        ]
        previous, expected = row.hash, row.number + 1
        if len(problems) >= 20:
            return [*problems, "And perhaps more."]
    if expected - 1 != end.number or previous != end.hash:
        problems.append(f"The chain ends at link {expected - 1}, and should end at {end.number}.")
    for number, published in sorted(heads.items()):
        day = min(published)[0]
        if number >= end.kept_from and number > 0:
            problems.append(f"Link {number}, published on {day}, is not there.")
        elif kept is not None and day > (clock.now() - kept + PUBLISHED_LATE).date().isoformat():
            problems.append(f"Link {number}, published on {day}, was removed before its time.")
    first = AuditRow.select(AuditRow.event_id).order_by(AuditRow.number).first()
    if first is not None:
        known = AuditRow.select(AuditRow.event_id)
        lost = Event.select().where(
            Event.name.startswith("policy:"), Event.id > first.event_id, Event.id.not_in(known)
        )
        number = lost.count()
        if number:
            problems.append(f"{number} events of the policy have no link.")
    return problems


def _heads() -> dict[int, list[tuple[str, str]]]:
    """Published heads of table and file by their link's number."""
    found: dict[int, list[tuple[str, str]]] = {}
    for row in PublishedHead.select():
        found.setdefault(row.number, []).append((row.day, row.hash))
    path = _folder[0] / FILE if _folder else None
    if path is not None and path.is_file():
        for line in path.read_text(encoding="ascii", errors="replace").splitlines():
            parts = line.split()
            if len(parts) == 3 and parts[1].isdigit():
                found.setdefault(int(parts[1]), []).append((parts[0], parts[2]))
    return found


@jobs.job("policy.publish_head", every=timedelta(hours=1))
def publish(_job: Any = None) -> PublishedHead | None:
    """Publishes the day's head, once a day: in a table, for the page, and as a line of a file."""
    end = ChainEnd.get_or_none(ChainEnd.id == 1)
    day = clock.local(clock.now()).date().isoformat()
    if end is None or not end.number:
        return None
    with db.write():
        row, made = PublishedHead.get_or_create(day=day, defaults={"number": end.number, "hash": end.hash})
    if made and _folder:
        with (_folder[0] / FILE).open("a", encoding="ascii") as file:
            file.write(f"{row.day} {row.number} {row.hash}\n")
    return row


def latest() -> PublishedHead | None:
    """The head published last. One query."""
    return PublishedHead.select().order_by(PublishedHead.day.desc()).first()
