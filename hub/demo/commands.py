"""Commands of the demo council: seed it once, print its sign-ins, throw it away."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

import click
from flask import Flask, current_app
from flask.cli import AppGroup

import config
from hub import db
from hub.demo import places
from hub.demo import seed as seeding
from hub.people.models import Person, Session

UNFINISHED = "demo-unfinished"
"""A file in the data folder while the demo council is being filled."""
CONTENT = ("hub.db*", "files", "mail", "policy-audit-heads.txt")
OURS = (*CONTENT, "queue.db*", "search_index", "secret", UNFINISHED)
"""What a hub keeps in its data folder, and what of it a new filling does without while the hub runs."""

demo = AppGroup("demo", help="The demo council: Marchford and its partners, all invented.")


def attach(app: Flask) -> None:
    """Adds the commands to the app."""
    app.cli.add_command(demo)


@demo.command("seed")
def seed() -> None:
    """Fill an empty hub with the demo council; a hub with people in it is left alone.

    A filling that was cut short is begun again, unless somebody has signed in meanwhile.
    """
    from rich.console import Console  # of no use to a web process, which loads all commands
    from rich.progress import Progress

    settings = current_app.config["HUB"]
    unfinished = settings.data_path / UNFINISHED
    if unfinished.exists() and not Session.select().exists():
        click.echo("The demo council was not filled to its end last time: it is begun again.")
        throw_away(settings, CONTENT)
        db.migrate()
    elif Person.select().exists():
        return
    unfinished.touch()
    with Progress(console=Console(stderr=False)) as bar:
        task = bar.add_task("Filling the demo council", total=None)
        seeding.seed(lambda done, total: bar.update(task, completed=done, total=total))
    unfinished.unlink()


@demo.command("sign-ins")
def sign_ins() -> None:
    """Print who can sign in to the demo, and the password."""
    rows = sorted(seeding.sign_ins())
    if not rows:
        return
    click.echo(f"  Demo sign-ins, all with the password  {places.PASSWORD}\n")
    for what, email, name in rows:
        click.echo(f"    {email:<36} {name}, {what}")
    click.echo("")


@demo.command("reset")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Throw the data of this hub away, to begin again. Only where the demo council lives in it."""
    settings = current_app.config["HUB"]
    known = (
        Person.table_exists()
        and Person.get_or_none(Person.email == "ann.evans@marchford.example") is not None
    )
    if Person.table_exists() and Person.select().exists() and not known:
        raise click.ClickException("This hub does not hold the demo council: nothing was thrown away.")
    if not yes:
        click.confirm(f"Throw away everything in {settings.data_path}?", abort=True)
    throw_away(settings)
    click.echo("The demo is gone. `make run` makes a new one.")


def throw_away(settings: config.Settings, names: Iterable[str] = OURS) -> None:
    """Removes what this hub keeps under these names in its data folder, and its index; nothing else that lies there."""
    if not db.is_sqlite():
        db.drop_everything()
    db.database.close()
    found = [path for name in names for path in settings.data_path.glob(name)]
    found += [path for path in settings.index_path.glob("*") if path.name != ".gitkeep"]
    for path in found:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
