"""Reads of people. Only people who are signed in come here: the views' declarations see to that."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from hub import clock
from hub.errors import Missing
from hub.people.models import Organisation, Person, Unit
from hub.prepared import prepared

TEAM_SHOWN = 60
IDS_AT_ONCE = 15  # lists of ids are filled up to a multiple of it, so that few statements need to be kept
STILL_RIGHT = timedelta(days=182)


def by_handle(handle: str) -> Person:
    """The person with organisation and unit. Raises Missing."""
    person = (
        Person.select(Person, Organisation, Unit)
        .join(Organisation)
        .switch(Person)
        .join(Unit, peewee.JOIN.LEFT_OUTER)
        .where(Person.handle == handle)
        .first()
    )
    if person is None:
        raise Missing()
    return person


def by_email(email: str) -> Person | None:
    """The person with that address, whatever its case."""
    return (
        Person.select(Person, Organisation)
        .join(Organisation)
        .where(Person.email == email.replace("\x00", "").strip().lower())
        .first()
    )


def by_ids(ids: Iterable[int]) -> dict[int, Person]:
    """People by id, with their organisation. One query."""
    wanted = [i for i in set(ids) if i]
    if not wanted:
        return {}
    return {p.id: p for p in _by_ids(ids=wanted + wanted[:1] * (-len(wanted) % IDS_AT_ONCE))}


@prepared
def _by_ids(ids: list[int]) -> Any:
    return Person.select(Person, Organisation).join(Organisation).where(Person.id.in_(ids))


def completions(typed: str, limit: int = 8) -> list[Person]:
    """Active people whose handle, name or a later word of it begins like what was typed; for @mentions and
    pickers.
    """
    typed = typed.strip().lstrip("@").lower()[:40]
    if not typed:
        return []
    name = peewee.fn.LOWER(Person.name)
    return list(
        Person.select(Person, Organisation)
        .join(Organisation)
        .where(
            Person.status == "active",
            Person.handle.startswith(typed) | name.startswith(typed) | name.contains(f" {typed}"),
        )
        .order_by(Person.name)
        .limit(limit)
    )


def profile(handle: str) -> Profile:
    """A person with those around them: manager, cover, sponsor and the people they manage (three queries).

    Raises Missing.
    """
    person = by_handle(handle)
    around = by_ids(i for i in (person.manager_id, person.cover_id, person.sponsor_id) if i)
    team = list(
        _listed()
        .where(Person.manager_id == person.id, listed_now())
        .order_by(peewee.fn.LOWER(Person.name))
        .limit(TEAM_SHOWN)
    )
    return Profile(
        person,
        manager=around.get(person.manager_id or 0),
        cover=around.get(person.cover_id or 0),
        sponsor=around.get(person.sponsor_id or 0),
        team=team,
    )


@dataclass(frozen=True)
class Profile:
    """A person and the people around them."""

    person: Person
    manager: Person | None
    cover: Person | None
    sponsor: Person | None
    team: list[Person]


@dataclass(frozen=True)
class Wanted:
    """What the directory is narrowed to; empty texts narrow nothing.

    `words` are looked for in name, job and skills.
    """

    words: str = ""
    organisation: str = ""
    unit: str = ""
    skill: str = ""
    letter: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return any((self.words, self.organisation, self.unit, self.skill, self.letter))


@dataclass(frozen=True)
class PeoplePage:
    """One page of the directory in the order of names; `after` and `before` are cursors for links, ""
    at an end.
    """

    rows: list[Person]
    total: int
    after: str = ""
    before: str = ""


def listed_now() -> Any:
    """SQL condition: the person's account may be used now (needs the join with Organisation)."""
    return (
        (Person.status == "active")
        & Organisation.active
        & (Person.access_ends_at.is_null() | (Person.access_ends_at > clock.now()))
    )


def is_here(person: Person) -> bool:
    """Whether the person's account may be used now, as `listed_now` asks in SQL."""
    return person.is_active and person.organisation.active


def wants_confirming(person: Person) -> bool:
    """Whether the profile has not been confirmed as still right for half a year."""
    return person.confirmed_at is None or person.confirmed_at < clock.now() - STILL_RIGHT


def directory(wanted: Wanted, cursor: str = "", per_page: int = 30) -> PeoplePage:
    """A page of the people with an account, by name. Two queries, whatever the number; a damaged cursor
    shows the first page.
    """
    query = _narrowed(_listed().where(listed_now()), wanted)
    total = query.count()
    name = peewee.fn.LOWER(Person.name)
    back, key = _read_cursor(cursor)
    if key:
        later = (name > key[0]) | ((name == key[0]) & (Person.id > key[1]))
        earlier = (name < key[0]) | ((name == key[0]) & (Person.id < key[1]))
        query = query.where(earlier if back else later)
    query = query.select_extend(name.alias("sorted_as"))
    order = (name.desc(), Person.id.desc()) if back else (name, Person.id)
    rows = list(query.order_by(*order).limit(per_page + 1))
    more, rows = len(rows) > per_page, rows[:per_page]
    if back:
        rows.reverse()
    return PeoplePage(
        rows,
        total,
        after=_cursor("a", rows[-1]) if rows and (more or back) else "",
        before=_cursor("b", rows[0]) if rows and (more if back else key) else "",
    )


def _listed() -> Any:
    return (
        Person.select(Person, Organisation, Unit)
        .join(Organisation)
        .switch(Person)
        .join(Unit, peewee.JOIN.LEFT_OUTER)
    )


