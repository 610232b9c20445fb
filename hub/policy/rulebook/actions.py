"""What people do with rules: write, change, let act in the background, ask for approval, approve, pause, revert.

A rule becomes live only when a second person approves the very version that was tried: a dry run not older than
a week, at least twenty hits judged, at least seven in ten of them right, and a text in plain English.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub import access, clock, db, events
from hub.access import Viewer
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.people.models import Person
from hub.policy.rulebook import live, writing
from hub.policy.rulebook.models import LIVE, STATES, DryHit, DryRun, PolicyRule, RuleVersion, TrustedHost
from hub.policy.rulebook.writing import Written
from hub.policy.rules import RULES

EDITORS = ("rule editor", "policy owner")
RUN_AGE = timedelta(days=7)
JUDGED_LEAST = 20
PRECISION_LEAST = 0.7
WORDS_LEAST = 40
Z = 1.959964
FIELDS = ("rule", "number", "state", "reason", "notice", "subject", "host")
for _name, _sentence in {
    "policy:rule_written": "{actor} wrote version {number} of the policy rule {rule}",
    "policy:rule_state": "{actor} set the policy rule {rule}, version {number}, to {state}",
    "policy:rule_wanted": "{actor} asked a second person to approve the policy rule {rule} as {state}",
    "policy:rule_approved": "{actor} approved, as a second person, the policy rule {rule} as {state}",
    "policy:rule_refused": "{actor} did not approve the policy rule {rule}",
    "policy:rule_tripped": "The policy rule {rule} was put into the background by its breaker",
    "policy:rule_tried": "{actor} began a dry run of the policy rule {rule}, version {number}",
    "policy:rule_promoted": "{actor} had the items of a judged dry run of {rule} looked at",
    "policy:host_trusted": "{actor} put {host} on the list of trusted hosts",
    "policy:host_dropped": "{actor} took {host} off the list of trusted hosts",
}.items():
    events.declare(_name, FIELDS, _sentence)


def require_editor(viewer: Viewer) -> Person:
    """The rule editor. Raises Missing for everybody else."""
    return access.require_role(viewer, *EDITORS)


def write(viewer: Viewer, written: Written) -> PolicyRule:
    """A new rule as a draft. Raises Invalid, Missing."""
    person = require_editor(viewer)
    written = writing.check(written)
    with db.write():
        rule = PolicyRule.create(name=_free_name(written.label), owner=person, since=clock.now())
        add(rule, written, person)
    return rule


def _free_name(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = "own-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30] or "rule")
    name, number = stem, 2
    while PolicyRule.select(PolicyRule.id).where(PolicyRule.name == name).exists():
        name, number = f"{stem}-{number}", number + 1
    return name


def change(viewer: Viewer, name: str, written: Written, *, seen: int) -> RuleVersion:
    """A new version of a rule, which acts once it is approved; the one that acts goes on meanwhile.

    `seen` is the newest version that the editor began from. Raises Conflict, Invalid, Missing.
    """
    person = require_editor(viewer)
    written = writing.check(written, built_in=name if name in RULES else "")
    with db.write():
        rule = adopt(person, name)
        if rule.newest != seen:
            raise Conflict("Somebody else wrote a newer version meanwhile. Nothing of yours is lost.", rule)
        return add(rule, written, person)


def revert(viewer: Viewer, name: str, number: int) -> RuleVersion:
    """The next version, reading as an earlier one did. It wants the same proof as any other."""
    person = require_editor(viewer)
    with db.write():
        rule = adopt(person, name)
        old = version(rule, number)
        written = writing.check(
            written_of(old, note=f"As version {number}"), built_in=name if rule.built_in else ""
        )
        return add(rule, written, person)


def written_of(row: RuleVersion, note: str = "") -> Written:
    """A version as it was written."""
    return Written(
        row.kind,
        row.label,
        row.clause,
        row.weight,
        row.advice,
        row.words,
        dict(row.settings),
        dict(row.outcomes),
        tuple(row.vetoes),
        tuple(row.must_find),
        tuple(row.must_pass),
        note,
    )


def add(rule: PolicyRule, written: Written, person: Person) -> RuleVersion:
    """Adds the next version to a rule that the running write has locked; an approval that was asked for is over."""
    rule.newest += 1
    rule.wanted, rule.wanted_by = "", None
    rule.save()
    row = RuleVersion.create(
        rule=rule, number=rule.newest, author=person, created_at=clock.now(), **vars(written)
    )
    events.record("policy:rule_written", person, rule=rule.name, number=row.number)
    db.after_commit(live.forget)
    return row


def adopt(person: Person, name: str) -> PolicyRule:
    """The locked rule; a built-in one gets its row, live as it is delivered. Inside a write. Raises Missing."""
    if not db.writing():
        raise RuntimeError("a rule is changed inside db.write()")
    query = PolicyRule.select().where(PolicyRule.name == name)
    rule = (query if db.is_sqlite() else query.for_update()).first()
    if rule is not None:
        return rule
    if name not in RULES:
        raise Missing()
    known, now = RULES[name], clock.now()
    rule = PolicyRule.create(
        name=name, built_in=True, state="live-flag", acting=1, newest=1, owner=person, since=now
    )
    RuleVersion.create(
        rule=rule,
        number=1,
        kind="built-in",
        label=known.label,
        clause=known.clause,
        weight=known.weight,
        advice=known.advice,
        note="As delivered",
        created_at=now,
    )
    return rule


def version(rule: PolicyRule, number: int) -> RuleVersion:
    """The version of that number. Raises Missing."""
    row = RuleVersion.get_or_none((RuleVersion.rule == rule.id) & (RuleVersion.number == number))
    if row is None:
        raise Missing()
    return row


def set_state(viewer: Viewer, name: str, state: str, reason: str = "") -> PolicyRule:
    """Background, paused or archived: what makes a rule milder wants one person. Raises Invalid, Missing, Refused."""
    person = require_editor(viewer)
    if state not in ("background", "paused", "archived"):
        raise Invalid("state", "A rule becomes live by a second person's approval only.")
    with db.write():
        rule = adopt(person, name)
        if state == "background":
            version(rule, rule.newest)  # It has been checked when it was written.
            rule.acting = rule.newest
        elif not rule.acting and state == "paused":
            raise Refused("A draft does nothing yet, so there is nothing to pause.")
        _put(rule, state)
        events.record(
            "policy:rule_state",
            person,
            rule=name,
            number=rule.acting,
            state=STATES[state],
            reason=reason[:300],
        )
    return rule


def _put(rule: PolicyRule, state: str) -> None:
    rule.state, rule.since = state, clock.now()
    rule.live_since = rule.since if state in LIVE else None
    rule.wanted, rule.wanted_by = "", None
    rule.tripped = ""
    rule.save()
    db.after_commit(live.forget)


# --- to live -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """What a version can show for itself. `missing` are plain sentences; none is left when it may become live."""

    run: DryRun | None
    right: int
    judged: int
    missing: tuple[str, ...]

    @property
    def precision(self) -> float | None:
        """The share of judged hits that were right."""
        return self.right / self.judged if self.judged else None


def wilson(right: int, judged: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, Journal of the American Statistical Association 22, 1927, p. 209)."""
    if not judged:
        return 0.0, 1.0
    share, square = right / judged, Z * Z / judged
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * ((share * (1 - share) + square / 4) / judged) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def proof(row: RuleVersion) -> Proof:
    """What the version can show: its latest whole dry run and how it was judged. Two queries."""
    run = (
        DryRun.select()
        .where(DryRun.version == row.id, DryRun.state == "done")
        .order_by(DryRun.id.desc())
        .first()
    )
    right = judged = 0
    if run is not None:
        for (said,) in DryHit.select(DryHit.judged).where(DryHit.run == run.id, DryHit.judged != "").tuples():
            judged += 1
            right += said == "right"
    missing = []
    if run is None:
        missing.append("a finished dry run of this version")
    elif run.finished_at < clock.now() - RUN_AGE:
        missing.append("a dry run that is not older than seven days")
    if judged < JUDGED_LEAST:
        missing.append(f"{JUDGED_LEAST - judged} more hits to be judged (at least {JUDGED_LEAST})")
    if judged and right / judged < PRECISION_LEAST:
        missing.append(f"at least {PRECISION_LEAST:.0%} of the judged hits being right")
    if len(row.words) < WORDS_LEAST:
        missing.append(f"a text in plain English of at least {WORDS_LEAST} characters")
    return Proof(run, right, judged, tuple(missing))


