"""Text without a container: plain text, CSV, Markdown, JSON, calendars, XML, SVG and web pages."""

import codecs
import re
from html.parser import HTMLParser
from typing import IO

from .. import limits, words
from ..report import Report

_CHARSET = re.compile(rb'(?:charset|encoding)\s*=\s*["\']?\s*([A-Za-z0-9_:.-]{2,40})', re.I)
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "table", "tr", "ul",
    "title",
))  # fmt: skip
_SILENT = frozenset(("script", "style", "template"))
_XML_TAG = re.compile(r"<[^<>]{0,20000}>")


def decode(data: bytes, declared: str = "") -> str:
    """Text in its byte order mark's encoding, else the `declared` one, else UTF-8, else Windows' western one
    (cp1252).

    Never fails: bytes that fit nowhere become replacement characters.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        # A cut in the middle of a character is not a reason to doubt UTF-8.
        return codecs.getincrementaldecoder("utf-8")("strict").decode(data)
    except UnicodeDecodeError:
        pass
    try:
        if declared and codecs.lookup(declared).name not in ("utf-8", "ascii", "iso8859-1"):
            return data.decode(declared, "replace")
    except (LookupError, ValueError, TypeError):
        pass
    return data.decode("cp1252", "replace")


def declared_charset(data: bytes) -> str:
    """The encoding that a page or XML names in its first 64 KB, or ""."""
    found = _CHARSET.search(data[: 1 << 16])
    return found[1].decode("ascii") if found else ""


def _taken(file: IO[bytes], report: Report) -> bytes:
    file.seek(0)
    data = file.read(limits.PLAIN_BYTES + 1)
    if len(data) > limits.PLAIN_BYTES:
        report.reason(words.TOO_MUCH_TEXT)
    return data[: limits.PLAIN_BYTES]


def read_text(file: IO[bytes], report: Report) -> None:
    """The text as it stands."""
    report.passage(decode(_taken(file, report)))


def read_page(file: IO[bytes], report: Report) -> None:
    """The visible words of a web page."""
    data = _taken(file, report)
    report.passage(page_text(decode(data, declared_charset(data)), report))


def read_xml(file: IO[bytes], report: Report) -> None:
    """What stands between the tags of XML or SVG; tags are cut by pattern, nothing is declared or fetched."""
    data = _taken(file, report)
    text = decode(data, declared_charset(data))
    if re.search(r"<script|\son[a-z]+\s*=|javascript:", text, re.I):
        report.note(words.ACTIVE)
    report.passage(_entities(_XML_TAG.sub(" ", text)))


def _entities(text: str) -> str:
    for name, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(name, character)
    return text


def page_text(text: str, report: Report | None = None) -> str:
    """The visible words of HTML, a line for each block; labels scripts and frames in `report`."""
    page = _Page()
    text = _without_comments(text)
    for start in range(0, len(text), 1 << 16):
        page.feed(text[start : start + (1 << 16)])
    page.close()
    if report is not None and page.active:
        report.note(words.ACTIVE)
    return re.sub(r"[ \t]*\n[ \t\n]*", "\n", "".join(page.pieces))


def _without_comments(text: str) -> str:
    """Cut comments; one without end swallows the rest, as in browsers.

    The parser alone would search the whole page for the end of each of many open comments.
    """
    kept = []
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        kept.append(text[at:start])
        end = text.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        at = end + 3
    return "".join([*kept, text[at:]])


class _Page(HTMLParser):
    """Keeps the words outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.active = False
        self._silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent = tag
        if tag in ("script", "iframe", "object", "embed") or any(
            name.startswith("on") for name, _value in attrs
        ):
            self.active = True
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            self.pieces.append("\t")
        self.pieces += [f" {value} " for name, value in attrs if name == "alt" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(re.sub(r"\s+", " ", data))
