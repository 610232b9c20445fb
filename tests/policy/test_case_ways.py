"""Ways of a case beside the straight one: passed on by whoever sees it, opened again, overturned with all that followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub import clock
from hub.access import Grant, PostingPause
from hub.content.models import Item
from hub.errors import Conflict, Missing, Refused
from hub.events import Event
from hub.people.models import Person
from hub.policy import about_me, actions, cases, queries
from hub.policy.desk import queries as desk
from hub.policy.fairness import conflicts, several
from hub.policy.models import Case, CaseEvent, Decision, EmergencyHide, Finding, Notice, Report, Restriction
from hub.policy.rulebook import actions as rules
from hub.policy.rulebook import breaker
from hub.policy.rulebook.models import PolicyRule
from hub.policy.trail.models import AuditRow
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room
from tests.policy.test_rules_as_data import written

Settle = Callable[[], None]
REASON = room.REASON
WHY = "This needs more than I may decide."


# --- passed on ---------------------------------------------------------------------------------------------------


@pytest.mark.backend
@pytest.mark.parametrize("state", ["open", "claimed", "waiting"])
def test_a_case_is_passed_on_from_every_open_state(
    case: Case, ifan: Person, senior: Person, state: str
) -> None:
    viewer = make.viewer(ifan)
    if state != "open":
        actions.claim(viewer, case)
    if state == "waiting":
        actions.ask(viewer, room.fresh(case), "Is it a real number?")
    assert room.fresh(case).state == state
    conflicts.escalate(viewer, room.fresh(case), WHY)
    row = room.fresh(case)
    assert (row.state, row.senior, row.claimed_by_id) == ("open", True, None)
    assert not Grant.select().where(Grant.ends_at > clock.now()).exists(), "the right to read goes with it"
    with pytest.raises(Refused, match="senior"):
        actions.claim(viewer, row)
    assert [c.id for c in desk.page(make.viewer(senior), desk.Wanted()).rows] == [case.id]
    actions.claim(make.viewer(senior), row)


@pytest.mark.backend
def test_what_another_holds_or_has_closed_is_not_passed_on(case: Case, ifan: Person, senior: Person) -> None:
    actions.claim(make.viewer(senior), case)
    with pytest.raises(Conflict, match="Margaret Holt"):
        conflicts.escalate(make.viewer(ifan), room.fresh(case), WHY)
    actions.decide(make.viewer(senior), room.fresh(case), outcome="advice", reason=REASON)
    with pytest.raises(Conflict, match="closed"):
        conflicts.escalate(make.viewer(ifan), room.fresh(case), WHY)
    with pytest.raises(Missing):
        conflicts.escalate(make.viewer(make.person()), room.fresh(case), WHY)


def test_the_page_of_a_free_case_offers_to_pass_it_on(client: Client, case: Case, ifan: Person) -> None:
    client.sign_in(ifan).get("policy.case", case_id=case.id)
    assert "Pass it on to a senior reviewer" in client.text()
    client.post("policy.escalate", {"escalate_reason": WHY, "version": case.version}, case_id=case.id)
    assert room.fresh(case).senior
    stale = {"escalate_reason": WHY, "version": case.version}
    client.sign_in(room.senior()).post("policy.escalate", stale, status=409, case_id=case.id)


# --- opened again ------------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_a_case_that_is_opened_again_is_told_to_its_author_with_the_reason(
    case: Case, author: Person, ifan: Person, senior: Person, settle: Settle
) -> None:
    room.decided(case, ifan, "no_breach")
    reason = "A colleague has sent us the original letter."
    actions.reopen(make.viewer(senior), room.fresh(case), reason)
    notice = Notice.select().where(Notice.person == author.id).order_by(Notice.id.desc()).get()
    assert notice.kind == "reopened" and reason in notice.words and "Margaret Holt" in notice.words
    event = Event.get(Event.name == "policy:reopened")
    assert event.person_id == author.id and event.data["notice"] == notice.id
    assert room.fresh(case).due_at > room.fresh(case).changed_at, "its time begins anew"


# --- overturned --------------------------------------------------------------------------------------------------


@pytest.fixture
def judge() -> Person:
    return room.senior("Theo Third")


def appealed(decision: Decision, author: Person) -> Any:
    return actions.appeal(make.viewer(author), decision, "It is a number of the test range.")


@pytest.mark.backend
def test_overturning_ends_a_hiding_at_once_and_says_that_the_findings_were_wrong(
    case: Case, author: Person, ifan: Person, senior: Person, judge: Person, settle: Settle
) -> None:
    actions.claim(make.viewer(ifan), case)
    actions.hide_at_once(make.viewer(ifan), room.fresh(case), REASON)
    actions.answer_emergency(make.viewer(senior), room.fresh(case), REASON, confirm=True)
    decision = actions.decide(make.viewer(ifan), room.fresh(case), outcome="breach", reason=REASON)
    reader = make.person("A Reader")
    assert not room.may_open(reader, case.item)
    actions.hear(make.viewer(judge), appealed(decision, author), outcome="overturned", reason=REASON)
    assert room.may_open(reader, case.item)
    assert EmergencyHide.get().finished_at is not None
    assert all(f.wrong_at is not None for f in Finding.select().where(Finding.case == case.id))
    row = next(r for r in queries.rules() if r.rule.name == "uk_nhs")
    assert (row.decided, row.wrong) == (1, 1), "the rule's record counts it"


@pytest.mark.backend
@pytest.mark.parametrize("outcome", ["upheld", "varied"])
def test_an_appeal_that_is_not_won_leaves_the_findings_as_they_are(
    case: Case, author: Person, ifan: Person, judge: Person, outcome: str
) -> None:
    decision = room.decided(case, ifan)
    actions.hear(make.viewer(judge), appealed(decision, author), outcome=outcome, reason=REASON)
    assert all(f.wrong_at is None for f in Finding.select().where(Finding.case == case.id))


@pytest.mark.backend
def test_overturning_is_one_transaction(
    case: Case, author: Person, ifan: Person, senior: Person, judge: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known-bad twin of a half-done appeal: the last step fails, and nothing of the others has happened."""
    decision = room.decided(case, ifan, hide_days=7, measure="pause_hub")
    actions.approve(make.viewer(senior), Restriction.get())
    appeal = appealed(decision, author)

    def fails(*_args: object, **_values: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(cases, "tell", fails)
    with pytest.raises(ZeroDivisionError):
        actions.hear(make.viewer(judge), appeal, outcome="overturned", reason=REASON)
    monkeypatch.undo()
    assert Restriction.get().state == "active" and PostingPause.get().ended_at is None
    assert Decision.get().overturned_at is None and Finding.get().wrong_at is None
    actions.hear(make.viewer(judge), appeal, outcome="overturned", reason=REASON)
    assert Restriction.get().state == "overturned" and PostingPause.get().ended_at is not None


@pytest.mark.backend
def test_a_referral_that_is_overturned_is_taken_back_in_words(
    case: Case, author: Person, ifan: Person, senior: Person, judge: Person
) -> None:
    decision = room.decided(case, ifan, hide_days=1, measure="refer")
    actions.approve(make.viewer(senior), Restriction.get())
    assert Restriction.get().state == "ended"
    actions.hear(make.viewer(judge), appealed(decision, author), outcome="overturned", reason=REASON)
    told = Notice.select().where(Notice.person == author.id).order_by(Notice.id.desc()).get()
    assert Restriction.get().state == "overturned" and "taken back" in told.words


@pytest.mark.backend
def test_a_reporter_learns_that_what_was_decided_did_not_stand(
    client: Client, author: Person, where: Space, ifan: Person, judge: Person
) -> None:
    item = make.item(author, where, "topic", body="Plain words.")
    reporter = make.person("Sian Price")
    actions.report(make.viewer(reporter), item, words="It is not kind.", clause="4.1")
    decision = room.decided(Case.get(), ifan)
    assert about_me.my_reports(make.viewer(reporter))[0].outcome == "breach"
    actions.hear(make.viewer(judge), appealed(decision, author), outcome="overturned", reason=REASON)
    assert about_me.my_reports(make.viewer(reporter))[0].outcome == about_me.OVERTURNED
    client.sign_in(reporter).get("policy.my_flags")
    assert "overturned on appeal" in client.text()


@pytest.mark.backend
def test_that_the_rule_was_wrong_is_noted_on_its_findings_and_taken_back_with_the_decision(
    case: Case, ifan: Person
) -> None:
    decision = room.decided(case, ifan, "rule_was_wrong")
    assert Finding.get().wrong_at is not None
    actions.undo(make.viewer(ifan), [decision.id])
    assert Finding.get().wrong_at is None
    actions.decide(make.viewer(ifan), room.fresh(case), outcome="breach", reason=REASON)
    assert Finding.get().wrong_at is None


def test_decisions_that_were_overturned_trip_the_breaker(
    author: Person, where: Space, ifan: Person, judge: Person, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "WRONG_MOST", 1)
    editor = make.person(roles=["rule editor"])
    rules.set_state(make.viewer(editor), "uk_nhs", "background")
    PolicyRule.update(state="live-flag", live_since=clock.now()).execute()
    rules.live.forget()
    for _ in range(2):
        mine = room.flagged(settle, author, where)[1]
        assert breaker.trouble(PolicyRule.get()) == ""
        appeal = appealed(room.decided(mine, ifan), author)
        actions.hear(make.viewer(judge), appeal, outcome="overturned", reason=REASON)
    assert "2 of the last" in breaker.trouble(PolicyRule.get())


# --- one's own rule ----------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_6_nobody_reviews_what_their_own_rule_raised(
    case: Case, ifan: Person, senior: Person, where: Space, author: Person
) -> None:
    ifan.roles = ["reviewer", "rule editor"]
    ifan.save()
    mine = make.viewer(ifan)
    own = rules.write(mine, written())
    assert [c.id for c in desk.page(mine, desk.Wanted()).rows] == [case.id], "another rule raised this one"
    Case.update(rules=["uk_nhs", own.name]).where(Case.id == case.id).execute()
    assert desk.page(mine, desk.Wanted()).rows == [] and desk.counts(mine)["open"] == 0
    with pytest.raises(Refused, match="wrote the rule"):
        actions.claim(mine, room.fresh(case))
    Case.update(rules=[own.name]).where(Case.id == case.id).execute()
    assert several.decide(mine, [case.id], outcome="no_breach", reason=REASON).decided == 0
    assert [c.id for c in desk.page(make.viewer(senior), desk.Wanted()).rows] == [case.id]
    actions.claim(make.viewer(senior), room.fresh(case))


