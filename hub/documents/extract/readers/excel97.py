"""Excel workbooks of 1990 to 2003 (XLS): a stream of records. Source of the layout: [MS-XLS] 2.3 to 2.5.

What of a cell is text is decided as in `workbook`.
"""

import struct
from collections.abc import Iterator
from typing import IO

import olefile

from .. import limits, words
from ..report import Refused, Report
from ..result import MAX_TEXT

_BOF = frozenset((0x0009, 0x0209, 0x0409, 0x0809))
_EOF, _CONTINUE, _SHEET, _PASSWORD, _CODE_PAGE = 0x000A, 0x003C, 0x0085, 0x002F, 0x0042
_SHARED, _SHARED_CELL = 0x00FC, 0x00FD
_LABEL, _RICH_LABEL, _FORMULA_TEXT, _TEXT_BOX = 0x0204, 0x00D6, 0x0207, 0x01B6
_NUMBER, _SMALL, _SMALLS = 0x0203, 0x027E, 0x00BD
_BIFF8 = 0x0600
_LEAST_NUMBER, _MOST_NUMBER = 100_000, 10**19


def read(file: IO[bytes], report: Report) -> None:
    """Hand on each sheet's text cells as "sheet NAME"."""
    file.seek(0)
    if file.read(8) != olefile.MAGIC:
        file.seek(0)
        data = file.read(limits.PLAIN_BYTES * 4)
    else:
        with olefile.OleFileIO(file) as ole:
            name = next((found for found in ("Workbook", "Book") if ole.exists(found)), None)
            if name is None:
                raise Refused(words.DAMAGED)
            data = ole.openstream(name).read(limits.PLAIN_BYTES * 4)
            if ole.exists("_VBA_PROJECT_CUR") or ole.exists("_VBA_PROJECT"):
                report.note(words.MACROS)
            if any(path[0].startswith(("MBD", "LNK")) for path in ole.listdir(storages=True)):
                report.note(words.EMBEDDED)
    _Workbook(data, report).read()


