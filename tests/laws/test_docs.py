"""The documents tell the truth: settings, commands and words that they name exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from flask import Flask

import config

DOCS = config.ROOT / "docs"


def missing_settings(text: str) -> list[str]:
    """Settings that the text does not list with their comment."""
    return [
        f.name
        for f in fields(config.Settings)
        if f"| `HUB_{f.name.upper()}` |" not in text or f.metadata["comment"] not in text
    ]


def test_every_setting_is_explained() -> None:
    assert missing_settings((DOCS / "settings.md").read_text()) == []


def test_a_forgotten_setting_is_noticed() -> None:
    text = (DOCS / "settings.md").read_text().replace("HUB_PORT", "HUB_PROT")
    assert missing_settings(text) == ["port"]


def unknown_settings(text: str) -> set[str]:
    """HUB_ names in the text that are no setting."""
    known = {f"HUB_{f.name.upper()}" for f in fields(config.Settings)} | {
        "HUB_TEST_DATABASE_URL",
        "HUB_TEST_REDIS_URL",
        "HUB_BENCH_DATA",
    }
    return set(re.findall(r"\bHUB_[A-Z_]+[A-Z]\b", text)) - known


def test_documents_name_only_settings_that_there_are() -> None:
    pages = [config.ROOT / "README.md", *DOCS.rglob("*.md")]
    wrong = {page.name: unknown_settings(page.read_text()) for page in pages if page.exists()}
    assert {name: found for name, found in wrong.items() if found} == {}
    assert unknown_settings("set HUB_PROT=1") == {"HUB_PROT"}


def commands_in(text: str) -> set[tuple[str, ...]]:
    """`flask group command` pairs that a text tells to run."""
    return {
        tuple(m.split()[:2]) for m in re.findall(r"`(?:\.venv/bin/)?flask ((?:[a-z][a-z-]+ ?){1,2})", text)
    }


def test_documents_name_only_commands_that_there_are(app: Flask) -> None:
    known = {(name,) for name in app.cli.commands}
    for name, command in app.cli.commands.items():
        known |= {(name, sub) for sub in getattr(command, "commands", {})}
    for page in [config.ROOT / "README.md", *DOCS.rglob("*.md")]:
        if not page.exists():
            continue
        for found in commands_in(page.read_text()):
            assert found in known or (
                found[:1] in known and not getattr(app.cli.commands[found[0]], "commands", None)
            ), f"{page.name}: flask {' '.join(found)}"


def badly_numbered(names: list[str]) -> list[str]:
    """Names whose number is another than their place in the list: one is missing or stands twice."""
    return [name for place, name in enumerate(sorted(names), 1) if name[:4] != f"{place:04d}"]


def test_decisions_are_numbered_one_by_one() -> None:
    assert badly_numbered([p.name for p in (DOCS / "decisions").glob("*.md")]) == []
    assert badly_numbered(["0001-a.md", "0003-b.md"]) == ["0003-b.md"]
    assert badly_numbered(["0001-a.md", "0001-b.md"]) == ["0001-b.md"]


def unnamed_folders(text: str) -> list[str]:
    """Packages of the hub that the text does not name by their last name."""
    packages = {
        path.parent.relative_to(config.ROOT) for path in (config.ROOT / "hub").glob("*/**/__init__.py")
    }
    return sorted(str(p) for p in packages if not re.search(rf"[`/]{p.name}[`/]", text))


def test_the_layout_names_every_folder() -> None:
    text = (DOCS / "layout.md").read_text()
    assert unnamed_folders(text) == []
    assert "hub/policy/desk" in unnamed_folders(text.replace("desk", "tray"))


def dead_links(text: str, folder: Path) -> list[str]:
    """Links to files that are not there, counted from the folder."""
    targets = re.findall(r"\]\((?!https?:|#|mailto:|…)([^)#\s]+)", text)
    return [target for target in targets if not (folder / target).exists()]


def test_links_between_documents_lead_somewhere() -> None:
    pages = [config.ROOT / "README.md", *DOCS.rglob("*.md")]
    assert {p.name: found for p in pages if (found := dead_links(p.read_text(), p.parent))} == {}
    assert dead_links("[a](gone.md) [b](settings.md) [c](https://x.example)", DOCS) == ["gone.md"]


def missing_files(text: str) -> set[str]:
    """Files of the repository that the text names in backticks and that are not there."""
    named = re.findall(r"`((?:hub|tests|templates|static|bench|docs|\.ci)/[\w./-]+)`", text)
    return {name for name in named if not (config.ROOT / name).exists()}


def test_documents_name_only_files_that_there_are() -> None:
    pages = [config.ROOT / "README.md", *DOCS.rglob("*.md")]
    assert {p.name: found for p in pages if (found := missing_files(p.read_text()))} == {}
    assert missing_files("`hub/gone.py` `hub/db.py` `tests/laws/`") == {"hub/gone.py"}
