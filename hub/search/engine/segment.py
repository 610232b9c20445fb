"""One Whoosh segment, read with NumPy: postings, positions, columns and the list of terms.

Whoosh 2.7.4 writes and owns these files; this module reads them straight from the mapped file, whole
blocks at a time, and shares nothing that moves (no file positions), so threads may read together.
"""

import io
import os
import pickle
import re
import struct
import weakref
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC
from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import BufferFile
from whoosh.reading import SegmentReader
from whoosh.util.numeric import byte_to_length

from hub.search.engine.documents import IndexBroken

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

EXTENTS_KEPT = 10_000
NO_DOCS: Ints = np.empty(0, np.int32)
NO_WEIGHTS: Floats = np.empty(0, np.float32)
NO_PLACES: NDArray[np.int64] = np.empty(0, np.int64)
_TERM_INFO = struct.Struct("!BfIBBfII")
_EXTENT = struct.Struct("!qi")
_FIRST_DOCUMENT = 15  # where a term's information holds the first document that has it
_NUMBER = re.compile(rb"[0-9]{1,15}$")
_LENGTHS = np.array([byte_to_length(byte) for byte in range(256)], np.float32)


class _Part:
    """A part of an open file, read by place, so that threads may share it and nothing stays in memory."""

    def __init__(self, handle: int, offset: int, length: int) -> None:
        self._handle = handle
        self._offset = offset
        self.length = length

    def read(self, at: int, length: int) -> bytes:
        return os.pread(self._handle, max(0, min(length, self.length - at)), self._offset + at)


class _Stream:
    """A part as a stream with a place of its own; Whoosh's slow path needs one."""

    def __init__(self, part: _Part) -> None:
        self._part = part
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        data = self._part.read(self._at, self._part.length if size < 0 else size)
        self._at += len(data)
        return data

    def readline(self) -> bytes:
        line = b""
        while char := self.read(1):
            line += char
            if char == b"\n":
                break
        return line

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._part.length)[whence]
        return self._at

    def tell(self) -> int:
        return self._at


class _PartFile(BufferFile):
    """Whoosh's buffer file without its private copy of the whole index."""

    def __init__(self, part: _Part, name: str) -> None:
        self.part = part
        self._name = name
        self.file = _Stream(part)
        self.onclose = None
        self.is_real = False
        self.is_closed = False

    def get(self, position: int, length: int) -> bytes:
        return self.part.read(position, length)


class _SegmentFiles(CompoundStorage):
    """The files inside one compound segment file, opened once."""

    def __init__(self, storage: Any, name: str) -> None:
        opened = storage.open_file(name)
        try:
            super().__init__(opened, use_mmap=False)
            self._handle = os.dup(opened.fileno())
            weakref.finalize(self, os.close, self._handle)
        finally:
            opened.close()
            self._file = None

    def part(self, name: str) -> _Part:
        offset, length = self.range(name)
        return _Part(self._handle, offset, length)

    def open_file(self, name: str, *_: object, **__: object) -> _PartFile:
        return _PartFile(self.part(name), name)


