"""The search log: what was searched for and opened, without names and for thirty days; what administrators
learn from it.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from hub import clock, db
from hub.access import Viewer
from hub.search.models import SearchClick, SearchQuery

KEEP = timedelta(days=30)
FLUSH_AFTER = timedelta(seconds=10)
FLUSH_AT = 50
LONGEST = 200
_queries: list[dict[str, Any]] = []
_clicks: list[dict[str, Any]] = []
_lock = threading.Lock()


@dataclass(frozen=True)
class Line:
    """One text of the log: by how many different people (a day counts anew), with how many results, opened
    how often.
    """

    text: str
    people: int
    results: int
    clicks: int


def remember(viewer: Viewer, text: str, results: int, secret: str) -> None:
    """Notes a search, without a name; one without a letter or a digit teaches nobody anything. Written in batches: losing
    the last few at a crash loses nobody's work.
    """
    if any(sign.isalnum() for sign in text):
        _note(_queries, viewer, text, secret, results=results)


def clicked(viewer: Viewer, text: str, key: str, rank: int, secret: str) -> None:
    """Notes that a result of the search was opened: `key` names it, `rank` counts from 1 (0: a recommended
    one).
    """
    if text and key:
        _note(_clicks, viewer, text, secret, key=key[:40], rank=max(0, min(rank, 1000)))


def _note(kept: list[dict[str, Any]], viewer: Viewer, text: str, secret: str, **values: Any) -> None:
    now = clock.now()
    who = hmac.new(secret.encode(), f"{now:%Y-%m-%d}:{viewer.id or 0}".encode(), hashlib.sha256).hexdigest()
    with _lock:
        kept.append(
            {"text": " ".join(text.lower().split())[:LONGEST], "person": who[:32], "at": now, **values}
        )
        due = len(kept) >= FLUSH_AT or kept[0]["at"] < now - FLUSH_AFTER
    if due:
        flush()


def flush() -> None:
    """Writes what has been noted so far."""
    with _lock:
        queries, _queries[:] = list(_queries), []
        clicks, _clicks[:] = list(_clicks), []
    if queries or clicks:
        with db.write():
            for table, rows in ((SearchQuery, queries), (SearchClick, clicks)):
                if rows:
                    table.insert_many(rows).execute()


def forget() -> None:
    """Drops what was noted and not written yet."""
    with _lock:
        _queries.clear()
        _clicks.clear()


def tidy() -> None:
    """Deletes what is older than thirty days."""
    for table in (SearchQuery, SearchClick):
        table.delete().where(table.at < clock.now() - KEEP).execute()


SHOWS = {"": "Popular", "unanswered": "No results", "unopened": "Nothing opened"}


def lines(show: str = "", limit: int = 50) -> list[Line]:
    """The log, most people first: all texts, those that last had no result, or those with results that
    nobody opened.
    """
    flush()
    count = peewee.fn.COUNT(peewee.fn.DISTINCT(SearchQuery.person))
    last = peewee.fn.MAX(SearchQuery.results)
    clicks = (
        SearchClick.select(SearchClick.text, peewee.fn.COUNT(SearchClick.id).alias("opened"))
        .group_by(SearchClick.text)
        .alias("clicks")
    )
    opened = peewee.fn.COALESCE(peewee.fn.MAX(clicks.c.opened), 0)
    rows = (
        SearchQuery.select(SearchQuery.text, count, last, opened)
        .join(clicks, peewee.JOIN.LEFT_OUTER, on=(clicks.c.text == SearchQuery.text))
        .where(SearchQuery.at > clock.now() - KEEP)
        .group_by(SearchQuery.text)
        .order_by(count.desc(), SearchQuery.text)
        .limit(limit)
    )
    if show == "unanswered":
        rows = rows.having(last == 0)
    elif show == "unopened":
        rows = rows.having((last > 0) & (opened == 0))
    return [Line(*row) for row in rows.tuples()]


def figures() -> dict[str, int]:
    """How many searches in thirty days, how many of them without result, how many results were opened. Two
    statements.
    """
    flush()
    since = clock.now() - KEEP
    nothing = peewee.fn.COALESCE(peewee.fn.SUM(peewee.Case(None, [(SearchQuery.results == 0, 1)], 0)), 0)
    searches, empty = (
        SearchQuery.select(peewee.fn.COUNT(SearchQuery.id), nothing)
        .where(SearchQuery.at > since)
        .tuples()
        .get()
    )
    return {
        "searches": searches,
        "empty": int(empty),
        "opened": SearchClick.select().where(SearchClick.at > since).count(),
    }
