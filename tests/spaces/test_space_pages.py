"""The pages of spaces, for members, staff, partners and strangers."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from hub import access, clock, db
from hub.content import kinds
from hub.events import Event
from hub.spaces import queries
from hub.spaces.models import AccessRequest, Membership, Space
from tests import make
from tests.browser import Client

SOON = (clock.now() + timedelta(days=60)).date().isoformat()


@pytest.fixture(autouse=True)
def note_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of item whose page every build of the hub has, whatever other features stand in it."""
    kind = kinds.Kind("note", "Note", "notes", "post", page="content.history", arg="item_id")
    monkeypatch.setitem(kinds.KINDS, "note", kind)


def seen(client: Client) -> str:
    client.get("spaces.spaces")
    return client.text()


def role_of(space: Space, person: object) -> str:
    row = Membership.get_or_none(Membership.space == space, Membership.person == person)
    return row.role if row else ""


def test_the_list_shows_own_spaces_and_those_one_could_get_into(client: Client) -> None:
    person = make.person()
    make.space("Inside", "secret", members=(person,))
    make.space("Open door")
    make.space("Knock first", "request")
    make.space("Club room", "invitation")
    make.space("Unheard of", "secret")
    client.sign_in(person)
    text = seen(client)
    assert "Inside" in text and "Open door" in text and "Knock first" in text
    assert "Club room" not in text and "Unheard of" not in text


def test_an_empty_space_says_the_next_step_to_whom_may_take_it(client: Client) -> None:
    make.hub_space()
    member = make.person()
    space = make.space("New", "open", "public", members=(member,))
    page = client.sign_in(member).get("spaces.space", space_slug=space.slug)
    assert [a.get_text(strip=True) for a in page.select(".empty a")] == [
        "Write a post",
        "Ask or discuss",
        "Add files",
    ]
    for link in page.select(".empty a"):
        assert client.http.get(link["href"]).status_code == 200
    assert not client.sign_in(None).get("spaces.space", space_slug=space.slug).select(".empty a")


def test_a_partner_is_not_told_of_spaces_for_staff(client: Client) -> None:
    make.space("Payroll moans", reach="staff")
    client.sign_in(make.partner())
    assert "Payroll moans" not in seen(client)
    client.sign_in(make.person())
    assert "Payroll moans" in seen(client)


def test_head_counts_leave_out_lapsed_places(client: Client) -> None:
    one, other = make.person(), make.partner()
    space = make.space("Counted", members=(one,))
    make.join(space, other, ends_at=clock.now() - timedelta(days=1))
    client.sign_in(one)
    assert "Open · 1 member " in seen(client)


@pytest.mark.backend
@pytest.mark.parametrize("kind", ["open", "request", "invitation", "secret"])
@pytest.mark.parametrize("reach", ["public", "everyone", "staff"])
def test_the_heads_on_a_spaces_page_are_those_of_its_widest_audience(
    hub: Flask, kind: str, reach: str
) -> None:
    one = make.person()
    make.person(status="disabled")
    partner, lapsed = make.partner(), make.partner(access_ends_at=clock.now() - timedelta(days=1))
    space = make.space(
        "Counted", kind, reach, members=(one, *(() if reach == "staff" else (partner, lapsed)))
    )
    found = queries.visited(make.viewer(one), space.slug)
    assert access.reach_of(found.widest, found, found.heads) == access.reach_of(found.widest, found)


def test_archived_spaces_are_listed_to_their_members_only(client: Client) -> None:
    member = make.person()
    make.space("Long ago", members=(member,), archived_at=clock.now())
    client.sign_in(member)
    assert "Long ago" in seen(client)
    client.sign_in(make.person())
    assert "Long ago" not in seen(client)


def test_the_list_costs_the_same_for_three_and_for_thirty_spaces(client: Client) -> None:
    person = make.person()
    make.space(members=(person,))
    client.sign_in(person)
    with db.count_queries() as few:
        client.get("spaces.spaces")
    for _ in range(20):
        make.space(members=(person,))
    with db.count_queries() as many:
        client.get("spaces.spaces")
    assert len(few) == len(many) <= 6, many


