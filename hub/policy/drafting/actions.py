"""What the policy's owners do with its next version: write it, ask for approval, publish it as a second person.

A draft is kept whatever it says, so that nothing typed is lost; what it lacks is told, and must be mended before
anybody is asked to approve it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from hub import access, clock, db, events
from hub.access import Viewer
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.people.models import Person
from hub.policy import wording
from hub.policy.actions import publish_version
from hub.policy.drafting.models import PolicyDraft
from hub.policy.models import REASON_LEAST, PolicyVersion
from hub.policy.rules import RULES, rule

WRITERS = ("policy owner",)
APPROVERS = ("policy owner", "senior reviewer")
WORDS_MOST = 200_000
LATEST_DAYS = 366
FIELDS = ("number", "reason")
for _name, _sentence in {
    "policy:draft_kept": "{actor} wrote in the next version of the usage policy",
    "policy:draft_asked": "{actor} asked a second person to approve the next version of the usage policy",
    "policy:draft_sent_back": "{actor} sent the next version of the usage policy back: {reason}",
    "policy:draft_dropped": "{actor} dropped the next version of the usage policy",
    "policy:draft_approved": "{actor} approved version {number} of the usage policy as a second person",
}.items():
    events.declare(_name, FIELDS, _sentence)


@dataclass(frozen=True)
class Written:
    """A draft as it was typed: Markdown, the day from which it holds (or empty), and the clause of each rule."""

    words: str
    welsh: str = ""
    change_summary: str = ""
    in_force_on: str = ""
    clause_of_rule: dict[str, str] = field(default_factory=dict)


def is_writer(viewer: Viewer) -> bool:
    """Whether the viewer writes the policy."""
    return viewer.has_role(*WRITERS)


def open_draft() -> PolicyDraft | None:
    """The draft that is written or waits for approval. One query."""
    return PolicyDraft.get_or_none(PolicyDraft.state.in_(("open", "asked")))


def begun(version: PolicyVersion | None) -> Written:
    """What an editor begins with: the newest version written out, or the least that a policy needs."""
    if version is None:
        return Written(
            "# Usage policy\n\nIn a few words.\n\n## 1 Section\n\n### 1.1 Clause\n\nText.\n\n*Why:* Reason.\n"
        )
    clauses = list(version.clauses.order_by("position"))
    table = {name: version.clause_of_rule.get(name) or rule(name).clause for name in RULES}
    return Written(
        wording.write(version.title, version.summary, clauses),
        wording.write(version.title_cy, version.summary_cy, clauses, welsh=True),
        clause_of_rule=table,
    )


def keep(viewer: Viewer, written: Written, *, seen: int) -> PolicyDraft:
    """Keeps the text as it is, also where something is missing. `seen` is the number of edits that the writer began
    from, 0 for none. Raises Conflict (the draft as it stands now), Invalid where it is too long, Missing.
    """
    person = access.require_role(viewer, *WRITERS)
    for name, words in (("words", written.words), ("welsh", written.welsh)):
        if len(words) > WORDS_MOST:
            raise Invalid(name, f"Keep the text below {WORDS_MOST:,} characters.")
    if len(written.change_summary) > 1000:
        raise Invalid("change_summary", "Say what changed in at most 1,000 characters.")
    with db.write():
        draft = open_draft()
        if (draft.edits if draft else 0) != seen:
            raise Conflict(
                "Somebody else wrote in it meanwhile. Both texts are kept: compare them below.", draft
            )
        if draft is None:
            last = newest_version()
            draft = PolicyDraft(begun_from=last.number if last else 0, edits=0, written_by=person)
        for name, value in vars(written).items():
            setattr(draft, name, value)
        draft.writers = sorted({*draft.writers, person.id})
        draft.edits += 1
        draft.state, draft.asked_by, draft.written_by, draft.changed_at = "open", None, person, clock.now()
        draft.save()
        events.record("policy:draft_kept", person)
    return draft


def newest_version() -> PolicyVersion | None:
    """The version with the highest number, in force or not. One query."""
    return PolicyVersion.select().order_by(PolicyVersion.number.desc()).first()


def lacks(draft: PolicyDraft | Written) -> list[tuple[str, str]]:
    """What has to be mended before somebody can be asked to approve it: (field, what to do)."""
    found: list[tuple[str, str]] = []
    keys: set[str] = set()
    try:
        english = wording.read(draft.words)
        keys = {clause.key for clause in english.clauses}
        if draft.welsh.strip():
            wording.beside(english, wording.read(draft.welsh))
    except Invalid as error:
        found.append((error.field if not keys else "welsh", error.message))
    if keys:
        lost = sorted(name for name, clause in draft.clause_of_rule.items() if clause not in keys)
        if lost:
            names = ", ".join(rule(name).label for name in lost)
            found.append(("clauses", f"Choose a clause of this text for: {names}."))
    if not draft.change_summary.strip():
        found.append(("change_summary", "Say what changed, in a sentence or two: everybody reads it first."))
    try:
        in_force_at(draft.in_force_on)
    except Invalid as error:
        found.append((error.field, error.message))
    return found


def in_force_at(day: str) -> datetime | None:
    """The first moment of that day in the council's time, None for at once. Raises Invalid."""
    if not day.strip():
        return None
    try:
        chosen = date.fromisoformat(day.strip())
    except ValueError:
        raise Invalid("in_force_on", "Write the day as year-month-day, such as 2027-01-31.") from None
    today = clock.local(clock.now()).date()
    if not 0 <= (chosen - today).days <= LATEST_DAYS:
        raise Invalid("in_force_on", "Choose a day from today on, at most a year ahead.")
    zone = clock.local(clock.now()).tzinfo or ZoneInfo("Europe/London")
    return max(clock.now(), datetime.combine(chosen, time.min, zone))


