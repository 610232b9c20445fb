"""`make setup` tells a newcomer plainly what is missing, and installs again when a lock changes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAMPS = (".made", ".runtime", ".tests")
LOCKS = ("requirements.txt", "requirements-uv.txt", "requirements-outgrown.txt", "requirements-dev.txt")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile and empty locks, and nothing installed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in LOCKS:
        (tmp_path / name).touch()
    return tmp_path


def python_that(folder: Path, body: str) -> Path:
    """A stand-in interpreter: a shell script that answers the Makefile's questions as `body` says."""
    path = folder / "python-probe"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The make that runs this suite hands its own flags and variables down by these.
    clean = {
        key: value
        for key, value in os.environ.items()
        if key not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHON"}
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False
    )


def ready(folder: Path) -> None:
    """Makes the folder look installed, by stamps newer than the locks and an interpreter that is there."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    python_that(folder, "exit 0").rename(folder / ".venv" / "bin" / "python")
    for name in LOCKS:
        os.utime(folder / name, (1_000, 1_000))
    for place, stamp in enumerate(STAMPS):
        (folder / ".venv" / stamp).touch()
        os.utime(folder / ".venv" / stamp, (2_000 + place, 2_000 + place))


def planned(folder: Path, target: str) -> str:
    """What make says it would do, doing nothing."""
    return make(folder, "--dry-run", target).stdout


def test_a_python_too_old_is_named_with_the_way_out(checkout: Path) -> None:
    done = make(checkout, "setup", f"PYTHON={python_that(checkout, 'exit 1')}")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert "PYTHON=" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_not_there_is_treated_as_too_old(checkout: Path) -> None:
    done = make(checkout, "setup", "PYTHON=python-that-is-not-there")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr


def test_a_missing_venv_module_is_named_with_the_package_to_install(checkout: Path) -> None:
    python = python_that(checkout, 'case "$2" in *ensurepip*) exit 1;; esac; exit 0')
    done = make(checkout, "setup", f"PYTHON={python}")
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_nothing_is_installed_again_while_the_locks_stay(checkout: Path) -> None:
    ready(checkout)
    for target in ("setup", "test"):
        assert "--require-hashes" not in planned(checkout, target)


@pytest.mark.parametrize(
    ("lock", "target", "installs"),
    [
        ("requirements.txt", "setup", True),
        ("requirements-uv.txt", "setup", True),
        ("requirements-dev.txt", "setup", False),
        ("requirements-dev.txt", "test", True),
        ("requirements-outgrown.txt", "test", True),
    ],
)
def test_a_changed_lock_is_installed_where_it_is_needed(
    checkout: Path, lock: str, target: str, installs: bool
) -> None:
    ready(checkout)
    os.utime(checkout / lock, (9_000, 9_000))
    assert ("--require-hashes" in planned(checkout, target)) is installs


def test_an_environment_whose_python_has_gone_is_made_anew(checkout: Path) -> None:
    ready(checkout)
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout / "python-that-was-upgraded-away")
    assert "-m venv --clear" in planned(checkout, "setup")


def test_running_hands_the_process_over_so_that_interrupts_reach_it(checkout: Path) -> None:
    ready(checkout)
    plan = planned(checkout, "run").splitlines()
    assert plan[-1] == "exec .venv/bin/flask serve --demo"
