"""What somebody may not read changes nothing for them: no count, no order, no tag, no suggestion, no page of a list.

Canaries cannot be looked for in a number. So every page that lists, counts, searches or suggests is kept as a viewer
sees it, hidden things are written, changed and answered, and it must read as before.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from hub import access, files
from hub.blogs import actions as blogs
from hub.blogs import queries as blog_queries
from hub.blogs.models import Blog
from hub.blogs.queries import Target
from hub.comments import actions as comments
from hub.content import actions as content
from hub.content import keeping
from hub.content import queries as content_queries
from hub.documents import actions as documents
from hub.forums import actions as forums
from hub.forums import queries as forum_queries
from hub.forums.models import Category
from hub.people.models import Person
from hub.search import queries as search_queries
from hub.search import reactions
from hub.search.engine import index as engine_index
from hub.web.routing import Surface, surfaces
from tests import make
from tests.browser import Client
from tests.leaks.test_matrix import Values
from tests.leaks.world import World, fresh

LOOKS = ("list", "count", "search", "suggestion", "feed")
PLAIN = ("home.home", "people.person", "spaces.space", "status.status")
CHANGES = re.compile(
    r'name="csrf_token"[^>]*|csrf-token[^>]*|X-CSRFToken[^>]*|data-now="[^"]*"|<time[^>]*>[^<]*</time>|name="form"[^>]*|<updated>[^<]*</updated>'
    r"|form&#34;:[^,]*"
)
"""What differs between two answers of the same: tokens and the time of day."""
HITS = re.compile(r'<article class="hit".*?</article>', re.DOTALL)
"""The best match first weighs words by how many things hold them, also things that a viewer may not read: it can shift, and
tells nothing of them. Which hits there are is the matrix's business; totals, facets, corrections, suggestions and the newest
first are compared with their order."""
WORDS = ("hidden", "quagga", "quaggaa", "post", "topic")


@pytest.fixture(autouse=True)
def one_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freshness counts by the hour: a test that began at one minute to must not see the next."""
    now = engine_index._now(None)
    monkeypatch.setattr(engine_index, "_now", lambda given: now)


def looked_at(app: Flask, values: Values, only: str = "") -> list[tuple[Surface, dict[str, Any]]]:
    """Surfaces with arguments: every way to list, with the queries of the matrix and for the words of what is hidden."""
    found = []
    for surface in surfaces(app).values():
        if "GET" not in surface.methods or surface.endpoint in ("content.drafts", "policy.my_flags"):
            continue
        if only and surface.endpoint != only:
            continue
        if surface.shows not in LOOKS and surface.endpoint not in PLAIN:
            continue
        for endpoint, given in values.paths(app, surface):
            found.append((surface, given))
            assert endpoint == surface.endpoint
        if surface.shows in ("search", "suggestion") or surface.endpoint == "documents.documents":
            found += [(surface, {"q": word, "name": word, "title": word}) for word in WORDS]
        if surface.shows == "search":
            found += [(surface, {"q": word, "sort": "date"}) for word in ("qz", "", "post")]
    return found


def seen(client: Client, app: Flask, values: Values, only: str = "") -> dict[str, str]:
    """The answers by path, without what differs from one moment to the next."""
    answers = {}
    for surface, given in looked_at(app, values, only):
        path = client.path(surface.endpoint, **given)
        response = client.http.get(path)
        words = CHANGES.sub("", response.get_data().decode("utf-8", "replace"))
        if given.get("sort") != "date":
            words = HITS.sub("", words)
        answers[path] = f"{response.status_code} {words}"
        response.close()
    return answers


