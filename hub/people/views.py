"""URLs of people: the directory, profiles, organisations and services, one's own settings, invitations.

In templates the person that a page is about is called `them`: page.html has taken `person` for the viewer.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, current_app, request, session, url_for
from werkzeug.wrappers import Response

from hub import files
from hub.content import queries as content
from hub.errors import Invalid, Missing
from hub.people import actions, forms, invitations, lapses, passwords, queries, sessions
from hub.people.devices import in_words
from hub.people.entrance.views import back, feature, limits, link
from hub.people.models import Person
from hub.web import cards, composer, menu
from hub.web.downloads import send_stored
from hub.web.routing import ADMINISTRATOR, PUBLIC
from hub.web.routing import attach as attach_feature
from hub.web.show import go, show
from hub.web.viewer import current

# The daily rounds of `lapses` are registered by importing it.
__all__ = ["attach", "feature", "lapses"]


def attach(app: Flask) -> None:
    """Adds the routes, the menu entry, the daily rounds and the warning that a session is about to end."""
    passwords.init(cheap=app.config["HUB"].testing)
    attach_feature(app, feature)
    files.refer("photos", queries.photos)
    menu.add(
        app,
        menu.Entry("people.directory", "People", "people", 60, who=lambda viewer: viewer.person is not None),
    )
    app.context_processor(lambda: {"session_ends": _session_ends()})
    app.extensions.setdefault("between_tests", []).append(queries.forget_choices)


def _session_ends() -> int | None:
    person = current().person
    return None if person is None else sessions.seconds_left(person, *limits())


# --- the directory --------------------------------------------------------------------------------


@feature.page("/people", shows="list")
def directory() -> Response:
    """Everybody with an account, by name, narrowed by words, organisation, service, skill or letter."""
    wanted = forms.wanted()
    return show(
        "people/directory.html",
        "people/_people.html",
        wanted=wanted,
        organisations=queries.organisations,
        units=queries.units,
        letters=lambda: queries.kept_for_a_while("letters", queries.letters),
        skills=lambda: queries.kept_for_a_while("skills", queries.skills),
        **_people(wanted),
    )


@feature.page("/people/<handle>")
def person(handle: str) -> Response:
    """Somebody's profile, and what they wrote that the viewer may read."""
    viewer = current()
    profile = queries.profile(handle)
    items = content.listing(viewer, author=profile.person.id).limit(8)
    return show(
        "people/person.html",
        profile=profile,
        them=profile.person,
        cards=cards.cards(viewer, items),
        card=person_card,
        is_me=profile.person.id == viewer.id,
        has_left=not queries.is_here(profile.person),
        may_extend=actions.may_extend(viewer, profile.person),
        last_day=actions.last_day,
        is_old=queries.wants_confirming(profile.person),
    )


@feature.page("/people/<handle>/photo.png", shows="file")
def photo(handle: str) -> Response:
    """Somebody's photo, as the hub made it from their upload."""
    found = queries.by_handle(handle)
    if not found.photo:
        raise Missing()
    return send_stored(found.photo, f"{found.handle}.png", "image/png", inline=True)


@feature.form("/people/<handle>/access")
def extend(handle: str) -> Response:
    """The sponsor moves the end of a partner's access."""
    found = queries.by_handle(handle)
    if not actions.may_extend(current(), found):
        raise Missing()
    form = forms.Extend(data={"ends_on": actions.last_day(found.access_ends_at)})
    if form.validate_on_submit():
        try:
            actions.extend(current(), found, actions.end_of_day(form.ends_on.data))
            return go("people.person", f"{found.name}: the end of access is changed.", handle=handle)
        except Invalid as error:
            form.blame(error)
    return show("people/extend.html", form=form, them=found, status=422 if form.errors else 200)


@feature.page("/organisations", shows="list")
def organisations() -> Response:
    """The council and its partners."""
    return show("people/organisations.html", rows=queries.organisations(), counts=queries.head_counts())


@feature.page("/organisations/<organisation_key>")
def organisation(organisation_key: str) -> Response:
    """An organisation and its people."""
    found = queries.organisation(organisation_key)
    wanted = queries.Wanted(organisation=found.key)
    services = queries.units() if found.is_home else []
    return show(
        "people/organisation.html",
        "people/_people.html",
        organisation=found,
        units=services,
        counts=queries.unit_counts() if services else {},
        kinds=actions.KINDS,
        **_people(wanted),
    )


