"""Times are said as a person would say them, on the council's clock, and exactly in the title."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.web import dates

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # a Sunday, GMT


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(seconds=-20), "just now"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=14, minutes=59), "14 hours ago"),
        (timedelta(hours=22, minutes=20), "Yesterday, 16:40"),
        (timedelta(days=5), "Tue 17 Nov"),
        (timedelta(days=400), "18 Oct 2025"),
        (timedelta(minutes=-5), "in 5 minutes"),
        (timedelta(hours=-3), "Today, 18:00"),
        (timedelta(hours=-18), "Tomorrow, 09:00"),
        (timedelta(days=-5), "Fri 27 Nov"),
    ],
)
def test_how_long_ago_is_said_as_people_say_it(ago: timedelta, words: str) -> None:
    assert dates.relative(NOW - ago, NOW) == words


def test_a_day_in_the_middle_of_a_sentence_begins_small() -> None:
    assert dates.relative(NOW - timedelta(hours=22, minutes=20), NOW, inside=True) == "yesterday, 16:40"
    assert dates.relative(NOW + timedelta(hours=3), NOW, inside=True) == "today, 18:00"
    assert dates.relative(NOW - timedelta(days=5), NOW, inside=True) == "Tue 17 Nov"


def test_a_late_summer_evening_belongs_to_the_next_day_in_london() -> None:
    moment = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert dates.exact(moment) == "Thursday 2 July 2026 at 00:30"
    assert dates.clock_time(moment) == "00:30"
    assert dates.iso(moment) == "2026-07-01T23:30:00Z"


def test_both_hours_of_the_night_the_clocks_go_back_are_shown() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert dates.clock_time(first) == dates.clock_time(second) == "01:30"
    assert dates.iso(first) != dates.iso(second)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "Today"),
        (NOW - timedelta(days=1), "Yesterday"),
        (NOW - timedelta(days=5), "Tuesday 17 November"),
        (NOW - timedelta(days=400), "18 October 2025"),
        ((NOW + timedelta(days=1)).date(), "Tomorrow"),
    ],
)
def test_a_feed_is_headed_by_its_days(moment: datetime, words: str) -> None:
    assert dates.day_heading(moment, NOW) == words


def test_what_has_not_happened_yet_is_shown_as_nothing() -> None:
    assert [show(None) for show in dates.FILTERS.values() if show is not dates.day_heading] == [""] * 5


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        dates.exact(datetime(2026, 7, 1, 12, 0))  # noqa: DTZ001 - that is the point
