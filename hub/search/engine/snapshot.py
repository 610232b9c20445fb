"""One generation of the index as arrays: what may be seen, what there is to count, and scored terms.

A snapshot never changes. The next one re-uses all segments (with their decoded terms) that still stand, so
that a new document costs only the reading of its own small segment.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hub.search.engine.schema import COUNTED, RANKED
from hub.search.engine.segment import NO_DOCS, NO_PLACES, Floats, Ints, Mask, Segment
from hub.search.engine.weights import Weights
from hub.search.engine.writing import POSITIONAL_BLOCK

TERM_CACHE_BYTES = 48_000_000
MASKS_KEPT = 64
ROUNDING = math.log(
    1.02
)  # average lengths are rounded to steps of 2 %, so that cached scores outlive a commit


class Codes:
    """Numbers for the values of a filter field, shared by all segments of one index; 0 stands for none."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.values: list[str] = [""]
        self._lock = threading.Lock()

    def number(self, value: str) -> int:
        with self._lock:
            if value not in self.numbers:
                self.numbers[value] = len(self.values)
                self.values.append(value)
            return self.numbers[value]


class TermCache:
    """Decoded lists, least recently used ones dropped above a number of bytes."""

    def __init__(self, limit: int = TERM_CACHE_BYTES) -> None:
        self.limit = limit
        self.bytes = 0
        self._entries: OrderedDict[Any, tuple[NDArray[Any], ...]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any) -> Any:
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: Any, arrays: tuple[NDArray[Any], ...]) -> None:
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = arrays
            self.bytes += _size(arrays)
            while self.bytes > self.limit and len(self._entries) > 1:
                self.bytes -= _size(self._entries.popitem(last=False)[1])

    def forget(self, segments: set[str]) -> None:
        """Drop what belongs to segments that are gone; the first part of each key is the segment's id."""
        if not segments:
            return
        with self._lock:
            for key in [key for key in self._entries if key[0] in segments]:
                self.bytes -= _size(self._entries.pop(key))


def _size(arrays: tuple[NDArray[Any], ...]) -> int:
    return sum(array.nbytes for array in arrays) + 200


class SegmentArrays:
    """What is counted and filtered by, for one segment; read once."""

    def __init__(self, segment: Segment, codes: dict[str, Codes]) -> None:
        self.segment = segment
        self.single = {
            name: self._single(name, codes[name]) for name in ("audience", "kind", "space", "author", "year")
        }
        self.tags = self._pairs("tag", codes["tag"])

    def _single(self, field: str, codes: Codes) -> Ints:
        values = np.zeros(self.segment.count, np.int32)
        for term in self.segment.lexicon(field).terms:
            text = term.decode()
            values[self.segment.postings(field, text)[0]] = codes.number(text)
        return values

    def _pairs(self, field: str, codes: Codes) -> tuple[Ints, Ints]:
        docs, numbers = [NO_DOCS], [NO_DOCS]
        for term in self.segment.lexicon(field).terms:
            text = term.decode()
            holding = self.segment.postings(field, text)[0]
            docs.append(holding)
            numbers.append(np.full(len(holding), codes.number(text), np.int32))
        return np.concatenate(docs), np.concatenate(numbers)


