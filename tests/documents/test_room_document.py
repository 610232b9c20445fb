"""A document's page: its file, previews, versions, details, and who may do what."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from hub import access, clock, db, files
from hub.content import actions as content_actions
from hub.content.models import Item, Revision
from hub.documents import actions, folders, queries, reactions
from hub.documents.extract import Extracted
from hub.documents.extract import Passage as Found
from hub.documents.models import Document, DocumentVersion, Folder
from hub.errors import Invalid, Missing, Refused
from hub.events import Event
from tests import make
from tests.browser import Client


def sent(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def picture(width: int = 60, height: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (10, 90, 80)).save(out, "JPEG")
    return out.getvalue()


def pdf(pages: int) -> bytes:
    """A PDF of empty pages."""
    kids = b" ".join(b"%d 0 R" % (3 + n) for n in range(pages))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids)]
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]>>"] * pages
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def test_a_pdf_is_shown_page_by_page(client: Client, put, settle, dev):
    item = put(pdf(3), "route.pdf")
    settle()
    page = client.sign_in(dev).get("documents.document", document_id=item.id)
    shown = page.find(class_="pages").find_all("img")
    assert [image["alt"] for image in shown] == [f"Page {n} of route.pdf" for n in (1, 2, 3)]
    client.get("documents.picture", document_id=item.id, number=2)
    assert client.last.mimetype == "image/png" and client.last.data.startswith(b"\x89PNG")
    client.last.close()
    client.get("documents.picture", document_id=item.id, number=4, status=404)
    client.sign_in(None).get("documents.picture", document_id=item.id, number=1, status=404)


def test_a_picture_is_redrawn_and_a_long_pdf_shows_its_first_pages(client: Client, put, settle, dev):
    photo, long = put(picture(), "depot.jpg"), put(pdf(22), "long.pdf")
    settle()
    page = client.sign_in(dev).get("documents.document", document_id=photo.id)
    assert (
        page.find(class_="pages").img["alt"] == "Picture: depot.jpg"
        and "Pictures have no text" in page.get_text()
    )
    page = client.get("documents.document", document_id=long.id)
    assert len(page.find_all("figure")) == 20 and "first 20 pages of 22" in page.get_text()


def test_the_page_while_the_file_is_checked_asks_again_and_then_shows_it(client: Client, put, settle, dev):
    item = put()
    page = client.sign_in(dev).get("documents.document", document_id=item.id)
    assert "Checking" in page.get_text() and page.find(id="file").has_attr("hx-get")
    client.get("documents.progress", document_id=item.id, status=204, htmx="file")
    client.get("documents.checking", ids=str(item.id), status=204, htmx="checking")
    settle()
    part = client.get("documents.progress", document_id=item.id, htmx="file")
    assert "Grit the hill first." in part.get_text() and not part.find(id="file").has_attr("hx-get")
    part = client.get("documents.checking", ids=f"{item.id},999,x,", htmx="checking")
    assert part.find(id=f"state-{item.id}").get_text() == "Current" and not part.find(id="checking").has_attr(
        "hx-get"
    )


def test_all_of_the_text_can_be_read_part_by_part(client: Client, put, settle, dev):
    rows = "\n".join(f"line {n} of the grit route" for n in range(30_000))
    item = put(rows.encode(), "long.txt")
    settle()
    page = client.sign_in(dev).get("documents.text", document_id=item.id)
    seen = page.get_text()
    while more := page.find("a", rel="next"):
        page = client.get(more["href"])
        seen += page.get_text()
    assert "line 0 of" in seen and "line 29999 of" in seen


def test_versions_are_kept_downloaded_and_brought_back(client: Client, put, dev, settle):
    item = put(b"first words", "plan.txt")
    data = {"files": sent(b"second words", "plan v2.txt"), "note": "Salt stock put right", "current": 1}
    client.sign_in(dev).post("documents.add_version", data, document_id=item.id, follow=True)
    assert "This is version 2 now" in client.text()
    settle()
    page = client.get("documents.document", document_id=item.id)
    assert "Salt stock put right" in page.get_text() and "second words" in page.get_text()
    client.get("documents.download", document_id=item.id, number=1, name="plan.txt")
    assert client.last.data == b"first words"
    client.last.close()
    client.post("documents.restore_version", {}, document_id=item.id, number=1, follow=True)
    assert "back, as version 3" in client.text()
    settle()
    assert queries.text_of(item) == [("", "first words")]
    client.post("documents.restore_version", {}, document_id=item.id, number=3, status=422)
    client.post("documents.restore_version", {}, document_id=item.id, number=9, status=404)
    names = [
        e.name for e in Event.select().where(Event.item_id == item.id, Event.name.startswith("document:"))
    ]
    assert names == [
        "document:uploaded",
        "document:version_added",
        "document:read",
        "document:version_added",
        "document:read",
    ] or (names.count("document:version_added") == 2 and names.count("document:read") >= 2)


def test_two_new_versions_at_once_are_both_kept_and_said(client: Client, put, dev, ann):
    item = put(b"one", "plan.txt")
    client.sign_in(ann).post(
        "documents.add_version", {"files": sent(b"two", "plan.txt"), "current": 1}, document_id=item.id
    )
    client.sign_in(dev).post(
        "documents.add_version",
        {"files": sent(b"three", "plan.txt"), "current": 1},
        document_id=item.id,
        follow=True,
    )
    assert "Somebody added version 2 meanwhile. Yours is version 3; both are kept." in client.text()
    assert DocumentVersion.select().where(DocumentVersion.document == item.id).count() == 3


def test_a_version_that_cannot_be_taken_keeps_its_note(client: Client, put, dev):
    item = put()
    page = client.sign_in(dev).post(
        "documents.add_version", {"note": "Salt stock put right"}, status=422, document_id=item.id
    )
    assert "Choose a file first" in page.get_text()
    assert page.find("input", {"name": "note"})["value"] == "Salt stock put right"
    client.post(
        "documents.add_version",
        {"files": sent(b"Grit the hill first.", "plan.txt")},
        document_id=item.id,
        follow=True,
    )
    assert "nothing was changed" in client.text()


def test_nothing_is_called_saved_that_is_not(client: Client, put, dev):
    item = put()
    page = client.sign_in(dev).get("documents.document", document_id=item.id)
    assert page.find(id=f"save-{item.id}").get_text(strip=True) == "Save"
    client.post("content.save", {}, item_id=item.id)
    page = client.get("documents.document", document_id=item.id)
    assert page.find(id=f"save-{item.id}").get_text(strip=True) == "Saved"


@pytest.mark.backend
def test_only_author_and_editors_change_a_document(put, ann, dev, store):
    item, other = put(), make.viewer(make.person("Una"))
    for act in (
        lambda: actions.add_version(other, item, store(b"x"), "x.txt"),
        lambda: actions.restore_version(other, item, 1),
        lambda: actions.move(other, item, item.space, None),
        lambda: actions.describe(
            other, item, version=1, title="Mine", body="", tags=[], marking="", owner=dev, review_at=None
        ),
    ):
        with pytest.raises(Refused):
            act()
    assert actions.add_version(make.viewer(ann), item, store(b"y"), "y.txt").number == 2


def test_what_is_said_about_it_can_be_changed(client: Client, put, dev, ann):
    item = put()
    client.sign_in(dev).get("documents.edit", document_id=item.id)
    said = {
        "title": "Gritting plan",
        "body": "Who **grits** what.",
        "tags": "winter, roads",
        "version": 1,
        "marking": "OFFICIAL-SENSITIVE",
        "owner": "@" + ann.handle,
        "review": "2026-12-01",
        "note": "A better name",
    }
    client.post("documents.edit", dict(said), document_id=item.id, follow=True)
    text = client.text()
    assert "Gritting plan" in text and "Only for people who need to know" in text and "Ann Evans" in text
    row = Document.get_by_id(item.id)
    assert (row.marking, row.owner_id) == ("OFFICIAL-SENSITIVE", ann.id)
    assert clock.local(row.review_at).date().isoformat() == "2026-12-01"
    assert Event.get(Event.name == "document:described").data["after"]["owner"] == ann.id
    assert Revision.select().where(Revision.item == item.id).count() == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("owner", "nobody.here", "Nobody here is called"),
        ("review", "tomorrow", "Write the date as"),
        ("review", "0001-01-01", "lifetime"),
        ("marking", "TOP SECRET", "no such marking"),
        ("title", " ", "Give it a title"),
    ],
)
def test_a_mistake_in_the_details_loses_nothing(client: Client, put, dev, field, value, words):
    item = put()
    said = {
        "title": "New title",
        "body": "Long thoughts.",
        "tags": "a, b",
        "version": 1,
        "marking": "OFFICIAL",
        "owner": dev.handle,
        "review": "",
        field: value,
    }
    page = client.sign_in(dev).post("documents.edit", said, document_id=item.id, status=422)
    assert words in page.get_text() and "Long thoughts." in page.find("textarea", {"name": "body"}).get_text()
    assert Item.get_by_id(item.id).body == ""


def test_the_owner_must_be_able_to_see_it(client: Client, put, dev, ann):
    item = put(audience="staff", reason="Draft")
    pat = make.partner("Pat")
    said = {"title": "T", "version": 1, "owner": pat.handle, "marking": ""}
    page = client.sign_in(dev).post("documents.edit", said, document_id=item.id, status=422)
    assert "Pat cannot see this document" in page.get_text()


def test_two_who_change_the_details_both_keep_their_words(client: Client, put, dev, ann):
    item = put()
    first = {"title": "First", "body": "One.", "version": 1, "owner": dev.handle, "marking": ""}
    client.sign_in(dev).post("documents.edit", first, document_id=item.id)
    page = client.sign_in(ann).post(
        "documents.edit", first | {"title": "Second", "body": "Two."}, document_id=item.id, status=409
    )
    assert "First" in page.get_text() and "Two." in page.find("textarea", {"name": "body"}).get_text()
    again = first | {
        "title": "Second",
        "body": "Two.",
        "version": page.find("input", {"name": "version"})["value"],
    }
    client.post("documents.edit", again, document_id=item.id)
    assert Item.get_by_id(item.id).title == "Second"


def test_it_moves_to_a_folder_and_to_another_space(client: Client, put, dev, where):
    item = put()
    folder = folders.make(make.viewer(dev), where, "Plans")
    client.sign_in(dev).get("documents.move", document_id=item.id)
    client.post("documents.move", {"space": where.slug, "folder": folder.id}, document_id=item.id)
    assert "plan.txt" in client.get("documents.folder", folder_id=folder.id).get_text()
    assert "plan.txt" not in client.get("documents.space", space_slug=where.slug).get_text()
    closed = make.space("Closed", "invitation", "staff", members=(dev,))
    client.post("documents.move", {"space": closed.slug, "folder": ""}, document_id=item.id)
    assert Item.get_by_id(item.id).audience == closed.token
    client.sign_in(make.partner("Pat")).get("documents.document", document_id=item.id, status=404)
    client.get("documents.download", document_id=item.id, number=1, name="plan.txt", status=404)


def test_withdrawing_takes_file_text_and_pictures_away_at_once(client: Client, put, settle, dev, ann):
    item = put(pdf(1), "route.pdf")
    settle()
    client.sign_in(ann).get("documents.picture", document_id=item.id, number=1)
    client.last.close()
    with db.write():
        content_actions.withdraw(make.viewer(dev), Item.get_by_id(item.id))
    for endpoint, more in (
        ("documents.document", {}),
        ("documents.text", {}),
        ("documents.progress", {}),
        ("documents.picture", {"number": 1}),
        ("documents.download", {"number": 1, "name": "route.pdf"}),
    ):
        client.get(endpoint, document_id=item.id, status=404, **more)
    assert "route.pdf" not in client.get("documents.documents").get_text()
    assert "withdrawn" in client.sign_in(dev).get("documents.document", document_id=item.id).get_text()


def test_a_stranger_sees_public_documents_only(client: Client, dev, settle, put):
    open_space = make.space("Open data", "open", "public", members=(dev,))
    shown = put(b"For everybody", "public.txt", space=open_space, audience="public")
    hidden = put(b"For us", "inside.txt", space=open_space)
    settle()
    page = client.get("documents.documents")
    assert "public.txt" in page.get_text() and "inside.txt" not in page.get_text()
    assert page.find("form", class_="upload") is None
    client.get("documents.document", document_id=shown.id)
    client.get("documents.download", document_id=shown.id, number=1, name="public.txt")
    assert client.last.data == b"For everybody"
    client.last.close()
    client.get("documents.document", document_id=hidden.id, status=404)
    assert "inside.txt" not in client.get("documents.space", space_slug=open_space.slug).get_text()


def test_a_closed_spaces_folders_are_not_told(client: Client, ann, dev):
    secret = make.space("Secret", "secret", "staff", editors=(ann,))
    folder = folders.make(make.viewer(ann), secret, "Restructure")
    client.sign_in(dev).get("documents.folder", folder_id=folder.id, status=404)
    client.get("documents.edit_folder", folder_id=folder.id, status=404)
    client.get("documents.space", space_slug=secret.slug, status=404)
    client.post("documents.new_folder", {"name": "x"}, space_slug=secret.slug, status=404)


def test_the_card_says_what_kind_of_file_how_large_and_its_state(put, settle):
    item = put(pdf(1), "route.pdf")
    card = Item.get_by_id(item.id).card
    assert card["kind_label"].startswith("PDF document, ") and card["state"]["text"] == "Checking"
    settle()
    assert "state" not in Item.get_by_id(item.id).card


@pytest.mark.backend
def test_folders_nest_move_and_are_removed_when_empty(dev, ann, where, put):
    viewer = make.viewer(dev)
    plans = folders.make(viewer, where, "Plans")
    old = folders.make(viewer, where, "2025", plans)
    older = folders.make(viewer, where, "Drafts", old)
    item = put(folder=older)
    shelf = queries.shelf_of_folder(viewer, older.id)
    assert [f.name for f in shelf.above] == ["Plans", "2025"]
    with pytest.raises(Invalid, match="into itself"):
        folders.move(viewer, plans, older)
    with pytest.raises(Invalid, match="already"):
        folders.make(viewer, where, "plans")
    folders.move(viewer, old, None)
    assert Folder.get_by_id(older.id).path == f"/{old.id}/{older.id}/"
    assert [f.name for f in queries.shelf_of_folder(viewer, older.id).above] == ["2025"]
    assert [f.name for f in queries.shelf_of_space(viewer, where).folders] == ["2025", "Plans"]
    with pytest.raises(Refused, match="still holds"):
        folders.remove(viewer, older)
    actions.move(viewer, item, where, plans)
    folders.remove(viewer, older)
    with pytest.raises(Missing):
        queries.folder(viewer, older.id)
    with pytest.raises(Refused):
        folders.rename(make.viewer(make.person("Una")), plans, "Mine")
    folders.rename(make.viewer(ann), plans, "Plans of all years")


@pytest.mark.backend
@pytest.mark.parametrize("name", ["", "  ", "...", "/", "\u202e", "x" * 121])
def test_a_folder_needs_a_name(dev, where, name):
    with pytest.raises(Invalid):
        folders.make(make.viewer(dev), where, name)


def test_folders_are_not_endlessly_deep(dev, where):
    parent = None
    for number in range(folders.DEPTH_MAX):
        parent = folders.make(make.viewer(dev), where, f"Level {number}", parent)
    with pytest.raises(Invalid, match="deep"):
        folders.make(make.viewer(dev), where, "One more", parent)


def test_a_folder_is_made_renamed_moved_and_removed_in_the_browser(client: Client, dev, where):
    client.sign_in(dev).post("documents.new_folder", {"name": "Plans"}, space_slug=where.slug)
    plans = Folder.get()
    client.post("documents.new_folder", {"name": "2026", "folder": plans.id}, space_slug=where.slug)
    page = client.post(
        "documents.new_folder", {"name": "2026", "folder": plans.id}, space_slug=where.slug, status=422
    )
    assert page.find(id="folder-name")["value"] == "2026"
    # This answer has an address that cannot be asked for; the list says from where it can be read again.
    assert page.find(id="documents")["data-url"] == client.path("documents.folder", folder_id=plans.id)
    inner = Folder.get(Folder.name == "2026")
    client.post("documents.edit_folder", {"do": "rename", "name": "Year 2026"}, folder_id=inner.id)
    client.post("documents.edit_folder", {"do": "move", "folder": ""}, folder_id=inner.id)
    assert Folder.get_by_id(inner.id).parent_id is None
    client.post("documents.edit_folder", {"do": "move", "folder": inner.id}, folder_id=inner.id, status=422)
    client.post("documents.edit_folder", {"do": "remove"}, folder_id=inner.id)
    assert Folder.select().count() == 1


def test_the_list_narrows_by_space_kind_and_name(client: Client, put, dev, where, settle):
    other = make.space("Housing", members=(dev,))
    put(b"a,b\n1,2\n", "costs 100%.csv")
    put(pdf(1), "route.pdf", space=other)
    settle()
    client.sign_in(dev)
    assert (
        "route.pdf" not in client.get("documents.documents", space=where.slug).find(id="documents").get_text()
    )
    assert "costs" not in client.get("documents.documents", type="pdf").find(id="documents").get_text()
    part = client.get("documents.documents", name="100% COSTS", htmx="documents")
    assert "costs 100%.csv" in part.get_text() and "route.pdf" not in part.get_text()
    assert "No document fits" in client.get("documents.documents", name="_").get_text()
    for odd in ("'", "%", "\\", "x" * 5000, "🧂", "-"):
        client.get("documents.documents", name=odd, type=odd[:9])
    client.get("documents.documents", space="no-such-space", status=404)


def test_long_lists_are_paged_and_nothing_is_shown_twice(client: Client, put, dev, where):
    for number in range(23):
        put(b"%d" % number, f"file {number}.txt")
    page = client.sign_in(dev).get("documents.space", space_slug=where.slug)
    first = {a.get_text() for a in page.select("tbody th a")}
    page = client.get(page.find("a", rel="next")["href"])
    assert len(first) == 20 and len(first | {a.get_text() for a in page.select("tbody th a")}) == 23


@pytest.mark.backend
def test_queries_do_not_grow_with_the_rows(client: Client, put, dev, where, settle):
    viewer = make.viewer(dev)
    item = put(b"0", "file 0.txt", folder=folders.make(viewer, where, "Plans"))
    settle()
    client.sign_in(dev)

    def cost(endpoint: str, **values: object) -> int:
        client.get(endpoint, **values)
        with db.count_queries() as seen:
            client.get(endpoint, **values)
        return len(seen)

    pages = {
        "documents.documents": {},
        "documents.space": {"space_slug": where.slug},
        "documents.folder": {"folder_id": item.document.get().folder_id},
        "documents.document": {"document_id": item.id},
    }
    before = {endpoint: cost(endpoint, **values) for endpoint, values in pages.items()}
    for number in range(1, 12):
        put(b"%d" % number, f"file {number}.txt", folder=Folder.get())
        put(b"%d" % number, f"top {number}.txt")
        folders.make(viewer, where, f"Folder {number}")
    settle()
    after = {endpoint: cost(endpoint, **values) for endpoint, values in pages.items()}
    assert after == before
    assert max(before[e] for e in list(pages)[:3]) <= 7 and before["documents.document"] <= 8, before


@pytest.mark.backend
def test_documents_to_review_are_their_owners(put, dev, ann):
    due = put(review_at=clock.now() + timedelta(days=3))
    put(b"later", "later.txt", review_at=clock.now() + timedelta(days=90))
    assert [i.id for i in queries.due_for_review(make.viewer(dev))] == [due.id]
    assert queries.due_for_review(make.viewer(ann)) == [] and queries.due_for_review(access.NOBODY) == []


def test_a_review_that_is_due_stands_among_what_needs_its_owner(hub, put, dev):
    due = put(review_at=clock.now() + timedelta(days=3))
    with hub.test_request_context():
        told = [entry for what in hub.extensions["needs_you"] for entry in what(make.viewer(dev))]
    assert {
        "text": "Review plan.txt",
        "url": f"/documents/{due.id}",
        "due": due.document.get().review_at,
    } in told


def test_a_missing_or_damaged_file_is_said_and_breaks_nothing(client: Client, put, settle, dev):
    gone, bad = put(b"gone", "gone.txt"), put(b"bad", "bad.txt")
    rows = {r.document_id: r for r in DocumentVersion.select()}
    files.store().path(rows[gone.id].sha256).unlink()
    files.store().path(rows[bad.id].sha256).write_bytes(b"other bytes")
    settle()
    for item in (gone, bad):
        page = client.sign_in(dev).get("documents.document", document_id=item.id)
        assert (
            "missing from the hub's storage, or damaged" in page.get_text() and "No text" in page.get_text()
        )
        client.get("documents.download", document_id=item.id, number=1, name="x", status=404)
        assert "tell an administrator" in client.text()


def test_a_hit_in_a_page_opens_the_text_at_that_page(client, put, dev, settle):
    item = put()
    settle()
    pages = [Found("Grit the hill first.", "page 1"), Found("Then the culvert road.", "page 2")]
    reactions.keep(DocumentVersion.get(), Extracted("application/pdf", "PDF", pages))
    settle()
    found = client.sign_in(dev).get("search.search", q="culvert")
    hit = found.select_one(".hit")
    assert hit.select_one(".hit-title a")["href"].endswith("#page-2")
    place = hit.find("a", string="page 2")
    client.get(place["href"], status=303)
    leads = client.last.headers["Location"]
    assert leads.endswith("#passage-2") and "hl=culvert" in leads
    assert (
        client.get(leads.partition("#")[0])
        .find(id="passage-2")
        .get_text(" ", strip=True)
        .endswith("culvert road.")
    )
    client.get("documents.text", document_id=item.id, at="page 9", status=303)
    assert "passage" not in client.last.headers["Location"]
