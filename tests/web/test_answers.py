"""How the hub answers, whatever the page: who is let in, which part is sent, with which headers, and failures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, abort, request
from jinja2 import DictLoader

import config
from hub import access, clock, create_app, db
from hub.content import actions, kinds, queries
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Missing, Refused, StorageTrouble
from hub.people import passwords, sessions
from hub.people.models import Session, SignInAttempt
from hub.web import headers, paging, show
from hub.web.routing import PUBLIC, Feature, attach, surfaces
from tests import make
from tests.browser import Client

ERRORS: dict[str, Exception] = {
    "missing": Missing(),
    "refused": Refused("Only its editors can do this."),
    "invalid": Invalid("title", "Write a title."),
    "conflict": Conflict("Somebody was faster."),
    "storage": StorageTrouble("The hub's storage is full."),
    "disk": OSError(28, "No space left on device"),
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, app: Flask) -> Iterator[Flask]:
    """A second build of the hub, with routes that do what no feature should, on the suite's own database."""
    del app
    folder = tmp_path_factory.mktemp("odd")
    kept = db.database.obj
    made = create_app(config.load({}, data=str(folder), index=str(folder / "i"), testing=True, worker=False))
    feature = Feature("odd", __name__)

    @feature.form("/odd/<key>", need=PUBLIC)
    def odd_page(key: str) -> Any:
        if key in ERRORS:
            raise ERRORS[key]
        if key == "conflict-with-words":
            raise Conflict(
                "Somebody was faster.",
                Item(id=1, title="Theirs", body="The same.\n\nTheir words.", version=4),
            )
        if key == "crash":
            raise ZeroDivisionError("secret detail")
        return abort(int(key))

    @feature.page("/reviewers", need="reviewer")
    def reviewers() -> str:
        return "the desk"

    @feature.page("/parts", need=PUBLIC)
    def parts() -> Any:
        return show.show(
            "odd/page.html",
            "odd/_first.html",
            "odd/_second_part.html",
            status=int(request.args.get("status", 200)),
        )

    attach(made, feature)
    made.add_url_rule("/undeclared", "undeclared", lambda: "leaked")
    made.jinja_env.loader = _with(
        made,
        {
            "odd/page.html": "<p>whole</p>{% include 'odd/_first.html' %}{% include 'odd/_second_part.html' %}",
            "odd/_first.html": '<div id="first">one</div>',
            "odd/_second_part.html": '<div id="second-part">two</div>',
        },
    )
    db.database.initialize(kept)
    yield made
    db.database.initialize(kept)


def _with(app: Flask, templates: dict[str, str]) -> Any:
    from jinja2 import ChoiceLoader

    return ChoiceLoader([DictLoader(templates), app.jinja_env.loader])  # type: ignore[list-item]


@pytest.fixture
def browser(hub: Flask, odd: Flask) -> Client:
    """A browser of that second build."""
    return Client(odd)


# --- the wall -----------------------------------------------------------------------------------------------


def test_an_undeclared_route_is_refused_to_everybody(browser: Client) -> None:
    browser.get("/undeclared", status=404)
    browser.sign_in(make.person(roles=["administrator"])).get("/undeclared", status=404)
    assert "leaked" not in browser.text()


def test_every_page_that_is_not_public_sends_a_stranger_to_sign_in(client: Client) -> None:
    walls = [s for s in surfaces(client.app).values() if s.need != PUBLIC and "GET" in s.methods]
    assert len(walls) > 10
    for surface in walls:
        with client.app.test_request_context():
            adapter = client.app.url_map.bind("localhost")
            rule = next(r for r in client.app.url_map.iter_rules(surface.endpoint))
            values: dict[str, Any] = {
                a: 1 if "int" in type(c).__name__.lower() or type(c).__name__ == "Id" else "x"
                for a, c in rule._converters.items()
            }
            path = adapter.build(surface.endpoint, values)
        client.get(path, status=303)
        assert client.last is not None and client.last.headers["Location"].startswith("/sign-in"), path


def test_a_part_of_a_page_is_answered_401_instead_of_a_sign_in_page(client: Client) -> None:
    client.get("spaces.spaces", status=401, htmx=True)
    client.get("spaces.spaces", status=401, headers={"Sec-Fetch-Mode": "cors"})


