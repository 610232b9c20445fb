"""The database: one connection a thread, one way to write, two back ends (SQLite and PostgreSQL) behind the same calls.

SQLite runs with WAL, synchronous FULL, foreign keys and IMMEDIATE write transactions (docs/decisions/0001-sqlite.md).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peewee
from playhouse.db_url import parse as parse_url
from playhouse.migrations import Runner, template
from playhouse.schema_diff import diff_models
from playhouse.shortcuts import ReconnectMixin

from hub.errors import Refused, StorageTrouble

database: Any = peewee.DatabaseProxy()
MIGRATIONS = Path(__file__).with_name("migrations")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RESERVE = 200 * 1024 * 1024
PATIENCE = 15
"""Seconds that a writer waits for another one before it gives up."""
POLL = 0.001
"""Seconds between two looks whether it is one's turn to write: far shorter than a write's own fsync."""
BUSY = "The hub is very busy. Nothing was saved; your text is still in the form. Please try again."
ONE_WRITER = 748_200_143
"""PostgreSQL's advisory lock of whoever writes: any number that nothing else in the database uses."""
IN_USE = "hub.db-running"
_local = threading.local()
_folder: Path | None = None
_held: int | None = None


class UTCField(peewee.BigIntegerField):
    """An aware UTC datetime, stored as whole microseconds since 1970: sorts, compares and pages alike everywhere."""

    if TYPE_CHECKING:  # a row's attribute holds the value, not the column

        def __get__(self, row: object, owner: object = None) -> Any: ...
        def __set__(self, row: object, value: Any) -> None: ...

    def db_value(self, value: Any) -> int | None:
        if value is None or isinstance(value, int):
            return value
        return int((value - EPOCH) / timedelta(microseconds=1))

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class JSONField(peewee.TextField):
    """A small JSON value kept as text. Never queried by its parts."""

    if TYPE_CHECKING:  # a row's attribute holds the value, not the column

        def __get__(self, row: object, owner: object = None) -> Any: ...
        def __set__(self, row: object, value: Any) -> None: ...

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class Model(peewee.Model):
    """Base of every table."""

    class Meta:
        database = database
        legacy_table_names = False


class Postgres(ReconnectMixin, peewee.PostgresqlDatabase):
    """PostgreSQL that is asked once more on a new connection when the old one was lost outside a transaction."""

    reconnect_errors = (
        (peewee.OperationalError, "the connection is closed"),
        (peewee.OperationalError, "the connection is lost"),
        (peewee.OperationalError, "closed the connection"),
        (peewee.OperationalError, "terminating connection"),
        (peewee.OperationalError, "consuming input failed"),
        (peewee.InterfaceError, "the connection is closed"),
    )


class Sqlite(peewee.SqliteDatabase):
    """SQLite on which a change outside `write()` stands in line like every other.

    Left to SQLite's own waiting it starves beside a busy writer, such as an import, and is told "database is locked".
    """

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        if not sql.startswith(("INSERT", "UPDATE", "DELETE")) or writing() or self.in_transaction():
            return super().execute_sql(sql, params)
        with _plainly(), _turn():
            return super().execute_sql(sql, params)


def models() -> list[type[Model]]:
    """Every table's model that has been imported, parents before children."""
    found: list[type[Model]] = []
    waiting = list(Model.__subclasses__())
    while waiting:
        model = waiting.pop()
        waiting.extend(model.__subclasses__())
        found.append(model)
    return peewee.sort_models(found)


def init(url: str, folder: Path) -> None:
    """Points the hub at its database: a PostgreSQL address, or SQLite in `folder`/hub.db when `url` is empty."""
    global _folder
    if database.obj is not None and not database.is_closed():
        database.close()
    _folder = folder
    folder.mkdir(parents=True, exist_ok=True)
    if url:
        settings = parse_url(url)
        settings.setdefault("options", f"-c lock_timeout={PATIENCE}s")
        database.initialize(Postgres(**settings))
        return
    prove_one_sqlite()
    database.initialize(
        Sqlite(
            str(folder / "hub.db"),
            pragmas={
                "journal_mode": "wal",
                "synchronous": "full",
                "foreign_keys": 1,
                "journal_size_limit": 64 * 1024 * 1024,
                "cache_size": -8_000,  # of each thread: all of them together stay below 64 MB
                "temp_store": "memory",
            },
            timeout=PATIENCE,
            lock_type="IMMEDIATE",
        )
    )


