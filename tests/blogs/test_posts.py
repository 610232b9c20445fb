"""Posts: written, read by those who may, changed without loss, published at their time."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from flask import make_response, request

from hub import clock, db, events
from hub.blogs import actions, queries
from hub.blogs.models import Blog, Post
from hub.content import actions as content
from hub.content import keeping
from hub.content.models import Draft, Item
from hub.errors import Refused
from tests import make


def write(author, *, step="publish", blog="", **values):
    """A post as its editor would make it; its item."""
    viewer = make.viewer(author)
    target = queries.target(queries.targets(viewer, queries.speaks_for(viewer)), blog)
    words = {"title": "Gritting starts early", "body": "The first frost is due on Friday."}
    return actions.write(viewer, target, actions.Writing(**{**words, **values}), step)


@pytest.fixture(autouse=True)
def hub_space(hub):
    return make.hub_space()


@pytest.mark.backend
def test_a_first_post_begins_the_writers_own_blog(hub):
    author = make.person("Ann Evans")
    first, second = write(author), write(author, title="Second")
    assert Blog.select().count() == 1
    blog = Blog.get()
    assert (blog.kind, blog.title, blog.person_id) == ("personal", "Ann Evans’s blog", author.id)
    assert {p.item_id for p in Post.select().where(Post.blog == blog.id)} == {first.id, second.id}
    names = [e.name for e in events.Event.select().order_by(events.Event.id)]
    assert names.count("blog:created") == 1 and names.count("item:published") == 2


def test_a_post_is_read_by_staff_and_partners_but_not_by_strangers(client):
    item = write(make.person("Ann Evans"))
    page = client.sign_in(make.person("Dev Patel")).get("blogs.post", post_id=item.id)
    assert page.h1.get_text() == "Gritting starts early"
    assert "The first frost is due on Friday." in page.get_text()
    assert "2 people" in page.select_one(".audience").get_text()
    client.sign_in(make.partner("Sam Reed")).get("blogs.post", post_id=item.id)
    client.sign_in(None).get("blogs.post", status=404, post_id=item.id)


def test_a_public_post_is_open_to_anybody_and_shows_them_no_tools(client):
    item = write(make.person("Ann Evans"), audience="public")
    page = client.get("blogs.post", post_id=item.id)
    assert "Anyone on the internet can read it." in page.get_text()
    assert "Sign in to comment." in page.get_text()
    assert not page.select("form.composer, form.reactions, .follow")


def test_a_staff_post_is_missing_for_partners_everywhere(client):
    item = write(make.person(), audience="staff", reason="About pay")
    client.sign_in(make.partner())
    client.get("blogs.post", status=404, post_id=item.id)
    client.get("blogs.edit", status=404, post_id=item.id)
    assert "Gritting" not in client.get("blogs.blogs").get_text()
    assert "Gritting" not in client.get("blogs.blog", blog_id=Blog.get().id).get_text()
    assert (
        "Closed because: About pay"
        in client.sign_in(make.person()).get("blogs.post", post_id=item.id).get_text()
    )


def test_a_draft_is_seen_by_its_author_alone_and_published_from_its_page(client):
    author = make.person("Ann Evans")
    item = write(author, step="draft", body="")
    client.sign_in(make.person()).get("blogs.post", status=404, post_id=item.id)
    assert "Only you can see it" in client.sign_in(author).get("blogs.post", post_id=item.id).get_text()
    page = client.post("blogs.publish", post_id=item.id, follow=True)
    assert "Published" in page.get_text() and "Undo" in page.get_text()
    client.sign_in(make.person()).get("blogs.post", post_id=item.id)


def test_a_draft_without_a_title_cannot_be_published_and_is_sent_to_its_editor(client):
    author = make.person()
    item = write(author, step="draft", title="")
    page = client.sign_in(author).post("blogs.publish", post_id=item.id, follow=True)
    assert "Give it a title" in page.get_text()
    assert Item.get_by_id(item.id).state == "draft"


def test_a_scheduled_post_goes_out_at_its_time(client, settle):
    author = make.person()
    when = clock.now() + timedelta(hours=2)
    item = write(author, step="schedule", publish_at=when)
    client.sign_in(make.person()).get("blogs.post", status=404, post_id=item.id)
    assert "by itself" in client.sign_in(author).get("blogs.post", post_id=item.id).get_text()
    with time_machine.travel(when + timedelta(minutes=2), tick=False):
        settle()
    assert Item.get_by_id(item.id).audience == "everyone"


def test_the_editor_schedules_on_the_clocks_of_the_council(client):
    author = make.person()
    client.sign_in(author)
    with time_machine.travel("2026-07-01T09:00:00Z", tick=False):
        client.sign_in(author)
        client.post(
            "blogs.new",
            {"title": "Later", "body": "Words", "publish_at": "2026-07-02T10:30", "step": "schedule"},
        )
    assert Item.get().publish_at.isoformat() == "2026-07-02T09:30:00+00:00"


def main_button(page) -> dict:
    """What pressing the editor's main button sends beside the fields."""
    button = page.select_one(".composer-send .btn-primary")
    return {button["name"]: button["value"]}


