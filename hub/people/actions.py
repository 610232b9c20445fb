"""What is changed about people: one's own profile and settings; roles, closing and extending of accounts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import IO, Any

import peewee

from hub import access, clock, db, events, files
from hub.access import Viewer
from hub.errors import Invalid, Refused
from hub.people import passwords, photos, queries, sessions
from hub.people.models import ROLES, Organisation, Person, Unit

THEMES = ("light", "dark", "system")
LISTS = {"skills": "Skills", "ask_me_about": "Ask me about", "languages": "Languages"}
MOST_WORDS, LONGEST_WORD = 20, 60
LONGEST = {"name": 120, "job_title": 120, "working_days": 60, "phone": 40, "about": 4000}
LONGEST_ACCESS = timedelta(days=366)

for _name, _fields, _sentence in (
    ("person:joined", ("invitation", "organisation"), "{actor} joined the hub"),
    ("person:changed", ("what",), "{actor} changed the profile of {person}"),
    ("person:confirmed", (), "{actor} confirmed that their profile is still right"),
    ("person:password_changed", ("how",), "{actor} set a new password"),
    ("person:roles_changed", ("before", "after"), "{actor} changed the roles of {person}"),
    ("person:left", ("reason",), "{actor} closed the account of {person}"),
    ("person:returned", (), "{actor} opened the account of {person} again"),
    ("person:extended", ("before", "after"), "{actor} changed when the access of {person} ends"),
    ("person:lapsed", ("ended",), "The access of {person} ended on its date"),
    ("organisation:changed", ("key", "what"), "{actor} changed an organisation"),
):
    events.declare(_name, _fields, _sentence)


# --- one's own profile ----------------------------------------------------------------------------


def change_profile(viewer: Viewer, **words: Any) -> Person:
    """Changes the viewer's own profile and counts it as confirmed.

    Takes name, job_title, working_days, phone, about (texts), skills, ask_me_about, languages (lists of
    texts), unit (a key or ""), manager and cover (handle, @handle or e-mail address, or ""). What is not
    given stays. Raises Invalid with the field's name.
    """
    person = access.require_person(viewer)
    changes: dict[str, Any] = {}
    for field, longest in LONGEST.items():
        if field in words:
            changes[field] = _text(field, words[field], longest)
    for field in LISTS:
        if field in words:
            changes[field] = word_list(field, words[field])
    if "unit" in words:
        changes["unit"] = _unit(person, words["unit"])
    for field in ("manager", "cover"):
        if field in words:
            changes[f"{field}_id"] = _somebody(person, field, words[field])
    with db.write():
        Person.update(**changes, confirmed_at=clock.now()).where(Person.id == person.id).execute()
        events.record("person:changed", person, person=person, what=", ".join(sorted(changes)))
        db.after_commit(queries.forget_choices)
    return Person.get_by_id(person.id)


def confirm_profile(viewer: Viewer) -> None:
    """Notes that the viewer's profile is still right."""
    person = access.require_person(viewer)
    with db.write():
        Person.update(confirmed_at=clock.now()).where(Person.id == person.id).execute()
        events.record("person:confirmed", person, person=person)


def set_photo(viewer: Viewer, stream: IO[bytes]) -> None:
    """Makes a small picture of the upload and shows it as the viewer's photo. Raises Invalid("photo", …)."""
    person = access.require_person(viewer)
    data = photos.square_png(stream)
    stored = files.store().put(io.BytesIO(data), limit=photos.LARGEST)
    with db.write():
        Person.update(photo=stored.sha256).where(Person.id == person.id).execute()
        events.record("person:changed", person, person=person, what="photo")


def remove_photo(viewer: Viewer) -> None:
    """Shows the viewer's initials again. The file goes with the next sweep of the store."""
    person = access.require_person(viewer)
    with db.write():
        Person.update(photo="").where(Person.id == person.id).execute()
        events.record("person:changed", person, person=person, what="photo")


def set_preference(viewer: Viewer, name: str, value: Any) -> None:
    """Keeps one of the viewer's choices, such as the theme, beside the others.

    Raises Invalid for an unknown theme.
    """
    person = access.require_person(viewer)
    if name == "theme" and value not in THEMES:
        raise Invalid("theme", "Choose light, dark, or as the device.")
    with db.write():
        preferences = Person.select(Person.preferences).where(Person.id == person.id).get().preferences
        Person.update(preferences={**preferences, name: value}).where(Person.id == person.id).execute()
    person.preferences = {**preferences, name: value}


