"""What administrators and sponsors change about accounts, and what ends by the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from hub import clock, jobs
from hub.errors import Invalid, Missing, Refused
from hub.events import Event
from hub.jobs import Job
from hub.people import actions, lapses, sessions
from hub.people.models import PasswordReset, Person, Session, SignInAttempt
from tests import make

pytestmark = pytest.mark.backend


@pytest.fixture
def admin(hub) -> Person:
    return make.person("Admin", roles=["administrator"])


def fresh(person: Person) -> Person:
    return Person.get_by_id(person.id)


def names() -> list[str]:
    return [e.name for e in Event.select().order_by(Event.id)]


def test_roles_are_given_by_administrators_and_losing_one_ends_sessions(admin) -> None:
    ann = make.person("Ann Evans")
    sessions.start(ann)
    actions.set_roles(make.viewer(admin), ann, ["auditor", "reviewer"])
    assert fresh(ann).roles == ["reviewer", "auditor"] and len(sessions.running(ann)) == 1
    actions.set_roles(make.viewer(admin), ann, ["auditor"])
    assert fresh(ann).roles == ["auditor"] and not sessions.running(ann)
    event = Event.select().where(Event.name == "person:roles_changed").order_by(Event.id.desc()).get()
    assert (
        event.data == {"before": ["reviewer", "auditor"], "after": ["auditor"]} and event.actor_id == admin.id
    )


def test_giving_the_roles_somebody_has_records_nothing(admin) -> None:
    ann = make.person("Ann Evans", roles=["auditor"])
    actions.set_roles(make.viewer(admin), ann, ["auditor"])
    assert "person:roles_changed" not in names()


def test_nobody_else_changes_accounts(admin) -> None:
    ann, ben = make.person("Ann Evans", roles=["reviewer", "auditor"]), make.person("Ben Brook")
    for act in (
        lambda v: actions.set_roles(v, ann, ["administrator"]),
        lambda v: actions.disable(v, ben),
        lambda v: actions.enable(v, ben),
        lambda v: actions.save_organisation(v, name="X Y", short_name="X", kind="nhs"),
    ):
        with pytest.raises(Missing):
            act(make.viewer(ann))
        with pytest.raises(Refused):
            act(make.viewer(None))
    assert fresh(ben).status == "active" and fresh(ann).roles == ["reviewer", "auditor"]


def test_unknown_roles_and_partners_roles_are_refused(admin) -> None:
    with pytest.raises(Invalid):
        actions.set_roles(make.viewer(admin), make.person(), ["emperor"])
    with pytest.raises(Refused):
        actions.set_roles(make.viewer(admin), make.partner("Pat"), ["reviewer"])


def test_the_last_administrator_stays_one(admin) -> None:
    make.person("Former", roles=["administrator"], status="disabled")
    with pytest.raises(Refused, match="only administrator"):
        actions.set_roles(make.viewer(admin), admin, [])
    with pytest.raises(Refused, match="your own"):
        actions.disable(make.viewer(admin), admin)
    second = make.person("Second", roles=["administrator"])
    actions.set_roles(make.viewer(second), admin, [])
    assert fresh(admin).roles == []


def test_closing_an_account_ends_sessions_roles_and_feeds_but_keeps_the_person(client, admin) -> None:
    ann = make.person("Ann Evans", roles=["reviewer"], feed_token="secret")
    client.sign_in(ann).get("people.settings")
    actions.disable(make.viewer(admin), ann, " left for the seaside ")
    client.get("people.settings", status=303)
    kept = fresh(ann)
    assert (kept.status, kept.roles, kept.feed_token, kept.name) == ("disabled", [], None, "Ann Evans")
    assert Event.select().where(Event.name == "person:left").get().data == {"reason": "left for the seaside"}
    actions.disable(make.viewer(admin), ann)
    assert names().count("person:left") == 1
    actions.enable(make.viewer(admin), ann)
    assert fresh(ann).status == "active" and fresh(ann).roles == [] and names().count("person:returned") == 1


def test_sponsors_and_administrators_extend_a_partners_access(client, admin) -> None:
    ann, ben = make.person("Ann Evans"), make.person("Ben Brook")
    pat = make.partner("Pat Police", sponsor_id=ann.id, access_ends_at=clock.now() + timedelta(days=3))
    day = (clock.now() + timedelta(days=100)).date()
    assert "Pat Police" in client.sign_in(ann).get("people.extend", handle=pat.handle).h1.get_text()
    client.post("people.extend", {"ends_on": day.isoformat()}, handle=pat.handle)
    assert actions.last_day(fresh(pat).access_ends_at) == day
    client.post("people.extend", {"ends_on": ""}, handle=pat.handle, status=422)
    client.post("people.extend", {"ends_on": "2020-01-01"}, handle=pat.handle, status=422)
    client.post("people.extend", {"ends_on": "2126-01-01"}, handle=pat.handle, status=422)
    client.sign_in(ben).get("people.extend", handle=pat.handle, status=404)
    client.sign_in(pat).post("people.extend", {"ends_on": day.isoformat()}, handle=pat.handle, status=404)
    client.sign_in(admin).post("people.extend", {"ends_on": ""}, handle=pat.handle)
    assert fresh(pat).access_ends_at is None
    assert names().count("person:extended") == 2
    client.get("people.extend", handle=ann.handle, status=404)


def test_the_last_day_of_access_ends_at_midnight_on_the_councils_clock() -> None:
    assert actions.end_of_day(date(2026, 7, 15)) == datetime(2026, 7, 15, 23, tzinfo=UTC)
    assert actions.end_of_day(date(2026, 12, 15)) == datetime(2026, 12, 16, tzinfo=UTC)
    for day in (date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)):
        assert actions.last_day(actions.end_of_day(day)) == day
    assert actions.end_of_day(None) is None and actions.last_day(None) is None


def test_partner_and_sponsor_are_told_two_weeks_before_the_end_and_once(hub, settle) -> None:
    ann = make.person("Ann Evans")
    make.partner("Later", sponsor_id=ann.id, access_ends_at=clock.now() + timedelta(days=30))
    pat = make.partner(
        "Pat Police",
        sponsor_id=ann.id,
        access_ends_at=clock.now() + timedelta(days=13),
        preferences={"theme": "dark"},
    )
    for _ in range(3):
        lapses.lapse(Job())
    mails = [j.payload for j in Job.select().where(Job.kind == "mail.send").order_by(Job.id)]
    assert [m["to"] for m in mails] == [pat.email, ann.email]
    assert fresh(pat).preferences["theme"] == "dark"
    Person.update(access_ends_at=clock.now() + timedelta(days=12)).where(Person.id == pat.id).execute()
    lapses.lapse(Job())
    assert Job.select().where(Job.kind == "mail.send").count() == 4


def test_the_end_of_access_holds_by_itself_and_is_recorded_once(client) -> None:
    pat = make.partner("Pat Police", access_ends_at=clock.now() + timedelta(hours=1))
    client.sign_in(pat).get("people.settings")
    with time_machine.travel(clock.now() + timedelta(hours=1, minutes=1)):
        client.get("people.settings", status=303)
        lapses.lapse(Job())
        lapses.lapse(Job())
    assert names().count("person:lapsed") == 1 and not sessions.running(pat)
    assert fresh(pat).status == "active"


def test_old_notes_links_and_sessions_are_tidied_away(hub) -> None:
    ann = make.person("Ann Evans")
    now = clock.now()
    for age in (timedelta(hours=1), timedelta(days=2)):
        SignInAttempt.create(subject="account:x", at=now - age)
        PasswordReset.create(token_hash=str(age), person=ann, expires_at=now - age)
        Session.create(token_hash=str(age), person=ann, seen_at=now - age * 50, created_at=now - age * 50)
    lapses.tidy(Job())
    assert SignInAttempt.select().count() == PasswordReset.select().count() == Session.select().count() == 1


def test_the_rounds_are_on_the_schedule(hub) -> None:
    assert jobs.KINDS["people.lapse"].every == timedelta(hours=1)
    assert jobs.KINDS["people.tidy"].every == timedelta(days=1)