def test_the_main_button_of_a_drafts_editor_publishes_it_and_that_of_a_scheduled_post_keeps_its_time(client):
    author = make.person()
    when = clock.now() + timedelta(days=2)
    client.sign_in(author)
    for item, state in (
        (write(author, step="draft"), "published"),
        (write(author, step="schedule", publish_at=when), "scheduled"),
    ):
        page = client.get("blogs.edit", post_id=item.id)
        typed = {"title": "Changed", "body": "Better words", "version": item.version, **main_button(page)}
        time = page.find(id="composer-publish_at").get("value", "")
        client.post("blogs.edit", {**typed, "publish_at": time}, post_id=item.id)
        fresh = Item.get_by_id(item.id)
        assert (fresh.state, fresh.title) == (state, "Changed")
    assert abs(fresh.publish_at - when) < timedelta(minutes=1)


def test_publishing_beside_a_time_is_asked_about_and_nothing_goes_out_by_mistake(client):
    client.sign_in(make.person())
    sent = {"title": "Later", "body": "Words", "publish_at": "2090-07-02T10:30"}
    sent |= main_button(client.get("blogs.new"))
    page = client.post("blogs.new", sent, status=422)
    assert "A time stands here as well" in page.select_one(".error-summary").get_text()
    assert Item.select().count() == 0 and main_button(page) == {"step": "schedule"}
    now = page.find("button", string="Publish now instead")
    client.post("blogs.new", {**sent, now["name"]: now["value"]})
    assert Item.get().is_published


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": "", "body": "My long text"}, "Give it a title"),
        ({"title": "Mine", "body": " "}, "Write something first"),
        ({"title": "x" * 201, "body": "My long text"}, "Shorten the title"),
        ({"title": "Mine", "body": "My long text", "tags": ",".join("abcdefghijklmn")}, "at most 12 tags"),
        ({"title": "Mine", "body": "My long text", "audience": "space:999"}, "does not allow that audience"),
        ({"title": "Mine", "body": "My long text", "audience": "staff"}, "Say why fewer people"),
        (
            {"title": "Mine", "body": "My long text", "publish_at": "soon", "step": "schedule"},
            "Write the time as",
        ),
        ({"title": "Mine", "body": "My long text", "step": "schedule"}, "still to come"),
    ],
)
def test_a_refused_post_says_why_and_keeps_every_word(client, sent, said):
    page = client.sign_in(make.person()).post("blogs.new", sent, status=422)
    assert said in page.select_one(".error-summary").get_text()
    assert page.select_one("textarea[name=body]").get_text().strip() == sent["body"].strip()
    assert page.select_one("input[name=title]")["value"] == sent["title"]
    if "tags" in sent:
        assert page.select_one("input[name=tags]")["value"].replace(" ", "") == sent["tags"]
    assert Item.select().count() == 0


