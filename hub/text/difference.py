"""What changed between two versions of a text, paragraph by paragraph and word by word, in bounded time.

The method is the greedy shortest-edit-script algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its
Variations", Algorithmica 1 (1986), figure 2, with a cap on D: texts that differ by more count as rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

STEPS = 400_000
MOST_EDITS = 600

Op = Literal["same", "added", "removed"]


@dataclass(frozen=True)
class Run:
    """Words in a row that were kept, added or removed; their spaces belong to them."""

    op: Op
    text: str


@dataclass(frozen=True)
class DiffPart:
    """One paragraph. Its runs without the removed ones are the new text, without the added ones the old."""

    kind: Literal["same", "added", "removed", "changed"]
    runs: tuple[Run, ...]


class _Purse:
    """The steps that one comparison may still take, shared by all its paragraphs."""

    def __init__(self) -> None:
        self.left = STEPS


def diff(old: str, new: str) -> list[DiffPart]:
    """The paragraphs of both versions in reading order; empty for two empty texts. Takes any text."""
    purse = _Purse()
    parts: list[DiffPart] = []
    gone: list[str] = []
    come: list[str] = []
    for op, paragraph in [*_script(_paragraphs(old), _paragraphs(new), purse), ("same", None)]:
        if op == "removed" and paragraph is not None:
            gone.append(paragraph)
        elif op == "added" and paragraph is not None:
            come.append(paragraph)
        else:
            parts += _pair(gone, come, purse)
            gone, come = [], []
            if paragraph is not None:
                parts.append(DiffPart("same", (Run("same", paragraph),)))
    return parts


def _pair(gone: list[str], come: list[str], purse: _Purse) -> list[DiffPart]:
    """Replaced paragraphs, matched in order where they share at least a third of their words."""
    parts: list[DiffPart] = []
    rest = list(gone)
    for paragraph in come:
        like = next((i for i, other in enumerate(rest[:8]) if _alike(other, paragraph)), None)
        if like is None:
            parts.append(DiffPart("added", (Run("added", paragraph),)))
            continue
        parts += [DiffPart("removed", (Run("removed", other),)) for other in rest[:like]]
        parts.append(DiffPart("changed", _runs(rest[like], paragraph, purse)))
        rest = rest[like + 1 :]
    return parts + [DiffPart("removed", (Run("removed", other),)) for other in rest]


def _alike(one: str, other: str) -> bool:
    words, others = set(one.split()), set(other.split())
    return 3 * len(words & others) >= max(len(words), len(others))


def _runs(old: str, new: str, purse: _Purse) -> tuple[Run, ...]:
    runs: list[Run] = []
    for op, word in _script(re.findall(r"\s*\S+|\s+$", old), re.findall(r"\s*\S+|\s+$", new), purse):
        if runs and runs[-1].op == op:
            runs[-1] = Run(op, runs[-1].text + word)
        else:
            runs.append(Run(op, word))
    return tuple(runs)


def _paragraphs(text: str) -> list[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    return [p for p in re.split(r"\n[ \t]*\n\s*?(?=\S|[ \t]+\S)", text) if p.strip()]


def _script(old: Sequence[str], new: Sequence[str], purse: _Purse) -> list[tuple[Op, str]]:
    """The edits that turn one sequence into the other, removals before additions."""
    head = 0
    while head < len(old) and head < len(new) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = _shortest(old[head : len(old) - tail], new[head : len(new) - tail], purse)
    same: list[tuple[Op, str]] = [("same", x) for x in old[:head]]
    return same + middle + [("same", x) for x in old[len(old) - tail :]]


def _shortest(old: Sequence[str], new: Sequence[str], purse: _Purse) -> list[tuple[Op, str]]:
    rewritten: list[tuple[Op, str]] = [("removed", x) for x in old]
    rewritten += [("added", x) for x in new]
    if not old or not new:
        return rewritten
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for d in range(min(len(old) + len(new), MOST_EDITS) + 1):
        trace.append(dict(furthest))
        for k in range(-d, d + 1, 2):
            down = k == -d or (k != d and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            start = x
            while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                x += 1
            furthest[k] = x
            purse.left -= 1 + x - start
            if x >= len(old) and x - k >= len(new):
                return _back(old, new, trace)
        if purse.left < 0:
            break
    return rewritten


def _back(old: Sequence[str], new: Sequence[str], trace: list[dict[int, int]]) -> list[tuple[Op, str]]:
    """Reads the path from the end to the start and turns it round."""
    out: list[tuple[Op, str]] = []
    x, y = len(old), len(new)
    for d in range(len(trace) - 1, -1, -1):
        furthest, k = trace[d], x - y
        down = k == -d or (k != d and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if down else k - 1
        x0 = furthest[before]
        y0 = x0 - before
        while x > x0 and y > y0 and x > 0 and y > 0:
            x, y = x - 1, y - 1
            out.append(("same", old[x]))
        if d:
            x, y = x0, y0
            out.append(("added", new[y]) if down else ("removed", old[x]))
    return out[::-1]
