"""The demo council's usage policy at work: two versions, what the rules found, what members reported, how it was decided; and the status of its services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub import access, clock
from hub.content.models import Item
from hub.demo.council import Council, read
from hub.people.models import Person
from hub.policy import actions, cases, casework, deciding, detector, scanning, undoing
from hub.policy.models import Case
from hub.status import actions as status

SERVICES = (
    ("Email and Teams", "Mail, calendar, meetings", "working", "", "4 hours"),
    (
        "Housing system",
        "Tenancies, repairs, rents",
        "slow",
        "Slow since this morning; the supplier is looking at the database.",
        "8 hours",
    ),
    ("Social care records", "Adults and children", "working", "", "4 hours"),
    ("Telephones and contact centre", "", "working", "", "2 hours"),
    ("Payroll and finance", "", "working", "", "1 working day"),
)


def plan(council: Council) -> None:
    """Plans the policy's steps."""
    about = read("policy/policy.json")
    for version in about["versions"]:
        words = read(f"policy/{version['file']}")
        welsh = read(f"policy/{version['welsh']}") if "welsh" in version else ""
        moment = council.at(version["published_days_ago"], 9)

        def publish(version: dict[str, Any] = version, words: str = words, welsh: str = welsh) -> None:
            actions.publish_version(
                council.people[about["owner"]],
                words,
                welsh=welsh,
                number=version["number"],
                change_summary=version["change_summary"],
                clause_of_rule=about["clause_of_rule"],
                approved_by=council.people[about["approved_by"]],
                in_force_at=council.at(version["in_force_days_ago"], 9),
            )

        council.then(moment, publish)
    for row in read("cases.json"):
        _plan_case(council, row)
    council.then(council.today - timedelta(days=40), lambda: _acknowledge(council))
    council.then(council.today - timedelta(hours=3), lambda: _services(council))


def _plan_case(council: Council, row: dict[str, Any]) -> None:
    (key,) = row["item"].values()
    moment = max(council.at(row["days_ago"], 16), council.times[key] + timedelta(minutes=40))
    if row["by"] != "rule":
        council.then(moment, lambda: _report(council, row, key))
    decision = row["decision"]
    if row["state"] == "claimed":
        council.then(council.today - timedelta(minutes=4), lambda: _claim(council, row, key))
    elif row["state"] == "waiting":
        council.then(moment + timedelta(hours=2), lambda: _ask(council, row, key))
    elif decision:
        council.then(
            max(council.at(decision["days_ago"], 17), moment + timedelta(hours=1)),
            lambda: _decide(council, row, key, decision),
        )


def scan_soon(council: Council, key: str) -> None:
    """Looks at an item as the worker would have, minutes after it was written and before anybody changed it."""
    scanning.scan_item(council.items[key].id)


def _case(council: Council, row: dict[str, Any], key: str) -> Case | None:
    """The open case of the item under the clause, or None where today's rules see nothing there."""
    return Case.get_or_none((Case.item == council.items[key].id) & (Case.clause == row["clause"]))


def _report(council: Council, row: dict[str, Any], key: str) -> None:
    actions.report(
        council.viewer(row["by"]),
        Item.get_by_id(council.items[key].id),
        words=row["words"],
        clause=row["clause"],
    )


def _claim(council: Council, row: dict[str, Any], key: str) -> None:
    _held(council, row, key)


def _held(council: Council, row: dict[str, Any], key: str) -> Case | None:
    """The case, claimed by whoever works on it."""
    case = _case(council, row, key)
    if case is None and row["by"] == "rule":
        # An earlier version of the rule saw something here; today's does not, which is what the decision is about.
        item = Item.get_by_id(council.items[key].id)
        case = cases.begin(item, row["clause"], detector.audience_of(item.audience, item.space))
    who: str = row["claimed_by"] or row["decision"]["by"]
    return casework.claim(council.viewer(who), case) if case else None


def _ask(council: Council, row: dict[str, Any], key: str) -> None:
    case = _held(council, row, key)
    if case:
        casework.ask(council.viewer(row["claimed_by"]), case, row["question"])


def _decide(council: Council, row: dict[str, Any], key: str, decision: dict[str, Any]) -> None:
    case = _held(council, row, key)
    if case:
        made = deciding.decide(
            council.viewer(decision["by"]), case, outcome=decision["outcome"], reason=decision["reason"]
        )
        undoing.tell_author(made.id)


def _acknowledge(council: Council) -> None:
    version = cases.policy_in_force()
    for number, person in enumerate(Person.select().where(Person.status == "active")):
        if number % 3 and version is not None and person.handle != "ann.evans":
            actions.acknowledge(access.viewer_for(person), version)


def _services(council: Council) -> None:
    viewer = council.viewer("simon.hartley")
    for position, (name, about, state, note, promise) in enumerate(SERVICES):
        back = clock.now() + timedelta(hours=6) if state != "working" else None
        status.save(
            viewer,
            None,
            name=name,
            about=about,
            state=state,
            note=note,
            promise=promise,
            back_at=back,
            position=position,
        )
