"""URLs of service status."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, request
from werkzeug.wrappers import Response

from hub import clock
from hub.access import Viewer
from hub.errors import Invalid
from hub.status import actions, queries
from hub.status.models import STATES, Service
from hub.web import composer, health, menu
from hub.web.routing import ADMINISTRATOR, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import go, show
from hub.web.viewer import current

feature = Feature("status", __name__)
TYPED = {"name": "Name of the service", "note": "What people should know", "about": "What it is for"}


def attach(app: Flask) -> None:
    """Adds the routes and the card on the home page."""
    attach_feature(app, feature)
    menu.home_card(app, 20, "status/rail.html", _rail)
    app.extensions.setdefault("between_tests", []).append(queries.forget)


def _rail(viewer: Viewer) -> dict[str, Any]:
    rows = queries.worst_first(queries.services_of_late()) if viewer.person else []
    return {"services": rows[:5], "more_services": max(0, len(rows) - 5)}


@feature.page("/status")
def status() -> Response:
    """The services in one list, the hub's own parts, and when a restore was last tested."""
    viewer = current()
    return show(
        "status/status.html",
        services=queries.services(),
        parts=health.report(),
        drill=queries.last_drill(),
        may_edit=viewer.has_role("administrator"),
    )


@feature.form("/status/new", need=ADMINISTRATOR)
def new() -> Response:
    """Adds a service."""
    return _edit(None)


@feature.form("/status/<int:number>", need=ADMINISTRATOR)
def edit(number: int) -> Response:
    """Says how a service is now."""
    return _edit(queries.service(number))


@feature.action("/status/<int:number>/remove", need=ADMINISTRATOR)
def remove(number: int) -> Response:
    """Takes a service off the page."""
    row = queries.service(number)
    actions.remove(current(), row)
    return go("status.status", f"{row.name} no longer stands on this page.")


def _edit(row: Service | None) -> Response:
    values, errors = _values(row), []
    if request.method == "POST":
        if held := composer.ask(current(), TYPED, "everyone"):
            return held
        try:
            saved = actions.save(
                current(), row, **{**_sent(), "back_at": _time(request.form.get("back_at", ""))}
            )
            return go("status.status", f"{saved.name}: {saved.label}.")
        except Invalid as error:
            values, errors = _sent(), [(f"f-{error.field}", error.message)]
    return show(
        "status/edit.html",
        row=row,
        typed=TYPED,
        values=values,
        errors=errors,
        wrong=dict(errors),
        states=[(key, words[0]) for key, words in STATES.items()],
        status=422 if errors else 200,
    )


def _values(row: Service | None) -> dict[str, Any]:
    if row is None:
        return {
            "name": "",
            "about": "",
            "state": "working",
            "note": "",
            "promise": "",
            "back_at": "",
            "position": 0,
        }
    back = clock.local(row.back_at).strftime("%Y-%m-%dT%H:%M") if row.back_at else ""
    names = ("name", "about", "state", "note", "promise", "position")
    return {**{name: getattr(row, name) for name in names}, "back_at": back}


def _sent() -> dict[str, Any]:
    form = request.form
    names = ("name", "about", "state", "note", "promise", "back_at")
    return {**{name: form.get(name, "") for name in names}, "position": form.get("position", 0, type=int)}


def _time(words: str) -> datetime | None:
    if not words.strip():
        return None
    try:
        return datetime.fromisoformat(words.strip()).replace(tzinfo=clock.LOCAL)
    except ValueError:
        raise Invalid(
            "back_at", "Write the time as 2026-11-30T14:00, or choose it from the calendar."
        ) from None
