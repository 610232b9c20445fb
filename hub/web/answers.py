"""The comments beneath an item's page, for every feature whose items are answered by comments.

A page passes `**answers.context(viewer, item)` to its template, includes "comments/_comments.html" in it,
and names that file among the regions of its `show()`. The comments feature takes what is posted there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import peewee
from flask import request, url_for
from markupsafe import Markup

from hub import access
from hub.access import Viewer
from hub.content import queries
from hub.content.models import Item
from hub.errors import Invalid
from hub.web import cards, composer

PER_PAGE = 100
HEADING_ID = re.compile(r'(<h[1-6] id=")(?=h-)')


@dataclass
class Thread:
    """A comment and what answers it. `head` is None where it was withdrawn, or stands on the page before."""

    head_id: int
    head: dict[str, Any] | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)
    continued: bool = False


def draft_key(item: Item | int) -> str:
    """The key under which a comment on the item is autosaved."""
    return f"comment:{item if isinstance(item, int) else item.id}"


def context(
    viewer: Viewer,
    item: Item,
    *,
    words: composer.Words | None = None,
    error: Invalid | None = None,
    answering: int = 0,
    said: str = "",
    new_id: int = 0,
    reach: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What "comments/_comments.html" shows for an item that the viewer has opened.

    Three queries, however many comments; one more for the writer's draft unless the item was read with
    `content.queries.with_mine`, and one or two for the head-count unless `reach` (`cards.audience`) is given.
    `reactions` and `files`, by item id, are those of the item and of its comments: no need to ask again.
    `words` and `error` give a refused comment back, `answering` is the comment being answered, `said` and
    `new_id` tell what has just been done to which comment. The address may carry `to` (whom to answer),
    `after` (the next page) and `answer` (a comment that must be on the page).
    """
    rows, more = page(viewer, item)
    shown = [item.id, *(row.id for row in rows)]
    counted = item.reactions or any(row.reactions for row in rows)
    filed = item.attachments or any(row.attachments for row in rows)
    answering = answering or request.args.get("to", 0, type=int)
    by_id = {row.id: row for row in rows}
    may_comment, refusal = _may_comment(viewer, item)
    return {
        "item": item,
        "threads": _threads(viewer, item, rows),
        "last_comment": max((row.id for row in rows), default=0),
        "older_comments": request.args.get("after", ""),
        "more_comments": f"{_head(rows[-1])}.{rows[-1].id}" if more else "",
        "reactions": queries.reactions(viewer, shown) if counted else {},
        "files": queries.attachments(shown) if filed else {},
        "may_comment": may_comment,
        "comment_refusal": refusal,
        "comment_url": url_for("comments.add", item_id=item.id),
        "answering": by_id.get(answering),
        "comment_composer": _composer(viewer, item, words, error, reach) if may_comment else {},
        "comment_said": said or request.args.get("said", "")[:20],
        "comment_new": new_id or request.args.get("posted", 0, type=int),
    }


def page(viewer: Viewer, item: Item) -> tuple[list[Item], bool]:
    """A page of comments in the order of their threads, and whether there are more. One query.

    Published ones that the viewer may read, and their own withdrawn ones, so that they can put them back.
    """
    readable = (Item.state == "published") & access.readable_by(viewer, Item.audience)
    if not access.may_read(viewer, item):
        # Opened by a grant: the comments that share the item's audience belong to what is shown.
        readable = readable | ((Item.state == "published") & (Item.audience == item.audience))
    if viewer.person is not None:
        readable = readable | ((Item.state == "withdrawn") & (Item.author == viewer.id))
    head = _thread_of(Item)
    query = queries.select(*queries.LISTED, Item.html, Item.hidden_until).where(
        Item.root == item.id, Item.kind == "comment", readable
    )
    at = request.args.get("answer", 0, type=int)
    last_head, last = _read_cursor(request.args.get("after", ""))
    if last_head:
        query = query.where((head > last_head) | ((head == last_head) & (Item.id > last)))
    elif 0 < at < 2**31 and item.answers > PER_PAGE:
        wanted = Item.alias()
        query = query.where(
            head >= wanted.select(_thread_of(wanted)).where(wanted.id == at, wanted.root == item.id)
        )
    rows = list(query.order_by(head, Item.id).limit(PER_PAGE + 1))
    return rows[:PER_PAGE], len(rows) > PER_PAGE


def _thread_of(table: Any) -> Any:
    """SQL: the comment that heads a comment's thread, itself or the one that it answers."""
    return peewee.Case(None, [(table.parent == table.root, table.id)], table.parent)


def _read_cursor(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,9})\.(\d{1,9})", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _head(row: Item) -> int:
    return row.id if row.parent_id == row.root_id else row.parent_id


def _threads(viewer: Viewer, item: Item, rows: list[Item]) -> list[Thread]:
    threads: dict[int, Thread] = {}
    read_to = queries.mine_of(item).read_to
    for row in rows:
        head_id = _head(row)
        thread = threads.setdefault(head_id, Thread(head_id))
        if row.id == head_id:
            thread.head = _entry(viewer, row, read_to)
        else:
            thread.answers.append(_entry(viewer, row, read_to))
    first = next(iter(threads.values()), None)
    if first is not None and _read_cursor(request.args.get("after", ""))[0] == first.head_id:
        first.continued = True
    return list(threads.values())


def _entry(viewer: Viewer, row: Item, read_to: int) -> dict[str, Any]:
    author = row.author
    mine = row.author_id == viewer.id
    state = ""
    if row.state == "withdrawn":
        state = "withdrawn"
    elif row.hidden_until is not None:
        state = "hidden"
    return {
        "id": row.id,
        "row": row,
        "anchor": f"comment-{row.id}",
        "url": url_for("content.permalink", item_id=row.id),
        "kind": "Comment",
        "author": cards.who(author),
        "author_note": author.job_title,
        "at": row.published_at or row.created_at,
        "edited": row.edited_at if row.is_edited else None,
        "history_url": url_for("content.history", item_id=row.id) if viewer.person else "",
        # Headings of the comments must not take the ids of the item's own headings.
        "html": Markup(HEADING_ID.sub(rf"\1comment-{row.id}-", row.html)),  # noqa: S704 - cleaned when it was written
        "state": state,
        "mine": mine,
        "unread": not mine and 0 < read_to < row.id,
        "may_edit": state != "withdrawn" and access.may_edit(viewer, row),
    }


def _may_comment(viewer: Viewer, item: Item) -> tuple[bool, str]:
    if not item.is_published:
        return False, "" if not item.answers else "Nobody can comment while this is not published."
    if viewer.person is None:
        return False, "Sign in to comment."
    if item.hidden_until is not None:
        return False, "Nobody can comment while this is hidden."
    if item.space.archived_at is not None:
        return False, f"{item.space.name} has been archived: it can be read, but nothing new can be posted."
    return True, ""


def _composer(
    viewer: Viewer,
    item: Item,
    words: composer.Words | None,
    error: Invalid | None,
    reach: dict[str, Any] | None,
) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if "my_draft" in vars(item) or "my_mark" in vars(item):
        known["kept"] = queries.mine_of(item).draft
    return composer.context(
        viewer,
        key=draft_key(item),
        audience=item.intended,
        words=words,
        error=error,
        id="comment",
        reach=reach or cards.audience(item.intended, item.space),
        **known,
    )
