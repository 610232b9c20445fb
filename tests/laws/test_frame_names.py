"""What a page hands over to its template keeps its name: the frame's own names, set in page.html, would win over it."""

from __future__ import annotations

import ast
import re

import config

SETS = re.compile(r"{%-?\s*set\s+(\w+)\s*(?:=|-?%})")


def frame_names() -> set[str]:
    """What page.html sets at its top, and so gives to every block of every page."""
    return set(SETS.findall((config.ROOT / "templates" / "page.html").read_text(encoding="utf-8")))


def handed_over(source: str) -> set[str]:
    """The names that calls of `show` in the source hand over."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    shown = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "show"]
    return {keyword.arg for call in shown for keyword in call.keywords if keyword.arg}


def test_no_page_hands_over_a_name_that_the_frame_sets() -> None:
    frame = frame_names()
    assert "menu_entries" in frame
    wrong = {
        str(path.relative_to(config.ROOT)): sorted(clash)
        for path in (config.ROOT / "hub").rglob("*.py")
        if (clash := handed_over(path.read_text(encoding="utf-8")) & frame)
    }
    assert not wrong


def test_a_name_of_the_frame_that_is_handed_over_is_noticed() -> None:
    assert handed_over('show("a.html", menu_entries=1, status=2)') & frame_names() == {"menu_entries"}
