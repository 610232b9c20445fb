"""Which outcome a finding has before which audience: the policy's table as data.

The hub never blocks: the strongest outcome is a flag for a person to look at.  An administrator may change any cell; the
changes are given as an override and never written into this table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hub.policy.detect.audiences import CLOSED, NAMES, PARTNERS, PUBLIC, STAFF, TEAM
from hub.policy.detect.finding import Finding

NONE, NUDGE, FLAG_LOW, FLAG, FLAG_HIGH = "none", "nudge", "flag low", "flag", "flag high"
NUDGE_FLAG_LOW, NUDGE_FLAG, NUDGE_FLAG_HIGH = "nudge+flag low", "nudge+flag", "nudge+flag high"
# Weakest first; used to pick the worst of several.
OUTCOMES = (NONE, NUDGE, NUDGE_FLAG_LOW, FLAG_LOW, NUDGE_FLAG, FLAG, NUDGE_FLAG_HIGH, FLAG_HIGH)

MANY = 5
PERSONAL = frozenset(
    {
        "uk_nino",
        "uk_nhs",
        "payment_card",
        "iban",
        "uk_bank",
        "uk_utr",
        "uk_passport",
        "uk_driving_licence",
        "uk_upn",
        "dob",
    }
)
BULK = frozenset({"email_bulk", "phone_bulk", "address_bulk"})

Table = Mapping[str, Mapping[str, str]]


def _row(closed: str, team: str, staff: str, partners: str, public: str) -> Mapping[str, str]:
    return MappingProxyType({CLOSED: closed, TEAM: team, STAFF: staff, PARTNERS: partners, PUBLIC: public})


DEFAULT: Table = MappingProxyType(
    {
        "secret": _row(NUDGE, NUDGE_FLAG, NUDGE_FLAG_HIGH, NUDGE_FLAG_HIGH, NUDGE_FLAG_HIGH),
        "personal": _row(NONE, NUDGE, NUDGE_FLAG, FLAG_HIGH, FLAG_HIGH),
        "bulk": _row(NUDGE, NUDGE_FLAG, FLAG_HIGH, FLAG_HIGH, FLAG_HIGH),
        "marking": _row(NONE, NUDGE, NUDGE_FLAG, FLAG_HIGH, FLAG_HIGH),
        "abuse": _row(NONE, NUDGE, NUDGE, NUDGE, NUDGE_FLAG_LOW),
        "threat": _row(FLAG, FLAG, FLAG_HIGH, FLAG_HIGH, FLAG_HIGH),
        "report": _row(FLAG, FLAG, FLAG_HIGH, FLAG_HIGH, FLAG_HIGH),
        "link_risky": _row(NUDGE, NUDGE, NUDGE_FLAG, NUDGE_FLAG, FLAG),
        "upload": _row(NUDGE, NUDGE, NUDGE_FLAG, NUDGE_FLAG, FLAG),
    }
)
ROWS = frozenset(DEFAULT)


def row_of(rule: str, count: int = 1) -> str:
    """The row of the table for a rule (or a finding's topic) and how many different values were found.

    Raises ValueError for a rule that the table does not know.
    """
    if rule in BULK:
        return "bulk"
    if rule in PERSONAL:
        return "bulk" if count >= MANY else "personal"
    if rule in ROWS:
        return rule
    raise ValueError(f"no outcome is laid down for {rule!r}")


def outcome(rule: str, audience: str, count: int = 1, *, override: Table | None = None) -> str:
    """What follows when `count` values of a rule meet an audience: one of OUTCOMES.

    `override` maps a row to (some) audiences and outcomes and wins over the default.  Raises ValueError for an unknown
    rule, audience or outcome.
    """
    if audience not in NAMES:
        raise ValueError(f"unknown audience: {audience}")
    row = row_of(rule, count)
    chosen = (override or {}).get(row, {}).get(audience) or DEFAULT[row][audience]
    if chosen not in OUTCOMES:
        raise ValueError(f"unknown outcome: {chosen}")
    return chosen


def outcomes(findings: Iterable[Finding], audience: str, *, override: Table | None = None) -> dict[str, str]:
    """The outcome of each topic among the findings of one item.

    Personal numbers of all kinds are counted together: five records in one post are a list, whatever mixture they are.
    """
    found = list(findings)
    personal = sum(f.count for f in found if f.rule in PERSONAL)
    return {
        topic: outcome(topic, audience, personal if topic in PERSONAL else 1, override=override)
        for topic in sorted({f.topic or f.rule for f in found})
    }


def worst(results: Iterable[str]) -> str:
    """The strongest of several outcomes; none of nothing."""
    return max(results, key=OUTCOMES.index, default=NONE)
