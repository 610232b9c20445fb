"""The register of exceptions: asked for, approved by a second person, ended; and what it covers now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import peewee

from hub import access, clock, db, events
from hub.access import Viewer
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.people.models import Person
from hub.policy import detector, notices
from hub.policy.fairness.models import MONTHS_MOST, REASON_LEAST, PolicyException
from hub.policy.rules import OWN, RULES, rule
from hub.spaces.models import Space

APPROVERS = ("policy owner", "senior reviewer")
REPORTS_ONLY = "reports-only"
"""Stands for every rule: a trade union's or a staff network's closed group is not scanned, and only members report."""
CLOSED = ("invitation", "secret")
for _name, _sentence in {
    "policy:exception_asked": "{actor} asked for an exception from the policy rule {rule}",
    "policy:exception_approved": "{actor} approved an exception from the policy rule {rule}",
    "policy:exception_ended": "{actor} ended an exception from the policy rule {rule}",
    "policy:exception_told": "{person} was told of an exception from the policy rule {rule}",
}.items():
    events.declare(_name, ("rule", "exception", "until", "notice", "subject"), _sentence)


def ask(
    viewer: Viewer,
    *,
    name: str,
    what: str,
    reason: str,
    months: int,
    person: Person | None,
    space: Space | None,
) -> PolicyException:
    """Asks for an exception, as its owner: for a person, a space, or a person there. Staff only. Raises Invalid."""
    owner = _staff(viewer)
    rule(name)
    if name == REPORTS_ONLY and (space is None or space.kind not in CLOSED or person is not None):
        raise Invalid("space", "Reports only is for everybody in one closed space: by invitation, or secret.")
    if name not in (*RULES, *OWN, REPORTS_ONLY):
        raise Invalid("rule", "Choose a rule of the list.")
    what = detector.masked(" ".join(what.split())[:200])
    reason = detector.masked(reason.replace("\x00", "").strip()[:2000])
    if not what:
        raise Invalid("what", "Say what it is for, such as “the monthly list of suppliers”.")
    if len(reason) < REASON_LEAST:
        raise Invalid(
            "reason", f"Give a reason of at least {REASON_LEAST} characters. All staff can read it."
        )
    if not 1 <= months <= MONTHS_MOST:
        raise Invalid("months", f"An exception lasts 1 to {MONTHS_MOST} months.")
    if person is None and space is None:
        raise Invalid("handle", "Say for whom or for which space it is.")
    if space is not None and not access.may_enter(viewer, space):
        raise Invalid("space", "There is no such space, or you are not in it.")
    with db.write():
        row = PolicyException.create(
            rule=name, what=what, reason=reason, months=months, owner=owner, person=person, space=space
        )
        events.record(
            "policy:exception_asked", owner, space=space, person=person, rule=name, exception=row.id
        )
    return row


def _staff(viewer: Viewer) -> Person:
    person = access.require_person(viewer)
    if not viewer.is_staff:
        raise Missing()
    return person


def approve(viewer: Viewer, exception_id: int) -> PolicyException:
    """Approves as somebody who neither owns nor profits from it; it counts from now on. Raises Refused, Conflict."""
    person = access.require_role(viewer, *APPROVERS)
    with db.write():
        row = _locked(exception_id)
        if person.id in (row.owner_id, row.person_id):
            raise Refused("You asked for it, or it is for you. A second person approves it.")
        if row.starts_at is not None or row.ended_at is not None:
            raise Conflict("This has been answered already.", row)
        row.approver, row.starts_at = person, clock.now()
        row.ends_at = row.starts_at + timedelta(days=30.5 * row.months)
        row.save()
        events.record(
            "policy:exception_approved",
            person,
            space=row.space_id,
            person=row.person_id,
            rule=row.rule,
            exception=row.id,
            until=row.ends_at.isoformat(),
        )
        _tell(row, f"was approved by {person.name}. It counts until {notices.day(row.ends_at)}")
    return row


def _tell(row: PolicyException, what: str) -> None:
    """Tells who asked for it, inside the running write."""
    subject = f"Your exception ({_label(row.rule)}) {what}."
    data = {"rule": row.rule, "exception": row.id, "notice": row.id, "subject": subject[:200]}
    events.record("policy:exception_told", None, person=row.owner_id, **data)


def _label(name: str) -> str:
    return "reports only" if name == REPORTS_ONLY else rule(name).label


def in_full(event_id: int, _person_id: int) -> str:
    """What a mail about an exception says to whom it was asked by."""
    event = events.Event.get_or_none(events.Event.id == event_id)
    return (
        f"{event.data.get('subject', '')} All staff can read it in the register." if event is not None else ""
    )


def end(viewer: Viewer, exception_id: int) -> None:
    """Ends or declines an exception: its owner, or whoever may approve one. Raises Refused, Missing."""
    person = _staff(viewer)
    with db.write():
        row = _locked(exception_id)
        if row.owner_id != person.id and not person.has_role(*APPROVERS):
            raise Refused("Its owner and those who approve exceptions can end it.")
        if row.ended_at is None:
            row.ended_at = clock.now()
            row.save()
            events.record("policy:exception_ended", person, rule=row.rule, exception=row.id)
            if person.id != row.owner_id:
                _tell(row, f"was {'ended' if row.starts_at else 'declined'} by {person.name}")


def _locked(exception_id: int) -> Any:
    query = PolicyException.select().where(PolicyException.id == exception_id)
    row = (query if db.is_sqlite() else query.for_update()).first()
    if row is None:
        raise Missing()
    return row


def _counts_now() -> Any:
    now = clock.now()
    return (
        PolicyException.ended_at.is_null()
        & (PolicyException.starts_at <= now)
        & (PolicyException.ends_at > now)
    )


def covering(author_id: int | None, space_id: int | None) -> frozenset[str]:
    """The rules that raise no flag for this author in this space now. One query."""
    for_them = PolicyException.person.is_null() | (PolicyException.person == (author_id or 0))
    there = PolicyException.space.is_null() | (PolicyException.space == (space_id or 0))
    rows = PolicyException.select(PolicyException.rule).where(_counts_now(), for_them, there)
    return frozenset(row[0] for row in rows.tuples())


def of_item(item: Item) -> frozenset[str]:
    """The rules that raise no flag for the item now. One query."""
    return covering(item.author_id, item.space_id)


def waiting_count(viewer: Viewer) -> Any:
    """Query of how many exceptions this approver is wanted for as a second person; None for others."""
    if viewer.person is None or not viewer.has_role(*APPROVERS):
        return None
    mine = (PolicyException.owner == viewer.id) | (PolicyException.person == viewer.id)
    open_now = PolicyException.starts_at.is_null() & PolicyException.ended_at.is_null()
    # Without a person it is for everybody in a space, and `NOT NULL` would be neither true nor false.
    others = PolicyException.person.is_null() & (PolicyException.owner != viewer.id)
    return PolicyException.select(peewee.fn.COUNT(PolicyException.id)).where(open_now, others | ~mine)


def is_reports_only(space: Space) -> bool:
    """Whether nothing looks at the space by itself now, and members' reports alone are reviewed. One query where it is
    closed.
    """
    if space.no_automatic_scan or space.kind not in CLOSED:
        return bool(space.no_automatic_scan)
    said = (PolicyException.space == space.id) & (PolicyException.rule == REPORTS_ONLY)
    return bool(PolicyException.select(PolicyException.id).where(said, _counts_now()).exists())


def never_scanned(viewer: Viewer) -> list[str]:
    """Names of the spaces that were set up as reports only, beside the register; "a closed space" for those that the
    viewer may not know. One query.
    """
    _staff(viewer)
    spaces = Space.select().where(Space.no_automatic_scan).order_by(Space.name)
    return [s.name if {s.known_to, s.token} & set(viewer.tokens) else "a closed space" for s in spaces]


def register(viewer: Viewer) -> list[PolicyException]:
    """The whole register, newest first, for staff; spaces that the viewer may not know are left unnamed. One query."""
    _staff(viewer)
    owner, approver = Person.alias("owner"), Person.alias("approver")
    return list(
        PolicyException.select(PolicyException, Person, Space, owner, approver)
        .join(Person, peewee.JOIN.LEFT_OUTER, on=PolicyException.person)
        .join_from(PolicyException, Space, peewee.JOIN.LEFT_OUTER)
        .join_from(PolicyException, owner, on=PolicyException.owner)
        .join_from(PolicyException, approver, peewee.JOIN.LEFT_OUTER, on=PolicyException.approver)
        .order_by(PolicyException.id.desc())
        .limit(500)
    )
