"""The pages that every kind of item shares, for its author, its readers and strangers."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from hub import access, clock, db, files
from hub.content import actions, keeping, kinds
from hub.content.models import Attachment, Bookmark, Draft, Follow, Item, Reaction
from hub.people.models import Person
from tests import make
from tests.browser import Client


@pytest.fixture(autouse=True)
def kinds_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind with a page of its own and one that answers it, whatever other features stand in this build."""
    note = kinds.Kind(
        "note", "Note", "notes", "post", page="content.history", arg="item_id", answers="remark"
    )
    monkeypatch.setitem(kinds.KINDS, "note", note)
    monkeypatch.setitem(kinds.KINDS, "remark", kinds.Kind("remark", "Remark", "remarks", "comment"))


def note(author: Person, where: Any = None, **values: Any) -> Item:
    return make.item(author, where or make.space(members=(author,)), kind="note", **values)


def fresh(item: Item) -> Item:
    return Item.get_by_id(item.id)


def picture(width: int = 40, height: int = 20, form: str = "JPEG", **values: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, form, **values)
    return out.getvalue()


# --- permalinks and history ---------------------------------------------------------------------------------


def test_a_permalink_leads_to_the_item_and_an_answers_to_its_place(client: Client) -> None:
    author = make.person()
    item = note(author)
    reply = make.item(author, item.space, kind="remark", title="", parent=item)
    client.sign_in(author).get("content.permalink", status=303, item_id=item.id)
    assert client.last is not None and client.last.headers["Location"] == f"/items/{item.id}/history"
    client.get("content.permalink", status=303, item_id=reply.id)
    place = urlsplit(client.last.headers["Location"])
    assert (place.path, place.fragment) == (f"/items/{item.id}/history", f"remark-{reply.id}")


@pytest.mark.parametrize(
    "endpoint", ["content.permalink", "content.history", "content.audience", "content.withdraw"]
)
def test_what_one_may_not_read_is_not_there_on_any_page(client: Client, endpoint: str) -> None:
    author = make.person()
    item = note(author, make.space(kind="secret", members=(author,)), title="Canary words")
    client.sign_in(make.person()).get(endpoint, status=404, item_id=item.id)
    assert "Canary" not in client.text()
    client.get(endpoint, status=404, item_id=item.id + 1000)


def test_the_history_shows_each_version_and_what_changed(client: Client) -> None:
    author, reader = make.person("Ann Evans"), make.person()
    item = note(author, title="Bins", body="Put them out on Monday.\n\nSecond paragraph.", tags=["waste"])
    item = actions.edit(
        make.viewer(author), item, version=1, title="Bins and boxes", body="Put them out on Tuesday.\n\nSecond paragraph.",
        tags=["recycling"], note="New day",
    )  # fmt: skip
    client.sign_in(reader).get("content.history", item_id=item.id)
    assert "New day" in client.text() and "Ann Evans" in client.text()
    page = client.get("content.version", item_id=item.id, number=2)
    gone = [e.get_text(strip=True) for e in page.select(".diff del")]
    come = [e.get_text(strip=True) for e in page.select(".diff ins")]
    assert gone == ["Bins", "waste", "Monday."] and come == ["Bins and boxes", "recycling", "Tuesday."]
    assert not page.find("form", action=client.path("content.restore_version", item_id=item.id, number=1))
    client.get("content.version", status=404, item_id=item.id, number=3)


def test_long_unchanged_stretches_are_left_out_of_a_comparison(client: Client) -> None:
    author = make.person()
    lines = [f"Paragraph {n}." for n in range(30)]
    item = note(author, body="\n\n".join(lines))
    lines[15] = "Paragraph fifteen."
    actions.edit(make.viewer(author), item, version=1, body="\n\n".join(lines))
    page = client.sign_in(author).get("content.version", item_id=item.id, number=2)
    shown = page.select_one(".diff.prose").get_text(" ", strip=True)
    assert "14 unchanged paragraphs left out" in shown and "Paragraph 14." in shown
    assert "Paragraph 3." not in shown


