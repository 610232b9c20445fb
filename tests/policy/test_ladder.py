"""The ladder of restrictions: each step begins with a second person, keeps its bounds, and ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import peewee
import pytest
import time_machine

from hub import access, clock, db
from hub.access import PostingPause
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Refused
from hub.forums import actions as forums
from hub.people.models import Person
from hub.policy import actions, due
from hub.policy.models import Case, Decision, EmergencyHide, Notice, Restriction
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
REASON = room.REASON


def proposed(case: Case, by: Person, measure: str, days: int, outcome: str = "breach") -> Restriction:
    viewer = make.viewer(by)
    actions.claim(viewer, room.fresh(case))
    decision = actions.decide(
        viewer, room.fresh(case), outcome=outcome, reason=REASON, hide_days=days, measure=measure
    )
    return Restriction.get(Restriction.decision == decision.id)


def acting(case: Case, by: Person, senior: Person, measure: str, days: int) -> Restriction:
    return actions.approve(make.viewer(senior), proposed(case, by, measure, days), "I agree.")


@pytest.mark.backend
@pytest.mark.parametrize(("measure", "elsewhere"), [("pause_space", True), ("pause_hub", False)])
def test_a_pause_stops_posting_there_and_ends_by_itself_with_the_worker_stopped(
    case: Case, author: Person, where: Space, ifan: Person, senior: Person, measure: str, elsewhere: bool
) -> None:
    other = make.space("Other", "open", "everyone")
    acting(case, ifan, senior, measure, 7)
    with pytest.raises(Refused, match=r"clause 2\.1.*My flags"):
        make.item(author, where, "topic")
    if elsewhere:
        make.item(author, other, "topic")
    else:
        with pytest.raises(Refused):
            make.item(author, other, "topic")
    make.item(author, where, "topic", state="draft")
    make.item(ifan, where, "topic")
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1), tick=False):
        make.item(author, where, "topic")


def test_reading_searching_answering_and_appealing_go_on_while_posting_is_paused(
    client: Client, case: Case, author: Person, where: Space, ifan: Person, senior: Person
) -> None:
    category = forums.add_category(make.viewer(author), where, name="Damp", about="")
    topic = forums.ask(make.viewer(ifan), category, title="Another", body="Words.")
    acting(case, ifan, senior, "pause_hub", 28)
    client.sign_in(author).get("forums.topic", topic_id=topic.id)
    client.get("search.search", q="another")
    page = client.post(
        "forums.new_topic", {"category": category.id, "title": "T", "body": "Kept words."}, status=403
    )
    text = page.get_text()
    assert "Kept words." in text and REASON in text and "Ifan Rees" in text
    assert page.find("a", href=client.path("policy.my_flags"))
    client.get("policy.my_flags")
    client.post("policy.appeal", {"words": "Somebody else posted it."}, case_id=case.id)
    assert Item.select().where(Item.title == "T").count() == 0


@pytest.mark.backend
def test_an_appeal_that_is_won_lets_the_author_post_again_at_once(
    case: Case, author: Person, where: Space, ifan: Person, senior: Person
) -> None:
    acting(case, ifan, senior, "pause_hub", 28)
    appeal = actions.appeal(make.viewer(author), Decision.get(), "It was not me.")
    judge = make.viewer(make.person("Other Senior", roles=["senior reviewer"]))
    actions.hear(judge, appeal, outcome="overturned", reason=REASON)
    assert Restriction.get().state == "overturned" and PostingPause.get().ended_at is not None
    make.item(author, where, "topic")


@pytest.mark.backend
def test_pauses_and_referrals_are_approved_by_a_senior_reviewer(case: Case, ifan: Person) -> None:
    restriction = proposed(case, ifan, "pause_space", 3)
    with pytest.raises(Refused, match="senior"):
        actions.approve(make.viewer(room.reviewer("Somebody")), restriction, "")
    with pytest.raises(Refused):
        actions.approve(make.viewer(ifan), restriction, "")
    assert PostingPause.select().count() == 0


@pytest.mark.parametrize(
    ("measure", "days", "outcome"),
    [
        ("pause_space", 8, "breach"),
        ("pause_hub", 29, "breach"),
        ("hide", 29, "breach"),
        ("hide", -1, "breach"),
        ("ban", 1, "breach"),
        ("pause_hub", 1, "advice"),
        ("reread", 5, "no_breach"),
    ],
)
def test_no_step_goes_beyond_its_bounds(
    case: Case, ifan: Person, measure: str, days: int, outcome: str
) -> None:
    with pytest.raises(Invalid):
        proposed(case, ifan, measure, days, outcome)
    assert Restriction.select().count() == 0


@pytest.mark.backend
@pytest.mark.parametrize(
    "changes",
    [
        {"approved_by": "decider"},
        {"approved_by": "person"},
        {"decided_by": "person"},
        {"approved_by": None},
        {"reason": "short"},
        {"clause": ""},
        {"ends_at": timedelta(days=29)},
        {"ends_at": timedelta(days=8), "space": True},
        {"ends_at": timedelta(days=-1)},
    ],
)
def test_the_database_refuses_a_pause_without(
    author: Person, where: Space, ifan: Person, senior: Person, changes: dict
) -> None:
    now = clock.now()
    people = {"decider": ifan, "person": author, None: None}
    row = {
        "person": author,
        "cause": 1,
        "clause": "2.1",
        "reason": REASON,
        "decided_by": ifan,
        "approved_by": senior,
        "starts_at": now,
        "ends_at": now + timedelta(days=2),
    }
    bad = {
        k: people[v] if k.endswith("_by") else now + v if k == "ends_at" else where if k == "space" else v
        for k, v in changes.items()
    }
    with pytest.raises(peewee.IntegrityError), db.write():
        PostingPause.create(**{**row, **bad})
    with db.write():
        PostingPause.create(**row)


def test_reading_again_ends_that_step_and_a_referral_ends_with_its_notice(
    client: Client, case: Case, author: Person, ifan: Person, senior: Person
) -> None:
    viewer = make.viewer(ifan)
    actions.claim(viewer, case)
    actions.decide(viewer, room.fresh(case), outcome="advice", reason=REASON, hide_days=14, measure="reread")
    restriction = actions.approve(make.viewer(senior), Restriction.get(), "")
    page = client.sign_in(author).get("policy.my_flags")
    assert "I have read it again" in page.get_text()
    client.sign_in(make.person()).post("policy.reread", status=404, case_id=case.id)
    client.sign_in(author).post("policy.reread", case_id=case.id)
    assert Restriction.get_by_id(restriction.id).state == "ended"
    make.item(author, case.item.space, "topic")


def test_a_referral_does_nothing_on_the_hub(
    case: Case, author: Person, where: Space, ifan: Person, senior: Person
) -> None:
    restriction = acting(case, ifan, senior, "refer", 1)
    assert (
        restriction.state == "ended"
        and "referred" in Notice.select().order_by(Notice.id.desc()).get().subject
    )
    make.item(author, where, "topic")


# --- at once ------------------------------------------------------------------------------------------------------


def at_once(case: Case, by: Person) -> EmergencyHide:
    actions.claim(make.viewer(by), room.fresh(case))
    return actions.hide_at_once(make.viewer(by), room.fresh(case), REASON)


@pytest.mark.backend
def test_what_one_reviewer_hides_comes_back_after_a_day_with_the_worker_stopped(
    client: Client, case: Case, ifan: Person
) -> None:
    reader = make.person()
    at_once(case, ifan)
    assert not room.may_open(reader, case.item)
    with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
        client.sign_in(reader).get("policy.policy")
        assert not room.may_open(reader, case.item)
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1), tick=False):
        due.look_again()
        client.sign_in(reader).get("policy.policy")
        assert access.may_read(make.viewer(reader), Item.get_by_id(case.item_id))
    with pytest.raises(Refused, match="once"):
        actions.hide_at_once(make.viewer(ifan), room.fresh(case), REASON)


@pytest.mark.backend
def test_a_second_person_confirms_or_ends_it_and_nobody_confirms_their_own(
    case: Case, author: Person, ifan: Person, senior: Person
) -> None:
    row = at_once(case, ifan)
    with pytest.raises(Refused, match="second person"):
        actions.answer_emergency(make.viewer(ifan), room.fresh(case), REASON, confirm=True)
    actions.answer_emergency(make.viewer(senior), room.fresh(case), REASON, confirm=True)
    with pytest.raises(Conflict):
        actions.answer_emergency(make.viewer(senior), room.fresh(case), REASON, confirm=True)
    assert EmergencyHide.get().ends_at - row.starts_at == timedelta(days=8)
    actions.answer_emergency(make.viewer(ifan), room.fresh(case), "Enough.", confirm=False)
    assert room.may_open(make.person(), case.item)


@pytest.mark.backend
def test_the_database_keeps_an_unconfirmed_hiding_within_a_day(case: Case, ifan: Person) -> None:
    row = at_once(case, ifan)
    with pytest.raises(peewee.IntegrityError), db.write():
        EmergencyHide.update(ends_at=row.starts_at + timedelta(hours=25)).execute()
    with pytest.raises(peewee.IntegrityError), db.write():
        EmergencyHide.update(confirmed_by=ifan).execute()


def test_an_end_shows_nothing_that_another_decision_hides(case: Case, ifan: Person, senior: Person) -> None:
    at_once(case, ifan)
    viewer = make.viewer(ifan)
    actions.decide(viewer, room.fresh(case), outcome="breach", reason=REASON, hide_days=7)
    actions.approve(make.viewer(senior), Restriction.get(), "")
    actions.answer_emergency(make.viewer(senior), room.fresh(case), "Enough.", confirm=False)
    assert not room.may_open(make.person(), case.item)
    actions.lift(make.viewer(senior), Restriction.get(), REASON)
    assert room.may_open(make.person(), case.item)


def test_the_ladder_by_pages(client: Client, case: Case, ifan: Person, senior: Person) -> None:
    client.sign_in(ifan).get("policy.desk")
    client.post("policy.claim", case_id=case.id, follow=True)
    client.post("policy.hide_at_once", {"at_once_reason": "short"}, status=422, case_id=case.id)
    client.post("policy.hide_at_once", {"at_once_reason": REASON}, case_id=case.id, follow=True)
    assert "Hidden at once" in client.text()
    sent = {"outcome": "breach", "reason": REASON, "measure": "pause_space", "hide_days": "9"}
    page = client.post("policy.decide", sent, status=422, case_id=case.id)
    assert "7 days" in page.get_text()
    page = client.post(
        "policy.decide", {**sent, "hide_days": "7", "do": "preview"}, status=200, case_id=case.id
    )
    assert "pause your posting" in page.get_text()
    client.post("policy.decide", {**sent, "hide_days": "7"}, case_id=case.id)
    client.sign_in(senior).get("policy.desk", show="second")
    assert "patient" not in client.text() and "1 of" not in client.text()
    client.post("policy.answer_emergency", {"do": "end"}, case_id=case.id)
    client.post("policy.second", {"do": "approve"}, case_id=case.id, follow=True)
    assert PostingPause.select().count() == 1