def test_pages_of_a_role_are_not_there_for_others(browser: Client) -> None:
    browser.sign_in(make.person()).get("/reviewers", status=404)
    browser.sign_in(make.person(roles=["administrator"])).get("/reviewers", status=404)
    browser.sign_in(make.person(roles=["senior reviewer"])).http.get("/reviewers")
    response = browser.http.get("/reviewers")
    assert (response.status_code, response.text) == (200, "the desk")


@pytest.mark.parametrize("change", ["ended", "idle", "old", "disabled", "organisation", "expired"])
def test_a_session_ends_at_once_with_whatever_it_stands_on(client: Client, change: str) -> None:
    person = make.partner()
    client.sign_in(person).get("spaces.spaces")
    now = clock.now()
    if change == "ended":
        sessions.end(person)
    elif change == "idle":
        Session.update(seen_at=now - timedelta(hours=13)).execute()
    elif change == "old":
        Session.update(created_at=now - timedelta(days=15)).execute()
    elif change == "disabled":
        person.status = "disabled"
    elif change == "expired":
        person.access_ends_at = now - timedelta(minutes=1)
    else:
        person.organisation.active = False
        person.organisation.save()
    person.save()
    client.get("spaces.spaces", status=303)


# --- whole pages and regions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "whole", "regions"),
    [
        ({}, True, 2),
        ({"HX-Request": "true"}, False, 1),
        ({"HX-Request": "true", "HX-Target": "first"}, False, 1),
        ({"HX-Request": "true", "HX-Target": "second-part"}, False, 1),
        ({"HX-Request": "true", "HX-Boosted": "true"}, True, 2),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, True, 2),
        ({"HX-Request": "true", "HX-Target": "no-such-part"}, True, 2),
    ],
)
def test_htmx_gets_the_region_it_names_and_everybody_else_the_page(
    browser: Client, sent: dict[str, str], whole: bool, regions: int
) -> None:
    response = browser.http.get("/parts", headers=sent)
    assert ("whole" in response.text, response.text.count("<div id=")) == (whole, regions)
    if sent.get("HX-Target") in ("first", "second-part"):
        assert f'id="{sent["HX-Target"]}"' in response.text
    assert {"HX-Request", "Cookie"} <= set(response.vary)


def test_a_refused_form_tells_htmx_where_to_put_the_region(browser: Client) -> None:
    response = browser.http.get(
        "/parts?status=422", headers={"HX-Request": "true", "HX-Target": "second-part"}
    )
    assert response.status_code == 422
    assert (response.headers["HX-Retarget"], response.headers["HX-Reswap"]) == ("#second-part", "outerHTML")


# --- errors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("missing", 404, "not shared with you"),
        ("refused", 403, "Only its editors can do this."),
        ("invalid", 422, "Write a title."),
        ("conflict", 409, "Somebody was faster."),
        ("storage", 507, "storage is full"),
        ("disk", 507, "storage is full"),
        *[
            (str(code), code, "")
            for code in (400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503, 418, 501)
        ],
    ],
)
def test_each_failure_has_a_page_in_the_house_style(
    browser: Client, key: str, status: int, words: str
) -> None:
    shown = {418: 418, 501: 501}.get(status, status)
    page = browser.get(f"/odd/{key}", status=shown)
    assert words in browser.text() and page.find("h2", string="What you can do")


@pytest.mark.parametrize("key", ["refused", "invalid", "conflict", "storage", "500", "429"])
def test_what_a_form_held_is_given_back_with_the_refusal(browser: Client, key: str) -> None:
    long = "Two paragraphs\n\nof <b>hard</b> work & care"
    sent = {"title": "My title", "body": long, "password": "hunter2hunter2"}
    status = {"refused": 403, "invalid": 422, "conflict": 409, "storage": 507}.get(key) or int(key)
    page = browser.post(f"/odd/{key}", sent, status=status)
    kept = [area.get_text().removeprefix("\n") for area in page.find_all("textarea")]
    assert kept == ["My title", long]
    assert "hunter2" not in str(page)


def test_after_a_conflict_both_texts_stand_on_the_page_and_what_differs(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        kinds.KINDS,
        "note",
        kinds.Kind("note", "Note", "notes", "post", page="content.history", arg="item_id"),
    )
    page = browser.post("/odd/conflict-with-words", {"body": "The same.\r\n\r\nMy words."}, status=409)
    texts = [area.get_text().strip() for area in page.find_all("textarea")]
    assert "Their words." in texts[-1] and "My words." in texts[0]
    assert page.select_one(".diff ins").get_text(strip=True) and page.select_one(".diff del").get_text(
        strip=True
    )


