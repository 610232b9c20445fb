"""The audit chain proves itself, what is old goes, and everybody can take along what is held about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

import config
from hub import clock, db, events
from hub.events import Event
from hub.people.models import Person
from hub.policy import actions
from hub.policy.behaviour import BehaviourFinding
from hub.policy.fairness import exceptions
from hub.policy.models import Case, CaseEvent, Decision, Finding, Notice, Report
from hub.policy.rulebook import rehearsal
from hub.policy.rulebook.models import DryHit, DryRun
from hub.policy.trail import chain, keeping
from hub.policy.trail.models import AuditRow, ChainEnd, MonthFigures, PublishedHead
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
REASON = room.REASON


@pytest.fixture
def author(hub: Flask) -> Person:
    (hub.config["HUB"].data_path / chain.FILE).unlink(missing_ok=True)
    room.policy()
    return make.person("Ann Evans")


@pytest.fixture
def decision(author: Person, where: Space, ifan: Person, settle: Settle) -> Decision:
    case = room.flagged(settle, author, where)[1]
    viewer = make.viewer(ifan)
    actions.claim(viewer, case)
    return actions.decide(viewer, room.fresh(case), outcome="no_breach", reason=REASON)


def recorded_and_undone() -> None:
    with db.write():
        events.record("policy:claimed", None)
        raise ZeroDivisionError


@pytest.mark.backend
def test_every_policy_event_has_its_link_in_the_same_transaction(decision: Decision) -> None:
    names = [e.name for e in Event.select().where(Event.name.startswith("policy:")).order_by(Event.id)]
    assert [
        r.name for r in AuditRow.select().order_by(AuditRow.number)
    ] == names and "policy:decided" in names
    assert chain.verify() == []
    with pytest.raises(ZeroDivisionError):
        recorded_and_undone()
    assert chain.verify() == [] and AuditRow.select().count() == len(names)


def test_the_links_hold_ids_and_codes_and_no_words(decision: Decision) -> None:
    for row in AuditRow.select():
        assert set(row.codes) <= set(chain.CODES)
        assert REASON not in str(row.__data__) and room.NHS not in str(row.__data__)


def tampered(how: str, folder: Path) -> None:
    if how == "a changed outcome":
        AuditRow.update(codes={"outcome": "breach"}).where(AuditRow.number == 2).execute()
    elif how == "another actor":
        AuditRow.update(actor_id=99).where(AuditRow.number == 2).execute()
    elif how == "a missing link":
        AuditRow.delete().where(AuditRow.number == 2).execute()
    elif how == "a cut end":
        last = AuditRow.select().order_by(AuditRow.number.desc()).get()
        AuditRow.delete().where(AuditRow.number == last.number).execute()
    elif how == "one link written and hashed anew":
        second = AuditRow.get(AuditRow.number == 2)
        second.codes = {"outcome": "no_breach"}
        second.hash = chain.digest(second)
        second.save()
    elif how == "a cut end with its events":
        last = AuditRow.select().order_by(AuditRow.number.desc()).get()
        AuditRow.delete().where(AuditRow.number == last.number).execute()
        Event.delete().where(Event.id == last.event_id).execute()
        PublishedHead.delete().execute()
        (folder / chain.FILE).unlink()
    elif how == "an event without a link":
        Event.create(name="policy:claimed", at=clock.now())
    elif how == "a link put in between":
        # Everything after it is numbered and hashed anew, and the end and the table of heads are made to fit.
        forged = AuditRow.get(AuditRow.number == 1)
        rows = list(AuditRow.select().order_by(AuditRow.number))
        AuditRow.delete().execute()
        previous = chain.BEGINNING
        for number, row in enumerate([rows[0], forged, *rows[1:]], 1):
            row.number, row.previous = number, previous
            row.event_id = row.event_id if number != 2 else 10_000
            row.hash = previous = chain.digest(row)
            row.save(force_insert=True)
        ChainEnd.update(number=ChainEnd.number + 1, hash=previous).execute()
        PublishedHead.delete().execute()
    elif how == "a beginning cut off before its time":
        first = AuditRow.get(AuditRow.number == 2)
        AuditRow.delete().where(AuditRow.number <= 2).execute()
        ChainEnd.update(kept_from=3, before_kept=first.hash).execute()
    elif how == "the whole chain written anew":
        # The strongest attacker rewrites every link, the end and the table of heads; only the file is out of reach.
        AuditRow.update(actor_id=None).execute()
        previous = chain.BEGINNING
        for row in AuditRow.select().order_by(AuditRow.number):
            row.previous = previous
            row.hash = previous = chain.digest(row)
            row.save()
        ChainEnd.update(hash=previous).execute()
        PublishedHead.delete().execute()


@pytest.mark.parametrize(
    "how",
    [
        "a changed outcome",
        "another actor",
        "a missing link",
        "a cut end",
        "a cut end with its events",
        "one link written and hashed anew",
        "an event without a link",
        "a link put in between",
        "a beginning cut off before its time",
        "the whole chain written anew",
    ],
)
def test_tampering_is_found(decision: Decision, hub: Flask, how: str) -> None:
    PublishedHead.delete().execute()  # The worker has published the day's head before the decision.
    if how == "a beginning cut off before its time":
        second = AuditRow.get(AuditRow.number == 2)
        PublishedHead.create(day=f"{clock.now():%Y-%m-%d}", number=2, hash=second.hash)
    chain.publish()
    kept = timedelta(days=2192)
    assert chain.verify(kept) == []
    tampered(how, hub.config["HUB"].data_path)
    assert chain.verify(kept) != []
    result = hub.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 1 and result.output


def test_the_head_is_published_once_a_day_in_file_and_table(decision: Decision, hub: Flask) -> None:
    chain.publish()
    chain.publish()
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        chain.publish()
    lines = (hub.config["HUB"].data_path / chain.FILE).read_text().splitlines()
    assert len(lines) == 2 == PublishedHead.select().count()
    result = hub.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 0 and "whole" in result.output


# --- how long -----------------------------------------------------------------------------------------------------


@pytest.mark.backend
@pytest.mark.parametrize(
    ("outcome", "days"), [("no_breach", 90), ("rule_was_wrong", 90), ("advice", 365), ("breach", 730)]
)
def test_a_case_goes_after_its_time_and_not_before(
    author: Person, where: Space, ifan: Person, settle: Settle, outcome: str, days: int
) -> None:
    item, case = room.flagged(settle, author, where)
    reporter = make.person()
    actions.report(make.viewer(reporter), item, words="I saw it.", clause="2.1")
    actions.claim(make.viewer(ifan), room.fresh(case))
    actions.decide(make.viewer(ifan), room.fresh(case), outcome=outcome, reason=REASON)
    with time_machine.travel(clock.now() + timedelta(days=days - 1), tick=False):
        keeping.tidy()
        assert Case.select().count() == 1
        assert (Report.get().person_id is None) == (days > 366)
    with time_machine.travel(clock.now() + timedelta(days=days + 1), tick=False):
        keeping.tidy()
        for table in (Case, CaseEvent, Finding, Notice, Report, Decision):
            assert table.select().count() == 0, table.__name__
        assert MonthFigures.select().count() >= days // 31, "the months keep their figures"
        assert chain.verify() == []


@pytest.fixture
def short(hub: Flask) -> Iterator[None]:
    """Other settings than the usual ones."""
    wanted = {
        "keep_findings_days": 3,
        "keep_mild_days": 5,
        "keep_advice_days": 7,
        "keep_breach_days": 11,
        "keep_reporter_days": 2,
        "keep_audit_days": 30,
    }
    keeping.attach(config.load({f"HUB_{name.upper()}": str(days) for name, days in wanted.items()}))
    yield
    keeping.attach(hub.config["HUB"])


@pytest.mark.backend
@pytest.mark.parametrize(("outcome", "days"), [("no_breach", 5), ("advice", 7), ("breach", 11)])
def test_the_settings_say_how_long(
    short: None, author: Person, where: Space, ifan: Person, settle: Settle, outcome: str, days: int
) -> None:
    item, case = room.flagged(settle, author, where)
    actions.report(make.viewer(make.person()), item, words="I saw it.", clause="2.1")
    BehaviourFinding.create(rule="posting", number=20, threshold=12, hour="x", at=clock.now())
    with db.write():
        Finding.update(case=None).where(Finding.case == case).execute()
    room.decided(case, ifan, outcome)
    for after, there in ((1, (1, 1, 1)), (4, (1, 0, 0)), (days - 0.1, (1, 0, 0)), (days + 0.1, (0, 0, 0))):
        with time_machine.travel(clock.now() + timedelta(days=after), tick=False):
            keeping.tidy()
            loose = BehaviourFinding.select().count()
            assert (Case.select().count(), Finding.select().count(), loose) == there, after
    before = AuditRow.select().count()
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        keeping.tidy()
    assert before > AuditRow.select().count() == 0 and chain.verify() == []


def test_a_case_that_must_stay_keeps_no_other_from_going(
    author: Person, where: Space, ifan: Person, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "BATCH", 2)
    kept = []
    for number in range(6):
        case = room.flagged(settle, author, where, body=f"{room.TEXT} {number}")[1]
        decision = room.decided(case, ifan, "no_breach")
        if number < 3:
            actions.appeal(make.viewer(author), decision, "I had rather it were heard.")
            kept.append(case.id)
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        keeping.tidy()
    assert [c.id for c in Case.select().order_by(Case.id)] == kept


@pytest.mark.parametrize("days", ["0", "-1", "many"])
def test_a_time_of_keeping_is_a_number_of_days(days: str) -> None:
    with pytest.raises(config.Misconfigured, match="HUB_KEEP_MILD_DAYS"):
        config.load({"HUB_KEEP_MILD_DAYS": days})


def test_open_cases_and_recent_findings_stay(author: Person, where: Space, settle: Settle) -> None:
    room.flagged(settle, author, where)
    with time_machine.travel(clock.now() + timedelta(days=1000), tick=False):
        keeping.tidy()
        assert Case.select().count() == 1 and Finding.select().count() > 0


@pytest.mark.backend
def test_hits_of_dry_runs_go_with_the_findings_that_raised_no_flag(
    author: Person, where: Space, settle: Settle
) -> None:
    editor = make.viewer(make.person(roles=["rule editor"]))
    make.item(author, where, "topic", body=room.TEXT)
    run = rehearsal.start(editor, "uk_nhs", months=1)
    settle()
    assert DryHit.select().count() == 1
    with time_machine.travel(clock.now() + timedelta(days=89), tick=False):
        keeping.tidy()
        assert DryHit.select().count() == 1
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        keeping.tidy()
        assert DryHit.select().count() == 0 and DryRun.get_by_id(run.id).hits == 1, "the number stays"


def test_the_chain_is_pruned_after_six_years_and_still_whole(decision: Decision) -> None:
    chain.publish()
    before = AuditRow.select().count()
    with time_machine.travel(clock.now() + timedelta(days=5 * 365), tick=False):
        room.policy(number=77)
        keeping.tidy()
        assert AuditRow.select().count() == before + 1
    with time_machine.travel(clock.now() + timedelta(days=6 * 365 + 3), tick=False):
        keeping.tidy()
        assert AuditRow.select().count() == 1 and chain.verify(keeping.kept("audit")) == []
        AuditRow.update(actor_id=5).execute()
        assert chain.verify() != []


# --- one's own ----------------------------------------------------------------------------------------------------


def test_everybody_takes_what_is_held_about_them_and_not_who_reported(
    client: Client, author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    item, case = room.flagged(settle, author, where)
    reporter = make.person("Rhona Reporter")
    actions.report(make.viewer(reporter), item, words="I saw it here.", clause="2.1")
    actions.claim(make.viewer(ifan), room.fresh(case))
    actions.decide(make.viewer(ifan), room.fresh(case), outcome="advice", reason=REASON)
    exceptions.ask(
        make.viewer(author),
        name="uk_nhs",
        what="Invented numbers",
        reason=REASON,
        months=1,
        person=None,
        space=where,
    )
    client.sign_in(author).get("policy.my_data")
    assert "Invented numbers" in client.last.get_data(as_text=True)
    text = client.last.get_data(as_text=True)
    assert REASON in text and "Rhona" not in text and "I saw it here" not in text and room.NHS not in text
    assert "attachment" in client.last.headers["Content-Disposition"]
    client.sign_in(reporter).get("policy.my_data")
    assert "I saw it here" in client.last.get_data(as_text=True) and REASON not in client.last.get_data(
        as_text=True
    )
