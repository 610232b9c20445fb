"""A folder of files: each kept once, named by its SHA-256, checked when it is read.

A file is whole before anything points to it: temporary file, fsync, rename, fsync of the folder, and only
then does the caller write its row (docs/decisions/0005-files.md). Features know the calls of `FileStore`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BufferedReader
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from hub.errors import HubError, Invalid, Missing, StorageTrouble
from hub.files.names import human_size

BLOCK = 1024 * 1024
RESERVE = 1024**3
"""Bytes that must stay free on the disk after an upload."""
GRACE = timedelta(hours=24)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class TooLarge(Invalid):
    """The file is larger than it may be; nothing was kept."""

    def __init__(self, limit: int) -> None:
        super().__init__("file", f"This file is larger than {human_size(limit)}, the most that fits.")
        self.limit = limit


class StorageFull(StorageTrouble):
    """No room is left for files; nothing was kept."""

    def __init__(self) -> None:
        super().__init__("The storage for files is full. Nothing was saved; an administrator must make room.")


class Damaged(HubError):
    """The bytes on the disk are not the ones that were stored."""

    def __init__(self, sha256: str) -> None:
        super().__init__("This file was damaged in storage and cannot be opened. A backup may still have it.")
        self.sha256 = sha256


@dataclass(frozen=True)
class Stored:
    """What a row keeps of a file: its SHA-256 (64 lower-case hex digits) and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Verified:
    """What a check of all files found: how many were right, and the SHA-256 of each that was not."""

    sound: int
    damaged: tuple[str, ...]


class FileStore(Protocol):
    """The four calls that every kind of storage answers."""

    def put(self, stream: IO[bytes], *, limit: int) -> Stored:
        """Keep everything the stream holds, at most `limit` bytes. Raises TooLarge, StorageFull."""

    def open(self, sha256: str) -> BinaryIO:
        """The file, ready to read and seek. Raises Missing, Damaged."""

    def exists(self, sha256: str) -> bool:
        """Whether the file is there (its bytes are not checked)."""

    def delete(self, sha256: str) -> None:
        """Remove the file; nothing happens when there is none."""


class LocalStore:
    """A folder of files: `ab/cd/abcd…`, and `incoming/` for those still arriving.

    Any number of processes may use one folder. reserve: bytes that must stay free on the disk.
    """

    def __init__(self, root: str | os.PathLike[str], *, reserve: int = RESERVE) -> None:
        self.root = Path(root)
        self.reserve = reserve
        self._incoming = self.root / "incoming"
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._lock = threading.Lock()

    def put(self, stream: IO[bytes], *, limit: int) -> Stored:
        with _plain_when_full():
            self._incoming.mkdir(parents=True, exist_ok=True)
            temporary = self._incoming / secrets.token_hex(16)
            try:
                stored = self._receive(stream, temporary, limit)
                self._settle(temporary, stored)
            finally:
                temporary.unlink(missing_ok=True)
        return stored

    def open(self, sha256: str) -> BinaryIO:
        """The file, checked in full the first time that this process meets it in its present state."""
        try:
            file = self.path(sha256).open("rb")
        except FileNotFoundError:
            raise Missing("This file is no longer in storage.") from None
        try:
            if self._seen.get(sha256) != _state(file):
                self._check(sha256, file)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def delete(self, sha256: str) -> None:
        path = self.path(sha256)
        path.unlink(missing_ok=True)
        with self._lock:
            self._seen.pop(sha256, None)
        with contextlib.suppress(FileNotFoundError):
            _sync_folder(path.parent)

    def path(self, sha256: str) -> Path:
        """Where the file lies, or would lie. Raises ValueError for anything but 64 lower-case hex digits."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("A file is named by 64 lower-case hex digits.")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def sweep(self, known: Callable[[str], bool], older_than: timedelta = GRACE) -> int:
        """Remove abandoned temporary files and files that no row knows, both only when older; how many went.

        known: whether a row points to this SHA-256. A file that is uploaded once more is young again, so one
        whose row is about to be written stays.
        """
        before = time.time() - older_than.total_seconds()
        gone = 0
        self._incoming.mkdir(parents=True, exist_ok=True)
        for path in self._incoming.iterdir():
            if path.name != "lock":
                gone += _remove_if_older(path, before)
        for path in self._all():
            if _is_older(path, before) and not known(path.name):
                with self._alone():
                    gone += _remove_if_older(path, before)
        return gone

    def verify_all(self, progress: Callable[[int], None] | None = None) -> Verified:
        """Read every file and compare it with its name. progress: told after each file how many were read."""
        sound, damaged = 0, []
        for number, path in enumerate(self._all(), start=1):
            try:
                with path.open("rb") as file:
                    self._check(path.name, file)
                sound += 1
            except FileNotFoundError:
                continue
            except (Damaged, OSError):
                damaged.append(path.name)
            if progress:
                progress(number)
        return Verified(sound, tuple(damaged))

    def _receive(self, stream: IO[bytes], temporary: Path, limit: int) -> Stored:
        digest, size = hashlib.sha256(), 0
        self._want_room(0)
        with temporary.open("xb") as file:
            while block := stream.read(BLOCK):
                size += len(block)
                if size > limit:
                    raise TooLarge(limit)
                self._want_room(len(block))
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        return Stored(digest.hexdigest(), size)

    def _settle(self, temporary: Path, stored: Stored) -> None:
        """Gives the file its name. The same bytes may be there already: the rename renews or mends them."""
        path = self.path(stored.sha256)
        for folder in (path.parent.parent, path.parent):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                _sync_folder(folder.parent)
        with self._alone():
            temporary.replace(path)
        _sync_folder(path.parent)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps a sweep, in any process, from removing a file just as it is stored once more."""
        with (self._incoming / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _want_room(self, size: int) -> None:
        if shutil.disk_usage(self.root).free - size < self.reserve:
            raise StorageFull

    def _check(self, sha256: str, file: BufferedReader) -> None:
        before = _state(file)
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            with self._lock:
                self._seen.pop(sha256, None)
            raise Damaged(sha256)
        with self._lock:
            if len(self._seen) >= 50_000:
                self._seen.clear()
            self._seen[sha256] = before

    def _all(self) -> Iterator[Path]:
        """Every stored file, folder by folder, so that a million names are never held at once."""
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if _SHA256.fullmatch(path.name):
                    yield path


def from_settings(place: str | os.PathLike[str], *, reserve: int = RESERVE) -> LocalStore:
    """The store that a setting names: a folder, or `file:///folder`. ValueError for any other address."""
    text = os.fspath(place)
    scheme = re.match(r"([a-z][a-z0-9+.\-]+)://", text, re.IGNORECASE)
    if scheme and scheme[1].lower() != "file":
        raise ValueError(f"Files can be kept in a folder; {scheme[1]}:// is not built in.")
    return LocalStore(text[scheme.end() :] if scheme else text, reserve=reserve)


@contextlib.contextmanager
def _plain_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull from error
        raise


def _state(file: BinaryIO) -> tuple[int, int, int]:
    """What changes when somebody touches the file: its number, size and time of change in nanoseconds."""
    status = os.fstat(file.fileno())
    return status.st_ino, status.st_size, status.st_mtime_ns


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _remove_if_older(path: Path, before: float) -> bool:
    if not _is_older(path, before):
        return False
    path.unlink(missing_ok=True)
    return True
