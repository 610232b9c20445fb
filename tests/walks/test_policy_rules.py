"""Rules from a draft to the breaker, a report from beginning to end, and restrictions that end without the worker."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from hub import clock
from hub.content.models import Item
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.people.models import Person
from hub.policy import due
from hub.policy.models import Case, Decision, EmergencyHide, Restriction
from hub.policy.rulebook import breaker, rehearsal
from hub.policy.rulebook.models import DryHit, DryRun, PolicyRule
from hub.policy.scanning import waiting
from hub.spaces.models import Space
from tests import make
from tests.policy import room
from tests.walks.test_policy import REASON, WORDS, begin, post, said

pytestmark = [pytest.mark.browser, pytest.mark.backend]
Settle = Callable[[], None]


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Puts the hub's clock forward, for the server too. The worker does not run: nothing calls it."""
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + by)
    due.look_again()  # what a minute does by itself


def asked(settle: Settle, ann: Person, title: str) -> Case:
    """A question that a rule has flagged, and its case."""
    item = forums.ask(make.viewer(ann), Category.get(), title=title, body=WORDS)
    settle()
    return Case.get(Case.item == item.id)


def answer(page: Page, press: Callable[[], None]) -> int:
    """The status of the page that a press of a button brings."""
    with page.expect_response(lambda response: response.request.method == "POST") as got:
        press()
    return got.value.status


def test_a_rule_is_drafted_tried_judged_approved_and_stopped_by_its_breaker(
    visit: Callable, ann: Person, housing: Space, settle: Settle
) -> None:
    rhys = make.person("Rhys Editor", roles=["rule editor"])
    owena = make.person("Owena Second", roles=["policy owner"])
    for number in range(24):
        make.item(
            ann, housing, "topic", title=f"Plan {number}", body=f"Moonbeam comes to ward {number} in May."
        )
    make.item(ann, housing, "topic", title="The film", body="The film Moonbeam is on at the Regal.")
    settle()

    # A draft, whose examples are tried when it is saved: the one that it fails is said at its field.
    editor = visit(rhys)
    editor.expected = ("422", "403")
    page = editor.go("/policy/new-rule?kind=pattern")
    page.get_by_label("What it looks for").fill("name of a closed project")
    page.get_by_label("In plain English").fill(
        "It finds the name of a project that has not been announced to staff yet."
    )
    page.get_by_label("Clause that it serves").select_option(value="2.1")
    page.get_by_label(re.compile("^Weight")).fill("5")
    page.get_by_role("textbox", name="Pattern").fill("moonbeams?")
    page.get_by_label("Examples that it must find").fill("Moonbeam comes in May.")
    page.get_by_label("Examples that it must pass over").fill("The film Moonbeam is on.")
    for select in page.locator("#f-outcomes select").all():
        select.select_option(value="nudge+flag")
    assert answer(page, page.get_by_role("button", name="Save as a draft").click) == 422
    expect(page.locator("main")).to_contain_text("The film Moonbeam is on")
    page.get_by_label("Words that speak against it").fill("film")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.locator("h1")).to_contain_text("name of a closed project")
    rule = PolicyRule.get(PolicyRule.name != "")
    here = f"/policy/rules/{rule.name}"

    # In the background it records; a dry run over the past shows its progress and what it would have found.
    page.get_by_role("button", name="Let it record in the background").click()
    expect(page.locator("main")).to_contain_text("a finished dry run of this version")
    page.get_by_role("button", name="Try version 1 on them").click()
    expect(page.locator("#dry-runs")).to_contain_text("Running")
    expect(page.locator("#dry-runs progress")).to_have_attribute("value", "0")
    settle()
    expect(page.locator("#dry-runs")).to_contain_text("25 of 25 items looked at, 24 hits", timeout=15_000)
    assert Case.select().count() == 0

    # Judged one by one; the page says how sure the share of right hits is.
    run = DryRun.get()
    page = editor.go(f"{here}/runs/{run.id}")
    hits = list(DryHit.select().order_by(DryHit.turn).limit(20))
    for hit in hits[3:]:
        rehearsal.judge(make.viewer(rhys), hit, "right")  # The same as below, without seventeen clicks.
    for hit in hits[:3]:
        card = page.locator(f"#hit-{hit.id}")
        expect(card.locator("mark")).to_have_text("Moonbeam")
        card.get_by_role("button", name=re.compile("^Right")).click()
        expect(page.locator(f"#hit-{hit.id}")).to_contain_text("Judged right")
    expect(page.locator(".stats")).to_contain_text("between 83 and 100 %")

    # Nobody approves their own: a second person does.
    page = editor.go(here)
    page.get_by_role("button", name="Ask to let it flag").click()
    expect(page.locator("main")).to_contain_text("somebody else approves it")
    expect(page.get_by_role("button", name="Approve it")).to_have_count(0)
    owner = visit(owena)
    second = owner.go(here)
    second.get_by_role("button", name="Approve it", exact=True).click()
    expect(second.locator("main")).to_contain_text("Live, with flags")
    settle()
    assert Case.select().count() == 0, "a new rule flags nothing that is old"

    # Three new posts are three hits, far more than one item in twenty: back to the background, and its owner is told.
    author = visit(ann)
    author.expected = ("409",)
    for number in range(3):
        page = author.go(f"/topics/new?category={Category.get().id}")
        begin(page, f"News {number}", "Moonbeam is near.")
        post(page)
        if page.locator("h1").inner_text() == "Before you post":
            page.get_by_role("button", name="Post anyway").click()
        expect(page.locator("h1")).to_have_text(f"News {number}")
    settle()
    assert Case.select().count() == 3
    breaker.watch()
    assert PolicyRule.get_by_id(rule.id).state == "background"
    settle()
    page = editor.go(here)
    expect(page.locator("main")).to_contain_text("The breaker put this rule into the background")
    expect(page.locator("main")).to_contain_text("it hit 3 of 3 items")
    page = editor.go("/notifications")
    expect(page.locator("main")).to_contain_text("only records now")
    make.item(ann, housing, "topic", body="Moonbeam again.")
    settle()
    assert Case.select().count() == 3, "it records, and flags no more"


