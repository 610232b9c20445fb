"""The policy's pages in every state that people meet them in: axe-core finds nothing, nothing scrolls sideways, no script is needed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from hub import clock
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.people.models import Person
from hub.policy import actions as policy
from hub.policy import casework
from hub.policy.fairness import exceptions
from hub.policy.models import Case, Decision
from hub.policy.rulebook import actions as rules
from hub.policy.rulebook import rehearsal
from hub.policy.rulebook.models import DryHit, DryRun, PolicyRule
from hub.policy.rulebook.writing import AUDIENCES, Written
from tests import make
from tests.looks import problems
from tests.policy import room

pytestmark = pytest.mark.browser
Settle = Callable[[], None]
PARTS = 3
"""The pages are looked at in so many tests, so that every worker process has its share."""
WORDS = "It finds the name of a project that has not been announced to staff yet."


@dataclass
class Room:
    """Who is there, and what they look at: `pages` are addresses by what they show, with who opens them."""

    ann: Person
    ifan: Person
    sian: Person
    pages: dict[str, tuple[Person, str]] = field(default_factory=dict)


def flag(settle: Settle, ann: Person, title: str) -> Case:
    item = forums.ask(
        make.viewer(ann), Category.get(), title=title, body=f"{room.TEXT} She was born on 14/03/1981."
    )
    settle()
    return Case.get(Case.item == item.id)


def decided(case: Case, by: Person, **values: Any) -> Decision:
    casework.claim(make.viewer(by), room.fresh(case))
    return policy.decide(make.viewer(by), room.fresh(case), outcome="breach", reason=room.REASON, **values)


@pytest.fixture
def house(hub: Flask, settle: Settle) -> Room:
    make.hub_space()
    room.policy()
    policy.publish_version(
        None,
        room.POLICY.replace("Do not post passwords.", "Do not post passwords or door codes."),
        change_summary="Door codes.",
    )
    ann, ifan = make.person("Ann Evans"), room.reviewer("Ifan Rees")
    sian = make.person("Sian Senior", roles=["senior reviewer"])
    rhys = make.person("Rhys Editor", roles=["rule editor"])
    owena = make.person("Owena Owner", roles=["policy owner"])
    auditor = make.person("Aled Auditor", roles=["auditor"])
    space = make.space("Housing network", "open", "everyone", editors=(ann,))
    forums.add_category(make.viewer(ann), space, name="Damp and mould")

    free, claimed, asked, proposed, appealed, urgent = (
        flag(settle, ann, f"The {word} case")
        for word in ("free", "claimed", "asked", "proposed", "appealed", "urgent")
    )
    policy.report(
        make.viewer(make.person("Colin Colleague")), claimed.item, words="It names a patient.", clause="2.1"
    )
    casework.claim(make.viewer(ifan), room.fresh(claimed))
    casework.claim(make.viewer(ifan), room.fresh(asked))
    casework.ask(make.viewer(ifan), room.fresh(asked), "Is this a real number?")
    decided(proposed, ifan, hide_days=7)
    decided(appealed, ifan)
    settle()
    with clock.pinned(clock.now()):
        policy.appeal(
            make.viewer(ann), Decision.get(Decision.case == appealed.id), "It is a test number, nobody's."
        )
    casework.claim(make.viewer(ifan), room.fresh(urgent))
    policy.hide_at_once(make.viewer(ifan), room.fresh(urgent), room.REASON)

    for number in range(24):
        make.item(
            ann, space, "topic", title=f"Plan {number}", body=f"Moonbeam comes to ward {number} in May."
        )
    spec = Written(
        "words",
        "name of a closed project",
        "2.1",
        words=WORDS,
        settings={"words": ["moonbeam"]},
        outcomes=dict.fromkeys(AUDIENCES, "nudge+flag"),
    )
    rule = rules.write(make.viewer(rhys), spec)
    rules.set_state(make.viewer(rhys), rule.name, "background")
    done = rehearsal.start(make.viewer(rhys), rule.name, months=12)
    settle()
    for hit in DryHit.select().order_by(DryHit.turn).limit(22):
        rehearsal.judge(make.viewer(rhys), hit, "right")
    rules.propose(make.viewer(rhys), rule.name, "live-flag", seen=1)
    wanting = rules.write(
        make.viewer(rhys),
        Written(**{**vars(spec), "label": "another project", "settings": {"words": ["sunbeam"]}}),
    )
    rules.set_state(make.viewer(rhys), wanting.name, "background")
    running = rehearsal.start(make.viewer(rhys), wanting.name, months=12)
    rules.change(
        make.viewer(rhys), wanting.name, Written(**{**vars(spec), "label": "another project"}), seen=1
    )
    tripped = rules.write(make.viewer(rhys), Written(**{**vars(spec), "label": "third project"}))
    PolicyRule.update(state="background", acting=1, tripped="it hit 3 of 3 items since it became live").where(
        PolicyRule.id == tripped.id
    ).execute()
    exceptions.ask(
        make.viewer(ifan),
        name="uk_nhs",
        what="Invented test numbers",
        reason=room.REASON,
        months=3,
        space=space,
        person=None,
    )
    settle()
    assert DryRun.get_by_id(done.id).state == "done"
    DryRun.update(state="paused", looked_at=7).where(DryRun.id == running.id).execute()

    found = Room(ann, ifan, sian)
    desk = {
        "free": free,
        "claimed": claimed,
        "asked": asked,
        "proposed": proposed,
        "appealed": appealed,
        "urgent": urgent,
    }
    for name, case in desk.items():
        found.pages[f"a case, {name}, as the reviewer"] = (ifan, f"/desk/{case.id}")
        found.pages[f"a case, {name}, as a senior reviewer"] = (sian, f"/desk/{case.id}")
    for show in ("open", "mine", "waiting", "second", "appeals", "decided"):
        found.pages[f"the desk, {show}"] = (sian, f"/desk?show={show}")
    found.pages |= {
        "the desk, nothing found": (sian, "/desk?clause=9.9"),
        "my flags": (ann, "/my-flags"),
        "report": (ifan, f"/items/{free.item_id}/report"),
        "the policy": (ann, "/policy"),
        "the policy's first version": (ann, "/policy/versions/1"),
        "who has not read it": (owena, "/policy/acknowledgements"),
        "exceptions": (owena, "/policy/exceptions"),
        "figures": (ann, "/policy/figures"),
        "behaviour": (owena, "/policy/behaviour"),
        "conflicts": (ifan, "/desk/conflicts"),
        "hosts": (rhys, "/policy/hosts"),
        "what follows, before whom": (rhys, "/policy/rules/table?change=uk_nhs"),
        "rules, for everybody": (ann, "/policy/rules"),
        "rules, for editors": (rhys, "/policy/rules"),
        "a rule, for everybody": (ann, "/policy/rules/uk_nhs"),
        "a rule that waits for a second person, its author": (rhys, f"/policy/rules/{rule.name}"),
        "a rule that waits for a second person, the second": (owena, f"/policy/rules/{rule.name}"),
        "a rule that still wants proof": (rhys, f"/policy/rules/{wanting.name}"),
        "a rule that was stopped": (rhys, f"/policy/rules/{tripped.name}"),
        "what differs between versions": (rhys, f"/policy/rules/{wanting.name}/versions/2"),
        "a dry run that is judged": (rhys, f"/policy/rules/{rule.name}/runs/{done.id}"),
        "a dry run that is paused": (rhys, f"/policy/rules/{wanting.name}/runs/{running.id}"),
        "editor, words": (rhys, "/policy/new-rule?kind=words"),
        "editor, pattern": (rhys, "/policy/new-rule?kind=pattern"),
        "editor, threshold": (rhys, "/policy/new-rule?kind=threshold"),
        "editor, built in": (rhys, "/policy/rules/uk_nhs/edit"),
        "audit": (auditor, "/audit"),
        "status": (ann, "/status"),
    }
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_every_state_is_accessible(visit: Callable[..., Any], house: Room, part: int) -> None:
    walks: dict[int, Any] = {}
    found = []
    mine = list(house.pages.items())[part::PARTS]
    for what, (person, path) in mine:
        walk = walks.get(person.id) or walks.setdefault(person.id, visit(person))
        answer = walk.page.goto(walk.address + path)
        if answer.status != 200:
            found.append(f"{what}: {path} answers {answer.status}")
            continue
        walk.page.evaluate("document.querySelectorAll('#main details').forEach(d => d.open = true)")
        found += problems(walk.page, what)
    assert len(mine) > 5
    assert not found, "\n".join(found[:25])


def test_what_answers_a_form_is_accessible(visit: Callable[..., Any], house: Room) -> None:
    found = problems(before_posting(visit(house.ann)), "before you post")
    walk = visit(house.ifan)
    walk.expected = ("422",)
    page = walk.go(house.pages["a case, claimed, as the reviewer"][1])
    page.locator("form[action$=decide] button.btn-primary").evaluate(
        "b => { b.form.noValidate = true; b.click() }"
    )
    page.locator(".error-summary, [role=alert]").first.wait_for()
    found += problems(page, "a case, refused")
    assert not found, "\n".join(found[:25])


def before_posting(walk: Any) -> Page:
    """The one page before posting, with a flag's worth of findings."""
    page = walk.go("/topics/new")
    page.get_by_label("Your question or subject").fill("The lady in the lobby")
    page.locator("#composer-category").select_option(index=1)
    page.locator("textarea[name=body]").fill(
        room.TEXT + " The password is Heulwen-Copor-58. See https://bit.ly/3xYzAb1. Born 14/03/1981."
    )
    page.get_by_role("button", name="Post", exact=True).click()
    page.get_by_role("button", name="Post anyway").wait_for()
    return page


