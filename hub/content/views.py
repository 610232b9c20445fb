"""URLs that every kind of item shares: permalink, history, reactions, saving, following, withdrawing, files,
the composer's services.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, jsonify, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from hub import access, files, text
from hub.content import actions, comparing, keeping, kinds, queries, versions
from hub.content.models import ANSWER_REACTIONS, REACTIONS, Draft
from hub.errors import Invalid, Missing
from hub.people import queries as people
from hub.spaces import queries as spaces
from hub.web import cards, composer
from hub.web.dates import clock_time
from hub.web.downloads import send_stored
from hub.web.paging import page
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import go, go_back, go_to, show, wants_region
from hub.web.viewer import current

feature = Feature("content", __name__)
WHY_CLOSED = {"reason": "Why fewer people than usual"}


def attach(app: Flask) -> None:
    """Adds the routes to the app."""
    attach_feature(app, feature)
    app.jinja_env.globals.update(REACTIONS=REACTIONS, ANSWER_REACTIONS=ANSWER_REACTIONS)
    files.refer("attachments", queries.hashes)


@feature.page("/items/<int:item_id>", need=PUBLIC)
def permalink(item_id: int) -> Response:
    """Redirects to where the item stands now, an answer to its place on its root's page; the words to mark
    there (`hl`) go along.
    """
    item = queries.open_item(current(), item_id)
    kind, words = kinds.KINDS[item.kind], request.args.get("hl") or None
    if kind.page:
        return go(kind.page, hl=words, **{kind.arg: item.id})
    root = queries.open_item(current(), item.root_id)
    root_kind = kinds.KINDS[root.kind]
    anchor = f"{item.kind}-{item.id}"
    return go(root_kind.page, anchor=anchor, answer=item.id, hl=words, **{root_kind.arg: root.id})


@feature.page("/items/<int:item_id>/history")
def history(item_id: int) -> Response:
    """Every version of the item, newest first, each with what changed."""
    item = queries.open_item(current(), item_id)
    return show("content/history.html", item=item, rows=versions.revisions(current(), item))


@feature.page("/items/<int:item_id>/history/<int:number>")
def version(item_id: int, number: int) -> Response:
    """One version, and how it differs from the one before."""
    item = queries.open_item(current(), item_id)
    row = versions.revision(current(), item, number)
    before = versions.revision_before(current(), item, number)
    return show(
        "content/version.html",
        item=item,
        row=row,
        before=before,
        current=(row.title, row.body, row.tags) == (item.title, item.body, item.tags),
        parts=comparing.folded(before.body if before else "", row.body),
        html=actions.rendered_body(row.body).html,
        may_edit=access.may_edit(current(), item),
    )


@feature.action("/items/<int:item_id>/history/<int:number>/restore")
def restore_version(item_id: int, number: int) -> Response:
    """Makes an old version the current one, as a new version."""
    viewer = current()
    item = queries.open_item(viewer, item_id)
    row = versions.revision(viewer, item, number)
    actions.edit(
        viewer,
        item,
        version=item.version,
        title=row.title,
        body=row.body,
        tags=row.tags,
        note=f"Version {number} brought back",
    )
    return go_to(item, f"Version {number} is the current one again. The one before is kept in the history.")


@feature.action("/items/<int:item_id>/reactions")
def react(item_id: int) -> Response:
    """Adds or takes back the viewer's reaction."""
    viewer = current()
    item = queries.open_item(viewer, item_id)
    keeping.react(viewer, item, request.form.get("kind", ""))
    if wants_region():
        return show("content/_reactions.html", item=item, reactions=queries.reactions(viewer, [item.id]))
    return go_to(item)


@feature.action("/items/<int:item_id>/save")
def save(item_id: int) -> Response:
    """Saves the item for the viewer, or forgets it."""
    viewer = current()
    item = queries.open_item(viewer, item_id)
    saved = keeping.bookmark(viewer, item)
    if wants_region():
        return show("content/_save.html", item=item, saved=saved)
    return go_to(item, "Saved. You find it under Saved in your menu." if saved else "No longer saved.")


@feature.page("/saved", shows="list")
def saved() -> Response:
    """What the viewer saved and may still read."""
    rows = page(queries.saved_by(current()), request.args.get("page", ""))
    return show("content/saved.html", cards=cards.cards(current(), rows), page=rows)


@feature.page("/drafts", shows="list")
def drafts() -> Response:
    """What the viewer has begun: drafts, scheduled and withdrawn items."""
    viewer = current()
    rows, begun = queries.drafts_of(viewer), queries.unsent(viewer)
    titles = queries.titles(viewer, {_about(draft) for draft in begun})
    return show(
        "content/drafts.html",
        rows=list(zip(rows, cards.cards(viewer, rows), strict=True)),
        unsent=[_unsent(draft, titles.get(_about(draft), "")) for draft in begun],
    )