def test_a_report_is_claimed_talked_over_decided_appealed_and_overturned(
    visit: Callable, ann: Person, rosa: Person, samir: Person, housing: Space, settle: Settle
) -> None:
    colin = make.person("Colin Colleague")
    topic = forums.ask(
        make.viewer(ann),
        Category.get(),
        title="About the night shift",
        body="They leave the gate open again.",
    )
    path = f"/topics/{topic.id}"

    reporter = visit(colin)
    page = reporter.go(path)
    page.get_by_role("link", name=re.compile("^Report")).first.click()
    page.get_by_label("Which clause is it about?").select_option(value="4.1")
    page.get_by_label("What is wrong?").fill("This singles out the people I work with.")
    page.get_by_role("button", name="Report it").click()
    expect(page.locator("h1")).to_have_text("About the night shift")
    settle()
    case = Case.get(Case.item == topic.id)

    desk = visit(rosa)
    other = desk.go(f"/desk/{case.id}")
    other.get_by_role("button", name="Claim it").click()
    other.get_by_label("Your question").fill("Whom did you mean?")
    other.get_by_role("button", name="Ask", exact=True).click()
    expect(other.locator("main")).to_contain_text("The author was told at once")
    settle()
    author = visit(ann)
    mine = author.go("/my-flags")
    expect(mine.locator("main")).to_contain_text("Whom did you mean?")
    assert "Colin" not in said(mine)
    mine.get_by_label("Your answer").fill("Nobody: the lock is broken.")
    mine.get_by_role("button", name="Send", exact=True).click()
    expect(mine.locator(".said").last).to_contain_text("Nobody: the lock is broken.")
    settle()

    other = desk.go(f"/desk/{case.id}")
    expect(other.locator(".timeline")).to_contain_text("Nobody: the lock is broken.")
    if other.get_by_role("button", name="Claim it").count():
        other.get_by_role("button", name="Claim it").click()
    other.get_by_role("radio", name="Breach", exact=True).check()
    other.get_by_role("textbox", name=re.compile("^Reason")).fill(
        "It blames colleagues in front of everybody."
    )
    other.get_by_label(re.compile("For so many days")).fill("7")
    other.get_by_role("button", name="Decide and tell the author").click()
    expect(other.locator("h1")).to_have_text("Review desk")
    second = visit(samir).go(f"/desk/{case.id}")
    second.get_by_role("button", name="Approve it").click()
    expect(second.locator("main")).to_contain_text("active until")
    reporter.expected = ("404",)
    assert reporter.page.goto(reporter.address + path).status == 404
    settle()

    mine = author.go("/my-flags")
    mine.locator("summary", has_text="Appeal").click()
    mine.get_by_label("Why should it be different?").fill("I wrote about a gate, and about nobody.")
    mine.get_by_role("button", name="Appeal", exact=True).click()
    expect(mine.locator("main")).to_contain_text("will hear it")
    settle()
    third = visit(room.senior("Theo Third")).go(f"/desk/{case.id}")
    third.get_by_role("radio", name="Overturn it").check()
    third.get_by_role("textbox", name=re.compile("^Reason")).fill(
        "It is about a gate and singles nobody out."
    )
    third.get_by_role("button", name="Answer the appeal").click()
    expect(third.locator("main")).to_contain_text("Overturned")
    settle()

    # Everything is as it was: readers, the search, the record of breaches; the reporter learns the outcome's class.
    expect(reporter.go(path).locator("h1")).to_have_text("About the night shift")
    expect(reporter.go("/search?q=night+shift").locator("main")).to_contain_text("About the night shift")
    assert Restriction.get().state == "overturned" and Decision.get().overturned_at is not None
    page = reporter.go("/my-flags")
    expect(page.locator("main")).to_contain_text("About the night shift")
    assert "gate and singles nobody" not in said(page)


