"""Reads for the administrators' pages of search. What is shown of items is what this administrator may
read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub import access, clock
from hub.access import Viewer
from hub.content import queries as content
from hub.content.models import Item
from hub.errors import Missing
from hub.search import asking, reactions, tuning
from hub.search.engine import IndexBroken, Weights
from hub.search.models import Asked, BestBet, Synonym

LOOKED_AT = 200
SHOWN = 10


@dataclass(frozen=True)
class Placed:
    """A hit under trial weights: where it stands, where it stands today (None: beyond 200), and why."""

    key: str
    rank: int
    today: int | None
    score: float
    title: str
    lines: list[tuple[str, float]]


def synonyms(viewer: Viewer) -> dict[str, list[Any]]:
    """The hub's own groups (rows), the shipped ones in use (lines), and those switched off (rows)."""
    access.require_role(viewer, "administrator")
    rows = list(Synonym.select().order_by(Synonym.words))
    off = {row.words for row in rows if row.off}
    lines = [tuning.written(group) for group in tuning.shipped_groups()]
    return {
        "own": [row for row in rows if not row.off],
        "shipped": [line for line in lines if line not in off],
        "off": [row for row in rows if row.off],
    }


def synonym(viewer: Viewer, number: int) -> Synonym:
    """A group of synonyms by its number. Raises Missing."""
    access.require_role(viewer, "administrator")
    return _there(Synonym.get_or_none(Synonym.id == number))


def bet(viewer: Viewer, number: int) -> BestBet:
    """A recommendation by its number. Raises Missing."""
    access.require_role(viewer, "administrator")
    return _there(BestBet.get_or_none(BestBet.id == number))


def _there(row: Any) -> Any:
    if row is None:
        raise Missing()
    return row


def bets(viewer: Viewer, limit: int = 200) -> list[tuple[BestBet, Item | None, bool]]:
    """Recommendations, latest first: (row, its item where the viewer may read it, whether its time is
    over).
    """
    access.require_role(viewer, "administrator")
    rows = list(BestBet.select().order_by(BestBet.id.desc()).limit(limit))
    items = content.readable(viewer, [row.item_id for row in rows])
    now = clock.now()
    return [(row, items.get(row.item_id), row.until is not None and row.until <= now) for row in rows]


def asked(viewer: Viewer) -> list[tuple[Asked, Item | None]]:
    """Questions that came from searches, with the topic where the viewer may read it."""
    access.require_role(viewer, "administrator")
    rows = asking.recent()
    items = content.readable(viewer, [row.topic_id for row in rows if row.topic_id])
    return [(row, items.get(row.topic_id)) for row in rows]


def trial(viewer: Viewer, text: str, weights: Weights) -> list[Placed]:
    """The first ten hits of a query under these weights, with what each owes its place to."""
    access.require_role(viewer, "administrator")
    tokens = access.readable_in_search(viewer)
    try:
        index = reactions.index()
        results = index.search(text, tokens=tokens, limit=SHOWN, weights=weights)
        today = index.ranking(text, tokens=tokens, limit=LOOKED_AT)
        told = [index.explain(text, hit.key, tokens, weights=weights) for hit in results.hits]
    except IndexBroken as error:
        reactions.broken(str(error))
        return []
    ids = [int(hit.key[5:]) for hit in results.hits if hit.key.startswith("item:")]
    known = content.readable(viewer, ids, with_roots=True)
    places = {key: rank for rank, key in enumerate(today, 1)}
    return [
        Placed(
            hit.key,
            rank,
            places.get(hit.key),
            hit.score,
            "".join(words for words, _ in hit.title) or _answer(known, hit.key),
            sorted(why.lines, key=lambda line: -abs(line[1])),
        )
        for rank, (hit, why) in enumerate(zip(results.hits, told, strict=True), 1)
        if not hit.key.startswith("item:") or int(hit.key[5:]) in known
    ]


def _answer(known: dict[int, Item], key: str) -> str:
    item = known.get(int(key.rpartition(":")[2]))
    return f"An answer in “{item.root.title}”" if item is not None and item.root_id else key
