"""Asking the hub, people who know, kept searches and their alerts, and the words beside a hit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from hub import clock, db, jobs
from hub.content import actions as content
from hub.content.models import Item
from hub.events import Event
from hub.forums import actions as forums
from hub.people import actions as people
from hub.people.models import Person
from hub.search import actions, experts, queries, saving, wording
from hub.search.models import Asked, SavedSearch, SavedSearchHit
from hub.spaces.models import Membership, Space
from tests import make
from tests.browser import Client

pytestmark = pytest.mark.backend


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans")


@pytest.fixture
def where(ann: Person) -> Space:
    return make.space("Housing", "open", "everyone", editors=(ann,))


SAME_WORDS = "The very same words about salt on every road of the borough in winter. " * 5


def topic(who: Person, where: Space, title: str, body: str = "Words", **values: object) -> Item:
    return make.item(who, where, "topic", title, body, **values)  # type: ignore[arg-type]


def known(viewer: Person | None, text: str) -> dict[str, str]:
    seen = make.viewer(viewer)
    return {e.person.name: e.why for e in experts.who_knows(seen, text, queries.find(seen, text))}


# --- asking ---------------------------------------------------------------------------------------------------------


def test_a_search_without_result_becomes_a_question_and_reaches_those_who_know(
    client: Client, ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    kofi = make.person("Kofi Mensah", skills=["drone surveys"])
    category = forums.add_category(make.viewer(ann), where, name="Questions")
    karen = make.partner("Karen Whittle")
    page = client.sign_in(karen).get("search.search", q="drone survey")
    form = page.find("form", {"action": client.path("search.ask")})
    assert form.find("input", {"name": "title"})["value"] == "drone survey"
    shown = client.post("search.ask", {"q": "drone survey", "title": "Who runs drone surveys?"}, follow=True)
    assert shown.find("input", {"name": "title"})["value"] == "Who runs drone surveys?"
    client.post(
        "forums.new_topic",
        {
            "category": str(category.id),
            "title": "Who runs drone surveys here?",
            "body": "For roofs",
            "key": "topic",
        },
    )
    settle()
    asked = Asked.get()
    assert asked.topic.title == "Who runs drone surveys here?" and asked.told == [kofi.id]
    event = Event.get(Event.name == "search:asked")
    assert (event.actor_id, event.item_id, event.data["people"]) == (karen.id, asked.topic_id, [kofi.id])
    forums.reply(make.viewer(kofi), Item.get_by_id(asked.topic_id), body="We do.")
    settle()
    assert Asked.get().answered_at is not None
    admin = make.person("Ada Admin", roles=["administrator"])
    page = client.sign_in(admin).get("search.insight").find(id="asked")
    assert "Answered" in page.get_text() and page.find("a", class_="btn")["href"].startswith(
        "/admin/search-bets?"
    )


def test_who_may_not_read_the_question_is_not_pointed_to_it(ann: Person, settle: Callable[[], None]) -> None:
    make.person("Kofi Mensah", skills=["drone surveys"])
    room = make.space("Room", "secret", "staff", editors=(ann,))
    category = forums.add_category(make.viewer(ann), room, name="Questions")
    actions.ask(make.viewer(ann), "drone surveys", "Drone surveys?")
    forums.ask(make.viewer(ann), category, title="Drone surveys?", body="Quietly")
    settle()
    assert Asked.get().told == [] and Asked.get().topic is not None
    assert not Event.select().where(Event.name == "search:asked").exists()


def test_another_topic_of_the_same_person_is_not_taken_for_the_question(
    ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    category = forums.add_category(make.viewer(ann), where, name="Questions")
    actions.ask(make.viewer(ann), "drone surveys", "Drone surveys?")
    forums.ask(make.viewer(ann), category, title="Cake on Friday", body="Come")
    settle()
    assert Asked.get().topic is None
    with clock.pinned(clock.now() + timedelta(hours=2)):
        forums.ask(make.viewer(ann), category, title="Drone surveys?", body="Late")
        settle()
    assert Asked.get().topic is None


def test_the_askers_own_reply_is_no_answer(ann: Person, where: Space, settle: Callable[[], None]) -> None:
    category = forums.add_category(make.viewer(ann), where, name="Questions")
    actions.ask(make.viewer(ann), "drone surveys", "Drone surveys?")
    item = forums.ask(make.viewer(ann), category, title="Drone surveys?", body="Anybody?")
    forums.reply(make.viewer(ann), item, body="Nobody?")
    settle()
    assert Asked.get().answered_at is None


def test_strangers_are_not_offered_to_ask(client: Client, ann: Person) -> None:
    page = client.get("search.search", q="drones")
    assert page.find("form", {"action": client.path("search.ask")}) is None
    client.post("search.ask", {"q": "drones"}, status=303)
    assert not Asked.select().exists()


# --- people who know -------------------------------------------------------------------------------------------------


def test_people_are_named_for_what_they_declared_unless_they_say_no(
    client: Client, ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    kofi = make.person("Kofi Mensah", skills=["damp and mould", "GIS"])
    make.person("Lena Ortiz", ask_me_about=["potholes", "GIS and maps"])
    assert set(known(ann, "damp mould")) == set(known(ann, "mould")) == {"Kofi Mensah"}
    assert known(ann, "and") == {} and set(known(ann, "potholes on roads")) == {"Lena Ortiz"}
    assert known(ann, "damp and mould triage") == {
        "Kofi Mensah": "named “damp and mould” as something to ask about"
    }
    assert known(None, "damp and mould") == {} and known(kofi, "damp and mould") == {}
    assert "because they named" in client.sign_in(ann).get("search.search", q="damp and mould").get_text()
    client.sign_in(kofi).post("search.expertise", {"choice": "no"})
    assert known(ann, "damp and mould") == {}


def test_people_are_named_for_what_they_wrote_only_with_their_consent(
    ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    kofi, asker = make.person("Kofi Mensah"), make.person("Asker")
    first = topic(ann, where, "Gritting the north road")
    make.item(kofi, where, "reply", "", "Gritting starts at two degrees.", parent=first)
    for n in range(2):
        topic(kofi, where, f"Gritting plan {n}")
    settle()
    assert known(asker, "gritting") == {}
    experts.choose(make.viewer(kofi), "evidence")
    assert set(known(asker, "gritting")) == {"Kofi Mensah"}
    people.disable(make.viewer(make.person("Ada", roles=["administrator"])), kofi, "left")
    assert known(asker, "gritting") == {}


def test_an_unknown_choice_counts_as_no(client: Client, ann: Person) -> None:
    client.sign_in(ann).post("search.expertise", {"choice": "everything"})
    assert experts.choice_of(Person.get_by_id(ann.id)) == "no"


# --- kept searches ---------------------------------------------------------------------------------------------------


def keep(client: Client, **values: str) -> SavedSearch:
    client.post("search.keep", {"q": "salt", "name": "Salt", "alerts": "yes"} | values)
    return SavedSearch.select().order_by(SavedSearch.id.desc()).get()


def alerts() -> list[tuple[int, int]]:
    return [
        (e.person_id, e.item_id)
        for e in Event.select().where(Event.name == "search:alert").order_by(Event.id)
    ]


def test_a_search_is_kept_with_its_filters_opened_silenced_and_deleted(
    client: Client, ann: Person, where: Space
) -> None:
    row = keep(client.sign_in(ann), tag="winter", sort="date")
    page = client.get("search.saved")
    link = page.find("a", string="Salt")["href"]
    assert "tag=winter" in link and "sort=date" in link and "q=salt" in link
    keep(client, tag="winter", name="Winter salt")
    assert SavedSearch.select().count() == 1 and SavedSearch.get().name == "Winter salt"
    client.post("search.alerts", number=row.id)
    assert SavedSearch.get().alerts is False
    client.post("search.drop", number=row.id)
    assert not SavedSearch.select().exists()


def test_somebody_elses_kept_search_is_not_there(client: Client, ann: Person) -> None:
    row = keep(client.sign_in(ann))
    client.sign_in(make.person("Bob"))
    assert "Salt" not in client.get("search.saved").find("main").get_text()
    client.post("search.drop", status=404, number=row.id)
    client.post("search.alerts", status=404, number=row.id)


def test_everything_cannot_be_kept_and_there_is_an_end(client: Client, ann: Person) -> None:
    client.sign_in(ann).post("search.keep", {"q": " ", "name": "All"}, status=422)
    for n in range(actions.MOST_SAVED):
        actions.save_search(make.viewer(ann), name="", text=f"word{n}", chosen={})
    page = client.post("search.keep", {"q": "one more"}, status=422)
    assert "Delete one first" in page.get_text()


def test_new_hits_are_told_once_and_only_what_may_be_read_when_they_are_told(
    client: Client, ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    karen = make.partner("Karen Whittle")
    topic(ann, where, "Salt of old")
    settle()
    row = keep(client.sign_in(karen))
    new = topic(ann, where, "Salt prices")
    topic(ann, where, "Salt strategy", audience="staff", reason="Draft")
    gone = topic(ann, where, "Salt mistake")
    topic(karen, where, "My own salt")
    topic(ann, where, "Pepper")
    settle()
    content.withdraw(make.viewer(ann), gone)
    assert saving.look(SavedSearch.get_by_id(row.id)) == 1
    assert saving.look(SavedSearch.get_by_id(row.id)) == 0
    assert alerts() == [(karen.id, new.id)]
    assert SavedSearchHit.select().count() == 1


def test_the_daily_job_tells_and_leavers_are_not_told(
    client: Client, ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    karen, bob = make.partner("Karen Whittle"), make.person("Bob")
    keep(client.sign_in(karen))
    keep(client.sign_in(bob))
    people.disable(make.viewer(make.person("Ada", roles=["administrator"])), bob, "left")
    new = topic(ann, where, "Salt prices")
    settle()
    with db.write():
        jobs.enqueue("search.alerts")
    settle()
    assert alerts() == [(karen.id, new.id)]


def test_who_left_a_space_is_not_told_of_what_is_in_it(
    client: Client, ann: Person, settle: Callable[[], None]
) -> None:
    bob = make.person("Bob")
    room = make.space("Room", "request", "staff", members=(bob,), editors=(ann,))
    row = keep(client.sign_in(bob))
    topic(ann, room, "Salt inside")
    settle()
    Membership.delete().where(Membership.person == bob.id).execute()
    assert saving.look(SavedSearch.get_by_id(row.id)) == 0


# --- beside a hit -----------------------------------------------------------------------------------------------------


def test_a_hit_says_who_can_see_it_and_how_fresh_it_is(
    client: Client, ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    item = topic(ann, where, "Salt", audience="staff", reason="Ours")
    content.confirm(make.viewer(ann), item)
    settle()
    line = client.sign_in(ann).get("search.search", q="salt").find(class_="hit-line").get_text(" ")
    assert "All staff" in line and "confirmed this month" in line


@pytest.mark.parametrize(
    ("days", "words"), [(1, "confirmed this month"), (100, "confirmed in "), (800, "not confirmed since ")]
)
def test_confirmation_is_put_in_words(ann: Person, where: Space, days: int, words: str) -> None:
    item = topic(ann, where, "Salt")
    item.confirmed_at = clock.now() - timedelta(days=days)
    assert wording.freshness(item).startswith(words)


@pytest.mark.parametrize("token", ["public", "everyone", "staff", "org", "space", "editors", "person"])
def test_every_audience_has_words(ann: Person, token: str) -> None:
    where = make.space("Housing", "open", "public", editors=(ann,))
    viewer = make.viewer(ann)
    item = topic(ann, where, "Salt")
    item.audience = {
        "org": f"org:{ann.organisation_id}", "space": where.token, "editors": f"{where.token}:editors", "person": f"person:{ann.id}"
    }.get(token, token)  # fmt: skip
    expected = {
        "public": "Anybody", "everyone": "All staff and partners", "staff": "All staff", "org": f"People of {ann.organisation.short_name}",
        "space": "Members of Housing", "editors": "Editors of Housing", "person": "Only you",
    }[token]  # fmt: skip
    with db.count_queries() as seen:
        assert wording.seen_by(viewer, item) == expected
    assert seen == []


def test_equal_texts_are_folded_under_one_hit(
    client: Client, ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    for _ in range(3):
        topic(ann, where, "Salt rota", SAME_WORDS)
    settle()
    page = client.sign_in(ann).get("search.search", q="salt rota")
    assert len(page.find_all(class_="hit")) == 1
    assert "2 other versions" in page.find(class_="hit-others").get_text()
    assert len(page.find(class_="hit-others").find_all("a")) == 2


def test_the_words_go_with_the_reader_to_the_page(
    client: Client, ann: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(ann, where, "Salt rota", "Salt on every road")
    settle()
    link = (
        client.sign_in(ann).get("search.search", q="salt & road").find(class_="hit-title").find("a")["href"]
    )
    assert "hl=salt+%26+road" in link and "hit=item-" in link
