"""A form that is sent twice (a double click, a lost answer) makes one item; words that changed since make another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from hub import clock
from hub.blogs import actions as blogs
from hub.blogs.queries import targets
from hub.content import actions
from hub.content.models import Item, SentForm
from hub.events import Event
from hub.forums import actions as forums
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make
from tests.browser import Client

pytestmark = pytest.mark.backend


@pytest.fixture
def ann(hub: Flask) -> Person:
    make.hub_space()
    return make.person("Ann Evans")


@pytest.fixture
def roads(ann: Person) -> Space:
    return make.space("Roads", "open", "everyone", editors=(ann,))


@pytest.fixture
def pages(ann: Person, roads: Space) -> dict[str, tuple[str, str]]:
    """For each composer: the page that it stands on, and where it posts."""
    viewer = make.viewer(ann)
    category = forums.add_category(viewer, roads, name="Ice")
    topic = forums.ask(viewer, category, title="Salt", body="Who has salt?")
    writing = blogs.Writing(title="News", body="Of salt.")
    post = blogs.write(viewer, targets(viewer, [])[0], writing, "publish")
    return {
        "topic": (f"/topics/new?category={category.id}", "/topics/new"),
        "reply": (f"/topics/{topic.id}", f"/topics/{topic.id}/replies"),
        "post": ("/posts/new", "/posts/new"),
        "comment": (f"/posts/{post.id}", f"/items/{post.id}/comments"),
    }


def filled(client: Client, page: str, action: str, **over: str) -> dict[str, str]:
    """The composer's form as a browser would send it."""
    forms = client.get(page).select("form[data-composer]")
    form = next(f for f in forms if f["action"].partition("?")[0].partition("#")[0] == action)
    values = {i["name"]: i.get("value", "") for i in form.select("input[type=hidden][name]")}
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]") or select.select_one("option")
        values[select["name"]] = chosen["value"]
    assert len(values["form"]) >= 12
    return values | {"title": "Grit", "body": "We have grit."} | over


@pytest.mark.parametrize("kind", ["topic", "reply", "post", "comment"])
def test_the_same_form_twice_makes_one_item_and_shows_it_twice(
    client: Client, ann: Person, pages: dict[str, tuple[str, str]], kind: str
) -> None:
    client.sign_in(ann)
    page, action = pages[kind]
    values = filled(client, page, action)
    places = []
    for _ in range(2):
        client.post(action, values)
        places.append(client.last.location.partition("#")[0].partition("?")[0])
        shown = client.get(client.last.location, follow=True)
        assert "We have grit." in shown.get_text()
    assert "sent twice" in shown.get_text()
    made = list(Item.select().where(Item.body == "We have grit."))
    assert [item.kind for item in made] == [kind]
    assert Event.select().where(Event.name == "item:published", Event.item_id == made[0].id).count() == 1


def test_changed_words_and_a_fresh_form_make_another(
    client: Client, ann: Person, pages: dict[str, tuple[str, str]]
) -> None:
    client.sign_in(ann)
    page, action = pages["topic"]
    values = filled(client, page, action)
    client.post(action, values)
    client.post(action, values | {"body": "We have grit and sand."})
    client.post(action, filled(client, page, action))
    assert Item.select().where(Item.title == "Grit").count() == 3


def test_somebody_elses_form_is_somebody_elses(
    client: Client, ann: Person, roads: Space, pages: dict[str, tuple[str, str]]
) -> None:
    page, action = pages["topic"]
    values = filled(client.sign_in(ann), page, action)
    client.post(action, values)
    client.sign_in(make.person("Dev Patel"))
    client.post(action, {k: v for k, v in values.items() if k != "csrf_token"})
    assert sorted(i.author.name for i in Item.select().where(Item.title == "Grit")) == [
        "Ann Evans",
        "Dev Patel",
    ]


def test_a_refused_form_keeps_its_token_and_then_posts(
    client: Client, ann: Person, pages: dict[str, tuple[str, str]]
) -> None:
    client.sign_in(ann)
    page, action = pages["topic"]
    values = filled(client, page, action, title="")
    again = client.post(action, values, status=422)
    assert again.select_one("input[name=form]")["value"] == values["form"]
    client.post(action, values | {"title": "Grit"})
    assert Item.select().where(Item.title == "Grit").count() == 1


def test_a_form_without_a_token_posts_each_time(
    client: Client, ann: Person, pages: dict[str, tuple[str, str]]
) -> None:
    client.sign_in(ann)
    page, action = pages["topic"]
    values = filled(client, page, action, form="")
    for _ in range(2):
        client.post(action, values)
    assert Item.select().where(Item.title == "Grit").count() == 2 and SentForm.select().count() == 0


def test_forms_are_forgotten_after_two_days(ann: Person, roads: Space, settle: Callable[[], None]) -> None:
    actions.create(make.viewer(ann), "topic", roads, title="Grit", body="x", state="draft", once="a" * 64)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        settle()
        assert SentForm.select().count() == 1
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        settle()
        assert SentForm.select().count() == 0
