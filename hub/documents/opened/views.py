"""URLs of one document: its page, text, pictures and versions, and what is said about it."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from hub import access, files
from hub.access import Viewer
from hub.content import keeping
from hub.content import queries as content
from hub.content.models import Item
from hub.documents import actions, forms, queries, wording
from hub.documents.extract import preview
from hub.documents.models import MARKINGS
from hub.errors import Conflict, HubError, Invalid
from hub.spaces import queries as spaces
from hub.web import answers, cards, composer, noticing
from hub.web.downloads import send_stored
from hub.web.routing import PUBLIC, Feature
from hub.web.show import go, go_to, leave, show
from hub.web.viewer import current

feature = Feature("documents", __name__)


@feature.page("/documents/<int:document_id>", need=PUBLIC)
def document(document_id: int) -> Response:
    """A document: its file, what is in it, its versions, and what people say about it."""
    return _document_page(current(), queries.open_document(current(), document_id))


def _document_page(
    viewer: Viewer, item: Item, outcome: forms.Outcome | None = None, words: str = ""
) -> Response:
    mine = content.mine_of(item)
    reach = cards.audience(item.audience, item.space)
    thread = answers.context(viewer, item, reach=reach)
    thread.pop("item")
    response = show(
        "documents/document.html",
        "documents/_file.html",
        "comments/_comments.html",
        **_file(viewer, item),
        **thread,
        folder=queries.folder_of(item),
        author=cards.who(item.author),
        reach=reach,
        mine=mine,
        tags=cards.tag_links(item.tags),
        handling=MARKINGS.get(item.document.marking, ""),
        outcome=outcome,
        note=words,
        limit=files.human_size(forms.limit()),
        status=outcome.status if outcome else 200,
    )
    if viewer.person is not None and mine.read_version < item.version:
        keeping.mark_read(viewer, item)
    return response


def _file(viewer: Viewer, item: Item) -> dict[str, Any]:
    row = item.document.version
    return {
        "item": item,
        "file": item.document,
        "row": row,
        "state": wording.state(item.document, row),
        "icon_name": wording.icon_of(row.family),
        "versions": queries.versions(viewer, item) if item.document.current > 1 else [],
        "draws": preview.has_preview(row.media_type),
        "may_edit": access.may_edit(viewer, item),
        "noticed": noticing.of_item(viewer, item),
    }


@feature.page("/documents/<int:document_id>/progress", need=PUBLIC, polling=True)
def progress(document_id: int) -> Response:
    """The file's part of the page once it has been checked; 204 until then."""
    item = queries.open_document(current(), document_id)
    if item.document.version.state == "checking":
        return make_response("", 204)
    return make_response(render_template("documents/_file.html", **_file(current(), item)))


@feature.page("/documents/<int:document_id>/text", need=PUBLIC)
def text(document_id: int) -> Response:
    """The text that the hub read in the current version, a part at a time; `at` opens it at a place such as
    "page 4".
    """
    viewer = current()
    item = queries.open_document(viewer, document_id)
    if "at" in request.args:
        number = queries.passage_at(viewer, item, request.args["at"])
        words = request.args.get("hl") or None
        return go(
            "documents.text",
            anchor=f"passage-{number}" if number else None,
            document_id=item.id,
            after=number - 1 if number > 1 else None,
            hl=words,
        )
    rows, after = queries.passages(viewer, item, request.args.get("after", 0, type=int))
    return show("documents/text.html", item=item, row=item.document.version, passages=rows, after=after)


@feature.page("/documents/<int:document_id>/preview/<int:number>.png", need=PUBLIC, shows="file")
def picture(document_id: int, number: int) -> Response:
    """A page of the current version as the worker drew it."""
    sha256 = queries.picture(current(), document_id, number)
    return send_stored(sha256, f"page-{number}.png", "image/png", inline=True)


