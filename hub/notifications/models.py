"""Tables of notifications: what somebody is told, and how each person wishes to be told."""

from __future__ import annotations

import peewee

from hub import clock
from hub.content.models import Item
from hub.db import JSONField, Model, UTCField
from hub.people.models import Person
from hub.spaces.models import Space

REASONS = {
    "mention": "Somebody names you",
    "reply": "Somebody answers you",
    "watch": "Something new in what you follow",
    "reaction": "Somebody reacts to what you wrote",
    "decision": "A decision concerns you or what you wrote",
    "request": "Somebody asks to be let into a space that you edit",
    "membership": "Your place in a space changes",
}
"""Why somebody is told, in the order of the settings page."""
TIMES = {"once": "At once", "daily": "Once a day", "weekly": "Once a week", "off": "Only here"}
USUAL = {
    "mention": "once",
    "reply": "daily",
    "watch": "daily",
    "reaction": "off",
    "decision": "once",
    "request": "once",
    "membership": "daily",
}
"""When each reason is mailed unless the person chose otherwise: quiet where nobody waits."""
ALWAYS = frozenset({"decision"})
"""Reasons that muting does not stop: what is decided about somebody is always told to them."""


class Notification(Model):
    """One thing that one person is told, once.

    Later ones of the same reason about the same item are counted in `more`. `subject` is what to mute or to
    stop following to hear no more of it. `created_at` is the event's time, so that what was read since is not
    told as new. `root_id` is the item at whose page it stands; `words` is what a decision says.
    """

    person = peewee.ForeignKeyField(Person, on_delete="CASCADE", index=False)
    event_id = peewee.BigIntegerField()
    event_name = peewee.CharField(64)
    reason = peewee.CharField(12)
    subject = peewee.CharField(80, default="")
    words = peewee.CharField(200, default="")
    actor = peewee.ForeignKeyField(Person, null=True, on_delete="SET NULL", index=False)
    item = peewee.ForeignKeyField(Item, null=True, on_delete="CASCADE")
    root_id = peewee.IntegerField(null=True)
    space = peewee.ForeignKeyField(Space, null=True, on_delete="CASCADE", index=False)
    more = peewee.IntegerField(default=0)
    created_at = UTCField(default=clock.now)
    seen_at = UTCField(null=True)
    read_at = UTCField(null=True)
    mailed_at = UTCField(null=True)

    class Meta:
        indexes = (
            (("person", "event_id"), True),
            (("person", "seen_at"), False),
            (("person", "created_at"), False),
            (("mailed_at", "created_at"), False),
        )


class Wishes(Model):
    """When a person wants which mail; reasons that are not in `times` are mailed as usual. And when the
    digests last went.
    """

    person = peewee.ForeignKeyField(Person, primary_key=True, on_delete="CASCADE")
    times = JSONField(default=dict)
    daily_at = UTCField(null=True)
    weekly_at = UTCField(null=True)

    def time_of(self, reason: str) -> str:
        """When the reason is mailed: once, daily, weekly or off."""
        wanted = self.times.get(reason)
        return wanted if wanted in TIMES else USUAL[reason]
