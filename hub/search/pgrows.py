"""Documents as rows of PostgreSQL's table: its columns, and putting documents in and taking them out."""

# ruff: noqa: S608 - statements are put together from constants of this file; every value is a parameter

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from hub import db
from hub.search import pgspelling
from hub.search.engine import Document, IndexBroken
from hub.search.engine.analysis import analyse, fold
from hub.search.engine.documents import seconds
from hub.search.engine.schema import fingerprint, flags
from hub.search.pgquery import lexemes

TABLE = "hub_search.document"
COLUMNS = [
    "key",
    "kind",
    "audience",
    "title",
    "body",
    "comments",
    "files",
    "space_id",
    "space",
    "author_id",
    "author",
]
COLUMNS += ["year", "tags", "flags", "active", "print", "words"]
MADE = f"""
CREATE SCHEMA IF NOT EXISTS hub_search;
CREATE TABLE IF NOT EXISTS {TABLE} (
  key text PRIMARY KEY, kind text NOT NULL, audience text NOT NULL, title text NOT NULL, body text NOT NULL,
  comments text NOT NULL, files text NOT NULL, space_id int, space text NOT NULL, author_id int, author text
  NOT NULL,
  year int, tags text[] NOT NULL, flags text[] NOT NULL, active bigint NOT NULL, print bigint NOT NULL,
  words tsvector NOT NULL);
CREATE INDEX IF NOT EXISTS document_words ON {TABLE} USING gin (words);
CREATE INDEX IF NOT EXISTS document_audience ON {TABLE} (audience, active);
"""
LONGEST_TEXT = 200_000  # characters of one document that are kept and indexed
LONGEST_VECTOR = 700_000  # bytes; PostgreSQL takes 1 MB
BATCH = 100


def write(table: str, adds: list[Document], removes: list[str]) -> list[str]:
    """Puts documents in place of those with their keys, in one transaction; the words that they hold."""
    gone = [*removes, *(document.key for document in adds)]
    if not gone:
        return []
    latest = list({document.key: document for document in adds}.values())
    words = pgspelling.words_of(text for document in latest for text in _texts(document))
    slots = f"({', '.join(['%s'] * (len(COLUMNS) - 1))}, %s::tsvector)"
    try:
        with db.write():
            db.database.execute_sql(f"DELETE FROM {table} WHERE key = ANY(%s)", [gone])
            for start in range(0, len(latest), BATCH):
                part = [_row(document) for document in latest[start : start + BATCH]]
                db.database.execute_sql(
                    f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES {', '.join([slots] * len(part))}",
                    [value for row in part for value in row],
                )
            pgspelling.note(words)
        return words
    except Exception as error:
        raise IndexBroken(f"{type(error).__name__}: {error}") from error


def _texts(document: Document) -> list[str]:
    texts = [document.title, document.body, document.comments, *(text for _, text in document.attachments)]
    return [text[:LONGEST_TEXT] for text in texts]


def _row(document: Document) -> list[Any]:
    clean = lambda text: text.replace("\x00", " ")[:LONGEST_TEXT]  # noqa: E731
    title, body, comments = clean(document.title), clean(document.body), clean(document.comments)
    files = [(clean(place)[:200], clean(text)) for place, text in document.attachments]
    moment = document.active or document.created
    weighed = [
        ("A", title),
        ("B", " ".join(document.tags)),
        ("B", " . ".join(document.headings)),
        ("C", body),
    ]
    weighed += [("D", f"{place} {text}") for place, text in files] + [("D", comments)]
    print_ = fingerprint(analyse(title), analyse(body))
    return [
        document.key,
        document.kind,
        document.audience,
        title,
        body,
        comments,
        json.dumps(files),
        document.space_id,
        document.space,
        document.author_id,
        document.author,
        moment.astimezone(UTC).year if moment else None,
        [fold(tag) for tag in document.tags],
        flags(document),
        seconds(moment),
        print_ - 2**64 if print_ >= 2**63 else print_,
        lexemes([(weight, clean(text)) for weight, text in weighed], LONGEST_VECTOR),
    ]
