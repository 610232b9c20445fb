"""What the desk, a case and *My flags* say about a case: its clause by name, its outcome, how many opened it, what is due."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from hub import files
from hub.content import keeping
from hub.content.models import Item
from hub.documents import actions as documents
from hub.events import Event
from hub.people.models import Person
from hub.policy import actions
from hub.policy.models import Case, CaseEvent
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]


@pytest.fixture
def author(hub: object) -> Person:
    room.policy()
    return make.person("Ann Evans")


@pytest.fixture
def where(author: Person) -> Space:
    return make.space("Housing", "open", "everyone", members=(author,))


@pytest.fixture
def ifan(hub: object) -> Person:
    return room.reviewer("Ifan Rees")


def in_a_closed_group(author: Person) -> tuple[Item, Case]:
    """Something that a member of a closed group reported, and its case."""
    member = make.person()
    closed = make.space("Hush", "secret", "staff", members=(author, member))
    item = make.item(author, closed, "topic", body="The password is Heulwen-Copor-58.")
    actions.report(make.viewer(member), item, words="It still works.", clause="3.1")
    return item, Case.get()


def test_a_case_is_told_by_its_title_and_its_clause_by_name(
    client: Client, author: Person, where: Space, ifan: Person
) -> None:
    item = make.item(author, where, "topic", title="The lady in the lobby", body="She waits.")
    actions.report(make.viewer(make.person()), item, words="Unkind to her", clause="4.1")
    page = client.sign_in(ifan).get("policy.desk")
    row = page.find("article")
    assert "Reported by a member" in row.h2.get_text() and "The lady in the lobby" in row.h2.get_text()
    assert "clause 4.1 Courtesy" in row.get_text(" ")
    page = client.get("policy.case", case_id=Case.get().id)
    assert "clause 4.1 Courtesy" in page.get_text(" ")


def test_the_title_of_what_a_reviewer_may_not_read_is_not_told(
    client: Client, author: Person, ifan: Person
) -> None:
    closed = make.space("Hush", "secret", "staff", members=(author,))
    item = make.item(author, closed, "topic", title="The quiet plan", body="She waits.")
    member = make.person()
    make.join(closed, member)
    actions.report(make.viewer(member), item, words="Unkind to her", clause="4.1")
    assert Case.select().count() == 1
    row = client.sign_in(ifan).get("policy.desk").find("article")
    assert "Reported by a member" in row.get_text() and item.title not in row.get_text()


def test_what_is_decided_says_how_and_newest_first(
    client: Client, author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    first = make.item(author, where, "topic", body=room.TEXT)
    second = make.item(author, where, "topic", body=room.TEXT.replace("the ward", "ward 4"))
    settle()
    cases = {case.item_id: case for case in Case.select()}
    room.decided(cases[first.id], ifan, "no_breach")
    room.decided(cases[second.id], ifan, "breach")
    rows = client.sign_in(ifan).get("policy.desk", show="decided").find_all("article")
    assert ["Breach" in row.get_text(" ") for row in rows] == [True, False]
    assert "No breach" in rows[1].get_text(" ")
    rows = client.get("policy.desk", show="decided", sort="age").find_all("article")
    assert ["Breach" in row.get_text(" ") for row in rows] == [False, True]


def test_a_case_says_how_many_opened_the_item_its_author_aside(
    client: Client, author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    item, case = room.flagged(settle, author, where)
    for reader in (author, make.person(), make.person()):
        keeping.mark_read(make.viewer(reader), item)
    page = client.sign_in(ifan).get("policy.case", case_id=case.id)
    told = page.find("dt", string="Seen by").find_next("dd").get_text(" ", strip=True)
    assert told == "2 people"


def test_my_flags_say_who_could_read_it_when_it_is_due_and_what_i_have_read(
    client: Client, author: Person, where: Space, settle: Settle
) -> None:
    room.flagged(settle, author, where)
    page = client.sign_in(author).get("policy.my_flags")
    words = page.get_text(" ")
    assert "could read it when it was flagged" in words and "A reviewer should look at it by" in words
    page = client.get("policy.my_reading")
    assert "you have not said yet that you read it" in page.get_text(" ")
    client.post("policy.acknowledge", number=1)
    assert "you said on" in client.get("policy.my_reading").find("main").get_text(" ")


def test_who_hears_an_appeal_may_read_what_it_is_about_and_nobody_else(
    client: Client, author: Person, ifan: Person
) -> None:
    item, case = in_a_closed_group(author)
    decision = room.decided(case, ifan)
    other, senior = room.reviewer(), room.senior()
    page = client.sign_in(senior).get("policy.case", case_id=case.id)
    assert page.find("button", string="Read the text") is None
    client.post("policy.look", case_id=case.id, status=403)
    actions.appeal(make.viewer(author), decision, "It has been changed since.")
    for person in (other, ifan):
        client.sign_in(person).post("policy.look", case_id=case.id, status=403)
        assert not room.may_open(person, item)
    page = client.sign_in(senior).get("policy.case", case_id=case.id)
    assert page.find("button", string="Read the text") is not None and not room.may_open(senior, item)
    client.post("policy.look", case_id=case.id)
    assert room.may_open(senior, item)
    assert "Heulwen" in client.get("policy.case", case_id=case.id).find(class_="case-text").get_text()
    looks = Event.select().where(Event.name == "policy:looked")
    assert [event.actor_id for event in looks] == [senior.id]
    assert CaseEvent.select().where(CaseEvent.name == "looked", CaseEvent.case == case.id).count() == 1


def test_a_second_person_may_read_what_they_are_asked_about(
    client: Client, author: Person, ifan: Person
) -> None:
    item, case = in_a_closed_group(author)
    room.decided(case, ifan, hide_days=3)
    senior, stranger = room.senior(), make.person()
    client.sign_in(stranger).post("policy.look", case_id=case.id, status=404)
    client.sign_in(senior).post("policy.look", case_id=case.id)
    assert room.may_open(senior, item)


def test_the_desk_masks_what_was_found_in_a_title_or_a_files_name(
    client: Client, author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    stored = files.store().put(io.BytesIO(b"ward"), limit=100)
    documents.upload(make.viewer(author), stored, f"NHS_number_{room.NHS.replace(' ', '_')}.txt", where)
    make.item(author, where, "topic", title="The lady in the lobby", body=room.TEXT)
    make.item(author, where, "topic", title=f"Her NHS number is {room.NHS}", body="See above.")
    settle()
    assert Case.select().count() == 3
    page = client.sign_in(ifan).get("policy.desk")
    words = page.find(id="main").get_text(" ")
    assert "The lady in the lobby" in words and "Her NHS number is 99• ••• •••4" in words
    assert room.NHS not in words and room.NHS.replace(" ", "_") not in words
    case = Case.get(Case.item == Item.get(Item.kind == "document").id)
    assert client.get("policy.case", case_id=case.id).find("mark").get_text().startswith("NHS_number")
