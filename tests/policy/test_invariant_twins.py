"""Known-bad twins: each breaks the hub on purpose, and what proves an invariant elsewhere notices. A proof that cannot
fail proves nothing.
"""

from __future__ import annotations

import email
import email.policy
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response

from hub import db
from hub.content import actions as content
from hub.content.models import Item
from hub.errors import Conflict
from hub.forums import actions as forums
from hub.people.models import Person
from hub.policy import about_me, actions, cases, ladder, notices, scanning
from hub.policy.detect import engine
from hub.policy.fairness import exceptions
from hub.policy.models import Case, Decision, Finding, Notice
from hub.policy.rulebook import rehearsal
from hub.policy.rulebook.models import DryRun
from hub.policy.state import CLAIM
from hub.policy.writing import views as writing
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room, test_room_invariants

Settle = Callable[[], None]
SECRET = "The password is Heulwen-Copor-58."


def broken(*_args: object, **_values: object) -> Any:
    raise ZeroDivisionError("broken on purpose")


def test_1_a_module_that_runs_by_itself_and_decides_is_noticed(tmp_path: Path) -> None:
    """Mutation: the scanner imports what hides."""
    bad = tmp_path / "scanning.py"
    bad.write_text(Path(scanning.__file__).read_text() + "\nfrom hub.policy import ladder\n")
    assert test_room_invariants.reach(bad) & test_room_invariants.DECIDES


