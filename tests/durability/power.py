"""Disks as they may look after the power went, made from a record of what the running hub did to its files.

power.c writes the record. What was written before an fsync that ended before the cut is on the disk; of what came after it
anything may be: nothing, all, or some sectors of some of it. Names (creations, renamings, removals) come to the disk in their
order, as journalling file systems keep them, up to anywhere after the last fsync of a folder.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.durability import rig, traffic

HEAD = struct.Struct("=cHIQ")
SECTOR = 512
LEFT_OUT = ("-shm", "hub.db-turn", "hub.db-running", ".lock", "LOCK")
"""Ends of names of files that hold nothing after a start: shared memory and locks."""
COMPILER = shutil.which("cc") or shutil.which("gcc")


def compiled(folder: Path) -> Path:
    """The library that keeps the record, made in this folder. Needs COMPILER."""
    made = folder / "power.so"
    source = Path(__file__).with_name("power.c")
    subprocess.run(
        [str(COMPILER), "-shared", "-fPIC", "-O1", "-o", str(made), str(source), "-ldl", "-lpthread"],
        check=True,
    )
    return made


@dataclass
class _File:
    """One file whatever it is called: what it held at first, and its changes as (place in the record, offset, data).

    Data of None cuts it to the offset.
    """

    first: bytes = b""
    changes: list[tuple[int, int, bytes | None]] = field(default_factory=list)
    synced: list[tuple[int, int]] = field(default_factory=list)
    """(began, ended) of each fsync."""

    def after(self, cut: int, choose: Callable[[bytes], list[tuple[int, bytes]]]) -> bytes:
        """What a disk holds of it; `choose` says which pieces of a write that no fsync followed have arrived."""
        safe = max((began for began, ended in self.synced if ended < cut), default=-1)
        content = bytearray(self.first)
        for place, offset, data in self.changes:
            if place >= cut:
                break
            if data is None:
                if place < safe or choose(b"?"):
                    del content[offset:]
                    content.extend(bytes(offset - len(content)))
                continue
            for start, piece in [(0, data)] if place < safe else choose(data):
                at = offset + start
                content.extend(bytes(max(0, at - len(content))))
                content[at : at + len(piece)] = piece
        return bytes(content)


class Record:
    """What happened to the files of a folder, from `before`, a copy of it that counts as being on the disk."""

    def __init__(self, log: Path, root: Path, before: Path, honest: bool = True) -> None:
        self.root, self.honest = str(root), honest
        self.ends: list[int] = []
        """Bytes of the log after each of its entries."""
        self.names: list[tuple[int, str, str, _File | None]] = []
        self.named: list[tuple[int, int]] = []
        """(began, ended) of each fsync of a folder."""
        self.first: dict[str, _File] = {}
        for path in before.rglob("*"):
            name = path.relative_to(before).as_posix()
            if path.is_file() and not name.endswith(LEFT_OUT):
                self.first[name] = _File(path.read_bytes())
        self._read(log.read_bytes())

    def _read(self, log: bytes) -> None:
        live, at, began = dict(self.first), 0, dict[int, int]()
        while at + HEAD.size <= len(log):
            op, name_size, size, number = HEAD.unpack_from(log, at)
            at += HEAD.size
            name = self._inside(log[at : at + name_size])
            data = log[at + name_size : at + name_size + size]
            at += name_size + size
            place = len(self.ends)
            self.ends.append(at)
            if name is not None and not name.endswith(LEFT_OUT):
                self._one(live, began, place, op, name, data, number)

    def _inside(self, path: bytes) -> str | None:
        text = path.decode("utf-8", "surrogateescape")
        return None if text.endswith(" (deleted)") else text[len(self.root) :].lstrip("/")

    def _one(
        self,
        live: dict[str, _File],
        began: dict[int, int],
        place: int,
        op: bytes,
        name: str,
        data: bytes,
        number: int,
    ) -> None:
        file = live.get(name)
        if op == b"C" and file is None:
            live[name] = _File()
            self.names.append((place, name, "", live[name]))
        elif op == b"R" and file is not None:
            to = self._inside(data) or ""
            live[to] = live.pop(name)
            self.names.append((place, name, to, None))
        elif op == b"U" and file is not None:
            del live[name]
            self.names.append((place, name, "", None))
        elif op == b"W" and file is not None:
            file.changes.append((place, number, data))
        elif op == b"T" and file is not None:
            file.changes.append((place, number, None))
        elif op == b"B":
            began[number] = place
        elif op == b"E" and number in began and self.honest:
            (file.synced if file is not None else self.named).append((began[number], place))

    def disk(self, cut: int, chance: random.Random, into: Path) -> None:
        """Makes a folder as a disk may hold it when the power goes after so many entries."""
        share = chance.choice((0.0, 0.0, 0.3, 0.7, 1.0))

        def choose(data: bytes) -> list[tuple[int, bytes]]:
            if chance.random() >= share:
                return []
            if len(data) > SECTOR and chance.random() < 0.2:
                sectors = range(0, len(data), SECTOR)
                return [(at, data[at : at + SECTOR]) for at in sectors if chance.random() < 0.5]
            return [(0, data)]

        sure = max((began for began, ended in self.named if ended < cut), default=0)
        names_until = chance.choice((sure, chance.randint(min(sure, cut), cut), cut))
        there = dict(self.first)
        for place, name, to, file in self.names:
            if place >= names_until:
                break
            if file is not None:
                there[name] = file
            elif to and name in there:
                there[to] = there.pop(name)
            else:
                there.pop(name, None)
        for name, file in there.items():
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.after(cut, choose))


class Noting(list[Any]):
    """Acknowledged writes, and how long the record was when each arrived."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log, self.sizes = log, list[int]()

    def append(self, write: Any) -> None:
        self.sizes.append(self.log.stat().st_size)
        super().append(write)