class Snapshot:
    """Everything needed to answer from one generation. Documents are numbered through all segments."""

    def __init__(
        self,
        generation: int,
        parts: Sequence[tuple[SegmentArrays, Iterable[int]]],
        codes: dict[str, Codes],
        cache: TermCache,
        whoosh: tuple[Any, list[Any]],
    ) -> None:
        """`parts` pairs each segment with its deleted local numbers; `whoosh` is (schema, segment states)."""
        self.generation = generation
        self.codes = codes
        self.cache = cache
        self.whoosh = whoosh
        self.segments = [arrays.segment for arrays, _ in parts]
        self.bases = np.cumsum([0, *[segment.count for segment in self.segments]]).tolist()
        self.count: int = self.bases[-1]
        self.live: Mask = np.ones(self.count, np.bool_)
        for base, (_, deleted) in zip(self.bases, parts, strict=False):
            gone = np.fromiter(deleted, np.int64)
            self.live[base + gone] = False
        self.documents = int(np.count_nonzero(self.live))
        self.single: dict[str, Ints] = {
            name: _joined([arrays.single[name] for arrays, _ in parts])
            for name in ("audience", "kind", "space", "author", "year")
        }
        self.tag_docs = _joined(
            [arrays.tags[0] + base for base, (arrays, _) in zip(self.bases, parts, strict=False)]
        )
        self.tag_codes = _joined([arrays.tags[1] for arrays, _ in parts])
        self.averages = {name: self._average(name) for name in (*RANKED,)}
        self._masks: OrderedDict[frozenset[str], Mask] = OrderedDict()
        self._filters: dict[tuple[str, str], Mask] = {}
        self._columns: dict[str, NDArray[Any]] = {}
        self._priors: dict[Any, Floats] = {}
        self._serials: NDArray[np.int64] | None = None
        self._rarities: dict[str, float] = {}
        self.memo: dict[str, Any] = {}  # what the slow path opens once for this generation
        self._lock = threading.Lock()

    def _average(self, field: str) -> float:
        total = sum(segment.field_length(field) for segment in self.segments)
        average = total / max(1, self.count)
        return math.exp(round(math.log(average) / ROUNDING) * ROUNDING) if average else 1.0

    def column(self, name: str) -> NDArray[Any]:
        """active, confirmed and review in seconds since 1970 (0 for unknown); print as 64 bits."""
        if name not in self._columns:
            kind = "u8" if name == "print" else "u4"
            self._columns[name] = _joined([segment.column(name, kind) for segment in self.segments], kind)
        return self._columns[name]

    def visible(self, tokens: frozenset[str]) -> Mask:
        """Which documents a viewer with these audience tokens may find."""
        with self._lock:
            mask = self._masks.get(tokens)
            if mask is not None:
                self._masks.move_to_end(tokens)
                return mask
        codes = self.codes["audience"]
        allowed = np.zeros(len(codes.values), np.bool_)
        for token in tokens:
            number = codes.numbers.get(token)
            if number is not None:
                allowed[number] = True
        mask = allowed[self.single["audience"]] & self.live
        with self._lock:
            self._masks[tokens] = mask
            while len(self._masks) > MASKS_KEPT:
                self._masks.popitem(last=False)
        return mask

    def filtered(self, field: str, value: str) -> Mask:
        """Which documents hold a value in a filter field or word in a name field."""
        known = self._filters.get((field, value))
        if known is None:
            known = np.zeros(self.count, np.bool_)
            if field in self.single:
                number = self.codes[field].numbers.get(value)
                if number is not None:
                    known = self.single[field] == number
            else:
                for base, segment in zip(self.bases, self.segments, strict=False):
                    known[base + segment.postings(field, value)[0]] = True
            if len(self._filters) > 200:
                self._filters.clear()
            self._filters[field, value] = known
        return known

    def frequency(self, field: str, term: str) -> int:
        """In how many documents, deleted ones included, a term stands."""
        return sum(segment.frequency(field, term) for segment in self.segments)

    def rarity(self, term: str) -> float:
        """The term's inverse document frequency, ln(1 + (N - n + 0.5) / (n + 0.5)) as in BM25."""
        known = self._rarities.get(term)
        if known is None:
            known = self._rarities[term] = self._rarity(term)
        return known

    def occurrences(self, term: str) -> int:
        """In how many documents a ranking term stands, one that holds it in several fields counted so."""
        return sum(self.frequency(field, term) for field in COUNTED)

    def _rarity(self, term: str) -> float:
        holding = min(self.count, self.occurrences(term))
        return math.log(1 + (self.count - holding + 0.5) / (holding + 0.5)) if holding else 0.0

    def scored(self, number: int, term: str, weights: Weights) -> tuple[Ints, Floats]:
        """Documents of one segment that hold a term, and its BM25 sum over the fields without rarity."""
        segment = self.segments[number]
        averages = tuple(self.averages.values())
        key = (segment.id, term, weights.ranking_key(), averages)
        found = self.cache.get(key)
        if found is None:
            found = self._score(segment, term, weights)
            self.cache.put(key, found)
        docs, scores = found
        return docs, scores

    def _score(self, segment: Segment, term: str, weights: Weights) -> tuple[Ints, Floats]:
        held = np.zeros(segment.count, np.bool_)
        scores = np.zeros(segment.count, np.float32)
        for field in RANKED:
            docs, counts = segment.postings(field, term)
            if len(docs):
                lengths = segment.lengths(field, docs)
                norm = weights.k1 * (1 - weights.b + weights.b * lengths / self.averages[field])
                scores[docs] += getattr(weights, field) * (weights.k1 + 1) * counts / (counts + norm)
                held[docs] = True
        every = np.flatnonzero(held).astype(np.int32)
        return every, scores[every]

    def holding(self, number: int, field: str, term: str) -> Ints:
        """Documents of one segment that hold an exact form."""
        segment = self.segments[number]
        key = (segment.id, "docs", field, term)
        found = self.cache.get(key)
        if found is None:
            found = (segment.postings(field, term)[0],)
            self.cache.put(key, found)
        docs: Ints = found[0]
        return docs

    def beginning(self, number: int, terms: tuple[str, ...]) -> Ints:
        """Documents of one segment that hold any of these exact forms."""
        segment = self.segments[number]
        key = (segment.id, "any", terms)
        found = self.cache.get(key)
        if found is None:
            held = np.zeros(segment.count, np.bool_)
            for term in terms:
                held[segment.postings("exact", term)[0]] = True
            found = (np.flatnonzero(held).astype(np.int32),)
            self.cache.put(key, found)
        docs: Ints = found[0]
        return docs

    def positions(self, number: int, field: str, term: str, wanted: Ints | None = None) -> NDArray[np.int64]:
        """Where a term stands in one segment: ascending document << 32 | position.

        With `wanted` (ascending local numbers), places in other documents may be left out.
        """
        segment = self.segments[number]
        key = (segment.id, field, term)
        found = self.cache.get(key)
        if found is None:
            frequency = segment.frequency(field, term)
            if wanted is not None and len(wanted) * 2 < frequency and frequency > POSITIONAL_BLOCK:
                return self._some_positions(segment, field, term, wanted)
            found = (segment.positions(field, term),)
            self.cache.put(key, found)
        places: NDArray[np.int64] = found[0]
        return places

    def _some_positions(self, segment: Segment, field: str, term: str, wanted: Ints) -> NDArray[np.int64]:
        """Places of a term in the blocks that may hold wanted documents; each block is kept."""
        key = (segment.id, field, term, "blocks")
        listed = self.cache.get(key)
        if listed is None:
            listed = segment.position_blocks(field, term)
            self.cache.put(key, listed)
        lasts, rows = listed
        numbers = np.unique(np.searchsorted(lasts, wanted))
        found = [NO_PLACES]
        for block in numbers[numbers < len(lasts)].tolist():
            block_key = (segment.id, field, term, block)
            kept = self.cache.get(block_key)
            if kept is None:
                kept = (segment.position_block(*rows[block].tolist()),)
                self.cache.put(block_key, kept)
            found.append(kept[0])
        return np.concatenate(found)

    def prior(self, weights: Weights, now: int) -> Floats:
        """A factor for each document from its age, confirmation, solution and overdue review."""
        hour = now // 3600  # steady within the hour, so that pages of one search fit together
        now = hour * 3600
        key = (hour, weights)
        known = self._priors.get(key)
        if known is None:
            active = self.column("active").astype(np.float64)
            age = np.maximum(0.0, now - active) / 86_400
            lives = np.full(len(self.codes["kind"].values), weights.half_life_days)
            for kind, days in weights.half_lives:
                if kind in self.codes["kind"].numbers:
                    lives[self.codes["kind"].numbers[kind]] = days
            fresh = np.where(active > 0, np.exp2(-age / lives[self.single["kind"]]), 0.0)
            review = self.column("review")
            overdue = (review > 0) & (review < now)
            confirmed = (self.column("confirmed") > 0) & ~overdue
            known = (
                1
                + weights.fresh * fresh
                + weights.confirmed * confirmed
                + weights.solved * self.filtered("flag", "solved")
                - weights.overdue * overdue
            ).astype(np.float32)
            self._priors = {key: known}
        return known

    def best_first(self, docs: NDArray[np.int64], values: NDArray[Any]) -> NDArray[np.int64]:
        """The places of documents in the order to tell them: by value, then the latest, then the highest key.

        Never by where the index holds them: that moves with what is written and merged, also for others.
        """
        active = self.column("active")[docs].astype(np.int64)
        return np.lexsort((-self.serials(docs), -active, -values))

    def serials(self, docs: NDArray[np.int64]) -> NDArray[np.int64]:
        """A number for each document that its key alone decides."""
        if self._serials is None:
            self._serials = _joined([segment.serials for segment in self.segments], "i8")
        return self._serials[docs]

    def locate(self, document: int) -> tuple[Segment, int]:
        """The segment of a document and its number there."""
        part = int(np.searchsorted(self.bases, document, side="right")) - 1
        return self.segments[part], document - self.bases[part]

    def key(self, document: int) -> str:
        """The key of a document."""
        segment, local = self.locate(document)
        if "keys" not in segment.memo:
            keys = np.zeros(segment.count, object)
            for term in segment.lexicon("key").terms:
                key = term.decode()
                keys[segment.postings("key", key)[0]] = key
            segment.memo["keys"] = keys
        return str(segment.memo["keys"][local])

    def find(self, key: str) -> int | None:
        """The number of the live document with this key."""
        for base, segment in zip(self.bases, self.segments, strict=False):
            for local in segment.postings("key", key)[0].tolist():
                if self.live[base + local]:
                    return int(base + local)
        return None


def _joined(arrays: list[NDArray[Any]], kind: str = "i4") -> NDArray[Any]:
    return np.concatenate(arrays) if arrays else np.empty(0, kind)
