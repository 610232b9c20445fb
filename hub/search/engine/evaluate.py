"""Measures an order of documents against a judged collection: nDCG@10, mean average precision, precision at five."""

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from hub.search.engine.index import Index
from hub.search.engine.judged import Gains, as_document, read_collection
from hub.search.engine.weights import Weights

DEPTH = 1_000  # how far down each answer is judged
_EVERYONE = frozenset({"everyone"})


def evaluate(folder: Path, weights: Weights | None = None) -> dict[str, float]:
    """Index the collection in a folder into a throw-away index and ask all its queries: for trying weights.

    Returns what `measure` does. ValueError when a file is missing or nothing can be judged.
    """
    collection = read_collection(folder)
    with tempfile.TemporaryDirectory() as temporary:
        index = Index.open(Path(temporary), weights)
        index.rebuild(map(as_document, collection.records))
        return measure(collection.queries, collection.gains, lambda text: ranked_keys(index, text))


def ranked_keys(index: Index, text: str) -> list[str]:
    """What the index answers to a query, best first."""
    return [key.partition(":")[2] for key in index.ranking(text, tokens=_EVERYONE, limit=DEPTH)]


def measure(
    queries: list[tuple[str, str]], gains: Gains, answer: Callable[[str], list[str]]
) -> dict[str, float]:
    """{"queries", "ndcg10", "map", "p5"}: how many queries have a relevant document, and means over them.

    nDCG@10 is Järvelin and Kekäläinen's (2002) with log2(1 + rank) and the gains as they are (Cranfield's grades 1 to 4 gain
    4 to 1); for MAP and p5 whatever gains anything is relevant. MAP is the mean of average precision, over all relevant
    documents; p5 the share of relevant ones among the first five. ValueError when no query is judged.
    """
    cumulated, precisions, fives = [], [], []
    for number, text in queries:
        wanted = gains.get(number)
        if not wanted:
            continue
        found = list(dict.fromkeys(answer(text)))[:DEPTH]
        best = _discounted(sorted(wanted.values(), reverse=True))
        cumulated.append(_discounted([wanted.get(key, 0.0) for key in found]) / best)
        hits = [rank for rank, key in enumerate(found, 1) if key in wanted]
        precisions.append(sum(count / rank for count, rank in enumerate(hits, 1)) / len(wanted))
        fives.append(sum(rank <= 5 for rank in hits) / 5)
    if not cumulated:
        raise ValueError("no query of this collection has a judged document")
    count = len(cumulated)
    return {
        "queries": count,
        "ndcg10": round(sum(cumulated) / count, 4),
        "map": round(sum(precisions) / count, 4),
        "p5": round(sum(fives) / count, 4),
    }


def _discounted(gains: list[float]) -> float:
    """The discounted cumulated gain of the first ten."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[:10], 1))
