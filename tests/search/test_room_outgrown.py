"""Search on PostgreSQL behaves as search on files does: the room's own tests once more, and what is
particular to it.
"""

# ruff: noqa: F811 - fixtures are imported and then asked for by their names

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

import config
from hub import db
from hub.content import actions
from hub.people.models import Person
from hub.search import pgquery, queries, reactions
from hub.search.engine import Document, council_synonyms
from hub.search.postgresql import Index
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.search.test_room_asking import (  # noqa: F401
    ann,
    test_equal_texts_are_folded_under_one_hit,
    test_new_hits_are_told_once_and_only_what_may_be_read_when_they_are_told,
)
from tests.search.test_room_pages import (  # noqa: F401
    partner,
    staff,
    test_a_partner_finds_no_trace_of_what_is_for_staff,
    test_a_post_is_found_by_its_words_and_marked,
    test_any_input_gets_an_answer,
    test_facets_narrow_and_count,
    test_index_equals_the_database_after_changes,
    test_people_and_spaces_are_found_by_those_signed_in,
    test_replies_are_found_under_the_title_of_their_topic,
    test_short_words_are_words,
    test_what_is_taken_away_is_gone_before_the_worker_has_run,
    where,
)
from tests.search.test_room_tuning import (  # noqa: F401
    admin,
    test_a_group_of_synonyms_is_used_by_the_next_search,
    test_shipped_jargon_can_be_switched_off_and_used_again,
)

pytestmark = pytest.mark.backend


@pytest.fixture(autouse=True)
def on_postgresql(hub: Flask) -> Iterator[None]:
    """Search by the table, empty at first; skipped where the tests run on SQLite."""
    if db.is_sqlite():
        pytest.skip("HUB_TEST_DATABASE_URL is not set: this needs PostgreSQL")
    Index().move_aside()
    reactions.init(hub.config["HUB"].index_path, on_postgresql=True)
    yield
    reactions.init(hub.config["HUB"].index_path)


def titles(viewer_of: Person | None, text: str) -> list[str]:
    return [hit["thing"].title for hit in queries.find(make.viewer(viewer_of), text).hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"north road"', {"Gritting"}), ("road -north", {"Potholes"}), ("gritting OR potholes", {"Gritting", "Potholes"}), ("grit*", {"Gritting"}),
        ("title:potholes", {"Potholes"}), ("tag:winter", {"Gritting"}), ("kind:topic road", {"Gritting", "Potholes"}), ("kind:post", set()),
        ("after:2199", set()), ("before:2199 road", {"Gritting", "Potholes"}), ("(salt road)", {"Gritting"}), ("author:ann", {"Gritting", "Potholes"}),
        ("space:housing salt", {"Gritting"}), ("has:attachment", set()), ("Tŷ", {"Potholes"}),
    ],
)  # fmt: skip
def test_the_query_language_works(
    staff: Person, where: Space, settle: Callable[[], None], query: str, expected: set[str]
) -> None:
    make.item(staff, where, "topic", "Gritting", "Salt for the north road", tags=["winter"])
    make.item(
        staff,
        where,
        "topic",
        "Potholes",
        "The road by the north of Ty Mawr: road mended, road north-west shut".replace(
            "north of", "end of"
        ).replace("north-west", "west"),
    )
    settle()
    assert set(titles(staff, query)) == expected


def test_a_rebuild_swaps_while_searching_goes_on(
    staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    for n in range(5):
        make.item(staff, where, "topic", f"Salt {n}")
    settle()
    seen: list[int] = []
    reactions.rebuild(lambda done: seen.append(len(titles(staff, "salt"))), "asked")
    assert len(titles(staff, "salt")) == 5 and reactions.index().health().documents >= 5
    item = make.item(staff, where, "topic", "Salt 6")
    settle()
    assert len(titles(staff, "salt")) == 6
    actions.withdraw(make.viewer(staff), item)
    assert len(titles(staff, "salt")) == 5


def test_a_text_of_a_million_words_is_indexed_as_far_as_it_goes(hub: Flask) -> None:
    index = Index.open()
    words = " ".join(f"w{n}x" for n in range(200_000))
    index.apply(
        [
            Document(
                "item:1",
                "post",
                "staff",
                "Long \x00",
                words,
                attachments=[("a.pdf, page 1", words), ("b.pdf", words)],
            )
        ]
    )
    assert index.search("w77x", tokens=frozenset({"staff"})).total == 1
    assert index.search("w77x", tokens=frozenset({"public"})).total == 0


def test_a_results_page_costs_two_statements_more_than_with_files(
    client: Client,
    staff: Person,
    where: Space,
    settle: Callable[[], None],
) -> None:
    for n in range(12):
        make.item(staff, where, "topic", f"Salt report {n}", tags=["winter"])
    settle()
    client.sign_in(staff).get("search.search", q="salt")
    with db.count_queries() as seen:
        client.get("search.search", q="salt")
    assert len([s for s in seen if not s.startswith("INSERT")]) <= 9, "\n".join(seen)


def test_a_misspelt_word_is_corrected_from_what_the_viewer_may_read(
    staff: Person, partner: Person, where: Space, settle: Callable[[], None]
) -> None:
    make.item(staff, where, "topic", "Gritting", "Photographs of the salt barn", audience="everyone")
    make.item(
        staff,
        where,
        "topic",
        "Salaries",
        "Redundancies are discussed",
        audience="staff",
        reason="Of the council only",
    )
    settle()
    found = queries.find(make.viewer(partner), "fotographs salt")
    assert found.did_you_mean == "photographs salt" and found.relaxed
    assert queries.find(make.viewer(staff), "redundancise").did_you_mean == "redundancies"
    assert queries.find(make.viewer(partner), "redundancise").did_you_mean == ""
    assert queries.find(make.viewer(staff), "photographs").did_you_mean == ""
    make.item(staff, where, "topic", "Snow", "Ploughshares")
    settle()
    assert queries.find(make.viewer(staff), "ploughsahres").did_you_mean == "ploughshares"


def test_words_that_nobody_writes_any_more_are_forgotten_by_a_rebuild(
    staff: Person, where: Space, settle: Callable[[], None]
) -> None:
    item = make.item(staff, where, "topic", "Gritting", "Ploughshares")
    settle()
    actions.withdraw(make.viewer(staff), item)
    settle()
    reactions.rebuild()
    left = db.database.execute_sql(
        "SELECT count(*) FROM hub_search.word WHERE word = 'ploughshares'"
    ).fetchone()
    assert left == (0,)


def test_reasons_are_given(staff: Person, where: Space, settle: Callable[[], None]) -> None:
    item = make.item(staff, where, "topic", "Salt on roads")
    settle()
    told = reactions.index().explain("salt roads", f"item:{item.id}", make.viewer(staff).tokens)
    assert told.found and told.rank == 1 and [line for line, _ in told.lines] == ["“salt”", "“roads”"]
    assert not reactions.index().explain("salt", f"item:{item.id}", frozenset({"public"})).found


def test_what_is_typed_cannot_leave_its_quotes() -> None:
    assert pgquery.quoted("o'ne\\il") == "'o''ne\\\\il'"
    assert pgquery.Reader(council_synonyms()).read("").where == pgquery.EVERYTHING
    assert pgquery.Reader(council_synonyms()).read("((").where == pgquery.NOTHING


def test_the_setting_needs_a_database() -> None:
    with pytest.raises(config.Misconfigured, match="HUB_DATABASE"):
        config.load({"HUB_SEARCH": "postgresql"})
    with pytest.raises(config.Misconfigured, match="HUB_SEARCH"):
        config.load({"HUB_SEARCH": "elastic"})
