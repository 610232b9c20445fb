"""Blogs: listed for those who find something in them, paged by time, described by who keeps them."""

from __future__ import annotations

import pytest

from hub import db
from hub.blogs import queries
from hub.blogs.models import Blog
from hub.content.models import Item
from hub.errors import Missing
from tests import make
from tests.blogs.test_posts import write


@pytest.fixture(autouse=True)
def hub_space(hub):
    return make.hub_space()


@pytest.mark.backend
def test_the_newest_posts_come_first_and_pages_do_not_overlap(client):
    author = make.person()
    for number in range(45):
        write(author, title=f"Post {number:02}")
    seen, address = [], "/blogs"
    client.sign_in(make.person())
    while address:
        page = client.get(address)
        seen += [h.get_text() for h in page.select(".item-title")]
        older = page.select_one("a[rel=next]")
        address = "/blogs" + older["href"] if older else ""
    assert seen == [f"Post {number:02}" for number in reversed(range(45))]


def test_a_comment_does_not_move_an_old_post_to_the_top(client):
    author = make.person()
    old, new = write(author, title="Old"), write(author, title="New")
    make.item(author, old.space, "comment", title="", body="Late words", parent=old)
    page = client.sign_in(author).get("blogs.blogs")
    assert [h.get_text() for h in page.select(".item-title")] == ["New", "Old"]
    assert new.id


@pytest.mark.backend
def test_a_listing_costs_the_same_for_few_and_many(client):
    author = make.person(speaks_for=["roads"])
    unit = make.unit(key="roads")
    reader = make.person()
    write(author)
    client.sign_in(reader).get("blogs.blogs")
    with db.count_queries() as few:
        client.get("blogs.blogs")
    for number in range(19):
        write(author, title=f"Post {number}", unit=unit, tags=["one"])
    with db.count_queries() as many:
        client.get("blogs.blogs")
    assert len(few) == len(many) <= 8, "\n".join(many)


def test_a_damaged_page_link_shows_the_first_page(client):
    write(make.person())
    for cursor in ("zzz", "bm90aGluZw", "-1"):
        assert "Gritting" in client.sign_in(make.person()).get(f"/blogs?page={cursor}").get_text()


def test_a_blog_is_listed_only_where_there_is_something_to_read(hub):
    author = make.person("Ann Evans")
    closed = make.space("Secret plans", kind="secret", members=(author,))
    write(author, audience="staff", reason="pay")
    write(author, blog=f"space-{closed.id}")
    staff, partner = make.viewer(make.person()), make.viewer(make.partner())
    assert [b.kind for b in queries.blogs(make.viewer(author))[0]] == ["personal", "space"]
    assert [b.kind for b in queries.blogs(staff)[0]] == ["personal"]
    assert queries.blogs(partner)[0] == []
    secret = Blog.get(Blog.kind == "space")
    with pytest.raises(Missing):
        queries.open_blog(staff, secret.id)


def test_a_personal_blog_opens_for_strangers_only_when_something_in_it_is_public(client):
    author = make.person()
    write(author)
    blog = Blog.get()
    client.get("blogs.blog", status=404, blog_id=blog.id)
    write(author, title="For all", audience="public")
    page = client.get("blogs.blog", blog_id=blog.id)
    assert [h.get_text() for h in page.select(".item-title")] == ["For all"]


def test_the_list_of_blogs_goes_on_by_title(hub):
    for name in ("Cara", "Abel", "Bryn"):
        write(make.person(name))
    viewer = make.viewer(make.person())
    first, more = queries.blogs(viewer, limit=2)
    second, end = queries.blogs(viewer, after=more, limit=2)
    assert [b.title[:4] for b in [*first, *second]] == ["Abel", "Bryn", "Cara"] and end == ""


def test_a_blog_is_described_by_who_keeps_it(client):
    author = make.person()
    write(author)
    blog = Blog.get()
    page = client.sign_in(author).post(
        "blogs.describe", {"title": "", "about": "Kept"}, status=422, blog_id=blog.id
    )
    assert "Give it a title" in page.get_text() and "Kept" in page.select_one("textarea").get_text()
    client.post("blogs.describe", {"title": "Roads", "about": "What we learn"}, blog_id=blog.id)
    assert "What we learn" in client.get("blogs.blog", blog_id=blog.id).get_text()
    client.sign_in(make.person()).get("blogs.describe", status=403, blog_id=blog.id)


def test_an_empty_hub_says_what_to_do_next(client):
    assert "Write the first post" in client.sign_in(make.person()).get("blogs.blogs").get_text()
    assert "Sign in" in client.sign_in(None).get("blogs.blogs").get_text()
    assert Item.select().count() == 0
