"""The policy's table on one page: what follows before whom, changed by versions that go the usual road."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.people.models import Person
from hub.policy.models import Case
from hub.policy.rulebook import actions, live, matrix
from hub.policy.rulebook.models import PolicyRule, RuleVersion
from hub.policy.rulebook.writing import AUDIENCES
from tests import make
from tests.browser import Client
from tests.policy import room
from tests.policy.test_rules_as_data import tried

Settle = Callable[[], None]
WHY = "Partners share these numbers with us every day."


def cell(person: Person, name: str, audience: str) -> matrix.Cell:
    line = next(one for one in matrix.lines(make.viewer(person)) if one.name == name)
    return next(one for one in line.cells if one.audience == audience)


def sent(page: object, **values: object) -> dict[str, object]:
    """The form to change a line as it stands, with other values."""
    form = page.find("form", id="change")  # type: ignore[attr-defined]
    found = {i["name"]: i.get("value", "") for i in form.find_all("input", {"type": "hidden"})}
    del found["csrf_token"]
    for one in form.find_all("select"):
        chosen = one.find("option", selected=True)
        found[one["name"]] = chosen["value"] if chosen else ""
    return {**found, "note": WHY, **values}


def test_everybody_reads_the_table_and_only_editors_and_administrators_change_it(
    client: Client, editor: Person
) -> None:
    page = client.sign_in(make.person("Ann Evans")).get("policy.rule_table")
    row = next(tr for tr in page.find_all("tr") if "An NHS number" in tr.get_text())
    cells = [td.get_text(" ", strip=True) for td in row.find_all("td")]
    assert (
        cells[0].startswith("Nothing")
        and "Five or more: a hint" in cells[0]
        and cells[3].startswith("A flag, soon")
    )
    assert "Change what follows" not in page.get_text() and "Changes that wait" not in page.get_text()
    client.get("policy.rule_table", change="uk_nhs", status=404)
    client.post("policy.rule_table", {"name": "uk_nhs", "note": WHY}, status=404)
    client.sign_in(editor).get("policy.rule_table", change="nothing", status=404)
    client.sign_in(None).get("policy.rule_table", status=303)


def test_a_cell_changes_after_a_dry_run_and_a_second_persons_approval_and_not_before(
    client: Client, editor: Person, second: Person, settle: Settle
) -> None:
    author = make.person("Ann Evans")
    where = make.space("Care", "open", "everyone", members=(author,))
    for number in range(24):
        make.item(
            author, where, "topic", title=f"T{number}", body=f"NHS number 999 {number:03d} 3454 {room.TEXT}"
        )
    page = client.sign_in(editor).get("policy.rule_table", change="uk_nhs")
    client.post("policy.rule_table", sent(page, **{"outcome-partners": "nudge"}), follow=True, status=200)
    assert "Nothing of it acts yet" in client.text() and WHY in client.text()
    assert (cell(editor, "uk_nhs", "partners").outcome, cell(editor, "uk_nhs", "partners").coming) == (
        "flag high",
        "nudge",
    )
    # Others do not read of what nobody has approved.
    assert WHY not in client.sign_in(author).get("policy.rule_table").get_text()
    rule = PolicyRule.get(PolicyRule.name == "uk_nhs")
    assert (rule.acting, rule.newest, rule.owner_id) == (1, 2, editor.id)
    tried(rule, editor, settle)
    actions.propose(make.viewer(editor), "uk_nhs", "live-flag", seen=2)
    actions.approve(make.viewer(second), "uk_nhs", seen=2)
    live.forget()
    changed = cell(author, "uk_nhs", "partners")
    assert (changed.outcome, changed.many, changed.coming, changed.own) == ("nudge", "", "", True)
    text = client.get("policy.rule_table").get_text(" ", strip=True)
    assert f"Rhys Editor: {WHY} · approved by Owena Second" in text
    before = Case.select().count()
    make.item(author, where, "topic", body=room.TEXT.replace("ward", "clinic"))
    settle()
    assert Case.select().count() == before


def test_one_change_can_be_written_for_all_that_the_policy_treats_alike(
    client: Client, editor: Person
) -> None:
    page = client.sign_in(editor).get("policy.rule_table", change="uk_nhs")
    alike = {box["value"] for box in page.find_all("input", {"name": "also"})}
    assert {"uk_nino", "dob"} <= alike and "secret" not in alike
    data = sent(page, **{"outcome-team": "nudge+flag", "also": ["uk_nino", "dob"]})
    client.post("policy.rule_table", data)
    versions = {v.rule.name: v for v in RuleVersion.select().where(RuleVersion.number == 2)}
    assert set(versions) == {"uk_nhs", "uk_nino", "dob"}
    assert {tuple(v.outcomes.items()) for v in versions.values()} == {(("team", "nudge+flag"),)}
    assert "being prepared already" in client.get("policy.rule_table", change="dob").get_text()


@pytest.mark.backend
def test_two_who_change_the_same_line_lose_nothing(client: Client, editor: Person, second: Person) -> None:
    first = sent(client.sign_in(editor).get("policy.rule_table", change="dob"), **{"outcome-team": "flag"})
    late = {**first, "outcome-team": "none", "also": ["uk_nhs"]}
    client.post("policy.rule_table", first)
    page = client.sign_in(second).post("policy.rule_table", late, status=409)
    form = page.find("form", id="change")
    assert form.find("select", {"name": "outcome-team"}).find("option", selected=True)["value"] == "none"
    assert form.find("input", {"name": "note"})["value"] == WHY and form.find(
        "input", {"value": "uk_nhs", "checked": True}
    )
    assert RuleVersion.select().where(RuleVersion.number > 1).count() == 1
    client.post("policy.rule_table", {**late, "seen-dob": form.find("input", {"name": "seen-dob"})["value"]})
    assert RuleVersion.select().where(RuleVersion.number > 1).count() == 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"note": "Because."}, "at least 10 characters"),
        ({"outcome-team": ""}, "Nothing differs"),
        ({"outcome-team": "block"}, "is not one of the outcomes"),
    ],
)
def test_what_cannot_be_written_is_said_and_kept(
    client: Client, editor: Person, values: dict, words: str
) -> None:
    page = client.sign_in(editor).get("policy.rule_table", change="dob")
    data = sent(page, **{"outcome-team": "flag", **values})
    page = client.post("policy.rule_table", data, status=422)
    assert words in page.get_text() and page.find("input", {"name": "note"})["value"] == data["note"]
    assert RuleVersion.select().count() == 0


def test_an_administrator_writes_a_change_and_approves_nothing(
    client: Client, editor: Person, second: Person
) -> None:
    boss = make.person("Simon Admin", roles=["administrator"])
    page = client.sign_in(boss).get("policy.rule_table", change="secret")
    client.post("policy.rule_table", sent(page, **{"outcome-team": "nudge"}))
    rule = PolicyRule.get(PolicyRule.name == "secret")
    assert rule.owner_id == second.id and rule.acting == 1
    client.post("policy.rule_state", {"do": "background", "seen": 2}, status=404, name="secret")
    client.post("policy.start_run", {"months": 1}, status=404, name="secret")


def test_rules_that_are_not_live_stand_outside_of_the_table(editor: Person) -> None:
    actions.set_state(make.viewer(editor), "abuse", "paused")
    assert "abuse" not in {line.name for line in matrix.lines(make.viewer(editor))}
    assert {len(line.cells) for line in matrix.lines(make.viewer(editor))} == {len(AUDIENCES)}
