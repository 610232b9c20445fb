"""Mails of the policy as a person reads them: the whole notice, and the page where it is answered."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask

from hub.notifications import letters
from hub.people.models import Person
from hub.policy import rules
from hub.policy.fairness import exceptions
from hub.policy.rulebook import actions, live
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]


def mails(app: Flask, person: Person) -> list[str]:
    """What was mailed to the person, oldest first, each as subject and text."""
    folder = Path(app.config["HUB"].data_path) / "mail"
    found = [message_from_bytes(p.read_bytes(), policy=default) for p in sorted(folder.glob("*.eml"))]
    return [f"{m['Subject']}\n{m.get_content()}" for m in found if m["To"] == person.email]  # type: ignore[attr-defined]


@pytest.mark.backend
def test_a_decision_is_mailed_whole_with_the_way_to_answer_and_appeal(
    hub: Flask, author: Person, where: Space, settle: Settle
) -> None:
    _, case = room.flagged(settle, author, where)
    ifan = room.reviewer("Ifan Rees")
    room.decided(case, ifan, "breach", hide_days=3)
    settle()
    flagged, decided = mails(hub, author)
    assert "This touches clause 2.1" in flagged and "a person will look at it" in flagged
    for words in (
        room.REASON,
        "clause 2.1",
        "Decided by Ifan Rees",
        "You can reply by an appeal on the page My flags until",
        "for 3 days",
        "/my-flags",
    ):
        assert words in decided, words
    assert room.NHS not in flagged + decided
    assert len(decided.split("\n\n")[1].splitlines()[0]) < 200
    folder = Path(hub.config["HUB"].data_path) / "mail"
    for raw in folder.glob("*.eml"):
        assert b"List-Unsubscribe: <http" in raw.read_bytes(), "one click ends it, so the header is no code"
    # A notice is for its own person: the event's number gives it to nobody else.
    assert letters.mail.in_full(1, "policy:decided", ifan.id) == ""


@pytest.mark.backend
def test_who_asked_for_an_exception_is_told_what_became_of_it(
    hub: Flask, client: Client, author: Person, where: Space, settle: Settle
) -> None:
    owner = make.person("Owena Second", roles=["policy owner"])
    made = [
        exceptions.ask(
            make.viewer(author), name="uk_nhs", what="Tests", reason=room.REASON, months=1, person=None, space=where
        )
        for _ in range(3)
    ]  # fmt: skip
    exceptions.approve(make.viewer(owner), made[0].id)
    exceptions.end(make.viewer(owner), made[0].id)
    exceptions.end(make.viewer(owner), made[1].id)
    exceptions.end(make.viewer(author), made[2].id)
    settle()
    approved, ended, declined = mails(hub, author)
    assert "(NHS number) was approved by Owena Second. It counts until" in approved
    assert "was ended by Owena Second" in ended and "was declined by Owena Second" in declined
    assert "/policy/exceptions" in approved
    page = client.sign_in(author).get("notifications.notifications")
    assert page.find("a", href="/policy/exceptions", string=lambda s: s and "declined" in s)


@pytest.mark.backend
def test_the_owner_of_a_rule_that_the_breaker_stopped_is_told_why(
    hub: Flask, author: Person, settle: Settle
) -> None:
    owner = make.person("Owena Second", roles=["policy owner"])
    live.forget()
    actions.trip("uk_nhs", "people found it wrong in 11 of the last 20 decisions")
    settle()
    [told] = mails(hub, owner)
    assert "11 of the last 20" in told and "neither hints nor flags" in told and "/policy/rules" in told


def test_a_label_that_has_its_article_gets_no_other() -> None:
    assert [rules.a(label) for label in ("the word council", "NHS number", "any file", "anthem")] == [
        "The word council", "An NHS number", "Any file", "An anthem"
    ]  # fmt: skip
