"""Invitations by e-mail: made, renewed and withdrawn by sponsors, accepted once by whoever holds the link."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

import peewee

from hub import access, clock, db, events, mail
from hub.access import Viewer
from hub.errors import Invalid, Missing, Refused
from hub.people import actions, passwords, queries
from hub.people.handles import free_handle
from hub.people.models import Invitation, Organisation, Person
from hub.people.sessions import token_hash
from hub.spaces.models import Membership, Space

STANDS = timedelta(days=14)
MOST_OPEN = 200
EMAIL = re.compile(
    r"[^@\s<>\"',;:\\()\[\]]{1,64}@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9\-]{0,60}[a-z0-9]"
)

for _name, _sentence in (
    ("person:invited", "{actor} invited somebody by e-mail"),
    ("person:invitation_renewed", "{actor} renewed an invitation"),
    ("person:invitation_withdrawn", "{actor} withdrew an invitation"),
):
    events.declare(_name, ("invitation", "email", "organisation", "ends"), _sentence)


def may_invite(viewer: Viewer) -> bool:
    """Whether the viewer may invite anybody: the council's staff."""
    return viewer.is_staff


def clean_email(email: str, field: str = "email") -> str:
    """The address in lower case. Raises Invalid where it cannot be one."""
    email = email.strip().lower()
    if len(email) > 254 or not EMAIL.fullmatch(email) or ".." in email:
        raise Invalid(field, "Write an e-mail address such as ann.evans@council.example.")
    return email


def invite(
    viewer: Viewer,
    email: str,
    organisation_key: str,
    link: str,
    *,
    name: str = "",
    access_ends_at: datetime | None = None,
    message: str = "",
    space: Space | None = None,
) -> Invitation:
    """Mails somebody a one-time link to an account that the viewer sponsors.

    `link` is the address of the accept page up to the token. Partners always get an end, at most a year
    ahead; the council's own staff are invited by administrators only and need none. With `space` (one
    that the viewer manages) they join it at once. Raises Invalid with the field's name, Refused, Missing.
    """
    sponsor = access.require_person(viewer)
    if not may_invite(viewer):
        raise Refused("Only the council's staff can invite people.")
    email = clean_email(email)
    organisation = queries.organisation_or_none(organisation_key)
    if organisation is None or not organisation.active:
        raise Invalid("organisation", "Choose the organisation that the person works for.")
    _check_organisation(viewer, organisation, email)
    if organisation.is_home:
        access_ends_at = None
    elif access_ends_at is None:
        raise Invalid("ends_on", "Choose a day on which the access ends; it can be extended later.")
    actions.check_end("ends_on", access_ends_at)
    if space is not None:
        access.require_manage(viewer, space)
    if len(message) > 1000:
        raise Invalid("message", "Use 1,000 characters or fewer.")
    existing = queries.by_email(email)
    if existing is not None:
        raise Invalid("email", f"{existing.name} has an account already; find them under People.")
    if open_invitations().where(Invitation.email == email).exists():
        raise Invalid("email", "This address has an open invitation already. Renew that one instead.")
    if (
        not viewer.has_role("administrator")
        and open_invitations().where(Invitation.sponsor == sponsor.id).count() >= MOST_OPEN
    ):
        raise Refused(f"You have {MOST_OPEN} open invitations. Withdraw some, or ask an administrator.")
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with db.write():
        row = Invitation.create(
            token_hash=token_hash(token),
            email=email,
            name=mail.one_line(name)[:120],
            organisation=organisation,
            sponsor=sponsor,
            space_id=space.id if space is not None else None,
            message=message.replace("\x00", "").strip(),
            created_at=now,
            expires_at=now + STANDS,
            access_ends_at=access_ends_at,
        )
        _send(row, sponsor, link + token)
        events.record("person:invited", sponsor, space=space, **_facts(row))
    return row


