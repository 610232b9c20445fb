"""Search on PostgreSQL full text, for hubs that have outgrown one machine: what `engine.Index` answers, from
a table.

Chosen by HUB_SEARCH=postgresql. The table lies in a schema of its own (`hub_search`), because like
search_index/ it can
be made again from the rest at any time. Words are analysed and stemmed by the engine's own analysis on both
sides, so
that codes, Welsh and short words behave alike; PostgreSQL's dictionaries are not used. The audience is a
condition of
every statement. It ranks by ts_rank: results may differ in order, never in
permission.
"""

# ruff: noqa: S608 - statements are put together from constants of this file; every value is a parameter

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from hub import clock, db
from hub.search import pgspelling
from hub.search.engine import Document, Explanation, Health, Hit, IndexBroken, Results, Suggestion, presenting
from hub.search.engine.analysis import fold
from hub.search.engine.documents import seconds
from hub.search.engine.snippets import Marker
from hub.search.engine.synonyms import Synonyms, council_synonyms
from hub.search.engine.weights import Weights
from hub.search.pgquery import Asked, Reader
from hub.search.pgrows import BATCH, MADE, TABLE, write

LEXEME = re.compile(r"'=?((?:[^'\\]|'')*)'")
MOST_VALUES = 50
MOST_WORDS = 12  # of a query, looked up when nothing holds them all
FACETS = {"kind": "kind", "space": "space_id::text", "author": "author_id::text", "year": "year::text"}