def test_an_old_version_is_brought_back_as_a_new_one(client: Client) -> None:
    author = make.person()
    item = note(author, title="First", body="First words")
    actions.edit(make.viewer(author), item, version=1, title="Second", body="Second words")
    client.sign_in(make.person())
    client.post("content.restore_version", status=403, item_id=item.id, number=1)
    client.sign_in(author).post("content.restore_version", item_id=item.id, number=1)
    assert (fresh(item).title, fresh(item).body, fresh(item).version) == ("First", "First words", 3)


def test_hostile_words_in_every_version_are_shown_as_words(client: Client) -> None:
    author = make.person()
    attack = '<img src=x onerror=alert(1)><a hx-get="/x">x</a>'
    item = note(author, title=attack, body=attack, tags=["<b>tag"])
    actions.edit(make.viewer(author), item, version=1, title=attack + "!", body=attack + " more", note=attack)
    client.sign_in(author)
    for endpoint, values in (
        ("content.history", {}),
        ("content.version", {"number": 2}),
        ("content.audience", {}),
        ("content.withdraw", {}),
    ):
        page = client.get(endpoint, item_id=item.id, **values)
        assert not page.select("[onerror], .prose [hx-get]")
        assert attack[:20] in client.text()


# --- reactions, saving, following ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "data"),
    [("content.react", {"kind": "thanks"}), ("content.save", {}), ("content.follow", {"level": "watch"})],
)
def test_a_pressed_button_comes_back_into_its_own_place_and_leaves_the_page_alone(
    client: Client, endpoint: str, data: dict[str, str]
) -> None:
    item = note(make.person())
    client.sign_in(make.person())
    where = {"subject": f"item:{item.id}"} if endpoint == "content.follow" else {"item_id": item.id}
    piece = client.post(endpoint, data, status=200, htmx=True, **where)
    assert client.last is not None and "HX-Retarget" not in client.last.headers
    assert piece.select_one("form button[aria-pressed=true]") is not None and piece.select_one("main") is None


def test_a_reaction_is_given_and_taken_back(client: Client) -> None:
    author, reader = make.person(), make.person()
    item = note(author)
    client.sign_in(reader)
    region = client.post("content.react", {"kind": "thanks"}, status=200, htmx=True, item_id=item.id)
    pressed = region.select_one(f"#reactions-{item.id} button[aria-pressed=true]")
    assert pressed["value"] == "thanks" and pressed.select_one(".count").get_text() == "1"
    assert fresh(item).reactions == 1
    client.post("content.react", {"kind": "thanks"}, item_id=item.id)
    assert (fresh(item).reactions, Reaction.select().count()) == (0, 0)
    client.post("content.react", {"kind": "shout"}, status=422, item_id=item.id)


def test_what_is_withdrawn_or_opened_by_a_grant_takes_no_reaction(client: Client) -> None:
    author, reviewer = make.person(), make.person()
    item = note(author)
    actions.withdraw(make.viewer(author), item)
    access.Grant.create(
        item_id=item.id, person_id=reviewer.id, reason="case", ends_at=clock.now() + timedelta(days=1)
    )
    for person in (author, reviewer):
        client.sign_in(person).post("content.react", {"kind": "thanks"}, status=403, item_id=item.id)
    assert Reaction.select().count() == 0


def test_saved_items_are_listed_while_they_can_be_read(client: Client) -> None:
    author, reader = make.person(), make.person()
    space = make.space()
    first, second = note(author, space, title="Keep me"), note(author, space, title="Lose me")
    client.sign_in(reader).get("content.saved")
    assert "Nothing saved yet" in client.text()
    for item in (first, second):
        client.post("content.save", item_id=item.id)
    region = client.post("content.save", status=200, htmx=True, item_id=second.id)
    assert region.find(id=f"save-{second.id}").button["aria-pressed"] == "false"
    client.post("content.save", item_id=second.id)
    actions.withdraw(make.viewer(author), second)
    client.get("content.saved")
    assert "Keep me" in client.text() and "Lose me" not in client.text()
    assert Bookmark.select().count() == 2


