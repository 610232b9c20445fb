"""Fixtures of the whole suite: one app a worker process, a fresh database a test, a client that checks every page it sees."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest
from flask import Flask
from playhouse.migrations import Runner

import config
from hub import create_app, db, events, files, jobs, mail
from hub.people import passwords
from hub.policy.trail import chain
from hub.search.engine import store as engine_store
from hub.web import limits
from tests.browser import Client, Forgetful
from tests.real_browser import address, browser, visit

__all__ = ["address", "browser", "visit"]

DATABASE = os.environ.get("HUB_TEST_DATABASE_URL", "")
REDIS = os.environ.get("HUB_TEST_REDIS_URL", "")


_unclosed: list[str] = []


def pytest_warning_recorded(warning_message: warnings.WarningMessage, nodeid: str) -> None:
    """Remembers files that were left open: which test they fall on is chance, so the whole run answers for them.

    Only those with a name: Werkzeug's test client leaves the nameless ones open into which it writes large forms.
    """
    words = str(warning_message.message)
    if issubclass(warning_message.category, ResourceWarning) and re.match("unclosed file .*name='", words):
        _unclosed.append(f"{nodeid}: {words}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run that left files open. With several processes the warnings of all of them arrive at the one that counts."""
    if _unclosed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says why such a run failed."""
    if _unclosed:
        terminalreporter.section("Left open")
        terminalreporter.write_line("\n".join(_unclosed))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The hub, built once a worker process, on a database of its own."""
    folder = tmp_path_factory.mktemp("hub")
    settings = config.load(
        {},
        data=str(folder),
        index=str(folder / "search_index"),
        testing=True,
        database=DATABASE,
        redis=REDIS,
        worker=False,
    )
    made = create_app(settings)
    made.test_client_class = Forgetful
    if DATABASE:
        _drop_everything()
    db.database.create_tables(
        db.models()
    )  # tests/laws/test_migrations.py proves that migrations make the same, so they count as applied
    Runner(db.database.obj, str(db.MIGRATIONS)).fake()
    if not DATABASE:
        db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.database.close()
        shutil.copy(folder / "hub.db", folder / "template.db")
        # Durability is tested where it is the subject; everywhere else fsync only costs time.
        engine_store.DURABLE = False
        db.database.obj._pragmas = [
            (n, v) if n != "synchronous" else (n, "off") for n, v in db.database.obj._pragmas
        ]
    yield made
    if not db.database.is_closed():
        db.database.close()


def _drop_everything() -> None:
    db.database.execute_sql("DROP SCHEMA public CASCADE")
    db.database.execute_sql("CREATE SCHEMA public")
    db.database.execute_sql(
        "SET synchronous_commit = off"
    )  # for this connection, for the same reason as below


def _empty() -> None:
    """Empties PostgreSQL's tables and begins their ids anew.

    Only those that hold rows: TRUNCATE makes new files for every table and index, which takes seconds for all of them.
    """
    tables = [m._meta.table_name for m in db.models()]
    asked = " UNION ALL ".join(
        f'(SELECT {number} FROM "{name}" LIMIT 1)' for number, name in enumerate(tables)
    )
    filled = [tables[row[0]] for row in db.database.execute_sql(asked).fetchall()]
    try:
        with db.database.atomic():
            for name in reversed(filled):  # children before parents
                db.database.execute_sql(f'DELETE FROM "{name}"')
    except peewee.IntegrityError:  # rows that point at each other
        db.database.execute_sql("TRUNCATE " + ", ".join(f'"{name}"' for name in filled) + " CASCADE")
    db.database.execute_sql(
        "SELECT setval((quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass, start_value, false)"
        " FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    )


@pytest.fixture
def hub(app: Flask) -> Iterator[Flask]:
    """The app with an empty database, file store and index, inside an app context."""
    folder: Path = app.config["HUB"].data_path
    if DATABASE:
        _empty()
    else:
        if not db.database.is_closed():
            db.database.close()
        # The file too: a failed test's traceback may hold a cursor, and with it the old file, open.
        for name in ("hub.db", "hub.db-wal", "hub.db-shm"):
            (folder / name).unlink(missing_ok=True)
        shutil.copy(folder / "template.db", folder / "hub.db")
    for name in ("files", "mail", "search_index"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "policy-audit-heads.txt").unlink(missing_ok=True)
    # Some tests build a second hub, which points these at its own folder.
    files.init(app.config["HUB"].files_path)
    mail.init(app.config["HUB"].mail, app.config["HUB"].mail_from, folder / "mail")
    limits.limiter.enabled = False
    passwords.init(cheap=True)
    db._folder = folder
    chain._folder[:] = [folder]
    for reset in app.extensions.get("between_tests", ()):
        reset()
    with app.app_context():
        yield app
    if not db.database.is_closed():
        db.database.close()


@pytest.fixture
def client(hub: Flask) -> Client:
    """A browser without JavaScript that nobody has signed in to."""
    return Client(hub)


@pytest.fixture
def settle() -> object:
    """Does what the worker would do until nothing is left: events to their subscribers, jobs that are due."""

    def run() -> None:
        for _ in range(10):
            if not events.deliver() + jobs.run_due():
                return
        raise AssertionError("the worker does not come to rest")

    return run
