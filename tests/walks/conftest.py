"""What the walks carry with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from hub.forums import actions as forums
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make
from tests.policy import room


@pytest.fixture
def sample_pdf(tmp_path: Path) -> Path:
    """A real PDF with a phrase that stands nowhere else."""
    from hub.demo.documents import make

    sections = [
        {
            "heading": "Route cards",
            "paragraphs": ["The lilac salamander procedure applies when the north depot is closed."],
        }
    ]
    return make("pdf", "Winter route cards", sections, tmp_path / "winter-route-cards.pdf")


@pytest.fixture
def ann(hub: Flask) -> Person:
    make.hub_space()
    room.policy()
    return make.person("Ann Evans")


@pytest.fixture
def rosa(ann: Person) -> Person:
    return room.reviewer("Rosa Reviewer")


@pytest.fixture
def samir(ann: Person) -> Person:
    return room.senior("Samir Second")


@pytest.fixture
def housing(ann: Person) -> Space:
    """A space that partners read too, with one category."""
    space = make.space("Housing network", "open", "everyone", editors=(ann,))
    forums.add_category(make.viewer(ann), space, name="Damp and mould")
    return space
