"""What every maker of demo files is given, and what several of them need."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NotRequired, TypedDict
from xml.sax.saxutils import escape

Row = Sequence[str | int | float]


class Section(TypedDict):
    """One part of a document: a heading with paragraphs (a leading "- " makes a bullet), a table, or both."""

    heading: str
    paragraphs: NotRequired[Sequence[str]]
    rows: NotRequired[Sequence[Row]]  # first row: the table's header


class Paper(TypedDict):
    """What every maker is given: the words, and who wrote them when."""

    title: str
    author: str
    marking: str
    made: datetime
    sections: Sequence[Section]


def shown(cell: str | int | float) -> str:
    """A table's cell as read by people: numbers with commas between thousands."""
    return cell if isinstance(cell, str) else f"{cell:,}"


def xml(text: str) -> str:
    """`text` for an XML element or attribute; characters that XML 1.0 forbids are dropped."""
    return escape(
        re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text), {'"': "&quot;"}
    )


def zipped(paper: Paper, parts: Mapping[str, str], *, stored: Sequence[str] = ()) -> bytes:
    """Zip `parts` (name → text) in the order given; parts in `stored` are not compressed."""
    target = io.BytesIO()
    stamp = max(paper["made"].timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, stamp)
            entry.create_system = 0  # the same bytes on every operating system
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())
    return target.getvalue()
