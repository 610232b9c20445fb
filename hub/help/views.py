"""URLs of help: the guide, the keys, the accessibility statement; and the answer to monitoring."""

from __future__ import annotations

from flask import Flask, current_app, jsonify
from werkzeug.wrappers import Response

from hub import clock
from hub.web import health
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import show

feature = Feature("help", __name__)
KEYS = (
    (
        "Everywhere",
        (
            ("/", "Go to the search"),
            ("Ctrl + K", "Search, or choose what to do; also while writing"),
            ("?", "Show the keys"),
            ("j or k", "The next or the previous entry of a list"),
        ),
    ),
    (
        "Going somewhere",
        (
            ("g h", "Home"),
            ("g s", "Spaces"),
            ("g b", "Blogs"),
            ("g f", "Forums"),
            ("g d", "Documents"),
            ("g p", "People"),
            ("g u", "Usage policy"),
            ("g n", "Notifications"),
        ),
    ),
    (
        "While writing",
        (
            ("Ctrl + B", "Bold"),
            ("Ctrl + I", "Italic"),
            ("@", "Name a colleague: a list opens; arrows choose, Enter takes"),
            ("Esc", "Close a list or a menu"),
        ),
    ),
)


def attach(app: Flask) -> None:
    """Adds the routes."""
    attach_feature(app, feature)


@feature.page("/help", need=PUBLIC, endpoint="help")
def guide() -> Response:
    """The guide, by what one wants to do."""
    return show("help/help.html")


@feature.page("/help/keys", need=PUBLIC)
def keys() -> Response:
    """Every key, and how to switch single ones off."""
    return show("help/keys.html", groups=KEYS)


@feature.page("/accessibility", need=PUBLIC)
def accessibility() -> Response:
    """The accessibility statement."""
    return show("help/accessibility.html", address=current_app.config["HUB"].mail_from)


@feature.page("/healthz", need=PUBLIC, shows="data")
def healthz() -> Response:
    """For monitoring: each part's state, seconds since the worker's last round; 503 where a part is in
    trouble.
    """
    parts = {part.name: part.state for part in health.report()}
    last = health.last_round() if parts["Database"] != "bad" else None
    seconds = round((clock.now() - last).total_seconds()) if last is not None else None
    worst = max(parts.values(), key=("ok", "warn", "bad").index)
    answer = jsonify(status=worst, parts=parts, worker_seconds=seconds)
    answer.status_code = 503 if worst == "bad" else 200
    answer.headers["Cache-Control"] = "no-store"
    return answer
