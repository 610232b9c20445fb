"""Signing in and out, guessing, known browsers, sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from hub import clock
from hub.content.models import Item
from hub.errors import StorageTrouble
from hub.events import Event
from hub.people import devices, passwords, sessions, signin
from hub.people.models import Person, Session, SignInAttempt
from tests import make

pytestmark = pytest.mark.backend
HERE, ELSEWHERE = "192.0.2.7", "198.51.100.9"


def somebody(name: str = "Ann Evans", **values) -> Person:
    return make.person(name, password_hash=passwords.hash_of(make.PASSWORD), **values)


def enter(
    person: Person, password: str = make.PASSWORD, address: str = HERE, device: devices.Device | None = None
) -> Person:
    return signin.enter(person.email, password, address=address, device=device or devices.Device("new"))


def names() -> list[str]:
    return [e.name for e in Event.select().order_by(Event.id)]


def test_the_right_password_signs_in_and_leads_on(client) -> None:
    ann = somebody()
    client.post(
        "people.sign_in",
        {"email": f" {ann.email.upper()} ", "password": make.PASSWORD, "next": "/people?q=a"},
    )
    assert client.last.headers["Location"] == "/people?q=a"
    assert "Ann Evans" in client.get("people.settings").get_text()
    assert "session:started" in names()


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%2Fevil.example"],
)
def test_sign_in_leads_to_no_other_site(client, onward: str) -> None:
    ann = somebody()
    client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD, "next": onward})
    assert client.last.headers["Location"] == "/"


def test_a_stranger_is_brought_back_to_where_they_were_going(client) -> None:
    ann = somebody()
    client.get("people.directory", status=303, q="damp")
    page = client.get(client.last.headers["Location"])
    onward = page.find("input", {"name": "next"})["value"]
    client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD, "next": onward})
    assert client.last.headers["Location"] == "/people?q=damp"


def test_a_form_sent_after_the_session_ended_is_kept_through_the_sign_in_and_can_be_sent(client) -> None:
    ann = somebody()
    make.hub_space()
    client.sign_in(ann)
    sessions.end(ann)
    written = {"title": "Salt", "body": "Line one\r\n<b>two</b>", "tags": "salt", "step": "publish"}
    page = client.post("blogs.new", {**written, "password": "old secret"}, status=401)
    assert "Line one" in page.find(id="kept").find_next("textarea").find_next("textarea").get_text()
    for word, status in (("wrong wrong wrong", 422), (make.PASSWORD, 200)):
        form = page.find("form", {"data-go-on": True})
        carried = {i["name"]: i["value"] for i in form.select("input[type=hidden]") if "carried" in i["name"]}
        assert "old secret" not in str(page)
        page = client.post("people.sign_in", {**carried, "email": ann.email, "password": word}, status=status)
    form = page.find("form", {"data-go-on": True})
    assert form["action"] == "/posts/new" and form.find("textarea").get_text() == "\nLine one\n<b>two</b>"
    fields = {i["name"]: i["value"] for i in form.select("input")}
    assert fields["csrf_token"] != carried.get("csrf_token")
    client.post(form["action"], {**fields, "body": form.find("textarea").get_text()[1:]})
    item = Item.get(Item.title == "Salt")
    assert item.is_published and item.body == "Line one\n<b>two</b>" and item.author_id == ann.id


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_what_came_along_with_a_sign_in_goes_to_no_other_site(client, to: str) -> None:
    ann = somebody()
    client.post(
        "people.sign_in",
        {"email": ann.email, "password": make.PASSWORD, "carried_to": to, "carried-body": "x"},
    )
    assert client.last.headers["Location"] == "/"


def test_wrong_password_and_unknown_account_get_the_same_answer(client) -> None:
    ann = somebody()
    answers = set()
    for email in (ann.email, "nobody@example.org"):
        page = client.post(
            "people.sign_in", {"email": email, "password": "something else entirely"}, status=422
        )
        answers.add(page.find(id="refused").get_text(" ", strip=True))
        assert page.find("input", {"name": "email"})["value"] == email
        assert not page.find("input", {"name": "password"}).get("value")
    assert len(answers) == 1


def test_an_unknown_account_costs_a_hash_too(hub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda kept, typed: asked.append(kept) or real(kept, typed))
    with pytest.raises(signin.Wrong):
        signin.enter("nobody@example.org", "x" * 20, address=HERE, device=devices.Device("new"))
    assert asked == [""]


def test_an_empty_form_is_told_what_is_missing(client) -> None:
    page = client.post("people.sign_in", {}, status=422)
    assert {a["href"] for a in page.select(".error-summary a")} == {"#f-email", "#f-password"}


@pytest.mark.parametrize("email", ["a\x00b@example.org", "💧@example.org", "x" * 254, "'; --", "ü@ü.example"])
def test_any_address_gets_the_usual_answer(client, email: str) -> None:
    client.post("people.sign_in", {"email": email, "password": "a\x00" * 20}, status=422)
    client.post("people.forgot", {"email": email}, status=200)


def test_failures_are_recorded_without_what_was_typed(hub) -> None:
    ann = somebody()
    for email in (ann.email, "my secret password"):
        with pytest.raises(signin.Wrong):
            signin.enter(email, "wrong", address=HERE, device=devices.Device("new"))
    rows = list(Event.select().where(Event.name == "session:refused").order_by(Event.id))
    assert [row.person_id for row in rows] == [ann.id, None]
    assert all("secret" not in str(row.data) for row in rows)
    assert all("secret" not in row.subject for row in SignInAttempt.select())


def test_after_ten_guesses_an_account_waits_even_for_the_right_password(client) -> None:
    ann = somebody()
    for _ in range(10):
        client.post("people.sign_in", {"email": ann.email, "password": "wrong"}, status=422)
    page = client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD}, status=429)
    assert "Wait 5 minutes" in page.find(id="refused").get_text()
    assert 200 < int(client.last.headers["Retry-After"]) <= 300
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD})


def test_an_unknown_account_waits_just_the_same(hub) -> None:
    for number in range(10):
        with pytest.raises(signin.Wrong):
            signin.enter("nobody@example.org", "x", address=f"192.0.2.{number}", device=devices.Device("new"))
    with pytest.raises(signin.Wait):
        signin.enter("NOBODY@example.org", "x", address="192.0.2.99", device=devices.Device("new"))


def test_one_address_cannot_try_many_accounts(hub) -> None:
    people = [somebody(f"Person {n}") for n in range(11)]
    for person in people[:10]:
        with pytest.raises(signin.Wrong):
            enter(person, "password1234")
    with pytest.raises(signin.Wait):
        enter(people[10], "password1234")
    assert enter(people[10], address=ELSEWHERE).id == people[10].id


def test_signing_in_does_not_wash_the_guesses_of_an_address(hub) -> None:
    mallory, others = somebody("Mallory"), [somebody(f"Person {n}") for n in range(10)]
    for person in others[:9]:
        with pytest.raises(signin.Wrong):
            enter(person, "password1234")
    enter(mallory)
    with pytest.raises(signin.Wrong):
        enter(others[9], "password1234")
    with pytest.raises(signin.Wait):
        enter(others[9], "password1234")


def test_ipv6_neighbours_count_as_one_address() -> None:
    assert signin.address_subject("2001:db8::1") == signin.address_subject("2001:db8::2:3")
    assert signin.address_subject("2001:db8::1") != signin.address_subject("2001:db8:0:1::1")
    assert signin.address_subject("no address") == "address:unknown"


def test_strangers_cannot_lock_somebody_out_of_their_own_browser(hub) -> None:
    ann = somebody()
    own = devices.Device("own").with_person(ann.id)
    for _ in range(10):
        with pytest.raises(signin.Wrong):
            enter(ann, "wrong", address=HERE)
    with pytest.raises(signin.Wait):
        enter(ann, address=HERE)
    assert enter(ann, address=HERE, device=own).id == ann.id


def test_a_known_browser_has_ten_guesses_of_its_own(hub) -> None:
    ann = somebody()
    own = devices.Device("own").with_person(ann.id)
    for _ in range(10):
        with pytest.raises(signin.Wrong):
            enter(ann, "wrong", device=own)
    with pytest.raises(signin.Wait):
        enter(ann, device=own)


def test_the_browser_is_remembered_by_a_signed_cookie_only(client) -> None:
    ann = somebody()
    client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD})
    cookie = client.http.get_cookie(devices.COOKIE)
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"
    secret = client.app.config["SECRET_KEY"]
    assert devices.read(cookie.value, secret).knows(ann.id)
    assert not devices.read(cookie.value, "another secret").knows(ann.id)
    assert not devices.read(cookie.value[:-2] + "xx", secret).knows(ann.id)
    assert not devices.read(None, secret).knows(ann.id)


def test_a_browser_forgets_all_but_the_last_five_people() -> None:
    device = devices.Device("shared")
    for number in range(1, 8):
        device = device.with_person(number)
    assert device.people == (7, 6, 5, 4, 3)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari on an iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("", "A browser"),
    ],
)
def test_browsers_are_named_as_people_say(agent: str, words: str) -> None:
    assert devices.in_words(agent) == words


def test_a_closed_account_is_told_so_only_after_the_right_password(client) -> None:
    ann = somebody(status="disabled")
    client.post("people.sign_in", {"email": ann.email, "password": "wrong"}, status=422)
    page = client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD}, status=403)
    assert "closed" in page.find(id="refused").get_text()
    assert Session.select().count() == 0


def test_a_partner_whose_access_ended_learns_when_and_whom_to_ask(client) -> None:
    ann = somebody()
    pat = make.partner(
        "Pat Police",
        password_hash=ann.password_hash,
        sponsor_id=ann.id,
        access_ends_at=clock.now() - timedelta(days=2),
    )
    page = client.post("people.sign_in", {"email": pat.email, "password": make.PASSWORD}, status=403)
    assert "Ann Evans" in page.find(id="refused").get_text() and "Your access ended on" in page.get_text()


def test_signing_in_gives_a_new_session_and_ends_the_one_before(client) -> None:
    ann, ben = somebody(), somebody("Ben Brook")
    for person in (ann, ben):
        client.post("people.sign_in", {"email": person.email, "password": make.PASSWORD})
    rows = {s.person_id: s for s in Session.select()}
    assert rows[ann.id].ended_at is not None and rows[ben.id].ended_at is None


def test_signing_out_ends_the_session_on_the_server(client) -> None:
    ann = somebody()
    client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD})
    stolen = client.http.get_cookie("hub8000").value
    client.post("people.sign_out")
    assert client.last.headers["Clear-Site-Data"] == '"cache"'
    client.get("people.settings", status=303)
    client.http.set_cookie("hub8000", stolen)
    client.get("people.settings", status=303)
    assert "session:ended" in names()


def test_reading_goes_on_where_the_use_of_a_session_cannot_be_noted(client, monkeypatch) -> None:
    ann = somebody()
    client.post("people.sign_in", {"email": ann.email, "password": make.PASSWORD})
    Session.update(seen_at=clock.now() - timedelta(hours=1)).execute()
    tried: list[dict] = []

    def full(**values):
        tried.append(values)
        raise StorageTrouble("The storage is full.")

    monkeypatch.setattr(Session, "update", full)
    client.get("people.settings", status=200)
    assert [list(values) for values in tried] == [["seen_at"]]


def test_sign_out_everywhere_ends_every_session(client) -> None:
    ann = somebody()
    sessions.start(ann, "another")
    client.sign_in(ann).post("people.sign_out", {"everywhere": "yes"})
    assert not sessions.running(ann)


def test_sessions_are_listed_and_ended_by_their_owner_only(client) -> None:
    ann, ben = somebody(), somebody("Ben Brook")
    sessions.start(ann, "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", HERE)
    sessions.start(ben, "", ELSEWHERE)
    other = Session.get(Session.person == ann.id)
    foreign = Session.get(Session.person == ben.id)
    page = client.sign_in(ann).get("people.sessions")
    assert "Firefox on Windows" in page.get_text() and ELSEWHERE not in page.get_text()
    client.post("people.end_session", session_id=foreign.id, status=404)
    client.post("people.end_session", session_id=other.id)
    assert "Firefox" not in client.get("people.sessions").find(id="main").get_text()
    assert Session.get_by_id(foreign.id).ended_at is None


def test_all_other_sessions_can_be_ended_at_once(client) -> None:
    ann = somebody()
    for _ in range(3):
        sessions.start(ann)
    client.sign_in(ann).post("people.end_other_sessions")
    assert len(sessions.running(ann)) == 1
    client.get("people.settings")


def test_sessions_that_ran_out_are_not_listed(hub) -> None:
    ann = somebody()
    sessions.start(ann)
    with time_machine.travel(clock.now() + timedelta(hours=13)):
        assert sessions.running(ann, timedelta(hours=12), timedelta(days=14)) == []


def test_pages_say_when_the_session_ends(client) -> None:
    ann = somebody()
    page = client.sign_in(ann).get("people.settings")
    assert 11 * 3600 < int(page.html["data-session-ends"]) <= 12 * 3600


def test_an_old_hash_is_renewed_at_sign_in(hub) -> None:
    passwords.init()
    try:
        ann = somebody()
    finally:
        passwords.init(cheap=True)
    enter(ann)
    assert "m=64" in Person.get_by_id(ann.id).password_hash
    assert enter(ann).id == ann.id
