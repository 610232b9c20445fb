"""Many people writing at once: nobody is told that the database is locked, and nobody waits long."""

from __future__ import annotations

from pathlib import Path

from tests.durability import rig, traffic

WRITES = 1_000


def test_eight_writers_at_once_are_all_served_once_and_soon(tmp_path: Path) -> None:
    with rig.running(tmp_path / "hub", people=8) as hub:
        outcome = traffic.write_at_once(hub, 8, WRITES, seed=8)
        assert outcome.wrong == [], hub.log_end()
        assert outcome.acknowledged == outcome.sent >= WRITES
        # A second is the goal on a quiet machine; the suite runs beside other work.
        assert outcome.p99 < 3.0
