"""The command that imports articles."""

from __future__ import annotations

import time
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from hub import access
from hub.access import Viewer
from hub.blogs import importing
from hub.blogs.models import Blog
from hub.blogs.queries import Target
from hub.errors import HubError
from hub.people import queries as people
from hub.people.models import Organisation, Person
from hub.spaces.models import Space

REPORTED = 50


def attach(app: Flask) -> None:
    """Adds the command to the group `content`, which other features may share."""
    group = app.cli.commands.get("content")
    if not isinstance(group, AppGroup):
        group = AppGroup("content", help="Content: imports.")
        app.cli.add_command(group)
    group.add_command(import_articles)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--space", "slug", required=True, help="The space that the posts go to, as its address writes it."
)
@click.option(
    "--as", "email", default="", help="Who the author is, by e-mail; without it the first administrator."
)
@click.option("--kind", type=click.Choice(["post"]), default="post", help="What the articles become.")
def import_articles(file: Path, slug: str, email: str, kind: str) -> None:
    """Import articles from FILE (JSON lines, .gz or not) as posts of a space's blog. A second run adds only what is new."""
    from rich.console import Console  # of no use to a web process, which loads all commands
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    viewer = _author(email)
    target = _target(viewer, slug)
    console = Console(stderr=True)
    begun = time.monotonic()
    columns = (TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("import", total=importing.count_lines(file))
            outcome = importing.run(viewer, target, file, lambda done: progress.advance(bar, done))
    except HubError as error:
        raise click.ClickException(error.message) from None
    _tell(outcome, time.monotonic() - begun, kind)


def _author(email: str) -> Viewer:
    if email:
        person = people.by_email(email)
        if person is None:
            raise click.ClickException(f"Nobody has an account with the address {email}.")
    else:
        rows = Person.select(Person, Organisation).join(Organisation).order_by(Person.id)
        person = next((p for p in rows if p.has_role("administrator") and p.is_active), None)
        if person is None:
            raise click.ClickException(
                "There is no administrator yet. Say who the author is with --as EMAIL."
            )
    viewer = access.viewer_for(person)
    if viewer.person is None:
        raise click.ClickException(f"The account of {person.name} has ended.")
    return viewer


def _target(viewer: Viewer, slug: str) -> Target:
    space = Space.get_or_none(Space.slug == slug)
    if space is None:
        known = ", ".join(row.slug for row in Space.select().order_by(Space.slug).limit(20))
        raise click.ClickException(f"There is no space {slug!r}. Known: {known or 'none yet'}.")
    try:
        access.require_post(viewer, space)
    except HubError as error:
        person = access.require_person(viewer)
        raise click.ClickException(error.message or f"{person.name} may not post in {space.name}.") from None
    if space.is_hub:
        return Target("me", "", space, blog=Blog.get_or_none(Blog.person == viewer.id))
    return Target(f"space-{space.id}", "", space, blog=Blog.get_or_none(Blog.space == space.id))


def _tell(outcome: importing.Outcome, seconds: float, kind: str) -> None:
    rate = outcome.posts / seconds if seconds else 0.0
    click.echo(
        f"{outcome.lines:,} lines: {outcome.articles:,} articles became {outcome.posts:,} {kind}s"
        f" in {seconds:.1f} s ({rate:.0f} a second), {outcome.known:,} were here already,"
        f" {outcome.cut:,} were cut into parts, {len(outcome.bad):,} could not be used."
    )
    for number, reason in outcome.bad[:REPORTED]:
        click.echo(f"line {number}: {reason}", err=True)
    if len(outcome.bad) > REPORTED:
        click.echo(f"and {len(outcome.bad) - REPORTED:,} more", err=True)
    if outcome.stopped:
        click.echo(
            "Stopped. What is counted here is kept; the same command goes on where it stopped.", err=True
        )
    if outcome.bad or outcome.stopped:
        raise SystemExit(1)
