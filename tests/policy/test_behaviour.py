"""Rules about behaviour: counted over distinct things, by role, recorded once an hour, without name, flag or effect."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from hub import clock, files
from hub.content.models import Item, ReadMark
from hub.documents import actions as documents_room
from hub.people.models import Person, SignInAttempt
from hub.policy import actions, behaviour
from hub.policy.behaviour import BehaviourFinding
from hub.policy.models import Case
from hub.policy.trail import taking
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]


@pytest.fixture
def where(hub: object) -> Space:
    return make.space("Housing", "open", "everyone")


def documents(where: Space, number: int) -> list[Item]:
    author = make.person()
    return [make.item(author, where, "document", title=f"D {n}") for n in range(number)]


def read(person: Person, items: list[Item]) -> None:
    rows = [{"item": i.id, "person": person.id, "last_id": 0, "version": 1, "at": clock.now()} for i in items]
    ReadMark.insert_many(rows).execute()


@pytest.mark.backend
def test_a_burst_of_documents_counts_by_role_and_once_an_hour(
    where: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behaviour, "DOCUMENTS_AN_HOUR", {"auditor": 20, "staff": 6, "partner": 3})
    papers = documents(where, 8)
    monkeypatch.setattr(behaviour, "THREADS", 100)
    staff, partner, auditor = make.person(), make.partner(), make.person(roles=["auditor"])
    read(staff, papers[:5])
    read(partner, papers[:5])
    read(auditor, papers)
    assert behaviour.watch() == 1 and behaviour.watch() == 0
    found = BehaviourFinding.get()
    assert (found.rule, found.person_id, found.number, found.threshold) == ("reading", partner.id, 5, 3)


@pytest.mark.backend
def test_a_flood_is_many_threads_and_not_many_answers_in_one(where: Space) -> None:
    talker, flooder = make.person(), make.person()
    topic = make.item(talker, where, "topic")
    for _ in range(20):
        make.item(talker, where, "reply", parent=topic)
    for n in range(11):
        make.item(flooder, where, "topic", title=f"T {n}")
    assert behaviour.watch() == 0
    make.item(flooder, where, "topic", title="One more")
    assert behaviour.watch() == 1 and BehaviourFinding.get().person_id == flooder.id


def test_files_taken_count_once_a_document_though_they_were_read_long_ago(
    client: Client, where: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behaviour, "DOCUMENTS_AN_HOUR", {"staff": 3, "partner": 3})
    taker = make.person()
    writer = make.viewer(make.person())
    papers = [
        documents_room.upload(
            writer,
            files.store().put(io.BytesIO(b"Grit the hill %d." % n), limit=100),
            f"paper-{n}.txt",
            where,
        )
        for n in range(3)
    ]
    client.sign_in(taker)
    with time_machine.travel(clock.now() - timedelta(days=9), tick=False):
        read(taker, papers)

    def take(item: Item) -> None:
        path = client.path("documents.download", document_id=item.id, number=1, name="paper.txt")
        with client.http.get(path) as answer:
            assert answer.status_code == 200

    for paper in (papers[0], papers[0], papers[1]):
        take(paper)
    assert behaviour.watch() == 0, "two documents, however often"
    take(papers[2])
    assert behaviour.watch() == 1
    found = BehaviourFinding.get()
    assert (found.rule, found.person_id, found.number) == ("reading", taker.id, 3)


def test_wrong_passwords_at_the_real_page_are_counted_and_a_forgotten_one_is_not(
    client: Client, hub: object
) -> None:
    person = make.person()
    client.get("people.sign_in")
    for _ in range(7):
        client.post("people.sign_in", {"email": person.email, "password": "wrong"}, status=422)
    for n in range(12):
        SignInAttempt.create(subject=f"reset:account:{n % 1}", at=clock.now())
    assert behaviour.watch() == 0
    client.post("people.sign_in", {"email": person.email, "password": "wrong"}, status=422)
    assert behaviour.watch() == 2, "the account, and the address that it came from"
    assert {f.rule for f in BehaviourFinding.select()} == {"signing_in"}
    for found in BehaviourFinding.select():
        assert person.email not in str(found.__data__) and "127.0.0.1" not in str(found.__data__)


@pytest.mark.backend
def test_a_flood_of_reports_about_one_person_is_recorded_and_a_sealed_case_is_not_given_away(
    where: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.policy()
    monkeypatch.setattr(behaviour, "REPORTS", 3)
    author, reviewer = make.person(), room.reviewer()
    items = [make.item(author, where, "topic", title=f"T {n}") for n in range(3)]
    for item in items[:2]:
        actions.report(make.viewer(make.person()), item, words="Look.", clause="4.1")
    why = "A child could be in danger if this were known."
    actions.report(make.viewer(reviewer), items[2], words="Look.", clause="4.1", seal=why)
    assert behaviour.watch() == 0
    actions.report(make.viewer(make.person()), items[0], words="Look.", clause="2.1")
    assert behaviour.watch() == 1 and BehaviourFinding.get().person_id == author.id


@pytest.mark.backend
def test_everybody_takes_along_what_was_recorded_about_them_and_nobody_else_does(where: Space) -> None:
    flooder = make.person()
    for n in range(12):
        make.item(flooder, where, "topic", title=f"T {n}")
    behaviour.watch()
    assert [b["number"] for b in taking.mine(make.viewer(flooder))["behaviour"]] == [12]
    assert taking.mine(make.viewer(make.person()))["behaviour"] == []


@pytest.mark.backend
def test_failed_sign_ins_keep_neither_name_nor_address(hub: object) -> None:
    for _ in range(8):
        SignInAttempt.create(subject="account:ann.evans@example.org", at=clock.now())
    SignInAttempt.create(subject="account:other@example.org", at=clock.now())
    assert behaviour.watch() == 1
    assert "ann" not in str(BehaviourFinding.get().__data__)


def test_the_page_names_nobody_and_is_for_few(client: Client, where: Space) -> None:
    flooder = make.person("Gwenllian Flood")
    for n in range(12):
        make.item(flooder, where, "topic", title=f"T {n}")
    behaviour.watch()
    client.sign_in(make.person(roles=["policy owner", "rule editor"])).get("policy.behaviour")
    assert "different threads" in client.text() and "Gwenllian" not in client.text()
    client.get("policy.rules")
    for person in (flooder, make.partner(), make.person(roles=["administrator"])):
        client.sign_in(person).get("policy.behaviour", status=404)
    assert Case.select().count() == 0
