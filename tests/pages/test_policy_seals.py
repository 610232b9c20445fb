"""Sealing, undoing, groups, lapsed cases and the Welsh text, as people meet them: accessible, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import expect

from hub import clock
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.policy import actions as policy
from hub.policy.fairness import conflicts, sealing
from hub.policy.models import Case
from tests import looks, make
from tests.policy import room
from tests.policy.test_welsh import WELSH

pytestmark = pytest.mark.browser
Settle = Callable[[], None]
WHY = "A child could be in danger if this were known."


def test_sealed_undone_alike_lapsed_and_in_welsh(
    visit: Callable[..., Any], hub: Flask, settle: Settle
) -> None:
    make.hub_space()
    room.policy(welsh=WELSH)
    ann, ifan, sian = make.person("Ann Evans"), room.reviewer("Ifan Rees"), room.senior("Sian Senior")
    housing = make.space("Housing", "open", "everyone", editors=(ann,))
    forums.add_category(make.viewer(ann), housing, name="Damp")

    def ask(title: str) -> Any:
        return forums.ask(make.viewer(ann), Category.get(), title=title, body=room.TEXT)

    with time_machine.travel(clock.now() - timedelta(days=40), tick=False):
        old = ask("An old one")
        settle()
    conflicts.lapse()
    lapsed = Case.get(Case.item == old.id)
    assert lapsed.state == "lapsed"
    items = [ask(f"Referral {n}") for n in range(3)]
    settle()
    group = Case.get(Case.item == items[0].id)
    reviewer, senior, author = (visit(person) for person in (ifan, sian, ann))
    problems: list[str] = []

    def look_at(walk: Any, what: str, path: str = "") -> Any:
        page = walk.go(path) if path else walk.page
        page.evaluate("document.querySelectorAll('#main details').forEach(d => d.open = true)")
        problems.extend(looks.problems(page, what))
        return page

    # Sealed when it is reported; the senior reviewer approves it; its author sees nothing of it.
    page = look_at(reviewer, "the report page of a reviewer", f"/items/{items[1].id}/report")
    page.get_by_label("Which clause is it about?").select_option("4.1")
    page.get_by_label("What is wrong?").fill("Somebody is followed home here.")
    page.get_by_label("Why may the author not know yet?").fill(WHY)
    page.get_by_role("button", name="Report it").click()
    expect(page.locator("main")).to_contain_text("Reported")
    sealed = Case.get(Case.clause == "4.1")
    look_at(senior, "the desk with a sealed case", "/desk?show=second")
    page = look_at(senior, "a case sealed for a day", f"/desk/{sealed.id}")
    page.get_by_role("button", name="Approve it as a second person").click()
    expect(page.locator("#sealed")).to_be_visible()
    look_at(senior, "a case sealed and approved")
    expect(author.go("/my-flags").locator("main")).not_to_contain_text("A colleague reported this")
    page = senior.go(f"/desk/{sealed.id}")
    page.get_by_role("button", name="Open it and tell the author").click()
    expect(page.locator("#sealed")).to_have_count(0)
    expect(
        look_at(author, "my flags, a seal ended and one lapsed", "/my-flags").locator("main")
    ).to_contain_text("A colleague reported this")

    # Decided, and taken back.
    look_at(reviewer, "a group alike", f"/desk?alike={group.id}")
    page = reviewer.go(f"/desk/{group.id}")
    page.get_by_role("button", name="Claim it").click()
    page.get_by_role("radio", name="No breach").check()
    page.get_by_role("button", name="Decide and tell the author").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    look_at(reviewer, "the desk with undo")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("h1")).to_have_text(f"Case {group.id}")

    look_at(reviewer, "a lapsed case", f"/desk/{lapsed.id}")
    look_at(reviewer, "closed ones", "/desk?show=decided")
    page = look_at(author, "the policy in Welsh", "/policy?language=cy")
    expect(page.locator("#clause-2\\.1")).to_have_attribute("lang", "cy")
    assert not problems, "\n".join(problems[:25])
    assert sealing.of_case(room.fresh(sealed)) is None and policy.waiting() == 0
