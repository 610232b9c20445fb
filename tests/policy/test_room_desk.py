"""The review desk: who may review what, one reviewer at a time, decisions told with their reason, appeals
that undo.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from hub import access, clock, db, jobs
from hub.access import Grant
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.events import Event
from hub.people.models import Person
from hub.policy import about_me, actions, queries, working_time
from hub.policy.desk import queries as desk
from hub.policy.models import Appeal, Case, CaseEvent, Decision, Notice, Report, Restriction
from hub.policy.state import standing
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
REASON = room.REASON


@pytest.fixture
def closed(author: Person) -> Space:
    """A space that reviewers are not in."""
    return make.space("Closed care", "invitation", "staff", editors=(author,))


@pytest.fixture
def margaret(hub: Flask) -> Person:
    return room.senior("Margaret Holt")


def hidden(case: Case, by: Person, second: Person, days: int = 7) -> Restriction:
    decision = room.decided(case, by, hide_days=days)
    return actions.approve(
        make.viewer(second), Restriction.get(Restriction.decision == decision.id), "I agree."
    )


# --- who
# ------------------------------------------------------------------------------------------------------------


def test_the_desk_is_there_for_reviewers_and_for_nobody_else(
    client: Client, case: Case, ifan: Person
) -> None:
    client.sign_in(ifan).get("policy.desk")
    client.get("policy.case", case_id=case.id)
    for person in (
        make.person(),
        make.partner(),
        make.person(roles=["administrator"]),
        make.person(roles=["auditor"]),
    ):
        client.sign_in(person).get("policy.desk", status=404)
        client.get("policy.case", status=404, case_id=case.id)
        client.post("policy.claim", status=404, case_id=case.id)
        with pytest.raises(Missing):
            actions.claim(make.viewer(person), case)


@pytest.mark.backend
def test_nobody_reviews_what_is_their_own(case: Case, author: Person, where: Space, ifan: Person) -> None:
    author.roles = ["reviewer"]
    author.save()
    lead = room.reviewer("Team Lead")
    author.manager_id = lead.id
    author.save()
    actions.report(make.viewer(ifan), case.item, words="I saw this.", clause="2.1")
    for person, why in ((author, "yourself"), (ifan, "reported"), (lead, "team")):
        viewer = make.viewer(person)
        with pytest.raises(Refused, match=why):
            actions.claim(viewer, room.fresh(case))
        assert desk.page(viewer, desk.Wanted()).rows == []
        assert desk.counts(viewer)["open"] == 0
        with pytest.raises(Refused):
            desk.case(viewer, case.id)
    assert [c.id for c in desk.page(make.viewer(room.reviewer()), desk.Wanted()).rows] == [case.id]


@pytest.mark.backend
def test_a_reviewer_opens_the_item_by_a_grant_that_ends_with_the_case(
    author: Person, closed: Space, ifan: Person, client: Client
) -> None:
    item = make.item(author, closed, "topic", title="Gwenllian", body="Canaryword stands here.")
    insider = make.person()
    make.join(closed, insider)
    actions.report(make.viewer(insider), item, words="This is unkind.", clause="4.1")
    case = Case.get()
    client.sign_in(ifan).get("policy.desk")
    assert "Gwenllian" not in client.text() and "Closed care" not in client.text()
    client.get("policy.case", case_id=case.id)
    assert "Canaryword" not in client.text() and "Gwenllian" not in client.text()
    assert not room.may_open(ifan, item)
    client.post("policy.claim", case_id=case.id, follow=True)
    assert "Canaryword" in client.text() and room.may_open(ifan, item)
    assert access.may_read(make.viewer(ifan), item) is False
    client.post("policy.decide", {"outcome": "no_breach", "reason": REASON}, case_id=case.id, follow=True)
    assert not room.may_open(ifan, item)
    client.get("policy.case", case_id=case.id)
    assert "Canaryword" not in client.text()


@pytest.mark.backend
def test_a_claim_runs_out_and_nothing_stays_locked(case: Case, ifan: Person, margaret: Person) -> None:
    actions.claim(make.viewer(ifan), case)
    with pytest.raises(Conflict, match="Ifan Rees"):
        actions.claim(make.viewer(margaret), room.fresh(case))
    assert desk.page(make.viewer(margaret), desk.Wanted()).rows == []
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert [c.id for c in desk.page(make.viewer(margaret), desk.Wanted()).rows] == [case.id]
        actions.claim(make.viewer(margaret), room.fresh(case))
        assert room.fresh(case).claimed_by_id == margaret.id
        with pytest.raises(Conflict, match="Margaret Holt"):
            actions.decide(make.viewer(ifan), room.fresh(case), outcome="no_breach", reason=REASON)


@pytest.mark.backend
def test_the_second_of_two_reviewers_is_shown_the_fresh_case(
    client: Client, case: Case, ifan: Person, margaret: Person
) -> None:
    seen = case.version
    room.decided(case, ifan, "no_breach")
    client.sign_in(margaret)
    client.post("policy.claim", {"version": seen}, status=409, case_id=case.id)
    assert "Decided" in client.text() and REASON in client.text()
    client.post(
        "policy.decide",
        {"version": seen, "outcome": "breach", "reason": "I typed all of this myself."},
        status=409,
        case_id=case.id,
    )
    assert "I typed all of this myself." in client.text()
    assert Decision.select().count() == 1


# --- the work
# -------------------------------------------------------------------------------------------------------


def test_from_report_to_decision_in_the_browser(
    client: Client, author: Person, where: Space, ifan: Person
) -> None:
    item = make.item(author, where, "topic", title="Rota", body="You are all useless.")
    member = make.partner("Sian Price")
    client.sign_in(member).get("policy.report", item_id=item.id)
    client.post("policy.report", {"words": "", "clause": "4.1"}, status=422, item_id=item.id)
    client.post("policy.report", {"words": "It hurts.", "clause": "9.9"}, status=422, item_id=item.id)
    assert "It hurts." in client.text()
    client.post("policy.report", {"words": "It hurts.", "clause": "4.1"}, item_id=item.id)
    client.post("policy.report", {"words": "Once more.", "clause": "4.1"}, status=422, item_id=item.id)
    case = Case.get()
    client.sign_in(author).get("policy.my_flags")
    assert (
        "A colleague reported this" in client.text()
        and "Sian" not in client.text()
        and "It hurts" not in client.text()
    )
    client.sign_in(ifan).post("policy.claim", case_id=case.id, follow=True)
    assert "Sian Price" in client.text() and "Ann Evans" not in client.text()
    client.post("policy.ask", {"question": ""}, status=422, case_id=case.id)
    client.post("policy.ask", {"question": "What was it about?"}, case_id=case.id, follow=True)
    client.sign_in(author).get("policy.my_flags")
    assert "What was it about?" in client.text() and "Ifan Rees, reviewer" in client.text()
    client.post("policy.answer", {"words": " "}, status=422, case_id=case.id)
    client.post("policy.answer", {"words": "I was cross."}, case_id=case.id, follow=True)
    client.sign_in(ifan).get("policy.case", case_id=case.id)
    assert "I was cross." in client.text()
    client.post("policy.note", {"note": "Be kind."}, case_id=case.id, follow=True)
    client.post("policy.decide", {"outcome": "advice", "reason": "too short"}, status=422, case_id=case.id)
    assert "too short" in client.text()
    page = client.post(
        "policy.decide", {"outcome": "advice", "reason": REASON, "do": "preview"}, status=200, case_id=case.id
    )
    assert "This is what the author will receive" in page.get_text() and Decision.select().count() == 0
    client.post(
        "policy.decide",
        {"outcome": "advice", "reason": REASON, "version": room.fresh(case).version},
        case_id=case.id,
        follow=True,
    )
    client.sign_in(author).get("policy.my_flags")
    words = client.text()
    assert (
        "Advice given" in words
        and REASON in words
        and "Ifan Rees" in words
        and "Appeal" in words
        and "Be kind" not in words
    )
    client.sign_in(member).get("policy.my_flags")
    assert "Advice given" in client.text() and REASON not in client.text()


@pytest.mark.backend
def test_a_decision_and_its_notice_stand_in_one_transaction(
    case: Case, ifan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.policy import deciding

    actions.claim(make.viewer(ifan), case)

    def fails(*args: object, **values: object) -> None:
        raise RuntimeError("no notice")

    monkeypatch.setattr(deciding.notices, "tell", fails)
    with pytest.raises(RuntimeError):
        actions.decide(make.viewer(ifan), room.fresh(case), outcome="no_breach", reason=REASON)
    assert Decision.select().count() == 0 and room.fresh(case).state == "claimed"
    monkeypatch.undo()
    decision = actions.decide(make.viewer(ifan), room.fresh(case), outcome="no_breach", reason=REASON)
    words = decision.notice.words
    assert (
        "clause 2.1" in words
        and REASON in words
        and "Ifan Rees" in words
        and "appeal" in words
        and "reply" in words
    )
    event = Event.get(Event.name == "policy:decided")
    assert (event.person_id, event.actor_id, event.data["outcome"]) == (case.author_id, ifan.id, "no_breach")


@pytest.mark.backend
def test_the_state_of_a_case_follows_from_its_events(
    case: Case, author: Person, ifan: Person, margaret: Person
) -> None:
    viewer = make.viewer(ifan)
    actions.claim(viewer, case)
    actions.ask(viewer, room.fresh(case), "Why?")
    actions.answer(make.viewer(author), room.fresh(case), "Because.")
    actions.show_name(viewer, room.fresh(case), "I must ring them today.")
    actions.release(viewer, room.fresh(case))
    room.decided(case, margaret, "no_breach")
    actions.reopen(viewer, room.fresh(case), "Something new has come to light.")
    for number in range(1, CaseEvent.select().count() + 1):
        rows = list(CaseEvent.select().where(CaseEvent.case == case.id).order_by(CaseEvent.id).limit(number))
        assert standing(rows).state
    now, kept = (
        standing(CaseEvent.select().where(CaseEvent.case == case.id).order_by(CaseEvent.id)),
        room.fresh(case),
    )
    assert (now.state, now.claimed_by, now.fixed_at, now.decided_at) == (
        kept.state,
        kept.claimed_by_id,
        kept.fixed_at,
        kept.decided_at,
    )
    assert kept.state == "open" and kept.open_key


def later(minutes: int = 31) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False)


DECISION = {"outcome": "breach", "reason": REASON, "clause": "2.1"}


@pytest.mark.backend
def test_a_claim_that_ran_out_while_its_reviewer_wrote_costs_them_nothing(
    client: Client, case: Case, author: Person, ifan: Person
) -> None:
    client.sign_in(ifan).post("policy.claim", case_id=case.id)
    version = room.fresh(case).version
    with later(90):
        client.sign_in(ifan).post("policy.decide", {**DECISION, "version": version}, case_id=case.id)
        assert not Grant.select().where(Grant.ends_at > clock.now()).exists()
    assert room.fresh(case).state == "decided"
    kept = [e.name for e in CaseEvent.select().where(CaseEvent.case == case.id).order_by(CaseEvent.id)]
    assert kept[-3:] == ["claimed", "claimed", "decided"]
    claims = Event.select().where(Event.name == "policy:claimed", Event.actor_id == ifan.id)
    assert claims.count() == 2


@pytest.mark.backend
def test_a_claim_that_ran_out_while_the_author_is_asked_goes_on_waiting(case: Case, ifan: Person) -> None:
    viewer = make.viewer(ifan)
    actions.claim(viewer, case)
    actions.ask(viewer, room.fresh(case), "Why?")
    with later():
        actions.show_name(viewer, room.fresh(case), "I must ring them today.")
        assert room.fresh(case).state == "waiting" and room.fresh(case).claimed_until > clock.now()


@pytest.mark.backend
@pytest.mark.parametrize("what", ["claimed", "claimed and ran out", "answered", "noted", "reported"])
def test_who_is_overtaken_after_their_half_hour_is_shown_the_fresh_case_with_their_words(
    client: Client, case: Case, author: Person, ifan: Person, margaret: Person, what: str
) -> None:
    viewer, other = make.viewer(ifan), make.viewer(margaret)
    actions.claim(viewer, case)
    if what == "answered":
        actions.ask(viewer, room.fresh(case), "Why?")
    version = room.fresh(case).version
    with later():
        if what == "noted":
            actions.note(other, room.fresh(case), "I know of this.")
        elif what == "reported":
            actions.report(make.viewer(make.person()), case.item, words="Me too.", clause="2.1")
        elif what == "answered":
            actions.answer(make.viewer(author), room.fresh(case), "Because.")
        else:
            actions.claim(other, room.fresh(case))
    with later(62 if what == "claimed and ran out" else 32):
        sent = {**DECISION, "version": version}
        page = client.sign_in(ifan).post("policy.decide", sent, status=409, case_id=case.id)
        assert REASON in str(page) and Decision.select().count() == 0
        if what != "noted" and what != "reported":
            # The question has no version in its form: it is held by who holds the case.
            page = client.post("policy.ask", {"question": "And why there?"}, status=409, case_id=case.id)
            assert "And why there?" in str(page)


def test_who_gave_a_case_back_claims_it_first(client: Client, case: Case, ifan: Person) -> None:
    client.sign_in(ifan).post("policy.claim", case_id=case.id)
    client.post("policy.release", case_id=case.id)
    client.post("policy.decide", DECISION, status=403, case_id=case.id)
    assert "Claim the case first" in client.text() and REASON in str(client.last.data)


def test_the_authors_name_is_shown_for_a_reason_that_is_recorded(
    client: Client, case: Case, ifan: Person
) -> None:
    client.sign_in(ifan).post("policy.claim", case_id=case.id, follow=True)
    assert "Ann Evans" not in client.text() and desk.pseudonym(case) in client.text()
    client.post("policy.show_name", {"why_name": "so"}, status=422, case_id=case.id)
    client.post("policy.show_name", {"why_name": "I must ring them today."}, case_id=case.id, follow=True)
    assert "Ann Evans" in client.text()
    assert Event.get(Event.name == "policy:name_shown").actor_id == ifan.id


@pytest.mark.backend
def test_reports_are_counted_to_a_limit_and_the_audit_trail_does_not_name_reporters(
    author: Person, where: Space
) -> None:
    item = make.item(author, where, "topic", body="Grumble.")
    points = []
    for _ in range(5):
        actions.report(make.viewer(make.person()), item, words="I do not like it.")
        points.append(Case.get().points)
    assert points[0] < points[1] < points[2] == points[3] == points[4]
    assert Report.select().count() == 5 and Case.select().count() == 1
    for event in Event.select().where(Event.name == "policy:reported"):
        assert event.actor_id is None and event.person_id == author.id
    with pytest.raises(Refused, match="yourself"):
        actions.report(make.viewer(author), item, words="Me.")


def test_what_one_may_not_read_one_cannot_report(client: Client, author: Person, closed: Space) -> None:
    item = make.item(author, closed, "topic")
    client.sign_in(make.person()).get("policy.report", status=404, item_id=item.id)
    client.post("policy.report", {"words": "x"}, status=404, item_id=item.id)


# --- hiding
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_hiding_an_item_takes_two_people_and_an_end(
    client: Client, case: Case, author: Person, ifan: Person, margaret: Person
) -> None:
    room.decided(case, ifan, hide_days=7)
    row = Restriction.get()
    assert row.state == "proposed" and Item.get_by_id(case.item_id).audience == "everyone"
    with pytest.raises(Refused, match="second person"):
        actions.approve(make.viewer(ifan), row)
    client.sign_in(margaret).get("policy.desk", show="second")
    assert f"/desk/{case.id}" in str(client.last.get_data(as_text=True))
    client.post(
        "policy.second", {"do": "approve", "version": room.fresh(case).version}, case_id=case.id, follow=True
    )
    row = Restriction.get()
    item = Item.get_by_id(case.item_id)
    assert (
        row.state == "active" and item.audience == f"person:{author.id}" and item.hidden_until == row.ends_at
    )
    assert "approved by Margaret Holt" in Notice.get_by_id(row.notice_id).words
    client.sign_in(author).get("policy.my_flags")
    assert "Hidden from its wider audience until" in client.text()
    with pytest.raises(Conflict):
        actions.approve(make.viewer(room.senior()), row)


@pytest.mark.backend
def test_a_hiding_ends_by_itself(case: Case, ifan: Person, margaret: Person, settle: Settle) -> None:
    hidden(case, ifan, margaret, days=7)
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23)):
        jobs.run_due()
        assert Restriction.get().state == "active"
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        jobs.run_due()
        assert Restriction.get().state == "ended"
        assert Item.get_by_id(case.item_id).audience == "everyone"
        assert Notice.select().where(Notice.kind == "visible").count() == 1


def test_a_second_person_may_say_no(case: Case, ifan: Person, margaret: Person) -> None:
    decision = room.decided(case, ifan, hide_days=3)
    row = Restriction.get(Restriction.decision == decision.id)
    with pytest.raises(Invalid):
        actions.refuse(make.viewer(margaret), row, "no")
    actions.refuse(make.viewer(margaret), row, "A word of advice is quite enough here.")
    assert Restriction.get().state == "refused" and Item.get_by_id(case.item_id).audience == "everyone"


@pytest.mark.parametrize(("outcome", "days"), [("advice", 7), ("breach", 29), ("breach", -1)])
def test_only_a_breach_hides_and_for_four_weeks_at_most(
    case: Case, ifan: Person, outcome: str, days: int
) -> None:
    with pytest.raises(Invalid, match="28 days"):
        room.decided(case, ifan, outcome, hide_days=days)
    assert Restriction.select().count() == 0


# --- appeals
# --------------------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_an_appeal_is_heard_by_somebody_else_and_undoes_everything(
    client: Client, case: Case, author: Person, ifan: Person, margaret: Person
) -> None:
    hidden(case, ifan, margaret)
    client.sign_in(author).post(
        "policy.appeal", {"words": "The number is invented."}, case_id=case.id, follow=True
    )
    assert "Somebody who had no part in the decision will hear it" in client.text()
    client.post("policy.appeal", {"words": "Again."}, status=403, case_id=case.id)
    appeal = Appeal.get()
    for person in (ifan, margaret):
        with pytest.raises(Refused, match="part in this decision"):
            actions.hear(make.viewer(person), appeal, outcome="upheld", reason=REASON)
    third = room.senior("Third Person")
    client.sign_in(third).get("policy.desk", show="appeals")
    assert f"/desk/{case.id}" in str(client.last.get_data(as_text=True))
    client.post(
        "policy.hear", {"hear_outcome": "overturned", "hear_reason": "short"}, status=422, case_id=case.id
    )
    client.post(
        "policy.hear",
        {"hear_outcome": "overturned", "hear_reason": "It is the example from the guidance."},
        case_id=case.id,
    )
    assert Restriction.get().state == "overturned" and Decision.get().overturned_at is not None
    assert Item.get_by_id(case.item_id).audience == "everyone"
    client.sign_in(author).get("policy.my_flags")
    assert (
        "Overturned, and everything that followed undone" in client.text() and "Third Person" in client.text()
    )
    with pytest.raises(Conflict):
        actions.hear(make.viewer(room.senior()), appeal, outcome="upheld", reason=REASON)


def test_appeals_are_for_the_author_and_for_twenty_working_days(
    case: Case, author: Person, ifan: Person
) -> None:
    decision = room.decided(case, ifan, "advice")
    with pytest.raises(Missing):
        actions.appeal(make.viewer(make.person()), decision, "Me too.")
    there, days = clock.local(clock.now()).date(), 0
    while there < clock.local(decision.appeal_until).date() - timedelta(days=1):
        there += timedelta(days=1)
        days += working_time.is_working(there)
    assert days == 20
    with (
        time_machine.travel(decision.appeal_until + timedelta(minutes=1)),
        pytest.raises(Refused, match="could be made until"),
    ):
        actions.appeal(make.viewer(author), decision, "Too late.")


def test_others_cases_are_not_there(client: Client, case: Case) -> None:
    client.sign_in(make.person())
    client.post("policy.answer", {"words": "x"}, status=404, case_id=case.id)
    client.post("policy.appeal", {"words": "x"}, status=404, case_id=case.id)
    assert about_me.mine(make.viewer(make.person())).rows == []


# --- the list
# -------------------------------------------------------------------------------------------------------


def test_the_desk_pages_by_key_sorts_and_narrows(author: Person, where: Space, ifan: Person) -> None:
    for number in range(desk.PER_PAGE + 5):
        item = make.item(author, where, "topic", title=f"Topic {number}")
        actions.report(make.viewer(make.person()), item, words="Look.", clause="4.1" if number % 2 else "")
    viewer = make.viewer(ifan)
    for sort in desk.SORTS:
        first = desk.page(viewer, desk.Wanted(sort=sort))
        rest = desk.page(viewer, desk.Wanted(sort=sort, cursor=first.older))
        ids = [c.id for c in [*first.rows, *rest.rows]]
        assert len(ids) == len(set(ids)) == desk.PER_PAGE + 5 and rest.older == ""
    assert {c.clause for c in desk.page(viewer, desk.Wanted(clause="4.1")).rows} == {"4.1"}
    assert {c.clause for c in desk.page(viewer, desk.Wanted(clause="none")).rows} == {""}
    assert desk.page(viewer, desk.Wanted(by="rule")).rows == []
    assert len(desk.page(viewer, desk.Wanted(cursor="rubbish.x")).rows) == desk.PER_PAGE


@pytest.mark.parametrize("many", [2, 25])
def test_desk_and_my_flags_cost_the_same_however_many_rows(
    client: Client, author: Person, where: Space, ifan: Person, many: int
) -> None:
    for number in range(many):
        item = make.item(author, where, "topic", title=f"Topic {number}")
        actions.report(make.viewer(make.person()), item, words="Look.", clause="4.1")
    client.sign_in(ifan).get("policy.desk")
    with db.count_queries() as seen:
        client.get("policy.desk")
    assert len(seen) <= 6, "\n".join(seen)
    client.sign_in(author).get("policy.my_flags")
    with db.count_queries() as seen:
        client.get("policy.my_flags")
    assert len(seen) <= 10, "\n".join(seen)


def test_older_cases_rise_without_being_written_to(author: Person, where: Space, ifan: Person) -> None:
    with time_machine.travel(clock.now() - timedelta(days=20)):
        old = make.item(author, where, "topic")
        actions.report(make.viewer(make.person()), old, words="Look.")
    new = make.item(author, where, "topic")
    for _ in range(3):
        actions.report(make.viewer(make.person()), new, words="Look.")
    assert [c.item_id for c in desk.page(make.viewer(ifan), desk.Wanted()).rows] == [old.id, new.id]
    assert Case.get(Case.item == new.id).points > Case.get(Case.item == old.id).points


def test_grants_are_not_doubled_by_working_on_a_case(case: Case, ifan: Person) -> None:
    viewer = make.viewer(ifan)
    for _ in range(3):
        actions.claim(viewer, room.fresh(case))
    assert Grant.select().count() == 1
    actions.release(viewer, room.fresh(case))
    assert Grant.select().where(Grant.ends_at > clock.now()).count() == 0


def test_figures_and_rules_say_nothing_that_could_name_anybody(
    client: Client, case: Case, ifan: Person
) -> None:
    room.decided(case, ifan, "rule_was_wrong")
    client.sign_in(make.person()).get("policy.figures")
    assert "fewer than 5" in client.text() and "Ann" not in client.text()
    client.get("policy.rules")
    assert "too few to say" in client.text().lower()
    client.get("policy.figures", month="rubbish")
    assert queries.fewer(4) == queries.fewer(0) == "fewer than 5" and queries.fewer(5) == "5"
