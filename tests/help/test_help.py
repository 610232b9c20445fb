"""Help for everybody, and the answer to monitoring."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask

from hub import clock
from hub.help.views import KEYS
from hub.jobs import Job
from hub.people.models import Person
from hub.web import health
from tests import make
from tests.browser import Client


@pytest.mark.parametrize("page", ["help", "keys", "accessibility"])
def test_help_is_for_strangers_too(client: Client, page: str) -> None:
    client.sign_in(None).get(f"help.{page}")
    client.sign_in(make.person()).get(f"help.{page}")


def test_every_link_of_the_guide_leads_somewhere(client: Client, hub: Flask) -> None:
    page = client.sign_in(make.person()).get("help.help")
    ids = {element["id"] for element in page.find_all(id=True)}
    routes = hub.url_map.bind("localhost")
    for link in page.select(".prose a"):
        target = urlsplit(link["href"])
        assert target.fragment in ids if not target.path else routes.match(target.path), link


def test_the_keys_that_are_told_are_those_that_the_pages_have(client: Client) -> None:
    page = client.sign_in(make.person()).get("home.home")
    told = {key for _, entries in KEYS for key, _ in entries}
    there = {element["data-key"] for element in page.select("[data-key]")}
    assert there and there <= told


def test_monitoring_learns_states_and_nothing_else(client: Client) -> None:
    Job.create(kind="x", run_after=clock.now(), done_at=clock.now() - timedelta(seconds=20))
    person = make.person("Canary Person")
    client.sign_in(None).get("help.healthz")
    assert client.last is not None
    found = client.last.get_json()
    assert (
        found["status"] in ("ok", "warn")
        and found["parts"]["Database"] == "ok"
        and 19 <= found["worker_seconds"] <= 60
    )
    assert person.name not in client.last.get_data(as_text=True)


def test_monitoring_is_told_when_the_worker_has_stopped(client: Client) -> None:
    Job.create(kind="x", run_after=clock.now(), done_at=clock.now() - timedelta(hours=2))
    client.get("help.healthz", status=503)
    assert client.last is not None and client.last.get_json()["parts"]["Worker"] == "bad"


def test_monitoring_is_answered_when_the_database_is_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> health.Health:
        raise RuntimeError("unable to open database file")

    gone.__name__ = "database"
    monkeypatch.setattr(health, "database", gone)
    client.get("help.healthz", status=503)
    assert client.last is not None and client.last.get_json()["parts"]["Database"] == "bad"
    assert Person.select().count() == 0
