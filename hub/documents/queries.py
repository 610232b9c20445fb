"""Reads of documents and folders, always for a viewer.

A list costs the same few queries however many rows it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from hub import access, clock
from hub.access import Viewer
from hub.content import queries as content
from hub.content import versions as kept_versions
from hub.content.models import Item
from hub.documents.models import (
    Document,
    DocumentVersion,
    Folder,
    HeldFile,
    PagePicture,
    Passage,
)
from hub.errors import Missing
from hub.people.models import Person
from hub.spaces.models import Space

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "pdf": ("PDF", ("pdf",)),
    "text": ("Text documents", ("word", "text", "web", "book", "mail")),
    "sheet": ("Spreadsheets", ("sheet",)),
    "slides": ("Presentations", ("slides",)),
    "picture": ("Pictures and drawings", ("picture", "drawing")),
    "media": ("Sound and film", ("sound", "film")),
    "other": ("Everything else", ("archive", "program", "other")),
}
"""Kinds of file to filter by: what they are called, and the families of `extract.kinds` that they take in."""
TEXT_MAX = 1_000_000
"""Characters of one document that search and policy are given."""
PASSAGES_A_PAGE = 40
Owner = Person.alias("owner")


@dataclass(frozen=True)
class Shelf:
    """A space, or a folder of it, with the folders above it (outermost first) and in it."""

    space: Space
    folder: Folder | None
    above: list[Folder]
    folders: list[Folder]
    holding: bool


def _with_file(query: Any) -> Any:
    """Adds to an item query the document, its current version and its owner:

    `item.document.version`, `.owner`.
    """
    current = (DocumentVersion.document == Document.item) & (DocumentVersion.number == Document.current)
    return (
        query.select_extend(Document, Owner.id, Owner.name, Owner.handle, DocumentVersion)
        .join_from(Item, Document, attr="document")
        .join_from(Document, Owner, on=Document.owner)
        .join_from(Document, DocumentVersion, on=current, attr="version")
    )


def documents(
    viewer: Viewer,
    *,
    space_id: int | None = None,
    folder: Folder | None = None,
    top_only: bool = False,
    family: str = "",
    name: str = "",
) -> Any:
    """Documents that the viewer may read, newest change first, with `.document.version`; page it with
    web.paging.

    `folder` narrows to one folder, `top_only` to those in none, `family` to a kind of `FAMILIES`, `name` to
    titles and file names that hold it.
    """
    query = _with_file(content.listing(viewer, kind="document", space=space_id))
    if folder is not None:
        query = query.where(Document.folder == folder.id)
    elif top_only:
        query = query.where(Document.folder.is_null())
    if family in FAMILIES:
        query = query.where(Document.family.in_(FAMILIES[family][1]))
    for word in name.split()[:8]:
        query = query.where(Item.title.contains(word) | DocumentVersion.filename.contains(word))
    return query


def named(viewer: Viewer, space: Space, folder: Folder | None, key: str) -> Item | None:
    """The document of that file name (folded) in that place, if the viewer may read it. Two queries."""
    place = Document.folder == folder.id if folder is not None else Document.folder.is_null()
    ids = [row[0] for row in Document.select(Document.item).where(Document.key == key, place).tuples()]
    if not ids:
        return None
    listed = _with_file(content.listing(viewer, kind="document", space=space.id))
    return listed.where(Item.id.in_(ids)).first()


def open_document(viewer: Viewer, document_id: int) -> Item:
    """The document with its file, folder and what the viewer keeps about it (`content.queries.mine_of`). One
    query.

    Raises Missing when there is none that the viewer may open.
    """
    query = (
        _with_file(content.select(Item))
        .select_extend(Folder)
        .join_from(Document, Folder, peewee.JOIN.LEFT_OUTER, on=Document.folder, attr="in_folder")
    )
    item = content.with_mine(query, viewer, document_id, f"comment:{document_id}").first()
    access.require_open(viewer, item)
    return item


def folder_of(item: Item) -> Folder | None:
    """The folder that `open_document` found beside the item; None at the top of its space. No query."""
    found: Folder | None = vars(item.document).get("in_folder")
    return found if found is not None and found.id else None


def versions(viewer: Viewer, item: Item, limit: int = 100) -> list[DocumentVersion]:
    """The document's versions with their authors, newest first: those that stood when the viewer could read it."""
    access.require_open(viewer, item)
    return list(
        DocumentVersion.select(DocumentVersion, Person.id, Person.name, Person.handle)
        .join(Person)
        .where(DocumentVersion.document == item.id, _readable(viewer, item))
        .order_by(DocumentVersion.number.desc())
        .limit(limit)
    )


