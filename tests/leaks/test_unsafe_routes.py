"""Every unsafe route refuses a request without its token, from another site, from nobody, and on what the sender may not touch."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask

from hub import files
from hub.blogs.models import Blog
from hub.content.models import Attachment, Item
from hub.documents import actions as documents
from hub.documents import folders
from hub.documents.models import Folder
from hub.events import Event
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.people.models import Person
from hub.spaces.models import Space
from hub.web.routing import PUBLIC, Surface, surfaces
from tests import make
from tests.browser import Client
from tests.leaks.test_matrix import Values
from tests.leaks.world import World

OBJECTS = {
    "item_id",
    "post_id",
    "topic_id",
    "document_id",
    "blog_id",
    "category_id",
    "folder_id",
    "space_slug",
    "case_id",
    "flag_id",
    "job_id",
    "request_id",
}
FOR_ANYBODY = {"search.search"}


def unsafe(app: Flask) -> list[Surface]:
    """Routes that take a POST."""
    return sorted((s for s in surfaces(app).values() if "POST" in s.methods), key=lambda s: s.endpoint)


def path_of(client: Client, app: Flask, surface: Surface, values: Values, hidden: bool = False) -> str:
    """The route's path with arguments; with `hidden` those of things in the secret space."""
    rule = next(r for r in app.url_map.iter_rules() if r.endpoint == surface.endpoint)
    given = {name: values.of[name][-1 if hidden else 0] for name in rule.arguments}
    return client.path(surface.endpoint, **given)


def state() -> tuple[int, int, int]:
    """Numbers that any change would move: items, the sum of their versions, events that are not about sessions."""
    versions = sum(version for (version,) in Item.select(Item.version).tuples())
    return Item.select().count(), versions, Event.select().where(~Event.name.startswith("session:")).count()


def test_without_its_token_every_form_is_refused(client: Client, hub: Flask, world: World) -> None:
    values = Values(world, world.people["editor"])
    client.sign_in(world.people["editor"])
    before = state()
    for surface in unsafe(hub):
        path = path_of(client, hub, surface, values)
        status = client.http.post(path, data={"title": "x", "body": "x"}).status_code
        assert status in (400, 404), f"{path} answered {status} without a CSRF token"
    assert state() == before


def test_from_another_site_every_form_is_refused(client: Client, hub: Flask, world: World) -> None:
    values = Values(world, world.people["editor"])
    client.sign_in(world.people["editor"])
    token, before = client.csrf(), state()
    for surface in unsafe(hub):
        path = path_of(client, hub, surface, values)
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            status = client.http.post(path, data={"csrf_token": token}, headers=headers).status_code
            assert status == 403, f"{path} answered {status} to {headers}"
    assert state() == before


def test_nobody_changes_anything(client: Client, hub: Flask, world: World) -> None:
    values = Values(world, None)
    before = state()
    for surface in unsafe(hub):
        if surface.need == PUBLIC:
            continue
        path = path_of(client, hub, surface, values)
        client.sign_in(None)
        response = client.http.post(path, data={"csrf_token": client.csrf()})
        there = response.headers.get("Location", "")
        assert response.status_code in (401, 404) or "/sign-in" in there, (
            f"{path} answered {response.status_code} {there}"
        )
    assert state() == before


@pytest.mark.parametrize("name", ["staff out", "partner out", "administrator", "left", "lapsed"])
def test_what_the_sender_may_not_see_they_cannot_touch(
    client: Client, hub: Flask, world: World, name: str
) -> None:
    """Every unsafe route, with every hidden thing that fits its address: refused, nothing told, nothing changed."""
    somebody = world.people[name]
    assert somebody is not None
    viewer = make.viewer(somebody)
    values = Values(world, somebody)
    hidden = hidden_in(world, world.spaces["secret"])
    client.sign_in(somebody)
    token, before, sent = client.csrf(), state(), 0
    for surface in unsafe(hub):
        rule = next(r for r in hub.url_map.iter_rules() if r.endpoint == surface.endpoint)
        argument = next((name for name in hidden if name in rule.arguments), None)
        if argument is None:
            continue
        for value in hidden[argument]:
            given = {a: hidden[a][0] if a in hidden else values.of[a][0] for a in rule.arguments}
            path = client.path(surface.endpoint, **{**given, argument: value})
            response = client.http.post(path, data={"csrf_token": token, **FORM})
            answer = response.get_data(as_text=True) + response.headers.get("Location", "")
            assert response.status_code in (403, 404), f"{name}: {path} answered {response.status_code}"
            assert not world.leaked(viewer, answer), f"{name}: {path} told of what is hidden"
            sent += 1
    assert state() == before and sent > 100


