"""A backup restores to what was there; a damaged one is refused before anything is touched."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask

from hub import db, files
from hub.administration import backups
from hub.content.models import Item
from hub.errors import Refused
from hub.events import Event
from hub.people.models import Person
from tests import make
from tests.browser import Client

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("HUB_TEST_DATABASE_URL")), reason="PostgreSQL is backed up by its own tools"
)


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans")


@pytest.fixture
def stored(ann: Person) -> list[str]:
    where = make.space()
    for number in range(20):
        make.item(ann, where, "topic", f"Topic {number}")
    return [files.store().put(io.BytesIO(f"file {n}".encode() * 1000), limit=10**6).sha256 for n in range(5)]


def store() -> Path:
    return files.store().root


def test_what_is_restored_is_what_was_there(tmp_path: Path, stored: list[str]) -> None:
    made = backups.backup(tmp_path / "kept", store())
    assert made.tables["item"] == 20 and made.stored == 5
    target = tmp_path / "data"
    backups.restore(backups.newest(tmp_path / "kept"), target, target / "files")
    with sqlite3.connect(target / "hub.db") as copy:
        assert copy.execute("SELECT COUNT(*), MAX(title) FROM item").fetchone() == (20, "Topic 9")
    assert files.LocalStore(target / "files").verify_all().sound == 5
    assert Event.get(Event.name == "backup:made").data["files"] == 5


def test_a_backup_is_taken_whole_while_others_write(tmp_path: Path, ann: Person, stored: list[str]) -> None:
    stop = threading.Event()
    where = make.space()

    def write() -> None:
        try:
            while not stop.is_set():
                make.item(ann, where, "topic", "Written meanwhile")
        finally:
            db.database.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backups.backup(tmp_path / str(number), store())
    finally:
        stop.set()
        writer.join(20)
    for number in range(3):
        found = backups.check(backups.newest(tmp_path / str(number)))
        assert found.tables["item"] == found.tables["revision"] >= 20


def damage_file(folder: Path) -> None:
    path = next(folder.glob("files/*/*/*"))
    path.write_bytes(b"x" + path.read_bytes()[1:])


def lose_file(folder: Path) -> None:
    next(folder.glob("files/*/*/*")).unlink()


def damage_database(folder: Path) -> None:
    words = bytearray((folder / "hub.db").read_bytes())
    words[len(words) // 2] ^= 255
    (folder / "hub.db").write_bytes(words)


def reach_outside(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["files/../../evil"] = {"size": 1, "sha256": "0" * 64}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def cut_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text((folder / "manifest.json").read_text()[:50])


@pytest.mark.parametrize("harm", [damage_file, lose_file, damage_database, reach_outside, cut_manifest])
def test_a_damaged_backup_is_refused_and_nothing_is_touched(
    tmp_path: Path, stored: list[str], harm: object
) -> None:
    backups.backup(tmp_path / "kept", store())
    folder = backups.newest(tmp_path / "kept")
    harm(folder)  # type: ignore[operator]
    target = tmp_path / "data"
    target.mkdir()
    (target / "hub.db").write_bytes(b"what was there")
    with pytest.raises(Refused):
        backups.restore(folder, target, target / "files")
    assert (target / "hub.db").read_bytes() == b"what was there" and [p.name for p in target.iterdir()] == [
        "hub.db"
    ]


def test_what_was_there_is_kept_beside_the_restored(tmp_path: Path, stored: list[str]) -> None:
    backups.backup(tmp_path / "kept", store())
    target = tmp_path / "data"
    target.mkdir()
    (target / "hub.db").write_bytes(b"what was there")
    backups.restore(backups.newest(tmp_path / "kept"), target, target / "files")
    kept = list(target.glob("before-restore-*.db"))
    assert [path.read_bytes() for path in kept] == [b"what was there"]


RUNS = """
import sys
from pathlib import Path
from hub import db
db.init("", Path(sys.argv[1]))
db.hold()
print("running", flush=True)
sys.stdin.read()
"""


def test_nothing_is_restored_while_a_hub_runs_on_the_folder(tmp_path: Path, stored: list[str]) -> None:
    """It would write on into what was put aside, and what people were told is saved would be lost."""
    backups.backup(tmp_path / "kept", store())
    target = tmp_path / "data"
    target.mkdir()
    hubs = [
        subprocess.Popen(
            [sys.executable, "-c", RUNS, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for hub in hubs:
        assert hub.stdout is not None and hub.stdout.readline() == b"running\n"
    for hub in hubs:
        with pytest.raises(Refused, match="Stop it first"):
            backups.restore(backups.newest(tmp_path / "kept"), target, target / "files")
        assert not (target / "hub.db").exists() and not (target / "files").exists()
        hub.kill()
        hub.communicate()
    backups.restore(backups.newest(tmp_path / "kept"), target, target / "files")
    assert (target / "hub.db").exists()


def test_a_backup_that_fails_leaves_no_half_one_behind(
    tmp_path: Path, stored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_copy", full)
    with pytest.raises(OSError, match="No space"):
        backups.backup(tmp_path / "kept", store())
    assert list((tmp_path / "kept").iterdir()) == []
    with pytest.raises(Refused, match="no backup"):
        backups.newest(tmp_path / "kept")


def test_the_drill_proves_a_restore_and_publishes_it(
    hub: Flask, client: Client, ann: Person, stored: list[str], tmp_path: Path
) -> None:
    answer = hub.test_cli_runner().invoke(args=["hub", "drill", "--at", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert "5 files came back whole" in answer.output and list(tmp_path.iterdir()) == []
    page = client.sign_in(ann).get("status.status").find(id="recovery").get_text(" ", strip=True)
    assert "everything came back whole" in page and "5 files" in page


def test_a_drill_restores_the_newest_of_the_backups_that_are_kept(
    hub: Flask, stored: list[str], tmp_path: Path
) -> None:
    backups.backup(tmp_path / "kept", store())
    run = hub.test_cli_runner()
    done = run.invoke(args=["hub", "drill", str(tmp_path / "kept")])
    assert done.exit_code == 0 and "5 files came back whole" in done.output, done.output
    assert Event.select().where(Event.name == "backup:made").count() == 1, "none was made for the purpose"
    damage_file(backups.newest(tmp_path / "kept"))
    spoilt = run.invoke(args=["hub", "drill", str(tmp_path / "kept")])
    assert spoilt.exit_code == 1 and "is damaged in the backup" in spoilt.output
    assert Event.select().where(Event.name == "restore:drilled").count() == 1


def test_the_commands_make_and_restore_a_backup(
    hub: Flask, ann: Person, stored: list[str], tmp_path: Path
) -> None:
    run = hub.test_cli_runner()
    assert run.invoke(args=["hub", "backup", str(tmp_path)]).exit_code == 0
    make.item(ann, make.space(), "topic", "After the backup")
    files.store().delete(stored[0])
    asked = run.invoke(args=["hub", "restore", str(tmp_path)], input="n\n")
    assert asked.exit_code == 1 and Item.select().count() == 21
    done = run.invoke(args=["hub", "restore", str(tmp_path), "--yes"])
    assert done.exit_code == 0, done.output
    assert Item.select().count() == 20 and files.store().exists(stored[0])
    assert Event.select().where(Event.name == "backup:restored").count() == 1
    nothing = run.invoke(args=["hub", "restore", str(tmp_path / "hub-nothing"), "--yes"])
    assert nothing.exit_code != 0 and "Traceback" not in nothing.output
