"""The index as the hub sees it: apply, search, suggest, explain, merge, rebuild.

One `Index` serves a process and all its threads. Each call looks whether a newer generation is on disk and
then answers from one snapshot, so a search never sees half a change.
"""

import errno
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import EmptyIndexError

from hub.search.engine import (
    explaining,
    facets,
    feedback,
    presenting,
    ranking,
    spelling,
    vector,
    whoosh_search,
)
from hub.search.engine import suggest as suggesting
from hub.search.engine.analysis import fold
from hub.search.engine.documents import (
    Document,
    Explanation,
    Health,
    IndexBroken,
    Results,
    Suggestion,
    seconds,
)
from hub.search.engine.matches import All, Match
from hub.search.engine.plan import Plan, Planner
from hub.search.engine.schema import fields_of
from hub.search.engine.segment import Floats, Mask, Segment
from hub.search.engine.snapshot import Codes, SegmentArrays, Snapshot, TermCache
from hub.search.engine.store import Changes, IndexBusy, Store
from hub.search.engine.synonyms import Synonyms, council_synonyms
from hub.search.engine.weights import Weights
from hub.search.engine.writing import Progress

log = logging.getLogger(__name__)

Executor = Callable[[Snapshot, Match, Weights], tuple[Mask, Floats]]
Choice = str | int | Sequence[str | int] | None
MOST_WANTED = 10_000
ATTEMPTS = 10  # to open an index that is being replaced
_NOT_THE_INDEX = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.EACCES,
    errno.EPERM,
)
FIELDS_OF_CODES = ("audience", "kind", "space", "author", "year", "tag")


