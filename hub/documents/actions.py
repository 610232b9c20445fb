"""Changes to documents: uploaded, given a new version, described, moved. Bytes are in the file store before
any row.

What is said about a document (title, words, tags, audience, withdrawing) is content's; here is what it has
beside that.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hub import access, clock, db, events, files, jobs
from hub.access import Viewer
from hub.content import actions, keeping
from hub.content.models import Item
from hub.content.words import JOINERS, clean_note
from hub.documents import folders, queries, wording
from hub.documents.extract import preview, sniff
from hub.documents.extract.result import Sniffed
from hub.documents.models import MARKINGS, Document, DocumentVersion, Folder, HeldFile
from hub.errors import HubError, Invalid, Missing, Refused
from hub.files import Stored
from hub.people.models import Person
from hub.spaces.models import Space

COPIES_MAX = 200
UNKNOWN = Sniffed("application/octet-stream", "File of an unknown kind", "other")

for _name, _sentence in {
    "document:uploaded": "{actor} uploaded {item}",
    "document:version_added": "{actor} added a version of {item}",
    "document:described": "{actor} changed the details of {item}",
    "document:moved": "{actor} moved {item} to another folder",
    "document:read": "The hub made the text of {item} searchable",
}.items():
    events.declare(
        _name,
        ("number", "name", "size", "note", "restored", "before", "after", "folder", "state", "reason"),
        _sentence,
    )


class NameTaken(HubError):
    """A file of that name stands there already.

    `document` is its item; `same` says that it is the very same file.
    """

    def __init__(self, document: Item, *, same: bool) -> None:
        super().__init__("A file of this name is here already.")
        self.document, self.same = document, same


def upload(
    viewer: Viewer,
    stored: Stored,
    filename: str,
    space: Space,
    *,
    folder: Folder | None = None,
    quota: int | None = None,
    title: str = "",
    body: str = "",
    tags: Iterable[str] = (),
    audience: str | None = None,
    reason: str = "",
    note: str = "",
    marking: str = "",
    owner: Person | None = None,
    review_at: datetime | None = None,
    keep_both: bool = False,
) -> Item:
    """A new document from a file that the store holds; its text and pictures follow by jobs.

    `title` "" takes the file's name, `audience` None the space's default, `quota` bytes that the space may
    hold (None: no limit), `owner` None the viewer. Raises NameTaken where a document that the viewer may read
    has the name (with `keep_both` the new one is numbered instead), Invalid, and Refused and Missing as
    `access.require_post` does.
    """
    access.require_post(viewer, space)
    person = access.require_person(viewer)
    if folder is not None and folder.space_id != space.id:
        raise Missing()
    name = files.clean_name(filename)
    kind = _kind(stored.sha256, name)
    with db.write():
        folders.lock(space)
        taken = queries.named(viewer, space, folder, key_of(name))
        if taken is not None and not keep_both:
            raise NameTaken(taken, same=taken.document.version.sha256 == stored.sha256)
        if taken is not None:
            name = _free_name(viewer, space, folder, name)
        _check_room(space, stored.size, quota)
        item = actions.create(
            viewer,
            "document",
            space,
            title=title.strip() or (name if name.strip(JOINERS) else "File"),
            body=body,
            tags=tags,
            audience=audience,
            reason=reason,
            state="draft",
        )
        document = Document.create(
            item=item,
            folder=folder,
            key=key_of(name),
            family=kind.family,
            marking=_checked_marking(marking),
            owner=owner or person,
            review_at=review_at,
        )
        _add(document, 1, stored, name, kind, note, person)
        actions.publish(viewer, item)
        keeping.follow_if_new(person.id, f"item:{item.id}")
        events.record("document:uploaded", person, item, number=1, name=name, size=stored.size)
    return item


def add_version(
    viewer: Viewer, item: Item, stored: Stored, filename: str, *, note: str = "", quota: int | None = None
) -> DocumentVersion:
    """Makes the stored file the document's current version; the ones before are kept.

    The version that stands is returned where the very same file is the current one already. Raises Invalid,
    Refused, Missing.
    """
    access.require_edit(viewer, item)
    person = access.require_person(viewer)
    name = files.clean_name(filename)
    kind = _kind(stored.sha256, name)
    with db.write():
        folders.lock(item.space)
        actions.renew(viewer, item)
        document = Document.get_by_id(item.id)
        before = DocumentVersion.get(
            (DocumentVersion.document == item.id) & (DocumentVersion.number == document.current)
        )
        if before.sha256 == stored.sha256 and before.filename == name:
            return before
        _check_room(item.space, stored.size, quota)
        return _become_current(viewer, item, document, stored, name, kind, note, person)


def restore_version(viewer: Viewer, item: Item, number: int, *, quota: int | None = None) -> DocumentVersion:
    """Makes an old version's file the current one, as a new version. Raises Missing, Refused, Invalid."""
    access.require_edit(viewer, item)
    old = queries.version(viewer, item, number)
    if not files.store().exists(old.sha256):
        raise Invalid(
            "number", "The file of that version is missing from storage. A backup may still have it."
        )
    person = access.require_person(viewer)
    kind = Sniffed(old.media_type, old.label, old.family)
    stored = Stored(old.sha256, old.size)
    with db.write():
        folders.lock(item.space)
        actions.renew(viewer, item)
        document = Document.get_by_id(item.id)
        if document.current == number:
            raise Invalid("number", f"Version {number} is the current one.")
        _check_room(item.space, old.size, quota)
        note = f"Version {number} brought back"
        return _become_current(
            viewer, item, document, stored, old.filename, kind, note, person, restored=number
        )


