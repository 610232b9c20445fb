"""Reads of content that more than one feature needs. They change nothing and always ask for the viewer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from hub import access
from hub.access import Viewer
from hub.content import kinds
from hub.content.models import (
    Attachment,
    Bookmark,
    Draft,
    Follow,
    Item,
    ItemTag,
    Reaction,
    ReadMark,
    Tag,
)
from hub.errors import Missing
from hub.people.models import Organisation, Person, Unit
from hub.prepared import prepared
from hub.spaces.models import Space

Author = Person.alias("author")
NEW_FOR = timedelta(days=30)
"""What somebody has never opened counts as unread for so long, so that newcomers are not met by years of it."""
IDS_AT_ONCE = 10  # lists of ids are filled up to a multiple of it, so that few statements need to be kept
LISTED = (
    Item.id,
    Item.kind,
    Item.space,
    Item.author,
    Item.on_behalf_of,
    Item.root,
    Item.parent,
    Item.title,
    Item.excerpt,
    Item.state,
    Item.audience,
    Item.intended,
    Item.published_at,
    Item.edited_at,
    Item.active_at,
    Item.created_at,
    Item.publish_at,
    Item.confirmed_at,
    Item.version,
    Item.tags,
    Item.answers,
    Item.reactions,
    Item.attachments,
    Item.card,
    Item.hidden_until,
)
WHO = (
    Person.id,
    Person.name,
    Person.handle,
    Person.photo,
    Person.job_title,
    Person.organisation,
    Person.status,
    Organisation.id,
    Organisation.name,
    Organisation.short_name,
    Organisation.kind,
)
WHERE = (
    Space.id,
    Space.slug,
    Space.name,
    Space.kind,
    Space.reach,
    Space.colour,
    Space.is_hub,
    Space.archived_at,
)
FOR_WHOM = (Unit.id, Unit.key, Unit.name)


def select(*columns: Any) -> Any:
    """Items joined with author, organisation, space and the service they speak for: the base of every
    listing, one query.
    """
    return (
        Item.select(*(columns or LISTED), *WHO, *WHERE, *FOR_WHOM)
        .join(Person, on=Item.author)
        .join(Organisation)
        .switch(Item)
        .join(Space)
        .switch(Item)
        .join(Unit, peewee.JOIN.LEFT_OUTER, on=Item.on_behalf_of)
    )


@dataclass(frozen=True)
class Mine:
    """What the viewer has done to one item: saved it, follows it, read it up to a version, began an answer."""

    saved: bool = False
    follow: str = ""
    read_version: int = 0
    read_to: int = 0
    draft: Draft | None = None


def with_mine(query: Any, viewer: Viewer, item_id: int, draft_key: str) -> Any:
    """Adds what `mine_of` reads to a query for one item, so that the item's page needs no further queries for it.

    `draft_key` is the key of the composer on that page, such as "comment:12".
    """
    own = viewer.id or 0
    kept = (
        (Bookmark, (Bookmark.item == Item.id) & (Bookmark.person == own), "my_bookmark"),
        (ReadMark, (ReadMark.item == Item.id) & (ReadMark.person == own), "my_mark"),
        (Follow, (Follow.person == own) & (Follow.subject == f"item:{item_id}"), "my_follow"),
        (Draft, (Draft.person == own) & (Draft.key == draft_key), "my_draft"),
    )
    query = query.select_extend(
        Bookmark.id,
        Follow.id,
        Follow.level,
        ReadMark.id,
        ReadMark.version,
        ReadMark.last_id,
        Draft.id,
        Draft.title,
        Draft.body,
        Draft.saved_at,
    )
    for model, of_the_viewer, name in kept:
        query = query.join_from(Item, model, peewee.JOIN.LEFT_OUTER, on=of_the_viewer, attr=name)
    return query.where(Item.id == item_id)


def mine_of(row: Any) -> Mine:
    """What `with_mine` found for the item; nothing for one that was read without it. No query."""
    own = vars(row)
    follow, mark = own.get("my_follow"), own.get("my_mark")
    return Mine(
        saved=own.get("my_bookmark") is not None,
        follow=follow.level if follow else "",
        read_version=mark.version if mark else 0,
        read_to=mark.last_id if mark else 0,
        draft=own.get("my_draft"),
    )


def open_item(viewer: Viewer, item_id: int, *kind: str) -> Item:
    """The item with everything its page needs.

    Raises Missing when there is none of that kind that the viewer may open.
    """
    query = select(Item).where(Item.id == item_id)
    if kind:
        query = query.where(Item.kind.in_(kind))
    item = query.first()
    access.require_open(viewer, item)
    return item


def listing(
    viewer: Viewer,
    *,
    kind: str | Iterable[str] | None = None,
    space: int | None = None,
    author: int | None = None,
    tag: str | None = None,
    columns: Iterable[Any] = (),
) -> Any:
    """Published items that the viewer may read, newest activity first; add `.limit()` or page it with
    web.paging.
    """
    query = select(*columns).where(access.readable_by(viewer, Item.audience), Item.state == "published")
    names = kinds.listed() if kind is None else [kind] if isinstance(kind, str) else list(kind)
    query = query.where(Item.kind == names[0] if len(names) == 1 else Item.kind.in_(names))
    if space is not None:
        query = query.where(Item.space == space)
    if author is not None:
        query = query.where(Item.author == author)
    if tag is not None:
        query = query.where(Item.id.in_(ItemTag.select(ItemTag.item).join(Tag).where(Tag.slug == tag)))
    return query.order_by(Item.active_at.desc(), Item.id.desc())


def newest(viewer: Viewer, kind: str | None, limit: int) -> list[Item]:
    """The first so many rows of `listing`, by a prepared query: for the page that everybody opens."""
    return _newest(tokens=viewer.tokens, names=[kind] if kind else kinds.listed(), limit=limit)


@prepared
def _newest(tokens: list[str], names: list[str], limit: int) -> Any:
    of_kind = Item.kind == names[0] if len(names) == 1 else Item.kind.in_(names)
    query = select().where(Item.audience.in_(tokens), Item.state == "published", of_kind)
    return query.order_by(Item.active_at.desc(), Item.id.desc()).limit(limit)


def answers(viewer: Viewer, root: Item) -> Any:
    """The replies or comments below an item that the viewer may read, oldest first.

    Somebody who may open the root by a grant reads the answers that share its audience too.
    """
    return below(root.id, access.tokens_below(viewer, root))


def below(root: int, tokens: Iterable[str]) -> Any:
    """The published answers below an item that have one of these audiences, oldest first."""
    readable = Item.audience.in_(sorted(tokens))
    return select(Item).where(Item.root == root, Item.state == "published", readable).order_by(Item.id)


def readable(viewer: Viewer, ids: Iterable[int], *, with_roots: bool = False) -> dict[int, Item]:
    """Those of the ids that are published and readable, as listing rows by id: the re-check behind every index hit.

    `with_roots` brings the id, kind and title of what an answer answers (`item.root`) in the same query.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    wanted += wanted[:1] * (-len(wanted) % IDS_AT_ONCE)
    rows = (_found_with_roots if with_roots else _found)(ids=wanted, tokens=access.readable_in_search(viewer))
    return {item.id: item for item in rows}