def change_password(viewer: Viewer, current: str, new: str) -> int:
    """Sets the viewer's new password and ends all their other sessions; how many ended. Raises Invalid."""
    person = access.require_person(viewer)
    if person.password_hash and not passwords.verify(person.password_hash, current):
        raise Invalid("current", "This is not your present password.")
    check_password(new, person)
    return keep_password(
        person, passwords.hash_of(new), how="changed by themselves", keep=person.session_token
    )


def check_password(new: str, person: Person) -> None:
    """Raises Invalid("password", …) where the password may not be chosen by this person."""
    about = (
        person.name,
        person.email,
        person.email.partition("@")[0],
        person.organisation.name,
        person.organisation.short_name,
    )
    why = passwords.problem(new, about)
    if why:
        raise Invalid("password", why)


def keep_password(person: Person, kept: str, *, how: str, keep: str = "") -> int:
    """Keeps a checked password's hash and ends the sessions but the one of token `keep`; how many."""
    with db.write():
        Person.update(password_hash=kept).where(Person.id == person.id).execute()
        events.record("person:password_changed", person, person=person, how=how)
        return sessions.end(person, keep=keep, why="new password")


# --- by administrators ----------------------------------------------------------------------------


def set_roles(viewer: Viewer, person: Person, roles: Iterable[str]) -> None:
    """Gives the person exactly these roles; losing one ends their sessions.

    Raises Invalid, Refused, Missing.
    """
    administrator = access.require_role(viewer, "administrator")
    wanted = [role for role in ROLES if role in set(roles)]
    if set(roles) - set(ROLES):
        raise Invalid("roles", "There is no such role.")
    if wanted and not person.is_staff:
        raise Refused(
            f"{person.name} works for a partner organisation: roles are for the council's own staff."
        )
    with db.write():
        before = Person.get_by_id(person.id).roles
        if "administrator" in before and "administrator" not in wanted:
            _require_another_administrator(person)
        if before == wanted:
            return
        Person.update(roles=wanted).where(Person.id == person.id).execute()
        events.record("person:roles_changed", administrator, person=person, before=before, after=wanted)
        if set(before) - set(wanted):
            sessions.end(
                person,
                keep=administrator.session_token if person.id == administrator.id else "",
                why="roles changed",
            )
    person.roles = wanted


def disable(viewer: Viewer, person: Person, reason: str = "") -> None:
    """Closes the account of somebody who has left: sessions end, roles go, what they wrote stays.

    Raises Refused, Missing.
    """
    administrator = access.require_role(viewer, "administrator")
    if person.id == administrator.id:
        raise Refused("You cannot close your own account. Ask another administrator.")
    with db.write():
        if person.has_role("administrator"):
            _require_another_administrator(person)
        if Person.get_by_id(person.id).status != "active":
            return
        Person.update(status="disabled", roles=[], feed_token=None).where(Person.id == person.id).execute()
        sessions.end(person, why="account closed")
        events.record("person:left", administrator, person=person, reason=reason.strip()[:300])
    person.status, person.roles = "disabled", []


def enable(viewer: Viewer, person: Person) -> None:
    """Opens a closed account again, without the roles it had. A partner's end of access stays as it was."""
    administrator = access.require_role(viewer, "administrator")
    with db.write():
        if Person.update(status="active").where(Person.id == person.id, Person.status != "active").execute():
            events.record("person:returned", administrator, person=person)
    person.status = "active"


def may_extend(viewer: Viewer, person: Person) -> bool:
    """Whether the viewer may move the end of a partner's access: their sponsor, and administrators."""
    if person.is_staff or viewer.person is None:
        return False
    return viewer.has_role("administrator") or (viewer.is_staff and person.sponsor_id == viewer.id)


def extend(viewer: Viewer, person: Person, ends_at: datetime | None) -> None:
    """Moves the end of a partner's access, at most a year ahead; None ends the limit (administrators only).

    Raises Refused unless `may_extend`, Invalid for a time that has passed or is too far.
    """
    actor = access.require_person(viewer)
    if not may_extend(viewer, person):
        raise Refused("Only their sponsor and administrators can change when somebody's access ends.")
    if ends_at is None and not viewer.has_role("administrator"):
        raise Invalid("ends_on", "Choose a day on which the access ends.")
    check_end("ends_on", ends_at)
    with db.write():
        before = Person.get_by_id(person.id).access_ends_at
        Person.update(access_ends_at=ends_at).where(Person.id == person.id).execute()
        events.record(
            "person:extended",
            actor,
            person=person,
            before=before and before.isoformat(),
            after=ends_at and ends_at.isoformat(),
        )
    person.access_ends_at = ends_at


def check_end(field: str, ends_at: datetime | None) -> None:
    """Raises Invalid for an end of access that has passed or is more than a year ahead."""
    if ends_at is not None and not clock.now() < ends_at <= clock.now() + LONGEST_ACCESS:
        raise Invalid(field, "Choose a day between tomorrow and a year from now; it can be extended later.")