def prove_one_sqlite() -> None:
    """Two SQLite libraries on one file destroy it within seconds, and peewee takes pysqlite3 when it finds it.

    Raises RuntimeError when any SQLite but Python's own is loaded.
    """
    import sqlite3

    others = [name for name in ("pysqlite3", "sqlcipher3", "apsw") if name in sys.modules]
    if others or peewee.sqlite3 is not sqlite3:
        raise RuntimeError(
            f"A second SQLite library is loaded ({', '.join(others) or peewee.sqlite3}): uninstall it."
        )


def is_sqlite() -> bool:
    """Whether the hub runs on SQLite."""
    return isinstance(database.obj, peewee.SqliteDatabase)


def migrate() -> list[str]:
    """Applies the migrations that are not applied yet; their names."""
    return Runner(database.obj, str(MIGRATIONS)).up()


def pending() -> list[str]:
    """Names of the migrations that have not been applied."""
    return [m.name for m in Runner(database.obj, str(MIGRATIONS)).status() if not m.applied]


def difference() -> Any:
    """What the models have and the migrated database lacks, and the other way round; false when they agree."""
    return diff_models(database.obj, models())


def draft_migration(name: str) -> Path:
    """Writes the next migration from `difference()`; its path. Raises ValueError when there is none.

    Defaults of columns live in the models only, so the notes about them are left out.
    """
    found = difference()
    if not found:
        raise ValueError("models and database agree: there is nothing to migrate")
    lines = [line for line in template(found).splitlines()[1:] if not line.startswith("# TODO")]
    body = "\n".join(_complete(lines, found.create_tables))
    number = len(list(MIGRATIONS.glob("[0-9]*.py"))) + 1
    path = MIGRATIONS / f"{number:04d}_{name}.py"
    path.write_text(
        f'"""{name.replace("_", " ").capitalize()}: a frozen copy of the tables, independent of the models."""\n{body}\n'
    )
    return path


def _complete(lines: list[str], tables: list[type[Model]]) -> list[str]:
    """The template forgets that a foreign key was declared without an index of its own, and a table's constraints."""
    bare = {
        (m.__name__, f.name)
        for m in tables
        for f in m._meta.sorted_fields
        if isinstance(f, peewee.ForeignKeyField) and not f.index and not f.unique and not f.primary_key
    }
    constrained = {
        m.__name__: [database.obj.get_sql_context().sql(c).query()[0] for c in m._meta.constraints]
        for m in tables
        if m._meta.constraints
    }
    found, model = [], ""
    for line in lines:
        if line.startswith("    class "):
            model = line.split()[1].partition("(")[0]
        name = line.strip().partition(" ")[0]
        if "ForeignKeyField(" in line and (model, name) in bare:
            line = line.rstrip(")") + ", index=False)" if line.endswith(")") else line
        found.append(line)
        if name == "table_name" and model in constrained:
            found += [
                "            constraints = [",
                *(f"                SQL({sql!r})," for sql in constrained[model]),
                "            ]",
            ]
    return found


@contextmanager
def write() -> Iterator[None]:
    """One short write transaction; inside another it is a part of that one. One writer at a time, on PostgreSQL too.

    So ids of events are committed in their order, and what was read before a change still holds. Render before, do slow work after. Raises StorageTrouble when the disk is full or the file cannot be written:
    then nothing of the transaction was kept.
    """
    depth = getattr(_local, "depth", 0)
    if depth == 0:
        _local.hooks = []
    _local.depth = depth + 1
    try:
        with _plainly(), _turn() if depth == 0 and is_sqlite() else nullcontext(), database.atomic():
            if depth == 0 and not is_sqlite():
                database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (ONE_WRITER,))
            yield
    finally:
        _local.depth = depth
    if depth == 0:
        hooks, _local.hooks = _local.hooks, []
        for hook in hooks:
            hook()


