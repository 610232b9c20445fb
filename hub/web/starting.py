"""What a web process prepares once it runs, beside the requests that it answers meanwhile.

Nothing waits for it: who asks first finds it ready, half done or not begun, and is answered in each case.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import threading
from collections.abc import Callable

from flask import Flask

from hub import db

log = logging.getLogger(__name__)
_ARENA_MAX = -8  # malloc.h


def add(app: Flask, prepare: Callable[[], None]) -> None:
    """Has this called when a web process of this app starts; never by a command or the worker."""
    app.extensions.setdefault("starting", []).append(prepare)


def begin(app: Flask) -> threading.Thread:
    """Runs what was added, one after the other, in a thread of its own that ends with the process."""
    keep_little()
    set_aside()
    thread = threading.Thread(target=_run, args=(app,), name="starting", daemon=True)
    thread.start()
    return thread


def set_aside() -> None:
    """Has Python's garbage collector pass over what is there for as long as the process: modules, models, routes.

    They are some ninety thousand objects, and a full collection, which falls upon any request or job, would walk through
    them each time. What is read later, the index among it, is collected as ever.
    """
    gc.collect()
    gc.freeze()


def keep_little() -> None:
    """Has the C library share two heaps among all threads, where each would keep what it once needed for itself.

    Some megabytes of a process with several threads. Where the library is not glibc nothing happens.
    """
    try:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)
    except (OSError, AttributeError):
        log.debug("mallopt is not there")


def by_command() -> bool:
    """Whether the app was loaded by `flask …`, whose `serve` begins by itself, and not by a WSGI server."""
    return os.environ.get("FLASK_RUN_FROM_CLI") == "true"


def _run(app: Flask) -> None:
    with app.app_context():
        try:
            for prepare in app.extensions.get("starting", []):
                try:
                    prepare()
                except Exception:
                    log.exception("could not be prepared; the first request that needs it does it")
        finally:
            db.database.close()
