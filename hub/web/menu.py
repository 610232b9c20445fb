"""What stands around every page: the menu, the viewer's spaces, the unread count. Features add their own entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request, session, url_for
from flask_wtf.csrf import generate_csrf

from hub.access import Place, Viewer
from hub.content.queries import numbers_query
from hub.people.models import Person
from hub.prepared import Prepared, prepared
from hub.web import viewer as viewers

Count = Callable[[Viewer], Any]
"""Gives a peewee query of one number (or None), such as `Notification.select(fn.COUNT(...)).where(...)`.

Its SQL is written once for everybody with the same roles, so whether there is a query, and what it looks like, may depend
on the viewer's roles only; the viewer's id, tokens and spaces may stand in it as values.
"""


@dataclass(frozen=True)
class Entry:
    """An entry of the side navigation. `count` gives the query of a number to show beside it, `count_of` says of what."""

    endpoint: str
    label: str
    icon: str
    order: int
    who: Callable[[Viewer], bool] = lambda viewer: True
    count: Count | None = None
    count_of: str = "unread"


def add(app: Flask, entry: Entry) -> None:
    """Adds an entry when a feature is attached."""
    entries: list[Entry] = app.extensions.setdefault("menu", [])
    entries.append(entry)
    entries.sort(key=lambda e: e.order)


def add_count(app: Flask, name: str, count: Count) -> None:
    """Gives every page a number under that name, e.g. `unread_count`. All numbers of a page are read in one statement."""
    app.extensions.setdefault("page_counts", {})[name] = count


def on_page(app: Flask, name: str, value: Callable[[Viewer], Any]) -> None:
    """Gives every whole page (not a region) a variable of a feature's. It should cost nothing, or be kept for a while."""
    if name == "announcements":
        announce(app, value)
        return
    app.extensions.setdefault("page_values", {})[name] = value


def announce(app: Flask, what: Callable[[Viewer], list[dict[str, Any]]]) -> None:
    """Adds to what every page says at its top: dictionaries of text, kind, url and link. It should cost nothing."""
    app.extensions.setdefault("announcements", []).append(what)


def home_card(app: Flask, order: int, template: str, values: Callable[[Viewer], dict[str, Any]]) -> None:
    """Adds a card to the home page's rail: a template of a feature and what it shows there. Kept for a while, or one query."""
    cards: list[tuple[int, str, Any]] = app.extensions.setdefault("home_cards", [])
    cards.append((order, template, values))
    cards.sort(key=lambda card: card[0])


Needs = Callable[[Viewer], list[dict[str, Any]]]


def needs_you(app: Flask, what: Needs, waiting: Count | None = None) -> None:
    """Adds to the list *Needs you* on the home page: dictionaries of text, url and due (a time or None).

    `waiting` gives the query of a number that is 0 where `what` has nothing to say. It is read with the page's other
    numbers, so that what needs nobody costs no statement of its own.
    """
    app.extensions.setdefault("needs_you", []).append(what)
    if waiting is not None:
        app.extensions.setdefault("needs_waiting", {})[what] = waiting


def needing(viewer: Viewer) -> list[Needs]:
    """Those that may need something of the viewer: asked without a number, or with one that is not 0.

    Reads the numbers of the page that is being made, too.
    """
    waiting: dict[Needs, Count] = current_app.extensions.get("needs_waiting", {})
    names = {f"needs.{number}": count for number, count in enumerate(waiting.values())}
    g.page_numbers = found = _counts(viewer, names)
    idle = {what for name, what in zip(names, waiting, strict=True) if not found.get(name)}
    return [what for what in current_app.extensions.get("needs_you", []) if what not in idle]


def init(app: Flask) -> None:
    """Attaches the context that page.html uses."""
    app.context_processor(context)


