"""The policy's next version in the browser: kept whatever it says, compared, approved by somebody who wrote nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from hub import clock
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.events import Event
from hub.people.models import Person
from hub.policy import queries, wording
from hub.policy.drafting import actions
from hub.policy.drafting.actions import Written
from hub.policy.drafting.models import PolicyDraft
from hub.policy.models import PolicyVersion
from tests import make
from tests.browser import Client
from tests.policy import room
from tests.policy.test_room_text import demo_text
from tests.policy.test_welsh import WELSH

CHANGED = room.POLICY.replace("Leave the person alone.", "Speak of the work, not of the person.")


def owner(name: str = "") -> Person:
    """Somebody who owns the policy."""
    return make.person(name, roles=["policy owner"])


def written(words: str = CHANGED, **values: object) -> Written:
    """A draft that lacks nothing."""
    return Written(words, change_summary="Courtesy says what to speak of.", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [1, 2])
def test_a_version_written_out_reads_the_same_again(hub: Flask, number: int) -> None:
    from hub.policy.actions import publish_version

    version = publish_version(None, demo_text(number))
    clauses = list(version.clauses.order_by("position"))
    again = wording.read(wording.write(version.title, version.summary, clauses))
    assert again == wording.read(demo_text(number))


def test_the_welsh_text_written_out_reads_the_same_again(hub: Flask) -> None:
    version = room.policy(welsh=WELSH)
    clauses = list(version.clauses.order_by("position"))
    out = wording.write(version.title_cy, version.summary_cy, clauses, welsh=True)
    assert wording.read(out) == wording.read(WELSH)
    assert wording.write("", "", clauses, welsh=True) == ""


@pytest.mark.backend
def test_from_the_text_in_force_to_the_next_version_in_the_browser(client: Client, hub: Flask) -> None:
    room.policy(welsh=WELSH)
    one, second = owner("One"), owner("Second")
    page = client.sign_in(one).get("policy.edit_next")
    form = {f["name"]: f.get_text().lstrip("\n") for f in page.find_all("textarea")}
    assert wording.read(form["words"]) == wording.read(room.POLICY)
    assert wording.read(form["welsh"]) == wording.read(WELSH)
    for select in page.find("details", id="f-clauses").find_all("select"):
        form[select["name"]] = "2.1"
    form |= {"words": CHANGED, "seen": "0"}
    client.post("policy.edit_next", form)
    page = client.get("policy.next_version")
    assert "Say what changed" in page.find(id="lacks").get_text()
    assert "Speak of the work" in page.find("ins").parent.get_text()
    page = client.post("policy.do_next", {"do": "ask", "seen": "1"}, status=422)
    assert "Say what changed" in page.get_text()
    client.post("policy.edit_next", form | {"change_summary": "Courtesy, in other words.", "seen": "1"})
    client.post("policy.do_next", {"do": "ask", "seen": "2"})
    assert PolicyVersion.select().count() == 1

    client.post("policy.do_next", {"do": "approve", "seen": "2"}, status=403)
    home = client.sign_in(second).get("home.home")
    assert "next version waits for your approval" in home.get_text()
    client.post("policy.do_next", {"do": "approve", "seen": "2"})
    policy = client.get("policy.policy").get_text()
    assert "Version 2" in policy and "Speak of the work" in policy and "Courtesy, in other words." in policy
    version = PolicyVersion.get(PolicyVersion.number == 2)
    assert (version.published_by_id, version.approved_by_id) == (one.id, second.id)
    assert version.clause_of_rule["uk_nhs"] == "2.1" and version.title_cy == "Ein polisi defnydd"
    assert "Nobody is writing one" in client.get("policy.next_version").get_text()
    names = [e.name for e in Event.select().order_by(Event.id) if e.name.startswith("policy:")]
    assert names[-4:] == [
        "policy:draft_kept",
        "policy:draft_asked",
        "policy:published",
        "policy:draft_approved",
    ]


@pytest.mark.backend
def test_who_wrote_in_it_never_approves_it(hub: Flask) -> None:
    one, two = owner(), make.person(roles=["policy owner", "senior reviewer"])
    actions.keep(make.viewer(one), written(), seen=0)
    actions.keep(make.viewer(two), written(), seen=1)
    actions.ask(make.viewer(one), seen=2)
    for writer in (one, two):
        with pytest.raises(Refused, match="wrote nothing"):
            actions.approve(make.viewer(writer), seen=2)
    with pytest.raises(Missing):
        actions.approve(make.viewer(make.person(roles=["administrator", "reviewer"])), seen=2)
    assert actions.approve(make.viewer(room.senior()), seen=2).number == 1


def test_it_is_sent_back_with_a_reason_and_changing_it_takes_the_request_back(
    client: Client, hub: Flask
) -> None:
    one, second = owner("One"), room.senior("Second Person")
    actions.keep(make.viewer(one), written(), seen=0)
    actions.ask(make.viewer(one), seen=1)
    page = client.sign_in(second).post(
        "policy.do_next", {"do": "back", "reason": "No.", "seen": "1"}, status=422
    )
    assert "at least 20 characters" in page.get_text()
    client.post(
        "policy.do_next", {"do": "back", "reason": "Clause 4.1 should name who is asked.", "seen": "1"}
    )
    page = client.sign_in(one).get("policy.next_version")
    assert "Sent back by Second Person" in page.get_text() and "name who is asked" in page.get_text()
    actions.ask(make.viewer(one), seen=1)
    actions.keep(make.viewer(one), written(), seen=1)
    with pytest.raises(Conflict):
        actions.approve(make.viewer(second), seen=1)
    with pytest.raises(Refused, match="Nobody has asked"):
        actions.approve(make.viewer(second), seen=2)


def test_two_who_write_at_once_both_see_both_texts(client: Client, hub: Flask) -> None:
    room.policy()
    one, two = owner(), owner()
    actions.keep(make.viewer(one), written(), seen=0)
    mine = room.POLICY.replace("Leave the person alone.", "Praise in public.")
    page = client.sign_in(two).post("policy.edit_next", {"words": mine, "seen": "0"}, status=409)
    assert "Praise in public." in page.find("textarea", attrs={"name": "words"}).get_text()
    assert "Speak of the work" in page.find("del").parent.get_text()
    assert PolicyDraft.get().words == CHANGED
    client.post(
        "policy.edit_next", {"words": mine, "seen": page.find("input", attrs={"name": "seen"})["value"]}
    )
    assert PolicyDraft.get().words.strip() == mine.strip()


def test_a_text_that_is_no_policy_is_kept_and_its_lacks_are_told(client: Client, hub: Flask) -> None:
    client.sign_in(owner()).post(
        "policy.edit_next", {"words": "# Title\n\n### no number\n", "in_force_on": "2020-01-01", "seen": "0"}
    )
    told = client.get("policy.next_version").find(id="lacks").get_text()
    assert "Line 3" in told and "from today on" in told and "Say what changed" in told
    assert "### no number" in client.get("policy.edit_next").find("textarea").get_text()


def test_a_rule_whose_clause_went_is_named(hub: Flask) -> None:
    lost = actions.lacks(written(clause_of_rule={"uk_nhs": "2.1", "uk_nino": "9.9"}))
    assert [name for name, _ in lost] == ["clauses"] and "National Insurance number" in lost[0][1]
    assert "NHS" not in lost[0][1]


def test_it_is_in_force_from_its_day_in_the_councils_time(hub: Flask) -> None:
    room.policy()
    day = clock.local(clock.now() + timedelta(days=30)).date()
    one = owner()
    actions.keep(make.viewer(one), written(in_force_on=day.isoformat()), seen=0)
    actions.ask(make.viewer(one), seen=1)
    version = actions.approve(make.viewer(owner()), seen=1)
    start = clock.local(PolicyVersion.get_by_id(version.id).in_force_at)
    assert (start.date(), start.hour) == (day, 0)
    found = queries.policy(make.viewer(one))
    assert found is not None and found.version.number == 1
    for wrong in ("soon", (day + timedelta(days=400)).isoformat()):
        with pytest.raises(Invalid):
            actions.in_force_at(wrong)


def test_a_changed_introduction_is_told_too(client: Client, hub: Flask) -> None:
    room.policy()
    one = owner()
    actions.keep(make.viewer(one), written(CHANGED.replace("Three things", "Two things")), seen=0)
    told = client.sign_in(one).get("policy.next_version").find("section", attrs={"aria-labelledby": "what"})
    assert "In a few words" in told.get_text() and "Three" in told.find("del").get_text()
    actions.ask(make.viewer(one), seen=1)
    actions.approve(make.viewer(owner()), seen=1)
    assert (
        "In a few words"
        in client.get("policy.policy").find("section", attrs={"aria-labelledby": "changed"}).get_text()
    )


def test_nobody_else_knows_that_it_is_there(client: Client, hub: Flask) -> None:
    room.policy()
    actions.keep(make.viewer(owner()), written(), seen=0)
    for roles in ([], ["administrator"], ["reviewer"], ["rule editor"], ["auditor"]):
        client.sign_in(make.person(roles=roles)).get("policy.next_version", status=404)
        client.get("policy.edit_next", status=404)
        client.post("policy.do_next", {"do": "drop", "seen": "1"}, status=404)
    client.sign_in(room.senior()).get("policy.edit_next", status=404)
    assert PolicyDraft.get().state == "open"