def ask(viewer: Viewer, *, seen: int) -> PolicyDraft:
    """Asks a second person to approve the draft. Raises Conflict, Invalid, Missing, Refused."""
    person = access.require_role(viewer, *WRITERS)
    with db.write():
        draft = _seen(seen)
        if draft.state != "open":
            raise Refused("A second person has been asked already.")
        for name, what in lacks(draft):
            raise Invalid(name, what)
        draft.state, draft.asked_by, draft.answer, draft.answered_by = "asked", person, "", None
        draft.save()
        events.record("policy:draft_asked", person)
    return draft


def may_approve(viewer: Viewer, draft: PolicyDraft) -> bool:
    """Whether the viewer may be the second person: an owner or senior reviewer who wrote nothing in it."""
    return viewer.has_role(*APPROVERS) and viewer.id not in draft.writers


def approve(viewer: Viewer, *, seen: int) -> PolicyVersion:
    """Publishes the draft as the next version. Raises Conflict, Invalid, Missing, Refused."""
    person = access.require_role(viewer, *APPROVERS)
    with db.write():
        draft = _answered_by(viewer, seen)
        for name, what in lacks(draft):
            raise Invalid(name, what)
        version = publish_version(
            draft.asked_by,
            draft.words,
            welsh=draft.welsh,
            change_summary=draft.change_summary,
            clause_of_rule=dict(draft.clause_of_rule),
            approved_by=person,
            in_force_at=in_force_at(draft.in_force_on),
        )
        draft.state, draft.answered_by = "published", person
        draft.save()
        events.record("policy:draft_approved", person, number=version.number)
    return version


def send_back(viewer: Viewer, reason: str, *, seen: int) -> None:
    """Gives the draft back to its writers, with a reason that they read. Raises Conflict, Invalid, Missing, Refused."""
    person = access.require_role(viewer, *APPROVERS)
    if len(reason.strip()) < REASON_LEAST:
        raise Invalid("reason", f"Say what should change, in at least {REASON_LEAST} characters.")
    with db.write():
        draft = _answered_by(viewer, seen)
        draft.state, draft.answer, draft.answered_by = "open", reason.strip()[:2000], person
        draft.save()
        events.record("policy:draft_sent_back", person, reason=draft.answer)


def drop(viewer: Viewer, *, seen: int) -> None:
    """Ends the draft; its row stays. Raises Conflict, Missing."""
    person: Person = access.require_role(viewer, *WRITERS)
    with db.write():
        draft = _seen(seen)
        draft.state, draft.answered_by = "dropped", person
        draft.save()
        events.record("policy:draft_dropped", person)


def _answered_by(viewer: Viewer, seen: int) -> PolicyDraft:
    draft = _seen(seen)
    if draft.state != "asked":
        raise Refused("Nobody has asked for approval of this text, or its writers took it back.")
    if not may_approve(viewer, draft):
        raise Refused(
            "Somebody who wrote nothing in it approves the policy. Ask another owner or a senior reviewer."
        )
    return draft


def _seen(seen: int) -> PolicyDraft:
    draft = open_draft()
    if draft is None:
        raise Missing()
    if draft.edits != seen:
        raise Conflict("The text was changed meanwhile. Read it once more.", draft)
    return draft
