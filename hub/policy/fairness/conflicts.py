"""Who may not review whom, and what happens where nobody is left who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub import access, clock, db, events, jobs
from hub.access import Viewer
from hub.errors import Conflict as Conflict_
from hub.errors import Invalid, Missing
from hub.people.models import Person
from hub.policy import cases, detector, notices
from hub.policy.casework import clean, end_grants
from hub.policy.fairness.models import Conflict
from hub.policy.models import OPEN_STATES, Appeal, Case, Decision, Report, Restriction

SENIOR = "senior reviewer"
LOOKED_AT = 2000
LAPSE = timedelta(days=30)
for _name, _sentence in {
    "policy:conflict_said": "{actor} said that {person} has a conflict as a reviewer",
    "policy:conflict_taken_back": "{actor} took back a conflict of the reviewer {person}",
    "policy:escalated": "{actor} passed a case about {item} on to a senior reviewer",
    "policy:nobody_left": "Nobody is left who may review a case about {item}",
}.items():
    events.declare(_name, cases.FIELDS, _sentence)


def declare(
    viewer: Viewer, person: Person | None, reason: str, *, reviewer: Person | None = None
) -> Conflict:
    """Says that the viewer does not review a person; the policy's owner may say it of any reviewer. Raises Invalid."""
    me = access.require_role(viewer, *cases.REVIEWERS, "policy owner")
    who = reviewer or me
    if who.id != me.id and not me.has_role("policy owner"):
        raise Missing()
    if not who.has_role(*cases.REVIEWERS):
        raise Invalid("reviewer", "Name the reviewer who is not to review them.")
    reason = detector.masked(" ".join(reason.split())[:300])
    if person is None:
        raise Invalid("handle", "There is nobody with that name.")
    if person.id == who.id:
        raise Invalid("handle", "What is one's own is never one's own to review; this need not be said.")
    if len(reason) < 10:
        raise Invalid("reason", "Say in at least 10 characters why.")
    with db.write():
        row, made = Conflict.get_or_create(
            reviewer=who, person=person, defaults={"reason": reason, "said_by": me, "said_at": clock.now()}
        )
        if made:
            events.record("policy:conflict_said", me, person=who)
    return row


def take_back(viewer: Viewer, conflict_id: int) -> None:
    """Takes a conflict back: who said it, or the policy's owner. Raises Missing."""
    me = access.require_role(viewer, *cases.REVIEWERS, "policy owner")
    row = Conflict.get_or_none(Conflict.id == conflict_id)
    if row is None or (row.said_by_id != me.id and not me.has_role("policy owner")):
        raise Missing()
    with db.write():
        row.delete_instance()
        events.record("policy:conflict_taken_back", me, person=row.reviewer_id)


def listing(viewer: Viewer) -> list[Conflict]:
    """The viewer's conflicts; all for the policy's owner. One query."""
    me = access.require_role(viewer, *cases.REVIEWERS, "policy owner")
    reviewer = Person.alias("reviewer")
    query = (
        Conflict.select(Conflict, reviewer, Person)
        .join(reviewer, on=Conflict.reviewer)
        .join_from(Conflict, Person, on=Conflict.person)
        .order_by(reviewer.name, Person.name)
    )
    return list(query if me.has_role("policy owner") else query.where(Conflict.reviewer == me.id))


