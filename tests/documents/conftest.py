"""People, a space and files for the tests of the documents room."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from hub import files
from hub.content.models import Item
from hub.documents import actions
from hub.files import Stored
from hub.people.models import Person
from hub.spaces.models import Space
from tests import make


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans")


@pytest.fixture
def dev(hub: Flask) -> Person:
    return make.person("Dev Patel")


@pytest.fixture
def where(ann: Person, dev: Person) -> Space:
    return make.space("Winter service", "open", "everyone", members=(dev,), editors=(ann,))


@pytest.fixture
def store(hub: Flask) -> Callable[[bytes], Stored]:
    def keep(content: bytes) -> Stored:
        return files.store().put(io.BytesIO(content), limit=10**9)

    return keep


@pytest.fixture
def put(store: Callable[[bytes], Stored], where: Space, dev: Person) -> Callable[..., Item]:
    """Uploads a file as Dev into the space, unless said otherwise."""

    def upload(content: bytes = b"Grit the hill first.", name: str = "plan.txt", **given: Any) -> Item:
        by, space = given.pop("by", dev), given.pop("space", where)
        return actions.upload(make.viewer(by), store(content), name, space, **given)

    return upload


def sent(content: bytes, name: str) -> FileStorage:
    """A file as a browser sends it."""
    return FileStorage(io.BytesIO(content), filename=name, content_type="application/octet-stream")


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