FORM = {
    "title": "Taken over",
    "body": "Taken over",
    "kind": "thanks",
    "version": "1",
    "reason": "because it must be",
    "words": "because it must be",
    "name": "Taken over",
    "audience": "public",
    "level": "watch",
    "do": "move",
    "step": "publish",
    "choice": "version",
    "decision": "let in",
    "role": "editor",
    "person": "staff.out",
}
"""Fields that some form has, so that none is refused for want of them."""


def hidden_in(world: World, secret: Space) -> dict[str, list[Any]]:
    """What stands in the secret space, by the argument of routes that name it."""
    of = lambda *kinds: [i.id for i in world.items(*kinds) if i.space_id == secret.id]  # noqa: E731
    items = of()
    return {
        "item_id": items,
        "post_id": of("post"),
        "topic_id": of("topic"),
        "document_id": of("document"),
        "category_id": [c.id for c in Category.select().where(Category.space == secret.id)],
        "folder_id": [f.id for f in Folder.select().where(Folder.space == secret.id)],
        "blog_id": [b.id for b in Blog.select().where(Blog.space == secret.id)],
        "space_slug": [secret.slug],
        "subject": [f"item:{items[0]}", f"space:{secret.id}", f"category:1{secret.id}"][:2],
        "attachment_id": [a.id for a in Attachment.select().where(Attachment.item.in_(items))],
    }


def test_ids_in_a_form_are_asked_for_like_those_in_an_address(
    client: Client, hub: Flask, world: World
) -> None:
    """What a form names beside its address: places to post and move to, answers, files, documents in waiting."""
    mine, secret, viewer = (
        world.people["staff out"],
        world.spaces["secret"],
        make.viewer(world.people["staff out"]),
    )
    assert mine is not None
    hidden = hidden_in(world, secret)
    reply = next(i.id for i in world.items("reply") if i.space_id == secret.id)
    space = make.space("Mine", "open", "everyone", editors=(mine,))
    category = forums.add_category(make.viewer(mine), space, name="Mine")
    topic = forums.ask(make.viewer(mine), category, title="Mine", body="Mine")
    stored = files.store().put(io.BytesIO(b"Mine"), limit=100)
    document = documents.upload(make.viewer(mine), stored, "mine.txt", space)
    folder = folders.make(make.viewer(mine), space, "Mine")
    client.sign_in(mine)
    words = {"title": "Mine too", "body": "Mine", "csrf_token": client.csrf()}
    upload = {"files": (io.BytesIO(b"x"), "x.txt")}
    asked: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("forums.new_topic", {}, {"category": hidden["category_id"][0]}),
        ("forums.move", {"topic_id": topic.id}, {"category": hidden["category_id"][0]}),
        ("forums.solve", {"topic_id": topic.id}, {"answer": reply}),
        ("documents.upload", {}, {"space": secret.slug, **upload}),
        ("documents.upload", {}, {"space": space.slug, "folder": hidden["folder_id"][0], **upload}),
        ("documents.move", {"document_id": document.id}, {"space": secret.slug}),
        (
            "documents.move",
            {"document_id": document.id},
            {"space": space.slug, "folder": hidden["folder_id"][0]},
        ),
        (
            "documents.new_folder",
            {"space_slug": space.slug},
            {"name": "In", "folder": hidden["folder_id"][0]},
        ),
        ("documents.edit_folder", {"folder_id": folder.id}, {"do": "move", "folder": hidden["folder_id"][0]}),
        ("blogs.new", {}, {"blog": f"space-{secret.id}", "step": "publish"}),
        ("blogs.new", {}, {"blog": str(hidden["blog_id"][0]), "step": "publish"}),
    ]
    for endpoint, given, form in asked:
        before = state()
        sent = {**words, **{k: (io.BytesIO(b"x"), "x.txt") if k == "files" else v for k, v in form.items()}}
        response = client.http.post(client.path(endpoint, **given), data=sent)
        assert response.status_code in (403, 404, 422), (endpoint, form, response.status_code)
        assert not world.leaked(viewer, response.get_data(as_text=True)), (endpoint, form)
        assert state() == before, (endpoint, form)
    # An answer to a hidden comment and a file of somebody else's are left out; the rest of what was written stands.
    comment = next(i.id for i in world.items("comment") if i.space_id == secret.id)
    client.post("comments.add", {"body": "Mine", "answering": str(comment)}, item_id=document.id)
    client.post(
        "comments.add", {"body": "Mine", "attached": str(hidden["attachment_id"][0])}, item_id=document.id
    )
    assert Attachment.get_by_id(hidden["attachment_id"][0]).item.space_id == secret.id
    made = Item.select().where(Item.author == mine.id, Item.kind == "comment")
    assert [(i.parent_id, i.attachments) for i in made] == [(document.id, 0)] * 2


