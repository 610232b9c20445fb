"""URLs of blogs and posts."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response

from hub import access
from hub.access import Viewer
from hub.blogs import actions, forms, queries
from hub.blogs.models import Blog
from hub.blogs.queries import Target
from hub.content import actions as content
from hub.content import comparing, keeping, kinds
from hub.content import queries as items
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Refused
from hub.web import answers, atom, cards, composer, menu
from hub.web.paging import page
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import go, go_to, show
from hub.web.viewer import current

feature = Feature("blogs", __name__)
DESCRIBED = {"title": "What the blog is called", "about": "What it is about"}
FEED = "content/_feed.html"
COMMENTS = "comments/_comments.html"


def attach(app: Flask) -> None:
    """Adds the routes, the menu entry and the kind."""
    attach_feature(app, feature)
    menu.add(app, menu.Entry("blogs.blogs", "Blogs", "blogs", 30))
    kinds.register(
        kinds.Kind(
            "post",
            "Blog post",
            "Blog posts",
            "post",
            page="blogs.post",
            arg="post_id",
            answers="comment",
            subjects=queries.subjects,
        )
    )
    kinds.PLACES["blog"] = queries.names


@feature.page("/blogs", need=PUBLIC, shows="list")
def blogs() -> Response:
    """The newest posts of all blogs, and the blogs; `?show=blogs` lists those by title."""
    viewer = current()
    if request.args.get("show") == "blogs":
        listed, more = queries.blogs(viewer, after=request.args.get("after", ""), limit=60)
        return show("blogs/directory.html", blogs=listed, more=more)
    rows = page(queries.posts(viewer), request.args.get("page", ""), column=Item.published_at)
    found, _more = queries.blogs(viewer, limit=12)
    return show("blogs/blogs.html", FEED, page=rows, cards=_cards(viewer, rows), blogs=found)


@feature.page("/blogs/<int:blog_id>", need=PUBLIC, shows="list")
def blog(blog_id: int) -> Response:
    """One blog: what it is, and its posts, newest first."""
    viewer = current()
    found = queries.open_blog(viewer, blog_id)
    rows = page(queries.posts(viewer, found), request.args.get("page", ""), column=Item.published_at)
    return show(
        "blogs/blog.html",
        FEED,
        blog=found,
        page=rows,
        cards=cards.cards(viewer, rows),
        may_write=queries.may_write(viewer, found),
        may_keep=queries.may_keep(viewer, found),
        target=queries.target_key(found),
        level=items.follow_level(viewer, f"blog:{found.id}"),
    )


@feature.form("/blogs/<int:blog_id>/edit")
def describe(blog_id: int) -> Response:
    """What the blog is called and says of itself."""
    viewer = current()
    found = queries.open_blog(viewer, blog_id)
    if not queries.may_keep(viewer, found):
        raise Refused("Only the people who keep this blog can change its description.")
    error = None
    if request.method == "POST":
        if held := composer.ask(viewer, DESCRIBED, _readers(found), found.space, long=("about",)):
            return held
        try:
            actions.describe(viewer, found, request.form.get("title", ""), request.form.get("about", ""))
            return go("blogs.blog", "Changed.", blog_id=found.id)
        except Invalid as problem:
            error = problem
    typed = request.form or {"title": found.title, "about": found.about}
    return show(
        "blogs/describe.html",
        blog=found,
        typed=typed,
        described=DESCRIBED,
        readers=_readers(found),
        error=error,
        status=422 if error else 200,
    )


def _readers(blog: Blog) -> str:
    """Who reads what the blog is called: a person's or service's, which stands in no space, everybody who signs in."""
    return blog.space.widest if blog.space is not None else "everyone"


@feature.page("/posts/<int:post_id>", need=PUBLIC)
def post(post_id: int) -> Response:
    """A post to read, with who can see it, and the comments beneath it."""
    viewer = current()
    item = queries.open_post(viewer, post_id)
    reach = cards.audience(item.audience, item.space)
    beneath = answers.context(viewer, item, reach=reach)
    mine = items.mine_of(item)
    if viewer.person is not None and (
        mine.read_version < item.version or mine.read_to < beneath["last_comment"]
    ):
        keeping.mark_read(viewer, item, beneath["last_comment"])
    return show(
        "blogs/post.html",
        COMMENTS,
        **beneath,
        reach=reach,
        author=cards.who(item.author),
        mine=mine,
        may_edit=access.may_edit(viewer, item),
        tags=cards.tag_links(item.tags),
        intended=cards.audience(item.intended, item.space) if item.audience != item.intended else reach,
    )


@feature.form("/posts/new", endpoint="new")
def new() -> Response:
    """The editor for a new post; `?blog=` says where it goes. Another blog may be chosen without losing a word."""
    viewer = current()
    units = queries.speaks_for(viewer)
    choices = queries.targets(viewer, units)
    target = queries.target(choices, request.form.get("blog") or request.args.get("blog", ""))
    if request.method == "GET":
        return _editor(viewer, target, choices, units)
    words = composer.read(viewer)
    writing, step = forms.read(viewer, words, units)
    if step == "blog":
        return _editor(viewer, target, choices, units, words=words, writing=writing)
    try:
        _refuse_problems(words)
        audience = words.audience or target.space.default_audience
        if step != "draft" and (held := composer.nudge(viewer, words, audience, target.space)):
            return held
        item = actions.write(viewer, target, writing, step or "publish")
    except Invalid as error:
        return _editor(viewer, target, choices, units, words=words, writing=writing, error=error)
    return _after(item, new_post=True)


@feature.form("/posts/<int:post_id>/edit")
def edit(post_id: int) -> Response:
    """The editor for a post. When somebody else was faster, both texts are shown and nothing is overwritten."""
    viewer = current()
    item = queries.open_post(viewer, post_id)
    access.require_edit(viewer, item)
    units = queries.speaks_for(viewer)
    if item.on_behalf_of_id and item.on_behalf_of.key not in {unit.key for unit in units}:
        units.append(item.on_behalf_of)
    if request.method == "GET":
        return _editor(viewer, None, [], units, item=item)
    words = composer.read(viewer)
    writing, step = forms.read(viewer, words, units)
    try:
        _refuse_problems(words)
        if step != "draft" and (
            held := composer.nudge(viewer, words, words.audience or item.intended, item.space)
        ):
            return held
        fresh = actions.change(viewer, item, words.version, writing, step)
    except Invalid as error:
        return _editor(viewer, None, [], units, item=item, words=words, writing=writing, error=error)
    except Conflict as conflict:
        return _editor(
            viewer, None, [], units, item=item, words=words, writing=writing, theirs=conflict.current
        )
    return _after(fresh, new_post=item.state != "published" and fresh.is_published)


@feature.action("/posts/<int:post_id>/publish")
def publish(post_id: int) -> Response:
    """Publishes a draft as it stands."""
    viewer = current()
    item = queries.open_post(viewer, post_id)
    try:
        content.publish(viewer, item)
    except Invalid as error:
        return go("blogs.edit", error.message, post_id=item.id)
    return _after(item, new_post=True)


@feature.page("/blogs/<int:blog_id>/public.atom", need=PUBLIC, shows="feed")
def public_feed(blog_id: int) -> Response:
    """The blog's public posts as a feed; missing where it has none."""
    return _feed(access.NOBODY, blog_id)


