"""Word documents of 1993 to 2003 (DOC). Source of the layout: [MS-DOC] 2.4.1 (pieces), 2.5 (FIB); Word 6
likewise.

The text is scattered over the file; a table of pieces tells the order, and for each piece where it lies and
whether its characters take one byte (cp1252) or two (UTF-16).
"""

import re
import struct
from typing import IO

import olefile

from .. import limits, words
from ..report import Refused, Report
from ..result import MAX_TEXT

_ENCRYPTED, _TABLE_1, _COMPLEX = 0x0100, 0x0200, 0x0004
_WORD_97 = 105
_CHARACTERS = {0x07: "\t", 0x0B: "\n", 0x0C: "\n", 0x0D: "\n", 0x1E: "-", 0x1F: "", 0xA0: " "}
_FIELD = re.compile("\x13[^\x13\x14\x15]{0,4000}\x14?|[\x14\x15]")


def read(file: IO[bytes], report: Report) -> None:
    """The text in reading order: body, footnotes, headers, comments, text boxes as they follow each other."""
    with olefile.OleFileIO(file) as ole:
        main: bytes = ole.openstream("WordDocument").read(limits.PLAIN_BYTES * 4)
        if len(main) < 0x60:
            raise Refused(words.DAMAGED)
        version, flags = struct.unpack_from("<H", main, 2)[0], struct.unpack_from("<H", main, 10)[0]
        _labels(ole, report)
        if flags & _ENCRYPTED:
            report.note(words.ENCRYPTED)
            raise Refused(words.LOCKED)
        if version < _WORD_97:
            pieces = _old_pieces(main, flags)
        else:
            name = "1Table" if flags & _TABLE_1 else "0Table"
            table: bytes = ole.openstream(name).read(limits.PLAIN_BYTES) if ole.exists(name) else b""
            pieces = _pieces(main, table)
    text = _shown("".join(_piece_text(main, piece) for piece in pieces))
    report.passage(text)
    if not pieces:
        report.reason(words.DAMAGED)


def _labels(ole: olefile.OleFileIO, report: Report) -> None:
    for path in ole.listdir(streams=True, storages=True):
        top = path[0].lower()
        if top == "macros" or path[-1].lower() == "_vba_project":
            report.note(words.MACROS)
        elif top == "objectpool" and len(path) > 1:
            report.note(words.EMBEDDED)


_Piece = tuple[int, int, bool]
"""Offset in the main stream, number of bytes, whether one byte is a character."""


def _pieces(main: bytes, table: bytes) -> list[_Piece]:
    """Pieces of Word 97 to 2003; without a usable table the one run of text that the header claims."""
    if len(main) < 0x1AA:
        return []
    start, length = struct.unpack_from("<II", main, 0x1A2)
    found = _piece_table(table[start : start + length], wide=True)
    if found:
        return found
    first, last = struct.unpack_from("<II", main, 0x18)
    return [(first, max(0, min(last, len(main)) - first), True)] if last > first else []


def _old_pieces(main: bytes, flags: int) -> list[_Piece]:
    """Pieces of Word 6 and 95, whose table lies in the main stream and whose characters all take one byte."""
    if flags & _COMPLEX and len(main) >= 0x168:
        start, length = struct.unpack_from("<II", main, 0x160)
        found = _piece_table(main[start : start + length], wide=False)
        if found:
            return found
    first, last = struct.unpack_from("<II", main, 0x18)
    return [(first, max(0, min(last, len(main)) - first), True)]


def _piece_table(data: bytes, wide: bool) -> list[_Piece]:
    """Parse the CLX: property runs (type 1) are passed over, then the table of pieces (type 2) is taken."""
    at = 0
    while at + 3 <= len(data) and data[at] == 1:
        at += 3 + struct.unpack_from("<H", data, at + 1)[0]
    if at + 5 > len(data) or data[at] != 2:
        return []
    length = struct.unpack_from("<I", data, at + 1)[0]
    table = data[at + 5 : at + 5 + length]
    count = (len(table) - 4) // 12
    if count < 1:
        return []
    places = struct.unpack_from(f"<{count + 1}I", table)
    pieces: list[_Piece] = []
    total = 0
    for index in range(count):
        characters = places[index + 1] - places[index]
        offset = struct.unpack_from("<I", table, (count + 1) * 4 + index * 8 + 2)[0]
        if characters <= 0 or total > MAX_TEXT:
            continue
        total += characters
        if not wide:
            pieces.append((offset, characters, True))
        elif offset & 0x40000000:
            pieces.append(((offset & 0x3FFFFFFF) // 2, characters, True))
        else:
            pieces.append((offset & 0x3FFFFFFF, characters * 2, False))
    return pieces


def _piece_text(main: bytes, piece: _Piece) -> str:
    start, length, narrow = piece
    data = main[start : start + length]
    return data.decode("cp1252", "replace") if narrow else data.decode("utf-16-le", "replace")


def _shown(text: str) -> str:
    """Field codes cut (their results stay), marks of cells, lines and pages turned into white space."""
    for _depth in range(4):
        shorter = _FIELD.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text.replace("\x07\x07", "\n").translate(_CHARACTERS)
