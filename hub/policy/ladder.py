"""Carries out the ladder of restrictions: what a second person approved begins, ends by itself, or is lifted.

The only module that hides anything or pauses anybody. No automatic path leads here, but to end what is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hub import access, clock, db, jobs
from hub.access import PostingPause, Viewer
from hub.content import actions as content
from hub.db import UTCField
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.people.models import Person
from hub.policy import cases, detector, notices
from hub.policy.casework import end_grants, grant, held
from hub.policy.models import (
    CONFIRMED_DAYS,
    EMERGENCY_HOURS,
    REASON_LEAST,
    Case,
    EmergencyHide,
    Restriction,
)


def approve(
    viewer: Viewer, restriction: Restriction, reason: str = "", *, version: int | None = None
) -> Restriction:
    """Approves a proposed restriction as a second person and senior reviewer: it begins now and ends by itself.
    Raises Refused, Missing, Conflict.
    """
    with db.write():
        case, fresh, person = _second(viewer, restriction, version)
        now = clock.now()
        until = now + timedelta(days=fresh.days)
        name = cases.name_of(case.item)
        told = notices.restricted(
            fresh.kind,
            name,
            case.item.space.name,
            cases.clause_words(fresh.clause),
            fresh.reason,
            fresh.decided_by.name,
            person.name,
            until,
        )
        notice = cases.tell(
            "policy:restricted", person, case, "hidden", told, clause=fresh.clause, until=until.isoformat()
        )
        fresh.state, fresh.approved_by, fresh.approved_at = "active", person, now
        fresh.approval_reason = plain(reason[:4000])
        fresh.starts_at, fresh.ends_at, fresh.notice = now, until, notice
        fresh.save()
        _carry_out(case, fresh, person)
        cases.add(case, "approved", person, fresh.approval_reason, days=fresh.days, measure=fresh.kind)
        end_grants(case)
        if fresh.kind == "refer":
            fresh.state, fresh.finished_at = "ended", now  # What follows outside is not the hub's to end.
            fresh.save()
    return fresh


def _carry_out(case: Case, restriction: Restriction, person: Person) -> None:
    if restriction.kind == "hide":
        content.hide(person, case.item, restriction.ends_at, f"clause {restriction.clause}")
    elif restriction.kind in ("pause_space", "pause_hub"):
        PostingPause.create(
            person=restriction.person_id,
            space=case.item.space_id if restriction.kind == "pause_space" else None,
            cause=restriction.id,
            clause=restriction.clause,
            reason=restriction.reason,
            decided_by=restriction.decided_by_id,
            approved_by=person,
            starts_at=restriction.starts_at,
            ends_at=restriction.ends_at,
        )


def refuse(
    viewer: Viewer, restriction: Restriction, reason: str, *, version: int | None = None
) -> Restriction:
    """Does not approve a proposed restriction; nothing changes. Raises as `approve`, and Invalid."""
    reason = reason_of(reason)
    with db.write():
        case, fresh, person = _second(viewer, restriction, version)
        fresh.state, fresh.approval_reason, fresh.finished_at = "refused", reason, clock.now()
        fresh.approved_by = None
        fresh.save()
        cases.add(case, "refused", person, reason)
        name = cases.name_of(case.item)
        told = notices.not_hidden(name, person.name, reason)
        cases.tell("policy:refused", person, case, "hidden", told)
    return fresh


def _second(
    viewer: Viewer, restriction: Restriction, version: int | None
) -> tuple[Case, Restriction, Person]:
    decision = restriction.decision
    person = cases.require_no_conflict(viewer, decision.case)
    if person.id == decision.decided_by_id:
        raise Refused("You proposed this yourself. A second person says whether it is right.")
    cases.require_senior(viewer, decision.case)
    case = cases.lock(decision.case_id, version)
    fresh = Restriction.get_by_id(restriction.id)
    if fresh.state != "proposed":
        raise Conflict("Somebody else has answered this proposal already.", case)
    return case, fresh, person


def lift(viewer: Viewer, restriction: Restriction, reason: str, *, version: int | None = None) -> None:
    """Ends a restriction before its time. Any reviewer without a conflict may be milder."""
    reason = reason_of(reason)
    person = cases.require_no_conflict(viewer, restriction.decision.case)
    with db.write():
        case = cases.lock(restriction.decision.case_id, version)
        fresh = Restriction.get_by_id(restriction.id)
        if fresh.state not in ("active", "proposed"):
            raise Conflict("This restriction has ended already.", case)
        if fresh.state == "active":
            finish(case, fresh, "lifted", person, reason)
            return
        finish(case, fresh, "refused", person, reason)
        told = notices.not_hidden(cases.name_of(case.item), person.name, reason)
        cases.tell("policy:refused", person, case, "hidden", told)


def finish(case: Case, restriction: Restriction, state: str, person: Person | None, why: str) -> None:
    """Ends one restriction, inside the running write, and undoes what it did; the author is told of what had acted."""
    acted = restriction.state == "active"
    restriction.state, restriction.finished_at = state, clock.now()
    restriction.save()
    cases.add(case, "lifted", person, why, restriction=restriction.id, state=state)
    if not acted:
        cases.record("policy:lifted", person, case, person=case.author_id)
        return
    if restriction.kind == "hide":
        show_again(person, case, why)
    PostingPause.update(ended_at=clock.now()).where(
        PostingPause.cause == restriction.id, PostingPause.ended_at.is_null()
    ).execute()
    if restriction.kind == "reread":
        cases.record("policy:lifted", person, case, person=case.author_id)
        return
    told = notices.ended(restriction.kind, cases.name_of(case.item), why)
    cases.tell("policy:lifted", person, case, "visible", told)


def show_again(person: Person | None, case: Case, why: str) -> None:
    """Puts the item before its audience again, unless another decision still hides it."""
    hidden = Restriction.select(Restriction.id).where(
        Restriction.item == case.item_id, Restriction.state == "active", Restriction.kind == "hide"
    )
    at_once = EmergencyHide.select(EmergencyHide.id).where(
        EmergencyHide.item == case.item_id, EmergencyHide.finished_at.is_null()
    )
    if not hidden.exists() and not at_once.exists():
        content.unhide(person, case.item, why[:200])


@jobs.job("policy.end_due", every=timedelta(minutes=1))
def end_due(_job: jobs.Job | None = None) -> int:
    """Ends the restrictions whose time is over; how many. A restriction only ever ends by itself, it never
    begins so. Run by the worker, and by the web where the worker has stopped.
    """
    due = Restriction.select(Restriction.id).where(
        Restriction.state == "active", Restriction.ends_at <= clock.now()
    )
    ended = 0
    for (restriction_id,) in list(due.tuples()):
        with db.write():
            row = Restriction.get_by_id(restriction_id)
            case = cases.lock(row.decision.case_id)
            row = Restriction.get_by_id(restriction_id)
            if row.state == "active" and row.ends_at <= clock.now():
                finish(case, row, "ended", None, "its time is over")
                ended += 1
    return ended + _end_emergencies()


def _end_emergencies() -> int:
    ended = 0
    for (hide_id,) in list(_due_emergencies().tuples()):
        with db.write():
            row = EmergencyHide.get_by_id(hide_id)
            case = cases.lock(row.case_id)
            row = EmergencyHide.get_by_id(hide_id)
            if row.finished_at is None and row.ends_at <= clock.now():
                finish_emergency(case, row, None, "its time is over")
                ended += 1
    return ended


def _due_emergencies() -> Any:
    open_now = EmergencyHide.finished_at.is_null()
    return EmergencyHide.select(EmergencyHide.id).where(open_now, EmergencyHide.ends_at <= clock.now())


def next_end() -> datetime | None:
    """When the next restriction ends, for the web's own watch. Two queries."""
    ends = [
        Restriction.select(db.lowest(Restriction.ends_at)).where(Restriction.state == "active").scalar(),
        EmergencyHide.select(db.lowest(EmergencyHide.ends_at))
        .where(EmergencyHide.finished_at.is_null())
        .scalar(),
    ]
    known: list[Any] = [
        UTCField().python_value(e) if isinstance(e, int) else e for e in ends if e is not None
    ]
    return min(known) if known else None


