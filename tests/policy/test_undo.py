"""Undo: a routine decision is taken back within ten seconds as if it had not been, and nobody was told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from hub import clock
from hub.access import Grant
from hub.content import actions as content
from hub.content.models import Item
from hub.errors import Conflict, Missing, Refused
from hub.events import Event
from hub.notifications.models import Notification
from hub.people.models import Person
from hub.policy import about_me, actions, undoing
from hub.policy.desk import queries as desk
from hub.policy.fairness import several
from hub.policy.models import Case, CaseEvent, Decision, Notice
from hub.policy.state import standing
from hub.policy.trail import chain
from hub.policy.trail.models import AuditRow
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
LEFT_OUT = {"version", "changed_at", "claimed_until"}


def after(seconds: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False)


def told(person: Person) -> list[str]:
    return [
        n.words for n in Notification.select().where(Notification.person == person).order_by(Notification.id)
    ]


def row(case: Case) -> dict:
    return {k: v for k, v in room.fresh(case).__data__.items() if k not in LEFT_OUT}


@pytest.mark.backend
@pytest.mark.parametrize("outcome", undoing.ROUTINE)
def test_what_is_undone_leaves_everything_as_it_was(
    case: Case, author: Person, ifan: Person, settle: Settle, outcome: str
) -> None:
    reporter = make.person("Sian Price")
    actions.report(make.viewer(reporter), case.item, words="Look at this.", clause="2.1")
    content.edit(make.viewer(author), Item.get_by_id(case.item_id), version=1, body="Taken out.")
    settle()
    viewer = make.viewer(ifan)
    actions.claim(viewer, room.fresh(case))
    before, notices, findings = row(case), Notice.select().count(), room.fresh(case).findings
    heard = told(author)
    assert before["fixed_at"] is not None
    decision = actions.decide(viewer, room.fresh(case), outcome=outcome, reason=room.REASON)
    settle()
    assert actions.undo(viewer, [decision.id]) == [case.id]
    settle()
    assert row(case) == before and room.fresh(case).findings == findings
    assert (
        room.fresh(case).claimed_until > clock.now()
        and Grant.select().where(Grant.ends_at > clock.now()).count() == 1
    )
    assert Decision.select().count() == 0 and Notice.select().count() == notices
    assert desk.counts(viewer)["mine"] == 1 and about_me.my_reports(make.viewer(reporter))[0].outcome in (
        "",
        None,
    )
    assert about_me.mine(make.viewer(author)).rows[0].decision is None
    with after(60):
        settle()
        assert told(author) == heard, "nobody was told of what was undone"
    rows = CaseEvent.select().where(CaseEvent.case == case.id).order_by(CaseEvent.id)
    assert standing(rows).state == room.fresh(case).state == "claimed"
    assert [e.name for e in rows][-2:] == ["decided", "undone"]
    names = [r.name for r in AuditRow.select().order_by(AuditRow.number)]
    assert "policy:decided" in names and names[-1] == "policy:undone" and chain.verify() == []
    actions.decide(viewer, room.fresh(case), outcome="no_breach", reason=room.REASON)


@pytest.mark.backend
def test_what_is_not_undone_is_told_once_some_seconds_later(
    case: Case, author: Person, ifan: Person, settle: Settle
) -> None:
    settle()
    heard = len(told(author))
    decision = room.decided(case, ifan, "no_breach")
    settle()
    assert len(told(author)) == heard
    with after(14):
        settle()
        assert len(told(author)) == heard
    with after(16):
        settle()
        settle()
        assert len(told(author)) == heard + 1 and "No breach" in told(author)[-1]
        event = Event.get(Event.name == "policy:told")
        assert (event.person_id, event.data["notice"]) == (author.id, decision.notice_id)
        with pytest.raises(Refused, match="too late"):
            actions.undo(make.viewer(ifan), [decision.id])
        undoing.tell_due()
        assert Event.select().where(Event.name == "policy:told").count() == 1


@pytest.mark.backend
def test_it_is_over_after_its_seconds_even_where_the_worker_has_not_told_yet(
    case: Case, ifan: Person
) -> None:
    decision = room.decided(case, ifan, "no_breach")
    with after(9):
        assert undoing.undoable(make.viewer(ifan)) == [decision.id]
    with after(11):
        assert undoing.undoable(make.viewer(ifan)) == []
    with after(16), pytest.raises(Refused, match="too late"):
        actions.undo(make.viewer(ifan), [decision.id])
    assert Decision.select().count() == 1


@pytest.mark.backend
@pytest.mark.parametrize("outcome", ["advice", "breach"])
def test_what_has_consequences_is_told_at_once_and_not_undone(
    case: Case, author: Person, ifan: Person, settle: Settle, outcome: str
) -> None:
    settle()
    heard = len(told(author))
    decision = room.decided(case, ifan, outcome)
    settle()
    assert len(told(author)) == heard + 1 and undoing.undoable(make.viewer(ifan)) == []
    with pytest.raises(Refused):
        actions.undo(make.viewer(ifan), [decision.id])


@pytest.mark.backend
def test_nobody_undoes_what_another_decided_or_what_has_moved_on(
    case: Case, author: Person, ifan: Person, senior: Person, settle: Settle
) -> None:
    decision = room.decided(case, ifan, "no_breach")
    for person in (senior, author, make.person()):
        with pytest.raises(Missing):
            actions.undo(make.viewer(person), [decision.id])
    with pytest.raises(Missing):
        actions.undo(make.viewer(ifan), [decision.id + 99])
    actions.appeal(make.viewer(author), decision, "I had rather it were no matter at all.")
    with pytest.raises(Refused, match="appealed"):
        actions.undo(make.viewer(ifan), [decision.id])
    item = case.item
    other = Case.get_or_none((Case.item == item.id) & (Case.state == "open"))
    assert other is None
    room_for_new = actions.report(make.viewer(make.person()), item, words="Again.", clause="2.1").case
    Decision.update(told_at=None).execute()
    with pytest.raises(Refused):
        actions.undo(make.viewer(ifan), [decision.id])
    assert room.fresh(room_for_new).state == "open"


@pytest.mark.backend
def test_a_new_case_meanwhile_stands_in_the_way(case: Case, ifan: Person) -> None:
    decision = room.decided(case, ifan, "no_breach")
    actions.report(make.viewer(make.person()), case.item, words="Again.", clause="2.1")
    with pytest.raises(Conflict, match="opened meanwhile"):
        actions.undo(make.viewer(ifan), [decision.id])
    assert room.fresh(case).state == "decided" and Decision.select().count() == 1


@pytest.mark.backend
def test_several_at_once_are_undone_together_and_are_free_again(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    for _ in range(3):
        make.item(author, where, "topic", body=room.TEXT)
    settle()
    viewer = make.viewer(ifan)
    several.decide(viewer, [c.id for c in Case.select()], outcome="rule_was_wrong", reason=room.REASON)
    ids = undoing.undoable(viewer)
    assert len(ids) == 3 and len(actions.undo(viewer, ids)) == 3
    assert {c.state for c in Case.select()} == {"open"} and Decision.select().count() == 0
    assert Grant.select().where(Grant.ends_at > clock.now()).count() == 0
    with after(60):
        settle()
        assert not [w for w in told(author) if "rule was wrong" in w.lower()]


def test_undo_is_a_button_without_script_and_a_key_with_it(client: Client, case: Case, ifan: Person) -> None:
    client.sign_in(ifan).get("policy.desk")
    client.post("policy.claim", case_id=case.id)
    page = client.post(
        "policy.decide", {"outcome": "no_breach", "reason": room.REASON}, case_id=case.id, follow=True
    )
    button = page.find("button", attrs={"data-key": "u"})
    assert button is not None and "Nobody has been told yet" in page.get_text()
    ids = [i["value"] for i in page.find_all("input", {"name": "decision"})]
    page = client.post("policy.undo", {"decision": ids[0]}, follow=True)
    assert "the case is yours as before" in page.get_text() and Decision.select().count() == 0
    page = client.post("policy.undo", {"decision": ids[0]}, follow=True)
    assert "nothing to undo" in page.get_text() or "not here" in page.get_text()
