"""The index on disk: a folder of generations' folders, a pointer to the one in use, and one writer at a time.

A change is one Whoosh commit without merging: a killed writer leaves the commit before it, and its lock goes
with its process. A rebuild writes a folder beside and moves the pointer, which is one rename.
"""

import fcntl
import multiprocessing
import os
import pickle
import secrets
import shutil
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)  # Whoosh 2.7.4 is older than these warnings
    from whoosh.index import TOC

from hub.search.engine.documents import Document, IndexBroken
from hub.search.engine.schema import fields_of, make_schema
from hub.search.engine.segment import Segment
from hub.search.engine.storage import folder
from hub.search.engine.writing import BulkWriter, Progress, write_segment, write_spooled

NAME = "hub"
POINTER = "current"
MOST_SEGMENTS = 8
CROWD = 24
"""Segments above which a merge should not wait for its hour: each new process opens them all."""
WASTE = 0.4  # a segment with this share of deleted documents is written anew at the next merge
SEGMENT_DOCUMENTS = 25_000  # in one segment of a rebuilt index: some 200 MB while it is written
LOCK_SECONDS = 30.0
DURABLE = True
"""Whether a commit waits for the disk, which only the test suite does without: Whoosh itself never does."""

Changes = tuple[Iterable[Document], Iterable[str]]


class IndexBusy(Exception):
    """Another writer holds the index for longer than a writer should wait."""


