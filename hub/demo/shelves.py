"""Documents of the demo council in real formats, with the versions they had."""

from __future__ import annotations

import io
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from hub import access, clock, files
from hub.access import Viewer
from hub.content.models import Item
from hub.demo import writing
from hub.demo.council import Council
from hub.demo.documents import make, sections_of_version
from hub.documents import actions as documents


def plan_documents(council: Council, folder: Path) -> None:
    """Documents in real formats, with the versions they had."""
    for row in council.rows("documents.jsonl"):
        versions = row["versions"]
        for number, version in enumerate(versions, 1):
            moment = council.at(version["days_ago"], 9 + number)
            council.times.setdefault(row["key"], moment)
            council.then(moment, partial(_upload, council, row, number, version, folder))
        writing.plan_comments(council, row, council.at(versions[0]["days_ago"], 12))


def _upload(
    council: Council, row: dict[str, Any], number: int, version: dict[str, Any], folder: Path
) -> None:
    path = make(
        row["format"],
        row["title"],
        sections_of_version(row, number),
        folder / row["filename"],
        author=council.people[version["author"]].name,
        marking=row.get("marking", ""),
        made=clock.now(),
    )
    stored = files.store().put(io.BytesIO(path.read_bytes()), limit=64 * 1024 * 1024)
    viewer = council.viewer(version["author"])
    if number > 1:
        documents.add_version(
            _editor(council, viewer, row),
            Item.get_by_id(council.items[row["key"]].id),
            stored,
            row["filename"],
            note=version["note"],
        )
        return
    space = council.spaces[row["space"]]
    review = row.get("review_in_days")
    council.items[row["key"]] = documents.upload(
        viewer,
        stored,
        row["filename"],
        space,
        folder=council.folders.get((row["space"], row["folder"])) if row["folder"] else None,
        title=row["title"],
        body=row["summary"],
        tags=row["tags"],
        audience=writing.audience_of(row, space),
        reason=row.get("reason", ""),
        note=version["note"],
        marking=row.get("marking") or "",
        owner=council.people[row["owner"]],
        review_at=council.today + timedelta(days=review) if review is not None else None,
    )


def _editor(council: Council, viewer: Viewer, row: dict[str, Any]) -> Viewer:
    """Who adds the version: its author if they may, else whoever uploaded the document."""
    item = Item.get_by_id(council.items[row["key"]].id)
    return (
        viewer
        if access.may_edit(viewer, item)
        else council.viewer(next(k for k, p in council.people.items() if p.id == item.author_id))
    )
