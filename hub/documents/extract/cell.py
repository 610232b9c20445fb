"""The first code of every child: shuts it in, then lets a program read the one file that is its standard
input.

Runs as `python -I -B cell.py REQUEST`, alone: it imports nothing of the hub, since importing the hub would
start the application. REQUEST is JSON: `limits`, `package` (folder of the program), `module` (its module with
`main(request)`).
"""

import ctypes
import importlib
import importlib.util
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
READ, READ_FOLDER = 0b101, 0b1101
"""Landlock's rights to run and read a file, and to list a folder too."""
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/opt", "/nix/store", "/gnu/store", "/etc/ld.so.cache")


def shut_in(limits: dict[str, int]) -> None:
    """Lower this process's limits for good; its own children inherit them. A limit already lower stays."""
    for name, wanted in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["written"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
    ):
        hard = resource.getrlimit(name)[1]
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(name, (bound, bound))
    # The alarm holds even when the parent is killed and nobody is left to end the process group.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits["wall"])
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # Best effort: where the kernel forbids it to this user, the network stays reachable (bwrap is sure).
        if libc.unshare(CLONE_NEWNET) != 0:
            libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def fence(package: str) -> None:
    """Take from this process all TCP, and the disk but Python, the system, `package` and the working folder.

    By Landlock, as the kernel's own documentation lays it out; a kernel without it changes nothing.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    # Rights over files, over TCP (to bind and connect), over sockets and signals to others outside.
    handled = struct.pack("<QQQ", rights, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = libc.syscall(LANDLOCK_CREATE, handled, len(handled), 0)
    if rules < 0:
        return
    allowed = [(place, READ_FOLDER) for place in (*SYSTEM, sys.prefix, sys.base_prefix, package)]
    for place, right in [*allowed, ("/dev/null", 0b111), (".", rights)]:
        try:
            descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        within = right if Path(place).is_dir() else right & 0b111
        libc.syscall(LANDLOCK_ADD, rules, 1, struct.pack("<Qi", within, descriptor), 0)
        os.close(descriptor)
    libc.syscall(LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def load(package: str, module: str) -> object:
    """Import `module` of the package in folder `package` by the package's bare name, without its parents."""
    name = Path(package).name
    spec = importlib.util.spec_from_file_location(
        name, Path(package) / "__init__.py", submodule_search_locations=[package]
    )
    if spec is None or spec.loader is None:
        raise ImportError(package)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return importlib.import_module(f"{name}.{module}")


if __name__ == "__main__":
    request = json.loads(sys.argv[1])
    shut_in(request["limits"])
    if request["parent"] and os.getppid() != request["parent"]:
        os._exit(1)  # killed before this process could ask to end with it
    if request["fenced"]:
        fence(request["package"])
    load(request["package"], request["module"]).main(request)  # type: ignore[attr-defined]
