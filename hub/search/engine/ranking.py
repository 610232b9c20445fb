"""From matches to an order: freshness and state as factors, nearness and titles as bonuses for the best."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hub.search.engine.analysis import STOP_WORDS
from hub.search.engine.plan import Plan
from hub.search.engine.schema import STEM_MARK
from hub.search.engine.segment import Floats, Ints, Mask
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.vector import is_among
from hub.search.engine.weights import Weights

WINDOW = 8
MOST_PAIRS = 8
LONG, PAIRS_OF_LONG = 20, 3  # of a query of more words, so many pairs: their places are the dearest to read
FLOOR = np.float32(
    0.01
)  # what matches without a score (a filter, a phrase of stop words) is ordered by its factor


@dataclass(frozen=True, slots=True)
class Ranked:
    """Documents best first with their scores."""

    docs: NDArray[np.int64]
    scores: Floats


def by_date(snapshot: Snapshot, mask: Mask, wanted: int) -> Ranked:
    """The newest `wanted` documents of a set, newest first."""
    docs = np.flatnonzero(mask)
    active = snapshot.column("active")[docs].astype(np.int64)
    if len(docs) > 4 * wanted:
        edge = np.partition(active, len(active) - wanted)[len(active) - wanted]
        kept = active >= edge
        docs, active = docs[kept], active[kept]
    docs = docs[snapshot.best_first(docs, active)][:wanted]
    return Ranked(docs, np.zeros(len(docs), np.float32))


def by_relevance(
    snapshot: Snapshot, mask: Mask, scores: Floats, plan: Plan, weights: Weights, wanted: int, now: int
) -> Ranked:
    """The best `wanted` documents of a set. Bonuses are looked for in the best `weights.rerank` only."""
    docs = np.flatnonzero(mask)
    if not len(docs):
        return Ranked(docs, np.empty(0, np.float32))
    values = (scores[docs] + FLOOR) * snapshot.prior(weights, now)[docs]
    window = max(wanted, weights.rerank)
    if len(docs) > window:
        # Keep all that tie with the last one kept, so that ties are broken by date and not by chance.
        edge = np.partition(values, len(values) - window)[len(values) - window]
        kept = values >= edge
        docs, values = docs[kept], values[kept]
    order = snapshot.best_first(docs, values)
    docs, values = docs[order], values[order]
    best = np.sort(docs[: weights.rerank])
    bonus = bonuses(snapshot, best, plan, weights)
    if bonus is not None:
        values = values.copy()
        values[: weights.rerank] += bonus[np.searchsorted(best, docs[: weights.rerank])]
        order = snapshot.best_first(docs, values)
        docs, values = docs[order], values[order]
    return Ranked(docs[:wanted], values[:wanted])


def bonuses(snapshot: Snapshot, docs: NDArray[np.int64], plan: Plan, weights: Weights) -> Floats | None:
    """What nearness, exact forms and the title add for ascending documents; None when nothing can."""
    parts = bonus_parts(snapshot, docs, plan, weights)
    if not parts:
        return None
    total: Floats = np.sum([values for _, values in parts], axis=0, dtype=np.float32)
    return total


def bonus_parts(
    snapshot: Snapshot, docs: NDArray[np.int64], plan: Plan, weights: Weights
) -> list[tuple[str, Floats]]:
    """Each bonus by its reason, one value for each of the ascending documents."""
    spoken = [(form, stemmed) for form, stemmed in plan.words]
    content = [
        (place, form, stemmed) for place, (form, stemmed) in enumerate(spoken) if form not in STOP_WORDS
    ]
    if not content or not len(docs):
        return []
    rarity = {stemmed: snapshot.rarity(stemmed) for _, _, stemmed in content}
    parts: list[tuple[str, Floats]] = []
    places = _Places(snapshot, docs)
    if weights.exact and len(content) <= 6:
        for form, stemmed in dict.fromkeys(
            (form, stemmed) for _, form, stemmed in content if form != stemmed
        ):
            standing = _per_document(places.of(form), len(docs)) > 0
            parts.append(
                (f"“{form}” as typed", (weights.exact * rarity[stemmed] * standing).astype(np.float32))
            )
    pairs = sorted(pairwise(content), key=lambda pair: -min(rarity[pair[0][2]], rarity[pair[1][2]]))[
        : MOST_PAIRS if len(content) <= LONG else PAIRS_OF_LONG
    ]
    for (place, form, left), (following, other, right) in pairs:
        if left == right:
            continue
        worth = min(rarity[left], rarity[right])
        first, second = places.of_stem(left), places.of_stem(right)
        if worth and len(first) and len(second):
            apart = following - place
            next_to = _per_document(first[is_among(first + apart, second)], len(docs))
            close = _per_document(first[_near(first, second)], len(docs))
            if weights.nearby:
                gain = weights.nearby * worth * next_to / (next_to + 1)
                parts.append((f"“{form} {other}” together", gain.astype(np.float32)))
            if weights.window:
                gain = weights.window * worth * close / (close + 1)
                parts.append((f"“{form}” near “{other}”", gain.astype(np.float32)))
    if 1 <= len(spoken) <= 8:
        worth = sum(rarity[stemmed] for stemmed in dict.fromkeys(stemmed for _, _, stemmed in content))
        forms = [form for form, _ in spoken]
        if weights.phrase and len(content) > 2:
            said = _per_document(_runs(places, forms, "exact"), len(docs)) > 0
            parts.append(("the query as typed", (weights.phrase * worth * said).astype(np.float32)))
        if weights.title_match:
            runs = _runs(places, forms, "title_exact")
            begins = _per_document(runs[(runs & 0xFFFFFFFF) == 0], len(docs)) > 0
            holds = _per_document(runs, len(docs)) > 0
            gain = weights.title_match * worth * (0.5 * begins + 0.5 * holds)
            parts.append(("the query in the title", gain.astype(np.float32)))
    return parts


class _Places:
    """Positions in a few documents: row in the given documents << 32 | position, ascending."""

    def __init__(self, snapshot: Snapshot, docs: NDArray[np.int64]) -> None:
        self._snapshot = snapshot
        self._known: dict[tuple[str, str], NDArray[np.int64]] = {}
        edges = np.searchsorted(docs, snapshot.bases)
        self._parts = [
            (part, int(edges[part]), (docs[edges[part] : edges[part + 1]] - base).astype(np.int32))
            for part, base in enumerate(snapshot.bases[:-1])
            if edges[part] < edges[part + 1]
        ]

    def of(self, form: str, field: str = "exact") -> NDArray[np.int64]:
        if (field, form) not in self._known:
            found = [
                _rows(self._snapshot, part, first, local, field, form) for part, first, local in self._parts
            ]
            self._known[field, form] = np.concatenate(found) if found else np.empty(0, np.int64)
        return self._known[field, form]

    def of_stem(self, stemmed: str) -> NDArray[np.int64]:
        """Where any word of a stem stands."""
        plain, marked = self.of(stemmed), self.of(STEM_MARK + stemmed)
        return np.union1d(plain, marked) if len(plain) and len(marked) else plain if len(plain) else marked


def _rows(snapshot: Snapshot, part: int, first: int, local: Ints, field: str, form: str) -> NDArray[np.int64]:
    places = snapshot.positions(part, field, form, local)
    holding = (places >> 32).astype(np.int32)
    rows = np.searchsorted(local, holding)
    rows[rows == len(local)] = 0
    kept = local[rows] == holding
    found: NDArray[np.int64] = ((rows[kept].astype(np.int64) + first) << 32) | (places[kept] & 0xFFFFFFFF)
    return found


def _runs(places: _Places, forms: list[str], field: str) -> NDArray[np.int64]:
    """Where the forms stand one after the other."""
    starts = places.of(forms[0], field)
    for step, form in enumerate(forms[1:], 1):
        if not len(starts):
            break
        starts = starts[is_among(starts + step, places.of(form, field))]
    return starts


def _near(first: NDArray[np.int64], second: NDArray[np.int64]) -> Mask:
    """Which places have one of the others within WINDOW words, before or after, in the same document."""
    after = np.searchsorted(second, first)
    following = second[np.minimum(after, len(second) - 1)]
    previous = second[np.maximum(after - 1, 0)]
    near: Mask = (np.abs(following - first) <= WINDOW) | (np.abs(first - previous) <= WINDOW)
    return near


def _per_document(places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.bincount(places >> 32, minlength=size)
