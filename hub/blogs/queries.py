"""Reads of blogs and posts, always for a viewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import peewee

from hub import access
from hub.access import Viewer
from hub.blogs.models import Blog, Post
from hub.content import queries as content
from hub.content.models import Attachment, Item, ReadMark
from hub.errors import Missing, Refused
from hub.people.models import Organisation, Person, Unit
from hub.spaces import queries as spaces
from hub.spaces.models import Space


@dataclass(frozen=True)
class Target:
    """Where a new post may go: the key that forms carry, what it is called, the space its post will live in, for whom."""

    key: str
    name: str
    space: Space
    unit: Unit | None = None
    blog: Blog | None = None


def open_post(viewer: Viewer, post_id: int) -> Item:
    """The post with everything its page needs, in one query; `item.post.blog` is its blog, `item.readers` how many read it.

    Raises Missing unless the viewer may open it.
    """
    readers = ReadMark.select(peewee.fn.COUNT(ReadMark.id)).where(ReadMark.item == post_id).alias("readers")
    query = _with_post(content.select(Item, Post, Blog, Attachment, readers)).where(Item.kind == "post")
    item = content.with_mine(query, viewer, post_id, f"comment:{post_id}").first()
    access.require_open(viewer, item)
    return item


def _with_post(query: Any) -> Any:
    return (
        query.join_from(Item, Post, on=(Post.item == Item.id), attr="post")
        .join_from(Post, Blog, attr="blog")
        .join_from(Post, Attachment, peewee.JOIN.LEFT_OUTER, on=(Post.cover == Attachment.id), attr="cover")
    )


def posts(viewer: Viewer, blog: Blog | None = None, columns: Iterable[Any] = ()) -> Any:
    """Published posts that the viewer may read, to be paged by `Item.published_at`; of one blog, or of all.

    The audience is compared without its index: posts are walked by time and the first readable ones taken, which is
    what a page of the newest needs.
    """
    readable = access.readable_by(viewer, peewee.fn.COALESCE(Item.audience, ""))
    query = content.select(*columns).where(Item.kind == "post", Item.state == "published", readable)
    if blog is not None:
        query = query.join_from(Item, Post, on=(Post.item == Item.id), attr="post").where(
            Post.blog == blog.id
        )
    return query


def blog_titles(ids: list[int]) -> dict[int, Blog]:
    """The blogs of posts, by the post's id. One query."""
    if not ids:
        return {}
    return {
        row.item_id: row.blog for row in Post.select(Post.item, Blog).join(Blog).where(Post.item.in_(ids))
    }


def _has_readable(viewer: Viewer) -> Any:
    return peewee.fn.EXISTS(
        Post.select(Post.item)
        .join(Item)
        .where(Post.blog == Blog.id, Item.state == "published", access.readable_by(viewer, Item.audience))
    )


def _listed() -> Any:
    return (
        Blog.select(Blog, Person, Organisation, Unit, Space)
        .join_from(Blog, Person, peewee.JOIN.LEFT_OUTER)
        .join_from(Person, Organisation, peewee.JOIN.LEFT_OUTER)
        .join_from(Blog, Unit, peewee.JOIN.LEFT_OUTER)
        .join_from(Blog, Space, peewee.JOIN.LEFT_OUTER)
    )


def blogs(viewer: Viewer, kind: str = "", after: str = "", limit: int = 30) -> tuple[list[Blog], str]:
    """Blogs in which the viewer finds something to read, by title, and the cursor of the next page ("" at the end). One query."""
    query = _listed().where(_has_readable(viewer))
    if kind:
        query = query.where(Blog.kind == kind)
    blog_id, _, title = after.partition(".")
    if blog_id.isdigit() and len(blog_id) < 10:
        query = query.where((Blog.title > title) | ((Blog.title == title) & (Blog.id > int(blog_id))))
    rows = list(query.order_by(Blog.title, Blog.id).limit(limit + 1))
    more = f"{rows[limit - 1].id}.{rows[limit - 1].title}" if len(rows) > limit else ""
    return rows[:limit], more


