"""Articles from a file become posts: one JSON object a line with id, title, body (Markdown), section, source, path, licence.

A run may be stopped at any moment and started again: what has been imported is remembered by where it came from, in
the transaction that imported it. A line that cannot be used is reported and costs no other line.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from hub import clock, db, text
from hub.access import Viewer
from hub.blogs import actions
from hub.blogs.models import Imported
from hub.blogs.queries import Target
from hub.content.actions import TAGS_MAX, TITLE_MAX
from hub.errors import HubError

BATCH = 25
LONGEST_LINE = 16 * 1024 * 1024
LONGEST_PART = text.LONGEST - 2_000
HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
FENCE = re.compile(r"^[ \t]*(```|~~~)", re.MULTILINE)


class BadLine(Exception):
    """A line that cannot become a post; the message says why."""


@dataclass(frozen=True)
class Article:
    """A line of the file, made ready. `source` tells it from every other article."""

    source: str
    title: str
    body: str
    tags: list[str]
    credit: str


@dataclass
class Outcome:
    """What a run did. `bad` holds (line number, reason); lines count from 1."""

    lines: int = 0
    articles: int = 0
    posts: int = 0
    cut: int = 0
    known: int = 0
    stopped: bool = False
    bad: list[tuple[int, str]] = field(default_factory=list)


def count_lines(path: Path) -> int:
    """How many lines the file has, for the progress bar; as many as can be read of a damaged one."""
    total = 0
    try:
        for _ in read_lines(path):
            total += 1
    except BadLine:
        pass
    return total


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line) of the file, packed by gzip or not. Raises BadLine where it cannot be read any further."""
    number = 0
    with closing(_open(path)) as stream:
        while True:
            try:
                line = stream.readline(LONGEST_LINE + 1)
                while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                    # Kept one byte too long, so that its reader refuses it; the rest is passed over.
                    rest = stream.readline(LONGEST_LINE)
                    if not rest or rest.endswith(b"\n"):
                        break
            except (EOFError, OSError) as error:
                raise BadLine(f"the file is damaged or cut off after line {number} ({error})") from None
            if not line:
                return
            number += 1
            yield number, line


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    with path.open("rb") as start:
        packed = start.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")


def article_of(line: bytes) -> Article:
    """The article of a line. Raises BadLine with a reason that somebody can act on."""
    if len(line) > LONGEST_LINE:
        raise BadLine(f"the line has more than {LONGEST_LINE // 1024 // 1024} MB")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8 (byte {error.start + 1})") from None
    except (ValueError, RecursionError) as error:
        raise BadLine(f"not JSON: {error}"[:200]) from None
    if not isinstance(row, dict):
        raise BadLine("not a JSON object")
    body = row.get("body")
    if not isinstance(body, str) or not body.strip():
        raise BadLine("it has no body")
    body = body.replace("\r\n", "\n").strip("\n")
    title, body = _title(row, body)
    if not body.strip():
        raise BadLine("its body is only a heading")
    return Article(_source(row), title, body, _tags(row.get("section")), _credit(row))


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return (
        " ".join(str(value).split()) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    )


def _source(row: dict[str, Any]) -> str:
    where = _text(row, "path") or _text(row, "id")
    if not where:
        raise BadLine("it has neither path nor id, so a second run could not know it again")
    return f"{_text(row, 'source')}:{where}"[:380]


def _title(row: dict[str, Any], body: str) -> tuple[str, str]:
    """The title as plain words, and the body without a first heading that only repeats it."""
    first = HEADING.match(body)
    given = _text(row, "title") or (first[1] if first else "") or _text(row, "path").rpartition("/")[2]
    title = text.shorten(" ".join(text.plain(given[:2_000]).split()) or given, TITLE_MAX)
    if not title:
        raise BadLine("it has no title")
    if first and " ".join(text.plain(first[1][:2_000]).split()).casefold() == title.casefold():
        body = body[first.end() :].lstrip("\n")
    return title, body


def _tags(section: Any) -> list[str]:
    words = section.replace("\\", "/").split("/") if isinstance(section, str) else []
    labels = [" ".join(re.sub(r"[-_]+", " ", word).split()).strip(".,# ")[:40] for word in words]
    return [label for label in labels if label][:TAGS_MAX]


def _credit(row: dict[str, Any]) -> str:
    where = ", ".join(part for part in (_text(row, "source"), _text(row, "path")) if part)
    licence = _text(row, "licence")
    credit = f"Source: {where}." if where else ""
    if licence:
        credit += f" Licence: {licence}."
    return _as_words(credit.strip()[:600])


