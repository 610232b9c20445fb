"""What the tests of the policy room begin with: a policy, people, items that a rule finds something in."""

from __future__ import annotations

from hub import access
from hub.content.models import Item
from hub.people.models import Person
from hub.policy import actions
from hub.policy.models import Case, Decision, PolicyVersion
from hub.spaces.models import Space
from tests import make

NHS = "999 012 3454"
"""In the test range of NHS numbers, with a right check digit."""
TEXT = f"The referral names the patient, NHS number {NHS}, and the ward."
REASON = "The number stood where all staff could read it."
POLICY = """# Our usage policy

We do not block. **Three things to remember.**

## 2 People's information

### 2.1 Personal data and identifiers

Do not post identifiers.

*Why:* They cannot be called back.

### 3.1 Passwords, keys and codes

Do not post passwords.

*Why:* They are known afterwards.

## 4 Respect

### 4.1 Courtesy

Leave the person alone.
"""


def policy(**values: object) -> PolicyVersion:
    """A policy of three clauses, in force."""
    return actions.publish_version(None, POLICY, **values)  # type: ignore[arg-type]


def reviewer(name: str = "", **values: object) -> Person:
    """Somebody who reviews."""
    return make.person(name, roles=["reviewer"], **values)


def senior(name: str = "", **values: object) -> Person:
    """Somebody who reviews, approves restrictions and hears appeals."""
    return make.person(name, roles=["senior reviewer"], **values)


def decided(case: Case, by: Person, outcome: str = "breach", **values: object) -> Decision:
    """The case, decided by somebody who claimed it."""
    actions.claim(make.viewer(by), fresh(case))
    return actions.decide(make.viewer(by), fresh(case), outcome=outcome, reason=REASON, **values)  # type: ignore[arg-type]


def flagged(
    settle: object, author: Person, where: Space, body: str = TEXT, **values: object
) -> tuple[Item, Case]:
    """A published item that the rules have flagged, and its case."""
    item = make.item(author, where, "topic", body=body, **values)
    settle()  # type: ignore[operator]
    return item, Case.get(Case.item == item.id)


def fresh(case: Case) -> Case:
    """The case as it is now."""
    return Case.get_by_id(case.id)


def may_open(person: Person, item: Item) -> bool:
    """Whether the person may open the item now."""
    return access.may_open(make.viewer(person), Item.get_by_id(item.id))
