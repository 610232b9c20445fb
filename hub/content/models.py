"""Tables of content: the item, its revisions, tags, reactions, attachments, and what people keep about items."""

from __future__ import annotations

import peewee

from hub import clock
from hub.db import JSONField, Model, UTCField
from hub.people.models import Person, Unit
from hub.spaces.models import Space

REACTIONS = {"thanks": "Thanks", "helpful": "Helpful", "agree": "Agree", "celebrate": "Celebrate"}
ANSWER_REACTIONS = ("thanks", "helpful", "agree")
"""What an answer offers at once: a page shows twenty of them, so they stay few. A kind that somebody gave is shown as well."""


class Item(Model):
    """Anything contributed: blog post, topic, reply, document, comment.

    `audience` is who may read it now (one token, never null): the author alone while it is a draft, scheduled,
    withdrawn or hidden by a decision. `intended` is the audience it has, or will have, when published.
    A topic's replies and a post's comments have it as `root` and carry its audience. `card` holds the few words that a
    feature wants on the item's card in listings (`state`, `kind_icon`, `note`), so that a listing joins no side table.
    """

    id = peewee.AutoField()
    kind = peewee.CharField(16)
    space = peewee.ForeignKeyField(Space, backref="items", on_delete="RESTRICT", index=False)
    author = peewee.ForeignKeyField(Person, backref="items", on_delete="RESTRICT", index=False)
    on_behalf_of = peewee.ForeignKeyField(Unit, null=True, on_delete="SET NULL", index=False)
    parent = peewee.ForeignKeyField("self", null=True, on_delete="RESTRICT", index=False)
    root = peewee.ForeignKeyField("self", null=True, on_delete="RESTRICT", index=False)
    title = peewee.CharField(200, default="")
    body = peewee.TextField(default="")
    html = peewee.TextField(default="")
    excerpt = peewee.CharField(320, default="")
    sanitiser = peewee.IntegerField(default=0)
    state = peewee.CharField(12)
    audience = peewee.CharField(32)
    intended = peewee.CharField(32)
    narrow_reason = peewee.CharField(300, default="")
    hidden_until = UTCField(null=True)
    created_at = UTCField(default=clock.now)
    publish_at = UTCField(null=True)
    published_at = UTCField(null=True)
    edited_at = UTCField(null=True)
    active_at = UTCField(default=clock.now)
    confirmed_at = UTCField(null=True)
    version = peewee.IntegerField(default=1)
    tags = JSONField(default=list)
    answers = peewee.IntegerField(default=0)
    reactions = peewee.IntegerField(default=0)
    attachments = peewee.IntegerField(default=0)
    last_by_id = peewee.IntegerField(null=True)
    card = JSONField(default=dict)

    class Meta:
        indexes = (
            # Feeds walk this one from its end: 2 ms for twenty of 100,000, where sorting what may be read takes 360.
            (("state", "active_at", "id"), False),
            (("audience", "state", "active_at"), False),
            (("kind", "audience", "state", "active_at"), False),
            (("kind", "state", "active_at"), False),
            (("kind", "state", "published_at"), False),
            (("space", "kind", "state", "active_at"), False),
            (("author", "state", "active_at"), False),
            (("root", "id"), False),
            (("parent", "id"), False),
            (("state", "publish_at"), False),
        )

    @property
    def is_published(self) -> bool:
        """Whether it stands where its audience finds it."""
        return self.state == "published"

    @property
    def is_edited(self) -> bool:
        """Whether it was changed after it was published."""
        return bool(self.edited_at and self.published_at and self.edited_at > self.published_at)


class Revision(Model):
    """How an item read at one version, and who made it so."""

    item = peewee.ForeignKeyField(Item, backref="revisions", on_delete="CASCADE")
    number = peewee.IntegerField()
    title = peewee.CharField(200, default="")
    body = peewee.TextField(default="")
    tags = JSONField(default=list)
    editor = peewee.ForeignKeyField(Person, on_delete="RESTRICT")
    note = peewee.CharField(300, default="")
    created_at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("item", "number"), True),)


class Tag(Model):
    """A word that items are found by."""

    slug = peewee.CharField(60, unique=True)
    label = peewee.CharField(60)


class ItemTag(Model):
    """An item's tag, beside the copy of its labels on the item itself."""

    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    tag = peewee.ForeignKeyField(Tag, on_delete="CASCADE")

    class Meta:
        indexes = ((("item", "tag"), True),)


class Reaction(Model):
    """One person's reaction of one kind to one item."""

    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    kind = peewee.CharField(12)
    at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("item", "person", "kind"), True),)


class Attachment(Model):
    """A file that belongs to an item; until its text is posted it belongs to the person who uploaded it.

    `created_at` is when it was uploaded, or taken off its item again.
    """

    item = peewee.ForeignKeyField(Item, null=True, backref="files", on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, on_delete="RESTRICT")
    sha256 = peewee.CharField(64, index=True)
    name = peewee.CharField(200)
    media_type = peewee.CharField(120)
    size = peewee.BigIntegerField()
    picture = peewee.CharField(64, default="")
    text = peewee.TextField(default="")
    created_at = UTCField(default=clock.now)


class Draft(Model):
    """What a person is writing in one composer, saved while they type. `key` names the composer, e.g.

    `reply:12`.
    """

    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    key = peewee.CharField(80)
    title = peewee.CharField(200, default="")
    body = peewee.TextField(default="")
    fields = JSONField(default=dict)
    saved_at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("person", "key"), True),)


class SentForm(Model):
    """A form that made an item, so that the same one sent again makes no second. `key` says whose form with which words."""

    key = peewee.CharField(64, unique=True)
    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    at = UTCField(default=clock.now, index=True)


class Bookmark(Model):
    """An item that a person saved."""

    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("person", "item"), True),)


class Follow(Model):
    """How closely a person follows something: `subject` is item:N, space:N, category:N, blog:N, person:N or
    tag:slug.
    """

    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    subject = peewee.CharField(80, index=True)
    level = peewee.CharField(10)
    at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("person", "subject"), True),)


class ReadMark(Model):
    """How far a person has read an item: the id of the newest answer seen, and which version of the item
    itself.
    """

    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    last_id = peewee.IntegerField(default=0)
    version = peewee.IntegerField(default=1)
    at = UTCField(default=clock.now)

    class Meta:
        indexes = ((("person", "item"), True),)


class Mention(Model):
    """A person named with @handle in an item."""

    item = peewee.ForeignKeyField(Item, on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")

    class Meta:
        indexes = ((("item", "person"), True),)
