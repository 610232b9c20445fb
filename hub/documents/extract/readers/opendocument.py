"""OpenDocument text, spreadsheets, presentations and drawings, as ODF 1.2 lays them out."""

from typing import IO

from .. import words
from ..package import Parts, walk
from ..report import Enough, Report

_PARAGRAPHS = frozenset(("p", "h"))
_NO_MODULES = ("/", "script-lb.xml", "script-lc.xml", "dialog-lb.xml", "dialog-lc.xml")
"""Lists of macros, which every document that was saved once with the macro editor open has, mostly empty."""
_SKIPPED = frozenset(("tracked-changes", "binary-data", "scripts", "forms", "tracked-change"))


def read(file: IO[bytes], report: Report) -> None:
    """The content, then headers and footers. Sheets are "sheet NAME", pages of a presentation "slide N"."""
    parts = Parts(file)
    lowered = [name.lower() for name in parts.names]
    if any(name.startswith(("basic/", "scripts/")) and not name.endswith(_NO_MODULES) for name in lowered):
        report.note(words.MACROS)
    if any(name.startswith("object ") or "/object " in name for name in lowered):
        report.note(words.EMBEDDED)
    if parts.odd:
        report.note(words.ODD_NAMES)
    if _encrypted(parts):
        report.note(words.ENCRYPTED)
        report.reason(words.LOCKED)
        return
    content = _Content(report)
    try:
        whole = walk(parts, "content.xml", content.start, content.end, content.text)
    except Enough:
        content.flush()
        raise
    content.flush()
    if content.slides:
        report.pages(content.slides)
    headers = _Content(report, only=frozenset(("master-styles",)))
    try:
        walk(parts, "styles.xml", headers.start, headers.end, headers.text)
    finally:
        headers.flush()
    if not whole:
        report.reason(words.PARTLY_DAMAGED if report.found else words.DAMAGED)


def _encrypted(parts: Parts) -> bool:
    found: list[str] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if tag == "encryption-data":
            found.append(tag)

    walk(parts, "META-INF/manifest.xml", start)
    return bool(found) or parts.encrypted


class _Content:
    """Gathers paragraphs and hands them on whenever the place changes."""

    def __init__(self, report: Report, only: frozenset[str] | None = None) -> None:
        self.report = report
        self.only = only
        self.slides = 0
        self._place = ""
        self._pieces: list[str] = []
        self._depth = self._skipped = self._wanted = self._tables = 0

    def flush(self) -> None:
        """Hand on what was gathered for the current place."""
        text, self._pieces = "".join(self._pieces), []
        self.report.passage(text, self._place)

    def _at(self, place: str) -> None:
        self.flush()
        self._place = place

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag in _SKIPPED:
            self._skipped += 1
        elif self.only is not None and tag in self.only:
            self._wanted += 1
        elif tag in _PARAGRAPHS:
            self._depth += 1
        elif tag == "table":
            self._tables += 1
            if self._tables == 1 and self._spreadsheet:
                self._at(f"sheet {attributes.get('name', '')}")
        elif tag == "spreadsheet":
            self._spreadsheet = True
        elif tag == "page" and self.only is None:
            self.slides += 1
            self._at(f"slide {self.slides}")
        elif self._depth and not self._skipped:
            if tag == "tab":
                self._pieces.append("\t")
            elif tag == "line-break":
                self._pieces.append("\n")
            elif tag == "s":
                self._pieces.append(" ")
        if attributes.get("href", "").lower().startswith(("http:", "https:", "ftp:", "file:")) and tag in (
            "image", "object", "plugin", "section-source", "table-source", "database-source-sql",
        ):  # fmt: skip
            self.report.note(words.LINKS_OUT)

    _spreadsheet = False

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in _SKIPPED:
            self._skipped -= 1
        elif self.only is not None and tag in self.only:
            self._wanted -= 1
        elif tag in _PARAGRAPHS:
            self._depth -= 1
            self._pieces.append("\n")
        elif tag == "table-cell" and self._pieces and self._pieces[-1] == "\n":
            self._pieces[-1] = "\t"
        elif tag == "table-row":
            self._pieces.append("\n")
        elif tag == "table":
            self._tables -= 1
            if self._tables == 0 and self._spreadsheet:
                self._at("")

    def text(self, characters: str) -> None:
        """Characters between tags."""
        if self._depth > 0 and not self._skipped and (self.only is None or self._wanted):
            self._pieces.append(characters)