@feature.page("/feeds/<token>/blogs/<int:blog_id>.atom", need=PUBLIC, shows="feed")
def feed(token: str, blog_id: int) -> Response:
    """The blog's posts that the owner of the token may read, as a feed."""
    return _feed(atom.viewer_of(token), blog_id)


def _feed(viewer: Viewer, blog_id: int) -> Response:
    found = queries.open_blog(viewer, blog_id)
    rows = queries.posts(viewer, found, atom.columns()).order_by(Item.published_at.desc(), Item.id.desc())
    return atom.answer(
        viewer,
        found.title,
        rows.limit(atom.ENTRIES),
        about=found.about,
        link=url_for("blogs.blog", blog_id=found.id),
    )


def _refuse_problems(words: composer.Words) -> None:
    if words.problems:
        raise Invalid(*words.problems.pop(0))


def _after(item: Item, *, new_post: bool) -> Response:
    if item.state == "scheduled":
        return go_to(item, "Scheduled. Until then only you can see it.")
    if not item.is_published:
        return go_to(item, "Kept as a draft. Only you can see it.")
    if new_post:
        return redirect(url_for("blogs.post", post_id=item.id, said="published"), 303)
    return go_to(item, "Changed. The version before is kept in the history.")


def _cards(viewer: Viewer, rows: Any) -> list[dict[str, Any]]:
    """Cards whose byline also names the blog."""
    found = cards.cards(viewer, rows)
    titles = queries.blog_titles([card["id"] for card in found])
    for card in found:
        blog = titles.get(card["id"])
        if blog is not None and blog.kind != "personal":
            card["author_note"] = f"in {blog.title}"
    return found


def _editor(
    viewer: Viewer,
    target: Target | None,
    choices: list[Target],
    units: list[Any],
    *,
    item: Item | None = None,
    words: composer.Words | None = None,
    writing: actions.Writing | None = None,
    error: Invalid | None = None,
    theirs: Item | None = None,
) -> Response:
    space = item.space if item is not None else target.space if target else None
    if theirs is not None and words is not None:
        words.version = theirs.version
    key = f"edit:{item.id}" if item is not None else "post:new"
    kept = composer.keeping_draft(viewer, key) if words is None else None
    values = forms.values(item, writing, composer.begun(kept))
    if target is not None and target.unit is not None and writing is None:
        values["unit"] = target.unit.key
    return show(
        "blogs/write.html",
        composer_args=composer.context(
            viewer,
            key=key,
            space=space,
            words=words,
            error=error,
            item=item,
            kept=kept,
            place=f"blog:{target.blog.id}" if target and target.blog else "",
        ),
        target=target,
        choices=choices,
        blog_options=[(choice.key, choice.name) for choice in choices],
        units=units,
        unit_options=[("", "Myself"), *((unit.key, unit.name) for unit in units)],
        item=item,
        values=values,
        theirs=theirs,
        parts=comparing.folded(theirs.body, words.body) if theirs is not None and words else [],
        status=409 if theirs is not None else 422 if error else 200,
    )
