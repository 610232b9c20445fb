"""What a writer is told before posting: a few plain lines, worst first, and whether they have been told
before.

Nothing of a draft is stored: what was shown is remembered by keyed hashes that the browser itself holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub import clock, db, files
from hub.access import PUBLIC, Reach, Viewer
from hub.content.models import Attachment
from hub.policy import detector
from hub.policy.detector import File, Found, Passage
from hub.policy.models import NudgeCount
from hub.policy.rules import a, rule

SECONDS = 1.0
LINES_MOST = 3
FILES_MOST = 10
BULLET = "•"
CODES_MOST = 400


@dataclass(frozen=True)
class Field:
    """Words of one field of a form: the field's name, how a hint calls it ("title", "field “Name”"), the words."""

    name: str
    place: str
    words: str


@dataclass
class Hint:
    """One line for the writer: what was found, where (masked), why it matters before these readers, what can
    be done.
    """

    rule: str
    what: str
    excerpt: str
    where: str
    why: str
    advice: str
    clause: str
    flags: bool
    weight: int = 0
    number: int = 0
    masks: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    """What *Mask it* would put where: by the form's field, start, end (characters, end exclusive), masked value."""
    needed: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class Advice:
    """The hints for one text. `codes` name every finding; `unseen` those not yet shown; `found` are the findings."""

    hints: list[Hint]
    codes: tuple[str, ...]
    unseen: tuple[str, ...]
    rules: tuple[str, ...]
    found: tuple[Found, ...] = ()

    @property
    def shown(self) -> list[Hint]:
        """The worst of them, as many as a writer can take in."""
        return self.hints[:LINES_MOST]

    @property
    def more(self) -> int:
        """How many are left out of `shown`."""
        return max(0, len(self.hints) - LINES_MOST)


SILENT = Advice([], (), (), ())


def advise(
    viewer: Viewer,
    *,
    fields: Sequence[Field],
    attached: Sequence[int],
    audience: str,
    reach: Reach | None,
    clauses: dict[str, str],
    seen: Iterable[str] = (),
    excepted: frozenset[str] = frozenset(),
    sent: Sequence[tuple[str, str]] = (),
) -> Advice:
    """The hints for what somebody is writing; `audience` is the policy's name of it. Raises `detector.Away`.

    `excepted` are rules that an exception covers, `attached` ids of the writer's own uploads, `sent` other files that came with it (hash, name), `seen`
    the codes of what they were shown. One query where there are uploads.
    """
    uploads = [*_uploads(viewer, attached), *sent[:FILES_MOST]]
    passages = [Passage(f.place, f.words) for f in fields]
    passages += [detector.name_words(name) for _, name in uploads]
    store = files.store()
    stored = [File(store.path(sha256), name) for sha256, name in uploads if store.exists(sha256)]
    found = [
        f for f in detector.look(passages, stored, audience, seconds=SECONDS) if f.outcome != detector.NONE
    ]
    found = [f for f in found if f.topic not in excepted]
    codes = tuple(dict.fromkeys(code_of(viewer, f, audience) for f in found))[:CODES_MOST]
    known = frozenset(seen)
    return Advice(
        _hints(found, reach, clauses, {f.place: f.name for f in fields}),
        codes,
        tuple(c for c in codes if c not in known),
        tuple(dict.fromkeys(f.topic for f in found)),
        tuple(found),
    )


def _uploads(viewer: Viewer, ids: Sequence[int]) -> list[tuple[str, str]]:
    wanted = [i for i in ids if 0 < i < 2**31][:FILES_MOST]
    if not wanted or viewer.person is None:
        return []
    mine = (Attachment.id.in_(wanted)) & (Attachment.person == viewer.id)
    return list(Attachment.select(Attachment.sha256, Attachment.name).where(mine).tuples())


def code_of(viewer: Viewer, found: Found, audience: str) -> str:
    """Names a finding for this writer and audience, so that a wider audience is a new question."""
    value = found.fingerprint or found.excerpt
    return detector.code("seen", str(viewer.id), audience, found.topic, value)


def _hints(
    found: list[Found], reach: Reach | None, clauses: dict[str, str], fields: Mapping[str, str]
) -> list[Hint]:
    hints: dict[str, Hint] = {}
    for f in found:
        hint = hints.get(f.topic)
        if hint is None:
            known = rule(f.topic)
            hint = hints[f.topic] = Hint(
                f.topic,
                a(known.label),
                f.excerpt or f.why,
                f" in the {f.place}" if f.place in fields else f" ({f.place})",
                why_here(reach),
                known.advice,
                detector.clause_of(f.topic, clauses),
                f.flags,
                known.weight + (10 if f.high else 5 if f.flags else 0),
            )
        hint.flags = hint.flags or f.flags
        hint.number += 1
        if f.place in fields and BULLET in f.excerpt:
            hint.masks.setdefault(fields[f.place], []).append((f.start, f.end, f.excerpt))
    for hint in hints.values():
        if hint.number > 1:
            hint.where += f", and {hint.number - 1} more"
    return sorted(hints.values(), key=lambda h: -h.weight)


def masked(words: str, masks: Iterable[tuple[int, int, str]]) -> str:
    """The words with each place (start, end, what to put there) replaced; of two that overlap the later one counts."""
    rest = len(words)
    for start, end, instead in sorted(masks, reverse=True):
        if 0 <= start < end <= rest:
            words = words[:start] + instead + words[end:]
            rest = start
    return words


def answered(hints: Iterable[Hint], needed: Mapping[str, str], wrong: Iterable[str]) -> None:
    """Puts into the hints what the writer said to them: by rule why it is needed, and the rules that they call wrong."""
    called_wrong = frozenset(wrong)
    for hint in hints:
        hint.needed, hint.wrong = needed.get(hint.rule, ""), hint.rule in called_wrong


def why_here(reach: Reach | None) -> str:
    """Who can read it, in a sentence; nothing where that is not known."""
    if reach is None:
        return ""
    if reach.token == PUBLIC:
        return "Anybody on the internet can read this."
    people = "1 person" if reach.people == 1 else f"{reach.people:,} people"
    partners = f", {reach.partners:,} of them from partner organisations" if reach.partners else ""
    return f"{people} can read this{partners} ({reach.label})."


def count(rules: Iterable[str], *, shown: int = 0, anyway: int = 0) -> None:
    """Adds to the day's counters of these rules: the only trace that hints leave."""
    day = clock.local(clock.now()).date().isoformat()
    with db.write():
        for name in rules:
            NudgeCount.insert(day=day, rule=name).on_conflict_ignore().execute()
            NudgeCount.update(
                shown=NudgeCount.shown + shown, posted_anyway=NudgeCount.posted_anyway + anyway
            ).where(NudgeCount.day == day, NudgeCount.rule == name).execute()
