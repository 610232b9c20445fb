"""Search as people use it: what they may read is found, what they may not leaves no trace, odd input gets
an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from hub import clock, db
from hub.content import actions
from hub.content import queries as content
from hub.content.models import Attachment, Item
from hub.events import Event
from hub.people import queries as people
from hub.people.models import Person
from hub.prepared import as_written
from hub.search import destinations, feeding, log, reactions
from hub.search.models import SearchQuery
from hub.spaces.models import Space
from hub.web import limits
from tests import make
from tests.browser import Client

ODD = [
    "", " ", "-", '"', "((", "))", "*", "**", "?", "a", "é", "x" * 5000, "\x07\x1b\x7f", "da\x00mp", "\x00", "²", "٣", "year:²", "space:٣", "after:9999-99", "😀", "مرحبا", "'; DROP TABLE item;--", "title:", "kind:",
    "kind:nothing", "author:*", "-damp", "OR", "AND", "NOT", "damp OR", '"damp', "(damp", "after:yesterday", "before:2026-13-45", "C#", "PR-1044", "[]{}",
    "a* b* c* d*", "%", "_", "\u202edamp", "has:attachment", "is:solved", ":::", "damp~2", "^5", "\\", "/etc/passwd", "{{7*7}}", "<script>",
]  # fmt: skip


@pytest.fixture
def staff(hub: Flask) -> Person:
    return make.person("Ann Evans")


@pytest.fixture
def partner(hub: Flask) -> Person:
    return make.partner("Karen Whittle")


@pytest.fixture
def where(staff: Person) -> Space:
    return make.space("Housing", "open", "everyone", editors=(staff,))


def topic(staff: Person, where: Space, title: str, body: str = "Words", **values: object) -> Item:
    return make.item(staff, where, "topic", title, body, **values)  # type: ignore[arg-type]


def test_a_post_is_found_by_its_words_and_marked(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(
        staff, where, "Damp and mould triage", "We ask thirty-four questions before anyone sees a photograph."
    )
    settle()
    page = client.sign_in(staff).get("search.search", q="photographs")
    assert "1 result" in page.get_text() and page.find("mark").get_text() == "photograph"


def test_a_partner_finds_no_trace_of_what_is_for_staff(
    client: Client, staff: Person, partner: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(
        staff,
        where,
        "Restructure of zzyzx teams",
        "The zzyzx plan",
        audience="staff",
        reason="Not announced",
        tags=["zzyzxtag"],
    )
    topic(staff, where, "Something else", "ordinary words")
    settle()
    assert "1 result" in client.sign_in(staff).get("search.search", q="zzyzx").get_text()
    client.sign_in(partner)
    hidden = client.get("search.search", q="zzyzx").get_text().replace("zzyzx", "WORD")
    absent = client.get("search.search", q="qqwqq").get_text().replace("qqwqq", "WORD")
    assert hidden == absent, "the answer for hidden words is the answer for words that nobody ever wrote"
    for query in ("zzyzs", "zzyz*", "tag:zzyzxtag", "restruct"):
        assert "zzyzx" not in client.get("search.search", q=query).get_text().replace(query, "")
    assert "zzyzx" not in client.get("search.suggest", q="zzy", htmx=True).get_text().lower().replace(
        "search everything for", ""
    )
    everything = client.get("search.search").get_text()
    assert "zzyzx" not in everything and "1 item" in everything


@pytest.mark.parametrize("act", ["withdraw", "narrow", "hide"])
def test_what_is_taken_away_is_gone_before_the_worker_has_run(
    client: Client, staff: Person, partner: Person, where: Space, settle: Callable[[], None], act: str
) -> None:
    item = topic(staff, where, "Gritting rota", "Salt for the north road", tags=["winter"])
    topic(staff, where, "Salt prices", "Cheaper salt", tags=["prices"])
    settle()
    assert "2 results" in client.sign_in(partner).get("search.search", q="salt").get_text()
    viewer = make.viewer(staff)
    if act == "withdraw":
        actions.withdraw(viewer, item)
    elif act == "narrow":
        actions.set_audience(viewer, item, "staff", "A mistake")
    else:
        from datetime import timedelta

        from hub import clock

        actions.hide(staff, item, clock.now() + timedelta(days=1), "decided")
    page = client.get("search.search", q="salt").get_text()
    assert "1 result" in page and "Gritting" not in page and "winter" not in page
    settle()
    assert "1 result" in client.get("search.search", q="salt").get_text()


def test_replies_are_found_under_the_title_of_their_topic(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    root = topic(staff, where, "Who has a drone?", "For roofs")
    make.item(staff, where, "reply", "", "Emergency planning owns a quadcopter.", parent=root)
    settle()
    page = client.sign_in(staff).get("search.search", q="quadcopter")
    assert "Who has a drone?" in page.find(class_="hit").get_text()


def test_people_and_spaces_are_found_by_those_signed_in(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    with db.write():
        from hub import events

        events.record("person:changed", staff, person=staff)
        events.record("space:changed", staff, space=where)
    settle()
    page = client.sign_in(staff).get("search.search", q="Ann Evans")
    assert page.find("a", string="Ann Evans") or "Ann Evans" in page.find(class_="hit-title").get_text()
    assert "Housing" in client.get("search.suggest", q="hous", htmx=True).get_text()
    client.sign_in(None)
    assert page.find(class_="hit") and client.get("search.search", q="Ann Evans").find(class_="hit") is None


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_any_input_gets_an_answer(client: Client, staff: Person, where: Space, odd: str) -> None:
    topic(staff, where, "Damp and mould triage")
    client.sign_in(staff)
    client.get("search.search", q=odd)
    client.get("search.suggest", q=odd, htmx=True)
    client.get(
        "search.search", q="damp", kind=odd, space=odd, author=odd, tag=odd, year=odd, sort=odd, page=odd
    )


def test_a_page_behind_the_last_leads_to_the_first(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(staff, where, "Damp and mould triage")
    settle()
    page = client.sign_in(staff).get("search.search", q="damp", page=7, sort="date")
    assert "There is no such page" in page.get_text() and page.find(class_="pager") is None
    assert page.find("a", string="To the first page")["href"] == "/search?q=damp&sort=date"


def test_a_hit_says_when_it_was_active_after_its_own_date(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    old, new = topic(staff, where, "Damp in June"), topic(staff, where, "Damp in July")
    Item.update(published_at=clock.now() - timedelta(days=90)).where(Item.id == old.id).execute()
    Item.update(
        published_at=clock.now() - timedelta(days=60), active_at=clock.now() - timedelta(days=60)
    ).where(Item.id == new.id).execute()
    settle()
    reactions.apply([f"item:{old.id}", f"item:{new.id}"])
    hits = client.sign_in(staff).get("search.search", q="damp", sort="date").find_all(class_="hit")
    assert ["· active" in hit.get_text(" ", strip=True) for hit in hits] == [True, False]
    assert "Damp in June" in hits[0].get_text()


def test_short_words_are_words(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    for word in ("IT", "HR", "SEN", "FOI", "C#", "SEN2", "PR-1044"):
        topic(staff, where, f"About {word}", "Something")
    topic(staff, where, "It is not about that", "It was here")
    settle()
    client.sign_in(staff)
    for word in ("HR", "SEN", "FOI", "C#", "SEN2", "PR-1044"):
        assert f"About {word}" in client.get("search.search", q=word).find(class_="hits").get_text(), word
    assert "About IT" in client.get("search.search", q="IT").find(class_="hits").get_text()


@pytest.mark.parametrize("damage", ["gone", "garbage"])
def test_a_broken_index_is_answered_from_the_database_and_rebuilt(
    client: Client,
    hub: Flask,
    staff: Person,
    partner: Person,
    where: Space,
    settle: Callable[[], None],
    damage: str,
) -> None:
    topic(staff, where, "Damp and mould triage")
    topic(staff, where, "Damp plans", audience="staff", reason="Draft")
    settle()
    folder: Path = hub.config["HUB"].index_path
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.unlink() if damage == "gone" else path.write_bytes(b"\x80garbage" * 40)
    reactions.init(folder)
    page = client.sign_in(partner).get("search.search", q="damp").get_text()
    if damage == "garbage":
        assert "rebuilt" in page and "Damp and mould" in page and "Damp plans" not in page
        assert Event.select().where(Event.name == "index:broken").exists()
    with db.write():
        from hub import jobs

        jobs.enqueue("search.look_after")
    settle()
    settle()
    page = client.get("search.search", q="damp").get_text()
    assert "rebuilt" not in page and "1 result" in page


def test_a_results_page_costs_few_statements(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    for n in range(12):
        topic(staff, where, f"Salt report {n}", "Salt", tags=["winter"])
    settle()
    client.sign_in(staff).get("search.search", q="salt")
    with db.count_queries() as seen:
        client.get("search.search", q="salt")
    assert len([s for s in seen if not s.startswith("INSERT")]) <= 7, "\n".join(seen)


def test_facets_narrow_and_count(
    client: Client, staff: Person, partner: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(staff, where, "Salt one", tags=["winter"])
    make.item(partner, where, "post", "Salt two", tags=["roads"])
    settle()
    page = client.sign_in(staff).get("search.search", q="salt")
    assert {a.get_text(" ", strip=True) for a in page.find(class_="facets").find_all("a")} >= {
        "winter 1",
        "roads 1",
        "Ann Evans 1",
        "Karen Whittle 1",
    }
    narrowed = client.get("search.search", q="salt", tag="winter")
    assert "1 result" in narrowed.get_text() and "Salt two" not in narrowed.get_text()


def test_a_region_answers_htmx(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(staff, where, "Salt one")
    settle()
    region = client.sign_in(staff).get("search.search", q="salt", htmx="results")
    assert region.find(id="results") and region.find("header", class_="top") is None


def test_the_log_keeps_words_and_counts_but_no_names(client: Client, staff: Person) -> None:
    client.sign_in(staff).get("search.search", q="Unfindable Thing")
    assert [(line.text, line.people, line.results) for line in log.lines("unanswered")] == [
        ("unfindable thing", 1, 0)
    ]
    row = SearchQuery.get()
    assert str(staff.id) != row.person and staff.name not in row.person and len(row.person) == 32


def test_index_equals_the_database_after_changes(
    staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    viewer = make.viewer(staff)
    items = [topic(staff, where, f"Item {n}") for n in range(30)]
    for item in items[::3]:
        actions.withdraw(viewer, item)
    for item in items[1::3]:
        actions.edit(viewer, item, version=item.version, title=f"{item.title} changed")
    settle()
    found = reactions.index().keys()
    there = {key for key in found if key.startswith("item:")}
    assert there == {f"item:{i.id}" for i in Item.select().where(Item.state == "published")}


def test_a_million_characters_of_an_items_files_are_indexed(staff: Person, where: Space) -> None:
    item = topic(staff, where, "Minutes")
    for number in range(3):
        Attachment.create(
            item=item, person=staff, sha256=f"{number}" * 64, name=f"minutes{number}.txt", media_type="text/plain", size=1, text="road " * 120_000
        )  # fmt: skip
    Item.update(attachments=3).where(Item.id == item.id).execute()
    (document,), _ = feeding.current([f"item:{item.id}"])
    assert [place for place, _ in document.attachments] == ["minutes0.txt", "minutes1.txt"]
    assert sum(len(text) for _, text in document.attachments) == feeding.MOST_FILE_TEXT


def test_the_words_to_mark_go_along_to_a_replys_place(
    client: Client, staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    root = topic(staff, where, "Ladders")
    reply = make.item(staff, where, "reply", body="We keep them chained to the container", parent=root)
    settle()
    found = client.sign_in(staff).get("search.search", q="chained container")
    (link,) = [str(a["href"]) for a in found.select(".hit-title a")]
    client.get(link, status=303)
    leads = client.last.headers["Location"] if client.last else ""
    assert f"answer={reply.id}" in leads and "hl=chained" in leads and leads.endswith(f"#reply-{reply.id}")


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("notif", ["Notifications", "Settings: notifications"]),
        ("new topic", ["Ask or discuss"]),
        ("sessions", ["Where you are signed in"]),
        ("n", []),
        ("dark", ["Settings"]),
        ("review desk", []),
    ],
)
def test_places_of_the_hub_are_offered_by_name(
    staff: Person, hub: Flask, typed: str, named: list[str]
) -> None:
    with hub.test_request_context():
        assert [label for label, _, _ in destinations.named(make.viewer(staff), typed)] == named


def test_the_command_menu_offers_what_the_viewer_may_do(client: Client, hub: Flask) -> None:
    make.hub_space()
    page = client.sign_in(make.person()).get("search.suggest", commands=1, htmx="suggestions")
    words = [option.get_text(strip=True) for option in page.select("[role=option]")]
    assert words[:3] == ["Write a blog post", "Ask or discuss", "Add files"] and "Settings" in words
    for option in page.select("[role=option]"):
        assert client.http.get(option["data-url"]).status_code == 200
    page = client.sign_in(None).get("search.suggest", commands=1, htmx="suggestions")
    assert page.select("[role=option]") and not {"Settings", "Write a blog post"} & {
        option.get_text(strip=True) for option in page.select("[role=option]")
    }


def test_a_strangers_suggestions_name_no_place_for_people_only(client: Client, hub: Flask) -> None:
    page = client.get("search.suggest", q="settings", htmx="suggestions")
    assert "Settings" not in page.get_text()
    assert "Keys" in client.get("search.suggest", q="keys", htmx="suggestions").get_text()


def test_hits_checked_by_a_kept_statement_are_those_of_the_query_itself(staff: Person, where: Space) -> None:
    root = topic(staff, where, "Ladders")
    answers = [make.item(staff, where, "reply", body=f"Reply {n}", parent=root) for n in range(12)]
    viewer, ids = make.viewer(staff), [root.id, *(a.id for a in answers), 999_999]
    for wanted in (ids, ids[:1], [*ids, *ids]):
        for with_roots in (False, True):
            kept = content.readable(viewer, wanted, with_roots=with_roots)
            with as_written():
                plain = content.readable(viewer, wanted, with_roots=with_roots)
            assert {i: item.__data__ for i, item in kept.items()} == {
                i: item.__data__ for i, item in plain.items()
            }
            assert [i.space.name for i in kept.values()] == [i.space.name for i in plain.values()]
    assert {a.root.title for a in content.readable(viewer, [answers[0].id], with_roots=True).values()} == {
        "Ladders"
    }
    assert set(people.by_ids([staff.id, 0, 999_999])) == {staff.id}


def test_a_stranger_may_not_search_without_end_and_who_is_signed_in_is_not_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits.limiter, "enabled", True)
    limits.limiter.reset()
    for number in range(61):
        client.get("search.search", q="salt", status=200 if number < 60 else 429)
    client.get("blogs.blogs")
    client.sign_in(make.person()).get("search.search", q="salt")
    limits.limiter.reset()


def test_ways_to_search_stand_where_one_begins_and_where_nothing_was_found(
    client: Client, staff: Person
) -> None:
    client.sign_in(staff)
    assert client.get("search.search").find(id="ways") is not None
    assert client.get("search.search", q="zzqqxx").find(id="ways") is not None