def escalate(viewer: Viewer, case: Case, reason: str, *, version: int | None = None) -> Case:
    """Passes an open case on to a senior reviewer, with a note for them: one that nobody holds, or that the viewer does.
    Raises Refused, Missing, Invalid; Conflict where another holds it or it is closed.
    """
    reason = clean(reason, "Say why a senior reviewer should look at it.")
    person = cases.require_no_conflict(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        if fresh.state not in OPEN_STATES:
            raise Conflict_("This case has been closed. This is how it stands now.", fresh)
        if cases.standing_of(fresh).held_by(clock.now()) not in (None, person.id):
            raise Conflict_(f"{fresh.claimed_by.name} is working on this case.", fresh)
        fresh.senior = True
        cases.add(fresh, "escalated", person, reason)
        end_grants(fresh)
        cases.record("policy:escalated", person, fresh, clause=fresh.clause)
    return fresh


@jobs.job("policy.lapse", every=timedelta(hours=6))
def lapse(_job: Any = None) -> int:
    """Closes, as not reviewed, the cases that nobody has touched for thirty days, and tells authors and reporters; how
    many. A case that was passed on or sealed lapses no differently once its author knows.
    """
    quiet = Case.state.in_(OPEN_STATES) & (Case.changed_at < clock.now() - LAPSE) & cases.not_sealed()
    lapsed = 0
    for (case_id,) in list(Case.select(Case.id).where(quiet).order_by(Case.id).limit(LOOKED_AT).tuples()):
        with db.write():
            case = cases.lock(case_id)
            if case.state not in OPEN_STATES or case.changed_at >= clock.now() - LAPSE:
                continue
            cases.add(case, "lapsed")
            end_grants(case)
            told = notices.lapsed(cases.name_of(case.item), cases.clause_words(case.clause))
            cases.tell("policy:lapsed", None, case, "lapsed", told, clause=case.clause)
            for row in Report.select(Report.person).where(
                Report.case == case.id, Report.person.is_null(False)
            ):
                notices.tell(case, row.person_id, "report", notices.lapsed_report())
        lapsed += 1
    return lapsed


@jobs.job("policy.nobody_left", every=timedelta(hours=1))
def look_for_stuck(_job: Any = None) -> int:
    """Finds open cases that no reviewer may review, and appeals that nobody may hear, and tells the policy's owners,
    once a case; how many. They never fall to somebody who has a part in them.
    """
    people = list(Person.select().where(Person.status == "active"))
    reviewers = [p for p in people if p.has_role(*cases.REVIEWERS) and p.is_active]
    owners = [p for p in people if p.has_role("policy owner")]
    stuck = 0
    quiet = Case.state.in_(OPEN_STATES) & ~Case.stuck
    for person in reviewers:
        quiet &= ~cases.reviewable_by(person)
    for case in list(Case.select().where(quiet).order_by(Case.rank.desc()).limit(LOOKED_AT)):
        if not _anybody(reviewers, case, set()):
            stuck += _tell_owners(
                owners, case, "A case waits that no reviewer may review: name another reviewer"
            )
    seniors = [p for p in reviewers if p.has_role(SENIOR)]
    unheard = (
        Appeal.select(Appeal, Decision, Case)
        .join(Decision)
        .join(Case)
        .where(Appeal.outcome == "", ~Case.stuck)
        .order_by(Appeal.id)
        .limit(LOOKED_AT)
    )
    for appeal in list(unheard):
        approved = Restriction.select(Restriction.approved_by).where(
            Restriction.decision == appeal.decision_id
        )
        part = {appeal.decided_by_id} | {row[0] for row in approved.tuples()}
        if not _anybody(seniors, appeal.decision.case, part):
            words = "An appeal waits that nobody may hear: name another senior reviewer"
            stuck += _tell_owners(owners, appeal.decision.case, words)
    return stuck


def _anybody(people: list[Person], case: Case, part: set[int]) -> bool:
    reporters = cases.reporters_of(case)
    return any(p.id not in part and not cases.conflict(p, case, reporters) for p in people)


def _tell_owners(owners: list[Person], case: Case, words: str) -> bool:
    """Tells those owners whom the case is not about; whether there is one. Otherwise it is looked at again."""
    told = [owner for owner in owners if owner.id != case.author_id]
    if told:
        with db.write():
            fresh = cases.lock(case)
            fresh.stuck = True
            fresh.save()
            about = None if cases.is_sealed(fresh) else fresh.item_id
            for owner in told:
                events.record(
                    "policy:nobody_left",
                    None,
                    about,
                    person=owner,
                    case=fresh.id,
                    notice=fresh.id,
                    subject=words,
                )
    return bool(told)
