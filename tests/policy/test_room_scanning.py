"""Looking at published items: findings without the value, flags by audience, nothing raised twice, nothing
lost.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from hub import clock, db, events, files, jobs
from hub.content import actions as content
from hub.content.models import Attachment, Item, Revision
from hub.events import Event
from hub.people.models import Person
from hub.policy import actions, detector, scanning
from hub.policy.models import Case, CaseEvent, Finding, Notice, Unscanned
from hub.spaces.models import Space
from tests import make
from tests.policy import room

pytestmark = pytest.mark.backend
Settle = Callable[[], None]


def everything_but(*models: type[db.Model]) -> str:
    """Every row of every table but these, as text."""
    return "\n".join(
        str(row) for model in db.models() if model not in models for row in model.select().dicts()
    )


def test_a_flag_is_raised_and_the_author_told_at_once(author: Person, where: Space, settle: Settle) -> None:
    item, case = room.flagged(settle, author, where)
    assert (case.clause, case.state, case.revision, case.rules) == ("2.1", "open", 1, ["uk_nhs"])
    assert case.high and case.audience == "partners"
    notice = Notice.get(Notice.case == case.id)
    assert notice.person_id == author.id and "clause 2.1 (Personal data and identifiers)" in notice.words
    event = Event.get(Event.name == "policy:flagged")
    assert (event.item_id, event.person_id, event.actor_id, event.data["notice"]) == (
        item.id,
        author.id,
        None,
        notice.id,
    )
    assert Item.get_by_id(item.id).audience == "everyone"  # A flag changes nothing about the item.


def test_the_value_itself_is_in_no_row_but_the_authors_own_text(
    author: Person, where: Space, settle: Settle
) -> None:
    room.flagged(settle, author, where, title=f"NHS number {room.NHS}")
    assert {f.place for f in Finding.select()} == {"title", "text"}
    # The author's own text keeps it, and nothing else does: no finding, case, event, notice, notification,
    # mail or job.
    kept = everything_but(Item, Revision)
    assert room.NHS not in kept and room.NHS.replace(" ", "") not in kept
    assert room.NHS in everything_but()


@pytest.mark.parametrize(
    ("audience", "outcome", "flags"),
    [("space", "nudge", 0), ("staff", "nudge+flag", 1), ("everyone", "flag high", 1)],
)
def test_who_can_read_it_decides_what_follows(
    author: Person, where: Space, settle: Settle, audience: str, outcome: str, flags: int
) -> None:
    token = where.token if audience == "space" else audience
    make.item(author, where, "topic", body=room.TEXT, audience=token, reason="Only for us")
    settle()
    assert [f.outcome for f in Finding.select()] == [outcome]
    assert Case.select().count() == flags
    assert Finding.select().where(Finding.case.is_null(False)).count() == flags


def test_widening_the_audience_raises_what_was_only_found_before(
    author: Person, where: Space, settle: Settle
) -> None:
    item = make.item(author, where, "topic", body=room.TEXT, audience=where.token, reason="Only for us")
    colleague = make.person()
    make.join(where, colleague)
    answer = make.item(
        colleague, where, "reply", title="", body="NHS number 999 111 2227 as well.", parent=item
    )
    settle()
    assert Case.select().count() == 0
    content.set_audience(make.viewer(author), Item.get_by_id(item.id), "everyone")
    settle()
    assert {c.item_id for c in Case.select()} == {item.id, answer.id}


def test_an_edit_joins_the_open_case_and_putting_it_right_is_noticed(
    author: Person, where: Space, settle: Settle
) -> None:
    item, case = room.flagged(settle, author, where)
    content.edit(make.viewer(author), item, version=1, body=room.TEXT + " Another NHS number: 999 111 2227.")
    settle()
    case = room.fresh(case)
    assert Case.select().count() == 1 and case.revision == 2 and case.fixed_at is None
    content.edit(make.viewer(author), item, version=2, body="The referral names the patient.")
    settle()
    case = room.fresh(case)
    assert case.fixed_at is not None and case.state == "open"
    assert [e.name for e in CaseEvent.select().order_by(CaseEvent.id)] == ["opened", "added", "fixed"]
    content.edit(make.viewer(author), item, version=3, body=room.TEXT + " Again 999 333 0817, an NHS number.")
    settle()
    assert room.fresh(case).fixed_at is None


def test_what_people_have_decided_about_is_not_flagged_again(
    author: Person, where: Space, settle: Settle
) -> None:
    item, case = room.flagged(settle, author, where)
    viewer = make.viewer(room.reviewer())
    actions.claim(viewer, case)
    actions.decide(viewer, room.fresh(case), outcome="no_breach", reason="An invented number in an example.")
    content.edit(make.viewer(author), item, version=1, body=room.TEXT + " Thank you.")
    settle()
    assert Case.select().count() == 1
    content.edit(make.viewer(author), item, version=2, body=room.TEXT + " Another NHS number: 999 111 2227.")
    settle()
    assert Case.select().count() == 2


def test_the_text_of_an_attached_file_is_looked_at(author: Person, where: Space, settle: Settle) -> None:
    item = make.item(author, where, "topic", body="The list is in the file.")
    settle()
    stored = files.store().put(io.BytesIO(b"%PDF-1.4"), limit=100)
    kept = {"sha256": stored.sha256, "name": "list.pdf", "media_type": "application/pdf", "size": 8}
    with db.write():
        row = Attachment.create(item=item, person=author, text=room.TEXT, **kept)
        Item.update(attachments=1).where(Item.id == item.id).execute()
    scanning.scan_item(item.id)
    assert Finding.get(Finding.rule == "uk_nhs").place == f"file {row.id}"


def test_withdrawing_keeps_the_evidence_of_an_open_case(author: Person, where: Space, settle: Settle) -> None:
    item, case = room.flagged(settle, author, where)
    content.withdraw(make.viewer(author), item)
    settle()
    assert room.fresh(case).fixed_at is not None
    assert Finding.select().where(Finding.case == case.id).exists()
    viewer = make.viewer(room.reviewer())
    actions.claim(viewer, case)
    assert room.may_open(viewer.person, item)


def test_looking_twice_changes_nothing(author: Person, where: Space, settle: Settle) -> None:
    item, _ = room.flagged(settle, author, where)
    before = (Finding.select().count(), CaseEvent.select().count(), Notice.select().count())
    scanning.scan_item(item.id)
    scanning.scan_item(item.id)
    assert (Finding.select().count(), CaseEvent.select().count(), Notice.select().count()) == before


def test_a_comment_and_a_file_name_are_looked_at_too(author: Person, where: Space, settle: Settle) -> None:
    import io

    from hub import files
    from hub.content import keeping

    item = make.item(author, where, "topic", body="See the file.")
    viewer = make.viewer(author)
    upload = keeping.upload(
        viewer,
        files.store().put(io.BytesIO(b"MZ" + bytes(200)), limit=1000),
        "NHS_number_999 012 3454.pdf.exe",
    )
    with db.write():
        reply = content.create(viewer, "reply", where, body="Here it is.", parent=item, files=[upload.id])
    settle()
    assert {(f.rule, f.place) for f in Finding.select().where(Finding.item == reply.id)} >= {
        ("uk_nhs", "a file's name"),
        ("upload", "attached file"),
    }


def test_while_the_detector_is_away_items_wait_and_are_looked_at_later(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise detector.Away("not installed: re2")

    with monkeypatch.context() as patch:
        patch.setattr(detector, "_engine", broken)
        item = make.item(author, where, "topic", body=room.TEXT)
        settle()
        assert Unscanned.get().item_id == item.id and Case.select().count() == 0
        assert "not installed" in detector.trouble() and scanning.waiting() == 1
        assert events.parked() == []
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        jobs.run_due()
    assert Case.select().count() == 1 and scanning.waiting() == 0 and detector.trouble() == ""


def test_one_item_that_cannot_be_looked_at_holds_up_no_other(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = scanning.gather

    def gather(item: Item) -> Any:
        if item.title == "Poison":
            raise ZeroDivisionError("secret words")
        return plain(item)

    monkeypatch.setattr(scanning, "gather", gather)
    make.item(author, where, "topic", title="Poison", body=room.TEXT)
    _, case = room.flagged(settle, author, where, title="Sound")
    assert case.item.title == "Sound"
    row = Unscanned.get()
    assert row.attempts == 1 and row.error == "ZeroDivisionError" and "secret" not in row.error


def test_a_change_made_while_the_detector_looks_is_looked_at_again(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = detector.look
    changed = []

    def look(*args: Any, **values: Any) -> Any:
        found = plain(*args, **values)
        if not changed:
            changed.append(True)
            content.edit(make.viewer(author), Item.get(), version=1, body=room.TEXT)
        return found

    monkeypatch.setattr(detector, "look", look)
    make.item(author, where, "topic", body="Nothing yet.")
    settle()
    assert Case.get().revision == 2 and scanning.waiting() == 0


def test_the_same_number_posted_again_has_the_same_fingerprint(
    author: Person, where: Space, settle: Settle
) -> None:
    for body in (room.TEXT, "NHS no: 9990123454"):
        make.item(author, where, "topic", body=body)
    settle()
    prints = {f.fingerprint for f in Finding.select().where(Finding.rule == "uk_nhs")}
    assert len(prints) == 1 and len(prints.pop()) == 64


@pytest.mark.parametrize(
    "name",
    [
        "item:published",
        "item:edited",
        "item:audience_changed",
        "item:moved",
        "item:restored",
        "item:withdrawn",
        "document:read",
        "document:uploaded",
        "document:version_added",
    ],
)
def test_12_whatever_changes_what_readers_get_has_the_item_looked_at(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Mutation: a name left out of `reactions.LOOKS_AT`. Others may come with it by chance, so each is tried alone."""
    item = make.item(author, where, "topic", body="Plain words.")
    settle()
    asked: list[int] = []
    monkeypatch.setattr(scanning, "ask_for", asked.extend)
    with db.write():
        events.record(name, author, item)
    settle()
    assert asked == [item.id]
