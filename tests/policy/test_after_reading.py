"""What rules find in a file once it has been read is told to its uploader on the page, where it is a hint and no flag."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from hub.content.models import Item
from hub.people.models import Person
from hub.policy.models import Case, Finding
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room


@pytest.fixture
def uploaded(client: Client, hub: Flask, settle: Callable[[], None]) -> Callable[..., Item]:
    """Uploads a text file through the form as the person, and lets the worker read it and the rules look."""

    def upload(by: Person, space: Space, words: str, name: str = "notes.txt") -> Item:
        room_file = FileStorage(io.BytesIO(words.encode()), filename=name)
        client.sign_in(by).post("documents.upload", {"space": space.slug, "files": [room_file]})
        settle()
        return Item.select().where(Item.kind == "document").order_by(Item.id.desc()).get()

    return upload


@pytest.mark.backend
def test_the_uploader_and_nobody_else_reads_the_hint(client: Client, uploaded: Callable[..., Item]) -> None:
    room.policy()
    author, colleague = make.person(), make.person()
    team = make.space("Team", kind="request", members=(author, colleague))
    item = uploaded(author, team, room.TEXT)
    found = Finding.get(Finding.item == item.id)
    assert (found.outcome, found.case_id, Case.select().count()) == ("nudge", None, 0)
    page = client.sign_in(author).get("documents.document", document_id=item.id)
    told = page.find("section", id="file").find(class_="notice-plum").get_text(" ", strip=True)
    assert "An NHS number" in told and found.excerpt in told and "Nothing was flagged" in told
    assert room.NHS not in page.find("section", id="file").find(class_="notice-plum").get_text()
    assert (
        client.sign_in(colleague).get("documents.document", document_id=item.id).find(class_="notice-plum")
        is None
    )


def test_a_file_without_findings_says_nothing(client: Client, uploaded: Callable[..., Item]) -> None:
    room.policy()
    author = make.person()
    team = make.space("Team", kind="request", members=(author,))
    item = uploaded(author, team, "Grit the hill first.")
    page = client.sign_in(author).get("documents.document", document_id=item.id)
    assert page.find("section", id="file").find(class_="notice-plum") is None
