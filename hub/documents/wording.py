"""How a file is told to people: its kind and size, its state as a badge, its icon; in tables, pages and on
cards.
"""

from __future__ import annotations

from typing import Any

from hub import clock, files
from hub.content import actions
from hub.documents.models import Document, DocumentVersion, PagePicture

ICONS = {
    "sheet": "spreadsheet",
    "slides": "presentation",
    "picture": "picture",
    "drawing": "picture",
    "archive": "archive",
    "mail": "mail",
    "pdf": "document",
    "word": "document",
    "text": "document",
    "web": "document",
    "book": "document",
}


def icon_of(family: str) -> str:
    """The icon's name for a family of files."""
    return ICONS.get(family, "file")


def state(document: Document, row: DocumentVersion) -> tuple[str, str]:
    """(words, kind of badge) of a document with its current version."""
    if row.state == "checking":
        return "Checking", "warn"
    if row.state == "unreadable":
        return "No text", "warn"
    if document.review_at is not None and document.review_at <= clock.now():
        return "Review due", "warn"
    return "Current", "ok"


ON_CARD = 0
"""The number of the small picture of a version's first page; the pages themselves begin at 1."""


def set_card(document: Document, row: DocumentVersion) -> None:
    """Puts what listings show of the document on its item's card; called inside the write that changed it."""
    words, kind = state(document, row)
    known: dict[str, Any] = {
        "kind_icon": icon_of(row.family),
        "kind_label": f"{row.label}, {files.human_size(row.size)}",
        # Whether a review is due depends on the day, so a card cannot know it.
        "state": {"text": words, "kind": kind} if row.state != "ready" else None,
    }
    drawn = PagePicture.select(PagePicture.id).where(
        PagePicture.version == row.id, PagePicture.number == ON_CARD
    )
    known["thumb"] = row.number if drawn.exists() else None
    actions.set_card(document.item_id, **known)
