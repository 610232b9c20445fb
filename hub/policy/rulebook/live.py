"""Which rules act now, in which version, and how strongly: what the detector reads before it looks.

Kept in memory for some seconds, so that looking costs no query; a change in this process counts at once.
"""

from __future__ import annotations

import json
import math
import time
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hub.policy import rules
from hub.policy.rulebook.models import PolicyRule, RuleVersion, TrustedHost
from hub.policy.rules import Rule

SECONDS = 5.0
NONE, NUDGE = "none", "nudge"
VETO_REACH = 60
TIMES_KEPT = 200
ORDINARY = 16_384
"""Characters of a text that is no long one: a built-in rule's look at a longer one is noted as for so many."""


@dataclass(frozen=True)
class Acting:
    """A rule as it acts: `matcher` finds its places in a text, None for built-in and threshold rules."""

    name: str
    state: str
    number: int
    kind: str
    outcomes: dict[str, str] = field(default_factory=dict)
    vetoes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    matcher: Any = None

    @property
    def silent(self) -> bool:
        """Whether nothing is even recorded."""
        return self.state in ("draft", "paused", "archived")

    def vetoed(self, words: str, start: int, end: int) -> bool:
        """Whether a word that speaks against the finding stands near it."""
        if not self.vetoes:
            return False
        near = words[max(0, start - VETO_REACH) : end + VETO_REACH].casefold()
        return any(veto in near for veto in self.vetoes)

    def capped(self, outcome: str) -> str:
        """What may follow in the rule's state: in the background nothing, as a hint no flag."""
        if self.state == "background":
            return NONE
        if self.state == "live-nudge" and outcome != NONE:
            return NUDGE
        return outcome


@dataclass(frozen=True)
class Book:
    """All that people have laid down about rules; `only` narrows a dry run to one of them."""

    rules: dict[str, Acting] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    only: str = ""

    @property
    def own(self) -> list[Acting]:
        """The rules that people wrote, in the order in which they must run: thresholds count the others' findings."""
        found = [r for r in self.rules.values() if r.kind != "built-in" and not r.silent]
        return sorted(found, key=lambda r: r.kind == "threshold")


_kept: Book | None = None
_until = 0.0
_times: dict[str, deque[float]] = {}


def book() -> Book:
    """The rules that act now. Two queries, or none within some seconds."""
    global _kept, _until
    if _kept is None or time.monotonic() >= _until:
        _kept = _read()
        _until = time.monotonic() + SECONDS
    return _kept


def forget() -> None:
    """Reads the rules afresh when they are next asked for."""
    global _kept
    _kept = None
    rules.OWN.clear()
    _times.clear()


def _read() -> Book:
    rows = (
        RuleVersion.select(RuleVersion, PolicyRule)
        .join(PolicyRule)
        .where((RuleVersion.number == PolicyRule.acting) | (PolicyRule.acting == 0))
    )
    found: dict[str, Acting] = {}
    described: dict[str, Rule] = {}
    for version in rows:
        rule = version.rule
        described[rule.name] = Rule(rule.name, version.label, version.clause, version.weight, version.advice)
        if rule.acting:
            found[rule.name] = acting(version, rule.name, rule.state)
    rules.OWN.clear()
    rules.OWN.update(described)
    hosts = tuple(row[0] for row in TrustedHost.select(TrustedHost.host).tuples())
    return Book(found, hosts)


def acting(version: RuleVersion, name: str, state: str) -> Acting:
    """The version as it would act in a state. A matcher that cannot be made leaves the rule silent."""
    matcher = None
    if version.kind in ("words", "pattern"):
        try:
            matcher = matcher_of(version.kind, version.settings)
        except Exception:  # noqa: BLE001 - a rule that cannot be read keeps the others, and every post, going
            state = "paused"
    return Acting(
        name,
        state,
        version.number,
        version.kind,
        dict(version.outcomes),
        tuple(v.casefold() for v in version.vetoes),
        dict(version.settings),
        matcher,
    )


def matcher_of(kind: str, settings: dict[str, Any]) -> Any:
    """What finds a word list or a pattern in a text: a call that gives (start, end) pairs.

    Raises `detect.admin_pattern.PatternError` with a plain sentence.
    """
    return _made(kind, json.dumps(settings, sort_keys=True))


@lru_cache(maxsize=200)
def _made(kind: str, settings: str) -> Any:
    # Kept, since a pattern is tried on awkward texts for some tenths of a second before it is used.
    from hub.policy.detect import admin_pattern

    given = json.loads(settings)
    if kind == "words":
        words = admin_pattern.compile_word_list(list(given.get("words", [])))
        return lambda text: admin_pattern.find_words(words, text)
    return admin_pattern.compile_admin_pattern(str(given.get("pattern", ""))).find


def places(rule: Acting, words: str) -> list[tuple[int, int]]:
    """Where a word list or a pattern finds something that no veto speaks against, and how long it took is noted."""
    if rule.matcher is None:
        return []
    begun = time.perf_counter()
    found = [(start, end) for start, end in rule.matcher(words) if not rule.vetoed(words, start, end)]
    took(rule.name, time.perf_counter() - begun)
    return found


def took(name: str, seconds: float, length: int = 0, ordinary: int = ORDINARY) -> None:
    """Notes how long a look of the rule took; one at more than is `ordinary` counts in proportion."""
    milliseconds = seconds * 1000 * min(1.0, ordinary / length if length else 1.0)
    _times.setdefault(name, deque(maxlen=TIMES_KEPT)).append(milliseconds)


def p95(name: str, least: int = 20) -> float | None:
    """Milliseconds that 95 of 100 looks of the rule stayed within in this process; None for fewer looks than `least`."""
    taken = sorted(_times.get(name, ()))
    return taken[math.ceil(len(taken) * 0.95) - 1] if len(taken) >= least else None


rules.describe_with(book)
