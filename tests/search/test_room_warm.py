"""A web process reads the index when it starts, so that nobody's first search waits for that."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from hub.people.models import Person
from hub.search import queries, reactions
from hub.search.engine import Index
from hub.search.engine.segment import Segment
from hub.web import starting
from tests import make


@pytest.fixture(autouse=True)
def not_for_good() -> Iterator[None]:
    """What a start sets aside is collected again afterwards: this process goes on with other tests."""
    yield
    gc.unfreeze()


@pytest.fixture
def staff(hub: Flask) -> Person:
    return make.person("Ann Evans")


def another_process(hub: Flask) -> None:
    """What is in memory is forgotten; what is on disk stays."""
    reactions.init(hub.config["HUB"].index_path)


def test_what_a_first_search_needs_has_been_read_before_it_comes(
    hub: Flask, staff: Person, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = make.space("Housing", "open", "everyone", editors=(staff,))
    make.item(staff, where, "topic", "Damp and mould", "We ask thirty-four questions about photographs.")
    settle()
    another_process(hub)
    read: list[str] = []
    original = Segment._read_lexicon

    def noting(segment: Segment, field: str) -> object:
        read.append(field)
        return original(segment, field)

    monkeypatch.setattr(Segment, "_read_lexicon", noting)
    starting.begin(hub).join()
    assert {"exact", "title_exact", "audience"} <= set(read)
    read.clear()
    viewer = make.viewer(staff)
    assert queries.find(viewer, "fotographs").did_you_mean == "photographs"
    assert queries.suggest(viewer, "mou")["item"]
    assert read == []


def test_a_broken_index_waits_for_the_first_search(
    hub: Flask, staff: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reactions.index()
    another_process(hub)
    (hub.config["HUB"].index_path / "current").write_bytes(b"\xff not a name")
    starting.begin(hub).join()
    assert reactions.trouble() == ""
    assert queries.find(make.viewer(staff), "damp").trouble
    monkeypatch.setattr(Index, "warm", lambda _index: 1 / 0)
    another_process(hub)
    (hub.config["HUB"].index_path / "current").unlink()
    starting.begin(hub).join()


def test_a_collection_walks_through_nothing_that_was_there_at_the_start(hub: Flask) -> None:
    before = len(gc.get_objects())
    starting.begin(hub).join()
    assert gc.get_freeze_count() > before // 2 and len(gc.get_objects()) < before // 2


def test_only_a_server_begins_not_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    assert starting.by_command()
    monkeypatch.delenv("FLASK_RUN_FROM_CLI")
    assert not starting.by_command()