def test_the_list_of_saved_items_costs_the_same_for_two_and_for_eighteen(client: Client) -> None:
    author = make.person()
    space = make.space()
    client.sign_in(author)
    for _ in range(2):
        keeping.bookmark(make.viewer(author), note(author, space))
    with db.count_queries() as few:
        client.get("content.saved")
    for _ in range(16):
        keeping.bookmark(make.viewer(author), note(author, space))
    with db.count_queries() as many:
        client.get("content.saved")
    assert len(few) == len(many) <= 6, many


def test_following_is_set_changed_and_ended(client: Client) -> None:
    author, reader = make.person(), make.person()
    item = note(author)
    client.sign_in(reader)
    subject = f"item:{item.id}"
    client.post("content.follow", {"level": "watch", "back": f"/items/{item.id}"}, subject=subject)
    assert client.last is not None and client.last.headers["Location"] == f"/items/{item.id}"
    region = client.post(
        "content.follow", {"level": "mute", "back": "/"}, status=200, htmx=True, subject=subject
    )
    assert region.select_one("#follow button[aria-pressed=true]")["value"] == "mute"
    assert [(f.subject, f.level) for f in Follow.select()] == [(subject, "mute")]
    client.post("content.follow", {"level": ""}, subject=subject)
    assert Follow.select().count() == 0


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_following_never_leads_to_another_site(client: Client, back: str) -> None:
    client.sign_in(make.person()).post("content.follow", {"level": "watch", "back": back}, subject="tag:damp")
    assert client.last is not None and client.last.headers["Location"] == "/"


def test_what_one_may_not_know_of_cannot_be_followed(client: Client) -> None:
    author = make.person()
    secret = make.space(kind="secret", members=(author,))
    item = note(author, secret)
    client.sign_in(make.person())
    for subject in (
        f"item:{item.id}",
        f"space:{secret.id}",
        "item:99999",
        "nonsense",
        "item:" + "9" * 30,
        "tag:a/b",
    ):
        client.post("content.follow", {"level": "watch"}, status=404, subject=subject)
    client.post("content.follow", {"level": "shout"}, status=422, subject="tag:damp")
    assert Follow.select().count() == 0


# --- drafts -------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_and_leads_back_to_its_page(client: Client) -> None:
    person = make.person()
    client.sign_in(person)
    at = {"Accept": "application/json", "Referer": "http://localhost/topics/7?page=2"}
    client.post(
        "content.autosave",
        {"title": "Half a", "body": "Half a thought"},
        status=200,
        headers=at,
        key="reply:7",
    )
    assert client.last is not None and client.last.json is not None
    assert client.last.json["saved"] == f"{clock.local(clock.now()):%H:%M}"
    page = client.get("content.drafts")
    assert page.find("a", href="/topics/7?page=2", string="Half a")
    client.post("content.discard", key="reply:7")
    assert Draft.select().count() == 0


def test_a_draft_of_somebody_else_is_neither_shown_nor_discarded(client: Client) -> None:
    owner, other = make.person(), make.person()
    keeping.save_draft(make.viewer(owner), "note:new", body="Secret thought")
    client.sign_in(other).get("content.drafts")
    assert "Secret thought" not in client.text()
    client.post("content.discard", key="note:new")
    assert Draft.get().body == "Secret thought"


@pytest.mark.parametrize(
    "referer", ["https://evil.example/x", "http://localhost//evil.example", "javascript:alert(1)", ""]
)
def test_a_draft_leads_to_no_other_site(client: Client, referer: str) -> None:
    client.sign_in(make.person())
    client.post("content.autosave", {"body": "Words"}, headers={"Referer": referer}, key="a")
    page = client.get("content.drafts")
    assert "Words" in client.text()
    assert not [
        a["href"] for a in page.select("main a[href]") if "evil" in a["href"] or "javascript" in a["href"]
    ]


