"""URLs of search: results, suggestions, asking the hub, saved searches, and who wants to be found as
somebody who knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Flask, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from hub import events
from hub.access import Viewer
from hub.content import kinds
from hub.content.models import Item
from hub.errors import Invalid
from hub.search import (
    actions,
    asking,
    destinations,
    experts,
    log,
    queries,
    reactions,
    saving,
    tuning,
    wording,
)
from hub.search.insight.views import feature
from hub.web import cards, health, limits, starting
from hub.web.routing import PUBLIC
from hub.web.routing import attach as attach_feature
from hub.web.show import go, item_url, show, wants_region
from hub.web.viewer import current

LATER = timedelta(
    days=1
)  # after its own date, that a hit was active is worth telling: the newest stand by it
CHOICES = {"kind": "Kind", "space": "Space", "author": "Written by", "tag": "Tag", "year": "Year"}
FED_BY = [
    "item:published",
    "item:edited",
    "item:detached",
    "item:withdrawn",
    "item:restored",
    "item:audience_changed",
    "item:hidden",
    "item:unhidden",
    "item:moved",
    "item:confirmed",
    "topic:solved",
    "topic:unsolved",
    "document:read",
    "file:read",
    "document:version_added",
    "document:changed",
    "person:joined",
    "person:changed",
    "person:left",
    "person:returned",
    "space:created",
    "space:changed",
    "space:archived",
    "space:reopened",
]
TEMPLATES = ["page.html", "search/search.html", "search/_results.html", "search/suggest.html"]
TEMPLATES += [
    f"components/{name}.html" for name in ("search_hit", "facets", "avatar", "when", "tabs", "pager")
]
PAGE = re.compile(r"page ([0-9]{1,5})")
OPENED = re.compile(r"((?:item|person|space)-[0-9]{1,9})-([0-9]{1,4})")


def attach(app: Flask) -> None:
    """Adds the routes, opens the index of this app and feeds it from events."""
    attach_feature(app, feature)
    reactions.init(app.config["HUB"].index_path, app.config["HUB"].search == "postgresql")
    events.subscribe("search", reactions.feed, FED_BY, outside=True)
    events.subscribe("search.asking", asking.follow, asking.NAMES)
    health.add(app, how_it_is)
    starting.add(app, reactions.warm)
    starting.add(app, read_templates)
    app.after_request(note_click)
    app.extensions.setdefault("between_tests", []).append(lambda: forget(app))


def read_templates() -> None:
    """Reads ahead what the first page of results would have to compile."""
    for name in TEMPLATES:
        current_app.jinja_env.get_template(name)


def how_it_is() -> health.Health:
    """The index in a sentence, for the status page."""
    state, words = reactions.state()
    return health.Health("Search", state, words)


def forget(app: Flask) -> None:
    """Begins anew with the folder of this app: between tests, and after the index was replaced from
    outside.
    """
    reactions.init(app.config["HUB"].index_path, app.config["HUB"].search == "postgresql")
    log.forget()
    tuning.forget()


def note_click(response: Response) -> Response:
    """Notes for the log that a page was opened from a search: its address has `hit` and, as `hl`, the
    words.
    """
    opened = OPENED.fullmatch(request.args.get("hit", "")) if "hit" in request.args else None
    if opened and request.method == "GET" and response.status_code < 400 and not wants_region():
        words = queries.clean(request.args.get("hl", ""))
        key = opened[1].replace("-", ":")
        log.clicked(current(), words, key, int(opened[2]), current_app.config["SECRET_KEY"])
    return response


# --- results --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What the address asks for."""

    text: str
    chosen: dict[str, str]
    sort: str
    number: int

    def url(self, **changes: Any) -> str:
        """The address of the same search with changes: `text`, `sort`, `number`, or one of the filters."""
        chosen = {
            name: changes.get(name, value)
            for name, value in (dict.fromkeys(CHOICES, "") | self.chosen).items()
        }
        number = changes.get("number", 1)
        return url_for(
            "search.search",
            q=changes.get("text", self.text) or None,
            sort=changes.get("sort", self.sort) or None,
            page=number if number > 1 else None,
            **{name: value for name, value in chosen.items() if value},
        )


def _wanted(values: Any) -> Wanted:
    chosen = {name: values.get(name, "").replace("\x00", "")[:80] for name in CHOICES}
    return Wanted(
        queries.clean(values.get("q", "")),
        {name: value for name, value in chosen.items() if value},
        "date" if values.get("sort") == "date" else "",
        values.get("page", 1, type=int),
    )


@feature.page("/search", need=PUBLIC, shows="search")
@limits.for_strangers("60/minute")
def search() -> Response:
    """Results for the words in `q`, narrowed by facets, best or newest first."""
    viewer, wanted = current(), _wanted(request.args)
    found = queries.find(viewer, wanted.text, wanted.chosen, wanted.sort, wanted.number)
    log.remember(viewer, wanted.text, found.total, current_app.config["SECRET_KEY"])
    return show("search/search.html", "search/_results.html", **_results(viewer, wanted, found))


