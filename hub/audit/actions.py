"""What is noted about the audit trail itself: that somebody took a copy of it."""

from __future__ import annotations

from hub import db, events
from hub.access import Viewer
from hub.audit import queries

events.declare(
    "audit:exported", ("narrowed",), "{actor} took a copy of the audit trail (narrowed to: {narrowed})"
)


def note_export(viewer: Viewer, narrowed: str) -> None:
    """Records that the viewer takes a copy of the trail. Raises Missing for those who may not read it."""
    person = queries.require_reader(viewer)
    with db.write():
        events.record("audit:exported", person, narrowed=narrowed[:200] or "nothing")
