"""What static/hub.js does, in a real browser under the CSP: keys, suggestions, composer, uploads, focus."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from markupsafe import Markup
from playwright.sync_api import Browser, Page, expect

from tests.web.gallery import ROOT, Answer, Asked, environment, gallery, page_of, render, serving

CHROMIUM = os.environ.get("HUB_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
HTMX = ROOT / "static" / "vendor" / "htmx-2.0.10.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not os.environ.get("CI") and not CHROMIUM, reason="no Chromium here: install chromium"
    ),
    pytest.mark.skipif(not HTMX.exists(), reason="static/vendor is empty: run make setup"),
]
HTML, JSON = "text/html", "application/json"
COMPOSER = (
    '{% from "components/composer.html" import composer %}{% block title %}Write{% endblock %}'
    "{% block content %}<h1>Write</h1>"
    '{{ composer("/posts", draft_url="/drafts/new", upload_url="/attach") }}{% endblock %}'
)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Any]:
    """visit(source, answers, **page values) → (page, what was asked): opens a page in a fresh context."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(5000)
    complaints: list[str] = []
    servers: list[Any] = []

    def open_page(
        source: str, answers: dict[str, Answer] | None = None, **values: Any
    ) -> tuple[Page, list[Asked]]:
        html = page_of(source, **values)
        server = serving({"/": lambda _: (200, HTML, html), **(answers or {})})
        address, seen = server.__enter__()
        servers.append(server)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None
        )
        page.goto(address + "/")
        return page, seen

    yield open_page
    context.close()
    for server in servers:
        server.__exit__(None, None, None)
    assert complaints == []


def test_every_component_meets_wcag_in_light_and_dark_wide_and_narrow(visit: Any) -> None:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    for theme in ("light", "dark"):
        page, _ = visit(gallery(), viewer_theme=theme)
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            found = Axe().run(page, options=rules).response["violations"]
            assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_text_of_twice_the_size_needs_no_sideways_scrolling(visit: Any) -> None:
    page, _ = visit(gallery())
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") == 640


def test_on_paper_nothing_stands_that_can_only_be_pressed_and_every_time_has_its_date(visit: Any) -> None:
    page, _ = visit(gallery())
    assert page.locator("button:visible, .btn:visible").count() > 10
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("button:visible, .btn:visible, input[type=file]:visible, .top:visible").count() == 0
    dated = page.locator("time:visible").first.evaluate("(time) => getComputedStyle(time, '::after').content")
    assert "Tuesday 17 November 2026 at 16:40" in dated
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_buttons_and_links_that_stand_alone_are_large_enough(visit: Any) -> None:
    page, _ = visit(gallery())
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .btn, .side a, .pager a, .icon-btn, select, input')]
        .filter((e) => !/checkbox|radio/.test(e.type))
        .filter((e) => e.offsetParent && getComputedStyle(e).opacity !== '0')
        .filter((e) => e.getBoundingClientRect().height < 40).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_htmx_is_told_its_settings_before_it_starts(visit: Any) -> None:
    page, _ = visit("")
    told = page.evaluate("({...htmx.config})")
    assert page.evaluate("!document.querySelector('style')")
    assert (told["allowEval"], told["selfRequestsOnly"], told["includeIndicatorStyles"]) == (
        False,
        True,
        False,
    )
    assert (told["historyCacheSize"], told["refreshOnHistoryMiss"], told["timeout"]) == (0, True, 20000)


def test_slash_and_ctrl_k_go_to_the_search_box(visit: Any) -> None:
    page, _ = visit("")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("")
    page.locator("#main").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#q")).to_be_focused()


def test_single_keys_can_be_switched_off(visit: Any) -> None:
    page, _ = visit("", viewer_keys="off")
    page.keyboard.press("/")
    page.keyboard.press("?")
    expect(page.locator("#q")).not_to_be_focused()
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.locator("#q")).to_be_focused()


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(visit: Any) -> None:
    page, _ = visit("")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("g h")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


