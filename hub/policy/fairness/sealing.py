"""Sealed cases: the author is not told for a while, because somebody could come to harm if they knew at once.

A reviewer asks for it when reporting, since whoever was told cannot be untold. A second person, a senior reviewer,
approves; without them it is over after a day, and in any case after fourteen. Then the author is told everything.
While it lasts only senior reviewers without a conflict know that the case is there, and nothing is decided.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hub import clock, db, events, jobs
from hub.access import Viewer
from hub.db import UTCField
from hub.errors import Conflict, Invalid, Refused
from hub.people.models import Person
from hub.policy import cases, detector, notices
from hub.policy.fairness.models import ASKED_HOURS, REASON_LEAST, SEALED_DAYS, Seal
from hub.policy.models import Case

for _name, _sentence in {
    # Without an actor: whoever asks for it has reported, and who reported is known to reviewers only.
    "policy:sealed": "A reviewer sealed a case for a day",
    "policy:seal_approved": "{actor} approved, as a second person, that a case stays sealed",
    "policy:unsealed": "The seal of a case about {item} ended, and {person} was told",
}.items():
    events.declare(_name, cases.FIELDS, _sentence)


def reason_of(viewer: Viewer, reason: str) -> str:
    """The reason for a seal as it is kept. Raises Missing for all but reviewers, Invalid for one that explains nothing."""
    cases.require_reviewer(viewer)
    reason = reason.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(reason) < REASON_LEAST:
        raise Invalid("seal", f"Say in at least {REASON_LEAST} characters why the author may not know yet.")
    return detector.masked(reason[:4000])


def begin(person: Person, case: Case, reason: str) -> Seal:
    """Seals a case that has just begun, inside the running write, before its author was told anything."""
    now = clock.now()
    row = Seal.create(
        case=case,
        author=case.author_id,
        asked_by=person,
        reason=reason,
        starts_at=now,
        ends_at=now + timedelta(hours=ASKED_HOURS),
    )
    case.sealed_until, case.senior = row.ends_at, True
    cases.add(case, "sealed", person, reason)
    cases.record("policy:sealed", None, case, until=row.ends_at.isoformat())
    return row


def of_case(case: Case) -> Seal | None:
    """The seal that holds now. One query where there may be one."""
    return Seal.get_or_none(Seal.case == case.id) if cases.is_sealed(case) else None


def approve(viewer: Viewer, case: Case, days: int = SEALED_DAYS, *, version: int | None = None) -> Seal:
    """Approves the seal as a second person, for so many days from its beginning. Raises Missing, Refused, Invalid,
    Conflict.
    """
    if not 1 <= days <= SEALED_DAYS:
        raise Invalid("days", f"A case stays sealed for 1 to {SEALED_DAYS} days.")
    person = cases.require_senior(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        row = _holding(fresh)
        if row.asked_by_id == person.id:
            raise Refused("You asked for it yourself. A second person says whether it is right.")
        if row.approved_by_id is not None:
            raise Conflict("Somebody else has approved it already.", fresh)
        row.approved_by, row.approved_at = person, clock.now()
        row.ends_at = row.starts_at + timedelta(days=days)
        row.save()
        fresh.sealed_until = row.ends_at
        cases.add(fresh, "seal_approved", person, "", days=days)
        cases.record("policy:seal_approved", person, fresh, until=row.ends_at.isoformat())
    return row


def open_now(viewer: Viewer, case: Case, *, version: int | None = None) -> Case:
    """Opens a sealed case before its time, which tells the author. Raises Missing, Refused, Conflict."""
    person = cases.require_senior(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        _end(fresh, _holding(fresh), person)
    return fresh


def _holding(case: Case) -> Seal:
    row = of_case(case)
    if row is None:
        raise Conflict("The seal has ended already, and the author has been told.", case)
    return row


def _end(case: Case, row: Seal, person: Person | None) -> None:
    """Ends a seal inside the running write: from here on the author knows, and is told why they did not."""
    row.opened_at, row.opened_by = clock.now(), person
    row.save()
    case.sealed_until = None
    cases.add(case, "unsealed", person)
    name, clause = cases.name_of(case.item), cases.clause_words(case.clause)
    second = row.approved_by.name if row.approved_by_id else ""
    told = notices.unsealed(name, clause, row.starts_at, second, row.reason)
    cases.tell("policy:unsealed", person, case, "flagged", told, clause=case.clause)


@jobs.job("policy.end_seals", every=timedelta(minutes=1))
def end_due(_job: Any = None) -> int:
    """Ends the seals whose time is over and tells the authors; how many. Run by the worker, and by the web where the
    worker has stopped.
    """
    due = Seal.select(Seal.case).where(Seal.opened_at.is_null(), Seal.ends_at <= clock.now())
    ended = 0
    for (case_id,) in list(due.tuples()):
        with db.write():
            case = cases.lock(case_id)
            row = Seal.get(Seal.case == case_id)
            if row.opened_at is None and row.ends_at <= clock.now():
                _end(case, row, None)
                ended += 1
    return ended


def next_end() -> datetime | None:
    """When the next seal ends, for the web's own watch. One query."""
    end = Seal.select(db.lowest(Seal.ends_at)).where(Seal.opened_at.is_null()).scalar()
    return UTCField().python_value(end) if isinstance(end, int) else end


def begun_within(start: datetime, end: datetime) -> tuple[int, bool]:
    """How many cases were sealed from `start` to before `end`, and whether one of them still is. One query."""
    rows = list(
        Seal.select(Seal.opened_at, Seal.ends_at).where(Seal.starts_at >= start, Seal.starts_at < end)
    )
    return len(rows), any(r.opened_at is None and r.ends_at > clock.now() for r in rows)
