"""A case and its rows: the only place that writes the state of a case, and that says who may not review it.

Every change is one more event; the case's own columns are what `state.step` derives from it. `version` keeps
two reviewers from deciding at the same time: the second is given the fresh case.
"""

from __future__ import annotations

from typing import Any

import peewee

from hub import access, clock, db, events
from hub.access import Viewer
from hub.content import kinds
from hub.content.models import Item
from hub.errors import Conflict, Missing, Refused
from hub.people.models import Person
from hub.policy import notices, working_time
from hub.policy.fairness.models import Conflict as Conflict_
from hub.policy.models import (
    OPEN_STATES,
    Appeal,
    Case,
    CaseEvent,
    Clause,
    Decision,
    Notice,
    PolicyVersion,
    Report,
)
from hub.policy.rulebook.models import PolicyRule, RuleVersion
from hub.policy.rules import REPORT_WEIGHT, rule
from hub.policy.state import NotPossible, Standing, step

SENIOR = "senior reviewer"
REVIEWERS = ("reviewer", SENIOR)
WIDTH = {"closed-group": 2, "team": 3, "all-staff": 4, "partners": 5, "public-read": 6}
REPORTS_COUNTED = 3
SECONDS_A_POINT = 8640
"""Ten points of priority weigh as much as one day of waiting."""
DUE_HOURS, URGENT_HOURS = 24, 8
"""Within how many of the office's hours a case should be decided: three working days, one where it is urgent."""

FIELDS = ("case", "clause", "outcome", "notice", "subject", "rules", "until", "reason", "number", "revision")
for _name, _sentence in {
    "policy:published": "{actor} published a version of the usage policy",
    "policy:acknowledged": "{actor} confirmed having read the usage policy",
    "policy:flagged": "A rule flagged {item}, by {person}",
    "policy:reported": "A member reported {item}, by {person}",
    "policy:claimed": "{actor} took on a case about {item}",
    "policy:released": "{actor} gave back a case about {item}",
    "policy:asked": "{actor} asked {person} about {item}",
    "policy:answered": "{actor} answered a reviewer about {item}",
    "policy:noted": "{actor} made a note on a case about {item}",
    "policy:looked": "{actor} opened {item} as a second person in a case",
    "policy:name_shown": "{actor} had the author's name shown in a case about {item}",
    "policy:fixed": "What was flagged is no longer in {item}",
    "policy:decided": "{actor} decided a case about {item}, by {person}",
    "policy:proposed": "{actor} proposed a restriction because of {item}",
    "policy:restricted": "{actor} approved, as a second person, a restriction because of {item}, by {person}",
    "policy:refused": "{actor} did not approve, as a second person, a restriction because of {item}",
    "policy:lifted": "A restriction because of {item}, by {person}, ended",
    "policy:hidden_at_once": "{actor} hid {item}, by {person}, at once for a day",
    "policy:confirmed": "{actor} confirmed, as a second person, the hiding of {item}, by {person}",
    "policy:appealed": "{actor} appealed against a decision about {item}",
    "policy:heard": "{actor} heard the appeal of {person} about {item}",
    "policy:reopened": "{actor} opened a case about {item} again",
    "policy:lapsed": "Nobody has reviewed a case about {item}, by {person}, in time",
    "policy:undone": "{actor} took back a decision about {item} within seconds",
    "policy:told": "{person} was told of a decision about {item}",
}.items():
    events.declare(_name, FIELDS, _sentence)


def require_reviewer(viewer: Viewer) -> Person:
    """The reviewer. Raises Missing for everybody else, administrators too."""
    return access.require_role(viewer, *REVIEWERS)


def conflict(person: Person, case: Case, reporters: set[int]) -> str:
    """Why this person may not review the case, empty where they may."""
    if case.author_id == person.id:
        return "This case is about what you wrote yourself, so somebody else reviews it."
    if person.id in reporters:
        return "You reported this yourself, so somebody else reviews it."
    if case.author.manager_id == person.id:
        return "The author is in your team, so somebody else reviews it."
    if case.senior and not person.has_role(SENIOR):
        return "This was passed on, so a senior reviewer looks at it."
    if wrote_the_rule(person, case):
        return "You wrote the rule that raised this, so somebody else reviews it."
    declared = (Conflict_.reviewer == person.id) & (Conflict_.person == case.author_id)
    if Conflict_.select(Conflict_.id).where(declared).exists():
        return "You are not to review this author, so somebody else does."
    return ""