def test_restrictions_end_by_themselves_with_the_worker_stopped(
    visit: Callable,
    ann: Person,
    rosa: Person,
    housing: Space,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    senior = make.person("Sian Senior", roles=["senior reviewer"])
    case, hidden = asked(settle, ann, "The first"), asked(settle, ann, "The second")
    desk = visit(rosa)
    page = desk.go(f"/desk/{case.id}")
    page.get_by_role("button", name="Claim it").click()
    page.get_by_role("radio", name="Breach", exact=True).check()
    page.get_by_role("textbox", name=re.compile("^Reason")).fill(REASON)
    page.get_by_label("What should follow").select_option(value="pause_space")
    page.get_by_label(re.compile("For so many days")).fill("7")
    page.get_by_role("button", name="Decide and tell the author").click()
    expect(page.locator("h1")).to_have_text("Review desk")
    second = visit(senior).go(f"/desk/{case.id}")
    second.get_by_role("button", name="Approve it").click()
    expect(second.locator("main")).to_contain_text("active until")
    page = desk.go(f"/desk/{hidden.id}")
    page.get_by_role("button", name="Claim it").click()
    page.locator("summary", has_text="Hide it at once").click()
    page.get_by_label(re.compile("Why it cannot wait")).fill(
        "A real patient is named in it, and partners read it."
    )
    page.get_by_role("button", name="Hide it for 24 hours").click()
    expect(page.locator("main")).to_contain_text("Hidden at once")

    # While it lasts: no new post there, but the words stay, the reason is said, and reading goes on.
    author = visit(ann)
    author.expected = ("403",)
    mine = author.go("/topics/new")
    begin(mine, "A new question", "Is the gate mended?")
    assert answer(mine, lambda: post(mine)) == 403
    expect(mine.locator("main")).to_contain_text(REASON)
    expect(mine.locator("main")).to_contain_text("Is the gate mended?")
    expect(author.go(f"/topics/{case.item_id}").locator("h1")).to_have_text("The first")
    reader = visit(make.person("Colin Colleague"))
    reader.expected = ("404",)
    assert reader.page.goto(f"{reader.address}/topics/{hidden.item_id}").status == 404

    # From here on nothing runs but the web. A day later the item is back, seven days later the author posts again.
    with monkeypatch.context() as patch:
        later(patch, timedelta(hours=24, minutes=1))
        again = visit(Person.get(Person.name == "Colin Colleague"))
        expect(again.go(f"/topics/{hidden.item_id}").locator("h1")).to_have_text("The second")
        assert EmergencyHide.get().finished_at is not None
    later(monkeypatch, timedelta(days=7, minutes=1))
    author = visit(ann)
    mine = author.go("/topics/new")
    begin(mine, "A new question", "Is the gate mended?")
    post(mine)
    expect(mine.locator("h1")).to_have_text("A new question")
    mine = author.go("/my-flags")
    assert "paused until" not in said(mine).lower()
    assert Item.select().where(Item.title == "A new question", Item.state == "published").count() == 1
    assert waiting() >= 0