class _Workbook:
    """One pass over the records."""

    def __init__(self, data: bytes, report: Report) -> None:
        self.data = data
        self.report = report
        self.version = 0
        self.encoding = "cp1252"
        self.sheets: dict[int, str] = {}
        self.shared: list[str] = []
        self.cells: list[str] = []
        self.row = -1
        self.place = ""
        self.depth = 0

    def read(self) -> None:
        """Hand on what is found; raises `Refused` at a password."""
        for start, kind, body, more in self._records():
            if kind in _BOF:
                self._begin(start, body)
            elif kind == _EOF:
                self.depth = max(0, self.depth - 1)
                if self.depth == 0:
                    self._flush()
            elif kind == _PASSWORD and len(body) >= 2:
                self.report.note(words.ENCRYPTED)
                raise Refused(words.LOCKED)
            elif kind == _CODE_PAGE and len(body) >= 2:
                self._code_page(struct.unpack_from("<H", body)[0])
            elif kind == _SHEET and len(body) > 7:
                self._sheet(body)
            elif kind == _SHARED:
                self.shared = list(_shared_strings([body, *more]))
            else:
                self._cell(kind, body, more)
        self._flush()
        if not self.report.found and self.shared:
            self.report.passage("\n".join(self.shared))
        if not self.version:
            self.report.reason(words.DAMAGED)

    def _records(self) -> Iterator[tuple[int, int, bytes, list[bytes]]]:
        """Records as (offset, type, body, bodies of the continuations after it)."""
        at = 0
        data = self.data
        while at + 4 <= len(data):
            start = at
            kind, length = struct.unpack_from("<HH", data, at)
            body = data[at + 4 : at + 4 + length]
            at += 4 + length
            more: list[bytes] = []
            while at + 4 <= len(data) and data[at : at + 2] == b"\x3c\x00":
                length = struct.unpack_from("<H", data, at + 2)[0]
                more.append(data[at + 4 : at + 4 + length])
                at += 4 + length
            if not (kind == 0 and not body):
                yield start, kind, body, more

    def _begin(self, start: int, body: bytes) -> None:
        if self.depth == 0:
            self._flush()
            self.place = self.sheets.get(start, "")
            if len(body) >= 2 and not self.version:
                self.version = struct.unpack_from("<H", body)[0] or 1
        self.depth += 1

    def _flush(self) -> None:
        text, self.cells, self.row = "".join(self.cells), [], -1
        self.report.passage(text, self.place)

    def _code_page(self, number: int) -> None:
        name = {32768: "mac_roman", 32769: "cp1252", 1200: "cp1252"}.get(number, f"cp{number}")
        try:
            "".encode(name)
        except LookupError:
            return
        self.encoding = name

    def _sheet(self, body: bytes) -> None:
        offset, length = struct.unpack_from("<I", body)[0], body[6]
        if self.version >= _BIFF8:
            wide = body[7] & 1
            name = body[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
        else:
            name = body[7 : 7 + length].decode(self.encoding, "replace")
        self.sheets[offset] = f"sheet {name}"

    def _cell(self, kind: int, body: bytes, more: list[bytes]) -> None:
        if kind == _SHARED_CELL and len(body) >= 10:
            index = struct.unpack_from("<I", body, 6)[0]
            if index < len(self.shared):
                self._put(body, self.shared[index])
        elif kind in (_LABEL, _RICH_LABEL) and len(body) > 8:
            self._put(body, self._string(body[6:]))
        elif kind == _FORMULA_TEXT and len(body) > 2:
            self._append(self._string(body))
        elif kind == _TEXT_BOX and len(body) >= 12 and more:
            count = struct.unpack_from("<H", body, 10)[0]
            self._append("\n" + "".join(_characters(more, count)) + "\n")
        elif kind == _NUMBER and len(body) >= 14:
            self._put(body, _long(struct.unpack_from("<d", body, 6)[0]))
        elif kind == _SMALL and len(body) >= 10:
            self._put(body, _long(_small(struct.unpack_from("<I", body, 6)[0])))
        elif kind == _SMALLS:
            for at in range(4, len(body) - 7, 6):
                self._put(body, _long(_small(struct.unpack_from("<I", body, at + 2)[0])))

    def _string(self, body: bytes) -> str:
        length = struct.unpack_from("<H", body)[0]
        if self.version >= _BIFF8:
            wide = body[2] & 1
            return body[3 : 3 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
        return body[2 : 2 + length].decode(self.encoding, "replace")

    def _put(self, body: bytes, text: str) -> None:
        if text:
            row = struct.unpack_from("<H", body)[0]
            self.cells.append("\n" if row != self.row else "\t")
            self.row = row
            self._append(text)

    def _append(self, text: str) -> None:
        self.cells.append(text)
        if len(self.cells) > 50_000:
            row = self.row
            self._flush()
            self.row = row


def _small(raw: int) -> float:
    """A number packed into 32 bits, [MS-XLS] RkNumber: an integer or a float's head, perhaps times 100."""
    if raw & 2:
        value: float = struct.unpack("<i", struct.pack("<I", raw))[0] >> 2
    else:
        value = struct.unpack("<d", b"\x00\x00\x00\x00" + struct.pack("<I", raw & 0xFFFFFFFC))[0]
    return value / 100 if raw & 1 else value


def _long(value: float) -> str:
    """A whole number of six digits or more in digits, else ""."""
    if _LEAST_NUMBER <= value < _MOST_NUMBER and value == int(value):
        return str(int(value))
    return ""


def _characters(blocks: list[bytes], count: int) -> Iterator[str]:
    """`count` characters that start with a flag of their width in each block."""
    for block in blocks:
        if count <= 0 or not block:
            return
        wide = block[0] & 1
        found = block[1 : 1 + count * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
        count -= len(found)
        yield found


def _shared_strings(blocks: list[bytes]) -> Iterator[str]:
    """The strings of the shared table and its continuations, [MS-XLS] XLUnicodeRichExtendedString.

    Characters that go on in the next block start there with a new flag of their width.
    """
    cursor = _Cursor(blocks)
    cursor.skip(8)
    total = 0
    while total < MAX_TEXT:
        head = cursor.take(3)
        if len(head) < 3:
            return
        length, flags = struct.unpack("<HB", head)
        runs = struct.unpack("<H", cursor.take(2).ljust(2, b"\x00"))[0] if flags & 8 else 0
        extra = struct.unpack("<I", cursor.take(4).ljust(4, b"\x00"))[0] if flags & 4 else 0
        yield cursor.characters(length, bool(flags & 1))
        cursor.skip(runs * 4 + extra)
        total += length + 1


class _Cursor:
    """A place in the blocks of a record and its continuations."""

    def __init__(self, blocks: list[bytes]) -> None:
        self.blocks = blocks
        self.block = 0
        self.at = 0

    def _left(self) -> int:
        """Bytes left in the current block; moves to the next block when there are none. 0 at the very end."""
        while self.block < len(self.blocks):
            left = len(self.blocks[self.block]) - self.at
            if left > 0:
                return left
            self.block, self.at = self.block + 1, 0
        return 0

    def take(self, count: int) -> bytes:
        """The next bytes, over the edges of blocks; fewer at the end."""
        taken = b""
        while len(taken) < count and (left := self._left()):
            step = min(left, count - len(taken))
            taken += self.blocks[self.block][self.at : self.at + step]
            self.at += step
        return taken

    def skip(self, count: int) -> None:
        """Pass over bytes."""
        while count > 0 and (left := self._left()):
            step = min(left, count)
            self.at += step
            count -= step

    def characters(self, count: int, wide: bool) -> str:
        """The next characters; at the edge of a block a flag says anew how wide they are."""
        pieces: list[str] = []
        block = self.block
        while count > 0 and self._left():
            if self.block != block:
                block = self.block
                wide = bool(self.blocks[block][self.at] & 1)
                self.at += 1
                if not self._left():
                    break
                if self.block != block:
                    continue
            width = 2 if wide else 1
            step = min((len(self.blocks[block]) - self.at) // width, count)
            if step == 0:
                self.at += 1
                continue
            raw = self.blocks[block][self.at : self.at + step * width]
            pieces.append(raw.decode("utf-16-le" if wide else "latin-1", "replace"))
            self.at += step * width
            count -= step
        return "".join(pieces)