class PartReader(SegmentReader):
    """Whoosh's own reader over the same files; the slow path and merges use it."""

    def __init__(self, files: _SegmentFiles, schema: Any, segment: Any) -> None:
        self.schema = schema
        self.is_closed = False
        self._segment = segment
        self._segid = segment.segment_id()
        self._gen = None
        self._storage = files
        self._codec = segment.codec()
        self._terms = self._codec.terms_reader(files, segment)
        self._perdoc = self._codec.per_document_reader(files, segment)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The terms of one field in byte order, with the number of documents that hold each.

    A tuple of bytes is nothing that Python's garbage collector walks through; a list is.
    """

    terms: tuple[bytes, ...]
    frequencies: NDArray[np.uint32]

    def frequency(self, word: str) -> int:
        """How many documents hold a word, deleted ones included."""
        term = word.encode()
        place = bisect_left(self.terms, term)
        known = place < len(self.terms) and self.terms[place] == term
        return int(self.frequencies[place]) if known else 0


class Segment:
    """A committed segment; its documents never change, only which of them are deleted (kept elsewhere)."""

    def __init__(self, storage: Any, schema: Any, segment: Any) -> None:
        self.id: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self._whoosh_segment = segment
        name = segment.make_filename(segment.COMPOUND_EXT)
        self._files = _SegmentFiles(storage, name)
        self._reader = PartReader(self._files, schema, segment)
        self._terms = self._reader._terms
        self._fields: dict[str, int] = self._terms._fieldmap
        self._posts = self._files.part(segment.make_filename(segment.codec().POSTS_EXT))
        self.field_length: Callable[[str], int] = lambda name: segment._fieldlengths.get(name, 0)
        self._columns: dict[str, NDArray[Any]] = {}
        self._lexicons: dict[str, Lexicon] = {}
        self._extents: dict[tuple[str, str], tuple[int, int, int] | None] = {}
        self.memo: dict[str, Any] = {}  # what spelling and suggestions work out once for this segment

    def whoosh_reader(self, segment: Any, schema: Any) -> PartReader:
        """A Whoosh reader with the deletions of the given (newer) state of this segment."""
        return PartReader(self._files, schema, segment)

    def _extent(self, field: str, term: str) -> tuple[int, int, int] | None:
        """(documents, place, size) of a term's postings; None for an unknown term."""
        key = (field, term)
        try:
            return self._extents[key]
        except KeyError:
            found = self._find_extent(field, term)
        if len(self._extents) >= EXTENTS_KEPT:
            self._extents.clear()
        self._extents[key] = found
        return found

    def _find_extent(self, field: str, term: str) -> tuple[int, int, int] | None:
        number = self._fields.get(field)
        if number is None:
            return None
        for position, length in self._terms._tindex.ranges_for_key(struct.pack("!H", number) + term.encode()):
            data = self._terms._tindex.dbfile.get(position, length)
            info = _TERM_INFO.unpack_from(data)
            if info[0]:
                raise IndexBroken("unexpected inlined postings")
            offset, size = _EXTENT.unpack_from(data, _TERM_INFO.size)
            return info[2], offset, size
        return None

    def frequency(self, field: str, term: str) -> int:
        """How many documents hold the term, deleted ones included."""
        extent = self._extent(field, term)
        return extent[0] if extent else 0

    def postings(self, field: str, term: str) -> tuple[Ints, Floats]:
        """Documents (ascending, local numbers, deleted ones included) and how often each holds the term."""
        extent = self._extent(field, term)
        if extent is None:
            return NO_DOCS, NO_WEIGHTS
        count, offset, size = extent
        docs, weights = read_postings(self._posts.read(offset, size))
        if len(docs) != count or len(weights) != count:
            raise IndexBroken(f"postings of {field}:{term} are short")
        return docs, weights

    def positions(self, field: str, term: str) -> NDArray[np.int64]:
        """Where the term stands: ascending document << 32 | position."""
        extent = self._extent(field, term)
        if extent is None:
            return NO_PLACES
        data = self._posts.read(extent[1], extent[2])
        read = (read_block(data[first:behind], squeezed) for first, behind, _, squeezed in blocks(data))
        return np.concatenate([read_positions(docs, values) for docs, _, values in read])

    def position_blocks(self, field: str, term: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The blocks of a positional list: last document of each, and (place, length, compression) rows."""
        extent = self._extent(field, term)
        if extent is None:
            return NO_PLACES, np.empty((0, 3), np.int64)
        _, offset, size = extent
        found = list(blocks(self._posts.read(offset, size)))
        rows = [(offset + first, behind - first, squeezed) for first, behind, _, squeezed in found]
        return np.array([last for _, _, last, _ in found], np.int64), np.array(rows, np.int64)

    def position_block(self, place: int, length: int, compression: int) -> NDArray[np.int64]:
        """The places in one block of those that position_blocks lists."""
        docs, _, values = read_block(self._posts.read(place, length), compression)
        return read_positions(docs, values)

    def column(self, name: str, kind: str) -> NDArray[Any]:
        """A numeric column as an array of `count` values; `kind` is NumPy's name of the stored type."""
        if name not in self._columns:
            values = np.zeros(self.count, kind)
            filename = self._whoosh_segment.codec().column_filename(self._whoosh_segment, name)
            if self._files.file_exists(filename):
                part = self._files.part(filename)
                stored = np.frombuffer(part.read(0, part.length), np.dtype(kind).newbyteorder(">"))
                values[: len(stored)] = stored[: self.count]
            self._columns[name] = values
        return self._columns[name]

    def lengths(self, field: str, docs: Ints) -> Floats:
        """Terms in the field of these documents, as Whoosh rounds them to one byte."""
        lengths: Floats = _LENGTHS[self.column(f"_{field}_len", "u1")[docs]]
        return lengths

    def lexicon(self, field: str) -> Lexicon:
        """All terms of a field. Read once for each segment: about a microsecond a term."""
        if field not in self._lexicons:
            self._lexicons[field] = self._read_lexicon(field)
        return self._lexicons[field]

    def _read_lexicon(self, field: str) -> Lexicon:
        terms: list[bytes] = []
        frequencies: list[int] = []
        for term, count, _ in self._lexicon(field):
            terms.append(term)
            frequencies.append(count)
        return Lexicon(tuple(terms), np.array(frequencies, np.uint32))

    def _lexicon(self, field: str) -> Iterator[tuple[bytes, int, int]]:
        """Each term of a field with the number of documents that hold it and the first of them."""
        number = self._fields.get(field)
        if number is not None:
            tindex = self._terms._tindex
            prefix = struct.pack("!H", number)
            at = tindex.closest_key_pos(prefix)
            following = tindex.closest_key_pos(struct.pack("!H", number + 1))
            first, end = at or 0, following if following is not None else tindex.endofdata
            view = tindex.dbfile.get(first, end - first)
            at, end = (None if at is None else 0), end - first
            unpack = struct.Struct("!ii").unpack_from
            number_at = struct.Struct("!I").unpack_from
            while at is not None and at < end:
                key_length, data_length = unpack(view, at)
                key = bytes(view[at + 8 : at + 8 + key_length])
                if key[:2] != prefix:
                    break
                info = at + 8 + key_length
                yield key[2:], number_at(view, info + 5)[0], number_at(view, info + _FIRST_DOCUMENT)[0]
                at = info + data_length

    @property
    def serials(self) -> NDArray[np.int64]:
        """For each document a number from its key alone, higher for a higher number at the key's end.

        Where else a document stands (its segment, its place there) changes with what is written beside it.
        """
        known = self.memo.get("serials")
        if known is None:
            known = np.zeros(self.count, np.int64)
            for key, _, document in self._lexicon("key"):
                known[document] = _serial(key)
            self.memo["serials"] = known
        serials: NDArray[np.int64] = known
        return serials

    def shown(self, number: int) -> tuple[str, str, str, str, list[tuple[str, str]]]:
        """What was stored of a document: key, title, body, comments, attachments."""
        stored = self._reader._perdoc.stored_fields(number)
        shown: tuple[str, str, str, str, list[tuple[str, str]]] = stored["shown"]
        return shown


def _serial(key: bytes) -> int:
    """The number at the end of a key, or one made from all of it; then a mark of what stands before."""
    number = _NUMBER.search(key)
    if number is None:
        return zlib.crc32(key)
    return int(number.group()) << 12 | zlib.crc32(key[: number.start()]) & 0xFFF


def blocks(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(first byte, byte behind, last document, compression) of each block of a posting list.

    The format is Whoosh's W3 (whoosh/codec/whoosh3.py): a four-byte magic, then for each block its length
    (negative for the last), a pickled header (count, last document, …, compression) and a pickle, compressed
    or not, of (differences of documents, weights, values).
    """
    if data[:4] != WHOOSH3_HEADER_MAGIC:
        raise IndexBroken("postings without their mark")
    stream = io.BytesIO(data)
    at, end, load, tell = 4, False, pickle.load, stream.tell
    while not end:
        length = int.from_bytes(data[at : at + 4], "big", signed=True)
        end, length = length < 0, abs(length)
        stream.seek(at + 4)
        _, last, _, compression, _, _ = load(stream)
        following = at + 4 + length
        if not length or following > len(data):
            raise IndexBroken("a block of postings is cut short")
        yield tell(), following, last, compression
        at = following


def read_block(data: bytes, compression: int) -> tuple[NDArray[np.int64], Any, Any]:
    """Documents, weights (None for all one, a number for all equal, or an array) and values of a block."""
    deltas, weights, values = _unpacked(data, compression)
    return np.cumsum(np.asarray(deltas), dtype=np.int64), weights, values


def _unpacked(data: bytes, compression: int) -> Any:
    return pickle.loads(zlib.decompress(data) if compression else data)  # noqa: S301 - our own index


def read_postings(data: bytes) -> tuple[Ints, Floats]:
    """All documents of a posting list and their weights. Sums run over all blocks at once: most blocks are small."""
    steps: list[Any] = []
    shares: list[Any] = []
    lasts: list[int] = []
    for first, behind, last, compression in blocks(data):
        deltas, weights, _ = _unpacked(data[first:behind], compression)
        steps.append(np.asarray(deltas))
        shares.append(1.0 if weights is None else weights)
        lasts.append(last)
    sizes = [len(one) for one in steps]
    docs = np.concatenate(steps).astype(np.int64)
    if len(steps) > 1:
        docs[np.cumsum(sizes[:-1])] -= lasts[:-1]  # each block begins with a document's own number
    if all(isinstance(share, float) for share in shares):
        weighed = np.repeat(np.array(shares, np.float32), sizes)
    else:
        weighed = np.concatenate(
            [
                np.full(size, share, np.float32)
                if isinstance(share, float)
                else np.asarray(share, np.float32)
                for share, size in zip(shares, sizes, strict=True)
            ]
        )
    return np.cumsum(docs).astype(np.int32), weighed


def read_positions(docs: NDArray[np.int64], values: Sequence[bytes]) -> NDArray[np.int64]:
    """Documents and their packed positions as ascending document << 32 | position."""
    counts = np.fromiter(map(len, values), np.int64, len(values)) // 4
    places = np.frombuffer(b"".join(values), np.uint32).astype(np.int64)
    return (np.repeat(docs, counts) << 32) | places
