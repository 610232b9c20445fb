"""URLs of the audit trail."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Flask, Response, request, stream_with_context, url_for

from hub import clock
from hub.access import Viewer
from hub.audit import actions, queries
from hub.audit.queries import Part, Wanted
from hub.web import menu
from hub.web.routing import AUDITOR, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import show
from hub.web.viewer import current

feature = Feature("audit", __name__)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters by which a spreadsheet takes a cell for a formula (OWASP, CSV Injection)."""


def attach(app: Flask) -> None:
    """Adds the routes and, for those who may read it, the menu entry."""
    attach_feature(app, feature)
    menu.add(app, menu.Entry("audit.audit", "Audit trail", "history", 85, who=_may_read))


def _may_read(viewer: Viewer) -> bool:
    return viewer.has_role("administrator", "auditor")


@feature.page("/audit", need=AUDITOR, shows="list")
def audit() -> Any:
    """What happened, latest first, as sentences."""
    viewer = current()
    wanted, problems = _wanted(request.args)
    found = queries.trail(viewer, wanted, request.args.get("page", ""))
    filters: dict[str, Any] = {key: value for key, value in _words(wanted).items() if value}
    return show(
        "audit/audit.html",
        "audit/_trail.html",
        entries=[(entry, [(part.words, _url(part)) for part in entry.parts]) for entry in found.entries],
        older=url_for("audit.audit", **filters, page=found.older) if found.older else "",
        wanted=_words(wanted),
        problems=problems,
        names=[
            ("", "Anything"),
            *((name, name.replace(":", ": ").replace("_", " ")) for name in queries.names(viewer)),
        ],
    )


@feature.action("/audit/export", need=AUDITOR)
def export() -> Response:
    """The trail as CSV, narrowed as the page is; that it was taken stands in the trail itself."""
    viewer = current()
    wanted, _ = _wanted(request.form)
    narrowed = ", ".join(f"{key} {value}" for key, value in _words(wanted).items() if value)
    actions.note_export(viewer, narrowed)
    answer = Response(stream_with_context(_csv(viewer, wanted)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=audit-{clock.local(clock.now()):%Y-%m-%d}.csv"
    )
    return answer


def _csv(viewer: Viewer, wanted: Wanted) -> Iterator[str]:
    yield _line(["Number", "Time (UTC)", "Event", "What happened"])
    given = 0
    for entry in queries.export(viewer, wanted):
        given += 1
        yield _line([str(entry.id), entry.at.isoformat(timespec="seconds"), entry.name, entry.sentence])
    if given == queries.MOST_EXPORTED:
        yield _line(
            ["", "", "", f"Only the latest {given:,} are here. Narrow it by days for the earlier ones."]
        )


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()


def safe_cell(words: str) -> str:
    """The words so that no spreadsheet runs them: a quote in front where they begin like a formula."""
    return f"'{words}" if words.startswith(FORMULA) else words


def _wanted(values: Any) -> tuple[Wanted, list[tuple[str, str]]]:
    problems: list[tuple[str, str]] = []
    days: dict[str, Any] = {}
    for key in ("since", "until"):
        words = values.get(key, "").strip()[:20]
        try:
            days[key] = date.fromisoformat(words) if words else None
        except ValueError:
            days[key] = None
            problems.append((f"f-{key}", "Write the day as 2026-11-30, or choose it from the calendar."))
    if days["until"] == date.max:
        days["until"] = None
    keys = ("handle", "space_slug", "name")
    names: dict[str, Any] = {key: values.get(key, "").strip()[:80] for key in keys}
    return Wanted(**names, **days), problems


def _words(wanted: Wanted) -> dict[str, str]:
    return {
        "handle": wanted.handle,
        "space_slug": wanted.space_slug,
        "name": wanted.name,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }


def _url(part: Part) -> str:
    if part.kind == "person":
        return url_for("people.person", handle=part.key)
    if part.kind == "space":
        return url_for("spaces.space", space_slug=part.key)
    return url_for("content.permalink", item_id=part.key) if part.kind == "item" else ""
