"""What may be submitted about documents: where an upload goes, the files in it, and a document's details."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask import current_app, jsonify, make_response, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from hub import access, clock, files
from hub.access import Viewer
from hub.content import keeping
from hub.documents import actions, queries
from hub.documents.models import MARKINGS, Document, Folder
from hub.errors import HubError, Invalid, Missing, Refused
from hub.people import queries as people
from hub.people.models import Person
from hub.spaces import queries as spaces
from hub.spaces.models import Space
from hub.web import composer

log = logging.getLogger(__name__)
TYPED = {"reason": "Why it is closed to others", "note": "What has changed"}
"""The words beside a file that its readers see."""
WAITS = "A file of this name is here already. Say below what to do with yours."


@dataclass(frozen=True)
class Place:
    """Where an upload goes, and who is to see it (None: the space's default)."""

    space: Space
    folder: Folder | None
    audience: str | None
    reason: str

    @property
    def readers(self) -> str:
        """The audience that is wanted."""
        return self.audience or self.space.default_audience


@dataclass(frozen=True)
class Outcome:
    """What became of one file: where it stands, or why it does not.

    `held` names the waiting file that needs a word; `same` says that the very file stood there already.
    """

    name: str
    url: str = ""
    said: str = ""
    problem: str = ""
    status: int = 200
    held: int = 0
    same: bool = False


@dataclass
class Details:
    """What is said about a document beside title, words and tags."""

    marking: str
    owner: str
    review: str

    def owner_person(self) -> Person:
        """The owner named by handle. Raises Invalid."""
        try:
            return people.by_handle(self.owner.strip().lstrip("@"))
        except Missing:
            raise Invalid("owner", f"Nobody here is called @{self.owner.strip().lstrip('@')[:60]}.") from None

    def review_at(self) -> datetime | None:
        """The review date as the start of that day in London; None when empty. Raises Invalid."""
        if not self.review.strip():
            return None
        try:
            day = date.fromisoformat(self.review.strip())
        except ValueError:
            raise Invalid("review", "Write the date as 2026-11-30, or choose it from the calendar.") from None
        if not 2000 <= day.year <= 2200:
            raise Invalid("review", "Choose a date within this lifetime.")
        return datetime.combine(day, time(), clock.LOCAL)


def details(document: Document | None = None) -> Details:
    """The details sent, or those that stand."""
    if document is not None:
        review = clock.local(document.review_at).date().isoformat() if document.review_at else ""
        return Details(document.marking, document.owner.handle, review)
    form = request.form
    return Details(form.get("marking", ""), form.get("owner", ""), form.get("review", ""))


def place(viewer: Viewer) -> Place:
    """Where the upload that is being sent goes. Raises Invalid, Missing, Refused."""
    form = request.form
    folder_id = form.get("folder", type=int)
    folder = queries.folder(viewer, folder_id) if folder_id and 0 < folder_id < 2**31 else None
    if folder is None and not form.get("space"):
        raise Invalid("space", "Choose the space that the files belong to.")
    space = folder.space if folder is not None else spaces.by_slug(viewer, form["space"][:60])
    access.require_post(viewer, space)
    return Place(space, folder, form.get("audience") or None, form.get("reason", ""))


@dataclass
class Received:
    """A file that was sent: stored, or why it was not. `kept` is the upload it was kept as while its sender was asked."""

    name: str
    stored: files.Stored | None = None
    kept: int = 0
    problem: str = ""
    status: int = 200


def received(viewer: Viewer, most: int | None = None) -> list[Received]:
    """The files that were sent, stored, and those that were kept while the viewer was asked about them. What is wrong with
    one never loses another. None where the viewer, when asked, has chosen none any more; Invalid where there was none.
    """
    found = [file for file in request.files.getlist("files") if file.filename]
    waited = keeping.uploads(viewer, request.form.getlist("attached", type=int))
    if not found and not waited and "asked" not in request.form:
        raise Invalid("files", "Choose a file first.")
    came = [_store(file) for file in found[:most]]
    for row in waited[:most]:
        name = files.clean_name(request.form.get(f"name_{row.id}", "").strip() or row.name)
        came.append(Received(name, files.Stored(row.sha256, row.size), row.id))
    return came


def _store(file: FileStorage) -> Received:
    name = files.clean_name(file.filename or "")
    try:
        return Received(name, files.store().put(file.stream, limit=limit()))
    except files.TooLarge as error:
        return Received(name, problem=f"{error.message} It was not stored.", status=413)
    except HubError as error:
        log.exception("an upload was not stored")
        return Received(name, problem=error.message, status=507)


def words(sent: list[Received], audience: str | None = None) -> composer.Words:
    """What is looked at before the files stand before their readers: their names, what is in them, and the words beside."""
    return composer.Words(
        audience=audience,
        reason=request.form.get("reason", ""),
        more=composer.typed(TYPED),
        uploads=[composer.Upload(f.name, f.stored, f.kept) for f in sent if f.stored is not None],
        problems=[("files", f"{f.name}: {f.problem}") for f in sent if f.problem],
    )


def taken(
    viewer: Viewer,
    take: Callable[[files.Stored, str], Outcome],
    audience: str,
    space: Space,
    *,
    asked_for: str | None = None,
    most: int | None = None,
) -> list[Outcome] | Response:
    """What became of the files that were sent, or the policy's question about them. `audience` is who will read them,
    `asked_for` the choice of the form. Raises Invalid when there is none.
    """
    sent = received(viewer, most)
    held = composer.nudge(viewer, words(sent, asked_for), audience, space) if sent else None
    return held or each(viewer, sent, take)


def in_words(outcomes: list[Outcome]) -> str:
    """What is said of files that were all taken."""
    if len(outcomes) == 1:
        return outcomes[0].said
    fresh = sum(not outcome.same for outcome in outcomes)
    there = len(outcomes) - fresh
    told = [f"{fresh} {'file is' if fresh == 1 else 'files are'} uploaded."] if fresh else []
    told += [f"{there} {'was' if there == 1 else 'were'} here already; nothing was changed."] if there else []
    return " ".join(told) or "Nothing was uploaded."


def each(viewer: Viewer, sent: list[Received], take: Callable[[files.Stored, str], Outcome]) -> list[Outcome]:
    """Takes each file by itself: what is wrong with one never loses another."""
    return [_one(viewer, file, take) for file in sent]


def _one(viewer: Viewer, file: Received, take: Callable[[files.Stored, str], Outcome]) -> Outcome:
    name = file.name
    if file.stored is None:
        return Outcome(name, problem=file.problem, status=file.status)
    try:
        outcome = take(file.stored, name)
        if file.kept:
            keeping.let_go(viewer, file.kept)
        return outcome
    except Invalid as error:
        return Outcome(name, problem=error.message, status=422)
    except Refused as error:
        return Outcome(name, problem=error.message, status=403)
    except Missing:
        return Outcome(
            name, problem="The place where it should go is gone. Open the space again.", status=404
        )
    except HubError as error:
        log.exception("an upload was not taken")
        return Outcome(name, problem=error.message, status=507)


def into(viewer: Viewer, where: Place) -> Callable[[files.Stored, str], Outcome]:
    """Takes a stored file as a new document in that place, or holds it where its name is taken."""

    def take(stored: files.Stored, name: str) -> Outcome:
        try:
            item = actions.upload(
                viewer,
                stored,
                name,
                where.space,
                folder=where.folder,
                quota=quota(),
                audience=where.audience,
                reason=where.reason,
            )
        except actions.NameTaken as taken:
            url = url_for("documents.document", document_id=taken.document.id)
            if taken.same:
                return Outcome(name, url, "This very file is here already; nothing was changed.", same=True)
            held = actions.hold(
                viewer,
                stored,
                name,
                taken.document,
                space=where.space,
                folder=where.folder,
                audience=where.audience,
                reason=where.reason,
            )
            return Outcome(name, url, WAITS, held=held.id)
        said = "Uploaded. The file is empty." if not stored.size else "Uploaded. The hub is checking it."
        return Outcome(item.title, url_for("documents.document", document_id=item.id), said)

    return take


def as_version(viewer: Viewer, item: Any) -> Callable[[files.Stored, str], Outcome]:
    """Takes a stored file as a new version of the document."""
    began_from = request.form.get("current", type=int) or item.document.current

    def take(stored: files.Stored, name: str) -> Outcome:
        row = actions.add_version(
            viewer, item, stored, name, note=request.form.get("note", ""), quota=quota()
        )
        said = f"This is version {row.number} now. The hub is checking it."
        if row.sha256 == stored.sha256 and row.number == began_from:
            said = "This very file is the current version already; nothing was changed."
        elif row.number > began_from + 1:
            said = f"Somebody added version {row.number - 1} meanwhile. "
            said += f"Yours is version {row.number}; both are kept."
        return Outcome(name, url_for("documents.document", document_id=item.id), said)

    return take


def wants_json() -> bool:
    """Whether the page's script sends one file by itself and shows the answer beside its name."""
    return request.accept_mimetypes.best == "application/json"


def as_json(outcomes: list[Outcome]) -> Response:
    """The answer to a file sent by itself."""
    first = outcomes[0]
    if first.problem:
        return make_response(jsonify(error=first.problem), first.status)
    return make_response(jsonify(state=first.said, url=first.url, held=first.held or None), 200)


def refused(error: HubError) -> Response:
    """The answer to a file whose form could not be taken at all."""
    status = 403 if isinstance(error, Refused) else 404 if isinstance(error, Missing) else 422
    return make_response(jsonify(error=error.message or "That place is gone. Open it again."), status)


def limit() -> int:
    """Bytes that one file may have."""
    return int(current_app.config["HUB"].upload_limit)


def quota() -> int:
    """Bytes that one space may hold."""
    return int(current_app.config["HUB"].quota)


def audiences(viewer: Viewer, space: Space) -> list[tuple[str, str]]:
    """Who an upload may be for, widest first, in words. No query, so without head-counts."""
    person = viewer.person
    if person is None:
        return []
    words = {
        "public": "Anybody, without signing in",
        "everyone": "All staff and partners",
        "staff": "All staff",
    }
    words |= {space.token: f"Members of {space.name}", f"{space.token}:editors": f"Editors of {space.name}"}
    return [
        (token, words.get(token, f"People of {person.organisation.name}"))
        for token in access.ladder(space, person)
    ]


def marking_choices() -> list[tuple[str, str]]:
    """Markings for a choice, each with its handling sentence."""
    return [(name, f"{name}: {sentence}" if name else "Not marked") for name, sentence in MARKINGS.items()]
