"""A view loads, asks one action or query, and shows: it is short, and decides nothing that an action decides."""

from __future__ import annotations

import ast

import pytest

from tests.laws.test_layers import ROOT

MOST = 18
"""Statements. The design says about fifteen lines; a call that the formatter wraps over ten lines is one statement."""
PATHS = sorted(ROOT.rglob("views.py"))


def views(source: str) -> dict[str, int]:
    """The views in the source by name, with how many statements each has, its docstring not counted."""
    return {
        node.name: sum(isinstance(inner, ast.stmt) for inner in ast.walk(node))
        - 1
        - (ast.get_docstring(node) is not None)
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
        and any(
            isinstance(d, ast.Call) and ast.unparse(d).startswith("feature.") for d in node.decorator_list
        )
    }


@pytest.mark.parametrize("path", PATHS, ids=[str(p.relative_to(ROOT)) for p in PATHS])
def test_views_are_short(path: object) -> None:
    assert {name: size for name, size in views(path.read_text()).items() if size > MOST} == {}


def test_a_long_view_is_noticed() -> None:
    lines = "\n".join(f"    a{n} = {n}" for n in range(MOST + 1))
    assert views(f'@feature.page("/")\ndef one():\n    """Says."""\n{lines}\n') == {"one": MOST + 1}
    assert views(f"def not_a_view():\n{lines}\n") == {}


def test_there_are_views_to_look_at() -> None:
    assert sum(len(views(path.read_text())) for path in PATHS) > 200
