"""Search over many items beside tantivy, SQLite FTS5 and stock Whoosh, and a whole hub of as many items.

    .venv/bin/python -m bench search [--items 100000] [--quick] [--without tantivy,site] [--folder DIR] [--fresh]

One process and processor time, engines in turns on the same queries, so that a busy machine disturbs all of
them alike; `bench/search_site.py` measures a running hub. What is built (indexes, databases) is kept in the
folder for another run and built anew when its sources have changed. Prints each goal of search with its
figure and "ok" or "missed"; the last line is JSON; the exit code is 1 when a goal was missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import search_site
from bench.search_corpus import CORPUS, SPACES_CHOSEN, TOKENS, documents, queries_of, words_of
from bench.search_rivals import RIVALS, Rival
from bench.verdict import Goals, judge
from hub.search import engine
from hub.search.engine import Document, Index
from hub.web import starting

CHOSEN: dict[str, Any] = {"kind": "post", "space": list(range(1, SPACES_CHOSEN + 1))}
ROOT = Path(__file__).resolve().parent
OF_THE_INDEX = [Path(engine.__file__).parent / name for name in ("analysis.py", "schema.py", "writing.py")]
CHANGES = 100  # of which the 95th percentile is not simply the worst

GOALS: Goals = {
    "filtered, facets, snippets, p95: hub ÷ tantivy": ("at most", 3),
    "filtered, facets, snippets, p95: hub ÷ FTS5": ("at most", 1),
    "filtered, facets, snippets, p95: stock Whoosh ÷ hub": ("at least", 30),
    "first use of terms, p95: hub ÷ stock Whoosh unfiltered": ("at most", 1),
    "facets on a common word, p95: stock Whoosh ÷ hub": ("at least", 150),
    "phrase, p95: hub ÷ FTS5": ("at most", 1),
    "typeahead, p95, CPU ms": ("at most", 6),
    "did you mean, p95, CPU ms": ("at most", 15),
    "prefix and wildcard, p95, CPU ms": ("at most", 20),
    "worst of 500 odd queries, CPU ms": ("at most", 100),
    "change, delete, refresh and find, p95, CPU ms": ("at most", 40),
    "stale hits": ("at most", 0),
    "page of results for a partner over HTTP, p95, CPU ms": ("at most", 40),
    "published until found, worst, s": ("at most", 1),
    "withdrawn until gone, worst, s": ("at most", 1),
    "memory of a web process, 10,000 items, MB": ("at most", 150),
    "memory of a web process, all items, MB": ("at most", 400),
    "rebuild, two processes, CPU: stock Whoosh ÷ hub": ("at least", 1.3),
}

Calls = dict[str, list[Callable[[], object]]]
Figures = dict[str, float]  # p50, p95 and worst, in processor milliseconds


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="20,000 items")
    parser.add_argument("--without", default="", help="engines or `site` to leave out, with commas")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "hub-bench-search")
    parser.add_argument("--fresh", action="store_true", help="build everything anew")
    options = parser.parse_args(arguments)
    if not CORPUS.is_file():
        raise SystemExit(f"needs {CORPUS.relative_to(CORPUS.parents[2])} beside the repository")
    items = 20_000 if options.quick else options.items
    folder = options.folder / str(items)
    if options.fresh:
        shutil.rmtree(options.folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False)
    left_out = {name.strip().lower() for name in options.without.split(",")}
    report: dict[str, Any] = {"items": items, "cost": {}, "reached": {}}
    measure_engines(folder, items, left_out, report, console)
    if "site" not in left_out:
        measure_sites(options.folder, items, report, console)
    missed = judge(report, GOALS, console)
    print(json.dumps(report, ensure_ascii=False))
    return 1 if missed else 0


# What is built


def kept(
    folder: Path, name: str, sources: Sequence[Path], console: Console, build: Callable[[Path], None]
) -> Any:
    """The folder of something built from these sources, now or in an earlier run; and what building it took."""
    digest = hashlib.sha256(
        b"".join(path.read_bytes() for path in (*sources, ROOT / "search_corpus.py"))
    ).hexdigest()
    place, stamp = folder / name, folder / f"{name}.json"
    known = json.loads(stamp.read_text()) if stamp.is_file() else {}
    if known.get("of") != digest:
        shutil.rmtree(place, ignore_errors=True)
        stamp.unlink(missing_ok=True)
        place.mkdir()
        console.print(f"building {name} in {place}")
        began, spent = time.perf_counter(), processor_seconds()
        build(place)
        known = {"of": digest, "s": time.perf_counter() - began, "cpu": processor_seconds() - spent}
        stamp.write_text(json.dumps(known))
    console.print(f"{name}: built in {known['s']:.0f} s, {known['cpu']:.0f} s of processor time")
    return place, known


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def rival_of(
    make: type[Rival], folder: Path, items: int, console: Console
) -> tuple[Rival | None, dict[str, float]]:
    """A rival ready to search; None where it is not installed."""

    def build(place: Path) -> None:
        make(place).build(documents(items))

    try:
        place, built = kept(folder, make.name, [ROOT / "search_rivals.py"], console, build)
    except ImportError:
        shutil.rmtree(folder / make.name, ignore_errors=True)
        console.print(f"[yellow]{make.name} is not installed: left out (`make bench-search` installs it)[/]")
        return None, {}
    rival = make(place)
    rival.open()
    return rival, built


# Engines


def measure_engines(
    folder: Path, items: int, left_out: set[str], report: dict[str, Any], console: Console
) -> None:
    """Everything that needs only an index; figures go into the report."""

    def build(place: Path) -> None:
        Index.open(place).rebuild(documents(items), processes=2)

    place, built = kept(folder, "hub", OF_THE_INDEX, console, build)
    starting.set_aside()  # as each process of the hub does
    index = Index.open(place)
    queries = queries_of(words_of(index))
    began = time.process_time()
    index = Index.open(place)
    opened = time.process_time() - began
    index.warm()
    report["cost"]["opening and warming, CPU ms"] = round((time.process_time() - began) * 1000)
    report["cost"]["opening, CPU ms"] = round(opened * 1000)
    rivals = {}
    for make in RIVALS:
        if make.name.lower() not in left_out:
            rival, took = rival_of(make, folder, items, console)
            if rival is not None:
                rivals[make.name] = rival
                if make.name == "stock Whoosh":
                    reached = report["reached"]
                    reached["rebuild, two processes, CPU: stock Whoosh ÷ hub"] = took["cpu"] / built["cpu"]
                    report["cost"]["rebuild, wall: stock Whoosh ÷ hub"] = round(took["s"] / built["s"], 2)
    beside_rivals(index, rivals, queries, report, console)
    alone(index, queries, report, console)
    changes(index, items, report, console)


def beside_rivals(
    index: Index,
    rivals: dict[str, Rival],
    queries: dict[str, list[str]],
    report: dict[str, Any],
    console: Console,
) -> None:
    """Filtered words, a common word, a phrase and terms used for the first time, in turns with the others."""

    def ask(text: str, **chosen: Any) -> object:
        return index.search(text, tokens=TOKENS, **chosen)

    def others(kind: str, queries: list[str], only: str = "") -> Calls:
        return {
            name: [partial(rival.search, text, kind) for text in queries[: rival.rounds]]
            for name, rival in rivals.items()
            if only in ("", name)
        }

    costs, reached = report["cost"], report["reached"]
    words, common, phrases = queries["words"], queries["common"], queries["phrase"]

    def cold(text: str) -> Callable[[], object]:
        def run() -> object:
            return ask(text, **CHOSEN)

        return run

    first = {"hub": [cold(text) for text in words]} | others("plain", words, "stock Whoosh")
    costs["first use of terms"] = asked = in_turns(first, before={"hub": lambda: forget_terms(index)})
    told(console, "first use of terms (others: unfiltered, without facets)", asked)
    _ratio(reached, "first use of terms, p95: hub ÷ stock Whoosh unfiltered", asked, "hub", "stock Whoosh")

    chosen: Calls = {"hub": [partial(ask, text, **CHOSEN) for text in words]} | others("words", words)
    costs["filtered"] = asked = in_turns(chosen, warm=True)
    told(console, "two or three words, 20 spaces and a kind, facets, ten snippets", asked)
    _ratio(reached, "filtered, facets, snippets, p95: hub ÷ tantivy", asked, "hub", "tantivy")
    _ratio(reached, "filtered, facets, snippets, p95: hub ÷ FTS5", asked, "hub", "SQLite FTS5")
    _ratio(reached, "filtered, facets, snippets, p95: stock Whoosh ÷ hub", asked, "stock Whoosh", "hub")

    costs["common"] = asked = in_turns(
        {"hub": [partial(ask, text) for text in common]} | others("common", common), warm=True
    )
    told(console, "a common word, facets, ten snippets", asked)
    _ratio(reached, "facets on a common word, p95: stock Whoosh ÷ hub", asked, "stock Whoosh", "hub")

    costs["phrase"] = asked = in_turns(
        {"hub": [partial(ask, text) for text in phrases]} | others("phrase", phrases), warm=True
    )
    told(console, "a phrase, facets, ten snippets", asked)
    _ratio(reached, "phrase, p95: hub ÷ FTS5", asked, "hub", "SQLite FTS5")


def _ratio(reached: Figures, goal: str, asked: dict[str, Figures], above: str, below: str) -> None:
    if above in asked and below in asked:
        reached[goal] = asked[above]["p95"] / max(asked[below]["p95"], 1e-6)


def alone(index: Index, queries: dict[str, list[str]], report: dict[str, Any], console: Console) -> None:
    """What only the hub's engine is asked."""

    def ask(text: str) -> Callable[[], object]:
        return lambda: index.search(text, tokens=TOKENS)

    def complete(text: str) -> Callable[[], object]:
        return lambda: index.suggest(text, TOKENS)

    kinds = {
        "typeahead": [complete(text) for text in queries["typeahead"]],
        "did you mean": [ask(text) for text in queries["misspelt"]],
        "prefix, first use": [ask(text) for text in queries["prefix"]],
        "prefix and wildcard": [ask(text) for text in queries["prefix"]],
        "odd": [ask(text) for text in queries["odd"]],
    }
    costs, reached = report["cost"], report["reached"]
    for name, calls in kinds.items():
        asked = in_turns({"hub": calls}, warm=name in ("did you mean", "prefix and wildcard"))
        costs[name] = asked
        told(console, name, asked)
    for name in ("typeahead", "did you mean", "prefix and wildcard"):
        reached[f"{name}, p95, CPU ms"] = costs[name]["hub"]["p95"]
    reached["worst of 500 odd queries, CPU ms"] = costs["odd"]["hub"]["worst"]


