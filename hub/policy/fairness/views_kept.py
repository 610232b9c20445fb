"""How a reviewer likes the desk, among their own preferences: filters kept under a name, and whether finds are blurred."""

from __future__ import annotations

from typing import Any

from hub import db
from hub.access import Viewer
from hub.errors import Invalid
from hub.people.models import Person
from hub.policy import cases

KEY, MOST = "desk_views", 12
BLUR = "desk_blur"


def kept(viewer: Viewer) -> list[tuple[str, str]]:
    """(name, query) of the kept views. No query."""
    known = viewer.person.preferences.get(KEY, []) if viewer.person else []
    return [(str(name), str(query)) for name, query in known]


def keep(viewer: Viewer, name: str, query: str) -> None:
    """Keeps a view; one of the same name is replaced. Raises Invalid, Missing."""
    cases.require_reviewer(viewer)
    name = " ".join(name.split())[:40]
    if not name:
        raise Invalid("name", "Give the view a name first.")
    rest = [[n, q] for n, q in kept(viewer) if n != name]
    if len(rest) >= MOST:
        raise Invalid("name", f"At most {MOST} views. Drop one first.")
    _write(viewer, KEY, [*rest, [name, query[:200]]])


def drop(viewer: Viewer, name: str) -> None:
    """Drops a view."""
    cases.require_reviewer(viewer)
    _write(viewer, KEY, [[n, q] for n, q in kept(viewer) if n != name])


def blurred(viewer: Viewer) -> bool:
    """Whether what the rules found is blurred on a case's page until asked for; it is unless one said otherwise."""
    return bool(viewer.person.preferences.get(BLUR, True)) if viewer.person else True


def set_blurred(viewer: Viewer, wanted: bool) -> None:
    """Says whether it is blurred. Raises Missing."""
    cases.require_reviewer(viewer)
    _write(viewer, BLUR, wanted)


def _write(viewer: Viewer, key: str, value: Any) -> None:
    with db.write():
        person = Person.get_by_id(viewer.id)
        person.preferences = {**person.preferences, key: value}
        person.save(only=[Person.preferences])
