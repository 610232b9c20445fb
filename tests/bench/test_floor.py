"""The plain app that pages are measured against still makes the same pages: a floor that fell in measures nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from bench import council, floor
from bench.visitor import Visitor
from hub import db
from hub.search import reactions as search


@pytest.fixture
def built(hub: Flask) -> council.Council:
    """The least council there is, in this test's database."""
    if not db.is_sqlite():
        pytest.skip("the bench builds SQLite files")
    folder = Path(hub.config["HUB"].data_path)
    db.database.close()
    made = council.build(folder, 200)
    search.rebuild()
    return made


def ids(body: bytes) -> set[str]:
    """The items that stand on a page by their permalink ids."""
    return set(re.findall(r'id="(?:item|reply|answer|post|comment)-(\d+)"', body.decode()))


def test_the_floor_shows_what_the_hub_shows(hub: Flask, built: council.Council) -> None:
    mine, plain = Visitor(hub, council.TOKEN), Visitor(floor.make(hub), council.TOKEN)
    for address in (f"/topics/{built.topic_id}", "/", f"/posts/{built.post_id}"):
        mine.get(address)  # what is read once a process is read now
        with db.count_queries() as said:
            page = mine.get(address)
        with db.count_queries() as said_by_floor:
            beneath = plain.get(address)
        assert ids(page.body) == ids(beneath.body), address
        assert len(ids(page.body)) >= (19 if "topics" in address else 1), address
        assert abs(len(said) - len(said_by_floor)) <= 2, (address, list(said), list(said_by_floor))
    assert mine.get(f"/topics/{built.topic_id}").packed <= 10_000
    titles = re.compile(r"<h2[^>]*><a [^>]*>(.*?)</a></h2>")
    shown, beneath_it = (
        titles.findall(v.get("/search?q=housing+repairs").body.decode()) for v in (mine, plain)
    )
    assert len(shown) == 10 and shown == beneath_it
