"""One plain reading of a text: ASCII, one character a byte, with the way back to the original offsets.

People paste numbers with en dashes, non-breaking and zero-width spaces, full-width or mathematical digits, Cyrillic
letters that look Latin, HTML entities, Markdown escapes and mail quotation marks.  Every rule works on the reading, so
that no rule has to know any of this; because the reading is pure ASCII, a byte offset found by re2 is a character offset.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from functools import cached_property

DROP = "\x00"
WIDEN = "\x01"
UNKNOWN = "\x02"

# Letters of other scripts that are drawn like Latin ones (a subset of Unicode TR 39 confusables, lower and upper case).
_LOOK_ALIKE = dict(
    zip(
        "авеіјкмнорсѕтухёԁԛԝһАВЕІЈКМНОРСЅТУХԌαβεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧıɡ",
        "abeijkmhopcstyxedqwhABEIJKMHOPCSTYXGaβeiκvoptuxABEZHIKMNOPTYXig".replace("β", "b").replace("κ", "k"),
        strict=True,
    )
)
_PUNCTUATION = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "`", "´": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"',
    "£": "$", "€": "$", "¥": "$", "•": "*", "‣": "*", "·": "*", "∙": "*", "▪": "*", "●": "*", "○": "*",
    "⁄": "/", "∕": "/", "│": "|", "┃": "|", "¦": "|", "∶": ":", "։": ":", "→": ">", "⇒": ">", "➔": ">", "➜": ">",
    "−": "-", "⁃": "-", "ー": "-", "­": DROP, "₋": "-",
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "t", "æ": "a", "Æ": "A", "ß": "s",
    "\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\x0b": "\n", "\x0c": "\n",
}  # fmt: skip


def _plain(character: str) -> str:
    """One character of the reading for one of the original: ASCII, DROP, WIDEN (several characters) or UNKNOWN."""
    known = _PUNCTUATION.get(character) or _LOOK_ALIKE.get(character)
    if known:
        return known
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return DROP
    if category == "Pd":
        return "-"
    if category in ("Zs", "Zl", "Zp"):
        return " "
    if category == "Nd":
        return str(unicodedata.digit(character))
    folded = unicodedata.normalize("NFKD", character)
    ascii_only = "".join(
        _LOOK_ALIKE.get(c) or c for c in folded if unicodedata.category(c) not in ("Mn", "Me", "Cf")
    )
    if ascii_only.isascii() and ascii_only:
        return ascii_only if len(ascii_only) == 1 else WIDEN
    return UNKNOWN


def _widen(character: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii())


class _Table(dict[int, str]):
    """A translation table for str.translate that works each character out once."""

    def __missing__(self, code: int) -> str:
        plain = chr(code) if code < 128 else _plain(chr(code))
        self[code] = plain
        return plain


_TABLE = _Table({0: DROP, 1: " ", 2: " ", 11: "\n", 12: "\n", 13: " ", 127: DROP})
# Deleted characters, widened ones, entities and Markdown escapes: the only places where lengths differ.
_UNEVEN = re.compile(
    r"\x00+|\x01|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});|\\(?=[-_.*#()+!\[\]~|:])"
)
_ASCII_UNEVEN = re.compile(r"[\x00-\x08\x0b-\x0d\x0e-\x1f\x7f&\\]")
_QUOTED_LINE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_HTML_CELL = re.compile(r"</t[dh]\s*>\s*(?:<t[dh]\b[^<>]{0,200}>)?", re.IGNORECASE)
_HTML_ROW = re.compile(
    r"</t[dh]\s*>\s*</tr\s*>(?:\s*</?(?:thead|tbody)\b[^<>]{0,200}>){0,4}\s*(?:<tr\b[^<>]{0,200}>\s*(?:<t[dh]\b[^<>]{0,200}>)?)?",
    re.IGNORECASE,
)
_HTML_FIRST = re.compile(r"<tr\b[^<>]{0,200}>\s*<t[dh]\b[^<>]{0,200}>", re.IGNORECASE)
_HTML_BLOCK = re.compile(
    r"</(?:p|div|h[1-6]|li|ul|ol|section|header|footer|blockquote|title|address|dd|dt)\s*>|<br\s*/?>",
    re.IGNORECASE,
)
_HTML_OPEN = re.compile(
    r"</?(?:p|div|h[1-6]|li|ul|ol|section|header|footer|blockquote|title|address|dd|dt|dl|b|i|em|strong|span|u|font|center)(?:\s[^<>]{0,200})?>",
    re.IGNORECASE,
)
_HTML_TAG = re.compile(
    r"</?(?:t[dhr]|table|thead|tbody|b|i|em|strong|span|p|div|u|font|code)\b[^<>]{0,200}>|<br\s*/?>", re.I
)


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


def _line_end(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start() - 1) + "\n"


def _cell(match: re.Match[str]) -> str:
    return "|" + " " * (match.end() - match.start() - 1)


class Reading:
    """A text as the rules read it.

    `original` is the text given; `text` the ASCII reading, `low` its lower case, `data` and `low_data` the same as
    bytes; all four have the same offsets.  `origin(start, end)` gives offsets in `original`.
    """

    def __init__(self, original: str) -> None:
        self.original = original
        # For each place where lengths differ: where its piece of the reading begins and ends, where the original's
        # begins, and how far the original's end lies from the reading's.
        self._begin: list[int] = []
        self._at: list[int] = []
        self._source: list[int] = []
        self._shift: list[int] = []
        text = original
        if "\r" in text:
            text = text.replace("\r\n", DROP + "\n").replace("\r", "\n")
        if not (text.isascii() and _ASCII_UNEVEN.search(text) is None):
            text = self._even(text.translate(_TABLE))
        if "\n>" in text or text.startswith(">"):
            text = _QUOTED_LINE.sub(_blank, text)
        if "<t" in text and _HTML_ROW.search(text):
            text = _HTML_ROW.sub(lambda m: " " * (m.end() - m.start() - 1) + "\n", text)
            text = _HTML_CELL.sub(_cell, _HTML_FIRST.sub(_blank, text))
            text = _HTML_TAG.sub(_blank, text)
        if "</" in text or "<br" in text:
            text = _HTML_OPEN.sub(_blank, _HTML_BLOCK.sub(_line_end, text))
        self.text = text
        self.low = text.lower()
        self.data = text.encode("ascii", "replace")

    @cached_property
    def low_data(self) -> bytes:
        return self.data.lower()

    def _even(self, text: str) -> str:
        pieces: list[str] = []
        place = length = 0
        for match in _UNEVEN.finditer(text):
            found = match.group()
            if found[0] == "\x00" or found[0] == "\\":
                new = ""
            elif found == "\x01":
                new = _widen(self.original[match.start()])
            else:
                new = html.unescape(found).translate(_TABLE)
                if new == found or len(new) > 4 or "\x01" in new:
                    continue
                new = new.replace(DROP, "")
            pieces.append(text[place : match.start()])
            length += match.start() - place
            self._begin.append(length)
            self._source.append(match.start())
            pieces.append(new)
            place = match.end()
            length += len(new)
            self._at.append(length)
            self._shift.append(place - length)
        pieces.append(text[place:])
        return "".join(pieces)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original text (end exclusive) of a span of the reading, which is not empty.

        A place inside what one character or entity was widened to counts as that character or entity, whole.
        """
        if not self._at:
            return start, end
        first, last = bisect_right(self._at, start), bisect_right(self._at, end - 1)
        if first < len(self._at) and self._begin[first] <= start:
            begin = self._source[first]
        else:
            begin = start + (self._shift[first - 1] if first else 0)
        if last < len(self._at) and self._begin[last] < end:
            return begin, self._at[last] + self._shift[last]
        return begin, end + (self._shift[last - 1] if last else 0)

    # ---- lines and paragraphs -------------------------------------------------------------------------------------

    @cached_property
    def line_starts(self) -> list[int]:
        """Offsets at which lines begin; the first is 0."""
        starts = [0]
        find = self.text.find
        place = find("\n")
        while place >= 0:
            starts.append(place + 1)
            place = find("\n", place + 1)
        return starts

    def line_number(self, offset: int) -> int:
        return bisect_right(self.line_starts, offset) - 1

    def line_span(self, number: int) -> tuple[int, int]:
        starts = self.line_starts
        return starts[number], (starts[number + 1] - 1 if number + 1 < len(starts) else len(self.text))
