"""The policy in a running hub: the check while writing, posts looked at again, and the desk with very many flags."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from rich.console import Console
from waitress import create_server

import config
from bench.visitor import Visitor
from hub import clock, create_app, db
from hub.content.models import Item
from hub.people import sessions
from hub.people.models import Person
from hub.policy import scanning
from hub.policy.models import Case, Finding, Unscanned
from tests import make
from tests.policy import room

CHECKS = 300
ROUNDS = 15
LOOKED_AT = 200
VIEWS = {
    "most important first": "/desk",
    "oldest first": "/desk?sort=age",
    "due first": "/desk?sort=due",
    "one clause": "/desk?clause=2.1",
    "one rule": "/desk?rule=uk_nhs",
    "decided": "/desk?show=decided",
    "mine": "/desk?show=mine",
    "reported": "/desk?by=report",
}
PILES = ("review", "decided", "decided", "decided", "waiting")
RULES = ("uk_nhs", "dob", "secret", "uk_nino", "link_risky")
WORDS = "The referral names the ward and the day. Please ring the team before you answer, since the list changes each week. "


def measure(report: dict[str, Any], folder: Path, flags: int, texts: list[str], console: Console) -> None:
    """Everything that needs a hub, on a database of its own in `folder`."""
    app = create_app(
        config.load({}, data=str(folder), index=str(folder / "search_index"), testing=True, worker=False)
    )
    with app.app_context():
        db.database.create_tables(db.models())
        make.hub_space()
        room.policy()
        author = make.person("Ann Evans")
        check(report, app, author, console)
        if texts:
            again(report, author, texts, console)
        desk(report, app, flags, console)
        db.database.close()


def _spent(what: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of this process's processor time, and of the clock on the wall."""
    start, begun = time.process_time(), time.perf_counter()
    what()
    return (time.process_time() - start) * 1000, (time.perf_counter() - begun) * 1000