SUGGESTED = [
    {
        "title": "People",
        "entries": [{"label": "Ann Evans", "url": "/people/ann"}, {"label": "Anwen", "url": "/people/anwen"}],
    }
]


def test_suggestions_are_walked_by_arrow_keys_and_taken_by_enter(visit: Any) -> None:
    html = render("{{ suggestions(groups) }}", "suggestions", groups=SUGGESTED)
    page, _ = visit(
        "",
        {
            "/search/suggest": lambda _: (200, HTML, html),
            "/people/anwen": lambda _: (200, HTML, "<h1>Anwen</h1>"),
        },
    )
    box = page.locator("#q")
    box.press_sequentially("an")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-2")
    box.press("Enter")
    page.wait_for_url("**/people/anwen")


def test_ctrl_k_opens_the_command_menu_and_typing_turns_it_into_the_search(visit: Any) -> None:
    menu = render("{{ suggestions(groups) }}", "suggestions", groups=SUGGESTED)
    page, seen = visit("", {"/search/suggest": lambda _: (200, HTML, menu)})
    page.keyboard.press("Control+k")
    box = page.locator("#q")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "true")
    assert any(asked.path.endswith("?commands=1") for asked in seen)
    box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")


def test_escape_closes_the_suggestions_and_keeps_the_words(visit: Any) -> None:
    html = render("{{ suggestions(groups) }}", "suggestions", groups=SUGGESTED)
    page, _ = visit("", {"/search/suggest": lambda _: (200, HTML, html)})
    page.locator("#q").press_sequentially("an")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#q")).to_have_value("an")


def test_the_draft_is_saved_while_writing_and_the_page_says_when(visit: Any) -> None:
    answer = json.dumps({"saved": "14:02", "fields": {"draft": 12}})
    page, seen = visit(COMPOSER, {"/drafts/new": lambda _: (200, JSON, answer)})
    page.get_by_label("Text", exact=True).fill("Damp and mould")
    expect(page.locator("[data-save-state]")).to_have_text("Saved 14:02")
    sent = next(asked for asked in seen if asked.path == "/drafts/new")
    assert parse_qs(sent.body)["body"] == ["Damp and mould"]
    assert sent.headers["X-CSRFToken"] == "token-for-tests"
    expect(page.locator("input[name=draft]")).to_have_value("12")


def test_a_draft_that_could_not_be_saved_is_said_kept_and_offered_again(visit: Any) -> None:
    page, _ = visit(COMPOSER, {"/drafts/new": lambda _: (503, HTML, "no")})
    page.get_by_label("Text", exact=True).fill("Three hours of work")
    expect(page.locator("[data-save-state]")).to_have_text("Not saved, keeping a copy on this device")
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value("")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Three hours of work")


def test_the_copy_is_forgotten_once_the_text_is_posted_but_not_when_it_was_refused(visit: Any) -> None:
    replies = ['<p class="error-summary">No</p>', "<p>Posted</p>"]
    pages = [page_of("{% block content %}" + words + "{% endblock %}") for words in replies]
    page, _ = visit(COMPOSER, {"/posts": lambda _: (200, HTML, pages.pop(0))})
    for still_kept in (True, False):
        page.get_by_label("Title").fill("Gritting")
        page.get_by_label("Text", exact=True).fill("Every road")
        page.get_by_role("button", name="Post").click()
        page.wait_for_url("**/posts")
        assert page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('kept:'))") is still_kept
        page.go_back()


DOOR = """{% block content %}<h1>Sign in</h1>{{ told }}<form class="card stack door" method="post" action="/sign-in">
<label for="composer-title">E-mail</label><input id="composer-title" type="email" name="email">
<label for="word">Password</label><input id="word" type="password" name="password"><button>Go in</button></form>{% endblock %}"""