def end_of_day(day: Any) -> datetime | None:
    """The last moment of a day of the council's calendar, in UTC; None for None."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), clock.LOCAL).astimezone(UTC)


def last_day(ends_at: datetime | None) -> Any:
    """The last whole day before an end of access; the reverse of `end_of_day`."""
    return clock.local(ends_at - timedelta(minutes=1)).date() if ends_at is not None else None


def save_organisation(viewer: Viewer, key: str = "", **words: str) -> Organisation:
    """Adds a partner organisation, or changes one: name, short_name, kind, domain, about.

    Raises Invalid, Missing.
    """
    administrator = access.require_role(viewer, "administrator")
    values = {n: " ".join(words.get(n, "").split()) for n in ("name", "short_name", "kind", "domain")}
    values["about"] = words.get("about", "").strip()[:4000]
    values["domain"] = values["domain"].lower().lstrip("@")[:120]
    if not 2 <= len(values["name"]) <= 120:
        raise Invalid("name", "Write the organisation's name, in 2 to 120 characters.")
    if not 1 <= len(values["short_name"]) <= 40:
        raise Invalid("short_name", "Write a short name of at most 40 characters, such as Police.")
    existing = queries.organisation(key) if key else None
    values["kind"] = existing.kind if existing is not None and existing.is_home else values["kind"]
    if values["kind"] not in KINDS and not (existing is not None and existing.is_home):
        raise Invalid("kind", "Choose what kind of organisation it is.")
    with db.write():
        if existing is not None:
            Organisation.update(**values).where(Organisation.id == existing.id).execute()
        else:
            key = _free_key(values["short_name"])
            Organisation.create(key=key, **values)
        events.record("organisation:changed", administrator, key=key, what="changed" if existing else "added")
    return queries.organisation(key)


KINDS = {
    "police": "Police",
    "nhs": "Health service",
    "voluntary": "Voluntary sector",
    "council": "Another council",
    "school": "School or college",
    "government": "Government body",
    "contractor": "Contractor",
    "other": "Something else",
}


def _free_key(name: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:34] or "partner"
    key, number = base, 2
    while Organisation.select(Organisation.id).where(Organisation.key == key).exists():
        key, number = f"{base}-{number}", number + 1
    return key


def _require_another_administrator(person: Person) -> None:
    others = Person.select(Person.roles).where(
        Person.status == "active", Person.id != person.id, peewee.fn.LENGTH(Person.roles) > len("[]")
    )
    if not any("administrator" in row[0] for row in others.tuples()):
        raise Refused(f"{person.name} is the only administrator. Make somebody else one first.")


# --- checking words -------------------------------------------------------------------------------


def clean_name(name: str) -> str:
    """A person's name with single spaces. Raises Invalid("name", …)."""
    return _text("name", name, LONGEST["name"])


def _text(field: str, value: str, longest: int) -> str:
    value = value.replace("\r\n", "\n").replace("\x00", "").strip()
    if field != "about":
        value = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if field == "name" and len(value) < 2:
        raise Invalid("name", "Write the name by which colleagues know you.")
    if len(value) > longest:
        raise Invalid(field, f"Use {longest:,} characters or fewer.")
    return value


def word_list(field: str, words: Iterable[str]) -> list[str]:
    """The words of a list such as skills: trimmed, each once whatever its case, in order. Raises Invalid."""
    found: dict[str, str] = {}
    for word in words:
        word = " ".join("".join(c if c.isprintable() else " " for c in word).split())
        if word:
            found.setdefault(word.casefold(), word)
    if len(found) > MOST_WORDS:
        raise Invalid(field, f"Write {MOST_WORDS} at the most: the ones that people should find you by.")
    if any(len(word) > LONGEST_WORD for word in found):
        raise Invalid(field, f"Use {LONGEST_WORD} characters or fewer for each, with commas between them.")
    return list(found.values())


def _unit(person: Person, key: str) -> Unit | None:
    if not key:
        return None
    unit = Unit.get_or_none(Unit.key == key)
    if unit is None or not person.is_staff:
        raise Invalid("unit", "Choose one of the services in the list.")
    return unit


def _somebody(person: Person, field: str, typed: str) -> int | None:
    typed = typed.replace("\x00", "").strip().lstrip("@").lower()
    if not typed:
        return None
    found = Person.get_or_none(
        ((Person.handle == typed) | (Person.email == typed)) & (Person.status == "active")
    )
    if found is None:
        raise Invalid(field, f"Nobody here is called {typed[:60]}. Write their @handle or e-mail address.")
    if found.id == person.id:
        raise Invalid(field, "Choose somebody else.")
    return found.id