def test_choosing_another_blog_keeps_what_was_typed_and_offers_its_audiences(client):
    author = make.person()
    space = make.space("Housing", kind="invitation", members=(author,))
    sent = {"title": "Mine", "body": "My text", "blog": f"space-{space.id}", "step": "blog"}
    page = client.sign_in(author).post("blogs.new", sent, status=200)
    assert page.select_one("textarea[name=body]").get_text().strip() == "My text"
    values = [o["value"] for o in page.select("select[name=audience] option")]
    assert values == [f"space:{space.id}", f"space:{space.id}:editors"]
    client.post("blogs.new", {"title": "Mine", "body": "My text", "blog": f"space-{space.id}"})
    item = Item.get()
    assert (item.space_id, item.audience) == (space.id, f"space:{space.id}")


def test_a_service_blog_is_written_by_those_who_speak_for_it(client):
    unit = make.unit(name="Highways")
    speaker = make.person(speaks_for=[unit.key])
    target = f"service-{unit.id}"
    page = client.sign_in(speaker).get("blogs.new", blog=target)
    assert page.select_one("select[name=unit] option[selected]").get_text() == "Highways"
    client.post("blogs.new", {"title": "Roads", "body": "Words", "blog": target, "unit": unit.key})
    item = Item.get()
    page = client.get("blogs.post", post_id=item.id)
    assert "on behalf of Highways" in " ".join(page.get_text(" ").split())
    client.sign_in(make.person()).get("blogs.new", status=403, blog=target)
    client.post("blogs.new", {"title": "Roads", "body": "Words", "blog": target}, status=403)


def test_nobody_speaks_for_a_service_that_is_not_theirs(hub):
    unit = make.unit()
    with pytest.raises(Refused):
        write(make.person(), unit=unit)
    assert Item.select().count() == 0 and Blog.select().count() == 0


def test_two_editors_at_once_lose_nothing(client):
    author = make.person()
    item = write(author, body="The first version.")
    client.sign_in(author)
    client.post(
        "blogs.edit", {"title": "Gritting", "body": "Hers, saved first.", "version": "1"}, post_id=item.id
    )
    page = client.post(
        "blogs.edit",
        {"title": "Gritting", "body": "Mine, typed meanwhile.", "version": "1"},
        status=409,
        post_id=item.id,
    )
    assert "Hers, saved first." in page.get_text()
    assert page.select_one("textarea[name=body]").get_text().strip() == "Mine, typed meanwhile."
    assert Item.get_by_id(item.id).body == "Hers, saved first."
    again = page.select_one("input[name=version]")["value"]
    client.post(
        "blogs.edit",
        {"title": "Gritting", "body": "Mine, typed meanwhile.", "version": again},
        post_id=item.id,
    )
    assert Item.get_by_id(item.id).body == "Mine, typed meanwhile."


def test_an_edit_changes_words_audience_and_service_together_or_not_at_all(hub):
    unit = make.unit()
    author = make.person(speaks_for=[unit.key])
    item = write(author)
    viewer = make.viewer(author)
    opened = queries.open_post(viewer, item.id)
    bad = actions.Writing(title="New", body="New words", audience="staff")
    with pytest.raises(Exception, match="Say why"):
        actions.change(viewer, opened, 1, bad)
    assert Item.get_by_id(item.id).title == "Gritting starts early"
    good = actions.Writing(title="New", body="New words", audience="staff", reason="About pay", unit=unit)
    actions.change(viewer, opened, 1, good)
    fresh = Item.get_by_id(item.id)
    assert (fresh.title, fresh.audience, fresh.on_behalf_of_id) == ("New", "staff", unit.id)


