"""What administrators change about search reaches every search: synonyms, recommendations, weights; the log
names nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from hub import clock, db
from hub.content import actions as content
from hub.content.models import Item
from hub.errors import Invalid, Missing
from hub.events import Event
from hub.forums import actions as forums
from hub.people.models import Person
from hub.search import actions, log, queries, tuning
from hub.search.models import BestBet, SearchClick, SearchQuery, SearchTuning, Synonym
from hub.spaces.models import Space
from tests import make
from tests.browser import Client

pytestmark = pytest.mark.backend


@pytest.fixture
def admin(hub: Flask) -> Person:
    return make.person("Ada Admin", roles=["administrator"])


@pytest.fixture
def where(admin: Person) -> Space:
    return make.space("Housing", "open", "everyone", editors=(admin,))


def topic(who: Person, where: Space, title: str, body: str = "Words", **values: object) -> Item:
    return make.item(who, where, "topic", title, body, **values)  # type: ignore[arg-type]


def titles(viewer_of: Person | None, text: str) -> list[str]:
    return [hit["thing"].title for hit in queries.find(make.viewer(viewer_of), text).hits]


def test_a_group_of_synonyms_is_used_by_the_next_search(
    client: Client, admin: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(admin, where, "Brolly lending", "Umbrellas at reception")
    settle()
    assert titles(admin, "parapluie") == []
    client.sign_in(admin).post("search.words", {"words": "parapluie, brolly"})
    assert titles(admin, "parapluie") == ["Brolly lending"]
    row = Synonym.get(Synonym.words == "parapluie, brolly")
    client.post("search.words", {"words": "parapluie, gamp", "group": str(row.id)})
    assert titles(admin, "parapluie") == []
    client.post("search.drop_words", number=row.id)
    assert not Synonym.select().exists()
    assert Event.select().where(Event.name == "search:synonyms_changed").count() == 3


def test_a_change_by_another_process_is_noticed_within_seconds(
    admin: Person, where: Space, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    topic(admin, where, "Brolly lending")
    settle()
    assert titles(admin, "parapluie") == []
    monkeypatch.setattr(tuning, "forget", lambda: None)  # the other process cannot tell this one
    actions.save_synonyms(make.viewer(admin), "parapluie, brolly")
    began = time.monotonic()
    monkeypatch.setattr(tuning.time, "monotonic", lambda: began + tuning.LOOK_AFTER + 0.1)
    assert titles(admin, "parapluie") == ["Brolly lending"]


def test_shipped_jargon_can_be_switched_off_and_used_again(
    client: Client, admin: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(admin, where, "Refuse collection", "Every second Tuesday")
    settle()
    line = "bin, refuse, waste, rubbish"
    assert titles(admin, "rubbish") == ["Refuse collection"]
    client.sign_in(admin).post("search.switch_off", {"words": line})
    assert titles(admin, "rubbish") == []
    assert line in client.get("search.words").find(id="shipped").find("s").get_text()
    client.post("search.drop_words", number=Synonym.get().id)
    assert titles(admin, "rubbish") == ["Refuse collection"]
    client.post("search.switch_off", {"words": "not shipped"}, status=404)


@pytest.mark.parametrize(
    "words", ["", "one", ",,,", "a, !!!", "x" * 400 + ", y", ", ".join(f"w{n}" for n in range(30))]
)
def test_what_is_no_group_is_refused_and_kept_in_the_form(client: Client, admin: Person, words: str) -> None:
    page = client.sign_in(admin).post("search.words", {"words": words}, status=422)
    assert page.find(class_="error-summary")
    assert page.find("input", {"name": "words"}).get("value", "") == words[:1000]
    assert not Synonym.select().exists()


def test_a_recommended_page_stands_on_top_for_those_who_may_read_it(
    client: Client, admin: Person, where: Space, settle: Callable[[], None]
) -> None:
    partner = make.partner("Karen Whittle")
    topic(admin, where, "Annual leave", "How much annual leave there is")
    best = topic(admin, where, "Form 27b", "Fill this in", audience="staff", reason="Ours")
    settle()
    client.sign_in(admin).post(
        "search.bets", {"phrases": "annual leave, holiday", "item": f"/topics/{best.id}", "until": ""}
    )
    for query in ("annual leave", "Annual  Leaves", "holidays"):
        shown = client.get("search.search", q=query).find(class_="recommended")
        assert shown and "Form 27b" in shown.get_text(), query
    assert client.get("search.search", q="annual leave form").find(class_="recommended") is None
    client.sign_in(partner)
    assert "Form 27b" not in client.get("search.search", q="annual leave").get_text()


def test_a_recommendation_ends_with_its_day_its_page_or_by_hand(
    client: Client, admin: Person, where: Space, settle: Callable[[], None]
) -> None:
    best = topic(admin, where, "Form 27b")
    settle()
    viewer = make.viewer(admin)
    row = actions.recommend(viewer, "leave", str(best.id), clock.now() + timedelta(days=1))
    assert [i.id for i in queries.find(viewer, "leave").recommended] == [best.id]
    with clock.pinned(clock.now() + timedelta(days=2)):
        assert queries.find(viewer, "leave").recommended == []
    client.sign_in(admin).post("search.end_bet", number=row.id)
    assert queries.find(viewer, "leave").recommended == []
    actions.recommend(viewer, "leave", str(best.id))
    content.withdraw(viewer, Item.get_by_id(best.id))
    assert queries.find(viewer, "leave").recommended == []


@pytest.mark.parametrize(
    ("field", "given"),
    [("item", {"item": "/topics/999999"}), ("item", {"item": "nonsense"}), ("phrases", {"phrases": " , "}), ("until", {"until": "2001-01-01"}), ("until", {"until": "tomorrow"})],
)  # fmt: skip
def test_what_cannot_be_recommended_is_said(
    client: Client, admin: Person, where: Space, field: str, given: dict[str, str]
) -> None:
    best = topic(admin, where, "Form 27b")
    data = {"phrases": "leave", "item": f"/topics/{best.id}", "until": ""} | given
    page = client.sign_in(admin).post("search.bets", data, status=422)
    assert page.find(id=f"f-{field}-error")
    assert not BestBet.select().exists()


def test_nobody_may_recommend_what_they_may_not_read(admin: Person, where: Space) -> None:
    other = make.person("Sam Secret")
    room = make.space("Room", "secret", "staff", editors=(other,))
    hidden = make.item(other, room, "topic", "Restructure")
    with pytest.raises(Invalid):
        actions.recommend(make.viewer(admin), "restructure", str(hidden.id))


def test_weights_are_tried_before_they_are_saved_and_then_rank_everywhere(
    client: Client, admin: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(admin, where, "Salt", "The north road and nothing else at all")
    topic(admin, where, "Winter service", "Salt salt salt, salt for every road")
    settle()
    client.sign_in(admin)
    assert titles(admin, "salt")[0] == "Salt"
    tried = {name: f"{getattr(tuning.current().weights, name)}" for name in tuning.ADJUSTABLE}
    tried |= {
        "title": "0",
        "title_match": "0",
        "fresh": "0",
        "phrase": "0",
        "exact": "0",
        "b": "0",
        "do": "try",
        "q": "salt",
    }
    page = client.post("search.weights", tried, status=200)
    assert "Tried, not saved" in page.get_text()
    assert page.find(class_="placed").find("summary").get_text().startswith("Winter service")
    assert "today at 2" in page.get_text()
    assert titles(admin, "salt")[0] == "Salt", "trying changes nothing"
    client.post("search.weights", tried | {"do": "save"})
    assert titles(admin, "salt")[0] == "Winter service"
    client.post("search.usual_weights")
    assert titles(admin, "salt")[0] == "Salt"
    assert SearchTuning.get().weights == {}


def test_the_reasons_of_a_place_are_shown(
    client: Client, admin: Person, where: Space, settle: Callable[[], None]
) -> None:
    topic(admin, where, "Salt", "The north road")
    settle()
    page = client.sign_in(admin).get("search.weights", q="salt")
    assert "in title" in page.find(class_="placed").get_text()


@pytest.mark.parametrize("typed", ["", "much", "-1", "1e9", "nan", "inf"])
def test_a_weight_out_of_bounds_is_refused(client: Client, admin: Person, typed: str) -> None:
    data = dict.fromkeys(tuning.ADJUSTABLE, "0.5") | {
        "k1": "1",
        "half_life_days": "300",
        "title": typed,
        "do": "save",
    }
    client.sign_in(admin).post("search.weights", data, status=422)
    assert not SearchTuning.select().exists()


def test_only_administrators_come_here(client: Client, admin: Person) -> None:
    client.sign_in(make.person("Ann Evans"))
    for endpoint in ("search.insight", "search.words", "search.bets", "search.weights"):
        client.get(endpoint, status=404)
    with pytest.raises(Missing):
        actions.set_weights(make.viewer(make.person("Bob")), {"title": 1.0})


def test_the_log_shows_what_found_nothing_and_what_nobody_opened(
    client: Client, admin: Person, where: Space, settle: Callable[[], None]
) -> None:
    ann = make.person("Ann Evans")
    category = forums.add_category(make.viewer(admin), where, name="Roads")
    item = forums.ask(make.viewer(admin), category, title="Salt one", body="Words")
    topic(admin, where, "Grit two")
    settle()
    for who, text in ((ann, "salt"), (ann, "grit"), (admin, "grit"), (ann, "unfindable thing"), (ann, "")):
        client.sign_in(who).get("search.search", q=text)
    opened = client.sign_in(ann).get("search.search", q="salt").find(class_="hit-title").find("a")["href"]
    client.get(opened)
    client.get(opened.replace(f"/{item.id}?", "/999999?"), status=404)
    assert log.lines()[0].text == "grit"
    assert [line.text for line in log.lines("unanswered")] == ["unfindable thing"]
    assert [line.text for line in log.lines("unopened")] == ["grit"]
    assert log.figures() == {"searches": 5, "empty": 1, "opened": 1}
    row = SearchClick.get()
    assert (row.key, row.rank, row.text) == (f"item:{item.id}", 1, "salt")
    assert len({q.person for q in SearchQuery.select()} | {row.person}) == 2 and len(row.person) == 32
    page = client.sign_in(admin).get("search.insight", show="unanswered")
    assert page.find("a", href=client.path("search.words", words="unfindable thing"))
    assert page.find("a", href=client.path("search.bets", phrases="unfindable thing"))
    assert (
        client.get("search.words", words="unfindable thing").find(id="f-words")["value"] == "unfindable thing"
    )


@pytest.mark.parametrize("hit", ["", "item", "item-x-1", "item-1-1; DROP", "-" * 300, "item-99999999999-1"])
def test_a_made_up_click_is_no_click(client: Client, admin: Person, where: Space, hit: str) -> None:
    client.sign_in(admin).get("search.search", q="salt", hit=hit, hl="salt")
    log.flush()
    assert not SearchClick.select().exists()


def test_the_log_forgets_after_thirty_days(client: Client, admin: Person) -> None:
    with clock.pinned(clock.now() - timedelta(days=31)):
        log.remember(make.viewer(admin), "old words", 0, "secret")
        log.clicked(make.viewer(admin), "old words", "item:1", 1, "secret")
        log.flush()
    log.remember(make.viewer(admin), "new words", 0, "secret")
    log.remember(make.viewer(admin), "((", 0, "secret")  # nothing that a synonym could be made of
    log.flush()
    log.tidy()
    assert [q.text for q in SearchQuery.select()] == ["new words"] and not SearchClick.select().exists()


def test_two_changes_at_once_have_two_versions(admin: Person) -> None:
    with db.write():
        actions.save_synonyms(make.viewer(admin), "gamp, brolly")
        actions.save_synonyms(make.viewer(admin), "ginnel, alley")
    assert SearchTuning.get().version == 2
    assert tuning.current().version == 2
