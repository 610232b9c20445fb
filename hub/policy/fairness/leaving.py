"""A reviewer who is one no longer: what they had claimed is free again, and the right to read what it was about ends."""

from __future__ import annotations

from hub import clock
from hub.access import Grant
from hub.events import Event
from hub.people.models import Person
from hub.policy import cases
from hub.policy.models import Case

LOOKS_AT = ("person:roles_changed", "person:left", "person:lapsed")


def give_back(batch: list[Event]) -> None:
    """Runs in the transaction of the subscriber's place. A case that waits for its author goes on waiting."""
    for person_id in {e.person_id for e in batch if e.person_id}:
        person = Person.get_or_none(Person.id == person_id)
        if person is not None and not (person.is_active and person.has_role(*cases.REVIEWERS)):
            _give_back(person)


def _give_back(person: Person) -> None:
    now = clock.now()
    mine = (Grant.person_id == person.id) & Grant.reason.startswith("case:")
    Grant.update(ends_at=now).where(mine, Grant.ends_at > now).execute()
    claimed = Case.select(Case.id).where(Case.claimed_by == person.id, Case.state == "claimed")
    for (case_id,) in list(claimed.tuples()):
        case = cases.lock(case_id)
        if case.state == "claimed" and case.claimed_by_id == person.id:
            cases.add(case, "released", None, "The reviewer is one no longer.")
            cases.record("policy:released", None, case)
