"""Every permission question is answered here, and nowhere else.

An item carries one audience token; a viewer holds a set of them; *may read ⇔ token ∈ set*. The three readings of that
rule are `may_read` (one item), `readable_by` (an SQL condition) and `readable_in_search` (the search filter); a
property test proves that they agree. *Grants* let one person open one item and never widen a listing or a search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import peewee

from hub import clock
from hub.db import Model, UTCField
from hub.errors import Missing, Refused
from hub.people import sessions
from hub.people.models import Organisation, Person, Session
from hub.prepared import Prepared, prepared
from hub.spaces.models import COLOURS, Membership, Space

PUBLIC, EVERYONE, STAFF = "public", "everyone", "staff"
TOKEN = re.compile(r"public|everyone|staff|org:[0-9]{1,9}|space:[0-9]{1,9}(:editors)?|person:[0-9]{1,9}")


class Grant(Model):
    """Lets one person open one item for a reason and a time: a reviewer with an open case, somebody on a share list."""

    item_id = peewee.IntegerField(index=True)
    person_id = peewee.IntegerField(index=True)
    reason = peewee.CharField(120)
    created_at = UTCField(default=clock.now)
    ends_at = UTCField()


PAUSE_DAYS_MOST = {"space": 7, "hub": 28}
_DAY = 24 * 60 * 60 * 1_000_000


class PostingPause(Model):
    """Two people's decision that somebody posts nothing in one space, or (space null) nowhere, until an end.

    Looked at when something is posted, so that it ends by itself whatever runs. It limits no reading, no search, no
    answer to a reviewer and no appeal. `cause` is the id of what it follows from; only that ends it early.
    """

    person = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    space = peewee.ForeignKeyField(Space, null=True, on_delete="RESTRICT", index=False)
    cause = peewee.IntegerField(unique=True)
    clause = peewee.CharField(12)
    reason = peewee.TextField()
    decided_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    approved_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    starts_at = UTCField()
    ends_at = UTCField()
    ended_at = UTCField(null=True)

    class Meta:
        table_name = "posting_pause"
        indexes = ((("person", "ends_at"), False),)
        constraints = [
            peewee.Check("length(reason) >= 20 AND length(clause) > 0", name="posting_pause_reason"),
            peewee.Check(
                "decided_by_id <> person_id AND approved_by_id <> person_id AND approved_by_id <> decided_by_id",
                name="posting_pause_two_people",
            ),
            peewee.Check(
                f"ends_at > starts_at AND ends_at - starts_at <= {PAUSE_DAYS_MOST['hub'] * _DAY}"
                f" AND (space_id IS NULL OR ends_at - starts_at <= {PAUSE_DAYS_MOST['space'] * _DAY})",
                name="posting_pause_end",
            ),
        ]


@dataclass(frozen=True)
class Place:
    """A space as one of its members meets it in menus."""

    id: int
    slug: str
    name: str
    colour: str
    editor: bool
    reach: str
    kind: str
    is_hub: bool


@dataclass(frozen=True)
class Viewer:
    """The person asking, or nobody, with the audience tokens that they hold."""

    person: Person | None = None
    tokens: frozenset[str] = frozenset({PUBLIC})
    places: dict[int, Place] = field(default_factory=dict)

    @property
    def id(self) -> int | None:
        """The person's id, None for nobody."""
        return self.person.id if self.person else None

    @property
    def is_staff(self) -> bool:
        """Whether the viewer works for the council."""
        return STAFF in self.tokens

    def has_role(self, *names: str) -> bool:
        """Whether the viewer holds one of these roles."""
        return self.person is not None and self.person.has_role(*names)


NOBODY = Viewer()


def viewer_for(person: Person | None) -> Viewer:
    """The viewer that a person is now: one query for the spaces. Ended accounts and memberships count for nothing."""
    if person is None or not person.is_active or not person.organisation.active:
        return NOBODY
    return _viewer(person, _memberships(person=person.id))


