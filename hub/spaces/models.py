"""Tables of spaces: the space, its members, requests to join."""

from __future__ import annotations

import peewee

from hub import clock
from hub.db import Model, UTCField
from hub.people.models import Person

KINDS = {
    "open": "Open: anybody who can see it may join",
    "request": "By request: editors let people in",
    "invitation": "By invitation: editors invite people",
    "secret": "Secret: only members know that it exists",
}


COLOURS = {
    "pine": "#2E6B5E",
    "teal": "#1F8A7D",
    "blue": "#2F74B5",
    "green": "#4A8B3F",
    "slate": "#64778A",
    "plum": "#8E4B80",
    "brick": "#B4553D",
    "amber": "#B07A1E",
}
"""Colours by name, each at least 3:1 against light and dark grounds."""


class Space(Model):
    """Where items live.

    `reach` is an audience token (`public`, `everyone`, `staff`): who may know of the space, and for an open space the
    widest audience its items may have. Items of the other kinds reach members at the widest.
    """

    slug = peewee.CharField(60, unique=True)
    name = peewee.CharField(120)
    about = peewee.TextField(default="")
    welcome = peewee.TextField(default="")
    welcome_html = peewee.TextField(default="")
    kind = peewee.CharField(12)
    reach = peewee.CharField(24)
    colour = peewee.CharField(16, default="pine")
    is_hub = peewee.BooleanField(default=False)
    created_by_id = peewee.IntegerField(null=True)
    created_at = UTCField(default=clock.now)
    archived_at = UTCField(null=True)
    no_automatic_scan = peewee.BooleanField(default=False)

    @property
    def swatch(self) -> str:
        """Its colour as #RRGGBB."""
        return COLOURS.get(self.colour, COLOURS["pine"])

    @property
    def token(self) -> str:
        """The audience token of its members."""
        return f"space:{self.id}"

    @property
    def widest(self) -> str:
        """The widest audience that an item here may have."""
        return self.reach if self.kind == "open" else self.token

    @property
    def default_audience(self) -> str:
        """What a composer proposes: the widest, but public only ever by choice."""
        return "everyone" if self.widest == "public" else self.widest

    @property
    def known_to(self) -> str:
        """Who may learn that the space exists when they come across its address."""
        return self.token if self.kind == "secret" else self.reach

    @property
    def listed_to(self) -> str:
        """Who finds it in lists and search: never people who could not get in by themselves."""
        return self.token if self.kind in ("secret", "invitation") else self.reach


class Membership(Model):
    """A person's place in a space.

    A partner's may have a sponsor and an end; past its end it counts for nothing.
    """

    space = peewee.ForeignKeyField(Space, backref="memberships", on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, backref="memberships", on_delete="CASCADE")
    role = peewee.CharField(10, default="member")
    sponsor_id = peewee.IntegerField(null=True)
    joined_at = UTCField(default=clock.now)
    ends_at = UTCField(null=True)

    class Meta:
        indexes = ((("space", "person"), True),)


class AccessRequest(Model):
    """Somebody asks to be let into a space."""

    space = peewee.ForeignKeyField(Space, on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    message = peewee.TextField(default="")
    state = peewee.CharField(10, default="open")
    created_at = UTCField(default=clock.now)
    decided_by_id = peewee.IntegerField(null=True)
    decided_at = UTCField(null=True)
    answer = peewee.TextField(default="")