def hold(
    viewer: Viewer,
    stored: Stored,
    filename: str,
    taken: Item,
    *,
    space: Space,
    folder: Folder | None = None,
    audience: str | None = None,
    reason: str = "",
) -> HeldFile:
    """Keeps a file whose name is taken until its uploader says what it is: it need not be sent again."""
    person = access.require_person(viewer)
    with db.write():
        return HeldFile.create(
            person=person,
            space=space,
            folder=folder,
            document=taken.id,
            sha256=stored.sha256,
            filename=files.clean_name(filename),
            size=stored.size,
            audience=audience,
            reason=clean_note(reason),
            created_at=clock.now(),
        )


def place_held(viewer: Viewer, held: HeldFile, choice: str, *, quota: int | None = None) -> Item | None:
    """Does with a held file what its uploader chose:

    "version", "both" or "discard". Its document; None when discarded.
    """
    if held.person_id != viewer.id:
        raise Missing()
    if choice not in ("version", "both", "discard"):
        raise Invalid("choice", "Choose what to do with the file.")
    stored = Stored(held.sha256, held.size)
    item: Item | None = None
    with db.write():
        if choice == "version":
            item = queries.open_document(viewer, held.document_id)
            add_version(viewer, item, stored, held.filename, quota=quota)
        elif choice == "both":
            item = upload(
                viewer,
                stored,
                held.filename,
                held.space,
                folder=held.folder,
                quota=quota,
                audience=held.audience,
                reason=held.reason,
                keep_both=True,
            )
        HeldFile.delete().where(HeldFile.id == held.id).execute()
    return item


def describe(
    viewer: Viewer,
    item: Item,
    *,
    version: int,
    title: str,
    body: str,
    tags: Iterable[str],
    marking: str,
    owner: Person,
    review_at: datetime | None,
    note: str = "",
) -> Item:
    """Changes what is said about a document.

    Raises Conflict as `content.actions.edit` does, Invalid, Refused, Missing.
    """
    marking = _checked_marking(marking)
    if not owner.is_active:
        raise Invalid(
            "owner", f"{owner.name} no longer has an account. Choose somebody who can look after it."
        )
    if not access.may_read(access.viewer_for(owner), item):
        raise Invalid("owner", f"{owner.name} cannot see this document. Choose somebody who can.")
    with db.write():
        fresh = actions.edit(viewer, item, version=version, title=title, body=body, tags=tags, note=note)
        row = Document.get_by_id(item.id)
        after = {
            "marking": marking,
            "owner": owner.id,
            "review_at": review_at.isoformat() if review_at else None,
        }
        before = {
            "marking": row.marking,
            "owner": row.owner_id,
            "review_at": row.review_at.isoformat() if row.review_at else None,
        }
        if before != after:
            row.marking, row.owner, row.review_at = marking, owner, review_at
            row.save(only=[Document.marking, Document.owner, Document.review_at])
            events.record(
                "document:described", viewer.person, fresh, person=owner, before=before, after=after
            )
    return fresh


