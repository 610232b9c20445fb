"""What anybody may know of the cases about themselves, and of what they reported. A sealed case is not there yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import peewee

from hub import access, clock
from hub.access import Viewer
from hub.content.models import Item
from hub.errors import Missing
from hub.people.models import Person
from hub.policy import cases, undoing
from hub.policy.models import (
    Acknowledgement,
    Appeal,
    Case,
    CaseEvent,
    Decision,
    Finding,
    PolicyVersion,
    Report,
    Restriction,
)
from hub.spaces.models import Space

PER_PAGE = 20
VERSIONS_MOST = 12
OVERTURNED = "overturned"


@dataclass
class MyCase:
    """A case about something of the viewer's, with all that they may know of it."""

    case: Case
    conversation: list[CaseEvent] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)
    appeals: dict[int, Appeal] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    @property
    def decision(self) -> Decision | None:
        """The latest decision while the case is closed."""
        return self.decisions[-1] if self.decisions and self.case.state == "decided" else None


@dataclass(frozen=True)
class MyCases:
    """A page of one's own cases, newest first; `older` is the id to go on from, 0 at the end."""

    rows: list[MyCase]
    older: int


def mine(viewer: Viewer, before: int = 0) -> MyCases:
    """Cases about what the viewer wrote. Five queries, however many. Reporters are not in it."""
    person = access.require_person(viewer)
    query = (
        Case.select(Case, Item, Space)
        .join(Item)
        .join(Space)
        .where(Case.author == person.id, cases.not_sealed())
        .order_by(Case.id.desc())
    )
    if before:
        query = query.where(Case.id < before)
    rows = list(query.limit(PER_PAGE + 1))
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    by_id = {case.id: MyCase(case) for case in rows}
    ids, judge = list(by_id) or [0], Person.alias("judge")
    for event in (
        CaseEvent.select(CaseEvent, Person)
        .join(Person, peewee.JOIN.LEFT_OUTER)
        .where(CaseEvent.case.in_(ids), CaseEvent.name.in_(("asked", "answered", "appealed", "heard")))
        .order_by(CaseEvent.id)
    ):
        by_id[event.case_id].conversation.append(event)
    for decision in (
        Decision.select(Decision, Person, Appeal, judge)
        .join(Person, on=Decision.decided_by)
        .join_from(
            Decision, Appeal, peewee.JOIN.LEFT_OUTER, on=(Appeal.decision == Decision.id), attr="appeal"
        )
        .join(judge, peewee.JOIN.LEFT_OUTER, on=Appeal.heard_by)
        .where(Decision.case.in_(ids), _told())
        .order_by(Decision.id)
    ):
        by_id[decision.case_id].decisions.append(decision)
        appeal = getattr(decision, "appeal", None)
        if appeal is not None and appeal.id is not None:
            by_id[decision.case_id].appeals[decision.id] = appeal
    for entry in by_id.values():
        if entry.case.state == "decided" and not entry.decisions:
            entry.case.state = "claimed"  # It can still be undone, and then nothing has been decided.
    decided = {d.id: entry for entry in by_id.values() for d in entry.decisions}
    if decided:
        for row in (
            Restriction.select(Restriction, Person)
            .join(Person, peewee.JOIN.LEFT_OUTER, on=Restriction.approved_by)
            .where(Restriction.decision.in_(list(decided)))
        ):
            decided[row.decision_id].restrictions.append(row)
    for finding in Finding.select().where(Finding.case.in_(ids)).order_by(Finding.id):
        entry = by_id[finding.case_id]
        if (finding.rule, finding.excerpt) not in {(f.rule, f.excerpt) for f in entry.found}:
            entry.found.append(finding)
    return MyCases(list(by_id.values()), rows[-1].id if more and rows else 0)


def _told() -> Any:
    """SQL: the decisions that can no longer be undone, and so are the author's to know."""
    return Decision.told_at.is_null(False) | (Decision.decided_at <= clock.now() - undoing.TELL_AFTER)


def my_case(viewer: Viewer, case_id: int) -> Case:
    """A case about something that the viewer wrote. Raises Missing."""
    person = access.require_person(viewer)
    case = Case.get_or_none((Case.id == case_id) & (Case.author == person.id) & cases.not_sealed())
    if case is None:
        raise Missing()
    return case


def my_decision(viewer: Viewer, case: Case) -> Decision:
    """The decision about one's case that can be appealed. Raises Missing."""
    row = (
        Decision.select()
        .where(Decision.case == case.id, Decision.author == viewer.id)
        .order_by(Decision.id.desc())
        .first()
    )
    if row is None or case.state != "decided":
        raise Missing()
    return row


def my_rereading(viewer: Viewer, case_id: int) -> Restriction:
    """The request to read a clause again about one's case. Raises Missing."""
    person = access.require_person(viewer)
    row = (
        Restriction.select(Restriction, Decision)
        .join(Decision)
        .where(Decision.case == case_id, Restriction.person == person.id, Restriction.kind == "reread")
        .order_by(Restriction.id.desc())
        .first()
    )
    if row is None:
        raise Missing()
    return row


def my_versions(viewer: Viewer) -> list[tuple[PolicyVersion, Any]]:
    """The versions of the policy that have come into force, newest first, each with when the viewer said that they read it
    (None where they have not). One query.
    """
    person = access.require_person(viewer)
    said = (Acknowledgement.version == PolicyVersion.id) & (Acknowledgement.person == person.id)
    rows = (
        PolicyVersion.select(PolicyVersion, Acknowledgement.at.alias("said_at"))
        .join(Acknowledgement, peewee.JOIN.LEFT_OUTER, on=said)
        .where(PolicyVersion.in_force_at <= clock.now())
        .order_by(PolicyVersion.in_force_at.desc(), PolicyVersion.number.desc())
        .limit(VERSIONS_MOST)
    )
    return [(row, row.said_at) for row in rows.objects()]


def my_reports(viewer: Viewer, limit: int = 50) -> list[Report]:
    """What the viewer reported, newest first, with `.case` and the outcome in `.outcome` (none while it is
    open, OVERTURNED after an appeal that was won). One query.
    """
    person = access.require_person(viewer)
    newest = Decision.alias()
    standing = peewee.Case(None, [(newest.overturned_at.is_null(), newest.outcome)], OVERTURNED)
    outcome = (
        newest.select(standing)
        .where(newest.case == Report.case)
        .order_by(newest.id.desc())
        .limit(1)
        .alias("outcome")
    )
    return list(
        Report.select(Report, Case, Item.id, Item.kind, Item.title, Item.audience, outcome)
        .join(Case)
        .join_from(Report, Item)
        .where(Report.person == person.id)
        .order_by(Report.id.desc())
        .limit(limit)
    )
