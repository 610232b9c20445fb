"""What members do with the policy: publish a version, say that they read it, report, answer, appeal.

Reviewers' part is in `casework` (claim, ask, note, show the name) and `deciding` (decide, approve, hear,
reopen); both are offered here as well, so that callers need one module.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import peewee

from hub import access, clock, db, events, text
from hub.access import Viewer
from hub.content.models import Item
from hub.content.standing import lock
from hub.errors import Invalid, Missing, Refused
from hub.people.models import Person
from hub.policy import cases, detector, notices, wording
from hub.policy.casework import ask, claim, clean, look, note, release, show_name
from hub.policy.deciding import appeal_until, decide, hear, reopen
from hub.policy.detector import audience_of
from hub.policy.fairness import sealing
from hub.policy.ladder import answer_emergency, approve, end_due, hide_at_once, lift, refuse, reread
from hub.policy.models import (
    OPEN_STATES,
    Acknowledgement,
    Appeal,
    Case,
    Clause,
    Decision,
    PolicyVersion,
    Report,
)
from hub.policy.scanning import unscanned, waiting
from hub.policy.undoing import undo

__all__ = [
    "acknowledge",
    "answer",
    "answer_emergency",
    "appeal",
    "appeal_until",
    "approve",
    "ask",
    "claim",
    "decide",
    "end_due",
    "hear",
    "hide_at_once",
    "lift",
    "look",
    "note",
    "publish_version",
    "refuse",
    "release",
    "reopen",
    "report",
    "reread",
    "show_name",
    "undo",
    "unscanned",
    "waiting",
]
REPORTS_A_DAY = 50


def publish_version(
    by: Person | None,
    words: str,
    *,
    welsh: str = "",
    number: int | None = None,
    change_summary: str = "",
    clause_of_rule: dict[str, str] | None = None,
    approved_by: Person | None = None,
    published_at: datetime | None = None,
    in_force_at: datetime | None = None,
) -> PolicyVersion:
    """Publishes a version of the policy, written as `wording` reads it; its number is the next one unless
    given. `welsh` is the same text in Welsh, as far as there is one.

    `clause_of_rule` says which clause each rule belongs to, the version before's where it is None. It is in
    force from `in_force_at` (now). For commands, the seeder and administrators' pages: the caller has checked
    who `by` is, and who approves is somebody else. Raises Invalid.
    """
    written = wording.read(words)
    if by is not None and approved_by is not None and by.id == approved_by.id:
        raise Invalid("approved_by", "Somebody else than its owner approves the policy.")
    now = clock.now()
    also = wording.read(welsh) if welsh.strip() else wording.Written("", "", ())
    in_welsh = wording.beside(written, also)
    rendered = [_clause(c, in_welsh.get(c.key, wording.NO_WELSH)) for c in written.clauses]
    with db.write():
        last = PolicyVersion.select().order_by(PolicyVersion.number.desc()).first()
        number = number or (last.number + 1 if last else 1)
        if PolicyVersion.select(PolicyVersion.id).where(PolicyVersion.number == number).exists():
            raise Invalid(
                "number", f"Version {number} has been published already. A change is a new version."
            )
        version = PolicyVersion.create(
            number=number,
            title=written.title,
            summary=written.summary,
            summary_html=text.render(written.summary).html,
            title_cy=also.title,
            summary_cy=also.summary,
            summary_cy_html=text.render(also.summary).html,
            change_summary=change_summary.strip(),
            clause_of_rule=clause_of_rule
            if clause_of_rule is not None
            else last.clause_of_rule
            if last
            else {},
            published_by=by,
            approved_by=approved_by,
            published_at=published_at or now,
            in_force_at=in_force_at or published_at or now,
        )
        for position, columns in enumerate(rendered):
            Clause.create(version=version, position=position, **columns)
        events.record("policy:published", by, number=number)
    return version


def _clause(english: wording.Wording, welsh: wording.Wording) -> dict[str, str]:
    columns = {"key": english.key}
    for tongue, clause in (("", english), ("_cy", welsh)):
        columns |= {
            f"section{tongue}": clause.section,
            f"title{tongue}": clause.title,
            f"text{tongue}": clause.text,
            f"why{tongue}": clause.why,
            f"text{tongue}_html": text.render(clause.text).html,
            f"why{tongue}_html": text.render(clause.why).html,
        }
    return columns


def acknowledge(viewer: Viewer, version: PolicyVersion) -> None:
    """Keeps that the viewer has read the version. Doing it twice is doing it once; not doing it shuts nobody
    out.
    """
    person = access.require_person(viewer)
    with db.write():
        added = (
            Acknowledgement.insert(version=version, person=person, at=clock.now())
            .on_conflict_ignore()
            .as_rowcount()
            .execute()
        )
        if added:
            events.record("policy:acknowledged", person, number=version.number)


def report(viewer: Viewer, item: Item, *, words: str, clause: str = "", seal: str = "") -> Report:
    """A member says that an item breaks the policy; it joins the open case under that clause, or opens one.

    The author is told that it was reported, and never by whom. With `seal`, the reason for it, a reviewer asks that
    the author is not told yet. Raises Missing, Refused, Invalid.
    """
    person = access.require_person(viewer)
    if seal.strip():
        seal = sealing.reason_of(viewer, seal)
    access.require_open(viewer, item)
    if item.author_id == person.id:
        raise Refused("You wrote this yourself. You can change or withdraw it.")
    if not item.is_published:
        raise Refused("This does not stand before its readers at the moment.")
    words = clean(words, "Say in a few words what is wrong, so that a reviewer can understand it.")
    version = cases.policy_in_force()
    if clause and not (
        version
        and Clause.select(Clause.id).where(Clause.version == version.id, Clause.key == clause).exists()
    ):
        raise Invalid("clause", "Choose a clause of the list, or “I do not know”.")
    since = clock.now() - timedelta(days=1)
    if Report.select().where(Report.person == person.id, Report.at > since).count() >= REPORTS_A_DAY:
        raise Refused(
            f"You have reported {REPORTS_A_DAY} things today. Ring the service desk if it is urgent."
        )
    with db.write():
        lock(item)
        open_now = (Case.item == item.id) & Case.state.in_(OPEN_STATES)
        mine = Report.select(Report.id).join(Case).where(open_now, Report.person == person.id)
        if mine.where(Report.clause == clause).exists():
            raise Invalid(
                "words",
                "You have reported this already. My flags shows what becomes of it.",
            )
        case = cases.open_case(item.id, clause)
        if case is not None and seal and not cases.is_sealed(case):
            raise Invalid(
                "seal", "Its author knows of a case about this already. Report it without the seal."
            )
        begun = case is None
        case = (
            cases.begin(item, clause, audience_of(item.intended, item.space))
            if case is None
            else cases.lock(case)
        )
        row = Report.create(
            case=case,
            item=item,
            person=person,
            clause=clause,
            words=words,
            revision=item.version,
            at=clock.now(),
        )
        case.reports += 1
        case.high = case.high or detector.reported_high(case.audience)
        cases.weigh(case)
        if not begun:
            cases.add(case, "added", None, "", reports=case.reports)
        # Without an actor: who reported is known to reviewers, and the audit trail has other readers.
        about: dict[str, Any] = {"clause": clause, "space": item.space_id}
        if begun and seal.strip():
            sealing.begin(person, case, seal)
        if begun and not cases.is_sealed(case):
            name = cases.name_of(item)
            told = notices.flagged(name, "A colleague reported something", cases.clause_words(clause))
            cases.tell("policy:reported", None, case, "flagged", told, **about)
        else:
            cases.record("policy:reported", None, case, person=case.author_id, **about)
    return row


def answer(viewer: Viewer, case: Case, words: str) -> None:
    """The author explains, or answers a reviewer's question. It has no other consequence. Raises Missing,
    Invalid.
    """
    person = access.require_person(viewer)
    if case.author_id != person.id or cases.is_sealed(case):
        raise Missing()
    words = clean(words, "Write your answer first.")
    with db.write():
        fresh = cases.lock(case)
        if fresh.state not in OPEN_STATES:
            raise Refused("This has been closed. A decision can be appealed below.")
        cases.add(fresh, "answered", person, words)
        cases.record("policy:answered", person, fresh, person=fresh.claimed_by_id)


def appeal(viewer: Viewer, decision: Decision, words: str) -> Appeal:
    """The author asks for somebody else to hear the decision again. Raises Missing, Refused, Invalid."""
    person = access.require_person(viewer)
    if decision.author_id != person.id:
        raise Missing()
    words = clean(words, "Say why you think that the decision should be different.")
    with db.write():
        case = cases.lock(decision.case_id)
        if clock.now() > decision.appeal_until:
            raise Refused(
                f"Appeals against this decision could be made until {notices.day(decision.appeal_until)}."
            )
        if cases.appeal_of(decision) is not None:
            raise Refused("You have appealed already. Somebody else will hear it and you will be told.")
        try:
            row = Appeal.create(
                decision=decision,
                person=person,
                words=words,
                decided_by=decision.decided_by_id,
                at=clock.now(),
            )
        except peewee.IntegrityError as error:
            raise Refused("You have appealed already.") from error
        cases.add(case, "appealed", person, words)
        cases.record("policy:appealed", person, case, clause=decision.clause)
    return row
