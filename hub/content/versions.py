"""Versions of an item: which of them a viewer may read.

Reading an item today is no leave to read what it said before other readers. What stood in a draft, what was written while
it was away, and what it said before it was opened to more people stay with those who could read them then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import peewee

from hub import access
from hub.access import Viewer
from hub.content.models import Item, Revision
from hub.errors import Missing
from hub.events import Event
from hub.people.models import Person

LISTED = (Revision.id, Revision.item, Revision.number, Revision.note, Revision.created_at, Revision.editor)
OPENED = {"item:audience_changed": "before", "item:moved": "audience"}
"""Events that bring an item before others, and what in them says who could read it until then."""
AWAY = {"item:withdrawn": "item:restored", "item:hidden": "item:unhidden"}


def revisions(viewer: Viewer, item: Item, limit: int = 500) -> list[Revision]:
    """The item's versions without their texts, newest first.

    Raises Missing for those who may not read it now.
    """
    access.require_open(viewer, item)
    return list(_versions(viewer, item, *LISTED).limit(limit))


def revision(viewer: Viewer, item: Item, number: int) -> Revision:
    """One version of the item with its text. Raises Missing."""
    access.require_open(viewer, item)
    row = _versions(viewer, item, Revision).where(Revision.number == number).first()
    if row is None:
        raise Missing()
    return row


def revision_before(viewer: Viewer, item: Item, number: int) -> Revision | None:
    """The version before that one, as far as the viewer may see."""
    return _versions(viewer, item, Revision).where(Revision.number < number).first()


def _versions(viewer: Viewer, item: Item, *columns: Any) -> Any:
    return (
        Revision.select(*columns, Person.id, Person.name, Person.handle, Person.photo)
        .join(Person)
        .where(Revision.item == item.id, readable(viewer, item, Revision, Revision.item))
        .order_by(Revision.number.desc())
    )


def readable(viewer: Viewer, item: Item, table: Any, owner: Any) -> Any:
    """SQL condition on a table of the item's versions (`number`, `created_at`, and its `owner` column): the viewer may read it.

    The author reads them all; everybody else what stood at a time when they could have read the item, going by what they
    hold today. One query.
    """
    if viewer.id == item.author_id or item.published_at is None:
        return table.number > 0
    older = table.alias()
    mine = getattr(older, owner.name) == item.id
    condition: Any = table.number < 0
    for start, end in _open_to(viewer, item, item.published_at):
        standing = older.select(peewee.fn.COALESCE(peewee.fn.MAX(older.number), 0)).where(
            mine, older.created_at <= start
        )
        stood = table.number >= standing
        condition |= stood if end is None else stood & (table.created_at <= end)
    return condition


def _open_to(viewer: Viewer, item: Item, since: datetime) -> list[tuple[datetime, datetime | None]]:
    """Spans of time since it was published in which those who hold what the viewer holds could read the item.

    The last one has no end: they have opened it now, be it by a grant.
    """
    rows = list(
        Event.select(Event.name, Event.at, Event.item_id, Event.data)
        .where(
            Event.item_id.in_([item.id, item.root_id or item.id]),
            Event.name.in_([*OPENED, *AWAY, *AWAY.values()]),
            Event.at > since,
        )
        .order_by(Event.id)
    )
    tokens, token = [], item.intended
    for event in reversed(rows):
        if event.name in OPENED:
            token = event.data.get(OPENED[event.name], "")
        tokens.append(token)
    spans: list[tuple[datetime, datetime | None]] = []
    gone: set[tuple[int, str]] = set()
    for event, token in zip(rows, reversed(tokens), strict=True):
        if token in viewer.tokens and not gone:
            spans.append((since, event.at))
        if event.name in AWAY:
            gone.add((event.item_id, AWAY[event.name]))
        gone.discard((event.item_id, event.name))
        since = event.at
    return [*spans, (since, None)]
