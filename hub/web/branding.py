"""Serves the council's own colour as a small style sheet, checked for contrast when the hub starts."""

from __future__ import annotations

from flask import Flask, current_app
from werkzeug.wrappers import Response

import config
from hub.web import brand
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature

feature = Feature("branding", __name__)


def init(app: Flask) -> None:
    """Attaches the route. Raises config.Misconfigured for a colour that cannot be read."""
    try:
        app.config["BRAND_CSS"] = brand.style_sheet(app.config["HUB"].accent)
    except brand.Unreadable as error:
        raise config.Misconfigured(f"HUB_ACCENT: {error}") from None
    attach_feature(app, feature)


@feature.page("/brand.css", need=PUBLIC, shows="static")
def style() -> Response:
    """The colour over the tokens of hub.css."""
    response = current_app.response_class(current_app.config["BRAND_CSS"], mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
