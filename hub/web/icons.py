"""Icons: inline SVG from Lucide, under the hub's own names.

Templates say what an icon means (`icon("documents")`), this table says which drawing that is, so a
drawing is changed in one place. Only the names of the table exist: a name never comes from outside.
An icon is decoration and hidden from assistive technology, unless a label is given, which then is
its accessible name.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lucide.jinja import lucide
from markupsafe import Markup, escape

ICONS: dict[str, str] = {
    # the places of the hub
    "home": "house",
    "spaces": "users",
    "blogs": "pencil-line",
    "forums": "messages-square",
    "documents": "folder-open",
    "people": "contact",
    "organisations": "building-2",
    "policy": "scale",
    "search": "search",
    "notifications": "bell",
    "desk": "gavel",
    "administration": "sliders-horizontal",
    "status": "activity",
    "insight": "chart-column",
    "feed": "rss",
    "help": "circle-question-mark",
    "settings": "settings",
    "review": "clipboard-check",
    # the kinds of item
    "post": "pencil-line",
    "topic": "messages-square",
    "reply": "reply",
    "comment": "message-circle",
    "document": "file-text",
    "spreadsheet": "file-spreadsheet",
    "picture": "file-image",
    "presentation": "presentation",
    "archive": "file-archive",
    "mail": "mail",
    "file": "file",
    "folder": "folder",
    "attachment": "paperclip",
    "person": "user",
    "space": "users",
    "tag": "tag",
    # what can be done
    "add": "plus",
    "edit": "pencil",
    "save": "bookmark",
    "saved": "bookmark-check",
    "send": "send",
    "upload": "upload",
    "download": "download",
    "delete": "trash-2",
    "undo": "undo-2",
    "refresh": "refresh-cw",
    "copy": "copy",
    "share": "share-2",
    "filter": "list-filter",
    "sort": "arrow-up-down",
    "more": "ellipsis",
    "menu": "menu",
    "close": "x",
    "sign-in": "log-in",
    "sign-out": "log-out",
    "report": "flag",
    "watch": "bell-plus",
    "watching": "bell-ring",
    "unwatch": "bell-off",
    "pin": "pin",
    "move": "folder-input",
    "merge": "merge",
    "history": "history",
    "print": "printer",
    "external": "external-link",
    # writing
    "bold": "bold",
    "italic": "italic",
    "list": "list",
    "numbered": "list-ordered",
    "quote": "quote",
    "link": "link",
    "code": "code",
    "heading": "heading",
    "table": "table",
    "mention": "at-sign",
    "preview": "eye",
    # states
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "info": "info",
    "plum": "scale",
    "lock": "lock",
    "locked": "lock",
    "public": "globe",
    "audience": "eye",
    "hidden": "eye-off",
    "solved": "circle-check-big",
    "check": "check",
    "draft": "pencil-ruler",
    "scheduled": "calendar-clock",
    "withdrawn": "archive",
    "clock": "clock",
    "calendar": "calendar",
    "offline": "wifi-off",
    "expired": "timer-off",
    "flag": "flag",
    "empty": "inbox",
    "nothing-found": "search-x",
    "announcement": "megaphone",
    "shield": "shield-check",
    "key": "key-round",
    "phone": "phone",
    "place": "map-pin",
    "languages": "languages",
    "partner": "handshake",
    "keyboard": "keyboard",
    "light": "sun",
    "dark": "moon",
    "system": "sun-moon",
    "server": "server",
    "database": "database",
    "jobs": "list-checks",
    "backup": "database-backup",
    # reactions
    "thanks": "hand-heart",
    "helpful": "lightbulb",
    "agree": "thumbs-up",
    "celebrate": "party-popper",
    # directions
    "left": "chevron-left",
    "right": "chevron-right",
    "down": "chevron-down",
    "up": "arrow-up",
    "down-arrow": "arrow-down",
    "next": "arrow-right",
    "back": "arrow-left",
}


# A page has some forty icons: what is the same for all of them stands in the style sheet (.icon).
DRAWN_BY_CSS = r'\s(?:fill|stroke|stroke-width|stroke-linecap|stroke-linejoin)="[^"]*"'


class UnknownIcon(LookupError):
    """A template asked for an icon that the table does not have."""


@lru_cache(maxsize=512)
def icon(name: str, size: int = 20, label: str = "") -> Markup:
    """The SVG of one icon as markup, square, `size` CSS pixels wide.

    Raises UnknownIcon for a name that is not in ICONS: a misspelt icon fails the page's test and is
    never an empty gap.
    """
    if name not in ICONS:
        raise UnknownIcon(f"There is no icon called {name!r}.")
    naming = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    attributes = " ".join(f'{key}="{escape(value)}"' for key, value in naming.items())
    drawing = lucide(ICONS[name], size=size)
    drawing = re.sub(
        r"<svg [^>]*>", lambda svg: re.sub(DRAWN_BY_CSS, "", svg[0]), drawing, count=1, flags=re.DOTALL
    )
    drawing = re.sub(r">\s+<", "><", re.sub(r"\s+", " ", drawing)).replace(" />", "/>").strip()
    drawing = re.sub(r"\d*\.\d{3,}", _short, drawing)
    return Markup(drawing.replace("<svg ", f'<svg class="icon" {attributes} ', 1))  # noqa: S704 - our own table


def _short(number: re.Match[str]) -> str:
    """A coordinate to a hundredth of a unit: a page holds some thirty icons, and nobody sees the thousandths."""
    short = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    if "." not in short:
        return short + " "  # the next number may begin with a point
    return short.removeprefix("0")
