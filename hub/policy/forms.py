"""What may be submitted to the policy's pages, read without ever failing: actions say what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deciding:
    """The decision form as it was sent; `version` is the one of the case that the reviewer saw."""

    outcome: str
    reason: str
    clause: str
    hide_days: int
    measure: str
    version: int | None


def deciding(form: Any) -> Deciding:
    """The decision form. A number that is none counts as an impossible one, so that the action says so."""
    return Deciding(
        outcome=form.get("outcome", ""),
        reason=form.get("reason", ""),
        clause=form.get("clause", "")[:12],
        hide_days=whole(form.get("hide_days", "")) or (1 if form.get("measure") == "refer" else 0),
        measure=form.get("measure", "") or "hide",
        version=version(form),
    )


def version(form: Any) -> int | None:
    """Which version of the case the reviewer saw; 0 (never right) for nonsense, None where it has none."""
    text = form.get("version")
    return None if text is None else whole(text, wrong=0)


def whole(text: str, wrong: int = -1) -> int:
    """A small whole number, 0 for nothing."""
    text = text.strip()
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else wrong
