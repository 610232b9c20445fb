"""The question before words and files that are no posts: uploads, new versions, names of folders, profiles and the like."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from hub.content import actions as content
from hub.content.models import Attachment, Item
from hub.documents.models import DocumentVersion, Folder, HeldFile
from hub.forums import actions as forums
from hub.people.models import Person
from hub.policy.models import Finding, NudgeCount
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

NAMED = f"NHS_number_{room.NHS.replace(' ', '_')}.txt"
PLAIN = "letter to the ward.txt"
JSON = {"Accept": "application/json"}


@pytest.fixture
def writer(hub: Flask) -> Person:
    return make.person("Ann Evans")


@pytest.fixture
def where(writer: Person) -> Space:
    room.policy()
    return make.space("Housing", "open", "everyone", editors=(writer,))


def file(name: str, words: bytes = b"plan") -> FileStorage:
    return FileStorage(io.BytesIO(words), filename=name)


def fields(page: Any) -> dict[str, Any]:
    """What the question's form would send as it stands."""
    form = page.find(id="before").form
    sent: dict[str, Any] = {}
    for one in form.find_all(["input", "textarea"]):
        if one.get("type") == "checkbox" and not one.has_attr("checked"):
            continue
        words = one.get_text().removeprefix("\n") if one.name == "textarea" else one.get("value", "")
        if one.get("name") == "attached":
            sent.setdefault("attached", []).append(words)
        elif one.get("name") not in (None, "csrf_token"):
            sent[one["name"]] = words
    for one in form.find_all("select"):
        sent[one["name"]] = one.find("option", selected=True)["value"]
    return sent


def test_a_file_whose_name_tells_a_number_is_kept_and_asked_about_once(
    client: Client, where: Space, writer: Person, settle: object
) -> None:
    client.sign_in(writer)
    data = {"space": where.slug, "audience": "everyone", "files": [file(NAMED, b"ward 4"), file(PLAIN)]}
    page = client.post("documents.upload", data, status=200)
    assert page.h1.get_text() == "Before you post" and "a file's name" in page.find(id="nudge").get_text()
    assert room.NHS not in page.find(id="nudge").get_text()
    assert Item.select().count() == 0 and Attachment.select().count() == 2
    ways = [
        b for b in page.find_all(["a", "button"]) if b.get_text() in ("Post anyway", "Go back and change it")
    ]
    assert len(ways) == 2 and ways[0]["class"] == ways[1]["class"]
    client.post("documents.upload", fields(page))
    assert {i.title for i in Item.select()} == {NAMED, PLAIN}
    assert Attachment.select().count() == 0
    settle()  # type: ignore[operator]
    assert {row.state for row in DocumentVersion.select()} == {"ready"}
    # The name is looked at afterwards as well, and the counters say that it was shown and posted anyway.
    assert Finding.get(Finding.rule == "uk_nhs").place == "a file's name"
    count = NudgeCount.get(NudgeCount.rule == "uk_nhs")
    assert (count.shown, count.posted_anyway) == (1, 1)


def test_the_file_can_be_renamed_or_left_out_where_it_is_asked_about(
    client: Client, where: Space, writer: Person
) -> None:
    client.sign_in(writer)
    data = {"space": where.slug, "files": [file(NAMED), file(PLAIN)]}
    sent = fields(client.post("documents.upload", data, status=200))
    named = next(name for name, words in sent.items() if words == NAMED)
    client.post("documents.upload", {**sent, named: "referral.txt", "attached": [named.partition("_")[2]]})
    assert [i.title for i in Item.select()] == ["referral.txt"]
    # None at all is an answer too.
    sent.pop("attached")
    client.post("documents.upload", sent, follow=True)
    assert "Nothing was uploaded" in client.text() and Item.select().count() == 1


def test_a_script_sends_files_one_by_one_and_asks_about_them_together(
    client: Client, where: Space, writer: Person
) -> None:
    client.sign_in(writer)
    kept: list[int] = []
    for name in (PLAIN, NAMED, f"copy of {NAMED}"):
        data = {"space": where.slug, "files": file(name, name.encode())}
        client.post("documents.upload", data, status=200, headers=JSON)
        kept += client.last.json.get("asked", [])
    assert [i.title for i in Item.select()] == [PLAIN] and len(kept) == 2
    part = client.post("documents.upload", {"space": where.slug, "attached": kept}, status=200, htmx="before")
    assert part.find("h1") is None and len(part.find_all("input", {"name": "attached"})) == 2
    client.post("documents.upload", fields(part))
    assert Item.select().count() == 3
    # What was answered is not asked again, and a page that was asked for as a region is left whole.
    data = {"space": where.slug, "files": file(f"third {NAMED}")}
    client.post("documents.upload", data, status=204, htmx="before")
    assert client.last.headers["HX-Redirect"].endswith(client.path("documents.space", space_slug=where.slug))


def test_what_is_in_a_file_and_beside_it_is_asked_about_too(
    client: Client, where: Space, writer: Person
) -> None:
    client.sign_in(writer)
    page = client.post(
        "documents.upload", {"space": where.slug, "files": file("plan.txt", b"MZ\x90\x00" * 40)}, status=200
    )
    assert "executable" in page.find(id="nudge").get_text().lower()
    reason = {"audience": "staff", "reason": f"About {room.NHS}, NHS number"}
    page = client.post("documents.upload", {"space": where.slug, "files": file(PLAIN), **reason}, status=200)
    assert fields(page)["reason"] == reason["reason"]
    masked = fields(client.post("documents.upload", {**fields(page), "mask": "uk_nhs"}, status=200))
    assert room.NHS not in masked["reason"] and "•" in masked["reason"] and masked["attached"]


