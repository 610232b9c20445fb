"""Tables of the usage policy: its versions, what was found and reported, cases and what people decided.

Findings, case events and decisions are only ever added (but for a routine decision taken back within seconds). A restriction cannot be written without two people, a
reason, a clause, an end and a notice: the database refuses it, whoever asks (docs of each constraint stand
beside it).
"""

from __future__ import annotations

import peewee

from hub import clock
from hub.content.models import Item
from hub.db import JSONField, Model, UTCField
from hub.people.models import Person

OUTCOMES = {
    "rule_was_wrong": "The rule was wrong",
    "no_breach": "No breach",
    "fixed_by_author": "Fixed by the author",
    "advice": "Advice given",
    "breach": "Breach",
}
"""The five outcomes of a case, mildest first."""
REASON_LEAST = 20
HIDE_DAYS_MOST = 28
MEASURES = {
    "reread": "Ask to read the clause again and say so",
    "hide": "Hide the item from its wider audience",
    "pause_space": "Pause posting in this space",
    "pause_hub": "Pause posting on the hub",
    "refer": "Refer it outside: manager, HR or partner organisation",
}
"""The ladder above advice, mildest first."""
DAYS_MOST = {"reread": 28, "hide": HIDE_DAYS_MOST, "pause_space": 7, "pause_hub": 28, "refer": 1}
EMERGENCY_HOURS, CONFIRMED_DAYS = 24, 7
HOUR = 60 * 60 * 1_000_000
LONGEST = HIDE_DAYS_MOST * 24 * HOUR
"""The longest hiding in microseconds, as the columns count."""
STATES = ("open", "claimed", "waiting", "decided", "lapsed")
OPEN_STATES = STATES[:3]


class PolicyVersion(Model):
    """One published text of the policy, with its Welsh text (`_cy`, empty where there is none) beside the English.

    `clause_of_rule` says which clause each detection rule belongs to.
    """

    number = peewee.IntegerField(unique=True)
    title = peewee.CharField(200)
    summary = peewee.TextField(default="")
    summary_html = peewee.TextField(default="")
    title_cy = peewee.CharField(200, default="")
    summary_cy = peewee.TextField(default="")
    summary_cy_html = peewee.TextField(default="")
    change_summary = peewee.TextField(default="")
    clause_of_rule = JSONField(default=dict)
    published_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+")
    approved_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+")
    published_at = UTCField(default=clock.now)
    in_force_at = UTCField(index=True)

    class Meta:
        table_name = "policy_version"


class Clause(Model):
    """One clause of one version. `key` (such as 2.1) stays the same from version to version; `_cy` is its Welsh text,
    empty where it has none.
    """

    version = peewee.ForeignKeyField(PolicyVersion, backref="clauses", on_delete="CASCADE")
    key = peewee.CharField(12)
    section = peewee.CharField(200, default="")
    title = peewee.CharField(200)
    text = peewee.TextField()
    why = peewee.TextField(default="")
    text_html = peewee.TextField(default="")
    why_html = peewee.TextField(default="")
    section_cy = peewee.CharField(200, default="")
    title_cy = peewee.CharField(200, default="")
    text_cy = peewee.TextField(default="")
    why_cy = peewee.TextField(default="")
    text_cy_html = peewee.TextField(default="")
    why_cy_html = peewee.TextField(default="")
    position = peewee.IntegerField()

    class Meta:
        table_name = "policy_clause"
        indexes = ((("version", "key"), True),)


class Acknowledgement(Model):
    """Somebody has read a version. Nothing depends on it: it shuts nobody out."""

    version = peewee.ForeignKeyField(PolicyVersion, on_delete="CASCADE")
    person = peewee.ForeignKeyField(Person, on_delete="CASCADE")
    at = UTCField(default=clock.now)

    class Meta:
        table_name = "policy_acknowledgement"
        indexes = ((("person", "version"), True),)


class NudgeCount(Model):
    """How often a rule's hint was shown on *Before you post* in one day, and posted anyway. The only trace of
    a hint.
    """

    day = peewee.CharField(10)
    rule = peewee.CharField(40)
    shown = peewee.IntegerField(default=0)
    posted_anyway = peewee.IntegerField(default=0)

    class Meta:
        table_name = "policy_nudge_count"
        indexes = ((("day", "rule"), True),)