@dataclass
class Outcome:
    """What was tried, and all that was wrong on any disk."""

    cuts: int
    acknowledged: int
    entries: int
    wrong: list[str]


@dataclass
class Written:
    """What people wrote on a hub of its own while the record was kept; `before` is the hub's folder as it was first."""

    hub: rig.Hub
    ledger: traffic.Ledger
    log: Path
    root: Path
    before: Path


def write(folder: Path, writes: int, seed: int) -> Written:
    """Starts a hub in this folder and lets three people write so many things, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "record"
    log.touch()
    hub = rig.Hub(folder / "hub", people=3)
    shutil.copytree(hub.folder, folder / "before")
    kept = hub.env
    hub.env = {
        **kept,
        "LD_PRELOAD": str(compiled(folder)),
        "HUB_POWER_ROOT": str(hub.folder),
        "HUB_POWER_LOG": str(log),
    }
    ledger = traffic.Ledger(acknowledged=Noting(log))
    kinds = ("topic", "reply", "document", "post")
    try:
        hub.start()
        people = [traffic.Writer(hub.browser(n), ledger, random.Random(seed + n), str(n)) for n in range(3)]
        for number in range(writes):
            people[number % 3].write(kinds[number % 4])
    finally:
        hub.stop()
        hub.env = kept
    assert ledger.acknowledged and not ledger.refused, ledger.refused
    return Written(hub, ledger, log, hub.folder, folder / "before")


def cut(written: Written, cuts: int, seed: int, started: int = 0, honest: bool = True) -> Outcome:
    """Makes so many disks of what was written and looks at each; on `started` of them the hub is started, too.

    A disk that is not `honest` says of every fsync that it is done, and does nothing.
    """
    chance, wrong = random.Random(seed), list[str]()
    record = Record(written.log, written.root, written.before, honest)
    acknowledged = written.ledger.acknowledged
    assert isinstance(acknowledged, Noting)
    for number in range(cuts):
        entry = chance.randrange(1, len(record.ends) + 1)
        disk = written.before.with_name(f"disk{number}")
        record.disk(entry, chance, disk)
        told = [
            done
            for done, size in zip(acknowledged, acknowledged.sizes, strict=True)
            if size <= record.ends[entry - 1]
        ]
        found = look(disk, told)
        if started and number % (cuts // started) == 0:
            found += start(written.hub, disk, told)
        wrong += [f"cut {number} (seed {seed}, entry {entry}): {what}" for what in found]
        shutil.rmtree(disk, ignore_errors=True)
    return Outcome(cuts, len(acknowledged), len(record.ends), wrong)


def look(disk: Path, told: list[tuple[traffic.Write, str]]) -> list[str]:
    """What is wrong with a disk: its database, acknowledged writes that are not there, rows whose file is missing or torn."""
    wrong = []
    with closing(sqlite3.connect(disk / "hub.db")) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            rows = connection.execute("SELECT title, body FROM item").fetchall()
            kept = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM document_version")}
        except sqlite3.DatabaseError as error:
            return [f"the database cannot be read: {error}"]
    if found != "ok":
        wrong.append(f"the database: {found}")
    words = " ".join(f"{title} {body}" for title, body in rows)
    wrong += [f"{write.kind} {write.word} is lost" for write, _ in told if write.word not in words]
    for sha256 in kept:
        path = disk / "files" / sha256[:2] / sha256[2:4] / sha256
        if not path.is_file():
            wrong.append(f"file {sha256[:8]} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            wrong.append(f"file {sha256[:8]} is torn")
    return wrong


def start(hub: rig.Hub, disk: Path, told: list[tuple[traffic.Write, str]]) -> list[str]:
    """What is wrong with a hub that is started on such a disk."""
    hub.env = {**hub.env, "HUB_DATA": str(disk)}
    hub.folder = disk
    try:
        hub.start()
        ledger = traffic.Ledger(sent=[write for write, _ in told], acknowledged=list(told))
        return traffic.examine(hub, ledger)[1]
    except AssertionError as error:
        return [f"the hub does not start: {error}"]
    finally:
        hub.stop()