BEGUN = {"post": "Blog post", "topic": "Topic", "reply": "Reply", "comment": "Comment", "edit": "Change"}
"""What a composer writes, by the first word of its key; the second is the item that it is about, where there is one."""


def _about(draft: Draft) -> int:
    number = draft.key.partition(":")[2]
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def _unsent(draft: Draft, about: str) -> dict[str, Any]:
    what = BEGUN.get(draft.key.partition(":")[0], "Text")
    title = draft.title.strip() or (f"{what} {'of' if what == 'Change' else 'to'} “{about}”" if about else "")
    return {
        "key": draft.key,
        "at": text.safe_next(draft.fields.get("at")) or "",
        "what": what,
        "title": title or f"{what} without a title",
        "excerpt": text.shorten(text.plain(draft.body[:1000]), 160),
        "saved_at": draft.saved_at,
    }


@feature.action("/discard/<path:key>")
def discard(key: str) -> Response:
    """Forgets what was begun in one composer."""
    keeping.save_draft(current(), key)
    return go("content.drafts", "Discarded.")


@feature.action("/follow/<path:subject>")
def follow(subject: str) -> Response:
    """Sets how closely the viewer follows an item, space, category, blog, person or tag."""
    viewer = current()
    person = access.require_person(viewer)
    level = request.form.get("level", "")
    keeping.require_followable(viewer, subject)
    keeping.follow(person.id, subject, level)
    message = {
        "watch": "You will be told about everything new here.",
        "mute": "You will not be told about this.",
    }.get(level, "You will be told when somebody names you.")
    back = text.safe_next(request.form.get("back")) or "/"
    if wants_region():
        return show("content/_follow.html", subject=subject, level=level, back=back)
    return go_back(back, message)


@feature.form("/items/<int:item_id>/withdraw")
def withdraw(item_id: int) -> Response:
    """Asks, then takes the item away from its readers."""
    viewer = current()
    item = queries.open_item(viewer, item_id)
    access.require_edit(viewer, item)
    reason = request.form.get("reason", "")
    error = (
        Invalid("reason", "Say why: its author will read it.")
        if not reason.strip() and viewer.id != item.author_id
        else None
    )
    if request.method == "GET" or error:
        return show(
            "content/withdraw.html",
            item=item,
            reason=reason,
            error=error if request.form else None,
            status=422 if request.form else 200,
        )
    actions.withdraw(viewer, item, reason)
    if item.author_id == viewer.id:
        return go("content.drafts", "Withdrawn. Nobody else can see it; you can put it back from here.")
    message = "Withdrawn. Its author keeps it and can see why."
    return go("spaces.space", message, space_slug=item.space.slug)


@feature.action("/items/<int:item_id>/restore")
def restore(item_id: int) -> Response:
    """Puts a withdrawn item back."""
    viewer = current()
    item = queries.open_item(viewer, item_id)
    actions.restore(viewer, item)
    return go_to(
        item, "It stands before its audience again." if item.is_published else "It is a draft again."
    )


@feature.action("/items/<int:item_id>/confirm")
def confirm(item_id: int) -> Response:
    """Says that the item is still right."""
    item = queries.open_item(current(), item_id)
    actions.confirm(current(), item)
    return go_to(item, "Thank you. Readers see that it was confirmed today.")


@feature.form("/items/<int:item_id>/audience")
def audience(item_id: int) -> Response:
    """Who can see the item, with a head-count; its author and editors may change it."""
    viewer = current()
    item = queries.open_item(viewer, item_id)
    error = None
    if request.method == "POST":
        access.require_edit(viewer, item)
        wanted = request.form.get("audience", "")
        if held := composer.ask(viewer, WHY_CLOSED, wanted, item.space, long=WHY_CLOSED):
            return held
        try:
            actions.set_audience(
                viewer, item, request.form.get("audience", ""), request.form.get("reason", "")
            )
            return go_to(item, "Changed: " + access.reach_of(item.intended).label + " can see this.")
        except Invalid as problem:
            error = problem
    steps = (
        access.ladder(item.space, item.author)
        if item.root_id is None and access.may_edit(viewer, item)
        else []
    )
    return show(
        "content/audience.html",
        item=item,
        reach=cards.audience(item.audience),
        intended=cards.audience(item.intended),
        steps=[(token, cards.audience(token)) for token in steps],
        error=error,
        chosen=request.form.get("audience", item.intended),
        typed=WHY_CLOSED,
        reason=request.form.get("reason", item.narrow_reason),
        status=422 if error else 200,
    )


@feature.page("/tags/<tag>", need=PUBLIC, shows="list")
def tag(tag: str) -> Response:
    """Everything with the tag that the viewer may read; an unknown tag and a tag of unreadable items look the
    same.
    """
    rows = page(queries.listing(current(), tag=tag), request.args.get("page", ""))
    if not rows.rows and not request.args.get("page"):
        raise Missing()
    label = next((t for item in rows for t in item.tags if actions.tag_slug(t) == tag), tag)
    return show(
        "content/tag.html",
        "content/_feed.html",
        tag=tag,
        label=label,
        cards=cards.cards(current(), rows),
        page=rows,
        level=queries.follow_level(current(), f"tag:{tag}"),
    )


