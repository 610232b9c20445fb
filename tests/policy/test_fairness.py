"""Fairness: exceptions stand in a public register, conflicts keep reviewers away, several at once only where mild."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import peewee
import pytest
import time_machine
from flask import Flask

from hub import clock, db
from hub.errors import Invalid, Missing, Refused
from hub.events import Event
from hub.people.models import Person
from hub.policy import actions
from hub.policy.desk import queries as desk
from hub.policy.fairness import conflicts, exceptions, several
from hub.policy.fairness.models import PolicyException
from hub.policy.models import Case, Decision, Finding, Notice
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
REASON = room.REASON


@pytest.fixture
def owner(hub: Flask) -> Person:
    return make.person("Owena Owner", roles=["policy owner"])


def asked(viewer_of: Person, **changes: object) -> PolicyException:
    values = {"name": "uk_nhs", "what": "Invented test numbers", "reason": REASON, "months": 3, "space": None}
    return exceptions.ask(make.viewer(viewer_of), **{**values, "person": None, **changes})  # type: ignore[arg-type]


# --- exceptions ---------------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_an_exception_stops_flags_only_once_approved_and_only_until_its_end(
    author: Person, where: Space, owner: Person, settle: Settle
) -> None:
    row = asked(author, space=where)
    room.flagged(settle, author, where)
    exceptions.approve(make.viewer(owner), row.id)
    covered = make.item(author, where, "topic", body=room.TEXT)
    elsewhere = make.item(author, make.space("Other", "open", "everyone"), "topic", body=room.TEXT)
    settle()
    assert Case.select().where(Case.item == covered.id).count() == 0
    assert Finding.get(Finding.item == covered.id).outcome == "excepted"
    assert Case.select().where(Case.item == elsewhere.id).count() == 1
    with time_machine.travel(clock.now() + timedelta(days=100), tick=False):
        later = make.item(author, where, "topic", body=room.TEXT)
        settle()
        assert Case.select().where(Case.item == later.id).count() == 1


@pytest.mark.backend
def test_nobody_approves_their_own_exception_not_even_past_the_action(
    author: Person, where: Space, owner: Person
) -> None:
    mine = asked(owner, space=where)
    for_me = asked(author, person=owner)
    for row in (mine, for_me):
        with pytest.raises(Refused, match="second person"):
            exceptions.approve(make.viewer(owner), row.id)
        with pytest.raises(peewee.IntegrityError), db.write():
            PolicyException.update(approver=owner).where(PolicyException.id == row.id).execute()
    with pytest.raises(Missing):
        exceptions.approve(make.viewer(author), mine.id)
    with pytest.raises(peewee.IntegrityError), db.write():
        PolicyException.update(
            approver=author, starts_at=clock.now(), ends_at=clock.now() + timedelta(days=400)
        ).where(PolicyException.id == mine.id).execute()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("rule", {"name": "nothing"}),
        ("what", {"what": " "}),
        ("reason", {"reason": "short"}),
        ("months", {"months": 13}),
        ("handle", {"space": None}),
    ],
)
def test_an_exception_that_says_too_little_is_refused(
    author: Person, where: Space, field: str, changes: dict
) -> None:
    with pytest.raises(Invalid) as refusal:
        asked(author, **{"space": where, **changes})
    assert refusal.value.field == field


def test_the_register_is_for_staff_and_names_no_closed_space_to_others(
    client: Client, author: Person, owner: Person
) -> None:
    secret = make.space("Gwenllian", "secret", "staff", editors=(author,))
    asked(author, space=secret, what="A thing")
    client.sign_in(make.person()).get("policy.exceptions")
    assert "A thing" in client.text() and "Gwenllian" not in client.text()
    client.sign_in(make.partner()).get("policy.exceptions", status=404)
    client.sign_in(author).get("policy.exceptions")
    assert "Gwenllian" in client.text()
    sent = {"rule": "dob", "what": "A list", "reason": REASON, "handle": "nobody.here", "months": "3"}
    page = client.post("policy.exceptions", sent, status=422)
    assert REASON in page.get_text()
    client.post("policy.exceptions", {**sent, "handle": author.handle}, follow=True)
    row = PolicyException.select().order_by(PolicyException.id.desc()).get()
    client.post("policy.exceptions", {"approve": str(row.id)}, status=404)
    client.sign_in(owner).post("policy.exceptions", {"approve": str(row.id)}, follow=True)
    assert "Counts" in client.text()
    client.post("policy.exceptions", {"end": str(row.id)})
    assert PolicyException.get_by_id(row.id).ended_at is not None


# --- conflicts ----------------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_a_declared_conflict_keeps_the_reviewer_away_in_the_query_and_in_the_write(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    _, case = room.flagged(settle, author, where)
    viewer = make.viewer(ifan)
    actions.claim(viewer, case)
    row = conflicts.declare(viewer, author, "She is my sister.")
    with pytest.raises(Refused, match="not to review"):
        actions.decide(viewer, room.fresh(case), outcome="no_breach", reason=REASON)
    assert desk.page(viewer, desk.Wanted()).rows == [] and desk.counts(viewer)["open"] == 0
    with pytest.raises(Missing):
        conflicts.take_back(make.viewer(room.reviewer()), row.id)
    conflicts.take_back(viewer, row.id)
    actions.decide(viewer, room.fresh(case), outcome="no_breach", reason=REASON)


@pytest.mark.backend
def test_what_was_passed_on_is_for_senior_reviewers(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    _, case = room.flagged(settle, author, where)
    viewer = make.viewer(ifan)
    actions.claim(viewer, case)
    conflicts.escalate(viewer, room.fresh(case), "This needs more than me.")
    with pytest.raises(Refused, match="senior"):
        actions.claim(viewer, room.fresh(case))
    assert desk.page(viewer, desk.Wanted()).rows == []
    senior = make.viewer(make.person("Margaret Holt", roles=["senior reviewer"]))
    assert [c.id for c in desk.page(senior, desk.Wanted()).rows] == [case.id]
    actions.claim(senior, room.fresh(case))


def test_where_nobody_is_left_the_owner_is_told_once_and_the_case_falls_to_nobody(
    author: Person, where: Space, ifan: Person, owner: Person, settle: Settle
) -> None:
    author.roles = ["reviewer"]
    author.save()
    _, case = room.flagged(settle, author, where)
    assert conflicts.look_for_stuck() == 0, "Ifan may"
    conflicts.declare(make.viewer(ifan), author, "We share an office.")
    assert conflicts.look_for_stuck() == 1 and conflicts.look_for_stuck() == 0
    told = Event.get(Event.name == "policy:nobody_left")
    assert told.person_id == owner.id and room.fresh(case).claimed_by_id is None


# --- several at once ----------------------------------------------------------------------------------------------


def test_several_are_decided_each_with_its_notice_and_what_is_not_ones_own_is_left(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    mine = make.item(ifan, where, "topic", body=room.TEXT)
    for _ in range(3):
        make.item(author, where, "topic", body=room.TEXT)
    settle()
    taken = Case.select().where(Case.item != mine.id).get()
    actions.claim(make.viewer(room.reviewer("Other")), taken)
    ids = [c.id for c in Case.select()]
    done = several.decide(make.viewer(ifan), ids, outcome="rule_was_wrong", reason=REASON)
    assert (done.decided, done.left) == (2, 2)
    assert Decision.select().count() == 2 and Notice.select().where(Notice.kind == "decided").count() == 2
    assert Case.get(Case.item == mine.id).state == "open"


def test_several_never_with_a_breach_nor_across_rules_nor_a_report(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    room.flagged(settle, author, where)
    make.item(author, where, "topic", body="The password is Heulwen-Copor-58.")
    settle()
    ids = [c.id for c in Case.select()]
    assert len(ids) == 2
    viewer = make.viewer(ifan)
    for chosen, outcome in ((ids, "no_breach"), (ids[:1], "breach"), (ids[:1], "advice"), ([], "no_breach")):
        with pytest.raises(Invalid):
            several.decide(viewer, chosen, outcome=outcome, reason=REASON)
    Case.update(reports=1).execute()
    with pytest.raises(Invalid):
        several.decide(viewer, ids[:1], outcome="no_breach", reason=REASON)
    with pytest.raises(Missing):
        several.decide(make.viewer(author), ids[:1], outcome="no_breach", reason=REASON)
    assert Decision.select().count() == 0


def test_the_same_value_elsewhere_is_told_on_the_case_and_the_pages_work_without_script(
    client: Client, author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    for _ in range(3):
        make.item(author, where, "topic", body=room.TEXT)
    settle()
    case = Case.select().order_by(Case.id).get()
    client.sign_in(ifan).get("policy.case", case_id=case.id)
    assert "2 like this" in client.text()
    page = client.get("policy.desk")
    assert len(page.find_all("input", {"type": "checkbox", "name": "case", "form": "several"})) == 3
    client.post("policy.several", {"case": str(case.id), "outcome": "breach", "reason": REASON}, follow=True)
    assert "Nothing was decided" in client.text()
    client.post(
        "policy.several", {"case": str(case.id), "outcome": "no_breach", "reason": REASON}, follow=True
    )
    assert "1 decided" in client.text()
    client.post("policy.keep_view", {"name": "Mine", "show": "mine", "sort": "age"}, follow=True)
    page = client.get("policy.desk")
    assert page.find("a", string="Mine", href=lambda h: h and "sort=age" in h)
    with db.count_queries() as seen:
        client.get("policy.desk")
    assert len(seen) <= 6
    client.post("policy.keep_view", {"drop": "Mine"})
    client.get("policy.conflicts")
    client.post("policy.conflicts", {"handle": "nobody", "reason": "Because of it."}, status=422)
    client.post("policy.conflicts", {"handle": author.handle, "reason": "She is my sister."}, follow=True)
    client.get("policy.case", status=403, case_id=case.id)


# --- reports only, and conflicts that the owner names ----------------------------------------------------------------


@pytest.mark.backend
def test_a_closed_group_is_reports_only_while_its_exception_counts(
    client: Client, author: Person, owner: Person, settle: Settle
) -> None:
    reader = make.person("A Reader")
    union = make.space("Branch", "invitation", "staff", editors=(author,), members=(reader,))
    row = asked(author, name=exceptions.REPORTS_ONLY, space=union)
    make.item(author, union, "topic", body="The password is Heulwen-Copor-58.")
    settle()
    assert Finding.select().count() == 1, "asked for is not approved"
    exceptions.approve(make.viewer(owner), row.id)
    before = Finding.select().count()
    item = make.item(author, union, "topic", body="The password is Heulwen-Copor-59.")
    settle()
    assert Finding.select().count() == before, "nothing looks at it"
    client.sign_in(author)
    form = {"body": "The password is Heulwen-Copor-59.", "audience": union.token}
    assert "password" not in client.post("policy.check", form, status=200, htmx=True).get_text()
    actions.report(make.viewer(reader), item, words="This is not kind.", clause="4.1")
    assert Case.select().where(Case.item == item.id).count() == 1, "members report all the same"
    client.get("policy.exceptions")
    assert "reports only" in client.text() and "Branch" in client.text()
    with time_machine.travel(clock.now() + timedelta(days=100), tick=False):
        later = make.item(author, union, "topic", body="The password is Heulwen-Copor-60.")
        settle()
        assert Finding.select().where(Finding.item == later.id).count() == 1, "it ends by itself"


def test_a_space_that_was_set_up_as_reports_only_stands_beside_the_register(
    client: Client, author: Person
) -> None:
    make.space("Branch", "secret", "staff", editors=(author,), no_automatic_scan=True)
    client.sign_in(author).get("policy.exceptions")
    assert "reports only: Branch." in client.text()
    client.sign_in(make.person()).get("policy.exceptions")
    assert "reports only: a closed space." in client.text() and "Branch" not in client.text()


@pytest.mark.parametrize("kind", ["open", "request"])
def test_reports_only_is_for_closed_groups_and_for_all_in_them(
    author: Person, owner: Person, kind: str
) -> None:
    for changes in (
        {"space": make.space("Wide", kind, "staff", editors=(author,))},
        {"person": author},
        {"space": make.space("Shut", "secret", "staff", editors=(author,)), "person": author},
    ):
        with pytest.raises(Invalid, match="closed space"):
            asked(author, name=exceptions.REPORTS_ONLY, **changes)
    assert PolicyException.select().count() == 0


def test_the_policys_owner_names_a_conflict_of_a_reviewer(
    client: Client, case: Case, author: Person, owner: Person, ifan: Person
) -> None:
    client.sign_in(owner).get("policy.conflicts")
    form = {"handle": author.handle, "reason": "They are in a dispute with each other."}
    client.post("policy.conflicts", form, status=422)
    client.post("policy.conflicts", {**form, "reviewer": "nobody.at.all"}, status=422)
    client.post("policy.conflicts", {**form, "reviewer": author.handle}, status=422)
    client.post("policy.conflicts", {**form, "reviewer": ifan.handle})
    assert desk.page(make.viewer(ifan), desk.Wanted()).rows == []
    with pytest.raises(Refused, match="not to review"):
        actions.claim(make.viewer(ifan), case)
    client.sign_in(ifan).post(
        "policy.conflicts", {**form, "reviewer": room.reviewer("Other").handle}, status=404
    )
    client.sign_in(author).get("policy.conflicts", status=404)


def test_the_form_offers_the_spaces_that_one_is_in_by_name(client: Client, author: Person) -> None:
    make.hub_space()
    union = make.space("Branch", "invitation", "staff", editors=(author,))
    page = client.sign_in(author).get("policy.exceptions")
    offered = {o["value"]: o.get_text() for o in page.find("select", {"name": "space"}).find_all("option")}
    assert offered[""] == "Everywhere" and offered[union.slug] == "Branch"
    form = {"rule": "reports-only", "what": "A branch", "reason": REASON, "months": "12", "space": union.slug}
    client.post("policy.exceptions", form)
    assert PolicyException.get().space_id == union.id
