"""URLs of what keeps forums in order: solution, lock, pin and move of a topic; the categories of a space."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import request
from werkzeug.wrappers import Response

from hub import access, clock
from hub.errors import Invalid
from hub.forums import actions, queries
from hub.spaces import queries as spaces
from hub.web import cards, composer
from hub.web.dates import day
from hub.web.routing import Feature
from hub.web.show import go, show
from hub.web.viewer import current

feature = Feature("forums", __name__)
TYPED = {"name": "Name", "about": "What belongs here"}


@feature.action("/topics/<int:topic_id>/solution")
def solve(topic_id: int) -> Response:
    """Marks a reply as the solution, or none."""
    viewer = current()
    item, _ = queries.topic(viewer, topic_id)
    chosen = request.form.get("answer", type=int)
    answer = queries.reply(viewer, chosen) if chosen else None
    actions.solve(viewer, item, answer)
    return go(
        "forums.topic",
        "Marked as the solution. It stands at the top now." if answer else "No solution is marked any more.",
        topic_id=topic_id,
    )


@feature.action("/topics/<int:topic_id>/lock")
def lock(topic_id: int) -> Response:
    """Closes the topic for replies with a reason, or opens it again."""
    viewer = current()
    item, _ = queries.topic(viewer, topic_id)
    if item.topic.locked_at is not None:
        actions.unlock(viewer, item)
        return go("forums.topic", "Open for replies again.", topic_id=topic_id)
    access.require_edit(viewer, item)
    if held := composer.ask(viewer, {"reason": "Why"}, item.intended, item.space):
        return held
    actions.lock(viewer, item, request.form.get("reason", ""))
    return go("forums.topic", "Locked. Everybody who reads it sees why.", topic_id=topic_id)


@feature.action("/topics/<int:topic_id>/pin")
def pin(topic_id: int) -> Response:
    """Pins the topic for some days, or unpins it."""
    viewer = current()
    item, _ = queries.topic(viewer, topic_id)
    days = min(max(request.form.get("days", type=int) or 0, 0), 90)
    until: datetime | None = clock.now() + timedelta(days=days) if days else None
    actions.pin(viewer, item, until)
    said = f"Pinned: it stands on top of its category until {day(until)}." if until else "No longer pinned."
    return go("forums.topic", said, topic_id=topic_id)


@feature.form("/topics/<int:topic_id>/move")
def move(topic_id: int) -> Response:
    """Moves the topic to another category."""
    viewer = current()
    item, _ = queries.topic(viewer, topic_id)
    rows = [
        c
        for c in queries.categories(viewer)
        if c.id != item.topic.category_id and access.may_post(viewer, c.space)
    ]
    if request.method == "POST":
        chosen = request.form.get("category", type=int)
        if not chosen:
            raise Invalid("category", "Choose the category that it moves to.")
        actions.move(viewer, item, queries.category(viewer, chosen))
        readers = cards.audience(item.audience, item.space)["words"]
        return go(
            "forums.topic", f"Moved. Its address stays the same. {readers} can read it.", topic_id=topic_id
        )
    return show(
        "forums/move.html", item=item, categories=rows, reach=cards.audience(item.audience, item.space)
    )


@feature.form("/spaces/<space_slug>/categories")
def categories(space_slug: str) -> Response:
    """The categories of a space, for its editors."""
    viewer = current()
    space = access.require_manage(viewer, spaces.by_slug(viewer, space_slug))
    error = None
    if request.method == "POST":
        if held := composer.ask(viewer, TYPED, space.widest, space):
            return held
        try:
            row = actions.add_category(
                viewer, space, name=request.form.get("name", ""), about=request.form.get("about", "")
            )
            return go("forums.categories", f"Added {row.name}.", space_slug=space_slug)
        except Invalid as problem:
            error = problem
    rows = queries.categories(viewer, space.id, archived=True)
    return show(
        "forums/categories.html",
        space=space,
        rows=rows,
        error=error,
        typed=TYPED,
        form=request.form,
        status=422 if error else 200,
    )


@feature.form("/forums/<int:category_id>/edit")
def edit_category(category_id: int) -> Response:
    """Renames, orders, archives a category."""
    viewer = current()
    row = queries.category(viewer, category_id)
    access.require_manage(viewer, row.space)
    error = None
    if request.method == "POST":
        named = request.form.get("do") not in ("archive", "reopen")
        if named and (held := composer.ask(viewer, TYPED, row.space.widest, row.space)):
            return held
        try:
            if request.form.get("do") in ("archive", "reopen"):
                actions.archive_category(viewer, row, reopen=request.form["do"] == "reopen")
            else:
                actions.change_category(
                    viewer,
                    row,
                    name=request.form.get("name", ""),
                    about=request.form.get("about", ""),
                    position=request.form.get("position", type=int) or 0,
                )
            return go("forums.categories", "Saved.", space_slug=row.space.slug)
        except Invalid as problem:
            error = problem
    return show(
        "forums/edit_category.html",
        category=row,
        error=error,
        typed=TYPED,
        form=request.form,
        status=422 if error else 200,
    )
