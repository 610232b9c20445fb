"""A prepared query gives what the query gives: the same rows, joined the same way, for other values, at other times."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import peewee
import pytest
from flask import Flask

from hub import access, clock, db, prepared
from hub.content import actions as content
from hub.content import keeping, queries
from hub.content.models import Bookmark, Item, ReadMark
from hub.forums import actions as forums
from hub.forums import queries as topics
from hub.people.models import Organisation, Person, Unit
from hub.prepared import as_written
from hub.prepared import prepared as make_prepared
from hub.search import queries as search
from hub.spaces.models import Membership, Space
from hub.web import menu
from tests import make

pytestmark = pytest.mark.backend


def dump(row: Any, depth: int = 5) -> Any:
    """Everything that a row holds, through the rows joined to it."""
    if not isinstance(row, peewee.Model) or not depth:
        return row
    joined = {name: dump(other, depth - 1) for name, other in row.__rel__.items()}
    added = {
        n: dump(v, depth - 1) for n, v in vars(row).items() if n not in ("__data__", "__rel__", "_dirty")
    }
    return type(row).__name__, dict(row.__data__), joined, added, set(row._dirty)


def same(query: prepared.Prepared, **values: Any) -> list[Any]:
    """The prepared rows, after checking them against the plain ones (twice: the second run reads what was kept)."""
    with as_written():
        plain = [dump(row) for row in query(**values)]
    for _ in range(2):
        assert [dump(row) for row in query(**values)] == plain
    return plain


@pytest.fixture
def talk(hub: Flask) -> tuple[Person, Item]:
    """A topic with replies by several people, one of them for a service, read, saved and reacted to."""
    asker, other, guest = make.person("Asker One"), make.person("Other Two"), make.partner("Guest Three")
    space = make.space("Roads", members=(asker, guest), editors=(other,))
    row = forums.add_category(make.viewer(other), space, name="Gritting")
    topic = forums.ask(
        make.viewer(asker),
        row,
        title="Salt",
        body="Where?",
        tags=["salt"],
        audience=space.token,
        reason="Only for them",
    )
    for somebody in (other, guest, other, asker):
        forums.reply(make.viewer(somebody), topic, body=f"By {somebody.name}")
    keeping.react(make.viewer(other), topic, "thanks")
    keeping.bookmark(make.viewer(other), topic)
    return other, Item.get_by_id(topic.id)


def test_the_queries_of_a_topic_page_give_the_same_rows(talk: tuple[Person, Item]) -> None:
    person, topic = talk
    tokens = make.viewer(person).tokens
    for me in (person.id, 0):
        rows = same(
            topics._topic, topic=topic.id, me=me, subject=f"item:{topic.id}", draft=f"reply:{topic.id}"
        )
        assert len(rows) == 1
    assert len(same(topics._replies, root=topic.id, tokens=tokens, skip=0)) == 4
    assert len(same(topics._replies, root=topic.id, tokens=tokens, skip=3)) == 1
    assert same(topics._replies, root=topic.id, tokens=frozenset({"public"}), skip=0) == []
    assert same(topics._topic, topic=99, me=1, subject="item:99", draft="reply:99") == []
    assert same(queries._reactions, person=person.id, ids=[topic.id, topic.id + 1])[0][1:] == ("thanks", 1, 1)
    kept = same(queries._marks, person=person.id, ids=[topic.id])
    assert [number for _, number, _ in kept if number < 0] == [queries.SAVED, queries.NEWS] and len(kept) == 3


def test_the_queries_of_home_search_and_policy_give_the_same_rows(talk: tuple[Person, Item]) -> None:
    person, topic = talk
    tokens = make.viewer(person).tokens
    reply = topics.replies(make.viewer(person), topic, 1)[1]
    assert len(same(topics._answer, root=topic.id, tokens=tokens, reply=reply.id)) == 1
    assert same(topics._answer, root=topic.id, tokens={"public"}, reply=reply.id) == []
    assert len(same(queries._newest, tokens=tokens, names=["topic"], limit=2)) == 1
    assert same(queries._newest, tokens=tokens, names=["post", "document"], limit=2) == []
    assert [item.id for item in queries.newest(make.viewer(person), None, 5)] == [topic.id]
    content.withdraw(make.viewer(topic.author), topic)
    assert len(same(search._changed)) == 1


def test_joined_rows_that_are_absent_are_none_as_usual(talk: tuple[Person, Item]) -> None:
    person, topic = talk
    unit = make.unit()
    Item.update(on_behalf_of=unit.id).where(Item.parent == topic.id, Item.author == person.id).execute()
    rows = topics.replies(make.viewer(person), topic, 1)
    assert {row.on_behalf_of.name if row.on_behalf_of else None for row in rows} == {unit.name, None}
    same(topics._replies, root=topic.id, tokens=make.viewer(person).tokens, skip=0)

    @make_prepared
    def chain(title: str) -> Any:
        return (
            Item.select(Item.id, Item.title, Unit.id, Unit.name, ReadMark, Bookmark.id)
            .join_from(Item, Unit, peewee.JOIN.LEFT_OUTER, on=Item.on_behalf_of)
            .join_from(Item, ReadMark, peewee.JOIN.LEFT_OUTER, on=(ReadMark.item == Item.id), attr="mark")
            .join_from(Item, Bookmark, peewee.JOIN.LEFT_OUTER, on=(Bookmark.item == Item.id), attr="kept")
            .where(Item.title == title)
            .order_by(Item.id, ReadMark.id)
        )

    assert len(same(chain, title="Salt")) >= 1
    assert len(same(chain, title="")) == 4


def test_rows_are_not_marked_as_changed_and_can_be_saved(talk: tuple[Person, Item]) -> None:
    person, topic = talk
    first = topics.replies(make.viewer(person), topic, 1)[0]
    assert first.dirty_fields == []
    first.title = "Changed"
    with db.write():
        assert first.save(only=[Item.title]) == 1
    assert Item.get_by_id(first.id).title == "Changed"


def test_moments_are_reckoned_from_the_time_of_each_run(hub: Flask) -> None:
    person = make.person()
    make.join(make.space("Ends soon"), person, ends_at=clock.now() + timedelta(hours=1))
    assert len(access.viewer_for(Person.get_by_id(person.id)).places) == 1
    with clock.pinned(clock.now() + timedelta(hours=2)):
        assert len(access.viewer_for(Person.get_by_id(person.id)).places) == 0
    assert len(access.viewer_for(Person.get_by_id(person.id)).places) == 1


def test_a_moment_that_stands_fixed_is_refused(hub: Flask) -> None:
    fixed = clock.now()
    query = make_prepared(
        lambda person: (
            Membership.select(Membership.id)
            .where(Membership.person == person, Membership.joined_at < fixed)
            .tuples()
        )
    )
    with pytest.raises(TypeError, match="moment"):
        query(person=1)


def test_lists_of_any_length_are_taken(hub: Flask) -> None:
    people = [make.person() for _ in range(5)]

    @make_prepared
    def some(ids: list[int]) -> Any:
        return (
            Person.select(Person.id, Person.skills, Organisation.name)
            .join(Organisation)
            .where(Person.id.in_(ids))
            .order_by(Person.id)
        )

    for length in (5, 0, 1, 3):
        wanted = [p.id for p in people[:length]]
        assert [row[1]["id"] for row in same(some, ids=wanted)] == wanted
    assert len(some._kept) <= prepared.MOST_KEPT
    for length in range(prepared.MOST_KEPT + 5):
        some(ids=list(range(length)))
    assert len(some._kept) <= prepared.MOST_KEPT


def test_tuples_are_converted_as_usual(hub: Flask) -> None:
    person = make.person(skills=["salt"])
    query = make_prepared(
        lambda ids: (
            Person.select(Person.id, Person.skills, Person.created_at).where(Person.id.in_(ids)).tuples()
        )
    )
    assert same(query, ids=[person.id]) == [(person.id, ["salt"], person.created_at)]


def test_the_numbers_of_a_page_are_the_viewers_own(hub: Flask, client: Any) -> None:
    """The menu's statement is written once for a role; what it counts is each viewer's."""
    space = make.space("Closed", "invitation", "staff")
    people = [
        make.person("Member"),
        make.person("Editor"),
        make.partner("Partner"),
        make.person("Reviewer", roles=["reviewer"]),
    ]
    make.join(space, people[0])
    make.join(space, people[1], "editor")
    row = forums.add_category(make.viewer(people[1]), Space.get_by_id(space.id), name="Secrets")
    forums.ask(make.viewer(people[1]), row, title="One", body="Only for members")
    with hub.test_request_context("/"):
        for person in people:
            viewer = make.viewer(person)
            entries = [entry for entry in menu.entries(viewer) if entry.count]
            own = {entry.endpoint: entry.count(viewer) for entry in entries if entry.count}
            own |= {name: count(viewer) for name, count in hub.extensions["page_counts"].items()}
            plain = queries.one_statement({name: query for name, query in own.items() if query is not None})
            assert menu._counts(viewer) == plain
        assert menu._counts(make.viewer(people[0]))["forums.forums"] == 1
        assert menu._counts(make.viewer(people[2]))["forums.forums"] == 0
