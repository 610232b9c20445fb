"""URLs of documents and folders."""

from __future__ import annotations

from typing import Any

from flask import Flask, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from hub import access, events, files
from hub.access import Viewer
from hub.content import kinds
from hub.content.models import Item
from hub.documents import actions, attached, folders, forms, queries, reactions, wording
from hub.documents.models import Folder
from hub.documents.opened.views import feature
from hub.errors import HubError, Invalid
from hub.spaces import queries as spaces
from hub.spaces.models import Space
from hub.web import cards, composer, menu
from hub.web.paging import page
from hub.web.routing import PUBLIC
from hub.web.routing import attach as attach_feature
from hub.web.show import go, go_to, leave, show
from hub.web.viewer import current

JOBS = (reactions.read, reactions.draw, reactions.forget_held, attached.read)


def attach(app: Flask) -> None:
    """Adds the routes, the kind and the menu entry."""
    attach_feature(app, feature)
    files.refer("documents", queries.hashes)
    events.subscribe("documents", attached.ask, attached.LOOKS_AT)
    kinds.register(
        kinds.Kind(
            "document",
            "Document",
            "Documents",
            "document",
            "documents.document",
            "document_id",
            "comment",
            ("comment", "comments"),
            text=queries.text_of,
            beside=queries.beside,
            files=queries.files_of,
            place_page="documents.text",
            thumb="documents.picture",
        )
    )
    menu.add(app, menu.Entry("documents.documents", "Documents", "documents", 50))
    menu.needs_you(app, _reviews, queries.due_count)


def _reviews(viewer: Viewer) -> list[dict[str, Any]]:
    """Documents of the viewer's whose review date is near, for the home page."""
    return [
        {
            "text": f"Review {item.title}",
            "url": url_for("documents.document", document_id=item.id),
            "due": item.document.review_at,
        }
        for item in queries.due_for_review(viewer, 5)
    ]


# --- lists --------------------------------------------------------------------------------------------------


@feature.page("/documents", need=PUBLIC, shows="list")
def documents() -> Response:
    """Files shared with the viewer, newest change first; narrowed by space, type and name."""
    viewer = current()
    wanted = {name: request.args.get(name, "")[:100] for name in ("space", "type", "name")}
    places = spaces.postable(viewer)
    space = next((s for s in places if s.slug == wanted["space"]), None)
    if wanted["space"] and space is None:
        space = spaces.by_slug(viewer, wanted["space"])
    found = queries.documents(
        viewer, space_id=space.id if space else None, family=wanted["type"], name=wanted["name"]
    )
    rows = page(found, request.args.get("page", ""))
    return show(
        "documents/documents.html",
        "documents/_documents.html",
        **(_table(rows, folders=[], with_space=True, wanted=wanted) | {"held": queries.held(viewer)}),
        places=places,
        spaces_for=[(place.slug, place.name) for place in places],
        families=[(key, words) for key, (words, _) in queries.FAMILIES.items()],
        limit=files.human_size(forms.limit()),
    )


@feature.page("/spaces/<space_slug>/documents", need=PUBLIC, shows="list")
def space(space_slug: str) -> Response:
    """The folders and files at the top of a space."""
    viewer = current()
    found = access.require_enter(viewer, spaces.by_slug(viewer, space_slug))
    return _shelf(viewer, queries.shelf_of_space(viewer, found))


@feature.page("/folders/<int:folder_id>", need=PUBLIC, shows="list")
def folder(folder_id: int) -> Response:
    """The folders and files in a folder."""
    return _shelf(current(), queries.shelf_of_folder(current(), folder_id))


def _shelf(
    viewer: Viewer, shelf: queries.Shelf, outcomes: list[forms.Outcome] | None = None, problem: str = ""
) -> Response:
    found = queries.documents(
        viewer, space_id=shelf.space.id, folder=shelf.folder, top_only=shelf.folder is None
    )
    rows = page(found, request.args.get("page", ""))
    may_post = access.may_post(viewer, shelf.space)
    inside = [] if request.args.get("page") else shelf.folders
    waiting = queries.held(viewer, shelf.space, shelf.folder) if shelf.holding else []
    return show(
        "documents/shelf.html",
        "documents/_documents.html",
        **(_table(rows, folders=inside, with_space=False, wanted={}) | {"held": waiting}),
        shelf=shelf,
        outcomes=outcomes or [],
        problems=[("upload-file", f"{o.name}: {o.problem}") for o in outcomes or [] if o.problem],
        problem=problem,
        may_post=may_post,
        may_arrange=shelf.folder is not None and folders.may_arrange(viewer, shelf.folder),
        audiences=forms.audiences(viewer, shelf.space) if may_post else [],
        chosen=request.form.get("audience") or shelf.space.default_audience,
        reason=request.form.get("reason", ""),
        reach=cards.audience(shelf.space.default_audience, shelf.space) if may_post else None,
        limit=files.human_size(forms.limit()),
        status=next((o.status for o in outcomes or [] if o.problem), 422 if problem else 200),
    )


