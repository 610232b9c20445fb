"""The engines that bench/search.py measures beside the hub's: the same fields, filters, facets and snippets.

Each is built once into its folder and opened from there afterwards.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from bench.search_corpus import SPACES_CHOSEN
from hub.search.engine import Document

FACETS = ("kind", "space", "author")


class Rival(Protocol):
    """An engine under measurement, asked at most `rounds` queries of a kind. ImportError where it is not installed."""

    name: str
    rounds: int

    def __init__(self, folder: Path) -> None: ...

    def build(self, documents: Iterable[Document]) -> None: ...

    def open(self) -> None: ...

    def search(self, text: str, kind: str) -> int:
        """How many of the ten best it found. `kind`: "words" (filtered), "plain" (nothing but words), others."""
        ...


class Fts5:
    """SQLite FTS5 with the Porter stemmer; kind, space and audience in a table beside."""

    name = "SQLite FTS5"
    rounds = 60

    def __init__(self, folder: Path) -> None:
        self.path = folder / "fts5.db"

    def open(self) -> None:
        self.database = sqlite3.connect(self.path)

    def build(self, documents: Iterable[Document]) -> None:
        self.open()
        self.database.executescript(
            """
            CREATE VIRTUAL TABLE words USING fts5(title, body, tokenize = 'porter unicode61');
            CREATE TABLE item (id INTEGER PRIMARY KEY, kind, space INTEGER, author INTEGER, audience);
            """
        )
        for number, one in enumerate(documents):
            self.database.execute(
                "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)", (number, one.title, one.body)
            )
            row = (number, one.kind, one.space_id, one.author_id, one.audience)
            self.database.execute("INSERT INTO item VALUES (?, ?, ?, ?, ?)", row)
        self.database.commit()
        self.database.close()

    def search(self, text: str, kind: str) -> int:
        quoted = text if text.startswith('"') else " ".join(f'"{word}"' for word in text.split())
        spaces = ",".join(str(number) for number in range(1, SPACES_CHOSEN + 1))
        audiences = ",".join(f"'space:{number}'" for number in range(1, SPACES_CHOSEN + 1))
        condition = f"item.audience IN ('everyone', 'staff', {audiences})" if kind != "plain" else "true"
        if kind == "words":
            condition += f" AND item.kind = 'post' AND item.space IN ({spaces})"
        joined = f"FROM words JOIN item ON item.id = words.rowid WHERE words MATCH ? AND {condition}"
        best = f"SELECT words.rowid, snippet(words, 1, '[', ']', '…', 32) {joined} ORDER BY rank LIMIT 10"
        found = self.database.execute(best, (quoted,)).fetchall()
        for facet in FACETS if kind != "plain" else ():
            self.database.execute(f"SELECT item.{facet}, count(*) {joined} GROUP BY 1", (quoted,)).fetchall()
        return len(found)


class Tantivy:
    """tantivy by its Python binding: filter in the query, facets by aggregation, its own snippets."""

    name = "tantivy"
    rounds = 100

    def __init__(self, folder: Path) -> None:
        import tantivy

        self.tantivy = tantivy
        self.folder = folder / "tantivy"
        self.folder.mkdir(exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("title", stored=True, tokenizer_name="en_stem")
        builder.add_text_field("body", stored=True, tokenizer_name="en_stem")
        for name in (*FACETS, "audience"):
            builder.add_text_field(name, tokenizer_name="raw", fast=True)
        self.schema = builder.build()

    def open(self) -> None:
        self.index = self.tantivy.Index(self.schema, path=str(self.folder))
        self.index.reload()

    def build(self, documents: Iterable[Document]) -> None:
        self.open()
        writer = self.index.writer(heap_size=100_000_000, num_threads=1)
        for one in documents:
            row = {"title": one.title, "body": one.body, "kind": one.kind, "audience": one.audience}
            writer.add_document(
                self.tantivy.Document(**row, space=str(one.space_id), author=str(one.author_id))
            )
        writer.commit()
        writer.wait_merging_threads()

    def search(self, text: str, kind: str) -> int:
        Query, Occur = self.tantivy.Query, self.tantivy.Occur
        searcher = self.index.searcher()
        typed = text if text.startswith('"') else " ".join(f"+{word}" for word in text.split())
        words = self.index.parse_query(typed, ["title", "body"])
        spaces = [str(number) for number in range(1, SPACES_CHOSEN + 1)]
        tokens = ["everyone", "staff", *(f"space:{number}" for number in spaces)]
        parts = [(Occur.Must, words)]
        if kind != "plain":
            parts.append((Occur.Must, Query.term_set_query(self.schema, "audience", tokens)))
        if kind == "words":
            parts.append((Occur.Must, Query.term_query(self.schema, "kind", "post")))
            parts.append((Occur.Must, Query.term_set_query(self.schema, "space", spaces)))
        query = Query.boolean_query(parts)
        hits = searcher.search(query, 10, count=True).hits
        if kind != "plain":
            searcher.aggregate(query, {facet: {"terms": {"field": facet, "size": 50}} for facet in FACETS})
        snippets = self.tantivy.SnippetGenerator.create(searcher, words, self.schema, "body")
        for _, address in hits:
            snippets.snippet_from_doc(searcher.doc(address)).to_html()
        return len(hits)


class StockWhoosh:
    """Whoosh 2.7.4 as its documentation shows it, built by two processes."""

    name = "stock Whoosh"
    rounds = 10

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "whoosh"
        self.folder.mkdir(exist_ok=True)

    def open(self) -> None:
        from whoosh import index

        self.index = index.open_dir(str(self.folder))
        self.searcher = self.index.searcher()

    def build(self, documents: Iterable[Document]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from whoosh import analysis, fields, index

        text = fields.TEXT(analyzer=analysis.StemmingAnalyzer(), stored=True)
        schema = fields.Schema(
            title=text, body=text, **{name: fields.ID(sortable=True) for name in (*FACETS, "audience")}
        )
        writer = index.create_in(str(self.folder), schema).writer(limitmb=256, procs=2)
        for one in documents:
            row = {"title": one.title, "body": one.body, "kind": one.kind, "audience": one.audience}
            writer.add_document(**row, space=str(one.space_id), author=str(one.author_id))
        writer.commit()

    def search(self, text: str, kind: str) -> int:
        from whoosh.qparser import MultifieldParser
        from whoosh.query import And, Or, Term

        query = MultifieldParser(["title", "body"], self.index.schema).parse(text)
        if kind == "plain":
            return len(self.searcher.search(query, limit=10))
        spaces = [str(number) for number in range(1, SPACES_CHOSEN + 1)]
        tokens = ["everyone", "staff", *(f"space:{one}" for one in spaces)]
        allowed = Or([Term("audience", token) for token in tokens])
        if kind == "words":
            allowed = And([allowed, Term("kind", "post"), Or([Term("space", one) for one in spaces])])
        found = self.searcher.search(query, filter=allowed, limit=10, groupedby=list(FACETS))
        for hit in found:
            hit.highlights("body")
        return len(found)


RIVALS: tuple[type[Rival], ...] = (Tantivy, Fts5, StockWhoosh)
