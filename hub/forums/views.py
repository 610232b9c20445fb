"""URLs of forums."""

from __future__ import annotations

import zlib
from typing import Any

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

from hub import access, clock, text
from hub.content import actions as content_actions
from hub.content import comparing, keeping, kinds
from hub.content import queries as content
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Missing
from hub.forums import actions, queries
from hub.forums.arranging.views import feature
from hub.forums.models import Category
from hub.web import cards, composer, menu
from hub.web.composer import Words
from hub.web.paging import page
from hub.web.routing import PUBLIC
from hub.web.routing import attach as attach_feature
from hub.web.show import go, show
from hub.web.viewer import current

SHOWS = {"": "All", "unread": "Unread", "unanswered": "Unanswered", "mine": "Mine"}


def attach(app: Flask) -> None:
    """Adds the routes, the kinds and the menu entry."""
    attach_feature(app, feature)
    kinds.register(
        kinds.Kind(
            "topic",
            "Topic",
            "Topics",
            "topic",
            "forums.topic",
            "topic_id",
            "reply",
            ("reply", "replies"),
            subjects=queries.subjects,
        )
    )
    kinds.PLACES["category"] = queries.names
    kinds.register(kinds.Kind("reply", "Reply", "Replies", "reply"))
    menu.add(app, menu.Entry("forums.forums", "Forums", "forums", 40, count=queries.unread_count))


@feature.page("/forums", need=PUBLIC, shows="list")
def forums() -> Response:
    """Categories of the viewer's spaces and the topics in them."""
    viewer = current()
    wanted = request.args.get("show", "")
    wanted = wanted if wanted in SHOWS and viewer.person else ""
    rows = page(queries.topics(viewer, show=wanted), request.args.get("page", ""))
    return show(
        "forums/forums.html",
        "forums/_topics.html",
        cards=cards.cards(viewer, rows),
        page=rows,
        tabs=_tabs("forums.forums", wanted),
        show=wanted,
        **_categories(viewer),
    )


def _categories(viewer: access.Viewer) -> dict[str, Any]:
    groups: dict[int, dict[str, Any]] = {}
    for row in queries.categories(viewer):
        groups.setdefault(row.space_id, {"space": row.space, "categories": []})["categories"].append(row)
    return {"groups": list(groups.values())}


def _tabs(endpoint: str, wanted: str, **values: Any) -> list[dict[str, Any]]:
    names = SHOWS if current().person else {"": "All"}
    return [
        {"label": label, "url": url_for(endpoint, show=key or None, **values), "current": key == wanted}
        for key, label in names.items()
    ]


@feature.page("/forums/<int:category_id>", need=PUBLIC, shows="list")
def category(category_id: int) -> Response:
    """A category: pinned topics, then the others by activity."""
    viewer = current()
    row = queries.category(viewer, category_id)
    wanted = request.args.get("show", "") if request.args.get("show", "") in SHOWS and viewer.person else ""
    rows = page(queries.topics(viewer, category_id=row.id, show=wanted), request.args.get("page", ""))
    first = not request.args.get("page") and not wanted
    pinned = queries.pinned(viewer, row.id) if first else []
    ids = {item.id for item in pinned}
    return show(
        "forums/category.html",
        "forums/_topics.html",
        category=row,
        cards=[
            {**card, "pinned": card["id"] in ids}
            for card in cards.cards(viewer, [*pinned, *(i for i in rows if i.id not in ids)])
        ],
        page=rows,
        tabs=_tabs("forums.category", wanted, category_id=row.id),
        show=wanted,
        may_post=access.may_post(viewer, row.space) and row.archived_at is None,
        may_manage=access.may_manage(viewer, row.space),
    )


@feature.form("/topics/new")
def new_topic() -> Response:
    """Asks a question or starts a discussion in a category."""
    viewer = current()
    chosen = request.values.get("category", type=int)
    rows = [c for c in queries.categories(viewer) if access.may_post(viewer, c.space)]
    place = request.args.get("space", "")
    row = next((c for c in rows if c.id == chosen or (not chosen and c.space.slug == place)), None)
    if request.method == "GET":
        return _ask_page(viewer, rows, row)
    words = composer.read(viewer)
    try:
        if row is None:
            raise Invalid("category", "Choose where it belongs.")
        held = composer.nudge(viewer, words, words.audience or row.space.default_audience, row.space)
        if held:
            return held
        item = actions.ask(
            viewer,
            row,
            title=words.title,
            body=words.body,
            tags=words.tags,
            audience=words.audience,
            reason=words.reason,
            files=words.files,
            draft_key=words.key,
            once=words.once,
        )
    except Invalid as problem:
        return _ask_page(viewer, rows, row, words, problem)
    return go("forums.topic", topic_id=item.id, said="posted")


