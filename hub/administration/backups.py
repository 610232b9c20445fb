"""Backups: one folder with the database, the files and a manifest; made while the hub runs, checked before
it is restored.

The database is copied first and in one step, then the files: a row never points to a file that the copy
lacks, because
files are written before their rows and are not removed for a day. Taking it in pages would never end under
writes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub import clock, db, events, jobs
from hub.errors import Refused

MANIFEST, DATABASE, FILES = "manifest.json", "hub.db", "files"
VERSION = 1
STORED = re.compile(r"[0-9a-f]{64}")
Progress = Callable[[int, int], None]

events.declare(
    "backup:made", ("rows", "files", "bytes", "seconds"), "A backup was made: {rows} rows, {files} files"
)
events.declare(
    "backup:restored", ("rows", "files", "made_at"), "The hub was restored from the backup of {made_at}"
)
events.declare(
    "restore:drilled",
    ("rows", "files", "seconds"),
    "A restore was tested: {rows} rows and {files} files came back whole in {seconds} seconds",
)


@dataclass(frozen=True)
class Backup:
    """A backup's manifest: when it was made, rows by table, size and SHA-256 of each file by its place."""

    made_at: str
    tables: dict[str, int]
    files: dict[str, dict[str, Any]]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(self.tables.values())

    @property
    def stored(self) -> int:
        """How many of people's files it holds (the database not counted)."""
        return len(self.files) - 1

    @property
    def size(self) -> int:
        """Bytes of everything."""
        return sum(file["size"] for file in self.files.values())


