"""What nobody touched for thirty days has lapsed: not reviewed, and never taken for approved. And who hears of a lack."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine

from hub import clock
from hub.content import actions as content
from hub.content.models import Item
from hub.errors import Conflict, Refused
from hub.events import Event
from hub.notifications.models import Notification
from hub.people.models import Person
from hub.policy import about_me, actions, figures
from hub.policy.desk import queries as desk
from hub.policy.fairness import conflicts
from hub.policy.models import Case, CaseEvent, Decision, Notice
from hub.policy.state import standing
from hub.policy.trail import chain, keeping
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]


def in_days(days: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(days=days), tick=False)


@pytest.mark.backend
def test_a_case_lapses_after_thirty_quiet_days_and_everybody_is_told_that_it_was_not_reviewed(
    client: Client, case: Case, author: Person, ifan: Person, settle: Settle
) -> None:
    reporter = make.person("Sian Price")
    actions.report(make.viewer(reporter), case.item, words="Look at this.", clause="2.1")
    settle()
    with in_days(29):
        assert conflicts.lapse() == 0
        actions.note(make.viewer(ifan), room.fresh(case), "I am on it.")
    with in_days(31):
        assert conflicts.lapse() == 0, "somebody worked on it two days ago"
    with in_days(60):
        assert conflicts.lapse() == 1 and conflicts.lapse() == 0
        fresh = room.fresh(case)
        assert (fresh.state, fresh.open_key, fresh.pile) == ("lapsed", None, "decided")
        assert Decision.select().count() == 0 and chain.verify() == []
        settle()
        told = [n.words for n in Notification.select().where(Notification.person == author)]
        assert any("Not reviewed" in words for words in told)
        assert "not approved either" in Notice.get(Notice.kind == "lapsed").words
        client.sign_in(author).get("policy.my_flags")
        assert "so not approved either" in client.text() and "Explain it" not in client.text()
        client.post("policy.answer", {"words": "But I…"}, status=403, case_id=case.id)
        client.sign_in(reporter).get("policy.my_flags")
        assert "Nobody has reviewed it in time" in client.text()
        now = clock.local(clock.now())
        start = datetime(now.year, now.month, 1, tzinfo=clock.LOCAL)
        month = figures.of_month(start, figures.month_after(start))
        assert month.lapsed == "fewer than 5" and dict(month.outcomes)["No breach"] == "fewer than 5"
    rows = CaseEvent.select().where(CaseEvent.case == case.id).order_by(CaseEvent.id)
    assert standing(rows).state == "lapsed"


@pytest.mark.backend
def test_a_lapsed_case_is_opened_again_and_the_same_value_is_flagged_again(
    case: Case, author: Person, ifan: Person, settle: Settle
) -> None:
    with in_days(31):
        conflicts.lapse()
        with pytest.raises(Conflict):
            actions.claim(make.viewer(ifan), room.fresh(case))
        content.edit(
            make.viewer(author), Item.get_by_id(case.item_id), version=1, body=f"{room.TEXT} Once more."
        )
        settle()
        again = Case.get(Case.state == "open")
        assert again.id != case.id and again.item_id == case.item_id, "never taken for approved"
        with pytest.raises(Refused, match="is open"):
            actions.reopen(make.viewer(ifan), room.fresh(case), "It was never looked at.")
        room.decided(again, ifan, "no_breach")
        actions.reopen(make.viewer(ifan), room.fresh(case), "It was never looked at.")
        assert room.fresh(case).state == "open" and case.id in {
            c.id for c in desk.page(make.viewer(ifan), desk.Wanted()).rows
        }


@pytest.mark.backend
def test_a_lapsed_case_is_kept_as_long_as_a_mild_one(case: Case) -> None:
    with in_days(31):
        conflicts.lapse()
    with in_days(31 + 89):
        keeping.tidy()
        assert Case.select().count() == 1
    with in_days(31 + 91):
        keeping.tidy()
        assert Case.select().count() == 0 and chain.verify() == []


def test_the_desk_and_the_case_say_that_it_lapsed(client: Client, case: Case, ifan: Person) -> None:
    with in_days(31):
        conflicts.lapse()
        client.sign_in(ifan).get("policy.desk", show="decided")
        assert "Lapsed, not reviewed" in client.text() and "Claim it" not in client.text()
        page = client.get("policy.case", case_id=case.id)
        assert "Open this case again" in page.get_text() and "Decide and tell" not in page.get_text()
        client.post(
            "policy.reopen", {"reopen_reason": "It was never looked at."}, case_id=case.id, follow=True
        )
        assert "Claim it" in client.text()


@pytest.mark.backend
def test_an_appeal_that_nobody_may_hear_is_told_to_the_owners_and_falls_to_nobody(
    case: Case, author: Person, ifan: Person, senior: Person
) -> None:
    owner = make.person("Owena Owner", roles=["policy owner"])
    decision = room.decided(case, ifan, hide_days=3)
    actions.approve(make.viewer(senior), decision.restrictions.get(), "")
    actions.appeal(make.viewer(author), decision, "I do not agree with this.")
    assert desk.page(make.viewer(senior), desk.Wanted(show="appeals")).rows == []
    assert conflicts.look_for_stuck() == 1 and conflicts.look_for_stuck() == 0
    assert Event.get(Event.name == "policy:nobody_left").person_id == owner.id
    other = room.senior("Another")
    assert [c.id for c in desk.page(make.viewer(other), desk.Wanted(show="appeals")).rows] == [case.id]
    assert desk.page(make.viewer(ifan), desk.Wanted(show="appeals")).rows == []


def test_where_somebody_may_hear_it_nobody_is_disturbed(
    author: Person, where: Space, case: Case, ifan: Person, senior: Person
) -> None:
    make.person("Owena Owner", roles=["policy owner"])
    actions.appeal(make.viewer(author), room.decided(case, ifan), "I do not agree with this.")
    assert conflicts.look_for_stuck() == 0
    assert about_me.mine(make.viewer(author)).rows[0].appeals
