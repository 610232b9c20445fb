"""What a writer can do about a hint: mask it, let fewer people read it, say that it is needed or wrong; and what is kept."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask

from hub import clock, db
from hub.content.models import Item
from hub.forums.models import Category
from hub.people.models import Person
from hub.policy import nudging
from hub.policy.models import Case, CaseEvent, NudgeCount, SaidBefore
from hub.policy.trail import keeping, taking
from tests import make
from tests.browser import Client
from tests.policy import room

NEEDED = "The hospital asks for it by name."


def topic(category: Category, **values: object) -> dict[str, object]:
    words = {"title": "A referral", "body": room.TEXT, "audience": "everyone"}
    return {"category": category.id, **words, **values}


def hint(client: Client, **values: object) -> dict[str, str]:
    """What the hint beside the words puts into the form that is posted."""
    sent = {"body": room.TEXT, "title": "A referral", "audience": "everyone", **values}
    part = client.post("policy.check", sent, status=200, htmx="composer-policy")
    return {name: part.find("input", {"name": name})["value"] for name in ("seen", "hinted")}


def said_in_case() -> list[str]:
    return [e.words for e in CaseEvent.select().where(CaseEvent.name == "answered")]


def test_the_hint_offers_four_ways(client: Client, category: Category, author: Person) -> None:
    sent = {"body": f"🙂 {room.TEXT}", "audience": "staff"}
    part = client.sign_in(author).post("policy.check", sent, status=200, htmx="composer-policy")
    button = part.find("button", {"data-mask": True})
    [[start, end, instead]] = json.loads(button["data-mask"])["body"]
    assert sent["body"][start:end] == room.NHS and instead == "99• ••• •••4"
    assert json.loads(button["data-of"])["body"] == len(sent["body"])
    assert part.find("button", {"data-narrow": True}) is not None
    assert part.find("input", {"name": "needed_uk_nhs"}) is not None
    assert part.find("input", {"name": "wrong", "value": "uk_nhs"}) is not None
    # Where the form has no choice of readers, none is offered.
    part = client.post("policy.check", {"body": room.TEXT}, status=200, htmx="composer-policy")
    assert part.find("button", {"data-narrow": True}) is None


def test_what_was_answered_stays_when_the_hint_comes_again(
    client: Client, category: Category, author: Person
) -> None:
    sent = {"body": room.TEXT, "audience": "staff", "needed_uk_nhs": NEEDED, "wrong": "uk_nhs"}
    part = client.sign_in(author).post("policy.check", sent, status=200, htmx="composer-policy")
    assert part.find("input", {"name": "needed_uk_nhs"})["value"] == NEEDED
    assert part.find("input", {"name": "wrong"}).has_attr("checked")
    assert SaidBefore.select().count() == 0


def test_mask_it_without_script_shows_the_masked_words_and_posts_nothing(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    page = client.post("forums.new_topic", topic(category), status=200)
    assert page.find("button", {"name": "mask"})["value"] == "uk_nhs"
    page = client.post("forums.new_topic", topic(category, mask="uk_nhs"), status=200)
    assert "Nothing is noticed any more" in page.get_text(" ")
    assert "99• ••• •••4" in page.find("textarea", {"name": "body"}).get_text()
    assert room.NHS not in page.get_text() and Item.select().count() == 0
    # Asked for twice, or of a rule that found nothing, it still posts nothing.
    client.post("forums.new_topic", topic(category, mask="secret"), status=200)
    assert Item.select().count() == 0


def test_masked_places_that_overlap_do_not_spill() -> None:
    assert nudging.masked("abcdef", [(0, 3, "•"), (2, 5, "••"), (5, 9, "no")]) == "ab••f"
    assert nudging.masked("abc", []) == "abc"


def test_fewer_readers_can_be_chosen_on_the_page_before_posting(
    client: Client, category: Category, author: Person, settle: object
) -> None:
    client.sign_in(author)
    page = client.post("forums.new_topic", topic(category), status=200)
    steps = [o["value"] for o in page.find("select", {"name": "audience"}).find_all("option")]
    assert steps[0] == "everyone" and "staff" in steps
    assert len(page.find_all(attrs={"name": "audience"})) == 1
    client.post("forums.new_topic", topic(category, audience="staff", reason="Names a person"))
    assert Item.get().audience == "staff"


def test_more_readers_than_were_asked_about_are_a_new_question(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    client.post("forums.new_topic", topic(category, audience="staff", reason="Names a person"), status=200)
    page = client.post("forums.new_topic", topic(category), status=200)
    assert page.h1.get_text() == "Before you post" and Item.select().count() == 0


def test_a_reason_becomes_the_authors_first_words_in_the_case(
    client: Client, category: Category, author: Person, settle: object
) -> None:
    client.sign_in(author)
    client.post("forums.new_topic", topic(category, **hint(client), needed_uk_nhs=f"{NEEDED} {room.NHS}"))
    kept = SaidBefore.get()
    assert (kept.rule, kept.what, kept.person_id) == ("uk_nhs", "needed", author.id)
    assert room.NHS not in kept.words and NEEDED in kept.words
    assert taking.mine(make.viewer(author))["said_before_posting"][0]["words"] == kept.words
    settle()  # type: ignore[operator]
    assert said_in_case() == [f"Said before posting: it is needed. {kept.words}"]
    assert SaidBefore.select().count() == 0 and Case.get().state == "open"


def test_a_hint_called_wrong_says_so_in_the_case_and_only_there(
    client: Client, category: Category, author: Person, settle: object
) -> None:
    other = make.person()
    client.sign_in(author).post("forums.new_topic", topic(category, **hint(client), wrong="uk_nhs"))
    make.item(other, category.space, "topic", body=room.TEXT)
    settle()  # type: ignore[operator]
    assert Case.select().count() == 2
    assert said_in_case() == ["Said before posting: the hint is wrong."]


def test_nothing_said_and_what_was_put_right_leave_nothing(
    client: Client, category: Category, author: Person, settle: object
) -> None:
    client.sign_in(author)
    told = hint(client)
    client.post("forums.new_topic", topic(category, **told, needed_uk_nhs="  "))
    client.post("forums.new_topic", topic(category, **told, body="No number.", needed_uk_nhs=NEEDED))
    settle()  # type: ignore[operator]
    assert Item.select().count() == 2 and SaidBefore.select().count() == 0 and said_in_case() == []


def test_what_no_case_took_up_goes_after_a_while(hub: Flask, author: Person) -> None:
    room.policy()
    row = {"person": author.id, "rule": "abuse", "what": "wrong"}
    old = clock.now() - keeping.kept("findings") - timedelta(hours=1)
    with db.write():
        SaidBefore.insert(code="a" * 16, at=old, **row).execute()
        SaidBefore.insert(code="b" * 16, **row).execute()
    keeping.tidy()
    assert [r.code for r in SaidBefore.select()] == ["b" * 16]


@pytest.mark.parametrize(
    ("body", "figures"),
    [(room.TEXT, (1, 1)), ("The number stays with the ward.", (1, 0))],
    ids=["posted anyway", "heeded"],
)
def test_a_hint_beside_the_words_is_counted_when_they_are_posted(
    client: Client, category: Category, author: Person, body: str, figures: tuple[int, int]
) -> None:
    client.sign_in(author)
    client.post("forums.new_topic", topic(category, **hint(client), body=body))
    row = NudgeCount.get(NudgeCount.rule == "uk_nhs")
    assert (row.shown, row.posted_anyway) == figures


def test_a_hint_that_was_also_asked_about_counts_once(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    page = client.post("forums.new_topic", topic(category, hinted="uk_nhs,<script>"), status=200)
    fields = {
        i["name"]: i["value"] for i in page.find_all("input", {"type": "hidden"}) if i["name"] != "csrf_token"
    }
    client.post(
        "forums.new_topic", {**fields, "title": "A referral", "body": room.TEXT, "audience": "everyone"}
    )
    assert [(r.rule, r.shown, r.posted_anyway) for r in NudgeCount.select()] == [("uk_nhs", 1, 1)]
