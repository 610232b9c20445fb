"""The usage policy as people meet it: told while writing, asked once, flagged, heard, decided by people, put right on appeal."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hub.content.models import Item
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.jobs import Job
from hub.people.models import Person
from hub.policy.models import Case, Decision, Restriction
from hub.spaces.models import Space
from tests import make
from tests.policy import room

pytestmark = [pytest.mark.browser, pytest.mark.backend]
Settle = Callable[[], None]
WORDS = "Her NHS number is 999 012 3454, and she waits in the lobby."
REASON = "The number stood where every partner could read it."


def begin(page: Page, title: str, body: str) -> None:
    """Fills in a question for the one category."""
    page.get_by_label("Your question or subject").fill(title)
    page.locator("#composer-category").select_option(label="Damp and mould (Housing network)")
    page.locator("textarea[name=body]").fill(body)


def post(page: Page) -> None:
    page.get_by_role("button", name="Post", exact=True).click()


def flagged(settle: Settle, ann: Person, housing: Space, title: str = "The lady in the lobby") -> Case:
    """A topic that a rule has flagged, and its case."""
    item = make.item(ann, housing, "topic", title=title, body=WORDS)
    settle()
    return Case.get(Case.item == item.id)


def said(page: Page) -> str:
    return page.locator("main").inner_text()


def test_a_flag_is_heard_decided_appealed_and_undone(
    visit: Callable, ann: Person, rosa: Person, samir: Person, housing: Space, settle: Settle
) -> None:
    colleague = make.person("Colin Colleague")
    # Posted in a hurry: the hub asks once, and the author has their reasons.
    author = visit(ann)
    page = author.go("/topics/new")
    begin(page, "The lady in the lobby", WORDS)
    post(page)
    expect(page.locator("h1")).to_have_text("Before you post")
    expect(page.locator("#nudge")).to_contain_text("NHS number")
    assert "999 012 3454" not in page.locator("#nudge").inner_text()
    page.get_by_role("button", name="Post anyway").click()
    expect(page.locator("h1")).to_have_text("The lady in the lobby")
    topic = page.url.removeprefix(author.address).split("#")[0]
    settle()

    # On the desk: masked, without a name; the text is read by who claims it.
    desk = visit(rosa)
    other = desk.go("/desk")
    row = other.locator(".desk-row")
    expect(row).to_have_count(1)
    assert "Ann Evans" not in said(other) and "999 012 3454" not in said(other)
    row.locator("h2 a").click()
    other.get_by_role("button", name="Claim it").click()
    expect(other.locator("mark").first).to_have_text("999 012 3454")
    other.get_by_label("Your question").fill("Is this a real number?")
    other.get_by_role("button", name="Ask", exact=True).click()
    expect(other.locator(".toast, .notice").first).to_be_visible()
    case = other.url.removeprefix(desk.address).split("#")[0]

    # The author is told at once, sees what is asked and answers.
    settle()
    page = author.go("/notifications")
    expect(page.locator("main")).to_contain_text("question")
    page = author.go("/my-flags")
    expect(page.locator("main")).to_contain_text("Is this a real number?")
    page.get_by_label("Your answer").fill("It is from the test range.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".said").last).to_contain_text("It is from the test range.")

    # Decided with a reason; what the author will read can be seen before it is sent.
    other = desk.go(case)
    expect(other.locator(".timeline")).to_contain_text("It is from the test range.")
    if other.get_by_role("button", name="Claim it").count():
        other.get_by_role("button", name="Claim it").click()
    other.get_by_role("radio", name="Breach", exact=True).check()
    other.get_by_role("textbox", name=re.compile("^Reason")).fill(REASON)
    other.get_by_label(re.compile("For so many days")).fill("7")
    other.get_by_role("button", name="See what the author will receive").click()
    expect(other.locator(".notice-plum")).to_contain_text(REASON)
    other.get_by_role("button", name="Decide and tell the author").click()
    expect(other.locator("h1")).to_have_text("Review desk")

    # Hidden by a second person only; until then everybody reads it.
    reader = visit(colleague)
    expect(reader.go(topic).locator("h1")).to_have_text("The lady in the lobby")
    seconding = visit(samir)
    second = seconding.go("/desk?show=second")
    second.locator(".desk-row h2 a").click()
    second.get_by_role("button", name="Approve it").click()
    expect(second.locator("main")).to_contain_text("active until")
    reader.expected = ("404",)
    assert reader.page.goto(reader.address + topic).status == 404
    settle()

    # The author still sees it, is told why, and appeals.
    expect(author.go(topic).locator("h1")).to_have_text("The lady in the lobby")
    page = author.go("/notifications")
    expect(page.locator("main")).to_contain_text("hidden until")
    letters = [
        job.payload["subject"]
        for job in Job.select().where(Job.kind == "mail.send")
        if job.payload["to"] == ann.email
    ]
    assert any("hidden" in subject for subject in letters) and not any(
        "999" in subject for subject in letters
    )
    page = author.go("/my-flags")
    expect(page.locator("main")).to_contain_text(REASON)
    page.locator("summary", has_text="Appeal").click()
    page.get_by_label("Why should it be different?").fill("It is a number of the test range, nobody's.")
    page.get_by_role("button", name="Appeal", exact=True).click()
    expect(page.locator("main")).to_contain_text("will hear it")

    # Neither the decider nor the approver hears it: a third person does.
    settle()
    other = desk.go(case)
    expect(other.locator("main")).to_contain_text("hears it")
    third = visit(room.senior("Theo Third")).go("/desk?show=appeals")
    third.locator(".desk-row h2 a").click()
    third.get_by_role("radio", name="Overturn it").check()
    third.get_by_role("textbox", name=re.compile("^Reason")).fill(
        "Numbers that begin with 999 belong to nobody."
    )
    third.get_by_role("button", name="Answer the appeal").click()
    expect(third.locator("main")).to_contain_text("Overturned")
    settle()
    expect(reader.go(topic).locator("h1")).to_have_text("The lady in the lobby")
    page = author.go("/my-flags")
    expect(page.locator("main")).to_contain_text("overturned on appeal")
    expect(page.locator("main")).to_contain_text("Numbers that begin with 999 belong to nobody.")
    assert Restriction.get().state == "overturned" and Decision.get().overturned_at is not None


def test_a_hint_while_writing_moves_nothing_and_what_it_said_is_not_asked_again(
    visit: Callable, ann: Person, housing: Space
) -> None:
    page = visit(ann).go(f"/topics/new?category={Category.get().id}")
    begin(page, "The lady in the lobby", "")
    page.locator("textarea[name=body]").press_sequentially(WORDS, delay=3)
    expect(page.locator(".composer-policy #nudge")).to_contain_text("NHS number", timeout=15_000)
    expect(page.locator("textarea[name=body]")).to_be_focused()
    assert page.locator(".composer-policy").get_attribute("aria-live") == "polite"
    assert Case.select().count() == 0 and Item.select().where(Item.kind == "topic").count() == 0
    post(page)
    expect(page.locator("h1")).to_have_text("The lady in the lobby")


def test_a_hint_that_is_heeded_leaves_no_flag(
    visit: Callable, ann: Person, housing: Space, settle: Settle
) -> None:
    page = visit(ann).go("/topics/new")
    begin(page, "The lady in the lobby", WORDS)
    expect(page.locator(".composer-policy #nudge")).to_contain_text("NHS number", timeout=15_000)
    page.locator("textarea[name=body]").fill("She waits in the lobby.")
    expect(page.locator(".composer-policy .notice")).to_have_count(0, timeout=15_000)
    post(page)
    expect(page.locator("h1")).to_have_text("The lady in the lobby")
    settle()
    assert Case.select().count() == 0


def test_a_hint_can_be_masked_and_answered_from_the_keyboard(
    visit: Callable, ann: Person, housing: Space, settle: Settle
) -> None:
    page = visit(ann).go(f"/topics/new?category={Category.get().id}")
    begin(
        page, "The lady in the lobby", f"\N{SLIGHTLY SMILING FACE} {WORDS} The password is Heulwen-Copor-58."
    )
    hint = page.locator(".composer-policy #nudge")
    expect(hint).to_contain_text("NHS number", timeout=15_000)
    hint.get_by_role("button", name=re.compile("Mask it.*NHS number")).press("Enter")
    text = page.locator("textarea[name=body]")
    expect(text).to_have_value(re.compile(r"99• ••• •••4.*Heulwen-Copor-58"))
    expect(text).to_be_focused()
    assert page.evaluate("getSelection().toString()") == "99• ••• •••4"
    expect(hint).not_to_contain_text("NHS number", timeout=15_000)
    hint.get_by_text("It is needed", exact=True).press("Enter")
    hint.get_by_label("Why it is needed").fill("The screen shows it to every visitor.")
    hint.get_by_role("button", name="Let fewer people read it").press("Enter")
    expect(page.get_by_label("Who can see this")).to_be_focused()
    post(page)
    expect(page.locator("h1")).to_have_text("The lady in the lobby")
    settle()
    page = visit(ann).go("/my-flags")
    expect(page.locator("main")).to_contain_text("it is needed. The screen shows it to every visitor.")
    expect(page.locator("main")).not_to_contain_text("NHS number")


def test_changing_the_text_on_the_page_before_posting_leaves_no_flag(
    visit: Callable, ann: Person, housing: Space, settle: Settle
) -> None:
    page = visit(ann).go("/topics/new")
    begin(page, "The lady in the lobby", WORDS)
    post(page)
    expect(page.locator("h1")).to_have_text("Before you post")
    page.get_by_role("link", name="Go back and change it").click()
    page.get_by_label("Text", exact=True).fill("She waits in the lobby.")
    page.get_by_role("button", name="Post it like this").click()
    expect(page.locator("h1")).to_have_text("The lady in the lobby")
    expect(page.locator("main")).to_contain_text("She waits in the lobby.")
    settle()
    assert Case.select().count() == 0


def test_files_that_are_dropped_are_asked_about_in_one_question_and_none_is_lost(
    visit: Callable, ann: Person, housing: Space
) -> None:
    page = visit(ann).go(f"/spaces/{housing.slug}/documents")
    sent = [("plan.txt", b"grit"), ("NHS_number_999_012_3454.txt", b"ward"), ("Setup.exe", b"MZ\x90" * 50)]
    page.locator("#upload-file").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": words} for name, words in sent]
    )
    question = page.locator("#before")
    expect(question).to_contain_text("NHS number", timeout=15_000)
    expect(question).to_contain_text("executable")
    expect(page.locator("#documents")).to_contain_text("plan.txt")
    assert [i.title for i in Item.select().where(Item.kind == "document")] == ["plan.txt"]
    question.get_by_label("Upload Setup.exe").press("Space")
    question.get_by_role("button", name="Post anyway").press("Enter")
    expect(page.locator("#documents")).to_contain_text("NHS_number_999_012_3454.txt")
    expect(page.locator("#documents")).not_to_contain_text("Setup.exe")


def test_without_javascript_one_is_asked_once_and_posts_anyway(
    visit: Callable, ann: Person, housing: Space, settle: Settle
) -> None:
    page = visit(ann, java_script_enabled=False).go("/topics/new")
    begin(page, "The lady in the lobby", WORDS)
    post(page)
    expect(page.locator("h1")).to_have_text("Before you post")
    page.get_by_role("button", name="Post anyway").click()
    expect(page.locator("h1")).to_have_text("The lady in the lobby")
    expect(page.locator("main")).to_contain_text("999 012 3454")
    settle()
    assert Case.select().count() == 1


def test_a_report_becomes_a_case_that_names_nobody_to_the_author(
    visit: Callable, ann: Person, rosa: Person, housing: Space, settle: Settle
) -> None:
    category = forums.add_category(make.viewer(ann), housing, name="Plans")
    item = forums.ask(
        make.viewer(ann), category, title="About the night shift", body="They are all lazy there."
    )
    page = visit(make.person("Colin Colleague")).go(f"/topics/{item.id}")
    page.get_by_role("link", name=re.compile("^Report")).first.click()
    page.get_by_label("Which clause is it about?").select_option(value="4.1")
    page.get_by_label("What is wrong?").fill("This is about people I work with.")
    page.get_by_role("button", name="Report it").click()
    expect(page.locator("h1")).to_have_text("About the night shift")
    settle()
    other = visit(rosa).go("/desk?by=report")
    other.locator(".desk-row h2 a").click()
    expect(other.locator("main")).to_contain_text("This is about people I work with.")
    mine = visit(ann).go("/my-flags")
    expect(mine.locator("main")).to_contain_text("A colleague reported this.")
    assert "Colin" not in said(mine)
    expect(page.locator("main")).to_be_visible()
    page.goto(page.url.split("/topics")[0] + "/my-flags")
    expect(page.locator("main")).to_contain_text("Waiting for a reviewer")


def test_of_two_reviewers_the_second_gets_the_fresh_case_and_keeps_their_words(
    visit: Callable, ann: Person, rosa: Person, samir: Person, housing: Space, settle: Settle
) -> None:
    case = flagged(settle, ann, housing)
    first, late = visit(rosa), visit(samir)
    late.expected = ("409",)
    slow = late.go(f"/desk/{case.id}")
    page = first.go(f"/desk/{case.id}")
    page.get_by_role("button", name="Claim it").click()
    expect(page.locator("mark").first).to_be_visible()
    with slow.expect_response(lambda answer: answer.request.method == "POST") as answer:
        slow.get_by_role("button", name="Claim it").click()
    assert answer.value.status == 409
    expect(slow.locator("main")).to_contain_text("Claimed by Rosa Reviewer")
    expect(slow.get_by_role("button", name="Claim it")).to_have_count(0)
    # Two windows of one reviewer: what was written in the older one is kept, nothing is decided twice.
    older = visit(rosa)
    older.expected = ("409",)
    stale = older.go(f"/desk/{case.id}")
    page.get_by_role("radio", name="No breach").check()
    page.get_by_role("textbox", name=re.compile("^Reason")).fill("The number is a published test value.")
    page.get_by_role("button", name="Decide and tell the author").click()
    expect(page.locator("h1")).to_have_text("Review desk")
    stale.get_by_role("radio", name="Breach", exact=True).check()
    stale.get_by_role("textbox", name=re.compile("^Reason")).fill(REASON)
    with stale.expect_response(lambda answer: answer.request.method == "POST") as answer:
        stale.get_by_role("button", name="Decide and tell the author").click()
    assert answer.value.status == 409
    expect(stale.locator("main")).to_contain_text(REASON)
    expect(stale.locator("main")).to_contain_text("The number is a published test value.")
    assert [decision.outcome for decision in Decision.select()] == ["no_breach"]


def test_a_routine_case_is_decided_by_keyboard_alone(
    visit: Callable, ann: Person, rosa: Person, housing: Space, settle: Settle
) -> None:
    flagged(settle, ann, housing, "The first of two")
    flagged(settle, ann, housing, "The second of two")
    page = visit(rosa).go("/desk")
    page.keyboard.press("j")
    expect(page.locator(".desk-row h2 a").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".desk-row h2 a").nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Case")
    page.keyboard.press("c")
    expect(page.locator("#decide-title")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("input[name=outcome]").first).to_be_checked()
    page.get_by_role("textbox", name=re.compile("^Reason")).focus()
    page.keyboard.type("The rule found a published test value here.")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Decide and tell the author":
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Review desk")
    expect(page.locator(".desk-row")).to_have_count(1)
    assert Decision.get().outcome == "rule_was_wrong"
