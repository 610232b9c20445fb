"""Changes to spaces and places: who may, what is refused, what is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub import access, clock
from hub.content import actions as content
from hub.errors import Invalid, Missing, Refused
from hub.events import Event
from hub.people.models import Person
from hub.spaces import actions, queries
from hub.spaces.models import AccessRequest, Membership, Space
from tests import make

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("hub")]


def place(space: Space, person: Person) -> Membership:
    return Membership.get(Membership.space == space, Membership.person == person)


def change(space: Space, by: Person, **over: Any) -> None:
    words = {name: getattr(space, name) for name in ("name", "about", "welcome", "colour", "kind", "reach")}
    actions.change(make.viewer(by), space, **{**words, **over})


def soon(days: int = 30) -> Any:
    return clock.now() + timedelta(days=days)


def test_an_editor_who_presses_join_stays_an_editor() -> None:
    editor = make.person()
    space = make.space(editors=(editor,))
    actions.join(make.viewer(editor), space)
    assert place(space, editor).role == "editor"
    assert not Event.select().where(Event.name.startswith("membership:")).exists()


def test_granting_an_old_request_does_not_take_an_editors_role_away() -> None:
    editor, asker = make.person(), make.person()
    space = make.space("Knock", "request", editors=(editor,))
    request = actions.ask(make.viewer(asker), space)
    actions.add_member(make.viewer(editor), space, asker, role="editor")
    actions.decide(make.viewer(editor), request, grant=True)
    assert place(space, asker).role == "editor"


def test_a_lapsed_place_in_an_open_space_can_be_taken_up_again() -> None:
    person = make.person()
    space = make.space()
    make.join(space, person, ends_at=clock.now() - timedelta(days=1))
    assert space.token not in make.viewer(person).tokens
    actions.join(make.viewer(person), space)
    assert space.token in make.viewer(person).tokens
    assert Membership.select().count() == 1


def test_joining_is_refused_where_one_must_ask_and_missing_where_one_may_not_know() -> None:
    person, partner = make.person(), make.partner()
    with pytest.raises(Refused, match="Ask for access"):
        actions.join(make.viewer(person), make.space("Knock", "request"))
    with pytest.raises(Missing):
        actions.join(make.viewer(person), make.space("Quiet", "secret"))
    with pytest.raises(Missing):
        actions.join(make.viewer(partner), make.space("Staff", reach="staff"))
    with pytest.raises(Refused, match="Sign in"):
        actions.join(access.NOBODY, make.space("All", reach="public"))


def test_the_last_editor_stays_even_where_the_other_one_cannot_sign_in() -> None:
    last, left, lapsed = make.person(), make.person(status="disabled"), make.person()
    space = make.space(editors=(last, left))
    make.join(space, lapsed, "editor", ends_at=clock.now() - timedelta(days=1))
    for attempt in (
        lambda: actions.leave(make.viewer(last), space),
        lambda: actions.remove_member(make.viewer(last), space, last),
        lambda: actions.add_member(make.viewer(last), space, last, role="member"),
    ):
        with pytest.raises(Refused, match="only editor"):
            attempt()
    actions.remove_member(make.viewer(last), space, left)
    assert {m.person_id for m in queries.members(space)} == {last.id}


def test_a_partners_place_in_a_closed_space_has_a_sponsor_and_an_end_within_a_year() -> None:
    editor, partner = make.person(), make.partner()
    space = make.space("Closed", "invitation", editors=(editor,))
    viewer = make.viewer(editor)
    for ends_at in (None, soon(-1), soon(400)):
        with pytest.raises(Invalid) as refusal:
            actions.add_member(viewer, space, partner, ends_at=ends_at)
        assert refusal.value.field == "ends_at"
    actions.add_member(viewer, space, partner, ends_at=soon())
    assert place(space, partner).sponsor_id == editor.id
    assert space.token in make.viewer(partner).tokens


def test_renewing_makes_who_renews_the_sponsor() -> None:
    first, second, partner = make.person(), make.person(), make.partner()
    space = make.space("Closed", "invitation", editors=(first, second))
    actions.add_member(make.viewer(first), space, partner, ends_at=soon(2))
    actions.add_member(make.viewer(second), space, partner, ends_at=soon(90))
    assert place(space, partner).sponsor_id == second.id
    names = [e.name for e in Event.select().where(Event.person_id == partner.id).order_by(Event.id)]
    assert names == ["membership:started", "membership:changed"]


def test_a_partner_who_edits_a_closed_space_cannot_let_other_partners_in() -> None:
    staff, partner = make.person(), make.partner()
    space = make.space("Closed", "invitation", editors=(staff, partner))
    with pytest.raises(Refused, match="staff"):
        actions.add_member(make.viewer(partner), space, make.partner(), ends_at=soon())


def test_people_who_cannot_sign_in_are_not_let_in() -> None:
    editor = make.person()
    space = make.space(editors=(editor,))
    gone = make.organisation("nhs", key="gone", active=False)
    for person in (
        make.person(status="disabled"),
        make.person(of=gone),
        make.person(access_ends_at=soon(-1)),
    ):
        with pytest.raises(Invalid, match="no active account"):
            actions.add_member(make.viewer(editor), space, person)


def test_an_administrator_may_name_editors_but_not_let_themselves_into_a_closed_space() -> None:
    administrator, person = make.person(roles=["administrator"]), make.person()
    space = make.space("Closed", "request")
    with pytest.raises(Refused, match="cannot let themselves in"):
        actions.add_member(make.viewer(administrator), space, administrator)
    actions.add_member(make.viewer(administrator), space, person, role="editor")
    assert place(space, person).role == "editor"
    with pytest.raises(Missing):
        actions.add_member(make.viewer(administrator), make.space("Quiet", "secret"), person)


@pytest.mark.parametrize(("kind", "reach"), [("request", "everyone"), ("open", "staff"), ("secret", "staff")])
def test_a_space_is_not_closed_over_the_heads_of_readers(kind: str, reach: str) -> None:
    editor = make.person()
    space = make.space(editors=(editor,))
    item = make.item(editor, space, audience="everyone")
    with pytest.raises(Invalid, match="1 item here is shared more widely"):
        change(space, editor, kind=kind, reach=reach)
    content.set_audience(make.viewer(editor), item, space.token, "Only us")
    change(space, editor, kind=kind, reach=reach)
    assert (Space.get_by_id(space.id).kind, Space.get_by_id(space.id).reach) == (kind, reach)


def test_changes_are_recorded_with_what_changed() -> None:
    editor = make.person()
    space = make.space("Before", editors=(editor,))
    change(space, editor, name="After", about="Words")
    event = Event.get(Event.name == "space:changed")
    assert (event.space_id, event.actor_id, event.data) == (space.id, editor.id, {"changed": ["name"]})


def test_the_space_of_the_whole_hub_stays_open() -> None:
    editor = make.person()
    hub = make.hub_space()
    make.join(hub, editor, "editor")
    with pytest.raises(Invalid):
        change(hub, editor, kind="request")
    with pytest.raises(Refused):
        actions.archive(make.viewer(editor), hub)


def test_archiving_twice_is_archiving_once() -> None:
    editor = make.person()
    space = make.space(editors=(editor,))
    actions.archive(make.viewer(editor), space)
    when = Space.get_by_id(space.id).archived_at
    actions.archive(make.viewer(editor), space)
    assert Space.get_by_id(space.id).archived_at == when
    assert Event.select().where(Event.name == "space:archived").count() == 1
    with pytest.raises(Refused, match="archived"):
        actions.join(make.viewer(make.person()), space)


def test_addresses_of_spaces_of_one_name_differ_and_none_is_taken_by_a_page() -> None:
    viewer = make.viewer(make.person())
    slugs = [actions.create(viewer, name=name).slug for name in ("Teams", "teams!", "New", "新宿", "渋谷")]
    assert slugs == ["teams", "teams-2", "new-2", "space", "space-2"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " \n "),
        ("name", "x" * 121),
        ("kind", "shut"),
        ("reach", "org:1"),
        ("colour", "#ff0000"),
        ("welcome", "x" * 100_001),
    ],
)
def test_values_that_make_no_space_are_named(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.create(make.viewer(make.person()), **{"name": "A name", field: value})
    assert refusal.value.field == field
    assert Space.select().count() == 0


def test_requests_wait_for_the_editors_of_the_space_only() -> None:
    editor, asker = make.person(), make.person()
    space = make.space("Knock", "request", editors=(editor,))
    actions.ask(make.viewer(asker), space, "Please")
    assert [(s.id, s.waiting) for s in queries.waiting_for(make.viewer(editor))] == [(space.id, 1)]
    assert queries.waiting_for(make.viewer(asker)) == []
    with pytest.raises(Refused):
        queries.open_requests(make.viewer(asker), space)


def test_asking_is_refused_where_it_is_pointless() -> None:
    member = make.person()
    for space in (
        make.space("Open"),
        make.space("In", "request", members=(member,)),
        make.space("Old", "request", archived_at=clock.now()),
    ):
        with pytest.raises(Refused):
            actions.ask(make.viewer(member), space)
    assert AccessRequest.select().count() == 0


def test_head_counts_are_told_only_to_those_who_could_post_there() -> None:
    member, other = make.person(), make.partner()
    closed, opened = make.space("Closed", "request", members=(member,)), make.space("Open", reach="staff")
    assert queries.may_weigh(make.viewer(member), closed.token)
    assert not queries.may_weigh(make.viewer(member), f"{closed.token}:nonsense")
    assert queries.may_weigh(make.viewer(member), f"{opened.token}:editors")
    for token in (
        closed.token,
        opened.token,
        "staff",
        "space:999999999",
        "person:1",
        "org:1",
        "",
        "everyone ",
    ):
        assert not queries.may_weigh(make.viewer(other), token), token


@pytest.mark.parametrize("kind", ["request", "invitation"])
def test_an_administrator_cannot_let_themselves_in_by_opening_a_space(kind: str) -> None:
    editor, administrator = make.person(), make.person(roles=["administrator"])
    space = make.space("Casework", kind, "staff", editors=(editor,))
    with pytest.raises(Refused, match="Only the editors"):
        change(space, administrator, kind="open")
    with pytest.raises(Refused):
        actions.join(make.viewer(administrator), Space.get_by_id(space.id))
    change(Space.get_by_id(space.id), administrator, name="Case work")
    change(Space.get_by_id(space.id), editor, kind="open")
    assert Space.get_by_id(space.id).kind == "open"


def test_who_opens_a_space_is_told_first_who_could_then_read_what_its_members_wrote() -> None:
    editor, partner = make.person(), make.partner()
    space = make.space("Casework", "request", "staff", editors=(editor,))
    change(space, editor, name="Case work")
    make.item(editor, space, "topic", "Old case", "For us.", audience=space.token)
    make.item(
        editor, space, "topic", "Editors only", "For us.", audience=f"{space.token}:editors", reason="Names"
    )
    with pytest.raises(Invalid, match=r"1 item here is .*, 1 person can join") as told:
        change(space, editor, kind="open")
    assert told.value.field == "sure" and "partner" not in told.value.message
    with pytest.raises(Invalid, match=r"2 people can join .* read it.*; 1 of them is a partner"):
        change(space, editor, kind="open", reach="everyone")
    assert Space.get_by_id(space.id).kind == "request"
    change(space, editor, kind="invitation")
    change(space, editor, kind="open", sure=True)
    space = Space.get_by_id(space.id)
    with pytest.raises(Invalid, match="2 people can join"):
        change(space, editor, reach="public")
    change(space, editor, welcome="Come in")
    assert Space.get_by_id(space.id).reach == "staff" and not access.may_know(make.viewer(partner), space)


def test_making_a_space_does_not_tell_whether_a_secret_one_has_its_name() -> None:
    hidden = actions.create(make.viewer(make.person()), name="Depot closure", kind="secret", reach="staff")
    own = actions.create(make.viewer(make.person()), name="Depot closure")
    assert own.slug == "depot-closure" and hidden.slug.startswith("depot-closure-")
    longer = actions.create(make.viewer(make.person()), name="x" * 120, kind="secret", reach="staff")
    assert len(longer.slug) <= 50 and longer.slug.rstrip("x") != ""
