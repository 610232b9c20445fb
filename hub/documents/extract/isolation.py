"""Runs a program on one file in a child that can harm nothing, and takes no more from it than agreed.

Each call starts a fresh interpreter with an empty environment, an empty working folder and the limits of
`limits`; when the time is over, the output too long or the work done, its whole process group is killed. The
file is the child's standard input, opened for reading by the parent, so the child needs no path.

Where `bwrap` is installed and works, the child also has no network and sees nothing of the disk but Python
and this package; where the kernel has Landlock, the child takes the same from itself.
"""

import functools
import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from . import limits
from .report import DONE

log = logging.getLogger(__name__)

PACKAGE = Path(__file__).resolve().parent
CELL = PACKAGE / "cell.py"
FOLDERS = "hub-reading-"
LEFT_BEHIND = 3600.0
"""Seconds after which a working folder belongs to no child any more: far more than one may live."""


@dataclass(frozen=True)
class Outcome:
    """What came of a child: its `output` bytes, and how it `ended`.

    `ended` is "done" (it said so), "time", "flood" (more output than allowed), "memory", or "crash".
    """

    output: bytes
    ended: str


def run(
    request: Mapping[str, Any],
    path: str | Path,
    *,
    package: Path = PACKAGE,
    module: str = "inside",
    wall: float = limits.WALL_SECONDS,
    cpu: int = limits.CPU_SECONDS,
    memory: int = limits.MEMORY_BYTES,
    output: int = limits.OUTPUT_BYTES,
    fenced: bool | None = None,
) -> Outcome:
    """Let `package.module.main(request)` read the file at `path` and return what it wrote to its standard
    output.

    `wall` and `cpu` in seconds, `memory` and `output` in bytes; `fenced` keeps the child from disk and TCP by
    Landlock (None: where that works). Raises OSError when the file cannot be opened
    or a child cannot be started: that is the machine's fault, not the file's, and worth another try later.
    """
    shared: dict[str, Any] = {
        "fenced": fenced if fenced is not None else _fence_works(),
        "limits": {
            "cpu": cpu,
            "memory": memory,
            "written": limits.WRITTEN_BYTES,
            "files": limits.OPEN_FILES,
            "wall": int(wall) + 1,
        },
        "package": str(package),
        "module": module,
    }
    walls = _walls(str(package))
    # Behind bwrap's walls nobody has the number of a process outside, and bwrap itself watches over its parent.
    shared["parent"] = 0 if walls else os.getpid()
    command = [sys.executable, "-I", "-B", "-X", "utf8", str(CELL), json.dumps({**request, **shared})]
    folder = tempfile.mkdtemp(prefix=FOLDERS)
    deadline = time.monotonic() + wall
    try:
        with Path(path).open("rb") as source:
            child = subprocess.Popen(
                [*walls, *command],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={},
                start_new_session=True,
            )
        try:
            assert child.stdout is not None
            taken, ended = _take(child.stdout, deadline, output)
            if ended == "closed":
                ended = _how_it_died(child, deadline)
        finally:
            _kill(child)
        return Outcome(taken, ended)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_left_behind() -> int:
    """Remove the working folders that killed workers left in the folder for temporary files; how many."""
    gone = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        try:
            status = folder.lstat()
            if status.st_uid == os.getuid() and status.st_mtime < time.time() - LEFT_BEHIND:
                shutil.rmtree(folder)
                gone += 1
        except OSError:
            log.info("a working folder could not be removed", exc_info=True)
    return gone


def _take(stream: IO[bytes], deadline: float, most: int) -> tuple[bytes, str]:
    """Read until the child says that it is done, closes its output, floods, or runs out of time."""
    descriptor = stream.fileno()
    os.set_blocking(descriptor, False)
    taken = bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(descriptor, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return bytes(taken), "time"
            if not waiting.select(left):
                continue
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                return bytes(taken), "closed"
            taken += chunk
            if taken.endswith(DONE):
                return bytes(taken[: -len(DONE)]), "done"
            if len(taken) > most:
                return bytes(taken[:most]), "flood"


def _how_it_died(child: subprocess.Popen[bytes], deadline: float) -> str:
    """Name the end of a child that closed its output, without reaping it: its process group must stay ours to
    kill.
    """
    while time.monotonic() < deadline:
        status = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if status is None:
            time.sleep(0.005)
            continue
        # bwrap and shells report a signal as 128 + its number.
        code = status.si_status if status.si_code != os.CLD_EXITED else status.si_status - 128
        if code in (signal.SIGXCPU, signal.SIGALRM) or (code == signal.SIGKILL):
            return "time"
        return (
            "memory"
            if status.si_code == os.CLD_EXITED and status.si_status == limits.MEMORY_EXIT
            else "crash"
        )
    return "time"


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child's whole process group and reap it."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if child.stdout is not None:
        child.stdout.close()
    child.wait()


def _walls(package: str) -> list[str]:
    """The `bwrap` command that the child is started by; empty where bwrap is missing or refused by the
    kernel.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return []
    walls = _bwrap(bwrap, package)
    return walls if _works(tuple(walls)) else []


def _bwrap(bwrap: str, package: str) -> list[str]:
    """Build the bwrap command: no network, own process table, nothing to see but the system, Python and
    `package`.
    """
    command = [bwrap, "--unshare-all", "--die-with-parent", "--clearenv", "--cap-drop", "ALL"]
    for folder in ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/ld.so.conf.d"):
        command += ["--ro-bind-try", folder, folder]
    for folder in dict.fromkeys((sys.base_prefix, sys.prefix, str(PACKAGE), package)):
        command += ["--ro-bind", folder, folder]
    return [*command, "--proc", "/proc", "--dev", "/dev", "--dir", "/empty", "--chdir", "/empty", "--"]


@functools.cache
def _fence_works() -> bool:
    """Try once whether a fenced child finds every library it needs (unusual systems keep them elsewhere)."""
    worked = run({"task": "try"}, CELL, fenced=True).ended == "done"
    if not worked:
        log.warning("readers do not start behind Landlock here; files are read without it")
    return worked


@functools.lru_cache(maxsize=8)
def _works(walls: tuple[str, ...]) -> bool:
    """Try once whether Python starts inside these walls (containers often forbid it)."""
    try:
        tried = subprocess.run(
            [*walls, sys.executable, "-I", "-c", "pass"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    if tried.returncode:
        log.warning("bwrap is installed but does not work here; files are read with limits only")
    return tried.returncode == 0
