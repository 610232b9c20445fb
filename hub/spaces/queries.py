"""Reads of spaces, always for a viewer."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from hub import access, clock
from hub.access import Viewer
from hub.content.models import Follow
from hub.errors import Missing
from hub.people.models import Organisation, Person
from hub.spaces.models import AccessRequest, Membership, Space

TOLD_FOR = timedelta(days=14)
"""How long a space shows somebody the words with which they were let in."""


def by_slug(viewer: Viewer, slug: str) -> Space:
    """The space, if the viewer may know of it. Raises Missing.

    Whether they may enter is `access.require_enter`'s business.
    """
    space = Space.get_or_none(Space.slug == slug)
    if space is None or not access.may_know(viewer, space):
        raise Missing()
    return space


def visited(viewer: Viewer, slug: str) -> Space:
    """The space like `by_slug`, with `.member_count`, `.partner_count`, how the viewer follows it (`.follow`), what they were told
    when they were let in lately (`.told`), and the head-count of its widest audience (`.heads`, as `access.reach_of` takes it).
    One query."""
    here = access.members_of(Space.id).select(peewee.fn.COUNT(Person.id))
    partners = here.where(Organisation.kind != "home")
    subject = peewee.Value("space:").concat(Space.id.cast("text"))
    level = Follow.select(Follow.level).where(Follow.person == (viewer.id or 0), Follow.subject == subject)
    told = (
        AccessRequest.select(AccessRequest.answer)
        .where(
            AccessRequest.space == Space.id,
            AccessRequest.person == (viewer.id or 0),
            AccessRequest.state == "granted",
            AccessRequest.decided_at > clock.now() - TOLD_FOR,
        )
        .order_by(AccessRequest.id.desc())
        .limit(1)
    )
    all_of = {name: access.holders(name).select(peewee.fn.COUNT(Person.id)) for name in ("everyone", "staff")}
    counts = (
        here.alias("member_count"),
        partners.alias("partner_count"),
        *[query.alias(name) for name, query in all_of.items()],
    )
    found = (
        Space.select(Space, *counts, level.alias("follow"), told.alias("told"))
        .where(Space.slug == slug)
        .first()
    )
    if found is None or not access.may_know(viewer, found):
        raise Missing()
    found.heads = (found.member_count, found.member_count - found.partner_count)
    if found.widest != found.token:
        found.heads = (found.staff if found.widest == "staff" else found.everyone, found.staff)
    return found


def hub_space() -> Space:
    """The space of the whole hub, where personal and service blogs live.

    Raises Missing before the hub is set up.
    """
    space = Space.get_or_none(Space.is_hub)
    if space is None:
        raise Missing("The hub has not been set up yet: run `flask db migrate`.")
    return space


def may_weigh(viewer: Viewer, token: str) -> bool:
    """Whether the viewer may learn how many people an audience has: they hold it, or it is of a space they
    may enter.
    """
    if not access.TOKEN.fullmatch(token):
        return False
    kind, _, rest = token.partition(":")
    if token in viewer.tokens or kind != "space":
        return token in viewer.tokens
    space = Space.get_or_none(Space.id == int(rest.partition(":")[0]))
    return space is not None and access.may_enter(viewer, space)


def listed(viewer: Viewer) -> list[Space]:
    """Spaces that the viewer finds in the list, each with `.member_count`: their own, and those they could
    get into. One query.
    """
    count = (
        Membership.select(peewee.fn.COUNT(Membership.id))
        .where(Membership.space == Space.id, access.current_membership())
        .alias("member_count")
    )
    mine = list(viewer.places) or [0]
    reach = Space.kind.in_(("open", "request")) & Space.reach.in_(sorted(viewer.tokens))
    return list(
        Space.select(Space, count)
        .where(Space.archived_at.is_null() | Space.id.in_(mine), reach | Space.id.in_(mine))
        .order_by(Space.is_hub.desc(), Space.name)
    )


def postable(viewer: Viewer) -> list[Space]:
    """Spaces that the viewer may post in, the hub's own first. One query."""
    mine = list(viewer.places) or [0]
    return list(
        Space.select()
        .where(
            Space.archived_at.is_null(),
            Space.id.in_(mine) | ((Space.kind == "open") & Space.reach.in_(sorted(viewer.tokens))),
        )
        .order_by(Space.is_hub.desc(), Space.name)
    )


