"""Comments: threads one level deep, refused without loss, changed and taken back by who wrote them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub import clock, db, events
from hub.comments import actions
from hub.content import actions as content
from hub.content import keeping
from hub.content.models import Draft, Follow, Item
from hub.errors import Invalid, Missing, Refused
from tests import make
from tests.blogs.test_posts import write


@pytest.fixture(autouse=True)
def hub_space(hub):
    return make.hub_space()


@pytest.fixture
def post(hub_space):
    return write(make.person("Ann Evans"))


def comments():
    return list(Item.select().where(Item.kind == "comment").order_by(Item.id))


def test_a_comment_stands_beneath_its_post_with_posted_and_undo(client, post):
    reader = make.person("Dev Patel")
    client.sign_in(reader)
    page = client.post("comments.add", {"body": "We salt from *four*."}, item_id=post.id, follow=True)
    entry = page.select_one(f"#comment-{comments()[0].id}")
    assert entry.select_one(".prose em").get_text() == "four"
    assert "Posted." in page.get_text() and "1 comment" in page.select_one("#comments-title").get_text()
    undo = next(f for f in page.select(".said form"))
    page = client.post(undo["action"], follow=True)
    assert "Withdrawn" in page.get_text()
    assert Item.get_by_id(post.id).answers == 0
    assert "We salt" not in client.sign_in(make.person()).get("blogs.post", post_id=post.id).get_text()
    page = client.sign_in(reader).post("comments.restore", item_id=comments()[0].id, follow=True)
    assert Item.get_by_id(post.id).answers == 1 and "Put back" in page.get_text()


def test_htmx_gets_the_region_alone(client, post):
    client.sign_in(make.person())
    page = client.post("comments.add", {"body": "Thanks"}, status=200, htmx="comments", item_id=post.id)
    assert page.find(True)["id"] == "comments" and not page.find("html")
    page = client.get("blogs.post", htmx="comments", post_id=post.id)
    assert page.find(True)["id"] == "comments" and "Thanks" in page.get_text()


def test_an_empty_or_endless_comment_is_given_back(client, post):
    client.sign_in(make.person())
    page = client.post("comments.add", {"body": "  "}, status=422, item_id=post.id)
    assert "Write something first" in page.get_text()
    long = "long words " * 10_000
    page = client.post("comments.add", {"body": long}, status=422, item_id=post.id)
    assert page.select_one("textarea[name=body]").get_text().strip() == long.strip()
    assert comments() == []


@pytest.mark.backend
def test_threads_are_one_level_deep(hub, post):
    viewer = make.viewer(make.person())
    first = actions.add(viewer, post, "First")
    second = actions.add(viewer, post, "Second")
    answer = actions.add(viewer, post, "Answer", answering=first)
    deeper = actions.add(viewer, post, "Answer to the answer", answering=answer)
    assert answer.parent_id == first.id == deeper.parent_id and second.parent_id == post.id
    assert {c.root_id for c in comments()} == {post.id}
    assert Item.get_by_id(post.id).answers == 4
    other = write(make.person())
    with pytest.raises(Invalid):
        actions.add(viewer, other, "Astray", answering=first)


def test_answers_stand_in_their_thread_and_outlive_its_head(client, post):
    viewer = make.viewer(make.person())
    first = actions.add(viewer, post, "The head")
    actions.add(viewer, post, "Another thread")
    actions.add(viewer, post, "The answer", answering=first)
    client.sign_in(make.person())
    threads = client.get("blogs.post", post_id=post.id).select(".thread")
    assert [len(t.select(".answer")) for t in threads] == [2, 1]
    content.withdraw(viewer, Item.get_by_id(first.id))
    page = client.get("blogs.post", post_id=post.id)
    assert "The head" not in page.get_text() and "The answer" in page.get_text()
    assert "has been withdrawn. Its answers remain." in page.get_text()


def test_answering_names_whom_and_works_without_script(client, post):
    first = actions.add(make.viewer(make.person("Dev Patel")), post, "The head")
    client.sign_in(make.person())
    page = client.get(f"/posts/{post.id}?to={first.id}")
    form = page.select_one("form.composer")
    assert "Answer Dev Patel" in form.get_text()
    client.post(form["action"], {"body": "Yes", "answering": form.select_one("[name=answering]")["value"]})
    assert comments()[-1].parent_id == first.id


def test_an_answer_to_what_was_just_withdrawn_is_not_lost(client, post):
    writer = make.viewer(make.person())
    first = actions.add(writer, post, "The head")
    content.withdraw(writer, Item.get_by_id(first.id))
    client.sign_in(make.person()).post(
        "comments.add", {"body": "Kept", "answering": str(first.id)}, item_id=post.id
    )
    assert (comments()[-1].body, comments()[-1].parent_id) == ("Kept", post.id)


@pytest.mark.backend
def test_comments_are_read_by_exactly_those_who_read_the_post(client):
    author, colleague, partner = make.person(), make.person(), make.partner()
    post = write(author, audience="staff", reason="pay")
    comment = actions.add(make.viewer(colleague), post, "About pay")
    assert comment.audience == "staff"
    client.sign_in(partner)
    client.get("content.permalink", status=404, item_id=comment.id)
    client.post("comments.add", {"body": "x"}, status=404, item_id=post.id)
    client.get("comments.edit", status=404, item_id=comment.id)
    content.set_audience(make.viewer(author), Item.get_by_id(post.id), "everyone")
    assert "About pay" in client.get("blogs.post", post_id=post.id).get_text()


def test_strangers_read_the_comments_of_a_public_post_and_write_none(client):
    post = write(make.person(), audience="public")
    actions.add(make.viewer(make.person()), post, "Well said")
    page = client.get("blogs.post", post_id=post.id)
    assert "Well said" in page.get_text() and not page.select("#comments form")
    client.post("comments.add", {"body": "Spam"}, item_id=post.id)
    assert "/sign-in" in client.last.headers["Location"] and len(comments()) == 1


def test_only_its_author_and_editors_change_a_comment(client, post):
    writer, other = make.person(), make.person()
    comment = actions.add(make.viewer(writer), post, "First words")
    client.sign_in(other).get("comments.edit", status=403, item_id=comment.id)
    client.post("comments.withdraw", status=403, item_id=comment.id)
    client.sign_in(writer)
    page = client.post(
        "comments.edit", {"body": "Better words", "version": "1"}, item_id=comment.id, follow=True
    )
    assert "Better words" in page.get_text() and "edited" in page.get_text()
    page = client.post(
        "comments.edit", {"body": "Mine, late", "version": "1"}, status=409, item_id=comment.id
    )
    assert "Better words" in page.get_text()
    assert page.select_one("textarea[name=body]").get_text().strip() == "Mine, late"
    page = client.post("comments.edit", {"body": "", "version": "2"}, status=422, item_id=comment.id)
    assert "Write something first" in page.get_text()
    assert Item.get_by_id(comment.id).body == "Better words"


def test_a_post_that_is_hidden_or_archived_takes_no_comments(hub, post):
    author = make.person()
    viewer = make.viewer(author)
    space = make.space(members=(author,))
    filed = write(author, blog=f"space-{space.id}")
    space.archived_at = clock.now()
    space.save()
    with pytest.raises(Refused, match="archived"):
        actions.add(viewer, Item.get_by_id(filed.id), "Late")
    content.hide(author, post, clock.now() + timedelta(days=1), "clause 3")
    with pytest.raises(Missing):
        actions.add(viewer, Item.get_by_id(post.id), "Late")
    assert comments() == []


def test_what_takes_no_comments_says_so(hub, post):
    comment = actions.add(make.viewer(make.person()), post, "First")
    with pytest.raises(Refused):
        actions.add(make.viewer(make.person()), comment, "A comment on a comment")


def test_whoever_comments_follows_the_post_and_those_named_are_told(hub, post):
    writer, named = make.person(), make.person("Cara Mills", handle="cara")
    actions.add(make.viewer(writer), post, "@cara knows")
    assert Follow.get(Follow.person == writer.id).subject == f"item:{post.id}"
    event = events.Event.select().order_by(events.Event.id.desc()).get()
    assert (event.name, event.data["mentions"], event.data["root"]) == ("item:published", [named.id], post.id)


def test_a_posted_comment_takes_its_draft_with_it(client, post):
    reader = make.person()
    keeping.save_draft(make.viewer(reader), f"comment:{post.id}", body="Half a thought")
    page = client.sign_in(reader).get("blogs.post", post_id=post.id)
    assert page.select_one("textarea[name=body]").get_text().strip() == "Half a thought"
    key = page.select_one("form.composer input[name=key]")["value"]
    client.post("comments.add", {"body": "A whole thought", "key": key}, item_id=post.id)
    assert Draft.select().count() == 0


@pytest.mark.backend
def test_a_long_conversation_comes_in_pages_that_miss_nothing(client, post):
    viewer = make.viewer(make.person())
    with db.write():
        heads = [actions.add(viewer, post, f"Head {n}") for n in range(70)]
        for n, head in enumerate(heads):
            actions.add(viewer, post, f"Answer {n}", answering=head)
    client.sign_in(make.person())
    seen, address = [], f"/posts/{post.id}"
    while address:
        page = client.get(address)
        seen += [e["id"] for e in page.select(".answer")]
        more = next((a for a in page.select("#comments a") if a.get_text() == "More comments"), None)
        address = more["href"].partition("#")[0] if more else ""
    assert len(seen) == len(set(seen)) == 140
    last = comments()[-1]
    page = client.get("content.permalink", status=303, item_id=last.id)
    page = client.get(client.last.headers["Location"].removeprefix("http://localhost").partition("#")[0])
    assert page.select_one(f"#comment-{last.id}")


def test_headings_in_comments_do_not_take_the_ids_of_the_post(client, hub_space):
    post = write(make.person(), body="# Summary\n\nWords")
    actions.add(make.viewer(make.person()), post, '# Summary\n\n`<h2 id="h-x">` stays')
    page = client.sign_in(make.person()).get("blogs.post", post_id=post.id)
    assert page.select_one("#h-summary") and '<h2 id="h-x">' in page.select_one(".answer code").get_text()
