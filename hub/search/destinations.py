"""Places of the hub that are offered under the search box by their names: "new topic", "notifications", "sessions"."""

from __future__ import annotations

from hub.access import Viewer
from hub.search.engine.analysis import fold
from hub.web import menu

SHORTEST = 2
MOST = 3
FOR_EVERYBODY = (
    ("help.help", "Help", "how to support", "help"),
    ("help.keys", "Keys", "keyboard shortcuts", "help"),
    ("help.accessibility", "Accessibility statement", "", "help"),
    ("status.status", "Service status", "outages working slow", "status"),
)
FOR_PEOPLE = (
    ("blogs.new", "Write a blog post", "new create", "post"),
    ("forums.new_topic", "Ask or discuss", "new topic question create", "topic"),
    ("content.drafts", "Your drafts", "unfinished", "edit"),
    ("content.saved", "What you saved", "bookmarks", "saved"),
    ("search.saved", "Saved searches", "alerts saved", "search"),
    ("notifications.notifications", "Notifications", "bell told", "notifications"),
    ("notifications.settings", "Settings: notifications", "mail digest alerts", "settings"),
    ("people.settings", "Settings", "preferences theme dark language keys", "settings"),
    ("people.edit_profile", "Your profile", "photo skills edit me", "person"),
    ("people.sessions", "Where you are signed in", "sessions devices sign out", "settings"),
    ("people.change_password", "Change your password", "", "settings"),
    ("search.expertise", "What you are found for", "expertise skills know settings", "settings"),
    ("policy.my_flags", "My flags", "policy appeal", "policy"),
)


DOING = ("blogs.new", "forums.new_topic", "documents.documents")
"""What people do most often, by endpoint: the first group of the command menu."""


def commands(viewer: Viewer) -> dict[str, list[tuple[str, str, str]]]:
    """The command menu before anything is typed: groups of (label, icon, endpoint), of what the viewer is offered."""
    mine = {endpoint: (label, icon, endpoint) for endpoint, label, _, icon in FOR_PEOPLE}
    mine["documents.documents"] = ("Add files", "upload", "documents.documents")
    doing = [mine[endpoint] for endpoint in DOING] if viewer.person is not None else []
    entries = [(entry.label, entry.icon, entry.endpoint) for entry in menu.entries(viewer)]
    own = ("notifications.notifications", "content.drafts", "content.saved", "people.settings")
    more = [mine[endpoint] for endpoint in own] if viewer.person is not None else []
    return {"Do": doing, "Go to": [*entries, *more]}


def named(viewer: Viewer, typed: str) -> list[tuple[str, str, str]]:
    """(label, icon, endpoint) of places whose words begin as typed, as far as the viewer is offered them."""
    begun = fold(typed).split()
    if len("".join(begun)) < SHORTEST:
        return []
    offered = [(entry.endpoint, entry.label, "", entry.icon) for entry in menu.entries(viewer)]
    offered += [*(FOR_PEOPLE if viewer.person is not None else ()), *FOR_EVERYBODY]
    found: dict[str, tuple[str, str, str]] = {}
    for endpoint, label, more, icon in offered:
        words = f"{fold(label)} {more}".replace(":", " ").split()
        if all(any(word.startswith(start) for word in words) for start in begun):
            found.setdefault(endpoint, (label, icon, endpoint))
    return list(found.values())[:MOST]