def test_without_script_a_reviewer_and_an_editor_do_all_their_work(
    visit: Callable[..., Any], house: Room
) -> None:
    """Claim, ask, decide, second, hear, judge and approve by plain forms: every button of these pages is in a form of its own."""
    lost = []
    walks: dict[int, Any] = {}
    for what, (person, path) in house.pages.items():
        if "case" not in what and "rule" not in what and "run" not in what:
            continue
        walk = walks.get(person.id) or walks.setdefault(person.id, visit(person, java_script_enabled=False))
        page = walk.go(path)
        for button in page.locator("main button").all():
            inside = button.evaluate(
                "b => b.form && (b.form.getAttribute('action') || '') + ' ' + b.form.method"
            )
            if not inside or not re.search(r"^/\S+ (post|get)$", inside):
                lost.append(f"{what}: {button.inner_text()!r} {inside}")
    assert not lost, "\n".join(lost)


def test_without_script_a_case_is_claimed_and_decided(visit: Callable[..., Any], house: Room) -> None:
    walk = visit(house.sian, java_script_enabled=False)
    page = walk.go(house.pages["a case, free, as the reviewer"][1])
    page.get_by_role("button", name="Claim it").click()
    page.get_by_role("radio", name="No breach").check()
    page.get_by_role("textbox", name=re.compile("^Reason")).fill("The number is a published test value.")
    page.get_by_role("button", name="Decide and tell the author").click()
    assert page.locator("h1").inner_text() == "Review desk"
    assert Decision.select().where(Decision.outcome == "no_breach").count() == 1