@feature.page("/documents/<int:document_id>/versions/<int:number>/<name>", need=PUBLIC, shows="file")
def download(document_id: int, number: int, name: str) -> Response:
    """A version's file as it was uploaded, to save."""
    viewer = current()
    item = content.open_item(viewer, document_id, "document")
    row = queries.version(viewer, item, number)
    keeping.mark_taken(viewer, item)
    return send_stored(row.sha256, row.filename, files.media_type_for(row.filename))


@feature.action("/documents/<int:document_id>/versions")
def add_version(document_id: int) -> Response:
    """Takes a new version of the file."""
    viewer = current()
    item = queries.open_document(viewer, document_id)
    try:
        access.require_edit(viewer, item)
        take = forms.as_version(viewer, item)
        outcomes = forms.taken(viewer, take, item.intended, item.space, most=1)
    except HubError as error:
        if forms.wants_json():
            return forms.refused(error)
        if not isinstance(error, Invalid):
            raise
        outcomes = [forms.Outcome("", problem=error.message, status=422)]
    if isinstance(outcomes, Response):
        return outcomes
    if forms.wants_json():
        return forms.as_json(outcomes)
    if outcomes and outcomes[0].problem:
        return _document_page(viewer, item, outcomes[0], request.form.get("note", ""))
    return leave(go_to(item, forms.in_words(outcomes)))


@feature.action("/documents/<int:document_id>/versions/<int:number>/restore")
def restore_version(document_id: int, number: int) -> Response:
    """Makes an old version's file the current one again."""
    viewer = current()
    item = queries.open_document(viewer, document_id)
    row = actions.restore_version(viewer, item, number, quota=forms.quota())
    return go_to(item, f"The file of version {number} is back, as version {row.number}. All others are kept.")


@feature.form("/documents/<int:document_id>/edit")
def edit(document_id: int) -> Response:
    """Changes what is said about a document: title, words, tags, marking, owner, review date."""
    viewer = current()
    item = queries.open_document(viewer, document_id)
    access.require_edit(viewer, item)
    if request.method == "GET":
        return _edit_page(
            item,
            composer.Words(item.title, item.body, item.tags, version=item.version),
            forms.details(item.document),
        )
    words, said = composer.read(viewer), forms.details()
    held = composer.nudge(viewer, words, item.intended, item.space)
    if held:
        return held
    try:
        actions.describe(
            viewer,
            item,
            version=words.version,
            title=words.title,
            body=words.body,
            tags=words.tags,
            marking=said.marking,
            owner=said.owner_person(),
            review_at=said.review_at(),
            note=words.note,
        )
    except Invalid as error:
        return _edit_page(item, words, said, error)
    except Conflict as conflict:
        words.version = conflict.current.version
        return _edit_page(item, words, said, theirs=conflict.current)
    return go_to(item, "Changed. The old words are kept in the history.")


def _edit_page(
    item: Item,
    words: composer.Words,
    said: forms.Details,
    error: Invalid | None = None,
    theirs: Item | None = None,
) -> Response:
    return show(
        "documents/edit.html",
        item=item,
        words=words,
        said=said,
        error=error,
        theirs=theirs,
        markings=forms.marking_choices(),
        typed={"title": "Title", "body": "What it is about"} | composer.BESIDE,
        status=409 if theirs else 422 if error else 200,
    )


@feature.form("/documents/<int:document_id>/move")
def move(document_id: int) -> Response:
    """Moves a document to another folder, also of another space."""
    viewer = current()
    item = queries.open_document(viewer, document_id)
    access.require_edit(viewer, item)
    slug = request.values.get("space", "")[:60] or item.space.slug
    target = spaces.by_slug(viewer, slug)
    if request.method == "POST":
        chosen = request.form.get("folder", type=int)
        actions.move(viewer, item, target, queries.folder(viewer, chosen) if chosen else None)
        return go_to(item, "Moved. Its address stays the same.")
    return show(
        "documents/move.html",
        item=item,
        target=target,
        tree=queries.tree(viewer, target),
        places=spaces.postable(viewer),
        here_id=item.document.folder_id if target.id == item.space_id else None,
        reach=cards.audience(item.audience, item.space),
    )
