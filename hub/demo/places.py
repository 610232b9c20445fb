"""Organisations, services, people and spaces of the demo council, made before anything is written."""

from __future__ import annotations

from datetime import timedelta

from hub import access, clock, events
from hub.demo.council import Council, read
from hub.documents import folders as document_folders
from hub.forums.models import Category
from hub.people import passwords
from hub.people.models import Organisation, Person, Unit
from hub.spaces.models import Membership, Space
from hub.text import render

PASSWORD = "marchford-demo-2026"  # noqa: S105 (printed on purpose, and nowhere but in the demo)
"""The password of every demo person; printed at the start, and never made outside the demo."""


def people(council: Council) -> None:
    """Organisations, services and people, all with the demo password."""
    organisations = {}
    for row in read("organisations.json"):
        organisations[row["key"]] = Organisation.create(
            **{k: row[k] for k in ("key", "name", "short_name", "kind", "domain", "about")}
        )
    for row in read("units.json"):
        council.units[row["key"]] = Unit.create(key=row["key"], name=row["name"], about=row["about"])
    kept = passwords.hash_of(PASSWORD)
    rows = read("people.json")
    for row in rows:
        council.people[row["key"]] = Person.create(
            handle=row["key"],
            organisation=organisations[row["organisation"]],
            unit=council.units.get(row["unit"] or ""),
            password_hash=kept,
            phone=row.get("phone") or "",
            created_at=clock.now(),
            confirmed_at=council.today - timedelta(days=20 + len(row["name"]) * 7),
            **{
                k: row[k]
                for k in (
                    "name",
                    "email",
                    "job_title",
                    "roles",
                    "about",
                    "skills",
                    "ask_me_about",
                    "languages",
                    "working_days",
                    "speaks_for",
                )
            },
        )
        events.record("person:joined", person=council.people[row["key"]])
    for row in rows:
        person = council.people[row["key"]]
        person.manager_id = council.people[row["manager"]].id if row["manager"] else None
        person.cover_id = council.people[row["cover"]].id if row["cover"] else None
        person.save()
    for row in read("units.json"):
        unit = council.units[row["key"]]
        unit.head_id = council.people[row["head"]].id
        unit.save()


def spaces(council: Council) -> None:
    """Spaces with members, forum categories and folders. Everybody belongs to the hub's own."""
    for row in read("spaces.json"):
        hub = row["key"] == "hub"
        space = Space.create(
            slug=row["key"],
            name=row["name"],
            about=row["about"],
            welcome=row["welcome"],
            welcome_html=render(row["welcome"], prefix="welcome-").html,
            kind=row["kind"],
            reach="public" if hub else row["reach"],
            colour=row["colour"],
            is_hub=hub,
            created_at=clock.now(),
            no_automatic_scan=row["key"] == "joint-unions",
        )
        council.spaces[row["key"]] = space
        events.record("space:created", space=space)
        members = dict(row["members"])
        if hub:
            members = {key: members.get(key, "member") for key in council.people}
        for key, role in members.items():
            days = row["partners_until"].get(key)
            Membership.create(
                space=space,
                person=council.people[key],
                role=role,
                joined_at=clock.now(),
                ends_at=council.today + timedelta(days=days) if days else None,
            )
        for position, category in enumerate(row["categories"]):
            council.categories[row["key"], category["key"]] = Category.create(
                space=space,
                name=category["name"],
                slug=category["key"],
                about=category["about"],
                position=position,
            )
        editor = access.viewer_for(
            council.people[next(key for key, role in members.items() if role == "editor")]
        )
        for path in row["folders"]:
            parent, _, name = path.rpartition("/")
            council.folders[row["key"], path] = document_folders.make(
                editor, space, name, council.folders.get((row["key"], parent))
            )