def context() -> dict[str, Any]:
    """Variables of page.html; a region gets only what regions use, and costs no query."""
    viewer = viewers.current()
    shared = {"viewer": viewer, "csrf_token": generate_csrf}
    if g.get("region"):
        return shared
    settings = current_app.config["HUB"]
    values = current_app.extensions.get("page_values", {})
    preferences = viewer.person.preferences if viewer.person else {}
    counts = g.pop("page_numbers", None)
    if counts is None:
        counts = _counts(viewer)
    return {
        **shared,
        "menu": _menu(viewer, counts),
        "your_spaces": _your_spaces(viewer),
        "brand": {
            "name": settings.name,
            "organisation": settings.organisation,
            "css_url": url_for("branding.style", v=settings.accent.strip("#")) if settings.accent else "",
        },
        "viewer_theme": preferences.get("theme") or session.get("theme") or "system",
        "viewer_keys": preferences.get("keys", "on"),
        "announcements": [
            told for what in current_app.extensions.get("announcements", []) for told in what(viewer) or []
        ],
        **{name: counts.get(name, 0) for name in current_app.extensions.get("page_counts", {})},
        **{name: value(viewer) for name, value in values.items()},
    }


def entries(viewer: Viewer) -> list[Entry]:
    """The entries of the side navigation that this viewer sees."""
    return [entry for entry in current_app.extensions.get("menu", []) if entry.who(viewer)]


def _counts(viewer: Viewer, more: dict[str, Count] | None = None) -> dict[str, int]:
    """Every number of the page by endpoint or name, and these more, in one statement."""
    if viewer.person is None:
        return {}
    wanted = {entry.endpoint: entry.count for entry in entries(viewer) if entry.count}
    wanted |= current_app.extensions.get("page_counts", {}) | (more or {})
    kept: dict[Any, tuple[list[str], Prepared]] = current_app.extensions.setdefault("page_numbers", {})
    key = (tuple(wanted), tuple(viewer.person.roles))
    if key not in kept:
        asked = {name: count for name, count in wanted.items() if count(viewer) is not None}
        kept[key] = (list(asked), _numbers(list(asked.values()), viewer.person.roles))
    names, numbers = kept[key]
    places = viewer.places.values()
    edited, others = [p.id for p in places if p.editor], [p.id for p in places if not p.editor]
    if not names:
        return {}
    row = numbers.first(me=viewer.id, tokens=viewer.tokens, edited=edited, others=others)
    return {name: number or 0 for name, number in zip(names, row, strict=True)}


def _numbers(counts: list[Count], roles: list[str]) -> Prepared:
    """One statement with these counts, for everybody with these roles: written once, then run on every page."""

    def build(me: int, tokens: list[str], edited: list[int], others: list[int]) -> Any:
        places = {
            i: Place(i, "", "", "", editor, "", "", False)
            for ids, editor in ((edited, True), (others, False))
            for i in ids
        }
        somebody = Viewer(Person(id=me, roles=roles), frozenset(tokens), places)
        return numbers_query([count(somebody) for count in counts])

    return prepared(build)


def _your_spaces(viewer: Viewer) -> list[dict[str, Any]]:
    here = (request.view_args or {}).get("space_slug")
    return [
        {
            "name": p.name,
            "url": url_for("spaces.space", space_slug=p.slug),
            "colour": p.colour,
            "current": p.slug == here,
        }
        for p in viewer.places.values()
        if not p.is_hub
    ]


def _menu(viewer: Viewer, counts: dict[str, int]) -> list[dict[str, Any]]:
    listed = [(entry, url_for(entry.endpoint)) for entry in entries(viewer)]
    here = _here(listed)
    return [
        {
            "label": entry.label,
            "url": url,
            "icon": entry.icon,
            "count": counts.get(entry.endpoint, 0),
            "count_of": entry.count_of,
            "current": entry is here,
        }
        for entry, url in listed
    ]


def _here(entries: list[tuple[Entry, str]]) -> Entry | None:
    """The entry of the feature whose page this is; where it has several, the one whose address the page's begins with."""
    section = (request.endpoint or "").partition(".")[0]
    own = [(entry, url) for entry, url in entries if entry.endpoint.partition(".")[0] == section]
    below = [(len(url), entry) for entry, url in own if f"{request.path}/".startswith(f"{url.rstrip('/')}/")]
    return max(below, key=lambda found: found[0])[1] if below else own[0][0] if own else None
