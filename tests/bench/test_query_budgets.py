"""Every page of every room keeps its budget of SQL statements, and needs no more of them when there is more to show.

Generated from the registry of surfaces, so a new page is measured from the day it is declared.
"""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g

from hub import clock, db, files
from hub.blogs import actions as blogs
from hub.blogs.queries import Target
from hub.comments import actions as comments
from hub.content import keeping
from hub.content.models import Item
from hub.documents import actions as documents
from hub.documents import folders
from hub.forums import actions as forums
from hub.people.models import Person
from hub.spaces.models import Space
from hub.web.routing import Surface, surfaces
from tests import make
from tests.browser import Client

PAGE, LISTING = 8, 6
ALLOWED = {
    "policy.rules": 7,  # for rule editors: the rules, how often each was right, what waits for whom
    "policy.my_flags": 7,  # cases, their conversations, decisions and finds, what one reported and has read
}
"""Pages above their budget, with what they need; a page that needs less than it says here fails too."""
ROLES = ["reviewer", "senior reviewer", "rule editor", "policy owner", "auditor", "administrator"]


def grow(space: Space, people: list[Person], rows: int) -> dict[str, Any]:
    """More of everything; ids of the newest of each."""
    author = make.viewer(people[0])
    category = forums.add_category(author, space, name=f"Category {Item.select().count()}")
    folder = folders.make(author, space, f"Folder {Item.select().count()}")
    topic = post = document = None
    for number in range(rows):
        topic = forums.ask(author, category, title=f"Topic {number}", body="Words", tags=["salt"])
        target = Target(
            "me", "", Space.get(Space.is_hub), None, blogs.queries.Blog.get_or_none(person=author.id)
        )
        writing = blogs.Writing(
            title=f"Post {number}", body="Words", tags=["salt"], audience=None, reason="", publish_at=None
        )
        post = blogs.write(author, target, writing, "publish")
        stored = files.store().put(io.BytesIO(f"Text {number} {space.id}".encode()), limit=1_000_000)
        document = documents.upload(
            author,
            stored,
            f"file-{number}-{Item.select().count()}.txt",
            space,
            folder=folder,
            title=f"Document {number}",
            tags=["salt"],
        )
    for number in range(rows):
        somebody = make.viewer(people[number % len(people)])
        forums.reply(somebody, topic, body=f"Reply {number}")
        for item in (post, document):
            comments.add(somebody, item, f"Comment {number}")
        keeping.react(somebody, topic, "thanks")
    return {
        "topic_id": topic.id,
        "post_id": post.id,
        "document_id": document.id,
        "item_id": post.id,
        "category_id": category.id,
        "folder_id": folder.id,
        "blog_id": 1,
    }


def values(hub: Flask, surface: Surface, known: dict[str, Any]) -> dict[str, Any] | None:
    """Values for the page's arguments, None where there is nothing of that sort here."""
    rule = next(r for r in hub.url_map.iter_rules() if r.endpoint == surface.endpoint)
    return {name: known[name] for name in rule.arguments} if set(rule.arguments) <= set(known) else None


def needed(client: Client, hub: Flask, known: dict[str, Any]) -> dict[str, tuple[int, list[str]]]:
    """How many statements each page that answers needs once it has been looked at."""
    found: dict[str, tuple[int, list[str]]] = {}
    for surface in surfaces(hub).values():
        given = (
            values(hub, surface, known)
            if "GET" in surface.methods and surface.shows in ("page", "list", "search")
            else None
        )
        if given is None:
            continue
        path = client.path(surface.endpoint, **given)
        answer = client.http.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            answer.close()
            continue
        # Twice, and the lesser counts: on a slow machine what is kept for seconds may just have run out.
        counted = []
        for _ in range(2):
            for kept in list(g):  # the test's own context is the request's too: forget who asked before
                g.pop(kept)
            with db.count_queries() as seen:
                client.http.get(path).close()
            counted.append(list(seen))
        least = min(counted, key=len)
        found[surface.endpoint] = (len(least), least)
    return found


@pytest.mark.backend
def test_pages_keep_their_budgets_however_much_there_is(hub: Flask, client: Client, settle: Any) -> None:
    editor = make.person("Edith Editor", roles=ROLES)
    people = [editor, make.person("Sam Staff"), make.partner("Petra Partner")]
    make.hub_space()
    space = make.space("Roads", members=(people[1], people[2]), editors=(editor,))
    client.sign_in(editor)
    kept = {
        "space_slug": space.slug,
        "handle": people[1].handle,
        "tag": "salt",
        "number": 1,
        "organisation_key": "police",
    }
    with clock.pinned(clock.now() - timedelta(hours=1)):
        known = grow(space, people, 3)
        settle()
    few = needed(client, hub, kept | known)
    with clock.pinned(clock.now() - timedelta(minutes=30)):
        known = grow(space, people, 24)
        settle()
    many = needed(client, hub, kept | known)
    assert len(many) > 25, "the pages that could be measured"
    wrong = []
    for endpoint, (count, said) in many.items():
        shows = surfaces(hub)[endpoint].shows
        budget = ALLOWED.get(endpoint, PAGE if shows == "page" else LISTING)
        if count > budget or (endpoint in ALLOWED and count < budget):
            wrong.append(f"{endpoint} ({shows}): {count}, may be {budget}")
            wrong += [f"      {sql[:60]} … {sql[-60:]}" for sql in said] if endpoint not in ALLOWED else []
        if endpoint in few and abs(few[endpoint][0] - count) > 1:  # one more names what there was nothing of
            wrong.append(f"{endpoint}: {few[endpoint][0]} with few rows, {count} with many")
    assert not wrong, "\n".join(wrong)
