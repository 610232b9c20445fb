"""What a reviewer does with a case before it is decided: claim it, ask the author, note, give it back; and the look that
a second person takes before they answer.

A claim lasts half an hour and is renewed by work on the case; with it goes a grant to open this one item, and
it ends with the claim.
"""

from __future__ import annotations

from hub import clock, db
from hub.access import Grant, Viewer
from hub.errors import Conflict, Invalid, Refused
from hub.people.models import Person
from hub.policy import cases, detector, notices
from hub.policy.desk import queries as desk
from hub.policy.models import OPEN_STATES, Case
from hub.policy.state import CLAIM

WORDS_MOST = 4000
REASON_LEAST = 10


def claim(viewer: Viewer, case: Case, *, version: int | None = None) -> Case:
    """Takes the case on for half an hour, or renews that. Raises Refused, Missing; Conflict when another
    holds it.
    """
    person = cases.require_no_conflict(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        holder = cases.standing_of(fresh).held_by(clock.now())
        if holder is not None and holder != person.id:
            raise Conflict(f"{fresh.claimed_by.name} is working on this case.", fresh)
        cases.add(fresh, "claimed", person)
        grant(person, fresh)
        cases.record("policy:claimed", person, fresh, clause=fresh.clause)
    return fresh


def release(viewer: Viewer, case: Case, *, version: int | None = None) -> Case:
    """Gives the case back, so that others see it as free."""
    with db.write():
        fresh, person = held(viewer, case, version)
        cases.add(fresh, "released", person)
        end_grants(fresh)
        cases.record("policy:released", person, fresh)
    return fresh


def ask(viewer: Viewer, case: Case, question: str, *, version: int | None = None) -> Case:
    """Asks the author, who is told at once; the case waits for the answer. No strike comes with it."""
    question = clean(question, "Write your question first.")
    with db.write():
        fresh, person = held(viewer, case, version)
        cases.require_unsealed(fresh)
        cases.add(fresh, "asked", person, question)
        grant(person, fresh)
        told = notices.asked(cases.name_of(fresh.item), question, person.name)
        cases.tell("policy:asked", person, fresh, "asked", told)
    return fresh


def look(viewer: Viewer, case: Case, *, version: int | None = None) -> Case:
    """Opens the one item, for half an hour, to somebody who is wanted as a second person or to hear an appeal: they
    judge what they have read. Raises Refused for everybody else, Missing, Conflict.
    """
    person = cases.require_no_conflict(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        if not desk.is_second(viewer, fresh):
            raise Refused("Nobody waits for you as a second person in this case, so its text stays closed.")
        cases.add(fresh, "looked", person)
        grant(person, fresh)
        cases.record("policy:looked", person, fresh, clause=fresh.clause)
    return fresh


def note(viewer: Viewer, case: Case, words: str, *, version: int | None = None) -> Case:
    """A note for other reviewers; the author does not see it."""
    words = clean(words, "Write the note first.")
    person = cases.require_no_conflict(viewer, case)
    with db.write():
        fresh = cases.lock(case, version)
        cases.add(fresh, "noted", person, words)
        cases.record("policy:noted", person, fresh)
    return fresh


def show_name(viewer: Viewer, case: Case, reason: str, *, version: int | None = None) -> Case:
    """Has the author's name shown to the reviewer who holds the case, for a reason that is kept in the audit
    trail.
    """
    reason = clean(reason, "Say why you need the name.")
    if len(reason) < REASON_LEAST:
        raise Invalid("reason", f"Say in at least {REASON_LEAST} characters why you need the name.")
    with db.write():
        fresh, person = held(viewer, case, version)
        cases.add(fresh, "name_shown", person, reason)
        grant(person, fresh)
        cases.record("policy:name_shown", person, fresh, reason=reason[:300])
    return fresh


def held(viewer: Viewer, case: Case, version: int | None) -> tuple[Case, Person]:
    """The locked case and the reviewer who holds it. Whose half hour ran out while they wrote, and whose case nobody has
    touched since, goes on as if they had claimed it again. Raises Refused where it is not claimed, Conflict where by
    another.
    """
    person = cases.require_no_conflict(viewer, case)
    fresh = cases.lock(case, version)
    if fresh.state not in OPEN_STATES:
        raise Conflict("This case has been closed. This is how it stands now.", fresh)
    holder = cases.standing_of(fresh).held_by(clock.now())
    if holder is not None and holder != person.id:
        raise Conflict(f"{fresh.claimed_by.name} is working on this case.", fresh)
    if fresh.claimed_by_id is None:
        raise Refused("Claim the case first: nobody holds it.")
    if fresh.claimed_by_id != person.id or fresh.state == "open":
        raise Conflict(
            "Your half hour ran out, and the case has moved on since. This is how it stands now.", fresh
        )
    if holder is None:
        _hold_on(fresh, person)
    return fresh, person


def _hold_on(case: Case, person: Person) -> None:
    """Claims the case again; one that waits for its author goes on waiting."""
    if case.state == "claimed":
        cases.add(case, "claimed", person)
    grant(person, case)
    cases.record("policy:claimed", person, case, clause=case.clause)


def grant(person: Person, case: Case) -> None:
    """Lets the reviewer open the one item while they hold the case. Never widens a listing or a search."""
    now = clock.now()
    reason = f"case:{case.id}"
    mine = (Grant.item_id == case.item_id) & (Grant.person_id == person.id) & (Grant.reason == reason)
    if not Grant.update(ends_at=now + CLAIM).where(mine, Grant.ends_at > now).execute():
        Grant.create(
            item_id=case.item_id, person_id=person.id, reason=reason, created_at=now, ends_at=now + CLAIM
        )


def end_grants(case: Case) -> None:
    """Ends everybody's grant that came with this case."""
    now = clock.now()
    Grant.update(ends_at=now).where(Grant.reason == f"case:{case.id}", Grant.ends_at > now).execute()


def clean(words: str, refusal: str) -> str:
    """The words as they are kept, numbers and secrets masked. Raises Invalid for none or too many."""
    words = words.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise Invalid("words", refusal)
    if len(words) > WORDS_MOST:
        raise Invalid("words", f"Keep it below {WORDS_MOST:,} characters, please.")
    return detector.masked(words)
