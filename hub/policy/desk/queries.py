"""Reads of the desk, for reviewers only. Whom a case is about decides who sees it, in the query itself.

The desk shows masked excerpts and no words of the item. The words are shown on the case's page to a reviewer
who may open the item: as any reader, or by the grant that comes with the claim.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import peewee

from hub import access, clock
from hub.access import Viewer
from hub.content.models import Item, ReadMark, Revision
from hub.content.queries import one_statement
from hub.errors import HubError, Missing
from hub.people.models import Organisation, Person
from hub.policy import cases
from hub.policy.fairness import sealing
from hub.policy.fairness.models import Seal
from hub.policy.models import (
    OPEN_STATES,
    Appeal,
    Case,
    CaseEvent,
    Decision,
    EmergencyHide,
    Finding,
    Notice,
    Report,
    Restriction,
)
from hub.spaces.models import Space

PER_PAGE = 30
COUNTED = 100
SHOWS = {
    "open": "To review",
    "mine": "Mine",
    "waiting": "Waiting for the author",
    "second": "Second person wanted",
    "appeals": "Appeals",
    "decided": "Decided",
}
SORTS = {
    "priority": "Most important first",
    "due": "Due first",
    "age": "Oldest first",
    "newest": "Newest first",
}
ORDERS = {"due": (Case.due_at, False), "age": (Case.id, False), "newest": (Case.id, True)}
"""The column of an order, and whether its greatest value comes first."""
Author = Person.alias("author")


@dataclass(frozen=True)
class Wanted:
    """What the desk is narrowed to; `rule` is a case's gravest, `alike` a case whose very value the others hold too.
    Anything unknown narrows nothing.
    """

    show: str = "open"
    clause: str = ""
    rule: str = ""
    by: str = ""
    alike: int = 0
    sort: str = "priority"
    cursor: str = ""


@dataclass(frozen=True)
class DeskPage:
    """One page of cases; `older` is the cursor of the next one, empty at the end."""

    rows: list[Case]
    older: str = ""


def page(viewer: Viewer, wanted: Wanted) -> DeskPage:
    """A page of the desk. One query, and three more for a group alike. Raises Missing for everybody but reviewers."""
    person = cases.require_reviewer(viewer)
    query = (
        Case.select(Case, Item.id, Item.kind, Item.title, Item.audience, Item.published_at, Item.created_at)
        .join(Item)
        .where(cases.reviewable_by(person), _shown(wanted.show, person))
    )
    if wanted.clause:
        query = query.where(Case.clause == ("" if wanted.clause == "none" else wanted.clause))
    if wanted.rule:
        query = query.where(Case.rule == wanted.rule)
    if wanted.alike:
        query = query.where(Case.id.in_(_group(viewer, wanted.alike)))
    if wanted.by == "rule":
        query = query.where(Case.findings > 0)
    elif wanted.by == "report":
        # By the reports' own table: where they are few, the pile would be read to its end for them.
        query = query.where(Case.id.in_(Report.select(Report.case)))
    column, backwards = ORDERS.get(wanted.sort, (Case.rank, True))
    key = _read_cursor(wanted.cursor)
    if key is not None and column is Case.id:
        query = query.where(Case.id < key[1] if backwards else Case.id > key[1])
    elif key is not None:
        query = query.where(_beyond(column, backwards, *key))
    order = (column.desc(), Case.id.desc()) if backwards else (column, Case.id)
    rows = list(query.order_by(*order).limit(PER_PAGE + 1))
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    return DeskPage(rows, f"{column.db_value(getattr(rows[-1], column.name))}.{rows[-1].id}" if more else "")


def _beyond(column: Any, backwards: bool, value: int, last: int) -> Any:
    if column is Case.due_at:
        value = column.python_value(value)
    if backwards:
        return (column < value) | ((column == value) & (Case.id < last))
    return (column > value) | ((column == value) & (Case.id > last))


def outcomes_of(rows: Iterable[Case]) -> dict[int, str]:
    """How the decided ones among the cases were last decided, by case. One query, none where nothing is decided."""
    ids = [row.id for row in rows if row.state == "decided"]
    made = (
        Decision.select(Decision.case, Decision.outcome).where(Decision.case.in_(ids)).order_by(Decision.id)
    )
    return dict(made.tuples()) if ids else {}


def stamp(shown: DeskPage) -> str:
    """Names a page as it is: the same while nothing on it has changed."""
    told = ",".join(f"{c.id}.{c.version}.{c.findings}.{c.reports}" for c in shown.rows)
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def _read_cursor(text: str) -> tuple[int, int] | None:
    first, _, second = text.partition(".")
    try:
        value, last = int(first), int(second)
    except ValueError:
        return None
    return (value, last) if abs(value) < 2**62 and 0 < last < 2**31 else None


def _shown(show: str, person: Person) -> Any:
    now = clock.now()
    if show == "mine":
        return (Case.claimed_by == person.id) & (Case.claimed_until > now)
    if show == "waiting":
        return Case.pile == "waiting"
    if show == "second":
        proposed = (
            Restriction.select(Decision.case)
            .join(Decision)
            .where(Restriction.state == "proposed", Restriction.decided_by != person.id)
        )
        at_once = EmergencyHide.select(EmergencyHide.case).where(
            EmergencyHide.finished_at.is_null(),
            EmergencyHide.confirmed_by.is_null(),
            EmergencyHide.ends_at > now,
            EmergencyHide.by != person.id,
        )
        if not person.has_role(cases.SENIOR):
            return Case.id.in_(at_once)
        asked = Seal.select(Seal.case).where(
            Seal.opened_at.is_null(),
            Seal.approved_by.is_null(),
            Seal.ends_at > now,
            Seal.asked_by != person.id,
        )
        return Case.id.in_(proposed) | Case.id.in_(at_once) | Case.id.in_(asked)
    if show == "appeals":
        unheard = (
            Appeal.select(Decision.case)
            .join(Decision)
            .where(Appeal.outcome == "", Appeal.decided_by != person.id)
        )
        approved = Restriction.select(Restriction.decision).where(Restriction.approved_by == person.id)
        unheard = unheard.where(Appeal.decision.not_in(approved))
        return Case.id.in_(unheard) if person.has_role(cases.SENIOR) else Case.id.in_([])
    if show == "decided":
        return Case.pile == "decided"
    # The free ones, and those whose claim has run out: nothing stays locked.
    held = (Case.state == "claimed") & (Case.claimed_until > now) & (Case.claimed_by != person.id)
    return (Case.pile == "review") & ~held


def counts(viewer: Viewer, shows: Iterable[str] = tuple(SHOWS)) -> dict[str, int]:
    """How many cases each tab but *Decided* holds for this reviewer. One statement."""
    person = cases.require_reviewer(viewer)
    return one_statement({name: _count(person, name) for name in shows if name != "decided"})


def open_count(viewer: Viewer) -> Any:
    """Query of the number of cases that this reviewer could take on; None for others. For the menu."""
    if viewer.person is None or not viewer.has_role(*cases.REVIEWERS):
        return None
    return _count(viewer.person, "open")


def is_second(viewer: Viewer, case: Case) -> bool:
    """Whether this reviewer is wanted in the case as a second person, or to hear its appeal. One query."""
    person = cases.require_reviewer(viewer)
    wanted = _shown("second", person) | _shown("appeals", person)
    return bool(Case.select(Case.id).where(Case.id == case.id, cases.reviewable_by(person), wanted).exists())


def second_count(viewer: Viewer) -> Any:
    """Query of the number of cases in which this reviewer is wanted as a second person; None for others."""
    if viewer.person is None or not viewer.has_role(*cases.REVIEWERS):
        return None
    wanted = _shown("second", viewer.person) | _shown("appeals", viewer.person)
    rows = Case.select(Case.id).where(cases.reviewable_by(viewer.person), wanted).limit(COUNTED)
    return Case.select(peewee.fn.COUNT(peewee.SQL("1"))).from_(rows.alias("rows"))


def _count(person: Person, show: str) -> Any:
    """Query of how many cases a tab holds, counted no further than anybody would read."""
    rows = Case.select(Case.id).where(cases.reviewable_by(person), _shown(show, person)).limit(COUNTED)
    return Case.select(peewee.fn.COUNT(peewee.SQL("1"))).from_(rows.alias("rows"))


@dataclass
class Opened:
    """A case with all that a reviewer sees of it. `revision` is None where they may not open it."""

    case: Case
    pseudonym: str
    may_read: bool
    author: Person | None
    revision: Revision | None
    now: Revision | None
    events: list[CaseEvent] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    holder: int | None = None
    breaches: int = 0
    emergency: EmergencyHide | None = None
    seal: Seal | None = None
    seen_by: int = 0

    @property
    def decision(self) -> Decision | None:
        """The decision that stands."""
        return self.decisions[-1] if self.decisions else None


def case(viewer: Viewer, case_id: int) -> Case:
    """The case. Raises Missing for everybody but reviewers, Refused with the reason for one who may not
    review it (Missing where it is sealed).
    """
    person = cases.require_reviewer(viewer)
    row = (
        Case.select(Case, Item, Space, Author, Organisation)
        .join(Item)
        .join(Space)
        .join_from(Case, Author, on=Case.author)
        .join(Organisation)
        .where(Case.id == case_id)
        .first()
    )
    if row is None:
        raise Missing()
    cases.refuse_conflict(person, row)
    return row


def opened(viewer: Viewer, row: Case) -> Opened:
    """Everything about the case; `seen_by` is how many have opened the item (of an answer: what it stands under).
    Twelve queries, however much there is of it.
    """
    may_read = access.may_open(viewer, row.item)
    events = list(
        CaseEvent.select(CaseEvent, Person)
        .join(Person, peewee.JOIN.LEFT_OUTER)
        .where(CaseEvent.case == row.id)
        .order_by(CaseEvent.id)
    )
    decisions = list(
        Decision.select(Decision, Person, Notice)
        .join(Person, on=Decision.decided_by)
        .join_from(Decision, Notice)
        .where(Decision.case == row.id)
        .order_by(Decision.id)
    )
    ids = [d.id for d in decisions]
    shown_to = {e.actor_id for e in events if e.name == "name_shown"}
    revisions = _revisions(row) if may_read else {}
    return Opened(
        case=row,
        pseudonym=pseudonym(row),
        may_read=may_read,
        author=row.author if viewer.id in shown_to else None,
        revision=revisions.get(row.revision),
        now=revisions.get(row.item.version) if row.item.version != row.revision else None,
        events=events,
        found=list(
            Finding.select()
            .where(Finding.case == row.id)
            .order_by(Finding.revision, Finding.place, Finding.start)
        ),
        reports=list(
            Report.select(Report, Person)
            .join(Person, peewee.JOIN.LEFT_OUTER)
            .where(Report.case == row.id)
            .order_by(Report.id)
        ),
        decisions=decisions,
        restrictions=list(
            Restriction.select(Restriction, Person)
            .join(Person, on=Restriction.decided_by)
            .where(Restriction.decision.in_(ids))
            .order_by(Restriction.id)
        )
        if ids
        else [],
        appeals=list(Appeal.select().where(Appeal.decision.in_(ids)).order_by(Appeal.id)) if ids else [],
        holder=cases.standing_of(row).held_by(clock.now()) if row.state in OPEN_STATES else None,
        breaches=_breaches(row),
        emergency=EmergencyHide.get_or_none(
            (EmergencyHide.case == row.id) & EmergencyHide.finished_at.is_null()
        ),
        seal=sealing.of_case(row),
        seen_by=ReadMark.select()
        .where(ReadMark.item == (row.item.root_id or row.item_id), ReadMark.person != row.author_id)
        .count(),
    )


def _revisions(row: Case) -> dict[int, Revision]:
    wanted = Revision.number.in_([row.revision, row.item.version])
    return {r.number: r for r in Revision.select().where(Revision.item == row.item_id, wanted)}


def _breaches(row: Case) -> int:
    """How many breaches by this author stand, for the reviewer to weigh: a number and nothing else."""
    return (
        Decision.select()
        .where(
            Decision.author == row.author_id,
            Decision.outcome == "breach",
            Decision.overturned_at.is_null(),
            Decision.case != row.id,
        )
        .count()
    )


def pseudonym(row: Case) -> str:
    """What the author is called in this case, and in no other: enough to talk about them, too little to know
    them.
    """
    digest = hashlib.blake2b(f"{row.id}:{row.opened_at.isoformat()}".encode(), digest_size=2).hexdigest()
    return f"Author {digest.upper()}"


def marked(words: str, spans: list[tuple[int, int]]) -> list[tuple[str, bool]]:
    """The text as runs of (words, found), for marking what the rules found. Overlaps count once, bad spans
    not at all.
    """
    runs: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(spans):
        start = max(start, at)
        if not 0 <= start < end <= len(words):
            continue
        if start > at:
            runs.append((words[at:start], False))
        runs.append((words[start:end], True))
        at = end
    if at < len(words) or not runs:
        runs.append((words[at:], False))
    return runs


def alike(viewer: Viewer, row: Case) -> list[int]:
    """Ids of other open cases that hold the very same value, as far as this reviewer may review them. One query."""
    return sorted(alike_of(viewer, [row.id]).get(row.id, ()))


def alike_of(viewer: Viewer, case_ids: list[int]) -> dict[int, set[int]]:
    """For each of the cases the other open ones that hold the very same value, as far as this reviewer may review
    them; counted no further than anybody would read. One query.
    """
    person = cases.require_reviewer(viewer)
    if not case_ids:
        return {}
    other = Finding.alias()
    same = (other.fingerprint == Finding.fingerprint) & (other.case != Finding.case)
    rows = (
        Finding.select(Finding.case, other.case)
        .join(other, on=same)
        .join(Case, on=(Case.id == other.case))
        .where(
            Finding.case.in_(case_ids),
            Finding.fingerprint != "",
            Case.state.in_(OPEN_STATES),
            cases.reviewable_by(person),
        )
        .limit(COUNTED * PER_PAGE)
        .tuples()
    )
    found: dict[int, set[int]] = {}
    for case_id, other_id in rows:
        found.setdefault(case_id, set()).add(other_id)
    return found


def _group(viewer: Viewer, case_id: int) -> list[int]:
    try:
        return [case_id, *alike(viewer, case(viewer, case_id))]
    except HubError:
        return []


def restriction(viewer: Viewer, case_id: int) -> Restriction:
    """The proposed or active hiding of the case. Raises Missing."""
    cases.require_reviewer(viewer)
    row = (
        Restriction.select(Restriction, Decision)
        .join(Decision)
        .where(Decision.case == case_id, Restriction.state.in_(("proposed", "active")))
        .order_by(Restriction.id.desc())
        .first()
    )
    if row is None:
        raise Missing()
    return row


def appeal(viewer: Viewer, case_id: int) -> Appeal:
    """The appeal of the case that waits to be heard. Raises Missing."""
    cases.require_reviewer(viewer)
    row = (
        Appeal.select(Appeal, Decision)
        .join(Decision)
        .where(Decision.case == case_id, Appeal.outcome == "")
        .first()
    )
    if row is None:
        raise Missing()
    return row
