"""Handles: the short names in addresses and @mentions, made once from a name and never changed."""

from __future__ import annotations

import re
import unicodedata

from hub.people.models import Person

TAKEN = frozenset({"suggest", "new", "all", "everyone", "here", "channel", "nobody", "system", "hub"})
LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def free_handle(name: str) -> str:
    """A handle for the name that nobody has yet: "Siân O'Neill" gives "sian.oneill", the next one
    "sian.oneill2".
    """
    folded = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS))
    words = re.findall(r"[a-z0-9]+", re.sub(r"[^a-z0-9\s.\-]", "", folded))
    base = ".".join(words)[:50].strip(".") or "person"
    rows = (
        Person.select(Person.handle).where((Person.handle == base) | Person.handle.startswith(base)).tuples()
    )
    taken = {row[0] for row in rows} | TAKEN
    number, handle = 2, base
    while handle in taken:
        handle, number = f"{base}{number}", number + 1
    return handle
