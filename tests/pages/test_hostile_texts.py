"""Hostile texts in every field that takes text: Chromium runs none of them and sends nothing because of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from hub import files
from hub.comments import actions as comments
from hub.content import actions as content
from hub.content import keeping
from hub.documents import actions as documents
from hub.errors import Invalid
from hub.forums import actions as forums
from hub.people import actions as people
from hub.people.models import Person
from hub.spaces import actions as spaces
from hub.spaces.models import Space
from tests import make
from tests.ground.hostile import HOSTILE

pytestmark = pytest.mark.browser
TEXTS = [text for text in HOSTILE if not any(0xD800 <= ord(c) < 0xE000 for c in text) and "\x00" not in text]
WATCH = """
window.__ran = [];
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = (...a) => { window.__ran.push(name + ':' + a.join(',')); };
addEventListener('securitypolicyviolation', (e) => window.__ran.push('csp:' + e.violatedDirective + ':' + e.blockedURI));
"""


def chunks(size: int) -> list[list[str]]:
    """The texts in portions."""
    return [TEXTS[i : i + size] for i in range(0, len(TEXTS), size)]


@pytest.fixture
def place(hub: Flask) -> tuple[Person, Space]:
    author = make.person("Ann Evans")
    make.hub_space()
    return author, make.space("Housing", "open", "everyone", editors=(author,))


def tried(act: Callable[[], Any]) -> Any:
    """The result, or None where the hub refused the text with a plain message."""
    try:
        return act()
    except Invalid as refused:
        assert refused.message  # noqa: PT017 (both ends are right)
        return None


def test_there_are_enough_of_them() -> None:
    assert len(TEXTS) >= 300 and len(set(TEXTS)) == len(TEXTS)


SETTLED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))"
"""Two frames after loading: failed pictures, autofocus and animations have told of themselves by then."""


def watch(walk: Any, paths: list[str], *, many: bool = False) -> list[str]:
    """Opens the paths and clicks nothing; what ran or was sent.

    Each page is given half a second without network, `many` only two frames after it has loaded.
    """
    told: list[str] = []
    page = walk.page
    page.add_init_script(WATCH)
    page.on("dialog", lambda dialog: (told.append(f"dialog {dialog.message}"), dialog.dismiss()))
    sent: list[str] = []
    page.on(
        "request",
        lambda request: (
            sent.append(f"{request.method} {request.url}")
            if request.resource_type in ("xhr", "fetch") or request.method != "GET"
            else None
        ),
    )
    for path in paths:
        sent.clear()
        page.goto(walk.address + path)
        page.evaluate(SETTLED) if many else page.wait_for_load_state("networkidle")
        ran = page.evaluate("window.__ran")
        told += [f"{path}: {what}" for what in ran if not what.startswith("csp:img-src")]
        told += [f"{path}: sent {what}" for what in sent]
    return told


def test_bodies_of_every_kind(
    visit: Callable[..., Any], place: tuple[Person, Space], settle: Callable[[], None]
) -> None:
    author, space = place
    viewer = make.viewer(author)
    category = forums.add_category(viewer, space, name="Everything")
    topics = []
    for part in chunks(60):
        body = "\n\n".join(part)
        topic = tried(lambda body=body: forums.ask(viewer, category, title="Texts", body=body))
        if topic is None:
            continue
        for text in part[:3]:
            tried(lambda topic=topic, text=text: forums.reply(viewer, topic, body=text))
        topics.append(topic)
    stored = files.store().put(io.BytesIO("\n".join(TEXTS).encode()), limit=10**7)
    document = documents.upload(viewer, stored, "texts.txt", space, body="\n\n".join(TEXTS[:100]))
    for part in chunks(100):
        tried(lambda part=part: comments.add(viewer, document, "\n\n".join(part)))
    settle()
    walk = visit(author)
    # A picture of the corpus's addresses may be refused by the policy: that is a refusal, and nothing is sent.
    walk.expected = ("img-src", "Failed to load resource")
    pages = [f"/topics/{topic.id}" for topic in topics] + [
        f"/documents/{document.id}",
        f"/items/{topics[0].id}/history",
        "/search?q=texts",
        "/",
        "/forums",
    ]
    assert watch(walk, pages) == []


def test_names_titles_tags_and_profiles(
    visit: Callable[..., Any], place: tuple[Person, Space], settle: Callable[[], None]
) -> None:
    author, space = place
    viewer = make.viewer(author)
    category = forums.add_category(viewer, space, name="Everything")
    titled = []
    for number, text in enumerate(TEXTS):
        item = tried(
            lambda text=text: forums.ask(
                viewer, category, title=text[:190], body="Words", tags=[text[:39].replace(",", " ")]
            )
        )
        if item is not None and number % 10 == 0:
            titled.append(item)
    for number, text in enumerate(TEXTS[:60]):
        stored = files.store().put(io.BytesIO(f"File {number}".encode()), limit=10**6)
        tried(
            lambda text=text, stored=stored: documents.upload(
                viewer, stored, text, space, title=text[:190], keep_both=True
            )
        )
        tried(lambda text=text: spaces.create(viewer, name=text[:100], about=text, welcome=text))
        tried(lambda text=text, stored=stored: keeping.upload(viewer, stored, text))
    profile = " ".join(TEXTS[:12])[:800]
    tried(
        lambda: people.change_profile(
            viewer, about=profile, job_title=TEXTS[0][:100], skills=[t[:40] for t in TEXTS[:8]]
        )
    )
    for item in titled[:3]:
        content.withdraw(viewer, item, TEXTS[5])
    settle()
    walk = visit(author)
    walk.expected = ("img-src", "Failed to load resource")
    pages = [
        "/",
        "/forums",
        f"/forums/{category.id}",
        f"/forums/{category.id}?show=mine",
        "/spaces",
        "/documents",
        "/tags",
        "/drafts",
        f"/people/{author.handle}",
        "/people",
        "/search?q=script",
        "/search?q=alert",
    ]
    pages += [f"/topics/{item.id}" for item in titled[3:10]] + [
        f"/items/{item.id}/audience" for item in titled[3:5]
    ]
    assert watch(walk, pages) == []


def test_what_is_typed_into_addresses(visit: Callable[..., Any], place: tuple[Person, Space]) -> None:
    from urllib.parse import quote

    author, _ = place
    walk = visit(author)
    walk.expected = ("img-src", "Failed to load resource", "400", "404")
    paths = [
        f"{path}{quote(text[:300])}"
        for text in TEXTS[::12]
        for path in ("/search?q=", "/people?words=", "/forums?show=", "/sign-in?next=")
    ]
    told = watch(walk, paths, many=True)
    assert [line for line in told if "/search/suggest" not in line] == []


@pytest.mark.parametrize("many", [False, True])
def test_the_watch_sees_what_runs_and_what_is_sent(
    visit: Callable[..., Any], place: tuple[Person, Space], many: bool
) -> None:
    """A page on which the browser is told to do what hostile texts try to."""
    walk = visit(place[0])
    walk.expected = ("404",)
    bad = "setTimeout(() => { alert('ran'); fetch('/stolen').then(r => r.text()) }, 0)"
    walk.page.add_init_script(f"addEventListener('load', () => {bad})")
    told = "\n".join(watch(walk, ["/forums"], many=many))
    assert "/forums: alert:ran" in told and "/forums: sent GET" in told and "/stolen" in told