def version(viewer: Viewer, item: Item, number: int) -> DocumentVersion:
    """One version of a document that the viewer may open, if it stood when they could read it. Raises Missing."""
    access.require_open(viewer, item)
    row = DocumentVersion.get_or_none(
        (DocumentVersion.document == item.id) & (DocumentVersion.number == number) & _readable(viewer, item)
    )
    if row is None:
        raise Missing()
    return row


def _readable(viewer: Viewer, item: Item) -> Any:
    return kept_versions.readable(viewer, item, DocumentVersion, DocumentVersion.document)


def picture(viewer: Viewer, document_id: int, number: int) -> str:
    """The SHA-256 of a page picture of the current version. Raises Missing."""
    content.open_item(viewer, document_id, "document")
    current = (DocumentVersion.document == Document.item) & (DocumentVersion.number == Document.current)
    row = (
        PagePicture.select(PagePicture.sha256)
        .join(DocumentVersion)
        .join(Document, on=current)
        .where(Document.item == document_id, PagePicture.number == number)
        .first()
    )
    if row is None:
        raise Missing("There is no picture of that page.")
    return row.sha256


def passages(viewer: Viewer, item: Item, after: int = 0) -> tuple[list[Passage], int]:
    """A page of the current version's text, and the number to ask for next (0 at the end)."""
    access.require_open(viewer, item)
    rows = list(
        Passage.select()
        .where(Passage.version == item.document.version.id, Passage.number > after)
        .order_by(Passage.number)
        .limit(PASSAGES_A_PAGE + 1)
    )
    return rows[:PASSAGES_A_PAGE], rows[PASSAGES_A_PAGE - 1].number if len(rows) > PASSAGES_A_PAGE else 0


def passage_at(viewer: Viewer, item: Item, place: str) -> int:
    """The number of the passage of the current version that stands at a place such as "page 4"; 0 for none."""
    access.require_open(viewer, item)
    query = Passage.select(Passage.number).where(
        Passage.version == item.document.version.id, Passage.place == place
    )
    return query.order_by(Passage.number).scalar() or 0


def files_of(item: Item) -> list[tuple[str, str]]:
    """(sha256, file name) of the current version: what the policy inspects as an upload."""
    query = DocumentVersion.select(DocumentVersion.sha256, DocumentVersion.filename).join(
        Document,
        on=(DocumentVersion.document == Document.item) & (DocumentVersion.number == Document.current),
    )
    return list(query.where(Document.item == item.id).tuples())


def beside(item: Item) -> list[tuple[str, str]]:
    """What was written about the current version, with its place."""
    query = DocumentVersion.select(DocumentVersion.note).join(
        Document,
        on=(DocumentVersion.document == Document.item) & (DocumentVersion.number == Document.current),
    )
    return [("note of the version", note) for (note,) in query.where(Document.item == item.id).tuples()]


def text_of(item: Item) -> list[tuple[str, str]]:
    """(place, text) of the current version, a million characters at most: what search and policy read of a
    document.
    """
    query = (
        Passage.select(Passage.place, Passage.text)
        .join(DocumentVersion)
        .join(
            Document,
            on=(DocumentVersion.document == Document.item) & (DocumentVersion.number == Document.current),
        )
        .where(Document.item == item.id)
        .order_by(Passage.number)
        .tuples()
    )
    found, left = [], TEXT_MAX
    for place, text in query.iterator():
        found.append((place, text[:left]))
        left -= len(text)
        if left <= 0:
            break
    return found


def shelf_of_space(viewer: Viewer, space: Space) -> Shelf:
    """The top of a space: its folders and whether files of the viewer's wait there.

    One query. The caller has checked entry.
    """
    rows = list(_folders(viewer, space.id, None).where(Folder.space == space.id, Folder.parent.is_null()))
    holding = bool(rows and rows[0].holding) or (not rows and bool(held(viewer, space, None)))
    return Shelf(space, None, [], rows, holding)


def shelf_of_folder(viewer: Viewer, folder_id: int) -> Shelf:
    """A folder with those above and in it.

    One query. Raises Missing where the viewer may not know of its space.
    """
    me = Folder.alias()
    rows = list(
        _folders(viewer, None, folder_id)
        .join_from(Folder, me, on=(me.id == folder_id) & (me.space == Folder.space))
        .where(
            (Folder.parent == me.id)
            | (peewee.fn.SUBSTR(me.path, 1, peewee.fn.LENGTH(Folder.path)) == Folder.path)
        )
    )
    folder = next((row for row in rows if row.id == folder_id), None)
    if folder is None:
        raise Missing()
    access.require_enter(viewer, folder.space)
    above = sorted((r for r in rows if r.id != folder.id and folder.path.startswith(r.path)), key=_depth)
    inside = [row for row in rows if row.parent_id == folder.id]
    return Shelf(folder.space, folder, above, inside, bool(folder.holding))


