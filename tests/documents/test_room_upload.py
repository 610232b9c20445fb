"""Uploading: every file by itself, intact, with its own clear answer; nothing of the others is lost."""

from __future__ import annotations

import hashlib
import io
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

import config
from hub import files
from hub.content.models import Item
from hub.documents import actions, folders, queries
from hub.documents.models import Document, DocumentVersion, HeldFile, Passage
from hub.errors import Invalid, Missing, Refused
from hub.events import Event
from hub.jobs import Job
from tests import make
from tests.browser import Client

JSON = {"Accept": "application/json"}


def sent(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def test_several_files_by_the_plain_form_stand_in_the_folder_and_are_read(client: Client, where, dev, settle):
    client.sign_in(dev).post("documents.new_folder", {"name": "Plans"}, space_slug=where.slug)
    assert "Plans is made" in client.get(client.last.headers["Location"]).get_text()
    folder = queries.shelf_of_space(make.viewer(dev), where).folders[0]
    data = {
        "folder": folder.id,
        "files": [sent(b"Grit the hill first.", "plan.txt"), sent(b"a,b\n1,2\n", "t.csv")],
    }
    page = client.post("documents.upload", data, follow=True)
    assert "2 files are uploaded" in page.get_text() and page.get_text().count("Checking") == 2
    settle()
    page = client.get("documents.folder", folder_id=folder.id)
    assert page.get_text().count("Current") == 2 and "Checking" not in page.get_text()
    item = Item.get(Item.title == "plan.txt")
    assert "Grit the hill first." in client.get("documents.document", document_id=item.id).get_text()
    assert [e.name for e in Event.select().where(Event.item_id == item.id).order_by(Event.id)] == [
        "item:created", "item:published", "document:uploaded", "document:read",
    ]  # fmt: skip
    assert queries.text_of(item) == [("", "Grit the hill first.")]


def test_a_file_sent_by_the_script_is_answered_by_itself(client: Client, where, dev):
    client.sign_in(dev).post(
        "documents.upload", {"space": where.slug, "files": sent(b"x", "x.txt")}, status=200, headers=JSON
    )
    assert client.last.json["state"] == "Uploaded. The hub is checking it."
    client.post(
        "documents.upload", {"space": where.slug, "files": sent(b"", "empty.txt")}, status=200, headers=JSON
    )
    assert client.last.json["state"] == "Uploaded. The file is empty."
    client.post(
        "documents.upload", {"space": "nowhere", "files": sent(b"x", "y.txt")}, status=404, headers=JSON
    )
    assert client.last.json["error"]
    client.post("documents.upload", {"files": sent(b"x", "y.txt")}, status=422, headers=JSON)
    assert "Choose the space" in client.last.json["error"]
    client.post("documents.upload", {"space": where.slug}, status=422, headers=JSON)
    assert "Choose a file first" in client.last.json["error"]


def test_an_empty_file_is_taken_and_says_so(client: Client, put, settle, dev):
    item = put(b"", "nothing.txt")
    settle()
    assert (
        "The file is empty." in client.sign_in(dev).get("documents.document", document_id=item.id).get_text()
    )
    assert queries.open_document(make.viewer(dev), item.id).document.version.state == "ready"


def test_one_bad_file_loses_none_of_the_others(client: Client, where, dev, hub: Flask, monkeypatch):
    store = files.store()
    real = store.put

    def put(stream, *, limit):
        return real(stream, limit=10)

    monkeypatch.setattr(store, "put", put)
    data = {
        "space": where.slug,
        "files": [sent(b"small", "a.txt"), sent(b"x" * 50, "b.txt"), sent(b"tiny", "c.txt")],
    }
    page = client.sign_in(dev).post("documents.upload", data, status=413)
    summary = page.find(class_="error-summary").get_text()
    assert "1 file was not taken" in summary and "b.txt" in summary and "a.txt" not in summary
    assert {i.title for i in Item.select()} == {"a.txt", "c.txt"}


def test_a_request_over_the_limit_gets_a_page_that_says_the_limit(
    client: Client, where, dev, hub: Flask, monkeypatch
):
    monkeypatch.setitem(hub.config, "MAX_CONTENT_LENGTH", 2000)
    data = {"space": where.slug, "files": sent(b"x" * 5000, "big.txt")}
    client.sign_in(dev).post("documents.upload", dict(data), status=413)
    assert "512 MB" in client.text() and "was not stored" in client.text()
    data = {"space": where.slug, "files": sent(b"x" * 5000, "big.txt")}
    client.post("documents.upload", data, status=413, headers=JSON)
    assert "512 MB" in client.last.json["error"]
    assert Item.select().count() == 0


def test_a_full_disk_is_said_plainly(client: Client, where, dev, monkeypatch):
    def full(self, size):
        raise files.StorageFull

    monkeypatch.setattr(files.LocalStore, "_want_room", full)
    client.sign_in(dev).post(
        "documents.upload", {"space": where.slug, "files": sent(b"x", "x.txt")}, status=507, headers=JSON
    )
    assert "full" in client.last.json["error"]
    client.post("documents.upload", {"space": where.slug, "files": sent(b"x", "x.txt")}, status=507)
    assert Item.select().count() == 0


@pytest.mark.backend
def test_a_space_takes_no_more_than_its_quota(put, where):
    put(b"x" * 60, "a.txt", quota=100)
    with pytest.raises(Invalid, match="40 bytes left"):
        put(b"y" * 60, "b.txt", quota=100)
    put(b"z" * 40, "c.txt", quota=100)
    assert queries.bytes_held(where.id) == 100
    assert Item.select().count() == 2, "a refused file leaves no item behind"


def test_the_same_name_waits_for_a_word_and_is_not_sent_twice(client: Client, put, where, dev, settle):
    first = put(b"one", "plan.txt")
    page = client.sign_in(dev).post(
        "documents.upload", {"space": where.slug, "files": sent(b"two", "PLAN.txt")}, status=200
    )
    assert "waits for a word from you" in page.get_text()
    held = HeldFile.get()
    client.post("documents.place_held", {"held": held.id, "choice": "version"}, follow=True)
    assert "It is the new version." in client.text()
    assert Document.get_by_id(first.id).current == 2 and HeldFile.select().count() == 0
    client.post(
        "documents.upload",
        {"space": where.slug, "files": sent(b"three", "plan.txt")},
        status=200,
        headers=JSON,
    )
    assert "here already" in client.last.json["state"]
    assert "waits for a word" in client.get("documents.documents").get_text()
    client.post("documents.place_held", {"held": HeldFile.get().id, "choice": "both"}, follow=True)
    assert "plan (2).txt" in client.text()
    client.post("documents.upload", {"space": where.slug, "files": sent(b"four", "plan.txt")}, status=200)
    client.post("documents.place_held", {"held": HeldFile.get().id, "choice": "discard"})
    assert Document.select().count() == 2 and HeldFile.select().count() == 0


def test_sending_the_very_same_file_again_changes_nothing(client: Client, put, where, dev):
    put(b"one", "plan.txt")
    client.sign_in(dev).post(
        "documents.upload", {"space": where.slug, "files": sent(b"one", "plan.txt")}, status=200, headers=JSON
    )
    assert "nothing was changed" in client.last.json["state"]
    assert DocumentVersion.select().count() == 1 and HeldFile.select().count() == 0


def test_a_waiting_file_is_its_uploaders_alone(client: Client, put, where, dev, ann):
    put(b"one", "plan.txt")
    client.sign_in(dev).post(
        "documents.upload", {"space": where.slug, "files": sent(b"two", "plan.txt")}, status=200
    )
    client.sign_in(ann).post(
        "documents.place_held", {"held": HeldFile.get().id, "choice": "version"}, status=404
    )
    assert "waits for a word" not in client.get("documents.space", space_slug=where.slug).get_text()


def test_a_name_taken_by_a_hidden_document_is_not_told(client: Client, where, ann, dev, put):
    put(b"secret", "plan.txt", by=ann, audience=f"space:{where.id}:editors", reason="Not decided yet")
    client.sign_in(dev).post(
        "documents.upload",
        {"space": where.slug, "files": sent(b"mine", "plan.txt")},
        status=200,
        headers=JSON,
    )
    assert client.last.json["state"] == "Uploaded. The hub is checking it."


def test_somebody_elses_document_gets_no_version_by_its_name(client: Client, put, where, ann, dev):
    put(b"one", "plan.txt", by=ann)
    page = client.sign_in(dev).post(
        "documents.upload", {"space": where.slug, "files": sent(b"two", "plan.txt")}, status=200
    )
    assert "Keep both" in page.get_text() and "Make it the new version" not in page.get_text()
    client.post("documents.place_held", {"held": HeldFile.get().id, "choice": "version"}, status=403)
    assert HeldFile.select().count() == 1, "the file still waits"


NAMES = [
    "Räum- und Streuplan (März) – final.txt",
    "Cynllun gaeaf ŵŷ.txt",
    "план.txt",
    "計画 👩‍🚒.txt",
    "a'b c;d%20e&f=g#h?.txt",
    "../../../etc/shadow.txt",
    "CON.txt",
    ".htaccess",
    "nul\x00byte.txt",
    "\u202egpj.exe.txt",
    "x" * 400 + ".txt",
    "no ending",
    "   .txt",
    "\u200d",
]


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_come_back_clean_and_whole(client: Client, where, dev, name):
    content = f"in {name!r}".encode()
    client.sign_in(dev).post(
        "documents.upload", {"space": where.slug, "files": sent(content, name)}, status=200, headers=JSON
    )
    row = DocumentVersion.get()
    assert row.filename == files.clean_name(name)
    client.get("documents.space", space_slug=where.slug)
    client.get("documents.document", document_id=row.document_id)
    client.get("documents.download", document_id=row.document_id, number=1, name=row.filename)
    assert client.last.data == content
    client.last.close()
    said = client.last.headers["Content-Disposition"]
    assert said.startswith("attachment") and "\n" not in said
    if not row.filename.isascii():
        assert quote(row.filename, safe="!#$&+^`|~") in said
    assert client.last.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in client.last.headers["Content-Security-Policy"]


@pytest.mark.backend
def test_who_may_not_post_may_not_upload(put, where, dev, store):
    stranger = make.viewer(None)
    with pytest.raises((Refused, Missing)):
        actions.upload(stranger, store(b"x"), "x.txt", where)
    closed = make.space("Closed", "invitation", "staff")
    with pytest.raises(Refused):
        put(b"x", "x.txt", space=closed)
    with pytest.raises((Refused, Missing)):
        put(b"x", "x.txt", by=make.partner("Pat"), space=make.space("Staff only", "open", "staff"))
    assert Item.select().count() == 0 and Job.select().where(Job.kind == "documents.read").count() == 0


def test_a_narrower_audience_wants_a_reason_and_keeps_the_choice(client: Client, where, dev):
    data = {"space": where.slug, "audience": "staff", "files": sent(b"x", "x.txt")}
    page = client.sign_in(dev).post("documents.upload", dict(data), status=422)
    assert "Say why fewer people" in page.get_text()
    assert page.find("option", value="staff").has_attr("selected")
    data = {"space": where.slug, "audience": "staff", "reason": "Still a draft", "files": sent(b"x", "x.txt")}
    client.post("documents.upload", data)
    assert Item.get().audience == "staff"
    client.sign_in(make.partner("Pat")).get("documents.document", document_id=Item.get().id, status=404)


@pytest.mark.backend
def test_an_upload_is_all_or_nothing(put, monkeypatch):
    def broken(*_args, **_values):
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr(actions.actions, "publish", broken)
    with pytest.raises(RuntimeError):
        put()
    assert (Item.select().count(), DocumentVersion.select().count()) == (0, 0)
    assert Event.select().where(Event.name.startswith("document:")).count() == 0
    assert Job.select().where(Job.kind.startswith("documents.")).count() == 0


def test_a_folder_of_another_space_takes_nothing(put, dev, where):
    other = make.space("Other", members=(dev,))
    folder = folders.make(make.viewer(dev), other, "Elsewhere")
    with pytest.raises(Missing):
        put(b"x", "x.txt", folder=folder)


def test_the_limit_of_uploads_is_the_settings(client: Client, where, dev):
    page = client.sign_in(dev).get("documents.space", space_slug=where.slug)
    assert files.human_size(config.load({}).upload_limit) in page.get_text()


def test_hashes_of_stored_files_are_those_of_what_was_sent(put):
    item = put(b"The same bytes", "a.bin")
    assert (
        DocumentVersion.get(DocumentVersion.document == item.id).sha256
        == hashlib.sha256(b"The same bytes").hexdigest()
    )
    assert Passage.select().count() == 0