class SaidBefore(Model):
    """What a writer said to a hint when they posted all the same: why it is needed, or that the hint is wrong.

    `code` is a keyed hash of the person, the rule and the value. A case that follows takes the words up and the row goes.
    """

    person = peewee.ForeignKeyField(Person, on_delete="CASCADE", backref="+")
    code = peewee.CharField(16)
    rule = peewee.CharField(40)
    what = peewee.CharField(10)
    words = peewee.TextField(default="")
    at = UTCField(default=clock.now, index=True)

    class Meta:
        table_name = "policy_said_before"
        indexes = ((("person", "code"), True),)


class Unscanned(Model):
    """An item that waits to be looked at. `asked` grows with each change, so that one made meanwhile is not
    missed.
    """

    item = peewee.ForeignKeyField(Item, primary_key=True, on_delete="CASCADE")
    asked = peewee.IntegerField(default=1)
    since = UTCField(default=clock.now)
    try_after = UTCField(default=clock.now, index=True)
    attempts = peewee.IntegerField(default=0)
    error = peewee.CharField(300, default="")

    class Meta:
        table_name = "policy_unscanned"


class Case(Model):
    """The flags about one item under one clause, reviewed together; `clause` is empty where a reporter named
    none.

    `state`, `claimed_by` and `claimed_until` are what `standing` derives from the case's events. `open_key`
    is unique while the case is open and null afterwards: there is one open case an item and clause. `pile` is
    where the desk has it (review, waiting, decided), `rank` its place there: points of priority, less the age
    of the case's beginning, so that older cases rise without being written to. `rule` is the gravest of
    `rules`; `due_at` counts the office's hours. While `sealed_until` lies ahead the author knows nothing of the case
    (`fairness.sealing`).
    """

    item = peewee.ForeignKeyField(Item, on_delete="RESTRICT")
    author = peewee.ForeignKeyField(Person, on_delete="RESTRICT")
    clause = peewee.CharField(12, default="")
    open_key = peewee.CharField(40, null=True, unique=True)
    state = peewee.CharField(12, default="open")
    pile = peewee.CharField(8, default="review")
    version = peewee.IntegerField(default=1)
    revision = peewee.IntegerField()
    audience = peewee.CharField(16)
    excerpt = peewee.CharField(80, default="")
    rules = JSONField(default=list)
    rule = peewee.CharField(40, default="")
    findings = peewee.IntegerField(default=0)
    reports = peewee.IntegerField(default=0)
    high = peewee.BooleanField(default=False)
    senior = peewee.BooleanField(default=False)
    stuck = peewee.BooleanField(default=False)
    sealed_until = UTCField(null=True)
    due_at = UTCField(default=clock.now)
    points = peewee.IntegerField(default=0)
    rank = peewee.BigIntegerField(default=0)
    fixed_at = UTCField(null=True)
    claimed_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+")
    claimed_until = UTCField(null=True)
    opened_at = UTCField(default=clock.now)
    changed_at = UTCField(default=clock.now)
    decided_at = UTCField(null=True)

    class Meta:
        table_name = "policy_case"
        indexes = (
            (("pile", "rank", "id"), False),
            (("pile", "due_at", "id"), False),
            (("pile", "rule", "rank", "id"), False),
            (("pile", "clause", "rank", "id"), False),
            (("pile", "id"), False),
            (("author", "id"), False),
            (("item", "clause"), False),
        )


class CaseEvent(Model):
    """Something that happened to a case. Added, never changed: the case's state is derived from them."""

    id = peewee.BigAutoField()
    case = peewee.ForeignKeyField(Case, backref="events", on_delete="RESTRICT")
    name = peewee.CharField(24)
    at = UTCField(default=clock.now)
    actor = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
    words = peewee.TextField(default="")
    data = JSONField(default=dict)

    class Meta:
        table_name = "policy_case_event"


