"""Pages: processor time of the hub's pages against floors measured in the same process, and the goals for pages.

Floors: (a) an app that answers the same bytes as a constant; (b) the page's own template from memory; (c) the page's
own SQL statements sent raw, then (b); (d) `bench.floor`: a plain Flask + Flask-Login + peewee + Jinja app with the
same statements and the same words. The goal is set against (d).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from rich.console import Console
from rich.table import Table

import config
from bench import council, floor
from bench.council import Council
from bench.timing import Cost, in_turns
from bench.visitor import Visitor
from hub import create_app, db
from hub.search import reactions as search

GOALS = {
    "topic ÷ floor (d)": 2.0,
    "SQL statements of an item page": 8,
    "SQL statements of a listing": 6,
    "topic, gzipped KB": 10.0,
    "cold visit, requests": 6,
    "cold visit, KB": 120.0,
    "region that swaps a part ÷ page": 0.4,
    "large ÷ small": 1.1,
}
WORDS = "housing repairs"


@dataclass
class Stage:
    """The hub on one of the built databases, and who visits it."""

    hub: Flask
    visitor: Visitor
    small: Council
    large: Council
    bases: dict[int, Any]

    def use(self, built: Council) -> None:
        """Puts the hub on that database."""
        db.database.initialize(self.bases[built.posts])

    def pages(self, built: Council) -> dict[str, str]:
        """The addresses that are measured."""
        return {"topic": f"/topics/{built.topic_id}", "feed": "/", "post": f"/posts/{built.post_id}"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench pages", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--quick", action="store_true", help="100,000 posts instead of 1,000,000, fewer rounds"
    )
    parser.add_argument("--posts", type=int, help="posts in the large database")
    parser.add_argument("--rounds", type=int, help="measured calls of each kind")
    options = parser.parse_args(arguments)
    posts = options.posts or (100_000 if options.quick else 1_000_000)
    rounds = options.rounds or (60 if options.quick else 150)
    console = Console()
    with stage(posts, console) as ready:
        report = measure(ready, rounds, console)
    report["posts"], report["rounds"] = posts, rounds
    missed = judge(report, console)
    print(json.dumps(report, ensure_ascii=False))
    return 1 if missed else 0


@contextmanager
def stage(posts: int, console: Console) -> Iterator[Stage]:
    """Builds the databases of 1,000 and of `posts` posts in HUB_BENCH_DATA or a temporary folder, and removes them."""
    parent = os.environ.get("HUB_BENCH_DATA")
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-", dir=parent))
    try:
        settings = config.load(
            {},
            data=str(folder / "small"),
            index=str(folder / "index"),
            worker=False,
            url="http://localhost",
            secret="b" * 48,
        )
        hub = create_app(settings)
        small, bases = built(folder / "small", 1_000, console)
        large, more = built(folder / "large", posts, console)
        stage = Stage(hub, Visitor(hub, council.TOKEN), small, large, bases | more)
        stage.use(small)
        search.rebuild()
        yield stage
        for base in stage.bases.values():
            base.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def built(folder: Path, posts: int, console: Console) -> tuple[Council, dict[int, Any]]:
    """One database, made by the migrations and filled; and the peewee database that opens it."""
    begun = time.monotonic()
    db.init("", folder)
    db.migrate()
    db.database.close()
    made = council.build(folder, posts)
    size = (folder / "hub.db").stat().st_size / 1e6
    console.print(
        f"{made.posts:,} posts: {size:,.0f} MB, built in {time.monotonic() - begun:.0f} s", highlight=False
    )
    return made, {made.posts: db.database.obj}


def measure(stage: Stage, rounds: int, console: Console) -> dict[str, Any]:
    """Everything that is measured, as plain numbers by name."""
    plain = floor.make(stage.hub)
    report: dict[str, Any] = {"cost": {}, "page": {}}
    pages = stage.pages(stage.small) | {"search": f"/search?q={WORDS.replace(' ', '+')}"}
    stage.use(stage.small)
    for name, address in pages.items():
        costs, told = against_floors(stage, plain, address, rounds)
        report["page"][name] = told
        report["cost"][name] = {
            key: {
                "ms": round(cost.median, 3),
                "p95": round(cost.p95, 3),
                "per second": round(cost.per_second),
            }
            for key, cost in costs.items()
        }
        show(console, name, costs)
    report["regions"] = regions(stage, rounds)
    for name, region in report["regions"].items():
        kind = "whole list" if region["whole list"] else "part"
        console.print(
            f"region {name} ({kind}): {region['time']:.0%} of its page's time, {region['bytes']:.0%} of its bytes"
        )
    report["cold"] = dict(zip(("requests", "bytes"), stage.visitor.cold("/"), strict=True))
    report["growth"] = growth(stage, rounds)
    return report


def against_floors(
    stage: Stage, plain: Flask, address: str, rounds: int
) -> tuple[dict[str, Cost], dict[str, Any]]:
    """The page beside its floors, in turns, on the small database."""
    visitor, beneath = stage.visitor, Visitor(plain, council.TOKEN)
    visitor.get(address)
    answer = visitor.get(address)
    with statements() as said, rendered(stage.hub) as seen:
        visitor.get(address)
    with db.count_queries() as floors_own:
        beneath.get(address)
    constant = Flask("constant")
    constant.add_url_rule("/", view_func=lambda body=answer.body: body)
    least = Visitor(constant_like(constant, stage.hub), council.TOKEN)
    render = from_memory(stage.hub, visitor, address, seen)
    raw = sqlite3.connect(str(db.database.obj.database))
    calls: dict[str, Callable[[], object]] = {
        "hub": lambda: visitor.get(address),
        "(a) constant": lambda: least.get("/"),
        "(b) template from memory": render,
        "(c) raw SQL + template": lambda: (
            [raw.execute(sql, values).fetchall() for sql, values in said],
            render(),
        ),
        "(d) plain Flask + peewee": lambda: beneath.get(address),
    }
    try:
        costs = in_turns(calls, rounds)
    finally:
        raw.close()
    told = {
        "statements": len(said),
        "statements of (d)": len(floors_own),
        "bytes": len(answer.body),
        "gzipped": answer.packed,
        "bytes of (d)": len(beneath.get(address).body),
    }
    return costs, told


def constant_like(app: Flask, hub: Flask) -> Flask:
    """The constant app with the hub's cookie settings, which `Visitor` needs."""
    app.config.update(
        SECRET_KEY=hub.config["SECRET_KEY"], SESSION_COOKIE_NAME=hub.config["SESSION_COOKIE_NAME"]
    )
    return app


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Collects the SQL statements of the block with their values."""
    seen: list[tuple[str, Any]] = []
    target = db.database.obj
    original = target.execute_sql

    def noting(sql: str, params: Any = None, *more: Any) -> Any:
        if sql.startswith("SELECT"):
            seen.append((sql, tuple(params or ())))
        return original(sql, params, *more)

    target.execute_sql = noting
    try:
        yield seen
    finally:
        del target.execute_sql


@contextmanager
def rendered(app: Flask) -> Iterator[list[tuple[Any, dict[str, Any]]]]:
    """Collects the templates rendered in the block with what they were given."""
    seen: list[tuple[Any, dict[str, Any]]] = []

    def note(_app: Flask, template: Any, context: dict[str, Any]) -> None:
        seen.append((template, context))

    with template_rendered.connected_to(note, app):
        yield seen


def from_memory(
    hub: Flask, visitor: Visitor, address: str, seen: list[tuple[Any, dict[str, Any]]]
) -> Callable[[], object]:
    """Renders the page's template again with what it was given, inside one request that stays open."""
    template, context = seen[-1]
    open_request = hub.test_request_context(address, headers={"Cookie": visitor.cookie})

    def render() -> str:
        with open_request:
            return template.render(context)

    return render


