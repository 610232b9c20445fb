"""Topics and replies as their readers meet them."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from flask import Flask

from hub import access, clock, db
from hub.content import keeping
from hub.content.models import Draft, Follow, Item
from hub.errors import Invalid, Refused
from hub.events import Event
from hub.forums import actions, queries
from hub.forums.models import Category, Topic
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make
from tests.browser import Client


@pytest.fixture
def asker(hub: Flask) -> Person:
    return make.person("Ann Evans")


@pytest.fixture
def helper(hub: Flask) -> Person:
    return make.person("Dev Patel")


@pytest.fixture
def where(asker: Person, helper: Person) -> Space:
    return make.space("Housing", "open", "everyone", members=(helper,), editors=(asker,))


@pytest.fixture
def category(where: Space, asker: Person) -> Category:
    return actions.add_category(
        make.viewer(asker), where, name="Damp and mould", about="Triage, visits, repairs"
    )


@pytest.fixture
def topic(category: Category, asker: Person) -> Item:
    return actions.ask(
        make.viewer(asker),
        category,
        title="Has anyone replaced the triage form?",
        body="Ours asks **34** questions.",
        tags=["housing"],
    )


def answer(topic: Item, by: Person, body: str = "We start with the photo.") -> Item:
    return actions.reply(make.viewer(by), topic, body=body)


def unread(person: Person) -> int:
    return int(queries.unread_count(make.viewer(person)).scalar())


def test_a_question_is_asked_answered_and_solved_in_the_browser(
    client: Client, category: Category, asker: Person, helper: Person
) -> None:
    client.sign_in(asker).post(
        "forums.new_topic",
        {
            "category": category.id,
            "title": "Who has a new form?",
            "body": "Ours is long.",
            "tags": "housing, forms",
        },
        follow=True,
    )
    topic = Item.get(Item.kind == "topic")
    assert "Posted" in client.text() and "Ours is long." in client.text()
    client.sign_in(helper).post(
        "forums.reply", {"body": "We start with the photo."}, topic_id=topic.id, follow=True
    )
    assert "We start with the photo." in client.text()
    reply = Item.get(Item.kind == "reply")
    client.sign_in(asker).post("forums.solve", {"answer": reply.id}, topic_id=topic.id)
    assert "What solved it" in client.get("forums.topic", topic_id=topic.id).get_text()
    assert Event.get(Event.name == "topic:solved").person_id == helper.id


def test_a_quote_fills_the_composer_and_names_its_author(
    client: Client, topic: Item, helper: Person, asker: Person
) -> None:
    reply = answer(topic, helper)
    page = client.sign_in(asker).get("forums.topic", topic_id=topic.id, quote=reply.id)
    text = page.find("textarea", {"name": "body"}).get_text()
    assert f"@{helper.handle}" in text.replace("@ ", "@") and "We start with the photo." in text
    assert page.select_one("textarea[name=body][data-focus]")
    client.post("forums.reply", {"body": text + "Agreed."}, topic_id=topic.id, follow=True)
    source = client.get("forums.topic", topic_id=topic.id).select_one(".quote-source")
    assert source.get_text(strip=True) == f"{helper.name}:", "the person quoted, by name"
    assert not client.get("forums.topic", topic_id=topic.id).select("textarea[data-focus]")


def test_a_quote_goes_below_what_was_begun_and_is_put_there_once(
    client: Client, topic: Item, helper: Person, asker: Person
) -> None:
    reply = answer(topic, helper)
    keeping.save_draft(make.viewer(asker), f"reply:{topic.id}", body="Begun before.")
    client.sign_in(asker)
    for _ in range(2):
        page = client.get("forums.topic", topic_id=topic.id, quote=reply.id)
        text = page.find("textarea", {"name": "body"}).get_text()
        assert text.strip().startswith("Begun before.\n\n> ") and text.count("We start with the photo.") == 1
        keeping.save_draft(make.viewer(asker), f"reply:{topic.id}", body=text)


def test_a_question_that_comes_with_its_title_leaves_the_one_begun_alone(
    client: Client, category: Category, asker: Person
) -> None:
    keeping.save_draft(make.viewer(asker), "topic", title="Begun", body="Half a thought")
    page = client.sign_in(asker).get("forums.new_topic", title="Asked by search")
    assert page.find("input", {"name": "title"})["value"] == "Asked by search"
    key = page.find("input", {"name": "key"})["value"]
    client.post("content.autosave", {"title": "Asked by search", "body": "x"}, key=key)
    assert Draft.get(Draft.key == "topic").body == "Half a thought"
    page = client.get("forums.new_topic", space=category.space.slug)
    assert page.select_one("select[name=category] option[selected]")["value"] == str(category.id)


def test_what_was_just_posted_says_so_where_it_stands_and_can_be_undone_by_its_author_only(
    client: Client, topic: Item, category: Category, asker: Person, helper: Person
) -> None:
    page = client.sign_in(helper).post(
        "forums.reply", {"body": "Meant for another topic."}, topic_id=topic.id, follow=True
    )
    reply = Item.get(Item.kind == "reply")
    said = page.select_one(f"#reply-{reply.id} + .said")
    assert "Posted." in said.get_text() and "can read it now" in said.get_text()
    place = {"topic_id": topic.id, "answer": reply.id, "said": "posted"}
    assert not client.sign_in(asker).get("forums.topic", **place).select(".said")
    assert said.form["action"] == client.path("content.withdraw", item_id=reply.id)
    client.sign_in(helper).post("content.withdraw", {"reason": "Undone"}, item_id=reply.id)
    assert Item.get_by_id(reply.id).state == "withdrawn"
    page = client.sign_in(asker).post(
        "forums.new_topic", {"category": category.id, "title": "Oh", "body": "No."}, follow=True
    )
    assert "you will be told when somebody answers" in page.select_one(".said").get_text()


def test_first_unread_is_offered_only_where_something_may_be_unread(
    client: Client, topic: Item, asker: Person, helper: Person
) -> None:
    answer(topic, helper)
    client.sign_in(asker).get("forums.topic", topic_id=topic.id)
    assert "First unread" not in client.get("forums.topic", topic_id=topic.id).get_text()
    answer(topic, helper, "One more.")
    assert client.get("forums.topic", topic_id=topic.id).find("a", string="First unread")


def test_what_was_typed_survives_a_mistake(client: Client, category: Category, asker: Person) -> None:
    page = client.sign_in(asker).post(
        "forums.new_topic", {"category": category.id, "title": " ", "body": "Long thoughts."}, status=422
    )
    assert page.find("textarea", {"name": "body"}).get_text().strip() == "Long thoughts."
    assert "Give it a title" in page.get_text()
    page = client.post("forums.new_topic", {"title": "No place", "body": "Long thoughts."}, status=422)
    assert page.find("textarea", {"name": "body"}).get_text().strip() == "Long thoughts."
    assert "Choose where it belongs" in client.text()


def test_the_same_reply_changed_twice_keeps_both_texts(
    client: Client, topic: Item, helper: Person, asker: Person
) -> None:
    reply = answer(topic, helper)
    client.sign_in(helper).post("forums.edit_reply", {"body": "First writer", "version": 1}, item_id=reply.id)
    page = client.sign_in(asker).post(
        "forums.edit_reply", {"body": "Second writer", "version": 1}, item_id=reply.id, status=409
    )
    assert (
        "First writer" in page.get_text()
        and "Second writer" in page.find("textarea", {"name": "body"}).get_text()
    )
    assert page.find("del").get_text() == "First" and page.find("ins").get_text() == "Second"
    assert Item.get_by_id(reply.id).body == "First writer"
    client.post(
        "forums.edit_reply",
        {"body": "Both", "version": page.find("input", {"name": "version"})["value"]},
        item_id=reply.id,
    )
    assert Item.get_by_id(reply.id).body == "Both"


def test_a_locked_topic_says_why_and_takes_no_reply(
    client: Client, topic: Item, asker: Person, helper: Person
) -> None:
    client.sign_in(asker).post("forums.lock", {"reason": "Answered in the new guidance."}, topic_id=topic.id)
    page = client.sign_in(helper).get("forums.topic", topic_id=topic.id)
    assert "Answered in the new guidance." in page.get_text() and page.find("form", id="composer") is None
    client.post("forums.reply", {"body": "But still"}, topic_id=topic.id, status=403)
    assert "But still" in client.text(), "what was typed is given back"
    assert Item.select().where(Item.kind == "reply").count() == 0


def test_only_editors_lock_pin_and_move(topic: Item, helper: Person, category: Category) -> None:
    viewer = make.viewer(helper)
    for act in (
        lambda: actions.lock(viewer, topic, "because I can"),
        lambda: actions.pin(viewer, topic, clock.now() + timedelta(days=1)),
        lambda: actions.move(viewer, topic, category),
        lambda: actions.add_category(viewer, category.space, name="Mine"),
    ):
        with pytest.raises(Refused):
            act()


def test_a_category_name_is_needed_once(category: Category, asker: Person) -> None:
    for name in ("", "  ", "damp AND mould"):
        with pytest.raises(Invalid):
            actions.add_category(make.viewer(asker), category.space, name=name)


@pytest.mark.backend
def test_moving_to_a_closed_space_takes_the_replies_along(topic: Item, asker: Person, helper: Person) -> None:
    reply = answer(topic, helper)
    closed = make.space("Board", "invitation", "staff", editors=(asker,))
    target = actions.add_category(make.viewer(asker), closed, name="Agenda")
    actions.move(make.viewer(asker), topic, target)
    assert {Item.get_by_id(topic.id).audience, Item.get_by_id(reply.id).audience} == {closed.token}
    assert not access.may_read(make.viewer(helper), Item.get_by_id(reply.id))
    assert Topic.get_by_id(topic.id).category_id == target.id


def test_moving_asks_where_to_and_says_who_can_read_it_then(
    client: Client, topic: Item, category: Category, asker: Person
) -> None:
    closed = make.space("Board", "invitation", "staff", editors=(asker,))
    target = actions.add_category(make.viewer(asker), closed, name="Agenda")
    page = client.sign_in(asker).get("forums.move", topic_id=topic.id)
    assert page.find("option")["value"] == "" and page.find("select").has_attr("required")
    client.post("forums.move", {"category": ""}, topic_id=topic.id, status=422)
    assert Topic.get_by_id(topic.id).category_id == category.id
    client.post("forums.move", {"category": target.id}, topic_id=topic.id, follow=True)
    assert "Members of Board can read it." in client.text()


@pytest.mark.backend
def test_unread_counts_are_honest(topic: Item, asker: Person, helper: Person) -> None:
    assert unread(asker) == 0, "one's own topic is read"
    assert unread(helper) == 1
    reply = answer(topic, helper)
    assert unread(helper) == 0
    assert unread(asker) == 1
    found, kept = queries.topic(make.viewer(asker), topic.id)
    assert queries.first_unread(make.viewer(asker), found, kept.read_to).id == reply.id
    keeping.mark_read(make.viewer(asker), found, reply.id)
    assert unread(asker) == 0


def test_unread_counts_nothing_that_may_not_be_read(topic: Item, asker: Person) -> None:
    stranger = make.partner("Karen Whittle")
    assert unread(stranger) == 1
    from hub.content import actions as content

    content.set_audience(make.viewer(asker), Item.get_by_id(topic.id), "staff", "Only for us")
    assert unread(stranger) == 0


def test_jump_to_first_unread_lands_on_its_page(
    client: Client, topic: Item, asker: Person, helper: Person
) -> None:
    replies = [answer(topic, helper, f"Reply number {n}") for n in range(45)]
    viewer = make.viewer(asker)
    with db.write():
        keeping.mark_read(viewer, Item.get_by_id(topic.id), replies[24].id)
    client.sign_in(asker).get("forums.first_unread", topic_id=topic.id, status=303)
    assert client.last is not None and f"#reply-{replies[25].id}" in client.last.headers["Location"]
    page = client.get(client.last.headers["Location"].partition("#")[0])
    assert page.find(id=f"reply-{replies[25].id}") and page.find(id="unread")
    client.get("content.permalink", item_id=replies[44].id, status=303)
    assert client.last is not None and f"reply-{replies[44].id}" in client.last.headers["Location"]
    assert client.get(client.last.headers["Location"].partition("#")[0]).find(id=f"reply-{replies[44].id}")


@pytest.mark.parametrize("count", [5, 20])
def test_a_topic_page_costs_the_same_whatever_it_shows(
    client: Client, topic: Item, asker: Person, helper: Person, count: int, hub: Flask
) -> None:
    for n in range(count):
        reply = answer(topic, helper, f"An ordinary answer with some words, number {n}. " * 6)
        keeping.react(make.viewer(asker), reply, "thanks")
    client.sign_in(asker)
    client.get("forums.topic", topic_id=topic.id)
    with db.count_queries() as seen:
        client.get("forums.topic", topic_id=topic.id)
    assert len(seen) <= 8, "\n".join(seen)
    assert client.last is not None
    assert len(gzip.compress(client.last.data)) < 10 * 1024


def test_a_region_is_a_small_part_of_its_page(
    client: Client, topic: Item, asker: Person, helper: Person
) -> None:
    for n in range(25):
        answer(topic, helper, f"Answer {n}")
    client.sign_in(asker)
    client.get("forums.topic", topic_id=topic.id)
    whole = len(client.last.data)  # type: ignore[union-attr]
    region = client.get("forums.topic", topic_id=topic.id, page=2, htmx="replies")
    assert region.find(id="replies") and region.find("header") is None
    assert len(client.last.data) < whole * 0.4  # type: ignore[union-attr]


def test_listings_cost_the_same_with_more_topics(client: Client, category: Category, asker: Person) -> None:
    def cost() -> int:
        with db.count_queries() as seen:
            client.get("forums.forums")
        return len(seen)

    client.sign_in(asker)
    actions.ask(make.viewer(asker), category, title="First", body="One")
    one = cost()
    for n in range(15):
        actions.ask(make.viewer(asker), category, title=f"Topic {n}", body="More")
    assert cost() == one <= 6


def test_a_stranger_sees_public_topics_only(client: Client, hub: Flask, asker: Person) -> None:
    public = make.space("Open data", "open", "public", editors=(asker,))
    category = actions.add_category(make.viewer(asker), public, name="Questions")
    seen = actions.ask(
        make.viewer(asker), category, title="A public question", body="For all", audience="public"
    )
    hidden = actions.ask(
        make.viewer(asker),
        category,
        title="Between us",
        body="Not for all",
        audience="staff",
        reason="Still a draft idea",
    )
    page = client.get("forums.forums")
    assert "A public question" in page.get_text() and "Between us" not in page.get_text()
    client.get("forums.topic", topic_id=seen.id)
    client.get("forums.topic", topic_id=hidden.id, status=404)


def test_similar_topics_show_only_what_may_be_read(client: Client, topic: Item) -> None:
    stranger = make.partner("Karen Whittle")
    page = client.sign_in(stranger).get("forums.similar", title="triage form of ours", htmx=True)
    assert "Has anyone replaced" in page.get_text()
    with db.write():
        Item.update(audience="staff", intended="staff").where(Item.id == topic.id).execute()
    assert (
        "Has anyone replaced"
        not in client.get("forums.similar", title="triage form of ours", htmx=True).get_text()
    )


def test_who_answers_follows_and_the_draft_is_gone(client: Client, topic: Item, helper: Person) -> None:
    client.sign_in(helper).post("content.autosave", {"body": "Half a thought"}, key=f"reply:{topic.id}")
    page = client.get("forums.topic", topic_id=topic.id)
    assert "Half a thought" in page.find("textarea", {"name": "body"}).get_text()
    client.post("forums.reply", {"body": "A whole thought", "key": f"reply:{topic.id}"}, topic_id=topic.id)
    assert Draft.select().count() == 0
    assert Follow.get(Follow.person == helper.id).subject == f"item:{topic.id}"


def test_odd_page_numbers_show_a_page(client: Client, topic: Item, asker: Person) -> None:
    client.sign_in(asker)
    for odd in ("0", "-3", "x", "999999999999", "last", "²"):
        client.get("forums.topic", topic_id=topic.id, page=odd)


def test_pinned_topics_come_down_by_themselves(
    client: Client, topic: Item, category: Category, asker: Person
) -> None:
    client.sign_in(asker).post("forums.pin", {"days": "1"}, topic_id=topic.id)
    page = client.get("forums.topic", topic_id=topic.id)
    assert "Pinned" in page.find(class_="kv").get_text() and page.find("button", string="Unpin")
    row = client.get("forums.category", category_id=category.id).find(class_="topic-row")
    assert row.find(class_="badge", string="Pinned")
    assert [i.id for i in queries.pinned(make.viewer(asker), category.id)] == [topic.id]
    Topic.update(pinned_until=clock.now() - timedelta(seconds=1)).execute()
    assert queries.pinned(make.viewer(asker), category.id) == []
    assert "Pinned" not in client.get("forums.topic", topic_id=topic.id).find(class_="kv").get_text()