def _viewer(person: Person, memberships: Iterable[tuple[Any, ...]]) -> Viewer:
    tokens = {PUBLIC, EVERYONE, f"org:{person.organisation_id}", f"person:{person.id}"}
    if person.is_staff:
        tokens.add(STAFF)
    places = {}
    for role, space_id, slug, name, colour, reach, kind, is_hub in memberships:
        swatch = COLOURS.get(colour, COLOURS["pine"])
        places[space_id] = Place(space_id, slug, name, swatch, role == "editor", reach, kind, is_hub)
        tokens.add(f"space:{space_id}")
        if role == "editor":
            tokens.add(f"space:{space_id}:editors")
    return Viewer(person, frozenset(tokens), places)


SHOWN = (Space.id, Space.slug, Space.name, Space.colour, Space.reach, Space.kind, Space.is_hub)


@prepared
def _memberships(person: int) -> Any:
    """Role and space of each current membership, as tuples."""
    query = Membership.select(Membership.role, *SHOWN).join(Space)
    return query.where(Membership.person == person, current_membership()).order_by(Space.name).tuples()


def arriving(token: str, idle: timedelta, longest: timedelta) -> Viewer:
    """The viewer whose session has this token; nobody where it has ended or run out. One query, the first of every page."""
    rows = _arriving(token=sessions.token_hash(token))
    person = sessions.person_of(rows[0] if rows else None, token, idle, longest)
    if person is None:
        return NOBODY
    places = [(row.place.role, row.place.space) for row in rows if row.place is not None]
    return _viewer(
        person, [(role, s.id, s.slug, s.name, s.colour, s.reach, s.kind, s.is_hub) for role, s in places]
    )


@prepared
def _arriving(token: str) -> Any:
    """The session with its person, once for each current membership of theirs (`.place`), or once without."""
    theirs = (Membership.person == Session.person) & current_membership()
    return (
        sessions.started(token)
        .select_extend(Membership.id, Membership.role, *SHOWN)
        .join_from(Session, Membership, peewee.JOIN.LEFT_OUTER, on=theirs, attr="place")
        .join(Space, peewee.JOIN.LEFT_OUTER)
        .order_by(Space.name)
    )


def current_membership() -> Any:
    """SQL condition: the membership has not ended. Holds with the scheduler down."""
    return Membership.ends_at.is_null() | (Membership.ends_at > clock.now())


# --- the three readings -------------------------------------------------------------------------------------------


def may_read(viewer: Viewer, item: Any) -> bool:
    """Whether the viewer may read the item."""
    return item.audience in viewer.tokens


def readable_by(viewer: Viewer, column: Any) -> Any:
    """SQL condition: the rows whose audience column (such as `Item.audience`) the viewer may read."""
    return column.in_(sorted(viewer.tokens))


def readable_in_search(viewer: Viewer) -> frozenset[str]:
    """The search filter: an indexed document is a hit only if its one audience token is among these."""
    return viewer.tokens


def tokens_below(viewer: Viewer, root: Any) -> frozenset[str]:
    """Audiences whose answers below an opened item the viewer reads: their own, and by a grant the item's."""
    return viewer.tokens | {root.audience}


def may_open(viewer: Viewer, item: Any) -> bool:
    """Whether the viewer may open this one item: by the rule, or by a grant that has not ended."""
    if may_read(viewer, item):
        return True
    return _granted(viewer, item.id)


def _granted(viewer: Viewer, item_id: int) -> bool:
    if viewer.person is None:
        return False
    return (
        Grant.select(Grant.id)
        .where(Grant.item_id == item_id, Grant.person_id == viewer.id, Grant.ends_at > clock.now())
        .exists()
    )


def require_open(viewer: Viewer, item: Any) -> None:
    """Raises Missing unless the viewer may open the item: a refusal to read does not reveal that it exists."""
    if item is None:
        _granted(viewer, 0)  # as for one that is there: how long the answer takes must not tell which it was
        raise Missing()
    if not may_open(viewer, item):
        raise Missing()


# --- actions ------------------------------------------------------------------------------------------------------


def require_person(viewer: Viewer) -> Person:
    """The signed-in person. Raises Refused for nobody."""
    if viewer.person is None:
        raise Refused("Sign in first.")
    return viewer.person


def is_editor(viewer: Viewer, space_id: int) -> bool:
    """Whether the viewer edits the space."""
    return f"space:{space_id}:editors" in viewer.tokens


def may_know(viewer: Viewer, space: Space) -> bool:
    """Whether the viewer may learn that the space exists."""
    return space.known_to in viewer.tokens or space.token in viewer.tokens


