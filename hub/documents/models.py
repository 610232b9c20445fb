"""Tables of documents: folders, the document beside its item, its versions, their text and their pictures."""

from __future__ import annotations

import peewee

from hub import clock
from hub.content.models import Item
from hub.db import JSONField, Model, UTCField
from hub.people.models import Person
from hub.spaces.models import Space

MARKINGS = {
    "": "",
    "OFFICIAL": "Ordinary council business. Share it with those who need it for their work.",
    "OFFICIAL-SENSITIVE": (
        "Only for people who need to know. Do not forward it or keep copies outside the hub, "
        "and ask its owner first."
    ),
}
"""Protective markings, each with the sentence that says how to handle what carries it."""


class Folder(Model):
    """Where documents stand in a space. `path` names the folders above it and itself by id: "/3/17/"."""

    space = peewee.ForeignKeyField(Space, on_delete="CASCADE", index=False)
    parent = peewee.ForeignKeyField("self", null=True, on_delete="RESTRICT")
    name = peewee.CharField(120)
    path = peewee.CharField(200, default="")
    created_by_id = peewee.IntegerField(null=True)
    created_at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("space", "parent"), False), (("path",), False))


class Document(Model):
    """What a document has beside its item. `current` is the number of the version that readers get.

    `key` is the file name folded, by which a second upload of the same file is recognised; `family` the kind
    of file.
    """

    item = peewee.ForeignKeyField(Item, primary_key=True, backref="document", on_delete="CASCADE")
    folder = peewee.ForeignKeyField(Folder, null=True, on_delete="RESTRICT")
    current = peewee.IntegerField(default=1)
    key = peewee.CharField(200, index=True)
    family = peewee.CharField(16, default="other")
    marking = peewee.CharField(20, default="")
    owner = peewee.ForeignKeyField(Person, on_delete="RESTRICT")
    review_at = UTCField(null=True, index=True)


class DocumentVersion(Model):
    """One file of a document, whole and never changed. `state`: checking, ready, or unreadable with its
    reason.

    `beginning` is the first of its text, for the page; `pictures` how many page pictures there are.
    """

    document = peewee.ForeignKeyField(Document, backref="versions", on_delete="CASCADE", index=False)
    number = peewee.IntegerField()
    sha256 = peewee.CharField(64, index=True)
    filename = peewee.CharField(200)
    media_type = peewee.CharField(120)
    label = peewee.CharField(80)
    family = peewee.CharField(16, default="other")
    size = peewee.BigIntegerField()
    note = peewee.CharField(300, default="")
    author = peewee.ForeignKeyField(Person, on_delete="RESTRICT")
    created_at = UTCField(default=clock.now)
    state = peewee.CharField(12, default="checking")
    reason = peewee.CharField(300, default="")
    notes = JSONField(default=list)
    pages = peewee.IntegerField(null=True)
    beginning = peewee.TextField(default="")
    pictures = peewee.IntegerField(default=0)

    class Meta:
        indexes = ((("document", "number"), True),)


class Passage(Model):
    """Text of a version that stands together, and its place there ("page 4", "sheet Budget", or "")."""

    version = peewee.ForeignKeyField(DocumentVersion, on_delete="CASCADE", index=False)
    number = peewee.IntegerField()
    place = peewee.CharField(120, default="")
    text = peewee.TextField()

    class Meta:
        indexes = ((("version", "number"), True),)


class PagePicture(Model):
    """A page of a version, drawn anew by the worker as a PNG in the file store."""

    version = peewee.ForeignKeyField(DocumentVersion, on_delete="CASCADE", index=False)
    number = peewee.IntegerField()
    sha256 = peewee.CharField(64, index=True)

    class Meta:
        indexes = ((("version", "number"), True),)


class HeldFile(Model):
    """A stored file that waits for its uploader to say what it is, since its name is taken where it should
    go.
    """

    person = peewee.ForeignKeyField(Person, on_delete="CASCADE", index=False)
    space = peewee.ForeignKeyField(Space, on_delete="CASCADE")
    folder = peewee.ForeignKeyField(Folder, null=True, on_delete="CASCADE")
    document = peewee.ForeignKeyField(Document, on_delete="CASCADE")
    sha256 = peewee.CharField(64, index=True)
    filename = peewee.CharField(200)
    size = peewee.BigIntegerField()
    audience = peewee.CharField(32, null=True)
    reason = peewee.CharField(300, default="")
    created_at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("person", "space", "folder"), False),)
