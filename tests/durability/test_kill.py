"""kill -9 of web and worker, again and again, while people post and upload."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability import rig, traffic

ROUNDS = 50


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the worker's process in /proc")
def test_nothing_acknowledged_is_lost_or_doubled_and_the_index_is_right_after_fifty_kills(
    tmp_path: Path,
) -> None:
    with rig.running(tmp_path / "hub", people=3) as hub:
        outcome = traffic.kill_in_a_loop(hub, ROUNDS, seed=20261122, shares=(14, 3, 3))
        assert outcome.wrong == [], hub.log_end()
        assert sum(outcome.rounds.values()) == ROUNDS and all(
            outcome.rounds[w] for w in ("worker", "web", "both")
        )
        assert outcome.acknowledged >= ROUNDS
        assert outcome.kinds["edit"] + outcome.kinds["withdraw"] > 0, "what is changed and taken away, too"