def may_enter(viewer: Viewer, space: Space) -> bool:
    """Whether the viewer may see inside: members always, anybody it reaches when it is open."""
    return space.token in viewer.tokens or (space.kind == "open" and space.reach in viewer.tokens)


def require_enter(viewer: Viewer, space: Space | None) -> Space:
    """The space. Raises Missing where the viewer may not know of it, Refused (with the way in) where they may."""
    if space is None or not may_know(viewer, space):
        raise Missing()
    if not may_enter(viewer, space):
        raise Refused(f"{space.name} is open to its members only.", ask=space.slug)
    return space


def may_post(viewer: Viewer, space: Space) -> bool:
    """Whether the viewer may post in the space: signed in, able to enter, and the space is not archived."""
    return viewer.person is not None and space.archived_at is None and may_enter(viewer, space)


def require_post(viewer: Viewer, space: Space) -> None:
    """Raises Missing or Refused unless the viewer may post there."""
    require_enter(viewer, space)
    require_person(viewer)
    if space.archived_at is not None:
        raise Refused(f"{space.name} has been archived: it can be read, but nothing new can be posted.")


def posting_pause(viewer: Viewer, space_id: int) -> PostingPause | None:
    """The pause that keeps the viewer from posting in the space now; the one that lasts longest. One query."""
    if viewer.person is None:
        return None
    now = clock.now()
    there = PostingPause.space.is_null() | (PostingPause.space == space_id)
    current = PostingPause.ended_at.is_null() & (PostingPause.starts_at <= now) & (PostingPause.ends_at > now)
    return (
        PostingPause.select()
        .where(PostingPause.person == viewer.id, there, current)
        .order_by(PostingPause.ends_at.desc())
        .first()
    )


def require_unpaused(viewer: Viewer, space_id: int) -> None:
    """Raises Refused, with the reason, the end and the way to appeal, while the viewer's posting there is paused."""
    pause = posting_pause(viewer, space_id)
    if pause is None:
        return
    end = clock.local(pause.ends_at)
    where = "in this space" if pause.space_id else "on the hub"
    raise Refused(
        f"Your posting {where} is paused until {end:%H:%M on} {end.day} {end:%B %Y}, under clause {pause.clause}. "
        f"The reason: {pause.reason} You can read everything, and reply or appeal on the page My flags."
    )


def may_edit(viewer: Viewer, item: Any) -> bool:
    """Whether the viewer may change the item: its author, or an editor of its space who can read it."""
    if viewer.person is None or not may_read(viewer, item):
        return False
    return item.author_id == viewer.id or is_editor(viewer, item.space_id)


def require_edit(viewer: Viewer, item: Any) -> None:
    """Raises Missing or Refused unless the viewer may change the item."""
    require_open(viewer, item)
    if not may_edit(viewer, item):
        raise Refused("Only its author and the editors of its space can change this.")


def may_manage(viewer: Viewer, space: Space) -> bool:
    """Whether the viewer may change the space and its members: its editors, and administrators where they may know it."""
    return is_editor(viewer, space.id) or (viewer.has_role("administrator") and may_know(viewer, space))


def require_manage(viewer: Viewer, space: Space | None) -> Space:
    """The space. Raises Missing or Refused unless the viewer may manage it."""
    if space is None or not may_know(viewer, space):
        raise Missing()
    if not may_manage(viewer, space):
        raise Refused(f"Only the editors of {space.name} can do this.")
    return space


def may_speak_for(viewer: Viewer, unit: Any) -> bool:
    """Whether the viewer may publish on behalf of the unit: its head and the people named as its speakers."""
    person = viewer.person
    return (
        person is not None
        and unit is not None
        and (unit.head_id == person.id or unit.key in person.speaks_for)
    )


def require_role(viewer: Viewer, *names: str) -> Person:
    """The person. Raises Missing unless they hold one of the roles: others need not know the page exists."""
    person = require_person(viewer)
    if not person.has_role(*names):
        raise Missing()
    return person


# --- audiences ----------------------------------------------------------------------------------------------------


