"""Throttling of what can be guessed or flooded by machine: sign-in, reset, search by nobody. Never of posting or reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from hub.web.viewer import current

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=False)


def for_strangers(limit: str) -> Callable[[Any], Any]:
    """Bounds how often one network address may ask for a costly page without signing in, such as "60/minute": 429 beyond.

    Beneath the route's declaration. Whoever is signed in is not counted: a council is one address.
    """
    return limiter.limit(limit, exempt_when=lambda: current().person is not None)


def init(app: Flask) -> None:
    """Attaches the limiter: memory by default, Redis where the hub has one. Off in tests unless a test turns it on."""
    settings = app.config["HUB"]
    app.config.setdefault("RATELIMIT_STORAGE_URI", settings.redis or "memory://")
    app.config.setdefault("RATELIMIT_SWALLOW_ERRORS", True)
    limiter.init_app(app)
    limiter.enabled = not settings.testing
