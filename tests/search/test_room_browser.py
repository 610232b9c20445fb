"""Search in a real browser by keyboard: the words go along to the page, recent searches stay on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from hub.forums import actions as forums
from tests import make

pytestmark = pytest.mark.browser


def test_what_was_searched_for_is_marked_on_the_page_and_offered_again(
    hub: Flask, visit: Callable[..., Any], settle: Callable[[], None]
) -> None:
    ann = make.person("Ann Evans")
    where = make.space("Roads", "open", "everyone", editors=(ann,))
    category = forums.add_category(make.viewer(ann), where, name="Winter")
    words = "Gritters leave at two degrees. <b>Salt</b> is kept dry; regritting follows snow."
    item = forums.ask(make.viewer(ann), category, title="When do gritters leave?", body=words)
    settle()
    at = visit(ann)
    page = at.go("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("gritters salt")
    page.keyboard.press("Enter")
    page.locator(".hit-title a").first.press("Enter")
    page.wait_for_url(f"**/topics/{item.id}")
    assert page.locator("mark.found").all_inner_texts() == ["Gritters", "Salt"]
    assert page.locator(".prose b").count() == 0, "marking makes no markup of text"
    page.keyboard.press("/")
    expect(page.get_by_role("option", name="gritters salt")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=gritters%20salt")
    page.goto(at.address + "/people")
    page.keyboard.press("/")
    page.get_by_role("option", name="Forget these").click()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('searches:')).length") == 0


def test_nothing_is_marked_by_operators_alone(
    hub: Flask, visit: Callable[..., Any], settle: Callable[[], None]
) -> None:
    ann = make.person("Ann Evans")
    where = make.space("Roads", "open", "everyone", editors=(ann,))
    category = forums.add_category(make.viewer(ann), where, name="Winter")
    item = forums.ask(make.viewer(ann), category, title="Salt", body="kind words (or not) [about] salt.*")
    page = visit(ann).go(f"/topics/{item.id}?hl=kind%3Atopic+-words+OR+%28%5B.*&hit=item-1-1")
    page.wait_for_url(f"**/topics/{item.id}")
    assert page.locator("mark.found").count() == 0
