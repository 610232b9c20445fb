"""Reads of rules: their list with states, one rule with its versions and dry runs, the sample to judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import peewee

from hub import access
from hub.access import Viewer
from hub.content.models import Item, Revision
from hub.errors import Missing
from hub.people.models import Person
from hub.policy import queries as policy
from hub.policy import scanning
from hub.policy.rulebook import actions, live, matrix, plain
from hub.policy.rulebook.models import STATES, DryHit, DryRun, PolicyRule, RuleVersion, TrustedHost
from hub.policy.rulebook.writing import Written
from hub.policy.rules import RULES, Rule, rule
from hub.text import DiffPart, diff

SAMPLE = 30
AROUND = 70
AUTHOR = Person.alias("author")
SECOND = Person.alias("second")


def is_editor(viewer: Viewer) -> bool:
    """Whether the viewer may change rules."""
    return viewer.has_role(*actions.EDITORS)


@dataclass(frozen=True)
class Listed:
    """A rule of the list: its record, its state in words, and when it changed last (None: as delivered)."""

    row: policy.RuleRow
    state: str
    number: int
    interval: tuple[int, int] | None
    milliseconds: float | None
    changed: datetime | None
    wanted: bool


def listing(viewer: Viewer) -> list[Listed]:
    """Every rule with its record; drafts and archived ones for their editors only. Eight queries at most."""
    kept = {r.name: r for r in PolicyRule.select()}
    found = []
    for row in policy.rules():
        own = kept.get(row.rule.name)
        state = own.state if own else "live-flag"
        if state in ("draft", "archived") and not is_editor(viewer):
            continue
        right = row.decided - row.wrong
        low, high = actions.wilson(right, row.decided)
        found.append(
            Listed(
                row,
                STATES[state],
                own.acting if own else 1,
                (round(100 * low), round(100 * high)) if row.decided >= policy.FEW else None,
                live.p95(row.rule.name),
                own.since if own else None,
                bool(own and own.wanted),
            )
        )
    return found


@dataclass
class Opened:
    """One rule with all that its page shows. `row` is None for a built-in one that nobody has changed."""

    name: str
    described: Rule
    row: PolicyRule | None
    versions: list[RuleVersion] = field(default_factory=list)
    runs: list[DryRun] = field(default_factory=list)
    proof: actions.Proof | None = None

    @property
    def state(self) -> str:
        """Its state in words."""
        return STATES[self.row.state if self.row else "live-flag"]

    @property
    def words(self) -> str:
        """What it finds and passes over, in plain English."""
        return (self.newest.words if self.newest else "") or plain.words(self.name)

    @property
    def follows(self) -> dict[str, str]:
        """What follows before each audience: as the acting or newest version says, else as the policy does."""
        said = self.newest.outcomes if self.newest else {}
        return {**plain.follows(self.name), **{key: outcome for key, outcome in said.items() if outcome}}

    @property
    def counts(self) -> bool:
        """Whether several values in one text weigh more, as a list of people does."""
        return plain.many(self.name)

    @property
    def newest(self) -> RuleVersion | None:
        """The newest version."""
        return self.versions[0] if self.versions else None


def opened(viewer: Viewer, name: str) -> Opened:
    """The rule. Six queries. Raises Missing, also for drafts where the viewer is no editor."""
    access.require_person(viewer)
    row = PolicyRule.get_or_none(PolicyRule.name == name)
    if row is None and name not in RULES:
        raise Missing()
    if row is not None and row.state in ("draft", "archived") and not is_editor(viewer):
        raise Missing()
    found = Opened(name, rule(name), row)
    if row is not None:
        found.versions = list(
            RuleVersion.select(RuleVersion, AUTHOR.name, SECOND.name)
            .join(AUTHOR, peewee.JOIN.LEFT_OUTER, on=RuleVersion.author)
            .join_from(RuleVersion, SECOND, peewee.JOIN.LEFT_OUTER, on=RuleVersion.approved_by)
            .where(RuleVersion.rule == row.id)
            .order_by(RuleVersion.number.desc())
        )
        found.runs = list(
            DryRun.select(DryRun, RuleVersion.number)
            .join(RuleVersion)
            .where(RuleVersion.rule == row.id)
            .order_by(DryRun.id.desc())
            .limit(10)
        )
        if found.newest is not None and is_editor(viewer):
            found.proof = actions.proof(found.newest)
    return found


def newest(viewer: Viewer, name: str) -> tuple[Written, int]:
    """The rule as an editor begins to change it, and its newest version's number. Raises Missing."""
    actions.require_editor(viewer)
    found = opened(viewer, name)
    if found.newest is not None:
        return actions.written_of(found.newest), found.newest.number
    return matrix.delivered(name), 1


@dataclass(frozen=True)
class Difference:
    """What differs between two versions in one respect."""

    what: str
    parts: list[DiffPart]


def difference(viewer: Viewer, name: str, number: int) -> tuple[Opened, RuleVersion, list[Difference]]:
    """A version against the one before it. Raises Missing for others than editors."""
    actions.require_editor(viewer)
    found = opened(viewer, name)
    row = next((v for v in found.versions if v.number == number), None)
    if row is None:
        raise Missing()
    before = next((v for v in found.versions if v.number == number - 1), None)
    old = _told(before) if before is not None else {}
    return (
        found,
        row,
        [
            Difference(what, diff(old.get(what, ""), words))
            for what, words in _told(row).items()
            if old.get(what, "") != words
        ],
    )