def move(viewer: Viewer, item: Item, space: Space, folder: Folder | None) -> None:
    """Moves a document to a folder (None: the top) of a space that the viewer may post in; audience as
    `content.actions.move`.
    """
    access.require_edit(viewer, item)
    access.require_post(viewer, space)
    if folder is not None and folder.space_id != space.id:
        raise Missing()
    with db.write():
        folders.lock(space)
        row = Document.get_by_id(item.id)
        before = row.folder_id
        if (item.space_id, before) == (space.id, folder.id if folder else None):
            return
        if item.space_id != space.id:
            actions.move(viewer, item, space)
        row.folder = folder
        row.save(only=[Document.folder])
        events.record(
            "document:moved", viewer.person, item, before=before, folder=folder.id if folder else None
        )


def key_of(name: str) -> str:
    """A file name as it is compared: letters folded, one form of each character."""
    return unicodedata.normalize("NFC", name.casefold())[:200]


def _become_current(
    viewer: Viewer,
    item: Item,
    document: Document,
    stored: Stored,
    name: str,
    kind: Sniffed,
    note: str,
    person: Person,
    restored: int | None = None,
) -> DocumentVersion:
    row = _add(document, document.current + 1, stored, name, kind, note, person)
    document.current, document.key, document.family = row.number, key_of(name), kind.family
    document.save(only=[Document.current, Document.key, Document.family])
    more: dict[str, Any] = {"restored": restored} if restored else {}
    events.record(
        "document:version_added",
        viewer.person,
        item,
        number=row.number,
        name=name,
        size=stored.size,
        note=row.note,
        **more,
    )
    return row


def _add(
    document: Document, number: int, stored: Stored, name: str, kind: Sniffed, note: str, person: Person
) -> DocumentVersion:
    row = DocumentVersion.create(
        document=document,
        number=number,
        sha256=stored.sha256,
        filename=name,
        media_type=kind.media_type,
        label=kind.label,
        family=kind.family,
        size=stored.size,
        note=clean_note(note),
        author=person,
        created_at=clock.now(),
    )
    wording.set_card(document, row)
    jobs.enqueue("documents.read", {"version": row.id}, key=f"document-read:{row.id}")
    if preview.has_preview(kind.media_type):
        jobs.enqueue("documents.preview", {"version": row.id}, key=f"document-preview:{row.id}")
    return row


def _kind(sha256: str, name: str) -> Sniffed:
    try:
        return sniff(files.store().path(sha256), name)
    except OSError:
        return UNKNOWN


def _check_room(space: Space, size: int, quota: int | None) -> None:
    if quota is None:
        return
    used = queries.bytes_held(space.id)
    if used + size > quota:
        left = files.human_size(max(0, quota - used))
        raise Invalid(
            "file",
            f"{space.name} may hold {files.human_size(quota)} and has {left} left; this file has "
            f"{files.human_size(size)}. Ask an editor to make room, or an administrator for more.",
        )


def _checked_marking(marking: str) -> str:
    if marking not in MARKINGS:
        raise Invalid("marking", "There is no such marking.")
    return marking


def _free_name(viewer: Viewer, space: Space, folder: Folder | None, name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    for number in range(2, COPIES_MAX):
        numbered = files.clean_name(f"{stem[:150]} ({number}){dot}{ending}")
        if queries.named(viewer, space, folder, key_of(numbered)) is None:
            return numbered
    raise Refused("There are too many files of this name here. Give it another name before you upload it.")
