"""Commands that run and look after the whole hub: serve, worker, db."""

from __future__ import annotations

import errno
import logging
import resource
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import click
import peewee
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

import config
from hub import db, jobs
from hub.web import starting

log = logging.getLogger(__name__)
CONNECTIONS, IDLE = 500, 60
"""Connections at once, and the seconds after which one that says nothing is closed. waitress's own 100 for two minutes are taken
by seventeen browsers that keep six open each, or by anybody who wants nobody else to come in.
"""
LIVED_WELL = 10.0
AGAIN_AT_ONCE, AGAIN_AT_LAST = 0.2, 30.0
"""Seconds. After a life that long a worker is started again at once; one that fails sooner later each time."""
BESIDE = """
import os
import threading

def end_with_input():
    while os.read(0, 1):
        pass
    os._exit(0)

threading.Thread(target=end_with_input, daemon=True).start()
from flask.cli import main
main()
"""
"""`flask`, ending at once when its standard input does; it watches that from before the long imports on."""

database = AppGroup("db", help="The database: migrations and checks.")


def attach(app: Flask) -> None:
    """Adds the commands to the app."""
    app.cli.add_command(database)
    app.cli.add_command(serve)
    app.cli.add_command(worker)


@database.command("migrate")
def migrate() -> None:
    """Apply the migrations that are not applied yet."""
    prove_reachable()
    names = db.migrate()
    click.echo("\n".join(f"applied {name}" for name in names) or "The database is up to date.")


@database.command("draft")
@click.argument("name")
def draft(name: str) -> None:
    """Write a migration from the difference between models and database; read it before you commit it."""
    click.echo(f"wrote {db.draft_migration(name)}")


@click.command("serve")
@click.option("--demo", is_flag=True, help="Fill an empty hub with the demo council (not with HUB_DEMO=0).")
@with_appcontext
def serve(demo: bool) -> None:
    """Run web and worker together: migrate, then answer at the hub's address until Ctrl+C."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    settings = app.config["HUB"]
    for name in config.unknown():
        click.echo(f"{name} is no setting of the hub; docs/settings.md lists them.", err=True)
    db.hold()
    prove_reachable()
    db.migrate()
    demo_commands: Any = app.cli.get_command(click.get_current_context(), "demo")
    if demo and settings.demo:
        listen(app).close()  # a taken port is told before the minute that filling takes
        demo_commands.commands["seed"].callback()
    server = listen(app)
    signal.signal(signal.SIGTERM, _interrupt)
    companion = None
    try:
        companion = Companion() if settings.worker else None
        click.echo(f"\n  {settings.name} answers at {settings.address}   (Ctrl+C stops it)\n")
        if demo and settings.demo:
            demo_commands.commands["sign-ins"].callback()
        sys.stdout.flush()
        db.database.close()
        starting.begin(app)
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()
        if companion is not None:
            companion.stop()
        click.echo("Stopped.")


def prove_reachable() -> None:
    """Raises ClickException with a sentence where the database or the queue does not answer."""
    try:
        db.database.connect(reuse_if_open=True)
        jobs.prove_reachable()
    except (peewee.DatabaseError, jobs.Unreachable) as error:
        raise click.ClickException(f"The hub does not start. {str(error).strip().splitlines()[0]}") from None


def listen(app: Flask) -> Any:
    """The web server, bound to its port. Raises ClickException when the address cannot be listened on."""
    import waitress

    settings = app.config["HUB"]
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request that waits a moment
    try:
        return waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            ident="",
            max_request_body_size=settings.upload_limit * 2,
            connection_limit=_room_for(CONNECTIONS),
            channel_timeout=IDLE,
            asyncore_use_poll=True,  # select knows no descriptor above 1,023
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"Port {settings.port} is in use, perhaps by another hub. "
                f"Stop that program, or choose another port: HUB_PORT={settings.port + 1}."
            ) from None
        raise click.ClickException(
            f"The hub cannot listen on port {settings.port} of {settings.host}: {error.strerror}."
        ) from None
    except ValueError:
        raise click.ClickException(f"HUB_HOST is {settings.host}: no such address.") from None


def _room_for(connections: int) -> int:
    """So many connections, or fewer where this process may not open twice as many files, which it raises as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return soft // 2
    return connections


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


class Companion:
    """The worker beside the web: a process in its own group, so that Ctrl+C reaches it through us, in order.

    It is started anew when it dies, and ends by itself when we do, however we end: it reads from a pipe whose
    other end only we hold.
    """

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.process = self._start()
        threading.Thread(target=self._keep, name="companion", daemon=True).start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", BESIDE, "worker"], start_new_session=True, stdin=subprocess.PIPE
        )

    def _keep(self) -> None:
        pause = AGAIN_AT_ONCE
        while True:
            began = time.monotonic()
            code = self.process.wait()
            killed = code < 0  # by somebody, or for its memory: the next one need not fail too
            well = killed or time.monotonic() - began > LIVED_WELL
            pause = AGAIN_AT_ONCE if well else min(2 * pause, AGAIN_AT_LAST)
            if not self._stopping.is_set():
                log.error("the worker ended by itself (%s); starting it again in %.1f s", code, pause)
            if self._stopping.wait(pause):
                return
            with self._lock:
                if self._stopping.is_set():
                    return
                if self.process.stdin is not None:
                    self.process.stdin.close()
                self.process = self._start()

    def stop(self, patience: float = 10) -> None:
        """Asks the worker to finish what it is doing; ends it after so many seconds."""
        with self._lock:
            self._stopping.set()
            self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Run the worker: events to their subscribers, jobs, the schedule."""
    prove_reachable()
    starting.set_aside()
    jobs.consume()
