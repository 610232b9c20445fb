"""Invariants 6 to 14 of the usage policy. Each says what would break it; where that is not plain, a twin breaks it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from hub import clock, db
from hub.content import actions as content
from hub.content.models import Item
from hub.errors import Conflict, Refused
from hub.events import Event
from hub.people.models import Person
from hub.policy import about_me, actions, cases, deciding, ladder
from hub.policy.desk import queries as desk
from hub.policy.fairness import several
from hub.policy.models import Case, Decision, Finding, Report, Restriction
from hub.policy.trail import chain
from hub.policy.trail.models import AuditRow
from hub.spaces.models import Space
from tests import make
from tests.policy import room

Settle = Callable[[], None]
REASON = room.REASON


@pytest.mark.backend
def test_6_in_no_way_does_anybody_act_on_what_is_their_own(
    case: Case, author: Person, ifan: Person, senior: Person
) -> None:
    author.roles = ["reviewer", "senior reviewer"]
    author.save()
    mine = make.viewer(author)
    for act in (
        lambda: actions.claim(mine, room.fresh(case)),
        lambda: actions.note(mine, room.fresh(case), "A note."),
        lambda: actions.decide(mine, room.fresh(case), outcome="no_breach", reason=REASON),
    ):
        with pytest.raises(Refused):
            act()
    assert several.decide(mine, [case.id], outcome="no_breach", reason=REASON).decided == 0
    decision = room.decided(case, ifan, hide_days=3)
    with pytest.raises(Refused):
        actions.approve(mine, Restriction.get())
    with pytest.raises(Refused):
        actions.approve(make.viewer(ifan), Restriction.get())
    appeal = actions.appeal(mine, decision, "I do not agree with this.")
    for person in (author, ifan):
        with pytest.raises(Refused):
            actions.hear(make.viewer(person), appeal, outcome="upheld", reason=REASON)
    assert desk.counts(mine) == dict.fromkeys(desk.counts(mine), 0)
    actions.hear(make.viewer(senior), appeal, outcome="upheld", reason=REASON)


def test_6_its_twin_a_reviewer_without_a_conflict_passes_the_same_gate(
    case: Case, author: Person, ifan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    author.roles = ["reviewer"]
    author.save()
    monkeypatch.setattr(cases, "conflict", lambda *_args: "")
    actions.claim(make.viewer(author), case)
    assert room.fresh(case).claimed_by_id == author.id, (
        "without the gate it would go through: the gate is what holds"
    )


@pytest.mark.backend
def test_7_every_look_at_a_name_and_every_change_of_state_has_its_link(
    case: Case, ifan: Person, senior: Person
) -> None:
    viewer = make.viewer(ifan)
    actions.claim(viewer, case)
    actions.show_name(viewer, room.fresh(case), "I must ring the author.")
    actions.decide(viewer, room.fresh(case), outcome="breach", reason=REASON, hide_days=3)
    actions.approve(make.viewer(senior), Restriction.get(), "I agree.")
    actions.lift(make.viewer(senior), Restriction.get(), REASON)
    names = {row.name for row in AuditRow.select().where(AuditRow.item_id == case.item_id)}
    told = ("flagged", "claimed", "name_shown", "decided", "proposed", "restricted", "lifted")
    assert {f"policy:{name}" for name in told} <= names and chain.verify() == []


def test_7_a_change_whose_link_cannot_be_written_does_not_happen(
    case: Case, ifan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(chain, "digest", fails)
    with pytest.raises(ZeroDivisionError):
        actions.claim(make.viewer(ifan), case)
    assert room.fresh(case).claimed_by_id is None


@pytest.mark.backend
def test_8_the_value_stands_in_the_item_and_nowhere_else(
    case: Case, author: Person, ifan: Person, hub: Flask, settle: Settle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    actions.report(make.viewer(make.person()), case.item, words="There is a number.", clause="2.1")
    room.decided(case, ifan)
    settle()
    plain, tight = room.NHS, room.NHS.replace(" ", "")
    allowed = {"item", "revision"}
    seen = set()
    for model in db.models():
        for row in model.select().tuples():
            if plain in str(row) or tight in str(row):
                seen.add(model._meta.table_name)
    assert "item" in seen, "the twin: the search does find it where it stands"
    assert {t for t in seen if t not in allowed and not t.startswith("search")} == set()
    mail = Path(hub.config["HUB"].data_path) / "mail"
    assert not [p for p in mail.rglob("*") if p.is_file() and plain in p.read_text(errors="replace")]
    assert plain not in caplog.text and tight not in caplog.text


@pytest.mark.backend
def test_9_the_second_of_two_writes_gets_the_fresh_case(case: Case, ifan: Person, senior: Person) -> None:
    actions.claim(make.viewer(ifan), case)
    seen = room.fresh(case).version
    actions.note(make.viewer(senior), room.fresh(case), "Something more.")
    with pytest.raises(Conflict) as conflict:
        actions.decide(make.viewer(ifan), room.fresh(case), outcome="no_breach", reason=REASON, version=seen)
    assert conflict.value.current.version == seen + 1 and Decision.select().count() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        actions.claim(make.viewer(senior), room.fresh(case))


@pytest.mark.backend
def test_10_only_its_own_cause_ends_a_restriction_early(
    case: Case, author: Person, where: Space, ifan: Person, senior: Person, settle: Settle
) -> None:
    room.decided(case, ifan, hide_days=7, measure="pause_space")
    actions.approve(make.viewer(senior), Restriction.get(), "")
    other = room.flagged(settle, make.person("Other"), where, body="The password is Heulwen-Copor-58.")[1]
    appealed = actions.appeal(
        make.viewer(other.author), room.decided(other, ifan), "This was a different thing."
    )
    actions.hear(make.viewer(senior), appealed, outcome="overturned", reason=REASON)
    with pytest.raises(Refused):
        make.item(author, where, "topic")
    mine = actions.appeal(make.viewer(author), Restriction.get().decision, "It was not so.")
    judge = make.person("Third", roles=["senior reviewer"])
    actions.hear(make.viewer(judge), mine, outcome="overturned", reason=REASON)
    make.item(author, where, "topic")


@pytest.mark.backend
def test_12_an_edit_a_comment_and_a_withdrawal(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    item = make.item(author, where, "topic", body="Nothing here.")
    settle()
    assert Case.select().count() == 0
    content.edit(make.viewer(author), item, version=1, body=room.TEXT)
    settle()
    case = Case.get()
    reply = make.item(
        author, where, "reply", body="The password is Heulwen-Copor-58.", parent=Item.get_by_id(item.id)
    )
    settle()
    assert Case.get(Case.item == reply.id).clause == "3.1"
    content.edit(make.viewer(author), Item.get_by_id(item.id), version=2, body="Taken out.")
    settle()
    assert room.fresh(case).fixed_at is not None and room.fresh(case).state == "open", "a person confirms it"
    content.withdraw(make.viewer(author), Item.get_by_id(reply.id))
    settle()
    kept = Case.get(Case.item == reply.id)
    assert kept.state == "open" and Finding.select().where(Finding.case == kept.id).count() == 1


@pytest.mark.backend
@pytest.mark.parametrize(
    "roles", [["administrator"], ["senior reviewer"], ["policy owner", "rule editor"], []]
)
def test_13_nobody_is_exempt_by_what_they_are(hub: Flask, roles: list[str], settle: Settle) -> None:
    room.policy()
    person = make.person(roles=roles)
    unit = make.unit(head_id=person.id)
    person.unit = unit
    person.save()
    _, case = room.flagged(settle, person, make.space("Board", "open", "everyone", editors=(person,)))
    assert case.author_id == person.id and case.high


@pytest.mark.backend
def test_14_a_reporter_stays_unknown_learns_the_outcome_and_cannot_flood(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    item = make.item(author, where, "topic", body="Plain words.")
    people = [make.person(f"Reporter {n}") for n in range(10)]
    points = []
    for person in people:
        actions.report(make.viewer(person), item, words="I do not like this.", clause="4.1")
        points.append(Case.get().points)
    assert points[2] == points[9] > points[0], "the cap"
    case = Case.get()
    room.decided(case, ifan, outcome="no_breach")
    settle()
    theirs = about_me.mine(make.viewer(author)).rows[0]
    assert not any(person.name in str(vars(entry)) for person in people for entry in theirs.conversation)
    for event in Event.select().where(Event.name == "policy:reported"):
        assert event.actor_id is None and not {p.id for p in people} & {event.person_id}
    outcome = about_me.my_reports(make.viewer(people[0]))[0].outcome
    assert outcome == "no_breach" and Report.select().count() == 10


def test_11_stands_in_test_rules_as_data_and_reads_the_only_way_to_old_content() -> None:
    from hub.policy.rulebook import actions as rules
    from hub.policy.rulebook import rehearsal

    assert "ask_for" in inspect.getsource(rehearsal.promote)
    for module in (rules, deciding, ladder):
        assert "ask_for" not in inspect.getsource(module)
