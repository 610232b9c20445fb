"""The circuit breaker: a live rule that does not behave goes back into the background by itself, and only there.

It trips in a rule's first 24 hours for more than two hits on more than 5 % of the items, or more than 20 flags
in an hour; and at any time when more than half of the last 20 decisions were "the rule was wrong", or when 95 of
100 looks no longer stay within 20 ms. A rule that acts as it was delivered has no first day; the other two hold for it too.
"""

from __future__ import annotations

from datetime import timedelta

import peewee

from hub import clock, jobs
from hub.content.models import Item
from hub.policy.models import Case, Decision, Finding
from hub.policy.rulebook import actions, live
from hub.policy.rulebook.models import LIVE, PolicyRule
from hub.policy.rules import RULES

YOUNG = timedelta(hours=24)
HITS_MOST, SHARE_MOST = 2, 0.05
FLAGS_AN_HOUR = 20
DECISIONS, WRONG_MOST = 20, 10
MILLISECONDS = 20.0
LOOKS_LEAST = 100
LOOKED_BACK = 2000
"""So many decisions of all rules are read for those that act as delivered."""


@jobs.job("policy.breaker", every=timedelta(minutes=1))
def watch(_job: jobs.Job | None = None) -> int:
    """Trips every live rule that misbehaves; how many."""
    return sum(actions.trip(rule.name, why) for rule in _watched() if (why := trouble(rule)))


@jobs.job("policy.breaker_delivered", every=timedelta(minutes=1))
def watch_delivered(_job: jobs.Job | None = None) -> int:
    """Trips every rule that acts as it was delivered and that is slow or that people keep calling wrong; how many."""
    return sum(actions.trip(name, why) for name, why in _delivered().items())


def _delivered() -> dict[str, str]:
    """Why rules that act as they were delivered should not stay live, by name. Two queries.

    A rule whose first change is only written, and not approved, acts as delivered still.
    """
    known = {
        rule.name
        for rule in PolicyRule.select(PolicyRule.name, PolicyRule.state, PolicyRule.live_since)
        if rule.live_since is not None or rule.state not in LIVE
    }
    said: dict[str, list[bool]] = {}
    rows = Case.select(Case.rules, Decision.outcome, Decision.overturned_at).join(Decision)
    for names, outcome, overturned in rows.order_by(Decision.id.desc()).limit(LOOKED_BACK).tuples():
        for name in names:
            said.setdefault(name, []).append(outcome == "rule_was_wrong" or overturned is not None)
    wrong = {
        name: sum(each[:DECISIONS]) for name, each in said.items() if name in RULES and name not in known
    }
    slow = {name: why for name in RULES if name not in known and (why := _slow(name))}
    return slow | {name: _wrong(number) for name, number in wrong.items() if number > WRONG_MOST}


def _slow(name: str) -> str:
    # What a built-in rule prepares once, at its first look, is no slowness.
    taken = live.p95(name, LOOKS_LEAST if name in RULES else 20)
    return f"95 of 100 looks took up to {taken:.0f} ms" if taken is not None and taken > MILLISECONDS else ""


def _wrong(number: int) -> str:
    return f"people found it wrong in {number} of the last {DECISIONS} decisions"


def _watched() -> list[PolicyRule]:
    return list(PolicyRule.select().where(PolicyRule.state.in_(LIVE), PolicyRule.live_since.is_null(False)))


def trouble(rule: PolicyRule) -> str:
    """Why the rule should not stay live, empty where it may. Five queries at most."""
    now = clock.now()
    mine = (Finding.rule == rule.name) & (Finding.rule_version == rule.acting)
    if rule.live_since > now - YOUNG:
        items = Finding.select(peewee.fn.COUNT(peewee.fn.DISTINCT(Finding.item))).where(
            mine, Finding.outcome != "none", Finding.found_at >= rule.live_since
        )
        hits = items.scalar()
        if hits > HITS_MOST:
            fresh = (Item.published_at >= rule.live_since) | (Item.edited_at >= rule.live_since)
            looked_at = Item.select().where(Item.state == "published", fresh).count()
            if hits > SHARE_MOST * looked_at:
                return f"it hit {hits} of {looked_at} items since it became live"
        flags = Finding.select(peewee.fn.COUNT(peewee.fn.DISTINCT(Finding.case))).where(
            mine,
            Finding.case.is_null(False),
            Finding.found_at >= max(rule.live_since, now - timedelta(hours=1)),
        )
        raised = flags.scalar()
        if raised > FLAGS_AN_HOUR:
            return f"it raised {raised} flags within an hour"
    cases = Finding.select(Finding.case).where(
        mine, Finding.case.is_null(False), Finding.found_at >= rule.live_since
    )
    last = (
        Decision.select(Decision.outcome, Decision.overturned_at)
        .join(Case)
        .where(Case.id.in_(cases))
        .order_by(Decision.id.desc())
        .limit(DECISIONS)
    )
    wrong = sum(
        outcome == "rule_was_wrong" or overturned is not None for outcome, overturned in last.tuples()
    )
    if wrong > WRONG_MOST:
        return _wrong(wrong)
    return _slow(rule.name)