def test_a_space_shows_its_welcome_its_items_and_its_members(client: Client) -> None:
    editor, reader = make.person("Ann Evans"), make.person()
    space = make.space("Housing", editors=(editor,), welcome_html="<p>Croeso i bawb</p>")
    make.item(editor, space, kind="note", title="Damp and mould")
    client.sign_in(reader).get("spaces.space", space_slug=space.slug)
    assert "Croeso i bawb" in client.text()
    assert "Damp and mould" in client.text()
    assert "Ann Evans" in client.text()
    assert "All staff and partners" in client.text()


def test_tabs_narrow_a_space_to_one_kind_and_htmx_gets_the_region_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = kinds.Kind("memo", "Memo", "memos", "topic", page="content.history", arg="item_id")
    monkeypatch.setitem(kinds.KINDS, "memo", kind)
    author = make.person()
    space = make.space(members=(author,))
    make.item(author, space, kind="note", title="A note of mine")
    make.item(author, space, kind="memo", title="A memo of mine")
    client.sign_in(author)
    path = client.path("spaces.space", space_slug=space.slug) + "?show=memo"
    page = client.get(path)
    assert "A memo of mine" in client.text() and "A note of mine" not in client.text()
    assert page.select_one(".tabs a[aria-current=page]").get_text(strip=True) == "Memos"
    region = client.get(path, htmx="feed")
    assert region.find(id="feed") and not region.find("h1")


def test_an_unknown_tab_and_a_damaged_page_show_the_whole_feed(client: Client) -> None:
    author = make.person()
    space = make.space(members=(author,))
    make.item(author, space, kind="note", title="Still here")
    client.sign_in(author).get(
        client.path("spaces.space", space_slug=space.slug) + "?show=../etc&page=%F0%9F"
    )
    assert "Still here" in client.text()


def test_a_space_page_costs_the_same_for_two_and_for_eighteen_items(client: Client) -> None:
    author = make.person()
    space = make.space(members=(author,))
    for _ in range(2):
        make.item(author, space, kind="note")
    client.sign_in(author)
    path = client.path("spaces.space", space_slug=space.slug)
    with db.count_queries() as few:
        client.get(path)
    for _ in range(16):
        make.item(author, space, kind="note")
    with db.count_queries() as many:
        client.get(path)
    assert len(few) == len(many) <= 11, many
    with db.count_queries() as region:
        client.get(path, htmx="feed")
    assert len(region) <= 6, region


def test_a_stranger_sees_a_public_space_but_not_who_is_in_it(client: Client) -> None:
    author = make.person("Ann Evans")
    space = make.space("News", reach="public", members=(author,))
    make.item(author, space, kind="note", title="For everybody", audience="public")
    make.item(author, space, kind="note", title="For colleagues", audience="everyone")
    page = client.get("spaces.space", space_slug=space.slug)
    assert "For everybody" in client.text() and "For colleagues" not in client.text()
    assert not page.select("#members a")
    client.get("spaces.members", status=303, space_slug=space.slug)


@pytest.mark.parametrize(("kind", "status"), [("request", 403), ("invitation", 403), ("secret", 404)])
def test_a_closed_space_says_how_to_get_in_and_a_secret_one_is_not_there(
    client: Client, kind: str, status: int
) -> None:
    author = make.person()
    space = make.space("Inner circle", kind, members=(author,))
    make.item(author, space, kind="note", title="Between us")
    client.sign_in(make.person()).get("spaces.space", status=status, space_slug=space.slug)
    assert "Between us" not in client.text()
    assert ("Ask for access" in client.text()) == (status == 403)
    assert ("Inner circle" in client.text()) == (status == 403)
    client.get("spaces.members", status=status, space_slug=space.slug)
    client.post(
        "spaces.ask", {"message": "Please"}, status=303 if status == 403 else 404, space_slug=space.slug
    )


