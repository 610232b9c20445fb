"""URLs of comments. They are shown on the page of what they are about; these take what is done there."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import access
from hub.access import Viewer
from hub.comments import actions
from hub.content import actions as content
from hub.content import comparing, kinds, queries
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Missing
from hub.web import answers, composer
from hub.web.routing import Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import item_url, show, wants_region
from hub.web.viewer import current

feature = Feature("comments", __name__)
REGION = "comments/_comments.html"


def attach(app: Flask) -> None:
    """Adds the routes and the kind."""
    attach_feature(app, feature)
    kinds.register(kinds.Kind("comment", "Comment", "Comments", "comment"))


@feature.action("/items/<int:item_id>/comments")
def add(item_id: int) -> Response:
    """Posts a comment; a refused one is given back with its text and the reason."""
    viewer = current()
    item = queries.open_item(viewer, item_id)
    words = composer.read(viewer)
    if held := composer.nudge(viewer, words, item.intended, item.space):
        return held
    answering = _answered(viewer, item)
    try:
        comment = actions.add(
            viewer,
            item,
            words.body,
            answering=answering,
            files=words.files,
            draft_key=words.key,
            once=words.once,
        )
    except Invalid as error:
        shown = answers.context(
            viewer, item, words=words, error=error, answering=answering.id if answering else 0
        )
        return show("comments/again.html", REGION, status=422, **shown)
    return _thread(viewer, item.id, comment, "posted")


@feature.form("/comments/<int:item_id>/edit")
def edit(item_id: int) -> Response:
    """Changes one's own comment. When somebody else was faster, both texts are shown."""
    viewer = current()
    comment = queries.open_item(viewer, item_id, "comment")
    access.require_edit(viewer, comment)
    words = composer.read(viewer) if request.method == "POST" else None
    if words is None:
        return _editor(viewer, comment)
    if held := composer.nudge(viewer, words, comment.intended, comment.space):
        return held
    try:
        actions.edit(
            viewer, comment, version=words.version, body=words.body, files=words.files, draft_key=words.key
        )
    except Invalid as error:
        return _editor(viewer, comment, words=words, error=error)
    except Conflict as conflict:
        return _editor(viewer, comment, words=words, conflict=conflict)
    return _thread(viewer, comment.root_id, comment, "changed")


@feature.action("/comments/<int:item_id>/withdraw")
def withdraw(item_id: int) -> Response:
    """Takes a comment away at once; its author keeps it and may put it back. Also the *Undo* of posting."""
    viewer = current()
    comment = queries.open_item(viewer, item_id, "comment")
    content.withdraw(viewer, comment, request.form.get("reason", ""))
    return _thread(
        viewer, comment.root_id, comment, "withdrawn" if comment.author_id == viewer.id else "removed"
    )


@feature.action("/comments/<int:item_id>/restore")
def restore(item_id: int) -> Response:
    """Puts one's withdrawn comment back where it stood."""
    viewer = current()
    comment = queries.open_item(viewer, item_id, "comment")
    content.restore(viewer, comment)
    return _thread(viewer, comment.root_id, comment, "restored")


def _answered(viewer: Viewer, item: Item) -> Item | None:
    wanted = request.form.get("answering", 0, type=int)
    if not wanted:
        return None
    try:
        return queries.open_item(viewer, wanted, "comment")
    except Missing:
        # Withdrawn in the meantime: what was written is a comment of its own rather than lost.
        return None


def _editor(
    viewer: Viewer,
    comment: Item,
    *,
    words: composer.Words | None = None,
    error: Invalid | None = None,
    conflict: Conflict | None = None,
) -> Response:
    root = queries.open_item(viewer, comment.root_id)
    key = f"edit:{comment.id}"
    if conflict is not None and words is not None:
        words.version = conflict.current.version
    shown: dict[str, Any] = composer.context(
        viewer, key=key, audience=comment.intended, words=words, error=error, item=comment
    )
    return show(
        "comments/edit.html",
        comment=comment,
        root=root,
        composer_args=shown,
        theirs=conflict.current if conflict else None,
        parts=comparing.folded(conflict.current.body, words.body) if conflict and words else [],
        status=409 if conflict else 422 if error else 200,
    )


def _thread(viewer: Viewer, root_id: int, comment: Item, said: str) -> Response:
    """The comments as they are now: the region for htmx, else the way back to them."""
    root = queries.open_item(viewer, root_id)
    if wants_region():
        return show(
            "comments/again.html", REGION, **answers.context(viewer, root, said=said, new_id=comment.id)
        )
    kind = kinds.KINDS[root.kind]
    anchor = "comments" if said == "removed" else f"comment-{comment.id}"
    place = {kind.arg: root.id, "posted": comment.id, "answer": comment.id, "said": said, "_anchor": anchor}
    return redirect(url_for(kind.page, **place) if kind.page else item_url(root), 303)
