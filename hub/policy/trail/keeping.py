"""What the policy keeps how long, and the daily job that removes the rest.

Draft checks are never kept. Months that are over keep their published figures when their cases go.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from hub import clock, db, jobs
from hub.access import PostingPause
from hub.policy import figures
from hub.policy.behaviour import BehaviourFinding
from hub.policy.fairness import sealing
from hub.policy.fairness.models import Seal
from hub.policy.models import (
    OPEN_STATES,
    Appeal,
    Case,
    CaseEvent,
    Decision,
    EmergencyHide,
    Finding,
    Notice,
    Report,
    Restriction,
)
from hub.policy.rulebook.models import DryHit, DryRun
from hub.policy.trail.chain import _end
from hub.policy.trail.models import AuditRow, ChainEnd, MonthFigures
from hub.policy.writing import saying

KINDS = ("findings", "mild", "advice", "breach", "reporter", "audit")
OF_OUTCOME = {
    "rule_was_wrong": "mild",
    "no_breach": "mild",
    "fixed_by_author": "mild",
    "advice": "advice",
    "breach": "breach",
}
BATCH = 500
_days: dict[str, int] = {}


def attach(settings: Any) -> None:
    """From now on everything is kept for as long as these settings say (`keep_…_days` of config.py)."""
    _days.update({kind: getattr(settings, f"keep_{kind}_days") for kind in KINDS})


def kept(kind: str) -> timedelta:
    """How long things of that kind (findings, mild, advice, breach, reporter, audit) are kept."""
    return timedelta(days=_days[kind])


def _after(outcome: str) -> timedelta:
    return kept(OF_OUTCOME[outcome])


@jobs.job("policy.keep", every=timedelta(days=1), lease=timedelta(minutes=30))
def tidy(_job: Any = None) -> dict[str, int]:
    """Removes what has been kept long enough; how many rows of what."""
    now = clock.now()
    keep_months(now)
    with db.write():
        BehaviourFinding.delete().where(BehaviourFinding.at < now - kept("findings")).execute()
        saying.forget(now - kept("findings"))
        tried = DryRun.select(DryRun.id).where(DryRun.started_at < now - kept("findings"))
        hits = DryHit.delete().where(DryHit.run.in_(tried)).execute()
        loose = (
            Finding.delete()
            .where(Finding.case.is_null(), Finding.found_at < now - kept("findings"))
            .execute()
        )
        named = (
            Report.update(person=None)
            .where(Report.at < now - kept("reporter"), Report.person.is_null(False))
            .execute()
        )
    gone = 0
    for case_id in [*_over(now), *_lapsed(now)]:
        gone += _remove(case_id, now)
    return {"findings": loose + hits, "reporters": named, "cases": gone, "audit": _prune(now)}


def _over(now: datetime) -> Iterable[int]:
    """Ids of decided cases whose latest decision is old enough to go, looked at by outcome."""
    for outcome in OF_OUTCOME:
        last = 0
        while True:
            rows = (
                Case.select(Case.id)
                .join(Decision)
                .where(
                    Case.state == "decided",
                    Case.decided_at < now - _after(outcome),
                    Decision.outcome == outcome,
                    Case.id > last,
                )
                .distinct()
                .order_by(Case.id)
                .limit(BATCH)
            )
            ids = [row[0] for row in rows.tuples()]
            if not ids:
                break
            yield from ids
            last = ids[-1]


def _lapsed(now: datetime) -> Iterable[int]:
    """Ids of the cases that nobody reviewed, once they have been kept as long as mild ones."""
    rows = Case.select(Case.id).where(Case.state == "lapsed", Case.decided_at < now - kept("mild"))
    return [row[0] for row in rows.tuples()]


def _remove(case_id: int, now: datetime) -> int:
    with db.write():
        lapsed = Case.select(Case.id).where(Case.id == case_id, Case.state == "lapsed").exists()
        decisions = list(Decision.select().where(Decision.case == case_id).order_by(Decision.id))
        ids = [d.id for d in decisions]
        restrictions = list(Restriction.select().where(Restriction.decision.in_(ids)))
        if not decisions and not lapsed:
            return 0
        if decisions and decisions[-1].decided_at > now - max(_after(d.outcome) for d in decisions):
            return 0
        if any(r.state in ("active", "proposed") or _ended(r) > now - kept("breach") for r in restrictions):
            return 0
        if Appeal.select().where(Appeal.decision.in_(ids), Appeal.outcome == "").exists():
            return 0
        PostingPause.delete().where(PostingPause.cause.in_([r.id for r in restrictions])).execute()
        Appeal.delete().where(Appeal.decision.in_(ids)).execute()
        Restriction.delete().where(Restriction.decision.in_(ids)).execute()
        Decision.delete().where(Decision.case == case_id).execute()
        for table in (Seal, EmergencyHide, Finding, Report, CaseEvent, Notice):
            table.delete().where(table.case == case_id).execute()
        return Case.delete().where(Case.id == case_id, Case.state.not_in(OPEN_STATES)).execute()


def _ended(row: Restriction) -> datetime:
    return row.finished_at or row.ends_at or row.appeal_until


def _prune(now: datetime) -> int:
    """Takes links that have been kept long enough off the chain's beginning, and remembers what stood before the rest."""
    with db.write():
        end = _end()
        last = (
            AuditRow.select()
            .where(AuditRow.at < now - kept("audit"))
            .order_by(AuditRow.number.desc())
            .first()
        )
        if last is None:
            return 0
        removed = AuditRow.delete().where(AuditRow.number <= last.number).execute()
        ChainEnd.update(kept_from=last.number + 1, before_kept=last.hash).where(
            ChainEnd.id == end.id
        ).execute()
    return removed


def keep_months(now: datetime) -> None:
    """Keeps the figures of every month that is over and has none kept yet."""
    first = figures.first_case_at()
    if first is None:
        return
    month = clock.local(first).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while (after := figures.month_after(month)) <= now:
        key = f"{month:%Y-%m}"
        sealed = sealing.begun_within(month, after)[1]  # counted among the flags once its author knows
        if not sealed and not MonthFigures.select(MonthFigures.id).where(MonthFigures.month == key).exists():
            told = asdict(figures.of_month(month, after))
            with db.write():
                MonthFigures.insert(month=key, figures=told).on_conflict_ignore().execute()
        month = after
