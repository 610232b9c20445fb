"""What the forms of spaces send, read into plain values. Wrong ones become Invalid with the field's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from flask import request

from hub import clock
from hub.errors import Invalid
from hub.people import queries as people
from hub.people.models import Person
from hub.spaces.models import Space

TYPED = {"name": "Name", "about": "What it is about", "welcome": "Welcome"}
"""The words of a space that others read."""


@dataclass
class SpaceWords:
    """What makes a space, as it is typed."""

    name: str = ""
    about: str = ""
    welcome: str = ""
    kind: str = "open"
    reach: str = "everyone"
    colour: str = "pine"


def space_words(space: Space | None = None) -> SpaceWords:
    """The form's fields; before anything is sent, those of the space, or of a new one."""
    words = SpaceWords()
    for name in vars(words):
        start = getattr(space, name) if space is not None else getattr(words, name)
        setattr(words, name, request.form.get(name, "" if request.form else start).replace("\x00", ""))
    return words


def end_of_place() -> datetime | None:
    """The end of the day that the form names, on the council's clock; None when it names none.

    Raises Invalid.
    """
    typed = request.form.get("ends_at", "").strip()
    if not typed:
        return None
    try:
        return datetime.combine(date.fromisoformat(typed), time(23, 59, 59), clock.LOCAL)
    except (ValueError, OverflowError):
        raise Invalid("ends_at", "Write the date as 2027-03-31, or choose it from the calendar.") from None


def person_named(typed: str) -> Person:
    """The one person of that e-mail address, handle or name.

    Raises Invalid where there is none, or more than one.
    """
    typed = typed.replace("\x00", "").strip().removeprefix("@")
    if not typed:
        raise Invalid("person", "Write whom you want to let in: a name, a handle or an e-mail address.")
    found = people.by_email(typed)
    if found is not None:
        return found
    rows = people.completions(typed, limit=9)
    exact = [p for p in rows if typed.lower() in (p.handle, p.name.lower())]
    rows = exact or rows
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise Invalid(
            "person", f"Nobody here is called {typed[:80]}. Somebody without an account is invited first."
        )
    names = ", ".join(f"{p.name} (@{p.handle})" for p in rows[:8])
    raise Invalid("person", f"Several people fit: {names}. Write the handle of the one you mean.")
