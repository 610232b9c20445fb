"""Where an item stands: before whom, in which space, with how many answers.

This is the one place that sets `Item.audience`.

An item is read by its intended audience while it is published and no decision hides it; otherwise by its
author alone. An answer follows its root: it is read as the root is, or by its own author where either of the two is away.
"""

from __future__ import annotations

from typing import Any

import peewee

from hub import access, db
from hub.content.models import Item
from hub.errors import Missing, Refused

REFRESHED = (
    Item.state,
    Item.audience,
    Item.intended,
    Item.narrow_reason,
    Item.hidden_until,
    Item.publish_at,
    Item.published_at,
    Item.version,
    Item.answers,
    Item.space,
)


def lock(item: Item) -> None:
    """Brings the item's standing up to date and keeps others from changing it until the write ends. Raises Missing.

    The words stay as the caller loaded them, and are not written by those who only move an item about.
    """
    query = Item.select(Item.id, *REFRESHED).where(Item.id == item.id)
    fresh = (query if db.is_sqlite() else query.for_update()).first()
    if fresh is None:
        raise Missing()
    for column in REFRESHED:
        if item.__data__.get(column.name) != fresh.__data__[column.name]:
            item.__rel__.pop(column.name, None)
            item.__data__[column.name] = fresh.__data__[column.name]


def is_open(item: Item) -> bool:
    """Whether the item stands before its intended audience: published, and not hidden by a decision."""
    return item.state == "published" and item.hidden_until is None


def require_answerable(viewer: access.Viewer, root: Item, parent: Item) -> None:
    """Raises Missing or Refused unless the viewer may answer the parent below the root as both are now."""
    access.require_open(viewer, root)
    if not access.may_read(viewer, root):
        raise Refused("You may read this for your review, but not answer it.")
    if not is_open(root) or not is_open(parent) or not access.may_read(viewer, parent):
        raise Refused("This does not stand before its readers at the moment, so it cannot be answered.")
    if root.space.archived_at is not None:
        raise Refused(f"{root.space.name} has been archived: it can be read, but nothing new can be posted.")


def settle(item: Item, *changed: Any) -> None:
    """Writes the item's audience from its state, and carries it to its answers.

    `changed` are the columns that the caller changed, written with it.
    """
    root = item.root if item.root_id is not None else item
    if root is not item:
        item.intended = root.intended
    stands = is_open(item) and is_open(root)
    item.audience = item.intended if stands else f"person:{item.author_id}"
    item.save(only=list({Item.audience, Item.intended, *changed}))
    if root is not item:
        _count(Item.root, root.id)
        if item.parent_id not in (None, root.id):
            _count(Item.parent, item.parent_id)
        return
    mine = peewee.Value("person:").concat(Item.author.cast("text"))
    shown = (Item.state == "published") & Item.hidden_until.is_null()
    audience = peewee.Case(None, [(shown, item.intended)], mine) if stands else mine
    Item.update({Item.intended: item.intended, Item.space: item.space_id, Item.audience: audience}).where(
        Item.root == item.id
    ).execute()


def _count(column: Any, above_id: int) -> None:
    """Counts the answers that readers of the item meet.

    On each change of one answer, so that counts stay honest.
    """
    below = Item.alias()
    number = below.select(peewee.fn.COUNT(below.id)).where(
        getattr(below, column.name) == above_id, below.state == "published", below.hidden_until.is_null()
    )
    Item.update(answers=number).where(Item.id == above_id).execute()