# --- every event has its link --------------------------------------------------------------------------------------


@pytest.mark.backend
def test_7_whatever_happens_to_a_case_has_its_link_in_the_same_write(
    case: Case, author: Person, ifan: Person, senior: Person, judge: Person, where: Space, settle: Settle
) -> None:
    """Each action adds to the case's events; none may do so without adding a link. Mutation: any `cases.record` left out
    makes the numbers part.
    """
    first, second, third = make.viewer(ifan), make.viewer(senior), make.viewer(judge)
    me = make.viewer(author)

    def fresh() -> Case:
        return room.fresh(case)

    undone = []
    steps: list[Callable[[], Any]] = [
        lambda: actions.claim(first, fresh()),
        lambda: actions.note(first, fresh(), "A note."),
        lambda: actions.show_name(first, fresh(), "I must ring the author."),
        lambda: actions.ask(first, fresh(), "Is it real?"),
        lambda: actions.answer(me, fresh(), "It is not."),
        lambda: actions.release(first, fresh()),
        lambda: actions.claim(first, fresh()),
        lambda: actions.hide_at_once(first, fresh(), REASON),
        lambda: actions.answer_emergency(second, fresh(), REASON, confirm=True),
        lambda: undone.append(actions.decide(first, fresh(), outcome="no_breach", reason=REASON)),
        lambda: actions.undo(first, [undone[0].id]),
        lambda: actions.decide(
            first, fresh(), outcome="breach", reason=REASON, hide_days=3, measure="pause_hub"
        ),
        lambda: actions.approve(second, Restriction.get()),
        lambda: actions.appeal(me, cases.latest_decision(fresh()), "It is not so."),
        lambda: actions.hear(third, cases.appeal_of(cases.latest_decision(fresh())), outcome="varied", reason=REASON),
        lambda: actions.reopen(third, fresh(), REASON),
        lambda: conflicts.escalate(third, fresh(), WHY),
        lambda: actions.answer_emergency(second, fresh(), "", confirm=False),
        lambda: actions.report(make.viewer(make.person()), Item.get(), words="Me too.", clause=case.clause),
    ]  # fmt: skip
    for number, step in enumerate(steps):
        events, links = CaseEvent.select().count(), AuditRow.select().count()
        step()
        new = CaseEvent.select().order_by(CaseEvent.id.desc()).limit(CaseEvent.select().count() - events)
        assert list(new), number
        told = AuditRow.select().order_by(AuditRow.number.desc()).limit(AuditRow.select().count() - links)
        about = [row for row in told if row.codes.get("case") == case.id]
        assert about, f"step {number} ({[e.name for e in new]}) left no link"
    assert Report.select().count() == 1