def _narrowed(query: Any, wanted: Wanted) -> Any:
    for word in wanted.words.lower().split()[:6]:
        fits = (
            peewee.fn.LOWER(Person.name).contains(word)
            | peewee.fn.LOWER(Person.job_title).contains(word)
            | Person.handle.contains(word)
        )
        inside = word.strip('[]",\\')  # the signs between which lists are stored are not words of theirs
        if inside:
            fits |= peewee.fn.LOWER(Person.skills).contains(inside) | peewee.fn.LOWER(
                Person.ask_me_about
            ).contains(inside)
        query = query.where(fits)
    if wanted.organisation:
        query = query.where(Organisation.key == wanted.organisation)
    if wanted.unit:
        query = query.where(Unit.key == wanted.unit)
    if wanted.skill:
        needle = json.dumps(wanted.skill.lower(), ensure_ascii=False)
        query = query.where(
            peewee.fn.LOWER(Person.skills).contains(needle)
            | peewee.fn.LOWER(Person.ask_me_about).contains(needle)
        )
    if wanted.letter:
        query = query.where(peewee.fn.LOWER(Person.name).startswith(wanted.letter.lower()))
    return query


def _cursor(way: str, row: Person) -> str:
    return base64.urlsafe_b64encode(json.dumps([way, row.sorted_as, row.id]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[bool, tuple[str, int] | None]:
    try:
        way, name, person_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        return False, None
    if (
        way not in ("a", "b")
        or not isinstance(name, str)
        or not isinstance(person_id, int)
        or not 0 < person_id < 2**31
    ):
        return False, None
    return way == "b", (name.replace("\x00", ""), person_id)


CHOICES_KEPT = 300.0
_kept: dict[str, tuple[float, list[str]]] = {}


def kept_for_a_while(name: str, read: Callable[[], list[str]]) -> list[str]:
    """What only suggests (skills, letters), as it was at most five minutes ago: reading it looks at everybody."""
    found = _kept.get(name)
    if found is None or found[0] < time.monotonic() - CHOICES_KEPT:
        found = _kept[name] = (time.monotonic(), read())
    return found[1]


def forget_choices() -> None:
    """Reads skills and letters afresh next time: somebody has changed, or a test begins."""
    _kept.clear()


def letters() -> list[str]:
    """The first letters of the names in the directory, in order. One query."""
    first = peewee.fn.UPPER(peewee.fn.SUBSTR(Person.name, 1, 1))
    rows = Person.select(first).join(Organisation).where(listed_now()).distinct().tuples()
    return sorted({row[0].upper() for row in rows if row[0].strip()})


def skills(limit: int = 200) -> list[str]:
    """Skills that people have named, most frequent first, each in its most usual spelling. One query.

    Reads the 5,000 newest accounts at the most: it only feeds suggestions beside a free field.
    """
    count: Counter[str] = Counter()
    rows = Person.select(Person.skills).join(Organisation).where(listed_now()).order_by(Person.id.desc())
    for row in rows.limit(5_000).tuples():
        count.update(row[0])
    seen: dict[str, str] = {}
    for word, _ in count.most_common():
        seen.setdefault(word.casefold(), word)
    return list(seen.values())[:limit]


def organisations(only_active: bool = True) -> list[Organisation]:
    """The council first, then its partners by name."""
    query = Organisation.select().order_by(
        peewee.Case(None, [(Organisation.kind == "home", 0)], 1), peewee.fn.LOWER(Organisation.name)
    )
    return list(query.where(Organisation.active) if only_active else query)


def organisation_or_none(key: str) -> Organisation | None:
    """The organisation of that key, if there is one."""
    return Organisation.get_or_none(Organisation.key == key)


def organisation(key: str) -> Organisation:
    """The organisation of that key. Raises Missing."""
    found = organisation_or_none(key)
    if found is None:
        raise Missing()
    return found


def units() -> list[Unit]:
    """The council's services by name."""
    return list(Unit.select().order_by(peewee.fn.LOWER(Unit.name)))


def unit(key: str) -> Unit:
    """The service of that key. Raises Missing."""
    found = Unit.get_or_none(Unit.key == key)
    if found is None:
        raise Missing()
    return found


def head_counts() -> dict[int, int]:
    """How many people in the directory each organisation has, by its id. One query."""
    rows = (
        Person.select(Person.organisation, peewee.fn.COUNT(Person.id))
        .join(Organisation)
        .where(listed_now())
        .group_by(Person.organisation)
        .tuples()
    )
    return dict(rows)


def unit_counts() -> dict[int, int]:
    """How many people in the directory each service has, by its id. One query."""
    rows = (
        Person.select(Person.unit, peewee.fn.COUNT(Person.id))
        .join(Organisation)
        .where(listed_now(), Person.unit.is_null(False))
        .group_by(Person.unit)
        .tuples()
    )
    return dict(rows)


def all_active(batch: int = 500) -> Iterator[Person]:
    """Everybody in the directory, with organisation and unit, read in batches; for the search index."""
    last = 0
    while True:
        rows = list(_listed().where(listed_now(), Person.id > last).order_by(Person.id).limit(batch))
        yield from rows
        if len(rows) < batch:
            return
        last = rows[-1].id


def photos() -> Iterator[str]:
    """SHA-256 of every photo."""
    for (sha256,) in Person.select(Person.photo).where(Person.photo != "").tuples().iterator():
        yield sha256
