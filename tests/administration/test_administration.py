"""Looking after the hub: accounts, jobs, parked events, the index, announcements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from hub import clock, db, events, jobs
from hub.administration import actions, queries
from hub.administration.models import Announcement
from hub.errors import Invalid, Missing
from hub.events import Event, Parked
from hub.jobs import Job
from hub.people.models import Person
from tests import make
from tests.browser import Client

events.declare("test:hiccup", (), "{actor} hiccuped")
PAGES = ("administration", "people", "spaces", "jobs", "announcements")


@pytest.fixture
def boss(hub: Flask) -> Person:
    return make.person("Bea Boss", roles=["administrator"], handle="bea")


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans", handle="ann.evans")


def tomorrow() -> str:
    return (clock.local(clock.now()) + timedelta(days=1)).date().isoformat()


def test_only_administrators_come_in(client: Client, ann: Person, boss: Person) -> None:
    for somebody in (ann, make.partner(), make.person(roles=["auditor", "reviewer"])):
        client.sign_in(somebody)
        for page in PAGES:
            client.get(f"administration.{page}", status=404)
        client.post("administration.rebuild", status=404)
        client.post("administration.close", status=404, handle="bea")
    assert Person.get_by_id(boss.id).status == "active"
    for page in PAGES:
        client.sign_in(boss).get(f"administration.{page}")
    with pytest.raises(Missing):
        queries.figures(make.viewer(ann))


def test_accounts_are_found_given_roles_closed_and_opened(client: Client, boss: Person, ann: Person) -> None:
    client.sign_in(boss)
    assert "Ann Evans" in client.get("administration.people", q="evans").get_text()
    assert "Ann Evans" not in client.get("administration.people", q="nobody").get_text()
    client.post("administration.roles", {"roles": ["auditor"]}, handle="ann.evans")
    assert Person.get_by_id(ann.id).roles == ["auditor"]
    assert "Auditor" in client.get("administration.people", show="roles").get_text()
    client.post("administration.roles", {"roles": ["king"]}, handle="ann.evans", status=422)
    client.post("administration.close", {"reason": "Left"}, handle="ann.evans", follow=True)
    assert "This account is closed" in client.text() and Person.get_by_id(ann.id).status == "disabled"
    client.post("administration.open", handle="ann.evans")
    assert Person.get_by_id(ann.id).is_active
    client.post("administration.close", handle="bea", status=403)
    client.get("administration.person", handle="nobody", status=404)


def test_secret_spaces_are_counted_and_not_named(client: Client, boss: Person, ann: Person) -> None:
    make.space("Canary", "secret", "staff", editors=(ann,))
    make.space("Housing", editors=(ann,))
    words = client.sign_in(boss).get("administration.spaces").get_text(" ", strip=True)
    assert "Canary" not in words and "1 secret space is known to members only" in words and "Housing" in words


@pytest.mark.backend
def test_a_failed_job_runs_again_when_asked(
    client: Client, boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]

    def handler(_row: Job) -> None:
        if broken[0]:
            raise RuntimeError("the mail server is away")

    monkeypatch.setitem(jobs.KINDS, "test.job", jobs.Kind("test.job", handler, timedelta(minutes=1)))
    with db.write():
        jobs.enqueue("test.job", {"canary": "private words"})
    for hours in range(6):
        with time_machine.travel(clock.now() + timedelta(hours=hours), tick=False):
            jobs.run_due()
    row = Job.get(Job.kind == "test.job")
    assert row.failed_at is not None
    page = client.sign_in(boss).get("administration.jobs", show="failed")
    assert "the mail server is away" in page.get_text() and "private words" not in page.get_text()
    broken[0] = False
    client.post("administration.retry", job_id=row.id)
    jobs.run_due()
    assert Job.get_by_id(row.id).done_at is not None
    client.post("administration.retry", job_id=row.id, status=404)
    assert Event.get(Event.name == "job:retried").actor_id == boss.id


@pytest.mark.backend
def test_a_parked_event_is_handed_over_again(
    client: Client, boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    broken = [True]

    def handler(batch: list[Event]) -> None:
        if broken[0]:
            raise RuntimeError("cannot take it")
        taken.extend(event.id for event in batch)

    subscriber = events.Subscriber("test", handler, frozenset({"test:hiccup"}), False)
    monkeypatch.setitem(events.SUBSCRIBERS, "test", subscriber)
    with db.write():
        event = events.record("test:hiccup", boss)
    for _ in range(events.TRIES + 1):
        events.deliver("test")
    row = Parked.get()
    page = client.sign_in(boss).get("administration.jobs")
    assert "test:hiccup" in page.get_text() and "cannot take it" in page.get_text()
    client.post("administration.replay", number=row.id, follow=True)
    assert "failed again" in client.text() and taken == []
    broken[0] = False
    client.post("administration.replay", number=row.id)
    assert taken == [event.id] and Parked.select().count() == 0


def test_the_index_is_rebuilt_on_request_once(
    client: Client, boss: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = jobs.Kind("search.rebuild", lambda _row: None, timedelta(minutes=1))
    monkeypatch.setitem(jobs.KINDS, "search.rebuild", kind)
    client.sign_in(boss)
    client.post("administration.rebuild")
    client.post("administration.rebuild", follow=True)
    assert Job.select().where(Job.kind == "search.rebuild").count() == 1
    assert "Being rebuilt" in client.text()


def test_an_announcement_stands_on_every_page_until_its_end(
    client: Client, boss: Person, ann: Person
) -> None:
    client.sign_in(boss).post(
        "administration.announcements",
        {"text": "Offices close at noon", "kind": "warn", "ends_on": tomorrow(), "url": "/status"},
    )
    region = client.sign_in(ann).get("people.directory").find(id="announcements")
    assert "Offices close at noon" in region.get_text() and region.find("a", href="/status")
    assert "Offices" not in client.sign_in(None).get("home.home").get_text()
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        assert "Offices" not in client.sign_in(ann).get("people.directory").get_text()
    client.sign_in(boss).post("administration.end_announcement", number=Announcement.get().id)
    assert "Offices" not in client.sign_in(ann).get("people.directory").get_text()
    names = [e.name for e in Event.select().where(Event.name.startswith("announcement"))]
    assert names == ["announcement:made", "announcement:ended"]


def test_announcements_cost_a_page_nothing(client: Client, boss: Person, ann: Person) -> None:
    ends_at = clock.now() + timedelta(days=1)
    actions.announce(make.viewer(boss), words="Offices close", kind="info", url="", ends_at=ends_at)
    client.sign_in(ann).get("people.organisations")
    with db.count_queries() as seen:
        assert "Offices close" in client.get("people.organisations").get_text()
    assert not [sql for sql in seen if "announcement" in sql]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", "  "),
        ("text", "x" * 301),
        ("kind", "odd"),
        ("url", "javascript:alert(1)"),
        ("ends_on", "2020-01-01"),
        ("ends_on", "9999-12-31"),
        ("ends_on", "soon"),
    ],
)
def test_a_bad_announcement_is_given_back_with_its_words(
    client: Client, boss: Person, field: str, value: str
) -> None:
    sent = {"text": "Offices close at noon", "kind": "info", "url": "", "ends_on": tomorrow(), field: value}
    page = client.sign_in(boss).post("administration.announcements", sent, status=422)
    assert (
        page.find(class_="error-summary") and page.find("textarea").get_text().strip() == sent["text"].strip()
    )
    assert Announcement.select().count() == 0


def test_actions_refuse_others_whatever_the_views_do(ann: Person, boss: Person) -> None:
    ends_at = clock.now() + timedelta(days=1)
    with pytest.raises(Missing):
        actions.announce(make.viewer(ann), words="Hello everybody", kind="info", url="", ends_at=ends_at)
    with pytest.raises(Missing):
        actions.rebuild_index(make.viewer(ann))
    with pytest.raises(Invalid):
        actions.announce(make.viewer(boss), words="Hello everybody", kind="info", url="", ends_at=None)


def test_long_lists_are_paged(client: Client, boss: Person, settle: Callable[[], None]) -> None:
    for _ in range(60):
        make.person()
    client.sign_in(boss).get("administration.people")
    with db.count_queries() as seen:
        page = client.get("administration.people")
    assert len(page.select(".rows > li")) == 50 and len(seen) <= 5
    assert len(client.get(page.select_one(".pager a")["href"]).select(".rows > li")) == 11
    client.get("administration.people", page="x" * 50, q="%" * 30)
