"""The policy's table on one page: what follows for each rule before each audience, what is being changed, and what was.

A change is written as the next version of each rule that it touches. Nothing of it acts before that version was tried,
judged and approved by a second person, as any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import peewee

from hub import access, db
from hub.access import Viewer
from hub.errors import Conflict, Invalid, Missing
from hub.people.models import Person
from hub.policy.rulebook import actions, live, plain, writing
from hub.policy.rulebook.models import LIVE, PolicyRule, RuleVersion
from hub.policy.rulebook.writing import AUDIENCES, Written
from hub.policy.rules import RULES, rule

DRAFTERS = (*actions.EDITORS, "administrator")
"""Who may write a change. Trying, judging and approving it is for rule editors and the policy's owner."""
WHY_LEAST = 10
CHANGES_SHOWN = 40
AUTHOR = Person.alias("author")
SECOND = Person.alias("second")


@dataclass(frozen=True)
class Cell:
    """What follows before one audience; `many` for a list of people where that is more, `coming` in a version that does not
    act yet, `own` whether it differs from the policy's table.
    """

    audience: str
    outcome: str
    many: str = ""
    coming: str = ""
    own: bool = False


@dataclass(frozen=True)
class Line:
    """A live rule in the table. `newest` is its newest version's number, `acting` that of the one that acts."""

    name: str
    label: str
    clause: str
    state: str
    acting: int
    newest: int
    cells: tuple[Cell, ...]

    @property
    def coming(self) -> bool:
        """Whether a version waits that would change the line."""
        return any(cell.coming for cell in self.cells)


@dataclass(frozen=True)
class Change:
    """One cell that a version changed, and who wrote and approved that version."""

    name: str
    label: str
    number: int
    audience: str
    before: str
    after: str
    why: str
    author: str
    at: datetime
    second: str


def may_change(viewer: Viewer) -> bool:
    """Whether the viewer may write a change of the table."""
    return viewer.has_role(*DRAFTERS)


def lines(viewer: Viewer) -> list[Line]:
    """The live rules, built-in ones first. Two queries."""
    access.require_person(viewer)
    kept = {row.name: row for row in PolicyRule.select()}
    versions = {
        (v.rule_id, v.number): v for v in RuleVersion.select().where(RuleVersion.rule.in_(_ids(kept)))
    }
    names = [*RULES, *sorted(name for name in kept if name not in RULES)]
    return [
        _line(name, kept.get(name), versions)
        for name in names
        if name not in kept or kept[name].state in LIVE
    ]


def _ids(kept: Mapping[str, PolicyRule]) -> list[int]:
    return [row.id for row in kept.values() if row.state in LIVE] or [0]


def _line(name: str, row: PolicyRule | None, versions: Mapping[tuple[int, int], RuleVersion]) -> Line:
    acting = versions.get((row.id, row.acting)) if row else None
    newest = versions.get((row.id, row.newest)) if row else None
    described = rule(name)
    usual, many = plain.follows(name), plain.follows_many(name)
    now, then = acting.outcomes if acting else {}, newest.outcomes if newest else {}
    cells = []
    for audience in AUDIENCES:
        outcome = now.get(audience) or usual.get(audience, "none")
        coming = then.get(audience) or usual.get(audience, "none")
        more = "" if now.get(audience) else many.get(audience, "")
        if row is not None and row.state == "live-nudge":
            outcome, more = (live.NUDGE if outcome != live.NONE else outcome), ""
        cells.append(
            Cell(
                audience,
                outcome,
                more if more != outcome else "",
                coming
                if newest is not acting and coming != (now.get(audience) or usual.get(audience))
                else "",
                bool(usual) and now.get(audience, "") not in ("", usual[audience]),
            )
        )
    label = acting.label if acting else described.label
    return Line(
        name,
        label,
        acting.clause if acting else described.clause,
        row.state if row else "live-flag",
        row.acting if row else 1,
        row.newest if row else 1,
        tuple(cells),
    )


