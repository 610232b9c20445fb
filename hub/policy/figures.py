"""The published figures: how the policy was applied, in numbers too large to recognise anybody in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import peewee

from hub import access, clock
from hub.access import Viewer
from hub.errors import Missing
from hub.people.models import Organisation, Person, Unit
from hub.policy import cases, wording
from hub.policy.cases import policy_in_force
from hub.policy.fairness import sealing
from hub.policy.fairness.models import PolicyException
from hub.policy.models import (
    MEASURES,
    OUTCOMES,
    Acknowledgement,
    Appeal,
    Case,
    Decision,
    NudgeCount,
    Restriction,
)
from hub.policy.queries import FEW, fewer
from hub.policy.rules import OWN, RULES, rule
from hub.policy.trail.models import MonthFigures

TOO_FEW = "too few to say"
LEFT_OUT = "left out"
"""Stands for a number from which, with others that are published, a small one could be worked out."""
BY_MEMBERS = "Reported by members only"


@dataclass(frozen=True)
class Figures:
    """What is published about one month. Texts, since a small number is told as *fewer than 5*.

    `by_rule` are (rule, cases of which it is the gravest), `measures` (restriction, number, usual length),
    `overturned_of` the share of the appeals heard; empty in months kept before they were counted.
    """

    nudges: list[tuple[str, str, str]]
    flags: list[tuple[str, str]]
    outcomes: list[tuple[str, str]]
    restrictions: str
    appeals: str
    overturned: str
    days_to_decide: str
    sealed: str = ""
    by_rule: list[tuple[str, str]] = field(default_factory=list)
    measures: list[tuple[str, str, str]] = field(default_factory=list)
    overturned_of: str = ""
    lapsed: str = ""


SINGLE = ("restrictions", "appeals", "overturned", "overturned_of", "sealed", "lapsed", "days_to_decide")
"""Figures that are one number for the whole hub."""


def of_month(start: datetime, end: datetime) -> Figures:
    """The figures of the month from `start` to before `end` (aware), as they were kept when it was over, or else
    counted. Ten queries.
    """
    kept = MonthFigures.get_or_none(MonthFigures.month == f"{start:%Y-%m}")
    if kept is not None:
        return Figures(**kept.figures)
    days = (clock.local(start).date().isoformat(), clock.local(end).date().isoformat())
    nudges = (
        NudgeCount.select(
            NudgeCount.rule, peewee.fn.SUM(NudgeCount.shown), peewee.fn.SUM(NudgeCount.posted_anyway)
        )
        .where(NudgeCount.day >= days[0], NudgeCount.day < days[1])
        .group_by(NudgeCount.rule)
        .order_by(NudgeCount.rule)
        .tuples()
    )
    closed = (Case.decided_at >= start) & (Case.decided_at < end)
    lapsed = Case.select(Case.id).where(Case.state == "lapsed", closed).count()
    opened = (Case.opened_at >= start) & (Case.opened_at < end) & cases.not_sealed()
    number = peewee.fn.COUNT(Case.id)
    raised = list(
        Case.select(Case.clause, Case.rule, number).where(opened).group_by(Case.clause, Case.rule).tuples()
    )
    flags: Counter[str] = Counter()
    for clause, _, many in raised:
        flags[clause] += many
    within = (Decision.decided_at >= start) & (Decision.decided_at < end)
    decisions = list(
        Decision.select(Decision.outcome, Decision.decided_at, Case.opened_at)
        .join(Case)
        .where(within)
        .tuples()
    )
    counted = Counter(outcome for outcome, _, _ in decisions)
    waits = sorted((decided - opened).total_seconds() / 86400 for _, decided, opened in decisions)
    lengths: dict[str, list[int]] = {kind: [] for kind in MEASURES}
    within = (Restriction.starts_at >= start) & (Restriction.starts_at < end)
    for kind, length in Restriction.select(Restriction.kind, Restriction.days).where(within).tuples():
        lengths[kind].append(length)
    outcomes = Counter(
        row[0] for row in Appeal.select(Appeal.outcome).where(Appeal.at >= start, Appeal.at < end).tuples()
    )
    heard, overturned = outcomes.total() - outcomes[""], outcomes["overturned"]
    median = f"{waits[len(waits) // 2]:.1f} days" if len(waits) >= FEW else TOO_FEW
    return Figures(
        [(_rule_label(name), fewer(shown), part_of(shown - anyway, shown)) for name, shown, anyway in nudges],
        [
            (key or "None named", fewer(number))
            for key, number in sorted(flags.items(), key=lambda row: wording.order(row[0]))
        ],
        [(label, fewer(counted[key])) for key, label in OUTCOMES.items()],
        whole_of([len(each) for each in lengths.values()]),
        fewer(outcomes.total()),
        part_of(overturned, outcomes.total()),
        median,
        fewer(sealing.begun_within(start, end)[0]),
        by_rule(raised),
        [(MEASURES[kind], fewer(len(each)), _usual(each)) for kind, each in lengths.items()],
        f"{round(100 * overturned / heard)} %" if min(overturned, heard - overturned) >= FEW else TOO_FEW,
        fewer(lapsed),
    )


def rows(told: Figures) -> Iterator[tuple[str, str, Any]]:
    """The figures as a table's rows: what is counted, of what, and the number as it is published."""
    yield from (("flags", clause, number) for clause, number in told.flags)
    yield from (("flags by rule", name, number) for name, number in told.by_rule)
    yield from (("decisions", outcome, number) for outcome, number in told.outcomes)
    yield from (("hints shown", name, shown) for name, shown, _ in told.nudges)
    yield from (("hints heeded", name, heeded) for name, _, heeded in told.nudges)
    yield from (("restrictions", name, number) for name, number, _ in told.measures)
    yield from (("usual length", name, length) for name, _, length in told.measures)
    for name in SINGLE:
        yield (name.replace("_", " "), "", getattr(told, name))


