"""People who come and go: a reviewer who is one no longer, authors who have left, second persons who are wanted, nobody left."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub import clock, db
from hub.access import Grant
from hub.content import actions as content
from hub.content.models import Item
from hub.errors import Conflict, Missing, Refused
from hub.people import actions as people
from hub.people.models import Person
from hub.policy import about_me, actions, cases
from hub.policy.desk import queries as desk
from hub.policy.fairness import conflicts, exceptions, leaving
from hub.policy.models import Appeal, Case, Decision, Notice, Restriction
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
REASON = room.REASON


@pytest.fixture
def head(hub: object) -> Person:
    return make.person("Head", roles=["administrator"])


@pytest.mark.backend
@pytest.mark.parametrize("how", ["loses the role", "leaves"])
def test_what_a_reviewer_held_is_free_when_they_are_one_no_longer(
    author: Person, where: Space, head: Person, ifan: Person, senior: Person, settle: Settle, how: str
) -> None:
    case = room.flagged(settle, author, where)[1]
    actions.claim(make.viewer(ifan), case)
    assert Grant.select().where(Grant.person_id == ifan.id, Grant.ends_at > clock.now()).exists()
    if how == "leaves":
        people.disable(make.viewer(head), ifan, reason="They have left the council.")
    else:
        people.set_roles(make.viewer(head), ifan, [])
    settle()
    row = room.fresh(case)
    assert (row.state, row.claimed_by_id) == ("open", None)
    assert not Grant.select().where(Grant.person_id == ifan.id, Grant.ends_at > clock.now()).exists()
    actions.claim(make.viewer(senior), row)
    with pytest.raises((Missing, Refused)):
        actions.note(make.viewer(Person.get_by_id(ifan.id)), room.fresh(case), "I am still here.")


def test_who_stays_a_reviewer_keeps_what_they_hold(
    author: Person, where: Space, head: Person, ifan: Person, settle: Settle
) -> None:
    """The twin: a change of other roles gives nothing back."""
    case = room.flagged(settle, author, where)[1]
    actions.claim(make.viewer(ifan), case)
    people.set_roles(make.viewer(head), ifan, ["reviewer", "auditor"])
    settle()
    assert room.fresh(case).claimed_by_id == ifan.id and leaving.LOOKS_AT


@pytest.mark.backend
def test_a_case_about_somebody_who_has_left_is_decided_as_any_other(
    author: Person, where: Space, head: Person, ifan: Person, settle: Settle
) -> None:
    case = room.flagged(settle, author, where)[1]
    people.disable(make.viewer(head), author, reason="They have left the council.")
    settle()
    decision = room.decided(case, ifan)
    assert decision.notice.person_id == author.id and room.fresh(case).state == "decided"


@pytest.mark.backend
def test_what_is_edited_or_withdrawn_while_a_reviewer_decides_is_decided_as_it_was_flagged(
    case: Case, author: Person, ifan: Person, settle: Settle
) -> None:
    actions.claim(make.viewer(ifan), case)
    seen = room.fresh(case).version
    content.edit(make.viewer(author), Item.get_by_id(case.item_id), version=1, body="Taken out.")
    content.withdraw(make.viewer(author), Item.get_by_id(case.item_id))
    settle()
    with pytest.raises(Conflict):
        actions.decide(make.viewer(ifan), room.fresh(case), outcome="breach", reason=REASON, version=seen)
    page = desk.opened(make.viewer(ifan), desk.case(make.viewer(ifan), case.id))
    assert page.case.fixed_at is not None and page.revision is not None and page.revision.body == room.TEXT
    row = room.fresh(case)
    actions.decide(make.viewer(ifan), row, outcome="fixed_by_author", reason=REASON, version=row.version)
    assert Decision.select().count() == 1


@pytest.mark.backend
def test_what_is_sent_twice_is_done_once(case: Case, author: Person, ifan: Person, senior: Person) -> None:
    actions.claim(make.viewer(ifan), case)
    row = room.fresh(case)
    sent = {"outcome": "breach", "reason": REASON, "hide_days": 3, "version": row.version}
    actions.decide(make.viewer(ifan), row, **sent)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        actions.decide(make.viewer(ifan), room.fresh(case), **sent)  # type: ignore[arg-type]
    proposed = Restriction.get()
    actions.approve(make.viewer(senior), proposed)
    for again in (senior, room.senior("Another Senior")):
        with pytest.raises(Conflict):
            actions.approve(make.viewer(again), proposed)
    decision = Decision.get()
    actions.appeal(make.viewer(author), decision, "It was not so.")
    with pytest.raises(Refused):
        actions.appeal(make.viewer(author), decision, "It was not so.")
    assert (Decision.select().count(), Restriction.select().count(), Appeal.select().count()) == (1, 1, 1)
    assert Notice.select().where(Notice.kind == "hidden").count() == 1


def test_a_decision_that_can_still_be_undone_is_not_on_my_flags_yet(
    client: Client, case: Case, author: Person, ifan: Person
) -> None:
    decision = room.decided(case, ifan, "no_breach")
    client.sign_in(author).get("policy.my_flags")
    assert REASON not in client.text() and "A reviewer is looking at it" in client.text()
    actions.undo(make.viewer(ifan), [decision.id])
    assert about_me.mine(make.viewer(author)).rows[0].decisions == []
    told = actions.decide(make.viewer(ifan), room.fresh(case), outcome="advice", reason=REASON)
    client.get("policy.my_flags")
    assert REASON in client.text() and told.told_at is not None, "what has consequences is told at once"


# --- second persons and nobody ------------------------------------------------------------------------------------


@pytest.mark.backend
def test_an_exception_that_waits_is_shown_to_those_who_may_approve_it_and_not_to_who_asked(
    client: Client, author: Person, where: Space, senior: Person
) -> None:
    owner = make.person("Owena Owner", roles=["policy owner"])
    row = exceptions.ask(
        make.viewer(owner), name="uk_nhs", what="Test numbers", reason=REASON, months=1, person=None, space=where
    )  # fmt: skip
    waits = "waits for a second person (1)"
    client.sign_in(senior).get("home.home")
    assert waits in client.text()
    for person in (owner, author):
        client.sign_in(person).get("home.home")
        assert waits not in client.text()
    exceptions.approve(make.viewer(senior), row.id)
    client.sign_in(senior).get("home.home")
    assert waits not in client.text()


@pytest.mark.backend
def test_in_lists_and_in_writing_the_same_people_may_review(
    case: Case, author: Person, ifan: Person, senior: Person
) -> None:
    """`reviewable_by` and `conflict` are one rule read twice: for everybody they must agree."""
    boss = room.reviewer("Boss")
    author.manager_id = boss.id
    author.save()
    conflicts.declare(make.viewer(senior), author, "We are related by marriage.")
    reporter = room.reviewer("Reporter")
    actions.report(make.viewer(reporter), Item.get_by_id(case.item_id), words="Look.", clause=case.clause)
    author.roles = ["reviewer"]
    author.save()
    row = room.fresh(case)
    reporters = cases.reporters_of(row)
    agreed = {}
    for person in (ifan, senior, boss, reporter, author):
        listed = Case.select().where(cases.reviewable_by(person), Case.id == case.id).exists()
        agreed[person.name] = (listed, not cases.conflict(person, row, reporters))
    assert agreed == {
        "Ifan Rees": (True, True),
        "Margaret Holt": (False, False),
        "Boss": (False, False),
        "Reporter": (False, False),
        "Ann Evans": (False, False),
    }


@pytest.mark.backend
def test_a_case_far_down_that_nobody_may_review_is_found_among_many(
    author: Person, where: Space, ifan: Person, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conflicts, "LOOKED_AT", 2)
    owner = make.person("Owena Owner", roles=["policy owner"])
    for _ in range(4):
        room.flagged(settle, author, where)
    mine = room.flagged(settle, ifan, where)[1]
    with db.write():
        Case.update(rank=-1).where(Case.id == mine.id).execute()
    assert conflicts.look_for_stuck() == 1
    assert room.fresh(mine).stuck and Case.select().where(Case.stuck).count() == 1
    assert conflicts.look_for_stuck() == 0 and owner.has_role("policy owner")
