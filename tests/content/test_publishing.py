"""Writing, publishing, editing and withdrawing items: who reads what afterwards, and what is recorded."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

import pytest

from hub import access, clock, db, events
from hub.content import actions, queries, versions
from hub.content.models import Attachment, Item, Mention, Revision
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.events import Event
from hub.people.models import Person
from hub.spaces.models import Membership, Space
from tests import make

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("hub")]


def fresh(item: Item) -> Item:
    return Item.get_by_id(item.id)


def reads(somebody: Person | None, item: Item) -> bool:
    return access.may_read(make.viewer(somebody), fresh(item))


def names(item: Item) -> list[str]:
    return [e.name for e in Event.select().where(Event.item_id == item.id).order_by(Event.id)]


def answer(author: Person, parent: Item, **values: Any) -> Item:
    return make.item(author, parent.space, kind="comment", title="", parent=parent, **values)


def later(**delta: int) -> Any:
    return clock.now() + timedelta(**delta)


def move_time(monkeypatch: pytest.MonkeyPatch, **delta: int) -> None:
    moment = later(**delta)
    monkeypatch.setattr(clock, "now", lambda: moment)


# --- beginning ----------------------------------------------------------------------------------------------


def test_a_published_item_stands_before_its_audience_and_its_event_says_so() -> None:
    author, partner, reader = make.person(), make.partner(), make.person()
    item = make.item(author, make.space(reach="staff"), tags=["Damp & mould"])
    assert reads(reader, item) and not reads(partner, item) and not reads(None, item)
    assert names(item) == ["item:published"]
    assert fresh(item).tags == ["Damp & mould"]


def test_a_draft_is_its_authors_alone_until_it_is_published() -> None:
    author, editor = make.person(), make.person()
    space = make.space(members=(author,), editors=(editor,))
    item = make.item(author, space, state="draft")
    assert reads(author, item) and not reads(editor, item)
    with pytest.raises(Refused):
        actions.publish(make.viewer(editor), item)
    actions.publish(make.viewer(author), item)
    actions.publish(make.viewer(author), item)
    assert reads(editor, item)
    assert names(item) == ["item:created", "item:published"]


def test_the_widest_audience_is_the_default_but_public_is_always_a_choice() -> None:
    author = make.person()
    assert make.item(author, make.space(reach="public")).audience == "everyone"
    assert make.item(author, make.space(reach="staff")).audience == "staff"
    space = make.space(kind="request", members=(author,))
    assert make.item(author, space).audience == space.token


@pytest.mark.parametrize(
    "token", ["everyone", "space:1", "person:1", "org:999", "", "nonsense", "space:1:editors"]
)
def test_an_audience_outside_the_ladder_is_refused(token: str) -> None:
    author = make.person()
    make.space()
    space = make.space(kind="request", members=(author,))
    with pytest.raises(Invalid) as refusal:
        make.item(author, space, audience=token, reason="Because")
    assert refusal.value.field == "audience"
    assert Item.select().count() == 0


def test_a_partner_cannot_publish_to_the_world_or_to_staff() -> None:
    partner = make.partner()
    space = make.space(reach="public")
    for token in ("public", "staff"):
        with pytest.raises(Invalid):
            make.item(partner, space, audience=token)
    assert make.item(
        partner, space, audience=f"org:{partner.organisation_id}", reason="Only us"
    ).audience.startswith("org:")


def test_fewer_readers_than_usual_wants_a_reason() -> None:
    author = make.person()
    space = make.space(members=(author,))
    with pytest.raises(Invalid) as refusal:
        make.item(author, space, audience=space.token, reason=" \n ")
    assert refusal.value.field == "reason"
    item = make.item(author, space, audience=space.token, reason="Names\nof tenants")
    assert item.narrow_reason == "Names of tenants"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "\u200b \u200d"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"body": "x" * 100_001}, "body"),
        ({"tags": [f"tag {n}" for n in range(13)]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"state": "scheduled"}, "publish_at"),
    ],
)
def test_what_cannot_be_posted_is_named_and_nothing_is_written(values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make.item(make.person(), make.space(), **values)
    assert refusal.value.field == field
    assert (Item.select().count(), Event.select().count(), Revision.select().count()) == (0, 0, 0)


@pytest.mark.parametrize(
    "words", ["👩‍👩‍👧 family", "İstanbul", "e\u0301", "日本語", "a'b\"c<d>&e", "نص عربي"]
)
def test_titles_of_every_script_come_back_as_they_were_typed(words: str) -> None:
    item = make.item(make.person(), make.space(), title=words, body=words)
    assert fresh(item).title == unicodedata.normalize("NFC", words)
    assert fresh(item).body == words


def test_nul_is_taken_out_and_line_ends_are_made_one_kind() -> None:
    item = make.item(make.person(), make.space(), title="a\x00b", body="one\x00\r\ntwo\rthree")
    assert (fresh(item).title, fresh(item).body) == ("ab", "one\ntwo\nthree")


def test_tags_are_one_whatever_their_case_and_signs() -> None:
    one = make.item(make.person(), make.space(), tags=["#Damp", "damp", " DAMP ", ",", "C++"])
    assert fresh(one).tags == ["Damp", "C++"]
    assert [actions.tag_slug(t) for t in fresh(one).tags] == ["damp", "c++"]


def test_nobody_posts_where_they_may_not() -> None:
    stranger, partner = make.person(), make.partner()
    with pytest.raises(Missing):
        make.item(stranger, make.space(kind="secret"))
    with pytest.raises(Refused):
        make.item(stranger, make.space(kind="request"))
    with pytest.raises(Missing):
        make.item(partner, make.space(reach="staff"))
    with pytest.raises(Refused, match="archived"):
        make.item(stranger, make.space(archived_at=clock.now()))
    with pytest.raises(Refused, match="Sign in"), db.write():
        actions.create(access.NOBODY, "post", make.space(reach="public"), title="Hello")


def test_speaking_for_a_service_is_for_its_head_and_its_speakers() -> None:
    head, speaker, other = make.person(), make.person(), make.person()
    unit = make.unit(key="housing", head_id=head.id)
    speaker.speaks_for = ["housing"]
    speaker.save()
    space = make.space()
    for person in (head, speaker):
        assert make.item(person, space, on_behalf_of=unit).on_behalf_of == unit
    with pytest.raises(Refused, match="on behalf of"):
        make.item(other, space, on_behalf_of=unit)


def test_files_belong_to_the_item_that_names_them_and_only_to_their_uploader() -> None:
    author, other = make.person(), make.person()

    def file(person: Person) -> Attachment:
        return Attachment.create(
            person=person, sha256="0" * 64, name="a b.png", media_type="image/png", size=1
        )

    listed, linked, bare, foreign = file(author), file(author), file(author), file(other)
    body = f"![x](/files/{linked.id}/picture.png) [y](</files/{bare.id}/a b.png>) [z](/files/{foreign.id}/x) [!](/files/{9**30}/x)"
    item = make.item(author, make.space(), body=body, files=[listed.id, -1, 9**30])
    assert {a.id for a in Attachment.select().where(Attachment.item == item.id)} == {
        listed.id,
        linked.id,
        bare.id,
    }
    assert fresh(item).attachments == 3
    second = make.item(author, make.space(), files=[listed.id])
    assert fresh(second).attachments == 0


def test_people_named_are_remembered_once() -> None:
    author, named = make.person(), make.person("Ann Evans", handle="ann.evans")
    item = make.item(author, make.space(), body="Ask @ann.evans, or @nobody.here")
    assert Event.get(Event.name == "item:published").data["mentions"] == [named.id]
    actions.edit(make.viewer(author), item, version=1, body="Do ask @ann.evans")
    assert Event.get(Event.name == "item:edited").data["mentions"] == []
    assert Mention.select().count() == 1


# --- publishing later ---------------------------------------------------------------------------------------


def test_a_scheduled_item_is_published_at_its_time_once(monkeypatch: pytest.MonkeyPatch) -> None:
    author, reader = make.person(), make.person()
    item = make.item(author, make.space(), state="scheduled", publish_at=later(hours=2))
    actions.publish_scheduled()
    assert not reads(reader, item)
    move_time(monkeypatch, hours=3)
    actions.publish_scheduled()
    actions.publish_scheduled()
    assert reads(reader, item)
    assert names(item) == ["item:scheduled", "item:published"]
    assert fresh(item).published_at == clock.now()


def test_a_schedule_ends_where_its_author_may_no_longer_post(monkeypatch: pytest.MonkeyPatch) -> None:
    author = make.person()
    closed = make.space(kind="request", members=(author,))
    archived = make.space()
    left_space = make.item(author, closed, state="scheduled", publish_at=later(hours=1))
    late = make.item(author, archived, state="scheduled", publish_at=later(hours=1))
    fine = make.item(author, make.space(), state="scheduled", publish_at=later(hours=1))
    Membership.delete().where(Membership.person == author).execute()
    Space.update(archived_at=clock.now()).where(Space.id == archived.id).execute()
    move_time(monkeypatch, hours=2)
    actions.publish_scheduled()
    assert [fresh(i).state for i in (left_space, late, fine)] == ["draft", "draft", "published"]
    event = Event.get(Event.name == "item:not_published", Event.item_id == late.id)
    assert "archived" in event.data["reason"] and event.person_id == author.id


def test_a_leavers_schedule_is_kept_as_a_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    author, reader = make.person(), make.person()
    item = make.item(author, make.space(), state="scheduled", publish_at=later(hours=1))
    Person.update(status="disabled").where(Person.id == author.id).execute()
    move_time(monkeypatch, hours=2)
    actions.publish_scheduled()
    assert fresh(item).state == "draft" and not reads(reader, item)


def test_a_schedule_is_changed_and_ended_by_its_author() -> None:
    author, other = make.person(), make.person()
    item = make.item(author, make.space(), state="draft")
    viewer = make.viewer(author)
    with pytest.raises(Invalid):
        actions.reschedule(viewer, item, later(hours=-1))
    with pytest.raises(Refused):
        actions.reschedule(make.viewer(other), item, later(hours=1))
    actions.reschedule(viewer, item, later(hours=1))
    assert fresh(item).state == "scheduled"
    actions.reschedule(viewer, item, None)
    assert (fresh(item).state, fresh(item).publish_at) == ("draft", None)
    actions.publish(viewer, item)
    with pytest.raises(Refused):
        actions.reschedule(viewer, item, later(hours=1))


def test_a_draft_waits_where_its_audience_is_no_longer_allowed() -> None:
    author = make.person()
    space = make.space(reach="public")
    item = make.item(author, space, audience="public", state="draft")
    Space.update(reach="staff").where(Space.id == space.id).execute()
    with pytest.raises(Invalid) as refusal:
        actions.publish(make.viewer(author), Item.get_by_id(item.id))
    assert refusal.value.field == "audience"
    assert fresh(item).state == "draft"


# --- editing ------------------------------------------------------------------------------------------------


def test_every_version_is_kept_and_the_newest_stands() -> None:
    author = make.person()
    item = make.item(author, make.space(), body="First words", tags=["one"])
    item = actions.edit(
        make.viewer(author),
        item,
        version=1,
        title="Better",
        body="Second words",
        tags=["two"],
        note="Clearer",
    )
    assert (fresh(item).title, fresh(item).tags, fresh(item).version) == ("Better", ["two"], 2)
    assert "Second words" in fresh(item).html
    rows = versions.revisions(make.viewer(author), item)
    assert [(r.number, r.note) for r in rows] == [(2, "Clearer"), (1, "")]
    assert versions.revision(make.viewer(author), item, 1).body == "First words"


def test_of_two_who_edit_the_same_version_the_second_is_told_and_nothing_is_overwritten() -> None:
    author, editor = make.person(), make.person()
    space = make.space(editors=(editor,))
    item = make.item(author, space, body="Start")
    mine, theirs = fresh(item), fresh(item)
    actions.edit(make.viewer(author), mine, version=1, body="The author's")
    with pytest.raises(Conflict) as conflict:
        actions.edit(make.viewer(editor), theirs, version=1, body="The editor's")
    assert conflict.value.current.body == "The author's"
    assert fresh(item).body == "The author's"
    assert Revision.select().where(Revision.item == item.id).count() == 2


def test_only_the_author_and_the_editors_who_can_read_it_edit() -> None:
    author, editor, member, administrator = (
        make.person(),
        make.person(),
        make.person(),
        make.person(roles=["administrator"]),
    )
    space = make.space(members=(author, member), editors=(editor,))
    item = make.item(author, space)
    for person in (member, administrator):
        with pytest.raises(Refused):
            actions.edit(make.viewer(person), fresh(item), version=1, title="Mine now")
    draft = make.item(author, space, state="draft")
    with pytest.raises(Missing):
        actions.edit(make.viewer(editor), draft, version=1, title="Mine now")
    actions.edit(make.viewer(editor), fresh(item), version=1, title="Tidied")
    assert fresh(item).title == "Tidied"


def test_moving_an_item_about_never_writes_old_words_over_new_ones() -> None:
    author = make.person()
    item = make.item(author, make.space(), body="Old words")
    stale = fresh(item)
    actions.edit(make.viewer(author), fresh(item), version=1, body="New words")
    actions.withdraw(make.viewer(author), stale)
    actions.restore(make.viewer(author), stale)
    actions.confirm(make.viewer(author), stale)
    actions.hide(author, stale, later(days=1), "Under review")
    actions.unhide(None, stale, "Over")
    assert (fresh(item).body, fresh(item).is_published) == ("New words", True)


# --- withdrawing and answers --------------------------------------------------------------------------------


def test_withdrawing_takes_an_item_and_its_answers_away_at_once_and_restoring_brings_them_back() -> None:
    author, reader = make.person(), make.person()
    space = make.space()
    item = make.item(author, space)
    reply = answer(reader, item)
    actions.withdraw(make.viewer(author), item, "Wrong figures")
    assert not reads(reader, item) and reads(author, item)
    assert reads(reader, reply) and not reads(author, reply)
    with pytest.raises(Refused):
        actions.restore(make.viewer(reader), item)
    actions.restore(make.viewer(author), item)
    assert reads(reader, item) and reads(author, reply)
    assert names(item)[-2:] == ["item:withdrawn", "item:restored"]


def test_a_withdrawn_draft_comes_back_as_a_draft() -> None:
    author, reader = make.person(), make.person()
    item = make.item(author, make.space(), state="draft")
    actions.withdraw(make.viewer(author), item)
    with pytest.raises(Refused, match="Put it back"):
        actions.publish(make.viewer(author), item)
    actions.restore(make.viewer(author), item)
    assert fresh(item).state == "draft" and not reads(reader, item)


def test_who_has_left_the_space_cannot_put_back_what_they_withdrew_there() -> None:
    author, reader = make.person(), make.person()
    space = make.space(kind="request", members=(author, reader))
    item = make.item(author, space)
    actions.withdraw(make.viewer(author), item)
    Membership.delete().where(Membership.person == author).execute()
    with pytest.raises(Refused, match="no longer in the space"):
        actions.restore(make.viewer(author), item)
    assert not reads(reader, item)


def test_counts_of_answers_are_what_readers_meet() -> None:
    author, reader = make.person(), make.person()
    item = make.item(author, make.space())
    first, second = answer(reader, item), answer(reader, item)
    below = answer(author, first)
    assert (fresh(item).answers, fresh(first).answers) == (3, 1)
    actions.withdraw(make.viewer(author), below)
    actions.hide(author, second, later(days=1), "Under review")
    assert (fresh(item).answers, fresh(first).answers) == (1, 0)
    actions.restore(make.viewer(author), below)
    actions.unhide(None, second, "Fine")
    actions.unhide(None, second, "Fine")
    assert (fresh(item).answers, fresh(first).answers) == (3, 1)


def test_an_answer_withdrawn_by_itself_stays_away_when_its_root_comes_and_goes() -> None:
    author, reader = make.person(), make.person()
    item = make.item(author, make.space())
    gone, hidden, stands = answer(reader, item), answer(reader, item), answer(reader, item)
    actions.withdraw(make.viewer(reader), gone)
    actions.hide(author, hidden, later(days=1), "Under review")
    actions.withdraw(make.viewer(author), item)
    actions.restore(make.viewer(author), item)
    assert not reads(author, gone) and not reads(author, hidden) and reads(author, stands)


def test_an_answer_put_back_below_a_withdrawn_item_waits_for_it() -> None:
    author, reader, third = make.person(), make.person(), make.person()
    item = make.item(author, make.space())
    reply = answer(reader, item)
    actions.withdraw(make.viewer(reader), reply)
    actions.withdraw(make.viewer(author), item)
    actions.restore(make.viewer(reader), reply)
    assert not reads(third, reply) and reads(reader, reply)
    actions.restore(make.viewer(author), item)
    assert reads(third, reply)


def test_what_is_hidden_withdrawn_or_a_draft_cannot_be_answered() -> None:
    author, reader = make.person(), make.person()
    item = make.item(author, make.space())
    reply = answer(reader, item)
    waiting = answer(author, item, state="draft")
    actions.withdraw(make.viewer(reader), reply)
    with pytest.raises(Refused, match="cannot be answered"):
        answer(reader, reply)
    actions.hide(reader, item, later(days=1), "Under review")
    with pytest.raises(Refused, match="cannot be answered"):
        answer(author, fresh(item))
    with pytest.raises(Refused, match="cannot be answered"):
        actions.publish(make.viewer(author), waiting)
    with pytest.raises(Missing):
        answer(reader, fresh(item))
    with pytest.raises(Invalid):
        answer(author, make.item(author, item.space), body=" ")


def test_a_grant_opens_an_item_to_read_but_not_to_answer() -> None:
    author, reviewer = make.person(), make.person()
    item = make.item(author, make.space(kind="secret", members=(author,)))
    access.Grant.create(item_id=item.id, person_id=reviewer.id, reason="case 7", ends_at=later(days=1))
    assert queries.open_item(make.viewer(reviewer), item.id).id == item.id
    with pytest.raises(Refused, match="not answer"):
        answer(reviewer, item)
    with pytest.raises(Refused):
        actions.edit(make.viewer(reviewer), item, version=1, body="Mine")


# --- audience, hiding, moving -------------------------------------------------------------------------------


def test_changing_the_audience_carries_the_answers() -> None:
    author, partner = make.person(), make.partner()
    space = make.space(members=(author,))
    item = make.item(author, space)
    reply = answer(partner, item)
    actions.set_audience(make.viewer(author), item, space.token, "Names of tenants")
    assert not reads(partner, item) and fresh(reply).audience == space.token
    assert Event.get(Event.name == "item:audience_changed").data == {
        "kind": "post", "before": "everyone", "after": space.token, "reason": "Names of tenants",
    }  # fmt: skip
    with pytest.raises(Invalid):
        actions.set_audience(make.viewer(make.join(space, partner).person), fresh(reply), "everyone")
    actions.set_audience(make.viewer(author), item, "everyone")
    assert reads(partner, reply)


def test_the_audience_of_what_is_not_published_changes_nothing_yet() -> None:
    author, reader = make.person(), make.person()
    space = make.space()
    draft = make.item(author, space, state="draft")
    gone = make.item(author, space)
    reply = answer(reader, gone)
    actions.withdraw(make.viewer(author), gone)
    for item in (draft, gone):
        actions.set_audience(make.viewer(author), item, "staff", "Only colleagues")
        assert fresh(item).intended == "staff" and not reads(reader, item)
    assert fresh(reply).audience == f"person:{reader.id}"


def test_a_decision_hides_one_item_and_its_answers_until_it_ends_whatever_the_author_does() -> None:
    author, reader = make.person(), make.person()
    space = make.space(members=(author,))
    item = make.item(author, space)
    reply = answer(reader, item)
    actions.hide(reader, item, later(days=7), "Clause 4")
    viewer = make.viewer(author)
    actions.set_audience(viewer, item, space.token, "Fewer")
    actions.withdraw(viewer, item)
    actions.restore(viewer, item)
    actions.move(viewer, item, make.space())
    actions.edit(viewer, item, version=fresh(item).version, body="Other words")
    assert not reads(reader, item) and reads(author, item)
    assert fresh(reply).audience == f"person:{reader.id}"
    actions.unhide(None, item, "Over")
    assert fresh(item).audience == fresh(reply).audience != f"person:{author.id}"


def test_moving_takes_the_answers_along_and_never_widens() -> None:
    author, member, outsider = make.person(), make.person(), make.person()
    closed = make.space(kind="request", members=(author, member))
    opened = make.space(members=(author,))
    item = make.item(author, closed)
    reply = answer(member, item)
    actions.move(make.viewer(author), item, opened)
    assert (fresh(item).space_id, fresh(reply).space_id) == (opened.id, opened.id)
    assert fresh(item).audience == fresh(reply).audience == opened.token
    assert not reads(outsider, item) and not reads(member, item)
    with pytest.raises(Refused, match="moves with"):
        actions.move(make.viewer(member), fresh(reply), closed)
    with pytest.raises(Missing):
        actions.move(make.viewer(author), item, make.space(kind="secret"))


def test_what_editors_alone_read_stays_with_editors_when_it_moves() -> None:
    author = make.person()
    first, second = make.space(kind="request", editors=(author,)), make.space(members=(author,))
    item = make.item(author, first, audience=f"{first.token}:editors", reason="Staffing")
    actions.move(make.viewer(author), item, second)
    assert fresh(item).audience == f"{second.token}:editors"


# --- history ------------------------------------------------------------------------------------------------


def test_what_stood_in_a_draft_is_never_shown_to_its_readers() -> None:
    author, reader = make.person(), make.person()
    item = make.item(author, make.space(), state="draft", body="Angry first words")
    actions.edit(make.viewer(author), item, version=1, body="Calm words")
    actions.publish(make.viewer(author), item)
    actions.edit(make.viewer(author), item, version=2, body="Calm, clear words")
    item = queries.open_item(make.viewer(reader), item.id)
    assert [r.number for r in versions.revisions(make.viewer(reader), item)] == [3, 2]
    assert versions.revision_before(make.viewer(reader), item, 2) is None
    with pytest.raises(Missing):
        versions.revision(make.viewer(reader), item, 1)
    assert [r.number for r in versions.revisions(make.viewer(author), item)] == [3, 2, 1]


def test_everything_is_undone_when_the_event_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    author = make.person()
    space = make.space()
    item = make.item(author, space)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(events, "record", broken)
    for change in (
        lambda: make.item(author, space, title="Second"),
        lambda: actions.withdraw(make.viewer(author), fresh(item)),
        lambda: actions.edit(make.viewer(author), fresh(item), version=1, body="Lost"),
    ):
        with pytest.raises(RuntimeError):
            change()
    assert Item.select().count() == 1
    assert (fresh(item).state, fresh(item).body, fresh(item).version) == ("published", "Some words.", 1)
