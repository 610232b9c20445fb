"""What follows an event: a published or changed item waits to be looked at, and so do the answers that go
with it.
"""

from __future__ import annotations

from hub.content.models import Item
from hub.events import Event
from hub.policy import scanning

LOOKS_AT = (
    "item:published",
    "item:edited",
    "item:detached",
    "item:audience_changed",
    "item:moved",
    "item:restored",
    "item:withdrawn",
    "document:read",
    "file:read",
    "document:uploaded",
    "document:version_added",
)
CARRIED = {"item:audience_changed", "item:moved"}


def look_at(batch: list[Event]) -> None:
    """Puts the items of these events on the list. Runs in the transaction of the subscriber's place."""
    wanted = [e.item_id for e in batch if e.item_id]
    roots = [e.item_id for e in batch if e.name in CARRIED and e.item_id]
    if roots:
        wanted += [
            row[0]
            for row in Item.select(Item.id).where(Item.root.in_(roots), Item.state == "published").tuples()
        ]
    there = {row[0] for row in Item.select(Item.id).where(Item.id.in_(wanted or [0])).tuples()}
    scanning.ask_for([i for i in wanted if i in there])