def test_asking_waiting_and_being_let_in(client: Client) -> None:
    editor, asker = make.person("Ed Itor"), make.person("Ask Er")
    space = make.space("Knock", "request", editors=(editor,))
    client.sign_in(asker)
    client.post("spaces.ask", {"message": "I look after damp & mould"}, space_slug=space.slug)
    client.post("spaces.ask", {"message": "again"}, space_slug=space.slug)
    assert AccessRequest.select().count() == 1
    client.get("spaces.space", status=403, space_slug=space.slug)
    assert "You have asked to be let in" in client.text()
    client.get("spaces.requests", status=403, space_slug=space.slug)
    client.sign_in(editor).get("spaces.requests", space_slug=space.slug)
    assert "I look after damp & mould" in client.text()
    row = AccessRequest.get()
    client.post("spaces.decide", {"decision": "let in"}, space_slug=space.slug, request_id=row.id)
    client.post(
        "spaces.decide", {"decision": "decline"}, status=403, space_slug=space.slug, request_id=row.id
    )
    client.sign_in(asker).get("spaces.space", space_slug=space.slug)
    happened = [event.name for event in Event.select().order_by(Event.id) if event.space_id == space.id]
    assert happened == ["access:asked", "membership:started", "access:granted"]


def test_a_declined_request_tells_the_reason_and_may_be_made_again(client: Client) -> None:
    editor, asker = make.person(), make.person()
    space = make.space("Knock", "request", editors=(editor,))
    client.sign_in(asker).post("spaces.ask", {}, space_slug=space.slug)
    row = AccessRequest.get()
    answer = {"decision": "decline", "answer": "Ask your manager first"}
    client.sign_in(editor).post("spaces.decide", answer, space_slug=space.slug, request_id=row.id)
    client.sign_in(asker).get("spaces.space", status=403, space_slug=space.slug)
    assert "Ask your manager first" in client.text() and "Ask for access" in client.text()


def test_a_request_of_another_space_is_not_there(client: Client) -> None:
    editor, asker = make.person(), make.person()
    mine, other = make.space("Mine", "request", editors=(editor,)), make.space("Other", "request")
    row = AccessRequest.create(space=other, person=asker)
    client.sign_in(editor)
    client.post("spaces.decide", {"decision": "let in"}, status=404, space_slug=mine.slug, request_id=row.id)
    client.post("spaces.decide", {"decision": "let in"}, status=403, space_slug=other.slug, request_id=row.id)
    assert role_of(other, asker) == ""


def test_letting_in_a_partner_needs_an_end_and_keeps_what_was_typed(client: Client) -> None:
    editor, partner = make.person(), make.partner()
    space = make.space("Knock", "request", editors=(editor,))
    client.sign_in(partner).post("spaces.ask", {}, space_slug=space.slug)
    row, at = AccessRequest.get(), {"space_slug": space.slug}
    client.sign_in(editor)
    page = client.post(
        "spaces.decide", {"decision": "let in", "answer": "Welcome"}, status=422, request_id=row.id, **at
    )
    assert page.find(id=f"f-answer-{row.id}").get_text(strip=True) == "Welcome"
    client.post(
        "spaces.decide", {"decision": "let in", "ends_at": "soon"}, status=422, request_id=row.id, **at
    )
    client.post("spaces.decide", {"decision": "let in", "ends_at": SOON}, request_id=row.id, **at)
    place = Membership.get(Membership.person == partner)
    assert place.sponsor_id == editor.id
    assert clock.local(place.ends_at).date().isoformat() == SOON


def test_joining_and_leaving_an_open_space(client: Client) -> None:
    person, editor = make.person(), make.person()
    space = make.space("Open", editors=(editor,))
    client.sign_in(person).post("spaces.join", space_slug=space.slug)
    assert role_of(space, person) == "member"
    client.post("spaces.leave", space_slug=space.slug)
    assert role_of(space, person) == ""


def test_the_last_editor_cannot_leave(client: Client) -> None:
    editor = make.person()
    space = make.space("Open", editors=(editor,))
    client.sign_in(editor).post("spaces.leave", status=403, space_slug=space.slug)
    assert "only editor" in client.text()
    assert role_of(space, editor) == "editor"


