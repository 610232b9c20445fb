"""The real program as a child process: started, spoken to over HTTP, killed, and looked at afterwards."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PATIENCE = 60.0
_furnished: dict[int, tuple[Path, dict[str, Any]]] = {}


class Unanswered(Exception):
    """The hub did not answer: nothing is known about what was sent."""


@dataclass
class Answer:
    """Status, headers (lower-case names) and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def place(self) -> str:
        """Where the answer sends the browser."""
        return self.headers.get("location", "")


class Hub:
    """One hub in a folder of its own: `flask serve` as a child in its own group, with its worker beside it."""

    def __init__(self, folder: Path, people: int = 4, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder.parent / f"{folder.name}.log"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HUB_", "PYTHONDONTWRITE", "COV_"))}
        self.env = {
            **kept,
            "HUB_DATA": str(folder),
            "HUB_PORT": str(self.port),
            "HUB_DEMO": "0",
            "FLASK_APP": "wsgi.py",
            "PYTHONPATH": str(ROOT),
            **{f"HUB_{k.upper()}": v for k, v in settings.items()},
        }
        folder.mkdir(parents=True, exist_ok=True)
        self.known = self._furnish(people)
        self.process: subprocess.Popen[bytes] | None = None

    def _furnish(self, people: int) -> dict[str, Any]:
        """Fills the folder, by copying where one with so many people has been filled in this process before."""
        if people not in _furnished:
            known = json.loads(self.run("-m", "tests.durability.furnish", str(people)))
            kept = Path(tempfile.mkdtemp(prefix="hub-durability-"))
            atexit.register(shutil.rmtree, kept, ignore_errors=True)
            shutil.copytree(self.folder, kept, dirs_exist_ok=True)
            _furnished[people] = (kept, known)
        kept, known = _furnished[people]
        shutil.copytree(kept, self.folder, dirs_exist_ok=True)
        return dict(known)

    def run(self, *arguments: str) -> str:
        """What a Python child with this hub's settings prints."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def start(
        self, before: Callable[[], None] | None = None, wait: bool = True, through: tuple[str, ...] = ()
    ) -> float:
        """Starts the hub; seconds until it answered. `before` runs in the child first, `through` is a program that starts it."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*through, sys.executable, "-m", "flask", "serve"],
                env=self.env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=before,  # noqa: PLW1509 (it only sets a limit and a signal)
            )
        if wait:
            self.await_answer()
        return time.monotonic() - began

    def await_answer(self) -> None:
        """Waits until a page is answered. AssertionError, with the log's end, when the program ends or takes too long."""
        assert self.process is not None
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log_end()
            with contextlib.suppress(Unanswered):
                Browser(self, "", "").get("/healthz")
                return
            time.sleep(0.02)
        raise AssertionError(f"the hub did not answer within {PATIENCE:.0f} s\n{self.log_end()}")

    def workers(self) -> list[int]:
        """Process ids of the worker beside this web, usually one."""
        if self.process is None:
            return []
        return [pid for pid in children(self.process.pid) if b"worker" in command_line(pid)]

    def kill(self, what: str) -> None:
        """SIGKILL, as a crash or an impatient administrator would: "web", "worker" or "both" at the same moment."""
        assert self.process is not None
        doomed = [] if what == "worker" else [self.process.pid]
        doomed += [] if what == "web" else self.workers()
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if what != "worker":
            self.process.wait()

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Asks the web to stop; its exit code. Kills what is left when it does not."""
        if self.process is None or self.process.poll() is not None:
            return 0
        workers = self.workers()
        self.process.send_signal(how)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            for pid in (self.process.pid, *workers):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise

    def log_end(self) -> str:
        """The last lines that the program wrote."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Rows of the hub's database, read beside the running program."""
        with contextlib.closing(sqlite3.connect(self.folder / "hub.db", timeout=15)) as connection:
            return connection.execute(sql, values).fetchall()

    def index_difference(self, seconds: float = 10) -> dict[str, Any]:
        """What the index holds too much or too little after at most so many seconds, seen by a fresh process."""
        found: dict[str, Any] = json.loads(self.run("-m", "tests.durability.index_keys", str(seconds)))
        return found

    def browser(self, number: int) -> Browser:
        """A browser in which one of the people has signed in."""
        return Browser(self, self.known["emails"][number], self.known["password"]).sign_in()


@dataclass
class Browser:
    """Cookies and a CSRF token: enough of a browser to fill in forms."""

    hub: Hub
    email: str
    password: str
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def sign_in(self) -> Browser:
        """Signs in with the form and keeps a token that the session's later forms accept."""
        self.token = self._token(self.ask("GET", "/sign-in"))
        answer = self.post("/sign-in", {"email": self.email, "password": self.password})
        assert answer.status == 303, answer.text[:500]
        self.token = self._token(self.ask("GET", "/topics/new"))
        return self

    def _token(self, page: Answer) -> str:
        found = TOKEN.search(page.text)
        assert found, f"{page.status}: {page.text[:500]}"
        return found[1]

    def get(self, path: str) -> Answer:
        """GETs a path; follows nothing."""
        return self.ask("GET", path)

    def post(self, path: str, values: dict[str, str]) -> Answer:
        """POSTs a form."""
        body = urllib.parse.urlencode({"csrf_token": self.token, **values}).encode()
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(
        self, path: str, values: dict[str, str], name: str, content: bytes, kind: str = "*/*"
    ) -> Answer:
        """POSTs a form with one file."""
        edge = f"edge{random.getrandbits(64):x}"
        parts = b"".join(
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {"csrf_token": self.token, **values}.items()
        )
        head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        body = parts + head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self.ask(
            "POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}", "Accept": kind}
        )

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own. Raises Unanswered unless the whole answer arrived."""
        connection = http.client.HTTPConnection("127.0.0.1", self.hub.port, timeout=40)
        sent = {**(headers or {}), "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"{method} {path}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, content)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    """Process ids of a process's children."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in path.read_text().split()]
    return found


def command_line(pid: int) -> bytes:
    """The words a process was started with; empty when it has gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def runs(pid: int) -> bool:
    """Whether the process is there and is not a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(true: Callable[[], Any], seconds: float) -> float | None:
    """Seconds until it was true, or None when it was not in time."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(0.02)
    return None


def limit_files_to(size: int) -> Callable[[], None]:
    """For `Hub.start`: no file of the program may grow beyond so many bytes, which looks like a full disk to it."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return limit


WITHOUT_PRIVILEGE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
"""For `Hub.start`: modes of files hold for the program even when root starts it."""


@contextlib.contextmanager
def only_readable(path: Path) -> Iterator[None]:
    """Takes the right to write a file away for a while."""
    mode = path.stat().st_mode
    path.chmod(0o444)
    try:
        yield
    finally:
        path.chmod(mode)


@contextlib.contextmanager
def running(folder: Path, **values: Any) -> Iterator[Hub]:
    """A started hub that is stopped in any case."""
    hub = Hub(folder, **values)
    try:
        hub.start()
        yield hub
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            hub.stop()