def changes(index: Index, items: int, report: dict[str, Any], console: Console) -> None:
    """An item changed and another deleted, in one commit, until search tells it; what was deleted put back after.

    Merging small segments is the worker's next job after one change in sixteen or so: told apart.
    """
    stale = 0
    taken: list[float] = []
    merged: list[float] = []
    chosen = {f"item:{number}" for number in range(2 * CHANGES)}
    originals = [document for document in documents(min(items, 2 * CHANGES)) if document.key in chosen]
    for number in range(CHANGES):
        gone = originals[CHANGES + number]
        changed = Document(f"item:{number}", "post", "everyone", f"zebra{number}x", "words " * 80)
        before = keys_of(index, gone)
        began = time.process_time()
        crowded = index.apply([changed], [gone.key])
        found = index.search(f"zebra{number}x", tokens=TOKENS)
        taken.append((time.process_time() - began) * 1000)
        if crowded:
            began = time.process_time()
            index.merge()
            merged.append((time.process_time() - began) * 1000)
        if found.total != 1:
            raise RuntimeError("a changed item was not found at once")
        stale += gone.key not in before or gone.key in keys_of(index, gone)
    index.apply(originals)
    index.merge()
    costs = {"hub": figures(taken)} | ({"a merge": figures(merged)} if merged else {})
    report["cost"]["change"] = costs
    told(console, "an item changed and one deleted: write, refresh and find", costs)
    report["reached"]["change, delete, refresh and find, p95, CPU ms"] = costs["hub"]["p95"]
    report["reached"]["stale hits"] = stale


