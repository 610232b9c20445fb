"""Rules about behaviour: bursts, floods and failed sign-ins, counted over distinct things, recorded in the background.

They raise no flag, show nobody's name and change nothing; whom one is about finds it in what they can take with them.
What is read is what hub.content remembers anyway (a document's page opened for the first time, its file taken), what is
posted and reported are the rows themselves, and failed sign-ins are those that slow down guessing. Thresholds differ by role, since a records officer opens
more documents in an hour than others. There is no rule about the time of day: people work when they work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

import peewee

from hub import access, clock, db, jobs
from hub.access import Viewer
from hub.content.models import Item, ReadMark
from hub.db import Model, UTCField
from hub.people.models import Person, SignInAttempt
from hub.policy import cases
from hub.policy.models import Case, Report

LABELS = {
    "reading": "Many different documents read within an hour",
    "posting": "Posted to many different threads within ten minutes",
    "reports": "Many reports about one person within an hour",
    "signing_in": "Many failed sign-ins within a quarter of an hour",
}
DOCUMENTS_AN_HOUR = {"auditor": 400, "administrator": 300, "reviewer": 200, "staff": 120, "partner": 60}
THREADS, REPORTS, FAILED = 12, 10, 8
SIGN_INS = ("account", "address", "device")
"""What failed sign-ins are counted by: the account, the network address, a browser that the person used before."""
READERS = ("policy owner", "senior reviewer", "auditor")
LISTED = 200


class BehaviourFinding(Model):
    """That a rule about behaviour was met: by whom (null for a sign-in by nobody known), how often, over which limit."""

    id = peewee.BigAutoField()
    rule = peewee.CharField(16)
    person = peewee.ForeignKeyField(Person, null=True, on_delete="CASCADE", index=False)
    number = peewee.IntegerField()
    threshold = peewee.IntegerField()
    hour = peewee.CharField(64)
    at = UTCField(default=clock.now, index=True)

    class Meta:
        table_name = "policy_behaviour_finding"
        indexes = ((("rule", "hour"), True),)


@jobs.job("policy.behaviour", every=timedelta(minutes=5))
def watch(_job: Any = None) -> int:
    """Looks at the last while and records what meets a rule, once an hour for each; how many were new."""
    now = clock.now()
    hour = clock.local(now).strftime("%Y-%m-%d %H")
    new = 0
    for rule, who, number, threshold in (*_reading(), *_posting(), *_reports(), *_signing_in()):
        with db.write():
            added = (
                BehaviourFinding.insert(
                    rule=rule,
                    person=who if isinstance(who, int) else None,
                    number=number,
                    threshold=threshold,
                    hour=f"{hour} {who}"[:64],
                    at=now,
                )
                .on_conflict_ignore()
                .as_rowcount()
                .execute()
            )
        new += bool(added)
    return new


Met = Iterator[tuple[str, int | str, int, int]]


def _reading() -> Met:
    least = min(DOCUMENTS_AN_HOUR.values())
    since = clock.now() - timedelta(hours=1)
    distinct = peewee.fn.COUNT(peewee.fn.DISTINCT(ReadMark.item))
    rows = (
        ReadMark.select(ReadMark.person, distinct)
        .join(Item)
        .where(ReadMark.at >= since, Item.kind == "document")
        .group_by(ReadMark.person)
        .having(distinct >= least)
        .tuples()
    )
    for person_id, number in list(rows):
        threshold = documents_an_hour(Person.get_by_id(person_id))
        if number >= threshold:
            yield "reading", person_id, number, threshold


def documents_an_hour(person: Person) -> int:
    """From how many different documents in an hour the rule is met for this person."""
    roles = [DOCUMENTS_AN_HOUR[r] for r in person.roles if r in DOCUMENTS_AN_HOUR]
    return max([*roles, DOCUMENTS_AN_HOUR["staff" if person.is_staff else "partner"]])


def _posting() -> Met:
    since = clock.now() - timedelta(minutes=10)
    threads = peewee.fn.COUNT(peewee.fn.DISTINCT(peewee.fn.COALESCE(Item.root, Item.id)))
    rows = (
        Item.select(Item.author, threads)
        .where(Item.state == "published", Item.active_at >= since, Item.published_at >= since)
        .group_by(Item.author)
        .having(threads >= THREADS)
    )
    for person_id, number in rows.tuples():
        yield "posting", person_id, number, THREADS


def _reports() -> Met:
    number = peewee.fn.COUNT(Report.id)
    rows = (
        Report.select(Case.author, number)
        .join(Case)
        .where(Report.at >= clock.now() - timedelta(hours=1), cases.not_sealed())
        .group_by(Case.author)
        .having(number >= REPORTS)
    )
    for person_id, many in rows.tuples():
        yield "reports", person_id, many, REPORTS


def _signing_in() -> Met:
    from hub.policy.detector import code

    number = peewee.fn.COUNT(SignInAttempt.id)
    # Asking for a new password is slowed down in the same table, and is no failed sign-in.
    wrong = reduce(or_, (SignInAttempt.subject.startswith(f"{sort}:") for sort in SIGN_INS))
    rows = (
        SignInAttempt.select(SignInAttempt.subject, number)
        .where(SignInAttempt.at >= clock.now() - timedelta(minutes=15), wrong)
        .group_by(SignInAttempt.subject)
        .having(number >= FAILED)
    )
    for subject, many in rows.tuples():
        # Neither an address nor a name that somebody typed is kept: only that it was one and the same.
        yield "signing_in", code("sign-in", subject), many, FAILED


def listing(viewer: Viewer) -> list[tuple[str, int, int, Any]]:
    """(rule in words, number, threshold, when), latest first, without names. One query. Raises Missing for others."""
    access.require_role(viewer, *READERS)
    rows = BehaviourFinding.select().order_by(BehaviourFinding.id.desc()).limit(LISTED)
    return [(LABELS[r.rule], r.number, r.threshold, r.at) for r in rows]


def mine(viewer: Viewer) -> list[BehaviourFinding]:
    """What was recorded about the viewer, oldest first. One query."""
    person = access.require_person(viewer)
    found = BehaviourFinding.select().where(BehaviourFinding.person == person.id)
    return list(found.order_by(BehaviourFinding.id))
