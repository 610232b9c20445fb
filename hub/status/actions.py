"""Changes to service status, by administrators."""

from __future__ import annotations

from datetime import datetime

from hub import access, clock, db, events
from hub.access import Viewer
from hub.errors import Invalid
from hub.people.models import Person
from hub.status import queries
from hub.status.models import STATES, Service

for _name, _sentence in {
    "service:added": "{actor} added the service {name} to the status page",
    "service:changed": "{actor} said that {name} is now: {after}",
    "service:removed": "{actor} took the service {name} off the status page",
}.items():
    events.declare(_name, ("service", "name", "before", "after", "note"), _sentence)


def save(
    viewer: Viewer,
    row: Service | None,
    *,
    name: str,
    about: str,
    state: str,
    note: str,
    promise: str,
    back_at: datetime | None,
    position: int = 0,
) -> Service:
    """Adds a service, or says how one is. Administrators. Raises Invalid for name, state or back_at; Missing
    for others.

    A service that works has no time at which it should be back.
    """
    person = access.require_role(viewer, "administrator")
    name = " ".join(name.split())
    if not 2 <= len(name) <= 80:
        raise Invalid("name", "Write the service's name, in 2 to 80 characters.")
    if state not in STATES:
        raise Invalid("state", "Choose how the service is.")
    with db.write():
        taken = Service.get_or_none(Service.name == name)
        if taken is not None and (row is None or taken.id != row.id):
            raise Invalid("name", f"{name} stands on the page already.")
        before = row.label if row is not None else ""
        row = row or Service(name=name)
        row.name, row.about, row.state = name, " ".join(about.split())[:300], state
        row.note, row.promise = " ".join(note.split())[:300], " ".join(promise.split())[:60]
        row.back_at = None if state == "working" else back_at
        row.position = max(0, min(position, 999))
        row.changed_at, row.changed_by_id = clock.now(), person.id
        row.save()
        _record(person, "service:changed" if before else "service:added", row, before)
    queries.forget()
    return row


def _record(person: Person, name: str, row: Service, before: str) -> None:
    events.record(name, person, service=row.id, name=row.name, before=before, after=row.label, note=row.note)


def remove(viewer: Viewer, row: Service) -> None:
    """Takes a service off the page. Administrators."""
    person = access.require_role(viewer, "administrator")
    with db.write():
        row.delete_instance()
        _record(person, "service:removed", row, row.label)
    queries.forget()