# --- at once -----------------------------------------------------------------------------------------------------


def hide_at_once(viewer: Viewer, case: Case, reason: str, *, version: int | None = None) -> EmergencyHide:
    """Hides the item of the case that the viewer holds for 24 hours; it comes back by itself unless a second
    person confirms. Once a case. Raises Invalid, Refused, Missing, Conflict.
    """
    reason = reason_of(reason)
    with db.write():
        fresh, person = held(viewer, case, version)
        cases.require_unsealed(fresh)
        if EmergencyHide.select(EmergencyHide.id).where(EmergencyHide.case == fresh.id).exists():
            raise Refused("This has been done once in this case. Decide it, and propose what should follow.")
        now = clock.now()
        until = now + timedelta(hours=EMERGENCY_HOURS)
        told = notices.at_once(
            cases.name_of(fresh.item), cases.clause_words(fresh.clause), reason, person.name, until
        )
        notice = cases.tell("policy:hidden_at_once", person, fresh, "hidden", told, until=until.isoformat())
        row = EmergencyHide.create(
            case=fresh,
            item=fresh.item_id,
            author=fresh.author_id,
            by=person,
            reason=reason,
            notice=notice,
            starts_at=now,
            ends_at=until,
        )
        content.hide(person, fresh.item, until, "at once, until a second person has looked")
        cases.add(fresh, "hidden_at_once", person, reason)
        grant(person, fresh)
    return row