def _table(rows: Any, *, folders: list[Folder], with_space: bool, wanted: dict[str, str]) -> dict[str, Any]:
    return {
        "rows": [(item, wording.icon_of(item.document.family), _state(item)) for item in rows],
        "page": rows,
        "folders": folders,
        "with_space": with_space,
        "wanted": wanted,
        "filtered": any(wanted.values()),
        "checking": [item.id for item in rows if item.document.version.state == "checking"],
    }


def _state(item: Item) -> tuple[str, str]:
    return wording.state(item.document, item.document.version)


@feature.page("/documents/checking", shows="list", polling=True)
def checking() -> Response:
    """The states of files that were being checked when their list was shown, for its badges; 204 while none
    is done.
    """
    ids = [int(i) for i in request.args.get("ids", "").split(",")[:50] if i.isdecimal() and len(i) < 10]
    found = queries.states(current(), ids)
    left = [i for i in ids if i in found and found[i].version.state == "checking"]
    done = {i: wording.state(row, row.version) for i, row in found.items() if i not in left}
    if not done and left:
        return make_response("", 204)
    return make_response(render_template("documents/_checking.html", checking=left, done=done))


# --- uploading ----------------------------------------------------------------------------------------------


@feature.action("/documents/upload")
def upload() -> Response:
    """Takes files: one by one from the page's script, or several from a plain form."""
    viewer = current()
    try:
        where = forms.place(viewer)
        outcomes = forms.taken(
            viewer, forms.into(viewer, where), where.readers, where.space, asked_for=where.readers
        )
    except HubError as error:
        if forms.wants_json():
            return forms.refused(error)
        raise
    if isinstance(outcomes, Response):
        return outcomes
    if forms.wants_json():
        return forms.as_json(outcomes)
    if any(o.problem or o.held for o in outcomes):
        return _shelf(viewer, _shelf_of(viewer, where.space, where.folder), outcomes)
    return leave(_go_to_shelf(where.space, where.folder, forms.in_words(outcomes)))


def _shelf_of(viewer: Viewer, space: Space, folder: Folder | None) -> queries.Shelf:
    return queries.shelf_of_folder(viewer, folder.id) if folder else queries.shelf_of_space(viewer, space)


def _go_to_shelf(space: Space, folder: Folder | None, words: str = "") -> Response:
    if folder is not None:
        return go("documents.folder", words, folder_id=folder.id)
    return go("documents.space", words, space_slug=space.slug)


@feature.action("/documents/waiting")
def place_held() -> Response:
    """Does what the uploader chose with a file whose name was taken."""
    viewer = current()
    held = queries.held_file(viewer, request.form.get("held", 0, type=int))
    choice = request.form.get("choice", "")
    try:
        item = actions.place_held(viewer, held, choice, quota=forms.quota())
    except Invalid as error:
        return _shelf(viewer, _shelf_of(viewer, held.space, held.folder), problem=error.message)
    if item is None:
        return _go_to_shelf(held.space, held.folder, f"{held.filename} was not kept.")
    words = "It is the new version." if choice == "version" else f"Both are kept; yours is {item.title}."
    return go_to(item, words)


# --- folders ------------------------------------------------------------------------------------------------


@feature.action("/spaces/<space_slug>/folders")
def new_folder(space_slug: str) -> Response:
    """Makes a folder at the top of a space, or in another folder."""
    viewer = current()
    found = spaces.by_slug(viewer, space_slug)
    above = request.form.get("folder", type=int)
    parent = queries.folder(viewer, above) if above else None
    if parent is not None and parent.space_id != found.id:
        raise Invalid("folder", "That folder is in another space.")
    access.require_post(viewer, found)
    if held := composer.ask(viewer, folders.TYPED, found.widest, found):
        return held
    try:
        made = folders.make(viewer, found, request.form.get("name", ""), parent)
    except Invalid as error:
        return _shelf(viewer, _shelf_of(viewer, found, parent), problem=error.message)
    return go("documents.folder", f"{made.name} is made. Put files into it.", folder_id=made.id)


@feature.form("/folders/<int:folder_id>/edit")
def edit_folder(folder_id: int) -> Response:
    """Renames, moves or removes a folder."""
    viewer = current()
    row = queries.folder(viewer, folder_id)
    folders.require_arrange(viewer, row)
    error = None
    if request.method == "POST":
        if held := composer.ask(viewer, folders.TYPED, row.space.widest, row.space):
            return held
        try:
            return _change_folder(viewer, row)
        except Invalid as problem:
            error = problem
    others = [(f, way) for f, way in queries.tree(viewer, row.space) if not f.path.startswith(row.path)]
    return show(
        "documents/edit_folder.html",
        folder=row,
        others=others,
        error=error,
        name=request.form.get("name", row.name),
        status=422 if error else 200,
    )


def _change_folder(viewer: Viewer, row: Folder) -> Response:
    wanted = request.form.get("do", "rename")
    if wanted == "remove":
        above = row.parent
        folders.remove(viewer, row)
        return _go_to_shelf(row.space, above, f"{row.name} is removed.")
    if wanted == "move":
        target = request.form.get("folder", type=int)
        folders.move(viewer, row, queries.folder(viewer, target) if target else None)
        return go("documents.folder", "Moved, with all that is in it.", folder_id=row.id)
    folders.rename(viewer, row, request.form.get("name", ""))
    return go("documents.folder", "Renamed.", folder_id=row.id)
