"""What follows an upload: the file's text is read and its pages are drawn, each in a child that can harm
nothing.

Both are jobs that may run twice. A file that kills its reader is given up after three tries, with a reason.
"""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from pathlib import Path

from hub import clock, db, events, files, jobs
from hub.content import pictures
from hub.content.models import Item
from hub.documents import actions as _declares_events  # noqa: F401 - document:read is declared there
from hub.documents import extract, wording
from hub.documents.extract import Extracted, isolation, preview, words
from hub.documents.models import Document, DocumentVersion, HeldFile, PagePicture, Passage
from hub.errors import HubError

log = logging.getLogger(__name__)
TRIES = 3
PICTURES_MAX, PICTURES_AT_ONCE = 20, 4
PICTURE_WIDTH, PICTURE_BYTES = 1100, 32 * 1024 * 1024
BEGINNING, ROWS_AT_ONCE = 2500, 200
HELD_FOR = timedelta(days=7)
NO_TRIES_LEFT = "The file could not be read after three tries; only its name is searched."
GONE = "The file is missing from the hub's storage, or damaged there, so its text could not be read."
NOTHING_WRONG = {
    words.EMPTY,
    words.NO_TEXT,
    words.SCAN,
    words.PICTURE,
    words.SOUND,
    words.PROGRAM,
    words.UNKNOWN,
    words.ARCHIVE,
    words.ARCHIVE_KIND,
}
"""Reasons for having no text that are no fault of the file."""


@jobs.job("documents.read", lease=timedelta(minutes=2))
def read(job: jobs.Job) -> None:
    """Reads a version's text and keeps it as passages; says that the document was read, so that search looks
    again.
    """
    row = DocumentVersion.get_or_none(DocumentVersion.id == job.payload["version"])
    if row is None or row.state != "checking":
        return
    if job.attempts > TRIES:  # a worker died over this file, thrice
        keep(row, _nothing(row, NO_TRIES_LEFT))
        return
    try:
        keep(row, extract.read(on_disk(row.sha256), row.filename))
    except HubError:
        log.exception("version %s of document %s has no sound file", row.number, row.document_id)
        keep(row, _nothing(row, GONE))
    except OSError:
        if job.attempts < TRIES:
            raise
        log.exception("version %s of document %s could not be read", row.number, row.document_id)
        keep(row, _nothing(row, NO_TRIES_LEFT))


def keep(row: DocumentVersion, found: Extracted) -> None:
    """Writes what reading found and records it, in one transaction. Twice is once."""
    reason = storable(found.reason or "")[:300]
    state = "ready" if found.passages or not reason or reason in NOTHING_WRONG else "unreadable"
    texts = [
        {
            "version": row.id,
            "number": number,
            "place": storable(passage.place)[:120],
            "text": storable(passage.text),
        }
        for number, passage in enumerate(found.passages, 1)
    ]
    with db.write():
        Passage.delete().where(Passage.version == row.id).execute()
        for start in range(0, len(texts), ROWS_AT_ONCE):
            Passage.insert_many(texts[start : start + ROWS_AT_ONCE]).execute()
        DocumentVersion.update(
            state=state,
            reason=reason,
            notes=[storable(note)[:300] for note in found.notes[:40]],
            pages=found.pages,
            media_type=storable(found.media_type)[:120],
            label=storable(found.label)[:80],
            beginning=_beginning(found),
        ).where(DocumentVersion.id == row.id).execute()
        document = Document.get_by_id(row.document_id)
        if document.current == row.number:
            wording.set_card(document, DocumentVersion.get_by_id(row.id))
            item = Item.get_by_id(row.document_id)
            events.record("document:read", None, item, number=row.number, state=state, reason=reason)


@jobs.job("documents.preview", lease=timedelta(minutes=2))
def draw(job: jobs.Job) -> None:
    """Draws the next few pages of a version, one child for each, and queues up again for the others.

    So the text of many files does not wait for the pictures of one. What cannot be drawn has no picture: no
    failure.
    """
    row = DocumentVersion.get_or_none(DocumentVersion.id == job.payload["version"])
    if row is None or job.attempts > TRIES:
        return
    try:
        path = on_disk(row.sha256)
    except HubError:
        return
    done = {
        n for (n,) in PagePicture.select(PagePicture.number).where(PagePicture.version == row.id).tuples()
    }
    most = PICTURES_MAX if row.media_type == "application/pdf" else 1
    left = [number for number in range(1, most + 1) if number not in done]
    for number in left[:PICTURES_AT_ONCE]:
        drawn = preview.page_png(path, row.filename, number, PICTURE_WIDTH)
        if drawn is None:
            return
        stored = files.store().put(io.BytesIO(drawn), limit=PICTURE_BYTES)
        small = (
            files.store().put(io.BytesIO(pictures.small(drawn)), limit=PICTURE_BYTES) if number == 1 else None
        )
        with db.write():
            _keep_picture(row, number, stored.sha256)
            if small is not None:
                _keep_picture(row, wording.ON_CARD, small.sha256)
                _refresh_card(row)
    if len(left) > PICTURES_AT_ONCE:
        with db.write():
            again = f"document-preview:{row.id}:{left[PICTURES_AT_ONCE]}"
            jobs.enqueue("documents.preview", {"version": row.id}, key=again)


def _refresh_card(row: DocumentVersion) -> None:
    document = Document.get_or_none((Document.item == row.document_id) & (Document.current == row.number))
    if document is not None:
        wording.set_card(document, DocumentVersion.get_by_id(row.id))


def _keep_picture(row: DocumentVersion, number: int, sha256: str) -> None:
    PagePicture.insert(version=row.id, number=number, sha256=sha256).on_conflict_ignore().execute()
    DocumentVersion.update(pictures=number).where(
        DocumentVersion.id == row.id, DocumentVersion.pictures < number
    ).execute()


@jobs.job("documents.forget_held", every=timedelta(days=1))
def forget_held(_job: jobs.Job) -> None:
    """Forgets files that waited a week for their uploader to say what they are; the store's sweep takes them
    after that. Clears away what readers of killed workers left behind, too.
    """
    isolation.clear_left_behind()
    with db.write():
        HeldFile.delete().where(HeldFile.created_at < clock.now() - HELD_FOR).execute()


def on_disk(sha256: str) -> Path:
    """Where the file lies, once its bytes are known to be right.

    Raises Missing, Damaged; OSError when it cannot be opened.
    """
    files.store().open(sha256).close()
    return files.store().path(sha256)


def _nothing(row: DocumentVersion, reason: str) -> Extracted:
    return Extracted(row.media_type, row.label, reason=reason, notes=list(row.notes))


def storable(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL cannot store."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _beginning(found: Extracted) -> str:
    text = ""
    for passage in found.passages:
        text += ("\n" if text else "") + passage.text
        if len(text) > BEGINNING:
            return storable(text[:BEGINNING].rstrip()) + "…"
    return storable(text)
