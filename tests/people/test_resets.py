"""A new password by mail, and from the command line."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from hub import clock
from hub.events import Event
from hub.jobs import Job
from hub.people import passwords, resets, sessions
from hub.people.entrance.views import link
from hub.people.models import PasswordReset, Person, SignInAttempt
from tests import make

pytestmark = pytest.mark.backend
NEW = "seven green kettles on a hill"


def mails(client) -> list[str]:
    folder = client.app.config["HUB"].data_path / "mail"
    return [p.read_text() for p in sorted(folder.glob("*.eml"))] if folder.exists() else []


def link_in(text: str) -> str:
    return re.search(r"/reset/([\w\-]+)", text.replace("=\n", ""))[1]


def ask(client, settle, email: str) -> list[str]:
    client.post("people.forgot", {"email": email}, status=200)
    settle()
    return mails(client)


def test_a_mailed_link_sets_a_new_password_once_and_ends_all_sessions(client, settle) -> None:
    ann = make.person("Ann Evans", password_hash=passwords.hash_of(make.PASSWORD))
    sessions.start(ann)
    token = link_in(ask(client, settle, ann.email.upper())[0])
    client.get("people.reset", token=token)
    client.get("people.reset", token=token)
    assert client.last.headers["Cache-Control"] == "no-store"
    client.post("people.reset", {"password": NEW}, token=token)
    assert passwords.verify(Person.get_by_id(ann.id).password_hash, NEW)
    assert not sessions.running(ann)
    client.post("people.reset", {"password": NEW}, token=token, status=410)
    client.post("people.sign_in", {"email": ann.email, "password": NEW})
    assert {"person:reset_requested", "person:password_changed"} <= {e.name for e in Event.select()}


def test_unknown_and_closed_accounts_get_the_same_page_and_no_mail(client, settle) -> None:
    gone = make.person("Gone", status="disabled")
    ann = make.person("Ann Evans")
    pages = {}
    for email in ("nobody@example.org", gone.email, ann.email):
        page = client.post("people.forgot", {"email": email}, status=200)
        pages[email] = page.find(id="main").get_text(" ", strip=True).replace(email, "…")
        settle()
    assert len(set(pages.values())) == 1
    assert [m for m in mails(client) if "To: " + ann.email in m] == mails(client) and len(mails(client)) == 1


def test_the_request_does_the_same_work_for_unknown_accounts(hub) -> None:
    from hub import db

    ann = make.person("Ann Evans")
    counts = []
    for email in (ann.email, "nobody@example.org"):
        with db.count_queries() as seen:
            resets.ask(email, "http://hub/reset/", "192.0.2.1")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_link_lasts_an_hour(client, settle) -> None:
    ann = make.person("Ann Evans")
    token = link_in(ask(client, settle, ann.email)[0])
    with time_machine.travel(clock.now() + timedelta(minutes=59)):
        client.get("people.reset", token=token)
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        page = client.get("people.reset", token=token, status=410)
        assert page.find("a", href="/forgot")


def test_a_newer_link_replaces_the_older(client, settle) -> None:
    ann = make.person("Ann Evans")
    first = link_in(ask(client, settle, ann.email)[0])
    second = link_in(ask(client, settle, ann.email)[1])
    client.get("people.reset", token=first, status=410)
    client.get("people.reset", token=second)


def test_a_refused_password_leaves_the_link_unused(client, settle) -> None:
    ann = make.person("Ann Evans")
    token = link_in(ask(client, settle, ann.email)[0])
    page = client.post("people.reset", {"password": "AnnEvans2026!"}, token=token, status=422)
    assert page.select_one(".error-summary a")["href"] == "#f-password"
    client.post("people.reset", {"password": NEW}, token=token)


def test_neither_the_database_nor_the_queue_keeps_a_link_that_works(client, settle) -> None:
    ann = make.person("Ann Evans")
    token = link_in(ask(client, settle, ann.email)[0])
    assert all(token not in str(job.payload) for job in Job.select())
    assert PasswordReset.get().token_hash != token
    assert all(ann.email not in row.subject for row in SignInAttempt.select())


def test_an_account_gets_three_mails_an_hour_and_never_says_so(client, settle) -> None:
    ann = make.person("Ann Evans")
    for _ in range(5):
        ask(client, settle, ann.email)
    assert len(mails(client)) == 3


def test_an_address_that_asks_for_many_waits(client) -> None:
    for number in range(20):
        client.post("people.forgot", {"email": f"person{number}@example.org"}, status=200)
    page = client.post("people.forgot", {"email": "one.more@example.org"}, status=429)
    assert "Wait" in page.select_one(".error-summary").get_text()


def test_links_use_the_hubs_own_address_whatever_the_request_says(hub) -> None:
    with hub.test_request_context(base_url="http://evil.example"):
        assert link("people.reset") == hub.config["HUB"].address + "/reset/"


def test_an_unknown_token_is_gone(client) -> None:
    for token in ("x", "../../etc", "%00", "ü" * 40):
        client.get("people.reset", token=token.replace("/", "-"), status=410)


def test_the_first_administrator_is_made_on_the_command_line(client) -> None:
    runner = client.app.test_cli_runner()
    told = runner.invoke(
        args=["people", "create-admin", "--email", "First.Admin@council.example", "--name", "First Admin"]
    )
    assert told.exit_code == 0, told.output
    person = Person.get(Person.email == "first.admin@council.example")
    assert person.roles == ["administrator"] and person.organisation.is_home and not person.password_hash
    token = link_in(told.output)
    client.post("people.reset", {"password": NEW}, token=token)
    client.post("people.sign_in", {"email": person.email, "password": NEW})
    client.get("people.new_organisation")


def test_create_admin_raises_somebody_and_refuses_partners_and_rubbish(client) -> None:
    runner = client.app.test_cli_runner()
    ann, pat = make.person("Ann Evans", roles=["reviewer"]), make.partner("Pat Police")
    assert runner.invoke(args=["people", "create-admin", "--email", ann.email]).exit_code == 0
    assert Person.get_by_id(ann.id).roles == ["reviewer", "administrator"]
    assert runner.invoke(args=["people", "create-admin", "--email", pat.email]).exit_code == 1
    assert runner.invoke(args=["people", "create-admin", "--email", "rubbish"]).exit_code == 1
    assert runner.invoke(args=["people", "reset-link", "--email", "nobody@example.org"]).exit_code == 1
    assert "/reset/" in runner.invoke(args=["people", "reset-link", "--email", pat.email]).output
