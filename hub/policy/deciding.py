"""What people decide: the outcome of a case, hiding one item for a time with a second person's approval,
appeals.

What a second person approves is carried out in `ladder`. No automatic path leads here, which a test proves, and
the database refuses a restriction without two people, a reason, a clause and an end.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub import clock, db
from hub.access import Viewer
from hub.errors import Conflict, Invalid, Refused
from hub.people.models import Person
from hub.policy import cases, notices, undoing, working_time
from hub.policy.casework import clean, end_grants, held
from hub.policy.ladder import finish, finish_emergency, reason_of
from hub.policy.models import (
    DAYS_MOST,
    MEASURES,
    OUTCOMES,
    Appeal,
    Case,
    Decision,
    EmergencyHide,
    Report,
    Restriction,
)

APPEAL_WORKING_DAYS = 20
APPEALS = ("upheld", "varied", "overturned")


def decide(
    viewer: Viewer,
    case: Case,
    *,
    outcome: str,
    reason: str,
    clause: str = "",
    hide_days: int = 0,
    measure: str = "hide",
    version: int | None = None,
) -> Decision:
    """Decides the case that the viewer holds, and writes author's and reporters' notices in the same transaction. After
    a routine outcome the author is told some seconds later, when it can no longer be undone.

    `clause` is the case's own unless given; advice and breach need one. `hide_days` (0 for none) proposes the
    `measure`, a step of the ladder, for so many days; a second person must approve it. Raises Invalid, Refused,
    Missing, Conflict.
    """
    if outcome not in OUTCOMES:
        raise Invalid("outcome", "Choose one of the five outcomes.")
    reason = reason_of(reason)
    if hide_days:
        _check_measure(outcome, measure, hide_days)
    clause = clause or case.clause
    if outcome in ("advice", "breach") and not clause:
        raise Invalid("clause", "Name the clause that this is about.")
    with db.write():
        fresh, person = held(viewer, case, version)
        cases.require_unsealed(fresh)
        now = clock.now()
        until = appeal_until(now)
        name, words = cases.name_of(fresh.item), cases.clause_words(clause)
        told = notices.decided(name, outcome, words, reason, person.name, until, hide_days, measure)
        notice = notices.tell(fresh, fresh.author_id, "decided", told)
        routine = outcome in undoing.ROUTINE
        decision = Decision.create(
            case=fresh,
            outcome=outcome,
            clause=clause,
            reason=reason,
            author=fresh.author_id,
            decided_by=person,
            decided_at=now,
            notice=notice,
            appeal_until=until,
            told_at=None if routine else now,
        )
        cases.add(fresh, "decided", person, reason, outcome=outcome, clause=clause, decision=decision.id)
        undoing.mark_findings(fresh, now if outcome == "rule_was_wrong" else None)
        if hide_days:
            _propose(fresh, decision, person, measure, hide_days)
        for row in Report.select(Report.person).where(Report.case == fresh.id, Report.person.is_null(False)):
            notices.tell(fresh, row.person_id, "report", notices.reported(outcome))
        end_grants(fresh)
        about: dict[str, Any] = {"clause": clause, "outcome": outcome}
        if routine:
            undoing.tell_later(decision)
        else:
            about |= {"notice": notice.id, "subject": notice.subject}
        cases.record("policy:decided", person, fresh, person=fresh.author_id, **about)
    return decision


def _check_measure(outcome: str, measure: str, days: int) -> None:
    if measure not in MEASURES:
        raise Invalid("measure", "Choose one of the list.")
    if outcome != "breach" and not (outcome == "advice" and measure == "reread"):
        raise Invalid(
            "hide_days", f"{MEASURES[measure]}: for a breach only, and for at most {DAYS_MOST[measure]} days."
        )
    if not 1 <= days <= DAYS_MOST[measure]:
        raise Invalid("hide_days", f"{MEASURES[measure]}: for 1 to {DAYS_MOST[measure]} days.")


def _propose(case: Case, decision: Decision, person: Person, measure: str, days: int) -> None:
    Restriction.create(
        decision=decision,
        kind=measure,
        item=case.item_id,
        person=case.author_id,
        clause=decision.clause,
        reason=decision.reason,
        days=days,
        decided_by=person,
        appeal_until=decision.appeal_until,
    )
    cases.add(case, "proposed", person, MEASURES[measure], days=days, measure=measure)
    cases.record("policy:proposed", person, case, clause=decision.clause)


def hear(viewer: Viewer, appeal: Appeal, *, outcome: str, reason: str, version: int | None = None) -> Appeal:
    """Hears an appeal as a senior reviewer who had no part in the decision; overturning undoes all that followed
    from it.

    Raises Invalid, Refused, Missing, Conflict.
    """
    if outcome not in APPEALS:
        raise Invalid("outcome", "Choose upheld, changed in part or overturned.")
    reason = reason_of(reason)
    decision = appeal.decision
    person = cases.require_no_conflict(viewer, decision.case)
    part = {decision.decided_by_id} | {r.approved_by_id for r in decision.restrictions}
    if person.id in part:
        raise Refused("You had a part in this decision. Somebody else hears the appeal.")
    cases.require_senior(viewer, decision.case)
    with db.write():
        case = cases.lock(decision.case_id, version)
        fresh = Appeal.get_by_id(appeal.id)
        if fresh.outcome:
            raise Conflict("This appeal has been heard already.", case)
        now = clock.now()
        fresh.outcome, fresh.reason, fresh.heard_by, fresh.heard_at = outcome, reason, person, now
        fresh.save()
        cases.add(case, "heard", person, reason, outcome=outcome)
        if outcome in ("overturned", "varied"):
            for row in Restriction.select().where(
                Restriction.decision == decision.id, Restriction.state.in_(("active", "proposed"))
            ):
                state = "overturned" if row.state == "active" else "refused"
                finish(case, row, state, person, "an appeal was heard")
        outside = outcome == "overturned" and _undo_all(case, decision, person, now)
        told = notices.heard(cases.name_of(case.item), outcome, reason, person.name, outside=outside)
        cases.tell("policy:heard", person, case, "appeal", told, outcome=outcome)
    return fresh


def _undo_all(case: Case, decision: Decision, person: Person, now: datetime) -> bool:
    """Undoes what is left of an overturned decision beside its restrictions, inside the running write: the findings were
    wrong, a hiding at once ends, and a referral is taken back; whether there was one.
    """
    Decision.update(overturned_at=now).where(Decision.id == decision.id).execute()
    undoing.mark_findings(case, now)
    for row in EmergencyHide.select().where(
        EmergencyHide.case == case.id, EmergencyHide.finished_at.is_null()
    ):
        finish_emergency(case, row, person, "an appeal was heard")
    referred = (Restriction.decision == decision.id) & (Restriction.kind == "refer")
    return bool(
        Restriction.update(state="overturned").where(referred, Restriction.state == "ended").execute()
    )


def reopen(viewer: Viewer, case: Case, reason: str, *, version: int | None = None) -> Case:
    """Opens a closed case again with a reason, which the author is told. Raises Invalid, Refused, Missing, Conflict."""
    reason = reason_of(clean(reason, "Say why the case is opened again."))
    person = cases.require_no_conflict(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        if cases.open_case(fresh.item_id, fresh.clause) is not None:
            raise Refused("Another case about the same item and clause is open. Add a note to that one.")
        cases.add(fresh, "reopened", person, reason)
        told = notices.reopened(cases.name_of(fresh.item), reason, person.name)
        cases.tell("policy:reopened", person, fresh, "reopened", told, reason=reason[:300])
    return fresh


def appeal_until(moment: datetime) -> datetime:
    """Until when a decision of that moment can be appealed: twenty working days, bank holidays left out."""
    return working_time.days_after(moment, APPEAL_WORKING_DAYS)