def test_nobody_takes_anothers_file_and_a_file_is_taken_once(
    client: Client, where: Space, writer: Person
) -> None:
    client.sign_in(writer)
    sent = fields(client.post("documents.upload", {"space": where.slug, "files": file(NAMED)}, status=200))
    client.sign_in(make.person()).post("documents.upload", {**sent, "asked": "uk_nhs"})
    assert Item.select().count() == 0
    client.sign_in(writer).post("documents.upload", {**sent, "attached": ["x", "-1", *sent["attached"]]})
    client.post("documents.upload", sent)
    assert Item.select().count() == 1 and HeldFile.select().count() == 0


def test_a_new_version_is_asked_about_with_its_note(
    client: Client, where: Space, writer: Person, settle: object
) -> None:
    client.sign_in(writer).post("documents.upload", {"space": where.slug, "files": file(PLAIN)})
    item = Item.get()
    data = {"files": file(PLAIN, b"new"), "note": f"Now with NHS number {room.NHS}"}
    page = client.post("documents.add_version", data, status=200, document_id=item.id)
    assert "What has changed" in page.find(id="nudge").get_text() and DocumentVersion.select().count() == 1
    client.post("documents.add_version", fields(page), document_id=item.id)
    row = DocumentVersion.get(DocumentVersion.number == 2)
    assert row.note == data["note"] and Attachment.select().count() == 0
    settle()  # type: ignore[operator]
    assert Finding.get(Finding.rule == "uk_nhs").place == "note of the version"


def test_an_upload_goes_on_whatever_the_detector_does(
    client: Client, where: Space, writer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.policy import detector

    def broken(*_a: object, **_k: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(detector, "look", broken)
    client.sign_in(writer).post("documents.upload", {"space": where.slug, "files": file(NAMED)})
    client.post("documents.new_folder", {"name": f"NHS number {room.NHS}"}, space_slug=where.slug)
    assert Item.select().count() == 1 and Folder.select().count() == 1


SAID = f"NHS number {room.NHS}"
PLACES: dict[str, tuple[str, dict[str, str], str]] = {
    "folder": ("documents.new_folder", {"name": SAID}, "space_slug"),
    "category": ("forums.categories", {"name": "Damp", "about": SAID}, "space_slug"),
    "space": ("spaces.edit", {"name": "Housing", "about": "x", "welcome": SAID, "kind": "open", "reach": "everyone", "colour": "pine"}, "space_slug"),
    "new space": ("spaces.new", {"name": SAID, "about": "", "welcome": "", "kind": "open", "reach": "everyone", "colour": "pine"}, ""),
    "profile": ("people.edit_profile", {"name": "Ann Evans", "about": SAID, "skills": "", "ask_me_about": ""}, ""),
}  # fmt: skip


@pytest.mark.parametrize("what", PLACES)
def test_other_places_ask_the_same_question_once(
    client: Client, where: Space, writer: Person, what: str
) -> None:
    endpoint, data, arg = PLACES[what]
    values = {arg: where.slug} if arg else {}
    client.sign_in(writer)
    page = client.post(endpoint, data, status=200, **values)
    assert page.h1.get_text() == "Before you post"
    sent = fields(page)
    assert {name: sent[name] for name in data} == data
    client.post(endpoint, sent, status=303, **values)
    # The same words again, without the hidden fields, pass as well.
    if what == "profile":
        client.post(endpoint, data, status=303)


def test_a_plain_form_has_the_hint_while_one_writes(client: Client, where: Space, writer: Person) -> None:
    page = client.sign_in(writer).get("spaces.edit", space_slug=where.slug)
    region = page.find(attrs={"hx-post": lambda url: url and url.startswith("/policy/check")})
    assert "#f-welcome" in region["hx-trigger"] and region["aria-live"] == "polite"
    part = client.post(region["hx-post"], {"name": "x", "welcome": SAID}, status=200, htmx=True)
    assert "field “Welcome”" in part.get_text() and room.NHS not in part.get_text()
    seen = part.find("input", {"name": "seen"})["value"]
    data = PLACES["space"][1]
    client.post("spaces.edit", {**data, "seen": seen}, status=303, space_slug=where.slug)
    # An address that somebody made up says nothing about anybody.
    url = "/policy/check?typed=|&typed=x&typed=welcome|<b>&audience=space:9"
    assert client.post(url, {"welcome": SAID}, status=200, htmx=True).find("b") is None


def test_tags_and_notes_of_a_post_are_asked_about_and_looked_at(
    client: Client, where: Space, writer: Person, settle: object
) -> None:
    category = forums.add_category(make.viewer(writer), where, name="Damp", about="")
    data = {"category": category.id, "title": "A", "body": "B", "audience": "everyone", "tags": SAID}
    page = client.sign_in(writer).post("forums.new_topic", data, status=200)
    assert "field “Tags”" in page.find(id="nudge").get_text()
    client.post("forums.new_topic", fields(page))
    settle()  # type: ignore[operator]
    item = Item.get(Item.kind == "topic")
    assert Finding.get(Finding.item == item.id).place == "tags"
    content.edit(make.viewer(writer), item, version=item.version, title="A", body="C", tags=[], note=SAID)
    settle()  # type: ignore[operator]
    assert Finding.select().where(Finding.item == item.id, Finding.place == "note of the change").exists()