def propose(viewer: Viewer, name: str, state: str, *, seen: int) -> PolicyRule:
    """Asks a second person to let the newest version act. Raises Refused with what is missing."""
    person = require_editor(viewer)
    with db.write():
        rule = _ready(person, name, state, seen)
        rule.wanted, rule.wanted_by = state, person
        rule.save()
        events.record("policy:rule_wanted", person, rule=name, number=rule.newest, state=STATES[state])
    return rule


def _ready(person: Person, name: str, state: str, seen: int) -> PolicyRule:
    if state not in LIVE:
        raise Invalid("state", "Choose hints only, or flags.")
    rule = adopt(person, name)
    if rule.newest != seen:
        raise Conflict("Somebody else wrote a newer version meanwhile. Look at that one first.", rule)
    if rule.state in ("draft", "archived"):
        raise Refused(
            "Let it act in the background first: it then records what it finds, and does nothing else."
        )
    missing = proof(version(rule, seen)).missing
    if missing:
        raise Refused("Before it can become live it needs " + "; ".join(missing) + ".")
    return rule


def approve(viewer: Viewer, name: str, *, seen: int) -> PolicyRule:
    """Approves, as a second person, what was asked for: the newest version acts from now on. Raises Refused, Conflict."""
    person = require_editor(viewer)
    with db.write():
        rule = adopt(person, name)
        if not rule.wanted:
            raise Conflict("Nobody asks for an approval any more.", rule)
        state = rule.wanted
        row = version(_ready(person, name, state, seen), seen)
        if person.id in (row.author_id, rule.wanted_by_id):
            raise Refused("You wrote this version or asked for its approval. A second person approves it.")
        row.approved_by, row.approved_at = person, clock.now()
        row.save()
        rule.acting = row.number
        _put(rule, state)
        events.record("policy:rule_approved", person, rule=name, number=row.number, state=STATES[state])
    return rule


