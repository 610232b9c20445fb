"""Writes Whoosh segments faster than Whoosh does: the same files, without its sort of single postings.

Whoosh's own writer pickles every posting to sort it and looks up a field length for each. Here a posting goes
straight to its term's arrays, documents come in order, and a term's blocks are written in one go. The formats
are W3's (whoosh/codec/whoosh3.py); Whoosh's reader reads what is written here, and a test compares the two.
"""

import pickle
import struct
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from operator import sub
from pathlib import Path
from typing import Any

from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC
from whoosh.index import FileIndex
from whoosh.writing import SegmentWriter

from hub.search.engine.documents import Document
from hub.search.engine.schema import Terms, fields_of
from hub.search.engine.storage import Folder

Progress = Callable[[int], None]

POSITIONAL_BLOCK = 128  # postings in a block of a field whose blocks are also read one by one …
BLOCK = 1024  # … and of fields that are read whole
PROTOCOL = 4  # Whoosh's own 2 writes bytes as a call of a codec, which is slow to read
WORTH_COMPRESSING = 150  # bytes
COMPRESSION = 3
_TERM_INFO = struct.Struct("!BfIBBfII")
_EXTENT = struct.Struct("!qi")
_INT = struct.Struct("!i")


class TermPool:
    """Postings of a segment that is being written: for each field and term, documents, weights and values."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[bytes, tuple[array[int], array[float], list[bytes]]]] = {}

    def add(self, item: tuple[str, bytes, int, float, bytes]) -> None:
        """One posting, as Whoosh's merging adds them; documents of a term come in ascending order."""
        field, text, document, weight, value = item
        self.terms(field, text, document, weight, value)

    def terms(self, field: str, text: bytes, document: int, weight: float, value: bytes) -> None:
        known = self.fields.setdefault(field, {})
        entry = known.get(text)
        if entry is None:
            known[text] = (array("I", (document,)), array("f", (weight,)), [value] if value else [])
            return
        entry[0].append(document)
        entry[1].append(weight)
        if value:
            entry[2].append(value)

    def cleanup(self) -> None:
        """Nothing is on disk."""
        self.fields.clear()


class BulkWriter(SegmentWriter):
    """A Whoosh segment writer with the pool above. Its caller sees to it that there is one, not Whoosh's own lock."""

    def __init__(self, folder: Folder, name: str) -> None:
        super().__init__(FileIndex(folder, indexname=name), _lk=False)
        self.pool = TermPool()

    def let_go(self) -> None:
        """End in whatever state: nothing more is committed, no file stays open.

        Whoosh's `cancel` first writes the segment to its end, which fails again where the disk is full. What it leaves in
        the folder, the next writer sweeps away.
        """
        self.is_closed = True
        self.pool.cleanup()
        self.storage.let_go()
        with suppress(OSError):
            self._tempstorage.destroy()

    def add_document(self, **fields: Any) -> None:
        """Add one document as `schema.fields_of` gives it."""
        self._check_state()
        number, writer, schema = self.docnum, self.perdocwriter, self.schema
        writer.start_doc(number)
        for name in sorted(fields):
            value, field = fields[name], schema[name]
            if isinstance(field, Terms):
                length = self._add_terms(name, field, value, number)
                if field.scorable:
                    writer.add_field(name, field, None, length)
            elif field.stored:
                writer.add_field(name, field, value, 0)
            else:
                writer.add_column_value(name, field.column_type, value)
        writer.finish_doc()
        self._added = True
        self.docnum += 1

    def _add_terms(self, name: str, field: Terms, value: Mapping[str, Any], number: int) -> int:
        known = self.pool.fields.setdefault(name, {})
        length = 0
        for term, held in value.items():
            text = term.encode()
            entry = known.get(text)
            if field.positional:
                count, places = len(held), array("I", held).tobytes()
                if entry is None:
                    known[text] = (array("I", (number,)), array("f", (count,)), [places])
                    continue
                entry[2].append(places)
            else:
                count = held
                length += count
                if entry is None:
                    known[text] = (array("I", (number,)), array("f", (count,)), [])
                    continue
            entry[0].append(number)
            entry[1].append(count)
        return length

    def _flush_segment(self) -> None:
        self.perdocwriter.close()
        writer = self.fieldwriter
        at = writer._postfile.tell()
        for name in sorted(self.pool.fields):
            field, terms = self.schema[name], self.pool.fields[name]
            writer.start_field(name, field)
            prefix = struct.pack("!H", writer._fieldid)
            positional = field.positional
            for text in sorted(terms):
                info, pieces = encode_postings(*terms[text], positional, at)
                for piece in pieces:
                    writer._postfile.write(piece)
                    at += len(piece)
                writer._tindex.add(prefix + text, info)
            writer.finish_field()
        writer.close()


def encode_postings(
    ids: "array[int]", weights: "array[float]", values: list[bytes], positional: bool, at: int
) -> tuple[bytes, list[bytes]]:
    """(term info, pieces of the posting file) of one term whose postings begin at a place in that file."""
    pieces = [WHOOSH3_HEADER_MAGIC]
    size, count = len(WHOOSH3_HEADER_MAGIC), len(ids)
    block = POSITIONAL_BLOCK if positional else BLOCK
    for first in range(0, count, block):
        last = min(first + block, count)
        header, body = _block(
            ids[first:last], weights[first:last], values[first:last] if positional else None
        )
        length = len(header) + len(body)
        pieces += (_INT.pack(-length if last == count else length), header, body)
        size += 4 + length
    total, heaviest = sum(weights), max(weights)
    info = _TERM_INFO.pack(0, total, count, 0, 0, heaviest, ids[0], ids[-1]) + _EXTENT.pack(at, size)
    return info, pieces


def _block(ids: "array[int]", weights: "array[float]", values: list[bytes] | None) -> tuple[bytes, bytes]:
    count, last, heaviest = len(ids), ids[-1], max(weights)
    shares: float | array[float] | None
    if heaviest == min(weights):
        shares = None if heaviest == 1.0 else heaviest
    else:
        shares = weights
    deltas = array("I", ids[:1])
    deltas.extend(map(sub, ids[1:], ids))
    body = pickle.dumps((deltas, shares, tuple(values) if values is not None else None), PROTOCOL)
    compression = COMPRESSION if len(body) >= WORTH_COMPRESSING else 0
    if compression:
        body = zlib.compress(body, compression)
    # The lengths by which Whoosh could skip blocks are left at nought: nothing here skips.
    return pickle.dumps((count, last, heaviest, compression, 0, 0), PROTOCOL), body


def write_segment(
    path: Path, name: str, documents: Iterable[Document], progress: Progress | None = None
) -> Any:
    """Write one new segment into a folder without committing it; returns Whoosh's segment object.

    `progress` is told the number of documents so far. Several processes may write into one folder.
    """
    writer = BulkWriter(Folder(path), name)
    try:
        for count, document in enumerate(documents, 1):
            writer.add_document(**fields_of(document))
            if progress is not None and count % 100 == 0:
                progress(count)
        return writer._finalize_segment()
    finally:
        writer.let_go()


def write_spooled(path: Path, name: str, spool: Path) -> Any:
    """As write_segment, for documents pickled one after the other into a file, which is then deleted."""

    def unpickled() -> Iterator[Document]:
        with spool.open("rb") as stream:
            while True:
                try:
                    yield pickle.load(stream)  # noqa: S301 - written by this process's parent a moment ago
                except EOFError:
                    return

    segment = write_segment(path, name, unpickled())
    spool.unlink()
    return segment
