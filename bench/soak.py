"""The long version of tests/durability: 500 kills, 10,000 writes by eight writers, 500 power cuts; `make soak`.

Exit code 1 when anything was lost, doubled or locked; `python -m bench.soak --rounds 100 --seed 7` for less.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.durability import power, rig, traffic

A_SET = 50


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=500, help="kills (500)")
    parser.add_argument("--writes", type=int, default=10_000, help="writes by eight writers at once (10,000)")
    parser.add_argument("--cuts", type=int, default=500, help="power cuts, simulated (500)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="repeats a run")
    chosen = parser.parse_args(arguments)
    print(f"seed {chosen.seed}")
    with tempfile.TemporaryDirectory(prefix="hub-soak-") as folder:
        wrong = kills(Path(folder) / "kills", chosen.rounds, chosen.seed) if chosen.rounds else []
        wrong += contention(Path(folder) / "contention", chosen.writes, chosen.seed) if chosen.writes else []
        wrong += power_cuts(Path(folder) / "power", chosen.cuts, chosen.seed) if chosen.cuts else []
    for line in wrong[:50]:
        print(f"  WRONG {line[:400]}")
    print("Nothing was lost, doubled or locked." if not wrong else f"{len(wrong)} things are wrong.")
    return 1 if wrong else 0


def kills(folder: Path, rounds: int, seed: int) -> list[str]:
    """In sets of fifty, each on a hub of its own and looked at as a whole: what the worker could not do while it lived for
    a second at a time it must have done ten seconds after the last kill, and fifty kills' work can be.
    """
    began = time.monotonic()
    done, sent, acknowledged, unanswered, slowest = 0, 0, 0, 0, 0.0
    of: Counter[str] = Counter()
    wrong: list[str] = []
    while done < rounds:
        number = min(A_SET, rounds - done)
        with rig.running(folder / str(done), people=4) as hub:
            outcome = traffic.kill_in_a_loop(hub, number, seed + done, writers=4, longest=2.0)
        done += number
        of.update(outcome.rounds)
        sent, acknowledged, unanswered = (
            sent + outcome.sent,
            acknowledged + outcome.acknowledged,
            unanswered + outcome.unanswered,
        )
        slowest = max(slowest, outcome.index_seconds)
        wrong += outcome.wrong
        print(
            f"kills: {done}/{rounds}, {acknowledged:,} acknowledged, index right after {outcome.index_seconds:.1f} s, "
            f"{len(wrong)} wrong, {time.monotonic() - began:.0f} s",
            flush=True,
        )
    kinds = ", ".join(f"{what} {count}" for what, count in sorted(of.items()))
    print(
        f"kills: {done} ({kinds}); {sent:,} sent, {acknowledged:,} acknowledged, {unanswered} unanswered; "
        f"index right after {slowest:.1f} s at the most; {len(wrong)} wrong"
    )
    return wrong


def contention(folder: Path, writes: int, seed: int) -> list[str]:
    with rig.running(folder, people=8) as hub:
        outcome = traffic.write_at_once(hub, 8, writes, seed)
    print(
        f"contention: {outcome.acknowledged:,} of {outcome.sent:,} writes by 8 writers acknowledged, "
        f"p99 {outcome.p99:.2f} s; "
        f"index right after {outcome.index_seconds:.1f} s; {len(outcome.wrong)} wrong"
    )
    return outcome.wrong


def power_cuts(folder: Path, cuts: int, seed: int) -> list[str]:
    """In sets of fifty, each on what another hub wrote."""
    if power.COMPILER is None:
        print("power: no C compiler is here, so no power was cut")
        return []
    done, acknowledged, wrong = 0, 0, list[str]()
    while done < cuts:
        number = min(A_SET, cuts - done)
        written = power.write(folder / str(done), 60, seed + done)
        outcome = power.cut(written, number, seed + done, started=2)
        done, acknowledged = done + number, acknowledged + outcome.acknowledged
        wrong += outcome.wrong
    print(f"power: {done} cuts after {acknowledged:,} acknowledged writes; {len(wrong)} wrong")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
