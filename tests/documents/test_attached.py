"""Files attached to posts and topics are read as documents are: search finds the item by their words, and nobody else's."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask

from hub import jobs
from hub.content.models import Attachment
from hub.documents import attached, extract
from hub.events import Event
from hub.people.models import Person
from hub.search import queries as search
from hub.spaces.models import Space
from tests import make
from tests.browser import Client

WORDS = "The marmalade clause stands on the last page."


@pytest.fixture
def post(client: Client, hub: Flask, settle: Callable[[], None]) -> Callable[..., Attachment]:
    """A blog post of the person's in the space, with one file; the worker has come to rest."""

    def publish(by: Person, where: Space, content: bytes, name: str = "notes.txt") -> Attachment:
        from hub.content import actions, keeping
        from hub.files import store

        viewer = make.viewer(by)
        row = keeping.upload(viewer, store().put(io.BytesIO(content), limit=10**8), name)
        actions.create(
            viewer, "post", space=where, title="Minutes", body="Attached.", state="published", files=[row.id]
        )
        settle()
        return Attachment.get_by_id(row.id)

    return publish


@pytest.mark.backend
def test_search_finds_the_item_by_the_words_of_its_file_for_its_readers_only(
    client: Client, post: Callable[..., Attachment]
) -> None:
    author, outsider = make.person(), make.person()
    team = make.space("Team", "invitation", "members", members=(author,))
    row = post(author, team, WORDS.encode())
    assert row.text.strip() == WORDS
    for viewer, found in ((author, [row.item_id]), (outsider, [])):
        answer = search.find(make.viewer(viewer), "marmalade clause")
        assert [hit["thing"].id for hit in answer.hits] == found
    event = Event.get(Event.name == "file:read")
    assert (event.item_id, event.actor_id) == (row.item_id, None)
    client.sign_in(author).get("search.search", q="marmalade")


def test_a_file_that_is_taken_off_is_found_no_more(
    client: Client, post: Callable[..., Attachment], settle: Callable[[], None]
) -> None:
    author = make.person()
    row = post(author, make.space("Team", "open", "everyone", members=(author,)), WORDS.encode())
    client.sign_in(author).post("content.detach", attachment_id=row.id)
    settle()
    assert search.find(make.viewer(author), "marmalade").hits == []


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 40, b"%PDF-1.7 cut"])
def test_a_file_without_text_is_left_and_the_worker_goes_on(
    post: Callable[..., Attachment], content: bytes
) -> None:
    author = make.person()
    row = post(author, make.space("Team", "open", "everyone", members=(author,)), content, "odd.pdf")
    assert row.text == "" and Event.select().where(Event.name == "file:read").count() == 0


def test_text_is_bounded_and_reading_twice_records_once(
    post: Callable[..., Attachment], settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attached, "MOST_TEXT", 20)
    author = make.person()
    row = post(author, make.space("Team", "open", "everyone", members=(author,)), WORDS.encode())
    assert row.text == WORDS[:20]
    monkeypatch.setattr(extract, "read", lambda *_: pytest.fail("a file with text is not read again"))
    attached.read(jobs.Job(id=0, kind="documents.read_attached", payload={"attachment": row.id}, attempts=1))
    assert Event.select().where(Event.name == "file:read").count() == 1
