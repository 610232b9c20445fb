"""Reads of the home page, always for a viewer; the same few queries however much there is to show."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import peewee

from hub import clock
from hub.access import Viewer
from hub.content import queries as content
from hub.content.models import Bookmark, Draft, Item, ReadMark
from hub.people import queries as people
from hub.prepared import prepared

TABS = {"": "All", "unread": "Unread", "blogs": "Blogs", "forums": "Forums", "documents": "Documents"}
KINDS = {"blogs": "post", "forums": "topic", "documents": "document"}
SKILLS_KEPT = 300.0
SKILLS_SHOWN = 8
_skills: tuple[float, list[str]] | None = None


def feed(viewer: Viewer, show: str = "") -> Any:
    """What the viewer may read, latest activity first, as one of TABS shows it; page it with web.paging."""
    query = content.listing(viewer, kind=KINDS.get(show))
    return _unread(viewer, query) if show == "unread" else query


def newest(viewer: Viewer, show: str = "") -> Callable[[int], list[Item]] | None:
    """A cheaper way to the first rows of `feed`, where there is one."""
    if show == "unread":
        return None
    return lambda limit: content.newest(viewer, KINDS.get(show), limit)


def _unread(viewer: Viewer, query: Any) -> Any:
    me = viewer.id or 0
    mine = (ReadMark.item == Item.id) & (ReadMark.person == me)
    never = ReadMark.id.is_null() & (Item.active_at > clock.now() - content.NEW_FOR) & (Item.author != me)
    return query.join_from(Item, ReadMark, peewee.JOIN.LEFT_OUTER, on=mine).where(
        never | (Item.active_at > ReadMark.at)
    )


@dataclass
class Seen:
    """What the viewer has seen of the feed's items: marks as `cards` wants them, new answers by item, the draft's id or 0."""

    marks: dict[str, Any]
    fresh: dict[int, int] = field(default_factory=dict)
    draft: int = 0


def seen(viewer: Viewer, items: list[Item], draft: str) -> Seen:
    """Marks of these items, answers of others below them since the viewer read them, and the draft of that key. One query."""
    found = Seen({"saved": set(), "read": {}, "news": set(), "viewer": viewer.person})
    if viewer.person is None:
        return found
    for item_id, mark, number in _seen(
        me=viewer.id, ids=[i.id for i in items], tokens=viewer.tokens, draft=draft
    ):
        if mark == SAVED:
            found.marks["saved"].add(item_id)
        elif mark == FRESH:
            found.fresh[item_id] = number
            found.marks["news"].add(item_id)
        elif mark == DRAFT:
            found.draft = item_id
        else:
            found.marks["read"][item_id] = (mark, number)
    return found


SAVED, FRESH, DRAFT = -1, -2, -3


@prepared
def _seen(me: int, ids: list[int], tokens: list[str], draft: str) -> Any:
    """Number and kind of what there is: (item, SAVED, 0), (item, FRESH, answers), (draft, DRAFT, 0), (item, last read, version)."""
    saved = Bookmark.select(Bookmark.item, peewee.Value(SAVED), peewee.Value(0)).where(
        Bookmark.person == me, Bookmark.item.in_(ids)
    )
    read = ReadMark.select(ReadMark.item, ReadMark.last_id, ReadMark.version).where(
        ReadMark.person == me, ReadMark.item.in_(ids)
    )
    fresh = (
        Item.select(Item.root, peewee.Value(FRESH), peewee.fn.COUNT(Item.id))
        .join(ReadMark, on=(ReadMark.item == Item.root) & (ReadMark.person == me))
        .where(
            Item.root.in_(ids),
            Item.id > ReadMark.last_id,
            Item.published_at > ReadMark.at,
            Item.author != me,
            Item.state == "published",
            Item.audience.in_(tokens),
        )
        .group_by(Item.root)
    )
    begun = Draft.select(Draft.id, peewee.Value(DRAFT), peewee.Value(0)).where(
        Draft.person == me, Draft.key == draft
    )
    return (saved + read + fresh + begun).tuples()


def skills() -> list[str]:
    """What most people can be asked about, as it was at most five minutes ago.

    The directory's readers may see it.
    """
    global _skills
    if _skills is None or _skills[0] < time.monotonic() - SKILLS_KEPT:
        _skills = (time.monotonic(), people.skills(SKILLS_SHOWN))
    return _skills[1]


def forget() -> None:
    """Reads the skills afresh next time."""
    global _skills
    _skills = None