def regions(stage: Stage, rounds: int) -> dict[str, Any]:
    """What htmx gets instead of a page: bytes (gzipped) and processor time as a share of the page's.

    A region that is the whole list of its page (a tab of the feed, other results) saves only the frame around it: it is
    told, and not held to the goal.
    """
    stage.use(stage.small)
    visitor = stage.visitor
    wanted = {
        "bell": ("/notifications/bell", "bell", f"/topics/{stage.small.topic_id}"),
        "search results": (
            f"/search?q={WORDS.replace(' ', '+')}",
            "results",
            f"/search?q={WORDS.replace(' ', '+')}",
        ),
        "suggestions": ("/search/suggest?q=hou", "suggestions", "/"),
        "feed tab": ("/?show=blogs", "feed", "/?show=blogs"),
    }
    found: dict[str, Any] = {}
    for name, (address, target, page) in wanted.items():
        costs = in_turns(
            {"region": lambda a=address, t=target: visitor.get(a, t), "page": lambda p=page: visitor.get(p)},
            max(20, rounds // 3),
        )
        part, whole = visitor.get(address, target), visitor.get(page)
        found[name] = {
            "time": round(costs["region"].median / costs["page"].median, 3),
            "bytes": round(part.packed / whole.packed, 3),
            "whole list": page.partition("?")[0] == address.partition("?")[0],
        }
    return found


def growth(stage: Stage, rounds: int) -> dict[str, float]:
    """How many times dearer each page is with the large database than with the small one."""
    calls: dict[str, Callable[[], object]] = {}
    for size, one in (("large", stage.large), ("small", stage.small)):
        for name, address in stage.pages(one).items():

            def call(one: Council = one, address: str = address) -> object:
                stage.use(one)
                return stage.visitor.get(address)

            calls[f"{name} {size}"] = call
    costs = in_turns(calls, rounds)
    stage.use(stage.small)
    return {
        name: round(costs[f"{name} large"].median / costs[f"{name} small"].median, 3)
        for name in stage.pages(stage.small)
    }


def show(console: Console, name: str, costs: dict[str, Cost]) -> None:
    """One page beside its floors."""
    table = Table(
        "what",
        "CPU ms",
        "p95",
        "a second",
        "hub ÷ this",
        title=f"{name} (median of {costs['hub'].calls})",
        title_justify="left",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for key, cost in costs.items():
        table.add_row(
            key,
            f"{cost.median:.2f}",
            f"{cost.p95:.2f}",
            f"{cost.per_second:,.0f}",
            f"{costs['hub'].median / cost.median:.2f}",
        )
    console.print(table)


def judge(report: dict[str, Any], console: Console) -> list[str]:
    """Prints each goal beside what was measured; the names of those missed."""
    page, cost = report["page"], report["cost"]
    topic = cost["topic"]
    reached = {
        "topic ÷ floor (d)": topic["hub"]["ms"] / topic["(d) plain Flask + peewee"]["ms"],
        "SQL statements of an item page": max(page["topic"]["statements"], page["post"]["statements"]),
        "SQL statements of a listing": max(page["feed"]["statements"], page["search"]["statements"]),
        "topic, gzipped KB": page["topic"]["gzipped"] / 1000,
        "cold visit, requests": report["cold"]["requests"],
        "cold visit, KB": report["cold"]["bytes"] / 1000,
        "region that swaps a part ÷ page": max(
            max(region["time"], region["bytes"])
            for region in report["regions"].values()
            if not region["whole list"]
        ),
        "large ÷ small": max(report["growth"].values()),
    }
    report["goals"] = {
        name: {"goal": goal, "measured": round(reached[name], 3)} for name, goal in GOALS.items()
    }
    missed = [name for name, goal in GOALS.items() if round(reached[name], 2) > goal]
    table = Table("goal", "at most", "measured", "", title="Goals", title_justify="left")
    for name, goal in GOALS.items():
        verdict = "[red]missed[/]" if name in missed else "[green]held[/]"
        table.add_row(name, f"{goal:g}", f"{reached[name]:.2f}", verdict)
    console.print(table)
    return missed
