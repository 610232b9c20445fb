"""URLs of notifications: the list, the bell, the settings, and the link that ends a kind of mail."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

import config
from hub import events, mail
from hub.access import Viewer
from hub.content import keeping, kinds
from hub.content import queries as content
from hub.content.models import Item
from hub.content.queries import one_statement
from hub.errors import Missing
from hub.notifications import actions, letters, queries, reactions, sentences
from hub.notifications.models import REASONS, TIMES, Notification
from hub.spaces import queries as spaces
from hub.web import menu
from hub.web.headers import csrf
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import go, item_url, show
from hub.web.viewer import current

feature = Feature("notifications", __name__)
LIST = "notifications/_notifications.html"


def attach(app: Flask) -> None:
    """Adds the routes, the bell of every page, and the subscriber."""
    attach_feature(app, feature)
    menu.add_count(app, "unread_count", queries.unseen_count)
    menu.on_page(app, "bell_url", lambda viewer: url_for("notifications.bell") if viewer.person else "")
    events.subscribe("notifications", reactions.tell)
    settings = app.config["HUB"]
    addresses = app.url_map.bind("")
    letters.init(
        config.secret_key(settings),
        settings.name,
        lambda endpoint, **values: settings.address + addresses.build(endpoint, values),
    )
    csrf.exempt(off_now)


@feature.page("/notifications", shows="list")
def notifications() -> Response:
    """What the viewer was told, latest first.

    Looking at it empties the bell; reading the thing itself unmarks it.
    """
    viewer = current()
    only_unread = request.args.get("show") == "unread"
    found = queries.listed(viewer, request.args.get("page", ""), only_unread=only_unread)
    actions.mark_seen(viewer)
    return show(
        "notifications/notifications.html",
        LIST,
        rows=[_row(viewer, row) for row in found.rows],
        older=found.older,
        only_unread=only_unread,
        tabs=[
            {"label": "All", "url": url_for("notifications.notifications"), "current": not only_unread},
            {
                "label": "Unread",
                "url": url_for("notifications.notifications", show="unread"),
                "current": only_unread,
            },
        ],
    )


def _row(viewer: Viewer, row: Notification) -> dict[str, Any]:
    said = sentences.said(viewer, row)
    return {
        "id": row.id,
        "lead": said.lead,
        "about": said.about,
        "url": _url(viewer, row),
        "why": sentences.why(row),
        "at": row.created_at,
        "actor": row.actor,
        "unread": queries.is_unread(row),
        "subject": row.subject,
        "watching": row.reason == "watch",
    }


def _url(viewer: Viewer, row: Notification) -> str:
    if row.reason == "decision" and not row.item_id:
        page = mail.page_of(row.event_name)
        return url_for(page) if page in current_app.view_functions else "/my-flags"
    if row.item_id:
        item: Item = row.item
        return item_url(item)
    if row.space_id is None or sentences.said(viewer, row).about != row.space.name:
        return ""
    endpoint = "spaces.requests" if row.reason == "request" else "spaces.space"
    return url_for(endpoint, space_slug=row.space.slug)


@feature.page("/notifications/bell", shows="count", polling=True)
def bell() -> Response:
    """The bell as it is now; 204 where its number is still the one that the page shows."""
    query = queries.unseen_count(current())
    number = one_statement({"unread": query})["unread"] if query is not None else 0
    if request.args.get("n", type=int) == number:
        return make_response("", 204)
    return make_response(render_template("notifications/_bell.html", number=number))


@feature.page("/items/<int:item_id>/who-is-told", shows="count")
def told_of_answer(item_id: int) -> Response:
    """How many people an answer to the item would be told to; the composer asks when somebody begins to write."""
    viewer = current()
    root = content.open_item(viewer, item_id)
    answering = request.args.get("answering", 0, type=int)
    answered = content.answers(viewer, root).where(Item.id == answering).first() if answering else None
    number = reactions.would_be_told_of_answer(root, viewer.id or 0, [answered.author_id] if answered else [])
    return _told(number)


@feature.page("/who-is-told", shows="count")
def told_of_new() -> Response:
    """How many people would be told of something new with that audience in that blog or category (`place`) of a space."""
    viewer = current()
    audience, space_id = request.args.get("audience", ""), request.args.get("space", 0, type=int)
    if not spaces.may_weigh(viewer, audience):
        raise Missing()
    heard = [f"person:{viewer.id}", f"space:{space_id}"]
    keeping.require_followable(viewer, heard[1])
    what, _, number = request.args.get("place", "").partition(":")
    if what in kinds.PLACES and number.isdecimal() and len(number) < 10:
        heard[:0] = [f"{what}:{n}" for n in kinds.PLACES[what](viewer, [int(number)])]
    return _told(reactions.would_be_told_of_new(audience, heard, viewer.id or 0))


def _told(number: int) -> Response:
    return make_response(render_template("notifications/_told.html", number=number))


@feature.action("/notifications/read")
def read_all() -> Response:
    """Marks everything as read."""
    actions.mark_read(current())
    return go("notifications.notifications", "Everything is marked as read.")


@feature.action("/notifications/<int:number>/read")
def read(number: int) -> Response:
    """Marks one as read."""
    actions.mark_read(current(), number)
    return go("notifications.notifications")


@feature.form("/settings/notifications")
def settings() -> Response:
    """When each reason is mailed, and what the viewer follows."""
    viewer = current()
    if request.method == "POST":
        actions.set_wishes(
            viewer, {reason: request.form[reason] for reason in REASONS if reason in request.form}
        )
        return go("notifications.settings", "Saved. What is told here in the hub stays as it is.")
    wish = queries.wishes(viewer.id or 0)
    return show(
        "notifications/settings.html",
        reasons=[(reason, words, wish.time_of(reason)) for reason, words in REASONS.items()],
        times=list(TIMES.items()),
        followed=queries.followed(viewer),
    )


@feature.page("/notifications/off/<token>", need=PUBLIC, shows="form")
def off(token: str) -> Response:
    """The link of a mail: asks once, because mail programs look at links by themselves."""
    return _off_page(token, done=False)


@feature.action("/notifications/off/<token>", need=PUBLIC)
def off_now(token: str) -> Response:
    """Ends that kind of mail, also for a mail program's own button (RFC 8058), which has no session and no
    CSRF token.
    """
    found = letters.read_off_token(token)
    if found is not None:
        actions.stop_mail(found[0].id, found[1])
    return _off_page(token, done=True)


def _off_page(token: str, *, done: bool) -> Response:
    found = letters.read_off_token(token)
    if found is None:
        raise Missing("This link is damaged. Sign in and choose under Settings, Notifications.")
    reasons = [REASONS[reason] for reason in found[1] if reason in REASONS]
    return show("notifications/off.html", reasons=reasons, done=done, token=token)
