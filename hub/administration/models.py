"""Tables of administration: what is announced to everybody."""

from __future__ import annotations

import peewee

from hub import clock
from hub.db import Model, UTCField

KINDS = {
    "info": "Something to know",
    "warn": "Something to heed",
    "bad": "Something is wrong",
    "ok": "Good news",
}


class Announcement(Model):
    """A sentence that stands on every page until its end."""

    text = peewee.CharField(300)
    kind = peewee.CharField(8, default="info")
    url = peewee.CharField(300, default="")
    ends_at = UTCField(index=True)
    created_at = UTCField(default=clock.now)
    created_by_id = peewee.IntegerField()