@prepared
def _found(ids: list[int], tokens: list[str]) -> Any:
    return select().where(Item.id.in_(ids), Item.audience.in_(tokens), Item.state == "published")


@prepared
def _found_with_roots(ids: list[int], tokens: list[str]) -> Any:
    root = Item.alias("root_of")
    return (
        select(*LISTED, root.id, root.kind, root.title)
        .join_from(Item, root, peewee.JOIN.LEFT_OUTER, on=(Item.root == root.id), attr="root")
        .where(Item.id.in_(ids), Item.audience.in_(tokens), Item.state == "published")
    )


def drafts_of(viewer: Viewer) -> list[Item]:
    """The viewer's own drafts, scheduled and withdrawn items, newest first."""
    person = access.require_person(viewer)
    return list(
        select()
        .where(
            Item.author == person.id,
            Item.state.in_(("draft", "scheduled", "withdrawn")),
            Item.kind.in_(kinds.listed()),
        )
        .order_by(Item.active_at.desc())
        .limit(200)
    )


def saved_by(viewer: Viewer) -> Any:
    """Items that the viewer saved and may still read, latest saved first."""
    person = access.require_person(viewer)
    return (
        listing(viewer, kind=list(kinds.KINDS))
        .join(Bookmark, on=((Bookmark.item == Item.id) & (Bookmark.person == person.id)))
        .order_by(Bookmark.id.desc())
    )


def marks(viewer: Viewer, ids: list[int]) -> dict[str, Any]:
    """What the viewer keeps about these items: `saved` ids, how far they `read`, (last_id, version) by id, and the ids
    with `news` since. One query.
    """
    found: dict[str, Any] = {"saved": set(), "read": {}, "news": set(), "viewer": viewer.person}
    if viewer.person is None or not ids:
        return found
    for item_id, last_id, version in _marks(person=viewer.id, ids=ids):
        if last_id == SAVED:
            found["saved"].add(item_id)
        elif last_id == NEWS:
            found["news"].add(item_id)
        else:
            found["read"][item_id] = (last_id, version)
    return found


SAVED, NEWS = -1, -2


@prepared
def _marks(person: int, ids: list[int]) -> Any:
    """Item, SAVED and 0 for each that the person saved; item, NEWS and 0 where something came after they read it; item,
    last answer and version for each that they read.
    """
    saved = Bookmark.select(Bookmark.item, peewee.Value(SAVED), peewee.Value(0)).where(
        Bookmark.person == person, Bookmark.item.in_(ids)
    )
    read = ReadMark.select(ReadMark.item, ReadMark.last_id, ReadMark.version).where(
        ReadMark.person == person, ReadMark.item.in_(ids)
    )
    news = (
        ReadMark.select(ReadMark.item, peewee.Value(NEWS), peewee.Value(0))
        .join(Item, on=Item.id == ReadMark.item)
        .where(ReadMark.person == person, ReadMark.item.in_(ids), Item.active_at > ReadMark.at)
    )
    return (saved + read + news).tuples()


