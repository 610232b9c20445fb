"""The hint after a file was read: what rules found in a published item that is worth a hint and no flag.

A document's text is known only once the worker has read it, so its uploader gets on the document's page what others
get while they write. Only they see it; there is nothing to answer.
"""

from __future__ import annotations

from typing import Any

from hub import access
from hub.access import Viewer
from hub.content.models import Item
from hub.policy import detector
from hub.policy.models import Finding
from hub.policy.nudging import LINES_MOST, why_here
from hub.policy.rules import a, rule


def hints(viewer: Viewer, item: Item) -> list[dict[str, Any]]:
    """One notice with at most three lines, worst first; nothing where no rule has a hint. Two queries, three in a space."""
    rows = list(
        Finding.select(Finding.rule, Finding.place, Finding.excerpt, Finding.clause)
        .where(
            Finding.item == item.id,
            Finding.revision == item.version,
            Finding.case.is_null(),
            Finding.outcome == "nudge",
            Finding.wrong_at.is_null(),
            Finding.audience == detector.audience_of(item.audience, item.space),
        )
        .order_by(Finding.id)
        .limit(200)
    )
    if not rows:
        return []
    first: dict[str, Finding] = {}
    number: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.rule, row)
        number[row.rule] = number.get(row.rule, 0) + 1
    worst = sorted(first.values(), key=lambda row: -rule(row.rule).weight)
    words = [_line(row, number[row.rule]) for row in worst[:LINES_MOST]]
    if len(worst) > LINES_MOST:
        words.append(f"And {len(worst) - LINES_MOST} more of other kinds.")
    reach = access.reach_of(item.audience, item.space)
    words.append(f"{why_here(reach)} Nothing was flagged, and only you see this.")
    return [{"title": "Have another look at this", "words": words, "clause": worst[0].clause}]


def _line(row: Finding, number: int) -> str:
    known = rule(row.rule)
    more = f", and {number - 1} more" if number > 1 else ""
    shown = f": {row.excerpt}" if row.excerpt else ""
    return f"{a(known.label)}{shown} ({row.place}{more}). {known.advice}"