class Index:
    """A search index in a folder. Use `Index.open`."""

    def __init__(
        self,
        folder: Path,
        weights: Weights | None = None,
        synonyms: Synonyms | None = None,
        executor: Executor = vector.run,
    ) -> None:
        self.weights = weights or Weights()
        self.synonyms = synonyms if synonyms is not None else council_synonyms()
        self._store = Store(Path(folder))
        self._executor = executor
        self._lock = threading.RLock()
        self._snapshot: Snapshot | None = None
        self._path: Path | None = None
        self._arrays: dict[str, SegmentArrays] = {}
        self._codes = {name: Codes() for name in FIELDS_OF_CODES}
        self._cache = TermCache()

    @classmethod
    def open(cls, folder: Path, weights: Weights | None = None, synonyms: Synonyms | None = None) -> "Index":
        """Open the index in a folder, or make an empty one. IndexBroken when it cannot be read."""
        index = cls(folder, weights, synonyms)
        index.refresh()
        return index

    # Changing

    def apply(self, adds: Iterable[Document] = (), removes: Iterable[str] = ()) -> bool:
        """Put documents in (in place of those with their keys) and take keys out, in one commit; whether to merge soon.

        May be repeated: the same call twice leaves the same index. Searches see it from the next call on, in
        this process and in others. IndexBusy when another writer does not let go; IndexBroken as for reading.
        """
        prepared = {document.key: fields_of(document) for document in adds}
        with _reading():
            return self._store.apply(prepared, removes, self._open_segment)

    def merge(self) -> bool:
        """Write small or wasted segments together; for the worker. True when something was merged."""
        with _reading():
            return self._store.merge(self._open_segment)

    def rebuild(
        self,
        documents: Iterable[Document],
        progress: Progress | None = None,
        catch_up: Callable[[], Changes] | None = None,
        processes: int = 1,
    ) -> int:
        """Index everything anew beside the index in use, then swap; searching goes on meanwhile.

        `progress` is told the number of documents so far. `catch_up` is asked just before the swap, with
        other writers held off, for (documents, removed keys) that changed since `documents` was read.
        Returns how many documents were written.
        """
        return self._store.rebuild(documents, progress, catch_up, processes)

    def move_aside(self) -> None:
        """Drop a broken index; the next call finds an empty one, which `rebuild` should replace."""
        with self._lock:
            self._store.move_aside()
            self._snapshot = None
            self._arrays.clear()

    # Reading

    def refresh(self) -> Snapshot:
        """The newest snapshot, from disk when it has changed. IndexBroken when it cannot be read."""
        with _reading():
            for attempt in range(ATTEMPTS):
                path = self._store.current()
                try:
                    generation = self._store.generation(path)
                    snapshot = self._snapshot
                    if snapshot is not None and snapshot.generation == generation and path == self._path:
                        return snapshot
                    with self._lock:
                        return self._read(path)
                except (FileNotFoundError, EmptyIndexError):  # a writer has just replaced it: look again
                    if attempt == ATTEMPTS - 1:
                        raise
                    time.sleep(0.02)
            raise IndexBroken("the index cannot be opened")

    def _read(self, path: Path) -> Snapshot:
        state = self._store.state(path)
        if (
            self._snapshot is not None
            and self._path == path
            and self._snapshot.generation >= state.generation
        ):
            return self._snapshot
        storage = FileStorage(str(path))
        parts = []
        for segment_state in state.segments:
            arrays = self._arrays.get(segment_state.segment_id())
            if arrays is None:
                arrays = SegmentArrays(Segment(storage, state.schema, segment_state), self._codes)
            parts.append((arrays, list(segment_state.deleted_docs())))
        kept = {arrays.segment.id: arrays for arrays, _ in parts}
        snapshot = Snapshot(state.generation, parts, self._codes, self._cache, (state.schema, state.segments))
        self._cache.forget(set(self._arrays) - set(kept))
        self._arrays, self._path, self._snapshot = kept, path, snapshot
        return snapshot

    def _open_segment(self, writer: Any, state: Any) -> Segment:
        """A segment that this process reads already, or a new reader of it."""
        arrays = self._arrays.get(state.segment_id())
        return arrays.segment if arrays is not None else Segment(writer.storage, writer.schema, state)

    def warm(self) -> None:
        """Read now what the first search, correction and completion would have to wait for."""
        snapshot = self.refresh()
        with _reading():
            spelling.tables(snapshot)
            suggesting.suggest(snapshot, "a", snapshot.live, self.weights, 1, _now(None))
            snapshot.prior(self.weights, _now(None))
            snapshot.serials(np.empty(0, np.int64))
            for segment in snapshot.segments:
                if segment.count:
                    segment.shown(0)  # so that where each text is stored is known

    def search(
        self,
        text: str,
        *,
        tokens: frozenset[str],
        kind: Choice = None,
        space: Choice = None,
        author: Choice = None,
        tag: Choice = None,
        year: Choice = None,
        sort: str = "relevance",
        offset: int = 0,
        limit: int = 10,
        now: datetime | None = None,
        weights: Weights | None = None,
        exclude: Collection[str] = (),
    ) -> Results:
        """Find what the viewer with these audience tokens may read.

        `kind`, `space` (id), `author` (id), `tag` and `year` take one value or several (any of them).
        `sort` is "relevance" or "date" (newest first). Blank text finds everything, newest first. Any text is
        answered. `exclude` names documents that count for nothing, as if they were not indexed: what changed
        since the index was last fed. IndexBroken when the index cannot be read.
        """
        began = time.perf_counter()
        snapshot = self.refresh()
        used = weights or self.weights
        with _reading():
            visible = _without(snapshot, snapshot.visible(frozenset(tokens)), exclude)
            found = Planner(snapshot, self.synonyms, used).plan(text)
            choices = {"kind": kind, "space": space, "author": author, "tag": tag, "year": year}
            chosen = facets.chosen_masks(
                snapshot, {name: _values(name, value) for name, value in choices.items() if value is not None}
            )
            mask, scores, relaxed = self._match(snapshot, found, visible, chosen, used)
            narrowed = mask
            for other in chosen.values():
                narrowed = narrowed & other
            offset, limit = max(0, offset), max(0, min(limit, MOST_WANTED))
            wanted = min(offset + limit, MOST_WANTED)
            moment = _now(now)
            if sort == "date" or (
                found.blank or (not found.words and not found.prefixes and not found.phrases)
            ):
                ranked = (
                    ranking.by_date(snapshot, narrowed, wanted)
                    if wanted
                    else ranking.by_date(snapshot, narrowed, 1)
                )
            else:
                ranked = ranking.by_relevance(snapshot, narrowed, scores, found, used, max(wanted, 1), moment)
            docs, values = ranked.docs[offset:wanted], ranked.scores[offset:wanted]
            total = int(np.count_nonzero(narrowed))
            return Results(
                total=total,
                hits=presenting.page(snapshot, docs, values, found),
                facets=facets.counts(snapshot, mask, chosen),
                did_you_mean=self._did_you_mean(snapshot, text, found, visible, total, relaxed),
                relaxed=relaxed,
                took=time.perf_counter() - began,
            )

    def ranking(
        self, text: str, *, tokens: frozenset[str], limit: int = 1_000, weights: Weights | None = None
    ) -> list[str]:
        """The keys of the best documents, and nothing else: for measuring, and for trying weights."""
        snapshot = self.refresh()
        used = weights or self.weights
        with _reading():
            found = Planner(snapshot, self.synonyms, used).plan(text)
            mask, scores, _ = self._match(snapshot, found, snapshot.visible(tokens), {}, used)
            ranked = ranking.by_relevance(snapshot, mask, scores, found, used, limit, _now(None))
            return [snapshot.key(document) for document in ranked.docs.tolist()]

    def _run(self, snapshot: Snapshot, match: Match, weights: Weights) -> tuple[Mask, Floats]:
        """Run a plan with NumPy, or with Whoosh's own searcher when NumPy's reader has a fault."""
        try:
            return self._executor(snapshot, match, weights)
        except (IndexBroken, OSError, MemoryError):
            raise
        except Exception:  # a damaged index fails below as well, and becomes IndexBroken
            log.exception("the fast reader failed; Whoosh's own searcher answers")
            return whoosh_search.run(snapshot, match, weights)

    def _match(
        self, snapshot: Snapshot, found: Plan, visible: Mask, chosen: dict[str, Mask], weights: Weights
    ) -> tuple[Mask, Floats, bool]:
        """Visible documents that match; with fewer words needed when nothing holds them all."""
        mask, scores = self._run(snapshot, found.match, weights)
        mask = mask & visible
        if found.wordy and weights.least_share:
            mask &= scores >= weights.least_share * scores[mask].max(initial=0)
        scores = self._with_feedback(snapshot, found, visible, mask, scores, weights)
        if found.wide is None or mask.any():
            return mask, scores, False
        mask, scores = self._run(snapshot, found.wide, weights)
        mask = mask & visible
        return mask, scores, bool(mask.any())

    def _with_feedback(
        self, snapshot: Snapshot, found: Plan, visible: Mask, mask: Mask, scores: Floats, weights: Weights
    ) -> Floats:
        """The scores with what words of the best answers add; as they are where a document holds all words asked for."""
        words = feedback.told_words(snapshot, found) if weights.feedback else ()
        if not words or (self._run(snapshot, All(words), weights)[0] & visible).any():
            return scores
        more = feedback.expansion(snapshot, mask, scores, weights)
        return scores if more is None else scores + self._run(snapshot, more, weights)[1]

    def _did_you_mean(
        self, snapshot: Snapshot, text: str, found: Plan, visible: Mask, total: int, relaxed: bool
    ) -> str | None:
        if not found.words or (total and not relaxed and len(found.words) > 3 and total > 20):
            return None
        corrections = spelling.correct(snapshot, found.words[:12], visible)
        return presenting.corrected(text, corrections) if corrections else None

    def suggest(
        self, prefix: str, tokens: frozenset[str], limit: int = 8, now: datetime | None = None
    ) -> list[Suggestion]:
        """Titles of visible documents with the typed words, the last as a beginning."""
        snapshot = self.refresh()
        with _reading():
            visible = snapshot.visible(frozenset(tokens))
            return suggesting.suggest(snapshot, prefix, visible, self.weights, limit, _now(now))

    def explain(
        self,
        text: str,
        key: str,
        tokens: frozenset[str],
        weights: Weights | None = None,
        now: datetime | None = None,
    ) -> Explanation:
        """Why a document ranks where it does for a viewer; not found for what the viewer may not see."""
        snapshot = self.refresh()
        used = weights or self.weights
        with _reading():
            visible = snapshot.visible(frozenset(tokens))
            document = snapshot.find(key)
            found = Planner(snapshot, self.synonyms, used).plan(text)
            mask, scores, _ = self._match(snapshot, found, visible, {}, used)
            if document is None or not mask[document]:
                return Explanation(key, False)
            return explaining.explain(snapshot, key, document, found, mask, scores, used, _now(now))

    def health(self) -> Health:
        """Numbers for the status page. IndexBroken when the index cannot be read."""
        snapshot = self.refresh()
        with _reading():
            path = self._store.current()
            size = sum(entry.stat().st_size for entry in path.iterdir() if entry.is_file())
            return Health(
                documents=snapshot.documents,
                deleted=snapshot.count - snapshot.documents,
                segments=len(snapshot.segments),
                generation=snapshot.generation,
                bytes=size,
            )

    def keys(self) -> Iterator[str]:
        """The keys of all documents in the index, for checking it against the database."""
        snapshot = self.refresh()
        with _reading():
            for base, segment in zip(snapshot.bases, snapshot.segments, strict=False):
                for term in segment.lexicon("key").terms:
                    key = term.decode()
                    if snapshot.live[base + segment.postings("key", key)[0]].any():
                        yield key


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever a damaged file makes Whoosh, NumPy or zlib raise becomes IndexBroken (a length gone wrong: MemoryError); a full disk does not."""
    try:
        yield
    except (IndexBroken, IndexBusy):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NOT_THE_INDEX:
            raise
        raise IndexBroken(f"{type(error).__name__}: {error}") from error


def _without(snapshot: Snapshot, visible: Mask, exclude: Collection[str]) -> Mask:
    """The mask without the excluded documents; the cached one itself where there is nothing to leave out."""
    gone = [document for key in exclude if (document := snapshot.find(key)) is not None]
    if gone:
        visible = visible.copy()
        visible[gone] = False
    return visible


def _now(now: datetime | None) -> int:
    return seconds(now or datetime.now(UTC))


def _values(name: str, value: str | int | Sequence[str | int]) -> tuple[str, ...]:
    values: Collection[str | int] = (value,) if isinstance(value, str | int) else value
    return tuple(fold(str(one)) if name == "tag" else str(one) for one in values)
