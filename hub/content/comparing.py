"""How two versions of a text are shown as one: what changed, with a little of what did not around it."""

from __future__ import annotations

from hub import text

AROUND = 1


def folded(old: str, new: str) -> list[text.DiffPart | int]:
    """The changed paragraphs with one unchanged one on each side; longer stretches become their number.

    Empty when the texts are equal.
    """
    parts = text.diff(old, new)
    changed = [i for i, part in enumerate(parts) if part.kind != "same"]
    if not changed:
        return []
    near = {i + step for i in changed for step in range(-AROUND, AROUND + 1)}
    shown: list[text.DiffPart | int] = []
    left_out = 0
    for i, part in enumerate(parts):
        if i in near:
            if left_out:
                shown.append(left_out)
            shown.append(part)
            left_out = 0
        else:
            left_out += 1
    return [*shown, left_out] if left_out else shown