def _as_words(line: str) -> str:
    """The line so that Markdown changes nothing in it."""
    return re.sub(r"([\\`*_{}\[\]<>#@~|!])", r"\\\1", line)


def parts_of(article: Article) -> list[tuple[str, str, str]]:
    """(source, title, body) of the posts an article becomes: one, or as many parts as its length asks for, each with a note."""
    pieces = cut(article.body, LONGEST_PART)
    if len(pieces) == 1:
        return [(article.source, article.title, _join(article.body, article.credit))]
    made = []
    for number, piece in enumerate(pieces, 1):
        note = f"*Part {number} of {len(pieces)}: the article was too long for one post.*"
        mark = f" ({number} of {len(pieces)})"
        title = text.shorten(article.title, TITLE_MAX - len(mark)) + mark
        source = article.source if number == 1 else f"{article.source}#{number}"
        made.append((source, title, _join(note, piece, article.credit)))
    return made


def _join(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def cut(body: str, most: int) -> list[str]:
    """The text in pieces of at most so many characters, cut before a heading or else between paragraphs, lines or words.

    A code block that has to be cut is closed and opened again. Nothing but space at the cuts is left out.
    """
    pieces: list[str] = []
    rest = body
    reopen = ""
    while len(reopen) + len(rest) > most:
        room = most - len(reopen) - 8
        at = _cut_at(rest, room)
        piece = reopen + rest[:at].rstrip()
        rest = rest[at:].lstrip("\n")
        fences = FENCE.findall(piece)
        reopen = f"{fences[-1]}\n" if len(fences) % 2 else ""
        pieces.append(f"{piece}\n{fences[-1]}" if reopen else piece)
    return [*pieces, reopen + rest]


def _cut_at(rest: str, room: int) -> int:
    heading = max((found.start() for found in HEADING.finditer(rest, room // 2, room)), default=0)
    for at in (
        heading,
        rest.rfind("\n\n", room // 2, room),
        rest.rfind("\n", 1, room),
        rest.rfind(" ", 1, room),
    ):
        if at > 0:
            return at
    return room


def run(viewer: Viewer, target: Target, path: Path, step: Callable[[int], None]) -> Outcome:
    """Imports the file as posts of the target's blog, in transactions of 25 lines; `step` is told how many lines are done.

    Stops at a damaged end of the file, or when it is interrupted; everything before that stands.
    """
    outcome = before = Outcome()
    batch: list[tuple[int, bytes]] = []
    try:
        for numbered in read_lines(path):
            batch.append(numbered)
            if len(batch) == BATCH:
                before = replace(outcome, bad=list(outcome.bad))
                _take(viewer, target, batch, outcome)
                before = outcome
                step(len(batch))
                batch = []
    except BadLine as end:
        _take(viewer, target, batch, outcome)
        outcome.bad.append((outcome.lines + 1, str(end)))
        return outcome
    except KeyboardInterrupt:
        # Of a batch that was interrupted nothing was kept.
        return replace(before, stopped=True)
    _take(viewer, target, batch, outcome)
    step(len(batch))
    return outcome


def _take(viewer: Viewer, target: Target, batch: list[tuple[int, bytes]], outcome: Outcome) -> None:
    ready: list[tuple[int, Article]] = []
    for number, line in batch:
        outcome.lines += 1
        if not line.strip():
            continue
        try:
            ready.append((number, article_of(line)))
        except BadLine as reason:
            outcome.bad.append((number, str(reason)))
        except HubError as reason:
            outcome.bad.append((number, reason.message))
    sources = [article.source for _, article in ready]
    with db.write():
        known = (
            {row.source for row in Imported.select().where(Imported.source.in_(sources))}
            if sources
            else set()
        )
        for number, article in ready:
            if article.source in known:
                outcome.known += 1
                continue
            known.add(article.source)
            try:
                with db.write():
                    posts = _write(viewer, target, article)
            except HubError as reason:
                outcome.bad.append((number, reason.message))
                continue
            outcome.articles += 1
            outcome.posts += posts
            outcome.cut += posts > 1


def _write(viewer: Viewer, target: Target, article: Article) -> int:
    parts = parts_of(article)
    # The last part first, so that the first one stands on top of the blog.
    for source, title, body in reversed(parts):
        item = actions.write(
            viewer, target, actions.Writing(title=title, body=body, tags=article.tags, quiet=True), "publish"
        )
        Imported.create(source=source, item=item.id, at=clock.now())
    return len(parts)
