"""Who is asking: Flask-Login over server-side sessions, the current viewer, and the login wall."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from hub import access
from hub.access import Viewer
from hub.people import sessions
from hub.people.models import Person
from hub.web.routing import PUBLIC, SIGNED_IN, surfaces

login_manager = LoginManager()
login_manager.session_protection = None


def init(app: Flask) -> None:
    """Attaches sign-in and the wall to the app."""
    login_manager.init_app(app)
    app.before_request(wall)


@login_manager.user_loader
def load(token: str) -> Person | None:
    """The person of the session token in the cookie; their viewer is made of the same query."""
    settings = current_app.config["HUB"]
    g.viewer = viewer = access.arriving(
        token, timedelta(hours=settings.session_idle_hours), timedelta(days=settings.session_days)
    )
    return viewer.person


def current() -> Viewer:
    """The viewer of this request; built once."""
    viewer: Viewer | None = g.get("viewer")
    if viewer is None:
        person = current_user._get_current_object() if current_user.is_authenticated else None
        viewer = g.get("viewer")
        if viewer is None or viewer.person is not person:
            viewer = g.viewer = access.viewer_for(person)
    return viewer


def sign_in(person: Person) -> None:
    """Starts a session for the person under a new id and forgets what the browser's old one held."""
    device = (request.user_agent.string or "")[:200]
    session.clear()
    sessions.start(person, device, request.remote_addr or "")
    login_user(person)
    g.viewer = None


def sign_out(everywhere: bool = False) -> None:
    """Ends the session on the server and in the browser; with `everywhere` the person's other sessions too."""
    viewer = current()
    if viewer.person is not None and everywhere:
        sessions.end(viewer.person, why="signed out everywhere")
    elif viewer.person is not None:
        for row in sessions.running(viewer.person):
            if row.token_hash == sessions.token_hash(viewer.person.session_token):
                sessions.end(viewer.person, row.id, why="signed out")
    logout_user()
    session.clear()
    g.viewer = None


def wall() -> Response | None:
    """Refuses what nobody declared, and nobody-viewers where a route is not public. Roles are 404: others need not know."""
    if request.endpoint is None:
        return None
    if request.endpoint == "static":
        return None
    surface = surfaces(current_app).get(request.endpoint)
    if surface is None:
        abort(404)
    if surface.need == PUBLIC:
        return None
    viewer = current()
    if viewer.person is None:
        return to_sign_in()
    if surface.need != SIGNED_IN and not viewer.has_role(surface.need, *_wider(surface.need)):
        abort(404)
    if not surface.polling:
        sessions.touch(viewer.person)
    return None


def _wider(need: str) -> tuple[str, ...]:
    wider = {"reviewer": ("senior reviewer", "policy owner", "rule editor"), "auditor": ("administrator",)}
    return wider.get(need, ())


def to_sign_in() -> Response:
    """Sends somebody who is not signed in to the sign-in page and back afterwards. A part of a page gets 401 instead, and a
    form whose session has ended a page that keeps what it held and signs in there.
    """
    if (
        (request.method != "GET" and "_user_id" in session)
        or request.headers.get("HX-Request")
        or request.headers.get("Sec-Fetch-Mode") == "cors"
        or request.is_json
    ):
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("people.sign_in", next=back), 303)
