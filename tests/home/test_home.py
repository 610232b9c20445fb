"""The home page: what is new, by day, for those who may read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from hub import access, clock, db
from hub.access import holders
from hub.content import keeping
from hub.content.models import Item
from hub.home import queries
from hub.people.models import Person
from hub.spaces.models import Space
from hub.web import menu
from tests import make
from tests.browser import Client


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans", skills=["damp and mould", "gritting"])


@pytest.fixture
def housing(ann: Person) -> Space:
    return make.space("Housing", "open", "everyone", editors=(ann,))


def titles(page: object) -> list[str]:
    return [h.get_text(strip=True) for h in page.select(".item-title")]  # type: ignore[attr-defined]


def test_the_feed_stands_by_day_newest_first(client: Client, ann: Person, housing: Space) -> None:
    with time_machine.travel("2026-11-16T10:00:00Z", tick=False):
        make.item(ann, housing, "topic", "Older")
    with time_machine.travel("2026-11-17T08:00:00Z", tick=False):
        make.item(ann, housing, "topic", "Newer")
    with time_machine.travel("2026-11-17T09:00:00Z", tick=False):
        page = client.sign_in(ann).get("home.home")
    assert titles(page) == ["Newer", "Older"]
    assert [h.get_text() for h in page.select(".day-title")] == ["Today", "Yesterday"]


def test_a_stranger_is_welcomed_and_sees_only_what_is_public(client: Client, ann: Person) -> None:
    space = make.space("News", "open", "public", editors=(ann,))
    make.item(ann, space, "topic", "For all the world", audience="public")
    make.item(ann, space, "topic", "For colleagues", audience="everyone")
    page = client.sign_in(None).get("home.home")
    assert titles(page) == ["For all the world"]
    assert page.find("h1").get_text().startswith("Welcome") and page.select_one(".welcome a.btn-primary")
    assert not page.find("form", class_="composer")


def test_a_partner_sees_what_partners_may_read(client: Client, ann: Person, housing: Space) -> None:
    make.item(ann, housing, "topic", "For staff", audience="staff", reason="Contracts are being let")
    make.item(ann, housing, "topic", "For everyone")
    assert titles(client.sign_in(make.partner("Pat Police")).get("home.home")) == ["For everyone"]


def test_tabs_narrow_the_feed_and_htmx_gets_the_region_only(
    client: Client, ann: Person, housing: Space
) -> None:
    make.item(ann, housing, "topic", "A question")
    client.sign_in(ann)
    region = client.get("home.home", show="blogs", htmx="feed")
    assert region.find(id="feed") and not region.find("html") and titles(region) == []
    assert titles(client.get("home.home", show="forums", htmx="feed")) == ["A question"]
    assert titles(client.get("home.home", show="no-such-tab")) == ["A question"]


def test_unread_is_what_others_wrote_and_the_viewer_has_not_read(
    client: Client, ann: Person, housing: Space
) -> None:
    bob = make.person("Bob Hill")
    read = make.item(bob, housing, "topic", "Read already")
    make.item(bob, housing, "topic", "Not read")
    make.item(ann, housing, "topic", "My own")
    keeping.mark_read(make.viewer(ann), read)
    client.sign_in(ann)
    assert titles(client.get("home.home", show="unread")) == ["Not read"]
    make.item(bob, housing, "reply", body="An answer", parent=read)
    page = client.get("home.home", show="unread")
    assert titles(page) == ["Read already", "Not read"]
    assert "1 new" in page.get_text()


def test_a_card_is_unread_only_for_what_is_new_to_the_viewer_and_says_what_happened_last(
    client: Client, ann: Person, housing: Space
) -> None:
    bob = make.person("Bob Hill")
    with time_machine.travel("2026-09-01T09:00:00Z", tick=False):
        make.item(bob, housing, "topic", "Old and never opened")
    with time_machine.travel("2026-11-16T09:00:00Z", tick=False):
        answered = make.item(bob, housing, "topic", "Answered since")
        keeping.mark_read(make.viewer(ann), answered)
        make.item(ann, housing, "topic", "My own")
    with time_machine.travel("2026-11-17T08:00:00Z", tick=False):
        make.item(bob, housing, "reply", body="An answer", parent=answered)
    with time_machine.travel("2026-11-17T10:00:00Z", tick=False):
        client.sign_in(ann)
        for page in (client.get("home.home"), client.get("spaces.space", space_slug=housing.slug)):
            unread = {c.select_one(".item-title").get_text(strip=True) for c in page.select(".item-unread")}
            assert unread == {"Answered since"}
            assert "last 2 hours ago" in page.select_one(".item-unread .item-foot").get_text(" ", strip=True)
            assert len(page.select(".item-foot time")) == 1


def test_a_damaged_page_shows_the_first_one(client: Client, ann: Person, housing: Space) -> None:
    make.item(ann, housing, "topic", "A question")
    for cursor in ("nonsense", "b" * 5000, "bzE=", "\u2019"):
        assert titles(client.sign_in(ann).get("home.home", page=cursor)) == ["A question"]


def test_pages_follow_each_other_without_gap_or_double(client: Client, ann: Person, housing: Space) -> None:
    for number in range(45):
        make.item(ann, housing, "topic", f"Topic {number}")
    client.sign_in(ann)
    seen, page = [], client.get("home.home")
    for _ in range(5):
        seen += titles(page)
        older = page.find("a", string=lambda s: s and "Older" in s) or next(
            (a for a in page.select(".pager a") if "Older" in a.get_text()), None
        )
        if older is None:
            break
        page = client.get(older["href"])
    assert seen == [f"Topic {n}" for n in range(44, -1, -1)]


def test_the_rail_says_what_needs_the_viewer(client: Client, ann: Person) -> None:
    closed = make.space("Gritting", "request", "everyone", editors=(ann,))
    from hub.spaces import actions

    actions.ask(make.viewer(make.person("Bob Hill")), closed, "Please")
    page = client.sign_in(ann).get("home.home")
    rail = page.find(id="needs-you").get_text(" ", strip=True)
    assert "1 person asks to join Gritting" in rail and "Is your profile still right?" in rail
    assert page.find("a", class_="tag", string="gritting")


def test_a_feature_that_cannot_say_what_it_needs_leaves_the_page_standing(
    client: Client, ann: Person, hub: Flask
) -> None:
    def broken(_viewer: access.Viewer) -> list[dict[str, object]]:
        raise RuntimeError("the table is gone")

    menu.needs_you(hub, broken)
    try:
        assert client.sign_in(ann).get("home.home").find(id="needs-you")
    finally:
        hub.extensions["needs_you"].remove(broken)


def test_the_home_page_costs_the_same_however_much_there_is(
    client: Client, ann: Person, housing: Space
) -> None:
    bob = make.person("Bob Hill")
    client.sign_in(bob)

    def cost() -> int:
        client.get("home.home")
        with db.count_queries() as seen:
            client.get("home.home")
        return len(seen)

    make.item(ann, housing, "topic", "One")
    few = cost()
    for number in range(19):
        made = make.item(ann, housing, "topic", f"Topic {number}", tags=["housing"])
        keeping.mark_read(make.viewer(bob), made)
        make.item(ann, housing, "reply", body="An answer", parent=made)
    assert cost() <= few + 1 <= 10


@pytest.mark.backend
def test_the_holders_of_an_audience_are_those_whose_viewer_has_the_token(hub: Flask) -> None:
    staff = [make.person() for _ in range(3)]
    partners = [make.partner(), make.partner(of=make.organisation("nhs", key="nhs"))]
    gone = make.person(status="disabled")
    ended = make.partner(access_ends_at=clock.now() - timedelta(days=1))
    closed = make.organisation("contractor", key="closed", active=False)
    of_closed = make.person(of=closed)
    first = make.space(kind="invitation", members=(staff[0], partners[0], gone), editors=(staff[1],))
    second = make.space(kind="open", members=(staff[2], of_closed))
    make.join(second, partners[1], ends_at=clock.now() - timedelta(hours=1))
    everybody = [*staff, *partners, gone, ended, of_closed]
    tokens = ["everyone", "staff", f"org:{partners[0].organisation_id}", f"org:{closed.id}"]
    tokens += [t for s in (first, second) for t in (s.token, f"{s.token}:editors")]
    tokens += [f"person:{p.id}" for p in everybody]
    viewers = {p.id: make.viewer(p) for p in everybody}
    for token in tokens:
        held = {row.id for row in holders(token)}
        assert held == {i for i, v in viewers.items() if token in v.tokens}, token
    with pytest.raises(ValueError, match="not an audience"):
        holders("everybody")


@pytest.mark.backend
def test_a_listing_holds_nothing_that_the_viewer_may_not_read(ann: Person, housing: Space) -> None:
    make.item(ann, housing, "topic", "For staff", audience="staff", reason="Contracts are being let")
    made = make.item(ann, housing, "topic", "For everyone")
    seen = list(queries.feed(make.viewer(make.partner())))
    assert [row.id for row in seen] == [made.id] and Item.select().count() == 2
