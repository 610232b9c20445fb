"""What the editor of posts sends beside the composer's own fields."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from hub import clock, files
from hub.access import Viewer
from hub.blogs.actions import STEPS, Writing
from hub.content import keeping
from hub.people.models import Unit
from hub.web import composer


def read(viewer: Viewer, words: composer.Words, units: list[Unit]) -> tuple[Writing, str]:
    """The post that was sent and its step: one of STEPS, "blog" (another blog was chosen) or "" (saved as it is).

    An unknown service or step becomes none: the action then says what it needs. "now" publishes whatever time stands there, while
    "publish" beside a time is asked about, because one of the two was not meant.
    """
    form = request.form
    step = form.get("step", "")
    unit_key = form.get("unit", "")
    writing = Writing(
        title=words.title,
        body=words.body,
        tags=words.tags,
        audience=words.audience,
        reason=words.reason,
        note=words.note,
        files=words.files,
        unit=next((unit for unit in units if unit.key == unit_key), None),
        cover=_cover(viewer),
        cover_alt=form.get("cover_alt", ""),
        publish_at=words.publish_at,
        draft_key=words.key,
        once=words.once,
    )
    if step == "now":
        writing.publish_at, step = None, "publish"
    elif step == "publish" and writing.publish_at is not None:
        words.problems.append(
            ("publish_at", "A time stands here as well. Schedule it, or publish it now instead.")
        )
    return writing, step if step in (*STEPS, "blog") else ""


def _cover(viewer: Viewer) -> int:
    upload = request.files.get("cover")
    if upload is not None and upload.filename:
        stored = files.store().put(upload.stream, limit=current_app.config["HUB"].upload_limit)
        row = keeping.upload(viewer, stored, upload.filename)
        # A page between the form and its posting sends the fields again, and cannot send the file again.
        form = MultiDict(request.form)
        form["cover_id"] = str(row.id)
        request.form = ImmutableMultiDict(form)
        return row.id
    if request.form.get("cover_away"):
        return 0
    kept = request.form.get("cover_id", 0, type=int)
    return kept if 0 < kept < 2**31 else 0


BESIDE = ("tags", "reason", "note", "publish_at")
"""Fields of the editor that an autosaved draft keeps as they were typed."""


def values(
    item: Any = None, writing: Writing | None = None, begun: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What stands in the editor's own fields: what was sent, else what was begun, else the item's, else nothing."""
    return _values(item, writing) | {k: v for k, v in (begun or {}).items() if k in BESIDE and not writing}


def _values(item: Any, writing: Writing | None) -> dict[str, Any]:
    if writing is not None:
        return {
            "tags": ", ".join(writing.tags),
            "reason": writing.reason,
            "note": writing.note,
            "unit": writing.unit.key if writing.unit else "",
            "cover_id": writing.cover,
            "cover_alt": writing.cover_alt,
            "publish_at": request.form.get("publish_at", ""),
        }
    if item is None:
        return {
            "tags": "",
            "reason": "",
            "note": "",
            "unit": "",
            "cover_id": 0,
            "cover_alt": "",
            "publish_at": "",
        }
    return {
        "tags": ", ".join(item.tags),
        "reason": item.narrow_reason,
        "note": "",
        "unit": item.on_behalf_of.key if item.on_behalf_of_id else "",
        "cover_id": item.post.cover_id or 0,
        "cover_alt": item.post.cover_alt,
        "publish_at": _local_minute(item.publish_at),
    }


def _local_minute(moment: Any) -> str:
    return f"{clock.local(moment):%Y-%m-%dT%H:%M}" if moment else ""