def wrote_the_rule(person: Person, case: Case) -> bool:
    """Whether the person wrote a version of a rule that raised the case. One query where rules raised it."""
    versions = RuleVersion.select(RuleVersion.id).join(PolicyRule).where(RuleVersion.author == person.id)
    return bool(case.rules) and versions.where(PolicyRule.name.in_(case.rules)).exists()


def reviewable_by(person: Person) -> Any:
    """SQL: the cases that this person may review, as `conflict` says of one."""
    team = Person.select(Person.id).where(Person.manager_id == person.id)
    reported = Report.select(Report.case).where(Report.person == person.id)
    declared = Conflict_.select(Conflict_.person).where(Conflict_.reviewer == person.id)
    mine = (Case.author != person.id) & Case.author.not_in(team) & Case.id.not_in(reported)
    mine &= Case.author.not_in(declared) & ~_rules_of(person)
    return mine if person.has_role(SENIOR) else mine & ~Case.senior


def _rules_of(person: Person) -> Any:
    """SQL: whether the person wrote a version of a rule that raised the case, as `wrote_the_rule` says of one."""
    named = peewee.Value('%"').concat(PolicyRule.name).concat('"%')
    versions = RuleVersion.select(peewee.SQL("1")).join(PolicyRule).where(RuleVersion.author == person.id)
    return peewee.fn.EXISTS(versions.where(peewee.Cast(Case.rules, "TEXT") ** named))


def reporters_of(case: Case) -> set[int]:
    """Ids of those who reported what the case is about."""
    return {row[0] for row in Report.select(Report.person).where(Report.case == case.id).tuples()}


def require_no_conflict(viewer: Viewer, case: Case) -> Person:
    """The reviewer. Raises Missing for others, Refused with the reason for somebody who may not review this
    case.
    """
    person = require_reviewer(viewer)
    refuse_conflict(person, case)
    return person


def require_senior(viewer: Viewer, case: Case) -> Person:
    """The senior reviewer who may approve a restriction or hear an appeal in this case. Raises as
    `require_no_conflict`, and Refused for other reviewers.
    """
    person = require_no_conflict(viewer, case)
    if not person.has_role(SENIOR):
        raise Refused("Restrictions are approved, and appeals heard, by a senior reviewer.")
    return person


def refuse_conflict(person: Person, case: Case) -> None:
    """Raises Refused with the reason where the person may not review the case; Missing where it is sealed as well, so
    that its author among the reviewers does not learn that it is there.
    """
    why = conflict(person, case, reporters_of(case))
    if why and is_sealed(case):
        raise Missing()
    if why:
        raise Refused(why)


def is_sealed(case: Case) -> bool:
    """Whether the author may not know of the case yet. Compared with the clock, whatever has been run since."""
    return case.sealed_until is not None and case.sealed_until > clock.now()


def not_sealed() -> Any:
    """SQL: the cases that their authors may know of, as `is_sealed` says of one."""
    return Case.sealed_until.is_null() | (Case.sealed_until <= clock.now())


def require_unsealed(case: Case) -> None:
    """Raises Refused for what would tell the author of a sealed case."""
    if is_sealed(case):
        raise Refused("This case is sealed: open it first. Its author is told then.")


def record(
    name: str,
    actor: Person | int | None,
    case: Case,
    *,
    person: Person | int | None = None,
    space: int | None = None,
    **data: Any,
) -> None:
    """Records an event about the case, inside the running write. About a sealed case it names neither the item nor
    anybody but the actor: the trail has readers who may be, or may tell, the author.
    """
    hidden = is_sealed(case)
    events.record(
        name,
        actor,
        None if hidden else case.item_id,
        None if hidden else space,
        None if hidden else person,
        case=case.id,
        **data,
    )


def tell(
    name: str, actor: Person | None, case: Case, kind: str, told: tuple[str, str], **data: Any
) -> Notice:
    """Writes the author's notice and records the event that brings it to them, inside the running write."""
    if is_sealed(case):
        raise RuntimeError("the author of a sealed case is told nothing")
    notice = notices.tell(case, case.author_id, kind, told)
    record(name, actor, case, person=case.author_id, notice=notice.id, subject=notice.subject, **data)
    return notice


def lock(case: Case | int, version: int | None = None) -> Case:
    """The case as it is now, kept from others until the write ends. Raises Missing; Conflict when it is not
    that version.
    """
    if not db.writing():
        raise RuntimeError("a case is locked inside db.write()")
    query = Case.select().where(Case.id == (case if isinstance(case, int) else case.id))
    fresh = (query if db.is_sqlite() else query.for_update()).first()
    if fresh is None:
        raise Missing()
    if version is not None and fresh.version != version:
        raise Conflict(
            "Somebody else changed this case while you looked at it. This is how it stands now.", fresh
        )
    return fresh