def test_a_begun_answer_is_listed_by_what_it_answers_as_long_as_that_may_be_read(client: Client) -> None:
    writer = make.person()
    space = make.space("Housing", "open", "everyone")
    topic = make.item(make.person(), space, "topic", "Who has a new form?")
    keeping.save_draft(make.viewer(writer), f"reply:{topic.id}", body="We **do**.\n\n- since May")
    client.sign_in(writer).get("content.drafts")
    assert "Reply to “Who has a new form?”" in client.text() and "We do." in client.text()
    Item.update(audience="editors").where(Item.id == topic.id).execute()
    client.get("content.drafts")
    assert "Reply without a title" in client.text() and "new form" not in client.text()


def test_an_empty_draft_is_forgotten(client: Client) -> None:
    client.sign_in(make.person())
    client.post("content.autosave", {"body": "Words"}, key="a")
    client.post("content.autosave", {"body": "  "}, key="a")
    assert Draft.select().count() == 0


def test_drafts_scheduled_and_withdrawn_items_are_listed_to_their_author(client: Client) -> None:
    author = make.person()
    space = make.space(editors=(make.person("Ed Itor"),))
    note(author, space, title="Begun", state="draft")
    note(author, space, title="Planned", state="scheduled", publish_at=clock.now() + timedelta(days=2))
    gone = note(author, space, title="Taken back")
    actions.withdraw(make.viewer(author), gone)
    client.sign_in(author).get("content.drafts")
    assert all(word in client.text() for word in ("Begun", "Planned", "Taken back", "Goes out on"))
    client.post("content.restore", item_id=gone.id)
    assert fresh(gone).is_published
    client.sign_in(make.person()).get("content.drafts")
    assert "Begun" not in client.text() and "No drafts" in client.text()


# --- withdrawing, confirming, audience ----------------------------------------------------------------------


def test_withdrawing_asks_first_and_an_editor_must_say_why(client: Client) -> None:
    author, editor = make.person(), make.person()
    item = note(author, make.space(members=(author,), editors=(editor,)))
    client.sign_in(make.person()).get("content.withdraw", status=403, item_id=item.id)
    client.sign_in(editor).get("content.withdraw", item_id=item.id)
    client.post("content.withdraw", {"reason": " "}, status=422, item_id=item.id)
    assert fresh(item).is_published
    client.post("content.withdraw", {"reason": "Names a child"}, item_id=item.id)
    assert fresh(item).state == "withdrawn"
    client.get("content.history", status=404, item_id=item.id)


def test_an_author_withdraws_without_a_reason_and_finds_it_under_drafts(client: Client) -> None:
    author = make.person()
    item = note(author)
    client.sign_in(author).post("content.withdraw", {}, follow=True, item_id=item.id)
    assert "put it back" in client.text().lower()
    assert fresh(item).state == "withdrawn"


def test_confirming_says_that_it_is_still_right(client: Client) -> None:
    author = make.person()
    item = note(author)
    client.sign_in(make.person()).post("content.confirm", status=403, item_id=item.id)
    client.sign_in(author).post("content.confirm", item_id=item.id)
    assert fresh(item).confirmed_at is not None


def test_everybody_who_reads_an_item_sees_who_else_can_and_its_author_may_change_it(client: Client) -> None:
    author, partner = make.person(), make.partner()
    space = make.space(members=(author,))
    item = note(author, space)
    page = client.sign_in(partner).get("content.audience", item_id=item.id)
    assert "All staff and partners" in client.text() and "2 people" in client.text()
    assert not page.find("input", {"name": "audience"})
    page = client.sign_in(author).get("content.audience", item_id=item.id)
    assert [i["value"] for i in page.find_all("input", {"name": "audience"})] == access.ladder(space, author)
    sent = {"audience": space.token, "reason": ""}
    page = client.post("content.audience", sent, status=422, item_id=item.id)
    assert page.find("input", value=space.token).has_attr("checked")
    client.post("content.audience", {**sent, "reason": "Names tenants"}, item_id=item.id)
    client.get("content.audience", item_id=item.id)
    assert "Names tenants" in client.text()
    client.sign_in(partner).get("content.audience", status=404, item_id=item.id)


