"""The few words beside a hit: who can see it, how fresh it is. No statement a hit."""

from __future__ import annotations

from datetime import timedelta

from hub import access, clock
from hub.access import Viewer
from hub.content.models import Item

CURRENT = timedelta(days=31)
STILL = timedelta(days=365)
OLD = timedelta(days=730)


def seen_by(viewer: Viewer, item: Item) -> str:
    """Who can see an item that the viewer may read. Their own tokens name every organisation and space
    there can be.
    """
    kind, _, rest = item.audience.partition(":")
    if kind == access.PUBLIC:
        return "Anybody"
    if kind == access.EVERYONE:
        return "All staff and partners"
    if kind == access.STAFF:
        return "All staff"
    if kind == "org" and viewer.person is not None:
        return f"People of {viewer.person.organisation.short_name}"
    if kind == "space":
        space_id, _, editors = rest.partition(":")
        place = viewer.places.get(int(space_id))
        name = place.name if place else item.space.name if item.space_id == int(space_id) else "a space"
        return f"Editors of {name}" if editors else f"Members of {name}"
    return "Only you"


def freshness(item: Item) -> str:
    """How far the item can be relied on: when it was last confirmed as current, or that it is old; empty
    when neither says much.
    """
    now = clock.now()
    if item.confirmed_at is not None:
        age = now - item.confirmed_at
        if age < CURRENT:
            return "confirmed this month"
        moment = clock.local(item.confirmed_at)
        return f"confirmed in {moment:%B %Y}" if age < STILL else f"not confirmed since {moment:%Y}"
    changed = max(item.published_at or item.created_at, item.edited_at or item.created_at)
    if item.root_id is None and now - changed > OLD:
        return f"not changed since {clock.local(changed):%Y}"
    return ""


def others(count: int) -> str:
    """How many equal texts stand behind one hit."""
    return f"{count} other version{'' if count == 1 else 's'}"
