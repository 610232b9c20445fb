"""The composer's "7 people will be told": the same number as are told afterwards, and no more than one may know."""

from __future__ import annotations

import pytest

from hub import events
from hub.content import keeping
from hub.content.models import Item
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.notifications.models import Notification
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make
from tests.browser import Client


@pytest.fixture
def people(hub: object) -> list[Person]:
    return [make.person(f"Person {n}") for n in range(5)]


@pytest.fixture
def space(people: list[Person]) -> Space:
    return make.space("Housing", "open", "everyone", editors=(people[0],))


@pytest.fixture
def category(space: Space, people: list[Person]) -> Category:
    return forums.add_category(make.viewer(people[0]), space, name="Damp")


@pytest.fixture
def topic(category: Category, people: list[Person]) -> Item:
    return forums.ask(make.viewer(people[0]), category, title="Who has a form?", body="Ours is long.")


def settled() -> int:
    while events.deliver():
        pass
    return Notification.select().count()


def number(page: object) -> str:
    return " ".join(page.get_text().split()[:2])  # type: ignore[attr-defined]


@pytest.mark.backend
def test_as_many_are_told_of_an_answer_as_was_said(client: Client, topic: Item, people: list[Person]) -> None:
    asker, writer, follower, muting, space_muting = people
    outsider = make.partner("Pat Police")
    Item.update(audience="staff", intended="staff").where(Item.id == topic.id).execute()
    for person in (follower, outsider, writer):
        keeping.follow(person.id, f"item:{topic.id}", "watch")
    keeping.follow(muting.id, f"item:{topic.id}", "mute")
    keeping.follow(space_muting.id, f"space:{topic.space_id}", "mute")
    before = settled()
    page = client.sign_in(writer).get("notifications.told_of_answer", item_id=topic.id, htmx=True)
    assert number(page) == "2 people"
    forums.reply(make.viewer(writer), Item.get_by_id(topic.id), body="Here.")
    assert settled() - before == 2, "the asker and the follower"
    keeping.follow(asker.id, f"item:{topic.id}", "mute")
    keeping.follow(follower.id, f"item:{topic.id}", "")
    page = client.get("notifications.told_of_answer", item_id=topic.id, htmx=True)
    assert number(page) == "Nobody is" and "@" in page.get_text()
    client.sign_in(outsider).get("notifications.told_of_answer", item_id=topic.id, status=404)


@pytest.mark.backend
def test_as_many_are_told_of_a_new_topic_as_was_said(
    client: Client, category: Category, people: list[Person]
) -> None:
    asker, one, other, muting, _ = people
    keeping.follow(one.id, f"category:{category.id}", "watch")
    keeping.follow(other.id, f"person:{asker.id}", "watch")
    keeping.follow(muting.id, f"category:{category.id}", "mute")
    keeping.follow(muting.id, f"space:{category.space_id}", "watch")
    before = settled()
    place = {"space": category.space_id, "place": f"category:{category.id}", "audience": "everyone"}
    page = client.sign_in(asker).get("notifications.told_of_new", **place, htmx=True)
    assert number(page) == "2 people"
    forums.ask(make.viewer(asker), category, title="Another", body="Thing.")
    assert settled() - before == 2


def test_nobody_learns_how_many_follow_what_they_may_not_know(client: Client, people: list[Person]) -> None:
    secret = make.space("Secret", "secret", "staff", editors=(people[0],))
    hidden = forums.add_category(make.viewer(people[0]), secret, name="Hidden")
    open_space = make.space("Open", "open", "everyone", editors=(people[0],))
    keeping.follow(people[1].id, f"category:{hidden.id}", "watch")
    client.sign_in(people[2])
    asked = {"space": open_space.id, "place": f"category:{hidden.id}", "audience": "everyone"}
    assert number(client.get("notifications.told_of_new", **asked, htmx=True)) == "Nobody is"
    client.get("notifications.told_of_new", **{**asked, "space": secret.id}, status=404)
    client.get("notifications.told_of_new", **{**asked, "audience": secret.token}, status=404)
    page = client.sign_in(people[0]).get("notifications.told_of_new", **asked, htmx=True)
    assert number(page) == "1 person"


def test_the_composer_asks_when_somebody_begins_to_write(
    client: Client, topic: Item, people: list[Person]
) -> None:
    page = client.sign_in(people[1]).get("forums.topic", topic_id=topic.id)
    asked = page.select_one("#composer-told")
    assert asked["hx-get"] == client.path("notifications.told_of_answer", item_id=topic.id)
    assert "focusin once" in asked["hx-trigger"]
