"""The table of the policy's next version while it is written."""

from __future__ import annotations

import peewee

from hub import clock
from hub.db import JSONField, Model, UTCField
from hub.people.models import Person


class PolicyDraft(Model):
    """The next version of the policy, as Markdown that `wording` reads. At most one is open or waits for approval.

    `begun_from` is the number of the version it was begun from (0 for none), `edits` counts the times it was kept,
    `writers` are the ids of everybody who wrote in it, none of whom approves it. `in_force_on` is a day (ISO 8601) or
    empty for at once; `answer` says why it was sent back.
    """

    words = peewee.TextField()
    welsh = peewee.TextField(default="")
    change_summary = peewee.CharField(1000, default="")
    in_force_on = peewee.CharField(10, default="")
    clause_of_rule = JSONField(default=dict)
    begun_from = peewee.IntegerField(default=0)
    edits = peewee.IntegerField(default=1)
    writers = JSONField(default=list)
    state = peewee.CharField(10, default="open")
    written_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    changed_at = UTCField(default=clock.now)
    asked_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    answer = peewee.TextField(default="")
    answered_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)

    class Meta:
        table_name = "policy_draft"
        constraints = [
            peewee.Check("state IN ('open', 'asked', 'published', 'dropped')", name="policy_draft_state"),
            peewee.Check("state <> 'asked' OR asked_by_id IS NOT NULL", name="policy_draft_asked_by"),
        ]
