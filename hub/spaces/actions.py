"""Changes to spaces and their members. Each checks permission and records its event in one transaction."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta

from hub import access, clock, db, events, text
from hub.access import Viewer
from hub.content.models import Item
from hub.errors import Invalid, Missing, Refused
from hub.people.models import Organisation, Person
from hub.spaces.models import COLOURS, KINDS, AccessRequest, Membership, Space

NAME_MAX, ABOUT_MAX, MESSAGE_MAX = 120, 1000, 2000
LONGEST_STAY = timedelta(days=366)

for _name, _sentence in {
    "space:created": "{actor} created the space {space}",
    "space:changed": "{actor} changed the space {space}",
    "space:archived": "{actor} archived the space {space}",
    "space:reopened": "{actor} reopened the space {space}",
    "membership:started": "{person} became {role} of {space}",
    "membership:changed": "{actor} changed the place of {person} in {space}",
    "membership:ended": "{person} is no longer in {space}",
    "access:asked": "{actor} asked to be let into {space}",
    "access:granted": "{actor} let {person} into {space}",
    "access:declined": "{actor} did not let {person} into {space}",
}.items():
    events.declare(_name, ("role", "ends_at", "reason", "changed", "request"), _sentence)


def may_create(viewer: Viewer) -> bool:
    """Whether the viewer may make a new space."""
    return viewer.is_staff


def require_create(viewer: Viewer) -> Person:
    """The person. Raises Refused unless they may make a new space."""
    person = access.require_person(viewer)
    if not may_create(viewer):
        raise Refused("Spaces are created by staff. Ask the person you work with at the council.")
    return person


def create(
    viewer: Viewer,
    *,
    name: str,
    about: str = "",
    welcome: str = "",
    kind: str = "open",
    reach: str = "everyone",
    colour: str = "pine",
    slug: str = "",
) -> Space:
    """A new space with the viewer as its first editor. Staff only. A secret one's address cannot be guessed, nor found by
    making another of its name.

    Raises Invalid for name, kind, reach or welcome.
    """
    person = require_create(viewer)
    name = _clean_name(name)
    _check(kind, reach, colour)
    with db.write():
        space = Space.create(
            slug=_free_slug(slug or (f"{name[:40]} {secrets.token_hex(4)}" if kind == "secret" else name)),
            name=name,
            about=about.strip()[:ABOUT_MAX],
            welcome=welcome,
            welcome_html=_rendered(welcome),
            kind=kind,
            reach=reach,
            colour=colour,
            created_by_id=person.id,
            created_at=clock.now(),
        )
        Membership.create(space=space, person=person, role="editor", joined_at=clock.now())
        events.record("space:created", person, space=space)
    return space


def change(
    viewer: Viewer,
    space: Space,
    *,
    name: str,
    about: str,
    welcome: str,
    colour: str,
    kind: str,
    reach: str,
    sure: bool = False,
) -> None:
    """Changes a space. Editors only.

    Kind and reach stay as they are while it holds items that more people may read than the new ones would allow. Where more
    people could join than before and read what was for members, only an editor who is `sure` changes them.
    Raises Invalid, Refused or Missing.
    """
    access.require_manage(viewer, space)
    _check(kind, reach, colour)
    name = _clean_name(name)
    html = _rendered(welcome)
    if kind != space.kind and space.is_hub:
        raise Invalid("kind", "The space of the whole hub stays open.")
    if kind == "open" != space.kind and not access.is_editor(viewer, space.id):
        # Who joins an open space reads what its members wrote: an administrator could let themselves in this way.
        raise Refused(
            f"Only the editors of {space.name} can open it: they answer for what was written there."
        )
    old = {"name": space.name, "kind": space.kind, "reach": space.reach}
    with db.write():
        if (kind, reach) != (space.kind, space.reach):
            _refuse_to_strand_readers(space, kind, reach)
            if not sure:
                _warn_of_readers(space, kind, reach)
        space.name, space.about, space.welcome, space.welcome_html = (
            name,
            about.strip()[:ABOUT_MAX],
            welcome,
            html,
        )
        space.colour, space.kind, space.reach = colour, kind, reach
        space.save()
        changed = [k for k, v in old.items() if getattr(space, k) != v]
        events.record("space:changed", viewer.person, space=space, changed=changed)


def _refuse_to_strand_readers(space: Space, kind: str, reach: str) -> None:
    wider = [access.PUBLIC, access.EVERYONE, access.STAFF]
    allowed = wider[wider.index(reach) :] if kind == "open" else []
    fits = Item.intended.in_([*allowed, space.token, f"{space.token}:editors"])
    if kind == "open":
        fits = fits | Item.intended.startswith("org:")
    number = Item.select().where(Item.space == space.id, Item.root.is_null(), ~fits).count()
    if number:
        things = "1 item here is" if number == 1 else f"{number:,} items here are"
        raise Invalid(
            "reach" if kind == space.kind else "kind",
            f"{things} shared more widely than that. Change who can see them first, then change the space.",
        )


def _warn_of_readers(space: Space, kind: str, reach: str) -> None:
    wider = [access.PUBLIC, access.EVERYONE, access.STAFF]
    if kind != "open" or (space.kind == "open" and wider.index(reach) >= wider.index(space.reach)):
        return
    number = (
        Item.select().where(Item.space == space.id, Item.root.is_null(), Item.intended == space.token).count()
    )
    if not number:
        return
    # Whoever signs in may join what the public may read.
    may_join = access.reach_of(access.EVERYONE if reach == access.PUBLIC else reach)
    things, them = ("1 item here is", "it") if number == 1 else (f"{number:,} items here are", "them")
    people = "1 person" if may_join.people == 1 else f"{may_join.people:,} people"
    partners = (
        "1 of them is a partner" if may_join.partners == 1 else f"{may_join.partners:,} of them are partners"
    )
    raise Invalid(
        "sure",
        f"{things} for members only. Once the space is open, {people} can join it and read {them}, with the earlier versions"
        + (f"; {partners}." if may_join.partners else "."),
    )


def archive(viewer: Viewer, space: Space, *, reopen: bool = False) -> None:
    """Closes a space for new posts, or opens it again. What stands in it stays readable. Editors only."""
    access.require_manage(viewer, space)
    if space.is_hub:
        raise Refused("The space of the whole hub cannot be archived.")
    if (space.archived_at is None) == reopen:
        return
    with db.write():
        space.archived_at = None if reopen else clock.now()
        space.save(only=[Space.archived_at])
        events.record("space:reopened" if reopen else "space:archived", viewer.person, space=space)


def join(viewer: Viewer, space: Space) -> None:
    """Joins an open space; joining twice changes nothing. Raises Missing or Refused."""
    person = access.require_person(viewer)
    if not access.may_know(viewer, space):
        raise Missing()
    if space.token in viewer.tokens:
        return
    if space.kind != "open":
        raise Refused(
            f"Nobody can join {space.name} by themselves. Ask for access, and its editors will answer."
        )
    _refuse_archived(space)
    _add(person, space, person)


def leave(viewer: Viewer, space: Space) -> None:
    """Leaves a space. Its last editor must name another first."""
    person = access.require_person(viewer)
    _remove(viewer, space, person)


def ask(viewer: Viewer, space: Space, message: str = "") -> AccessRequest:
    """Asks to be let in; asking twice keeps the open request.

    Raises Missing where the viewer may not know of the space, Refused where they need not or cannot ask.
    """
    person = access.require_person(viewer)
    if not access.may_know(viewer, space):
        raise Missing()
    if space.token in viewer.tokens:
        raise Refused(f"You are already in {space.name}.")
    if space.kind == "open":
        raise Refused(f"{space.name} is open: you can join without asking.")
    _refuse_archived(space)
    with db.write():
        request = AccessRequest.get_or_none(
            (AccessRequest.space == space.id)
            & (AccessRequest.person == person.id)
            & (AccessRequest.state == "open")
        )
        if request is None:
            request = AccessRequest.create(
                space=space, person=person, message=_words(message), created_at=clock.now()
            )
            events.record("access:asked", person, space=space, request=request.id)
    return request


def decide(
    viewer: Viewer, request: AccessRequest, *, grant: bool, answer: str = "", ends_at: datetime | None = None
) -> None:
    """Answers a request to join. Editors only; a request that somebody else answered first stays as it is.

    A partner is let in until a date. Raises Refused, Missing or Invalid.
    """
    access.require_manage(viewer, request.space)
    with db.write():
        fresh = AccessRequest.get_by_id(request.id)
        if fresh.state != "open":
            raise Refused("Somebody else has answered this request already.")
        fresh.state = "granted" if grant else "declined"
        fresh.decided_by_id, fresh.decided_at, fresh.answer = viewer.id, clock.now(), _words(answer)
        fresh.save()
        if grant and not _current(request.space, request.person):
            _let_in(viewer, request.space, request.person, "member", ends_at)
        name = "access:granted" if grant else "access:declined"
        events.record(name, viewer.person, space=request.space, person=request.person, request=fresh.id)


def add_member(
    viewer: Viewer, space: Space, person: Person, *, role: str = "member", ends_at: datetime | None = None
) -> None:
    """Lets a person into the space, or changes their role or end there. Editors only.

    A partner's place in a closed space has an end, at most a year away; it lapses then and can be renewed.
    Raises Invalid, Refused or Missing.
    """
    access.require_manage(viewer, space)
    with db.write():
        if role != "editor":
            _keep_an_editor(space, person)
        _let_in(viewer, space, person, role, ends_at)


def _let_in(viewer: Viewer, space: Space, person: Person, role: str, ends_at: datetime | None) -> None:
    actor = access.require_person(viewer)
    if role not in ("member", "editor"):
        raise Invalid("role", "A person is a member or an editor.")
    if not person.is_active or not person.organisation.active:
        raise Invalid("person", f"{person.name} has no active account.")
    closed = space.kind != "open"
    if closed and person.id == actor.id and not access.is_editor(viewer, space.id):
        raise Refused("Administrators cannot let themselves into a closed space. Ask one of its editors.")
    if closed and not person.is_staff:
        if not actor.is_staff:
            raise Refused("Partners are let into a closed space by staff, who answer for them.")
        if ends_at is None:
            raise Invalid(
                "ends_at", "A partner's place in a closed space has an end. Choose a date; it can be renewed."
            )
        if ends_at > clock.now() + LONGEST_STAY:
            raise Invalid("ends_at", "Choose a date within a year. The place can be renewed.")
    if ends_at is not None and ends_at <= clock.now():
        raise Invalid("ends_at", "Choose a date that is still to come.")
    _add(actor, space, person, role, ends_at)


def remove_member(viewer: Viewer, space: Space, person: Person) -> None:
    """Takes a person out of the space. Editors only; what they wrote stays."""
    access.require_manage(viewer, space)
    _remove(viewer, space, person)


def _add(
    actor: Person, space: Space, person: Person, role: str = "member", ends_at: datetime | None = None
) -> None:
    """Writes the place; the sponsor of a partner is who last let them in or renewed it."""
    sponsor = None if person.is_staff or actor.id == person.id else actor.id
    now = clock.now()
    with db.write():
        was_in = _current(space, person)
        Membership.insert(
            space=space.id, person=person.id, role=role, ends_at=ends_at, joined_at=now, sponsor_id=sponsor
        ).on_conflict(
            conflict_target=[Membership.space, Membership.person],
            update={Membership.role: role, Membership.ends_at: ends_at, Membership.sponsor_id: sponsor},
        ).execute()
        events.record(
            "membership:changed" if was_in else "membership:started",
            actor,
            space=space,
            person=person,
            role="an editor" if role == "editor" else "a member",
            ends_at=ends_at.isoformat() if ends_at else None,
        )


def _current(space: Space, person: Person) -> bool:
    return (
        Membership.select(Membership.id)
        .where(Membership.space == space.id, Membership.person == person.id, access.current_membership())
        .exists()
    )


def _remove(viewer: Viewer, space: Space, person: Person) -> None:
    with db.write():
        _keep_an_editor(space, person)
        if Membership.delete().where(Membership.space == space.id, Membership.person == person.id).execute():
            events.record("membership:ended", viewer.person, space=space, person=person)


def _keep_an_editor(space: Space, leaving: Person) -> None:
    """Raises Refused where the person is the last editor who can sign in.

    Inside a write, which holds the space.
    """
    if not db.is_sqlite():
        Space.select(Space.id).where(Space.id == space.id).for_update().execute()
    editors = (
        Membership.select(Membership.person)
        .join(Person)
        .join(Organisation)
        .where(
            Membership.space == space.id,
            Membership.role == "editor",
            access.current_membership(),
            Person.status == "active",
            Organisation.active,
        )
    )
    if [row.person_id for row in editors] == [leaving.id]:
        raise Refused(
            f"{leaving.name} is the only editor of {space.name}. Make somebody else an editor first."
        )


def _refuse_archived(space: Space) -> None:
    if space.archived_at is not None:
        raise Refused(f"{space.name} has been archived: nobody new can join.")


def _words(message: str) -> str:
    return message.replace("\x00", "").strip()[:MESSAGE_MAX]


def _clean_name(name: str) -> str:
    name = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", name))
    name = " ".join(name.split())
    if not name:
        raise Invalid("name", "Give the space a name.")
    if len(name) > NAME_MAX:
        raise Invalid("name", f"Shorten the name to {NAME_MAX} characters.")
    return name


def _check(kind: str, reach: str, colour: str) -> None:
    if kind not in KINDS:
        raise Invalid("kind", "Choose how people get in.")
    if reach not in (access.PUBLIC, access.EVERYONE, access.STAFF):
        raise Invalid("reach", "Choose who may know of the space.")
    if colour not in COLOURS:
        raise Invalid("colour", "Choose one of the colours.")


def _rendered(welcome: str) -> str:
    try:
        return text.render(welcome, prefix="welcome-").html
    except text.TooLong as error:
        raise Invalid("welcome", str(error)) from None


def _free_slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    slug = "-".join("".join(c if c.isalnum() else " " for c in plain).split())[:50] or "space"
    number, free = 1, slug
    while free == "new" or Space.select(Space.id).where(Space.slug == free).exists():
        number += 1
        free = f"{slug}-{number}"
    return free
