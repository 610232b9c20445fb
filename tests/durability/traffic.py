"""People who post, answer, upload, change and withdraw while the hub is killed; what they were told; and whether it is true."""

from __future__ import annotations

import hashlib
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.durability.rig import Browser, Hub, Unanswered

KINDS = ("topic", "reply", "post", "document", "edit", "withdraw")
TOLD = re.compile(r"/(?:topics|documents|posts)/(\d+)")
HALVES = {
    "topic": "SELECT id FROM item WHERE kind = 'topic' AND id NOT IN (SELECT item_id FROM topic)",
    "document": "SELECT id FROM item WHERE kind = 'document' AND id NOT IN (SELECT item_id FROM document)",
    "version": "SELECT item_id FROM document WHERE item_id NOT IN (SELECT document_id FROM document_version)",
    "revision": "SELECT id FROM item WHERE id NOT IN (SELECT item_id FROM revision)",
    "event": "SELECT id FROM item WHERE state = 'published' AND id NOT IN "
    "(SELECT item_id FROM event WHERE name = 'item:published')",
    "job": "SELECT id FROM document_version WHERE state = 'checking' AND id NOT IN "
    "(SELECT json_extract(payload, '$.version') FROM job WHERE kind = 'documents.read' AND done_at IS NULL)",
}
"""Things of which only a half would be there: each query must find nothing, whoever was killed and when."""


@dataclass(frozen=True)
class Write:
    """Something that was sent: its kind, the word that only it holds, the SHA-256 of a file, and for an edit or a
    withdrawal the topic that it is about and the topic's own word.
    """

    kind: str
    word: str
    sha256: str = ""
    about: tuple[str, str] = ("", "")


