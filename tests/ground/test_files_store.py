"""A file that was acknowledged is there, whole, once; whatever else happens."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Invalid, Missing, StorageTrouble
from hub.files import Damaged, LocalStore, StorageFull, TooLarge, from_settings, local

ROOT = Path(__file__).parents[2]
LIMIT = 10_000_000
TEXT = b"Bins go out on Tuesday. " * 1_000


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs, not even clean-up that catches Exception."""


@pytest.fixture
def files(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "files", reserve=0)


def keep(files: LocalStore, data: bytes = TEXT) -> str:
    return files.put(io.BytesIO(data), limit=LIMIT).sha256


def on_disk(files: LocalStore) -> list[Path]:
    return sorted(path for path in files.root.rglob("*") if path.is_file() and path.name != "lock")


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def test_what_goes_in_comes_out(files: LocalStore) -> None:
    stored = files.put(io.BytesIO(TEXT), limit=len(TEXT))
    assert (stored.sha256, stored.size) == (hashlib.sha256(TEXT).hexdigest(), len(TEXT))
    with files.open(stored.sha256) as file:
        assert file.read() == TEXT
        file.seek(5)
        assert file.read(2) == TEXT[5:7]
    assert files.exists(stored.sha256)
    assert files.path(stored.sha256).read_bytes() == TEXT


def test_an_empty_file_is_a_file(files: LocalStore) -> None:
    with files.open(keep(files, b"")) as file:
        assert file.read() == b""


def test_the_same_bytes_are_kept_once(files: LocalStore) -> None:
    assert keep(files) == keep(files)
    assert len(on_disk(files)) == 1


def test_a_file_over_the_limit_leaves_nothing(files: LocalStore) -> None:
    with pytest.raises(TooLarge) as refused:
        files.put(io.BytesIO(b"x" * 200_001), limit=200_000)
    assert isinstance(refused.value, Invalid)
    assert "195 KB" in refused.value.message
    assert on_disk(files) == []


def test_a_stream_that_breaks_off_leaves_nothing(files: LocalStore) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionResetError("the browser went away")
            return super().read(10)

    with pytest.raises(ConnectionResetError):
        files.put(Broken(TEXT), limit=LIMIT)
    assert on_disk(files) == []