def test_a_session_that_ended_is_begun_again_in_place_and_keeps_the_text(visit: Any) -> None:
    drafts = [(401, HTML, ""), (200, JSON, json.dumps({"saved": "14:02"}))]
    nobody = {"person": None}
    refused = page_of(DOOR, viewer=nobody, told=Markup('<p id="refused" role="alert">Not right</p>'))
    tries = [(422, HTML, refused), (200, HTML, page_of("", csrf_token=lambda: "a new token"))]

    def door(asked: Asked) -> tuple[int, str, str]:
        return tries.pop(0) if asked.method == "POST" else (200, HTML, page_of(DOOR, viewer=nobody))

    page, seen = visit(COMPOSER, {"/drafts/new": lambda _: drafts.pop(0), "/sign-in": door})
    text = page.get_by_label("Text", exact=True)
    text.fill("Not lost")
    page.get_by_role("link", name="Sign in here").click()
    dialog = page.get_by_role("dialog")
    for word in ("wrong", "right"):
        expect(dialog.get_by_label("E-mail")).to_be_focused()
        dialog.get_by_label("E-mail").fill("ann@example.org")
        dialog.get_by_label("Password").fill(word)
        dialog.get_by_label("Password").press("Enter")
        if word == "wrong":
            expect(dialog.get_by_role("alert")).to_have_text("Not right")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("You are signed out")).to_have_count(0)
    expect(text).to_have_value("Not lost")
    expect(text).to_be_focused()
    expect(page.locator("[data-save-state]")).to_have_text("Saved 14:02")
    assert page.locator(".composer [name=csrf_token]").input_value() == "a new token"
    assert [asked.path for asked in seen if asked.method == "POST"].count("/sign-in") == 2


def test_the_tools_mark_what_is_selected(visit: Any) -> None:
    page, _ = visit(COMPOSER)
    text = page.get_by_label("Text", exact=True)
    text.fill("one\ntwo")
    text.select_text()
    page.get_by_role("button", name="List").click()
    expect(text).to_have_value("- one\n- two")
    text.select_text()
    text.press("Control+b")
    expect(text).to_have_value("**- one\n- two**")


def test_a_mention_is_completed_from_the_people(visit: Any) -> None:
    people = json.dumps(
        [
            {"handle": "dev.patel", "name": "Dev Patel"},
            {"handle": "dewi", "name": "<img src=x onerror=alert(1)>"},
        ]
    )
    page, _ = visit(COMPOSER, {"/people/suggest": lambda _: (200, JSON, people)})
    text = page.get_by_label("Text", exact=True)
    text.press_sequentially("Ask @de")
    expect(page.get_by_role("option")).to_have_count(2)
    expect(page.locator("img")).to_have_count(0)
    text.press("Enter")
    expect(text).to_have_value("Ask @dev.patel ")


def test_a_pasted_picture_is_uploaded_and_its_markdown_put_where_the_cursor_is(visit: Any) -> None:
    page, seen = visit(
        COMPOSER, {"/attach": lambda _: (200, JSON, json.dumps({"id": 7, "markdown": "![plan](/files/1)"}))}
    )
    page.evaluate(
        """() => { const clipboardData = new DataTransfer();
        clipboardData.items.add(new File(['x'], 'plan.png', {type: 'image/png'}));
        document.querySelector('[data-body]').dispatchEvent(
          new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true})); }"""
    )
    expect(page.get_by_label("Text", exact=True)).to_have_value("![plan](/files/1)\n")
    expect(page.locator("input[name=attached]")).to_have_value("7")
    assert any("plan.png" in asked.body for asked in seen if asked.path == "/attach")


def test_a_cover_is_not_taken_for_a_file_to_attach_and_a_file_goes_to_the_end_of_a_text_nobody_is_in(
    visit: Any,
) -> None:
    source = COMPOSER.replace(
        '{{ composer("/posts",', '{% call composer("/posts", body="Written before.",'
    ).replace(
        ") }}{% endblock %}",
        ') %}<input type="file" name="cover" aria-label="Cover">{% endcall %}{% endblock %}',
    )
    page, seen = visit(
        source, {"/attach": lambda _: (200, JSON, json.dumps({"id": 7, "markdown": "![plan](/files/1)"}))}
    )
    plan = {"name": "plan.png", "mimeType": "image/png", "buffer": b"x"}
    page.get_by_label("Cover").set_input_files(plan)
    assert page.get_by_label("Cover").evaluate("input => input.files.length") == 1
    page.get_by_label("Attach files").set_input_files(plan)
    expect(page.get_by_label("Text", exact=True)).to_have_value("Written before.\n\n![plan](/files/1)\n")
    assert [asked.path for asked in seen].count("/attach") == 1