def _depth(folder: Folder) -> int:
    return folder.path.count("/")


def _folders(viewer: Viewer, space_id: int | None, folder_id: int | None) -> Any:
    place = (
        HeldFile.folder == folder_id
        if folder_id
        else HeldFile.folder.is_null() & (HeldFile.space == space_id)
    )
    waiting = HeldFile.select(peewee.fn.COUNT(HeldFile.id)).where(HeldFile.person == (viewer.id or 0), place)
    return Folder.select(Folder, Space, waiting.alias("holding")).join(Space).order_by(Folder.name)


def folder(viewer: Viewer, folder_id: int) -> Folder:
    """A folder of a space that the viewer may enter, with its space. Raises Missing, Refused."""
    row = Folder.select(Folder, Space).join(Space).where(Folder.id == folder_id).first()
    if row is None:
        raise Missing()
    access.require_enter(viewer, row.space)
    return row


def tree(viewer: Viewer, space: Space, limit: int = 1000) -> list[tuple[Folder, str]]:
    """The folders of a space, each with its way down in words ("Plans › 2026"), in reading order.

    One query.
    """
    access.require_enter(viewer, space)
    rows = list(Folder.select().where(Folder.space == space.id).limit(limit))
    names = {row.id: row.name for row in rows}
    ways = [
        (row, [names.get(int(part), "…") for part in row.path.strip("/").split("/") if part]) for row in rows
    ]
    ways.sort(key=lambda pair: [name.casefold() for name in pair[1]])
    return [(row, " › ".join(way)) for row, way in ways]


def held(viewer: Viewer, space: Space | None = None, folder: Folder | None = None) -> list[HeldFile]:
    """Files of the viewer's that wait for a word about them, with the document whose name they have.

    In one place, or everywhere when no space is given.
    """
    if viewer.person is None:
        return []
    query = (
        HeldFile.select(HeldFile, Document, Item, Space)
        .join(Document)
        .join(Item)
        .join(Space)
        .where(HeldFile.person == viewer.id, access.readable_by(viewer, Item.audience))
    )
    if space is not None:
        place = HeldFile.folder == folder.id if folder is not None else HeldFile.folder.is_null()
        query = query.where(HeldFile.space == space.id, place)
    return list(query.order_by(HeldFile.id).limit(50))


def held_file(viewer: Viewer, held_id: int) -> HeldFile:
    """A waiting file of the viewer's own. Raises Missing."""
    row = HeldFile.get_or_none((HeldFile.id == held_id) & (HeldFile.person == (viewer.id or 0)))
    if row is None:
        raise Missing("That file no longer waits: somebody has said what to do with it.")
    return row


def bytes_held(space_id: int) -> int:
    """Bytes of all versions of all documents of a space, whatever their state: what its quota counts."""
    total = (
        DocumentVersion.select(peewee.fn.SUM(DocumentVersion.size))
        .join(Item, on=(DocumentVersion.document == Item.id))
        .where(Item.space == space_id, Item.kind == "document")
    )
    return int(total.scalar() or 0)


def states(viewer: Viewer, ids: list[int]) -> dict[int, Document]:
    """Those of the documents that the viewer may read, each with its `.version`, by id. One query."""
    rows = _with_file(content.listing(viewer, kind="document")).where(Item.id.in_(ids)).limit(len(ids))
    return {item.id: item.document for item in rows} if ids else {}


REVIEW_SOON = timedelta(days=14)


def due_count(viewer: Viewer) -> Any:
    """Query of how many documents that the viewer owns want a review, whether the viewer may still read them or not."""
    due = Document.review_at <= clock.now() + REVIEW_SOON
    return Document.select(peewee.fn.COUNT(Document.item)).where(Document.owner == viewer.id, due)


def due_for_review(viewer: Viewer, limit: int = 20) -> list[Item]:
    """Documents that the viewer owns whose review date has come or is near, the oldest date first."""
    if viewer.person is None:
        return []
    query = _with_file(content.listing(viewer, kind="document"))
    due = Document.review_at <= clock.now() + REVIEW_SOON
    return list(query.where(Document.owner == viewer.id, due).order_by(Document.review_at).limit(limit))


def hashes() -> Iterator[str]:
    """SHA-256 of every file that documents, their previews and uploads in waiting point to."""
    for model in (DocumentVersion, PagePicture, HeldFile):
        for (sha256,) in model.select(model.sha256).distinct().tuples().iterator():
            yield sha256