def renew(viewer: Viewer, row: Invitation, link: str, access_ends_at: datetime | None = None) -> None:
    """Mails a fresh link; the old one stops working.

    Raises Refused for an accepted one, Missing for others' invitations.
    """
    person = _require_own(viewer, row)
    if row.accepted_at is not None:
        raise Refused("This invitation has been accepted; there is nothing to renew.")
    if queries.by_email(row.email) is not None:
        raise Refused("There is an account with this address already.")
    now = clock.now()
    ends_at = access_ends_at or row.access_ends_at
    if ends_at is not None and ends_at <= now + STANDS:
        ends_at = now + max(row.access_ends_at - row.created_at, STANDS * 2)
    actions.check_end("ends_on", ends_at)
    token = secrets.token_urlsafe(32)
    with db.write():
        changed = (
            Invitation.update(
                token_hash=token_hash(token),
                expires_at=now + STANDS,
                withdrawn_at=None,
                access_ends_at=ends_at,
                created_at=now,
            )
            .where(Invitation.id == row.id, Invitation.accepted_at.is_null())
            .execute()
        )
        if not changed:
            raise Refused("This invitation has been accepted just now.")
        row = Invitation.get_by_id(row.id)
        _send(row, row.sponsor, link + token)
        events.record("person:invitation_renewed", person, **_facts(row))


def withdraw(viewer: Viewer, row: Invitation) -> None:
    """Makes the link useless. Raises Refused for an accepted one, Missing for others' invitations."""
    person = _require_own(viewer, row)
    with db.write():
        if (
            not Invitation.update(withdrawn_at=clock.now())
            .where(Invitation.id == row.id, Invitation.accepted_at.is_null())
            .execute()
        ):
            raise Refused("This invitation has been accepted; close the account instead.")
        events.record("person:invitation_withdrawn", person, **_facts(row))


def find(token: str) -> Invitation | None:
    """The open invitation of a link; None when it was used, withdrawn, replaced, is too old, or its sponsor
    has left.
    """
    row = (
        open_invitations()
        .select(Invitation, Organisation, Person)
        .join(Organisation)
        .switch(Invitation)
        .join(Person, on=Invitation.sponsor)
        .where(Invitation.token_hash == token_hash(token), Organisation.active, Person.status == "active")
        .first()
    )
    if row is not None and row.access_ends_at is not None and row.access_ends_at <= clock.now():
        return None
    return row


def accept(token: str, name: str, password: str) -> Person:
    """Makes the invited person's account, once.

    Raises Missing for a link that no longer works, Invalid for name or password.
    """
    row = find(token)
    if row is None:
        raise Missing("This invitation no longer works.")
    name = actions.clean_name(name)
    person = Person(email=row.email, name=name, organisation=row.organisation)
    actions.check_password(password, person)
    kept = passwords.hash_of(password)
    now = clock.now()
    with db.write():
        if (
            not Invitation.update(accepted_at=now)
            .where(
                Invitation.id == row.id,
                Invitation.accepted_at.is_null(),
                Invitation.token_hash == row.token_hash,
            )
            .execute()
            or queries.by_email(row.email) is not None
        ):
            raise Missing("This invitation no longer works.")
        made = Person.create(
            email=row.email,
            handle=free_handle(name),
            name=name,
            organisation=row.organisation,
            unit=row.unit_id,
            password_hash=kept,
            sponsor_id=row.sponsor_id,
            access_ends_at=row.access_ends_at,
            created_at=now,
        )
        space = _space_to_join(row)
        if space is not None:
            Membership.create(
                space=space,
                person=made,
                sponsor_id=row.sponsor_id,
                joined_at=now,
                ends_at=row.access_ends_at,
            )
        events.record(
            "person:joined",
            made,
            person=made,
            space=space,
            invitation=row.id,
            organisation=row.organisation.key,
        )
    return queries.by_handle(made.handle)


def _space_to_join(row: Invitation) -> Space | None:
    """The space that the invitation leads to, if its sponsor may still let people in and it is not archived."""
    space = Space.get_or_none(Space.id == (row.space_id or 0))
    if space is None or space.archived_at is not None:
        return None
    return space if access.may_manage(access.viewer_for(row.sponsor), space) else None


