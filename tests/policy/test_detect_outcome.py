"""The policy's table of outcomes, cell by cell, and what an administrator may change."""

from __future__ import annotations

import pytest

from hub.policy.detect import scan
from hub.policy.detect.audiences import NAMES
from hub.policy.detect.outcome import DEFAULT, OUTCOMES, outcome, outcomes, worst
from tests.policy.detect_numbers import Numbers

TABLE = {
    ("secret", 1): ("nudge", "nudge+flag", "nudge+flag high", "nudge+flag high", "nudge+flag high"),
    ("uk_nino", 1): ("none", "nudge", "nudge+flag", "flag high", "flag high"),
    ("dob", 4): ("none", "nudge", "nudge+flag", "flag high", "flag high"),
    ("uk_nhs", 5): ("nudge", "nudge+flag", "flag high", "flag high", "flag high"),
    ("email_bulk", 12): ("nudge", "nudge+flag", "flag high", "flag high", "flag high"),
    ("marking", 1): ("none", "nudge", "nudge+flag", "flag high", "flag high"),
    ("abuse", 1): ("none", "nudge", "nudge", "nudge", "nudge+flag low"),
    ("threat", 1): ("flag", "flag", "flag high", "flag high", "flag high"),
    ("link_risky", 1): ("nudge", "nudge", "nudge+flag", "nudge+flag", "flag"),
    ("upload", 1): ("nudge", "nudge", "nudge+flag", "nudge+flag", "flag"),
}


@pytest.mark.parametrize(("rule", "count"), TABLE)
def test_each_cell_is_the_policys(rule, count):
    assert tuple(outcome(rule, audience, count) for audience in NAMES) == TABLE[rule, count]


def test_no_outcome_ever_blocks():
    assert {cell for row in DEFAULT.values() for cell in row.values()} <= set(OUTCOMES)
    assert not any("block" in name or "hide" in name or "restrict" in name for name in OUTCOMES)


def test_an_administrator_changes_a_cell_and_leaves_the_others():
    override = {"abuse": {"team": "none"}}
    assert outcome("abuse", "team", override=override) == "none"
    assert outcome("abuse", "all-staff", override=override) == "nudge" == outcome("abuse", "team")


@pytest.mark.parametrize(
    ("rule", "audience", "override"),
    [("astrology", "team", None), ("abuse", "world", None), ("abuse", "team", {"abuse": {"team": "block"}})],
)
def test_what_the_policy_does_not_know_is_refused(rule, audience, override):
    with pytest.raises(ValueError):
        outcome(rule, audience, override=override)


def test_the_table_itself_cannot_be_changed():
    with pytest.raises(TypeError):
        DEFAULT["abuse"]["team"] = "flag"  # type: ignore[index]


def test_five_personal_numbers_of_mixed_kinds_are_a_list():
    numbers = Numbers(9)
    four = "\n".join(f"NI number {numbers.nino()}, NHS number {numbers.nhs()}" for _ in range(2))
    five = four + f"\nDOB {numbers.birth()}"
    assert set(outcomes(scan(four), "closed-group").values()) == {"none"}
    assert set(outcomes(scan(five), "closed-group").values()) == {"nudge"}


def test_the_worst_of_several():
    assert worst(["nudge", "flag high", "none"]) == "flag high" and worst([]) == "none"
