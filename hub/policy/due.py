"""Ends restrictions and seals from the web as well, so that none lasts longer because the worker has stopped."""

from __future__ import annotations

import logging
import time
from datetime import datetime

from hub import clock
from hub.policy import ladder
from hub.policy.fairness import sealing

log = logging.getLogger(__name__)
SECONDS = 60.0
"""How old the known next end may be: it was set by another process, perhaps."""
_next: datetime | None = None
_asked = -SECONDS


def end_what_is_due() -> None:
    """Before a request: ends what is over. Costs no query within a minute; whatever goes wrong, the page is shown."""
    global _next, _asked
    if time.monotonic() - _asked < SECONDS and (_next is None or _next > clock.now()):
        return
    try:
        _asked = time.monotonic()
        _next = _next_end()
        if _next is not None and _next <= clock.now():
            ladder.end_due()
            sealing.end_due()
            _next = _next_end()
    except Exception:
        log.exception("what is over could not be ended; the worker will")


def _next_end() -> datetime | None:
    return min((end for end in (ladder.next_end(), sealing.next_end()) if end is not None), default=None)


def look_again() -> None:
    """Has the next request look whatever it believes."""
    global _asked
    _asked = -SECONDS


def rest() -> None:
    """Nothing is due as far as is known."""
    global _next, _asked
    _next, _asked = None, time.monotonic()