def test_uploads_stop_before_the_disk_is_full(tmp_path: Path) -> None:
    files = LocalStore(tmp_path / "files", reserve=2**62)
    with pytest.raises(StorageFull) as refused:
        keep(files)
    assert isinstance(refused.value, StorageTrouble)
    assert "Nothing was saved" in refused.value.message
    assert on_disk(files) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_on_the_way_is_told_plainly(
    files: LocalStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(local.os, "fsync", full)
    with pytest.raises(StorageFull):
        keep(files)
    assert on_disk(files) == []


def test_other_trouble_of_the_disk_is_not_called_full(
    files: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(local.os, "fsync", broken)
    with pytest.raises(OSError, match="input/output"):
        keep(files)


@pytest.mark.parametrize("name", ["", "abc", "../" * 21 + "x", "A" * 64, "g" * 64, "a" * 63 + "\n", "a" * 65])
def test_only_a_checksum_names_a_file(files: LocalStore, name: str) -> None:
    for call in (files.open, files.exists, files.delete, files.path):
        with pytest.raises(ValueError):
            call(name)


def test_a_file_that_is_not_there_is_missing(files: LocalStore) -> None:
    with pytest.raises(Missing):
        files.open("0" * 64)
    assert not files.exists("0" * 64)
    files.delete("0" * 64)


def test_deleting_removes_the_bytes(files: LocalStore) -> None:
    sha256 = keep(files)
    files.open(sha256).close()
    files.delete(sha256)
    assert not files.exists(sha256)
    assert on_disk(files) == []
    with pytest.raises(Missing):
        files.open(sha256)


@pytest.mark.parametrize(
    "harm", [lambda b: b[:-1], lambda b: b + b"x", lambda _: b"", lambda b: b"X" + b[1:]]
)
def test_damage_is_noticed_on_opening(files: LocalStore, harm: Callable[[bytes], bytes]) -> None:
    sha256 = keep(files)
    files.open(sha256).close()
    files.path(sha256).write_bytes(harm(TEXT))
    for _ in range(2):
        with pytest.raises(Damaged) as found:
            files.open(sha256)
        assert found.value.sha256 == sha256


def test_a_file_is_read_in_full_only_once_while_nobody_touches_it(
    files: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256, checks = keep(files), []
    check = files._check
    monkeypatch.setattr(files, "_check", lambda *args: (checks.append(args), check(*args)))
    for _ in range(3):
        files.open(sha256).close()
    assert len(checks) == 1
    age(files.path(sha256), 1)
    files.open(sha256).close()
    assert len(checks) == 2


def test_uploading_a_damaged_file_again_mends_it(files: LocalStore) -> None:
    sha256 = keep(files)
    files.path(sha256).write_bytes(b"damaged")
    assert keep(files) == sha256
    with files.open(sha256) as file:
        assert file.read() == TEXT


def test_the_nightly_check_names_every_damaged_file(files: LocalStore) -> None:
    kept = [keep(files, bytes([n]) * 100) for n in range(20)]
    for sha256 in kept[3:5]:
        files.path(sha256).write_bytes(b"?")
    seen: list[int] = []
    found = files.verify_all(seen.append)
    assert found.sound == 18
    assert set(found.damaged) == set(kept[3:5])
    assert seen == list(range(1, 21))


def test_a_sweep_takes_old_orphans_only(files: LocalStore) -> None:
    known, orphan, young = (keep(files, data) for data in (b"known", b"orphan", b"young"))
    abandoned, arriving = files.root / "incoming" / "abandoned", files.root / "incoming" / "arriving"
    for path in (abandoned, arriving):
        path.write_bytes(b"half")
    for path in (files.path(known), files.path(orphan), abandoned):
        age(path, 25)
    assert files.sweep(lambda sha256: sha256 == known) == 2
    assert {path.name for path in on_disk(files)} == {known, young, "arriving"}
    assert files.sweep(lambda sha256: sha256 == known, timedelta(0) - timedelta(seconds=5)) == 2


def test_an_old_orphan_that_is_uploaded_again_survives_the_sweep(files: LocalStore) -> None:
    sha256 = keep(files)
    age(files.path(sha256), 48)

    def nobody_knows_it_yet(_: str) -> bool:
        keep(files)  # the upload lands between the question and the removal; its row is still to be written
        return False

    assert files.sweep(nobody_knows_it_yet) == 0
    assert files.exists(sha256)


def test_sweeping_and_checking_an_empty_place_finds_nothing(files: LocalStore) -> None:
    assert files.sweep(lambda _: False) == 0
    assert files.verify_all().sound == 0


@pytest.mark.parametrize("step", ["open", "write", "hash", "fsync file", "mkdir", "rename", "fsync folder"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_dying_at_any_step_leaves_the_whole_file_or_none(
    files: LocalStore, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    earlier = keep(files, b"earlier")
    deaths = _die_at(monkeypatch, step, after)
    with pytest.raises(Killed):
        keep(files)
    assert deaths
    monkeypatch.undo()
    again = LocalStore(files.root, reserve=0)
    sha256 = hashlib.sha256(TEXT).hexdigest()
    if again.exists(sha256):
        with again.open(sha256) as file:
            assert file.read() == TEXT
    assert again.verify_all().damaged == ()
    again.open(earlier).close()
    for path in on_disk(again):
        age(path, 25)
    again.sweep({earlier}.__contains__)
    assert [path.name for path in on_disk(again)] == [earlier]
    assert keep(again) == sha256


def _die_at(monkeypatch: pytest.MonkeyPatch, step: str, after: bool) -> list[str]:
    """From the named step on nothing more reaches the disk, not even the clean-up: as after kill -9."""
    deaths: list[str] = []

    def dying(real: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if deaths:
                raise Killed
            if not when(*args, **kwargs):
                return real(*args, **kwargs)
            deaths.append(step)
            done = real(*args, **kwargs) if after else None
            if step == "open" and done is not None:
                done.close()
            raise Killed

        return call

    def is_folder(descriptor: int) -> bool:
        return stat.S_ISDIR(os.fstat(descriptor).st_mode)

    def is_temporary(path: Path, *_: Any, **__: Any) -> bool:
        return path.parent.name == "incoming" and path.name != "lock"

    named = {
        "open": (Path, "open", is_temporary),
        "write": (local.LocalStore, "_want_room", lambda _self, size: size > 0),
        "hash": (local.hashlib, "sha256", lambda *_: True),
        "fsync file": (local.os, "fsync", lambda descriptor: not is_folder(descriptor)),
        "mkdir": (Path, "mkdir", lambda path, *_a, **_k: len(path.name) == 2),
        "rename": (Path, "replace", lambda *_: True),
        "fsync folder": (local.os, "fsync", is_folder),
    }
    owner, name, when = named[step]
    monkeypatch.setattr(owner, name, dying(getattr(owner, name), when))
    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", lambda path, **k: None if deaths else unlink(path, **k))
    return deaths


def test_every_file_acknowledged_before_a_kill_is_whole_afterwards(tmp_path: Path) -> None:
    """Five rounds: a child stores files, prints the name of each, and is killed in full flight."""
    child = (
        "import io, sys, itertools\n"
        "from hub.files import LocalStore\n"
        "files = LocalStore(sys.argv[1], reserve=0)\n"
        "for n in itertools.count(int(sys.argv[2])):\n"
        "    data = str(n).encode() * 20_000\n"
        "    print(files.put(io.BytesIO(data), limit=10**9).sha256, flush=True)\n"
    )
    acknowledged: list[str] = []
    for number in range(5):
        command = [sys.executable, "-c", child, str(tmp_path), str(number * 10_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            acknowledged += [process.stdout.readline().strip() for _ in range(3 + number)]
            process.send_signal(signal.SIGKILL)
            acknowledged += [line for line in process.stdout.read().split("\n") if len(line) == 64]
    files = LocalStore(tmp_path, reserve=0)
    assert len(acknowledged) == len(set(acknowledged)) >= 25
    for sha256 in acknowledged:
        files.open(sha256).close()
    assert files.verify_all().damaged == ()


def test_two_writers_of_the_same_bytes_both_succeed(files: LocalStore) -> None:
    start, kept = threading.Barrier(6), []

    def write() -> None:
        mine = LocalStore(files.root, reserve=0)
        start.wait()
        for n in range(15):
            kept.append((n, keep(mine, bytes([n]) * 70_000)))

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 90
    assert len(set(kept)) == len(on_disk(files)) == 15
    assert files.verify_all().sound == 15


def test_a_reader_keeps_reading_while_the_file_is_stored_again_or_removed(files: LocalStore) -> None:
    sha256 = keep(files)
    with files.open(sha256) as file:
        first = file.read(10)
        keep(files)
        files.delete(sha256)
        assert first + file.read() == TEXT


def test_a_setting_names_a_folder_and_nothing_else(tmp_path: Path) -> None:
    assert from_settings(tmp_path).root == from_settings(str(tmp_path)).root == tmp_path
    assert from_settings(f"file://{tmp_path}").root == tmp_path
    with pytest.raises(ValueError, match="s3"):
        from_settings("s3://bucket/files")
