"""Commands that keep the hub safe: backup, restore, drill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import Flask, current_app
from flask.cli import AppGroup

import config
from hub import db, files
from hub.administration import backups, upkeep
from hub.errors import HubError

T = TypeVar("T")
group = AppGroup("hub", help="The whole hub: backup, restore, and the drill that proves them.")


def attach(app: Flask) -> None:
    """Adds the commands to the app."""
    app.cli.add_command(group)


@group.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Write a backup into a new folder inside FOLDER; the hub may go on running."""
    with _bars() as bars:
        made = _plainly(lambda: backups.backup(folder, _store(), _bar(bars, "Files")))
    click.echo(
        f"{backups.newest(folder)}: {made.rows:,} rows, {made.stored:,} files, {files.human_size(made.size)}."
    )


@group.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(folder: Path, yes: bool) -> None:
    """Put a backup in the place of the hub's data.

    FOLDER is a backup, or holds some: then the newest. Stop the hub first.
    """
    settings = _settings()
    if not db.is_sqlite():
        raise click.ClickException(
            "This hub runs on PostgreSQL: restore it with pg_restore, and then the files."
        )
    found = _plainly(lambda: backups.newest(folder))
    if not yes:
        click.confirm(f"Stop the hub first. Put {found} in the place of {settings.data_path}?", abort=True)
    db.database.close()
    with _bars() as bars:
        made = _plainly(lambda: backups.restore(found, settings.data_path, _store(), _bar(bars, "Checking")))
    db.migrate()
    backups.note_restored(made)
    click.echo(f"Restored {made.rows:,} rows and {made.stored:,} files of {made.made_at}.")
    click.echo(
        "What was there is kept beside it as before-restore-….db. The search index is rebuilt by the worker."
    )


@group.command("check")
def check() -> None:
    """Compare every stored file with its checksum, look for missing ones, and check the database.

    Exit code 1 when something is wrong: then restore what is named from a backup.
    """
    with _bars() as bars:
        task = bars.add_task("Files", total=None)
        found = upkeep.check(lambda number: bars.update(task, completed=number))
    click.echo(
        f"{found.sound:,} files are sound, {len(found.damaged):,} damaged, {len(found.missing):,} missing."
    )
    click.echo(f"Database: {found.database}.")
    for word, hashes in (("damaged", found.damaged), ("missing", found.missing)):
        for sha256, name in sorted(hashes.items()):
            click.echo(f"  {word}: {sha256} (used by {name})")
    if not found.well:
        raise SystemExit(1)


@group.command("drill")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--at",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where there is room for the copies; else the system's folder for temporary files.",
)
def drill(folder: Path | None, at: Path | None) -> None:
    """Prove that a backup restores: restore it beside the hub, compare everything, publish the result.

    FOLDER is a backup, or holds some: then the newest. Without it a backup is made for the purpose.
    """
    with _bars() as bars:
        found = _plainly(lambda: backups.drill(_store(), at, _bar(bars, "Files"), folder))
    click.echo(
        f"{found['rows']:,} rows and {found['files']:,} files came back whole in {found['seconds']} seconds."
    )


def _settings() -> config.Settings:
    settings: config.Settings = current_app.config["HUB"]
    return settings


def _store() -> Path:
    return files.store().root


def _bars() -> Any:
    """Progress bars; of no use to a web process, which loads all commands and not this library."""
    from rich.progress import Progress

    return Progress(transient=True)


def _bar(bars: Any, words: str) -> Callable[[int, int], None]:
    task = bars.add_task(words, total=None)
    return lambda done, total: bars.update(task, completed=done, total=total)


def _plainly(work: Callable[[], T]) -> T:
    """Does the work; a refusal is printed as its sentence, without a trace."""
    try:
        return work()
    except HubError as error:
        raise click.ClickException(error.message) from None
