"""URLs of feeds. The feeds of blogs stand with the blogs."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request, session, url_for
from werkzeug.wrappers import Response

from hub import access
from hub.content import actions as content
from hub.content import queries as items
from hub.errors import Missing
from hub.feeds import actions
from hub.spaces import queries as spaces
from hub.web import atom
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import go, show
from hub.web.viewer import current

feature = Feature("feeds", __name__)
ONCE = "feed_token_once"


def attach(app: Flask) -> None:
    """Adds the routes."""
    attach_feature(app, feature)


@feature.page("/feeds/public.atom", need=PUBLIC, shows="feed")
def public() -> Response:
    """What anybody may read, newest first; the same for everybody, signed in or not."""
    return _feed(access.NOBODY, _name("public posts"))


@feature.page("/feeds/<token>/everything.atom", need=PUBLIC, shows="feed")
def everything(token: str) -> Response:
    """Everything that the token's owner may read now."""
    return _feed(atom.viewer_of(token), _name("everything"))


@feature.page("/feeds/<token>/spaces/<space_slug>.atom", need=PUBLIC, shows="feed")
def space(token: str, space_slug: str) -> Response:
    """What is new in one space, for the token's owner. Missing where they may not enter it."""
    viewer = atom.viewer_of(token)
    found = spaces.by_slug(viewer, space_slug)
    if not access.may_enter(viewer, found):
        raise Missing()
    return _feed(
        viewer, _name(found.name), link=url_for("spaces.space", space_slug=found.slug), space=found.id
    )


@feature.page("/feeds/<token>/tags/<tag>.atom", need=PUBLIC, shows="feed")
def tag(token: str, tag: str) -> Response:
    """What is new with one tag, for the token's owner; empty where there is nothing for them."""
    viewer = atom.viewer_of(token)
    return _feed(viewer, _name(f"tagged {tag}"), link=url_for("content.tag", tag=tag), tag=tag)


@feature.form("/settings/feeds")
def settings() -> Response:
    """The viewer's own feed addresses: made, made anew, ended. They are shown once, because only their hash is kept."""
    viewer = current()
    if request.method == "POST":
        return _change()
    token = session.pop(ONCE, "")
    places = [place for place in viewer.places.values() if not place.is_hub]
    return show(
        "feeds/settings.html",
        token=token,
        address=current_app.config["HUB"].address,
        on=viewer.person is not None and viewer.person.feed_token is not None,
        your_places=places,
    )


def _change() -> Response:
    if request.form.get("step") == "end":
        actions.set_token(current(), None)
        return go(
            "feeds.settings", "Your feed addresses have ended. Readers that used them get nothing more."
        )
    token, stored = atom.new_token()
    actions.set_token(current(), stored)
    session[ONCE] = token
    return go("feeds.settings", "Your feed addresses are ready. Copy them now: they are shown only once.")


def _feed(viewer: access.Viewer, title: str, *, link: str = "/", **narrowed: Any) -> Response:
    if "tag" in narrowed:
        narrowed["tag"] = content.tag_slug(narrowed["tag"])
    rows = items.listing(viewer, columns=atom.columns(), **narrowed).limit(atom.ENTRIES)
    return atom.answer(viewer, title, rows, link=link)


def _name(what: str) -> str:
    return f"{current_app.config['HUB'].name}: {what}"
