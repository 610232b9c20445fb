"""Tables of people: organisations, units, persons, their sessions, invitations and password resets."""

from __future__ import annotations

import unicodedata

import peewee

from hub import clock
from hub.db import JSONField, Model, UTCField

ROLES = ("reviewer", "senior reviewer", "rule editor", "policy owner", "auditor", "administrator")
STYLES = frozenset(
    "mr mrs ms miss mx dr prof professor rev cllr councillor sir dame pc pcso ps sergeant inspector superintendent".split()
)
"""What stands before a name and is no part of it."""


class Organisation(Model):
    """The council (kind `home`) or one of its partners."""

    key = peewee.CharField(40, unique=True)
    name = peewee.CharField(120)
    short_name = peewee.CharField(40)
    kind = peewee.CharField(20)
    domain = peewee.CharField(120, default="")
    about = peewee.TextField(default="")
    active = peewee.BooleanField(default=True)

    @property
    def is_home(self) -> bool:
        """Whether this is the council itself: its people are staff, everybody else's are partners."""
        return self.kind == "home"


class Unit(Model):
    """A service of the council, such as Housing; heads may speak for it."""

    key = peewee.CharField(60, unique=True)
    name = peewee.CharField(120)
    about = peewee.TextField(default="")
    head_id = peewee.IntegerField(null=True)


class Person(Model):
    """Somebody with an account. Leavers are disabled, never deleted: what they wrote stays."""

    email = peewee.CharField(254, unique=True)
    handle = peewee.CharField(60, unique=True)
    name = peewee.CharField(120)
    job_title = peewee.CharField(120, default="")
    organisation = peewee.ForeignKeyField(Organisation, backref="people", on_delete="RESTRICT")
    unit = peewee.ForeignKeyField(Unit, null=True, backref="people", on_delete="SET NULL")
    password_hash = peewee.CharField(200, default="")
    photo = peewee.CharField(64, default="")
    about = peewee.TextField(default="")
    skills = JSONField(default=list)
    ask_me_about = JSONField(default=list)
    languages = JSONField(default=list)
    working_days = peewee.CharField(60, default="")
    phone = peewee.CharField(40, default="")
    manager_id = peewee.IntegerField(null=True)
    cover_id = peewee.IntegerField(null=True)
    speaks_for = JSONField(default=list)
    roles = JSONField(default=list)
    status = peewee.CharField(12, default="active")
    feed_token = peewee.CharField(64, null=True, unique=True)
    preferences = JSONField(default=dict)
    confirmed_at = UTCField(null=True)
    last_seen_at = UTCField(null=True)
    access_ends_at = UTCField(null=True)
    sponsor_id = peewee.IntegerField(null=True)
    created_at = UTCField(default=clock.now)

    # Flask-Login asks these four; `session_token` is set by sign-in and by the session's loader.
    session_token = ""
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Whether the account may be used now: not disabled, and not past its sponsored end."""
        return self.status == "active" and (self.access_ends_at is None or self.access_ends_at > clock.now())

    def get_id(self) -> str:
        """The session's token, so that ending a session on the server ends it in the browser."""
        return self.session_token

    @property
    def is_staff(self) -> bool:
        """Whether the person works for the council (everybody else is a partner)."""
        return self.organisation.is_home

    @property
    def initials(self) -> str:
        """One or two letters for the picture of people without a photo."""
        words = [w for w in self.name.split() if w[0].isalpha()] or ["?"]
        while len(words) > 1 and words[0].rstrip(".").lower() in STYLES:
            words = words[1:]
        return unicodedata.normalize("NFC", words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def photo_url(self) -> str:
        """Address of the photo, empty where there is none."""
        return f"/people/{self.handle}/photo.png?v={self.photo[:8]}" if self.photo else ""

    def has_role(self, *names: str) -> bool:
        """Whether the person holds one of the roles."""
        return any(name in self.roles for name in names)


class Session(Model):
    """A signed-in browser. Kept on the server, so that it can be listed and ended; the token itself is
    hashed.
    """

    token_hash = peewee.CharField(64, unique=True)
    person = peewee.ForeignKeyField(Person, backref="sessions", on_delete="CASCADE")
    device = peewee.CharField(200, default="")
    address = peewee.CharField(64, default="")
    created_at = UTCField(default=clock.now)
    seen_at = UTCField(default=clock.now)
    ended_at = UTCField(null=True)


class Invitation(Model):
    """An e-mailed offer of an account, with a sponsor and an end."""

    token_hash = peewee.CharField(64, unique=True)
    email = peewee.CharField(254, index=True)
    name = peewee.CharField(120, default="")
    organisation = peewee.ForeignKeyField(Organisation, on_delete="CASCADE")
    unit = peewee.ForeignKeyField(Unit, null=True, on_delete="SET NULL")
    sponsor = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    space_id = peewee.IntegerField(null=True)
    message = peewee.TextField(default="")
    created_at = UTCField(default=clock.now)
    expires_at = UTCField()
    access_ends_at = UTCField(null=True)
    accepted_at = UTCField(null=True)
    withdrawn_at = UTCField(null=True)


class PasswordReset(Model):
    """A one-time link to set a new password."""

    token_hash = peewee.CharField(64, unique=True)
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    expires_at = UTCField()
    used_at = UTCField(null=True)


class SignInAttempt(Model):
    """A failed sign-in, counted to slow down guessing; removed after a day."""

    subject = peewee.CharField(254, index=True)
    at = UTCField(index=True)
