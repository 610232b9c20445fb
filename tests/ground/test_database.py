"""The database: one way to write, whole or not at all; settings that are refused before they harm."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peewee
import pytest
from flask import Flask

import config
from hub import clock, db
from hub.errors import StorageTrouble
from hub.people.models import Organisation, Person
from tests import make
from tests.make import then_fail

sqlite_only = pytest.mark.skipif(
    bool(os.environ.get("HUB_TEST_DATABASE_URL")), reason="PostgreSQL has a lock of its own"
)


@pytest.mark.backend
@pytest.mark.usefixtures("hub")
def test_a_write_inside_a_write_is_a_part_of_it() -> None:
    def both() -> None:
        make.organisation(key="one")
        with db.write():
            make.organisation(key="two")

    with pytest.raises(ZeroDivisionError), db.write():
        then_fail(both)
    assert Organisation.select().count() == 0
    assert not db.writing()


@pytest.mark.backend
@pytest.mark.usefixtures("hub")
def test_times_come_back_to_the_microsecond_and_sort(hub: object) -> None:
    moments = [
        datetime(1969, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 22, 3, 4, 5, 678901, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]
    for moment in moments:
        make.person(created_at=moment, last_seen_at=None)
    rows = list(Person.select().order_by(Person.created_at))
    assert [row.created_at for row in rows] == moments and rows[0].last_seen_at is None


@pytest.mark.backend
@pytest.mark.usefixtures("hub")
def test_a_connection_that_the_server_ended_is_made_anew() -> None:
    if db.is_sqlite():
        pytest.skip("SQLite has no server that could end a connection")

    def end() -> None:
        other = db.database.obj._connect()
        other.execute(
            "SELECT pg_terminate_backend(%s)",
            (db.database.execute_sql("SELECT pg_backend_pid()").fetchone()[0],),
        )
        other.close()

    end()
    assert Organisation.select().count() == 0
    end()
    with db.write():
        make.organisation(key="one")

    def be_cut_off() -> None:
        make.organisation(key="two")
        end()
        make.organisation(key="three")

    with pytest.raises(peewee.OperationalError), db.write():
        be_cut_off()
    assert [row.key for row in Organisation.select()] == ["one"]


@pytest.mark.usefixtures("hub")
def test_eight_writers_at_once_wait_for_each_other_and_lose_nothing() -> None:
    person = make.person()
    failures: list[Exception] = []

    def count_up() -> None:
        try:
            for _ in range(15):
                with db.write():
                    row = type(person).get_by_id(person.id)
                    row.phone = str(int(row.phone or 0) + 1)
                    row.save()
        except Exception as error:
            failures.append(error)
        finally:
            db.database.close()

    if not db.is_sqlite():
        pytest.skip("PostgreSQL reads and writes side by side; what must not, locks its rows")
    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and type(person).get_by_id(person.id).phone == "120"


def in_line(count: int) -> None:
    """Comes back when so many threads stand in line to write."""
    give_up = time.monotonic() + 20
    while db.in_line() != count:
        assert time.monotonic() < give_up


@sqlite_only
@pytest.mark.usefixtures("hub")
def test_who_comes_first_writes_first() -> None:
    order: list[int] = []

    def write(number: int) -> None:
        with db.write():
            order.append(number)
        db.database.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    with db.write():
        for place, thread in enumerate(threads, start=2):
            thread.start()
            in_line(place)
    for thread in threads:
        thread.join()
    assert order == list(range(6)) and db.in_line() == 0


@sqlite_only
@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("change", ["insert", "update", "delete"])
def test_a_change_outside_a_write_stands_in_line_like_every_other(change: str) -> None:
    row = make.organisation(key="before")
    other = make.organisation(key="other")
    changes = {
        "insert": lambda: Organisation.create(key="new", name="New", short_name="N", kind="partner"),
        "update": lambda: Organisation.update(key="after").where(Organisation.id == row.id).execute(),
        "delete": lambda: Organisation.delete().where(Organisation.id == other.id).execute(),
    }

    def go() -> None:
        changes[change]()
        db.database.close()

    thread = threading.Thread(target=go)
    with db.write():
        thread.start()
        in_line(2)
    thread.join()
    kept = sorted(
        o.key for o in Organisation.select().where(Organisation.key.in_(("before", "other", "new", "after")))
    )
    assert (
        kept
        == {"insert": ["before", "new", "other"], "update": ["after", "other"], "delete": ["before"]}[change]
    )


@sqlite_only
@pytest.mark.usefixtures("hub")
def test_who_waits_too_long_is_told_so_and_those_behind_still_get_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[object] = []

    def write() -> None:
        try:
            with db.write():
                heard.append("wrote")
        except StorageTrouble as error:
            heard.append(str(error))
        finally:
            db.database.close()

    with db.write():
        monkeypatch.setattr(db, "PATIENCE", 0.01)
        impatient = threading.Thread(target=write)
        impatient.start()
        impatient.join()
        monkeypatch.setattr(db, "PATIENCE", 20)
        patient = threading.Thread(target=write)
        patient.start()
        in_line(2)
    patient.join()
    assert heard == [db.BUSY, "wrote"]


HOLDS_THE_TURN = """
import sys
from pathlib import Path
from hub import db
db.init("", Path(sys.argv[1]))
with db.write():
    print("mine", flush=True)
    sys.stdin.read()