def open_invitations() -> peewee.ModelSelect:
    """Invitations that can still be accepted, as a query to narrow."""
    return Invitation.select().where(
        Invitation.accepted_at.is_null(),
        Invitation.withdrawn_at.is_null(),
        Invitation.expires_at > clock.now(),
    )


def listed(viewer: Viewer, cursor: int = 0, limit: int = 50) -> list[Invitation]:
    """The viewer's invitations (administrators: everybody's), newest first, below the id `cursor`."""
    person = access.require_person(viewer)
    if not may_invite(viewer):
        raise Missing()
    query = (
        Invitation.select(Invitation, Organisation, Person)
        .join(Organisation)
        .switch(Invitation)
        .join(Person, on=Invitation.sponsor)
        .order_by(Invitation.id.desc())
        .limit(limit)
    )
    if not viewer.has_role("administrator"):
        query = query.where(Invitation.sponsor == person.id)
    return list(query.where(Invitation.id < cursor) if cursor else query)


def own(viewer: Viewer, invitation_id: int) -> Invitation:
    """One of the viewer's invitations (administrators: any). Raises Missing."""
    row = Invitation.get_or_none(Invitation.id == invitation_id)
    if row is None:
        raise Missing()
    _require_own(viewer, row)
    return row


def state(row: Invitation) -> tuple[str, str]:
    """What has become of an invitation, as a word and the kind of badge for it."""
    if row.accepted_at is not None:
        return "Accepted", "ok"
    if row.withdrawn_at is not None:
        return "Withdrawn", ""
    if row.expires_at <= clock.now():
        return "Lapsed", "warn"
    return "Open", "info"


def _require_own(viewer: Viewer, row: Invitation) -> Person:
    person = access.require_person(viewer)
    if not may_invite(viewer) or (row.sponsor_id != person.id and not viewer.has_role("administrator")):
        raise Missing()
    return person


def _check_organisation(viewer: Viewer, organisation: Organisation, email: str) -> None:
    if organisation.is_home and not viewer.has_role("administrator"):
        raise Invalid(
            "organisation",
            "Only administrators invite the council's own staff. Choose a partner organisation.",
        )
    domain = email.partition("@")[2]
    owner = next((o for o in queries.organisations() if o.domain and o.domain == domain), None)
    if owner is not None and owner.id != organisation.id:
        raise Invalid(
            "organisation", f"Addresses at {domain} belong to {owner.name}. Choose that organisation."
        )


def _facts(row: Invitation) -> dict[str, object]:
    return {
        "invitation": row.id,
        "email": row.email,
        "organisation": row.organisation.key,
        "ends": row.access_ends_at and row.access_ends_at.isoformat(),
    }


def _send(row: Invitation, sponsor: Person, link: str) -> None:
    until = clock.local(row.expires_at)
    ends = (
        f"Your access will end on {_day(row.access_ends_at)} unless it is extended.\n\n"
        if row.access_ends_at
        else ""
    )
    said = f"{sponsor.name} writes:\n\n{row.message}\n\n" if row.message else ""
    mail.queue(
        row.email,
        f"{sponsor.name} invites you to the knowledge hub",
        f"Hello{' ' + row.name if row.name else ''},\n\n"
        f"{sponsor.name} invites you to join the knowledge hub for {row.organisation.name}.\n\n{said}"
        f"Open this link to choose your name and password. It works once, until {until.day} "
        f"{until:%B %Y}:\n\n{link}\n\n"
        f"{ends}If you do not know {sponsor.name}, do nothing: no account is made without you.\n",
        key=f"invitation:{row.id}:{row.token_hash[:12]}",
    )


def _day(moment: datetime) -> str:
    # An end stands at midnight; the last day of access is the one before.
    day = clock.local(moment - timedelta(minutes=1))
    return f"{day.day} {day:%B %Y}"
