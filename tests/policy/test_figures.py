"""What is published: figures without small numbers, as page and CSV; who has read the policy; a desk that refreshes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

import pytest

from hub import clock
from hub.people.models import Person
from hub.policy import actions, figures, queries
from hub.policy.models import MEASURES, Case
from hub.policy.trail import chain
from hub.policy.trail.models import MonthFigures
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]


def test_figures_as_page_and_spreadsheet_tell_the_same_and_no_small_number(
    client: Client, author: Person, settle: Settle
) -> None:
    where = make.space("Housing", "open", "everyone", editors=(author,))
    for _ in range(6):
        make.item(author, where, "topic", body=room.TEXT)
    make.item(author, where, "topic", body="The password is Heulwen-Copor-58.")
    settle()
    chain.publish()
    client.sign_in(author).get("policy.figures")
    head = chain.latest()
    assert head is not None and head.hash in client.text()
    client.get("policy.figures_csv")
    rows = list(csv.DictReader(io.StringIO(client.last.get_data(as_text=True).lstrip("\ufeff"))))
    flags = {r["of"]: r["number"] for r in rows if r["figure"] == "flags"}
    assert flags == {"2.1": "6", "3.1": "fewer than 5"}
    assert all(not r["number"].isdigit() or int(r["number"]) >= 5 for r in rows)


@pytest.mark.backend
def test_units_show_how_far_the_policy_reached_without_picking_anybody_out(
    client: Client, author: Person
) -> None:
    housing, small = make.unit(name="Housing"), make.unit(name="Archive")
    people = [make.person(unit=housing) for _ in range(12)]
    make.person(unit=small)
    version = queries.version(1)
    for person in people[:6]:
        actions.acknowledge(make.viewer(person), version)
    rows = {r.unit: r for r in figures.acknowledged(make.viewer(author))}
    assert (rows["Housing"].read, rows["Housing"].not_yet) == ("6", "6")
    assert rows["Archive"].people == rows["Archive"].read == "fewer than 5"
    actions.acknowledge(make.viewer(people[6]), version)
    actions.acknowledge(make.viewer(people[7]), version)
    rows = {r.unit: r for r in figures.acknowledged(make.viewer(author))}
    assert "8" not in (rows["Housing"].read, rows["Housing"].not_yet), "8 of 12 would tell that 4 have not"
    client.sign_in(author).get("policy.acknowledgements")
    client.sign_in(make.partner()).get("policy.acknowledgements", status=404)


def test_the_desk_answers_nothing_while_nothing_changed(
    client: Client, author: Person, settle: Settle
) -> None:
    where = make.space("Housing", "open", "everyone", editors=(author,))
    _, case = room.flagged(settle, author, where)
    client.sign_in(room.reviewer("Ifan Rees"))
    page = client.get("policy.desk")
    changes = page.find(attrs={"data-polls": True})["hx-get"]
    client.get(changes, status=204, htmx="cases")
    actions.claim(make.viewer(room.reviewer("Other")), Case.get_by_id(case.id))
    answer = client.get(changes, htmx="cases")
    assert answer.find(id="cases") is not None and answer.find("html") is None
    client.sign_in(author).get(changes, status=404)


@pytest.mark.backend
def test_restrictions_by_sort_and_length_appeals_and_rules_are_published_from_five_on(
    client: Client, author: Person, ifan: Person, senior: Person, settle: Settle
) -> None:
    where = make.space("Housing", "open", "everyone", editors=(author,))
    judge = make.viewer(room.senior("Judge"))
    for number in range(10):
        item = make.item(author, where, "topic", body=f"{room.TEXT} {number}")
        settle()
        decision = room.decided(Case.get(Case.item == item.id), ifan, hide_days=3 + number % 3)
        actions.approve(make.viewer(senior), decision.restrictions.get(), "")
        appeal = actions.appeal(make.viewer(author), decision, "I do not agree with this.")
        outcome = "overturned" if number < 5 else "upheld"
        actions.hear(judge, appeal, outcome=outcome, reason=room.REASON)
    now = clock.local(clock.now())
    start = datetime(now.year, now.month, 1, tzinfo=clock.LOCAL)
    told = figures.of_month(start, figures.month_after(start))
    assert dict(told.by_rule) == {"NHS number": "10"} and told.overturned_of == "50 %"
    assert told.measures[1] == (MEASURES["hide"], "10", "4 days") and told.measures[2][1:] == (
        "fewer than 5",
        "too few to say",
    )
    assert (told.restrictions, told.appeals, told.overturned) == ("10", "10", "5")
    page = client.sign_in(author).get("policy.figures")
    assert (
        "Flags by rule" in client.text()
        and "50 %" in client.text()
        and "Ann" not in page.find("main").get_text()
    )
    client.get("policy.figures_csv")
    rows = list(csv.DictReader(io.StringIO(client.last.get_data(as_text=True).lstrip("\ufeff"))))
    assert {"month": f"{start:%Y-%m}", "figure": "flags by rule", "of": "NHS number", "number": "10"} in rows
    assert {
        "month": f"{start:%Y-%m}",
        "figure": "usual length",
        "of": MEASURES["hide"],
        "number": "4 days",
    } in rows
    MonthFigures.create(
        month="2020-01",
        figures={
            k: v
            for k, v in asdict(told).items()
            if k not in ("by_rule", "measures", "sealed", "overturned_of")
        },
    )
    old = figures.of_month(datetime(2020, 1, 1, tzinfo=clock.LOCAL), datetime(2020, 2, 1, tzinfo=clock.LOCAL))
    assert old.by_rule == [] and old.restrictions == "10", "a month kept before they were counted"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([8, 3], "8 or more"),  # 11 would tell that the other is 3
        ([8, 0, 0], "8"),
        ([8, 3, 4], "15"),  # 7 between two hidden ones tells neither
        ([2, 1], "fewer than 5"),
        ([3, 3], "6"),
        ([], "fewer than 5"),
    ],
)
def test_a_whole_does_not_give_a_small_part_away(parts: list[int], told: str) -> None:
    assert figures.whole_of(parts) == told


def test_a_part_does_not_give_a_small_rest_away() -> None:
    assert figures.part_of(17, 20) == figures.LEFT_OUT, "three posted it anyway"
    assert (figures.part_of(20, 20), figures.part_of(12, 20), figures.part_of(3, 20)) == (
        "20",
        "12",
        "fewer than 5",
    )


def subtracted(told: list[tuple[str, str]], whole: int) -> int | None:
    """What somebody works out about the one number that is not told, where it is one."""
    hidden = [label for label, number in told if not number.isdigit()]
    return whole - sum(int(n) for _, n in told if n.isdigit()) if len(hidden) == 1 else None


def test_flags_by_rule_cannot_be_subtracted_from_flags_by_clause() -> None:
    raised = [("2.1", "uk_nhs", 7), ("2.1", "uk_nino", 9), ("2.1", "dob", 2), ("4.1", "", 8)]
    told = dict(figures.by_rule(raised))
    assert told == {
        "Date of birth": "fewer than 5",
        "NHS number": figures.LEFT_OUT,
        "National Insurance number": "9",
        figures.BY_MEMBERS: "8",
    }
    assert subtracted([row for row in figures.by_rule(raised) if row[0] != figures.BY_MEMBERS], 18) is None
    untold = [("2.1", "", 2), ("4.1", "", 2), ("8.2", "", 2), ("2.1", "uk_nhs", 1)]
    assert dict(figures.by_rule(untold))[figures.BY_MEMBERS] == "6", "no clause of these tells its number"
    # The twin: what a plain rule of "fewer than five" would have told.
    plain = [("NHS number", "7"), ("National Insurance number", "9"), ("Date of birth", "fewer than 5")]
    assert subtracted(plain, 18) == 2
    assert dict(figures.by_rule([("2.1", "uk_nhs", 7), ("2.1", "", 2)]))["NHS number"] == figures.LEFT_OUT


def test_the_chart_draws_no_month_from_which_a_small_clause_could_be_subtracted(
    author: Person, settle: Settle
) -> None:
    where = make.space("Housing", "open", "everyone", editors=(author,))
    for _ in range(6):
        make.item(author, where, "topic", body=room.TEXT)
    make.item(author, where, "topic", body="The password is Heulwen-Copor-58.")
    settle()
    assert Case.select().count() == 7
    now = clock.local(clock.now())
    month = datetime(now.year, now.month, 1, tzinfo=clock.LOCAL)
    assert [number for _, number in figures.flags_by_month([month])] == [6]