"""


@sqlite_only
def test_another_process_is_waited_for_and_a_killed_one_holds_nothing(
    hub: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(db.database.obj.database).parent
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_TURN, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None and other.stdout.readline() == b"mine\n"
        monkeypatch.setattr(db, "PATIENCE", 0.05)
        with pytest.raises(StorageTrouble, match="very busy"), db.write():
            pass
    finally:
        other.kill()
        other.communicate()
    with db.write():
        make.organisation(key="after")
    assert Organisation.get(Organisation.key == "after")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (sqlite3.OperationalError("database or disk is full"), "storage is full"),
        (OSError(28, "No space left on device"), "storage is full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "cannot be written"),
    ],
)
@pytest.mark.usefixtures("hub")
def test_a_full_or_locked_disk_is_said_plainly_and_nothing_is_kept(error: Exception, words: str) -> None:
    def breaks() -> None:
        make.organisation(key="lost")
        raise peewee.OperationalError("cannot rollback") from error

    with pytest.raises(StorageTrouble, match=words), db.write():
        breaks()
    assert Organisation.select().count() == 0


def test_a_second_sqlite_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    db.prove_one_sqlite()
    monkeypatch.setitem(__import__("sys").modules, "pysqlite3", sqlite3)
    with pytest.raises(RuntimeError, match="second SQLite"):
        db.prove_one_sqlite()


def test_the_clock_of_the_offices_moves_with_the_seasons() -> None:
    summer = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert clock.local(summer).utcoffset() == timedelta(hours=1) and clock.local(summer).day == 2
    assert clock.now().utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HUB_HOST": "0.0.0.0"}, "HUB_SECRET"),
        ({"HUB_HOST": "0.0.0.0", "HUB_SECRET": "x" * 31}, "32 random"),
        ({"HUB_HOST": "0.0.0.0", "HUB_SECRET": "x" * 32}, "HUB_URL"),
        ({"HUB_PORT": "eighty"}, "whole number"),
        ({"HUB_WORKER": "maybe"}, "0 or 1"),
        ({"HUB_PORT": "99999"}, "HUB_PORT is 99999: write a number, 1 to 65535"),
        ({"HUB_THREADS": "0"}, "1 or more"),
        ({"HUB_TRUST_PROXY": "-1"}, "0 or more"),
        ({"HUB_URL": "hub.example"}, "https://"),
        ({"HUB_URL": "https://hub.example/below"}, "https://"),
        ({"HUB_DATABASE": "mysql://hub:secret@host"}, "postgresql://"),
        ({"HUB_REDIS": "127.0.0.1"}, "redis://"),
        ({"HUB_MAIL": "mail.example"}, "smtp://"),
        ({"HUB_FILES": "s3://bucket"}, "a folder"),
    ],
)
def test_settings_that_are_not_safe_to_serve_are_refused_with_what_to_change(
    environ: dict[str, str], words: str
) -> None:
    with pytest.raises(config.Misconfigured, match=words) as refused:
        config.load(environ)
    assert "secret@" not in str(refused.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    for name in ("data", "index"):
        given = {"data": str(tmp_path / "data"), name: str(tmp_path / "taken" / "x")}
        with pytest.raises(config.Misconfigured, match=f"HUB_{name.upper()}: .*taken/x cannot be made"):
            config.make_folders(config.load({}, **given))


def test_folders_are_made_for_their_owner_only_and_those_that_are_there_stay_as_they_are(
    tmp_path: Path,
) -> None:
    (tmp_path / "shared").mkdir(mode=0o750)
    config.make_folders(config.load({}, data=str(tmp_path / "data"), index=str(tmp_path / "shared")))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"data": 0o700, "shared": 0o750}


def test_a_misspelt_setting_is_noticed() -> None:
    assert config.unknown({"HUB_PROT": "1", "HUB_PORT": "1", "HUB_TEST_REDIS_URL": "", "PATH": ""}) == [
        "HUB_PROT"
    ]


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HUB_PORT": "eighty"}, "The hub does not start. HUB_PORT is 'eighty': write a whole number."),
        ({"HUB_ACCENT": "blue"}, "The hub does not start. HUB_ACCENT: 'blue' is not a colour"),
        ({"HUB_REDIS": "redis://127.0.0.1:1"}, "Error: The hub does not start. The queue does not answer"),
        (
            {"HUB_HOST": "nowhere..at.all", "HUB_URL": "https://hub.example", "HUB_SECRET": "x" * 32},
            "HUB_HOST",
        ),
    ],
)
def test_a_hub_that_cannot_start_says_why_in_a_sentence(
    environ: dict[str, str], words: str, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    told = subprocess.run(
        [sys.executable, "-m", "flask", "serve"],
        env={**kept, "FLASK_APP": "wsgi.py", "HUB_DATA": str(tmp_path), **environ},
        cwd=config.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 1 and words in told.stderr and "Traceback" not in told.stderr
    assert "Knowledge Hub answers" not in told.stdout


def test_settings_are_read_from_the_environment_and_nothing_else() -> None:
    settings = config.load(
        {"HUB_NAME": "Y Fforwm", "HUB_DEMO": "no", "HUB_PORT": "81", "HUB_UNKNOWN": "x", "NAME": "y"}
    )
    assert (settings.name, settings.demo, settings.port) == ("Y Fforwm", False, 81)


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = config.load({}, data=str(tmp_path))
    first = config.secret_key(settings)
    assert config.secret_key(settings) == first and len(first) > 40
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]
