"""Runs a plan with Whoosh's own searcher: slow, and the yardstick for the fast path.

The index falls back to it when the NumPy reader fails on an index that Whoosh itself can read; the
differential test compares the two. Whoosh's readers share file positions: one thread at a time.
"""

import abc
import math
import threading
from typing import Any

import numpy as np
from whoosh import matching, query, scoring
from whoosh.reading import MultiReader
from whoosh.searching import Searcher

from hub.search.engine import matches
from hub.search.engine.schema import MATCHED, RANKED
from hub.search.engine.segment import Floats, Mask
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.weights import Weights

_one_at_a_time = threading.Lock()


def run(snapshot: Snapshot, match: matches.Match, weights: Weights) -> tuple[Mask, Floats]:
    """As vector.run: which documents match, and the score of each. Deleted documents are left out."""
    mask, scores = np.zeros(snapshot.count, np.bool_), np.zeros(snapshot.count, np.float32)
    if not snapshot.segments:
        return mask, scores
    with _one_at_a_time:
        if "reader" not in snapshot.memo:
            schema, states = snapshot.whoosh
            pairs = zip(snapshot.segments, states, strict=True)
            readers = [segment.whoosh_reader(state, schema) for segment, state in pairs]
            snapshot.memo["reader"] = MultiReader(readers) if len(readers) > 1 else readers[0]
        searcher = Searcher(snapshot.memo["reader"], weighting=_Weighting(snapshot, weights))
        whoosh_query = _query(match, snapshot, weights)
        for part, base in searcher.leaf_searchers():
            matcher = whoosh_query.matcher(part)
            while matcher.is_active():
                number = matcher.id()
                if not part.reader().is_deleted(number):
                    mask[base + number] = True
                    scores[base + number] = matcher.score()
                matcher.next()
    return mask, scores


class _Weighting(scoring.WeightingModel):
    """BM25 with the snapshot's rarity (one for a word in all fields) and rounded average lengths."""

    def __init__(self, snapshot: Snapshot, weights: Weights) -> None:
        self.snapshot = snapshot
        self.weights = weights

    def scorer(self, searcher: Any, fieldname: str, text: Any, qf: int = 1) -> Any:
        if fieldname not in RANKED:
            return _Nought()
        return _Bm25(self, searcher, fieldname, text.decode() if isinstance(text, bytes) else text)


class _Scorer(scoring.BaseScorer):
    """A scorer that lets Whoosh skip nothing."""

    def supports_block_quality(self) -> bool:
        return False

    def max_quality(self) -> float:
        return 1e9

    def block_quality(self, matcher: Any) -> float:
        return 1e9


class _Nought(_Scorer):
    def score(self, matcher: Any) -> float:
        return 0.0


class _Bm25(_Scorer):
    def __init__(self, model: _Weighting, searcher: Any, field: str, text: str) -> None:
        self._searcher = searcher
        self._field = field
        self._weights = model.weights
        self._rarity = model.snapshot.rarity(text)
        self._average = model.snapshot.averages[field]

    def score(self, matcher: Any) -> float:
        weights, count = self._weights, matcher.weight()
        length = self._searcher.doc_field_length(matcher.id(), self._field) or 0
        norm = weights.k1 * (1 - weights.b + weights.b * length / self._average)
        share: float = getattr(weights, self._field) * (weights.k1 + 1) * count / (count + norm)
        return self._rarity * share


class _Listed(query.Query, abc.ABC):
    """A query whose documents and scores are worked out from its parts' matchers, one after the other."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts

    def is_leaf(self) -> bool:
        return False

    def children(self) -> Any:
        return iter(self.parts)

    def estimate_size(self, ixreader: Any) -> int:
        return int(sum(part.estimate_size(ixreader) for part in self.parts))

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        found: dict[int, list[float]] = {}
        for place, part in enumerate(self.parts):
            matcher = part.matcher(searcher, context)
            while matcher.is_active():
                found.setdefault(matcher.id(), []).append(matcher.score() * self.share(place))
                matcher.next()
        combined = {
            number: score for number, scores in found.items() if (score := self.combine(scores)) is not None
        }
        if not combined:
            return matching.NullMatcher()
        ids = sorted(combined)
        return matching.ListMatcher(ids, weights=[combined[number] for number in ids])

    def share(self, place: int) -> float:
        return 1.0

    @abc.abstractmethod
    def combine(self, scores: list[float]) -> float | None:
        """The score of a document from those of its parts that hold it; None when they do not suffice."""


class _Best(_Listed):
    def __init__(self, parts: list[Any], shares: list[float]) -> None:
        super().__init__(parts)
        self.shares = shares

    def share(self, place: int) -> float:
        return self.shares[place]

    def combine(self, scores: list[float]) -> float | None:
        return max(scores)


class _Quiet(_Listed):
    def combine(self, scores: list[float]) -> float | None:
        return 0.0


class _AtLeast(_Listed):
    def __init__(self, need: int, parts: list[Any]) -> None:
        super().__init__(parts)
        self.need = need

    def combine(self, scores: list[float]) -> float | None:
        return math.fsum(scores) if len(scores) >= self.need else None


class _Dates(query.Query):
    """Documents with a date in a range; Whoosh has no query over unindexed columns."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last

    def is_leaf(self) -> bool:
        return True

    def estimate_size(self, ixreader: Any) -> int:
        return int(ixreader.doc_count_all())

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        reader = searcher.reader()
        dates = reader.column_reader("active", translate=False)
        ids = [number for number in range(reader.doc_count_all()) if self.first <= dates[number] <= self.last]
        return matching.ListMatcher(ids, weights=[0.0] * len(ids)) if ids else matching.NullMatcher()


def _query(match: matches.Match, snapshot: Snapshot, weights: Weights) -> Any:
    def inner(child: matches.Match) -> Any:
        return _query(child, snapshot, weights)

    match match:
        case matches.Word(term):
            found = query.Or([query.Term(field, term) for field in MATCHED])
            more = query.Or([query.Term(field, term) for field in RANKED if field not in MATCHED])
            return query.AndMaybe(found, more)
        case matches.Phrase(terms, field):
            if len(terms) == 1:
                return query.Term(field, terms[0])
            return _Quiet([query.Phrase(field, list(terms))])
        case matches.Forms(terms):
            return query.ConstantScoreQuery(query.Or([query.Term("exact", term) for term in terms]), 1.0)
        case matches.Has(field, value):
            return query.Term(field, value)
        case matches.Dated(first, last):
            return _Dates(first, last)
        case matches.Every():
            return _Quiet([query.Every()])
        case matches.Not(child):
            return _Quiet([query.Not(inner(child))])
        case matches.All(children):
            # Not query.AndNot: its matcher gives the first document without asking whether it is refused.
            return query.And([inner(child) for child in children])
        case matches.AtLeast(1, children) if children and not any(
            isinstance(child, matches.Not) for child in children
        ):
            return query.Or([inner(child) for child in children])
        case matches.AtLeast(need, children):
            return _AtLeast(need, [inner(child) for child in children])
        case matches.Best(choices):
            return _Best([inner(child) for child, _ in choices], [share for _, share in choices])
        case matches.Maybe(first, second):
            return query.AndMaybe(inner(first), inner(second))
