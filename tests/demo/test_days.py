"""The days of the demo council: what names its day stands on it, everything else is as long ago as it says."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from hub.demo.council import SAME_SEASON, WRITTEN, Council

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
DAY = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)})\b")


def council(day: date) -> Council:
    return Council(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def stood(day: date, name: str, key: str) -> date:
    row = next(row for row in council(day).rows(name) if row["key"] == key)
    return day - timedelta(days=row["versions"][-1]["days_ago"] if "versions" in row else row["days_ago"])


@pytest.mark.parametrize("late", [0, 7, SAME_SEASON])
def test_what_names_its_day_in_its_title_stands_within_days_of_it(late: int) -> None:
    seeded = WRITTEN + timedelta(days=late)
    checked = 0
    for name in ("topics.jsonl", "documents.jsonl"):
        for row in council(seeded).rows(name):
            named = DAY.search(row["title"])
            if not named or not row.get("dated"):
                continue
            day = date(2026, MONTHS.index(named[2]) + 1, int(named[1]))
            assert 0 <= abs((stood(seeded, name, row["key"]) - day).days) <= 14, row["title"]
            checked += 1
    assert checked >= 8
    assert stood(seeded, "topics.jsonl", "gritting-tonight-thread") == date(2026, 11, 19)


def test_a_demo_of_another_season_is_not_only_old_things() -> None:
    day = WRITTEN + timedelta(days=SAME_SEASON + 1)
    assert stood(day, "topics.jsonl", "gritting-tonight-thread") == day - timedelta(days=3)


def test_what_names_no_day_is_as_long_ago_as_it_says() -> None:
    day = WRITTEN + timedelta(days=30)
    assert stood(day, "topics.jsonl", "spring-across-road") == day - timedelta(days=2)