def test_only_who_may_edit_changes_an_audience(client: Client) -> None:
    author, other = make.person(), make.person()
    item = note(author, make.space(reach="public"))
    client.sign_in(other).post("content.audience", {"audience": "public"}, status=403, item_id=item.id)
    assert fresh(item).audience == "everyone"


def test_the_head_count_for_a_composer_is_told_to_who_could_post_there(client: Client) -> None:
    member = make.person()
    space = make.space("Inner circle", kind="request", members=(member,))
    client.sign_in(member)
    region = client.get(client.path("content.seen_by") + f"?audience={space.token}", htmx=True)
    assert "Members of Inner circle" in region.find(id="seen-by").get_text()
    client.sign_in(make.person())
    for token in (space.token, f"{space.token}:editors", "person:1", "", "x" * 5000):
        client.get(client.path("content.seen_by") + f"?audience={token}", status=404)


# --- tags ---------------------------------------------------------------------------------------------------


def test_a_tag_counts_and_lists_only_what_the_viewer_may_read(client: Client) -> None:
    author = make.person()
    note(author, make.space(reach="public"), title="Open words", audience="public", tags=["Damp & Mould"])
    note(
        author,
        make.space(kind="secret", members=(author,)),
        title="Closed words",
        tags=["Damp & mould", "Secret plan"],
    )
    page = client.get("content.tags")
    assert [t.get_text(" ", strip=True) for t in page.select(".tags a")] == ["Damp & Mould 1 item"]
    client.get("content.tag", tag="damp-mould")
    assert "Open words" in client.text() and "Closed words" not in client.text()
    client.get("content.tag", status=404, tag="secret-plan")
    page = client.sign_in(author).get("content.tags")
    assert len(page.select(".tags a")) == 2
    client.get("content.tag", tag="secret-plan")


@pytest.mark.parametrize("tag", ["nothing", "%00", "a%0d%0ab", "x" * 500, "<script>"])
def test_an_odd_tag_is_answered_with_a_page(client: Client, tag: str) -> None:
    client.get(f"/tags/{tag}", status=400 if tag == "%00" else 404)


# --- preview and files --------------------------------------------------------------------------------------


def test_a_preview_shows_the_text_and_stores_nothing(client: Client) -> None:
    client.sign_in(make.person())
    region = client.post("content.preview", {"body": "**bold** <script>x</script>"}, status=200, htmx=True)
    assert region.find(id="preview").strong.get_text() == "bold" and not region.find("script")
    page = client.post("content.preview", {"body": "# One\r\n\r\nTwo", "title": "Mine"}, status=200)
    assert (
        page.find("textarea").get_text().strip() == "# One\r\n\r\nTwo".strip()
        or "Two" in page.find("textarea").get_text()
    )
    assert Item.select().count() == 0
    client.post("content.preview", {"body": "x" * 100_001}, status=200, htmx=True)
    assert "100,000" in client.text()


def upload(client: Client, name: str, data: bytes, status: int = 200) -> dict[str, Any]:
    client.post("content.upload", {"file": (io.BytesIO(data), name)}, status=status)
    assert client.last is not None
    answer: dict[str, Any] = client.last.json
    return answer