def test_a_crash_tells_nothing_of_itself(browser: Client, odd: Flask) -> None:
    import dataclasses

    settings = odd.config["HUB"]
    odd.config["HUB"], odd.testing = dataclasses.replace(settings, testing=False), False
    odd.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        response = browser.http.get("/odd/crash")
    finally:
        odd.config["HUB"], odd.testing = settings, True
    assert response.status_code == 500
    assert "secret detail" not in response.text and "Traceback" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/items/99999999999999999999/history",
        "/tags/%00",
        "/spaces/%FF%FE",
        "/items/-1",
        "/spaces/" + "x" * 3000,
        "/saved?page=%00",
    ],
)
def test_odd_addresses_are_answered_with_a_page(client: Client, path: str) -> None:
    response = client.sign_in(make.person()).http.get(path)
    assert response.status_code in (200, 400, 404) and "<h1" in response.text


# --- where a form comes from, and headers -------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
    ],
)
def test_a_form_sent_from_another_site_is_refused_and_does_nothing(
    client: Client, sent: dict[str, str]
) -> None:
    author = make.person()
    item = make.item(author, make.space())
    client.sign_in(author).post("content.confirm", status=403, headers=sent, item_id=item.id)
    assert Item.get_by_id(item.id).confirmed_at is None


def test_a_form_of_our_own_page_passes(client: Client) -> None:
    client.sign_in(make.person())
    for sent in (
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        client.post("content.discard", headers=sent, key="nothing")


def test_every_answer_carries_the_headers_and_signed_in_ones_are_never_stored(client: Client) -> None:
    for person, cache in ((None, "private, no-cache"), (make.person(), "private, no-store")):
        client.sign_in(person)
        for path in ("/tags", "/no-such-page", "/spaces"):
            client.get(
                path,
                status=404 if "no-such" in path else 303 if person is None and path == "/spaces" else 200,
            )
            response = client.last
            assert response is not None
            assert response.headers["Content-Security-Policy"] == headers.CSP
            assert "unsafe" not in headers.CSP and "default-src 'none'" in headers.CSP
            assert all(response.headers[name] == value for name, value in headers.FIXED.items())
            assert response.headers["Cache-Control"] == cache, path


def test_a_hub_with_an_address_answers_to_that_one_only(tmp_path: Any, app: Flask) -> None:
    del app
    kept = db.database.obj
    settings = config.load(
        {}, data=str(tmp_path), url="https://hub.example.gov.uk", secret="x" * 40, worker=False
    )
    made = create_app(settings)
    try:
        web = made.test_client()
        for host in ("evil.example", "hub.example.gov.uk.evil.example", "hub.example.gov.uk:444"):
            assert web.get("/no-such-page", base_url=f"https://{host}").status_code == 400
        response = web.get("/no-such-page", base_url="https://hub.example.gov.uk")
        assert response.status_code == 404
        assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    finally:
        if not db.database.is_closed():
            db.database.close()
        db.database.initialize(kept)


@pytest.fixture
def public(hub: Flask, tmp_path: Any) -> Iterator[Flask]:
    """A second build, as for others: reached by https through one proxy. On the suite's own database."""
    kept = db.database.obj
    given = {"url": "https://hub.example.gov.uk", "secret": "x" * 40, "trust_proxy": 1}
    made = create_app(config.load({}, data=str(tmp_path), testing=True, worker=False, **given))
    made.config["HOSTS"] = {"hub.example.gov.uk"}  # what it is unless the suite asks by another name
    db.database.initialize(kept)
    yield made
    db.database.initialize(kept)


def test_cookies_of_a_hub_reached_by_https_travel_by_https_only(public: Flask) -> None:
    person = make.person(password_hash=passwords.hash_of(make.PASSWORD))
    web = public.test_client()
    through = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "Host": "hub.example.gov.uk"}
    page = web.get("/sign-in", headers=through)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    sent = {"csrf_token": token[1], "email": person.email, "password": make.PASSWORD}
    own = {**through, "Referer": "https://hub.example.gov.uk/sign-in"}
    signed_in = web.post("/sign-in", data=sent, headers=own)
    assert signed_in.status_code == 303, signed_in.text
    cookies = page.headers.getlist("Set-Cookie") + signed_in.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"hub", "hub_device"}
    for cookie in cookies:
        assert all(word in cookie for word in ("; Secure", "; HttpOnly", "; SameSite=Lax")), cookie
        assert "Domain=" not in cookie, "no other host of the council gets it"