@feature.form("/organisations/new", need=ADMINISTRATOR)
def new_organisation() -> Response:
    """An administrator adds a partner organisation."""
    return _organisation_form(forms.Organisation(), "")


@feature.form("/organisations/<organisation_key>/edit", need=ADMINISTRATOR)
def edit_organisation(organisation_key: str) -> Response:
    """An administrator changes an organisation's name, domain or description."""
    found = queries.organisation(organisation_key)
    form = forms.Organisation(obj=found)
    if found.is_home:
        del form.kind
    return _organisation_form(form, organisation_key)


def _organisation_form(form: forms.Organisation, key: str) -> Response:
    if form.validate_on_submit():
        if held := composer.ask(current(), forms.SAID_OF_ORGANISATION, "everyone", long=("about",)):
            return held
        try:
            saved = actions.save_organisation(current(), key, **form.data)
            return go("people.organisation", f"{saved.name} is saved.", organisation_key=saved.key)
        except Invalid as error:
            form.blame(error)
    return show(
        "people/edit_organisation.html",
        form=form,
        key=key,
        typed=forms.SAID_OF_ORGANISATION,
        status=422 if form.errors else 200,
    )


@feature.page("/units/<unit_key>")
def unit(unit_key: str) -> Response:
    """A service of the council: its head and its people."""
    found = queries.unit(unit_key)
    head = queries.by_ids([found.head_id or 0]).get(found.head_id or 0)
    people = _people(queries.Wanted(unit=found.key))
    return show(
        "people/unit.html", "people/_people.html", unit=found, head=head and person_card(head), **people
    )


# --- one's own settings ---------------------------------------------------------------------------


@feature.page("/settings", shows="form")
def settings() -> Response:
    """What can be set, in one place."""
    rules = {rule.rule for rule in current_app.url_map.iter_rules()}
    return show("people/settings.html", them=_me(), has_notifications="/settings/notifications" in rules)


@feature.form("/settings/profile")
def edit_profile() -> Response:
    """The viewer's own profile, its photo too: one form, so that sending the one never loses the other."""
    me = queries.by_handle(_me().handle)
    form, photo_error = forms.profile(me), _photo()
    if not photo_error and form.validate_on_submit():
        if held := composer.ask(current(), forms.TYPED, "everyone", long=("about",)):
            return held
        try:
            actions.change_profile(current(), **form.data)
            return go("people.person", "Your profile is saved.", handle=me.handle)
        except Invalid as error:
            form.blame(error)
    return show(
        "people/edit_profile.html",
        form=form,
        them=queries.by_handle(me.handle),
        typed=forms.TYPED,
        photo_error=photo_error,
        status=422 if form.errors or photo_error else 200,
    )


def _photo() -> str:
    """Takes the photo that was sent, or the present one away; answers what is wrong with it."""
    upload = request.files.get("photo")
    if request.method == "POST" and upload is not None and upload.filename:
        try:
            actions.set_photo(current(), upload.stream)
        except Invalid as error:
            return error.message
    elif request.form.get("photo_away"):
        actions.remove_photo(current())
    return ""


@feature.action("/settings/profile/confirm")
def confirm_profile() -> Response:
    """Still right, in one click."""
    actions.confirm_profile(current())
    return go("people.person", "Thank you. Your profile is marked as still right.", handle=_me().handle)


@feature.action("/settings/theme", need=PUBLIC)
def theme() -> Response:
    """Light, dark or as the device; for nobody it is kept in the browser's session."""
    choice = request.form.get("theme", "")
    if choice not in actions.THEMES:
        raise Invalid("theme", "Choose light, dark, or as the device.")
    session["theme"] = choice
    if current().person is not None:
        actions.set_preference(current(), "theme", choice)
    return back("/settings" if current().person is not None else "/")


@feature.action("/settings/keys")
def keys() -> Response:
    """Single-key shortcuts on or off."""
    choice = "off" if request.form.get("keys") == "off" else "on"
    actions.set_preference(current(), "keys", choice)
    return go("people.settings", f"Single-key shortcuts are {choice}.")


