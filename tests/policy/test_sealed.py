"""Sealed cases: two people, a reason, an end; until then nothing anywhere tells the author that there is a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import peewee
import pytest
import time_machine
from flask import Flask

from hub import clock, db
from hub.audit import queries as audit
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.events import Event
from hub.notifications.models import Notification
from hub.people.models import Person
from hub.policy import about_me, actions, due, figures
from hub.policy.desk import queries as desk
from hub.policy.fairness import sealing, several
from hub.policy.fairness.models import Seal
from hub.policy.models import Case, Decision, Notice
from hub.policy.trail import chain, keeping, taking
from hub.policy.trail.models import AuditRow, MonthFigures
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
WHY = "A child could be in danger if this were known."
SAID = "The zephyrine words of the report."


@pytest.fixture
def item(author: Person, where: Space) -> Item:
    return make.item(author, where, "topic", title="Rota", body="Meet me behind the depot.")


@pytest.fixture
def sealed(item: Item, ifan: Person) -> Case:
    """A case that Ifan reported and sealed."""
    actions.report(make.viewer(ifan), item, words=SAID, clause="4.1", seal=WHY)
    return Case.get()


def in_days(days: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(days=days), tick=False)


def nothing_known(client: Client, author: Person, case: Case) -> None:
    """All that the author could look at, whatever roles they have."""
    for page, values in (("policy.my_flags", {}), ("home.home", {}), ("notifications.notifications", {})):
        if page in client.app.view_functions:
            client.get(page, **values)
            assert SAID not in client.text() and WHY not in client.text()
            assert "Waiting for a reviewer" not in client.text()
    viewer = make.viewer(author)
    assert about_me.mine(viewer).rows == []
    told = str(taking.mine(viewer))
    assert SAID not in told and WHY not in told and taking.mine(viewer)["flags"] == []
    assert taking.mine(viewer)["notices"] == []
    client.post("policy.answer", {"words": "I know."}, status=404, case_id=case.id)
    client.post("policy.appeal", {"words": "I know."}, status=404, case_id=case.id)
    with pytest.raises(Missing):
        actions.answer(viewer, room.fresh(case), "I know.")
    if "search.search" in client.app.view_functions:
        client.get("search.search", q="zephyrine")
        assert SAID not in client.text()


# --- leaks --------------------------------------------------------------------------------------------------------


@pytest.mark.backend
@pytest.mark.parametrize(
    "roles",
    [[], ["reviewer"], ["senior reviewer"], ["policy owner", "rule editor"], ["administrator"], ["auditor"]],
    ids=lambda roles: "+".join(roles) or "none",
)
def test_the_author_learns_nothing_whatever_roles_they_have(
    client: Client, author: Person, sealed: Case, settle: Settle, roles: list[str]
) -> None:
    author.roles = roles
    author.save()
    settle()
    assert (
        Notice.select().count() == 0
        and Notification.select().where(Notification.person == author).count() == 0
    )
    client.sign_in(author)
    nothing_known(client, author, sealed)
    reviews = bool({"reviewer", "senior reviewer"} & set(roles))
    # 404 and not 403: a refusal would say that there is something to refuse, of which only its author hears "yourself".
    client.get("policy.case", status=404, case_id=sealed.id)
    client.get("policy.case", status=404, case_id=sealed.id + 999)
    for action in ("claim", "note", "seal", "decide", "escalate"):
        client.post(f"policy.{action}", {"note": "Words.", "do": "open"}, status=404, case_id=sealed.id)
    if reviews:
        viewer = make.viewer(author)
        assert set(desk.counts(viewer).values()) == {0}
        for show in desk.SHOWS:
            assert desk.page(viewer, desk.Wanted(show=show)).rows == []
        assert desk.page(viewer, desk.Wanted(alike=sealed.id)).rows == []
    if {"auditor", "administrator"} & set(roles):
        page = client.get("audit.audit").get_text()
        about = [line for line in page.splitlines() if "eport" in line or "case" in line]
        assert not any("Ann Evans" in line or "Rota" in line for line in about), about
        narrowed = audit.trail(make.viewer(author), audit.Wanted(handle=author.handle)).entries
        assert not [entry.name for entry in narrowed if entry.name.startswith("policy:")]


@pytest.mark.backend
def test_the_trail_names_neither_item_nor_author_nor_reporter_until_the_seal_ends(
    sealed: Case, author: Person, ifan: Person, senior: Person, settle: Settle
) -> None:
    viewer = make.viewer(senior)
    sealing.approve(viewer, sealed)
    actions.claim(viewer, room.fresh(sealed))
    actions.note(viewer, room.fresh(sealed), "A note.")
    actions.show_name(viewer, room.fresh(sealed), "I must ring them today.")
    settle()
    before = list(Event.select().where(Event.name.startswith("policy:"), Event.name != "policy:published"))
    assert {e.name for e in before} >= {
        "policy:reported",
        "policy:sealed",
        "policy:seal_approved",
        "policy:claimed",
    }
    for event in before:
        assert (event.item_id, event.person_id, event.space_id) == (None, None, None), event.name
        assert event.actor_id in (None, senior.id) and WHY not in str(event.data)
        assert event.data["case"] == sealed.id
    assert AuditRow.select().where(AuditRow.item_id.is_null(False)).count() == 0 and chain.verify() == []
    sealing.open_now(viewer, room.fresh(sealed))
    after = Event.get(Event.name == "policy:unsealed")
    assert (after.item_id, after.person_id, after.data["case"]) == (sealed.item_id, author.id, sealed.id)


@pytest.mark.backend
def test_only_senior_reviewers_know_of_it_and_whoever_sealed_it_does_not_review_it(
    client: Client, sealed: Case, ifan: Person, senior: Person
) -> None:
    other = room.reviewer("Another Reviewer")
    for person in (other, ifan, make.person(), make.partner(), make.person(roles=["administrator"])):
        client.sign_in(person).get("policy.case", status=404, case_id=sealed.id)
    assert desk.counts(make.viewer(other))["open"] == 0
    client.sign_in(senior).get("policy.desk")
    assert "Sealed" in client.text() and SAID not in client.text()
    client.get("policy.desk", show="second")
    assert f"/desk/{sealed.id}" in str(client.last.get_data(as_text=True))
    client.get("policy.case", case_id=sealed.id)
    assert WHY in client.text() and "Approve it as a second person" in client.text()
    # Whoever sealed it is told of their report as any reporter is.
    client.sign_in(ifan).get("policy.my_flags")
    assert "Waiting for a reviewer" in client.text() and SAID in client.text()


@pytest.mark.backend
def test_figures_count_seals_and_not_yet_the_sealed_flag(
    client: Client, author: Person, where: Space, ifan: Person
) -> None:
    now = clock.local(clock.now())
    start = datetime(now.year, now.month, 1, tzinfo=clock.LOCAL)
    after = figures.month_after(start)
    items = [make.item(author, where, "topic", title=f"T {n}") for n in range(6)]
    for one in items[:5]:
        actions.report(make.viewer(make.person()), one, words="Look.", clause="4.1")
    before = figures.of_month(start, after)
    months = figures.flags_by_month([start])
    assert dict(before.flags)["4.1"] == "5" and before.sealed == "fewer than 5"
    actions.report(make.viewer(ifan), items[5], words=SAID, clause="4.1", seal=WHY)
    assert figures.of_month(start, after) == before and figures.flags_by_month([start]) == months
    client.sign_in(make.person()).get("policy.figures")
    assert "Cases sealed for a time" in client.text()
    page = client.get("policy.figures_csv", month=f"{start:%Y-%m}")
    assert "sealed,,fewer than 5" in client.last.get_data(as_text=True) and page is not None
    with in_days(1.1):
        sealing.end_due()
        assert dict(figures.of_month(start, after).flags)["4.1"] == "6"


def test_a_month_is_kept_only_once_no_case_of_it_is_sealed(sealed: Case, senior: Person) -> None:
    sealing.approve(make.viewer(senior), sealed, 14)
    began = clock.local(Seal.get().starts_at)
    month = datetime(began.year, began.month, 1, tzinfo=clock.LOCAL)
    Seal.update(
        ends_at=figures.month_after(month) + timedelta(days=1),
        starts_at=figures.month_after(month) - timedelta(days=2),
    ).execute()
    with time_machine.travel(figures.month_after(month) + timedelta(hours=1), tick=False):
        keeping.keep_months(clock.now())
        assert MonthFigures.select().count() == 0
    with time_machine.travel(figures.month_after(month) + timedelta(days=2), tick=False):
        sealing.end_due()
        keeping.keep_months(clock.now())
        assert MonthFigures.select().count() == 1


def test_the_same_value_elsewhere_does_not_lead_an_ordinary_reviewer_to_a_sealed_case(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    first, second = (make.item(author, where, "topic", body="Grumble.") for _ in range(2))
    actions.report(make.viewer(ifan), first, words=SAID, clause="2.1", seal=WHY)
    from hub.content import actions as content

    for one in (first, second):
        content.edit(make.viewer(author), Item.get_by_id(one.id), version=1, body=room.TEXT)
    settle()
    hidden, seen = Case.get(Case.item == first.id), Case.get(Case.item == second.id)
    assert hidden.findings and hidden.sealed_until, (
        "what the rules find joins the sealed case, and nobody is told"
    )
    assert Notice.select().where(Notice.case == hidden).count() == 0
    assert desk.alike(make.viewer(room.reviewer()), seen) == []
    assert desk.alike(make.viewer(room.senior()), seen) == [hidden.id], "the twin"


# --- two people, a reason, an end ---------------------------------------------------------------------------------


@pytest.mark.backend
def test_without_a_second_person_it_is_over_after_a_day_with_the_worker_stopped(
    client: Client, sealed: Case, author: Person, settle: Settle
) -> None:
    with in_days(0.99):
        due.look_again()
        client.sign_in(author).get("policy.my_flags")
        assert about_me.mine(make.viewer(author)).rows == []
    with in_days(1.01):
        due.rest()
        assert [r.case.id for r in about_me.mine(make.viewer(author)).rows] == [sealed.id], (
            "compared with the clock"
        )
        due.look_again()
        client.sign_in(author).get("policy.my_flags")
        assert Notice.get().person_id == author.id and WHY in Notice.get().words
        assert "Ifan" not in Notice.get().words, "who reported stays unknown"
        settle()
        assert Notification.select().where(Notification.person == author).count() == 1


@pytest.mark.backend
def test_a_second_person_approves_for_fourteen_days_in_all_and_then_the_author_reads_why(
    client: Client, sealed: Case, author: Person, ifan: Person, senior: Person, settle: Settle
) -> None:
    client.sign_in(senior).post("policy.seal", {"do": "approve", "days": "15"}, status=422, case_id=sealed.id)
    client.post("policy.seal", {"do": "approve", "days": "14"}, case_id=sealed.id, follow=True)
    row = Seal.get()
    assert row.ends_at - row.starts_at == timedelta(days=14) and row.approved_by_id == senior.id
    with pytest.raises(Conflict):
        sealing.approve(make.viewer(room.senior()), room.fresh(sealed))
    with in_days(13.9):
        assert sealing.end_due() == 0 and about_me.mine(make.viewer(author)).rows == []
    with in_days(14.1):
        assert sealing.end_due() == 1 and sealing.end_due() == 0
        settle()
        words = Notice.get().words
        assert WHY in words and "Margaret Holt" in words and "Ifan" not in words and "clause 4.1" in words
        assert room.fresh(sealed).state == "open" and room.fresh(sealed).sealed_until is None


@pytest.mark.backend
def test_nothing_that_would_tell_the_author_is_done_while_it_is_sealed(
    sealed: Case, author: Person, senior: Person
) -> None:
    viewer = make.viewer(senior)
    actions.claim(viewer, sealed)
    for act in (
        lambda: actions.ask(viewer, room.fresh(sealed), "Why?"),
        lambda: actions.decide(viewer, room.fresh(sealed), outcome="no_breach", reason=room.REASON),
        lambda: actions.hide_at_once(viewer, room.fresh(sealed), room.REASON),
    ):
        with pytest.raises(Refused, match="open it first"):
            act()
    assert Notice.select().count() == 0 and Decision.select().count() == 0
    sealing.open_now(viewer, room.fresh(sealed))
    assert about_me.mine(make.viewer(author)).rows and Notice.get().kind == "flagged"
    actions.decide(viewer, room.fresh(sealed), outcome="no_breach", reason=room.REASON)


def test_several_at_once_leave_a_sealed_case_alone(sealed: Case, senior: Person) -> None:
    Case.update(reports=0, rules=["uk_nhs"]).execute()
    done = several.decide(make.viewer(senior), [sealed.id], outcome="no_breach", reason=room.REASON)
    assert (done.decided, done.left) == (0, 1)


@pytest.mark.parametrize("roles", [[], ["administrator"], ["policy owner", "auditor"]])
def test_only_reviewers_seal_and_only_with_a_reason(item: Item, ifan: Person, roles: list[str]) -> None:
    with pytest.raises(Missing):
        actions.report(make.viewer(make.person(roles=roles)), item, words=SAID, seal=WHY)
    with pytest.raises(Invalid) as refusal:
        actions.report(make.viewer(ifan), item, words=SAID, seal="short")
    assert refusal.value.field == "seal" and Case.select().count() == 0


def test_what_the_author_knows_already_cannot_be_sealed(item: Item, ifan: Person) -> None:
    actions.report(make.viewer(make.person()), item, words="Look.", clause="4.1")
    with pytest.raises(Invalid, match="knows"):
        actions.report(make.viewer(ifan), item, words=SAID, clause="4.1", seal=WHY)


def test_another_members_report_joins_a_sealed_case_and_tells_the_author_nothing(
    sealed: Case, item: Item, author: Person, settle: Settle
) -> None:
    actions.report(make.viewer(make.person()), item, words="I saw it too.", clause="4.1")
    settle()
    assert Case.select().count() == 1 and Case.get().reports == 2 and Notice.select().count() == 0
    assert Notification.select().where(Notification.person == author).count() == 0


@pytest.mark.backend
@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "short"},
        {"asked_by": "author"},
        {"approved_by": "asker"},
        {"approved_by": "author"},
        {"ends_at": timedelta(hours=25)},
        {"ends_at": timedelta(days=15), "approved_by": "second"},
        {"ends_at": timedelta(hours=-1)},
    ],
    ids=str,
)
def test_the_database_refuses_a_seal_of_one_person_or_without_reason_or_end(
    sealed: Case, author: Person, ifan: Person, senior: Person, changes: dict
) -> None:
    people = {"author": author, "asker": ifan, "second": senior}
    starts = Seal.get().starts_at
    bad = {
        k: people[v] if k.endswith("_by") else starts + v if k == "ends_at" else v for k, v in changes.items()
    }
    if "approved_by" in bad:
        bad["approved_at"] = starts
    with pytest.raises(peewee.IntegrityError), db.write():
        Seal.update(**bad).execute()
    with db.write():
        Seal.update(approved_by=senior, approved_at=starts, ends_at=starts + timedelta(days=14)).execute()


def test_the_report_page_offers_it_to_reviewers_only_and_keeps_what_was_written(
    client: Client, item: Item, ifan: Person
) -> None:
    client.sign_in(make.person()).get("policy.report", item_id=item.id)
    assert "Seal it" not in client.text()
    client.sign_in(ifan).get("policy.report", item_id=item.id)
    assert "Seal it" in client.text()
    sent = {"words": SAID, "clause": "4.1", "seal": "short"}
    page = client.post("policy.report", sent, status=422, item_id=item.id)
    assert SAID in page.get_text() and "20 characters" in page.get_text()
    client.post("policy.report", {**sent, "seal": WHY}, item_id=item.id)
    assert Seal.get().reason == WHY


def test_a_hub_that_would_tell_the_author_fails_loudly(sealed: Case, hub: Flask) -> None:
    """The twin of it all: the one function that tells authors refuses for a sealed case."""
    from hub.policy import cases

    with pytest.raises(RuntimeError), db.write():
        cases.tell("policy:asked", None, cases.lock(sealed), "asked", ("Subject", "Words"))