def ladder(space: Space, author: Person) -> list[str]:
    """The audience tokens an item of this author in this space may have, widest first.

    Public is offered only where the space reaches the public and the author is staff; everything is within the space.
    """
    steps: list[str] = []
    if space.kind == "open":
        order = [PUBLIC, EVERYONE, STAFF]
        steps = order[order.index(space.reach) :]
        if not author.is_staff:
            steps = [s for s in steps if s == EVERYONE]
        steps.append(f"org:{author.organisation_id}")
    return [*steps, space.token, f"{space.token}:editors"]


def width(token: str) -> int:
    """How wide an audience is, 0 the widest: for saying whether a change narrows."""
    for rank, start in enumerate((PUBLIC, EVERYONE, STAFF, "org:")):
        if token.startswith(start):
            return rank
    return 6 if token.startswith("person:") else 5 if token.endswith(":editors") else 4


@dataclass(frozen=True)
class Reach:
    """Who can see something: the label people read, the head-count, and how many of them are partners."""

    token: str
    label: str
    people: int
    partners: int

    @property
    def warning(self) -> str:
        """A sentence where partners or the public are among the readers, else empty."""
        if self.token == PUBLIC:
            return "Anybody on the internet can read this, without signing in."
        if self.partners:
            return (
                f"{self.partners} of them work{'s' if self.partners == 1 else ''} for partner organisations."
            )
        return ""


def holders(token: str) -> Any:
    """Query of the people who hold the audience token now: the rule read from the other side, for telling people of things.

    Joined with Organisation. ValueError for an unknown token.
    """
    return _holding(*_parts(token))


def members_of(space: Any) -> Any:
    """Query of the people who are members of a space now; `space` may be a column of the query around it."""
    return _holding("space", space)


def _parts(token: str) -> tuple[str, int]:
    """What sort of audience it is (public, everyone, staff, org, person, space, editors), and whose."""
    if not TOKEN.fullmatch(token):
        raise ValueError(f"not an audience: {token!r}")
    sort, _, rest = token.partition(":")
    number, _, editors = rest.partition(":")
    return editors or sort, int(number or 0)


def _holding(sort: str, number: Any) -> Any:
    current = Person.access_ends_at.is_null() | (Person.access_ends_at > clock.now())
    people = Person.select().join(Organisation).where(Person.status == "active", Organisation.active, current)
    if sort == STAFF:
        return people.where(Organisation.kind == "home")
    if sort == "org":
        return people.where(Person.organisation == number)
    if sort == "person":
        return people.where(Person.id == number)
    if sort in ("space", "editors"):
        people = people.join_from(Person, Membership).where(Membership.space == number, current_membership())
        return people.where(Membership.role == "editor") if sort == "editors" else people
    return people


def _heads(sort: str) -> Prepared:
    """How many people hold an audience of that sort, and how many of them are staff. Nobody is joined twice."""
    home = peewee.fn.COUNT(peewee.Case(None, [(Organisation.kind == "home", Person.id)], None))
    return prepared(lambda number: _holding(sort, number).select(peewee.fn.COUNT(Person.id), home).tuples())


HEADS = {sort: _heads(sort) for sort in (PUBLIC, EVERYONE, STAFF, "org", "space", "editors")}


def reach_of(token: str, space: Space | None = None, heads: tuple[int, int] | None = None) -> Reach:
    """Who can see things of this audience now, with a head-count. ValueError for an unknown token.

    One query, none where `heads` (people, and how many of them are staff) is given; one more for an organisation's name, or
    for a space's where `space` is not given.
    """
    sort, number = _parts(token)
    if sort in (PUBLIC, EVERYONE):
        label = "Anybody, without signing in" if sort == PUBLIC else "All staff and partners"
    elif sort == STAFF:
        label = "All staff"
    elif sort == "org":
        organisation = Organisation.get_or_none(Organisation.id == number)
        label = f"People of {organisation.name if organisation else 'an organisation'}"
    elif sort == "person":
        person = Person.get_or_none(Person.id == number)
        return Reach(token, f"Only {person.name}" if person else "One person", 1, 0)
    else:
        if space is None or space.id != number:
            space = Space.get_or_none(Space.id == number)
        name = space.name if space else "a space"
        label = f"Editors of {name}" if sort == "editors" else f"Members of {name}"
    total, home = heads or HEADS[sort].first(number=number)
    return Reach(token, label, total, total - home)