class Store:
    """The files of one index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def current(self) -> Path:
        """The folder in use; made, empty, when there is none."""
        name = self._pointed()
        if name is None:
            with self.locked("writing"):
                name = self._pointed()
                if name is None:
                    name = self._create()
                    self._point(name)
        return self.folder / name

    def _pointed(self) -> str | None:
        try:
            name = (self.folder / POINTER).read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexBroken("the pointer to the index cannot be read") from error
        if not name.isalnum():
            raise IndexBroken("the pointer to the index is damaged")
        return name

    def _create(self) -> str:
        name = f"{int(time.time()):x}{secrets.token_hex(4)}"
        path = self.folder / name
        path.mkdir(mode=0o700)
        with folder(path) as storage:
            TOC.create(storage, make_schema(), NAME)
        return name

    def _point(self, name: str) -> None:
        temporary = self.folder / f"{POINTER}.{secrets.token_hex(4)}"
        with temporary.open("w", encoding="ascii") as stream:
            stream.write(name)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(self.folder / POINTER)
        _sync(self.folder, ())

    @contextmanager
    def locked(self, name: str, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold a lock between processes; it falls away with the process. IndexBusy after `seconds`."""
        handle = os.open(self.folder / f"{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            until = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise IndexBusy(f"waited {seconds:.0f} s for the index") from None
                    time.sleep(0.005)
            yield
        finally:
            os.close(handle)

    def state(self, path: Path) -> Any:
        """Whoosh's table of contents of a folder: schema, segments, generation."""
        with folder(path) as storage:
            return TOC.read(storage, NAME)

    def generation(self, path: Path) -> int:
        """The newest generation in a folder; -1 for none."""
        newest = -1
        start = f"_{NAME}_"
        for name in os.listdir(path):  # noqa: PTH208 - looked at in each search, three times as fast
            if name.startswith(start) and name.endswith(".toc"):
                number = name[len(start) : -4]
                if number.isdecimal():
                    newest = max(newest, int(number))
        return newest

    @contextmanager
    def writer(self, path: Path) -> Iterator[BulkWriter]:
        """A writer that commits without merging, or gives up when anything fails. What it wrote is on the disk afterwards.

        Otherwise a power cut could leave the index of a while ago, whole and readable, when it is long on record that what
        came later has been taken in: nobody would find it again.
        """
        before = set(os.listdir(path))  # noqa: PTH208 - names only
        with folder(path) as storage:
            writer = BulkWriter(storage, NAME)
            try:
                yield writer
                if not writer.is_closed:
                    writer.commit(merge=False)
            finally:
                writer.let_go()
        _sync(path, set(os.listdir(path)) - before)  # noqa: PTH208 - names only

    def apply(
        self, adds: dict[str, Any], removes: Iterable[str], opened: Callable[[Any, Any], Segment]
    ) -> bool:
        """Put documents (as {key: fields}) in place of those with their keys, and take keys out, at once.

        True when there are now so many small segments that they should be merged soon.
        """
        keys = {*removes, *adds}
        if not keys:
            return False
        with self.locked("writing"):
            path = self.current()
            self._sweep(path)
            with self.writer(path) as writer:
                for state in writer.segments:
                    segment = opened(writer, state)
                    for key in keys:
                        for number in segment.postings("key", key)[0].tolist():
                            if not state.is_deleted(number):
                                state.delete_document(number)
                for fields in adds.values():
                    writer.add_document(**fields)
                crowd = len(writer.segments) >= CROWD
        return crowd

    def merge(self, opened: Callable[[Any, Any], Segment], most: int = MOST_SEGMENTS) -> bool:
        """Write small or wasted segments together when there are too many; True when something was done."""
        with self.locked("writing"):
            path = self.current()
            self._sweep(path)
            return self._merge(path, opened, most)

    def _merge(self, path: Path, opened: Callable[[Any, Any], Segment], most: int) -> bool:
        chosen = _to_merge(self.state(path).segments, most)
        if not chosen:
            return False

        def policy(writer: Any, segments: list[Any]) -> list[Any]:
            for state in segments:
                if state.segment_id() in chosen:
                    writer.add_reader(opened(writer, state).whoosh_reader(state, writer.schema))
            return [state for state in segments if state.segment_id() not in chosen]

        with self.writer(path) as writer:
            writer.commit(mergetype=policy)
        return True

    def rebuild(
        self,
        documents: Iterable[Document],
        progress: Progress | None = None,
        catch_up: Callable[[], Changes] | None = None,
        processes: int = 1,
    ) -> int:
        """Build a new folder beside the one in use, then swap. Returns the number of documents.

        `catch_up` is asked, with writers held off, for what changed since the documents were read.
        """
        with self.locked("rebuilding"):
            self.sweep_folders()
            name = self._create()
            path = self.folder / name
            counted = _Counted(documents, progress)
            try:
                build = self._build_together if processes > 1 else self._build
                segments = build(path, counted, processes)
                with folder(path) as storage:
                    TOC(make_schema(), segments, 1).write(storage, NAME)
                (path / f"_{NAME}_0.toc").unlink()
                with self.locked("writing"):
                    if catch_up is not None:
                        adds, removes = catch_up()
                        self._catch_up(path, adds, removes)
                    _sync(path, os.listdir(path))  # noqa: PTH208 - names only
                    self._point(name)
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
            self.sweep_folders()
            if progress is not None:
                progress(counted.count)
            return counted.count

    def _build(self, path: Path, documents: "_Counted", processes: int) -> list[Any]:
        segments: list[Any] = []
        while not documents.finished:
            segment = write_segment(path, NAME, islice(documents, SEGMENT_DOCUMENTS))
            if segment.doc_count_all():
                segments.append(segment)
        return segments

    def _build_together(self, path: Path, documents: "_Counted", processes: int) -> list[Any]:
        """One segment a time in each process; documents go there through files."""
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            running: list[Future[Any]] = []
            while not documents.finished:
                spools = [path / f"{secrets.token_hex(8)}.spool" for _ in range(processes)]
                with ExitStack() as stack:
                    streams = [stack.enter_context(spool.open("wb")) for spool in spools]
                    for number, document in enumerate(islice(documents, SEGMENT_DOCUMENTS * processes)):
                        pickle.dump(document, streams[number % processes], 5)
                running += [pool.submit(write_spooled, path, NAME, spool) for spool in spools]
            segments = [future.result() for future in running]
        return [segment for segment in segments if segment.doc_count_all()]

    def _catch_up(self, path: Path, adds: Iterable[Document], removes: Iterable[str]) -> None:
        documents = {document.key: document for document in adds}
        keys = {*removes, *documents}
        if not keys:
            return
        with self.writer(path) as writer:
            for state in writer.segments:
                segment = Segment(writer.storage, writer.schema, state)
                for key in keys:
                    for number in segment.postings("key", key)[0].tolist():
                        state.delete_document(number)
            for document in documents.values():
                writer.add_document(**fields_of(document))

    def move_aside(self) -> None:
        """Take a broken index out of use: what comes next is a new, empty one."""
        with self.locked("writing"):
            (self.folder / POINTER).unlink(missing_ok=True)

    def sweep_folders(self) -> None:
        """Delete folders that nothing points to; readers keep what they have mapped."""
        try:
            pointed = self._pointed()
        except IndexBroken:
            pointed = None
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != pointed and path.name.isalnum():
                shutil.rmtree(path, ignore_errors=True)

    def _sweep(self, path: Path) -> None:
        """Delete what a killed writer left (its lock is ours now)."""
        wanted = {state.segment_id() for state in self.state(path).segments}
        for entry in path.iterdir():
            segment = entry.name.startswith(f"{NAME}_") and entry.name.split(".")[0] not in wanted
            unfinished = entry.name.startswith(f"_{NAME}_") and not entry.name.endswith(".toc")
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif segment or unfinished:
                entry.unlink(missing_ok=True)


def _sync(path: Path, names: Iterable[str]) -> None:
    """Has these files of a folder, and then the folder itself, on the disk."""
    if not DURABLE:
        return
    for file in (*(path / name for name in names), path):
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _Counted:
    """Documents one by one, each key once, counted; `finished` when there are no more."""

    def __init__(self, documents: Iterable[Document], progress: Progress | None) -> None:
        self._documents = iter(documents)
        self._progress = progress
        self._seen: set[str] = set()
        self.count = 0
        self.finished = False

    def __iter__(self) -> Iterator[Document]:
        return self

    def __next__(self) -> Document:
        for document in self._documents:
            if document.key not in self._seen:
                self._seen.add(document.key)
                self.count += 1
                if self._progress is not None and self.count % 100 == 0:
                    self._progress(self.count)
                return document
        self.finished = True
        raise StopIteration


def _to_merge(segments: list[Any], most: int) -> set[str]:
    """Which segments to write together: the wasted ones, and the smallest when there are too many."""
    wasted = [state for state in segments if state.deleted_count() > WASTE * state.doc_count_all()]
    chosen = {state.segment_id() for state in wasted}
    rest = sorted(
        (state for state in segments if state not in wasted), key=lambda state: int(state.doc_count_all())
    )
    if len(rest) + bool(chosen) > most:
        total = 0
        for place, state in enumerate(rest):
            # Stop before a segment that is much larger than all the smaller ones together.
            if place > 2 and state.doc_count_all() > 3 * total and len(rest) - place <= most // 2:
                break
            chosen.add(state.segment_id())
            total += int(state.doc_count_all())
    return chosen
