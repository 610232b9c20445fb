"""Keeps the index equal to the database: from events, in batches, and by rebuilding it when it is broken.

Removal and narrowing never wait for this: every hit is checked again in SQL before it is shown.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub import db, events, jobs
from hub.content.models import Item
from hub.events import Event
from hub.search import feeding, log, postgresql, tuning
from hub.search.engine import Document, Index, IndexBroken

_logger = logging.getLogger(__name__)
_index: Any = None
_on_postgresql = False
_folder: Path | None = None
_trouble = ""
_opening = threading.Lock()

events.declare("index:rebuilt", ("documents", "why"), "The search index was rebuilt")
events.declare("index:broken", ("why",), "The search index was broken and is being rebuilt")


def init(folder: Path, on_postgresql: bool = False) -> None:
    """Says where the index is: a folder, or a table of the hub's PostgreSQL. Opened when it is first
    needed.
    """
    global _index, _folder, _on_postgresql, _trouble
    _index, _folder, _on_postgresql, _trouble = None, folder, on_postgresql, ""


def index() -> Any:
    """The process's one index: `engine.Index` or `postgresql.Index`. Raises IndexBroken when it cannot be
    opened.
    """
    global _index
    opened = _index
    if opened is None:
        with _opening:  # so that two first requests do not both read it
            if _index is None:
                if _folder is None:
                    raise RuntimeError("search.reactions.init has not been called")
                _index = postgresql.Index.open() if _on_postgresql else Index.open(_folder)
            opened = _index
    in_use = tuning.current()
    opened.weights, opened.synonyms = in_use.weights, in_use.synonyms
    return opened


def warm() -> None:
    """Reads what the first search would have to wait for; what is broken waits for that search to say so."""
    try:
        index().warm()
    except IndexBroken as error:
        _logger.warning("the search index could not be read ahead: %s", error)


def trouble() -> str:
    """A sentence for people while the index is being rebuilt, else empty."""
    return _trouble


def state() -> tuple[str, str]:
    """How the index is: "ok", "warn" or "bad", and a sentence. Without numbers: everybody who is signed in reads it, and how
    much there is would tell them when something is written where they may not look.
    """
    try:
        index().health()
    except IndexBroken:
        return (
            "bad",
            "The search index cannot be read. It is being rebuilt; search looks at titles meanwhile.",
        )
    if _trouble:
        return "warn", _trouble
    return "ok", "The index answers."


def feed(batch: list[Event]) -> None:
    """Brings into the index whatever these events were about, as it is now. Safe to repeat."""
    keys: dict[str, None] = {}
    for event in batch:
        subject = event.name.partition(":")[0]
        if subject in ("person", "space"):
            number = event.person_id if subject == "person" else event.space_id
            if number:
                keys[f"{subject}:{number}"] = None
        elif event.item_id:
            keys[f"item:{event.item_id}"] = None
    for (answer,) in Item.select(Item.id).where(Item.root.in_(_roots_changed(batch) or [0])).tuples():
        keys[f"item:{answer}"] = None
    try:
        apply(list(keys))
    except IndexBroken as error:
        # The rebuild reads everything as it is now, so this batch needs no second try.
        broken(str(error))


def _roots_changed(batch: list[Event]) -> list[int]:
    carried = {
        "item:audience_changed",
        "item:withdrawn",
        "item:restored",
        "item:hidden",
        "item:unhidden",
        "item:moved",
        "item:edited",
    }
    return sorted({e.item_id for e in batch if e.name in carried and e.item_id and not e.data.get("root")})


def apply(keys: list[str]) -> None:
    """Puts these keys right in the index, in commits of a bounded size."""
    for start in range(0, len(keys), feeding.BATCH):
        adds, removes = feeding.current(keys[start : start + feeding.BATCH])
        if index().apply(adds, removes):
            with db.write():
                jobs.enqueue("search.merge", key="search.merge")


@jobs.job("search.merge")
def merge_job(_job: jobs.Job) -> None:
    """Merges small segments when many changes came between two of `look_after`'s rounds."""
    try:
        index().merge()
    except IndexBroken as error:
        broken(str(error))


def broken(why: str) -> None:
    """Notes that the index cannot be used and has it rebuilt; search answers from the database meanwhile."""
    global _trouble
    _trouble = "Search is being rebuilt. Until then it looks at titles and first lines only."
    _logger.error("the search index cannot be used: %s", why)
    with db.write():
        events.record("index:broken", why=why[:300])
        jobs.enqueue("search.rebuild", {"why": why[:300]}, key="search.rebuild")


@jobs.job("search.rebuild", lease=timedelta(minutes=30))
def rebuild_job(job: jobs.Job) -> None:
    """Rebuilds the index beside the one in use."""
    total = feeding.count()
    rebuild(
        lambda done: jobs.report(job, done, total) if done % 500 == 0 else None, job.payload.get("why", "")
    )


def rebuild(progress: Callable[[int], None] | None = None, why: str = "", processes: int = 1) -> int:
    """Indexes everything anew and swaps; searching goes on. How many documents the new index holds.

    With several processes, which the worker leaves to the command line, each writes a part of it.
    """
    global _trouble
    began = Event.select(Event.id).order_by(Event.id.desc()).limit(1).scalar() or 0
    try:
        target = index()
        target.refresh()
    except IndexBroken:
        target = postgresql.Index() if _on_postgresql else Index(_folder)  # type: ignore[arg-type]
        target.move_aside()
    written = target.rebuild(
        feeding.everything(), progress, catch_up=lambda: _since(began), processes=processes
    )
    with db.write():
        events.record("index:rebuilt", documents=written, why=why[:300])
    init(_folder, _on_postgresql)  # type: ignore[arg-type]
    _trouble = ""
    return written


def _since(event_id: int) -> tuple[list[Document], list[str]]:
    keys = {
        f"item:{e.item_id}": None
        for e in Event.select(Event.item_id).where(Event.id > event_id, Event.item_id.is_null(False))
    }
    return feeding.current(list(keys))


def needs_rebuild() -> bool:
    """Whether the index is empty although there is something to find (a new folder, a restored backup)."""
    return index().health().documents == 0 and feeding.count() > 0


@jobs.job("search.look_after", every=timedelta(minutes=10))
def look_after(_job: jobs.Job) -> None:
    """Merges small segments, forgets old searches, rebuilds an index that lost its content."""
    log.tidy()
    try:
        if needs_rebuild():
            with db.write():
                jobs.enqueue("search.rebuild", {"why": "the index was empty"}, key="search.rebuild")
        else:
            index().merge()
    except IndexBroken as error:
        broken(str(error))
