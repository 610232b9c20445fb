"""The floor: the same pages as a plain Flask app makes them, without anything that the hub adds.

Flask, Flask-Login, peewee and Jinja; the same SQL statements, built by peewee and read into its models as everybody
does it; one plain template a page that shows the same words. No macros, no icons, no address building, no CSRF
tokens, no security headers, no regions, no events.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, abort, g, render_template, request
from flask_login import LoginManager, current_user, login_required

from hub import access, prepared
from hub.blogs import queries as blogs
from hub.content import queries as content
from hub.content.models import REACTIONS, Item
from hub.forums import queries as forums
from hub.home import queries as home
from hub.notifications import queries as notifications
from hub.people.models import Person
from hub.search import queries as search
from hub.web import answers, dates
from hub.web.paging import page

DAY = timedelta(days=14)


def make(hub: Flask) -> Flask:
    """The plain app beside the hub, on the same database and with the same cookies."""
    app = Flask("floor", root_path=str(hub.root_path), template_folder="bench/floor_templates")
    app.config.update(
        SECRET_KEY=hub.config["SECRET_KEY"], SESSION_COOKIE_NAME=hub.config["SESSION_COOKIE_NAME"]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(relative=dates.relative, day_heading=dates.day_heading)
    app.jinja_env.globals["REACTIONS"] = REACTIONS
    login = LoginManager(app)
    login.user_loader(_person)
    for rule, view in {
        "/topics/<int:topic_id>": topic,
        "/": feed,
        "/posts/<int:post_id>": post,
        "/search": found,
    }.items():
        app.add_url_rule(rule, view_func=login_required(prepared.as_written()(view)))
    return app


def _person(token: str) -> Person | None:
    with prepared.as_written():
        g.viewer = access.arriving(token, DAY, DAY)
    return g.viewer.person


def _viewer() -> access.Viewer:
    current_user._get_current_object()
    viewer: access.Viewer = g.viewer
    return viewer


def _frame(viewer: access.Viewer) -> dict[str, Any]:
    numbers = {"unread": forums.unread_count(viewer), "told": notifications.unseen_count(viewer)}
    return {"viewer": viewer, **content.one_statement({k: v for k, v in numbers.items() if v is not None})}


def topic(topic_id: int) -> str:
    viewer = _viewer()
    item, kept = forums.topic(viewer, topic_id)
    if not access.may_open(viewer, item):
        abort(404)
    rows = forums.replies(viewer, item, 1)
    reach = access.reach_of(item.audience, item.space)
    reactions = content.reactions(viewer, [item.id, *(row.id for row in rows)])
    return render_template(
        "topic.html",
        item=item,
        kept=kept,
        rows=[item, *rows],
        reach=reach,
        reactions=reactions,
        **_frame(viewer),
    )


def feed() -> str:
    viewer = _viewer()
    rows = page(home.feed(viewer))
    seen = home.seen(viewer, rows.rows, "post:new")
    draft = content.draft(viewer, "post:new") if seen.draft else None
    reach = access.reach_of("everyone")
    return render_template(
        "feed.html",
        rows=rows,
        fresh=seen.fresh,
        marks=seen.marks,
        draft=draft,
        reach=reach,
        **_frame(viewer),
    )


def post(post_id: int) -> str:
    viewer = _viewer()
    item = blogs.open_post(viewer, post_id)
    rows, _more = answers.page(viewer, item)
    reach = access.reach_of(item.audience, item.space)
    reactions = content.reactions(viewer, [item.id, *(row.id for row in rows)])
    mine = content.mine_of(item)
    return render_template(
        "post.html", item=item, rows=rows, reach=reach, reactions=reactions, mine=mine, **_frame(viewer)
    )


def found() -> str:
    viewer = _viewer()
    text = request.args.get("q", "")
    answer = search.find(viewer, text)
    things: list[Item] = [hit["thing"] for hit in answer.hits]
    return render_template("search.html", query=text, found=answer, things=things, **_frame(viewer))