def backup(folder: Path, store: Path, progress: Progress | None = None) -> Backup:
    """Writes a backup into a new folder inside `folder` and checks it; its manifest. `store` is the file
    store's folder.

    Appears under its name only when it is whole. Raises Refused on PostgreSQL, whose own tools do this.
    """
    _require_sqlite()
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"hub-{clock.now():%Y%m%d-%H%M%S}"
    if (folder / name).exists():
        raise Refused(f"{folder / name} is there already.")
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder))
    try:
        _copy_database(unfinished / DATABASE)
        stored = sorted(path for path in store.glob("??/??/*") if STORED.fullmatch(path.name))
        kept = {DATABASE: _facts(unfinished / DATABASE)}
        for number, path in enumerate(stored, start=1):
            place = f"{FILES}/{path.relative_to(store).as_posix()}"
            if _copy(path, unfinished / place):
                kept[place] = _facts(unfinished / place)
            if progress:
                progress(number, len(stored))
        made = Backup(clock.now().isoformat(timespec="seconds"), _count_rows(unfinished / DATABASE), kept)
        _write_manifest(unfinished / MANIFEST, made)
        unfinished.rename(folder / name)
        _sync(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    with db.write():
        seconds = round(time.monotonic() - began, 1)
        events.record("backup:made", rows=made.rows, files=made.stored, bytes=made.size, seconds=seconds)
    return made


def newest(folder: Path) -> Path:
    """The folder itself if it is a backup, else the newest backup in it.

    Raises Refused where there is none.
    """
    if (folder / MANIFEST).is_file():
        return folder
    found = sorted(path.parent for path in folder.glob(f"hub-*/{MANIFEST}"))
    if not found:
        raise Refused(f"There is no backup in {folder}.")
    return found[-1]


def check(folder: Path, progress: Progress | None = None) -> Backup:
    """Reads a whole backup and compares it with its manifest. Raises Refused with what is wrong."""
    made = _read_manifest(folder)
    for number, (place, facts) in enumerate(sorted(made.files.items()), start=1):
        path = folder / place
        if not path.is_file():
            raise Refused(f"{place} is missing from the backup. Nothing was restored.")
        if _facts(path) != facts:
            raise Refused(f"{place} is damaged in the backup. Nothing was restored.")
        if progress:
            progress(number, len(made.files))
    with closing(_open(folder / DATABASE)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise Refused(f"The database in the backup is damaged: {found}. Nothing was restored.")
    if _count_rows(folder / DATABASE) != made.tables:
        raise Refused(
            "The database in the backup has other rows than its manifest says. Nothing was restored."
        )
    return made


def restore(folder: Path, data: Path, store: Path, progress: Progress | None = None) -> Backup:
    """Puts a checked backup where the hub's data is; what was there is kept beside it.

    Every file is compared with the manifest again where it now stands. Raises Refused, also where the hub runs: it
    would go on writing to what was put aside, and all that people were told is saved would be lost.
    """
    made = check(folder, progress)
    data.mkdir(parents=True, exist_ok=True)
    with db.alone(data):
        _put(made, folder, data, store)
    return made


def _put(made: Backup, folder: Path, data: Path, store: Path) -> None:
    stamp = f"{clock.now():%Y%m%d-%H%M%S}"
    for place, facts in made.files.items():
        if place == DATABASE:
            continue
        target = store / Path(place).relative_to(FILES)
        if not target.is_file() or _facts(target) != facts:
            _copy(folder / place, target)
        if _facts(target) != facts:
            raise Refused(f"{place} could not be written whole. The hub's database was not touched.")
    arriving = data / f".{DATABASE}-{stamp}"
    _copy(folder / DATABASE, arriving)
    if _facts(arriving) != made.files[DATABASE]:
        raise Refused("The database could not be written whole. The hub's own was not touched.")
    for suffix in ("-wal", "-shm", ""):
        old = data / f"{DATABASE}{suffix}"
        if old.exists():
            old.rename(data / f"before-restore-{stamp}.db{suffix}")
    arriving.rename(data / DATABASE)
    _sync(data)


def note_restored(made: Backup) -> None:
    """Records in the restored hub that it was restored, and has the index rebuilt from what is there now."""
    with db.write():
        events.record("backup:restored", rows=made.rows, files=made.stored, made_at=made.made_at)
        if "search.rebuild" in jobs.KINDS:
            jobs.enqueue("search.rebuild", {"why": "restored from a backup"}, key="search.rebuild")


def drill(
    store: Path, place: Path | None = None, progress: Progress | None = None, kept: Path | None = None
) -> dict[str, Any]:
    """Restores a backup beside the hub, compares every row count and every file, and records the result.

    The backup is the newest one in `kept`, or one that is made for the purpose. `place` is where there is room for
    the copies, else the system's folder for temporary files. Answers rows, files and the seconds that the restore
    alone took. Raises Refused where anything differs.
    """
    with tempfile.TemporaryDirectory(prefix="hub-drill-", dir=place) as name:
        folder = Path(name)
        if kept is None:
            kept = folder / "backups"
            backup(kept, store, progress)
        began = time.monotonic()
        made = restore(newest(kept), folder / "data", folder / "data" / FILES)
        seconds = round(time.monotonic() - began, 1)
        if _count_rows(folder / "data" / DATABASE) != made.tables:
            raise Refused("The restored database differs from the backup.")
    found = {"rows": made.rows, "files": made.stored, "seconds": seconds}
    with db.write():
        events.record("restore:drilled", **found)
    return found


def _require_sqlite() -> None:
    if not db.is_sqlite():
        raise Refused(
            "This hub runs on PostgreSQL: back it up with pg_dump, and the files with your storage's tools."
        )


def _copy_database(target: Path) -> None:
    """A whole copy in one step, from a connection of its own, so that nobody's reading or writing is in the
    way.
    """
    with closing(_open(Path(db.database.database))) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=delete")
    _sync_file(target)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=15)


def _count_rows(path: Path) -> dict[str, int]:
    with closing(_open(path)) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        # Names come from the database's own catalogue, and a quote in one is doubled.
        quoted = {name: name.replace('"', '""') for name in names}
        return {n: connection.execute(f'SELECT COUNT(*) FROM "{q}"').fetchone()[0] for n, q in quoted.items()}  # noqa: S608


def _copy(source: Path, target: Path) -> bool:
    """Copies durably; False where the file has been removed meanwhile, which no row of the copied database
    minds.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    arriving = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, arriving)
    except FileNotFoundError:
        return False
    _sync_file(arriving)
    arriving.rename(target)
    return True


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _write_manifest(path: Path, made: Backup) -> None:
    words = {"version": VERSION, "made_at": made.made_at, "tables": made.tables, "files": made.files}
    path.write_text(json.dumps(words, indent=1, sort_keys=True))
    _sync_file(path)


def _read_manifest(folder: Path) -> Backup:
    try:
        words = json.loads((folder / MANIFEST).read_text())
        if words["version"] != VERSION:
            raise Refused(
                f"This backup is of version {words['version']}; this hub restores version {VERSION}."
            )
        made = Backup(words["made_at"], words["tables"], words["files"])
        bad = [
            p
            for p in made.files
            if p != DATABASE and not re.fullmatch(r"files/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}", p)
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"The backup's manifest cannot be read ({error}). Nothing was restored.") from None
    if bad or DATABASE not in made.files:
        raise Refused("The backup's manifest names files that do not belong in one. Nothing was restored.")
    return made


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