def open_blog(viewer: Viewer, blog_id: int) -> Blog:
    """The blog, for those who find something in it, may enter its space, or are signed in and it belongs to no space."""
    blog = _listed().select_extend(_has_readable(viewer).alias("readable")).where(Blog.id == blog_id).first()
    if blog is None:
        raise Missing()
    open_to = access.may_enter(viewer, blog.space) if blog.space_id else viewer.person is not None
    if not (open_to or blog.readable):
        raise Missing()
    return blog


def may_write(viewer: Viewer, blog: Blog) -> bool:
    """Whether the viewer may post in the blog: its person, those who speak for its service, who may post in its space."""
    if viewer.person is None:
        return False
    if blog.kind == "personal":
        return blog.person_id == viewer.id
    if blog.kind == "service":
        return access.may_speak_for(viewer, blog.unit)
    return access.may_post(viewer, blog.space)


def may_keep(viewer: Viewer, blog: Blog) -> bool:
    """Whether the viewer may change the blog's own title and description."""
    if blog.kind == "space":
        return viewer.person is not None and access.is_editor(viewer, blog.space_id)
    return may_write(viewer, blog)


def speaks_for(viewer: Viewer) -> list[Unit]:
    """The services on whose behalf the viewer may publish. One query."""
    person = access.require_person(viewer)
    mine = (Unit.head_id == person.id) | Unit.key.in_(list(person.speaks_for) or [""])
    return list(Unit.select().where(mine).order_by(Unit.name))


def targets(viewer: Viewer, units: list[Unit]) -> list[Target]:
    """Where the viewer may post: their own blog, those of the services they speak for, those of spaces. Two queries."""
    person = access.require_person(viewer)
    places = spaces.postable(viewer)
    known = (Blog.person == person.id) | Blog.unit.in_([u.id for u in units] or [0])
    known |= Blog.space.in_([s.id for s in places] or [0])
    titles = {target_key(blog): blog for blog in Blog.select().where(known)}
    hub = next((space for space in places if space.is_hub), None) or spaces.hub_space()
    found = [Target("me", "Your own blog", hub, blog=titles.get("me"))]
    for unit in units:
        key = f"service-{unit.id}"
        found.append(
            Target(key, titles[key].title if key in titles else unit.name, hub, unit, titles.get(key))
        )
    for space in places:
        key = f"space-{space.id}"
        if not space.is_hub:
            found.append(
                Target(key, titles[key].title if key in titles else space.name, space, None, titles.get(key))
            )
    return found


def target_key(blog: Blog) -> str:
    """The key under which forms name a blog, whether it has been made yet or not: me, service-3, space-7."""
    if blog.kind == "personal":
        return "me"
    return f"service-{blog.unit_id}" if blog.kind == "service" else f"space-{blog.space_id}"


def target(choices: list[Target], wanted: str) -> Target:
    """The choice of that key, or of the blog of that id; the person's own blog for "". Raises Refused for another's."""
    if not wanted:
        return choices[0]
    for choice in choices:
        if wanted == choice.key or (choice.blog is not None and wanted == str(choice.blog.id)):
            return choice
    raise Refused("You cannot post in this blog. Choose one of your own.")


def subjects(item: Item) -> list[str]:
    """What else a follower of this post's place may follow: its blog."""
    row = Post.get_or_none(Post.item == item.id)
    return [f"blog:{row.blog_id}"] if row else []


def names(viewer: Viewer, ids: list[int]) -> dict[int, str]:
    """Titles of these blogs, as far as the viewer may open them."""
    listed = _listed().select_extend(_has_readable(viewer).alias("readable")).where(Blog.id.in_(ids))
    return {
        blog.id: blog.title
        for blog in listed
        if blog.readable
        or (access.may_enter(viewer, blog.space) if blog.space_id else viewer.person is not None)
    }
