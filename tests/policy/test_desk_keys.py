"""The desk by keyboard alone, in a real browser: a routine case in three keys, counted; and taken back with one."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hub.people.models import Person
from hub.policy.models import Case, Decision, Notice
from hub.spaces.models import Space
from tests import make
from tests.policy import room

pytestmark = [pytest.mark.browser]
KEYS_MOST = 3
SECONDS_MOST = 20


class Keyboard:
    """Presses keys and counts them. There is no mouse."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        self.pressed += 1
        self.page.keyboard.press(key)


@pytest.fixture
def cases(author: Person, where: Space, settle: Callable[[], None]) -> list[Case]:
    make.hub_space()
    for number in range(3):
        make.item(author, where, "topic", title=f"Rota {number}", body=room.TEXT)
    settle()
    return list(Case.select().order_by(Case.rank.desc(), Case.id.desc()))


@pytest.mark.parametrize(
    ("digit", "outcome"), [("1", "rule_was_wrong"), ("2", "no_breach"), ("3", "fixed_by_author")]
)
def test_a_routine_case_takes_three_keys(
    visit: Callable, ifan: Person, cases: list[Case], digit: str, outcome: str
) -> None:
    page = visit(ifan).go("/desk")
    expect(page.locator(".desk-row")).to_have_count(3)
    keyboard, began = Keyboard(page), time.monotonic()
    keyboard.press("c")
    expect(page.locator("h1")).to_have_text(f"Case {cases[0].id}")
    keyboard.press(digit)
    expect(page.locator(f"input[value={outcome}]")).to_be_checked()
    expect(page.locator("textarea[name=reason]")).not_to_have_value("")
    keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Review desk")
    assert keyboard.pressed <= KEYS_MOST and time.monotonic() - began <= SECONDS_MOST
    row = Decision.get()
    assert (row.case_id, row.outcome) == (cases[0].id, outcome) and len(row.reason) >= 20
    assert Notice.get_by_id(row.notice_id).person_id == cases[0].author_id

    keyboard.press("u")
    expect(page.locator("h1")).to_have_text(f"Case {cases[0].id}")
    expect(page.locator("main")).to_contain_text("Yours until")
    assert Decision.select().count() == 0 and room.fresh(cases[0]).state == "claimed"


def test_the_row_that_is_chosen_is_the_one_that_is_claimed_ticked_and_opened(
    visit: Callable, ifan: Person, cases: list[Case]
) -> None:
    page = visit(ifan).go("/desk")
    keyboard = Keyboard(page)
    keyboard.press("j")
    keyboard.press("j")
    keyboard.press("x")
    expect(page.locator("input[name=case]").nth(1)).to_be_checked()
    expect(page.locator("input[name=case]").nth(0)).not_to_be_checked()
    keyboard.press("c")
    expect(page.locator("h1")).to_have_text(f"Case {cases[1].id}")


def test_what_was_found_is_blurred_until_asked_for_and_the_decision_goes_on_by_key(
    visit: Callable, ifan: Person, cases: list[Case]
) -> None:
    visitor = visit(ifan)
    page = visitor.go("/desk")
    keyboard = Keyboard(page)
    keyboard.press("c")
    mark = page.locator(".case-text mark").first
    blur = "e => getComputedStyle(e).filter"
    assert mark.evaluate(blur) != "none"
    keyboard.press("b")
    assert mark.evaluate(blur) == "none"
    keyboard.press("2")
    expect(page.locator("input[value=no_breach]")).to_be_checked()
    page = visitor.go("/desk")
    page.get_by_role("button", name="Never blur what was found").click()
    page = visitor.go(f"/desk/{cases[0].id}")
    assert page.locator(".case-text mark").first.evaluate(blur) == "none"


def test_without_script_a_case_is_claimed_from_the_list_and_the_found_text_can_be_shown(
    client: object, ifan: Person, cases: list[Case]
) -> None:
    page = client.sign_in(ifan).get("policy.desk")  # type: ignore[attr-defined]
    assert len(page.select(".desk-row form button[data-claim]")) == 3
    page = client.post("policy.claim", case_id=cases[1].id, follow=True)  # type: ignore[attr-defined]
    box = page.find("input", attrs={"data-show-found": True})
    assert box["type"] == "checkbox" and not box.has_attr("checked")
    assert page.find(id="conversation") is not None
