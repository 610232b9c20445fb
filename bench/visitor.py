"""A signed-in browser without a network: asks a WSGI app for pages as often as wanted, at no cost of its own worth counting."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.test import EnvironBuilder

LINKED = re.compile(r'<(?:link[^>]* href|script[^>]* src|img[^>]* src)="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def packed(self) -> int:
        """Bytes of the body when gzipped as a proxy does it."""
        return len(gzip.compress(self.body, 6))

    @property
    def transferred(self) -> int:
        """Bytes that cross the line: the body as it was sent, and its headers."""
        return len(self.body) + sum(len(name) + len(value) + 4 for name, value in self.headers.items())


class Visitor:
    """Requests of one session to one app."""

    def __init__(self, app: Flask, token: str) -> None:
        signer: Any = SecureCookieSessionInterface().get_signing_serializer(app)
        self.app = app
        name = app.config["SESSION_COOKIE_NAME"]
        self.cookie = f"{name}={signer.dumps({'_user_id': token, '_fresh': True})}"
        self._environs: dict[tuple[str, str], dict[str, Any]] = {}

    def get(self, address: str, target: str = "") -> Answer:
        """The answer to a GET; `target` names the region that htmx asks for."""
        environ = self._environs.get((address, target))
        if environ is None:
            environ = self._environs[address, target] = self._environ(address, target)
        told: list[Any] = []
        parts = self.app.wsgi_app(
            dict(environ), lambda status, headers, _error=None: told.extend((status, headers))
        )
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        answer = Answer(int(told[0][:3]), dict(told[1]), body)
        if answer.status != 200:
            raise RuntimeError(f"{address} answered {told[0]}")
        self._keep_session(answer)
        return answer

    def _environ(self, address: str, target: str) -> dict[str, Any]:
        parts = urlsplit(address)
        headers = {"Cookie": self.cookie, "Accept-Encoding": "gzip", "Host": "localhost"}
        if target:
            headers |= {"HX-Request": "true", "HX-Target": target}
        return EnvironBuilder(path=parts.path, query_string=parts.query, headers=headers).get_environ()

    def _keep_session(self, answer: Answer) -> None:
        """Takes the cookie that the first page sets (it holds the CSRF secret), as a browser does."""
        fresh = answer.headers.get("Set-Cookie", "").partition(";")[0]
        if fresh and fresh != self.cookie:
            self.cookie = fresh
            self._environs.clear()

    def cold(self, address: str) -> tuple[int, int]:
        """A first visit with nothing in the browser's cache: how many requests, and how many bytes cross the line.

        The page is counted as it is sent: not packed, unless a proxy in front does that.
        """
        page = self.get(address)
        linked = dict.fromkeys(LINKED.findall(page.body.decode()))
        return 1 + len(linked), page.transferred + sum(
            self.get(one.replace("&amp;", "&")).transferred for one in linked
        )
