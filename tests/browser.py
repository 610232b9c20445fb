"""A browser without JavaScript for tests: takes endpoints, follows redirects on demand, and checks every page it sees."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask, g, has_app_context, url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.people import sessions
from hub.people.models import Person


class Forgetful(FlaskClient):
    """Flask's test client, for requests inside the test's own app context: they share its `g`, so who asked before is forgotten.

    Answers are read to their end and closed, as a server does.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            for kept in list(g):
                g.pop(kept)
        return super().open(*args, **{"buffered": True, **kwargs})


class Client:
    """Requests as one person. `get` and `post` take an endpoint with values, or a path; every HTML answer is checked."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.http = app.test_client()
        self.last: TestResponse | None = None

    def sign_in(self, person: Person | None) -> Client:
        """Acts as the person from now on (a server session, as the sign-in page would start it); None: as nobody."""
        self.http = self.app.test_client()
        if person is not None:
            token = sessions.start(person, "test browser", "127.0.0.1")
            with self.http.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
        return self

    def path(self, endpoint: str, **values: Any) -> str:
        """The path of an endpoint; a path stays as it is."""
        if endpoint.startswith("/"):
            return endpoint
        with self.app.test_request_context():
            return url_for(endpoint, **values)

    def get(
        self,
        endpoint: str,
        status: int = 200,
        htmx: bool | str = False,
        follow: bool = False,
        headers: dict[str, str] | None = None,
        **values: Any,
    ) -> BeautifulSoup:
        """GETs and returns the parsed page. `htmx`: as a partial request, a text names the target."""
        return self._open("GET", endpoint, status, htmx, follow, None, headers, values)

    def post(
        self,
        endpoint: str,
        data: dict[str, Any] | None = None,
        status: int = 303,
        htmx: bool | str = False,
        follow: bool = False,
        headers: dict[str, str] | None = None,
        **values: Any,
    ) -> BeautifulSoup:
        """POSTs a form with a CSRF token. `follow`: goes where it is sent, and `status` is that page's."""
        return self._open("POST", endpoint, status, htmx, follow, dict(data or {}), headers, values)

    def _open(
        self,
        method: str,
        endpoint: str,
        status: int,
        htmx: bool | str,
        follow: bool,
        data: Any,
        headers: dict[str, str] | None,
        values: dict[str, Any],
    ) -> BeautifulSoup:
        path = self.path(endpoint, **values)
        extra = dict(headers or {})
        if htmx:
            extra["HX-Request"] = "true"
            if isinstance(htmx, str):
                extra["HX-Target"] = htmx
        if method == "POST":
            data.setdefault("csrf_token", self.csrf())
        response = self.http.open(
            path,
            method=method,
            data=data,
            headers=extra,
            content_type="multipart/form-data" if method == "POST" else None,
        )
        if follow and response.status_code in (301, 302, 303):
            self.last = response
            status = 200 if status == 303 else status
            return self.get(
                response.headers["Location"].removeprefix("http://localhost"), status=status, follow=True
            )
        self.last = response
        text = (
            response.get_data(as_text=True)
            if (response.mimetype or "").startswith("text/") or response.is_json
            else ""
        )
        assert response.status_code == status, (
            f"{method} {path}: {response.status_code}, expected {status}\n{BeautifulSoup(text, 'html.parser').get_text(' ', strip=True)[:1500]}"
        )
        soup = BeautifulSoup(text, "html.parser")
        if (response.mimetype == "text/html" and not htmx and status < 300) or (
            status >= 400 and "<html" in text
        ):
            problems = check_page(soup, response.headers)
            assert not problems, f"{method} {path}:\n" + "\n".join(problems)
        return soup

    def csrf(self) -> str:
        """A CSRF token of this browser's session."""
        from flask_wtf.csrf import generate_csrf

        with self.app.test_request_context():
            from flask import session

            with self.http.session_transaction() as cookie:
                session.update({k: v for k, v in cookie.items() if k == "csrf_token"})
            g.pop("csrf_token", None)
            token = generate_csrf()
            raw = session["csrf_token"]
        with self.http.session_transaction() as cookie:
            cookie["csrf_token"] = raw
        return token

    def text(self) -> str:
        """The words of the last answer."""
        assert self.last is not None
        return BeautifulSoup(self.last.get_data(as_text=True), "html.parser").get_text(" ", strip=True)


def check_page(soup: BeautifulSoup, headers: Any) -> list[str]:
    """What is wrong with a page whoever made it: one h1, title beginning with it, unique ids, labels, CSRF, no inline code."""
    problems: list[str] = []
    h1 = soup.find_all("h1")
    if len(h1) != 1:
        problems.append(f"{len(h1)} h1 elements")
    title = soup.title.get_text(strip=True) if soup.title else ""
    if len(h1) == 1:
        words = " ".join(h1[0].get_text(" ", strip=True).split())
        if not " ".join(title.split()).lower().startswith(words.lower()[:60]):
            problems.append(f"title {title!r} does not begin with the h1 {words!r}")
    ids = [e["id"] for e in soup.find_all(id=True)]
    problems += [f"id {i!r} stands {ids.count(i)} times" for i in set(ids) if ids.count(i) > 1]
    known, labelled = set(ids), {label.get("for") for label in soup.find_all("label")}
    for element in soup.find_all(True):
        problems += [f"{wrong}: {str(element)[:160]}" for wrong in _check_element(element, known, labelled)]
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        if name not in headers:
            problems.append(f"header {name} is missing")
    if "HX-Request" not in headers.get("Vary", ""):
        problems.append("Vary has no HX-Request")
    levels = [int(h.name[1]) for h in soup.find_all(re.compile("^h[1-6]$"))]
    problems += [f"heading level jumps from {a} to {b}" for a, b in pairwise(levels) if b > a + 1]
    return problems


def _check_element(element: Tag, ids: set[str], labelled: set[Any]) -> list[str]:
    """What is wrong with one element. To show it is left to the caller: writing each of them out took two fifths of a test."""
    problems: list[str] = []
    if element.name == "script" and not element.get("src"):
        problems.append("inline script")
    if element.name == "style" or element.get("style"):
        problems.append("inline style")
    problems += [
        f"inline handler {name}" for name in element.attrs if name.startswith(("on", "hx-on", "data-hx-on"))
    ]
    for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for target in str(
            " ".join(element[name]) if isinstance(element.get(name), list) else element.get(name) or ""
        ).split():
            if target not in ids:
                problems.append(f"{name}={target!r} points nowhere")
    if (
        element.name == "form"
        and element.get("method", "get").lower() == "post"
        and not element.find("input", {"name": "csrf_token"})
    ):
        problems.append("form without CSRF token")
    if element.name in ("input", "select", "textarea") and element.get("type") not in (
        "hidden",
        "submit",
        "button",
    ):
        named = element.get("aria-label") or element.get("aria-labelledby") or element.find_parent("label")
        if not named and element.get("id", "") not in labelled:
            problems.append("no label")
    if element.name in ("a", "button") and not (
        element.get_text(strip=True)
        or element.get("aria-label")
        or element.find("img", alt=True)
        or element.find("svg", attrs={"aria-label": True})
    ):
        problems.append("no name")
    if element.name == "img" and not element.has_attr("alt"):
        problems.append("picture without alt")
    if (element.has_attr("hx-get") or element.has_attr("hx-post")) and not (
        element.name in ("a", "form", "button")
        or element.find_parent("form")
        or element.has_attr("data-polls")
    ):
        problems.append("htmx without a plain way")
    return problems
