"""What a bench reached beside its goals: one table for a person, the same figures in the report for a machine."""

from __future__ import annotations

import os
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

Goals = dict[str, tuple[Literal["at most", "at least"], float]]
"""By name of the figure: which way it must not go, and how far."""


def judge(report: dict[str, Any], goals: Goals, console: Console) -> list[str]:
    """Prints each goal beside what was reached; the names of those missed. What was left out is said.

    `report["reached"]` holds the figures by name; it is rounded, and "missed" and "cores" are put beside it.
    """
    table = Table("goal", "", "measured", "", title="\nGoals", title_justify="left")
    missed = []
    for name, (how, goal) in goals.items():
        value = report["reached"].get(name)
        if value is None:
            table.add_row(name, f"{how} {goal:g}", "", "not measured")
            continue
        held = round(value, 3) <= goal if how == "at most" else round(value, 3) >= goal
        table.add_row(name, f"{how} {goal:g}", f"{value:,.3g}", "[green]ok[/]" if held else "[red]missed[/]")
        if not held:
            missed.append(name)
    console.print(table)
    report["reached"] = {name: round(value, 3) for name, value in report["reached"].items()}
    report["missed"] = missed
    report["cores"] = os.cpu_count()
    return missed
