"""Make the demo council's documents as real files, at seeding, from their words alone.

A document is a list of sections; a section has a heading and either paragraphs or a table. The same
sections become a PDF with text, a Word, Excel, PowerPoint or OpenDocument file, a picture or a CSV file,
so that upload, preview, text extraction and search have honest files to work on and the repository
carries none. The same words always give the same bytes: dates inside the files are fixed by the caller.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.demo.makers.opendocument import odt
from hub.demo.makers.paper import Paper, Section
from hub.demo.makers.pdf import pdf
from hub.demo.makers.picture import png
from hub.demo.makers.slides import pptx
from hub.demo.makers.spreadsheet import xlsx
from hub.demo.makers.table import csv_table
from hub.demo.makers.word import docx

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MARKINGS = ("", "OFFICIAL", "OFFICIAL-SENSITIVE")
MAKERS: dict[str, Callable[[Paper], bytes]] = {
    "pdf": pdf,
    "docx": docx,
    "xlsx": xlsx,
    "pptx": pptx,
    "odt": odt,
    "png": png,
    "csv": csv_table,
}
KINDS = tuple(MAKERS)


def make(
    kind: str,
    title: str,
    sections: Sequence[Section],
    out_path: Path,
    *,
    author: str = "",
    marking: str = "",
    made: datetime = EPOCH,
) -> Path:
    """Write `sections` as a file of `kind` (see `KINDS`) to `out_path` and return that path.

    `made` (aware) is the date kept inside the file. Raises ValueError for an unknown kind or marking, for a
    CSV file without a table, and for a picture without numbers to draw.
    """
    if kind not in MAKERS:
        raise ValueError(f"no maker for a document of kind {kind!r}; there are {', '.join(KINDS)}")
    if marking not in MARKINGS:
        raise ValueError(f"{marking!r} is not a protective marking of the demo")
    paper = Paper(title=title, author=author, marking=marking, made=made.astimezone(UTC), sections=sections)
    out_path.write_bytes(MAKERS[kind](paper))
    return out_path


def sections_of_version(document: Mapping[str, Any], number: int) -> list[Section]:
    """The sections of version `number` (1 is the oldest) of an entry of `documents.jsonl`.

    The entry's `content` is the newest text. An older version says under `changes` how it differed from the
    newest: `replace` lists pairs [text now, text then], `without` the headings that were not there yet, and
    `rows` how many rows a section's table had then, its header not counted. Raises IndexError for a version
    that does not exist and ValueError for a change that does not apply.
    """
    versions = document["versions"]
    if not 1 <= number <= len(versions):
        raise IndexError(f"{document['key']} has no version {number}")
    changes = versions[number - 1].get("changes", {})
    rows = changes.get("rows", {})
    headings = {section["heading"] for section in document["content"]}
    tables = {section["heading"] for section in document["content"] if "rows" in section}
    if unknown := (set(changes.get("without", ())) - headings) | (set(rows) - tables):
        raise ValueError(f"{document['key']} has no such section or table: {sorted(unknown)}")
    kept: list[Section] = [
        _shortened(section, rows.get(section["heading"]))
        for section in document["content"]
        if section["heading"] not in changes.get("without", ())
    ]
    for now, then in changes.get("replace", ()):
        changed = [_replaced(section, now, then) for section in kept]
        if changed == kept:
            raise ValueError(f"{document['key']} version {number}: {now!r} is not in the newest text")
        kept = changed
    return kept


def _shortened(section: Section, rows: int | None) -> Section:
    return section if rows is None else {**section, "rows": section["rows"][: rows + 1]}


def _replaced(section: Section, now: str, then: str) -> Section:
    changed = Section(heading=section["heading"].replace(now, then))
    if "paragraphs" in section:
        changed["paragraphs"] = [text.replace(now, then) for text in section["paragraphs"]]
    if "rows" in section:
        changed["rows"] = [
            [cell.replace(now, then) if isinstance(cell, str) else cell for cell in row]
            for row in section["rows"]
        ]
    return changed