def refuse(viewer: Viewer, name: str, reason: str) -> PolicyRule:
    """Does not approve; the rule goes on as it is. Raises Invalid, Conflict."""
    person = require_editor(viewer)
    if len(reason.strip()) < 10:
        raise Invalid("reason", "Say in a sentence why not, so that its author can do better.")
    with db.write():
        rule = adopt(person, name)
        if not rule.wanted:
            raise Conflict("Nobody asks for an approval any more.", rule)
        rule.wanted, rule.wanted_by = "", None
        rule.save()
        events.record(
            "policy:rule_refused",
            person,
            person=rule.owner_id,
            rule=name,
            number=rule.newest,
            reason=reason[:300],
        )
    return rule


def trip(name: str, why: str) -> bool:
    """The breaker: a live rule goes back into the background and its owner is told; one that acts as it was delivered
    belongs to a policy's owner. Whether it was live.
    """
    with db.write():
        if not PolicyRule.select(PolicyRule.id).where(PolicyRule.name == name).exists():
            owner = policy_owner()
            if owner is None:
                return False
            adopt(owner, name)
        query = PolicyRule.select().where(PolicyRule.name == name, PolicyRule.state.in_(LIVE))
        rule: Any = (query if db.is_sqlite() else query.for_update()).first()
        if rule is None:
            return False
        _put(rule, "background")
        rule.tripped = why[:200]
        rule.save()
        label = version(rule, rule.acting).label
        events.record(
            "policy:rule_tripped",
            None,
            person=rule.owner_id,
            rule=name,
            number=rule.acting,
            reason=why[:300],
            notice=rule.id,
            subject=f"Your policy rule “{label}” only records now: {why}"[:200],
        )
    return True


def in_full(event_id: int, _person_id: int) -> str:
    """What a mail to the owner of a rule says that the breaker stopped."""
    event = events.Event.get_or_none(events.Event.id == event_id)
    if event is None:
        return ""
    return (
        f"{event.data.get('subject', '')}\n\nIt goes on recording what it finds, and raises neither hints nor flags. Nothing "
        "was undone. Change the rule and try it again, or leave it so."
    )


def policy_owner() -> Person | None:
    """Who a rule belongs to that nobody who edits rules has written: the first policy owner, else the first rule editor."""
    people = Person.select().where(Person.status == "active").order_by(Person.id)
    found = [p for p in people if p.is_active and p.has_role(*EDITORS)]
    return next((p for p in found if p.has_role("policy owner")), found[0] if found else None)


# --- hosts -------------------------------------------------------------------------------------------------------


def trust(viewer: Viewer, host: str, reason: str) -> TrustedHost:
    """Puts a host on the list whose links are not risky. Raises Invalid, Missing."""
    person = require_editor(viewer)
    host = writing.host_of(host)
    reason = " ".join(reason.split())[:300]
    if len(reason) < 10:
        raise Invalid("reason", "Say in at least 10 characters why this host is trusted.")
    with db.write():
        if TrustedHost.select(TrustedHost.id).where(TrustedHost.host == host).exists():
            raise Invalid("host", f"{host} is on the list already.")
        row = TrustedHost.create(host=host, reason=reason, added_by=person, added_at=clock.now())
        events.record("policy:host_trusted", person, host=host, reason=reason)
        db.after_commit(live.forget)
    return row


def distrust(viewer: Viewer, host: str) -> None:
    """Takes a host off the list."""
    person = require_editor(viewer)
    with db.write():
        if TrustedHost.delete().where(TrustedHost.host == host).execute():
            events.record("policy:host_dropped", person, host=host)
            db.after_commit(live.forget)