def changes(viewer: Viewer) -> list[Change]:
    """The latest changes of cells, newest first; those that nobody has approved are for who may write them. Two queries."""
    rows = (
        RuleVersion.select(RuleVersion, PolicyRule.name, AUTHOR.name, SECOND.name)
        .join(PolicyRule)
        .join_from(RuleVersion, AUTHOR, peewee.JOIN.LEFT_OUTER, on=RuleVersion.author)
        .join_from(RuleVersion, SECOND, peewee.JOIN.LEFT_OUTER, on=RuleVersion.approved_by)
        .where(RuleVersion.number > 1, PolicyRule.state.not_in(("draft", "archived")))
        .order_by(RuleVersion.id.desc())
    )
    if not may_change(viewer):
        rows = rows.where(RuleVersion.approved_at.is_null(False))
    last = list(rows.limit(CHANGES_SHOWN))
    older = RuleVersion.select().where(RuleVersion.rule.in_([row.rule_id for row in last] or [0]))
    before = {(row.rule_id, row.number): row.outcomes for row in older}
    return [change for row in last for change in _changed(row, before.get((row.rule_id, row.number - 1), {}))]


def _changed(row: RuleVersion, before: Mapping[str, str]) -> list[Change]:
    usual = plain.follows(row.rule.name)
    found = []
    for audience in AUDIENCES:
        old = before.get(audience) or usual.get(audience, "none")
        new = row.outcomes.get(audience) or usual.get(audience, "none")
        if old != new:
            found.append(
                Change(
                    row.rule.name,
                    row.label,
                    row.number,
                    audience,
                    old,
                    new,
                    row.note,
                    row.author.name if row.author is not None else "",
                    row.created_at,
                    row.approved_by.name if row.approved_at else "",
                )
            )
    return found


@dataclass(frozen=True)
class Begun:
    """A line as somebody begins to change it: its outcomes as the newest version lays them down ("" as the policy says),
    and the other rules that the policy treats alike.
    """

    line: Line
    outcomes: dict[str, str]
    alike: list[Line]


def begin(viewer: Viewer, name: str, table: list[Line]) -> Begun:
    """The line to change. One query. Raises Missing for who may not, and where there is no such live rule."""
    access.require_role(viewer, *DRAFTERS)
    line = next((one for one in table if one.name == name), None)
    if line is None:
        raise Missing()
    said = _newest(name)[0].outcomes
    usual = plain.follows(name)
    alike = [one for one in table if usual and one.name != name and plain.follows(one.name) == usual]
    return Begun(line, {audience: said.get(audience, "") for audience in AUDIENCES}, alike)


def redraw(
    viewer: Viewer, name: str, outcomes: Mapping[str, str], also: list[str], why: str, seen: Mapping[str, int]
) -> list[RuleVersion]:
    """Writes the next version of the rule with these outcomes, and of those in `also` with the cells that differ.

    `seen` are the newest versions that the viewer began from. Raises Conflict where one is newer, Invalid, Missing.
    """
    person = access.require_role(viewer, *DRAFTERS)
    why = " ".join(why.split())
    if len(why) < WHY_LEAST:
        raise Invalid(
            "note", f"Say in at least {WHY_LEAST} characters why. Everybody who reads the table sees it."
        )
    with db.write():
        before = _newest(name)[0].outcomes
        cells = {a: outcomes.get(a, "") for a in AUDIENCES if outcomes.get(a, "") != before.get(a, "")}
        if not cells:
            raise Invalid("outcomes", "Nothing differs from the newest version yet.")
        return [_redrawn(person, one, cells, why, seen.get(one, 0)) for one in dict.fromkeys([name, *also])]


def _redrawn(person: Any, name: str, cells: Mapping[str, str], why: str, seen: int) -> RuleVersion:
    written, _ = _newest(name)
    made = replace(written, outcomes={**written.outcomes, **cells}, note=why)
    made = writing.check(made, built_in=name if name in RULES else "")
    owner = person if person.has_role(*actions.EDITORS) else actions.policy_owner() or person
    kept = actions.adopt(owner, name)
    if kept.state not in LIVE:
        raise Missing()
    if kept.newest != seen:
        raise Conflict("Somebody else wrote a newer version meanwhile. What you chose is kept below.", kept)
    return actions.add(kept, made, person)


def _newest(name: str) -> tuple[Written, int]:
    row = (
        RuleVersion.select(RuleVersion, PolicyRule)
        .join(PolicyRule, on=(RuleVersion.rule == PolicyRule.id) & (RuleVersion.number == PolicyRule.newest))
        .where(PolicyRule.name == name)
        .first()
    )
    if row is not None:
        return actions.written_of(row), row.number
    if name not in RULES:
        raise Missing()
    return delivered(name), 1


def delivered(name: str) -> Written:
    """A built-in rule as it is delivered."""
    known = RULES[name]
    return Written("built-in", known.label, known.clause, known.weight, known.advice, plain.words(name))
