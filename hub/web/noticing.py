"""What features tell an author on the page of their own item, and nobody else there: a hint about what is in a file, say.

A page that shows an item asks `of_item`; the features that know something are added in create_app.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app

from hub.access import Viewer

log = logging.getLogger(__name__)
Notices = Callable[[Viewer, Any], list[dict[str, Any]]]


def add(app: Flask, what: Notices) -> None:
    """Adds what a feature knows of an item: dictionaries of title, words (a list of sentences), url and link."""
    app.extensions.setdefault("own_item_notices", []).append(what)


def of_item(viewer: Viewer, item: Any) -> list[dict[str, Any]]:
    """What the item's author is told on its page; nothing for everybody else. A feature that fails stays silent."""
    if viewer.id is None or viewer.id != item.author_id:
        return []
    found: list[dict[str, Any]] = []
    for what in current_app.extensions.get("own_item_notices", []):
        try:
            found += what(viewer, item)
        except Exception:
            log.exception("a feature could not say what it noticed about an item")
    return found