def _ask_page(
    viewer: access.Viewer,
    rows: list[Category],
    row: Category | None,
    words: Words | None = None,
    error: Invalid | None = None,
) -> Response:
    # A question that came with its title is kept beside what was begun otherwise, and not over it.
    title = request.args.get("title", "").strip()[:200]
    key = f"topic:asked-{zlib.crc32(title.encode()):08x}" if title else "topic"
    kept = content.draft(viewer, key) if words is None else None
    if words is None and title and kept is None:
        words = Words(title=title, key=key)
    args = composer.context(
        viewer,
        key=words.key if words and words.key else key,
        space=row.space if row else None,
        words=words,
        error=error,
        kept=kept,
        place=f"category:{row.id}" if row else "",
    )
    return show(
        "forums/new.html",
        categories=rows,
        category=row,
        composer_args=args,
        words=words,
        begun=composer.begun(kept),
        error=error,
        status=422 if error else 200,
    )


@feature.page("/topics/similar", shows="search")
def similar() -> Response:
    """Topics like the title being typed, so that nobody asks twice."""
    title = request.args.get("title", "")
    return show(
        "forums/similar.html",
        "forums/_similar.html",
        rows=cards.cards(current(), queries.similar(current(), title)),
        title=title,
    )


@feature.page("/topics/<int:topic_id>", need=PUBLIC)
def topic(topic_id: int) -> Response:
    """A topic with a page of its replies."""
    viewer = current()
    item, kept = queries.topic(viewer, topic_id)
    number = _page_number(viewer, item, kept)
    quoted = request.args.get("quote", type=int)
    words = Words(body=_quote(viewer, item, quoted, kept), key=f"reply:{item.id}") if quoted else None
    return _topic_page(viewer, item, kept, number, words)


