"""URLs of spaces: the list, a space, its members, requests to be let in, and looking after it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Flask, current_app, request, url_for
from werkzeug.wrappers import Response

from hub import access
from hub.content import kinds
from hub.content import queries as content
from hub.errors import Invalid
from hub.spaces import actions, forms, queries
from hub.spaces.models import COLOURS, KINDS, Space
from hub.web import cards, composer, menu
from hub.web.paging import page
from hub.web.routing import PUBLIC, Feature
from hub.web.routing import attach as attach_feature
from hub.web.show import go, show
from hub.web.viewer import current

feature = Feature("spaces", __name__)
LONG = ("about", "welcome")
ASKED = {"message": "What do you need it for?"}
REACHES = {
    "everyone": "Staff and partners",
    "staff": "Staff only",
    "public": "Anybody, without signing in",
}


def attach(app: Flask) -> None:
    """Adds the routes and the menu entry."""
    attach_feature(app, feature)
    menu.add(
        app, menu.Entry("spaces.spaces", "Spaces", "spaces", 20, who=lambda viewer: viewer.person is not None)
    )


@feature.page("/spaces", shows="list")
def spaces() -> Response:
    """Spaces that the viewer is in, and those they could get into."""
    viewer = current()
    rows = queries.listed(viewer)
    return show(
        "spaces/spaces.html",
        mine=[s for s in rows if s.id in viewer.places and s.archived_at is None],
        others=[s for s in rows if s.id not in viewer.places],
        archived=[s for s in rows if s.archived_at is not None],
        may_create=actions.may_create(viewer),
        kinds=KINDS,
    )


@feature.form("/spaces/new")
def new() -> Response:
    """Makes a space."""
    words, error = forms.space_words(), None
    if request.method == "POST":
        if held := composer.ask(current(), forms.TYPED, words.reach, long=LONG):
            return held
        try:
            space = actions.create(current(), **asdict(words))
            return go(
                "spaces.space",
                f"{space.name} is ready. Now let people in, and say what it is for.",
                space_slug=space.slug,
            )
        except Invalid as problem:
            error = problem
    return _form("spaces/new.html", words, error)


@feature.page("/spaces/<space_slug>", need=PUBLIC, shows="list")
def space(space_slug: str) -> Response:
    """A space: its welcome, what is new in it, who is there.

    Who may know of it but not enter is told how to get in.
    """
    viewer = current()
    found = queries.visited(viewer, space_slug)
    if not access.may_enter(viewer, found):
        return _closed(found)
    shown = request.args.get("show", "")
    kind = shown if shown in kinds.listed() else None
    rows = page(content.listing(viewer, kind=kind, space=found.id), request.args.get("page", ""))
    return show(
        "spaces/space.html",
        "spaces/_feed.html",
        space=found,
        cards=[{**card, "space": None} for card in cards.cards(viewer, rows)],
        page=rows,
        shown=kind or "",
        tabs=[kinds.KINDS[name] for name in kinds.listed()],
        may_manage=access.may_manage(viewer, found),
        add=_add(found) if access.may_post(viewer, found) else [],
        kinds=KINDS,
        about=lambda: _around(found),
    )


def _around(space: Space) -> dict[str, Any]:
    """What stands beside the feed; read only for the whole page, never for its region."""
    viewer = current()
    return {
        "reach": cards.audience(space.widest, space, space.heads),
        "people": [(row, cards.who(row.person)) for row in queries.members(space, limit=8)]
        if viewer.person
        else [],
        "follow": space.follow or "",
        "inside": space.token in viewer.tokens,
        "rooms": [(url_for(name, space_slug=space.slug), label) for name, label in _rooms(space)],
    }


def _add(space: Space) -> list[tuple[str, str, str]]:
    """What one may put into the space: address, words and icon, of the features in this build."""
    ways = [
        ("blogs.new", {"blog": None if space.is_hub else f"space-{space.id}"}, "Write a post", "edit"),
        ("forums.new_topic", {"space": space.slug}, "Ask or discuss", "topic"),
        ("documents.space", {"space_slug": space.slug}, "Add files", "upload"),
    ]
    there = current_app.view_functions
    return [(url_for(name, **values), words, icon) for name, values, words, icon in ways if name in there]


def _rooms(space: Space) -> list[tuple[str, str]]:
    """What other features keep for a space, by endpoint, as far as they stand in this build."""
    rooms = [("documents.space", "Documents")]
    if access.may_manage(current(), space):
        rooms.append(("forums.categories", "Forum categories"))
    return [room for room in rooms if room[0] in current_app.view_functions]


def _closed(space: Space) -> Response:
    """The refusal of a space that may be known of: why, and how to ask for a place."""
    asked = queries.own_request(current(), space)
    manages = access.may_manage(current(), space)
    return show("spaces/closed.html", space=space, kinds=KINDS, asked=asked, may_manage=manages, status=403)


@feature.action("/spaces/<space_slug>/join")
def join(space_slug: str) -> Response:
    """Joins an open space."""
    space = queries.by_slug(current(), space_slug)
    actions.join(current(), space)
    return go("spaces.space", f"You are in {space.name} now.", space_slug=space_slug)


@feature.action("/spaces/<space_slug>/leave")
def leave(space_slug: str) -> Response:
    """Leaves a space; what the viewer wrote stays."""
    space = queries.by_slug(current(), space_slug)
    actions.leave(current(), space)
    return go("spaces.spaces", f"You have left {space.name}. What you wrote there stays.")


@feature.action("/spaces/<space_slug>/ask")
def ask(space_slug: str) -> Response:
    """Asks to be let in."""
    space = queries.by_slug(current(), space_slug)
    if held := composer.ask(current(), ASKED, f"{space.token}:editors", long=ASKED):
        return held
    actions.ask(current(), space, request.form.get("message", ""))
    return go(
        "spaces.spaces", f"The editors of {space.name} have your request. You will be told what they decide."
    )


@feature.form("/spaces/<space_slug>/members")
def members(space_slug: str) -> Response:
    """Who is in the space. Its editors let people in here."""
    viewer = current()
    space = queries.by_slug(viewer, space_slug)
    if not access.may_manage(viewer, space):
        access.require_enter(viewer, space)
    error = None
    if request.method == "POST":
        try:
            access.require_manage(viewer, space)
            person = forms.person_named(request.form.get("person", ""))
            role = request.form.get("role", "member")
            actions.add_member(viewer, space, person, role=role, ends_at=forms.end_of_place())
            return go("spaces.members", f"{person.name} is in {space.name} now.", space_slug=space_slug)
        except Invalid as problem:
            error = problem
    return _members(space, error)


def _members(space: Space, error: Invalid | None) -> Response:
    viewer = current()
    words = request.args.get("q", "")
    rows = queries.members_page(space, words, request.args.get("page", ""))
    may_manage = access.may_manage(viewer, space)
    return show(
        "spaces/members.html",
        "spaces/_members.html",
        space=space,
        rows=[(row, cards.who(row.person)) for row in rows.rows],
        after=rows.after,
        words=words,
        may_manage=may_manage,
        ended=[(row, cards.who(row.person)) for row in queries.ended_members(space)] if may_manage else [],
        waiting=len(queries.open_requests(viewer, space)) if may_manage else 0,
        form=request.form,
        error=error,
        status=422 if error else 200,
    )


@feature.form("/spaces/<space_slug>/members/<handle>")
def member(space_slug: str, handle: str) -> Response:
    """One person's place in the space: role and end, changed or renewed by its editors."""
    viewer = current()
    space = access.require_manage(viewer, queries.by_slug(viewer, space_slug))
    place = queries.place_of(space, handle)
    error = None
    if request.method == "POST":
        try:
            role = request.form.get("role", "member")
            actions.add_member(viewer, space, place.person, role=role, ends_at=forms.end_of_place())
            return go("spaces.members", f"Changed: the place of {place.person.name}.", space_slug=space_slug)
        except Invalid as problem:
            error = problem
    return show(
        "spaces/member.html",
        space=space,
        place=place,
        form=request.form,
        error=error,
        status=422 if error else 200,
    )


