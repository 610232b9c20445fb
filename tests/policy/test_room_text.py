"""The policy's text: read from Markdown, versioned, compared, acknowledged without shutting anybody out."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

import config
from hub import clock, db
from hub.errors import Invalid
from hub.events import Event
from hub.policy import actions, queries, wording
from hub.policy.models import Acknowledgement, Clause, PolicyVersion
from tests import make
from tests.browser import Client
from tests.policy import room

DEMO = config.ROOT / "hub" / "demo" / "data" / "policy"


def demo_text(number: int) -> str:
    return (DEMO / f"version-{number}.md").read_text(encoding="utf-8")


def test_the_demo_councils_policy_is_read_whole(hub: Flask) -> None:
    told = json.loads((DEMO / "policy.json").read_text(encoding="utf-8"))["versions"][1]
    first, second = wording.read(demo_text(1)), wording.read(demo_text(2))
    changes = wording.changes(first.clauses, second.clauses)
    assert {c.key for c in changes if c.kind == "added"} == set(told["added"])
    assert {c.key for c in changes if c.kind == "retired"} == set(told["retired"])
    assert {c.key for c in changes if c.kind == "changed"} >= set(told["changed"])
    assert all(c.text and c.why and c.section for c in second.clauses)
    assert "**Five things to remember.**" in second.summary


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("", "title"),
        ("# A policy\n\nwords only", "clause"),
        ("# P\n\n## 1 S\n\n### No key here\n\ntext", "Line 5"),
        ("# P\n\n### 1.1 A\n\nx\n\n### 1.1 B\n\ny", "Line 7"),
        ("# P\n\n### 1.1 A\n\n### 1.2 B\n\ny", "1.1"),
    ],
)
def test_a_text_that_is_no_policy_is_refused_with_its_line(hub: Flask, words: str, named: str) -> None:
    with pytest.raises(Invalid, match=named):
        actions.publish_version(None, words)
    assert PolicyVersion.select().count() == 0


@pytest.mark.backend
def test_a_change_is_a_new_version_and_the_old_one_stays(hub: Flask) -> None:
    owner, second = make.person(), make.person()
    one = actions.publish_version(owner, room.POLICY, approved_by=second, clause_of_rule={"uk_nhs": "2.1"})
    two = actions.publish_version(
        owner, room.POLICY.replace("Do not post identifiers.", "Never post identifiers.")
    )
    assert (one.number, two.number) == (1, 2)
    assert two.clause_of_rule == {"uk_nhs": "2.1"}
    assert Clause.select().where(Clause.version == one, Clause.text == "Do not post identifiers.").exists()
    with pytest.raises(Invalid, match="published already"):
        actions.publish_version(owner, room.POLICY, number=2)
    with pytest.raises(Invalid, match="Somebody else"):
        actions.publish_version(owner, room.POLICY, approved_by=owner)
    assert Event.select().where(Event.name == "policy:published").count() == 2


def test_a_version_counts_from_its_day_and_not_before(client: Client) -> None:
    room.policy()
    actions.publish_version(
        None,
        room.POLICY.replace("passwords.", "passwords or codes."),
        in_force_at=clock.now() + timedelta(days=14),
    )
    client.get("policy.policy")
    assert "Version 1" in client.text() and "passwords or codes" not in client.text()
    client.get("policy.version", number=2)
    assert "not the version in force" in client.text() and "passwords or codes" in client.text()
    client.get("policy.version", number=3, status=404)


def test_a_stranger_reads_the_policy_and_every_clause_has_its_address(client: Client) -> None:
    room.policy()
    page = client.get("policy.policy")
    assert page.find(id="clause-2.1") is not None and page.find(id="clause-4.1") is not None
    assert not page.find("form", action=client.path("policy.acknowledge", number=1))
    assert page.find(id="clause-2.1").find(class_="prose").has_attr("hx-disable")


def test_before_the_first_version_the_page_says_so(client: Client) -> None:
    client.get("policy.policy")
    assert "No policy has been published yet" in client.text()


def test_having_read_it_is_kept_once_and_never_needed(client: Client) -> None:
    room.policy()
    person = make.person()
    assert queries.to_acknowledge(make.viewer(person)) is not None
    client.sign_in(person).get("spaces.spaces")
    for _ in range(2):
        client.post("policy.acknowledge", number=1, follow=True)
    assert "You read this version" in client.text()
    assert Acknowledgement.select().count() == 1
    assert queries.to_acknowledge(make.viewer(person)) is None
    assert Event.select().where(Event.name == "policy:acknowledged").count() == 1


def test_the_text_cannot_carry_script(client: Client) -> None:
    actions.publish_version(
        None, room.POLICY.replace("Do not post identifiers.", '<script>x</script><a hx-post="/x">y</a> z')
    )
    page = client.get("policy.policy")
    clause = page.find(id="clause-2.1")
    assert not clause.find("script") and not clause.find(attrs={"hx-post": True})


def test_the_page_costs_a_few_queries_however_many_clauses(client: Client) -> None:
    actions.publish_version(None, demo_text(1))
    actions.publish_version(None, demo_text(2))
    client.sign_in(make.person()).get("policy.policy")
    with db.count_queries() as seen:
        client.get("policy.policy")
    assert len(seen) <= 6, "\n".join(seen)


def test_the_demo_files_are_where_this_test_looks() -> None:
    assert isinstance(DEMO, Path) and DEMO.is_dir()
