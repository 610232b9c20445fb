"""What the council's services are doing, told by administrators, seen by everybody who is signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from hub import clock, db
from hub.errors import Invalid, Missing
from hub.events import Event
from hub.jobs import Job
from hub.people.models import Person
from hub.status import actions, queries
from hub.status.models import Service
from hub.web import health
from tests import make
from tests.browser import Client

GOOD = {
    "name": "Housing system",
    "state": "slow",
    "note": "Use the paper form",
    "promise": "4 hours",
    "about": "",
    "position": "1",
}


@pytest.fixture
def boss(hub: Flask) -> Person:
    return make.person("Bea Boss", roles=["administrator"])


def save(boss: Person, **values: object) -> Service:
    kept = {**GOOD, "position": 1, "back_at": None, **values}
    return actions.save(make.viewer(boss), kept.pop("row", None), **kept)  # type: ignore[arg-type]


def test_a_service_in_trouble_is_told_on_its_page_and_on_the_home_page(client: Client, boss: Person) -> None:
    client.sign_in(boss).post("status.new", {**GOOD, "back_at": "2099-01-02T14:00"})
    client.sign_in(make.partner())
    page = client.get("status.status").get_text(" ", strip=True)
    assert "Housing system" in page and "Slow" in page and "within 4 hours" in page and "2 Jan 2099" in page
    assert "Housing system" in client.get("home.home").find(id="services").get_text()
    client.sign_in(None).get("status.status", status=303)


def test_only_administrators_change_it(client: Client, boss: Person) -> None:
    row = save(boss)
    client.sign_in(make.person())
    client.get("status.new", status=404)
    client.post("status.edit", GOOD, number=row.id, status=404)
    client.post("status.remove", number=row.id, status=404)
    with pytest.raises(Missing):
        save(make.person())
    assert "Add a service" not in client.get("status.status").get_text()


@pytest.mark.backend
def test_what_is_said_is_recorded_and_a_working_service_has_no_time_to_be_back(boss: Person) -> None:
    row = save(boss, back_at=clock.now() + timedelta(hours=2))
    save(boss, row=row, state="working", back_at=clock.now() + timedelta(hours=2))
    assert Service.get().back_at is None
    assert [
        e.data["after"] for e in Event.select().where(Event.name.startswith("service:")).order_by(Event.id)
    ] == ["Slow", "Working"]
    actions.remove(make.viewer(boss), row)
    assert queries.services() == []


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("state", "odd"), ("back_at", "teatime"), ("name", "x" * 81)]
)
def test_a_bad_value_is_told_and_the_words_are_kept(
    client: Client, boss: Person, field: str, value: str
) -> None:
    page = client.sign_in(boss).post("status.new", {**GOOD, field: value}, status=422)
    assert (
        page.find(class_="error-summary")
        and page.find("input", {"name": "note"})["value"] == "Use the paper form"
    )
    assert Service.select().count() == 0


def test_two_services_of_one_name_are_refused(boss: Person) -> None:
    save(boss)
    with pytest.raises(Invalid, match="stands on the page already"):
        save(boss)


def test_those_in_trouble_stand_first_on_the_home_page(client: Client, boss: Person) -> None:
    for number, state in enumerate(["working", "planned", "down", "slow"]):
        save(boss, name=f"Service {state}", state=state, position=number)
    rows = client.sign_in(boss).get("home.home").select("#services li")
    assert "Service down" in rows[0].get_text() and "Service working" in rows[-1].get_text()


def test_a_change_shows_at_once_although_the_home_page_keeps_it_for_a_while(
    client: Client, boss: Person
) -> None:
    row = save(boss)
    client.sign_in(boss).get("home.home")
    with db.count_queries() as seen:
        client.get("home.home")
    assert not [sql for sql in seen if '"service"' in sql]
    save(boss, row=row, name="Housing system two")
    assert "Housing system two" in client.get("home.home").get_text()


@pytest.mark.backend
def test_a_worker_that_has_stopped_is_noticed(hub: Flask) -> None:
    assert health.worker().state == "warn"
    Job.create(kind="x", run_after=clock.now(), done_at=clock.now() - timedelta(minutes=30))
    assert health.worker().state == "bad" and "nothing is lost" in health.worker().words
    Job.create(kind="x", run_after=clock.now(), done_at=clock.now())
    assert health.worker().state == "ok"


def test_a_check_that_fails_is_itself_told(hub: Flask, client: Client, boss: Person) -> None:
    def detector() -> health.Health:
        raise RuntimeError("gone")

    health.add(hub, detector)
    try:
        assert "Detector" in client.sign_in(boss).get("status.status").get_text()
    finally:
        hub.extensions["health"].remove(detector)