def _results(viewer: Viewer, wanted: Wanted, found: queries.Found) -> dict[str, Any]:
    number, first = wanted.number, (max(1, wanted.number) - 1) * queries.PER_PAGE + 1
    best = {item.id for item in found.recommended}
    hits = [
        (rank, h)
        for rank, h in enumerate(found.hits, first)
        if not (h["what"] == "item" and h["thing"].id in best)
    ]
    knowing = experts.who_knows(viewer, wanted.text, found) if number <= 1 else []
    return {
        "query": wanted.text,
        "found": found,
        "recommended": [_item(viewer, item, wanted.text, 0) for item in found.recommended],
        "hits": [_hit(viewer, hit, wanted.text, rank) for rank, hit in hits],
        "groups": _groups(found, wanted),
        "chosen": wanted.chosen,
        "sorts": [
            {"label": label, "url": wanted.url(sort=key), "current": key == wanted.sort}
            for key, label in queries.SORTS.items()
        ],
        "newer": wanted.url(number=number - 1) if number > 1 and found.hits else "",
        "first_url": wanted.url() if number > 1 and found.total and not found.hits else "",
        "older": wanted.url(number=number + 1) if found.more else "",
        "number": number,
        "may_ask": viewer.person is not None and bool(wanted.text) and number <= 1,
        "may_keep": viewer.person is not None and bool(wanted.text or wanted.chosen),
        "plain_url": wanted.url(**dict.fromkeys(CHOICES, "")),
        "corrected_url": wanted.url(text=found.did_you_mean),
        "experts": [cards.who(expert.person) | {"note": expert.why} for expert in knowing],
        "sort": wanted.sort,
    }


def _groups(found: queries.Found, wanted: Wanted) -> list[dict[str, Any]]:
    groups = []
    for name, title in CHOICES.items():
        values = found.facets.get(name, [])
        picked = wanted.chosen.get(name, "")
        if len(values) < 2 and not picked:
            continue
        choices = [
            {"label": label, "count": count, "current": value == picked, "url": wanted.url(**{name: value})}
            for value, label, count in values[:12]
        ]
        groups.append(
            {"title": title, "clear_url": wanted.url(**{name: ""}) if picked else "", "choices": choices}
        )
    return groups


def _hit(viewer: Viewer, hit: dict[str, Any], text: str, rank: int) -> dict[str, Any]:
    thing, what = hit["thing"], hit["what"]
    marked = {
        "title_parts": hit["title"],
        "passage": hit["passage"],
        "place": hit["place"] if hit["place"] != "comments" else "",
    }
    if what == "item":
        if thing.root_id is not None:
            marked["title_parts"] = [(thing.root.title, False)]
        others = [{"title": o.title, "url": item_url(o), "space": o.space.name} for o in hit["others"]]
        return (
            _item(viewer, thing, text, rank, hit["place"])
            | marked
            | {"others": others, "others_words": wording.others(len(others))}
        )
    label, url = ("Person", "people.person") if what == "person" else ("Space", "spaces.space")
    address = url_for(url, handle=thing.handle) if what == "person" else url_for(url, space_slug=thing.slug)
    opened = _opened(address, text, what, thing.id, rank)
    return {
        "id": f"{what}-{thing.id}",
        "person": cards.who(thing) if what == "person" else None,
        "title": thing.name,
        "url": opened,
        "kind_label": label,
        "kind_icon": what,
    } | marked


def _item(viewer: Viewer, thing: Item, text: str, rank: int, place: str = "") -> dict[str, Any]:
    kind, page = kinds.KINDS[thing.kind], PAGE.fullmatch(place)
    there = url_for(kind.place_page, at=place, **{kind.arg: thing.id}) if kind.place_page and place else ""
    address = item_url(thing) + (f"#page-{page[1]}" if page and there else "")
    card = cards.card(thing, {"saved": set(), "read": {}, "viewer": None})
    return {
        key: card[key] for key in ("title", "kind_label", "kind_icon", "author", "space", "at", "state")
    } | {
        "id": f"item-{thing.id}",
        "active": thing.active_at if thing.active_at - card["at"] > LATER else None,
        "url": _opened(address, text, "item", thing.id, rank),
        "place_url": _opened(there, text, "item", thing.id, rank) if there else "",
        "passage": [(thing.excerpt, False)],
        "seen_by": wording.seen_by(viewer, thing),
        "freshness": wording.freshness(thing),
    }