def test_nobody_is_sent_to_sign_in_before_joining(client: Client) -> None:
    space = make.space("Open", reach="public")
    client.post("spaces.join", status=303, space_slug=space.slug)
    assert client.last is not None and "/sign-in" in client.last.headers["Location"]
    assert Membership.select().count() == 0


@pytest.mark.parametrize("typed", ["@dev.patel", "dev.patel", "DEV.PATEL@EXAMPLE.ORG", "Dev Patel", "patel"])
def test_an_editor_lets_somebody_in_by_handle_address_or_name(client: Client, typed: str) -> None:
    editor = make.person("Ann Evans")
    wanted = make.person("Dev Patel", handle="dev.patel", email="dev.patel@example.org")
    space = make.space("Closed", "invitation", editors=(editor,))
    client.sign_in(editor).post("spaces.members", {"person": typed, "role": "editor"}, space_slug=space.slug)
    assert role_of(space, wanted) == "editor"


@pytest.mark.parametrize("typed", ["", "nobody here", "same name", "\x00"])
def test_a_name_that_fits_nobody_or_several_is_asked_again(client: Client, typed: str) -> None:
    editor = make.person("Ann Evans")
    make.person("Same Name")
    make.person("Same Name")
    space = make.space("Closed", "invitation", editors=(editor,))
    client.sign_in(editor)
    page = client.post(
        "spaces.members", {"person": typed, "ends_at": SOON}, status=422, space_slug=space.slug
    )
    assert page.find(id="f-ends_at")["value"] == SOON
    assert Membership.select().count() == 1


def test_members_are_found_by_name_and_paged(client: Client) -> None:
    people = [make.person(f"Member {n:02}") for n in range(60)]
    space = make.space(members=tuple(people))
    client.sign_in(people[0])
    page = client.get("spaces.members", space_slug=space.slug)
    first = [link.get_text() for link in page.select("#members .person-name a")]
    older = page.select_one("a[rel=next]")["href"]
    rest = [a.get_text() for a in client.get(older, htmx="members").select("#members .person-name a")]
    assert sorted(first + rest) == sorted(p.name for p in people)
    found = client.get(client.path("spaces.members", space_slug=space.slug) + "?q=member+07&page=rubbish!")
    assert [a.get_text() for a in found.select("#members .person-name a")] == ["Member 07"]


def test_an_editor_changes_renews_and_ends_a_place(client: Client) -> None:
    editor, partner = make.person(), make.partner()
    space = make.space("Closed", "request", editors=(editor,))
    make.join(space, partner, ends_at=clock.now() - timedelta(days=3))
    client.sign_in(partner).get("spaces.space", status=403, space_slug=space.slug)
    client.sign_in(editor).get("spaces.members", space_slug=space.slug)
    assert "Lapsed" in client.text()
    at = {"space_slug": space.slug, "handle": partner.handle}
    client.get("spaces.member", **at)
    client.post("spaces.member", {"role": "member"}, status=422, **at)
    client.post("spaces.member", {"role": "member", "ends_at": SOON}, **at)
    client.sign_in(partner).get("spaces.space", space_slug=space.slug)
    client.get("spaces.member", status=403, **at)
    client.sign_in(editor).post("spaces.remove", **at)
    client.sign_in(partner).get("spaces.space", status=403, space_slug=space.slug)


def test_staff_make_a_space_and_partners_are_told_who_can(client: Client) -> None:
    client.sign_in(make.partner()).get("spaces.new", status=403)
    person = make.person()
    client.sign_in(person).get("spaces.new")
    sent = {
        "name": " Cŵn  a chathod ",
        "about": "Pets",
        "welcome": "# Croeso",
        "kind": "request",
        "reach": "staff",
        "colour": "plum",
    }
    client.post("spaces.new", sent, follow=True)
    space = Space.get(Space.name == "Cŵn a chathod")
    assert (space.slug, space.kind, space.reach) == ("cwn-a-chathod", "request", "staff")
    assert "Croeso" in space.welcome_html
    assert role_of(space, person) == "editor"


