"""A new password by mail: a one-time link of one hour.

Whether an address has an account is told to its mailbox only.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from hub import clock, db, events, jobs, mail
from hub.errors import Missing
from hub.people import actions, passwords, queries, signin
from hub.people.models import Organisation, PasswordReset, Person
from hub.people.sessions import token_hash

STANDS = timedelta(hours=1)
FIRST_STANDS = timedelta(hours=24)
PER_ADDRESS, PER_ACCOUNT, WITHIN = 20, 3, timedelta(hours=1)

events.declare("person:reset_requested", (), "A link for a new password was sent to {person}")


def ask(email: str, link: str, address: str) -> None:
    """Asks for a link to be mailed; does exactly the same work whether or not there is such an account.

    `link` is the address of the reset page up to the token. An account gets three an hour at most,
    silently; a network address that asks for too many is told to wait (signin.Wait).
    """
    account, network = f"reset:{signin.account_subject(email)}", f"reset:{signin.address_subject(address)}"
    with db.write():
        until = signin.wait_for([network], PER_ADDRESS, WITHIN)
        if until is None:
            enough = signin.wait_for([account], PER_ACCOUNT, WITHIN) is not None
            signin.note([account, network])
            jobs.enqueue(
                "people.mail_reset", {"email": "" if enough else email.strip().lower()[:254], "link": link}
            )
    if until is not None:
        raise signin.Wait(until)


@jobs.job("people.mail_reset", lease=timedelta(minutes=1))
def mail_reset(job: jobs.Job) -> None:
    """Makes the link and mails it, if the address has an account that may be used.

    The token is made here, not in the job's row.
    """
    person = queries.by_email(job.payload["email"])
    if person is None or not person.is_active or not person.organisation.active:
        return
    with db.write():
        token = make(person, STANDS)
        events.record("person:reset_requested", person=person)
        mail.queue(
            person.email,
            "A new password for the knowledge hub",
            f"Hello {person.name},\n\nsomebody, probably you, asked for a new password. Open this "
            "link within an hour; "
            f"it works once:\n\n{job.payload['link']}{token}\n\n"
            "If it was not you, do nothing: your password stays as it is.\n",
        )


def make(person: Person, stands: timedelta) -> str:
    """A one-time token to set the person's password, inside a write; earlier ones stop working."""
    token = secrets.token_urlsafe(32)
    PasswordReset.update(used_at=clock.now()).where(
        PasswordReset.person == person.id, PasswordReset.used_at.is_null()
    ).execute()
    PasswordReset.create(token_hash=token_hash(token), person=person, expires_at=clock.now() + stands)
    return token


def find(token: str) -> PasswordReset | None:
    """The reset of a link with its person; None when it was used, replaced or is too old, or the account
    is closed.
    """
    row = (
        PasswordReset.select(PasswordReset, Person, Organisation)
        .join(Person)
        .join(Organisation)
        .where(
            PasswordReset.token_hash == token_hash(token),
            PasswordReset.used_at.is_null(),
            PasswordReset.expires_at > clock.now(),
        )
        .first()
    )
    return row if row is not None and row.person.is_active and row.person.organisation.active else None


def use(token: str, password: str) -> Person:
    """Sets the password that the link allows to set and ends every session of the person.

    Raises Missing for a link that no longer works, Invalid("password", …) with the link unused.
    """
    row = find(token)
    if row is None:
        raise Missing("This link no longer works.")
    actions.check_password(password, row.person)
    kept = passwords.hash_of(password)
    with db.write():
        if (
            not PasswordReset.update(used_at=clock.now())
            .where(PasswordReset.id == row.id, PasswordReset.used_at.is_null())
            .execute()
        ):
            raise Missing("This link no longer works.")
        actions.keep_password(row.person, kept, how="by a link")
    return row.person
