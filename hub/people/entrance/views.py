"""URLs of the ways in and out: sign-in, sign-out, a forgotten password, an accepted invitation.

The feature starts here.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

import config
from hub import clock
from hub.errors import HubError, Invalid, Missing
from hub.people import actions, devices, forms, invitations, resets, signin
from hub.people.models import Person
from hub.text import safe_next
from hub.web import carrying
from hub.web import viewer as viewers
from hub.web.routing import PUBLIC, Feature
from hub.web.show import go, show
from hub.web.viewer import current

feature = Feature("people", "hub.people")
STATUS = {signin.Wrong: 422, signin.Wait: 429, signin.Ended: 403}


@feature.form("/sign-in", need=PUBLIC)
def sign_in() -> Response:
    """Sign in with e-mail and password, and go on to where one was going, or with the form that the session's end stopped."""
    onward = safe_next(request.values.get("next")) or "/"
    if current().person is not None and request.method == "GET":
        return redirect(onward, 303)
    form, carried = forms.SignIn(), carrying.sent()
    if form.validate_on_submit():
        try:
            found = signin.enter(form.email.data, form.password.data, address=_address(), device=_device())
        except (signin.Wrong, signin.Wait, signin.Ended) as error:
            return _not_in(form, onward, carried, error)
        if carried is not None:
            _enter(found)
            return _known(show("people/go_on.html", carried=carried), found)
        return let_in(found, onward)
    return show(
        "people/sign_in.html",
        form=form,
        onward=onward,
        carried=carried,
        refused=None,
        status=422 if form.errors else 200,
    )


def _not_in(form: forms.SignIn, onward: str, carried: carrying.Carried | None, error: HubError) -> Response:
    response = show(
        "people/sign_in.html",
        form=form,
        onward=onward,
        carried=carried,
        refused=error,
        status=STATUS[type(error)],
    )
    if isinstance(error, signin.Wait):
        response.headers["Retry-After"] = str(max(1, int((error.until - clock.now()).total_seconds())))
    return response


@feature.action("/sign-out")
def sign_out() -> Response:
    """Ends this session, or with `everywhere` all of the person's; the browser forgets the pages it kept."""
    viewers.sign_out(everywhere=bool(request.form.get("everywhere")))
    flash("You are signed out." if not request.form.get("everywhere") else "You are signed out everywhere.")
    response = redirect(url_for("people.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@feature.form("/forgot", need=PUBLIC)
def forgot() -> Response:
    """Asks for a link by mail; says the same whether or not there is such an account."""
    form = forms.Forgot()
    if form.validate_on_submit():
        try:
            resets.ask(form.email.data, link("people.reset"), _address())
        except signin.Wait as error:
            form.blame(Invalid("email", error.message))
            return show("people/forgot.html", form=form, sent_to="", status=429)
        return show("people/forgot.html", form=form, sent_to=form.email.data)
    return show("people/forgot.html", form=form, sent_to="", status=422 if form.errors else 200)


@feature.form("/reset/<token>", need=PUBLIC)
def reset(token: str) -> Response:
    """Sets a new password by a one-time link. Opening the page does not use the link up."""
    row = resets.find(token)
    if row is None:
        return _spent(
            "This link no longer works",
            "Links for a new password work once and for one hour.",
            "people.forgot",
        )
    form = forms.NewPassword()
    if form.validate_on_submit():
        try:
            resets.use(token, form.password.data)
            return _private(
                go(
                    "people.sign_in",
                    "Your password is set. Sign in with it; everywhere else you were signed out.",
                )
            )
        except Invalid as error:
            form.blame(error)
        except Missing:
            return _spent("This link no longer works", "It was used a moment ago.", "people.forgot")
    return _private(show("people/reset.html", form=form, them=row.person, status=422 if form.errors else 200))


@feature.form("/invitation/<token>", need=PUBLIC)
def accept(token: str) -> Response:
    """Accepts an invitation: name and password, and one is in. Opening the page does not use the link up."""
    row = invitations.find(token)
    if row is None:
        return _spent(
            "This invitation no longer works", "Invitations work once, for 14 days, and can be withdrawn.", ""
        )
    form = forms.Accept(data={"name": row.name})
    if form.validate_on_submit():
        try:
            made = invitations.accept(token, form.name.data, form.password.data)
            return _private(
                let_in(made, "/", "Welcome. Look through your profile, so that colleagues find you.")
            )
        except Invalid as error:
            form.blame(error)
        except Missing:
            return _spent("This invitation no longer works", "It was used a moment ago.", "")
    return _private(
        show(
            "people/accept.html",
            form=form,
            row=row,
            last_day=actions.last_day,
            status=422 if form.errors else 200,
        )
    )


def let_in(person: Person, onward: str, message: str = "") -> Response:
    """Starts the person's session in this browser, remembers the browser, and goes on."""
    _enter(person)
    if message:
        flash(message)
    return _known(redirect(onward, 303), person)


def _enter(person: Person) -> None:
    if current().person is not None:
        viewers.sign_out()
    theme = session.get("theme")
    viewers.sign_in(person)
    if theme:
        session["theme"] = theme


def _known(response: Response, person: Person) -> Response:
    response.set_cookie(
        devices.COOKIE,
        devices.written(_device().with_person(person.id), _secret()),
        max_age=int(devices.LASTS.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["HUB"].secure,
    )
    return response


def link(endpoint: str) -> str:
    """The whole address of a page whose last part is a token, up to the token; from the settings, never
    from the request.
    """
    settings: config.Settings = current_app.config["HUB"]
    return settings.address + url_for(endpoint, token="t")[:-1]  # noqa: S106 - a place for the token


def limits() -> tuple[timedelta, timedelta]:
    """How long a session lasts: without a request, and at the longest."""
    settings: config.Settings = current_app.config["HUB"]
    return timedelta(hours=settings.session_idle_hours), timedelta(days=settings.session_days)


def back(otherwise: str) -> Response:
    """A 303 to the page of ours that the request came from."""
    came = urlsplit(request.referrer or "")
    path = f"{came.path}?{came.query}" if came.query else came.path
    ours = came.netloc == request.host and safe_next(path)
    return redirect(path if ours else otherwise, 303)


def _spent(title: str, why: str, again: str) -> Response:
    return _private(show("people/spent.html", title=title, why=why, again=again, status=410))


def _private(response: Response) -> Response:
    """A page with a token in its address is kept nowhere."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _address() -> str:
    return request.remote_addr or ""


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])


def _device() -> devices.Device:
    return devices.read(request.cookies.get(devices.COOKIE), _secret())
