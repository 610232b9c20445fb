"""A real browser on the real program: one server and one Chromium a worker process, a fresh context a test.

The fixtures are named in tests/conftest.py and nowhere else: Playwright runs once in a process.

Every page of a walk is watched: an error in the console, a refusal by the Content-Security-Policy or a request to anywhere
but the hub fails the test.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from waitress import create_server

from hub import db
from hub.people import sessions
from hub.people.models import Person

PLACES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The browser on this machine, or None when only Playwright's own could be used."""
    return next((path for name in PLACES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the worker process."""
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(
                executable_path=chromium(),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
        except Exception as error:
            hint = "No Chromium found: install one (apt install chromium), or run .venv/bin/playwright install chromium."
            if os.environ.get("CI"):
                raise RuntimeError(hint) from error
            pytest.skip(hint)
        yield started
        started.close()


class Closing:
    """WSGI: closes the answer and the thread's database connection, because tests put another file in its place."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        answer: Any = self.app(environ, start_response)
        try:
            return list(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()  # what waitress would do with an answer that it sends itself
            if not db.database.is_closed():
                db.database.close()


@pytest.fixture(scope="session")
def address(app: Flask) -> Iterator[str]:
    """The hub served on a free port of this machine."""
    server = create_server(
        Closing(app), host="127.0.0.1", port=0, threads=2, clear_untrusted_proxy_headers=True
    )

    closing = threading.Event()

    def run() -> None:
        try:
            server.run()
        except OSError:  # closing it, below, takes the socket from under its select()
            if not closing.is_set():
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    closing.set()
    server.close()
    thread.join(5)


@dataclass
class Visit:
    """A person at a browser. `problems` collects what no page may do."""

    context: BrowserContext
    page: Page
    address: str
    problems: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def go(self, path: str) -> Page:
        """Opens a path of the hub."""
        self.page.goto(self.address + path)
        return self.page

    def watch(self, page: Page) -> None:
        """Notes errors, refusals and requests elsewhere."""
        page.on(
            "console",
            lambda message: (
                self._note(f"console: {message.text} at {page.url}") if message.type == "error" else None
            ),
        )
        page.on("pageerror", lambda error: self._note(f"error: {error}"))
        page.on(
            "request",
            lambda request: (
                self._note(f"request to {request.url}")
                if not request.url.startswith((self.address, "data:", "blob:"))
                else None
            ),
        )

    def _note(self, problem: str) -> None:
        if not any(words in problem for words in self.expected):
            self.problems.append(problem)


@pytest.fixture
def visit(hub: Flask, browser: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Makes visits: `visit(person)` is somebody signed in, `visit(None)` a stranger. Options go to the browser context."""
    made: list[Visit] = []

    def start(person: Person | None = None, **options: Any) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(10_000)
        if person is not None:
            token = sessions.start(person, "Chromium", "127.0.0.1")
            serializer: Any = hub.session_interface
            value = serializer.get_signing_serializer(hub).dumps({"_user_id": token, "_fresh": True})
            context.add_cookies([{"name": hub.config["SESSION_COOKIE_NAME"], "value": value, "url": address}])
        visit = Visit(context, context.new_page(), address)
        visit.watch(visit.page)
        made.append(visit)
        return visit

    yield start
    problems = [problem for one in made for problem in one.problems]
    for one in made:
        one.context.close()
    assert not problems, "\n".join(problems[:10])
