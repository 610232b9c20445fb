"""What something said before other readers stays with them: history and old files are no way around who may read it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from hub import clock, files
from hub.access import Viewer
from hub.comments import actions as comments
from hub.content import actions, versions
from hub.content.models import Item
from hub.documents import actions as documents
from hub.documents import queries as document_queries
from hub.errors import Missing
from hub.forums import actions as forums
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make
from tests.browser import Client

pytestmark = pytest.mark.usefixtures("hub")


@pytest.fixture
def people() -> dict[str, Person]:
    return {name: make.person(name) for name in ("Ann", "Bob", "Out")}


@pytest.fixture
def places(people: dict[str, Person]) -> tuple[Space, Space]:
    secret = make.space("Closure plan", "secret", "staff", members=(people["Bob"],), editors=(people["Ann"],))
    return secret, make.space("Everybody", "open", "everyone", editors=(people["Ann"],))


def numbers(somebody: Person, item: Item) -> list[int]:
    """Numbers of the versions that the person finds in the history."""
    return [row.number for row in versions.revisions(make.viewer(somebody), Item.get_by_id(item.id))]


def reworded(author: Viewer, item: Item, *bodies: str) -> Item:
    """The item after these edits."""
    for body in bodies:
        item = actions.edit(author, item, version=item.version, body=body)
    return item


def topic(people: dict[str, Person], space: Space) -> tuple[Item, Item]:
    """A topic of Ann's with Bob's reply, both changed once."""
    ann, bob = make.viewer(people["Ann"]), make.viewer(people["Bob"])
    category = forums.add_category(ann, space, name=f"In {space.name}")
    made = forums.ask(ann, category, title="Depot", body="We close the depot in May")
    answer = forums.reply(bob, made, body="And 12 people go")
    return reworded(ann, made, "The depot changes"), reworded(bob, answer, "Thanks")


def test_a_topic_moved_out_of_a_secret_space_leaves_its_history_there(
    people: dict[str, Person], places: tuple[Space, Space], client: Client
) -> None:
    made, answer = topic(people, places[0])
    ann = make.viewer(people["Ann"])
    forums.move(ann, Item.get_by_id(made.id), forums.add_category(ann, places[1], name="Open"))
    for item in (made, answer):
        actions.set_audience(ann, Item.get_by_id(made.id), "everyone")
        assert numbers(people["Out"], item)[-1:] == [2]
        client.sign_in(people["Out"]).get("content.version", item_id=item.id, number=1, status=404)
        assert "12 people" not in client.get("content.history", item_id=item.id).get_text()
    assert numbers(people["Bob"], made)[-1] == 1, "who could read it then still can"
    assert numbers(people["Bob"], answer)[-1] == 1, "and its author"


def test_opening_an_item_to_more_people_does_not_open_what_it_said_before(
    people: dict[str, Person], places: tuple[Space, Space]
) -> None:
    ann = make.viewer(people["Ann"])
    make.join(places[1], people["Bob"])
    item = make.item(people["Ann"], places[1], body="Names: Jo, Di", audience=places[1].token, reason="Names")
    reworded(ann, item, "No names")
    actions.set_audience(ann, Item.get_by_id(item.id), "everyone")
    reworded(ann, Item.get_by_id(item.id), "No names at all")
    assert numbers(people["Out"], item) == [4, 2]
    assert numbers(people["Bob"], item) == [4, 2, 1]
    assert numbers(people["Ann"], item) == [4, 2, 1]
    viewer, fresh = make.viewer(people["Out"]), Item.get_by_id(item.id)
    assert versions.revision(viewer, fresh, 2).body == "No names"
    assert versions.revision_before(viewer, fresh, 2) is None
    with pytest.raises(Missing):
        versions.revision(viewer, fresh, 1)


def test_narrowing_and_opening_again_gives_back_what_one_could_read(
    people: dict[str, Person], places: tuple[Space, Space]
) -> None:
    ann = make.viewer(people["Ann"])
    item = make.item(people["Ann"], places[1], body="One")
    reworded(ann, item, "Two")
    actions.set_audience(ann, Item.get_by_id(item.id), places[1].token, "For now")
    reworded(ann, Item.get_by_id(item.id), "Only for members", "Three")
    actions.set_audience(ann, Item.get_by_id(item.id), "everyone")
    assert "Only for members" not in [
        versions.revision(make.viewer(people["Out"]), Item.get_by_id(item.id), n).body
        for n in numbers(people["Out"], item)
    ]


@pytest.mark.parametrize("way", ["withdrawn", "hidden"])
def test_what_was_written_while_it_was_away_is_its_authors(
    people: dict[str, Person], places: tuple[Space, Space], way: str
) -> None:
    ann = make.viewer(people["Ann"])
    item = make.item(people["Ann"], places[1], body="First")
    if way == "withdrawn":
        actions.withdraw(ann, item)
    else:
        actions.hide(people["Bob"], item, clock.now() + timedelta(days=1), "Clause 3")
    fresh = Item.get_by_id(item.id)
    private, last = fresh.version + 1, fresh.version + 2
    reworded(ann, fresh, "A secret, for a moment", "Without it")
    if way == "withdrawn":
        actions.restore(ann, Item.get_by_id(item.id))
    else:
        actions.unhide(people["Bob"], Item.get_by_id(item.id), "Its time is over")
    assert numbers(people["Out"], item) == [last, 1]
    assert private in numbers(people["Ann"], item)


def test_a_comment_follows_what_it_is_about(people: dict[str, Person], places: tuple[Space, Space]) -> None:
    ann = make.viewer(people["Ann"])
    stored = files.store().put(io.BytesIO(b"Words"), limit=1000)
    document = documents.upload(ann, stored, "plan.txt", places[0])
    comment = comments.add(make.viewer(people["Bob"]), document, "It is about Jo")
    comments.edit(make.viewer(people["Bob"]), comment, version=1, body="It is")
    documents.move(ann, Item.get_by_id(document.id), places[1], None)
    actions.set_audience(ann, Item.get_by_id(document.id), "everyone")
    later = comments.add(make.viewer(people["Out"]), Item.get_by_id(document.id), "Since then")
    assert numbers(people["Ann"], comment) == [2, 1], "Ann could read it then"
    assert numbers(people["Out"], comment) == [2]
    assert numbers(people["Bob"], later) == [1]


def test_old_files_stay_with_those_who_could_fetch_them(
    people: dict[str, Person], places: tuple[Space, Space], client: Client
) -> None:
    ann = make.viewer(people["Ann"])
    first, second = (
        files.store().put(io.BytesIO(words), limit=1000) for words in (b"Names: Jo, Di", b"No names")
    )
    document = documents.upload(ann, first, "staff.txt", places[0])
    documents.add_version(ann, document, second, "staff.txt")
    documents.move(ann, Item.get_by_id(document.id), places[1], None)
    fresh = Item.get_by_id(document.id)
    actions.set_audience(ann, fresh, "everyone")
    found = {
        name: [v.number for v in document_queries.versions(make.viewer(people[name]), fresh)]
        for name in people
    }
    assert found == {"Ann": [2, 1], "Bob": [2, 1], "Out": [2]}
    client.sign_in(people["Out"])
    given = {"document_id": document.id, "name": "staff.txt"}
    client.get("documents.download", number=1, status=404, **given)
    client.get("documents.download", number=2, **given)
    client.last.close()
    page = client.get("documents.document", document_id=document.id)
    assert "Version 1" not in page.get_text()
