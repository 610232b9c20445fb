"""Word, Excel and PowerPoint files since 2007, and Visio: their parts in reading order, with their places."""

import re
from typing import IO

from .. import words
from ..package import Parts, links_out, relations, walk
from ..report import Enough, Report
from . import workbook

_BREAKS = frozenset(("p", "tr"))
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_TEXT = frozenset(("t", "text"))
_SKIPPED = frozenset(("Fallback", "del", "moveFrom", "rPh", "instrText", "delText"))
_BESIDE = ("notesSlide", "comments", "diagramData", "chart", "chartEx", "drawing", "threadedComment")


def read_word(file: IO[bytes], report: Report) -> None:
    """Body, then notes, comments, headers and footers. Deleted (tracked) text is left out."""
    parts = _opened(file, report)
    main = _main(parts, "officeDocument", "word/document.xml")
    whole = _say(parts, main, report, "")
    beside = relations(parts, main).values()
    wanted = ("footnotes", "endnotes", "comments", "header", "footer", "diagramData", "chart")
    for kind, target in sorted(
        set(beside), key=lambda pair: (wanted.index(pair[0]) if pair[0] in wanted else 9, pair)
    ):
        if kind in wanted:
            _say(parts, target, report, "")
    _close(whole, report)


def read_slides(file: IO[bytes], report: Report) -> None:
    """Slides in the order of the show, each with its notes, comments and charts, as "slide N"."""
    parts = _opened(file, report)
    main = _main(parts, "officeDocument", "ppt/presentation.xml")
    targets = relations(parts, main)
    ids: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sldId":
            # Both id and r:id lose their prefix; the relation's is the one that the relations know.
            ids.extend(value for value in attributes.values() if value in targets)

    whole = walk(parts, main, start)
    slides = [targets[found][1] for found in ids] or _numbered(parts, r"ppt/slides/slide(\d+)\.xml")
    report.pages(len(slides))
    for number, slide in enumerate(slides, 1):
        whole = _say(parts, slide, report, f"slide {number}") and whole
        for kind, target in relations(parts, slide).values():
            if kind in _BESIDE:
                _say(parts, target, report, f"slide {number}")
        if links_out(parts, slide):
            report.note(words.LINKS_OUT)
    _close(whole, report)


def read_workbook(file: IO[bytes], report: Report) -> None:
    """Sheets in the order of the workbook, each as "sheet NAME"; `workbook` says what of a cell is text."""
    parts = _opened(file, report)
    main = _main(parts, "officeDocument", "xl/workbook.xml")
    if main.endswith(".bin"):
        workbook.read_binary_strings(parts, report)
        return
    whole = workbook.read(parts, main, report, lambda part, place: _say(parts, part, report, place))
    _close(whole, report)


def read_drawing(file: IO[bytes], report: Report) -> None:
    """Pages of a Visio drawing as "page N"."""
    parts = _opened(file, report)
    pages = _numbered(parts, r"visio/pages/page(\d+)\.xml")
    report.pages(len(pages))
    whole = True
    for number, page in enumerate(pages, 1):
        whole = _say(parts, page, report, f"page {number}", frozenset(("Text",))) and whole
    _close(whole, report)


def _opened(file: IO[bytes], report: Report) -> Parts:
    """The parts of the file, after noting what else it carries."""
    parts = Parts(file)
    lowered = [name.lower() for name in parts.names]
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in lowered):
        report.note(words.MACROS)
    if any("/embeddings/" in name or "/activex/" in name for name in lowered):
        report.note(words.EMBEDDED)
    if any(name.startswith("_xmlsignatures/") for name in lowered):
        report.note(words.SIGNED)
    if any("/externallinks/" in name for name in lowered):
        report.note(words.LINKS_OUT)
    for part in ("word/document.xml", "word/settings.xml", "word/webSettings.xml", "xl/workbook.xml"):
        if links_out(parts, part):
            report.note(words.LINKS_OUT)
    if parts.odd:
        report.note(words.ODD_NAMES)
    return parts


def _main(parts: Parts, kind: str, usual: str) -> str:
    """Name of the main part, as the package's own relations say, else its usual name."""
    for found, target in relations(parts, "").values():
        if found == kind and target in parts:
            return target
    return usual


def _numbered(parts: Parts, pattern: str) -> list[str]:
    found = [
        (int(match[1][:9]), name) for name in parts.names if (match := re.fullmatch(pattern, name, re.I))
    ]
    return [name for _number, name in sorted(found)]


def _say(parts: Parts, name: str, report: Report, place: str, wanted: frozenset[str] = _TEXT) -> bool:
    """Hand on the text of one part; on a limit too, before the limit goes on. Whether the part was whole."""
    found = _Words(wanted)
    try:
        whole = walk(parts, name, found.start, found.end, found.text)
    except Enough:
        report.passage("".join(found.pieces), place)
        raise
    report.passage("".join(found.pieces), place)
    return whole


class _Words:
    """Gathers the text inside `wanted` elements, with line ends at paragraphs and tabs between cells.

    A chart's own words are the values (`v`) of its string caches; its figures are left out.
    """

    def __init__(self, wanted: frozenset[str]) -> None:
        self.pieces: list[str] = []
        self._wanted = wanted
        self._inside = self._skipped = self._cached = 0

    def _takes(self, tag: str) -> bool:
        return tag in self._wanted or (tag == "v" and self._cached > 0)

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag in _SKIPPED:
            self._skipped += 1
        elif tag == "strCache":
            self._cached += 1
        elif self._takes(tag):
            self._inside += 1
        elif tag in _SIGNS and not self._skipped:
            self.pieces.append(_SIGNS[tag])

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in _SKIPPED:
            self._skipped -= 1
        elif tag == "strCache":
            self._cached -= 1
        elif self._takes(tag):
            self._inside -= 1
            if tag != "t":
                self.pieces.append("\n")
        elif tag == "tc" and self.pieces and self.pieces[-1] == "\n":
            self.pieces[-1] = "\t"
        elif tag in _BREAKS:
            self.pieces.append("\n")

    def text(self, characters: str) -> None:
        """Characters between tags."""
        if self._inside > 0 and not self._skipped:
            self.pieces.append(characters)


def _close(whole: bool, report: Report) -> None:
    if not whole:
        report.reason(words.PARTLY_DAMAGED if report.found else words.DAMAGED)
