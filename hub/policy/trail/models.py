"""Tables of the audit chain and of figures that outlive what they were counted from."""

from __future__ import annotations

import peewee

from hub.db import JSONField, Model, UTCField


class AuditRow(Model):
    """One thing that happened under the policy: ids and codes only, never words. `hash` covers `previous` and the rest."""

    number = peewee.BigIntegerField(primary_key=True)
    event_id = peewee.BigIntegerField(unique=True)
    at = UTCField(index=True)
    name = peewee.CharField(64)
    actor_id = peewee.IntegerField(null=True)
    person_id = peewee.IntegerField(null=True)
    item_id = peewee.IntegerField(null=True)
    codes = JSONField(default=dict)
    previous = peewee.CharField(64)
    hash = peewee.CharField(64)

    class Meta:
        table_name = "policy_audit"


class ChainEnd(Model):
    """Both ends of the chain, in the one row 1: the last link, and what stood before the first that is still kept."""

    number = peewee.BigIntegerField(default=0)
    hash = peewee.CharField(64)
    kept_from = peewee.BigIntegerField(default=1)
    before_kept = peewee.CharField(64)

    class Meta:
        table_name = "policy_chain_end"


class PublishedHead(Model):
    """The last link of a day as it was published."""

    day = peewee.CharField(10, unique=True)
    number = peewee.BigIntegerField()
    hash = peewee.CharField(64)

    class Meta:
        table_name = "policy_published_head"


class MonthFigures(Model):
    """The published figures of a whole month, kept when the cases behind them go."""

    month = peewee.CharField(7, unique=True)
    figures = JSONField()

    class Meta:
        table_name = "policy_month_figures"
