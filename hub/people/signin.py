"""Signing in with a password: one answer for every failure, and a slow-down that locks nobody else out.

Every guess is written down before the password is looked at, so that many at once cannot slip under the
limit, and is struck out again when it was right. From a browser that the person has used before, guesses
are counted for that browser alone: others' failures do not lock anybody out of their own computer.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta

from hub import clock, db, events
from hub.errors import HubError
from hub.people import passwords, queries
from hub.people.devices import Device
from hub.people.models import Person, SignInAttempt

GUESSES, WITHIN = 10, timedelta(minutes=5)
KEPT = timedelta(days=1)

events.declare("session:refused", ("why", "address"), "Somebody failed to sign in as {person}")


class Wrong(HubError):
    """The address and the password do not belong together, or there is no such account: never said which."""


class Wait(HubError):
    """Too many guesses; `until` is when the next one is heard."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        minutes = max(1, -(-int((until - clock.now()).total_seconds()) // 60))
        super().__init__(
            f"There were too many tries to sign in. Wait {minutes} minute{'' if minutes == 1 else 's'} "
            "and try again; "
            "your account is not locked, and nothing was changed. If you forgot your password, "
            "ask for a new one."
        )


class Ended(HubError):
    """The password was right, but the account may no longer be used; the message says why and whom to ask."""


def enter(email: str, password: str, *, address: str, device: Device) -> Person:
    """The person whom e-mail and password belong to; the caller starts the session.

    Raises Wrong, Wait, or Ended (only to somebody who knew the password).
    """
    person = queries.by_email(email[:254])
    subjects = _subjects(email, address, device, person)
    guess = _note(subjects)
    if not passwords.verify(person.password_hash if person else "", password) or person is None:
        _refused(person, "wrong password", address)
        raise Wrong("The e-mail address or the password is not right.")
    _right(person, password, subjects[0], guess)
    why = ended_words(person)
    if why:
        _refused(person, "no access", address)
        raise Ended(why)
    return person


def ended_words(person: Person) -> str:
    """Why the person's account may not be used now and whom to ask, or ""."""
    if person.is_active and person.organisation.active:
        return ""
    sponsor = queries.by_ids([person.sponsor_id or 0]).get(person.sponsor_id or 0)
    ask = (
        f"Ask {sponsor.name} ({sponsor.email}), who sponsors it, to renew it."
        if sponsor
        else "Ask an administrator."
    )
    if person.status != "active":
        return "This account has been closed. If that is a mistake, ask an administrator."
    if not person.organisation.active:
        return f"{person.organisation.name} no longer has access to this hub. Ask an administrator."
    day = clock.local(person.access_ends_at - timedelta(minutes=1))
    return f"Your access ended on {day.day} {day:%B %Y}. {ask} What you wrote is kept."


def wait_for(subjects: list[str], guesses: int = GUESSES, within: timedelta = WITHIN) -> datetime | None:
    """When the next guess is heard for these subjects, or None where it is heard now."""
    now = clock.now()
    until = None
    for subject in subjects:
        recent = [
            row[0]
            for row in SignInAttempt.select(SignInAttempt.at)
            .where(SignInAttempt.subject == subject, SignInAttempt.at > now - within)
            .order_by(SignInAttempt.at.desc())
            .limit(guesses)
            .tuples()
        ]
        if len(recent) >= guesses:
            until = max(until or now, recent[-1] + within)
    return until


def note(subjects: list[str]) -> list[int]:
    """Writes one attempt down for each subject, inside or outside a write; the rows' ids."""
    with db.write():
        return [SignInAttempt.create(subject=subject, at=clock.now()).id for subject in subjects]


def account_subject(email: str) -> str:
    """The account's name among the attempts: hashed, since people type passwords into the wrong field."""
    return "account:" + hashlib.sha256(email.strip().lower().encode()).hexdigest()[:40]


def address_subject(address: str) -> str:
    """The network address in the list of attempts; an IPv6 address counts with its whole /64."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if number.version == 6:
        return f"address:{ipaddress.ip_network((number, 64), strict=False)}"
    return f"address:{number}"


def _subjects(email: str, address: str, device: Device, person: Person | None) -> list[str]:
    if person is not None and device.knows(person.id):
        return [f"device:{device.number[:40]}:{person.id}"]
    return [account_subject(email), address_subject(address)]


def _note(subjects: list[str]) -> list[int]:
    with db.write():
        until = wait_for(subjects)
        rows = [] if until else note(subjects)
    if until:
        raise Wait(until)
    return rows


def _refused(person: Person | None, why: str, address: str) -> None:
    with db.write():
        events.record("session:refused", person=person, why=why, address=address[:64])


def _right(person: Person, password: str, subject: str, guess: list[int]) -> None:
    """Strikes out this guess and the account's others.

    An address keeps its own, or one account would wash them all.
    """
    with db.write():
        SignInAttempt.delete().where(
            SignInAttempt.id.in_(guess) | (SignInAttempt.subject == subject)
        ).execute()
    if passwords.is_outdated(person.password_hash):
        fresh = passwords.hash_of(password)
        with db.write():
            Person.update(password_hash=fresh).where(Person.id == person.id).execute()
