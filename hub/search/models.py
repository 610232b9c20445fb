"""Tables of search: what was searched for (thirty days, without names), what administrators tuned, and what
people keep.
"""

from __future__ import annotations

import peewee

from hub import clock
from hub.content.models import Item
from hub.db import JSONField, Model, UTCField
from hub.people.models import Person


class SearchQuery(Model):
    """One search. `person` is a keyed hash that changes every day, so that one search can be told from
    twenty by one person.
    """

    text = peewee.CharField(200)
    results = peewee.IntegerField()
    person = peewee.CharField(32)
    at = UTCField(index=True)


class SearchClick(Model):
    """One result that was opened from a search, `rank` counted from 1 (0: recommended). `person` as in
    SearchQuery.
    """

    text = peewee.CharField(200)
    key = peewee.CharField(40)
    rank = peewee.IntegerField()
    person = peewee.CharField(32)
    at = UTCField(index=True)


class SearchTuning(Model):
    """The one row of what administrators decided. `version` grows with each change, so that every process
    notices it.

    `weights` holds those weights that differ from the engine's own, by name.
    """

    version = peewee.IntegerField(default=1)
    weights = JSONField(default=dict)


class Synonym(Model):
    """Words that mean the same, divided by commas; with `off`, a shipped group that is not to be used."""

    words = peewee.CharField(300, unique=True)
    off = peewee.BooleanField(default=False)
    by = peewee.ForeignKeyField(Person, null=True, on_delete="SET NULL", index=False)
    at = UTCField(default=clock.now)


class BestBet(Model):
    """An item that stands on top when somebody searches for one of the phrases (divided by commas), until a
    day or for good.
    """

    phrases = peewee.CharField(300)
    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    until = UTCField(null=True)
    by = peewee.ForeignKeyField(Person, null=True, on_delete="SET NULL", index=False)
    at = UTCField(default=clock.now)


class Asked(Model):
    """A search without a useful result that became a question: `topic` once it is posted, `told` who was
    pointed to it.
    """

    text = peewee.CharField(200)
    title = peewee.CharField(200)
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    topic = peewee.ForeignKeyField(Item, null=True, on_delete="SET NULL")
    told = JSONField(default=list)
    at = UTCField(default=clock.now, index=True)
    answered_at = UTCField(null=True)


class SavedSearch(Model):
    """A search that somebody keeps. With `alerts` they are told of what appears in it after `since`."""

    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    name = peewee.CharField(80)
    text = peewee.CharField(400, default="")
    chosen = JSONField(default=dict)
    sort = peewee.CharField(8, default="")
    alerts = peewee.BooleanField(default=True)
    since = UTCField(default=clock.now)
    created_at = UTCField(default=clock.now)


class SavedSearchHit(Model):
    """An item that the keeper of a saved search has been told of: never a second time."""

    search = peewee.ForeignKeyField(SavedSearch, on_delete="CASCADE", index=False)
    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")

    class Meta:
        indexes = ((("search", "item"), True),)
