"""The last word on stored HTML: whatever the Markdown parser made, only this short list of markup passes."""

from __future__ import annotations

import re
import threading

import bleach

from hub.text.urls import is_own_picture, safe_url

SANITISER = 1
"""Version of the rules, kept beside rendered HTML. Raise it when they change, so that old HTML is redone."""

EXTERNAL_REL = "noopener nofollow ugc"
PICTURE_FOLDERS = ("/files/",)
CLASSES = {
    "a": frozenset({"mention"}),
    "blockquote": frozenset({"quote"}),
    "div": frozenset({"table-scroll"}),
    "li": frozenset({"task", "task task-done"}),
    "p": frozenset({"quote-source", "minor-heading"}),
    "pre": frozenset({"as-written"}),
    "td": frozenset({"align-right", "align-center"}),
    "th": frozenset({"align-right", "align-center"}),
}
TAGS = frozenset(
    {"a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p"}
    | {"pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)
_OWN_ID = re.compile(r"(?:[a-z0-9]+-)*h-[\w\-]+")
_local = threading.local()


def _allowed(tag: str, name: str, value: str) -> bool:
    """Whether an element may keep an attribute. Nothing is allowed by its name alone."""
    if name == "class":
        return value in CLASSES.get(tag, ())
    match tag, name:
        case "a", "href":
            return safe_url(value) is not None
        case "a", "rel":
            return value == EXTERNAL_REL
        case (("a" | "img"), "title"):
            return True
        case "img", "src":
            return safe_url(value) is not None and is_own_picture(value, PICTURE_FOLDERS)
        case "img", "alt":
            return True
        case "img", "loading":
            return value == "lazy"
        case "ol", "start":
            return value.isascii() and value.isdigit() and len(value) <= 9
        case (("pre" | "div"), "tabindex"):
            return value == "0"
        case (("h2" | "h3" | "h4" | "h5" | "h6"), "id"):
            return _OWN_ID.fullmatch(value) is not None
    return False


def sanitise(html: str) -> str:
    """The HTML with everything that is not on the list shown as text or, for attributes, dropped.

    One cleaner a thread is kept: a new one each time costs half as much again, and they are not thread-safe.
    """
    cleaner: bleach.Cleaner | None = getattr(_local, "cleaner", None)
    if cleaner is None:
        cleaner = bleach.Cleaner(
            tags=TAGS, attributes=_allowed, protocols={"http", "https", "mailto", "tel"}, strip=False
        )
        _local.cleaner = cleaner
    return cleaner.clean(html)
