"""Reads of notifications, always for the person they are for.

What they may no longer read is not shown and not counted.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from hub import access
from hub.access import Viewer
from hub.content import kinds
from hub.content.models import Follow, Item, ReadMark
from hub.db import EPOCH, UTCField
from hub.errors import Missing
from hub.notifications.models import Notification, Wishes
from hub.people.models import Organisation, Person
from hub.spaces.models import Space

PER_PAGE = 30
COUNTED = 100
Root = Item.alias("root")


def visible(viewer: Viewer) -> Any:
    """SQL condition on notifications joined with Item: what they are about is still the viewer's to know."""
    edited = [place.id for place in viewer.places.values() if place.editor] or [0]
    readable = Notification.item.is_null() | access.readable_by(viewer, Item.audience)
    return readable & ((Notification.reason != "request") | Notification.space.in_(edited))


def unread(viewer: Viewer) -> Any:
    """SQL condition: not marked as read, and its page not read since."""
    return Notification.read_at.is_null() & (ReadMark.at.is_null() | (ReadMark.at < Notification.created_at))


def _with_marks(query: Any, person: Any) -> Any:
    return query.join_from(Notification, Item, peewee.JOIN.LEFT_OUTER).join_from(
        Notification,
        ReadMark,
        peewee.JOIN.LEFT_OUTER,
        on=(ReadMark.item == Notification.root_id) & (ReadMark.person == person),
        attr="mark",
    )


def unseen_count(viewer: Viewer) -> Any:
    """Query of how many notifications wait unseen, 100 at the most; the frame reads it with other numbers."""
    if viewer.person is None:
        return None
    rows = (
        _with_marks(Notification.select(Notification.id), viewer.id)
        .where(
            Notification.person == viewer.id, Notification.seen_at.is_null(), unread(viewer), visible(viewer)
        )
        .limit(COUNTED)
    )
    return Notification.select(peewee.fn.COUNT(peewee.SQL("1"))).from_(rows.alias("rows"))


def rows_for(viewer: Viewer) -> Any:
    """The viewer's notifications with actor, item, root and space: one query."""
    columns = (
        Person.id,
        Person.name,
        Person.handle,
        Person.photo,
        Organisation.id,
        Organisation.kind,
        Organisation.short_name,
        Item.id,
        Item.kind,
        Item.title,
        Item.excerpt,
        Item.state,
        Item.audience,
        Root.id,
        Root.title,
        Root.kind,
        Space.id,
        Space.slug,
        Space.name,
        Space.kind,
        Space.reach,
        ReadMark.at,
    )
    return (
        _with_marks(Notification.select(Notification, *columns), viewer.id)
        .join_from(Notification, Person, peewee.JOIN.LEFT_OUTER, on=Notification.actor)
        .join(Organisation, peewee.JOIN.LEFT_OUTER)
        .join_from(
            Notification, Root, peewee.JOIN.LEFT_OUTER, on=(Root.id == Notification.root_id), attr="root"
        )
        .join_from(Notification, Space, peewee.JOIN.LEFT_OUTER)
        .where(Notification.person == viewer.id, visible(viewer))
        .order_by(Notification.created_at.desc(), Notification.id.desc())
    )


@dataclass(frozen=True)
class Listed:
    """One page of notifications; `older` is the next page's cursor, "" at the end."""

    rows: list[Notification]
    older: str = ""


def listed(viewer: Viewer, cursor: str = "", *, only_unread: bool = False) -> Listed:
    """A page of the viewer's notifications, latest first.

    One query; a damaged cursor shows the first page.
    """
    query = rows_for(viewer)
    if only_unread:
        query = query.where(unread(viewer))
    key = _read_cursor(cursor)
    if key is not None:
        at, last = key
        query = query.where(
            (Notification.created_at < at) | ((Notification.created_at == at) & (Notification.id < last))
        )
    rows = list(query.limit(PER_PAGE + 1))
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    return Listed(rows, _cursor(rows[-1]) if more else "")


def is_unread(row: Notification) -> bool:
    """Whether a row of `rows_for` is news to its person."""
    mark = getattr(row, "mark", None)
    at = mark.at if mark is not None else None
    return row.read_at is None and (at is None or at < row.created_at)


def _cursor(row: Notification) -> str:
    at = UTCField().db_value(row.created_at)
    return base64.urlsafe_b64encode(f"{at}.{row.id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int] | None:
    try:
        at, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(".")
        if abs(int(at)) < 2**62 and 0 < int(last) < 2**31:
            return UTCField().python_value(int(at)) or EPOCH, int(last)
    except (ValueError, OverflowError, binascii.Error):
        pass
    return None


def own(viewer: Viewer, notification_id: int) -> Notification:
    """One of the viewer's notifications. Raises Missing."""
    row = rows_for(viewer).where(Notification.id == notification_id).first()
    if row is None:
        raise Missing()
    found: Notification = row
    return found


def wishes(person_id: int) -> Wishes:
    """How the person wishes to be told; the usual where they never said."""
    return Wishes.get_or_none(Wishes.person == person_id) or Wishes(person=person_id)


@dataclass(frozen=True)
class Followed:
    """Something the viewer follows or muted, in words."""

    subject: str
    level: str
    words: str


def followed(viewer: Viewer, limit: int = 200) -> list[Followed]:
    """What the viewer follows and what they muted, latest first, as far as they may still know of it.

    Four queries, and one more for each sort of place that features add.
    """
    person = access.require_person(viewer)
    rows = list(Follow.select().where(Follow.person == person.id).order_by(Follow.at.desc()).limit(limit))
    ids: dict[str, list[int]] = {}
    for row in rows:
        what, _, which = row.subject.partition(":")
        if which.isdecimal():
            ids.setdefault(what, []).append(int(which))
    titles = Item.select(Item.id, Item.title).where(
        Item.id.in_(ids.get("item", [0])), access.readable_by(viewer, Item.audience)
    )
    spaces = [
        s for s in Space.select().where(Space.id.in_(ids.get("space", [0]))) if access.may_know(viewer, s)
    ]
    people = Person.select(Person.id, Person.name).where(Person.id.in_(ids.get("person", [0])))
    names = {
        **{f"item:{i}": title or "Something without a title" for i, title in titles.tuples()},
        **{f"space:{s.id}": s.name for s in spaces},
        **{f"person:{i}": name for i, name in people.tuples()},
    }
    for what, named in kinds.PLACES.items():
        if ids.get(what):
            names |= {f"{what}:{i}": name for i, name in named(viewer, ids[what]).items()}
    shown = []
    for row in rows:
        what, _, which = row.subject.partition(":")
        words = f"#{which}" if what == "tag" else names.get(row.subject)
        if words:
            shown.append(Followed(row.subject, row.level, words))
    return shown