class Finding(Model):
    """What a rule found in one revision of an item, before one audience. The value itself is never kept.

    `excerpt` is masked; `fingerprint` is the keyed hash of the value, for "the same number was posted again". `wrong_at`
    is when people said that the rule was wrong about it: in a decision, or by overturning one.
    """

    id = peewee.BigAutoField()
    item = peewee.ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    revision = peewee.IntegerField()
    case = peewee.ForeignKeyField(Case, null=True, on_delete="RESTRICT")
    rule = peewee.CharField(40)
    rule_version = peewee.IntegerField(default=1)
    clause = peewee.CharField(12)
    place = peewee.CharField(80)
    start = peewee.IntegerField(default=0)
    end = peewee.IntegerField(default=0)
    count = peewee.IntegerField(default=1)
    confidence = peewee.FloatField()
    excerpt = peewee.CharField(80)
    why = peewee.CharField(300)
    fingerprint = peewee.CharField(64, default="", index=True)
    audience = peewee.CharField(16)
    outcome = peewee.CharField(20)
    wrong_at = UTCField(null=True)
    found_at = UTCField(default=clock.now, index=True)

    class Meta:
        table_name = "policy_finding"
        indexes = (
            (("item", "revision", "audience", "place", "rule", "start"), True),
            (("rule", "found_at"), False),
        )


class Report(Model):
    """A member says that an item breaks the policy. Who it was is known to reviewers only, never in the audit
    trail, and after a year to nobody (`person` is null).
    """

    case = peewee.ForeignKeyField(Case, backref="reported", on_delete="RESTRICT")
    item = peewee.ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    person = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT")
    clause = peewee.CharField(12, default="")
    words = peewee.TextField(default="")
    revision = peewee.IntegerField()
    at = UTCField(default=clock.now)

    class Meta:
        table_name = "policy_report"
        indexes = ((("case", "person"), True),)


class Notice(Model):
    """What a person was told about a case, word for word. Written in the transaction of what it tells."""

    case = peewee.ForeignKeyField(Case, backref="notices", on_delete="RESTRICT")
    person = peewee.ForeignKeyField(Person, on_delete="RESTRICT")
    kind = peewee.CharField(16)
    subject = peewee.CharField(200)
    words = peewee.TextField()
    at = UTCField(default=clock.now)

    class Meta:
        table_name = "policy_notice"


class Decision(Model):
    """What a reviewer decided about a case, with its reason, the notice, and until when it can be appealed.

    `told_at` is when the author was told: at once, or for a routine outcome once it can no longer be undone. What is
    undone within those seconds goes with its notice; the case's events and the audit chain keep that it was there.
    """

    case = peewee.ForeignKeyField(Case, backref="decisions", on_delete="RESTRICT")
    outcome = peewee.CharField(16)
    clause = peewee.CharField(12, default="")
    reason = peewee.TextField()
    author = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    decided_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    decided_at = UTCField(default=clock.now, index=True)
    notice = peewee.ForeignKeyField(Notice, on_delete="RESTRICT", backref="+", index=False)
    appeal_until = UTCField()
    told_at = UTCField(null=True)
    overturned_at = UTCField(null=True)

    class Meta:
        table_name = "policy_decision"
        constraints = [
            peewee.Check(f"length(reason) >= {REASON_LEAST}", name="policy_decision_reason"),
            peewee.Check(
                "outcome IN ('rule_was_wrong', 'no_breach', 'fixed_by_author', 'advice', 'breach')",
                name="policy_decision_outcome",
            ),
            peewee.Check("decided_by_id <> author_id", name="policy_decision_not_own"),
            peewee.Check(
                "outcome NOT IN ('advice', 'breach') OR length(clause) > 0", name="policy_decision_clause"
            ),
        ]