@feature.action("/spaces/<space_slug>/members/<handle>/remove")
def remove(space_slug: str, handle: str) -> Response:
    """Takes a person out of the space."""
    viewer = current()
    space = access.require_manage(viewer, queries.by_slug(viewer, space_slug))
    place = queries.place_of(space, handle)
    actions.remove_member(viewer, space, place.person)
    message = f"{place.person.name} is no longer in {space.name}. What they wrote stays."
    return go("spaces.members", message, space_slug=space_slug)


@feature.page("/spaces/<space_slug>/requests")
def requests(space_slug: str) -> Response:
    """Who asks to be let in."""
    space = queries.by_slug(current(), space_slug)
    return _requests(space)


def _requests(space: Space, error: Invalid | None = None, wrong: int = 0) -> Response:
    rows = queries.open_requests(current(), space)
    return show(
        "spaces/requests.html",
        space=space,
        rows=[(row, cards.who(row.person)) for row in rows],
        form=request.form,
        error=error,
        wrong=wrong,
        status=422 if error else 200,
    )


@feature.action("/spaces/<space_slug>/requests/<int:request_id>")
def decide(space_slug: str, request_id: int) -> Response:
    """Lets somebody in, or not."""
    viewer = current()
    space = queries.by_slug(viewer, space_slug)
    row = queries.request_to(viewer, space, request_id)
    grant = request.form.get("decision") == "let in"
    try:
        ends_at = forms.end_of_place() if grant else None
        actions.decide(viewer, row, grant=grant, answer=request.form.get("answer", ""), ends_at=ends_at)
    except Invalid as problem:
        return _requests(space, problem, request_id)
    message = (
        f"{row.person.name} is in {space.name} now."
        if grant
        else f"{row.person.name} is told that the answer is no."
    )
    return go("spaces.requests", message, space_slug=space_slug)