def test_2_a_policy_that_answers_every_post_itself_would_stop_it_and_one_that_fails_does_not(
    client: Client, author: Person, where: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: the question before posting is asked every time."""
    category = forums.add_category(make.viewer(author), where, name="Damp", about="")
    client.sign_in(author).get("forums.forums")
    sent = {"category": category.id, "title": "T", "body": room.TEXT}
    with monkeypatch.context() as patch:
        patch.setitem(client.app.extensions, "before_post", lambda *_args: Response("No.", 200))
        for _ in range(2):
            path = client.path("forums.new_topic")
            assert client.http.post(path, data={**sent, "csrf_token": client.csrf()}).status_code == 200
        assert Item.select().where(Item.kind == "topic").count() == 0
    monkeypatch.setattr(writing, "_advise", broken)
    client.post("forums.new_topic", sent)
    assert Item.select().where(Item.kind == "topic").count() == 1


def test_4_a_hub_that_forgets_whom_it_warned_asks_again(
    client: Client, author: Person, where: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: the browser's cookie keeps nothing of what was shown."""
    category = forums.add_category(make.viewer(author), where, name="Damp", about="")
    client.sign_in(author).get("forums.forums")
    sent = {"category": category.id, "title": "T", "body": room.TEXT}
    monkeypatch.setattr(writing, "SEEN", "forgotten")
    real = writing.session

    class Forgetful(dict):
        """A session that keeps nothing."""

        def get(self, key: str, default: object = None) -> object:
            return default if key == "forgotten" else real.get(key, default)

        def __setitem__(self, key: str, value: object) -> None:
            return None

    monkeypatch.setattr(writing, "session", Forgetful())
    client.post("forums.new_topic", sent, status=200)
    client.post("forums.new_topic", sent, status=200)
    assert Item.select().where(Item.kind == "topic").count() == 0
    monkeypatch.setattr(writing, "session", real)
    client.post("forums.new_topic", sent, status=200)
    client.post("forums.new_topic", sent)
    assert Item.select().where(Item.kind == "topic").count() == 1


def as_read(mail: bytes) -> Iterator[str]:
    """A mail's headers and texts as its reader sees them: what travels encoded could hide a value, or look like one."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    yield from map(str, message.values())
    for part in message.walk():
        if part.get_content_maintype() == "text":
            yield part.get_content()


def kept_words(hub: Flask, log: str) -> Iterator[tuple[str, str]]:
    """(where, words) of everything that is kept outside items: every other table's rows, the mail folder, the log."""
    own = {"item", "revision", "passage", "draft", "policy_clause", "policy_version"}
    for model in db.models():
        name = model._meta.table_name
        if name in own or name.startswith("search"):
            continue
        for row in model.select().tuples():
            yield name, " \n".join(str(value) for value in row if isinstance(value, str | list | dict))
    for path in (Path(hub.config["HUB"].data_path) / "mail").rglob("*"):
        if path.is_file():
            yield path.name, "\n".join(as_read(path.read_bytes()))
    yield "log", log


def seen_by_our_own_detector(hub: Flask, log: str) -> set[str]:
    wanted = {"uk_nhs", "uk_nino", "payment_card", "uk_bank", "iban", "secret"}
    return {
        where
        for where, words in kept_words(hub, log)
        if any(found.rule in wanted for found in engine.scan(words, "public-read"))
    }


def test_8_our_own_detector_finds_no_value_in_what_is_kept_and_would_find_one(
    hub: Flask,
    author: Person,
    where: Space,
    ifan: Person,
    senior: Person,
    settle: Settle,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)  # as the hub keeps it; peewee tells its statements at DEBUG
    item = make.item(author, where, "topic", body=f"{room.TEXT} {SECRET} NI number: AB 12 34 56 C.")
    settle()
    actions.report(make.viewer(make.person()), item, words="There is a number in it.", clause="4.1")
    for case in list(Case.select()):
        decision = room.decided(case, ifan, hide_days=3)
        actions.approve(make.viewer(senior), decision.restrictions.get(), "")
        actions.hear(
            make.viewer(room.senior()),
            actions.appeal(make.viewer(author), decision, "I do not agree."),
            outcome="overturned",
            reason=room.REASON,
        )
    settle()
    assert Finding.select().count() >= 2
    assert seen_by_our_own_detector(hub, caplog.text) == set()
    # Mutation: an excerpt that is not masked, a log that quotes.
    Finding.update(excerpt=f"NHS number {room.NHS}").where(
        Finding.id == Finding.select(db.lowest(Finding.id))
    ).execute()
    assert seen_by_our_own_detector(hub, caplog.text + SECRET) == {"policy_finding", "log"}


def test_9_without_the_version_the_second_reviewer_would_overwrite(case: Case, ifan: Person) -> None:
    """Mutation: the form no longer says which version it was shown."""
    actions.claim(make.viewer(ifan), case)
    seen = room.fresh(case).version
    actions.note(make.viewer(ifan), room.fresh(case), "Something more.")
    with pytest.raises(Conflict):
        actions.decide(
            make.viewer(ifan), room.fresh(case), outcome="no_breach", reason=room.REASON, version=seen
        )
    actions.decide(make.viewer(ifan), room.fresh(case), outcome="no_breach", reason=room.REASON, version=None)
    assert Decision.select().count() == 1 and CLAIM.total_seconds() == 1800


def test_10_an_end_by_any_other_cause_would_show(
    author: Person, where: Space, case: Case, ifan: Person, senior: Person
) -> None:
    """Mutation: `finish` called from somewhere else than the cause, an appeal or a lift lets the author post."""
    decision = room.decided(case, ifan, hide_days=7, measure="pause_space")
    row = actions.approve(make.viewer(senior), decision.restrictions.get(), "")
    with pytest.raises(Exception, match="paused"):
        make.item(author, where, "topic")
    with db.write():
        ladder.finish(cases.lock(case), row, "lifted", None, "broken on purpose")
    make.item(author, where, "topic")


def test_11_a_run_that_is_promoted_without_being_judged_would_flag_old_content(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: the scanner asked for old items by itself. Nothing else than this call flags what stands already."""
    item = make.item(author, where, "topic", body="The old words stand here.")
    settle()
    Item.update(body=room.TEXT).where(Item.id == item.id).execute()
    settle()
    assert Case.select().count() == 0, "what did not change is not looked at again"
    with db.write():
        scanning.ask_for([item.id])
    settle()
    assert Case.select().count() == 1
    assert DryRun.select().count() == 0 and rehearsal is not None


def test_12_a_place_that_is_not_gathered_is_not_found(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: `gather` leaves out the text."""
    real = scanning.gather
    monkeypatch.setattr(
        scanning, "gather", lambda item: ([p for p in real(item)[0] if p.place != "text"], real(item)[1])
    )
    item = make.item(author, where, "topic", body=room.TEXT)
    settle()
    assert Case.select().count() == 0
    monkeypatch.undo()
    content.edit(make.viewer(author), item, version=1, body=f"{room.TEXT} Once more.")
    settle()
    assert Case.select().count() == 1


def test_13_an_exemption_by_role_would_be_noticed(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: administrators' rules are all excepted."""
    head = make.person(roles=["administrator"])
    everything = frozenset({"uk_nhs"})
    monkeypatch.setattr(
        exceptions,
        "of_item",
        lambda item: everything if item.author.has_role("administrator") else frozenset(),
    )
    make.item(head, where, "topic", body=room.TEXT)
    make.item(author, where, "topic", body=room.TEXT)
    settle()
    assert [c.author_id for c in Case.select()] == [author.id]


def test_14_a_reporter_named_to_the_author_would_be_noticed(
    author: Person, where: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutation: the notice says who it was; and without a cap ten reports weigh more than three."""
    item = make.item(author, where, "topic", body="Plain words.")
    reporter = make.person("Sian Price")
    real = notices.flagged
    monkeypatch.setattr(
        notices, "flagged", lambda name, what, clause: real(name, "Sian Price reported something", clause)
    )
    monkeypatch.setattr(cases, "REPORTS_COUNTED", 100)
    points = []
    for person in (reporter, *(make.person() for _ in range(9))):
        actions.report(make.viewer(person), item, words="I do not like this.", clause="4.1")
        points.append(Case.get().points)
    assert "Sian Price" in Notice.get().words and points[9] > points[2]
    assert about_me.mine(make.viewer(author)).rows[0].case.reports == 10