def test_a_guesser_behind_the_proxy_cannot_pretend_to_come_from_elsewhere(public: Flask) -> None:
    """Only what the proxy itself added counts: the last address. What a browser claims before it is passed over."""
    web = public.test_client()
    page = web.get("/sign-in", headers={"Host": "hub.example.gov.uk", "X-Forwarded-Proto": "https"})
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token
    statuses = []
    for number in range(12):
        sent = {"csrf_token": token[1], "email": f"n{number}@council.example", "password": "wrong wrong"}
        headers = {
            "Host": "hub.example.gov.uk",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": f"203.0.113.{number}, 192.0.2.7",
            "X-Forwarded-Host": "hub.example.gov.uk",
            "Referer": "https://hub.example.gov.uk/sign-in",
        }
        statuses.append(web.post("/sign-in", data=sent, headers=headers).status_code)
    assert statuses == [422] * 10 + [429] * 2
    assert {row.subject for row in SignInAttempt.select() if "address" in row.subject} == {
        "address:192.0.2.7"
    }


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Host"])
def test_no_host_that_is_claimed_comes_into_an_answer(public: Flask, name: str) -> None:
    headers = {"Host": "hub.example.gov.uk", "X-Forwarded-Proto": "https", name: "evil.example"}
    answer = public.test_client().get("/forgot", headers=headers)
    assert answer.status_code == 400 and "evil.example" not in answer.text


# --- paging -------------------------------------------------------------------------------------------------


@pytest.fixture
def forty(hub: Flask) -> list[int]:
    """Ids of 45 items, newest first; many of one moment."""
    author, space = make.person(), make.space()
    ids = [make.item(author, space, kind="note").id for _ in range(45)]
    now = clock.now()
    for n, item_id in enumerate(ids):
        Item.update(active_at=now - timedelta(minutes=(n // 7) * 3)).where(Item.id == item_id).execute()
    rows = Item.select(Item.id).order_by(Item.active_at.desc(), Item.id.desc())
    return [row.id for row in rows]


def everything() -> Any:
    return queries.listing(make.viewer(make.person()), kind="note")


@pytest.mark.backend
def test_pages_show_everything_once_in_order_forwards_and_backwards(forty: list[int]) -> None:
    seen, first = [], paging.page(everything())
    page = first
    pages = [page]
    while page.older:
        page = paging.page(everything(), page.older)
        pages.append(page)
    seen = [item.id for page in pages for item in page]
    assert seen == forty and len(pages) == 3 and first.newer == ""
    back = page
    for expected in reversed(pages[:-1]):
        back = paging.page(everything(), back.newer)
        assert [i.id for i in back] == [i.id for i in expected]
    assert back.newer == ""


@pytest.mark.backend
def test_what_is_posted_meanwhile_shifts_nothing(forty: list[int]) -> None:
    first = paging.page(everything())
    make.item(make.person(), make.space(), kind="note")
    second = paging.page(everything(), first.older)
    assert [i.id for i in second] == forty[20:40]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "b1.1",
        "bzEuMQ",
        "é",
        "\x00",
        "A" * 5000,
        "bzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x",
        "bzEuLTE",
        "bjEuOTk5OTk5OTk5OTk5OTk",
    ],
)
def test_a_damaged_cursor_shows_a_page(forty: list[int], cursor: str) -> None:
    assert isinstance(paging.page(everything(), cursor).rows, list)


def test_a_cursor_reaches_nothing_that_the_viewer_may_not_read(forty: list[int]) -> None:
    author = make.person()
    secret = make.item(author, make.space(kind="secret", members=(author,)), kind="note")
    cursor = paging.page(everything(), per_page=10).older
    assert secret.id not in [i.id for i in paging.page(everything(), cursor, per_page=100)]
    assert not access.may_read(make.viewer(make.person()), secret)
    actions.withdraw(make.viewer(author), secret)
