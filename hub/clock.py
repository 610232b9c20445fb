"""The one place that knows what time it is, so that it can be moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/London")
_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    """The current time, aware, in UTC."""
    return _pinned.get() or datetime.now(UTC)


@contextmanager
def pinned(moment: datetime) -> Iterator[None]:
    """Inside, it is that moment: for writing down what happened earlier (the demo council, an import)."""
    token = _pinned.set(moment)
    try:
        yield
    finally:
        _pinned.reset(token)


def local(moment: datetime) -> datetime:
    """The moment on the clocks of the council's offices (Europe/London)."""
    return moment.astimezone(LOCAL)
