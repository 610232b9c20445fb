"""What ends by the clock: partners' access (never without a word), links, notes of failed sign-ins.

Every end holds by itself at the moment of use; these daily rounds only tell people, record it and tidy up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub import clock, db, events, jobs, mail
from hub.people import queries, sessions, signin
from hub.people.models import Organisation, PasswordReset, Person, Session, SignInAttempt

TOLD_BEFORE = timedelta(days=14)
DAILY = timedelta(days=1)
ENDED_SESSIONS_KEPT = timedelta(days=90)


@jobs.job("people.lapse", every=timedelta(hours=1))
def lapse(_job: jobs.Job) -> None:
    """Tells partners and sponsors two weeks before an access ends, once an end; records what has ended."""
    now = clock.now()
    due = (
        Person.select(Person, Organisation)
        .join(Organisation)
        .where(
            Person.status == "active",
            Person.access_ends_at.is_null(False),
            Person.access_ends_at <= now + TOLD_BEFORE,
        )
        .order_by(Person.id)
    )
    for person in list(due):
        mark = person.access_ends_at.isoformat()
        if person.access_ends_at > now and person.preferences.get("end_told") != mark:
            _tell(person, mark)
        elif person.access_ends_at <= now and person.preferences.get("lapsed") != mark:
            _record(person, mark)


@jobs.job("people.tidy", every=DAILY)
def tidy(_job: jobs.Job) -> None:
    """Removes failed sign-ins and dead reset links after a day, and sessions after 90 days."""
    now = clock.now()
    SignInAttempt.delete().where(SignInAttempt.at < now - signin.KEPT).execute()
    PasswordReset.delete().where(PasswordReset.expires_at < now - DAILY).execute()
    Session.delete().where(Session.seen_at < now - ENDED_SESSIONS_KEPT).execute()


def _tell(person: Person, mark: str) -> None:
    sponsor = queries.by_ids([person.sponsor_id or 0]).get(person.sponsor_id or 0)
    day = _last_day(person.access_ends_at)
    whom = (
        f"Ask {sponsor.name} ({sponsor.email}) if you need it longer."
        if sponsor
        else "Ask an administrator if you need it longer."
    )
    with db.write():
        _remember(person, "end_told", mark)
        mail.queue(
            person.email,
            f"Your access to the knowledge hub ends on {day}",
            f"Hello {person.name},\n\nyour access to the knowledge hub ends on {day}. {whom} "
            "What you wrote stays.\n",
        )
        if sponsor is not None and sponsor.is_active:
            mail.queue(
                sponsor.email,
                f"The access of {person.name} ends on {day}",
                f"Hello {sponsor.name},\n\nyou sponsor {person.name} "
                f"({person.organisation.name}). Their access to the "
                f"knowledge hub ends on {day}. If it is still needed, extend it on their profile; "
                "otherwise do nothing.\n",
            )


def _record(person: Person, mark: str) -> None:
    with db.write():
        _remember(person, "lapsed", mark)
        sessions.end(person, why="access ended")
        events.record("person:lapsed", person=person, ended=mark)


def _remember(person: Person, name: str, mark: str) -> None:
    preferences = Person.select(Person.preferences).where(Person.id == person.id).get().preferences
    Person.update(preferences={**preferences, name: mark}).where(Person.id == person.id).execute()


def _last_day(ends_at: datetime) -> str:
    day = clock.local(ends_at - timedelta(minutes=1))
    return f"{day.day} {day:%B %Y}"
