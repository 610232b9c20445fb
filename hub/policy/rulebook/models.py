"""Tables of the rules: a rule's state and versions, its dry runs with their hits, and the hosts that are trusted.

A built-in rule that nobody has changed has no row here: it acts as it is delivered.
"""

from __future__ import annotations

import peewee

from hub import clock
from hub.content.models import Item
from hub.db import JSONField, Model, UTCField
from hub.people.models import Person

STATES = {
    "draft": "Draft",
    "background": "In the background",
    "live-nudge": "Live, as a hint",
    "live-flag": "Live, with flags",
    "paused": "Paused",
    "archived": "Archived",
}
LIVE = ("live-nudge", "live-flag")
KINDS = {
    "built-in": "Built in, with settings",
    "words": "Word list",
    "pattern": "Pattern",
    "threshold": "So many findings of another rule",
}


class PolicyRule(Model):
    """A rule that people have written or changed. `acting` is the number of the version that acts, 0 for none.

    `wanted` is the live state that somebody asks a second person to approve, for the newest version.
    """

    name = peewee.CharField(40, unique=True)
    built_in = peewee.BooleanField(default=False)
    state = peewee.CharField(12, default="draft")
    acting = peewee.IntegerField(default=0)
    newest = peewee.IntegerField(default=0)
    owner = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+")
    since = UTCField(default=clock.now)
    live_since = UTCField(null=True)
    tripped = peewee.CharField(200, default="")
    wanted = peewee.CharField(12, default="")
    wanted_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)

    class Meta:
        table_name = "policy_rule"
        constraints = [
            peewee.Check(
                "state IN ('draft', 'background', 'live-nudge', 'live-flag', 'paused', 'archived')",
                name="policy_rule_state",
            ),
            peewee.Check("wanted IN ('', 'live-nudge', 'live-flag')", name="policy_rule_wanted"),
            peewee.Check("wanted = '' OR wanted_by_id IS NOT NULL", name="policy_rule_wanted_by"),
        ]


class RuleVersion(Model):
    """How a rule reads in one version. Added, never changed, but for its approval by a second person.

    `settings` by kind: built-in {least}, words {words}, pattern {pattern}, threshold {of, count}. `outcomes` says
    what follows before each audience; for a built-in rule only where it differs from the policy's table.
    """

    rule = peewee.ForeignKeyField(PolicyRule, backref="versions", on_delete="RESTRICT")
    number = peewee.IntegerField()
    kind = peewee.CharField(12)
    label = peewee.CharField(80)
    clause = peewee.CharField(12)
    weight = peewee.IntegerField(default=5)
    advice = peewee.CharField(300, default="")
    words = peewee.TextField(default="")
    settings = JSONField(default=dict)
    outcomes = JSONField(default=dict)
    vetoes = JSONField(default=list)
    must_find = JSONField(default=list)
    must_pass = JSONField(default=list)
    note = peewee.CharField(300, default="")
    author = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    created_at = UTCField(default=clock.now)
    approved_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    approved_at = UTCField(null=True)

    class Meta:
        table_name = "policy_rule_version"
        indexes = ((("rule", "number"), True),)
        constraints = [
            peewee.Check("weight BETWEEN 1 AND 10", name="policy_rule_version_weight"),
            peewee.Check(
                "kind IN ('built-in', 'words', 'pattern', 'threshold')", name="policy_rule_version_kind"
            ),
            peewee.Check(
                "approved_by_id IS NULL OR author_id IS NULL OR approved_by_id <> author_id",
                name="policy_rule_version_second_person",
            ),
        ]


class DryRun(Model):
    """A version tried on past content: it flags nothing. `cursor` is the last item looked at, going back in time."""

    version = peewee.ForeignKeyField(RuleVersion, backref="runs", on_delete="RESTRICT")
    asked_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    months = peewee.IntegerField()
    state = peewee.CharField(8, default="running")
    since = UTCField()
    cursor = peewee.IntegerField()
    looked_at = peewee.IntegerField(default=0)
    total = peewee.IntegerField(default=0)
    hits = peewee.IntegerField(default=0)
    items_hit = peewee.IntegerField(default=0)
    failed = peewee.IntegerField(default=0)
    milliseconds = peewee.FloatField(default=0)
    started_at = UTCField(default=clock.now)
    finished_at = UTCField(null=True)
    promoted_at = UTCField(null=True)

    class Meta:
        table_name = "policy_dry_run"
        constraints = [
            peewee.Check("state IN ('running', 'paused', 'done')", name="policy_dry_run_state"),
            peewee.Check("months BETWEEN 1 AND 60", name="policy_dry_run_months"),
        ]


class DryHit(Model):
    """One hit of a dry run: where it stands, masked. `turn` is its place in the sample, drawn by lot."""

    run = peewee.ForeignKeyField(DryRun, backref="found", on_delete="CASCADE", index=False)
    item = peewee.ForeignKeyField(Item, on_delete="CASCADE", index=False)
    revision = peewee.IntegerField()
    place = peewee.CharField(80)
    start = peewee.IntegerField()
    end = peewee.IntegerField()
    excerpt = peewee.CharField(80)
    why = peewee.CharField(300)
    outcome = peewee.CharField(20)
    turn = peewee.BigIntegerField()
    judged = peewee.CharField(8, default="")
    judged_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)

    class Meta:
        table_name = "policy_dry_hit"
        indexes = ((("run", "turn"), False), (("run", "judged"), False))
        constraints = [
            peewee.Check("judged IN ('', 'right', 'wrong')", name="policy_dry_hit_judged"),
            peewee.Check("judged = '' OR judged_by_id IS NOT NULL", name="policy_dry_hit_by"),
        ]


class TrustedHost(Model):
    """A host whose links are not risky, and why somebody trusts it."""

    host = peewee.CharField(253, unique=True)
    reason = peewee.CharField(300)
    added_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    added_at = UTCField(default=clock.now)

    class Meta:
        table_name = "policy_trusted_host"