@feature.form("/settings/password")
def change_password() -> Response:
    """A new password, for which the present one is asked."""
    form = forms.ChangePassword()
    if not _me().password_hash:
        del form.current
    if form.validate_on_submit():
        try:
            ended = actions.change_password(current(), form.data.get("current", ""), form.password.data)
            elsewhere = f" {ended} other session{'s were' if ended != 1 else ' was'} ended." if ended else ""
            return go("people.settings", f"Your password is changed.{elsewhere}")
        except Invalid as error:
            form.blame(error)
    return show("people/change_password.html", form=form, them=_me(), status=422 if form.errors else 200)


@feature.page("/settings/sessions", shows="list", endpoint="sessions")
def list_sessions() -> Response:
    """Where the viewer is signed in."""
    me = _me()
    here = sessions.token_hash(me.session_token)
    rows = [
        {"row": row, "device": in_words(row.device), "here": row.token_hash == here}
        for row in sessions.running(me, *limits())
    ]
    return show("people/sessions.html", rows=rows)


@feature.action("/settings/sessions/<int:session_id>/end")
def end_session(session_id: int) -> Response:
    """Ends one of the viewer's sessions; somebody else's is as good as none."""
    if not sessions.end(_me(), session_id, why="ended in the settings"):
        raise Missing()
    return go("people.sessions", "That session is ended.")


@feature.action("/settings/sessions/end-others")
def end_other_sessions() -> Response:
    """Ends every session but this one."""
    ended = sessions.end(_me(), keep=_me().session_token, why="ended in the settings")
    return go("people.sessions", f"{ended} other session{' is' if ended == 1 else 's are'} ended.")


# --- invitations ----------------------------------------------------------------------------------


@feature.page("/invitations", shows="list", endpoint="invitations")
def list_invitations() -> Response:
    """The viewer's invitations and what has become of them."""
    rows = invitations.listed(current(), request.args.get("before", 0, type=int), 51)
    older = url_for("people.invitations", before=rows[49].id) if len(rows) > 50 else ""
    return show(
        "people/invitations.html",
        rows=rows[:50],
        state=invitations.state,
        older=older,
        last_day=actions.last_day,
    )


@feature.form("/invitations/new")
def invite() -> Response:
    """Invites somebody by e-mail, with the viewer as their sponsor."""
    if not invitations.may_invite(current()):
        raise Missing()
    form = forms.invite(administrator=current().has_role("administrator"))
    if form.validate_on_submit():
        try:
            row = invitations.invite(current(), link=link("people.accept"), **forms.invited(form))
            return go(
                "people.invitations",
                f"The invitation to {row.email} is on its way. Its link works for 14 days.",
            )
        except Invalid as error:
            form.blame(error)
    return show("people/invite.html", form=form, status=422 if form.errors else 200)


@feature.action("/invitations/<int:invitation_id>/renew")
def renew_invitation(invitation_id: int) -> Response:
    """Mails a fresh link."""
    row = invitations.own(current(), invitation_id)
    invitations.renew(current(), row, link("people.accept"))
    return go(
        "people.invitations", f"A fresh link is on its way to {row.email}. The one before no longer works."
    )


@feature.action("/invitations/<int:invitation_id>/withdraw")
def withdraw_invitation(invitation_id: int) -> Response:
    """Makes the link useless."""
    row = invitations.own(current(), invitation_id)
    invitations.withdraw(current(), row)
    return go("people.invitations", f"The invitation to {row.email} is withdrawn. Its link no longer works.")


# --- shared ---------------------------------------------------------------------------------------


def person_card(found: Person) -> dict[str, Any]:
    """A person for the `person_card` macro."""
    unit = found.unit if found.unit_id else None
    return {
        **cards.who(found),
        "job_title": found.job_title,
        "unit": unit.name if unit else "",
        "organisation": "" if found.organisation.is_home else found.organisation.name,
        "ask_me_about": found.ask_me_about[:3],
    }


def _people(wanted: queries.Wanted) -> dict[str, Any]:
    """A page of the directory for the region `_people.html`; its links keep the rest of the address."""
    page = queries.directory(wanted, request.args.get("page", ""))
    kept: dict[str, Any] = {n: v for n, v in request.args.items() if n != "page" and v}
    links = {
        way: url_for(request.endpoint or "", **(request.view_args or {}), **kept, page=cursor)
        if cursor
        else ""
        for way, cursor in (("after", page.after), ("before", page.before))
    }
    return {
        "people": [person_card(p) for p in page.rows],
        "total": page.total,
        "links_to": links,
        "kept": kept,
    }


def _me() -> Person:
    person = current().person
    if person is None:
        abort(401)
    return person
