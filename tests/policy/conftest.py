"""Who stands in nearly every test of the policy room: an author, where they write, a reviewer and a senior one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from hub.forums import actions as forums
from hub.forums.models import Category
from hub.people.models import Person
from hub.policy.models import Case
from hub.spaces.models import Space
from tests import make
from tests.policy import room


@pytest.fixture
def author(hub: Flask) -> Person:
    """Somebody who writes, once there is a policy."""
    room.policy()
    return make.person("Ann Evans")


@pytest.fixture
def where(author: Person) -> Space:
    """A space that everybody reads, partners as well."""
    return make.space("Housing", "open", "everyone", editors=(author,))


@pytest.fixture
def category(author: Person, where: Space) -> Category:
    """A forum category in that space."""
    return forums.add_category(make.viewer(author), where, name="Damp", about="Damp")


@pytest.fixture
def ifan(hub: Flask) -> Person:
    """A reviewer."""
    return room.reviewer("Ifan Rees")


@pytest.fixture
def senior(hub: Flask) -> Person:
    """A senior reviewer: the second person."""
    return room.senior("Margaret Holt")


@pytest.fixture
def editor(hub: Flask) -> Person:
    """Who writes rules, once there is a policy."""
    room.policy()
    return make.person("Rhys Editor", roles=["rule editor"])


@pytest.fixture
def second(hub: Flask) -> Person:
    """Who approves them."""
    return make.person("Owena Second", roles=["policy owner"])


@pytest.fixture
def case(author: Person, where: Space, settle: Callable[[], None]) -> Case:
    """A case that a rule raised about something of the author's."""
    return room.flagged(settle, author, where)[1]