def _page_number(viewer: access.Viewer, item: Item, kept: queries.Kept) -> int:
    wanted = request.args.get("page", "")
    answer = request.args.get("answer", type=int)
    if answer:
        return queries.page_of(viewer, item, answer)
    last = max(1, -(-item.answers // queries.PER_PAGE))
    return (
        last
        if wanted == "last"
        else min(max(1, int(wanted)), last)
        if wanted.isdecimal() and len(wanted) < 7
        else 1
    )


def _quote(viewer: access.Viewer, item: Item, quoted: int, kept: queries.Kept) -> str:
    """The quoted words, below what the viewer had begun to write here; once, however often the address is opened."""
    found = item if quoted == item.id else queries.reply(viewer, quoted)
    if found.id != item.id and found.root_id != item.id:
        raise Missing()
    place = url_for("forums.topic", topic_id=item.id) + ("" if found.id == item.id else f"#reply-{found.id}")
    quote = text.quote_markdown(found.body, found.author.handle, place).strip()
    begun = kept.draft.body.strip() if kept.draft else ""
    return "\n\n".join([begun] if quote in begun else filter(None, [begun, quote])) + "\n\n"


def _topic_page(
    viewer: access.Viewer,
    item: Item,
    kept: queries.Kept,
    number: int,
    words: Words | None = None,
    error: Invalid | None = None,
) -> Response:
    rows = queries.replies(viewer, item, number) if item.answers else []
    ids = [item.id, *(r.id for r in rows)]
    solved = next((r for r in rows if r.id == item.topic.solved_id), None) or (
        queries.solved_answer(viewer, item) if item.topic.solved_id else None
    )
    reach = cards.audience(item.audience, item.space)
    locked = item.topic.locked_at is not None
    may_reply = (
        viewer.person is not None and item.is_published and not locked and item.space.archived_at is None
    )
    pinned = item.topic.pinned_until
    response = show(
        "forums/topic.html",
        "forums/_replies.html",
        **cards.item_page(
            viewer, item, reach=reach, ids=ids, with_files=any(r.attachments for r in [item, *rows])
        ),
        topic=item.topic,
        replies=rows,
        solved=solved,
        kept=kept,
        number=number,
        pinned=pinned if pinned and pinned > clock.now() else None,
        pages=_pages(item, number),
        first_new=next(
            (
                r.id
                for r in rows
                if kept.read_to is not None and r.id > kept.read_to and r.author_id != viewer.id
            ),
            None,
        ),
        said=_said(viewer, item),
        answering=bool(words and not error),
        may_reply=may_reply,
        may_solve=viewer.person is not None
        and (viewer.id == item.author_id or access.is_editor(viewer, item.space_id)),
        may_moderate=access.is_editor(viewer, item.space_id),
        composer_args=composer.context(
            viewer,
            key=f"reply:{item.id}",
            audience=item.intended,
            words=words,
            error=error,
            kept=kept.draft,
            reach=reach,
        )
        if may_reply
        else None,
        status=422 if error else 200,
    )
    last = rows[-1].id if rows else 0
    if viewer.person and (kept.read_to is None or last > kept.read_to or item.version > (kept.version or 0)):
        keeping.mark_read(viewer, item, last)
    return response


def _said(viewer: access.Viewer, item: Item) -> int:
    """The id of what the viewer has just posted here and may undo; 0 on any other visit."""
    if request.args.get("said") != "posted" or viewer.person is None:
        return 0
    return request.args.get("answer", 0, type=int) or item.id


def _pages(item: Item, number: int) -> list[dict[str, Any] | None]:
    last = max(1, -(-item.answers // queries.PER_PAGE))
    wanted = sorted({1, last, *range(max(1, number - 2), min(last, number + 2) + 1)})
    found: list[dict[str, Any] | None] = []
    for before, n in zip([0, *wanted], wanted, strict=False):
        if n > before + 1:
            found.append(None)
        found.append(
            {
                "number": n,
                "url": url_for("forums.topic", topic_id=item.id, page=n if n > 1 else None) + "#replies",
                "current": n == number,
            }
        )
    return found if last > 1 else []


@feature.page("/topics/<int:topic_id>/unread")
def first_unread(topic_id: int) -> Response:
    """Goes to the first reply that the viewer has not read."""
    viewer = current()
    item, kept = queries.topic(viewer, topic_id)
    fresh = queries.first_unread(viewer, item, kept.read_to)
    if fresh is None:
        return go(
            "forums.topic",
            topic_id=topic_id,
            page="last" if item.answers > queries.PER_PAGE else None,
            anchor="replies",
        )
    return go("forums.topic", topic_id=topic_id, answer=fresh.id, anchor=f"reply-{fresh.id}")


@feature.form("/topics/<int:topic_id>/replies")
def reply(topic_id: int) -> Response:
    """Answers the topic. Opened by GET (after signing in again, say) it shows the topic's composer."""
    viewer = current()
    item, kept = queries.topic(viewer, topic_id)
    if request.method == "GET":
        return go("forums.topic", topic_id=topic_id, page="last", anchor="composer")
    words = composer.read(viewer)
    held = composer.nudge(viewer, words, item.intended, item.space)
    if held:
        return held
    try:
        answer = actions.reply(
            viewer, item, body=words.body, files=words.files, draft_key=words.key, once=words.once
        )
    except Invalid as problem:
        return _topic_page(viewer, item, kept, _page_number(viewer, item, kept), words, problem)
    return go("forums.topic", topic_id=topic_id, answer=answer.id, said="posted", anchor=f"reply-{answer.id}")


@feature.form("/topics/<int:topic_id>/edit")
def edit_topic(topic_id: int) -> Response:
    """Changes the question."""
    item = content.open_item(current(), topic_id, "topic")
    return _edit(item, topic_id, with_title=True)


@feature.form("/replies/<int:item_id>/edit")
def edit_reply(item_id: int) -> Response:
    """Changes a reply."""
    item = queries.reply(current(), item_id)
    return _edit(item, item.root_id, with_title=False)


def _edit(item: Item, topic_id: int, *, with_title: bool) -> Response:
    viewer = current()
    access.require_edit(viewer, item)
    words: Words | None = None
    error: Invalid | None = None
    theirs: Item | None = None
    if request.method == "POST":
        words = composer.read(viewer)
        held = composer.nudge(viewer, words, item.intended, item.space)
        if held:
            return held
        try:
            content_actions.edit(
                viewer,
                item,
                version=words.version,
                title=words.title if with_title else None,
                body=words.body,
                tags=words.tags if with_title else None,
                note=words.note,
                files=words.files,
            )
            keeping.forget_draft(viewer, words.key)
            return go(
                "forums.topic",
                "Changed. The old words are kept in the history.",
                topic_id=topic_id,
                answer=None if with_title else item.id,
                anchor=None if with_title else f"reply-{item.id}",
            )
        except Invalid as problem:
            error = problem
        except Conflict as conflict:
            theirs = conflict.current
            words.version = theirs.version
    kept = content.draft(viewer, f"edit:{item.id}") if words is None else None
    args = composer.context(
        viewer,
        key=f"edit:{item.id}",
        audience=item.intended,
        words=words,
        error=error,
        item=item,
        kept=kept,
    )
    return show(
        "forums/edit.html",
        item=item,
        root=item if with_title else content.open_item(viewer, topic_id, "topic"),
        composer_args=args,
        words=words,
        begun=composer.begun(kept),
        parts=comparing.folded(theirs.body, words.body) if theirs is not None and words else [],
        theirs=theirs,
        with_title=with_title,
        status=409 if theirs else 422 if error else 200,
    )
