"""Typeahead: titles whose words begin as typed, and words to complete, from visible documents only."""

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from hub.search.engine.analysis import analyse
from hub.search.engine.documents import Suggestion
from hub.search.engine.segment import Floats, Ints, Mask, Segment
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.weights import Weights

LONGEST = 200


class Beginnings:
    """The title words of a segment in byte order with their documents: any beginning is one slice."""

    def __init__(self, segment: Segment) -> None:
        self.terms = segment.lexicon("title_exact").terms
        docs: list[Ints] = [segment.postings("title_exact", term.decode())[0] for term in self.terms]
        self.starts = np.cumsum([0, *map(len, docs)])
        self.docs: Ints = np.concatenate(docs) if docs else np.empty(0, np.int32)

    def holding(self, start: str) -> Ints:
        low = start.encode()
        high = low[:-1] + bytes([min(255, low[-1] + 1)])
        first, last = bisect_left(self.terms, low), bisect_left(self.terms, high)
        return self.docs[self.starts[first] : self.starts[last]]


def suggest(
    snapshot: Snapshot, typed: str, visible: Mask, weights: Weights, limit: int, now: int
) -> list[Suggestion]:
    """Documents whose title holds the typed words, the last one as a beginning; best first."""
    forms = analyse(typed[:LONGEST]).exact[:10]
    if not forms:
        return []
    docs = np.flatnonzero(_titles(snapshot, forms, ends_in_word=typed[-1:].isspace()) & visible)
    suggestions: list[Suggestion] = []
    seen: set[str] = set()
    for document in _best(snapshot, docs, snapshot.prior(weights, now)[docs], 4 * limit).tolist():
        segment, local = snapshot.locate(document)
        key, title = segment.shown(local)[:2]
        kind = snapshot.codes["kind"].values[snapshot.single["kind"][document]]
        if title.casefold() in seen:
            continue
        seen.add(title.casefold())
        suggestions.append(Suggestion(title, key, kind))
        if len(suggestions) >= limit:
            break
    return suggestions


def _titles(snapshot: Snapshot, forms: list[str], ends_in_word: bool) -> Mask:
    held: Mask = np.zeros(snapshot.count, np.bool_)
    for base, segment in zip(snapshot.bases, snapshot.segments, strict=False):
        beginnings = segment.memo.get("beginnings")
        if beginnings is None:
            beginnings = segment.memo["beginnings"] = Beginnings(segment)
        holding = beginnings.holding(forms[-1])
        if ends_in_word:
            holding = segment.postings("title_exact", forms[-1])[0]
        for form in forms[:-1]:
            holding = holding[np.isin(holding, segment.postings("title_exact", form)[0])]
        held[base + holding.astype(np.int64)] = True
    return held


def _best(snapshot: Snapshot, docs: NDArray[np.int64], values: Floats, wanted: int) -> NDArray[np.int64]:
    """The `wanted` documents with the highest values, best first."""
    if len(docs) > wanted:
        edge = np.partition(values, len(values) - wanted)[len(values) - wanted]
        kept = values >= edge
        docs, values = docs[kept], values[kept]
    return docs[snapshot.best_first(docs, values)][:wanted]
