"""Looks at published items in the worker: keeps what the rules find, and raises flags for people to look at.

It never changes an item and writes no restriction. Detection runs outside the write, so that a long document
keeps nobody from posting.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import timedelta

import peewee

from hub import clock, db, files, jobs
from hub.content import kinds
from hub.content.models import Attachment, Item, Revision
from hub.content.standing import lock
from hub.policy import cases, detector, notices
from hub.policy.detector import Away, File, Found, Passage
from hub.policy.fairness import exceptions
from hub.policy.models import OPEN_STATES, Case, Finding, Unscanned
from hub.policy.rulebook import breaker
from hub.policy.rules import a, rule
from hub.policy.writing import saying
from hub.spaces.models import Space

log = logging.getLogger(__name__)
SECONDS = 20.0
"""How long one item may take."""
SECONDS_A_TURN = 20.0
"""After this long other jobs, such as search and mail, have their turn before the rest of a long list."""
AWAY_MOST = 3
RETRY, RETRY_LONGEST = timedelta(seconds=30), timedelta(hours=1)
FILES_MOST = 40
SAME = [Finding.item, Finding.revision, Finding.audience, Finding.place, Finding.rule, Finding.start]
"""What makes a finding the same one when an item is looked at again."""
BATCH = 10
"""So many items are loaded at a time; then the breaker looks at the rules, since one gone wrong must not flag a thousand
items in a minute."""


def ask_for(item_ids: list[int]) -> None:
    """Puts items on the list of what waits to be looked at, inside the running write."""
    now = clock.now()
    for item_id in dict.fromkeys(item_ids):
        Unscanned.insert(item=item_id, since=now, try_after=now).on_conflict(
            conflict_target=[Unscanned.item],
            update={Unscanned.asked: Unscanned.asked + 1, Unscanned.try_after: now, Unscanned.attempts: 0},
        ).execute()
    if item_ids:
        jobs.enqueue("policy.scan", key="policy.scan")


@jobs.job("policy.scan", lease=timedelta(minutes=10), every=timedelta(minutes=1))
def scan_waiting(job: jobs.Job | None = None) -> None:
    """Looks at what waits, oldest first. What fails is tried again later and holds nothing else up."""
    away = done = 0
    begun = time.monotonic()
    while away < AWAY_MOST:
        if time.monotonic() - begun > SECONDS_A_TURN:
            with db.write():
                jobs.enqueue("policy.scan", key="policy.scan")
            return
        waits = Unscanned.select().where(Unscanned.try_after <= clock.now())
        rows = list(waits.order_by(Unscanned.try_after, Unscanned.item).limit(BATCH))
        if not rows:
            return
        away = _scan_batch(rows, away)
        done += len(rows)
        breaker.watch()
        if job is not None:
            jobs.report(job, done, done)


def _scan_batch(rows: list[Unscanned], away: int) -> int:
    """Looks at some items; how many times in a row the detector was away then. Three queries where nothing is found."""
    ids = [row.item_id for row in rows]
    items = {item.id: item for item in Item.select(Item, Space).join(Space).where(Item.id.in_(ids))}
    open_cases = Case.select(Case.item).where(Case.item.in_(ids), Case.state.in_(OPEN_STATES))
    with_case = {row[0] for row in open_cases.tuples()}
    plain: dict[int, list[int]] = {}
    for row in rows:
        item = items.get(row.item_id)
        try:
            looked = _look(item) if item is not None else None
            away = 0
            if item is not None and (
                item.id in with_case or item.state != "published" or (looked and looked[1])
            ):
                _take(item, looked, row.asked)
            else:
                plain.setdefault(row.asked, []).append(row.item_id)
        except Away as error:
            # One that hangs costs a whole wait: the next is tried in a minute and not now.
            away += AWAY_MOST if error.slow else 1
            _later(row, str(error))
        except Exception as error:
            log.exception("item %s could not be looked at", row.item_id)
            _later(row, type(error).__name__)
        if away >= AWAY_MOST:
            break
    if plain:
        with db.write():
            # What has changed meanwhile has been asked for again, or will be when its event is delivered.
            for asked, done in plain.items():
                Unscanned.delete().where(Unscanned.item.in_(done), Unscanned.asked == asked).execute()
    return away


def _later(row: Unscanned, error: str) -> None:
    wait = min(RETRY * 2 ** min(row.attempts, 10), RETRY_LONGEST)
    Unscanned.update(attempts=Unscanned.attempts + 1, try_after=clock.now() + wait, error=error[:300]).where(
        Unscanned.item == row.item_id
    ).execute()


@dataclass(frozen=True)
class Waiting:
    """What has not been looked at yet: how many items, how many of them were tried in vain, and why the last was."""

    number: int
    failed: int
    why: str


def unscanned() -> Waiting:
    """What waits to be looked at, as any process sees it. One query."""
    tried = Unscanned.attempts > 0
    number, failed, why = (
        Unscanned.select(
            peewee.fn.COUNT(Unscanned.item),
            peewee.fn.SUM(peewee.Case(None, [(tried, 1)], 0)),
            peewee.fn.MAX(peewee.Case(None, [(tried, Unscanned.error)], "")),
        )
        .tuples()
        .get()
    )
    return Waiting(number, int(failed or 0), why or "")


def waiting() -> int:
    """How many items wait to be looked at."""
    return Unscanned.select().count()


def scan_item(item_id: int, *, asked: int | None = None) -> int:
    """Looks at one item as it is now; how many findings were new. Raises `detector.Away`, and then changes
    nothing.
    """
    item = Item.select(Item, Space).join(Space).where(Item.id == item_id).first()
    return _take(item, _look(item), asked) if item is not None else 0


Looked = tuple[str, list[Found]]
"""The policy's name of an item's audience, and what was found."""


def _look(item: Item) -> Looked | None:
    """What the rules find in the item as it was loaded; None where nobody looks. Outside of every write."""
    if item.state != "published" or exceptions.is_reports_only(item.space):
        return None
    audience = detector.audience_of(item.intended, item.space)
    passages, stored = gather(item)
    return audience, detector.look(passages, stored, audience, seconds=SECONDS)


def _take(item: Item, looked: Looked | None, asked: int | None) -> int:
    """Keeps what was found, unless the item has changed since it was loaded; how many findings were new."""
    with db.write():
        looked_at = (item.version, item.intended, item.state)
        lock(item)
        if (item.version, item.intended, item.state) != looked_at:
            return 0  # It changed meanwhile; its change has asked for another look.
        new = 0
        if looked is not None:
            new = _keep(item, *looked)
        elif item.state == "withdrawn":
            _put_right(item, set(), "The author withdrew it.")
        gone = Unscanned.item == item.id
        Unscanned.delete().where(gone if asked is None else gone & (Unscanned.asked == asked)).execute()
    return new


def gather(item: Item) -> tuple[list[Passage], list[File]]:
    """Everything of an item that its readers get: title, text, the words beside, a document's pages, names of files and
    the files.
    """
    kind = kinds.KINDS.get(item.kind)
    passages = [Passage("title", item.title), Passage("text", item.body), *_beside(item)]
    named: list[tuple[str, str]] = []
    if kind is not None:
        passages += [Passage(place[:80], words) for place, words in [*kind.text(item), *kind.beside(item)]]
        named += kind.files(item)
    if item.attachments:
        for row in Attachment.select().where(Attachment.item == item.id).limit(FILES_MOST):
            named.append((row.sha256, row.name))
            passages.append(Passage(f"file {row.id}", row.text))
    passages += [detector.name_words(name) for _, name in named]
    store = files.store()
    return passages, [File(store.path(sha), name) for sha, name in named[:FILES_MOST] if store.exists(sha)]


def _beside(item: Item) -> list[Passage]:
    """The lesser words that readers of every kind see: its tags, why it is closed to others, what was changed last."""
    said = [Passage("tags", ", ".join(item.tags)), Passage("reason for fewer readers", item.narrow_reason)]
    if item.version > 1:
        last = Revision.item == item.id
        notes = Revision.select(Revision.note).where(last).order_by(Revision.number.desc()).limit(1)
        said += [Passage("note of the change", note) for (note,) in notes.tuples()]
    return said


def _keep(item: Item, audience: str, found: list[Found]) -> int:
    version = cases.policy_in_force()
    table = version.clause_of_rule if version else {}
    by_clause: dict[str, list[Found]] = {}
    excepted = exceptions.of_item(item)
    for f in found:
        if f.topic in excepted:
            f = replace(f, outcome="excepted")
        by_clause.setdefault(detector.clause_of(f.topic, table), []).append(f)
    new = 0
    for clause, hits in by_clause.items():
        raised = [f for f in hits if f.flags]
        case = _flag(item, clause, audience, raised) if raised else None
        new += _store(item, clause, audience, hits, case)
        if case is not None:
            case.findings = Finding.select().where(Finding.case == case.id).count()
            cases.weigh(case)
    _put_right(item, {c for c, hits in by_clause.items() if any(f.flags for f in hits)}, "")
    return new


def _store(item: Item, clause: str, audience: str, hits: list[Found], case: Case | None) -> int:
    before = Finding.select(peewee.fn.COUNT(Finding.id)).where(Finding.item == item.id).scalar()
    for f in hits:
        flagged = case is not None and f.flags
        row = Finding.insert(
            item=item.id,
            revision=item.version,
            case=case.id if case is not None and f.flags else None,
            rule=f.topic,
            rule_version=f.version,
            clause=clause,
            place=f.place,
            start=f.start,
            end=f.end,
            count=f.count,
            confidence=f.confidence,
            excerpt=f.excerpt,
            why=f.why,
            fingerprint=f.fingerprint,
            audience=audience,
            outcome=f.outcome,
            found_at=clock.now(),
        )
        if flagged:
            # It may have been recorded already, in the background or under an exception that is over.
            row.on_conflict(
                conflict_target=SAME,
                preserve=[Finding.case, Finding.outcome, Finding.rule_version],
                where=Finding.case.is_null(),
            ).execute()
        else:
            row.on_conflict_ignore().execute()
    return Finding.select(peewee.fn.COUNT(Finding.id)).where(Finding.item == item.id).scalar() - before


@dataclass(frozen=True)
class _Seen:
    """What cases about the item and clause have already been told, before which audiences."""

    pairs: frozenset[tuple[str, str]]

    def has(self, found: Found, audience: str) -> bool:
        return (found.fingerprint or found.excerpt, audience) in self.pairs


def _seen(item: Item, clause: str) -> _Seen:
    rows = (
        Finding.select(Finding.fingerprint, Finding.excerpt, Finding.audience)
        .join(Case)
        .where(Finding.item == item.id, Finding.clause == clause, Case.state != "lapsed")
    )
    return _Seen(frozenset((f or e, audience) for f, e, audience in rows.tuples()))


def _flag(item: Item, clause: str, audience: str, raised: list[Found]) -> Case | None:
    """The open case that these findings belong to; none where people have decided about the same values
    already.
    """
    seen = _seen(item, clause)
    fresh = [f for f in raised if not seen.has(f, audience)]
    case = cases.open_case(item.id, clause)
    if case is None:
        if not fresh:
            return None
        case = cases.begin(item, clause, audience, excerpt=_worst(fresh).excerpt)
        case.rules = list(dict.fromkeys(f.topic for f in fresh))
        case.high = any(f.high for f in fresh)
        case.save()
        tell_author(case, item, _worst(fresh).topic)
        saying.bring(case, fresh)
        return case
    case = cases.lock(case)
    if fresh or case.fixed_at is not None:
        case.rules = list(dict.fromkeys([*case.rules, *(f.topic for f in raised)]))
        case.high = case.high or any(f.high for f in raised)
        case.audience, case.revision = audience, item.version
        if not case.excerpt:
            case.excerpt = _worst(raised).excerpt
        cases.add(case, "added", None, "", rules=sorted({f.topic for f in raised}), revision=item.version)
        saying.bring(case, fresh)
    return case


def _worst(found: list[Found]) -> Found:
    return max(found, key=lambda f: (rule(f.topic).weight, f.confidence))


def tell_author(case: Case, item: Item, topic: str) -> None:
    """Tells the author at once that a rule raised a flag, inside the running write."""
    name = cases.name_of(item)
    label = a(rule(topic).label)
    what = f"A rule found {label[:1].lower()}{label[1:]}"
    told = notices.flagged(name, what, cases.clause_words(case.clause))
    cases.tell(
        "policy:flagged",
        None,
        case,
        "flagged",
        told,
        space=item.space_id,
        clause=case.clause,
        rules=case.rules,
    )


def _put_right(item: Item, still: set[str], why: str) -> None:
    """Notes on open cases that what their rules had found is no longer there; a person confirms it with one
    key.
    """
    gone = Case.select().where(Case.item == item.id, Case.state.in_(OPEN_STATES), Case.fixed_at.is_null())
    if still:
        gone = gone.where(Case.clause.not_in(sorted(still)))
    for row in list(gone):
        if row.findings == 0 and not why:
            continue
        case = cases.lock(row)
        cases.add(case, "fixed", None, why, revision=item.version)
        cases.record(
            "policy:fixed", None, case, person=case.author_id, space=item.space_id, clause=case.clause
        )
