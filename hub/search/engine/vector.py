"""Runs a plan with NumPy: a set is a mask over all documents, scores are one array.

This is the fast path. `whoosh_search.py` runs the same plans with Whoosh's own searcher; a test holds the
two together.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hub.search.engine import matches
from hub.search.engine.matches import Match, Word
from hub.search.engine.segment import Floats, Ints, Mask
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.weights import Weights

Found = tuple[Mask, Floats | None]  # None: nothing in the set scores


def run(snapshot: Snapshot, match: Match, weights: Weights) -> tuple[Mask, Floats]:
    """Which documents match (deleted and invisible ones included), and the score of each."""
    mask, scores = _Run(snapshot, weights).found(match)
    return mask, scores if scores is not None else np.zeros(snapshot.count, np.float32)


class _Run:
    def __init__(self, snapshot: Snapshot, weights: Weights) -> None:
        self.snapshot = snapshot
        self.weights = weights
        self.size = snapshot.count

    def found(self, match: Match) -> Found:
        match match:
            case Word(term):
                mask, shares = self._empty(), np.zeros(self.size, np.float32)
                self._word(term, mask, shares)
                return mask, shares
            case matches.Phrase(terms, field):
                return self._phrase(terms, field), None
            case matches.Forms(terms):
                mask = self._empty()
                for part, base in enumerate(self.snapshot.bases[:-1]):
                    mask[base + self.snapshot.beginning(part, terms)] = True
                return mask, mask.astype(np.float32)
            case matches.Has(field, value):
                return self.snapshot.filtered(field, value), None
            case matches.Dated(first, last):
                active = self.snapshot.column("active")
                return (active >= first) & (active <= last), None
            case matches.Every():
                return np.ones(self.size, np.bool_), None
            case matches.Not(child):
                return ~self.found(child)[0], None
            case matches.All(children):
                return self._all(children)
            case matches.AtLeast(need, children):
                return self._at_least(need, children)
            case matches.Best(choices):
                return self._best(choices)
            case matches.Maybe(first, second):
                mask, scores = self.found(first)
                _, more = self.found(second)
                return mask, _sum(scores, more)
        raise TypeError(f"not a match: {match!r}")

    def _empty(self) -> Mask:
        return np.zeros(self.size, np.bool_)

    def _word(
        self, term: str, mask: NDArray[np.bool_] | NDArray[np.uint8], scores: Floats, share: float = 1.0
    ) -> None:
        """Add a share of one word's scores, and count it (or set it, in a mask) where it stands."""
        rarity = np.float32(self.snapshot.rarity(term) * share)
        for part, base in enumerate(self.snapshot.bases[:-1]):
            docs, shares = self.snapshot.scored(part, term, self.weights)
            if len(docs):
                end = self.snapshot.bases[part + 1]
                scores[base:end][docs] += rarity * shares
                if mask.dtype == np.bool_:
                    mask[base:end][docs] = True
                else:
                    mask[base:end][docs] += 1

    def _all(self, children: Sequence[Match]) -> Found:
        words = [child for child in children if isinstance(child, Word)]
        scores: Floats | None = None
        mask: Mask | None = None
        if words:
            counts, scores = np.zeros(self.size, np.uint8), np.zeros(self.size, np.float32)
            for word in words:
                self._word(word.term, counts, scores)
            mask = counts == len(words)
        for child in children:
            if not isinstance(child, Word):
                other, more = self.found(child)
                mask = other if mask is None else mask & other
                scores = _sum(scores, more)
        return (mask if mask is not None else np.ones(self.size, np.bool_)), scores

    def _at_least(self, need: int, children: Sequence[Match]) -> Found:
        counts, scores = np.zeros(self.size, np.uint8), np.zeros(self.size, np.float32)
        for child in children:
            match child:
                case Word(term):
                    self._word(term, counts, scores)
                case matches.Best(((Word(term), share),)):
                    self._word(term, counts, scores, share)
                case _:
                    mask, more = self.found(child)
                    counts += mask
                    if more is not None:
                        scores += np.where(mask, more, np.float32(0))
        return counts >= need, scores

    def _best(self, choices: Sequence[tuple[Match, float]]) -> Found:
        mask, scores = self._empty(), np.zeros(self.size, np.float32)
        for child, share in choices:
            other, more = self.found(child)
            mask = mask | other
            if more is not None:
                np.maximum(scores, np.where(other, more * np.float32(share), np.float32(0)), out=scores)
        return mask, scores

    def _phrase(self, terms: tuple[str, ...], field: str) -> Mask:
        mask = self._empty()
        if not terms:
            return mask
        for part, base in enumerate(self.snapshot.bases[:-1]):
            if len(terms) == 1:
                mask[base + self.snapshot.holding(part, field, terms[0])] = True
            else:
                mask[base + phrase_docs(self.snapshot, part, terms, field)] = True
        return mask


def phrase_docs(snapshot: Snapshot, part: int, terms: tuple[str, ...], field: str) -> Ints:
    """Documents of one segment in which the terms stand next to one another, rarest term first."""
    segment = snapshot.segments[part]
    order = sorted(range(len(terms)), key=lambda place: segment.frequency(field, terms[place]))
    if segment.frequency(field, terms[order[0]]) == 0:
        return np.empty(0, np.int32)
    starts = snapshot.positions(part, field, terms[order[0]]) - order[0]
    for place in order[1:]:
        if not len(starts):
            break
        wanted = documents_of(starts)
        places = snapshot.positions(part, field, terms[place], wanted)
        starts = starts[is_among(starts + place, places)]
    return documents_of(starts)


def documents_of(ascending: NDArray[np.int64]) -> Ints:
    """The documents of ascending places, each once."""
    holding = (ascending >> 32).astype(np.int32)
    if len(holding) < 2:
        return holding
    first = np.ones(len(holding), np.bool_)
    np.not_equal(holding[1:], holding[:-1], out=first[1:])
    docs: Ints = holding[first]
    return docs


def is_among(values: NDArray[np.int64], ascending: NDArray[np.int64]) -> Mask:
    """Which values stand in an ascending array."""
    if not len(ascending):
        return np.zeros(len(values), np.bool_)
    places = np.searchsorted(ascending, values)
    places[places == len(ascending)] = 0
    among: Mask = ascending[places] == values
    return among


def _sum(left: Floats | None, right: Floats | None) -> Floats | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right
