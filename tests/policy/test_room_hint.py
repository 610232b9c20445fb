"""The hint while writing and the question before posting: said once, stores nothing, stops nobody."""

from __future__ import annotations

import pytest

from hub import db
from hub.content import keeping
from hub.content.models import Attachment, Draft, Item
from hub.events import Event
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.people.models import Person
from hub.policy.models import Case, Finding, NudgeCount, Unscanned
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room


def rows() -> dict[str, int]:
    """How many rows every table holds: what a check that stores nothing leaves alike."""
    return {m._meta.table_name: m.select().count() for m in db.models()}


def asked(category: Category, **values: object) -> dict[str, object]:
    return {
        "category": category.id,
        "title": "A referral",
        "body": room.TEXT,
        "audience": "staff",
        "reason": "Not for partners yet",
        **values,
    }


def test_the_hint_says_what_where_why_here_and_what_to_do(
    client: Client, category: Category, author: Person
) -> None:
    part = client.sign_in(author).post(
        "policy.check", {"body": room.TEXT, "audience": "staff"}, status=200, htmx="composer-policy"
    )
    words = part.get_text(" ", strip=True)
    assert "An NHS number" in words and "can read this" in words and "last two digits" in words
    assert room.NHS not in words
    assert part.find("a", href=lambda h: h and h.endswith("#clause-2.1"))
    assert part.find("input", {"name": "seen"})["value"]


def test_the_hint_is_at_most_three_lines_worst_first(
    client: Client, category: Category, author: Person
) -> None:
    body = "\n\n".join(
        [
            room.TEXT,
            "The password is Heulwen-Copor-58.",
            "NI number AB 12 34 56 C",
            "http://192.0.2.7/login",
            "Date of birth: 12/03/1985",
        ]
    )
    part = client.sign_in(author).post(
        "policy.check", {"body": body, "audience": "staff"}, status=200, htmx=True
    )
    lines = [li.get_text(" ", strip=True) for li in part.find_all("li")]
    assert 1 < len(lines) <= 3
    assert lines[0].startswith("A password")
    assert "Heulwen" not in part.get_text()


