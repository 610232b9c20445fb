"""Reads of the policy for everybody: its text, and its rules with their record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import peewee

from hub import clock
from hub.access import Viewer
from hub.errors import Missing
from hub.policy import wording
from hub.policy.cases import policy_in_force
from hub.policy.models import (
    Acknowledgement,
    Case,
    Clause,
    Decision,
    Finding,
    NudgeCount,
    PolicyVersion,
)
from hub.policy.rulebook import live
from hub.policy.rules import OWN, RULES, Rule
from hub.spaces.models import Space

FEW = 5
RECENT = timedelta(days=90)


# --- the policy's text
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Policy:
    """A version with its clauses by section, what changed since the version before, and all versions'
    numbers.
    """

    version: PolicyVersion
    sections: list[tuple[str, list[Clause]]]
    changes: list[wording.Change]
    versions: list[PolicyVersion]
    current: bool
    before: PolicyVersion | None
    read_at: datetime | None
    welsh: bool = False

    @property
    def in_welsh(self) -> bool:
        """Whether any of it can be read in Welsh."""
        return bool(self.version.title_cy or self.version.summary_cy)

    @property
    def title(self) -> str:
        """Its title in the language that was asked for, as far as there is one."""
        return str(self.version.title_cy if self.welsh and self.version.title_cy else self.version.title)


def policy(viewer: Viewer, number: int | None = None, *, welsh: bool = False) -> Policy | None:
    """The version of that number, or the one in force; None while there is none. Four queries at most. Raises
    Missing. With `welsh` it is to be read in Welsh where it has a Welsh text.

    A version that is not in force yet is shown to everybody too: that is what its notice time is for.
    """
    versions = list(
        PolicyVersion.select(
            PolicyVersion.id,
            PolicyVersion.number,
            PolicyVersion.title,
            PolicyVersion.summary,
            PolicyVersion.summary_html,
            PolicyVersion.title_cy,
            PolicyVersion.summary_cy,
            PolicyVersion.summary_cy_html,
            PolicyVersion.change_summary,
            PolicyVersion.published_at,
            PolicyVersion.in_force_at,
        ).order_by(PolicyVersion.number.desc())
    )
    now = clock.now()
    standing = next(
        (
            v
            for v in sorted(versions, key=lambda v: (v.in_force_at, v.number), reverse=True)
            if v.in_force_at <= now
        ),
        None,
    )
    shown = standing or (versions[0] if versions else None)
    if number is not None:
        shown = next((v for v in versions if v.number == number), None)
        if shown is None:
            raise Missing()
    if shown is None:
        return None
    before = next((v for v in versions if v.number < shown.number), None)
    wanted = [v.id for v in (shown, before) if v is not None]
    clauses = list(Clause.select().where(Clause.version.in_(wanted)).order_by(Clause.position))
    mine = [c for c in clauses if c.version_id == shown.id]
    sections: dict[str, list[Clause]] = {}
    for clause in mine:
        sections.setdefault(clause.section, []).append(clause)
    changed: list[wording.Change] = []
    if before is not None:
        changed = wording.introduction(before.summary, shown.summary)
        changed += wording.changes([c for c in clauses if c.version_id != shown.id], mine)
    return Policy(
        shown,
        list(sections.items()),
        changed,
        versions,
        standing is not None and shown.id == standing.id,
        before,
        _read_at(viewer, shown),
        welsh,
    )


def _read_at(viewer: Viewer, version: PolicyVersion) -> datetime | None:
    if viewer.person is None:
        return None
    row = Acknowledgement.get_or_none(
        (Acknowledgement.version == version.id) & (Acknowledgement.person == viewer.id)
    )
    return row.at if row else None


def version(number: int) -> PolicyVersion:
    """The version of that number. Raises Missing."""
    row = PolicyVersion.get_or_none(PolicyVersion.number == number)
    if row is None:
        raise Missing()
    return row


def clauses_in_force() -> list[tuple[str, str]]:
    """(key, "2.1 Its title") of the clauses in force, for choosing one. One query."""
    newest = (
        PolicyVersion.select(PolicyVersion.id)
        .where(PolicyVersion.in_force_at <= clock.now())
        .order_by(PolicyVersion.in_force_at.desc(), PolicyVersion.number.desc())
        .limit(1)
    )
    rows = Clause.select(Clause.key, Clause.title).where(Clause.version.in_(newest)).order_by(Clause.position)
    return [(key, f"{key} {title}") for key, title in rows.tuples()]


def clause_table() -> dict[str, str]:
    """Which clause each rule belongs to, as the version in force says. One query."""
    standing = policy_in_force()
    return dict(standing.clause_of_rule) if standing else {}


def space_of(token: str) -> Space | None:
    """The space of an audience token of its members or editors."""
    name, _, rest = token.partition(":")
    number = rest.partition(":")[0]
    if name != "space" or not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    return Space.get_or_none(Space.id == int(number))


def unread_count(viewer: Viewer) -> Any:
    """Query of 1 where the newest version in force is one that the viewer has not said they read, else 0."""
    newest = (
        PolicyVersion.select(PolicyVersion.id)
        .where(PolicyVersion.in_force_at <= clock.now())
        .order_by(PolicyVersion.in_force_at.desc(), PolicyVersion.number.desc())
        .limit(1)
    )
    read = Acknowledgement.select(Acknowledgement.version).where(Acknowledgement.person == (viewer.id or 0))
    return PolicyVersion.select(peewee.fn.COUNT(PolicyVersion.id)).where(
        PolicyVersion.id == newest, PolicyVersion.id.not_in(read)
    )


def to_acknowledge(viewer: Viewer) -> PolicyVersion | None:
    """The version in force where the viewer has not said that they read it. One query."""
    if viewer.person is None:
        return None
    read = Acknowledgement.select(Acknowledgement.id).where(
        Acknowledgement.version == PolicyVersion.id, Acknowledgement.person == viewer.id
    )
    row = (
        PolicyVersion.select(PolicyVersion, peewee.fn.EXISTS(read).alias("is_read"))
        .where(PolicyVersion.in_force_at <= clock.now())
        .order_by(PolicyVersion.in_force_at.desc(), PolicyVersion.number.desc())
        .first()
    )
    return None if row is None or row.is_read else row


# --- rules
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleRow:
    """A rule with what it found in the last ninety days, and how often people called it wrong."""

    rule: Rule
    clause: str
    found: int
    flagged: int
    decided: int
    wrong: int
    shown: int = 0
    anyway: int = 0

    @property
    def overridden(self) -> int | None:
        """Per cent of the hints that were posted anyway; None where too few to say."""
        return None if self.shown < FEW else round(100 * self.anyway / self.shown)

    @property
    def right(self) -> int | None:
        """Per cent of the decided cases in which the rule was not wrong; None where too few to say."""
        return None if self.decided < FEW else round(100 * (self.decided - self.wrong) / self.decided)


def rules() -> list[RuleRow]:
    """The rules in words, with their record. Six queries at most."""
    since = clock.now() - RECENT
    found: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    for name, outcome, number in (
        Finding.select(Finding.rule, Finding.outcome, peewee.fn.COUNT(Finding.id))
        .where(Finding.found_at >= since)
        .group_by(Finding.rule, Finding.outcome)
        .tuples()
    ):
        found[name] += number
        flagged[name] += number if "flag" in outcome else 0
    decided: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for names, outcome, overturned in (
        Case.select(Case.rules, Decision.outcome, Decision.overturned_at)
        .join(Decision)
        .where(Decision.decided_at >= since)
        .tuples()
    ):
        decided.update(names)
        wrong.update(names if outcome == "rule_was_wrong" or overturned else [])
    day = clock.local(since).date().isoformat()
    hints = {
        name: (shown, anyway)
        for name, shown, anyway in NudgeCount.select(
            NudgeCount.rule, peewee.fn.SUM(NudgeCount.shown), peewee.fn.SUM(NudgeCount.posted_anyway)
        )
        .where(NudgeCount.day >= day)
        .group_by(NudgeCount.rule)
        .tuples()
    }
    table = clause_table()
    live.book()
    return [
        RuleRow(
            r,
            table.get(r.name) or r.clause,
            found[r.name],
            flagged[r.name],
            decided[r.name],
            wrong[r.name],
            *hints.get(r.name, (0, 0)),
        )
        for r in {**RULES, **OWN}.values()
    ]


def fewer(number: int) -> str:
    """A number as it may be published: people could be recognised in a small one."""
    return f"{number:,}" if number >= FEW else f"fewer than {FEW}"