def members(space: Space, limit: int = 0) -> list[Membership]:
    """Current members with person and organisation, editors first.

    The caller has checked that the viewer may enter.
    """
    query = _places(space).where(access.current_membership()).order_by(Membership.role, Person.name)
    return list(query.limit(limit) if limit else query)


@dataclass(frozen=True)
class MembersPage:
    """One page of a space's members in the order of names; `after` is the next page's cursor, "" at the end."""

    rows: list[Membership]
    after: str = ""


def members_page(space: Space, words: str = "", cursor: str = "", per_page: int = 50) -> MembersPage:
    """Current members whose name, handle or job holds the words. One query; a damaged cursor shows the first page.

    The caller has checked that the viewer may enter.
    """
    name = peewee.fn.LOWER(Person.name)
    query = _places(space).where(access.current_membership()).select_extend(name.alias("sorted_as"))
    for word in words.lower().split()[:6]:
        query = query.where(
            name.contains(word)
            | Person.handle.contains(word)
            | peewee.fn.LOWER(Person.job_title).contains(word)
        )
    key = _read_cursor(cursor)
    if key is not None:
        query = query.where((name > key[0]) | ((name == key[0]) & (Membership.id > key[1])))
    rows = list(query.order_by(name, Membership.id).limit(per_page + 1))
    more, rows = len(rows) > per_page, rows[:per_page]
    return MembersPage(rows, _cursor(rows[-1].sorted_as, rows[-1].id) if more else "")


def place_of(space: Space, handle: str) -> Membership:
    """The place of the person of that handle, current or lapsed. Raises Missing."""
    row = _places(space).where(Person.handle == handle).first()
    if row is None:
        raise Missing()
    return row


def _places(space: Space) -> Any:
    return (
        Membership.select(Membership, Person, Organisation)
        .join(Person)
        .join(Organisation)
        .where(Membership.space == space.id)
    )


def _cursor(name: str, row_id: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([name, row_id]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[str, int] | None:
    try:
        name, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(name, str) or type(row_id) is not int or not 0 < row_id < 2**31:
        return None
    return name.replace("\x00", ""), row_id


def ended_members(space: Space) -> list[Membership]:
    """Members whose place has lapsed, latest first, for renewal by editors."""
    return list(
        _places(space).where(~access.current_membership()).order_by(Membership.ends_at.desc()).limit(200)
    )


def open_requests(viewer: Viewer, space: Space) -> list[AccessRequest]:
    """Requests that wait for the editors of the space, oldest first. Raises Refused for others."""
    access.require_manage(viewer, space)
    return list(
        AccessRequest.select(AccessRequest, Person, Organisation)
        .join(Person)
        .join(Organisation)
        .where(AccessRequest.space == space.id, AccessRequest.state == "open")
        .order_by(AccessRequest.id)
        .limit(200)
    )


def request_to(viewer: Viewer, space: Space, request_id: int) -> AccessRequest:
    """One request to be let into this space, open or answered. Raises Missing or Refused."""
    access.require_manage(viewer, space)
    row = AccessRequest.get_or_none((AccessRequest.id == request_id) & (AccessRequest.space == space.id))
    if row is None:
        raise Missing()
    return row


def own_request(viewer: Viewer, space: Space) -> AccessRequest | None:
    """The viewer's own latest request to be let in."""
    if viewer.person is None:
        return None
    mine = (AccessRequest.space == space.id) & (AccessRequest.person == viewer.id)
    return AccessRequest.select().where(mine).order_by(AccessRequest.id.desc()).first()


def waiting_for(viewer: Viewer) -> list[Any]:
    """(space, number) of open requests in the spaces that the viewer edits. One query."""
    mine = [p.id for p in viewer.places.values() if p.editor]
    if not mine:
        return []
    return list(
        Space.select(Space, peewee.fn.COUNT(AccessRequest.id).alias("waiting"))
        .join(AccessRequest)
        .where(Space.id.in_(mine), AccessRequest.state == "open")
        .group_by(*Space._meta.sorted_fields)
    )


def waiting_count(viewer: Viewer) -> Any:
    """Query of how many people ask to be let into the spaces that the viewer edits."""
    mine = [p.id for p in viewer.places.values() if p.editor] or [0]
    return AccessRequest.select(peewee.fn.COUNT(AccessRequest.id)).where(
        AccessRequest.space.in_(mine), AccessRequest.state == "open"
    )


def all_for_index() -> Iterator[Space]:
    """Every space that is not archived, for search."""
    return Space.select().where(Space.archived_at.is_null()).iterator()
