"""Search from the command line: what a person would find, as JSON, and why; plain sentences where it cannot be told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest
from flask import Flask

from hub.content.models import Item
from hub.people.models import Person
from hub.search import reactions
from tests import make


@pytest.fixture
def staff(hub: Flask, settle: Callable[[], None]) -> Person:
    somebody = make.person("Ann Evans")
    where = make.space("Housing", "open", "everyone", editors=(somebody,))
    make.item(somebody, where, "topic", "Damp and mould", "Photographs of **damp** walls.")
    make.item(somebody, where, "topic", "Damp plans", "Not yet told.", audience="staff", reason="Draft")
    settle()
    return somebody


def run(hub: Flask, *arguments: str) -> tuple[int, str]:
    result = hub.test_cli_runner().invoke(args=["search", *arguments])
    return result.exit_code, result.stdout if result.exit_code == 0 else result.output


def test_a_query_is_answered_as_one_json_object_with_the_permissions_of_the_person(
    hub: Flask, staff: Person
) -> None:
    code, out = run(hub, "query", "damp", "--as", staff.email, "--json")
    told = json.loads(out)
    assert code == 0 and told["total"] == 2 and told["query"] == "damp"
    assert {hit["title"] for hit in told["hits"]} == {"Damp and mould", "Damp plans"}
    assert told["facets"]["kind"][0][2] == 2 and told["took_ms"] >= told["engine_ms"] > 0
    assert "[damp]" in next(hit["passage"] for hit in told["hits"] if "mould" in hit["title"])
    assert told["trouble"] == "" and told["relaxed"] is False
    partner = make.partner("Karen Whittle")
    assert json.loads(run(hub, "query", "damp", "--as", partner.email, "--json")[1])["total"] == 1
    assert json.loads(run(hub, "query", "damp", "--json")[1])["total"] == 0, "nobody: the public"


@pytest.mark.parametrize(
    "odd", ["", "-damp", "--damp", "-", "((", '"', "*", "x" * 5_000, "after:9999-99", "\x07"]
)
def test_any_query_is_answered(hub: Flask, staff: Person, odd: str) -> None:
    code, out = run(hub, "query", "--as", staff.email, "--json", "--", odd)
    assert code == 0 and json.loads(out)["query"] == odd
    assert run(hub, "query", "--limit", "0", "--json", "damp")[0] == 0


def test_a_word_that_is_refused_is_no_option(hub: Flask, staff: Person) -> None:
    code, out = run(hub, "query", "-plans damp", "--as", staff.email, "--json")
    assert code == 0 and [hit["title"] for hit in json.loads(out)["hits"]] == ["Damp and mould"]


def test_an_explanation_adds_up_and_tells_nothing_of_what_the_person_may_not_read(
    hub: Flask, staff: Person
) -> None:
    item = Item.get(Item.title == "Damp plans")
    code, out = run(hub, "explain", "damp", "--item", str(item.id), "--as", staff.email)
    first, *lines = out.splitlines()
    assert code == 0 and first.startswith("rank ") and any("“damp” in title" in line for line in lines)
    total = sum(float(line.split()[0]) for line in lines)
    assert total == pytest.approx(float(first.rpartition(" ")[2]), abs=0.03)
    for arguments in (["--item", str(item.id)], ["--item", "999999", "--as", staff.email]):
        code, out = run(hub, "explain", "damp", *arguments)
        assert code == 1 and "not among what this person would find" in out


@pytest.mark.parametrize("command", [["query", "damp"], ["explain", "damp", "--item", "1"]])
def test_an_unknown_address_is_said_and_not_taken_for_nobody(
    hub: Flask, staff: Person, command: list[str]
) -> None:
    code, out = run(hub, *command, "--as", "no.one@example.org")
    assert code == 1 and "no person with the address no.one@example.org" in out


def test_without_a_readable_index_titles_are_searched_and_it_is_said(hub: Flask, staff: Person) -> None:
    folder = hub.config["HUB"].index_path
    (folder / "current").write_bytes(b"\xff")
    reactions.init(folder)
    told = json.loads(run(hub, "query", "damp", "--as", staff.email, "--json")[1])
    assert told["total"] == 2 and "rebuilt" in told["trouble"]
    code, out = run(hub, "explain", "damp", "--item", "1", "--as", staff.email)
    assert code == 1 and "cannot be read" in out and "reindex" in out
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "command", [["query", "damp"], ["explain", "damp", "--item", "1"], ["status"], ["reindex"]]
)
def test_a_hub_without_a_database_says_what_to_do(
    hub: Flask, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr(Item, "table_exists", lambda: False)
    code, out = run(hub, *command)
    assert code == 1 and "flask db migrate" in out
