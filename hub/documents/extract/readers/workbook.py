"""The cells of an Excel workbook.

Text is what people typed as text, what formulas gave as text, and whole numbers of six digits or more:
reference, case and NHS numbers are often typed as numbers, while other figures only make an index noisy.
"""

import re
import struct
from collections.abc import Callable

from .. import words
from ..package import Parts, relations, walk
from ..report import Enough, Report
from ..result import MAX_TEXT

_LONG_NUMBER = re.compile(r"\d{6,19}")
_BESIDE = ("comments", "threadedComment", "drawing")


def read(parts: Parts, main: str, report: Report, say: Callable[[str, str], bool]) -> bool:
    """Hand on each sheet with its comments and text boxes (through `say(part, place)`). Whether all was
    whole.
    """
    targets = relations(parts, main)
    sheets: list[tuple[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            found = next((targets[value][1] for value in attributes.values() if value in targets), None)
            if found:
                sheets.append((attributes.get("name", ""), found))

    whole = walk(parts, main, start)
    if not sheets:
        names = sorted(name for name in parts.names if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name, re.I))
        sheets = [(str(number), name) for number, name in enumerate(names, 1)]
    shared, ended, stopped = _shared(parts, targets)
    whole = whole and ended
    for name, part in sheets:
        place = f"sheet {name}"
        cells: list[str] = []
        try:
            whole = _cells(parts, part, shared, cells) and whole
        except Enough:
            report.passage("".join(cells), place)
            raise
        report.passage("".join(cells), place)
        for kind, target in relations(parts, part).values():
            if kind in _BESIDE:
                say(target, place)
                for inner, chart in relations(parts, target).values() if kind == "drawing" else ():
                    if inner in ("chart", "chartEx", "diagramData"):
                        say(chart, place)
    if stopped:
        raise stopped
    if not report.found and shared:
        report.passage("\n".join(shared))
    return whole


def _shared(parts: Parts, targets: dict[str, tuple[str, str]]) -> tuple[list[str], bool, Enough | None]:
    """The table of shared strings, whether it was whole, and the limit that cut it short."""
    name = next(
        (target for kind, target in targets.values() if kind == "sharedStrings"), "xl/sharedStrings.xml"
    )
    if name not in parts:
        return [], True, None
    strings: list[str] = []
    pieces: list[str] = []
    total = 0
    inside = phonetic = False

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal inside, phonetic
        if tag == "t":
            inside = True
        elif tag == "rPh":
            phonetic = True

    def end(tag: str) -> None:
        nonlocal inside, phonetic
        if tag == "t":
            inside = False
        elif tag == "rPh":
            phonetic = False
        elif tag == "si":
            strings.append("".join(pieces))
            pieces.clear()

    def text(characters: str) -> None:
        nonlocal total
        if inside and not phonetic:
            total += len(characters)
            if total > MAX_TEXT:
                raise Enough(words.TOO_MUCH_TEXT)
            pieces.append(characters)

    try:
        return strings, walk(parts, name, start, end, text), None
    except Enough as stopped:
        return strings, True, stopped


def _cells(parts: Parts, part: str, shared: list[str], cells: list[str]) -> bool:
    """Append the text of the sheet's cells to `cells`: tabs between, a line for each row that has any."""
    kind = ""
    value: list[str] = []
    taking = False
    row_has_text = False
    total = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal kind, taking, row_has_text
        if tag == "c":
            kind = attributes.get("t", "n")
            value.clear()
        elif tag == "row":
            row_has_text = False
        elif tag in ("v", "t") or tag.startswith(("odd", "even", "first")):
            taking = True

    def end(tag: str) -> None:
        nonlocal taking, row_has_text, total
        if tag in ("v", "t") or tag.startswith(("odd", "even", "first")):
            taking = False
            if tag not in ("v", "t"):
                cells.append(re.sub(r'&(?:"[^"]*"|[A-Za-z]|\d+)', " ", "".join(value)) + "\n")
                value.clear()
        elif tag == "c":
            found = _value(kind, "".join(value), shared)
            value.clear()
            if found:
                cells.append(("\t" if row_has_text else "") + found)
                row_has_text = True
                total += len(found) + 1
                if total > MAX_TEXT:
                    raise Enough(words.TOO_MUCH_TEXT)
        elif tag == "row" and row_has_text:
            cells.append("\n")

    def text(characters: str) -> None:
        if taking:
            value.append(characters)

    return walk(parts, part, start, end, text)


def _value(kind: str, raw: str, shared: list[str]) -> str:
    """The text of a cell of that type (`t` attribute) with that content."""
    if kind == "s":
        index = raw.strip()
        return shared[int(index)] if index.isdecimal() and len(index) < 9 and int(index) < len(shared) else ""
    if kind in ("str", "inlineStr"):
        return raw
    return raw if kind == "n" and _LONG_NUMBER.fullmatch(raw) else ""


def read_binary_strings(parts: Parts, report: Report) -> None:
    """Shared strings of a binary workbook (.xlsb), without their sheets. Source of the layout: [MS-XLSB] 2.4.

    A record is a type and a length, each in 7-bit groups; type 19 holds one string (flags, length, UTF-16).
    """
    name = "xl/sharedStrings.bin"
    data = parts.bytes_of(name)
    strings: list[str] = []
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        length, at = _number(data, at, 4)
        if kind == 19 and at + 5 <= len(data):
            count = struct.unpack_from("<I", data, at + 1)[0]
            strings.append(data[at + 5 : min(at + 5 + 2 * count, at + length)].decode("utf-16-le", "replace"))
        at += length
    report.passage("\n".join(strings))
    if not strings and name in parts:
        report.reason(words.DAMAGED)


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number in at most `most` groups of seven bits, and the place after it."""
    number = 0
    for group in range(most):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * group)
        if byte < 0x80:
            break
    return number, at