AUDIENCES = (
    "person:1",
    "person:9",
    "org:2",
    "org:9",
    "space:9",
    "space:9:editors",
    "PUBLIC",
    "public ",
    "staff\x00",
    "*",
    "space:",
)


@pytest.mark.parametrize("name", ["staff out", "partner out"])
def test_an_audience_that_is_not_offered_is_refused(
    client: Client, hub: Flask, world: World, name: str
) -> None:
    person = world.people[name]
    assert person is not None
    space = make.space("Mine", "open", "everyone", editors=(person,))
    category = forums.add_category(make.viewer(person), space, name="Mine")
    document = documents.upload(
        make.viewer(person), files.store().put(io.BytesIO(b"Mine"), limit=100), "mine.txt", space
    )
    other = next(o for o in (1, 2, 3) if o != person.organisation_id)
    client.sign_in(person)
    before = state()
    secret = world.spaces["secret"].token
    wanted = [*AUDIENCES, secret, f"{secret}:editors", f"org:{other}", f"person:{person.id}"]
    if not person.is_staff:
        wanted += ["staff"]
    for audience in [*wanted, "public"]:  # the space does not reach the public
        words = {"title": "Mine", "body": "Mine", "audience": audience, "reason": "Because it must be"}
        client.post("forums.new_topic", {**words, "category": str(category.id)}, status=422)
        client.post("content.audience", words, status=422, item_id=document.id)
        client.post("blogs.new", {**words, "blog": f"space-{space.id}", "step": "publish"}, status=422)
    assert state() == before


def test_fields_that_no_form_has_set_nothing(client: Client, hub: Flask, world: World) -> None:
    person, other = world.people["staff out"], world.people["editor"]
    assert person is not None and other is not None
    space = make.space("Mine", "open", "everyone", editors=(person,))
    category = forums.add_category(make.viewer(person), space, name="Mine")
    more = {
        "author": str(other.id),
        "author_id": str(other.id),
        "person_id": str(other.id),
        "space": str(world.spaces["secret"].id),
        "space_id": str(world.spaces["secret"].id),
        "state": "withdrawn",
        "hidden_until": "2099-01-01",
        "published_at": "2001-01-01",
        "on_behalf_of": "1",
        "root": "1",
        "html": "<script>alert(1)</script>",
        "is_hub": "1",
        "roles": "administrator",
        "role": "administrator",
        "organisation": "2",
        "status": "active",
        "sponsor_id": "1",
    }
    client.sign_in(person)
    client.post("forums.new_topic", {"title": "Mine", "body": "Words", "category": str(category.id), **more})
    made = Item.select().order_by(Item.id.desc()).get()
    assert (made.author_id, made.space_id, made.state, made.root_id) == (
        person.id,
        space.id,
        "published",
        None,
    )
    assert "script" not in made.html and made.published_at.year > 2020 and made.on_behalf_of_id is None
    before = Person.select(Person.roles, Person.organisation, Person.status, Person.sponsor_id).tuples()
    kept = list(before.where(Person.id == person.id))
    client.post("people.edit_profile", {"name": "Oscar Out", "job_title": "Officer", **more})
    assert list(before.where(Person.id == person.id)) == kept
    client.post(
        "spaces.edit",
        {"name": "Mine", "kind": "open", "reach": "everyone", "colour": "pine", **more},
        space_slug=space.slug,
    )
    assert not Space.get_by_id(space.id).is_hub


def test_the_test_notices_a_change(hub: Flask, world: World) -> None:
    before = state()
    Item.update(version=Item.version + 1).where(Item.id == world.items()[0].id).execute()
    assert state() != before
