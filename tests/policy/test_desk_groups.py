"""The desk's filters and groups: by rule, by the very same value, kept under a name; never beyond what one may review."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub import db
from hub.people.models import Person
from hub.policy import actions
from hub.policy.desk import queries as desk
from hub.policy.desk.queries import Wanted
from hub.policy.models import Case
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
SECRET = "The password is Heulwen-Copor-58."


@pytest.fixture
def several(author: Person, where: Space, settle: Settle) -> list[Case]:
    """Three with one number, one with a password, one reported."""
    for body in (room.TEXT, room.TEXT, room.TEXT, SECRET):
        make.item(author, where, "topic", body=body)
    settle()
    actions.report(make.viewer(make.person()), make.item(author, where, "topic"), words="Look.", clause="4.1")
    return list(Case.select().order_by(Case.id))


def ids(person: Person, **wanted: object) -> set[int]:
    return {c.id for c in desk.page(make.viewer(person), Wanted(**wanted)).rows}  # type: ignore[arg-type]


@pytest.mark.backend
def test_the_desk_narrows_to_a_rule_and_to_those_alike(several: list[Case], ifan: Person) -> None:
    numbers, secret, reported = {c.id for c in several[:3]}, several[3].id, several[4].id
    assert ids(ifan) == {*numbers, secret, reported}
    assert ids(ifan, rule="uk_nhs") == numbers and ids(ifan, rule="secret") == {secret}
    assert ids(ifan, rule="nothing") == set()
    assert ids(ifan, alike=several[0].id) == numbers and ids(ifan, alike=secret) == {secret}
    assert ids(ifan, alike=999_999) == set()


@pytest.mark.backend
def test_the_gravest_rule_is_the_cases_own(
    author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    actions.publish_version(None, room.POLICY, clause_of_rule={"uk_nhs": "2.1", "secret": "2.1"})
    make.item(author, where, "topic", body=f"{room.TEXT} {SECRET}")
    settle()
    case = Case.get()
    assert set(case.rules) == {"uk_nhs", "secret"} and case.rule == "secret"


@pytest.mark.backend
def test_a_group_leaves_out_what_one_may_not_review(
    several: list[Case], author: Person, where: Space, ifan: Person, settle: Settle
) -> None:
    lead = room.reviewer("Team Lead")
    other = make.person("Somebody", manager_id=lead.id)
    make.item(other, where, "topic", body=room.TEXT)
    settle()
    theirs = Case.get(Case.author == other.id)
    assert theirs.id in ids(ifan, alike=several[0].id)
    assert theirs.id not in ids(lead, alike=several[0].id)
    assert ids(lead, alike=theirs.id) == set(), "not even by way of the case that one may not see"
    assert desk.alike_of(make.viewer(lead), [several[0].id])[several[0].id] == {c.id for c in several[1:3]}


def test_the_list_says_how_many_are_alike_and_keeps_the_view(
    client: Client, several: list[Case], ifan: Person
) -> None:
    page = client.sign_in(ifan).get("policy.desk")
    links = [a for a in page.find_all("a") if "like this" in a.get_text()]
    assert [a.get_text() for a in links] == ["2 like this"] * 3
    page = client.get(links[0]["href"])
    assert len(page.select(".desk-row")) == 3 and "Only cases with the very same value" in page.get_text()
    page = client.get("policy.desk", rule="secret")
    assert len(page.select(".desk-row")) == 1
    client.post("policy.keep_view", {"name": "Passwords", "rule": "secret"})
    page = client.get("policy.desk")
    kept = page.find("a", string="Passwords")
    assert "rule=secret" in kept["href"] and len(client.get(kept["href"]).select(".desk-row")) == 1
    with db.count_queries() as seen:
        client.get("policy.desk")
    assert len(seen) <= 6, "\n".join(seen)


def test_the_list_is_fetched_again_only_where_it_changed(
    client: Client, several: list[Case], ifan: Person, senior: Person
) -> None:
    page = client.sign_in(ifan).get("policy.desk")
    path = page.find(attrs={"data-polls": True})["hx-get"]
    assert client.http.get(path, headers={"HX-Request": "true"}).status_code == 204
    actions.claim(make.viewer(senior), several[0])
    answer = client.http.get(path, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and answer.get_data(as_text=True).count("desk-row") == 4
