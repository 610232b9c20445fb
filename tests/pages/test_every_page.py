"""Every page there is, in Chromium: axe-core finds nothing, nothing scrolls sideways, the console stays quiet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup, SoupStrainer
from flask import Flask

from hub.people.models import Person
from hub.web.routing import PUBLIC, surfaces
from tests.browser import Client
from tests.leaks.test_matrix import Values
from tests.leaks.world import World
from tests.looks import problems, violations

pytestmark = pytest.mark.browser
PAGES = ("page", "list", "count", "search", "form")
WHO = ("editor", "partner in", "nobody", "administrator", "reviewer")
PARTS = 8
"""The pages are looked at in so many tests, so that every worker process has its share."""
_planned: list[tuple[str, str]] = []


def pages(app: Flask, client: Client, world: World, somebody: Person | None) -> dict[str, str]:
    """One path for each page that answers 200 to this person, with a digest of its markup without the words."""
    values = Values(world, somebody)
    client.sign_in(somebody)
    found = {}
    for surface in sorted(surfaces(app).values(), key=lambda s: s.rule):
        if (
            "GET" not in surface.methods
            or surface.shows not in PAGES
            or (somebody is None and surface.need != PUBLIC)
        ):
            continue
        rule = next(r for r in app.url_map.iter_rules() if r.endpoint == surface.endpoint)
        given = {name: values.of[name][0] for name in rule.arguments}
        path = client.path(surface.endpoint, **given)
        response = client.http.get(path)
        if response.status_code == 200 and response.mimetype == "text/html" and b"<html" in response.data:
            found[path] = markup(response.data)
        response.close()
    return found


def markup(html: bytes) -> str:
    """A digest of what <main> holds, its words left out: elements with their classes, roles and states."""
    kept = ("class", "role", "type", "hidden", "open", "disabled", "checked")
    seen = [
        (e.name, [(k, v) for k, v in sorted(e.attrs.items()) if k in kept or k.startswith("aria-")])
        for e in BeautifulSoup(html, "html.parser", parse_only=SoupStrainer("main")).find_all(True)
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def plan(app: Flask, client: Client, world: World) -> list[tuple[str, str]]:
    """Who looks at which path: every page of everybody, once where it is made alike for two of them. Asked once a process."""
    if not _planned:
        known: set[tuple[str, str]] = set()
        for name in WHO:
            answered = pages(app, client, world, world.people[name]).items()
            assert len(answered) >= 10, (name, answered)
            _planned.extend((name, path) for path, made in answered if (path, made) not in known)
            known.update(answered)
    return _planned


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_accessible(
    visit: Callable[..., Any], client: Client, hub: Flask, world: World, part: int
) -> None:
    mine = plan(hub, client, world)[part::PARTS]
    walks = {name: visit(world.people[name]) for name in {name for name, _ in mine}}
    found = []
    for name, path in mine:
        found += problems(walks[name].go(path), f"{path} as {name}")
    assert len(mine) >= 5
    assert not found, "\n".join(found[:25])


def test_a_page_that_differs_by_a_class_is_another_page() -> None:
    assert (
        markup(b"<main><p class=a>x") == markup(b"<b></b><main><p class=a>y") != markup(b"<main><p class=b>x")
    )
    assert markup(b"<main><p aria-hidden=true>") != markup(b"<main><p>")


def test_axe_sees_a_bad_page(visit: Callable[..., Any], world: World) -> None:
    walk = visit(None)
    page = walk.page
    page.set_content("<html><head><title></title></head><body><img src='data:,'><input></body></html>")
    assert violations(page)
    page.set_content(
        "<html lang=en><head><title>T</title><style>p { color: #777; background: #fff; width: 900px }"
        "@media (prefers-color-scheme: dark) { p { color: #222; background: #111 } }</style></head>"
        "<body><main><h1>T</h1><p>Words</p></main></body></html>"
    )
    found = "\n".join(problems(page, "bad"))
    for words in (
        "1280 px, light: color-contrast",
        "1280 px, dark: color-contrast",
        "320 px, light: color-contrast",
        "320 px, dark: color-contrast",
        "sideways by",
        "at 320 px",
    ):
        assert words in found
    assert "at 1280 px" not in found


def test_a_cold_visit_is_small(visit: Callable[..., Any], world: World) -> None:
    walk = visit(world.people["editor"])
    seen: list[int] = []
    walk.page.on("response", lambda r: seen.append(int(r.request.sizes()["responseBodySize"])))
    walk.go("/forums")
    walk.page.wait_for_load_state("networkidle")
    assert len(seen) <= 6, len(seen)
    assert sum(seen) <= 120 * 1024, sum(seen)
