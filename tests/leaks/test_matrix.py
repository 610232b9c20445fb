"""The leak matrix: every viewer visits every surface with every private thing, and no byte answered tells what they may not know.

Generated from the registry of surfaces: a new route is in it from the day it is declared, and an argument that the
matrix has no values for fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from hub import access, db
from hub.blogs.models import Blog
from hub.content.models import Attachment, Item
from hub.documents.models import Folder
from hub.forums.models import Category
from hub.people.models import Organisation, Person, Unit
from hub.spaces.models import AccessRequest
from hub.web.routing import Surface, surfaces
from tests import make
from tests.browser import Client
from tests.leaks.world import CANARY, World

VIEWERS = (
    "nobody",
    "staff in",
    "staff out",
    "partner in",
    "partner out",
    "editor",
    "reviewer",
    "administrator",
    "author",
    "auditor",
    "left",
    "lapsed",
)
OF_ITEMS = ("item_id", "post_id", "topic_id", "document_id", "attachment_id")
QUIET = {"static"}
LIST_QUERIES = [
    {},
    {"show": "unread"},
    {"show": "mine"},
    {"q": "qz"},
    {"q": "document post topic reply comment"},
    {"tab": "blogs"},
    {"sort": "date"},
]
"""Asked of every list, search, count, suggestion and feed; `Values.queries` adds those that name what is in the world."""


class Values:
    """Values for every argument that a route may have."""

    def __init__(self, world: World, somebody: Person | None) -> None:
        ids = lambda *kinds: [item.id for item in world.items(*kinds)]  # noqa: E731
        everyone = [p for p in world.people.values() if p is not None]
        feed = next((world.feeds[n] for n, p in world.people.items() if p == somebody and p), "none")
        self.of: dict[str, list[Any]] = {
            "item_id": ids(),
            "post_id": ids("post"),
            "topic_id": ids("topic"),
            "document_id": ids("document"),
            "blog_id": [b.id for b in Blog.select()],
            "category_id": [c.id for c in Category.select()],
            "folder_id": [f.id for f in Folder.select()],
            "attachment_id": [a.id for a in Attachment.select()],
            "space_slug": [s.slug for s in world.spaces.values()],
            "handle": [p.handle for p in everyone],
            "tag": [f"qz{n}g" for n, c in world.canaries.items() if c.what in ("post", "topic", "document")],
            "number": [1],
            "version_id": [1],
            "name": ["x.txt"],
            "filename": ["x.txt"],
            "key": ["topic"],
            "subject": ["item:1"],
            "organisation_key": [o.key for o in Organisation.select()],
            "unit_key": [u.key for u in Unit.select()] or ["none"],
            "token": [feed],
            "request_id": [r.id for r in AccessRequest.select()] or [1],
            "case_id": world.cases or [1],
            **{name: [1, 2, 3] for name in ("flag_id", "job_id", "session_id", "invitation_id", "page_id")},
        }
        secret = world.spaces["secret"]
        self.queries: list[dict[str, Any]] = [
            *LIST_QUERIES,
            {"q": "qz", "space": secret.id},
            {"space": secret.slug, "show": "all"},
            {"q": "qz", "author": world.people["editor"].id, "kind": "topic"},
            {"name": "qz", "words": "qz", "title": "topic post document qz"},
            {"q": "qz", "tag": self.of["tag"][-1]},
            {"audience": f"{secret.token}:editors", "month": "2026-01"},
        ]

    def paths(self, app: Flask, surface: Surface) -> Iterator[tuple[str, dict[str, Any]]]:
        """Paths to visit on the surface: one argument runs through all its values, the others take their first."""
        rule = next(r for r in app.url_map.iter_rules() if r.endpoint == surface.endpoint)
        names = sorted(rule.arguments, key=lambda name: -len(self.of[name]))
        if not names:
            asked = surface.shows in ("list", "count", "search", "suggestion", "feed")
            for query in self.queries if asked else [{}]:
                yield surface.endpoint, dict(query)
            return
        first, rest = names[0], {name: self.of[name][0] for name in names[1:]}
        for value in self.of[first]:
            yield surface.endpoint, {first: value, **rest}


def readable_in(app: Flask) -> list[Surface]:
    """Surfaces that answer a GET."""
    return [s for s in surfaces(app).values() if "GET" in s.methods and s.shows not in QUIET]


@pytest.mark.parametrize("name", VIEWERS)
def test_no_surface_tells_a_viewer_what_they_may_not_know(
    client: Client, hub: Flask, world: World, name: str
) -> None:
    somebody = world.people[name]
    viewer = make.viewer(somebody)
    client.sign_in(somebody)
    values = Values(world, Person.get_by_id(somebody.id) if somebody else None)
    cells, leaks = 0, []
    for surface in readable_in(hub):
        for endpoint, given in values.paths(hub, surface):
            for headers in ({}, {"HX-Request": "true"}) if surface.shows in ("list", "search") else ({},):
                response = client.http.get(client.path(endpoint, **given), headers=headers)
                response.direct_passthrough = False
                asked = " ".join(str(v) for v in given.values())
                told = response.get_data().decode("utf-8", "replace") + str(response.headers)
                leaked = world.leaked(viewer, told, asked)
                cells += len(world.canaries)
                if leaked:
                    leaks.append(
                        f"{name} at {response.request.path}?{response.request.query_string.decode()} ({response.status_code}) saw {[world.canaries[n].what + ' ' + world.canaries[n].audience for n in sorted(leaked)[:3]]}"
                    )
                response.close()
                # Nobody works for the worker here: after some minutes the hub rightly says so.
                assert response.status_code < 500 or endpoint == "help.healthz", (
                    f"{name} at {response.request.path}: {response.status_code}"
                )
    assert not leaks, "\n".join(leaks[:20])
    assert cells > 20_000, cells


@pytest.mark.parametrize("name", VIEWERS)
def test_what_may_not_be_read_is_not_there_whatever_way_it_is_asked_for(
    client: Client, hub: Flask, world: World, name: str
) -> None:
    """Every route of an item: missing with GET and HEAD, as a page and as a region, and with the ETag of its file."""
    viewer = make.viewer(world.people[name])
    client.sign_in(world.people[name])
    pages = {"post_id": ("blogs.post", "post"), "topic_id": ("forums.topic", "topic")}
    pages["document_id"] = ("documents.document", "document")
    hidden = {argument: hidden_ids(world, viewer, argument) for argument in OF_ITEMS}
    for endpoint, kind in pages.values():
        for item in world.items(kind):
            status = client.http.get(client.path(endpoint, **{f"{kind}_id": item.id})).status_code
            assert status == (200 if access.may_read(viewer, item) else 404), (name, kind, item.audience)
    asked = 0
    for surface in readable_in(hub):
        rule = next(r for r in hub.url_map.iter_rules() if r.endpoint == surface.endpoint)
        argument = next((a for a in OF_ITEMS if a in rule.arguments), None)
        if argument is None:
            continue
        rest = {"number": 1, "name": "x.txt", "handle": "none"}
        for item_id, sha256 in hidden[argument]:
            given = {argument: item_id, **{a: rest[a] for a in rule.arguments - {argument}}}
            path = client.path(surface.endpoint, **given)
            tag = {"If-None-Match": f'"{sha256}"'}
            answers = [client.http.get(path), client.http.head(path), client.http.get(path, headers=tag)]
            answers.append(client.http.get(path, headers={"HX-Request": "true"}))
            walls = {answer.status_code for answer in answers} - {404}
            assert walls <= ({401, 303} if viewer.person is None else set()), (name, path, walls)
            asked += len(answers)
    assert asked > 100 or name == "editor"


def test_what_may_not_be_read_costs_what_is_not_there_costs(client: Client, hub: Flask, world: World) -> None:
    """The same page and the same number of statements, so that the time of an answer tells nothing either."""
    viewer = make.viewer(world.people["staff out"])
    client.sign_in(world.people["staff out"])
    for surface in readable_in(hub):
        rule = next(r for r in hub.url_map.iter_rules() if r.endpoint == surface.endpoint)
        argument = next((a for a in OF_ITEMS if a in rule.arguments), None)
        if argument is None:
            continue
        rest = {"number": 1, "name": "x.txt"}
        seen = []
        for item_id in (hidden_ids(world, viewer, argument)[0][0], 2**31 - 1):
            given = {argument: item_id, **{a: rest[a] for a in rule.arguments - {argument}}}
            path = client.path(surface.endpoint, **given)
            costs = []
            for _ in range(3):  # the least counts: what is kept for seconds may just have run out
                with db.count_queries() as statements:
                    page = client.http.get(path).get_data(as_text=True)
                costs.append(len(statements))
            page = page.partition("<main")[2].partition("</main>")[
                0
            ]  # the frame may tell of the time between them
            seen.append((min(costs), page.replace(path, "PATH").replace(quote(path, safe=""), "PATH")))
        (cost, hidden), (absent_cost, absent) = seen
        assert cost == absent_cost, f"{surface.endpoint}: {cost} statements, {absent_cost} for what is absent"
        assert hidden == absent and "h1" in hidden, surface.endpoint


def hidden_ids(world: World, viewer: access.Viewer, argument: str) -> list[tuple[int, str]]:
    """(id, SHA-256 of its file or "") of what the viewer may not open, two of each audience, for this argument of a route."""
    found: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for item in world.items():
        if access.may_open(viewer, item):
            continue
        key = f"{item.kind} {item.audience}"
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            continue
        if argument == "attachment_id":
            found += [(a.id, a.sha256) for a in Attachment.select().where(Attachment.item == item.id)]
        elif argument in ("item_id", f"{item.kind}_id"):
            found.append((item.id, ""))
    return found


@pytest.mark.parametrize("name", VIEWERS)
def test_search_counts_hidden_words_like_words_that_nobody_wrote(
    client: Client, hub: Flask, world: World, name: str
) -> None:
    somebody = world.people[name]
    viewer = make.viewer(somebody)
    client.sign_in(somebody)

    def answer(word: str) -> str:
        page = client.get("search.search", q=word)
        return " ".join((page.find(id="results") or page).get_text(" ").replace(word, "WORD").split())

    absent = answer("qz999999b")
    for number, canary in world.canaries.items():
        if canary.known_to(viewer) or canary.item is None:
            continue
        assert answer(f"qz{number}b") == absent, canary
        suggested = client.http.get(client.path("search.suggest", q=f"qz{number}")).get_data(as_text=True)
        assert not world.leaked(viewer, suggested.replace(f"q=qz{number}", "")), canary
        assert f"qz{number}" not in client.get("search.search", q=f"qz{number}x").get_text().replace(
            f"qz{number}x", ""
        ), "no correction, either"


def test_mail_names_nothing_that_its_reader_may_not_know(client: Client, hub: Flask, world: World) -> None:
    folder: Path = hub.config["HUB"].data_path / "mail"
    readers = {p.email: make.viewer(p) for p in world.people.values() if p is not None}
    for path in folder.glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=default)
        body = message.get_body(("plain",))
        words = f"{message['Subject']} {body.get_content() if body else ''}"
        reader = readers.get(str(message["To"]))
        leaked = world.leaked(reader or access.NOBODY, words)
        if reader is None:  # who was invited is told of their own invitation
            leaked -= {n for n in leaked if world.canaries[n].what == "invitation"}
        assert not leaked, path.name


def test_the_matrix_sees_a_leak(client: Client, hub: Flask, world: World) -> None:
    hidden = next(c for c in world.canaries.values() if c.audience.endswith(":editors"))
    stranger, number = make.viewer(world.people["staff out"]), hidden.number
    assert world.leaked(stranger, f"… qz{number}b …") == {number}
    assert not world.leaked(make.viewer(world.people["editor"]), f"… qz{number}b …")
    assert not world.leaked(stranger, f"qz{number}x", asked=f"qz{number}x")
    assert world.leaked(stranger, f"qz{number}t", asked=f"qz{number}g") == {number}, (
        "only the very word asked for"
    )
    assert CANARY.search("qz1001t")


def test_the_index_and_the_database_hold_every_canary(hub: Flask, world: World) -> None:
    kinds = {c.item.kind for c in world.canaries.values() if c.item is not None}
    assert kinds == {"post", "topic", "reply", "document", "comment"}
    assert Item.select().count() == len(world.items()) + len(world.since)