class Index:
    """The table as the hub sees it. Needs HUB_DATABASE; many processes may write at once."""

    def __init__(self, weights: Weights | None = None, synonyms: Synonyms | None = None) -> None:
        self.weights = weights or Weights()
        self.synonyms = synonyms if synonyms is not None else council_synonyms()
        self._speller = pgspelling.Speller(_ask)

    @classmethod
    def open(cls) -> Index:
        """Makes the table where there is none. IndexBroken when it cannot be used."""
        try:
            with db.write():
                # Two processes may start at once, and IF NOT EXISTS does not hold the other back.
                db.database.execute_sql("SELECT pg_advisory_xact_lock(748113)")
                for statement in (MADE + pgspelling.MADE).split(";"):
                    if statement.strip():
                        db.database.execute_sql(statement)
        except Exception as error:
            raise IndexBroken(f"{type(error).__name__}: {error}") from error
        return cls()

    # Changing

    def apply(self, adds: Iterable[Document] = (), removes: Iterable[str] = ()) -> bool:
        """Puts documents in, in place of those with their keys, and takes keys out, in one transaction. Nothing to merge."""
        write(TABLE, list(adds), list(removes))
        return False

    def rebuild(
        self,
        documents: Iterable[Document],
        progress: Callable[[int], None] | None = None,
        catch_up: Callable[[], tuple[list[Document], list[str]]] | None = None,
        processes: int = 1,
    ) -> int:
        """Fills a new table beside the one in use, then swaps; searching goes on meanwhile."""
        fresh, written, batch = "hub_search.fresh", 0, []
        words: set[str] = set()
        with db.write():
            db.database.execute_sql(f"DROP TABLE IF EXISTS {fresh}")
            db.database.execute_sql(f"CREATE TABLE {fresh} (LIKE {TABLE} INCLUDING ALL)")
        for document in documents:
            batch.append(document)
            if len(batch) == BATCH:
                words.update(write(fresh, batch, []))
                written, batch = written + len(batch), []
                if progress:
                    progress(written)
        words.update(write(fresh, batch, []))
        with db.write():
            db.database.execute_sql(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE")
            if catch_up:
                words.update(write(fresh, *catch_up()))
            pgspelling.forget_others(words)
            db.database.execute_sql(f"DROP TABLE {TABLE}")
            db.database.execute_sql(f"ALTER TABLE {fresh} RENAME TO document")
        return written + len(batch)

    def merge(self) -> bool:
        """Nothing to do: autovacuum looks after the table."""
        return False

    def move_aside(self) -> None:
        """Makes the table anew and empty."""
        with db.write():
            db.database.execute_sql(f"DROP TABLE IF EXISTS {TABLE}, {pgspelling.TABLE}")
        Index.open()

    # Reading

    def refresh(self) -> None:
        """Raises IndexBroken when the table cannot be read."""
        _ask(f"SELECT 1 FROM {TABLE} LIMIT 1", [])

    warm = refresh

    def search(
        self,
        text: str,
        *,
        tokens: frozenset[str],
        kind: Any = None,
        space: Any = None,
        author: Any = None,
        tag: Any = None,
        year: Any = None,
        sort: str = "relevance",
        offset: int = 0,
        limit: int = 10,
        now: datetime | None = None,
        weights: Weights | None = None,
        exclude: Collection[str] = (),
    ) -> Results:
        """What a viewer with these tokens may read, as `engine.Index.search` gives it. Three statements."""
        began = time.perf_counter()
        asked = Reader(self.synonyms).read(text)
        chosen = {"kind": kind, "space": space, "author": author, "tag": tag, "year": year}
        picked = {name: _condition(name, value) for name, value in chosen.items() if value is not None}
        base, relaxed = [tokens, exclude], False
        counted = _counts(asked.where, base, picked)
        if not counted["total"] and asked.wide and not counted["any"]:
            wider = _counts(asked.wide, base, picked)
            relaxed = bool(wider["any"])
            if relaxed:
                counted, asked = wider, Asked(asked.wide, None, asked.rank, asked.words, asked.prefixes)
        by_date = sort == "date" or not asked.rank
        rows = self._hits(asked, base, picked, by_date, max(0, offset), max(0, limit), weights, now)
        return Results(
            total=counted["total"],
            hits=_shown(rows, asked),
            facets=counted["facets"],
            did_you_mean=self._did_you_mean(text, asked, tokens) if relaxed or not counted["any"] else None,
            relaxed=relaxed,
            took=time.perf_counter() - began,
        )

    def _did_you_mean(self, text: str, asked: Asked, tokens: frozenset[str]) -> str | None:
        corrections = self._speller.correct(asked.words[:MOST_WORDS], tokens, TABLE)
        return presenting.corrected(text, corrections) if corrections else None

    def _hits(
        self, asked: Asked, base: list[Any], picked: dict[str, Any], by_date: bool, offset: int, limit: int,
        weights: Weights | None, now: datetime | None
    ) -> list[Any]:  # fmt: skip
        used = weights or self.weights
        score, given = _score(asked.rank, used, now) if asked.rank else ("0", [])
        where, params = _where(asked.where, base, *picked.values())
        order = "active DESC, key DESC" if by_date else "score DESC, active DESC, key DESC"
        sql = f"SELECT key, {score} AS score, print FROM {TABLE} WHERE {where} ORDER BY {order} LIMIT %s OFFSET %s"
        shown = f"SELECT d.key, h.score, d.title, d.body, d.comments, d.files, h.print FROM ({sql}) h JOIN {TABLE} d USING (key) ORDER BY {order.replace('key', 'd.key').replace('active', 'd.active')}"
        return _ask(shown, [*given, *params, limit, offset])

    def ranking(
        self, text: str, *, tokens: frozenset[str], limit: int = 1_000, weights: Weights | None = None
    ) -> list[str]:
        """The keys of the best documents, best first."""
        asked = Reader(self.synonyms).read(text)
        return [
            row[0] for row in self._hits(asked, [tokens, ()], {}, not asked.rank, 0, limit, weights, None)
        ]

    def suggest(
        self, prefix: str, tokens: frozenset[str], limit: int = 8, now: datetime | None = None
    ) -> list[Suggestion]:
        """Titles of visible documents with the typed words, the last as a beginning; latest first."""
        query = Reader(self.synonyms).beginning(prefix)
        if not query:
            return []
        rows = _ask(
            f"SELECT DISTINCT ON (lower(title)) title, key, kind, active FROM {TABLE} WHERE audience = ANY(%s) AND words @@ %s::tsquery ORDER BY lower(title), active DESC, key DESC LIMIT 200",
            [sorted(tokens), query],
        )
        latest = sorted(rows, key=lambda row: -row[3])[:limit]
        return [Suggestion(title, key, kind) for title, key, kind, _ in latest]

    def explain(
        self,
        text: str,
        key: str,
        tokens: frozenset[str],
        weights: Weights | None = None,
        now: datetime | None = None,
    ) -> Explanation:
        """The rank of a document and what each word adds to its score."""
        keys = self.ranking(text, tokens=tokens, weights=weights)
        if key not in keys:
            return Explanation(key, False)
        asked, used = Reader(self.synonyms).read(text), weights or self.weights
        lines = []
        for part in asked.rank:
            score, given = _score([part], used, now)
            ((value,),) = _ask(f"SELECT {score} FROM {TABLE} WHERE key = %s", [*given, key])
            lines.append((_named(part, asked), float(value)))
        return Explanation(key, True, sum(v for _, v in lines), keys.index(key) + 1, lines)

    def health(self) -> Health:
        """Numbers for the status page."""
        ((count, size),) = _ask(f"SELECT count(*), pg_total_relation_size('{TABLE}') FROM {TABLE}", [])
        return Health(documents=count, deleted=0, segments=1, generation=0, bytes=size)

    def keys(self) -> Iterator[str]:
        """The keys of all documents."""
        return iter([row[0] for row in _ask(f"SELECT key FROM {TABLE}", [])])


def _named(query: str, asked: Asked) -> str:
    """A part of a query for people: its lexemes as the words that were typed."""
    typed = {stemmed: form for form, stemmed in reversed(asked.words)}
    words = LEXEME.sub(lambda found: f"“{typed.get(found[1], found[1])}”", query)
    for sign, said in ((" | ", " or "), (" & ", " and "), (" <-> ", " "), (":*", "…")):
        words = words.replace(sign, said)
    return words


def _ask(sql: str, params: list[Any]) -> list[Any]:
    """The rows of a statement. Whatever the database raises becomes IndexBroken."""
    try:
        return list(db.database.execute_sql(sql, params).fetchall())
    except Exception as error:
        raise IndexBroken(f"{type(error).__name__}: {error}") from error


def _where(
    match: tuple[str, list[Any]], base: list[Any], *more: tuple[str, list[Any]]
) -> tuple[str, list[Any]]:
    tokens, exclude = base
    sql, params = "audience = ANY(%s)", [sorted(tokens)]
    if exclude:
        sql, params = f"{sql} AND key <> ALL(%s)", [*params, list(exclude)]
    for part, given in (match, *more):
        sql, params = f"{sql} AND ({part})", [*params, *given]
    return sql, params


def _condition(name: str, value: Any) -> tuple[str, list[Any]]:
    values = [str(v) for v in (value if isinstance(value, list | tuple | set) else [value])]
    if name == "tag":
        return "tags && %s::text[]", [[fold(v) for v in values]]
    return f"{FACETS[name]} = ANY(%s)", [values]


def _counts(match: tuple[str, list[Any]], base: list[Any], picked: dict[str, Any]) -> dict[str, Any]:
    """The total, and {facet: {value: count}} where a facet's own choice does not narrow its own counts. One
    statement.
    """
    where, params = _where(match, base)
    parts, given = [], list(params)

    def narrowed(but: str = "") -> str:
        wanted = [condition for name, condition in picked.items() if name != but]
        given.extend(value for _, values in wanted for value in values)
        return " AND ".join(sql for sql, _ in wanted) or "true"

    parts.append("SELECT 'any', '', count(*) FROM found")
    parts.append(f"SELECT 'total', '', count(*) FROM found WHERE {narrowed()}")
    for name, column in FACETS.items():
        parts.append(
            f"SELECT '{name}', {column}, count(*) FROM found WHERE {column} IS NOT NULL AND {narrowed(name)} GROUP BY 2"
        )
    parts.append(f"SELECT 'tag', t, count(*) FROM found, unnest(tags) t WHERE {narrowed('tag')} GROUP BY 2")
    sql = f"WITH found AS MATERIALIZED (SELECT kind, space_id, author_id, year, tags FROM {TABLE} WHERE {where}) "
    facets: dict[str, dict[str, int]] = {name: {} for name in ("kind", "space", "author", "tag", "year")}
    answer: dict[str, Any] = {"facets": facets}
    rows = _ask(sql + " UNION ALL ".join(parts), given)
    for name, value, count in sorted(rows, key=lambda row: (-row[2], str(row[1]))):
        if name in ("any", "total"):
            answer[name] = count
        elif len(facets[name]) < MOST_VALUES:
            facets[name][value] = count
    return answer


def _score(parts: list[str], used: Weights, now: datetime | None) -> tuple[str, list[Any]]:
    """ts_rank over the weights of the fields (D files and comments, C text, B tags and headings, A title),
    times
    freshness and state as the engine counts them."""
    fields = [used.files / 4, used.words / 2, (used.words + used.tags) / 2, (used.words + used.title) / 2]
    highest = max(1.0, *fields)
    query = " | ".join(f"({part})" for part in parts)
    age = "greatest(0, %s - active)"
    sql = (
        "ts_rank(%s::real[], words, %s::tsquery, 1) * (1 + %s * power(0.5, " + age + " / %s)"
        " + CASE WHEN 'solved' = ANY(flags) THEN %s ELSE 0 END + CASE WHEN 'confirmed' = ANY(flags) THEN %s ELSE 0 END)"
    )
    moment = seconds(now or clock.now())
    half_life = used.half_life_days * 86_400.0
    return sql, [
        [f / highest for f in fields],
        query,
        used.fresh,
        moment,
        half_life,
        used.solved,
        used.confirmed,
    ]


def _shown(rows: list[Any], asked: Asked) -> list[Hit]:
    """Hits with the best passage marked by the engine's own marker; equal texts of a page folded together."""
    marker = Marker(asked.words, asked.prefixes, {})
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[6] or row[0]].append(row)
    hits = []
    for (key, score, title, body, comments, files, _), *folded in groups.values():
        parts, place = marker.best(body, [*json.loads(files), ("comments", comments)])
        hits.append(
            Hit(key, float(score), marker.whole(title), parts, place, tuple(row[0] for row in folded))
        )
    return hits