def keys_of(index: Index, document: Document) -> list[str]:
    """What everybody who may read it finds for a document's own words, without the signs that would mean something in a query."""
    words = " ".join(re.findall(r"\w+", document.body[:300].lower()))
    return index.ranking(words, tokens=frozenset({document.audience}), limit=100_000)


def forget_terms(index: Index) -> None:
    """As if no term had been asked for in this process."""
    snapshot = index.refresh()
    snapshot.cache.forget({segment.id for segment in snapshot.segments})
    for segment in snapshot.segments:
        segment._extents.clear()


# Timing


def in_turns(
    calls: Calls, warm: bool = False, before: dict[str, Callable[[], object]] | None = None
) -> dict[str, Figures]:
    """Processor milliseconds of each engine's calls, the engines in turns; `before` is done unmeasured."""
    if warm:
        for name, several in calls.items():
            for call in several if name != "stock Whoosh" else ():  # it keeps nothing, and takes minutes
                call()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for place in range(max(map(len, calls.values()))):
        for name, several in calls.items():
            if place < len(several):
                if before and name in before:
                    before[name]()
                began = time.process_time()
                several[place]()
                taken[name].append((time.process_time() - began) * 1000)
    return {name: figures(times) for name, times in taken.items()}


def figures(times: list[float]) -> Figures:
    """Median, 95th percentile and worst."""
    times = sorted(times)
    return {
        "p50": round(times[len(times) // 2], 2),
        "p95": round(times[int(len(times) * 0.95)], 2),
        "worst": round(times[-1], 2),
    }


def told(console: Console, title: str, asked: dict[str, Figures]) -> None:
    """One kind of query, engine by engine."""
    console.print(f"\n[bold]{title}[/], CPU ms")
    for name, one in asked.items():
        console.print(
            f"  {name:14} p50 {one['p50']:8.2f}   p95 {one['p95']:8.2f}   worst {one['worst']:8.2f}"
        )


# Whole hubs, and the verdict


def measure_sites(folder: Path, items: int, report: dict[str, Any], console: Console) -> None:
    """Running hubs of 10,000 and of all items."""
    sources = [ROOT / "search_site.py", ROOT / "council.py", *OF_THE_INDEX]
    for count in sorted({10_000, items}):
        (folder / str(count)).mkdir(parents=True, exist_ok=True)
        place, _ = kept(
            folder / str(count), "site", sources, console, partial(search_site.build_apart, count=count)
        )
        site = search_site.measure(place)
        report[f"site of {count}"] = site
        console.print(f"\n[bold]a running hub of {count:,} items[/]")
        for name, value in site.items():
            console.print(f"  {name}: {value:g}" if isinstance(value, int | float) else f"  {name}: {value}")
        reached = report["reached"]
        if count == 10_000:
            reached["memory of a web process, 10,000 items, MB"] = site["memory, MB"]
        if count == items:
            reached["memory of a web process, all items, MB"] = site["memory, MB"]
            reached["page of results for a partner over HTTP, p95, CPU ms"] = site["page, CPU ms"]["p95"]
            reached["published until found, worst, s"] = site["published until found, s"]["worst"]
            reached["withdrawn until gone, worst, s"] = site["withdrawn until gone, s"]["worst"]


if __name__ == "__main__":
    raise SystemExit(main())
