"""Stored files: what points to them is known, what is damaged or gone is named, and only leftovers are removed."""

from __future__ import annotations

import io
import os
import re
from datetime import timedelta
from pathlib import Path

import peewee
import pytest
from flask import Flask

from hub import clock, db, files
from hub.administration import upkeep
from hub.content import keeping
from hub.content.models import Attachment
from hub.documents import actions as documents
from hub.events import Event
from hub.people.models import Person
from tests import make

FILES = {
    "attachment.sha256",
    "attachment.picture",
    "document_version.sha256",
    "page_picture.sha256",
    "held_file.sha256",
    "person.photo",
}
"""Columns that name a stored file."""


OTHERS = re.compile(
    r"(policy_|event\.|job\.|notification\.|parked\.|place\.)|.*(_hash|_token|\.key|\.address)$"
)
"""Keys, tokens, names and links of a chain have 64 characters as well."""


def put(words: str) -> files.Stored:
    return files.store().put(io.BytesIO(words.encode()), limit=10_000)


def make_old(sha256: str) -> None:
    long_ago = (clock.now() - timedelta(days=3)).timestamp()
    os.utime(files.store().path(sha256), (long_ago, long_ago))


@pytest.fixture
def ann(hub: Flask) -> Person:
    make.hub_space()
    return make.person("Ann Evans")


@pytest.mark.usefixtures("hub")
def test_every_column_that_names_a_file_is_asked_by_the_sweep() -> None:
    found = {
        f"{model._meta.table_name}.{field.column_name}"
        for model in db.models()
        for field in model._meta.sorted_fields
        if isinstance(field, peewee.CharField) and field.max_length == 64
    }
    found = {name for name in found if not OTHERS.match(name)}
    assert found == FILES, "a new column of 64 characters: does it name a file? Then files.refer must know it"
    with db.count_queries() as asked:
        files.referred()
    for name in FILES:
        table, column = name.split(".")
        assert any(f'FROM "{table}"' in sql and f'"{column}"' in sql for sql in asked), name


def test_leftovers_go_after_a_day_and_what_is_used_stays(ann: Person) -> None:
    viewer = make.viewer(ann)
    used = [put("attached"), put("a photo"), put("a document"), put("redrawn")]
    keeping.upload(viewer, used[0], "a.txt")
    Attachment.update(picture=used[3].sha256).execute()
    Person.update(photo=used[1].sha256).where(Person.id == ann.id).execute()
    documents.upload(viewer, used[2], "c.txt", make.hub_space(), title="C")
    old, young = put("nobody's"), put("nobody's yet")
    for stored in (*used, old):
        make_old(stored.sha256)
    assert upkeep.sweep() == 1
    assert not files.store().exists(old.sha256)
    assert all(files.store().exists(stored.sha256) for stored in (*used, young))
    assert Event.get(Event.name == "files:swept").data == {"count": 1}
    assert upkeep.sweep() == 0 and Event.select().where(Event.name == "files:swept").count() == 1


def test_the_check_names_what_is_damaged_and_what_is_gone(hub: Flask, ann: Person) -> None:
    sound, damaged, gone = put("sound"), put("damaged"), put("gone")
    for number, stored in enumerate((sound, damaged, gone)):
        keeping.upload(make.viewer(ann), stored, f"{number}.txt")
    run = hub.test_cli_runner().invoke
    assert run(args=["hub", "check"]).exit_code == 0
    path = Path(files.store().path(damaged.sha256))
    path.chmod(0o600)
    path.write_bytes(b"Damaged")
    files.store().path(gone.sha256).unlink()
    result = run(args=["hub", "check"])
    assert result.exit_code == 1
    assert f"damaged: {damaged.sha256} (used by attachments)" in result.output
    assert f"missing: {gone.sha256} (used by attachments)" in result.output
    assert "1 files are sound, 1 damaged, 1 missing." in result.output and sound.sha256 not in result.output
    assert (
        Event.select().where(Event.name == "files:checked").order_by(Event.id.desc()).first().data["missing"]
        == 1
    )
