"""Deadlines in working days and hours: bank holidays as gov.uk lists them, the office's hours, clocks that change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import config
from hub import clock
from hub.people.models import Person
from hub.policy import actions, working_time
from hub.policy.desk import queries as desk
from hub.policy.models import Case
from tests import make
from tests.browser import Client
from tests.policy import room

LISTED = {
    # As published at gov.uk/bank-holidays for England and Wales.
    2024: "2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26",
    2025: "2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26",
    2026: "2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28",
    2027: "2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28",
    2021: "2021-01-01 2021-04-02 2021-04-05 2021-05-03 2021-05-31 2021-08-30 2021-12-27 2021-12-28",
    2028: "2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26",
}


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    working_time.attach("")
    yield
    working_time.attach("")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL).astimezone(UTC)


def told(moment: datetime) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("year", LISTED)
def test_bank_holidays_are_those_that_are_published(year: int) -> None:
    assert sorted(day.isoformat() for day in working_time.bank_holidays(year)) == LISTED[year].split()


def test_twenty_working_days_over_christmas_are_longer_than_four_weeks() -> None:
    # Monday 30 November and on: 1 to 24 December are 18 of them, 25 and 28 are holidays, 29 and 30 make 20.
    assert told(working_time.days_after(at("2026-11-30 15:00"), 20)) == "2026-12-31 00:00"
    assert told(working_time.days_after(at("2026-06-01 15:00"), 20)) == "2026-06-30 00:00"


def test_the_council_adds_days_and_takes_away_one_that_was_moved() -> None:
    working_time.attach("2027-06-07, -2027-05-03")
    assert not working_time.is_working(date(2027, 6, 7)) and working_time.is_working(date(2027, 5, 3))
    with pytest.raises(config.Misconfigured, match="HUB_BANK_HOLIDAYS"):
        config.load({"HUB_BANK_HOLIDAYS": "7 June"})


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-30 10:00", 3, "2026-11-30 13:00"),
        ("2026-11-30 15:30", 8, "2026-12-01 15:30"),
        ("2026-11-27 16:00", 2, "2026-11-30 10:00"),
        ("2026-11-28 12:00", 8, "2026-11-30 17:00"),
        ("2026-12-24 16:00", 2, "2026-12-29 10:00"),
        ("2026-03-27 16:00", 2, "2026-03-30 10:00"),  # the clocks go forward in between
    ],
)
def test_hours_count_while_the_office_is_open(start: str, hours: int, end: str) -> None:
    assert told(working_time.hours_after(at(start), hours)) == end
    assert working_time.hours_between(at(start), at(end)) == hours
    assert working_time.hours_between(at(end), at(start)) == -hours


@pytest.mark.backend
def test_a_case_is_due_in_working_hours_and_the_desk_sorts_by_it(author: Person, ifan: Person) -> None:
    colleague = make.person("Colin Colleague")
    team = make.space("Team", "open", "staff", editors=(author, colleague))
    with time_machine.travel(at("2026-12-04 16:00"), tick=False):
        plain = make.item(
            author, team, "topic", body="Plain words.", audience=f"space:{team.id}", reason="Not yet ready."
        )
        actions.report(make.viewer(colleague), plain, words="It is not kind.", clause="4.1")
        slow = Case.get()
        assert not slow.high and told(slow.due_at) == "2026-12-09 16:00"
        wide = make.item(author, team, "topic", body="Plain words.", audience="staff")
        actions.report(make.viewer(colleague), wide, words="It is not kind.", clause="4.1")
        soon = Case.get(Case.item == wide.id)
        assert soon.high and told(soon.due_at) == "2026-12-07 16:00", "all staff read it"
        viewer = make.viewer(ifan)
        assert [c.id for c in desk.page(viewer, desk.Wanted(sort="due")).rows] == [soon.id, slow.id]
        assert [c.id for c in desk.page(viewer, desk.Wanted(sort="age")).rows] == [slow.id, soon.id]


def test_the_order_by_due_pages_without_losing_or_doubling(
    author: Person, ifan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PER_PAGE", 2)
    team = make.space("Team", "open", "staff", editors=(author,))
    reporter = make.viewer(make.person())
    for number in range(7):
        item = make.item(author, team, "topic", title=f"{number}", body="Plain words.")
        actions.report(reporter, item, words="It is not kind.", clause="4.1")
    Case.update(due_at=clock.now()).where(Case.id.in_([2, 3, 4])).execute()
    seen: list[int] = []
    cursor = ""
    while True:
        page = desk.page(make.viewer(ifan), desk.Wanted(sort="due", cursor=cursor))
        seen += [row.id for row in page.rows]
        cursor = page.older
        if not cursor:
            break
    assert sorted(seen) == [row.id for row in Case.select(Case.id).order_by(Case.id)] and len(seen) == 7
    assert [row.due_at for row in map(Case.get_by_id, seen)] == sorted(
        row.due_at for row in Case.select(Case.due_at)
    )


def test_the_desk_says_how_many_working_hours_are_left_and_over(
    client: Client, case: Case, ifan: Person
) -> None:
    with time_machine.travel(at("2026-12-01 10:00"), tick=False):
        Case.update(due_at=at("2026-12-01 15:00")).execute()
        client.sign_in(ifan).get("policy.desk", sort="due")
        assert "due Tue 1 Dec at 15:00, 5 working hours left" in client.text()
    with time_machine.travel(at("2026-12-02 11:00") + timedelta(seconds=1), tick=False):
        client.sign_in(ifan).get("policy.desk")
        assert "was due Tue 1 Dec at 15:00, 4 working hours ago" in client.text()
        client.get("policy.case", case_id=case.id)
        assert "4 working hours ago" in client.text() and room.fresh(case).state == "open"
    with time_machine.travel(at("2026-12-09 15:30"), tick=False):
        client.sign_in(ifan).get("policy.desk")
        assert "was due Tue 1 Dec at 15:00, 6 working days ago" in client.text()
