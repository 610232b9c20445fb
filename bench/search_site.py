"""A whole hub with many items as people meet it: its web process is asked over HTTP, its processor time and memory
are read from the system, and what is written through it is looked for until it is found.

The processor time of one answer is that of all threads of the web process (Linux: /proc/PID/task/*/schedstat).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

import config
from bench import council
from bench.search_corpus import queries_of, sections, texts
from hub import clock, create_app, db
from hub.people.sessions import token_hash
from hub.search import reactions
from hub.search.engine.analysis import STOP_WORDS

SECRET = "b" * 48
PARTNER = council.STAFF + 5
TOKENS = {"partner": PARTNER, "staff": council.VIEWER}
ROUNDS = 10
AS_INSTALLED = """
import sys
sys.modules.update(dict.fromkeys(("psycopg", "psycopg2", "redis")))
from flask.cli import main
main()
"""
"""`flask` without the libraries that only tests and outgrown hubs install: peewee and huey load them where they find them."""
PATIENCE = 60.0  # seconds
LOOK_EVERY = 0.02


def build_apart(place: Path, count: int) -> None:
    """`build` in a process of its own, so that what it needs does not stay with the one that measures."""
    command = [sys.executable, "-m", "bench.search_site", str(place), str(count)]
    subprocess.run(command, check=True, cwd=config.ROOT)


def build(place: Path, count: int) -> None:
    """A hub's data folder with that many posts, whose words are the corpus's, and its index."""
    create_app(config.load({}, data=str(place), worker=False, secret=SECRET))
    db.migrate()
    db.database.close()
    made = council.build(place, count)
    base = sqlite3.connect(place / "hub.db")
    base.execute("CREATE TEMP TABLE fresh (id INTEGER PRIMARY KEY, title, body, html, excerpt)")
    rows = ((n, t, b, f"<p>{escape(b)}</p>", b[:200]) for n, (t, b) in enumerate(texts(made.posts), 1))
    base.executemany("INSERT INTO fresh VALUES (?, ?, ?, ?, ?)", rows)
    base.execute(
        "UPDATE item SET title = CASE WHEN item.title = '' THEN '' ELSE fresh.title END, body = fresh.body,"
        " html = fresh.html, excerpt = fresh.excerpt FROM fresh WHERE fresh.id = item.id"
    )
    base.commit()
    base.close()
    reactions.rebuild(processes=2)
    (place / "topic").write_text(str(made.topic_id))


def measure(place: Path) -> dict[str, Any]:
    """Pages' processor time, memory, start and freshness of the hub in that folder."""
    queries = queries_of(common_words())
    figures: dict[str, Any] = {}
    _sessions(place)
    with _serving(place) as web:
        figures["first results page after the start, s"] = round(web.first_answer("/search?q=service"), 2)
        partner, staff = Browser(web.port, "partner"), Browser(web.port, "staff")
        for browser in (partner, staff):
            browser.get("/search?q=zebra")
        web.rest()
        pages = [f"/search?q={quote_plus(text)}" for text in queries["words"]]
        for name in ("page, first use, CPU ms", "page, CPU ms"):
            figures[name] = _figures([web.spent(lambda page=page: partner.get(page)) for page in pages])
        for kind in ("common", "phrase", "misspelt", "prefix"):
            for text in queries[kind]:
                staff.get(f"/search?q={quote_plus(text)}")
        typed = [f"/search/suggest?q={quote_plus(text)}" for text in queries["typeahead"]]
        figures["suggestions, CPU ms"] = _figures(
            [web.spent(lambda page=page: partner.get(page)) for page in typed]
        )
        figures["memory, MB"] = round(web.memory(), 1)
        topic = int((place / "topic").read_text())
        times = [_fresh(staff, topic, f"zebra{os.getpid()}n{number}") for number in range(ROUNDS)]
        for name, place_of in (("published until found, s", 0), ("withdrawn until gone, s", 1)):
            figures[name] = _figures([pair[place_of] for pair in times], 3)
        figures["memory after changes, MB"] = round(web.memory(), 1)
    return figures


def common_words() -> list[str]:
    """The corpus's words without stop words, commonest first."""
    count = Counter(word for _, text in sections() for word in re.findall(r"[a-z]{3,}", text.lower()))
    return [word for word, _ in count.most_common(5000) if word not in STOP_WORDS]