@feature.page("/tags", need=PUBLIC, shows="count")
def tags() -> Response:
    """The tags of what the viewer may read, with counts."""
    return show("content/tags.html", tags=queries.tag_counts(current(), 200))


# --- the composer's services --------------------------------------------------------------------------------


@feature.action("/preview")
def preview() -> Response:
    """The text as it would look. Stores nothing."""
    words = request.form.get("body", "")
    try:
        html = actions.rendered_body(words.replace("\r\n", "\n")).html
        problem = ""
    except Invalid as error:
        html, problem = "", error.message
    template = "content/_preview.html" if wants_region() else "content/preview.html"
    return make_response(
        render_template(template, html=html, problem=problem, body=words, title=request.form.get("title", ""))
    )


@feature.action("/drafts/<path:key>")
def autosave(key: str) -> Response:
    """Keeps what is being typed; answers when it was saved. Without JavaScript: the button *Save draft*."""
    fields: dict[str, Any] = {
        k: v[:2000]
        for k, v in request.form.items()
        if k in ("tags", "audience", "reason", "publish_at", "note")
    }
    fields["attached"] = [
        row.id for row in keeping.uploads(current(), request.form.getlist("attached", type=int))
    ]
    fields["at"] = _where_it_is_written()
    row = keeping.save_draft(
        current(), key, title=request.form.get("title", ""), body=request.form.get("body", ""), fields=fields
    )
    at = clock_time(row.saved_at) if row else ""
    if request.headers.get("Accept", "").startswith("application/json") or wants_region():
        return jsonify(saved=at)
    return go(
        "content.drafts",
        f"Saved at {at}. Open the same page again to go on writing." if at else "There was nothing to save.",
    )


def _where_it_is_written() -> str:
    """The path of the page that the composer stands on, so that the list of drafts can lead back to it."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host:
        return ""
    return text.safe_next(came.path + (f"?{came.query}" if came.query else "")) or ""


@feature.action("/files")
def upload() -> Response:
    """Takes one file dropped or pasted into a composer; answers the Markdown that links it."""
    stream = request.files.get("file") or request.files.get("files")
    if stream is None or not stream.filename:
        return _json_error("Choose a file first.", 422)
    try:
        stored = files.store().put(stream.stream, limit=current_app.config["HUB"].upload_limit)
    except files.TooLarge as error:
        return _json_error(str(error), 413)
    row = keeping.upload(current(), stored, stream.filename)
    url = url_for("content.attachment", attachment_id=row.id, name=row.name)
    label = row.name.replace("[", "(").replace("]", ")")
    picture = url_for("content.picture", attachment_id=row.id)
    markdown = f"![{label}]({picture})" if row.media_type.startswith("image/") else f"[{label}](<{url}>)"
    return jsonify(id=row.id, name=row.name, url=url, markdown=markdown)


def _json_error(message: str, status: int) -> Response:
    response = jsonify(error=message)
    response.status_code = status
    return response


@feature.page("/files/<int:attachment_id>/picture.png", need=PUBLIC, shows="file")
def picture(attachment_id: int) -> Response:
    """The picture as the worker re-encoded it: no metadata, no surprises.

    404 until it is ready or where it is none.
    """
    row = queries.open_attachment(current(), attachment_id)
    if not row.picture:
        raise Missing("The picture is still being prepared.")
    return send_stored(row.picture, "picture.png", "image/png", inline=True)


@feature.page("/files/<int:attachment_id>/<path:name>", need=PUBLIC, shows="file")
def attachment(attachment_id: int, name: str) -> Response:
    """The file as it was uploaded, to save."""
    row = queries.open_attachment(current(), attachment_id)
    return send_stored(row.sha256, row.name, "application/octet-stream")


@feature.action("/files/<int:attachment_id>/off")
def detach(attachment_id: int) -> Response:
    """Takes the file off its item."""
    row = queries.open_attachment(current(), attachment_id)
    item = actions.detach(current(), row)
    return go_to(item, f"{row.name} was taken off. Nobody but who uploaded it can fetch it now.")


@feature.page("/who-sees", shows="count")
def seen_by() -> Response:
    """The head-count of an audience that the viewer holds or could post to, for the composer's choice."""
    token = request.args.get("audience", "")
    if not spaces.may_weigh(current(), token):
        raise Missing()
    return make_response(render_template("content/_seen_by.html", audience=cards.audience(token)))


@feature.page("/people/suggest", shows="suggestion")
def mention() -> Response:
    """People whose name or handle begins like the word being typed after an @."""
    rows = people.completions(request.args.get("q", ""), limit=8)
    return jsonify([{"handle": p.handle, "name": p.name, "title": p.job_title} for p in rows])