def _told(row: RuleVersion) -> dict[str, str]:
    """A version as texts that can be compared."""
    settings = {k: "\n".join(v) if isinstance(v, list) else str(v) for k, v in row.settings.items()}
    return {
        "Looks for": row.label,
        "Clause": row.clause,
        "Weight": str(row.weight),
        "What to do instead": row.advice,
        "In plain English": row.words,
        **{f"Setting: {key}": words for key, words in settings.items()},
        **{f"Before {audience}": outcome for audience, outcome in row.outcomes.items()},
        "Words that speak against it": "\n".join(row.vetoes),
        "Must be found": "\n".join(row.must_find),
        "Must pass": "\n".join(row.must_pass),
    }


def run(viewer: Viewer, name: str, number: int) -> DryRun:
    """A dry run of the rule by its id. Raises Missing for others than editors."""
    actions.require_editor(viewer)
    row = (
        DryRun.select(DryRun, RuleVersion, PolicyRule)
        .join(RuleVersion)
        .join(PolicyRule)
        .where(DryRun.id == number, PolicyRule.name == name)
        .first()
    )
    if row is None:
        raise Missing()
    return row


@dataclass(frozen=True)
class Shown:
    """A hit to judge, with the words around it as the item read then; only what the viewer may read anyway."""

    hit: DryHit
    before: str
    found: str
    after: str


def sample(viewer: Viewer, row: DryRun) -> list[Shown]:
    """The hits to judge, in the order of the lot, among items that the viewer may read. Two queries, and two for each hit
    in a document's pages.
    """
    hits = list(
        DryHit.select(DryHit, Item.id, Item.kind, Item.title, Item.audience)
        .join(Item)
        .where(DryHit.run == row.id, access.readable_by(viewer, Item.audience))
        .order_by(DryHit.turn)
        .limit(SAMPLE)
    )
    wanted = {(h.item_id, h.revision) for h in hits}
    texts: dict[tuple[int, int], Any] = {}
    if wanted:
        for r in Revision.select().where(Revision.item.in_([i for i, _ in wanted])):
            if (r.item_id, r.number) in wanted:
                texts[r.item_id, r.number] = r
    return [_shown(h, _words(h, texts.get((h.item_id, h.revision)))) for h in hits]


def _words(hit: DryHit, revision: Any) -> str:
    """The title or text as it was, or a page or sheet of a document as it is; empty where that is not known."""
    if hit.place in ("title", "text"):
        return {"title": revision.title, "text": revision.body}[hit.place] if revision is not None else ""
    item = Item.get_by_id(hit.item_id)
    if item.version != hit.revision:
        return ""
    there = [passage.words for passage in scanning.gather(item)[0] if passage.place == hit.place]
    return there[0] if len(there) == 1 else ""


def _shown(hit: DryHit, words: str) -> Shown:
    if not words or not 0 <= hit.start <= hit.end <= len(words):
        return Shown(hit, "", hit.excerpt, "")
    before, after = words[max(0, hit.start - AROUND) : hit.start], words[hit.end : hit.end + AROUND]
    cut, goes_on = hit.start > AROUND, hit.end + AROUND < len(words)
    return Shown(
        hit,
        ("… " if cut else "") + before,
        words[hit.start : hit.end][:200],
        after + (" …" if goes_on else ""),
    )


def hit(viewer: Viewer, row: DryRun, number: int) -> DryHit:
    """One hit of the run. Raises Missing."""
    found = DryHit.get_or_none((DryHit.id == number) & (DryHit.run == row.id))
    if found is None:
        raise Missing()
    return found


def hosts() -> list[TrustedHost]:
    """The trusted hosts, for everybody. One query."""
    return list(TrustedHost.select(TrustedHost, Person.name).join(Person).order_by(TrustedHost.host))


def waiting_count(viewer: Viewer) -> Any:
    """Query of how many rules may want something of this editor: an approval, or a look after the breaker. None for others."""
    if not is_editor(viewer):
        return None
    stopped = (PolicyRule.owner == viewer.id) & (PolicyRule.tripped != "")
    return PolicyRule.select(peewee.fn.COUNT(PolicyRule.id)).where((PolicyRule.wanted != "") | stopped)


def wanted_approvals(viewer: Viewer) -> int:
    """How many rules wait for this editor as a second person. One query."""
    if not is_editor(viewer):
        return 0
    return (
        PolicyRule.select()
        .join(RuleVersion, on=(RuleVersion.rule == PolicyRule.id) & (RuleVersion.number == PolicyRule.newest))
        .where(PolicyRule.wanted != "", PolicyRule.wanted_by != viewer.id, RuleVersion.author != viewer.id)
        .count()
    )


def tripped(viewer: Viewer) -> list[PolicyRule]:
    """The viewer's rules that the breaker put into the background. One query."""
    if viewer.person is None:
        return []
    return list(PolicyRule.select().where(PolicyRule.owner == viewer.id, PolicyRule.tripped != ""))


def progress(row: DryRun) -> int:
    """Per cent of a dry run that is done."""
    return 100 if row.state == "done" else min(99, round(100 * row.looked_at / row.total)) if row.total else 0
