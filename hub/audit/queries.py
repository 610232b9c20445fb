"""Reads of the audit trail, for administrators and auditors.

What they may not read is named by kind and number only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from string import Formatter
from typing import Any

from hub import access, clock
from hub.access import Viewer
from hub.content import kinds
from hub.content.models import Item
from hub.events import DECLARED, Event
from hub.people.models import Person
from hub.spaces.models import Space

PER_PAGE = 50
BATCH = 500
MOST_EXPORTED = 100_000


@dataclass(frozen=True)
class Wanted:
    """What the trail is narrowed to.

    `name` is an event's name or its subject ("item"); days are the council's, inclusive.
    """

    handle: str = ""
    space_slug: str = ""
    name: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: words, and what they name where that has a page (`kind` person, item or space;
    its key).
    """

    words: str
    kind: str = ""
    key: Any = None


@dataclass(frozen=True)
class Entry:
    """An event as a sentence."""

    id: int
    at: datetime
    name: str
    parts: tuple[Part, ...]

    @property
    def sentence(self) -> str:
        """The sentence as plain text."""
        return "".join(part.words for part in self.parts)


@dataclass(frozen=True)
class Trail:
    """One page of the trail, latest first; `older` is the next page's cursor, "" at the end."""

    entries: list[Entry]
    older: str = ""


def require_reader(viewer: Viewer) -> Person:
    """The administrator or auditor. Raises Missing for everybody else."""
    return access.require_role(viewer, "administrator", "auditor")


def trail(viewer: Viewer, wanted: Wanted, cursor: str = "", per_page: int = PER_PAGE) -> Trail:
    """A page of what happened.

    At most six queries, whatever is shown; a damaged cursor shows the first page.
    """
    require_reader(viewer)
    query = _narrowed(viewer, wanted)
    if cursor.isdecimal() and len(cursor) < 19:
        query = query.where(Event.id < int(cursor))
    rows = list(query.limit(per_page + 1))
    more, rows = len(rows) > per_page, rows[:per_page]
    return Trail(said(viewer, rows), str(rows[-1].id) if more else "")


def export(viewer: Viewer, wanted: Wanted, most: int = MOST_EXPORTED) -> Iterator[Entry]:
    """The trail in batches, latest first, at most `most` entries."""
    require_reader(viewer)
    last, given = None, 0
    while given < most:
        query = _narrowed(viewer, wanted)
        if last is not None:
            query = query.where(Event.id < last)
        rows = list(query.limit(min(BATCH, most - given)))
        if not rows:
            return
        yield from said(viewer, rows)
        last, given = rows[-1].id, given + len(rows)


def names(viewer: Viewer) -> list[str]:
    """Every name that an event may have, in order, as far as the viewer sees such events."""
    return sorted(name for name in DECLARED if _sees_policy(viewer) or not name.startswith("policy:"))


def _sees_policy(viewer: Viewer) -> bool:
    # Cases are the reviewers' and auditors' business; an administrator who is neither does not see them.
    return viewer.has_role("auditor")


def _narrowed(viewer: Viewer, wanted: Wanted) -> Any:
    query = Event.select().order_by(Event.id.desc())
    if not _sees_policy(viewer):
        query = query.where(~Event.name.startswith("policy:"))
    if wanted.handle:
        person = Person.get_or_none(Person.handle == wanted.handle.lower().lstrip("@"))
        number = person.id if person else -1
        query = query.where((Event.actor_id == number) | (Event.person_id == number))
    if wanted.space_slug:
        space = Space.get_or_none(Space.slug == wanted.space_slug)
        known = space is not None and access.may_know(viewer, space)
        query = query.where(Event.space_id == (space.id if space is not None and known else -1))
    if wanted.name:
        whole = ":" in wanted.name
        query = query.where(Event.name == wanted.name if whole else Event.name.startswith(f"{wanted.name}:"))
    if wanted.since:
        query = query.where(Event.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(Event.at < _midnight(wanted.until + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.LOCAL)


def said(viewer: Viewer, rows: list[Event]) -> list[Entry]:
    """The events as sentences. Four queries for all of them."""
    people = _by_id(
        Person.select(Person.id, Person.name, Person.handle), Person.id, rows, "actor_id", "person_id"
    )
    spaces = _by_id(Space.select(), Space.id, rows, "space_id")
    columns = (Item.id, Item.kind, Item.title, Item.audience, Item.state)
    items = _by_id(Item.select(*columns), Item.id, rows, "item_id")
    named = {
        "actor": lambda row: _person(people, row.actor_id, "The hub"),
        "person": lambda row: _person(people, row.person_id, "somebody"),
        "space": lambda row: _space(viewer, spaces, row.space_id),
        "item": lambda row: _item(viewer, items, row),
    }
    return [Entry(row.id, row.at, row.name, tuple(_sentence(row, named))) for row in rows]


def _by_id(query: Any, column: Any, rows: Iterable[Event], *names: str) -> dict[int, Any]:
    wanted = {getattr(row, name) for row in rows for name in names} - {None}
    return {found.id: found for found in query.where(column.in_(list(wanted)))} if wanted else {}


def _sentence(row: Event, named: dict[str, Any]) -> Iterator[Part]:
    declared = DECLARED.get(row.name)
    sentence = declared.sentence if declared else "{actor}: " + row.name
    for words, field, _, _ in Formatter().parse(sentence):
        if words:
            yield Part(words)
        if field in named:
            yield named[field](row)
        elif field:
            yield Part(_value(row.data.get(field)))


def _value(value: Any) -> str:
    if value is None or value == "":
        return "…"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)[:200]


def _person(people: dict[int, Person], number: int | None, otherwise: str) -> Part:
    person = people.get(number or 0)
    return Part(person.name, "person", person.handle) if person else Part(otherwise)


def _space(viewer: Viewer, spaces: dict[int, Space], number: int | None) -> Part:
    space = spaces.get(number or 0)
    if space is None or not access.may_know(viewer, space):
        return Part(f"space {number}" if number else "a space")
    return Part(space.name, "space", space.slug)


def _item(viewer: Viewer, items: dict[int, Item], row: Event) -> Part:
    if not row.item_id:
        return Part("something")
    item = items.get(row.item_id or 0)
    name = item.kind if item is not None else str(row.data.get("kind") or "item")
    label = kinds.KINDS[name].label.lower() if name in kinds.KINDS else name
    if item is None or not access.may_read(viewer, item):
        return Part(f"{label} {row.item_id}")
    return Part(f"“{item.title}”" if item.title else f"{label} {item.id}", "item", item.id)
