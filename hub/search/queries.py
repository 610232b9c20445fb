"""Searching as a viewer: from the index with the permission inside the query, checked again in SQL; from
SQL while there is no index.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import peewee

from hub import access
from hub.access import Viewer
from hub.content import kinds
from hub.content import queries as content
from hub.content.models import Item
from hub.events import Event, Place
from hub.people import queries as people
from hub.people.models import Person
from hub.prepared import prepared
from hub.search import reactions, tuning
from hub.search.engine import IndexBroken, Results
from hub.spaces.models import Space

log = logging.getLogger(__name__)
PER_PAGE = 10
LONGEST = 400
FURTHEST = 100
AUTHORS = 15  # who wrote most of what was found; twelve are offered to narrow by
SORTS = {"": "Best match", "date": "Newest"}


@dataclass
class Found:
    """What a search shows. `hits` are dictionaries of `thing` (a row) and what the engine marked in it.

    `recommended` are the best bets for these words that the viewer may read; `authors` who wrote how many of
    what was found.
    """

    total: int = 0
    hits: list[dict[str, Any]] = field(default_factory=list)
    facets: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    did_you_mean: str = ""
    relaxed: bool = False
    trouble: str = ""
    took: float = 0.0
    more: bool = False
    recommended: list[Item] = field(default_factory=list)
    authors: list[tuple[Person, int]] = field(default_factory=list)


def find(
    viewer: Viewer,
    text: str,
    chosen: dict[str, str] | None = None,
    sort: str = "",
    number: int = 1,
    per_page: int = PER_PAGE,
) -> Found:
    """What the viewer may read that matches. `chosen`: kind, space (id), author (id), tag, year. Any text is
    answered.

    Pages are numbered from 1 to 100. Every hit is checked again in SQL: one that has gone or was narrowed a
    moment ago is
    left out of the list and of the total.
    """
    text = clean(text)
    chosen = {k: v for k, v in (chosen or {}).items() if v}
    number = max(1, min(number, FURTHEST))
    try:
        results = reactions.index().search(
            text,
            tokens=access.readable_in_search(viewer),
            sort="date" if sort == "date" else "relevance",
            offset=(number - 1) * per_page,
            limit=per_page,
            exclude=changed_since_fed(),
            kind=chosen.get("kind"),
            space=chosen.get("space"),
            author=chosen.get("author"),
            tag=chosen.get("tag"),
            year=chosen.get("year"),
        )
    except IndexBroken as error:
        reactions.broken(str(error))
        return from_database(viewer, text, chosen, number, per_page)
    if reactions.trouble():
        return from_database(viewer, text, chosen, number, per_page)
    best = tuning.current().best(text) if number == 1 and text and not chosen else []
    return _shown(viewer, results, number, per_page, best)


def clean(text: str) -> str:
    """The query without control characters, at most 400 characters."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:LONGEST]


def changed_since_fed() -> list[str]:
    """Keys of what has changed since the index was last fed: left out of answers, so that no count tells of
    what is gone. One query.
    """
    ids = {item_id for (item_id,) in _changed()}
    if not ids:
        return []
    answers = Item.select(Item.id).where(Item.root.in_(ids)).tuples()
    return [f"item:{i}" for i in ids] + [f"item:{i}" for (i,) in answers]


@prepared
def _changed() -> Any:
    fed = Place.select(Place.last_id).where(Place.subscriber == "search")
    return (
        Event.select(Event.item_id)
        .where(
            Event.id > peewee.fn.COALESCE(fed, 0),
            Event.item_id.is_null(False),
            Event.name.in_(("item:withdrawn", "item:audience_changed", "item:hidden", "item:moved")),
        )
        .limit(500)
        .tuples()
    )


def _shown(viewer: Viewer, results: Results, number: int, per_page: int, best: list[int]) -> Found:
    ids = _ids(results)
    folded = [int(key[5:]) for hit in results.hits for key in hit.others if key.startswith("item:")]
    items = content.readable(viewer, [*ids["item"], *best, *folded], with_roots=True)
    authors = {int(v) for v in [*results.facets.get("author", {})][:AUTHORS] if v.isdigit()}
    persons = people.by_ids([*ids["person"], *authors]) if ids["person"] or authors else {}
    spaces = _spaces(viewer, ids["space"])
    hits = []
    for hit in results.hits:
        kind, _, key = hit.key.partition(":")
        thing = {"item": items, "person": persons, "space": spaces}[kind].get(int(key))
        if thing is None or (kind == "person" and (viewer.person is None or thing.status != "active")):
            continue
        hits.append(
            {
                "what": kind,
                "thing": thing,
                "title": hit.title,
                "passage": hit.parts,
                "place": hit.place,
                "others": [
                    items[i] for i in (int(k[5:]) for k in hit.others if k.startswith("item:")) if i in items
                ],
                "score": hit.score,
            }
        )
    total = max(len(hits), results.total - (len(results.hits) - len(hits)))
    names = {str(p.id): p.name for p in persons.values()}
    return Found(
        total=total,
        hits=hits,
        facets=_named(viewer, results.facets, names, items.values()),
        did_you_mean=results.did_you_mean or "",
        relaxed=results.relaxed,
        took=results.took,
        more=number < FURTHEST and results.total > number * per_page,
        recommended=[items[i] for i in best if i in items],
        authors=[
            (persons[int(v)], n)
            for v, n in results.facets.get("author", {}).items()
            if v.isdigit() and int(v) in persons
        ],
    )