UPLOAD = (
    '{% from "components/upload.html" import upload %}'
    '{% block content %}{{ upload("/up", fields={"folder": "Policies"}) }}{% endblock %}'
)


def test_a_file_that_failed_says_why_and_can_be_sent_again(visit: Any) -> None:
    replies = [
        (413, JSON, json.dumps({"error": "Up to 512 MB."})),
        (200, JSON, json.dumps({"state": "Checking"})),
    ]
    page, seen = visit(UPLOAD, {"/up": lambda _: replies.pop(0)})
    page.locator("input[type=file]").set_input_files(
        {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": b"x" * 5000}
    )
    row = page.locator(".upload-list li")
    expect(row).to_contain_text("Up to 512 MB.")
    row.get_by_role("button", name="Try again").click()
    expect(row).to_contain_text("Checking")
    assert all('name="folder"' in asked.body for asked in seen if asked.path == "/up")


def test_files_that_arrived_are_shown_though_another_failed(visit: Any) -> None:
    source = (
        '{% from "components/upload.html" import upload %}{% block content %}'
        '{{ upload("/up", limit="5 KB", target="files") }}<div id="files">None</div>{% endblock %}'
    )
    shown = '<div id="files">Two files</div>'

    def answer(asked: Asked) -> tuple[int, str, str]:
        return (
            (413, HTML, "no") if "big.bin" in asked.body else (200, JSON, json.dumps({"state": "Checking"}))
        )

    page, _ = visit(source, {"/up": answer})
    page.route("**/", lambda route: route.fulfill(content_type=HTML, body=shown))
    page.locator("input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "text/plain", "buffer": b"x"}
            for name in ("one.txt", "big.bin", "two.txt")
        ]
    )
    expect(page.locator("#files")).to_have_text("Two files")
    expect(page.locator(".upload-list .failed")).to_have_text("This file is too large: up to 5 KB each.")


def test_a_file_that_is_too_large_is_said_to_be_so_before_anything_is_sent(visit: Any) -> None:
    source = (
        '{% from "components/upload.html" import upload %}{% block content %}'
        '{{ upload("/up", limit="5 bytes") }}{% endblock %}'
    )
    env = environment()
    env.globals.update(upload_most=5, upload_limit="5 bytes")
    taken = {"/up": lambda _: (200, JSON, json.dumps({"state": "Checking"}))}
    page, seen = visit(source, taken, env=env)
    page.locator("input[type=file]").set_input_files(
        [
            {"name": name, "mimeType": "text/plain", "buffer": b"x" * size}
            for name, size in (("small.txt", 5), ("large.txt", 6))
        ]
    )
    large = page.locator(".upload-list li", has_text="large.txt")
    expect(large).to_contain_text("This file is too large: up to 5 bytes each. It was not sent.")
    expect(page.locator(".upload-list li", has_text="small.txt")).to_contain_text("Checking")
    assert [asked.path for asked in seen].count("/up") == 1
    large.get_by_role("button", name="Remove").click()
    expect(large).to_have_count(0)


def test_what_asks_by_itself_fails_without_a_message(visit: Any) -> None:
    source = COMPOSER.replace('upload_url="/attach"', 'check_url="/check", told_url="/told"')
    page, seen = visit(source, {"/told": lambda _: (500, HTML, "no"), "/check": lambda _: (500, HTML, "no")})
    page.get_by_label("Text", exact=True).press_sequentially("Words")
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(r => r.name.includes('/check'))"
    )
    assert {"/told", "/check"} <= {asked.path.partition("?")[0] for asked in seen}
    expect(page.locator(".toast")).to_have_count(0)


