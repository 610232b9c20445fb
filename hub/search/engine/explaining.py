"""Why a document ranks where it does: its score in parts, each with its reason."""

import numpy as np

from hub.search.engine import ranking
from hub.search.engine.documents import Explanation
from hub.search.engine.matches import words_of
from hub.search.engine.plan import Plan
from hub.search.engine.schema import RANKED
from hub.search.engine.segment import Floats, Mask
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.weights import Weights

FURTHEST = 10_000  # ranks that are told


def explain(
    snapshot: Snapshot,
    key: str,
    document: int,
    found: Plan,
    mask: Mask,
    scores: Floats,
    weights: Weights,
    moment: int,
) -> Explanation:
    """The rank and the parts of the score of a document that is among those found (`mask`, `scores`)."""
    lines = _word_lines(snapshot, document, found, weights)
    if found.plain and found.wordy:
        lent = float(scores[document]) - sum(share for _, share in lines)
        if abs(lent) > 0.01 * float(scores[document]):
            lines.append(("words of the best answers, less what counts once only", lent))
    factor = float(snapshot.prior(weights, moment)[document])
    lines.append(("freshness and state", (float(scores[document]) + float(ranking.FLOOR)) * (factor - 1)))
    ranked = ranking.by_relevance(snapshot, mask, scores, found, weights, FURTHEST, moment)
    rank = np.flatnonzero(ranked.docs == document)
    if (len(rank) and rank[0] < weights.rerank) or len(ranked.docs) <= weights.rerank:
        lines += [
            (reason, float(values[0]))
            for reason, values in ranking.bonus_parts(snapshot, np.array([document]), found, weights)
            if values[0]
        ]
    score = float(ranked.scores[rank[0]]) if len(rank) else float(scores[document]) * factor
    return Explanation(key, True, score, int(rank[0]) + 1 if len(rank) else None, lines)


def _word_lines(snapshot: Snapshot, document: int, found: Plan, weights: Weights) -> list[tuple[str, float]]:
    """The BM25 part of each word in each field."""
    segment, local = snapshot.locate(document)
    number = snapshot.segments.index(segment)
    lines: list[tuple[str, float]] = []
    for word in dict.fromkeys(words_of(found.match)):
        rarity = snapshot.rarity(word.term)
        for name in RANKED:
            docs, shares = snapshot.scored(number, word.term, weights.only(name))
            place = int(np.searchsorted(docs, local))
            if place < len(docs) and docs[place] == local and shares[place]:
                lines.append((f"“{word.term}” in {name}", float(shares[place]) * rarity))
    return lines
