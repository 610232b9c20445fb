"""Reads judged collections in the SMART format: documents, queries, and which documents answer which query.

Cranfield, MED, CISI, CACM, ADI, TIME and others are published so, each a little differently; what differs is settled here,
once for a whole file, so that a single odd line changes nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hub.search.engine.documents import Document

FILES = {
    "documents (*.all)": r".*\.all([.\d_-].*)?$",
    "queries (*.qry)": r".*\.(qry|que)(\..*)?$|quer(y|ies)(\..*)?$",
    "judgements (*qrel or *.rel)": r".*qrels?(\..*)?$|.*\.rel$",
}
BEST, LAST = 1, 5  # Cranfield's grades: from 1, a complete answer, to 5, of no interest
Gains = dict[str, dict[str, float]]


@dataclass(slots=True)
class Record:
    """One record of a SMART file: its own number and its sections by letter."""

    number: str
    sections: dict[str, list[str]] = field(default_factory=dict)

    def text(self, *letters: str) -> str:
        """The lines of these sections, one section after the other."""
        return "\n".join(line for letter in letters for line in self.sections.get(letter, ())).strip()


@dataclass(frozen=True, slots=True)
class Collection:
    """A judged collection: documents, queries as (number in the judgements, text), and what each answer is worth."""

    records: list[Record]
    queries: list[tuple[str, str]]
    gains: Gains


def read_collection(folder: Path) -> Collection:
    """The collection in a folder. ValueError, in a sentence, when a file is missing or holds nothing that can be used."""
    documents, queries, judgements = (_one(folder, what, pattern) for what, pattern in FILES.items())
    records = list(read_records(documents))
    asked = list(read_records(queries))
    for path, found in ((documents, records), (queries, asked)):
        if not found:
            raise ValueError(f'{path.name} holds no record: each begins with a line ".I 1"')
    gains = read_judgements(judgements, {record.number for record in records})
    if not gains:
        raise ValueError(f"{judgements.name} judges no document of {documents.name}")
    return Collection(records, number_queries(asked, gains), gains)


def _one(folder: Path, what: str, pattern: str) -> Path:
    found = sorted(
        path
        for path in Path(folder).iterdir()
        if path.is_file() and not path.name.startswith(".") and re.match(pattern, path.name, re.IGNORECASE)
    )
    if not found:
        raise ValueError(f"{folder} holds no file of {what}")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise ValueError(f"{folder} holds more than one file of {what}: {names}")
    return found[0]


def _lines(path: Path) -> list[str]:
    """Lines whatever ends them; bytes that are not UTF-8 are Latin-1, as most of these files were written."""
    data = path.read_bytes().removesuffix(b"\x1a")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return re.split(r"\r\n|\n|\r", text)


def read_records(path: Path) -> Iterator[Record]:
    """The records of a SMART file: ".I number", then sections that begin with ".X", on a line of its own as a rule."""
    record: Record | None = None
    letter = ""
    for line in _lines(path):
        if begins := re.match(r"\.I\s*(\w\S*)\s*$", line):
            if record is not None:
                yield record
            record, letter = Record(_number(begins[1])), ""
        elif section := re.match(r"\.([A-Z])(?:\s+(\S.*))?\s*$", line):
            letter = section[1]
            if record is not None and section[2]:
                record.sections.setdefault(letter, []).append(section[2])
        elif record is not None and letter:
            record.sections.setdefault(letter, []).append(line.rstrip())
    if record is not None:
        yield record


def _number(text: str) -> str:
    return text.lstrip("0") or "0" if text.isdigit() else text


def as_document(record: Record) -> Document:
    """A record as a hub document; the title is not repeated when the body begins with it."""
    title, body = title_and_body(record)
    return Document(
        key=f"item:{record.number}",
        kind="article",
        audience="everyone",
        title=title,
        body=body,
        tags=tags(record),
        author=record.text("A"),
    )


def title_and_body(record: Record) -> tuple[str, str]:
    """Title and text of a record; the title is not repeated when the text begins with it."""
    title, body = " ".join(record.text("T").split()), record.text("W")
    begins = re.match(r"\s*".join(map(re.escape, title.split())), body) if title else None
    return title, body[begins.end() :].strip() if begins else body


def tags(record: Record) -> list[str]:
    """The keywords of a record: CACM divides them by commas, others by lines."""
    words = re.split(r"[,;\n]", record.text("K"))
    return [word.strip() for word in words if word.strip()]


def read_judgements(path: Path, documents: set[str]) -> Gains:
    """{query: {document: what it is worth}}; documents that are not there or not relevant are left out.

    A line is "query document [grade …]", "query 0 document [grade …]", or, where some lines are longer than any of those
    (TIME), a query with all its documents. Without grades, or where all of them are 0 (CISI, CACM), each line counts 1.
    Grades from 1 to 5 with none at 0 are Cranfield's, 1 the best: worth 5 − grade. Others count what they say.
    """
    split = [parts for line in _lines(path) if len(parts := line.split()) >= 2 and not line.startswith("#")]
    if any(len(parts) > 5 for parts in split):
        rows = [(parts[0], document, 1.0) for parts in split for document in parts[1:]]
    else:
        zeros = bool(split) and all(len(parts) >= 3 and parts[1] in ("0", "Q0") for parts in split)
        rows = [
            (query, document, _grade(grade[0]) if grade else 1.0)
            for query, document, *grade in (parts[:1] + parts[2:] if zeros else parts for parts in split)
        ]
    worth = _worth({grade for _, _, grade in rows})
    gains: Gains = {}
    for query, document, grade in rows:
        gain, document = worth[grade], _number(document)
        if document in documents and gain > 0:
            held = gains.setdefault(_number(query), {})
            held[document] = max(gain, held.get(document, 0.0))
    return gains


def _grade(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _worth(grades: Iterable[float]) -> dict[float, float]:
    """{grade: gain}, by the scale that all grades of a file together tell."""
    known = set(grades)
    positive = {grade for grade in known if grade > 0}
    if not positive:
        return {grade: float(grade == 0) for grade in known}
    if 0.0 not in known and len(positive) > 1 and positive <= set(map(float, range(BEST, LAST + 1))):
        return {grade: max(0.0, LAST - grade) if grade > 0 else 0.0 for grade in known}
    return {grade: max(0.0, grade) for grade in known}


def number_queries(queries: list[Record], judged: Iterable[str]) -> list[tuple[str, str]]:
    """(number in the judgements, text): by position where that fits more judgements than the queries' own numbers.

    Cranfield's queries are numbered 1, 2, 4 … in their file, and its judgements count their positions.
    """
    known = set(judged)
    own = known & {query.number for query in queries}
    by_position = len(known & set(map(str, range(1, len(queries) + 1)))) > len(own)
    return [
        (str(place) if by_position else query.number, asked(query)) for place, query in enumerate(queries, 1)
    ]


def asked(query: Record) -> str:
    """The words of a query: title and text; keywords, authors and bibliography only where there are no others."""
    return next(
        (text for letters in (("T", "W"), ("K",), ("A", "B")) if (text := query.text(*letters))),
        query.text(*sorted(query.sections)),
    )
