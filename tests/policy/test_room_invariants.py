"""Invariants 1 to 5 of the usage policy. Each has a twin that breaks it, so that the test can fail."""

from __future__ import annotations

import ast
import io
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest

import config
from hub import clock, db
from hub.content.models import Item
from hub.forums import actions as forums
from hub.forums.models import Category
from hub.people.models import Person
from hub.policy import actions, detector, nudging
from hub.policy.detect import engine
from hub.policy.detect.hits import Hit
from hub.policy.models import Appeal, Case, Decision, Notice, Restriction
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

HUB = config.ROOT / "hub"
Settle = Callable[[], None]


@pytest.fixture
def category(author: Person, where: Space) -> Category:
    return forums.add_category(make.viewer(author), where, name="Damp", about="")


# --- 1: no automatic path writes a restriction
# --------------------------------------------------------------------

DECIDES = {"hub.policy.deciding", "hub.policy.casework", "hub.policy.ladder"}
AUTOMATIC = (
    "reactions.py",
    "scanning.py",
    "detector.py",
    "nudging.py",
    "state.py",
    "rules.py",
    "wording.py",
    "writing/views.py",
    "rulebook/live.py",
    "rulebook/trial.py",
    "rulebook/rehearsal.py",
    "rulebook/breaker.py",
    "behaviour.py",
    "fairness/sealing.py",
    "trail/keeping.py",
    "trail/chain.py",
)


