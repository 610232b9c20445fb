"""Rules as data: written, tried on past content, judged, approved by a second person, stopped when they misbehave."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import peewee
import pytest
import time_machine
from flask import Flask

from hub import clock, db, files
from hub.content.models import Item
from hub.documents import actions as documents
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.events import Event
from hub.people.models import Person
from hub.policy import actions as policy
from hub.policy.models import Case, Finding
from hub.policy.rulebook import actions, breaker, live, plain, queries, rehearsal
from hub.policy.rulebook.models import DryHit, DryRun, PolicyRule, RuleVersion
from hub.policy.rulebook.writing import AUDIENCES, Written
from hub.policy.rules import RULES
from hub.spaces.models import Space
from tests import make
from tests.browser import Client
from tests.policy import room

Settle = Callable[[], None]
WORDS = "It finds the names of projects that have not been announced yet."
FLAGS = dict.fromkeys(AUDIENCES, "nudge+flag")


def written(**changes: object) -> Written:
    """A word list that flags `Moonbeam`."""
    values = {
        "kind": "words",
        "label": "name of a closed project",
        "clause": "2.1",
        "words": WORDS,
        "settings": {"words": ["moonbeam"]},
        "outcomes": FLAGS,
        **changes,
    }
    return Written(**values)  # type: ignore[arg-type]


@pytest.fixture
def author(hub: Flask) -> Person:
    return make.person("Ann Evans")


def posts(author: Person, where: Space, number: int = 24, body: str = "Moonbeam comes in May.") -> None:
    for n in range(number):
        make.item(author, where, "topic", title=f"Title {n}", body=body)


def tried(rule: PolicyRule, by: Person, settle: Settle, *, wrong: int = 0) -> DryRun:
    """A finished dry run with every hit of the sample judged, `wrong` of them as wrong."""
    run = rehearsal.start(make.viewer(by), rule.name, months=12)
    settle()
    run = DryRun.get_by_id(run.id)
    for n, one in enumerate(queries.sample(make.viewer(by), run)):
        rehearsal.judge(make.viewer(by), one.hit, "wrong" if n < wrong else "right")
    return run


def made_live(
    editor: Person, second: Person, settle: Settle, state: str = "live-flag", **changes: object
) -> PolicyRule:
    rule = actions.write(make.viewer(editor), written(**changes))
    actions.set_state(make.viewer(editor), rule.name, "background")
    tried(rule, editor, settle)
    actions.propose(make.viewer(editor), rule.name, state, seen=1)
    return actions.approve(make.viewer(second), rule.name, seen=1)


def fresh(rule: PolicyRule) -> PolicyRule:
    return PolicyRule.get_by_id(rule.id)


# --- writing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("label", {"label": "x"}),
        ("clause", {"clause": "two"}),
        ("weight", {"weight": 11}),
        ("words", {"settings": {"words": ["two words"]}}),
        ("words", {"settings": {"words": []}}),
        ("pattern", {"kind": "pattern", "settings": {"pattern": "(a+"}}),
        ("pattern", {"kind": "pattern", "settings": {"pattern": r"(?=x)y"}}),
        ("of", {"kind": "threshold", "settings": {"of": "nothing", "count": 3}}),
        ("count", {"kind": "threshold", "settings": {"of": "dob", "count": 1}}),
        ("kind", {"kind": "built-in"}),
        ("outcomes", {"outcomes": {**FLAGS, "team": "block"}}),
        ("outcomes", {"outcomes": {}}),
        ("must_find", {"must_find": ("Nothing of the sort.",)}),
        ("must_pass", {"must_pass": ("Moonbeam is a word.",)}),
        ("vetoes", {"vetoes": tuple(str(n) for n in range(101))}),
    ],
)
def test_a_version_that_cannot_work_is_refused_by_field(editor: Person, field: str, changes: dict) -> None:
    with pytest.raises(Invalid) as refusal:
        actions.write(make.viewer(editor), written(**changes))
    assert refusal.value.field == field
    assert PolicyRule.select().count() == 0


def test_a_veto_makes_an_example_pass(editor: Person) -> None:
    samples = {
        "must_find": ("Moonbeam comes.",),
        "must_pass": ("The film Moonbeam is on.",),
        "vetoes": ("film",),
    }
    assert actions.write(make.viewer(editor), written(**samples)).state == "draft"


def test_rules_are_written_by_rule_editors_only(author: Person, editor: Person, client: Client) -> None:
    for person in (author, make.partner(), make.person(roles=["administrator"]), room.reviewer()):
        with pytest.raises(Missing):
            actions.write(make.viewer(person), written())
        client.sign_in(person).get("policy.new_rule", status=404)
        client.get("policy.edit_rule", status=404, name="dob")
        client.post("policy.rule_state", {"do": "paused"}, status=404, name="dob")


# --- the way to live ----------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_a_rule_becomes_live_only_with_proof_and_a_second_person(
    editor: Person, second: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    viewer = make.viewer(editor)
    rule = actions.write(viewer, written())
    settle()
    assert Finding.select().count() == 0, "a draft does nothing"
    with pytest.raises(Refused, match="background"):
        actions.propose(viewer, rule.name, "live-flag", seen=1)
    actions.set_state(viewer, rule.name, "background")
    with pytest.raises(Refused, match="dry run"):
        actions.propose(viewer, rule.name, "live-flag", seen=1)
    tried(rule, editor, settle)
    actions.propose(viewer, rule.name, "live-flag", seen=1)
    with pytest.raises(Refused, match="second person"):
        actions.approve(viewer, rule.name, seen=1)
    assert fresh(rule).state == "background"
    actions.approve(make.viewer(second), rule.name, seen=1)
    assert fresh(rule).state == "live-flag" and fresh(rule).live_since is not None
    assert RuleVersion.get().approved_by_id == second.id


@pytest.mark.backend
def test_nobody_approves_their_own_version_not_even_past_the_action(editor: Person) -> None:
    rule = actions.write(make.viewer(editor), written())
    with pytest.raises(peewee.IntegrityError), db.write():
        RuleVersion.update(approved_by=editor).where(RuleVersion.rule == rule.id).execute()


def test_an_imprecise_or_old_or_unexplained_version_stays_in_the_background(
    editor: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    viewer = make.viewer(editor)
    rule = actions.write(viewer, written(words="Too short."))
    actions.set_state(viewer, rule.name, "background")
    tried(rule, editor, settle, wrong=10)
    missing = " ".join(actions.proof(RuleVersion.get()).missing)
    assert "70%" in missing and "plain English" in missing
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        assert "seven days" in " ".join(actions.proof(RuleVersion.get()).missing)


def test_a_changed_version_needs_its_own_proof_and_the_old_one_acts_meanwhile(
    editor: Person, second: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    rule = made_live(editor, second, settle)
    actions.change(make.viewer(editor), rule.name, written(settings={"words": ["sunbeam"]}), seen=1)
    assert (fresh(rule).acting, fresh(rule).newest, fresh(rule).state) == (1, 2, "live-flag")
    with pytest.raises(Refused, match="dry run"):
        actions.propose(make.viewer(editor), rule.name, "live-flag", seen=2)
    with pytest.raises(Conflict):
        actions.change(make.viewer(second), rule.name, written(), seen=1)
    actions.revert(make.viewer(editor), rule.name, 1)
    assert queries.newest(make.viewer(editor), rule.name)[0].settings == {"words": ["moonbeam"]}
    told = {d.what for d in queries.difference(make.viewer(editor), rule.name, 2)[2]}
    assert told == {"Setting: words"}


def test_wilsons_interval_as_published() -> None:
    # Agresti and Coull, The American Statistician 52 (1998): 0 of 20 gives 0 to 0.161.
    low, high = actions.wilson(0, 20)
    assert low == 0 and round(high, 3) == 0.161
    low, high = actions.wilson(15, 20)
    assert round(low, 3) == 0.531 and round(high, 3) == 0.888


# --- what it does -------------------------------------------------------------------------------------------------


@pytest.mark.backend
@pytest.mark.parametrize(
    ("state", "outcome", "cases"), [("background", "none", 0), ("live-nudge", "nudge", 0)]
)
def test_below_flags_it_records_or_hints_and_never_flags(
    editor: Person,
    second: Person,
    author: Person,
    where: Space,
    settle: Settle,
    state: str,
    outcome: str,
    cases: int,
) -> None:
    posts(author, where)
    if state == "background":
        rule = actions.write(make.viewer(editor), written())
        actions.set_state(make.viewer(editor), rule.name, "background")
    else:
        rule = made_live(editor, second, settle, "live-nudge")
    settle()
    item = make.item(author, where, "topic", body="Moonbeam again.")
    settle()
    found = Finding.get(Finding.item == item.id)
    assert (found.rule, found.rule_version, found.outcome) == (rule.name, 1, outcome)
    assert found.excerpt != "Moonbeam" and Case.select().count() == cases


def test_a_live_rule_flags_what_is_new_and_never_what_is_old_by_itself(
    editor: Person, second: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    settle()
    made_live(editor, second, settle)
    settle()
    assert Case.select().count() == 0, "old content is not flagged by a new rule"
    make.item(author, where, "topic", body="Moonbeam in June.")
    settle()
    assert Case.select().count() == 1
    run = DryRun.get()
    assert rehearsal.promote(make.viewer(editor), run) == 24
    settle()
    # The twin: a person's promotion does flag it, and the breaker keeps even that within bounds.
    assert Case.select().count() > 1
    with pytest.raises(Refused):
        rehearsal.promote(make.viewer(editor), DryRun.get_by_id(run.id))


def test_settings_of_a_built_in_rule_act_from_approval_on(
    editor: Person, author: Person, where: Space, settle: Settle
) -> None:
    item, _ = room.flagged(settle, author, where)
    actions.set_state(make.viewer(editor), "uk_nhs", "paused")
    make.item(author, where, "topic", body=room.TEXT)
    settle()
    assert Finding.select().where(Finding.item != item.id).count() == 0
    actions.set_state(make.viewer(editor), "uk_nhs", "background")
    quiet = make.item(author, where, "topic", body=room.TEXT)
    settle()
    assert Finding.get(Finding.item == quiet.id).outcome == "none" and Case.select().count() == 1


def test_a_threshold_counts_another_rules_findings(
    editor: Person, author: Person, where: Space, settle: Settle
) -> None:
    spec = written(kind="threshold", label="many NHS numbers", settings={"of": "uk_nhs", "count": 2})
    rule = actions.write(make.viewer(editor), spec)
    actions.set_state(make.viewer(editor), rule.name, "background")
    make.item(author, where, "topic", body=room.TEXT)
    two = make.item(author, where, "topic", body=f"{room.TEXT} And NHS number 999 000 0018.")
    settle()
    assert [f.item_id for f in Finding.select().where(Finding.rule == rule.name)] == [two.id]


def test_an_own_rule_that_raises_is_left_out(
    editor: Person, author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = actions.write(make.viewer(editor), written())
    actions.set_state(make.viewer(editor), rule.name, "background")

    def fails(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(live, "places", fails)
    item, case = room.flagged(settle, author, where, body=f"Moonbeam. {room.TEXT}")
    assert case.item_id == item.id and Finding.select().where(Finding.rule == rule.name).count() == 0


def test_a_trusted_host_is_no_risky_link(
    editor: Person, author: Person, where: Space, settle: Settle
) -> None:
    body = "Sign in at http://files.partner-share.example/login with your password."
    make.item(author, where, "topic", body=body)
    settle()
    before = Finding.select().where(Finding.rule == "link_risky").count()
    actions.trust(make.viewer(editor), "https://files.partner-share.example/x", "Our partner's file service.")
    item = make.item(author, where, "topic", body=body)
    settle()
    assert (
        before and Finding.select().where(Finding.item == item.id, Finding.rule == "link_risky").count() == 0
    )
    for host in ("", "no host", "10.0.0.1", "files.partner-share.example"):
        with pytest.raises(Invalid):
            actions.trust(make.viewer(editor), host, "Our partner's file service.")


# --- the dry run --------------------------------------------------------------------------------------------------


@pytest.mark.backend
def test_a_dry_run_flags_nothing_pauses_and_goes_on(
    editor: Person, author: Person, where: Space, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts(author, where, 12)
    settle()
    monkeypatch.setattr(rehearsal, "BATCH", 5)
    rule = actions.write(make.viewer(editor), written())
    run = rehearsal.start(make.viewer(editor), rule.name, months=3)
    with pytest.raises(Conflict):
        rehearsal.start(make.viewer(editor), rule.name, months=3)
    rehearsal._batch(DryRun.get_by_id(run.id))
    rehearsal.pause(make.viewer(editor), run, on=True)
    settle()
    run = DryRun.get_by_id(run.id)
    assert (run.state, run.looked_at) == ("paused", 5)
    rehearsal.pause(make.viewer(editor), run, on=False)
    settle()
    run = DryRun.get_by_id(run.id)
    assert (run.state, run.looked_at, run.total, run.hits, run.items_hit) == ("done", 12, 12, 12, 12)
    assert Finding.select().count() == Case.select().count() == 0
    assert all("oonbeam" not in h.excerpt for h in DryHit.select())


def test_the_sample_shows_nothing_that_its_judge_may_not_read(
    editor: Person, author: Person, settle: Settle, client: Client
) -> None:
    closed = make.space("Closed", "invitation", "staff", editors=(author,))
    make.item(author, closed, "topic", title="Gwenllian", body="Moonbeam stands here, canaryword.")
    rule = actions.write(make.viewer(editor), written())
    run = tried(rule, editor, settle)
    assert run.hits == 1 and queries.sample(make.viewer(editor), run) == []
    with pytest.raises(Missing):
        rehearsal.judge(make.viewer(editor), DryHit.get(), "right")
    client.sign_in(editor)
    assert "fewer than the 20 hits" in client.get("policy.rule", name=rule.name).get_text(" ")
    client.get("policy.dry_run", name=rule.name, number=run.id)
    assert "canaryword" not in client.text() and "Gwenllian" not in client.text()


def test_a_hit_in_a_document_is_shown_with_the_words_around_it(
    editor: Person, author: Person, where: Space, settle: Settle
) -> None:
    words = b"The list of rounds. " * 9 + b"Moonbeam comes on the first day. " + b"And then it ends. " * 9
    stored = files.store().put(io.BytesIO(words), limit=10_000)
    documents.upload(make.viewer(author), stored, "rounds.txt", where, title="Rounds")
    settle()
    rule = actions.write(make.viewer(editor), written())
    run = tried(rule, editor, settle)
    (one,) = queries.sample(make.viewer(editor), run)
    assert one.hit.place not in ("title", "text") and one.found == "Moonbeam"
    assert one.before.startswith("… ") and "of rounds" in one.before and one.after.endswith(" …")


# --- the breaker --------------------------------------------------------------------------------------------------


def test_the_breaker_puts_a_rule_that_hits_too_much_back_and_tells_its_owner(
    editor: Person, second: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    settle()
    rule = made_live(editor, second, settle)
    posts(author, where, 2)
    settle()
    assert fresh(rule).state == "live-flag", "two hits are no pattern"
    posts(author, where, 1)
    settle()
    breaker.watch()
    tripped = fresh(rule)
    assert tripped.state == "background" and "hit 3" in tripped.tripped
    event = Event.select().where(Event.name == "policy:rule_tripped").get()
    assert event.person_id == editor.id and event.data["notice"]
    flags = Case.select().count()
    posts(author, where, 3)
    settle()
    assert Case.select().count() == flags, "it records and flags no more"


def test_the_breaker_stops_a_flood_within_one_round(
    editor: Person, second: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    settle()
    made_live(editor, second, settle)
    posts(author, where, 60)
    settle()
    assert Case.select().count() <= 20


def test_the_breaker_listens_to_people(
    editor: Person, second: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    settle()
    rule = made_live(editor, second, settle)
    PolicyRule.update(live_since=clock.now() - timedelta(days=3)).where(PolicyRule.id == rule.id).execute()
    ifan = make.viewer(room.reviewer("Ifan Rees"))
    for wrong in range(11):
        assert breaker.watch() == 0, wrong
        item = make.item(author, where, "topic", body=f"Moonbeam {wrong}.")
        settle()
        case = Case.get(Case.item == item.id)
        policy.claim(ifan, case)
        policy.decide(ifan, room.fresh(case), outcome="rule_was_wrong", reason=room.REASON)
    assert breaker.watch() == 1 and fresh(rule).state == "background"


def test_the_breaker_stops_a_slow_rule(
    editor: Person,
    second: Person,
    author: Person,
    where: Space,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posts(author, where)
    settle()
    rule = made_live(editor, second, settle)
    monkeypatch.setattr(live, "p95", lambda name, least: 21.0)
    assert breaker.watch() == 1 and "21 ms" in fresh(rule).tripped


# --- pages --------------------------------------------------------------------------------------------------------


def test_the_whole_way_by_pages_without_script(
    client: Client, editor: Person, second: Person, author: Person, where: Space, settle: Settle
) -> None:
    posts(author, where)
    settle()
    client.sign_in(editor).get("policy.rules")
    client.get("policy.new_rule", kind="pattern")
    sent = {
        "kind": "pattern",
        "label": "client file number",
        "clause": "2.1",
        "weight": "5",
        "words": WORDS,
        "pattern": r"moon(beam)",
        "must_find": "Moonbeam",
        **{f"outcome-{a}": "nudge+flag" for a in AUDIENCES},
    }
    page = client.post("policy.new_rule", {**sent, "pattern": "(moon"}, status=422)
    assert "never closed" in page.get_text() and page.find("textarea", {"name": "must_find"}).get_text(
        strip=True
    )
    client.post("policy.new_rule", sent, follow=True)
    name = PolicyRule.get().name
    client.post("policy.rule_state", {"do": "live-flag", "seen": "1"}, status=403, name=name)
    page = client.post("policy.rule_state", {"do": "background", "seen": "1"}, follow=True, name=name)
    assert "it records what it finds" in page.get_text(" ") and "once the rule is live" in page.get_text(" ")
    client.post("policy.start_run", {"months": "99"}, status=422, name=name)
    client.post("policy.start_run", {"months": "12"}, name=name)
    settle()
    run = DryRun.get()
    client.get("policy.rule", name=name)
    client.get("policy.rule", htmx="dry-runs", name=name)
    client.get("policy.dry_run", name=name, number=run.id)
    for hit in DryHit.select():
        client.post("policy.do_run", {"do": f"right:{hit.id}"}, name=name, number=run.id)
    client.post("policy.rule_state", {"do": "live-nudge", "seen": "1"}, name=name)
    client.post("policy.rule_state", {"do": "approve", "seen": "1"}, status=403, name=name)
    client.sign_in(second).get("policy.rule", name=name)
    client.post("policy.rule_state", {"do": "refuse", "reason": "no"}, status=422, name=name)
    client.post("policy.rule_state", {"do": "approve", "seen": "1"}, follow=True, name=name)
    assert "Live, as a hint" in client.text()
    client.get("policy.edit_rule", name=name)
    client.post("policy.edit_rule", {**sent, "seen": "1", "pattern": "moonbeams?"}, name=name)
    client.post("policy.edit_rule", {**sent, "seen": "1"}, status=409, name=name)
    client.get("policy.rule_version", name=name, number=2)
    client.post("policy.revert_rule", name=name, number=1)
    client.get("policy.edit_rule", name="uk_nhs")
    client.post("policy.hosts", {"host": "forms.example.org", "reason": "Our forms."}, follow=True)
    client.post("policy.hosts", {"host": "bad host", "reason": "Our forms."}, status=422)
    client.post("policy.hosts", {"drop": "forms.example.org"})
    client.sign_in(author).get("policy.rules")
    page = client.get("policy.rule", name=name)
    assert "moonbeam" not in page.get_text(), "the pattern itself is for editors"
    client.get("policy.rule_version", status=404, name=name, number=1)
    client.get("policy.dry_run", status=404, name=name, number=run.id)
    client.get("policy.rule", status=404, name="nothing")
    client.sign_in(make.partner()).get("policy.rule", name="dob")


def test_the_list_of_rules_costs_the_same_for_any_number(client: Client, editor: Person) -> None:
    client.sign_in(editor).get("policy.rules")
    live.forget()
    with db.count_queries() as few:
        client.get("policy.rules")
    for _ in range(3):
        actions.write(make.viewer(editor), written())
    live.forget()
    with db.count_queries() as many:
        client.get("policy.rules")
    assert len(many) <= len(few) <= 14, "\n".join(many)
    assert Item.select().count() == 0


def test_everybody_reads_what_each_built_in_rule_finds_and_what_follows(
    client: Client, author: Person, editor: Person
) -> None:
    client.sign_in(author)
    for name in RULES:
        text = client.get("policy.rule", name=name).get_text()
        assert plain.WORDS[name][:60] in text and "What follows" in text, name
        assert len(plain.WORDS[name]) >= actions.WORDS_LEAST
    assert set(plain.WORDS) == set(RULES)
    assert plain.follows("own-rule") == {} and plain.words("own-rule") == ""
    client.sign_in(editor)
    page = client.get("policy.edit_rule", name="uk_nhs")
    assert plain.WORDS["uk_nhs"] in page.find("textarea", {"name": "words"}).get_text()
