"""A file that was attached by mistake is taken off again: its readers lose it at once, whoever uploaded it keeps it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from hub.content.models import Attachment, Item
from hub.events import Event
from hub.forums import actions as forums
from hub.people.models import Person
from hub.policy.models import Case
from tests import make
from tests.browser import Client
from tests.policy import room


@pytest.fixture
def attached(client: Client, hub: Flask, settle: Callable[[], None]) -> Callable[..., Attachment]:
    """A topic of the person's with a file of these words."""

    def post(by: Person, words: str = "Salaries by name.", body: str = "See the file.") -> Attachment:
        where = make.space("Team", "open", "everyone", editors=(by,))
        category = forums.add_category(make.viewer(by), where, name="Damp", about="Damp")
        sent = FileStorage(io.BytesIO(words.encode()), filename="wrong.txt")
        form = {
            "title": "A question",
            "body": body,
            "category": category.id,
            "files": [sent],
            "audience": "everyone",
        }
        client.sign_in(by).post("forums.new_topic", form)
        settle()
        return Attachment.select().where(Attachment.item.is_null(False)).get()

    return post


@pytest.mark.backend
def test_its_readers_lose_it_at_once_and_its_uploader_keeps_it(
    client: Client, attached: Callable[..., Attachment]
) -> None:
    author, reader = make.person(), make.person()
    row = attached(author)
    topic = row.item_id
    url = client.path("content.attachment", attachment_id=row.id, name="wrong.txt")
    assert "Take wrong.txt off?" in client.sign_in(author).get("forums.topic", topic_id=topic).get_text()
    page = client.sign_in(reader).get("forums.topic", topic_id=topic)
    assert "wrong.txt" in page.get_text() and "Take off" not in page.get_text()
    client.get(url)
    client.post("content.detach", attachment_id=row.id, status=403)
    client.sign_in(author).post("content.detach", attachment_id=row.id)
    assert "wrong.txt was taken off" in client.get("forums.topic", topic_id=topic).get_text()
    client.get(url)
    assert client.sign_in(reader).get(url, status=404) is not None
    assert "wrong.txt" not in client.get("forums.topic", topic_id=topic).get_text()
    assert Item.get_by_id(topic).attachments == 0
    event = Event.get(Event.name == "item:detached")
    assert (event.actor_id, event.item_id) == (author.id, topic)
    client.sign_in(author).post("content.detach", attachment_id=row.id, status=404)


def test_a_file_that_the_text_shows_stays_until_the_text_is_changed(
    client: Client, attached: Callable[..., Attachment]
) -> None:
    author = make.person()
    row = attached(author)
    Item.update(body=f"[wrong](/files/{row.id}/wrong.txt)").where(Item.id == row.item_id).execute()
    page = client.sign_in(author).post("content.detach", attachment_id=row.id, status=403)
    assert "Take the link out of the text first" in page.get_text()
    assert Attachment.get_by_id(row.id).item_id == row.item_id


def test_what_a_rule_found_in_it_counts_as_put_right(
    client: Client, attached: Callable[..., Attachment], settle: Callable[[], None]
) -> None:
    room.policy()
    author = make.person()
    row = attached(author, room.TEXT)
    case = Case.get()
    assert case.fixed_at is None
    client.sign_in(author).post("content.detach", attachment_id=row.id)
    settle()
    assert Case.get_by_id(case.id).fixed_at is not None