@dataclass
class Ledger:
    """What was sent and what of it the hub acknowledged (a 2xx or 3xx that arrived whole), from many threads."""

    sent: list[Write] = field(default_factory=list)
    acknowledged: list[tuple[Write, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unanswered: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the acknowledged writes was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Writer:
    """One person at work in a thread of their own."""

    browser: Browser
    ledger: Ledger
    chance: random.Random
    name: str
    done: int = 0
    topics: list[str] = field(default_factory=list)
    unchanged: list[tuple[str, str]] = field(default_factory=list)

    def write(self, kind: str = "") -> None:
        """Sends one thing and notes what came back."""
        self.done += 1
        kind = kind or self.chance.choices(KINDS, (4, 5, 2, 3, 1, 1))[0]
        if (kind == "reply" and not self.topics) or (kind in ("edit", "withdraw") and not self.unchanged):
            kind = "topic"
        word = f"w{self.name}x{self.done}x{self.chance.getrandbits(40):x}"
        content = f"{word}\n{self.chance.getrandbits(4000):x}\n".encode() if kind == "document" else b""
        about = ("", "")
        if kind in ("edit", "withdraw"):
            # Whatever becomes of it, this topic is left alone afterwards: what stands can be told then.
            about = self.unchanged.pop(self.chance.randrange(len(self.unchanged)))
            if kind == "withdraw":
                self.topics.remove(about[0])
        write = Write(kind, word, hashlib.sha256(content).hexdigest() if content else "", about)
        with self.ledger.lock:
            self.ledger.sent.append(write)
        began = time.monotonic()
        try:
            answer = self._send(write, content)
        except Unanswered as error:
            with self.ledger.lock:
                if isinstance(error.__cause__, ConnectionRefusedError):
                    self.ledger.sent.remove(
                        write
                    )  # nobody listens at the moment, so nobody can have taken it
                else:
                    self.ledger.unanswered += 1
            time.sleep(0.1)
            return
        with self.ledger.lock:
            found = TOLD.search(answer.place or answer.text)
            number = write.about[0] or (found[1] if found else "")
            if answer.status < 400 and number:
                self.ledger.acknowledged.append((write, number))
                self.ledger.seconds.append(time.monotonic() - began)
                if kind == "topic":
                    self.topics.append(number)
                    self.unchanged.append((number, word))
            else:
                self.ledger.refused.append(f"{kind}: {answer.status} {' '.join(answer.text.split())[:300]}")

    def _send(self, write: Write, content: bytes) -> Any:
        known, body = self.browser.hub.known, f"Something happened: {write.word}."
        if write.kind == "topic":
            values = {"title": f"About {write.word}", "body": body, "category": str(known["category"])}
            return self.browser.post("/topics/new", values)
        if write.kind == "reply":
            return self.browser.post(f"/topics/{self.chance.choice(self.topics)}/replies", {"body": body})
        if write.kind == "edit":
            values = {"title": f"About {write.about[1]}", "body": body, "version": "1"}
            return self.browser.post(f"/topics/{write.about[0]}/edit", values)
        if write.kind == "withdraw":
            return self.browser.post(f"/items/{write.about[0]}/withdraw", {"reason": "Sent by mistake"})
        if write.kind == "post":
            return self.browser.post("/posts/new", {"title": f"News of {write.word}", "body": body})
        values = {"space": known["space"]}
        return self.browser.upload(
            "/documents/upload", values, f"{write.word}.txt", content, "application/json"
        )


def at_work(
    writers: list[Writer], stop: threading.Event, kind: str = "", most: int = 0
) -> list[threading.Thread]:
    """Starts a thread for each writer, until `stop` is set or each has sent `most` things."""

    def go(writer: Writer) -> None:
        while not stop.is_set() and not (most and writer.done >= most):
            writer.write(kind)

    threads = [threading.Thread(target=go, args=(writer,), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    return threads


@dataclass
class Outcome:
    """What was done, and everything that is wrong afterwards."""

    rounds: Counter[str]
    sent: int
    acknowledged: int
    unanswered: int
    p99: float
    index_seconds: float
    wrong: list[str]
    kinds: Counter[str] = field(default_factory=Counter)


def kill_in_a_loop(
    hub: Hub,
    rounds: int,
    seed: int,
    writers: int = 3,
    shares: tuple[int, int, int] = (6, 2, 2),
    longest: float = 0.6,
    progress: Callable[[int, Ledger], None] | None = None,
) -> Outcome:
    """Kills worker, web or both again and again while people write; then looks at everything.

    shares: how often the worker, the web, or both at once. longest: seconds between two kills at the most.
    """
    chance = random.Random(seed)
    ledger, stop, done = Ledger(), threading.Event(), Counter[str]()
    people = [Writer(hub.browser(n), ledger, random.Random(seed + n), str(n)) for n in range(writers)]
    threads = at_work(people, stop)
    for number in range(1, rounds + 1):
        time.sleep(chance.uniform(0.05, longest))
        what = chance.choices(("worker", "web", "both"), shares)[0]
        if what == "worker":
            _await_worker(hub)
        hub.kill(what)
        done[what] += 1
        if what != "worker":
            hub.start()
        if progress:
            progress(number, ledger)
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join(60)
    return Outcome(
        done,
        len(ledger.sent),
        len(ledger.acknowledged),
        ledger.unanswered,
        ledger.percentile(0.99),
        *examine(hub, ledger),
        kinds=Counter(write.kind for write, _ in ledger.acknowledged),
    )


def _await_worker(hub: Hub) -> None:
    until = time.monotonic() + 30
    while not hub.workers() and time.monotonic() < until:
        time.sleep(0.02)


def examine(hub: Hub, ledger: Ledger) -> tuple[float, list[str]]:
    """Seconds until the index was right, and everything that is lost, doubled, halved or untrue."""
    wrong = [f"refused: {refusal}" for refusal in ledger.refused]
    index = hub.index_difference(10)
    if index["missing"] or index["ghosts"] or index["doubled"] or index["broken"]:
        wrong.append(f"index after {index['took']:.1f} s: {index}")
    (check,) = hub.rows("PRAGMA integrity_check")[0]
    if check != "ok":
        wrong.append(f"database: {check}")
    wrong += [f"half a {name}: {row}" for name, sql in HALVES.items() for row in hub.rows(sql)]
    wrong += _lost_or_doubled(hub, ledger)
    wrong += _unreadable(hub, ledger)
    return index["took"], wrong


def _lost_or_doubled(hub: Hub, ledger: Ledger) -> list[str]:
    """Counts each thing's own word among the rows: acknowledged ones once, unanswered ones at most once, withdrawn ones away."""
    stands: Counter[str] = Counter()
    for title, body, state in hub.rows("SELECT title, body, state FROM item"):
        for word in set(re.findall(r"\bw\d+x\d+x[0-9a-f]+", f"{title} {body}")):
            stands[word] += 1 if state == "published" else 100
    told = {write.word for write, _ in ledger.acknowledged}
    gone = {w.about[1]: w.word in told for w in ledger.sent if w.kind == "withdraw"}
    wrong = []
    for write in ledger.sent:
        if write.kind == "withdraw":
            continue
        wanted = {1} if write.word in told else {0, 1}
        if write.word in gone:
            wanted = {100} if gone[write.word] else {1, 100}
        if stands[write.word] not in wanted:
            how = "acknowledged" if write.word in told else "unanswered"
            wrong.append(f"{how} {write.kind} {write.word} stands {stands[write.word]} times")
    return wrong


def _unreadable(hub: Hub, ledger: Ledger) -> list[str]:
    """Reads every acknowledged thing over HTTP: words on its page, files with their SHA-256; what was withdrawn is missing."""
    wrong: list[str] = []
    browser, other = hub.browser(0), hub.browser(-1)  # the same person where the hub has one
    tried = {write.about[0] for write in ledger.sent if write.kind == "withdraw"}
    for write, number in ledger.acknowledged:
        if write.kind == "document":
            answer = browser.get(f"/documents/{number}/versions/1/{write.word}.txt")
            if answer.status != 200 or hashlib.sha256(answer.body).hexdigest() != write.sha256:
                wrong.append(f"file of document {number}: {answer.status}, {len(answer.body)} bytes")
        elif write.kind == "withdraw":
            # Its author may open it still, so it is asked for as somebody else.
            if (
                other.get(f"/topics/{number}").status == 200
                and browser.get(f"/topics/{number}").status == 200
            ):
                wrong.append(f"withdrawn topic {number} is open to others")
        elif write.kind in ("topic", "post", "edit") and number not in tried:
            answer = browser.get(f"/{'post' if write.kind == 'post' else 'topic'}s/{number}")
            if answer.status != 200 or write.word not in answer.text:
                wrong.append(f"{write.kind} {number}: {answer.status}")
    return wrong


def write_at_once(hub: Hub, writers: int, writes: int, seed: int) -> Outcome:
    """So many writers at the same time, nobody killed; "locked" in the log or an answer counts as wrong."""
    ledger, stop = Ledger(), threading.Event()
    people = [Writer(hub.browser(n), ledger, random.Random(seed + n), str(n)) for n in range(writers)]
    for thread in at_work(people, stop, most=-(-writes // writers)):
        thread.join()
    seconds, wrong = examine(hub, ledger)
    wrong += [f"log: {line}" for line in hub.log.read_text(errors="replace").splitlines() if "locked" in line]
    return Outcome(
        Counter(),
        len(ledger.sent),
        len(ledger.acknowledged),
        ledger.unanswered,
        ledger.percentile(0.99),
        seconds,
        wrong,
    )
