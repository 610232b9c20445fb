"""Commands of search: reindex, status, query, explain, evaluate."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from hub import access
from hub.content.models import Item
from hub.people import queries as people
from hub.search import feeding, queries, reactions, trial
from hub.search.engine import IndexBroken

WORTH_TWO = 5_000  # documents: with fewer, starting processes takes longer than they save
search = AppGroup("search", help="The search index: rebuild, look at, ask, measure.")


def attach(app: Flask) -> None:
    """Adds the commands to the app."""
    app.cli.add_command(search)


@search.command("reindex")
@click.option("--processes", type=click.IntRange(1, 8), help="As a rule two, for 5,000 things or more.")
def reindex(processes: int | None) -> None:
    """Build the index anew beside the one in use, then swap. Searching goes on."""
    from rich.progress import Progress  # of no use to a web process, which loads all commands

    _ready()
    total = feeding.count()
    began = time.monotonic()
    with Progress() as bar:
        task = bar.add_task("Indexing", total=total)
        written = reactions.rebuild(
            lambda done: bar.update(task, completed=done),
            "asked for on the command line",
            processes or (2 if total >= WORTH_TWO and (os.cpu_count() or 1) > 1 else 1),
        )
        bar.update(task, completed=written, total=written)
    click.echo(f"{written} documents indexed in {time.monotonic() - began:.1f} s.")


@search.command("status")
def status() -> None:
    """Say how the index is."""
    _ready()
    try:
        health = reactions.index().health()
    except IndexBroken as error:
        raise _unreadable(error) from None
    click.echo(
        f"{health.documents} documents in {health.segments} segments, {health.deleted} deleted ones, {health.bytes / 1e6:.1f} MB; {feeding.count()} should be there."
    )


ANY_WORDS = {"ignore_unknown_options": True}  # so that "-damp" is a query and no option


def _unreadable(error: IndexBroken) -> click.ClickException:
    return click.ClickException(f"The index cannot be read ({error}). `flask search reindex` builds it anew.")


def _ready() -> None:
    """Raises ClickException where there is no database to ask yet."""
    if not Item.table_exists():
        raise click.ClickException(
            "This hub has no database yet: `flask db migrate` makes it, `make run` does too."
        )


def _viewer(email: str) -> access.Viewer:
    """Whose eyes to search with; nobody's without an address. ClickException for an unknown one."""
    _ready()
    person = people.by_email(email) if email else None
    if email and person is None:
        raise click.ClickException(f"There is no person with the address {email}.")
    return access.viewer_for(person)


@search.command("query", context_settings=ANY_WORDS)
@click.argument("text")
@click.option("--as", "email", default="", help="Whose eyes to search with; nobody when left out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: hits, facets, timing.")
@click.option("--limit", type=click.IntRange(0, 1_000), default=10, show_default=True)
def query(text: str, email: str, as_json: bool, limit: int) -> None:
    """Search as a person and print what they would find."""
    viewer = _viewer(email)
    began = time.perf_counter()
    found = queries.find(viewer, text, per_page=limit)
    took = (time.perf_counter() - began) * 1000
    hits = [_plain(hit) for hit in found.hits]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "query": text,
                    "total": found.total,
                    "hits": hits,
                    "facets": found.facets,
                    "did_you_mean": found.did_you_mean,
                    "relaxed": found.relaxed,
                    "trouble": found.trouble,
                    "took_ms": round(took, 2),
                    "engine_ms": round(found.took * 1000, 2),
                },
                ensure_ascii=False,
            )
        )
        return
    click.echo(f"{found.total} found in {took:.1f} ms")
    if found.trouble:
        click.echo(found.trouble, err=True)
    for hit in hits:
        click.echo(f"{hit['score']:8.3f}  {hit['key']:<14} {hit['title']}")


def _plain(hit: dict[str, Any]) -> dict[str, Any]:
    thing = hit["thing"]
    return {
        "key": f"{hit['what']}:{thing.id}",
        "id": thing.id,
        "kind": getattr(thing, "kind", hit["what"]) if hit["what"] == "item" else hit["what"],
        "title": "".join(text for text, _ in hit["title"]),
        "passage": "".join(f"[{text}]" if marked else text for text, marked in hit["passage"]),
        "place": hit["place"],
        "score": round(hit["score"], 4),
    }


@search.command("explain", context_settings=ANY_WORDS)
@click.argument("text")
@click.option("--item", "item_id", type=int, required=True)
@click.option("--as", "email", default="")
def explain(text: str, item_id: int, email: str) -> None:
    """Say why an item ranks where it does for a person."""
    viewer = _viewer(email)
    try:
        told = reactions.index().explain(text, f"item:{item_id}", access.readable_in_search(viewer))
    except IndexBroken as error:
        raise _unreadable(error) from None
    if not told.found:
        raise click.ClickException("That item is not among what this person would find for these words.")
    click.echo(f"rank {told.rank}, score {told.score:.4f}")
    for reason, value in told.lines:
        click.echo(f"  {value:+9.4f}  {reason}")


@search.command("evaluate")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--here", is_flag=True, hidden=True, help="In this hub, which must be empty.")
def evaluate(folder: Path, here: bool) -> None:
    """Measure ranking on a judged collection in the SMART format, in a throw-away hub; one JSON line."""
    try:
        result = trial.measure_here(folder) if here else trial.evaluate(folder)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(result))