def check(report: dict[str, Any], app: Flask, author: Person, console: Console) -> None:
    """4 KB of words through a real server, every time others, one in three with something to say about."""
    where = make.space("Housing", "open", "everyone", editors=(author,))
    cookie = Visitor(app, sessions.start(author, "bench", "127.0.0.1")).cookie
    server = create_server(app, host="127.0.0.1", port=0, threads=2, clear_untrusted_proxy_headers=True)
    threading.Thread(target=server.run, daemon=True).start()
    line = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=30)
    origin = f"http://127.0.0.1:{server.effective_port}"
    line.request("GET", "/policy", headers={"Cookie": cookie})
    first = line.getresponse()
    page = first.read().decode()
    for sent in first.headers.get_all("Set-Cookie", []):
        cookie = sent.partition(";")[0]
    found = re.search(
        r'X-CSRFToken[^a-zA-Z0-9]+([A-Za-z0-9._-]{20,})|name="csrf_token" value="([^"]+)"', page
    )
    token = (found.group(1) or found.group(2)) if found else ""
    headers = {
        "Cookie": cookie, "Origin": origin, "X-CSRFToken": token, "HX-Request": "true", "HX-Target": "nudge",
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip

    def ask(number: int) -> None:
        body = f"Note {number}. {room.TEXT if number % 3 == 0 else ''} " + WORDS * 40
        form = {
            "title": f"Note {number}",
            "body": body[:4096],
            "audience": where.default_audience,
            "csrf_token": token,
        }
        line.request("POST", "/policy/check", urlencode(form), headers)
        answer = line.getresponse()
        words = answer.read()
        if answer.status != 200 or (number % 3 == 0) != (b"NHS" in words):
            raise RuntimeError(f"the check answered {answer.status}: {words[:300]!r}")

    for number in range(12):
        ask(number)
    taken = [_spent(lambda n=number: ask(n)) for number in range(CHECKS)]  # type: ignore[misc]
    line.close()
    cpu, wall = sorted(t[0] for t in taken), sorted(t[1] for t in taken)
    reached = report["reached"]
    reached["check of 4 KB while writing over HTTP, p50, CPU ms"] = cpu[CHECKS // 2]
    reached["check of 4 KB while writing over HTTP, p95, CPU ms"] = cpu[CHECKS * 95 // 100]
    report["check, ms on the wall"] = {
        "p50": round(wall[CHECKS // 2], 1), "p95": round(wall[CHECKS * 95 // 100], 1), "longest": round(wall[-1], 1),
    }  # fmt: skip
    console.print(f"check while writing, client and server, on the wall: {report['check, ms on the wall']}")


def again(report: dict[str, Any], author: Person, texts: list[str], console: Console) -> None:
    """Published posts put on the list of what is to be looked at, as a rescan does, and looked at by the worker."""
    where = make.space("Archive", "open", "staff", editors=(author,))
    chosen = [text[:100_000] for text in texts[: LOOKED_AT * 3 : 3] if text]
    for number, text in enumerate(chosen):
        make.item(author, where, "topic", title=f"Article {number}", body=text)
    with db.write():
        scanning.ask_for([row.id for row in Item.select(Item.id).where(Item.space == where.id)])
    size = sum(len(text.encode()) for text in chosen) / 1e6
    cpu, wall = _spent(scanning.scan_waiting)
    if Unscanned.select().count():
        raise RuntimeError("items are left that have not been looked at")
    report["reached"]["posts looked at again, MB a second of one core"] = size / cpu * 1000
    console.print(f"{len(chosen)} posts, {size:.1f} MB looked at again in {wall / 1000:.1f} s on the wall")


def desk(report: dict[str, Any], app: Flask, flags: int, console: Console) -> None:
    """Views of the desk as a reviewer has them."""
    start = time.perf_counter()
    seed(flags)
    ifan = make.person("Ifan Rees", roles=["senior reviewer"])
    visitor = Visitor(app, sessions.start(ifan, "bench", "127.0.0.1"))
    slowest = 0.0
    report["desk, CPU ms"] = {}
    console.print(f"\n{flags:,} flags seeded in {time.perf_counter() - start:.0f} s")
    for name, path in VIEWS.items():
        visitor.get(path)
        times = sorted(_spent(lambda p=path: visitor.get(p))[0] for _ in range(ROUNDS))  # type: ignore[misc]
        median = times[ROUNDS // 2]
        slowest = max(slowest, median)
        report["desk, CPU ms"][name] = {"p50": round(median, 1), "worst": round(times[-1], 1)}
        console.print(f"  desk, {name:22} p50 {median:6.1f}  worst {times[-1]:6.1f} CPU ms")
    report["reached"]["slowest view of the desk, p50, CPU ms"] = slowest


def seed(flags: int) -> None:
    """So many cases with a finding each, about 1,000 items of 200 people: a fifth to review, a fifth with the author.
    One in a hundred of those to review was reported by a member too.
    """
    people = [make.person(f"Writer {n}") for n in range(200)]
    where = make.space("Everything", "open", "everyone", editors=people)
    items = [make.item(people[n % 200], where, "topic", title=f"Item {n}") for n in range(1000)]
    now = clock.now()
    fields = [
        Case.item, Case.author, Case.clause, Case.open_key, Case.state, Case.pile, Case.revision, Case.audience,
        Case.rules, Case.rule, Case.excerpt, Case.findings, Case.points, Case.rank, Case.reports, Case.opened_at, Case.changed_at, Case.due_at, Case.decided_at,
    ]  # fmt: skip
    first = (Case.select(Case.id).order_by(Case.id.desc()).limit(1).scalar() or 0) + 1
    for begin in range(0, flags, 2000):
        with db.write():
            cases, findings = [], []
            for n in range(begin, min(begin + 2000, flags)):
                pile = PILES[n % len(PILES)]
                item, rule, at = items[n % 1000], RULES[n % 7 % 5], now - timedelta(minutes=n)
                decided = pile == "decided"
                cases.append((
                    item.id, item.author_id, f"{n % 6}.1", None if decided else f"{item.id}:{n}",
                    "open" if pile == "review" else pile, pile, 1, "all-staff", [rule], rule, "99• ••• •••4", 1, n % 90, n % 90 * 10_000_000 - n, int(n % 500 == 0), at, at, at + timedelta(days=3),
                    at if decided else None,
                ))  # fmt: skip
                findings.append((
                    item.id, 1, first + n, rule, f"{n % 6}.1", "text", n, n + 10, 0.9, "99• ••• •••4", "“NHS number” stands before it",
                    f"{n // 3:064x}", "all-staff", "nudge+flag", at,
                ))  # fmt: skip
            Case.insert_many(cases, fields=fields).execute()
            Finding.insert_many(
                findings,
                fields=[
                    Finding.item,
                    Finding.revision,
                    Finding.case,
                    Finding.rule,
                    Finding.clause,
                    Finding.place,
                    Finding.start,
                    Finding.end,
                    Finding.confidence,
                    Finding.excerpt,
                    Finding.why,
                    Finding.fingerprint,
                    Finding.audience,
                    Finding.outcome,
                    Finding.found_at,
                ],
            ).execute()