def whole_of(parts: Iterable[int]) -> str:
    """A sum whose parts are published too: where the small ones among them could be worked out from it, only how much
    the others come to.
    """
    numbers = list(parts)
    shown = sum(n for n in numbers if n >= FEW)
    hidden = sum(numbers) - shown
    return fewer(sum(numbers)) if not shown or not 0 < hidden < FEW else f"{shown:,} or more"


def part_of(part: int, whole: int) -> str:
    """A number of a whole that is published too; left out where it tells that the rest is a small number."""
    return LEFT_OUT if part >= FEW and 0 < whole - part < FEW else fewer(part)


def by_rule(raised: list[tuple[str, str, int]]) -> list[tuple[str, str]]:
    """(rule, cases) from (clause, rule or none, cases). How many cases a clause has is published too, so where the small
    numbers under it come to less than five together, the least of the others is left out with them.
    """
    numbers: Counter[str] = Counter()
    clauses: dict[str, Counter[str]] = {}
    for clause, name, many in raised:
        numbers[name] += many
        clauses.setdefault(clause, Counter())[name] += many
    out: set[str] = set()
    for under in clauses.values():
        if under.total() < FEW:
            continue  # How many the clause has is not told, so nothing can be taken from it.
        hidden = {name for name in under if numbers[name] < FEW or name in out}
        rest = sorted((name for name in under if name not in hidden), key=lambda name: under[name])
        while rest and 0 < sum(under[name] for name in hidden) < FEW:
            out.add(rest[0])
            hidden.add(rest.pop(0))
    return [
        (_rule_label(name) if name else BY_MEMBERS, LEFT_OUT if name in out else fewer(many))
        for name, many in sorted(numbers.items(), key=lambda row: (not row[0], row[0]))
    ]


def _usual(days: list[int]) -> str:
    return f"{sorted(days)[len(days) // 2]} days" if len(days) >= FEW else TOO_FEW


def _rule_label(name: str) -> str:
    label = rule(name).label
    label = label if name in RULES or name in OWN else name
    return label[:1].upper() + label[1:]


def flags_by_month(months: list[datetime]) -> list[tuple[str, int]]:
    """(month, cases opened) of each month, oldest first, without clauses that had fewer than five: what they had could be
    worked out from the whole. One query.
    """
    if not months:
        return []
    spans = [(m, month_after(m)) for m in sorted(months)]
    within = [(Case.opened_at >= a) & (Case.opened_at < b) for a, b in spans]
    sums = [peewee.fn.SUM(peewee.Case(None, [(w, 1)], 0)) for w in within]
    query = Case.select(*sums).where(Case.opened_at >= spans[0][0], cases.not_sealed())
    rows = list(query.group_by(Case.clause).tuples())
    return [
        (f"{m:%b}", sum(row[place] for row in rows if row[place] >= FEW))
        for place, (m, _) in enumerate(spans)
    ]


@dataclass(frozen=True)
class Read:
    """How far one unit has read the policy in force, in numbers as they may be published."""

    unit: str
    people: str
    read: str
    not_yet: str


def acknowledged(viewer: Viewer) -> list[Read]:
    """By unit: people, who said that they read the version in force, who has not. For staff. Two queries."""
    access.require_person(viewer)
    if not viewer.is_staff:
        raise Missing()
    standing = policy_in_force()
    said = Acknowledgement.person == Person.id
    said &= Acknowledgement.version == (standing.id if standing else 0)
    rows = (
        Person.select(Unit.name, peewee.fn.COUNT(Person.id), peewee.fn.COUNT(Acknowledgement.id))
        .join(Unit, peewee.JOIN.LEFT_OUTER)
        .join_from(Person, Organisation)
        .join_from(Person, Acknowledgement, peewee.JOIN.LEFT_OUTER, on=said)
        .where(Person.status == "active", Organisation.kind == "home")
        .group_by(Unit.name)
        .order_by(Unit.name)
        .tuples()
    )
    told = []
    for unit, people, read in rows:
        # One small number gives the other away where the whole is known, so both go.
        small = read < FEW or people - read < FEW
        hidden = f"fewer than {FEW}" if people < FEW else "too few to tell apart"
        exact = (str(read), str(people - read)) if not small else (hidden, hidden)
        told.append(Read(unit or "No unit named", fewer(people), *exact))
    return told


def in_force_exceptions() -> int:
    """How many exceptions count now. One query."""
    now = clock.now()
    return (
        PolicyException.select()
        .where(
            PolicyException.ended_at.is_null(),
            PolicyException.starts_at <= now,
            PolicyException.ends_at > now,
        )
        .count()
    )


def month_after(month: datetime) -> datetime:
    """The first moment of the next month."""
    return datetime(month.year + (month.month == 12), month.month % 12 + 1, 1, tzinfo=clock.LOCAL)


def first_case_at() -> datetime | None:
    """When the first case was opened, for the list of months. One query."""
    row = Case.select(Case.opened_at).order_by(Case.id).first()
    return row.opened_at if row else None
