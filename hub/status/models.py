"""Tables of service status: what each of the council's services is doing."""

from __future__ import annotations

import peewee

from hub import clock
from hub.db import Model, UTCField

STATES = {
    "working": ("Working", "ok"),
    "slow": ("Slow", "warn"),
    "down": ("Not working", "bad"),
    "planned": ("Planned work", "info"),
}


class Service(Model):
    """A service that people depend on, such as the housing system, and how it is now.

    `promise` is the published recovery time in words ("4 hours"); `back_at` when it should work again.
    """

    name = peewee.CharField(80, unique=True)
    about = peewee.CharField(300, default="")
    state = peewee.CharField(10, default="working")
    note = peewee.CharField(300, default="")
    promise = peewee.CharField(60, default="")
    back_at = UTCField(null=True)
    position = peewee.IntegerField(default=0)
    changed_at = UTCField(default=clock.now)
    changed_by_id = peewee.IntegerField(null=True)

    @property
    def label(self) -> str:
        """How it is, in a word or two."""
        return STATES[self.state][0]

    @property
    def kind(self) -> str:
        """The state's colour: ok, warn, bad or info. The word says it, too."""
        return STATES[self.state][1]
