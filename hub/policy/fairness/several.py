"""Deciding several cases at once: only as "the rule was wrong" or "no breach", and only within one rule."""

from __future__ import annotations

from dataclasses import dataclass

from hub.access import Viewer
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.policy import cases, deciding, ladder
from hub.policy.casework import claim
from hub.policy.models import Case

MILD = ("rule_was_wrong", "no_breach")
MOST = 50


@dataclass(frozen=True)
class Done:
    """How many cases were decided, and how many were left since somebody else has them or one may not."""

    decided: int
    left: int


def decide(viewer: Viewer, case_ids: list[int], *, outcome: str, reason: str) -> Done:
    """Decides the cases one by one, each with its own notice and appeal. Raises Invalid, Missing.

    What the viewer may not review, or somebody else holds, is left as it is and counted.
    """
    cases.require_reviewer(viewer)
    if outcome not in MILD:
        raise Invalid("outcome", "Several at once can be decided as “rule was wrong” or “no breach” only.")
    reason = ladder.reason_of(reason)
    ids = list(dict.fromkeys(i for i in case_ids if 0 < i < 2**31))
    if not ids:
        raise Invalid("cases", "Tick the cases first.")
    if len(ids) > MOST:
        raise Invalid("cases", f"At most {MOST} at once.")
    rows = list(Case.select().where(Case.id.in_(ids)))
    if (
        len({tuple(row.rules) for row in rows}) != 1
        or len(rows[0].rules) != 1
        or any(r.reports for r in rows)
    ):
        raise Invalid("cases", "They must all be about one and the same rule, and none reported by a member.")
    decided = 0
    for row in rows:
        try:
            held = claim(viewer, row)
            deciding.decide(viewer, held, outcome=outcome, reason=reason)
            decided += 1
        except (Conflict, Refused, Missing):
            continue
    return Done(decided, len(ids) - decided)