class Restriction(Model):
    """A step of the ladder (a key of MEASURES), for a time, because of one decision. Nothing automatic writes
    one.

    proposed → active (a second person approved it) → ended | lifted | overturned; or proposed → refused.
    """

    decision = peewee.ForeignKeyField(Decision, backref="restrictions", on_delete="RESTRICT")
    kind = peewee.CharField(12, default="hide")
    item = peewee.ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    person = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    clause = peewee.CharField(12)
    reason = peewee.TextField()
    days = peewee.IntegerField()
    state = peewee.CharField(12, default="proposed")
    decided_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    approved_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    approved_at = UTCField(null=True)
    approval_reason = peewee.TextField(default="")
    starts_at = UTCField(null=True)
    ends_at = UTCField(null=True, index=True)
    notice = peewee.ForeignKeyField(Notice, null=True, on_delete="RESTRICT", backref="+", index=False)
    appeal_until = UTCField()
    finished_at = UTCField(null=True)

    class Meta:
        table_name = "policy_restriction"
        constraints = [
            peewee.Check(
                "kind IN ('reread', 'hide', 'pause_space', 'pause_hub', 'refer')",
                name="policy_restriction_kind",
            ),
            peewee.Check(
                "state IN ('proposed', 'refused', 'active', 'ended', 'lifted', 'overturned')",
                name="policy_restriction_state",
            ),
            peewee.Check(f"length(reason) >= {REASON_LEAST}", name="policy_restriction_reason"),
            peewee.Check("length(clause) > 0", name="policy_restriction_clause"),
            peewee.Check(
                f"days BETWEEN 1 AND {HIDE_DAYS_MOST} AND (kind <> 'pause_space' OR days <= 7)",
                name="policy_restriction_days",
            ),
            peewee.Check("decided_by_id <> person_id", name="policy_restriction_not_own"),
            peewee.Check(
                "approved_by_id IS NULL OR (approved_by_id <> decided_by_id AND approved_by_id <> person_id)",
                name="policy_restriction_second_person",
            ),
            # A restriction that acts, or once acted, has everything that makes it fair.
            peewee.Check(
                "state IN ('proposed', 'refused') OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL"
                " AND starts_at IS NOT NULL AND ends_at IS NOT NULL AND notice_id IS NOT NULL)",
                name="policy_restriction_complete",
            ),
            peewee.Check(
                f"ends_at IS NULL OR (ends_at > starts_at AND ends_at - starts_at <= {LONGEST}"
                f" AND (kind <> 'pause_space' OR ends_at - starts_at <= {LONGEST // 4}))",
                name="policy_restriction_end",
            ),
        ]


class EmergencyHide(Model):
    """One item hidden at once by one reviewer, for at most 24 hours: it comes back by itself unless a second
    person confirms, and then for at most seven days more.
    """

    case = peewee.ForeignKeyField(Case, backref="emergencies", on_delete="RESTRICT")
    item = peewee.ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    author = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    reason = peewee.TextField()
    notice = peewee.ForeignKeyField(Notice, on_delete="RESTRICT", backref="+", index=False)
    starts_at = UTCField()
    ends_at = UTCField(index=True)
    confirmed_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    confirmed_at = UTCField(null=True)
    finished_at = UTCField(null=True)

    class Meta:
        table_name = "policy_emergency_hide"
        constraints = [
            peewee.Check(f"length(reason) >= {REASON_LEAST}", name="policy_emergency_reason"),
            peewee.Check("by_id <> author_id", name="policy_emergency_not_own"),
            peewee.Check(
                "confirmed_by_id IS NULL OR (confirmed_by_id <> by_id AND confirmed_by_id <> author_id)",
                name="policy_emergency_second_person",
            ),
            peewee.Check(
                f"ends_at > starts_at AND (ends_at - starts_at <= {EMERGENCY_HOURS * HOUR} OR ("
                f"confirmed_by_id IS NOT NULL AND ends_at - starts_at <= {(CONFIRMED_DAYS + 1) * 24 * HOUR}))",
                name="policy_emergency_end",
            ),
        ]


class Appeal(Model):
    """The author asks somebody else to look at a decision again. One a decision."""

    decision = peewee.ForeignKeyField(Decision, unique=True, backref="appeals", on_delete="RESTRICT")
    person = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    words = peewee.TextField()
    at = UTCField(default=clock.now)
    decided_by = peewee.ForeignKeyField(Person, on_delete="RESTRICT", backref="+", index=False)
    heard_by = peewee.ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="+", index=False)
    heard_at = UTCField(null=True)
    outcome = peewee.CharField(12, default="")
    reason = peewee.TextField(default="")

    class Meta:
        table_name = "policy_appeal"
        constraints = [
            peewee.Check(
                "heard_by_id IS NULL OR (heard_by_id <> decided_by_id AND heard_by_id <> person_id)",
                name="policy_appeal_heard_by_another",
            ),
            peewee.Check("outcome IN ('', 'upheld', 'varied', 'overturned')", name="policy_appeal_outcome"),
            peewee.Check(
                f"outcome = '' OR (heard_by_id IS NOT NULL AND length(reason) >= {REASON_LEAST})",
                name="policy_appeal_reason",
            ),
        ]
