"""Headers of every answer, and the check that an unsafe request comes from our own pages (docs/decisions/0007-browser.md)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

csrf = CSRFProtect()
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
FOR_FILES = {
    **FIXED,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
"""Headers of our own style sheets, scripts and pictures, which are answered before the app is asked. A picture's own styles may
stand, and nothing else of it runs where it is opened by itself."""


def init(app: Flask) -> None:
    """Attaches CSRF tokens, the origin check and the headers."""
    csrf.init_app(app)
    app.before_request(check_host)
    app.before_request(check_origin)
    app.before_request(check_characters)
    app.after_request(add)


def add_to_file(answered: Any, _path: str, _url: str) -> None:
    """Adds them to a file of our own that WhiteNoise answers."""
    for name, value in FOR_FILES.items():
        answered[name] = value


def check_host() -> None:
    """Refuses a Host header that is not ours, so that no link can be poisoned with one."""
    allowed = current_app.config["HOSTS"]
    if allowed and request.host not in allowed:
        abort(400, "This hub does not answer to that address.")


def check_origin() -> None:
    """Refuses an unsafe request that a browser says comes from elsewhere. CSRF tokens are checked besides."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(403, "This form was sent from another site. Open the page here and send it again.")
    origin = request.headers.get("Origin")
    # Our own pages that keep their address to themselves (no-referrer) send "null", too.
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        abort(403, "This form was sent from another site. Open the page here and send it again.")


ANSWERS_ANYTHING = ("search.search", "search.suggest")


def check_characters() -> None:
    """Refuses NUL in addresses and searches: no row has it, and PostgreSQL cannot even be asked for it.

    In what people write it is taken out instead, so that nothing typed is lost; a search answers whatever is asked.
    """
    if request.endpoint in ANSWERS_ANYTHING:
        return
    if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
        abort(400, "The address holds a character that cannot stand in one.")


def add(response: Response) -> Response:
    """Adds what is missing; a view that answers a file has set its own stricter policy already."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    for name, value in FIXED.items():
        headers.setdefault(name, value)
    if current_app.config["HUB"].secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        response.vary.add("HX-Request")
        response.vary.add("Cookie")
        if "Cache-Control" not in headers:
            signed_in = current_user and current_user.is_authenticated
            headers["Cache-Control"] = "private, no-store" if signed_in else "private, no-cache"
    return response
