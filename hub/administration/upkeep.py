"""Care of what is stored: every file compared with its checksum and with the rows that point to it; leftovers swept away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from hub import db, events, files, jobs

events.declare(
    "files:checked",
    ("sound", "damaged", "missing"),
    "The stored files were checked: {sound} sound, {damaged} damaged, {missing} missing",
)
events.declare("files:swept", ("count",), "{count} stored files that nothing points to were removed")


@dataclass(frozen=True)
class Checked:
    """What a check found: how many files are as they were stored; hashes of the others, with whose they are."""

    sound: int
    damaged: dict[str, str]
    missing: dict[str, str]
    database: str

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damaged and not self.missing and self.database == "ok"


def check(progress: Callable[[int], None] | None = None) -> Checked:
    """Reads every stored file and the whole database, which may take long; changes nothing but its own note.

    `progress` is told how many files have been read.
    """
    verified = files.store().verify_all(progress)
    referred = files.referred()
    found = Checked(
        verified.sound,
        {sha256: referred.get(sha256, "nothing") for sha256 in verified.damaged},
        {sha256: name for sha256, name in referred.items() if not files.store().exists(sha256)},
        _database(),
    )
    with db.write():
        events.record(
            "files:checked", None, sound=found.sound, damaged=len(found.damaged), missing=len(found.missing)
        )
    return found


def _database() -> str:
    """What SQLite says of its file: "ok", or its first complaints. PostgreSQL is checked by its own tools."""
    if not db.is_sqlite():
        return "ok"
    rows = db.database.execute_sql("PRAGMA integrity_check(5)").fetchall()
    return "; ".join(str(row[0]) for row in rows)


@jobs.job("files.sweep", every=timedelta(days=1), lease=timedelta(minutes=30))
def sweep(_job: jobs.Job | None = None) -> int:
    """Removes uploads that were begun and never kept, a day after their last use; how many."""
    referred = files.referred()
    gone = files.store().sweep(referred.__contains__)
    if gone:
        with db.write():
            events.record("files:swept", None, count=gone)
    return gone
