"""The home page: the composer, what is new by day, and beside it what needs the viewer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import groupby
from typing import Any

from flask import Flask, current_app, request, url_for
from werkzeug.wrappers import Response

from hub import clock
from hub.access import Viewer
from hub.content import queries as content
from hub.content.models import Item
from hub.home import queries
from hub.people import queries as people
from hub.spaces import queries as spaces
from hub.web import cards, composer, menu
from hub.web.paging import Page, page
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import show, wants_region
from hub.web.viewer import current

log = logging.getLogger(__name__)
feature = Feature("home", __name__)
FEED = "home/_feed.html"
DRAFT = "post:new"


def attach(app: Flask) -> None:
    """Adds the route, the menu entry, and what spaces and profiles need of people."""
    attach_feature(app, feature)
    menu.add(app, menu.Entry("home.home", "Home", "home", 10))
    menu.needs_you(app, _requests, spaces.waiting_count)
    menu.needs_you(app, _profile)
    app.extensions.setdefault("between_tests", []).append(queries.forget)


@feature.page("/", need=PUBLIC, shows="list")
def home() -> Response:
    """What is new for the viewer; a stranger is welcomed and sees what is public."""
    viewer = current()
    wanted = request.args.get("show", "")
    wanted = wanted if wanted in queries.TABS and (viewer.person or wanted != "unread") else ""
    rows = page(
        queries.feed(viewer, wanted), request.args.get("page", ""), newest=queries.newest(viewer, wanted)
    )
    seen = queries.seen(viewer, rows.rows, DRAFT)
    shown: dict[str, Any] = {
        "days": _days(viewer, rows, seen),
        "page": rows,
        "wanted": wanted,
        "tabs": _tabs(viewer, wanted),
    }
    if wants_region():
        return show("home/home.html", FEED, **shown)
    if viewer.person is None:
        return show("home/welcome.html", FEED, **shown)
    return show("home/home.html", FEED, **shown, **_around(viewer, seen))


def _days(viewer: Viewer, rows: Page, seen: queries.Seen) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Cards by the day on which something last happened to them, with what is new beneath each."""
    made = cards.cards(viewer, rows, seen.marks)
    for card in made:
        card["new_comments"] = seen.fresh.get(card["id"], 0)
    pairs = list(zip(rows.rows, made, strict=True))
    return [(day, [card for _, card in group]) for day, group in groupby(pairs, lambda pair: _day(pair[0]))]


def _day(item: Item) -> Any:
    return clock.local(item.active_at).date()


def _tabs(viewer: Viewer, wanted: str) -> list[dict[str, Any]]:
    names = queries.TABS if viewer.person else {k: v for k, v in queries.TABS.items() if k != "unread"}
    return [
        {"label": label, "url": url_for("home.home", show=key or None), "current": key == wanted}
        for key, label in names.items()
    ]


def _around(viewer: Viewer, seen: queries.Seen) -> dict[str, Any]:
    """The composer and the rail."""
    may_post = "blogs.new" in current_app.view_functions
    kept = content.draft(viewer, DRAFT) if seen.draft else None
    home_cards = current_app.extensions.get("home_cards", [])
    return {
        "composer_args": composer.context(viewer, key=DRAFT, audience="everyone", kept=kept)
        if may_post
        else {},
        "needs": _needs(viewer),
        "home_cards": [(template, values(viewer)) for _, template, values in home_cards],
        "skills": queries.skills(),
    }


def _needs(viewer: Viewer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for what in menu.needing(viewer):
        found += _asked(what, viewer)
    return sorted(found, key=lambda need: (need.get("due") is None, need.get("due") or clock.now()))[:8]


def _asked(what: Callable[[Viewer], list[dict[str, Any]]], viewer: Viewer) -> list[dict[str, Any]]:
    """What one feature needs of the viewer. A feature that fails here leaves the home page standing."""
    try:
        return what(viewer) or []
    except Exception:
        log.exception("a feature could not say what it needs")
        return []


def _requests(viewer: Viewer) -> list[dict[str, Any]]:
    return [
        {
            "text": f"{space.waiting} {_ask(space.waiting)} to join {space.name}",
            "url": url_for("spaces.requests", space_slug=space.slug),
            "due": None,
        }
        for space in spaces.waiting_for(viewer)
    ]


def _ask(number: int) -> str:
    return "person asks" if number == 1 else "people ask"


def _profile(viewer: Viewer) -> list[dict[str, Any]]:
    if viewer.person is None or not people.wants_confirming(viewer.person):
        return []
    url = url_for("people.person", handle=viewer.person.handle)
    return [{"text": "Is your profile still right?", "url": url, "due": None}]
