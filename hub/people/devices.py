"""Browsers that somebody has signed in from before, known by a signed cookie, so never locked by others."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

COOKIE = "hub_device"
LASTS = timedelta(days=180)
MOST_PEOPLE = 5


@dataclass(frozen=True)
class Device:
    """A browser: its own number, and the ids of the people who have signed in from it, latest first."""

    number: str
    people: tuple[int, ...] = ()

    def knows(self, person_id: int | None) -> bool:
        """Whether the person has signed in from here before."""
        return person_id is not None and person_id in self.people

    def with_person(self, person_id: int) -> Device:
        """The same browser after the person signed in."""
        return replace(self, people=(person_id, *(i for i in self.people if i != person_id))[:MOST_PEOPLE])


def read(cookie: str | None, secret: str) -> Device:
    """The browser that the cookie names; a new one where it is missing, forged or too old."""
    try:
        number, people = _signer(secret).loads(cookie or "", max_age=int(LASTS.total_seconds()))
        return Device(str(number), tuple(int(i) for i in people))
    except (BadData, TypeError, ValueError):
        return Device(secrets.token_urlsafe(12))


def written(device: Device, secret: str) -> str:
    """The cookie's value."""
    return str(_signer(secret).dumps([device.number, list(device.people)]))


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="hub.people.devices")


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)


def in_words(user_agent: str) -> str:
    """A browser's own description as people would say it: "Firefox on Windows"."""
    browser = next((name for mark, name in BROWSERS if re.search(rf"{mark}[A-Za-z]*/", user_agent)), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser or 'A browser'} on {system}" if system else browser or "A browser"