def test_a_picture_is_redrawn_without_what_the_camera_wrote_into_it(client: Client, settle: Any) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8769] = "CanaryCam", {0x9003: "2026:11:22 10:00:00"}
    author = make.person()
    answer = upload(client.sign_in(author), "my [odd] photo.jpg", picture(3000, 1000, exif=exif))
    item = note(author, body=answer["markdown"])
    client.get("content.picture", status=404, attachment_id=answer["id"])
    settle()
    client.sign_in(make.person()).get("content.picture", attachment_id=answer["id"])
    assert client.last is not None and client.last.mimetype == "image/png"
    made = Image.open(io.BytesIO(client.last.data))
    assert made.size == (1920, 640) and not made.getexif() and b"Canary" not in client.last.data
    assert "sandbox" in client.last.headers["Content-Security-Policy"]
    assert f"/files/{answer['id']}/picture.png" in fresh(item).html


def test_a_file_is_given_back_as_it_came_and_only_to_save(client: Client) -> None:
    author = make.person()
    answer = upload(client.sign_in(author), "évil\r\n name.html", b"<script>alert(1)</script>")
    client.get(answer["url"])
    assert client.last is not None and client.last.data == b"<script>alert(1)</script>"
    assert client.last.mimetype == "application/octet-stream"
    assert client.last.headers["Content-Disposition"].startswith("attachment")
    assert "default-src 'none'" in client.last.headers["Content-Security-Policy"]


def test_a_file_is_its_uploaders_until_posted_and_then_its_items_readers(client: Client) -> None:
    author, member, other = make.person(), make.person(), make.person()
    answer = upload(client.sign_in(author), "plan.txt", b"the plan")
    client.sign_in(member).get(answer["url"], status=404)
    space = make.space(kind="request", members=(author, member))
    item = note(author, space, body=answer["markdown"])
    client.get(answer["url"])
    client.sign_in(other).get(answer["url"], status=404)
    client.sign_in(None).get(answer["url"], status=404)
    actions.withdraw(make.viewer(author), item)
    client.sign_in(member).get(answer["url"], status=404)


def test_an_upload_that_is_none_says_what_to_do(client: Client) -> None:
    client.sign_in(make.person()).post("content.upload", {}, status=422)
    assert client.last is not None and client.last.json == {"error": "Choose a file first."}


def bomb() -> bytes:
    """A PNG that claims 50,000 × 50,000 pixels."""
    raw = bytearray(picture(8, 8, "PNG"))
    raw[16:24] = (50_000).to_bytes(4, "big") * 2
    import zlib

    raw[29:33] = zlib.crc32(bytes(raw[12:29])).to_bytes(4, "big")
    return bytes(raw)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        picture()[:200],
        picture(form="PNG")[:60],
        bomb(),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 500,
    ],
    ids=["empty", "no picture", "cut JPEG", "cut PNG", "too many pixels", "noise"],
)
def test_a_broken_or_boundless_picture_stays_a_file_and_stops_nothing(
    client: Client, settle: Any, data: bytes
) -> None:
    answer = upload(client.sign_in(make.person()), "odd.png", data)
    settle()
    assert Attachment.get_by_id(answer["id"]).picture == ""
    client.get(answer["url"])
    assert client.last is not None and client.last.data == data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_sort_are_redrawn(client: Client, settle: Any, mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (30, 10)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    answer = upload(client.sign_in(make.person()), "p.jpg" if mode == "CMYK" else "p.png", out.getvalue())
    settle()
    made = Attachment.get_by_id(answer["id"]).picture
    with files.store().open(made) as stream:
        assert Image.open(stream).size == (30, 10)


def test_suggestions_of_people_name_no_leavers_and_take_any_letters(client: Client) -> None:
    make.person("Ann Evans", handle="ann.evans")
    make.person("Ann Gone", handle="ann.gone", status="disabled")
    client.sign_in(make.person("Bob"))
    client.get(client.path("content.mention") + "?q=@ann")
    assert client.last is not None and [p["handle"] for p in client.last.json or []] == ["ann.evans"]
    for words in ("%25", "_", "'", "", "%F0%9F%98%80", "x" * 3000):
        client.get(client.path("content.mention") + "?q=" + words)
        assert client.last.status_code == 200