def one_statement(queries: dict[str, Any]) -> dict[str, int]:
    """The numbers of several one-number queries by name, read in one statement."""
    if not queries:
        return {}
    row = numbers_query(list(queries.values())).get()
    return {name: number or 0 for name, number in zip(queries, row, strict=True)}


def numbers_query(queries: list[Any]) -> Any:
    """One query, of one tuple, of the numbers that these queries give."""
    return (
        Item.select(*[query.alias(f"n{i}") for i, query in enumerate(queries)])
        .from_(peewee.SQL("(SELECT 1) AS one"))
        .tuples()
    )


def reactions(viewer: Viewer, ids: list[int]) -> dict[int, dict[str, tuple[int, bool]]]:
    """Reactions by item and kind: (how many, whether the viewer's is among them). One query."""
    found: dict[int, dict[str, tuple[int, bool]]] = {}
    if not ids:
        return found
    for item_id, kind, count, own in _reactions(person=viewer.id or 0, ids=ids):
        found.setdefault(item_id, {})[kind] = (count, bool(own))
    return found


@prepared
def _reactions(person: int, ids: list[int]) -> Any:
    """Item, kind, how many, whether the person's is among them."""
    mine = peewee.fn.MAX(peewee.Case(None, [(Reaction.person == person, 1)], 0))
    shown = (Reaction.item, Reaction.kind, peewee.fn.COUNT(Reaction.id), mine)
    return (
        Reaction.select(*shown).where(Reaction.item.in_(ids)).group_by(Reaction.item, Reaction.kind).tuples()
    )


def attachments(ids: list[int]) -> dict[int, list[Attachment]]:
    """Attachments by item, in the order they were added. One query. The caller has opened the items."""
    found: dict[int, list[Attachment]] = {}
    if ids:
        for row in Attachment.select().where(Attachment.item.in_(ids)).order_by(Attachment.id):
            found.setdefault(row.item_id, []).append(row)
    return found


def open_attachment(viewer: Viewer, attachment_id: int) -> Attachment:
    """A file that the viewer may fetch: its item's readers, or who uploaded it while it has none.

    Raises Missing.
    """
    with_item = Attachment.select(Attachment, Item).join(Item, peewee.JOIN.LEFT_OUTER)
    row = with_item.where(Attachment.id == attachment_id).first()
    if row is None:
        access.require_open(viewer, None)
    if row.item_id is None:
        if viewer.id != row.person_id:
            raise Missing()
        return row
    access.require_open(viewer, row.item)
    return row


def tag_counts(viewer: Viewer, limit: int = 40) -> list[tuple[str, str, int]]:
    """(slug, label, items the viewer may read), most used first."""
    count = peewee.fn.COUNT(Item.id)
    return list(
        Tag.select(Tag.slug, Tag.label, count)
        .join(ItemTag)
        .join(Item)
        .where(access.readable_by(viewer, Item.audience), Item.state == "published")
        .group_by(Tag.id, Tag.slug, Tag.label)
        .order_by(count.desc(), Tag.label)
        .limit(limit)
        .tuples()
    )


def follow_level(viewer: Viewer, subject: str) -> str:
    """How the viewer follows the subject: "", "watch" or "mute"."""
    if viewer.person is None:
        return ""
    row = Follow.get_or_none((Follow.person == viewer.id) & (Follow.subject == subject))
    return row.level if row else ""


def draft(viewer: Viewer, key: str) -> Draft | None:
    """What the viewer was writing in the composer of that key."""
    if viewer.person is None:
        return None
    return Draft.get_or_none((Draft.person == viewer.id) & (Draft.key == key))


def unsent(viewer: Viewer, limit: int = 100) -> list[Draft]:
    """What the viewer began in some composer and has not posted, latest first."""
    person = access.require_person(viewer)
    return list(Draft.select().where(Draft.person == person.id).order_by(Draft.saved_at.desc()).limit(limit))


def titles(viewer: Viewer, ids: Iterable[int]) -> dict[int, str]:
    """The titles of those of these items that the viewer may read now, by id."""
    rows = Item.select(Item.id, Item.title).where(
        Item.id.in_([i for i in ids if i] or [0]),
        Item.state == "published",
        access.readable_by(viewer, Item.audience),
    )
    return dict(rows.tuples())


def hashes() -> Iterator[str]:
    """SHA-256 of every attached or uploaded file, and of the pictures that were redrawn from them."""
    for row in Attachment.select(Attachment.sha256, Attachment.picture).tuples().iterator():
        yield from filter(None, row)
