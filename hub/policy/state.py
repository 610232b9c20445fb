"""The state machine of a case: its standing follows from its events, and from nothing else.

open → claimed (for half an hour) → waiting for the author → decided; released, answered and reopened go back. What
nobody touched for thirty days has lapsed: it was not reviewed, which is not the same as approved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

CLAIM = timedelta(minutes=30)
NAMES = {
    "opened": "Opened",
    "added": "More was added",
    "claimed": "Claimed",
    "released": "Released",
    "asked": "The author was asked",
    "answered": "The author answered",
    "noted": "Note",
    "fixed": "No longer found in the text",
    "looked": "Read by a second person",
    "name_shown": "The author's name was shown",
    "decided": "Decided",
    "proposed": "A restriction was proposed",
    "approved": "Approved by a second person",
    "refused": "Refused by a second person",
    "lifted": "A restriction ended",
    "hidden_at_once": "Hidden at once, for a day",
    "confirmed": "The hiding was confirmed by a second person",
    "reread": "The author read the clause again",
    "escalated": "Passed on to a senior reviewer",
    "sealed": "Sealed",
    "appealed": "Appealed",
    "heard": "Appeal heard",
    "seal_approved": "The seal was approved by a second person",
    "unsealed": "The seal was opened, and the author told",
    "undone": "The decision was taken back at once",
    "lapsed": "Lapsed: nobody has reviewed it in time",
    "reopened": "Opened again",
}
LATER = {
    "approved",
    "refused",
    "lifted",
    "appealed",
    "heard",
    "noted",
    "confirmed",
    "looked",
    "reread",
}
"""What can happen to an earlier decision of the case, whatever became of the case since."""
ALLOWED = {
    "open": LATER
    | {"added", "claimed", "fixed", "answered", "escalated", "sealed", "seal_approved", "unsealed", "lapsed"},
    "claimed": LATER
    | {"added", "claimed", "released", "asked", "answered", "fixed", "name_shown", "decided"}
    | {"hidden_at_once", "escalated", "seal_approved", "unsealed", "lapsed"},
    "waiting": LATER
    | {"added", "claimed", "released", "asked", "answered", "fixed", "name_shown", "decided"}
    | {"hidden_at_once", "escalated", "lapsed"},
    "decided": LATER | {"proposed", "reopened", "name_shown", "undone"},
    "lapsed": LATER | {"reopened"},
}


class NotPossible(Exception):
    """The event cannot happen to a case in this state."""


@dataclass(frozen=True)
class Standing:
    """How a case stands: its state, who holds it and until when, and whether the text was put right."""

    state: str = ""
    claimed_by: int | None = None
    claimed_until: datetime | None = None
    fixed_at: datetime | None = None
    decided_at: datetime | None = None

    def held_by(self, moment: datetime) -> int | None:
        """Whose the case is at that moment; a claim that has run out holds nobody off."""
        return self.claimed_by if self.claimed_until is not None and self.claimed_until > moment else None


def step(before: Standing, name: str, at: datetime, actor: int | None) -> Standing:
    """The standing after one more event. Raises NotPossible for one that cannot follow."""
    if not before.state:
        if name != "opened":
            raise NotPossible(f"a case begins with opened, not with {name}")
        return Standing("open")
    if name not in ALLOWED[before.state]:
        raise NotPossible(f"{name} cannot happen to a case that is {before.state}")
    free = {"claimed_by": None, "claimed_until": None}
    if name == "claimed":
        return replace(before, state="claimed", claimed_by=actor, claimed_until=at + CLAIM)
    if name in ("released", "escalated"):
        return replace(before, state="open", **free)
    if name == "reopened":
        return replace(before, state="open", decided_at=None, **free)
    if name == "undone":
        return replace(before, state="claimed", decided_at=None, claimed_by=actor, claimed_until=at + CLAIM)
    if name == "asked":
        return replace(before, state="waiting", claimed_until=at + CLAIM)
    if name == "answered":
        return replace(before, state="claimed" if before.held_by(at) else "open")
    if name in ("noted", "name_shown") and before.claimed_by == actor and before.state != "decided":
        return replace(before, claimed_until=at + CLAIM)
    if name == "fixed":
        return replace(before, fixed_at=at)
    if name == "added":
        return replace(before, fixed_at=None)
    if name == "decided":
        return replace(before, state="decided", decided_at=at, **free)
    if name == "lapsed":
        return replace(before, state="lapsed", decided_at=at, **free)
    return before


def standing(events: Iterable[Any]) -> Standing:
    """The standing that follows from a case's events in their order (anything with name, at and actor_id)."""
    now = Standing()
    for event in events:
        now = step(now, event.name, event.at, event.actor_id)
    return now