@contextmanager
def _plainly() -> Iterator[None]:
    """Turns what the database says of a full or locked disk into StorageTrouble, which says what to do."""
    try:
        yield
    except Exception as error:
        trouble = _storage_trouble(error)
        if trouble and not isinstance(error, StorageTrouble):
            raise StorageTrouble(trouble) from error
        raise


class _Queue:
    """The threads of this process that want to write, first come, first served."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """Comes back when all who came before have left; raises StorageTrouble after `patience` seconds."""
        mine = threading.Event()
        with self._guard:
            self._waiting.append(mine)
            if self._waiting[0] is mine:
                mine.set()
        try:
            if not mine.wait(patience):
                raise StorageTrouble(BUSY)
            yield
        finally:
            with self._guard:
                self._waiting.remove(mine)
                if self._waiting:
                    self._waiting[0].set()

    def __len__(self) -> int:
        return len(self._waiting)


_queue = _Queue()


def in_line() -> int:
    """How many threads of this process write to SQLite or wait for their turn."""
    return len(_queue)


@contextmanager
def _turn() -> Iterator[None]:
    """One's turn to write to SQLite: first among this process's threads, then, by a lock on a file, among processes.

    SQLite alone lets those who wait sleep up to 100 ms between two tries: beside a busy writer they starve and are
    told "database is locked" in the end (docs/decisions/0001-sqlite.md). A killed process's lock is gone with it.
    Raises StorageTrouble after PATIENCE seconds.
    """
    if _folder is None:
        yield
        return
    give_up = time.monotonic() + PATIENCE
    with _queue.turn(PATIENCE):
        turn = os.open(_folder / "hub.db-turn", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _locked(turn):
                if time.monotonic() > give_up:
                    raise StorageTrouble(BUSY)
                time.sleep(POLL)
            yield
        finally:
            # Not left to the closing: a child that was forked meanwhile would keep the lock.
            fcntl.flock(turn, fcntl.LOCK_UN)
            os.close(turn)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def hold() -> None:
    """Says, for as long as this process lives, that it serves the hub whose folder `init` was given; see `alone`."""
    global _held
    if _folder is not None and _held is None:
        _held = os.open(_folder / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(_held, fcntl.LOCK_SH)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps hubs from starting on this folder meanwhile. Raises Refused while one runs on it."""
    held = os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"A hub or its worker runs on {folder}. Stop it first.") from None
        yield
    finally:
        os.close(held)


def writing() -> bool:
    """Whether the thread is inside `write()`."""
    return getattr(_local, "depth", 0) > 0


def after_commit(hook: Callable[[], None]) -> None:
    """Runs the hook when the outermost write has been committed. For wake-ups only: a crash loses it."""
    if not writing():
        hook()
    elif hook not in _local.hooks:
        _local.hooks.append(hook)


def _storage_trouble(error: BaseException | None) -> str:
    while error is not None:
        text = str(error).lower()
        if (
            "disk is full" in text
            or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
            or "no space left" in text
        ):
            return "The hub's storage is full. Nothing was saved; your text is still in the form. Please tell an administrator."
        if "readonly database" in text or "read-only" in text or "disk i/o error" in text:
            return "The hub's database cannot be written at the moment. Nothing was saved; your text is still in the form."
        error = error.__cause__ or error.__context__
    return ""


def space_left() -> int:
    """Free bytes on the disk that holds the data folder."""
    return shutil.disk_usage(_folder or Path.cwd()).free


@contextmanager
def count_queries() -> Iterator[list[str]]:
    """Collects the SQL statements of the block; for tests, the bench and the request log."""
    seen: list[str] = []
    target = database.obj
    original = target.execute_sql

    def counting(sql: str, *args: Any, **kwargs: Any) -> Any:
        seen.append(sql)
        return original(sql, *args, **kwargs)

    target.execute_sql = counting
    try:
        yield seen
    finally:
        del target.execute_sql


def lowest(column: Any) -> Any:
    """The smallest value of a column, for a query."""
    return peewee.fn.MIN(column)


def highest(column: Any) -> Any:
    """The largest value of a column, for a query."""
    return peewee.fn.MAX(column)


def drop_everything() -> None:
    """Removes every table of a PostgreSQL database that holds the hub."""
    database.execute_sql("DROP SCHEMA public CASCADE")
    database.execute_sql("CREATE SCHEMA public")
