"""What may go into an item: its title, tags and text, cleaned and rendered before they are written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from hub import text
from hub.errors import Invalid
from hub.people.models import Organisation, Person

TITLE_MAX, TAGS_MAX, TAG_MAX, NOTE_MAX = 200, 12, 40, 300
JOINERS = "\u200c\u200d"
"""Invisible, but emoji and several scripts are spelt with them."""


def clean_title(title: str, *, needed: bool) -> str:
    """The title on one line, in NFC. Raises Invalid when it is missing or too long."""
    title = " ".join(unicodedata.normalize("NFC", title).split())
    title = "".join(c for c in title if c.isprintable() or c in JOINERS)
    if not title.strip(JOINERS + " "):
        title = ""
    if needed and not title:
        raise Invalid("title", "Give it a title, so that people can find it.")
    if len(title) > TITLE_MAX:
        raise Invalid("title", f"Shorten the title to {TITLE_MAX} characters; it has {len(title)}.")
    return title


def clean_body(body: str) -> str:
    """The text as it was typed, with one kind of line end and without NUL, which PostgreSQL cannot store."""
    return body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def clean_note(note: str) -> str:
    """A short reason or note on one line, cut to 300 characters."""
    return " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in note).split())[:NOTE_MAX]


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Tag labels without doubles, at most twelve of 40 characters. Raises Invalid."""
    labels: dict[str, str] = {}
    for tag in tags:
        label = " ".join("".join(c if c.isprintable() else " " for c in tag).split()).strip("#, ")
        label = unicodedata.normalize("NFC", label)
        if label and tag_slug(label):
            labels.setdefault(tag_slug(label), label)
    if len(labels) > TAGS_MAX:
        raise Invalid("tags", f"Use at most {TAGS_MAX} tags; there are {len(labels)}.")
    if any(len(label) > TAG_MAX for label in labels.values()):
        raise Invalid("tags", f"Shorten the tags: each may have {TAG_MAX} characters.")
    return list(labels.values())


def tag_slug(label: str) -> str:
    """The tag as addresses write it: lower case, words joined by hyphens, letters of any language kept."""
    return "-".join("".join(c if c.isalnum() or c in "+#" else " " for c in label.casefold()).split())[:60]


def rendered_body(body: str) -> text.Rendered:
    """The body rendered, with mentions of real people linked and quoted people by name. Raises Invalid when it is too long."""
    body = clean_body(body)
    names = {person.handle: person.name for person in mentioned(text.handles_in(body))}
    try:
        return text.render(body, resolve_mention=names.get if names else None)
    except text.TooLong as error:
        raise Invalid("body", str(error)) from None


def mentioned(handles: Iterable[str]) -> list[Person]:
    """People of these handles, at most fifty. One query."""
    wanted = sorted(set(handles))[:50]
    return list(Person.select().join(Organisation).where(Person.handle.in_(wanted))) if wanted else []