def test_a_refused_form_is_shown_and_its_summary_takes_the_focus(visit: Any) -> None:
    refused = render("{{ error_summary([('', 'Write a title')]) }}", "error_summary")
    source = (
        '{% block content %}<form id="f" method="post" action="/posts" hx-post="/posts" hx-swap="innerHTML">'
        "<button>Send</button></form>{% endblock %}"
    )
    page, _ = visit(source, {"/posts": lambda _: (422, HTML, refused)})
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_focused()


def test_a_preview_is_filled_in_and_leaves_the_focus_where_it_is(visit: Any) -> None:
    source = COMPOSER.replace('"/posts",', '"/posts", errors=[("composer-title", "Write a title")],')
    preview = '<div class="prose" id="preview"><p>Bold</p></div>'
    page, seen = visit(source, {"/preview": lambda _: (200, HTML, preview)})
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Text", exact=True).fill("**Bold**")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#composer-preview")).to_have_text("Bold")
    expect(page.get_by_role("button", name="Preview")).to_be_focused()
    sent = parse_qs(next(asked.body for asked in seen if asked.path == "/preview"))
    assert sent["body"] == ["**Bold**"]
    assert "files" not in sent


def test_a_tab_swaps_its_region_marks_itself_and_pushes_its_address(visit: Any) -> None:
    source = (
        '{% from "components/tabs.html" import tabs %}{% block content %}'
        '{{ tabs([{"label": "All", "url": "/", "current": true},'
        ' {"label": "Unread", "url": "/unread"}], "feed") }}'
        '<div id="feed">Everything</div>{% endblock %}'
    )
    page, _ = visit(source, {"/unread": lambda _: (200, HTML, '<div id="feed">Eight</div>')})
    page.get_by_role("link", name="Unread", exact=True).click()
    expect(page.locator("#feed")).to_have_text("Eight")
    expect(page.get_by_role("link", name="Unread", exact=True)).to_have_attribute("aria-current", "page")
    assert page.get_by_role("link", name="All", exact=True).get_attribute("aria-current") is None
    assert page.url.endswith("/unread")
    page.go_back()
    expect(page.locator("#feed")).to_have_text("Everything")


def test_a_request_that_failed_is_told(visit: Any) -> None:
    source = '{% block content %}<a id="a" href="/x" hx-get="/x">More</a>{% endblock %}'
    page, _ = visit(source, {"/x": lambda _: (500, HTML, "")})
    page.get_by_role("link", name="More").click()
    expect(page.locator("#toasts")).to_contain_text("The hub could not do that.")


def test_a_menu_closes_by_escape_and_gives_the_focus_back(visit: Any) -> None:
    page, _ = visit("")
    menu = page.locator("details.me")
    menu.locator("summary").click()
    expect(menu.get_by_role("link", name="Settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="Settings")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_colours_change_at_once_and_are_remembered_by_the_server(visit: Any) -> None:
    page, seen = visit("", {"/settings/theme": lambda _: (204, HTML, "")})
    page.locator("details.me summary").click()
    with page.expect_response("**/settings/theme"):
        page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 23, 21)"
    assert "theme=dark" in seen[-1].body


def test_being_offline_is_said(visit: Any) -> None:
    page, _ = visit("")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()


def test_without_script_the_composer_is_a_plain_form(browser: Browser) -> None:
    posted = page_of("{% block content %}<h1>Posted</h1>{% endblock %}")
    with serving(
        {"/": lambda _: (200, HTML, page_of(COMPOSER)), "/posts": lambda _: (200, HTML, posted)}
    ) as (address, seen):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(address + "/")
        page.get_by_label("Title").fill("Plain")
        page.get_by_label("Text", exact=True).fill("Words")
        expect(page.locator("input[type=file]")).to_be_visible()
        page.get_by_role("button", name="Post").click()
        expect(page.locator("h1")).to_have_text("Posted")
        context.close()
    assert any(asked.method == "POST" and re.search(r'name="title"\s+Plain', asked.body) for asked in seen)
