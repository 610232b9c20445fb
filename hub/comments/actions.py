"""Changes to comments. Threads are one level deep: an answer to an answer joins the thread that it is in."""

from __future__ import annotations

from collections.abc import Iterable

from hub import access, db
from hub.access import Viewer
from hub.content import actions, keeping, kinds
from hub.content.models import Item
from hub.errors import Invalid, Missing, Refused


def add(
    viewer: Viewer,
    item: Item,
    body: str,
    *,
    answering: Item | None = None,
    files: Iterable[int] = (),
    draft_key: str = "",
    once: str = "",
) -> Item:
    """Publishes a comment on the item, or in the thread of the one it answers; its writer follows the item.

    Raises Missing where the item cannot be opened, Refused where it takes no comments, Invalid for the body
    or for an `answering` that is not a comment of this item.
    """
    access.require_open(viewer, item)
    person = access.require_person(viewer)
    if kinds.KINDS[item.kind].answers != "comment":
        raise Refused("This takes no comments.")
    if item.hidden_until is not None:
        raise Refused("Nobody can comment while this is hidden.")
    if answering is not None and (answering.root_id != item.id or answering.kind != "comment"):
        raise Invalid(
            "answering", "That comment stands beneath something else. Write yours without answering it."
        )
    parent = item
    if answering is not None:
        access.require_open(viewer, answering)
        parent = answering if answering.parent_id == item.id else answering.parent
    with db.write():
        comment = actions.create(
            viewer, "comment", item.space, body=body, parent=parent, files=files, once=once
        )
        keeping.follow_if_new(person.id, f"item:{item.id}")
        keeping.drop_draft(viewer, draft_key)
    return comment


def edit(
    viewer: Viewer, comment: Item, *, version: int, body: str, files: Iterable[int] = (), draft_key: str = ""
) -> Item:
    """Changes a comment's words; the old ones are kept. Raises Conflict, Invalid, Refused or Missing."""
    if comment.kind != "comment":
        raise Missing()
    if comment.state == "withdrawn":
        raise Refused("This comment has been withdrawn. Put it back first, then change it.")
    with db.write():
        fresh = actions.edit(viewer, comment, version=version, body=body, files=files)
        keeping.drop_draft(viewer, draft_key)
    return fresh
