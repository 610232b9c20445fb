"""URLs of administration."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask, current_app, request, url_for
from werkzeug.wrappers import Response

from hub import clock, files
from hub.access import Viewer
from hub.administration import actions, queries
from hub.administration.models import KINDS
from hub.errors import HubError, Invalid
from hub.people import actions as people
from hub.people.models import ROLES, Person
from hub.web import composer, health, menu
from hub.web.routing import ADMINISTRATOR, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import go, show
from hub.web.viewer import current

feature = Feature("administration", __name__)
ANNOUNCED = {"text": "What everybody should know"}
ACCOUNTS = {"": "All", "roles": "With roles", "ending": "With an end", "disabled": "Closed"}
JOBS = {"": "Waiting", "failed": "Failed", "done": "Done"}


def attach(app: Flask) -> None:
    """Adds the routes, the menu entry, and the announcements of every page."""
    attach_feature(app, feature)
    menu.add(
        app, menu.Entry("administration.administration", "Administration", "administration", 80, who=_may)
    )
    menu.announce(app, _announced)
    app.extensions.setdefault("between_tests", []).append(queries.keep_none)


def _may(viewer: Viewer) -> bool:
    return viewer.has_role("administrator")


def _announced(viewer: Viewer) -> list[dict[str, Any]]:
    """What is announced, for people who are signed in."""
    rows = queries.announced() if viewer.person else []
    return [{"text": row.text, "kind": row.kind, "url": row.url} for row in rows]


# --- the overview -----------------------------------------------------------------------------------


@feature.page("/admin", need=ADMINISTRATOR)
def administration() -> Response:
    """How the hub is, in one page."""
    viewer = current()
    settings = current_app.config["HUB"]
    figures = queries.figures(viewer)
    latest = queries.last("index:rebuilt", "backup:made", "restore:drilled")
    return show(
        "administration/administration.html",
        parts=health.report(),
        figures=figures,
        file_size=files.human_size(figures["file_bytes"]),
        mail_way="written to a folder, not sent" if settings.mail == "folder" else "sent by a mail server",
        rebuilding=queries.rebuilding(),
        rebuilt=latest.get("index:rebuilt"),
        backup=latest.get("backup:made"),
        drill=latest.get("restore:drilled"),
    )


@feature.action("/admin/index/rebuild", need=ADMINISTRATOR)
def rebuild() -> Response:
    """Has the search index rebuilt beside the one in use."""
    actions.rebuild_index(current())
    return go("administration.administration", "The index is being rebuilt. Search goes on meanwhile.")


# --- people -----------------------------------------------------------------------------------------


@feature.page("/admin/people", need=ADMINISTRATOR, shows="list", endpoint="people")
def list_people() -> Response:
    """Every account, latest first."""
    words, wanted = request.args.get("q", "").strip()[:100], request.args.get("show", "")
    wanted = wanted if wanted in ACCOUNTS else ""
    found = queries.people(current(), words, wanted, request.args.get("page", ""))
    tabs = [
        {
            "label": label,
            "url": url_for("administration.people", show=key or None, q=words or None),
            "current": key == wanted,
        }
        for key, label in ACCOUNTS.items()
    ]
    after = url_for("administration.people", show=wanted or None, q=words or None, page=found.after)
    return show(
        "administration/people.html",
        "administration/_accounts.html",
        rows=found.rows,
        after=after if found.after else "",
        tabs=tabs,
        words=words,
        wanted=wanted,
    )


@feature.page("/admin/people/<handle>", need=ADMINISTRATOR)
def person(handle: str) -> Response:
    """One account: roles, state, end of access."""
    return _account(queries.person(current(), handle))


def _account(them: Person, error: HubError | None = None, status: int = 200) -> Response:
    return show(
        "administration/person.html",
        them=them,
        roles=[(role, role.capitalize()) for role in ROLES],
        error=error.message if error else "",
        ends_on=people.last_day(them.access_ends_at),
        status=status,
    )


@feature.action("/admin/people/<handle>/roles", need=ADMINISTRATOR)
def roles(handle: str) -> Response:
    """Gives the person exactly the ticked roles."""
    them = queries.person(current(), handle)
    try:
        people.set_roles(current(), them, request.form.getlist("roles"))
    except Invalid as error:
        return _account(them, error, 422)
    return go("administration.person", f"The roles of {them.name} are saved.", handle=handle)


@feature.action("/admin/people/<handle>/close", need=ADMINISTRATOR)
def close(handle: str) -> Response:
    """Closes the account of somebody who has left."""
    them = queries.person(current(), handle)
    people.disable(current(), them, request.form.get("reason", ""))
    message = f"The account of {them.name} is closed. What they wrote stays."
    return go("administration.person", message, handle=handle)


@feature.action("/admin/people/<handle>/open", need=ADMINISTRATOR, endpoint="open")
def open_account(handle: str) -> Response:
    """Opens a closed account again, without the roles it had."""
    them = queries.person(current(), handle)
    people.enable(current(), them)
    return go("administration.person", f"The account of {them.name} is open again.", handle=handle)


# --- spaces, jobs, events ---------------------------------------------------------------------------


@feature.page("/admin/spaces", need=ADMINISTRATOR, shows="list", endpoint="spaces")
def list_spaces() -> Response:
    """The spaces that an administrator may know of."""
    found = queries.spaces(current(), request.args.get("page", ""))
    after = url_for("administration.spaces", page=found.after) if found.after else ""
    secret = queries.secret_spaces(current())
    return show("administration/spaces.html", rows=found.rows, after=after, secret=secret)


@feature.page("/admin/jobs", need=ADMINISTRATOR, shows="list", endpoint="jobs")
def list_jobs() -> Response:
    """Slow work that waits, failed or is done; and events that a feature could not take."""
    wanted = request.args.get("show", "")
    wanted = wanted if wanted in JOBS else ""
    found = queries.jobs(current(), wanted, request.args.get("page", ""))
    after = url_for("administration.jobs", show=wanted or None, page=found.after) if found.after else ""
    tabs = [
        {
            "label": label,
            "url": url_for("administration.jobs", show=key or None),
            "current": key == wanted,
        }
        for key, label in JOBS.items()
    ]
    return show(
        "administration/jobs.html",
        "administration/_jobs.html",
        rows=found.rows,
        after=after,
        tabs=tabs,
        wanted=wanted,
        parked=queries.parked(current()),
    )


@feature.action("/admin/jobs/<int:job_id>/retry", need=ADMINISTRATOR)
def retry(job_id: int) -> Response:
    """Lets a failed job run again."""
    actions.retry(current(), queries.job(current(), job_id))
    return go("administration.jobs", "The job runs again within a minute.")


@feature.action("/admin/events/<int:number>/replay", need=ADMINISTRATOR)
def replay(number: int) -> Response:
    """Hands a parked event to its subscriber once more."""
    taken = actions.replay(current(), queries.parked_event(current(), number))
    message = (
        "Taken this time." if taken else "It failed again. The reason is shown with it; nothing is lost."
    )
    return go("administration.jobs", message)


# --- announcements ----------------------------------------------------------------------------------


@feature.form("/admin/announcements", need=ADMINISTRATOR)
def announcements() -> Response:
    """Tells everybody something until a day."""
    values: dict[str, str] = {"text": "", "kind": "info", "url": "", "ends_on": ""}
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in values}
        if held := composer.ask(current(), ANNOUNCED, "everyone", long=ANNOUNCED):
            return held
        try:
            row = _announce(values)
            until = clock.local(row.ends_at).strftime("%d %B %Y")
            return go("administration.announcements", f"Announced on every page until {until}.")
        except Invalid as error:
            errors = [(f"f-{'ends_on' if error.field == 'ends_at' else error.field}", error.message)]
    return show(
        "administration/announcements.html",
        rows=queries.announcements(current()),
        typed=ANNOUNCED,
        now=clock.now(),
        values=values,
        errors=errors,
        wrong=dict(errors),
        kinds=list(KINDS.items()),
        status=422 if errors else 200,
    )


def _announce(values: dict[str, str]) -> Any:
    try:
        day = date.fromisoformat(values["ends_on"])
        ends_at = people.end_of_day(day)
    except (ValueError, OverflowError):
        raise Invalid("ends_at", "Choose the last day on which it is shown.") from None
    return actions.announce(
        current(), words=values["text"], kind=values["kind"], url=values["url"], ends_at=ends_at
    )


@feature.action("/admin/announcements/<int:number>/end", need=ADMINISTRATOR)
def end_announcement(number: int) -> Response:
    """Takes an announcement off the pages."""
    actions.end_announcement(current(), queries.announcement(current(), number))
    return go("administration.announcements", "It is no longer shown.")