def standing_of(case: Case) -> Standing:
    """The case's standing as its row keeps it."""
    return Standing(case.state, case.claimed_by_id, case.claimed_until, case.fixed_at, case.decided_at)


def add(case: Case, name: str, actor: Person | None = None, words: str = "", **data: Any) -> CaseEvent:
    """Adds an event to the locked case and writes what follows from it. Raises Conflict where it cannot
    follow.
    """
    now = clock.now()
    try:
        after = step(standing_of(case), name, now, actor.id if actor else None)
    except NotPossible as error:
        raise Conflict("The case has moved on, so this cannot be done to it any more.", case) from error
    event = CaseEvent.create(case=case, name=name, at=now, actor=actor, words=words, data=data)
    case.state, case.fixed_at, case.decided_at = after.state, after.fixed_at, after.decided_at
    case.claimed_by, case.claimed_until = after.claimed_by, after.claimed_until
    case.pile = {"waiting": "waiting", "decided": "decided", "lapsed": "decided"}.get(after.state, "review")
    case.open_key = open_key(case.item_id, case.clause) if after.state in OPEN_STATES else None
    case.stuck = case.stuck and name != "claimed"
    if name == "reopened":
        case.due_at = working_time.hours_after(now, URGENT_HOURS if case.high else DUE_HOURS)
    case.version += 1
    case.changed_at = now
    case.save()
    return event


def begin(item: Item, clause: str, audience: str, *, excerpt: str = "") -> Case:
    """A new open case about the item as it reads now. The caller sets its points by `weigh` and tells the
    author.
    """
    now = clock.now()
    case = Case.create(
        item=item,
        author=item.author_id,
        clause=clause,
        open_key=open_key(item.id, clause),
        state="open",
        revision=item.version,
        audience=audience,
        excerpt=excerpt[:80],
        opened_at=now,
        changed_at=now,
        due_at=working_time.hours_after(now, DUE_HOURS),
    )
    CaseEvent.create(case=case, name="opened", at=now, data={"revision": item.version, "audience": audience})
    return case


def open_case(item_id: int, clause: str) -> Case | None:
    """The one open case about the item under the clause, if there is one."""
    return Case.get_or_none(Case.open_key == open_key(item_id, clause))


def open_key(item_id: int, clause: str) -> str:
    """What is unique among open cases."""
    return f"{item_id}:{clause}"


def weigh(case: Case) -> None:
    """Sets the case's priority: severity × audience, more for several reporters (to a limit) and for what is
    urgent.
    """
    weights = [rule(name).weight for name in case.rules]
    case.rule = max(case.rules, key=lambda name: rule(name).weight, default="")
    if case.reports:
        weights.append(REPORT_WEIGHT)
    case.points = max(weights, default=REPORT_WEIGHT) * WIDTH.get(case.audience, 3)
    case.points += 5 * min(case.reports, REPORTS_COUNTED) + (20 if case.high else 0)
    case.rank = case.points * SECONDS_A_POINT - int(case.opened_at.timestamp())
    if case.high:
        case.due_at = min(case.due_at, working_time.hours_after(clock.now(), URGENT_HOURS))
    case.save()


def name_of(item: Item) -> str:
    """How notices call an item: by kind and day, since a title may hold the very value that was flagged."""
    label = kinds.KINDS[item.kind].label.lower() if item.kind in kinds.KINDS else "item"
    return f"your {label} of {notices.day(item.published_at or item.created_at)}"


def policy_in_force() -> PolicyVersion | None:
    """The version that counts today. One query."""
    return (
        PolicyVersion.select()
        .where(PolicyVersion.in_force_at <= clock.now())
        .order_by(PolicyVersion.in_force_at.desc(), PolicyVersion.number.desc())
        .first()
    )


def clause_words(key: str) -> str:
    """The clause as a notice names it, with its title in the version in force."""
    version = policy_in_force()
    row = (
        Clause.get_or_none((Clause.version == version.id) & (Clause.key == key)) if version and key else None
    )
    return notices.clause_words(key, row.title if row else "")


def latest_decision(case: Case) -> Decision | None:
    """The decision that stands about the case, or the last one."""
    return Decision.select().where(Decision.case == case.id).order_by(Decision.id.desc()).first()


def appeal_of(decision: Decision) -> Appeal | None:
    """The appeal against the decision, if there is one."""
    return Appeal.get_or_none(Appeal.decision == decision.id)
