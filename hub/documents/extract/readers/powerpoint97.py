"""PowerPoint presentations of 1997 to 2003 (PPT). Source of the layout: [MS-PPT] 2.1 and 2.4.

The stream is a heap of records; each save appends, so stale slides remain. The newest edit names the
directory of persistent objects, that names the document, and the document lists the slides in order.
"""

import struct
from collections.abc import Iterator
from typing import IO

import olefile

from .. import limits, words
from ..report import Refused, Report

_DOCUMENT_LIST, _SLIDE_PERSIST, _USER_EDIT, _PERSIST_DIRECTORY = 0x0FF0, 0x03F3, 0x0FF5, 0x1772
_TEXT_WIDE, _TEXT_NARROW = 0x0FA0, 0x0FA8
_MASTER, _HANDOUT = 0x103F8, 0x10FC9
_NOTES_ATOM = 0x03F1
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_EDITS = 1_000
_DEPTH = 40

_Record = tuple[int, int, int, int]
"""Type, instance, start of the content, end of the content."""


def read(file: IO[bytes], report: Report) -> None:
    """Text of each slide as "slide N"; without a usable list of slides, all text in the order of the file."""
    with olefile.OleFileIO(file) as ole:
        data: bytes = ole.openstream("PowerPoint Document").read(limits.PLAIN_BYTES * 8)
        user: bytes = ole.openstream("Current User").read(64) if ole.exists("Current User") else b""
        if ole.exists("_VBA_PROJECT_CUR") or any(path[-1] == "_VBA_PROJECT" for path in ole.listdir()):
            report.note(words.MACROS)
    if len(user) >= 20 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED_TOKEN:
        report.note(words.ENCRYPTED)
        raise Refused(words.LOCKED)
    slides = _slides(data, user)
    if slides:
        report.pages(len(slides))
        for number, texts in enumerate(slides, 1):
            report.passage("\n".join(texts), f"slide {number}")
    if not report.found:
        report.passage("\n".join(_texts(data, 0, len(data))))
    if not report.found:
        report.reason(words.NO_TEXT)


def _records(data: bytes, start: int, end: int) -> Iterator[_Record]:
    """Records between two offsets; a record that claims to reach further ends where its container ends."""
    while start + 8 <= end:
        head, kind, length = struct.unpack_from("<HHI", data, start)
        yield kind | (0x10000 if head & 0xF == 0xF else 0), head >> 4, start + 8, min(start + 8 + length, end)
        start += 8 + length


def _texts(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[str]:
    """All text of the records between two offsets and inside them, without the prompts of masters."""
    for kind, _instance, first, last in _records(data, start, end):
        if kind & 0x10000:
            if depth < _DEPTH and kind not in (_MASTER, _HANDOUT):
                yield from _texts(data, first, last, depth + 1)
        elif kind == _TEXT_WIDE:
            yield data[first:last].decode("utf-16-le", "replace")
        elif kind == _TEXT_NARROW:
            yield data[first:last].decode("cp1252", "replace")


def _slides(data: bytes, user: bytes) -> list[list[str]]:
    """Texts of each slide in the order of the show; empty when the way to them is broken."""
    places, document = _directory(data, user)
    if document not in places:
        return []
    slides: list[list[str]] = []
    numbers: dict[int, int] = {}
    for kind, instance, first, last in _inside(data, places[document]):
        if kind & 0xFFFF == _DOCUMENT_LIST and instance == 2:
            _add_notes(data, first, last, places, slides, numbers)
        if kind & 0xFFFF != _DOCUMENT_LIST or instance != 0:
            continue
        for inner, _instance, start, end in _records(data, first, last):
            if inner == _SLIDE_PERSIST and end - start >= 4:
                slides.append([])
                if end - start >= 16:
                    numbers[struct.unpack_from("<I", data, start + 12)[0]] = len(slides) - 1
                place = places.get(struct.unpack_from("<I", data, start)[0])
                if place is not None:
                    slides[-1] += _inside_texts(data, place)
            elif inner in (_TEXT_WIDE, _TEXT_NARROW) and slides:
                slides[-1].append(
                    data[start:end].decode("utf-16-le" if inner == _TEXT_WIDE else "cp1252", "replace")
                )
    return slides


def _add_notes(
    data: bytes,
    first: int,
    last: int,
    places: dict[int, int],
    slides: list[list[str]],
    numbers: dict[int, int],
) -> None:
    """Append the speaker's notes to the slides that they name by id."""
    for inner, _instance, start, end in _records(data, first, last):
        place = places.get(struct.unpack_from("<I", data, start)[0]) if end - start >= 4 else None
        if inner != _SLIDE_PERSIST or place is None or place + 20 > len(data):
            continue
        texts = list(_inside_texts(data, place))
        if struct.unpack_from("<H", data, place + 10)[0] == _NOTES_ATOM:
            number = numbers.get(struct.unpack_from("<I", data, place + 16)[0])
            if number is not None:
                slides[number] += texts


def _inside_texts(data: bytes, place: int) -> Iterator[str]:
    if place + 8 <= len(data):
        length = struct.unpack_from("<I", data, place + 4)[0]
        yield from _texts(data, place + 8, min(place + 8 + length, len(data)))


def _inside(data: bytes, place: int) -> Iterator[_Record]:
    if place + 8 <= len(data):
        length = struct.unpack_from("<I", data, place + 4)[0]
        yield from _records(data, place + 8, min(place + 8 + length, len(data)))


def _directory(data: bytes, user: bytes) -> tuple[dict[int, int], int]:
    """Offsets of persistent objects by id (the newest edit wins), and the id of the document."""
    places: dict[int, int] = {}
    document = 0
    if len(user) < 20:
        return places, document
    edit = struct.unpack_from("<I", user, 16)[0]
    seen: set[int] = set()
    while edit and edit not in seen and len(seen) < _EDITS and edit + 36 <= len(data):
        seen.add(edit)
        if struct.unpack_from("<H", data, edit + 2)[0] != _USER_EDIT:
            break
        before, directory, reference = struct.unpack_from("<III", data, edit + 16)
        document = document or reference
        _take_directory(data, directory, places)
        edit = before
    return places, document


def _take_directory(data: bytes, at: int, places: dict[int, int]) -> None:
    if at + 8 > len(data) or struct.unpack_from("<H", data, at + 2)[0] != _PERSIST_DIRECTORY:
        return
    end = min(at + 8 + struct.unpack_from("<I", data, at + 4)[0], len(data))
    at += 8
    while at + 4 <= end:
        head = struct.unpack_from("<I", data, at)[0]
        first, count = head & 0xFFFFF, head >> 20
        at += 4
        for index in range(min(count, (end - at) // 4)):
            places.setdefault(first + index, struct.unpack_from("<I", data, at + 4 * index)[0])
        at += 4 * count
