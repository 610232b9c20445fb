"""Tables of blogs: the blog, what a post has beside its item, and where imported articles came from."""

from __future__ import annotations

import peewee

from hub import clock
from hub.content.models import Attachment, Item
from hub.db import Model, UTCField
from hub.people.models import Person, Unit
from hub.spaces.models import Space


class Blog(Model):
    """A person's, a service's or a space's blog: exactly one of `person`, `unit` and `space` is set, as `kind` says.

    Made with its first post. Posts of personal and service blogs live in the hub's space, a space's in that space.
    """

    kind = peewee.CharField(10)
    title = peewee.CharField(120)
    about = peewee.CharField(500, default="")
    person = peewee.ForeignKeyField(Person, null=True, unique=True, on_delete="RESTRICT")
    unit = peewee.ForeignKeyField(Unit, null=True, unique=True, on_delete="RESTRICT")
    space = peewee.ForeignKeyField(Space, null=True, unique=True, on_delete="CASCADE")
    created_at = UTCField(default=clock.now)


class Post(Model):
    """What a blog post has beside its item: its blog, and a picture above it with words for those who cannot see it."""

    item = peewee.ForeignKeyField(Item, primary_key=True, on_delete="CASCADE")
    blog = peewee.ForeignKeyField(Blog, backref="posts", on_delete="CASCADE")
    cover = peewee.ForeignKeyField(Attachment, null=True, on_delete="SET NULL")
    cover_alt = peewee.CharField(200, default="")


class Imported(Model):
    """An article that was imported, by where it came from, so that a second run of an import makes no doubles."""

    source = peewee.CharField(400, unique=True)
    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    at = UTCField(default=clock.now)
