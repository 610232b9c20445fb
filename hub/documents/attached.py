"""The text of files attached to posts, topics and answers, read by the worker in the same child as a document's file.

Search finds the item by it, and the policy looks at it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

from hub import db, events, jobs
from hub.content.models import Attachment
from hub.documents import extract
from hub.documents.reactions import TRIES, on_disk, storable
from hub.errors import HubError
from hub.events import Event

log = logging.getLogger(__name__)
LOOKS_AT = ("item:attached",)
MOST_TEXT = 1_000_000
"""Characters that are kept of one file: as many as search takes of one item's files together."""
events.declare("file:read", (), "The hub made the text of a file of {item} searchable")


def ask(batch: list[Event]) -> None:
    """Queues the files of these items that have no text yet. Runs in the transaction of the subscriber's place."""
    items = [event.item_id for event in batch if event.item_id]
    unread = Attachment.select(Attachment.id).where(Attachment.item.in_(items or [0]), Attachment.text == "")
    for (number,) in unread.tuples():
        jobs.enqueue("documents.read_attached", {"attachment": number}, key=f"attached-read:{number}")


@jobs.job("documents.read_attached", lease=timedelta(minutes=2))
def read(job: jobs.Job) -> None:
    """Reads one attached file and keeps its text; a file without text, or that kills its reader thrice, keeps none."""
    row = Attachment.get_or_none(Attachment.id == job.payload["attachment"])
    if row is None or row.item_id is None or row.text or job.attempts > TRIES:
        return
    try:
        found = extract.read(on_disk(row.sha256), row.name)
    except HubError:
        log.exception("attachment %s has no sound file", row.id)
        return
    text = "\n".join(_within(MOST_TEXT, (storable(passage.text) for passage in found.passages)))
    if not text.strip():
        return
    with db.write():
        changed = Attachment.update(text=text).where(Attachment.id == row.id, Attachment.item == row.item_id)
        if changed.execute():
            events.record("file:read", None, row.item_id)


def _within(most: int, texts: Iterator[str]) -> Iterator[str]:
    for text in texts:
        if most <= 0:
            return
        yield text[:most]
        most -= len(text)
