"""Feeds: what the owner of the address may read and nothing else, conditionally, and well-formed whatever is in it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from hub import clock
from hub.blogs.models import Blog
from hub.comments import actions as comments
from hub.content import actions as content
from hub.content.models import Item
from hub.people.models import Person
from hub.web import atom
from tests import make
from tests.blogs.test_posts import write

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def hub_space(hub):
    return make.hub_space()


def token_of(person):
    token, stored = atom.new_token()
    Person.update(feed_token=stored).where(Person.id == person.id).execute()
    return token


def entries(client, endpoint, **values):
    """Titles of the feed's entries."""
    client.get(endpoint, **values)
    root = ElementTree.fromstring(client.last.get_data())
    return [e.findtext(f"{ATOM}title") for e in root.iter(f"{ATOM}entry")]


def test_the_public_feed_shows_what_is_public_whoever_asks(client):
    author = make.person()
    write(author, title="Inside")
    write(author, title="For all", audience="public")
    assert entries(client, "feeds.public") == ["For all"]
    assert entries(client.sign_in(author), "feeds.public") == ["For all"]
    assert client.last.mimetype == "application/atom+xml"


@pytest.mark.backend
def test_a_personal_feed_shows_what_its_owner_may_read(client):
    author, partner = make.person(), make.partner()
    write(author, title="Staff only", audience="staff", reason="pay")
    write(author, title="Shared")
    write(author, title="Draft", step="draft")
    assert entries(client, "feeds.everything", token=token_of(partner)) == ["Shared"]
    assert entries(client, "feeds.everything", token=token_of(author)) == ["Shared", "Staff only"]


@pytest.mark.backend
def test_leaving_a_space_empties_its_feed_at_once(client):
    author, member = make.person(), make.person()
    space = make.space("Plans", kind="secret", members=(author,))
    place = make.join(space, member)
    write(author, title="Secret", blog=f"space-{space.id}")
    token = token_of(member)
    assert entries(client, "feeds.space", token=token, space_slug=space.slug) == ["Secret"]
    assert entries(client, "feeds.everything", token=token) == ["Secret"]
    place.ends_at = clock.now()
    place.save()
    client.get("feeds.space", status=404, token=token, space_slug=space.slug)
    assert entries(client, "feeds.everything", token=token) == []


def test_feeds_of_a_blog_and_a_tag_are_narrowed_and_permitted(client):
    author, partner = make.person(), make.partner()
    write(author, title="One", tags=["Road salt"])
    write(author, title="Two", audience="staff", reason="pay", tags=["Road salt"])
    blog = Blog.get()
    token = token_of(partner)
    assert entries(client, "blogs.feed", token=token, blog_id=blog.id) == ["One"]
    assert entries(client, "feeds.tag", token=token, tag="road-salt") == ["One"]
    assert entries(client, "feeds.tag", token=token, tag="unknown") == []
    client.get("blogs.public_feed", status=404, blog_id=blog.id)
    write(author, title="For all", audience="public")
    assert entries(client, "blogs.public_feed", blog_id=blog.id) == ["For all"]


def test_a_wrong_or_ended_address_opens_nothing(client):
    person = make.person()
    token = token_of(person)
    client.get("feeds.everything", status=404, token="wrong")
    client.get("feeds.everything", status=404, token=atom.token_hash(token))
    person.status = "disabled"
    person.save(only=[Person.status])
    client.get("feeds.everything", status=404, token=token)


def test_a_reader_that_has_it_gets_304_until_something_changes(client):
    author = make.person()
    post = write(author)
    token = token_of(author)
    client.get("feeds.everything", token=token)
    tag = client.last.headers["ETag"]
    client.get("feeds.everything", token=token, status=304, headers={"If-None-Match": tag})
    assert client.last.get_data() == b""
    content.edit(make.viewer(author), Item.get_by_id(post.id), version=1, body="Other words")
    client.get("feeds.everything", token=token, headers={"If-None-Match": tag})
    assert client.last.headers["ETag"] != tag


def test_an_etag_tells_one_viewer_nothing_about_another(client):
    write(make.person(), title="Shared")
    tags = set()
    for person in (make.person(), make.person(), make.partner()):
        client.get("feeds.everything", token=token_of(person))
        tags.add(client.last.headers["ETag"])
    client.get("feeds.public")
    assert len({*tags, client.last.headers["ETag"]}) == 4


def test_an_entry_is_whole_and_its_addresses_lead_back(client):
    author = make.person("Ann Evans")
    post = write(
        author,
        title="A & B <c>",
        body="See [this](/posts/1) and @nobody.\n\n# Part",
        audience="public",
        tags=["salt"],
    )
    comments.add(make.viewer(author), post, "Not an entry")
    client.get("feeds.public")
    root = ElementTree.fromstring(client.last.get_data())
    (entry,) = root.iter(f"{ATOM}entry")
    home = root.find(f"{ATOM}link").get("href").rstrip("/")
    assert entry.findtext(f"{ATOM}title") == "A & B <c>"
    assert entry.find(f"{ATOM}link").get("href") == f"{home}/posts/{post.id}"
    assert f'href="{home}/posts/1"' in entry.findtext(f"{ATOM}content")
    assert entry.find(f"{ATOM}category").get("term") == "salt"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ann Evans"
    assert re.fullmatch(r"tag:[^,]+,2026:item-\d+", entry.findtext(f"{ATOM}id"))


def test_what_xml_forbids_does_not_break_the_feed(client):
    write(make.person(), title="Odd \ufffe title", body="A \uffff and \u0085 and 😀", audience="public")
    assert entries(client, "feeds.public") == ["Odd  title"]


def test_addresses_are_made_shown_once_renewed_and_ended(client):
    author = make.person()
    write(author, title="Mine")
    client.sign_in(author)
    assert "Make my addresses" in client.get("feeds.settings").get_text()
    page = client.post("feeds.settings", follow=True)
    first = page.select_one("input[name=everything]")["value"].split("/")[-2]
    assert not client.get("feeds.settings").select("input[name=everything]")
    assert Person.get_by_id(author.id).feed_token != first
    assert entries(client, "feeds.everything", token=first) == ["Mine"]
    second = (
        client.post("feeds.settings", follow=True)
        .select_one("input[name=everything]")["value"]
        .split("/")[-2]
    )
    client.get("feeds.everything", status=404, token=first)
    assert entries(client, "feeds.everything", token=second) == ["Mine"]
    client.post("feeds.settings", {"step": "end"})
    client.get("feeds.everything", status=404, token=second)
