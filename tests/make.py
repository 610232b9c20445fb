"""Plain factories: each makes one believable row with the given differences and returns it.

They use the features' own actions where there are any, so that what a test begins with could have come from the hub.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from hub import access, clock, db
from hub.access import Viewer
from hub.content import actions
from hub.content.models import Item
from hub.people.models import Organisation, Person, Unit
from hub.spaces.models import Membership, Space

_numbers = itertools.count(1)
PASSWORD = "correct horse battery staple"


def organisation(kind: str = "home", **values: Any) -> Organisation:
    """The council (there is one), or a partner."""
    key = values.pop("key", "council" if kind == "home" else f"partner{next(_numbers)}")
    found = Organisation.get_or_none(Organisation.key == key)
    if found is not None:
        return found
    return Organisation.create(
        key=key,
        kind=kind,
        **{
            "name": f"{key.title()} Organisation",
            "short_name": key.title(),
            "domain": f"{key}.example",
            **values,
        },
    )


def unit(**values: Any) -> Unit:
    """A service of the council."""
    number = next(_numbers)
    return Unit.create(**{"key": f"unit-{number}", "name": f"Service {number}", **values})


def person(name: str = "", *, of: Organisation | None = None, **values: Any) -> Person:
    """A member of staff; with `of` somebody of that organisation."""
    number = next(_numbers)
    name = name or f"Person {number}"
    handle = values.pop(
        "handle", name.lower().replace(" ", ".") + ("" if name[-1].isdigit() else str(number))
    )
    return Person.create(
        **{
            "name": name,
            "handle": handle,
            "email": f"{handle}@example.org",
            "organisation": of or organisation(),
            "job_title": "Officer",
            "created_at": clock.now(),
            **values,
        }
    )


def partner(name: str = "", **values: Any) -> Person:
    """Somebody of a partner organisation."""
    return person(name, of=values.pop("of", None) or organisation("police", key="police"), **values)


def space(
    name: str = "",
    kind: str = "open",
    reach: str = "everyone",
    members: tuple[Person, ...] = (),
    editors: tuple[Person, ...] = (),
    **values: Any,
) -> Space:
    """A space with members and editors."""
    number = next(_numbers)
    name = name or f"Space {number}"
    made = Space.create(
        **{
            "slug": values.pop("slug", f"{name.lower().replace(' ', '-')}-{number}"),
            "name": name,
            "kind": kind,
            "reach": reach,
            "created_at": clock.now(),
            **values,
        }
    )
    for somebody in members:
        join(made, somebody)
    for somebody in editors:
        join(made, somebody, "editor")
    return made


def hub_space() -> Space:
    """The whole-hub space, where personal and service blogs live."""
    found = Space.get_or_none(Space.is_hub)
    return found or space("The hub", "open", "public", slug="hub", is_hub=True)


def join(where: Space, somebody: Person, role: str = "member", **values: Any) -> Membership:
    """Makes somebody a member."""
    return Membership.create(space=where, person=somebody, role=role, joined_at=clock.now(), **values)


def viewer(somebody: Person | None) -> Viewer:
    """The viewer that the person is now, read afresh."""
    return access.viewer_for(Person.get_by_id(somebody.id) if somebody else None)


def item(
    author: Person,
    where: Space,
    kind: str = "post",
    title: str = "A title",
    body: str = "Some words.",
    **values: Any,
) -> Item:
    """An item of any kind, without the side table of its feature: for tests of access and content only."""
    with db.write():
        return actions.create(viewer(author), kind, where, title=title, body=body, **values)


def then_fail(change: Callable[[], object]) -> None:
    """Makes the change and fails after it, as a crash in the middle of a transaction would."""
    change()
    raise ZeroDivisionError
