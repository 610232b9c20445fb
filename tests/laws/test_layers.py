"""Who may import whom. Features meet in templates and events only; the ground floor knows no feature."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import hub as package

ROOT = Path(package.__file__).parent
LAYERS = [
    {"errors", "clock", "db", "text", "files"},
    {"prepared"},
    {"events"},
    {"jobs"},
    {"mail"},
    {"people"},
    {"spaces"},
    {"access"},
    {"content"},
    {"web"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
TOP = {"", "commands", "demo"}
"""create_app, the commands that run the whole hub, and the demo council know every feature."""
FEATURE_LEVEL = {"views", "forms", "commands"}
"""Modules of people, spaces and content that stand at the features' level: they may use hub.web."""
ABOVE_ACCESS = {"actions", "queries", "reactions", "signin", "invitations"}
"""Modules of people and spaces that ask who may: they stand beside hub.content, above hub.access. Their models lie below."""
FLASK_ALLOWED = {"views", "forms", "commands"}
HEAVY = {"peewee", "playhouse", "whoosh", "hub.db"}
BANNED_FILES = {"utils", "helpers", "common", "core", "misc", "base", "manager", "service"}


def imports(source: str, module: str) -> set[str]:
    """Dotted names that the source imports, relative ones resolved, wherever in the file they stand (not type-only)."""
    found: set[str] = set()
    parts = module.split(".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(parts[: len(parts) - node.level]) if node.level else ""
            start = ".".join(x for x in (base, node.module or "") if x)
            found.add(start)
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def part_of(module: str) -> tuple[str, str]:
    """(part of the hub, last name): hub.blogs.views → ("blogs", "views")."""
    names = module.split(".")[1:]
    return (names[0] if names else "", names[-1] if len(names) > 1 else "")


def complaints(module: str, source: str) -> list[str]:
    """What the module imports that it may not."""
    part, leaf = part_of(module)
    found = []
    wanted = imports(source, module)
    if part not in TOP:
        for name in sorted(n for n in wanted if n == "hub" or n.startswith("hub.")):
            other = name.split(".")[1] if "." in name else ""
            if other in ("", part) or other not in {*RANK, *TOP, *package.FEATURES}:
                continue
            if other in TOP:
                found.append(f"{module} imports {name}: only the top may know everything")
            elif other not in RANK and part not in RANK:
                found.append(
                    f"{module} imports {name}: features meet in templates and events, never by import"
                )
            elif part in RANK and leaf not in FEATURE_LEVEL:
                rank = (
                    RANK["content"] if part in ("people", "spaces") and leaf in ABOVE_ACCESS else RANK[part]
                )
                if other not in RANK or RANK[other] > rank:
                    found.append(f"{module} imports {name}, which lies above it")
                elif RANK[other] == rank == RANK[part] and part not in ("text", "files", "db"):
                    found.append(f"{module} imports {name}, its neighbour")
    flask_ok = part in ("web", *TOP) or leaf in FLASK_ALLOWED
    if not flask_ok and any(
        n.split(".")[0] in ("flask", "flask_login", "flask_wtf", "werkzeug") for n in wanted
    ):
        found.append(f"{module} imports Flask: only views, forms, commands and hub.web know HTTP")
    if leaf == "views" and any(n == h or n.startswith(h + ".") for n in wanted for h in HEAVY):
        found.append(
            f"{module} imports {', '.join(sorted(n for n in wanted if n.split('.')[0] in HEAVY or n == 'hub.db'))}: views load and show, no more"
        )
    return found


def modules() -> list[tuple[str, Path]]:
    """Every module of the hub with its file."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        names = path.relative_to(ROOT.parent).with_suffix("").parts
        found.append((".".join(names[:-1] if names[-1] == "__init__" else names), path))
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=[m for m, _ in modules()])
def test_a_module_imports_only_what_lies_below_it(module: str, path: Path) -> None:
    # A package's own name resolves relative imports one level lower than a module's does.
    name = f"{module}.__init__" if path.name == "__init__.py" else module
    assert complaints(name if path.name != "__init__.py" or "." in module else "hub", path.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("hub.blogs.actions", "from hub.forums import queries"),
        ("hub.blogs.views", "import peewee"),
        ("hub.blogs.views", "from hub import db"),
        ("hub.blogs.actions", "from flask import request"),
        ("hub.access", "from hub.content.models import Item"),
        ("hub.access", "def f():\n    from hub.content.models import Item"),
        ("hub.content.actions", "from hub.web import show"),
        ("hub.people.sessions", "from hub.spaces.models import Space"),
        ("hub.spaces.models", "from hub.access import Viewer"),
        ("hub.spaces.actions", "from hub.web import show"),
        ("hub.events", "from hub.jobs import job"),
        ("hub.blogs.actions", "import hub.demo.commands"),
    ],
)
def test_the_law_sees_a_breach(module: str, source: str) -> None:
    assert complaints(module, source)


def test_no_file_is_called_something_that_says_no_to_nothing() -> None:
    assert [str(p) for _, p in modules() if p.stem in BANNED_FILES] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        m
        for m, p in modules()
        if not ast.get_docstring(ast.parse(p.read_text()))
        and ".migrations" not in m
        and p.read_text().strip()
    ]
    assert silent == []
