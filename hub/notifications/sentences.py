"""What a notification says, and why somebody got it: the same words in the page and in the mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub import access
from hub.access import Viewer
from hub.notifications.models import Notification


@dataclass(frozen=True)
class Said:
    """A notification in words: `lead` and the name of what it is about, e.g. "Ann Evans named you in" "Damp
    and mould".
    """

    lead: str
    about: str

    def __str__(self) -> str:
        return f"{self.lead} {self.about}".strip()


def said(viewer: Viewer, row: Notification) -> Said:
    """The sentence of a row of `queries.rows_for`."""
    who = row.actor.name if row.actor_id else "Somebody"
    if row.reason == "decision":
        return Said(row.words or "Could not be published at its time:", "" if row.words else _title(row))
    if row.item_id:
        return Said(_lead(row, who), _title(row))
    return Said(_space_lead(row, who), _space_name(viewer, row))


def _lead(row: Notification, who: str) -> str:
    others = f" and {row.more} more" if row.more else ""
    if row.event_name == "topic:solved":
        return f"{who} marked your answer as the solution of"
    if row.event_name == "search:asked":
        return f"{who} asks the hub, and you may know:"
    if row.subject.startswith("search:"):
        return "New in a search that you keep:"
    if row.reason == "mention":
        return f"{who} named you in"
    if row.reason == "reaction":
        return f"{who}{others} reacted to"
    if row.root_id != row.item_id:
        return f"{row.more + 1} new answers in" if row.more else f"{who} answered in"
    return f"{who} published"


def _space_lead(row: Notification, who: str) -> str:
    return {
        "access:asked": f"{who} asks to be let into",
        "access:declined": "Your request was not granted by the editors of",
        "membership:started": f"{who} let you into",
        "membership:changed": f"{who} changed your place in",
        "membership:ended": "You are no longer in",
    }.get(row.event_name, f"{who}:")


def _title(row: Notification) -> str:
    root: Any = getattr(row, "root", None)
    return (row.item.title or (root.title if root is not None else "")) or "something without a title"


def _space_name(viewer: Viewer, row: Notification) -> str:
    if row.space_id and access.may_know(viewer, row.space):
        return str(row.space.name)
    return "a space that you can no longer see"


def why(row: Notification) -> str:
    """Why the person got it, as a sentence."""
    if row.event_name == "search:asked":
        return "You agreed to be found for what you know."
    if row.reason == "watch":
        what = row.subject.partition(":")[0]
        return {
            "item": "You follow this.",
            "space": "You follow this space.",
            "category": "You follow this category of the forum.",
            "blog": "You follow this blog.",
            "person": "You follow this person.",
            "search": "It is new in a search that you keep.",
            "tag": f"You follow the tag #{row.subject.partition(':')[2]}.",
        }.get(what, "You follow this.")
    return {
        "mention": "You were named.",
        "reply": "You wrote what was answered.",
        "reaction": "You wrote this.",
        "decision": "It concerns you or what you wrote. These are always shown.",
        "request": "You are an editor of the space.",
        "membership": "It concerns your own place.",
    }[row.reason]
