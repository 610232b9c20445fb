"""The machine's clock is wrong by a day, and is put right: nobody is shut out for good, nothing waits for tomorrow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from hub import clock, db, jobs
from hub.events import Place
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.jobs import Job
from hub.people.models import Person
from tests import make
from tests.browser import Client

DAY = timedelta(days=1)


@pytest.fixture
def writer(hub: Flask) -> tuple[Person, Category]:
    person = make.person("Ann Evans")
    make.hub_space()
    space = make.space("Roads", editors=(person,))
    return person, forums.add_category(make.viewer(person), space, name="Salt")


def ask(client: Client, category: Category, title: str) -> None:
    client.post("forums.new_topic", {"title": title, "body": f"About {title}.", "category": str(category.id)})


@pytest.mark.parametrize("wrong", [DAY, -DAY])
def test_what_is_written_while_the_clock_is_wrong_is_found_and_answered_afterwards(
    client: Client, settle: Callable[[], None], writer: tuple[Person, Category], wrong: timedelta
) -> None:
    person, category = writer
    client.sign_in(person)
    ask(client, category, "gritter before")
    settle()
    with time_machine.travel(clock.now() + wrong, tick=True):
        # A session that was left for a day has ended, and a cookie from tomorrow is not believed: one signs in again.
        client.get("content.saved", status=303)
        client.sign_in(person)
        ask(client, category, "gritter during")
        with db.write():
            jobs.enqueue("content.forget_forms")
    settle()
    client.sign_in(person)
    ask(client, category, "gritter after")
    settle()
    found = client.get("search.search", q="gritter").get_text()
    assert [when for when in ("before", "during", "after") if f"gritter {when}" not in found] == [], found
    listed = client.get("forums.category", category_id=category.id).get_text()
    assert listed.count("gritter ") >= 3
    assert not Job.select().where(Job.done_at.is_null(), Job.failed_at.is_null()).exists()
    assert not Place.select().where(Place.lease_until > clock.now() + timedelta(hours=1)).exists()