def test_a_cover_is_a_picture_with_words_for_those_who_cannot_see_it(client):
    author = make.person()
    client.sign_in(author)
    picture = (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 40), "grit.png")
    client.post("blogs.new", {"title": "T", "body": "B", "cover": picture, "cover_alt": "A gritter at night"})
    post = Post.get()
    assert post.cover.name == "grit.png" and post.cover.item_id == post.item_id
    page = client.get("blogs.post", post_id=post.item_id)
    assert "being prepared" in page.get_text() and "grit.png" not in page.get_text()
    post.cover.picture = "0" * 64
    post.cover.save()
    assert (
        client.get("blogs.post", post_id=post.item_id).select_one("img.cover")["alt"] == "A gritter at night"
    )
    text = (io.BytesIO(b"words"), "notes.txt")
    page = client.post("blogs.new", {"title": "T", "body": "Kept words", "cover": text}, status=422)
    assert "is not a picture" in page.get_text() and "Kept words" in page.select_one("textarea").get_text()


def test_withdrawn_and_hidden_posts_tell_their_author_so(client):
    author = make.person()
    first, second = write(author), write(author, title="Second")
    content.withdraw(make.viewer(author), first)
    content.hide(make.person("Rita Reviewer"), second, clock.now() + timedelta(days=5), "clause 3")
    client.sign_in(author)
    assert "Put it back" in client.get("blogs.post", post_id=first.id).get_text()
    assert "Hidden by a decision" in client.get("blogs.post", post_id=second.id).get_text()
    client.sign_in(make.person())
    client.get("blogs.post", status=404, post_id=first.id)
    client.get("blogs.post", status=404, post_id=second.id)


def test_hostile_words_are_shown_as_words(client):
    item = write(
        make.person(),
        title="<script>alert(1)</script>",
        body="<img src=x onerror=alert(1)> [x](javascript:alert(1))",
    )
    page = client.sign_in(make.person()).get("blogs.post", post_id=item.id)
    assert page.h1.get_text() == "<script>alert(1)</script>"
    assert not page.select(".prose img, .prose a[href^=javascript]")


@pytest.mark.backend
def test_a_post_page_costs_the_same_with_many_comments(client, settle):
    author, reader = make.person(), make.person()
    item = write(author)
    viewer = make.viewer(reader)

    def comment(count):
        for number in range(count):
            made = content.create(viewer, "comment", item.space, body=f"Comment {number}", parent=item)
            keeping.react(viewer, made, "thanks")

    comment(2)
    client.sign_in(reader).get("blogs.post", post_id=item.id)
    with db.count_queries() as few:
        client.get("blogs.post", post_id=item.id)
    comment(30)
    client.get("blogs.post", post_id=item.id)
    with db.count_queries() as many:
        client.get("blogs.post", post_id=item.id)
    assert len(few) == len(many) <= 8, "\n".join(many)


def test_a_posted_text_takes_its_autosaved_draft_with_it(client):
    author = make.person()
    client.sign_in(author)
    keeping.save_draft(make.viewer(author), "post:new", title="Begun", body="Half a thought")
    page = client.get("blogs.new")
    assert page.select_one("textarea[name=body]").get_text().strip() == "Half a thought"
    client.post("blogs.new", {"title": "Done", "body": "A whole thought", "key": "post:new"})
    assert Draft.select().count() == 0


def test_reading_a_post_is_counted_once_a_reader(client):
    author, reader = make.person(), make.person()
    item = write(author)
    for _ in range(3):
        client.sign_in(reader).get("blogs.post", post_id=item.id)
    assert "read by 1 person" in " ".join(
        client.sign_in(author).get("blogs.post", post_id=item.id).get_text().split()
    )


def test_a_cover_survives_the_question_before_posting(client, hub, monkeypatch):
    asked = []

    def ask_once(viewer, words, audience, space):
        asked.append(dict(request.form))
        return make_response("Before you post") if len(asked) == 1 else None

    monkeypatch.setitem(hub.extensions, "before_post", ask_once)
    client.sign_in(make.person())
    picture = (io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 40), "grit.png")
    client.http.post(
        "/posts/new", data={"title": "T", "body": "B", "cover": picture, "csrf_token": client.csrf()}
    )
    assert Post.select().count() == 0
    client.post("blogs.new", {k: v for k, v in asked[0].items() if k != "csrf_token"})
    assert Post.get().cover.name == "grit.png"