@feature.form("/spaces/<space_slug>/edit")
def edit(space_slug: str) -> Response:
    """Changes a space's words, colour and who gets in."""
    viewer = current()
    space = access.require_manage(viewer, queries.by_slug(viewer, space_slug))
    words, error = forms.space_words(space), None
    if request.method == "POST":
        if held := composer.ask(viewer, forms.TYPED, space.known_to, space, long=LONG):
            return held
        try:
            actions.change(viewer, space, **asdict(words), sure=bool(request.form.get("sure")))
            return go("spaces.space", "Changed.", space_slug=space_slug)
        except Invalid as problem:
            error = problem
    return _form("spaces/edit.html", words, error, space)


def _form(
    template: str, words: forms.SpaceWords, error: Invalid | None, space: Space | None = None
) -> Response:
    if space is None:
        actions.require_create(current())
    return show(
        template,
        space=space,
        words=words,
        error=error,
        kinds=list(KINDS.items()),
        reaches=list(REACHES.items()),
        typed=forms.TYPED,
        known_to=space.known_to if space is not None else words.reach,
        colours=[(name, name.capitalize()) for name in COLOURS],
        status=422 if error else 200,
    )


@feature.action("/spaces/<space_slug>/archive")
def archive(space_slug: str) -> Response:
    """Closes a space for new posts, or opens it again."""
    viewer = current()
    space = queries.by_slug(viewer, space_slug)
    reopen = request.form.get("do") == "reopen"
    actions.archive(viewer, space, reopen=reopen)
    said = (
        "is open for new posts again."
        if reopen
        else "is archived: it can be read, but nothing new can be posted."
    )
    return go("spaces.space", f"{space.name} {said}", space_slug=space_slug)