def write_hidden(world: World) -> None:
    """New things of every kind that only members of the secret space read, changed, answered, reacted to and found."""
    viewer = make.viewer(world.people["editor"])
    secret, tag = world.spaces["secret"], ["quagga", "qzshared"]
    category = Category.get(Category.space == secret.id)
    topic = forums.ask(viewer, category, title="Hidden topic quagga", body="The hidden quagga", tags=tag)
    answer = forums.reply(viewer, topic, body="A hidden reply about the quagga")
    forums.solve(viewer, fresh(topic), answer)
    content.edit(viewer, fresh(topic), version=1, body="The hidden quagga and @staff")
    stored = files.store().put(io.BytesIO(b"Hidden quagga text"), limit=1000)
    document = documents.upload(
        viewer, stored, f"hidden-quagga-{topic.id}.txt", secret, title="Hidden file", tags=tag
    )
    comments.add(viewer, document, "A hidden comment on the quagga")
    keeping.react(viewer, topic, "thanks")
    forums.add_category(viewer, secret, name=f"Hidden quagga {topic.id}")
    hub = world.spaces["hub"]
    blog = Blog.get(Blog.space == secret.id)
    words = blogs.Writing(
        title="Hidden post", body="A hidden quagga", tags=tag, audience=None, reason="", publish_at=None
    )
    blogs.write(viewer, Target("space", "", secret, None, blog), words, "publish")
    there = Category.get(Category.space == hub.id)
    narrow = forums.ask(
        viewer,
        there,
        title="Hidden quagga",
        body="Hidden",
        tags=tag,
        audience=f"{hub.token}:editors",
        reason="Why",
    )
    forums.reply(viewer, narrow, body="Hidden quagga")


def told(
    client: Client, app: Flask, world: World, settle: Callable[[], None], name: str, only: str = ""
) -> list[str]:
    """Answers that differ for this viewer once the hidden things are there: path and difference."""
    somebody = world.people[name]
    values = Values(world, Person.get_by_id(somebody.id) if somebody else None)
    client.sign_in(somebody)
    settle()  # the world may have been built a while ago: the worker's rest stands on the status page
    seen(
        client, app, values, only
    )  # what is noted of a first visit (the list of notifications was seen, say) is noted
    before = seen(client, app, values, only)
    write_hidden(world)
    settle()
    reactions.index().merge()  # as the worker would every ten minutes: it moves things about in the index
    after = seen(client, app, values, only)
    return [
        f"{path}: {apart(answer, after[path])}" for path, answer in before.items() if after[path] != answer
    ]


def apart(before: str, after: str) -> str:
    """Where two answers begin to differ, so that a failure says what moved."""
    same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    return f"…{before[max(0, same - 80) : same + 160]!r} became {after[same : same + 160]!r}"


@pytest.mark.parametrize("name", ["nobody", "staff out", "partner out", "left"])
def test_hidden_things_change_nothing(
    client: Client, hub: Flask, world: World, settle: Callable[[], None], name: str
) -> None:
    assert told(client, hub, world, settle, name) == []


class Broken:
    """The module `access` as one feature would see it if its rule let everybody read everything."""

    def __getattr__(self, name: str) -> Any:
        return getattr(access, name)

    def readable_by(self, viewer: access.Viewer, column: Any) -> Any:
        """Every row."""
        return column.is_null(False)

    def readable_in_search(self, viewer: access.Viewer) -> frozenset[str]:
        """Every audience of the world."""
        return frozenset([*viewer.tokens, "everyone", "staff", *(f"space:{n}" for n in range(9))]) | {
            f"space:{n}:editors" for n in range(9)
        }


TWINS = {
    "a list": ((blog_queries,), "blogs.blogs"),
    "a feed": ((content_queries,), "feeds.public"),
    "a tag cloud": ((content_queries,), "content.tags"),
    "a count": ((forum_queries,), "forums.forums"),
    "typeahead": ((search_queries, content_queries), "search.suggest"),
    "did you mean": ((search_queries,), "search.search"),
}


@pytest.mark.parametrize("what", TWINS)
def test_a_broken_rule_in_one_place_is_noticed(
    client: Client,
    hub: Flask,
    world: World,
    settle: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    modules, endpoint = TWINS[what]
    assert told(client, hub, world, settle, "staff out", endpoint) == []
    for module in modules:
        monkeypatch.setattr(module, "access", Broken())
    assert told(client, hub, world, settle, "staff out", endpoint), f"{what} told nothing"