def _ids(results: Results) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {"item": [], "person": [], "space": []}
    for hit in results.hits:
        kind, _, key = hit.key.partition(":")
        ids[kind].append(int(key))
    return ids


def _spaces(viewer: Viewer, ids: list[int]) -> dict[int, Space]:
    if not ids:
        return {}
    return {
        s.id: s
        for s in Space.select().where(Space.id.in_(ids), Space.archived_at.is_null())
        if s.listed_to in viewer.tokens
    }


def _named(
    viewer: Viewer, facets: dict[str, dict[str, int]], authors: dict[str, str], items: Iterable[Item]
) -> dict[str, list[tuple[str, str, int]]]:
    """Facets as (value, label, count), with names instead of numbers; values without a name the viewer may
    know are left out.
    """
    spaces = {str(place.id): place.name for place in viewer.places.values()}
    spaces |= {str(item.space_id): item.space.name for item in items}
    unknown = [int(v) for v in facets.get("space", {}) if v.isdigit() and v not in spaces]
    if unknown:
        spaces |= {
            str(s.id): s.name
            for s in Space.select(Space.id, Space.name, Space.kind, Space.reach).where(Space.id.in_(unknown))
            if access.may_know(viewer, s)
        }
    labels = {
        "space": spaces,
        "author": authors,
        "kind": {k.name: k.plural for k in kinds.KINDS.values()} | {"person": "People", "space": "Spaces"},
    }
    named = {}
    for name, values in facets.items():
        known = labels.get(name)
        named[name] = [
            (v, known.get(v, "") if known is not None else v, n)
            for v, n in values.items()
            if n and (known is None or v in known)
        ]
    return named


def from_database(viewer: Viewer, text: str, chosen: dict[str, str], number: int, per_page: int) -> Found:
    """Search without the index: titles and first lines that hold every word, newest first."""
    query = content.listing(viewer, kind=list(kinds.KINDS))
    for word in text.replace('"', " ").lower().split()[:8]:
        query = query.where(
            peewee.fn.LOWER(Item.title).contains(word) | peewee.fn.LOWER(Item.excerpt).contains(word)
        )
    if chosen.get("kind"):
        query = query.where(Item.kind == chosen["kind"])
    for name, column in (("space", Item.space), ("author", Item.author)):
        if chosen.get(name, "").isdecimal():
            query = query.where(column == int(chosen[name]))
    rows = list(query.limit(per_page + 1).offset((number - 1) * per_page))
    total = query.count() if len(rows) > per_page else len(rows) + (number - 1) * per_page
    hits = [
        {
            "what": "item",
            "thing": r,
            "title": [(r.title, False)],
            "passage": [(r.excerpt, False)],
            "place": "",
            "others": (),
            "score": 0.0,
        }
        for r in rows[:per_page]
    ]
    count = Counter(row.kind for row in rows[:per_page])
    facets = {"kind": [(k, kinds.KINDS[k].plural, n) for k, n in count.items()]} if total <= per_page else {}
    return Found(
        total=total,
        hits=hits,
        facets=facets,
        trouble=reactions.trouble() or "Search is being repaired.",
        more=len(rows) > per_page,
    )


def suggest(viewer: Viewer, typed: str, limit: int = 8) -> dict[str, list[Any]]:
    """People, spaces and items that begin like what is being typed, each checked again in SQL: {"person",
    "space", "item"}.
    """
    typed = clean(typed)[:80]
    found: dict[str, list[Any]] = {"person": [], "space": [], "item": []}
    if not typed:
        return found
    try:
        rows = reactions.index().suggest(typed, access.readable_in_search(viewer), limit=limit * 2)
    except IndexBroken as error:
        reactions.broken(str(error))
        found["item"] = [
            hit["thing"] for hit in from_database(viewer, typed, {}, 1, limit).hits if hit["thing"].title
        ]
        return found
    ids: dict[str, list[int]] = {"item": [], "person": [], "space": []}
    for row in rows:
        kind, _, key = row.key.partition(":")
        if key:
            ids[kind].append(int(key))
    items = content.readable(viewer, ids["item"])
    persons = people.by_ids(ids["person"]) if viewer.person else {}
    spaces = _spaces(viewer, ids["space"])
    found["item"] = [items[i] for i in ids["item"] if i in items and items[i].root_id is None][:limit]
    found["person"] = [persons[i] for i in ids["person"] if i in persons and persons[i].status == "active"][
        :4
    ]
    found["space"] = [spaces[i] for i in ids["space"] if i in spaces][:4]
    return found
