"""The power goes at any moment of people's writing: what they were told is saved is on the disk, and the hub starts on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.durability import power

pytestmark = pytest.mark.skipif(
    power.COMPILER is None or sys.platform != "linux",
    reason="wants a C compiler and Linux to record what is written",
)


def test_nothing_acknowledged_is_lost_when_the_power_goes_and_the_hub_starts_on_the_disk(
    tmp_path: Path,
) -> None:
    written = power.write(tmp_path, writes=24, seed=20261129)
    outcome = power.cut(written, cuts=50, seed=20261129, started=1)
    assert outcome.wrong == []
    assert outcome.acknowledged == 24 and outcome.entries > 1_000
    liar = power.cut(written, cuts=10, seed=1, honest=False)
    assert liar.wrong, "on a disk that lies about fsync something is lost, or this test would see nothing"
