"""A routine decision can be taken back for ten seconds. Only then is its author told, so that nobody reads of what was
a slip of the finger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hub import clock, db, jobs
from hub.access import Viewer
from hub.errors import Conflict, Missing, Refused
from hub.people.models import Person
from hub.policy import cases
from hub.policy.casework import end_grants, grant
from hub.policy.models import Case, Decision, Finding, Notice, Report

ROUTINE = ("rule_was_wrong", "no_breach", "fixed_by_author")
"""Outcomes that nothing follows from."""
UNDO = timedelta(seconds=10)
GRACE = timedelta(seconds=5)
"""For the way to the hub: what was pressed within ten seconds still counts."""
TELL_AFTER = UNDO + GRACE
DAY = timedelta(days=1)


def undoable(viewer: Viewer) -> list[int]:
    """Ids of the viewer's decisions that can be taken back now, for the button. One query. Raises Missing for others."""
    person = cases.require_reviewer(viewer)
    rows = Decision.select(Decision.id).where(
        Decision.decided_at > clock.now() - UNDO,
        Decision.decided_by == person.id,
        Decision.outcome.in_(ROUTINE),
        Decision.told_at.is_null(),
    )
    return [row[0] for row in rows.order_by(Decision.id).tuples()]


def undo(viewer: Viewer, decision_ids: list[int]) -> list[int]:
    """Takes the viewer's own routine decisions back, as if they had not been made; ids of their cases.

    One decision's case is the viewer's again; of several at once each is free again, as it was. Raises Missing for what
    is not the viewer's, Refused once it is too late or more has happened, Conflict where a new case is open instead.
    """
    person = cases.require_reviewer(viewer)
    ids = list(dict.fromkeys(decision_ids))
    done = []
    for decision_id in ids:
        with db.write():
            done.append(_take_back(person, decision_id, free=len(ids) > 1))
    return done


def _take_back(person: Person, decision_id: int, *, free: bool) -> int:
    row = Decision.get_or_none((Decision.id == decision_id) & (Decision.decided_by == person.id))
    if row is None:
        raise Missing()
    case = cases.lock(row.case_id)
    cases.refuse_conflict(person, case)
    row = Decision.get_or_none(Decision.id == decision_id)
    latest = cases.latest_decision(case)
    if row is None or latest is None or latest.id != row.id or case.state != "decided":
        raise Conflict("The case has moved on, so the decision can no longer be undone.", case)
    if row.outcome not in ROUTINE or row.told_at is not None or row.decided_at <= clock.now() - TELL_AFTER:
        raise Refused("It is too late to undo this. You can open the case again, with a reason.")
    if cases.appeal_of(row) is not None:
        raise Refused("The author has appealed already. Somebody else hears that.")
    if cases.open_case(case.item_id, case.clause) is not None:
        raise Conflict("Another case about the same item and clause has been opened meanwhile.", case)
    cases.add(case, "undone", person, "", decision=row.id, outcome=row.outcome)
    if free:
        cases.add(case, "released", person)
        end_grants(case)
    else:
        grant(person, case)
    told = (Notice.case == case.id) & (Notice.kind == "report") & (Notice.at >= row.decided_at)
    Notice.delete().where(told & Notice.person.in_(_reporters(case))).execute()
    notice = row.notice_id
    row.delete_instance()
    Notice.delete().where(Notice.id == notice).execute()
    mark_findings(case, None)
    cases.record("policy:undone", person, case, outcome=row.outcome)
    return case.id


def mark_findings(case: Case, wrong_at: datetime | None) -> None:
    """Says of the case's findings since when they are known to be wrong, or (None) that they are not, inside the write."""
    same = Finding.wrong_at.is_null(wrong_at is None)
    Finding.update(wrong_at=wrong_at).where(Finding.case == case.id, ~same).execute()


def _reporters(case: Case) -> Any:
    return Report.select(Report.person).where(Report.case == case.id)


# --- telling -----------------------------------------------------------------------------------------------------


def tell_later(decision: Decision) -> None:
    """Has the author told when the decision can no longer be undone, inside the running write."""
    jobs.enqueue("policy.tell", run_after=decision.decided_at + TELL_AFTER, key=f"policy.tell:{decision.id}")


@jobs.job("policy.tell", every=timedelta(minutes=1))
def tell_due(_job: Any = None) -> int:
    """Tells the authors of routine decisions that can no longer be undone; how many."""
    now = clock.now()
    due = Decision.select(Decision.id).where(
        Decision.told_at.is_null(),
        Decision.decided_at <= now - TELL_AFTER,
        Decision.decided_at > now - 30 * DAY,
    )
    return sum(tell_author(decision_id) for (decision_id,) in list(due.tuples()))


def tell_author(decision_id: int) -> bool:
    """Tells the author of one decision now, unless they have been told; whether they were."""
    with db.write():
        row = Decision.get_or_none(Decision.id == decision_id)
        if row is None:
            return False
        case = cases.lock(row.case_id)
        row = Decision.get_or_none(Decision.id == decision_id)
        if row is None or row.told_at is not None:
            return False
        row.told_at = clock.now()
        row.save(only=[Decision.told_at])
        about = {"outcome": row.outcome, "notice": row.notice_id, "subject": row.notice.subject}
        cases.record("policy:told", row.decided_by_id, case, person=row.author_id, **about)
    return True
