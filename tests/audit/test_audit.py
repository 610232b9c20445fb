"""The audit trail: in sentences, for those entitled, without what they may not read."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
import time_machine
from flask import Flask

from hub import db, events
from hub.audit import queries
from hub.audit.queries import Wanted
from hub.audit.views import safe_cell
from hub.errors import Missing
from hub.people.models import Person
from hub.spaces import actions as spaces
from hub.spaces.models import Space
from tests import make
from tests.browser import Client

events.declare("policy:tested", (), "{actor} tried something about {person}")


@pytest.fixture
def auditor(hub: Flask) -> Person:
    return make.person("Ida Auditor", roles=["auditor"])


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans", handle="ann.evans")


@pytest.fixture
def housing(ann: Person) -> Space:
    return make.space("Housing", "open", "everyone", editors=(ann,), slug="housing")


def sentences(viewer: Person, wanted: Wanted | None = None) -> list[str]:
    return [entry.sentence for entry in queries.trail(make.viewer(viewer), wanted or Wanted()).entries]


@pytest.mark.backend
def test_events_read_as_sentences_with_links(
    client: Client, auditor: Person, ann: Person, housing: Space
) -> None:
    make.item(ann, housing, "topic", "Damp and mould")
    spaces.add_member(make.viewer(ann), housing, make.person("Dev Patel"))
    assert sentences(auditor)[:2] == [
        "Dev Patel became a member of Housing",
        "Ann Evans published “Damp and mould”",
    ]
    page = client.sign_in(auditor).get("audit.audit")
    assert page.find("a", string="“Damp and mould”") and page.find("a", string="Housing")


@pytest.mark.backend
def test_what_the_reader_may_not_read_is_named_by_kind_and_number(
    client: Client, auditor: Person, ann: Person
) -> None:
    secret = make.space("Canary space", "secret", "staff", editors=(ann,))
    item = make.item(ann, secret, "topic", "Canary title")
    client.sign_in(auditor)
    words = client.get("audit.audit").get_text(" ", strip=True)
    assert f"Ann Evans published topic {item.id}" in words and "Canary" not in words
    client.post("audit.export", status=200)
    assert client.last is not None and "Canary" not in client.last.get_data(as_text=True)
    assert sentences(auditor, Wanted(space_slug=secret.slug)) == []


def test_only_administrators_and_auditors_come_in(client: Client, auditor: Person, ann: Person) -> None:
    client.sign_in(make.person(roles=["administrator"])).get("audit.audit")
    client.sign_in(auditor).get("audit.audit")
    for somebody in (ann, make.partner(), make.person(roles=["reviewer"])):
        client.sign_in(somebody).get("audit.audit", status=404)
        client.post("audit.export", status=404)
        with pytest.raises(Missing):
            queries.trail(make.viewer(somebody), Wanted())
    client.sign_in(None).get("audit.audit", status=303)


def test_cases_are_told_to_auditors_and_not_to_administrators(auditor: Person, ann: Person) -> None:
    administrator = make.person(roles=["administrator"])
    with db.write():
        events.record("policy:tested", make.person(), person=ann)
    assert any("tried something" in s for s in sentences(auditor))
    assert not any("tried something" in s for s in sentences(administrator))
    assert not any(name.startswith("policy:") for name in queries.names(make.viewer(administrator)))


@pytest.mark.backend
def test_filters_narrow_by_person_space_name_and_day(auditor: Person, ann: Person, housing: Space) -> None:
    other = make.person("Dev Patel", handle="dev.patel")
    with time_machine.travel("2026-07-01T23:30:00Z", tick=False):  # the second of July in London
        make.item(ann, housing, "topic", "In summer")
    make.item(other, make.space(), "topic", "Elsewhere")
    assert sentences(auditor, Wanted(handle="@Ann.Evans")) == ["Ann Evans published “In summer”"]
    assert sentences(auditor, Wanted(space_slug="housing")) == ["Ann Evans published “In summer”"]
    assert sentences(auditor, Wanted(since=date(2026, 7, 2), until=date(2026, 7, 2))) == [
        "Ann Evans published “In summer”"
    ]
    assert sentences(auditor, Wanted(until=date(2026, 7, 1))) == []
    assert (
        len(sentences(auditor, Wanted(name="item"))) == 2
        and len(sentences(auditor, Wanted(name="item:published"))) == 2
    )
    assert sentences(auditor, Wanted(name="ite")) == [] and sentences(auditor, Wanted(handle="nobody")) == []


def test_bad_input_is_told_and_breaks_nothing(client: Client, auditor: Person) -> None:
    client.sign_in(auditor)
    assert "Write the day as" in client.get("audit.audit", since="soon").get_text()
    for values in (
        {"page": "x"},
        {"page": "9" * 40},
        {"until": "9999-12-31"},
        {"handle": "%_'"},
        {"name": ":"},
    ):
        client.get("audit.audit", **values)


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(client: Client, auditor: Person) -> None:
    evil = make.person('=HYPERLINK("https://evil.example")', handle="evil")
    make.item(evil, make.space(), "topic", "+1")
    client.sign_in(auditor).post("audit.export", {"name": "item:published"}, status=200)
    assert client.last is not None
    rows = list(csv.reader(io.StringIO(client.last.get_data(as_text=True))))
    assert rows[1][3].startswith("'=HYPERLINK") and rows[1][2] == "item:published"
    assert [safe_cell(c) for c in ("-1", "@x", "\tx", "fine", "a=b")] == ["'-1", "'@x", "'\tx", "fine", "a=b"]
    assert "Ida Auditor took a copy of the audit trail (narrowed to: name item:published)" in sentences(
        auditor
    )


def test_a_page_costs_the_same_however_much_it_shows(
    client: Client, auditor: Person, ann: Person, housing: Space
) -> None:
    for number in range(120):
        make.item(make.person(), housing, "topic", f"Topic {number}")
    client.sign_in(auditor).get("audit.audit")
    with db.count_queries() as seen:
        page = client.get("audit.audit")
    assert len(page.select(".rows > li")) == 50
    assert len(seen) <= 7, seen
    older = page.select_one(".pager a")["href"]
    assert len(client.get(older).select(".rows > li")) == 50


def test_the_export_holds_everything_in_order(auditor: Person, ann: Person, housing: Space) -> None:
    for number in range(12):
        make.item(ann, housing, "topic", f"Topic {number}")
    viewer = make.viewer(auditor)
    ids = [entry.id for entry in queries.export(viewer, Wanted(name="item"))]
    assert len(ids) == 12 and ids == sorted(ids, reverse=True)
    assert len(list(queries.export(viewer, Wanted(), most=5))) == 5