def answer_emergency(
    viewer: Viewer, case: Case, reason: str, *, confirm: bool, version: int | None = None
) -> EmergencyHide:
    """A second person confirms a hiding at once for seven days more, or ends it. Raises Refused, Missing, Conflict."""
    reason = reason_of(reason) if confirm else plain(reason[:4000])
    person = cases.require_no_conflict(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        row = EmergencyHide.get_or_none(
            (EmergencyHide.case == fresh.id) & EmergencyHide.finished_at.is_null()
        )
        if row is None or row.ends_at <= clock.now():
            raise Conflict("The item is before its audience again already.", fresh)
        if not confirm:
            finish_emergency(fresh, row, person, reason or "a reviewer ended it")
            return row
        if row.by_id == person.id:
            raise Refused("You hid it yourself. A second person says whether that was right.")
        if row.confirmed_by_id is not None:
            raise Conflict("Somebody else has confirmed it already.", fresh)
        row.confirmed_by, row.confirmed_at = person, clock.now()
        row.ends_at += timedelta(days=CONFIRMED_DAYS)
        row.save()
        content.hide(person, fresh.item, row.ends_at, "confirmed by a second person")
        cases.add(fresh, "confirmed", person, reason)
        told = notices.confirmed(cases.name_of(fresh.item), person.name, reason, row.ends_at)
        cases.tell("policy:confirmed", person, fresh, "hidden", told, until=row.ends_at.isoformat())
    return row


def finish_emergency(case: Case, row: EmergencyHide, person: Person | None, why: str) -> None:
    """Ends a hiding at once, inside the running write."""
    row.finished_at = clock.now()
    row.save()
    cases.add(case, "lifted", person, why, emergency=row.id)
    show_again(person, case, why)
    cases.tell("policy:lifted", person, case, "visible", notices.visible(cases.name_of(case.item), why))


# --- one's own ---------------------------------------------------------------------------------------------------


def reread(viewer: Viewer, restriction: Restriction) -> None:
    """The author says that they read the clause again, which ends that step. Raises Missing."""
    person = access.require_person(viewer)
    if restriction.person_id != person.id or restriction.kind != "reread":
        raise Missing()
    with db.write():
        case = cases.lock(restriction.decision.case_id)
        fresh = Restriction.get_by_id(restriction.id)
        if fresh.state == "active":
            cases.add(case, "reread", person)
            finish(case, fresh, "ended", person, "the author read the clause again")


def restriction(restriction_id: int) -> Restriction:
    """The restriction. Raises Missing."""
    row = Restriction.get_or_none(Restriction.id == restriction_id)
    if row is None:
        raise Missing()
    return row


def reason_of(reason: str) -> str:
    """A decision's reason as it is kept, numbers and secrets masked. Raises Invalid for one that explains nothing."""
    reason = plain(reason)
    if len(reason) < REASON_LEAST:
        raise Invalid(
            "reason",
            f"Give a reason of at least {REASON_LEAST} characters: the author reads it word for word.",
        )
    if len(reason) > 4000:
        raise Invalid("reason", "Keep the reason below 4,000 characters, please.")
    return reason


def plain(words: str) -> str:
    """Words of a reviewer as they are kept: without what cannot be stored, numbers and secrets masked."""
    return detector.masked(words.replace("\r\n", "\n").replace("\x00", "").strip())
