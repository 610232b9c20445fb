"""The one rule has three readings and one meaning: for every viewer and item they say the same."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import access, clock, db
from hub.content import actions, kinds, queries
from hub.content.models import Item
from hub.errors import HubError, Missing
from hub.people.models import Organisation, Person
from hub.prepared import as_written
from hub.spaces.models import KINDS, Membership, Space
from tests import make

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("hub")]
STATES = ("published", "draft", "withdrawn", "hidden", "answered", "scheduled")


@pytest.fixture(autouse=True)
def kinds_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("note", "remark"):
        monkeypatch.setitem(kinds.KINDS, name, kinds.Kind(name, name, name, "post"))


@dataclass
class World:
    """People who may look, and things to look at."""

    people: list[Person]
    items: list[Item]


def ago(days: int) -> Any:
    return clock.now() - timedelta(days=days)


def people_of_every_sort() -> list[Person]:
    council, police = make.organisation(), make.organisation("police", key="police")
    gone = make.organisation("nhs", key="gone", active=False)
    return [
        make.person(),
        make.person(roles=["administrator", "reviewer", "auditor"]),
        make.partner(),
        make.person(of=make.organisation("nhs", key="nhs")),
        make.person(of=gone),
        make.person(status="disabled"),
        make.person(of=police, access_ends_at=ago(1)),
        make.person(of=police, access_ends_at=ago(-1)),
        make.person(of=council),
    ]


def make_item(author: Person, space: Space, token: str, state: str) -> list[Item]:
    """Items of one audience in one state; none where the author may not write such a thing."""
    try:
        start = state if state in ("draft", "scheduled") else "published"
        at = ago(-1) if state == "scheduled" else None
        item = make.item(
            author, space, kind="note", audience=token, reason="Because", state=start, publish_at=at
        )
        made = [item]
        if state != "draft" and item.is_published:
            made.append(make.item(author, space, kind="remark", title="", parent=item))
        if state == "withdrawn":
            actions.withdraw(make.viewer(author), item)
        if state == "hidden":
            actions.hide(author, item, ago(-7), "Clause 4")
        return made
    except HubError:
        return []


def means(person: Person | None, item: Item) -> bool:
    """What the rule says in words, worked out from the tables and not from tokens held."""
    person = Person.get_by_id(person.id) if person else None
    if person and (person.status != "active" or not person.organisation.active):
        person = None
    if person and person.access_ends_at and person.access_ends_at <= clock.now():
        person = None
    kind, _, rest = item.audience.partition(":")
    if kind == "public":
        return True
    if person is None:
        return False
    if kind == "space":
        space_id, _, editors = rest.partition(":")
        places = Membership.select().where(Membership.space == int(space_id), Membership.person == person)
        return any(
            (p.ends_at is None or p.ends_at > clock.now()) and (not editors or p.role == "editor")
            for p in places
        )
    return {
        "everyone": True,
        "staff": person.organisation.kind == "home",
        "org": rest == str(person.organisation_id),
        "person": rest == str(person.id),
    }[kind]


def disagreements(world: World) -> list[str]:
    """Viewer and item for which a reading differs from the meaning."""
    found = []
    items = list(Item.select().where(Item.id.in_([i.id for i in world.items])))
    for person in [None, *world.people]:
        viewer = make.viewer(person)
        listed = {i.id for i in Item.select(Item.id).where(access.readable_by(viewer, Item.audience))}
        in_search = access.readable_in_search(viewer)
        for item in items:
            readings = (access.may_read(viewer, item), item.id in listed, item.audience in in_search)
            if set(readings) != {means(person, item)}:
                found.append(f"{person and person.name} × {item.audience}: {readings}")
    return found


def world_of(*reaches: str) -> World:
    """Every sort of person beside every kind of space, audience and state."""
    people = people_of_every_sort()
    spaces = [make.space(kind=kind, reach=reach) for kind in KINDS for reach in reaches]
    spaces.append(make.space(reach="public"))
    staff, partner = people[0], people[2]
    for n, space in enumerate(spaces):
        make.join(space, staff, "editor")
        make.join(space, partner, ends_at=None if n % 2 else ago(-30))
        make.join(space, people[3], ends_at=ago(2))
        make.join(space, people[4])
        make.join(space, people[7], "editor", ends_at=ago(2) if n % 3 else ago(-2))
    items: list[Item] = []
    for space, author in itertools.product(spaces, (staff, partner)):
        for token, state in itertools.product(access.ladder(space, author), STATES):
            items += make_item(author, space, token, state)
    Space.update(archived_at=clock.now()).where(Space.id == spaces[-1].id).execute()
    return World(people, items)


def test_the_three_readings_agree_for_all_sorts_of_viewers_and_items() -> None:
    world = world_of("public", "staff")
    assert len({i.audience for i in world.items}) > 20
    assert len(world.items) * (len(world.people) + 1) > 3000
    assert disagreements(world) == []


def test_the_comparison_notices_a_reading_that_forgets_half_of_the_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = world_of("everyone")
    monkeypatch.setattr(access, "current_membership", lambda: Membership.id > 0)
    with as_written():  # what is prepared was written with the whole rule
        assert disagreements(world)


ROLES = st.sampled_from(["member", "editor"])
ENDS = st.sampled_from([None, -400, -1, 1, 30])
WORLDS = st.fixed_dictionaries(
    {
        "kinds": st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(["public", "everyone", "staff"])), min_size=1, max_size=3),
        "places": st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), ROLES, ENDS), max_size=14, unique_by=lambda p: p[:2]),
        "items": st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), st.integers(0, 5), st.sampled_from(STATES)), max_size=8),
        "then": st.lists(st.tuples(st.sampled_from(["leave", "disable", "close organisation", "archive", "audience", "move", "end"]), st.integers(0, 8), st.integers(0, 2)), max_size=6),
    }
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORLDS)
def test_the_three_readings_agree_whatever_has_happened(plan: dict[str, Any]) -> None:
    with db.database.atomic() as undone:
        people = people_of_every_sort()
        spaces = [make.space(kind=kind, reach=reach) for kind, reach in plan["kinds"]]
        for who, where, role, ends in plan["places"]:
            space = spaces[where % len(spaces)]
            if not _is_in(space, people[who]):
                make.join(space, people[who], role, ends_at=None if ends is None else ago(-ends))
        items: list[Item] = []
        for who, where, rung, state in plan["items"]:
            space = spaces[where % len(spaces)]
            steps = access.ladder(space, people[who])
            items += make_item(people[who], space, steps[rung % len(steps)], state)
        for what, who, where in plan["then"]:
            _happen(what, people[who], spaces[where % len(spaces)], items)
        assert disagreements(World(people, items)) == []
        undone.rollback()


def _is_in(space: Space, person: Person) -> bool:
    return Membership.select().where(Membership.space == space, Membership.person == person).exists()


def _happen(what: str, person: Person, space: Space, items: list[Item]) -> None:
    if what == "leave":
        Membership.delete().where(Membership.person == person, Membership.space == space).execute()
    elif what == "end":
        Membership.update(ends_at=ago(1)).where(Membership.person == person).execute()
    elif what == "disable":
        Person.update(status="disabled").where(Person.id == person.id).execute()
    elif what == "close organisation":
        Organisation.update(active=False).where(Organisation.id == person.organisation_id).execute()
    elif what == "archive":
        Space.update(archived_at=clock.now()).where(Space.id == space.id).execute()
    for item in items[:2]:
        viewer = make.viewer(item.author)
        try:
            if what == "audience":
                actions.set_audience(viewer, item, access.ladder(item.space, item.author)[-2], "Fewer")
            elif what == "move":
                actions.move(viewer, item, space)
        except HubError:
            continue


def test_the_head_count_is_the_number_of_people_who_can_read() -> None:
    world = world_of("everyone")
    for token in sorted({i.audience for i in world.items} - {"public"}):
        readers = [p for p in Person.select() if token in make.viewer(p).tokens]
        reach = access.reach_of(token)
        assert reach.people == len(readers), token
        if not token.startswith("person:"):
            assert reach.partners == sum(not p.is_staff for p in readers), token


# --- grants -------------------------------------------------------------------------------------------------


def test_a_grant_opens_one_item_and_never_a_listing_or_a_search() -> None:
    author, reviewer = make.person(), make.person()
    space = make.space(kind="secret", members=(author,))
    opened, other = make.item(author, space, kind="note"), make.item(author, space, kind="note")
    access.Grant.create(item_id=opened.id, person_id=reviewer.id, reason="case 7", ends_at=ago(-1))
    viewer = make.viewer(reviewer)
    assert queries.open_item(viewer, opened.id).id == opened.id
    with pytest.raises(Missing):
        queries.open_item(viewer, other.id)
    assert list(queries.listing(viewer, kind="note")) == []
    assert queries.readable(viewer, [opened.id, other.id]) == {}
    assert opened.audience not in access.readable_in_search(viewer)
    assert queries.tag_counts(viewer) == []


def test_a_grant_ends_with_its_time_and_with_the_account() -> None:
    author, reviewer, left = make.person(), make.person(), make.person(status="disabled")
    item = make.item(author, make.space(kind="secret", members=(author,)), kind="note")
    access.Grant.create(item_id=item.id, person_id=reviewer.id, reason="over", ends_at=ago(1))
    access.Grant.create(item_id=item.id, person_id=left.id, reason="left", ends_at=ago(-1))
    for person in (reviewer, left, None):
        with pytest.raises(Missing):
            queries.open_item(make.viewer(person), item.id)


def test_refusing_to_read_and_there_being_nothing_sound_the_same() -> None:
    author, other = make.person(), make.person()
    item = make.item(author, make.space(kind="secret", members=(author,)), kind="note")
    messages = []
    for item_id in (item.id, item.id + 1000):
        with pytest.raises(Missing) as refusal:
            queries.open_item(make.viewer(other), item_id)
        messages.append(refusal.value.message)
    assert messages[0] == messages[1]


# --- asking about spaces ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reach", "knows", "enters"),
    [
        ("open", "public", "nobody partner staff", "nobody partner staff"),
        ("open", "everyone", "partner staff", "partner staff"),
        ("open", "staff", "staff", "staff"),
        ("request", "everyone", "partner staff", ""),
        ("request", "public", "nobody partner staff", ""),
        ("invitation", "staff", "staff", ""),
        ("secret", "public", "", ""),
    ],
)
def test_who_may_know_of_a_space_and_who_may_enter(kind: str, reach: str, knows: str, enters: str) -> None:
    space = make.space(kind=kind, reach=reach)
    viewers = {
        "nobody": access.NOBODY,
        "partner": make.viewer(make.partner()),
        "staff": make.viewer(make.person()),
    }
    assert {n for n, v in viewers.items() if access.may_know(v, space)} == set(knows.split())
    assert {n for n, v in viewers.items() if access.may_enter(v, space)} == set(enters.split())
    member = make.viewer(make.join(space, make.partner()).person)
    assert (
        access.may_know(member, space) and access.may_enter(member, space) and access.may_post(member, space)
    )


def test_the_ladder_goes_from_wide_to_narrow_and_stays_within_the_space() -> None:
    staff, partner = make.person(), make.partner()
    for kind, reach in itertools.product(KINDS, ("public", "everyone", "staff")):
        space = make.space(kind=kind, reach=reach)
        for author in (staff, partner):
            steps = access.ladder(space, author)
            assert [access.width(s) for s in steps] == sorted({access.width(s) for s in steps})
            assert all(access.TOKEN.fullmatch(s) for s in steps)
            assert "public" not in steps or (kind == "open" and reach == "public" and author.is_staff)


@pytest.mark.parametrize(
    "token", ["", "Public", "space:", "space:1:owners", "org:x", "person:1 ", "space:-1", "space:٣"]
)
def test_what_is_no_audience_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="not an audience"):
        access.reach_of(token)