@pytest.mark.backend
def test_the_check_stores_nothing_and_records_nothing(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    before = rows()
    client.post(
        "policy.check", {"title": "x", "body": room.TEXT, "audience": "everyone"}, status=200, htmx=True
    )
    client.post("policy.check", {"body": "nothing here", "audience": "staff"}, status=200)
    assert rows() == before
    # The twin: what does store changes the count, so that this comparison can fail.
    client.post("policy.acknowledge", number=1)
    assert rows() != before


def test_the_check_answers_nonsense_and_strangers(client: Client, category: Category, author: Person) -> None:
    client.post("policy.check", {"body": room.TEXT}, status=401, htmx=True)
    client.sign_in(author)
    for audience in ("", "space:0", "space:999999999", "space:x", "org:1:2", "rubbish", "person:٣"):
        part = client.post("policy.check", {"body": room.TEXT, "audience": audience}, status=200, htmx=True)
        assert part.find(id="nudge") is not None
    client.post("policy.check", {}, status=200, htmx=True)


def test_a_space_one_may_not_know_gives_no_head_count(
    client: Client, category: Category, author: Person
) -> None:
    secret = make.space("Hush", "secret", "staff", members=(make.person(), make.person()))
    part = client.sign_in(author).post(
        "policy.check", {"body": room.TEXT, "audience": secret.token}, status=200, htmx=True
    )
    assert "can read this" not in part.get_text() and "Hush" not in part.get_text()


def test_posting_is_asked_about_once_and_then_goes_through(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    page = client.post("forums.new_topic", asked(category, tags="a, b"), status=200)
    assert page.h1.get_text() == "Before you post"
    assert Item.select().count() == 0
    form = page.find("form", action=client.path("forums.new_topic"))
    sent = {i["name"]: i["value"] for i in form.find_all("input") if i["name"] != "csrf_token"}
    sent["body"] = form.find("textarea").get_text().removeprefix("\n")
    sent["audience"] = form.find("select", {"name": "audience"}).find("option", selected=True)["value"]
    assert (
        sent["body"] == room.TEXT
        and sent["tags"] == "a, b"
        and sent["reason"]
        and sent["audience"] == "staff"
    )
    buttons = [
        b
        for b in form.find_all(["button", "a"])
        if b.get_text(strip=True) in ("Post anyway", "Go back and change it")
    ]
    assert len(buttons) == 2 and buttons[0]["class"] == buttons[1]["class"]
    client.post("forums.new_topic", sent)
    assert Item.get().body == room.TEXT


def test_the_same_words_pass_the_second_time_without_the_hidden_field(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    client.post("forums.new_topic", asked(category), status=200)
    client.post("forums.new_topic", asked(category))
    assert Item.select().count() == 1


def test_who_saw_the_hint_while_writing_is_not_asked_again(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    part = client.post(
        "policy.check", {"title": "A referral", "body": room.TEXT, "audience": "staff"}, status=200, htmx=True
    )
    client.post("forums.new_topic", asked(category, seen=part.find("input", {"name": "seen"})["value"]))
    assert Item.select().count() == 1


def test_something_new_is_asked_about_again_and_made_up_marks_do_not_count(
    client: Client, category: Category, author: Person
) -> None:
    client.sign_in(author)
    page = client.post("forums.new_topic", asked(category, seen="0123456789abcdef,,zz"), status=200)
    seen = page.find("input", {"name": "seen"})["value"]
    worse = asked(category, body=room.TEXT + "\n\nThe password is Heulwen-Copor-58.", seen=seen)
    assert client.post("forums.new_topic", worse, status=200).h1.get_text() == "Before you post"
    # Wider readers are a new question as well.
    page = client.post("forums.new_topic", asked(category, audience="everyone", seen=seen), status=200)
    assert page.h1.get_text() == "Before you post"


def test_one_writers_marks_are_of_no_use_to_another(
    client: Client, category: Category, author: Person, where: Space
) -> None:
    page = client.sign_in(author).post("forums.new_topic", asked(category), status=200)
    seen = page.find("input", {"name": "seen"})["value"]
    other = make.person()
    page = client.sign_in(other).post("forums.new_topic", asked(category, seen=seen), status=200)
    assert page.h1.get_text() == "Before you post"


def test_attached_files_and_the_draft_come_through_the_question(
    client: Client, category: Category, author: Person
) -> None:
    import io

    client.sign_in(author)
    keeping.save_draft(make.viewer(author), "topic:new", title="A referral", body=room.TEXT)
    page = client.post(
        "forums.new_topic",
        asked(category, key="topic:new", files=(io.BytesIO(b"plan"), "plan.txt")),
        status=200,
    )
    attached = page.find("input", {"name": "attached"})["value"]
    assert Draft.select().count() == 1
    client.post("forums.new_topic", asked(category, key="topic:new", attached=attached))
    assert Attachment.get().item_id == Item.get().id
    assert Draft.select().count() == 0


def test_only_a_counter_is_left_of_hints(client: Client, category: Category, author: Person) -> None:
    client.sign_in(author)
    client.post("forums.new_topic", asked(category), status=200)
    client.post("forums.new_topic", asked(category))
    row = NudgeCount.get(NudgeCount.rule == "uk_nhs")
    assert (row.shown, row.posted_anyway) == (1, 1)
    assert {f.name for f in NudgeCount._meta.sorted_fields} == {"id", "day", "rule", "shown", "posted_anyway"}


def test_a_space_without_automatic_scan_is_left_alone(client: Client, author: Person, settle: object) -> None:
    room.policy()
    union = make.space("Branch", "invitation", "staff", editors=(author,), no_automatic_scan=True)
    category = forums.add_category(make.viewer(author), union, name="Talk", about="")
    client.sign_in(author).post(
        "forums.new_topic",
        {"category": category.id, "title": "A", "body": "The password is Heulwen-Copor-58."},
    )
    settle()  # type: ignore[operator]
    assert Item.select().count() == 1 and Finding.select().count() == 0
    assert Case.select().count() == 0 and Unscanned.select().count() == 0


def test_plain_words_are_not_asked_about(client: Client, category: Category, author: Person) -> None:
    client.sign_in(author).post("forums.new_topic", asked(category, body="Has anyone a form for damp?"))
    assert Item.select().count() == 1
    assert (
        Event.select().where(Event.name.startswith("policy:")).count() == 1
    )  # the policy itself was published