def _opened(url: str, text: str, what: str, number: int, rank: int) -> str:
    """The address with the words to mark there and the place among the results, for the log."""
    if not text:
        return url
    parts = urlsplit(url)
    added = urlencode({"hl": text[: log.LONGEST], "hit": f"{what}-{number}-{min(rank, 9999)}"})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


@feature.page("/search/suggest", need=PUBLIC, shows="suggestion")
@limits.for_strangers("240/minute")
def suggest() -> Response:
    """People, spaces, items and places of the hub for the list under the search box."""
    typed = queries.clean(request.args.get("q", ""))
    if not typed and request.args.get("commands"):
        groups = [
            {
                "title": title,
                "entries": [
                    {"label": label, "icon": icon, "url": url_for(endpoint)}
                    for label, icon, endpoint in places
                    if endpoint in current_app.view_functions
                ],
            }
            for title, places in destinations.commands(current()).items()
        ]
        return current_app.make_response(
            render_template("search/suggest.html", groups=groups, query="", more_url="")
        )
    found = queries.suggest(current(), typed)
    people = [
        (p.name, p.job_title, "person", url_for("people.person", handle=p.handle)) for p in found["person"]
    ]
    spaces = [(s.name, "", "space", url_for("spaces.space", space_slug=s.slug)) for s in found["space"]]
    pages = [(i.title, i.space.name, kinds.KINDS[i.kind].icon, item_url(i)) for i in found["item"]]
    places = [
        (label, "", icon, url_for(endpoint))
        for label, icon, endpoint in destinations.named(current(), typed)
        if endpoint in current_app.view_functions
    ]
    groups = [
        {
            "title": title,
            "entries": [dict(zip(("label", "note", "icon", "url"), row, strict=True)) for row in rows],
        }
        for title, rows in (("People", people), ("Spaces", spaces), ("Pages", pages), ("Go to", places))
    ]
    more = url_for("search.search", q=typed)
    return current_app.make_response(
        render_template("search/suggest.html", groups=groups, query=typed, more_url=more)
    )


# --- asking the hub -------------------------------------------------------------------------------


@feature.action("/search/ask")
def ask() -> Response:
    """Begins a question from a search that did not help; the forum asks where it belongs and publishes it."""
    asked = actions.ask(
        current(), queries.clean(request.form.get("q", "")), queries.clean(request.form.get("title", ""))
    )
    return go(
        "forums.new_topic",
        "Choose where it belongs and add what you know already. Whoever may know is told.",
        title=asked.title,
    )


# --- saved searches -------------------------------------------------------------------------------


@feature.page("/search/saved", shows="list")
def saved() -> Response:
    """The searches that the viewer keeps."""
    return _saved()


def _saved(error: Invalid | None = None) -> Response:
    rows = [
        {
            "row": row,
            "url": Wanted(row.text, row.chosen, row.sort, 1).url(),
            "narrowed": [CHOICES[n] for n in row.chosen if n in CHOICES],
        }
        for row in saving.of(current())
    ]
    return show(
        "search/saved.html", rows=rows, error=error.message if error else "", status=422 if error else 200
    )


@feature.action("/search/saved/keep")
def keep() -> Response:
    """Keeps a search, with alerts when they are wanted."""
    wanted, form = _wanted(request.form), request.form
    try:
        row = actions.save_search(
            current(),
            name=form.get("name", ""),
            text=wanted.text,
            chosen=wanted.chosen,
            sort=wanted.sort,
            alerts="alerts" in form,
        )
    except Invalid as error:
        return _saved(error)
    told = (
        "You are told once a day of what is new in it." if row.alerts else "You are not told of new results."
    )
    return go("search.saved", f"Kept as {row.name}. {told}")


@feature.action("/search/saved/<int:number>/alerts")
def alerts(number: int) -> Response:
    """Tells of new results from now on, or no longer."""
    row = saving.one(current(), number)
    actions.set_alerts(current(), row, "on" in request.form)
    return go(
        "search.saved",
        f"{row.name}: you are {'told of new results from now on' if row.alerts else 'no longer told of new results'}.",
    )


@feature.action("/search/saved/<int:number>/delete")
def drop(number: int) -> Response:
    """Deletes a search that the viewer keeps."""
    row = saving.one(current(), number)
    actions.drop_search(current(), row)
    return go("search.saved", f"{row.name} is deleted.")


# --- being found as somebody who knows ------------------------------------------------------------


@feature.form("/settings/expertise")
def expertise() -> Response:
    """Whether, and for what, the viewer is named beside search results as somebody who knows."""
    viewer = current()
    if request.method == "POST":
        experts.choose(viewer, request.form.get("choice", ""))
        return go("search.expertise", "Saved. It holds from the next search on.")
    assert viewer.person is not None
    return show(
        "search/expertise.html",
        choices=list(experts.CHOICES.items()),
        chosen=experts.choice_of(viewer.person),
        me=viewer.person,
    )
