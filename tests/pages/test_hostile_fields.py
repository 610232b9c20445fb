"""Every text field of every form, found on the pages themselves, is given hostile texts; then Chromium opens every page.

A new form is in it from the day that a page shows it. `test_hostile_texts` puts every text into the fields that people
use most; here each field of each form gets some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, g

from hub import clock
from hub.content.models import Item
from hub.people.models import ROLES, Person
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.leaks.world import World
from tests.pages.test_every_page import pages as paths
from tests.pages.test_hostile_texts import TEXTS, watch

pytestmark = pytest.mark.browser
ROUNDS = 2
LEFT_OUT = (
    "/sign-",
    "/settings/sessions",
    "/settings/password",
    "/close",
    "/archive",
    "/leave",
    "/remove",
    "/roles",
    "/withdraw",
    "/forgot",
    "/search-words/off",
    "/discard",
    "/notifications/off",
)
"""Forms that end something that later ones need, or mail somebody."""
NO_TEXT = (
    "hidden",
    "checkbox",
    "radio",
    "file",
    "submit",
    "button",
    "date",
    "datetime-local",
    "number",
    "password",
)


def forms(page: BeautifulSoup, path: str) -> Iterator[tuple[str, Tag]]:
    """(where it is sent, the form) of every form of a page that is posted."""
    for form in page.find_all("form", method="post"):
        action = str(form.get("action") or path)
        if not any(part in action for part in LEFT_OUT):
            yield action, form


def filled(form: Tag, take: Callable[[], str]) -> tuple[dict[str, str], list[str]]:
    """What a person would send with hostile words in each text field, and the names of those fields."""
    sent: dict[str, str] = {}
    texts: list[str] = []
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = field.get("name"), field.get("type", "text")
        if not name or field.has_attr("disabled"):
            continue
        if field.name == "select":
            options = [o.get("value", o.get_text()) for o in field.find_all("option")]
            sent[name] = next((o for o in options if o), "")
        elif field.name == "textarea" or kind not in NO_TEXT:
            longest = int(field.get("maxlength") or (180 if field.name == "input" else 900))
            sent[name] = take()[:longest]
            texts.append(name)
        elif kind in ("date", "datetime-local"):
            day = clock.now() + timedelta(days=30)
            sent[name] = f"{day:%Y-%m-%d}" if kind == "date" else f"{day:%Y-%m-%dT%H:%M}"
        elif kind == "number":
            sent[name] = str(field.get("min") or 1)
        elif kind in ("hidden", "radio"):
            sent.setdefault(name, str(field.get("value", "")))
    button = form.find("button", attrs={"name": True, "value": True})
    if button is not None:
        sent.setdefault(str(button["name"]), str(button["value"]))
    return sent, texts


def forget() -> None:
    """A request inside the test's own context shares its `g`: forgets who asked before."""
    for kept in list(g):
        g.pop(kept)


def send(client: Client, app: Flask, path: str, take: Callable[[], str], seen: set[tuple[str, str]]) -> None:
    """Sends every form of the page; a crash fails."""
    forget()
    answer = client.http.get(path)
    page = BeautifulSoup(answer.get_data(as_text=True), "html.parser")
    answer.close()
    for action, form in forms(page, path):
        sent, texts = filled(form, take)
        if not texts:
            continue
        forget()
        answer = client.http.post(action, data=sent)
        assert answer.status_code < 500 and answer.status_code != 400, (
            path,
            action,
            answer.status_code,
            BeautifulSoup(answer.get_data(as_text=True), "html.parser").get_text(" ", strip=True)[-300:],
        )
        answer.close()
        with app.test_request_context(urlsplit(action).path, method="POST") as context:
            endpoint = context.request.endpoint or action
        seen.update((endpoint, name) for name in texts)


@pytest.mark.parametrize(("role", "fields", "first"), [("editor", 60, 0), ("every role", 120, 130)])
def test_every_text_field_of_every_form(
    visit: Callable[..., Any],
    client: Client,
    hub: Flask,
    world: World,
    settle: Callable[[], None],
    role: str,
    fields: int,
    first: int,
) -> None:
    """Each role takes other texts, more than three hundred by both. Who has every role looks at the editor's as well."""
    all_roles = make.person("Olwen Owner", roles=list(ROLES))
    for space in Space.select():
        make.join(space, all_roles, "editor")
    editor = Person.get_by_id(world.people["editor"].id)  # type: ignore[union-attr]
    person = editor if role == "editor" else all_roles
    turn = iter(range(first, 10**9))
    take = lambda: TEXTS[next(turn) % len(TEXTS)]  # noqa: E731
    seen: set[tuple[str, str]] = set()
    for _ in range(ROUNDS):
        for path in paths(hub, client, world, person):
            send(client, hub, path, take, seen)
        settle()
    assert len(seen) > fields, sorted(seen)
    assert next(turn) - first >= 2 * fields, "so many texts were sent"
    told = []
    for looking in {person, all_roles}:
        shown = [
            *paths(hub, client, world, looking),
            "/search?q=script",
            "/search?q=alert",
            "/forums?show=mine",
        ]
        newest = Item.select(Item.id).where(Item.state == "published").order_by(Item.id.desc()).limit(12)
        walk = visit(looking)
        walk.expected = ("img-src", "Failed to load resource")
        told += watch(walk, [*shown, *(f"/items/{i.id}" for i in newest)])
    assert [line for line in told if "/notifications/bell" not in line] == []


def test_a_field_is_found_and_filled() -> None:
    page = BeautifulSoup(
        "<form method=post action=/x><input name=a><textarea name=b></textarea><input type=hidden name=c value=1>"
        "<select name=d><option value=''>-<option value=2>2</select><button name=do value=go>Go</button></form>",
        "html.parser",
    )
    ((action, form),) = forms(page, "/y")
    sent, texts = filled(form, lambda: "<script>")
    assert (action, texts) == ("/x", ["a", "b"])
    assert sent == {"a": "<script>", "b": "<script>", "c": "1", "d": "2", "do": "go"}
