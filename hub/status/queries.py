"""Reads of service status, and of what is known about the hub's own health."""

from __future__ import annotations

import time
from typing import Any

from hub.errors import Missing
from hub.events import Event
from hub.status.models import Service

KEPT_FOR = 20.0
_kept: tuple[float, list[Service]] | None = None


def services() -> list[Service]:
    """Every service in the administrators' order. One query."""
    return list(Service.select().order_by(Service.position, Service.name))


def services_of_late() -> list[Service]:
    """The services as they were at most twenty seconds ago; for the home page of everybody."""
    global _kept
    if _kept is None or _kept[0] < time.monotonic() - KEPT_FOR:
        _kept = (time.monotonic(), services())
    return _kept[1]


def forget() -> None:
    """Reads the services afresh next time."""
    global _kept
    _kept = None


def service(service_id: int) -> Service:
    """One service. Raises Missing."""
    row = Service.get_or_none(Service.id == service_id)
    if row is None:
        raise Missing()
    return row


def last_drill() -> Any:
    """The event of the last restore that was tested and found whole, or None.

    Its data has `seconds` and `rows`.
    """
    return Event.select().where(Event.name == "restore:drilled").order_by(Event.id.desc()).first()


def worst_first(rows: list[Service]) -> list[Service]:
    """The services with those in trouble first, otherwise in their order."""
    rank = {"down": 0, "slow": 1, "planned": 2, "working": 3}
    return sorted(rows, key=lambda row: rank[row.state])
