"""Tables of fairness: exceptions that everybody on the staff can read, who may not review whom, and sealed cases."""

from __future__ import annotations

import peewee

from hub import clock
from hub.db import Model, UTCField
from hub.people.models import Person
from hub.policy.models import Case
from hub.spaces.models import Space

MONTHS_MOST = 12
LONGEST = 366 * 24 * 60 * 60 * 1_000_000
REASON_LEAST = 20
ASKED_HOURS, SEALED_DAYS = 24, 14
"""How long a seal holds that one person asked for, and one that a second person approved, from its beginning."""
HOUR = 60 * 60 * 1_000_000


class PolicyException(Model):
    """A rule raises no flag for a person, in a space, or for a person in a space, from a second person's approval on.

    `starts_at` is empty until then. Nothing is exempt in any other way, whoever wrote it.
    """

    rule = peewee.CharField(40)
    person = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    space = peewee.ForeignKeyField(Space, null=True, on_delete="RESTRICT", index=False)
    what = peewee.CharField(200)
    reason = peewee.TextField()
    months = peewee.IntegerField()
    owner = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    approver = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    asked_at = UTCField(default=clock.now)
    starts_at = UTCField(null=True)
    ends_at = UTCField(null=True, index=True)
    ended_at = UTCField(null=True)

    class Meta:
        table_name = "policy_exception"
        constraints = [
            peewee.Check("person_id IS NOT NULL OR space_id IS NOT NULL", name="policy_exception_for"),
            peewee.Check(f"length(reason) >= {REASON_LEAST}", name="policy_exception_reason"),
            peewee.Check(f"months BETWEEN 1 AND {MONTHS_MOST}", name="policy_exception_months"),
            peewee.Check(
                "approver_id IS NULL OR (approver_id <> owner_id AND (person_id IS NULL OR approver_id <> person_id))",
                name="policy_exception_second_person",
            ),
            peewee.Check(
                "starts_at IS NULL OR (approver_id IS NOT NULL AND ends_at IS NOT NULL AND ends_at > starts_at"
                f" AND ends_at - starts_at <= {LONGEST})",
                name="policy_exception_end",
            ),
        ]


class Conflict(Model):
    """A reviewer who does not review one person, and why. Said by themselves, or by the policy's owner."""

    reviewer = peewee.ForeignKeyField(Person, on_delete="CASCADE", backref="+")
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE", backref="+", index=False)
    reason = peewee.CharField(300)
    said_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    said_at = UTCField(default=clock.now)

    class Meta:
        table_name = "policy_conflict"
        indexes = ((("reviewer", "person"), True),)
        constraints = [peewee.Check("reviewer_id <> person_id", name="policy_conflict_other")]


class Seal(Model):
    """That the author is not told of a case for a while: asked for by one reviewer when reporting it, approved by
    another, at most 14 days in all. Without the second person it is over after a day.
    """

    case = peewee.ForeignKeyField(Case, unique=True, backref="+", on_delete="RESTRICT")
    author = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    asked_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    reason = peewee.TextField()
    starts_at = UTCField(default=clock.now, index=True)
    ends_at = UTCField()
    approved_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    approved_at = UTCField(null=True)
    opened_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    opened_at = UTCField(null=True, index=True)

    class Meta:
        table_name = "policy_seal"
        constraints = [
            peewee.Check(f"length(reason) >= {REASON_LEAST}", name="policy_seal_reason"),
            peewee.Check("asked_by_id <> author_id", name="policy_seal_not_own"),
            peewee.Check(
                "approved_by_id IS NULL OR (approved_by_id <> asked_by_id AND approved_by_id <> author_id"
                " AND approved_at IS NOT NULL)",
                name="policy_seal_second_person",
            ),
            peewee.Check(
                f"ends_at > starts_at AND (ends_at - starts_at <= {ASKED_HOURS * HOUR} OR (approved_by_id IS NOT NULL"
                f" AND ends_at - starts_at <= {SEALED_DAYS * 24 * HOUR}))",
                name="policy_seal_end",
            ),
        ]