def _figures(times: list[float], digits: int = 2) -> dict[str, float]:
    times = sorted(times)
    chosen = {"p50": times[len(times) // 2], "p95": times[int(len(times) * 0.95)], "worst": times[-1]}
    return {name: round(value, digits) for name, value in chosen.items()}


def _fresh(staff: Browser, topic: int, word: str) -> tuple[float, float]:
    """Seconds from a reply's acknowledgement until search tells it, and from its withdrawal until search does not."""
    address = staff.post(f"/topics/{topic}/replies", f"/topics/{topic}", body=f"About {word} in short")
    answer = re.search(r"answer=(\d+)", address)
    if answer is None:
        raise RuntimeError(f"the reply was not posted: {address}")
    found = _until(lambda: "hit=item-" in staff.get(f"/search?q={word}"))
    staff.post(f"/items/{answer[1]}/withdraw", f"/items/{answer[1]}/withdraw", reason="")
    gone = _until(lambda: "hit=item-" not in staff.get(f"/search?q={word}"))
    return found, gone


def _until(holds: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError("search did not follow")
        time.sleep(LOOK_EVERY)
    return time.monotonic() - began


class Browser:
    """A signed-in browser: keeps its cookie, follows nothing, sends the tokens of forms."""

    def __init__(self, port: int, who: str) -> None:
        app = Flask("signer")
        app.secret_key = SECRET
        signer: Any = SecureCookieSessionInterface().get_signing_serializer(app)
        self._port = port
        self._cookie = f"hub{port}={signer.dumps({'_user_id': f'bench-{who}', '_fresh': True})}"
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def get(self, address: str) -> str:
        """A page's text."""
        status, _, body = self._ask("GET", address, None)
        if status != 200:
            raise RuntimeError(f"{address} answered {status}")
        return body

    def post(self, address: str, form: str, **fields: str) -> str:
        """Sends the form of a page; where it leads."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(form))
        sent = {"csrf_token": token[1] if token else "", **fields}
        status, leads, body = self._ask("POST", address, urlencode(sent))
        if status != 303:
            raise RuntimeError(f"{address} answered {status}: {body[:300]}")
        return leads

    def _ask(self, method: str, address: str, body: str | None) -> tuple[int, str, str]:
        headers = {"Cookie": self._cookie, "Accept-Encoding": "identity"}
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{self._port}",
            }
        self._line.request(method, address, body, headers)
        answer = self._line.getresponse()
        text = answer.read().decode()
        fresh = answer.getheader("Set-Cookie", "").partition(";")[0]
        if fresh.startswith(f"hub{self._port}="):
            self._cookie = fresh
        return answer.status, answer.getheader("Location", ""), text


class Web:
    """A web process that was started, with its worker."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port
        self._tasks = Path(f"/proc/{process.pid}/task")
        self._began = time.monotonic()

    def first_answer(self, address: str) -> float:
        """Seconds from the start until a page is answered."""
        while True:
            if self.process.poll() is not None:
                raise RuntimeError("the hub did not start")
            try:
                Browser(self.port, "staff").get(address)
                return time.monotonic() - self._began
            except OSError:
                time.sleep(LOOK_EVERY)

    def milliseconds(self) -> float:
        """Processor time of all its threads so far."""
        spent = 0
        for task in self._tasks.iterdir():
            try:
                spent += int((task / "schedstat").read_text().split()[0])
            except OSError:  # a thread that has just ended
                continue
        return spent / 1e6

    def spent(self, call: Callable[[], object]) -> float:
        """Processor milliseconds of the process while a call runs."""
        before = self.milliseconds()
        call()
        return self.milliseconds() - before

    def rest(self) -> None:
        """Waits until it has read what it reads ahead."""
        before = -1.0
        while self.milliseconds() - before > 5:
            before = self.milliseconds()
            time.sleep(1)

    def memory(self) -> float:
        """Resident megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def _serving(place: Path) -> Iterator[Web]:
    """`flask serve` on that folder, web and worker, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    settings = {
        "HUB_DATA": str(place),
        "HUB_SECRET": SECRET,
        "HUB_PORT": str(port),
        "HUB_DEMO": "0",
        "FLASK_APP": "wsgi.py",
    }
    command = [sys.executable, "-c", AS_INSTALLED, "serve"]
    with (place / "serve.log").open("wb") as out:
        process = subprocess.Popen(command, cwd=config.ROOT, env=kept | settings, stdout=out, stderr=out)
        try:
            yield Web(process, port)
        finally:
            process.terminate()
            process.wait(30)


def _sessions(place: Path) -> None:
    """The visitors are signed in, as of now."""
    base = sqlite3.connect(place / "hub.db")
    now = council.micro(clock.now())
    for who, person in TOKENS.items():
        hashed = token_hash(f"bench-{who}")
        base.execute("DELETE FROM session WHERE token_hash = ?", (hashed,))
        base.execute(
            "INSERT INTO session (token_hash, person_id, device, address, created_at, seen_at) VALUES (?, ?, '', '', ?, ?)",
            (hashed, person, now, now),
        )
    base.commit()
    base.close()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        build(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        print(json.dumps(measure(Path(sys.argv[1])), indent=1))
