"""Reads of forums, always for a viewer. A topic page and a list cost the same few queries however many rows they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from hub import access, clock
from hub.access import Viewer
from hub.content import queries as content
from hub.content.models import Bookmark, Draft, Follow, Item, ReadMark
from hub.errors import Missing
from hub.forums.models import Category, Topic
from hub.prepared import prepared
from hub.spaces.models import Space

PER_PAGE = 20
BADGE_MOST = 99


@dataclass(frozen=True)
class Kept:
    """What the viewer keeps about a topic: how far they read, whether they follow and saved it, what they were writing."""

    read_to: int | None
    version: int | None
    follow: str
    saved: bool
    draft: Draft | None


def enterable(viewer: Viewer) -> Any:
    """SQL condition on Space: the viewer may enter it."""
    return Space.id.in_(list(viewer.places) or [0]) | (
        (Space.kind == "open") & Space.reach.in_(sorted(viewer.tokens))
    )


def categories(viewer: Viewer, space_id: int | None = None, *, archived: bool = False) -> list[Category]:
    """Categories of the spaces that the viewer may enter, each with `.topic_count` true for the viewer. One query."""
    count = (
        Topic.select(peewee.fn.COUNT(Topic.item))
        .join(Item)
        .where(
            Topic.category == Category.id,
            Item.state == "published",
            access.readable_by(viewer, Item.audience),
        )
        .alias("topic_count")
    )
    query = (
        Category.select(Category, Space, count)
        .join(Space)
        .where(enterable(viewer), Space.archived_at.is_null())
    )
    if space_id is not None:
        query = query.where(Category.space == space_id)
    if not archived:
        query = query.where(Category.archived_at.is_null())
    return list(query.order_by(Space.is_hub.desc(), Space.name, Category.position, Category.name))


def category(viewer: Viewer, category_id: int) -> Category:
    """A category of a space that the viewer may enter. Raises Missing."""
    row = (
        Category.select(Category, Space)
        .join(Space)
        .where(Category.id == category_id, enterable(viewer))
        .first()
    )
    if row is None:
        raise Missing()
    return row


def unread() -> Any:
    """SQL condition on a listing joined by `with_marks`: something is new there for the viewer."""
    fresh = Item.active_at > clock.now() - content.NEW_FOR
    return (ReadMark.id.is_null() & fresh) | (Item.active_at > ReadMark.at)


def with_marks(viewer: Viewer, query: Any) -> Any:
    """The listing with the viewer's read marks beside its rows."""
    return query.join_from(
        Item,
        ReadMark,
        peewee.JOIN.LEFT_OUTER,
        on=((ReadMark.item == Item.id) & (ReadMark.person == (viewer.id or 0))),
    )


def topics(viewer: Viewer, *, category_id: int | None = None, show: str = "") -> Any:
    """Topics that the viewer may read, newest activity first. `show`: "", unread, unanswered, mine."""
    query = content.listing(viewer, kind="topic")
    if category_id is not None or show == "unanswered":
        query = query.join_from(Item, Topic)
    if category_id is not None:
        query = query.where(Topic.category == category_id)
    if show == "unanswered":
        query = query.where(Item.answers == 0, Topic.locked_at.is_null())
    elif show == "mine":
        answered = Item.alias("answered")
        query = query.where(
            (Item.author == (viewer.id or 0))
            | Item.id.in_(
                answered.select(answered.root).where(
                    answered.author == (viewer.id or 0), answered.kind == "reply"
                )
            )
        )
    elif show == "unread":
        query = with_marks(viewer, query).where(unread())
    return query


def pinned(viewer: Viewer, category_id: int) -> list[Item]:
    """Topics that stand on top of the category for now."""
    query = content.listing(viewer, kind="topic").join_from(Item, Topic)
    return list(query.where(Topic.category == category_id, Topic.pinned_until > clock.now()).limit(5))


def unread_count(viewer: Viewer) -> Any:
    """Query of how many topics have something new for the viewer, 99 at the most; the menu reads it with other numbers."""
    base = Item.select(Item.id).where(
        Item.kind == "topic",
        access.readable_by(viewer, Item.audience),
        Item.state == "published",
        Item.active_at > clock.now() - content.NEW_FOR,
    )
    rows = with_marks(viewer, base).where(unread()).limit(BADGE_MOST)
    return Item.select(peewee.fn.COUNT(peewee.SQL("1"))).from_(rows.alias("rows"))


