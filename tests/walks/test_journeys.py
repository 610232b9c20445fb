"""The main journeys, walked in Chromium as the people who make them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from hub.content.models import Item
from hub.forums import actions as forums
from hub.people import passwords
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make

pytestmark = [pytest.mark.browser, pytest.mark.backend]


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans", job_title="Head of Adult Care")


@pytest.fixture
def karen(hub: Flask) -> Person:
    return make.partner("Karen Whittle")


@pytest.fixture
def housing(ann: Person, karen: Person) -> Space:
    make.hub_space()
    space = make.space("Housing network", "open", "everyone", members=(karen,), editors=(ann,))
    forums.add_category(make.viewer(ann), space, name="Damp and mould")
    return space


def test_signing_in_with_the_keyboard_alone(visit: Callable, hub: Flask) -> None:
    make.hub_space()
    make.person(
        "Pete Sorensen",
        email="pete@marchford.example",
        password_hash=passwords.hash_of("a long enough password"),
    )
    page = visit().go("/sign-in")
    page.get_by_label("E-mail").focus()
    page.keyboard.type("pete@marchford.example")
    page.keyboard.press("Tab")
    page.locator("input[type=password]").focus()
    page.keyboard.type("a long enough password")
    page.keyboard.press("Enter")
    expect(page.locator(".me-name")).to_have_text("Pete Sorensen")


def test_a_head_of_service_publishes_a_post(
    visit: Callable, ann: Person, housing: Space, settle: Callable[[], None]
) -> None:
    page = visit(ann).go("/posts/new")
    page.get_by_label("Title").fill("What we learned from the single front door")
    page.locator("textarea[name=body]").fill("We took **1,412 calls** and closed 61% of them first time.")
    page.get_by_role("button", name=re.compile("Preview")).first.click()
    expect(page.locator(".composer-preview strong")).to_have_text("1,412 calls")
    page.get_by_role("button", name=re.compile("Publish|Post")).first.click()
    expect(page.locator("h1")).to_have_text("What we learned from the single front door")
    expect(page.locator("main")).to_contain_text("1,412 calls")
    settle()
    page.goto(page.url.split("/posts")[0] + "/search?q=front+door")
    expect(page.locator(".hit").first).to_contain_text("What we learned")


def test_a_document_is_uploaded_and_found_by_a_phrase_inside_it(
    visit: Callable, ann: Person, housing: Space, settle: Callable[[], None], sample_pdf: Path
) -> None:
    walk = visit(ann)
    page = walk.go(f"/spaces/{housing.slug}/documents")
    page.locator("input[type=file]").first.set_input_files(str(sample_pdf))
    expect(page.locator("main")).to_contain_text("winter-route-cards", timeout=15_000)
    settle()
    page = walk.go("/search?q=%22lilac+salamander%22")
    expect(page.locator(".hit").first).to_contain_text("lilac salamander")
    page.locator(".hit a").first.click()
    expect(page.locator("h1")).to_contain_text("winter-route-cards")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Download")).first.click()
    assert Path(download.value.path()).read_bytes() == sample_pdf.read_bytes()


def test_a_question_is_asked_answered_by_a_partner_and_marked_solved(
    visit: Callable, ann: Person, karen: Person, housing: Space, settle: Callable[[], None]
) -> None:
    page = visit(ann).go("/topics/new")
    page.get_by_label("Your question or subject").fill("Has anyone replaced the triage form?")
    page.locator("textarea[name=body]").fill("Ours asks 34 questions before anyone sees a photo.")
    page.locator("#composer-category").select_option(label="Damp and mould (Housing network)")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.locator("h1")).to_have_text("Has anyone replaced the triage form?")
    topic = page.url
    answering = visit(karen)
    other = answering.page
    other.goto(topic)
    other.locator("textarea[name=body]").fill("We start with the photo; our form is one page.")
    other.get_by_role("button", name="Post reply").click()
    expect(other.locator("#replies")).to_contain_text("We start with the photo")
    settle()
    page.goto(topic)
    page.get_by_role("button", name="This solved it").click()
    expect(page.locator(".solution")).to_contain_text("We start with the photo")
    other.goto(topic)
    expect(other.locator(".solution")).to_contain_text("We start with the photo")


def test_a_partner_cannot_find_what_is_for_staff(
    visit: Callable, ann: Person, karen: Person, housing: Space, settle: Callable[[], None]
) -> None:
    viewer = make.viewer(ann)
    category = forums.add_category(viewer, housing, name="Plans")
    hidden = forums.ask(
        viewer,
        category,
        title="Quokka restructure",
        body=f"For @{karen.handle} later: the quokka plan",
        tags=["quokka"],
        audience="staff",
        reason="Not announced yet",
    )
    forums.ask(viewer, category, title="Ordinary question", body="Everybody may read this")
    settle()
    walk = visit(karen)
    for path in (
        "/",
        "/forums",
        f"/forums/{category.id}",
        f"/spaces/{housing.slug}",
        "/search?q=quokka",
        "/search",
        "/tags",
        "/notifications",
        f"/people/{ann.handle}",
        "/blogs",
        "/documents",
    ):
        page = walk.go(path)
        text = page.locator("main").inner_text().replace("quokka", "", path.count("quokka") * 4)
        assert "Quokka" not in text and "quokka plan" not in text, path
    page = walk.go("/search")
    page.locator("#q").press_sequentially("quok", delay=20)
    expect(page.locator("#suggestions")).to_be_visible()
    assert "Quokka" not in page.locator("#suggestions").inner_text()
    walk.expected = ("404",)
    assert page.goto(walk.address + f"/topics/{hidden.id}").status == 404
    assert page.goto(walk.address + f"/items/{hidden.id}").status == 404
    assert page.goto(walk.address + "/tags/quokka").status == 404


def test_what_is_being_written_survives_closing_the_page(
    visit: Callable, ann: Person, housing: Space
) -> None:
    walk = visit(ann)
    page = walk.go("/topics/new")
    page.get_by_label("Your question or subject").fill("Half a question")
    page.locator("textarea[name=body]").press_sequentially("and half of its text", delay=5)
    expect(page.locator("[data-save-state]")).to_contain_text("Saved", timeout=15_000)
    page = walk.go("/forums")
    page = walk.go("/topics/new")
    expect(page.get_by_label("Your question or subject")).to_have_value("Half a question")
    expect(page.locator("textarea[name=body]")).to_have_value("and half of its text")


def test_the_hub_works_without_javascript(visit: Callable, ann: Person, housing: Space) -> None:
    page = visit(ann, java_script_enabled=False).go("/topics/new")
    page.get_by_label("Your question or subject").fill("A question without script")
    page.locator("textarea[name=body]").fill("Plain form, plain page.")
    page.locator("#composer-category").select_option(label="Damp and mould (Housing network)")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.locator("h1")).to_have_text("A question without script")
    page.locator("textarea[name=body]").fill("A reply")
    page.get_by_role("button", name="Post reply").click()
    page.get_by_role("button", name="Thanks").first.click()
    expect(page.locator("main")).to_contain_text("A reply")
    assert Item.select().where(Item.kind == "reply").count() == 1