def test_a_space_with_mistakes_is_asked_again_with_everything_kept(client: Client) -> None:
    client.sign_in(make.person())
    sent = {
        "name": "",
        "about": "What it is",
        "welcome": "Long words",
        "kind": "no",
        "reach": "staff",
        "colour": "plum",
    }
    page = client.post("spaces.new", sent, status=422)
    assert page.find(id="f-about").get_text(strip=True) == "What it is"
    assert page.find(id="f-welcome").get_text(strip=True) == "Long words"
    assert Space.select().count() == 0


def test_an_editor_changes_and_archives_a_space(client: Client) -> None:
    editor = make.person()
    space = make.space("Old name", editors=(editor,))
    at = {"space_slug": space.slug}
    client.sign_in(make.person()).get("spaces.edit", status=403, **at)
    client.post("spaces.archive", status=403, **at)
    client.sign_in(editor).get("spaces.edit", **at)
    sent = {
        "name": "New name",
        "about": "",
        "welcome": "",
        "kind": "open",
        "reach": "everyone",
        "colour": "brick",
    }
    client.post("spaces.edit", sent, **at)
    client.post("spaces.archive", follow=True, **at)
    assert "New name is archived" in client.text()
    client.sign_in(make.person()).post("spaces.join", status=403, **at)
    client.sign_in(editor).post("spaces.archive", {"do": "reopen"}, **at)
    assert Space.get_by_id(space.id).archived_at is None


def test_opening_a_closed_space_asks_once_with_the_number_of_items_and_people(client: Client) -> None:
    editor = make.person()
    space = make.space("Casework", "request", "staff", editors=(editor,))
    make.item(editor, space, "topic", "Old case", "For us.", audience=space.token)
    sent = {
        "name": "Casework",
        "about": "",
        "welcome": "",
        "kind": "open",
        "reach": "staff",
        "colour": "pine",
    }
    assert client.sign_in(editor).get("spaces.edit", space_slug=space.slug).find(id="f-sure") is None
    page = client.post("spaces.edit", sent, status=422, space_slug=space.slug)
    assert "1 item here is for members only" in page.find(class_="error-summary").get_text()
    assert page.find("input", {"name": "kind", "value": "open"}).has_attr("checked")
    client.post("spaces.edit", {**sent, page.find(id="f-sure")["name"]: "yes"}, space_slug=space.slug)
    assert Space.get_by_id(space.id).kind == "open"


def test_who_is_let_in_reads_the_editors_answer_where_they_go_and_nobody_else_does(client: Client) -> None:
    editor, asker = make.person(), make.person()
    space = make.space("Closed", "request", editors=(editor,))
    at = {"space_slug": space.slug}
    page = client.sign_in(asker).get("documents.space", status=403, **at)
    client.get(page.find("a", string="Ask for access")["href"], status=403)
    client.post("spaces.ask", {"message": "I take over."}, **at)
    page = client.sign_in(editor).get("spaces.requests", **at)
    client.post(
        page.find("form", class_="stack")["action"], {"decision": "let in", "answer": "Read the protocol."}
    )
    assert "Read the protocol." not in client.get("spaces.space", **at).get_text()
    assert "Read the protocol." in client.sign_in(asker).get("spaces.space", **at).get_text()
    with time_machine.travel(clock.now() + timedelta(days=15)):
        client.sign_in(asker)
        assert "Read the protocol." not in client.get("spaces.space", **at).get_text()


def test_hostile_words_of_a_space_are_shown_as_words(client: Client) -> None:
    editor = make.person()
    attack = "<script>alert(1)</script>"
    client.sign_in(editor)
    sent = {
        "name": attack,
        "about": attack,
        "welcome": attack,
        "kind": "open",
        "reach": "everyone",
        "colour": "pine",
    }
    page = client.post("spaces.new", sent, follow=True)
    assert not [s for s in page.find_all("script") if not s.get("src")]
    assert attack in client.text()