def imports(path: Path) -> Iterator[str]:
    """Everything a module imports, also inside functions: modules, and the names taken from them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reach(path: Path) -> set[str]:
    """Modules of the policy room that a module leads to, however far round."""
    seen: set[str] = set()
    waiting = list(imports(path))
    while waiting:
        name = waiting.pop()
        file = config.ROOT / (name.replace(".", "/") + ".py")
        if name in seen or not name.startswith("hub.policy") or not file.is_file():
            continue
        seen.add(name)
        waiting += imports(file)
    return seen


@pytest.mark.parametrize("name", AUTOMATIC)
def test_1_what_runs_by_itself_cannot_reach_the_code_that_decides(name: str) -> None:
    assert not reach(HUB / "policy" / name) & DECIDES


def test_1_the_detection_engine_imports_nothing_of_the_hub_but_itself() -> None:
    for path in (HUB / "policy" / "detect").glob("*.py"):
        outside = {n for n in imports(path) if n.startswith("hub") and not n.startswith("hub.policy.detect")}
        assert not outside, f"{path.name} imports {outside}"


def test_1_only_the_ladder_hides_and_the_walk_over_imports_would_notice(tmp_path: Path) -> None:
    hides = [
        path.name
        for path in (HUB / "policy").rglob("*.py")
        if any(
            isinstance(node, ast.Attribute) and node.attr == "hide"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert hides == ["ladder.py"]
    bad = tmp_path / "bad.py"
    bad.write_text("def react():\n    from hub.policy.actions import decide\n    return decide\n")
    assert reach(bad) & DECIDES


@pytest.fixture
def decision(author: Person, where: Space, settle: Settle) -> Decision:
    case = room.flagged(settle, author, where)[1]
    viewer = make.viewer(room.reviewer("Ifan Rees"))
    actions.claim(viewer, case)
    return actions.decide(viewer, room.fresh(case), outcome="breach", reason=room.REASON)


def restriction(decision: Decision, **changes: Any) -> dict[str, Any]:
    """The columns of a hiding that the database takes, with changes."""
    now = clock.now()
    return {
        "decision": decision,
        "item": decision.case.item_id,
        "person": decision.author_id,
        "clause": "2.1",
        "reason": room.REASON,
        "days": 7,
        "state": "active",
        "decided_by": decision.decided_by_id,
        "approved_by": room.reviewer("Margaret Holt").id,
        "approved_at": now,
        "starts_at": now,
        "ends_at": now + timedelta(days=7),
        "notice": decision.notice_id,
        "appeal_until": now + timedelta(days=28),
        **changes,
    }


BROKEN: dict[str, dict[str, Any]] = {
    "nobody decided": {"decided_by": None},
    "nobody approved": {"approved_by": None},
    "approved at no time": {"approved_at": None},
    "no reason to speak of": {"reason": "because"},
    "no clause": {"clause": ""},
    "no end": {"ends_at": None},
    "no notice": {"notice": None},
    "no appeal": {"appeal_until": None},
    "too many days": {"days": 29},
    "no days": {"days": 0},
    "a state nobody knows": {"state": "automatic"},
    "a kind nobody knows": {"kind": "ban"},
    "too many days in one space": {"kind": "pause_space", "days": 8},
    "an end beyond a space's week": {"kind": "pause_space", "ends_at": clock.now() + timedelta(days=9)},
}


@pytest.mark.backend
@pytest.mark.parametrize("what", BROKEN)
def test_1_the_database_refuses_a_restriction_without(decision: Decision, what: str) -> None:
    with pytest.raises(peewee.IntegrityError), db.write():
        Restriction.create(**restriction(decision, **BROKEN[what]))
    assert Restriction.select().count() == 0


@pytest.mark.backend
def test_1_the_database_refuses_one_persons_restriction_and_takes_a_whole_one(decision: Decision) -> None:
    for changes in (
        {"approved_by": decision.decided_by_id},
        {"approved_by": decision.author_id},
        {"decided_by": decision.author_id},
        {"ends_at": clock.now() + timedelta(days=40)},
        {"ends_at": clock.now() - timedelta(days=1)},
    ):
        with pytest.raises(peewee.IntegrityError), db.write():
            Restriction.create(**restriction(decision, **changes))
    with db.write():
        Restriction.create(**restriction(decision))
    assert Restriction.select().count() == 1


@pytest.mark.backend
def test_1_the_database_refuses_decisions_and_appeals_of_ones_own(decision: Decision) -> None:
    shared = {
        "case": decision.case_id,
        "notice": decision.notice_id,
        "appeal_until": clock.now(),
        "clause": "2.1",
    }
    for changes in (
        {"decided_by": decision.author_id},
        {"reason": "too short"},
        {"outcome": "banished"},
        {"clause": ""},
    ):
        whole = {
            **shared,
            "outcome": "breach",
            "reason": room.REASON,
            "author": decision.author_id,
            "decided_by": decision.decided_by_id,
        }
        with pytest.raises(peewee.IntegrityError), db.write():
            Decision.create(**{**whole, **changes})
    appeal = {
        "decision": decision,
        "person": decision.author_id,
        "words": "No.",
        "decided_by": decision.decided_by_id,
        "outcome": "upheld",
    }
    for heard_by in (decision.author_id, decision.decided_by_id, None):
        with pytest.raises(peewee.IntegrityError), db.write():
            Appeal.create(**appeal, heard_by=heard_by, reason=room.REASON)


# --- 2: whatever the detector does, everything goes on
# ------------------------------------------------------------


def every_rule_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    def fire(name: str) -> Callable[..., Iterator[Hit]]:
        def rule(scene: Any, *rest: Any) -> Iterator[Hit]:
            yield Hit(rule=name, start=0, end=1, confidence=1.0, why="it always does", value="x")

        return rule

    for name in list(engine.RULES):
        monkeypatch.setitem(engine.RULES, name, fire(name))


def a_rule_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def rule(scene: Any) -> Iterator[Hit]:
        raise ZeroDivisionError

    for name in list(engine.RULES):
        monkeypatch.setitem(engine.RULES, name, rule)


def a_rule_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    def rule(scene: Any) -> Iterator[Hit]:
        time.sleep(1.0)
        return iter(())

    monkeypatch.setattr(nudging, "SECONDS", 0.05)
    monkeypatch.setitem(engine.RULES, "secret", rule)


def the_detector_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def off() -> Any:
        raise detector.Away("switched off")

    monkeypatch.setattr(detector, "_engine", off)


def the_room_itself_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **values: Any) -> Any:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(nudging, "advise", fails)


TROUBLES = [every_rule_fires, a_rule_raises, a_rule_hangs, the_detector_is_off, the_room_itself_fails]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda f: f.__name__)
def test_2_posting_answering_uploading_reading_and_searching_go_on(
    client: Client,
    author: Person,
    category: Category,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[..., None],
) -> None:
    trouble(monkeypatch)
    client.sign_in(author)

    def post(endpoint: str, data: dict[str, Any], **values: Any) -> None:
        """Posts; where *Before you post* is shown, posts the same again, which always passes."""
        files = {k: v for k, v in data.items() if isinstance(v, tuple)}
        again = {k: v for k, v in data.items() if k not in files}
        assert client.last is not None
        path = client.path(endpoint, **values)
        answer = client.http.post(
            path, data={**data, "csrf_token": client.csrf()}, content_type="multipart/form-data"
        )
        if answer.status_code == 200:
            answer = client.http.post(path, data={**again, "csrf_token": client.csrf()})
        assert answer.status_code == 303, f"{endpoint}: {answer.status_code}"

    client.get("forums.forums")
    began = time.monotonic()
    post(
        "forums.new_topic",
        {
            "category": category.id,
            "title": "A referral",
            "body": room.TEXT,
            "files": (io.BytesIO(b"x"), "x.txt"),
        },
    )
    topic = Item.get(Item.kind == "topic")
    post("forums.reply", {"body": f"{room.TEXT} The password is Heulwen-Copor-58."}, topic_id=topic.id)
    post(
        "forums.edit_topic",
        {"title": "A referral", "body": room.TEXT + " Again.", "version": 1},
        topic_id=topic.id,
    )
    client.get("forums.topic", topic_id=topic.id)
    client.get("forums.forums")
    if "search.search" in client.app.view_functions:
        client.get("search.search", q="referral")
    status = client.http.post(
        client.path("content.upload"),
        data={"files": (io.BytesIO(b"MZ"), "a.exe"), "csrf_token": client.csrf()},
    )
    assert status.status_code < 400
    assert (
        client.http.post(
            client.path("policy.check"), data={"body": room.TEXT, "csrf_token": client.csrf()}
        ).status_code
        < 500
    )
    assert Item.select().where(Item.state == "published").count() == 2
    assert time.monotonic() - began < 20


def test_2_what_could_not_be_looked_at_is_looked_at_later(
    author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        the_detector_is_off(patch)
        make.item(author, where, "topic", body=room.TEXT)
        settle()
        assert Case.select().count() == 0 and actions.waiting() == 1
    settle()
    assert actions.waiting() == 1, "it waits its time"


# --- 3: reading and search never consult the policy
# ---------------------------------------------------------------


def reads_policy(statements: list[str]) -> list[str]:
    return [s for s in statements if '"policy_' in s]


@pytest.mark.parametrize("who", ["member", "partner", "stranger"])
def test_3_reading_asks_nothing_of_the_policy(
    client: Client,
    author: Person,
    category: Category,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
) -> None:
    topic = forums.ask(make.viewer(author), category, title="A referral", body=room.TEXT)
    settle()
    assert Case.select().count() == 1
    looked: list[str] = []
    monkeypatch.setattr(detector, "look", lambda *args, **values: looked.append("look"))
    person = {"member": make.person(), "partner": make.partner(), "stranger": None}[who]
    client.sign_in(person)
    with db.count_queries() as seen:
        if person is not None:
            client.get("forums.topic", topic_id=topic.id)
            client.get("content.history", item_id=topic.id)
        client.get("forums.forums")
        if "search.search" in client.app.view_functions:
            client.get("search.search", q="referral")
    assert seen and reads_policy(seen) == [] and looked == []
    # The twin: a page that does ask is noticed.
    with db.count_queries() as seen:
        client.get("policy.policy")
    assert reads_policy(seen)


def test_3_nothing_below_the_room_knows_it() -> None:
    for folder in (
        "access.py",
        "content",
        "search",
        "forums",
        "blogs",
        "documents",
        "comments",
        "web",
        "spaces",
        "people",
    ):
        path = HUB / folder
        for file in [path] if path.is_file() else path.rglob("*.py"):
            assert not [n for n in imports(file) if n.startswith("hub.policy")], file


# --- 4: warn once
# ---------------------------------------------------------------------------------------------------


def test_4_every_sort_of_words_passes_the_second_time(
    client: Client, author: Person, category: Category
) -> None:
    client.sign_in(author).get("forums.forums")
    bodies = [
        room.TEXT,
        "The password is Heulwen-Copor-58.",
        room.TEXT * 40,
        f"{room.TEXT}\r\n\r\n<b>x</b>",
        "NI number: AB 12 34 56 C\x00",
    ]
    for number, body in enumerate(bodies):
        data = {"category": category.id, "title": f"Title {number}", "body": body}
        for answers in ((200, 303), (303,)):
            sent = client.http.post(
                client.path("forums.new_topic"), data={**data, "csrf_token": client.csrf()}
            )
            assert sent.status_code in answers, f"{body[:30]}: {sent.status_code}"
            if sent.status_code == 303:
                break
    assert Item.select().where(Item.kind == "topic").count() == len(bodies)


def test_4_the_page_shown_once_is_a_page_and_no_error(
    client: Client, author: Person, category: Category
) -> None:
    page = client.sign_in(author).post(
        "forums.new_topic", {"category": category.id, "title": "T", "body": room.TEXT}, status=200
    )
    assert page.find(attrs={"data-unsent": True}) is not None
    assert not page.find(class_="error-summary")


# --- 5 stands in test_room_hint: the check stores nothing and records nothing
# -----------------------------------------


def test_5_a_check_writes_no_row_even_where_the_writer_is_shown_something(
    client: Client, author: Person, category: Category
) -> None:
    client.sign_in(author).get("forums.forums")
    with db.count_queries() as seen:
        client.post("policy.check", {"body": room.TEXT, "audience": "staff"}, status=200, htmx=True)
    writes = [s for s in seen if s.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE"))]
    assert writes == []
    with db.count_queries() as seen:
        client.post(
            "forums.new_topic", {"category": category.id, "title": "T", "body": room.TEXT}, status=200
        )
    assert [s for s in seen if s.startswith("INSERT")], "the twin: the question before posting counts"
    assert Notice.select().count() == 0
