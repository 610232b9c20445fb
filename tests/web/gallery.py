"""Renders components with plain Jinja, and serves rendered pages to a browser under the hub's own CSP."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, Undefined
from wtforms import Form, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from hub.web.dates import FILTERS
from hub.web.headers import CSP
from hub.web.icons import icon

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
COMPONENTS = sorted(path.stem for path in (TEMPLATES / "components").glob("*.html"))
MOMENT = datetime(2026, 11, 17, 16, 40, tzinfo=UTC)


CHOICES = [SelectChoice("staff", "Staff"), SelectChoice("everyone", "Everyone")]


class PostForm(Form):
    title = StringField("Title", [InputRequired("Write a title")], description="In one line")
    body = TextAreaField("Text")
    audience = SelectField("Who can see this", choices=CHOICES)


def environment(undefined: type[Undefined] = Undefined) -> Environment:
    """Jinja as the hub sets it up, without Flask: the components need no more than this."""
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=undefined)
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        icon=icon,
        csrf_token=lambda: "token-for-tests",
        url_for=lambda endpoint, filename="", **_: f"/{endpoint}/{filename}",
    )
    env.filters.update(FILTERS)
    return env


def source_of(name: str) -> str:
    return (TEMPLATES / "components" / f"{name}.html").read_text(encoding="utf-8")


def signature_of(name: str) -> str:
    """The macro's signature as its file declares it."""
    found = re.search(r"{%-? macro (\w+\(.*\)) -?%}", source_of(name))
    assert found, f"components/{name}.html declares no macro"
    return found[1]


def example_of(name: str) -> str:
    """The example in the comment at the top of a component's file."""
    found = re.search(r"Example: (.*?)\s*-#}", source_of(name), re.S)
    assert found, f"components/{name}.html documents no example"
    return found[1]


def render(source: str, name: str, env: Environment | None = None, **values: Any) -> str:
    loading = f'{{% from "components/{name}.html" import {name} %}}'
    given = {"moment": MOMENT, "form": PostForm(), **values}
    return (env or environment()).from_string(loading + source).render(**given)


PERSON = {"name": "Ann Evans", "handle": "ann.evans", "photo_url": None, "initials": "AE"}
MENU = [{"label": "Home", "url": "/", "icon": "home", "count": 2, "current": True}]


def page_of(source: str, env: Environment | None = None, **values: Any) -> str:
    """A whole page for Ann Evans, its blocks given as template source."""
    given = {"viewer": {"person": PERSON}, "menu": MENU, "moment": MOMENT, "form": PostForm(), **values}
    return (env or environment()).from_string('{% extends "page.html" %}' + source).render(**given)


def gallery() -> str:
    """The source of a page that shows the example of every component once."""
    imports = "".join(f'{{% from "components/{name}.html" import {name} %}}' for name in COMPONENTS)
    of_the_frame = ("bell", "suggestions", "toast")
    shown = "".join(
        f"<section>{example_of(name)}</section>" for name in COMPONENTS if name not in of_the_frame
    )
    opening = "{% block title %}Parts{% endblock %}{% block content %}"
    return f"{opening}{imports}<h1>Parts</h1>{shown}{{% endblock %}}"


class Asked(NamedTuple):
    """A request as an answer sees it."""

    method: str
    path: str
    body: str
    headers: dict[str, str]


Answer = Callable[[Asked], tuple[int, str, str]]  # status, media type, body


@contextmanager
def serving(answers: dict[str, Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """Serves static files and the answers (path → function) on a free port; gives address and requests."""
    seen: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode("utf-8", "replace")
            asked = Asked(self.command, self.path, body, dict(self.headers))
            file = ROOT / path.lstrip("/")
            if path.startswith("/static/") and file.is_file():
                kind = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}[file.suffix]
                status, media_type, content = 200, kind, file.read_bytes()
            else:
                seen.append(asked)
                status, media_type, text = answers.get(path, lambda _: (404, "text/plain", ""))(asked)
                content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{media_type}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", CSP)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            """Says nothing: the tests look at `seen`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
