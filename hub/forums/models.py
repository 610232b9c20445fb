"""Tables of forums: categories, and what a topic has beside its item."""

from __future__ import annotations

import peewee

from hub.content.models import Item
from hub.db import Model, UTCField
from hub.spaces.models import Space


class Category(Model):
    """Where topics of one subject stand in a space."""

    space = peewee.ForeignKeyField(Space, backref="categories", on_delete="CASCADE")
    name = peewee.CharField(80)
    slug = peewee.CharField(80)
    about = peewee.CharField(300, default="")
    position = peewee.IntegerField(default=0)
    archived_at = UTCField(null=True)

    class Meta:
        indexes = ((("space", "slug"), True),)


class Topic(Model):
    """What a topic has beside its item."""

    item = peewee.ForeignKeyField(Item, primary_key=True, backref="topic", on_delete="CASCADE")
    category = peewee.ForeignKeyField(Category, backref="topics", on_delete="RESTRICT")
    solved_id = peewee.IntegerField(null=True)
    locked_at = UTCField(null=True)
    lock_reason = peewee.CharField(300, default="")
    pinned_until = UTCField(null=True)
