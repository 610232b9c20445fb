"""Features and their routes. A route says who may come, and what it shows, where it is declared.

The declarations feed three things: the login wall (an endpoint without one is refused), the leak matrix (every surface
is visited as every viewer) and the CSRF and foreign-object tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask
from werkzeug.routing import IntegerConverter, Map

PUBLIC, SIGNED_IN = "public", "signed in"
REVIEWER, ADMINISTRATOR, AUDITOR = "reviewer", "administrator", "auditor"
NEEDS = (PUBLIC, SIGNED_IN, REVIEWER, ADMINISTRATOR, AUDITOR)
SHOWS = ("page", "list", "count", "search", "suggestion", "file", "feed", "form", "data", "static", "action")


ID_MAX = 2**31 - 1
"""The largest number that an id's column holds on PostgreSQL; a larger one in an address is simply not there."""


class Id(IntegerConverter):
    """`<int:…>` in a rule: a whole number that the database can be asked for."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": ID_MAX, **kwargs})


def init(app: Flask) -> None:
    """Bounds the numbers in addresses."""
    app.url_map.converters["int"] = Id


@dataclass(frozen=True)
class Surface:
    """A declared route. `need` is who may come at all; what they then see is access's business."""

    endpoint: str
    rule: str
    methods: tuple[str, ...]
    need: str
    shows: str
    polling: bool = False

    @property
    def safe(self) -> bool:
        """Whether it only answers, and changes nothing."""
        return self.methods == ("GET",)


class Feature(Blueprint):
    """A blueprint whose routes all declare who may come (`need`) and what they show."""

    def __init__(self, name: str, import_name: str, *, url_prefix: str | None = None) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix)
        self.declared: dict[str, Surface] = {}

    def page(
        self,
        rule: str,
        *,
        need: str = SIGNED_IN,
        shows: str = "page",
        polling: bool = False,
        endpoint: str | None = None,
    ) -> Callable[..., Any]:
        """A GET route."""
        return self._declare(rule, ("GET",), need, shows, polling, endpoint)

    def form(self, rule: str, *, need: str = SIGNED_IN, endpoint: str | None = None) -> Callable[..., Any]:
        """A route that shows a form on GET and takes it on POST."""
        return self._declare(rule, ("GET", "POST"), need, "form", False, endpoint)

    def action(self, rule: str, *, need: str = SIGNED_IN, endpoint: str | None = None) -> Callable[..., Any]:
        """A POST route that changes something."""
        return self._declare(rule, ("POST",), need, "action", False, endpoint)

    def _declare(
        self, rule: str, methods: tuple[str, ...], need: str, shows: str, polling: bool, endpoint: str | None
    ) -> Callable[..., Any]:
        if need not in NEEDS or shows not in SHOWS:
            raise ValueError(f"{rule}: need {need!r} or shows {shows!r} is not one of the known ones")

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            name = endpoint or view.__name__
            full = f"{self.name}.{name}"
            self.declared[full] = Surface(full, (self.url_prefix or "") + rule, methods, need, shows, polling)
            self.add_url_rule(rule, name, view, methods=list(methods))
            return view

        return register


def attach(app: Flask, feature: Feature) -> None:
    """Adds a feature's routes and declarations to the app."""
    app.register_blueprint(feature)
    surfaces(app).update(feature.declared)


def surfaces(app: Flask) -> dict[str, Surface]:
    """Every declared route of the app by endpoint."""
    found: dict[str, Surface] = app.extensions.setdefault("surfaces", {})
    return found