def topic(viewer: Viewer, topic_id: int) -> tuple[Item, Kept]:
    """The topic (`.topic.category` beside it) and what the viewer keeps about it. One query. Raises Missing."""
    keys = {"subject": f"item:{topic_id}", "draft": f"reply:{topic_id}"}
    item = _topic.first(topic=topic_id, me=viewer.id or 0, **keys)
    access.require_open(viewer, item)
    mark, following = getattr(item, "mark", None), getattr(item, "following", None)
    writing, kept = getattr(item, "writing", None), getattr(item, "kept", None)
    return item, Kept(
        mark.last_id if mark and mark.id else None,
        mark.version if mark and mark.id else None,
        following.level if following and following.level else "",
        bool(kept and kept.id),
        writing if writing and writing.id else None,
    )


@prepared
def _topic(topic: int, me: int, subject: str, draft: str) -> Any:
    """The topic, its category, and what the person keeps about it."""
    return (
        content.select(Item)
        .select_extend(Topic, Category, ReadMark, Follow.level, Bookmark.id, Draft)
        .join_from(Item, Topic, attr="topic")
        .join(Category)
        .join_from(
            Item,
            ReadMark,
            peewee.JOIN.LEFT_OUTER,
            on=((ReadMark.item == Item.id) & (ReadMark.person == me)),
            attr="mark",
        )
        .join_from(
            Item,
            Follow,
            peewee.JOIN.LEFT_OUTER,
            on=((Follow.subject == subject) & (Follow.person == me)),
            attr="following",
        )
        .join_from(
            Item,
            Bookmark,
            peewee.JOIN.LEFT_OUTER,
            on=((Bookmark.item == Item.id) & (Bookmark.person == me)),
            attr="kept",
        )
        .join_from(
            Item,
            Draft,
            peewee.JOIN.LEFT_OUTER,
            on=((Draft.key == draft) & (Draft.person == me)),
            attr="writing",
        )
        .where(Item.id == topic)
        .limit(1)
    )


def replies(viewer: Viewer, root: Item, number: int) -> list[Item]:
    """The page's replies, oldest first; page 1 is the first."""
    return _replies(root=root.id, tokens=access.tokens_below(viewer, root), skip=(number - 1) * PER_PAGE)


@prepared
def _replies(root: int, tokens: list[str], skip: int) -> Any:
    """A page of the answers below the item that have one of these audiences."""
    return content.below(root, tokens).limit(PER_PAGE).offset(skip)


def page_of(viewer: Viewer, root: Item, reply_id: int) -> int:
    """The number of the page on which a reply stands."""
    before = content.answers(viewer, root).where(Item.id < reply_id).count()
    return before // PER_PAGE + 1


def first_unread(viewer: Viewer, root: Item, read_to: int | None) -> Item | None:
    """The first reply after the one that the viewer has read to."""
    return content.answers(viewer, root).where(Item.id > (read_to or 0)).first()


def reply(viewer: Viewer, item_id: int) -> Item:
    """A reply that the viewer may read. Raises Missing."""
    return content.open_item(viewer, item_id, "reply")


def solved_answer(viewer: Viewer, item: Item) -> Item | None:
    """The answer that solved the topic, if it still stands."""
    if not item.topic.solved_id:
        return None
    tokens = access.tokens_below(viewer, item)
    return _answer.first(root=item.id, tokens=tokens, reply=item.topic.solved_id)


@prepared
def _answer(root: int, tokens: list[str], reply: int) -> Any:
    """One of the answers below the item, if it has one of these audiences."""
    return content.below(root, tokens).where(Item.id == reply).limit(1)


def similar(viewer: Viewer, title: str, limit: int = 5) -> list[Item]:
    """Topics whose title shares words with what is being typed: a plain look, so that nobody asks twice."""
    words = sorted({w for w in title.lower().split() if len(w) > 3}, key=len, reverse=True)[:4]
    if not words:
        return []
    matches: Any = peewee.Value(False)
    for word in words:
        matches = matches | peewee.fn.LOWER(Item.title).contains(word)
    return list(content.listing(viewer, kind="topic").where(matches).limit(limit))


def subjects(item: Item) -> list[str]:
    """What else a follower of this topic's place may follow: its category."""
    row = Topic.get_or_none(Topic.item == item.id)
    return [f"category:{row.category_id}"] if row else []


def names(viewer: Viewer, ids: list[int]) -> dict[int, str]:
    """Names of these categories, as far as the viewer may enter their spaces."""
    rows = (
        Category.select(Category.id, Category.name).join(Space).where(Category.id.in_(ids), enterable(viewer))
    )
    return dict(rows.tuples())
