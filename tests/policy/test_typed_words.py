"""What people type about a case holds no raw value either: reports, questions, answers, notes, reasons, appeals."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from hub.content.models import Item
from hub.people.models import Person
from hub.policy import actions, detector
from hub.policy.desk import queries as desk
from hub.policy.fairness import conflicts, exceptions
from hub.policy.models import Case, CaseEvent, Notice, Report, Restriction
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room
from tests.policy.test_invariant_twins import SECRET, seen_by_our_own_detector

Settle = Callable[[], None]
SAID = f"It says NHS number {room.NHS} there, and that {SECRET[0].lower()}{SECRET[1:]}"


def whole_case(author: Person, where: Space, ifan: Person, senior: Person, settle: Settle) -> None:
    """Everything that can be typed about one case, each time with a number and a password."""
    item, case = room.flagged(settle, author, where)
    first, second, me = make.viewer(ifan), make.viewer(senior), make.viewer(author)
    actions.report(make.viewer(make.person()), item, words=SAID, clause=case.clause)
    actions.claim(first, room.fresh(case))
    actions.note(first, room.fresh(case), SAID)
    actions.show_name(first, room.fresh(case), SAID)
    actions.ask(first, room.fresh(case), SAID)
    actions.answer(me, room.fresh(case), SAID)
    decision = actions.decide(first, room.fresh(case), outcome="breach", reason=SAID, hide_days=3)
    actions.approve(second, Restriction.get(), SAID)
    actions.lift(second, Restriction.get(), SAID)
    appeal = actions.appeal(me, decision, SAID)
    judge = make.viewer(room.senior())
    actions.hear(judge, appeal, outcome="overturned", reason=SAID)
    actions.reopen(judge, room.fresh(case), SAID)
    conflicts.escalate(judge, room.fresh(case), SAID)
    other = make.item(author, where, "topic", body="Plain words.")
    actions.report(make.viewer(ifan), other, words=SAID, seal=SAID)
    exceptions.ask(me, name="uk_nhs", what=SAID, reason=SAID, months=1, person=None, space=where)


@pytest.mark.backend
def test_8_nothing_that_is_typed_about_a_case_keeps_a_value(
    hub: Flask, author: Person, where: Space, ifan: Person, senior: Person, settle: Settle
) -> None:
    whole_case(author, where, ifan, senior, settle)
    settle()
    assert seen_by_our_own_detector(hub, "") == set()
    assert "NHS number" in Report.select().order_by(Report.id).first().words, (
        "the rest stands as it was typed"
    )


def test_8_its_twin_without_masking_it_would_be_found(
    hub: Flask,
    author: Person,
    where: Space,
    ifan: Person,
    senior: Person,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(detector, "masked", lambda words: words)
    whole_case(author, where, ifan, senior, settle)
    assert {"policy_report", "policy_case_event", "policy_notice", "policy_appeal"} <= (
        seen_by_our_own_detector(hub, "")
    )


def test_words_are_kept_as_they_are_where_the_detector_is_away(
    case: Case, ifan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off() -> None:
        raise detector.Away("switched off")

    monkeypatch.setattr(detector, "_engine", off)
    actions.claim(make.viewer(ifan), case)
    actions.note(make.viewer(ifan), room.fresh(case), SAID)
    assert CaseEvent.get(CaseEvent.name == "noted").words == SAID, "nobody is kept from working"
    detector.recover()


def test_the_preview_is_word_for_word_what_the_author_receives(
    client: Client, case: Case, ifan: Person
) -> None:
    client.sign_in(ifan)
    client.get("policy.desk")
    client.post("policy.claim", {"version": case.version}, case_id=case.id)
    form = {"outcome": "advice", "reason": SAID, "clause": "2.1", "version": room.fresh(case).version}
    page = client.post("policy.decide", {**form, "do": "preview"}, status=200, case_id=case.id)
    shown = page.find(class_="notice-plum").get_text(" ", strip=True)
    assert room.NHS not in shown
    client.post("policy.decide", form, case_id=case.id)
    notice = Notice.get(Notice.kind == "decided")
    for line in (notice.subject, *notice.words.split("\n\n")):
        assert " ".join(line.split()) in " ".join(shown.split())
    assert Item.get_by_id(case.item_id).body == room.TEXT and desk is not None
