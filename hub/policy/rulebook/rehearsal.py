"""The dry run: one version of a rule over past content, newest first, in the worker. It flags and tells nobody.

It can be paused and goes on where it stopped; a crash costs one batch. Hits are kept masked, and drawn by lot
for the sample that people judge.
"""

from __future__ import annotations

import time
import zlib
from datetime import timedelta

from hub import clock, db, events, jobs
from hub.access import Viewer
from hub.content.models import Item
from hub.errors import Conflict, Invalid, Missing, Refused
from hub.policy import detector, scanning
from hub.policy.fairness import exceptions
from hub.policy.rulebook import actions, live, trial
from hub.policy.rulebook.models import DryHit, DryRun, PolicyRule, RuleVersion

BATCH = 50
SECONDS_A_TURN = 20.0
HITS_KEPT = 2000
HITS_AN_ITEM = 20


def start(viewer: Viewer, name: str, *, months: int, number: int = 0) -> DryRun:
    """Begins a dry run of a version (the newest) over so many months. Raises Invalid, Missing, Conflict."""
    person = actions.require_editor(viewer)
    if not 1 <= months <= 60:
        raise Invalid("months", "Choose between 1 and 60 months.")
    with db.write():
        rule = actions.adopt(person, name)
        row = actions.version(rule, number or rule.newest)
        busy = DryRun.select().where(DryRun.version == row.id, DryRun.state != "done").first()
        if busy is not None:
            raise Conflict("A dry run of this version is under way.", busy)
        since = clock.now() - timedelta(days=30.44 * months)
        last = Item.select(Item.id).order_by(Item.id.desc()).limit(1).scalar() or 0
        run = DryRun.create(
            version=row,
            asked_by=person,
            months=months,
            since=since,
            cursor=last + 1,
            total=Item.select().where(Item.state == "published", Item.published_at >= since).count(),
            started_at=clock.now(),
        )
        events.record("policy:rule_tried", person, rule=name, number=row.number)
        _queue(run)
    return run


def _queue(run: DryRun) -> None:
    jobs.enqueue("policy.rehearse", {"run": run.id}, key=f"policy.rehearse:{run.id}")


def pause(viewer: Viewer, run: DryRun, *, on: bool) -> None:
    """Stops a run after its batch (`on`), or lets it go on."""
    actions.require_editor(viewer)
    with db.write():
        changed = (
            DryRun.update(state="paused" if on else "running")
            .where(DryRun.id == run.id, DryRun.state == ("running" if on else "paused"))
            .execute()
        )
        if changed and not on:
            _queue(run)


@jobs.job("policy.rehearse", lease=timedelta(minutes=5))
def rehearse(job: jobs.Job) -> None:
    """Goes on with a dry run for some seconds, and queues the rest behind what else the worker has to do."""
    run = DryRun.get_or_none(DryRun.id == job.payload["run"])
    begun = time.monotonic()
    while run is not None and run.state == "running":
        if time.monotonic() - begun > SECONDS_A_TURN:
            with db.write():
                _queue(run)
            return
        _batch(run)
        jobs.report(job, run.looked_at, run.total)
        run = DryRun.get_by_id(run.id)


def _batch(run: DryRun) -> None:
    rule = PolicyRule.get_by_id(run.version.rule_id)
    acting = live.acting(run.version, rule.name, "live-flag")
    items = list(
        Item.select()
        .where(Item.id < run.cursor, Item.state == "published", Item.published_at >= run.since)
        .order_by(Item.id.desc())
        .limit(BATCH)
    )
    found: list[DryHit] = []
    failed, taken = 0, 0.0
    for item in items:
        try:
            hits, spent = _hits(run, item, acting)
        except detector.Away:
            failed += 1
            continue
        found += hits
        taken = max(taken, spent)
    with db.write():
        if items:
            DryHit.bulk_create(found, 100)
            _thin(run)
        DryRun.update(
            cursor=items[-1].id if items else run.cursor,
            looked_at=DryRun.looked_at + len(items),
            hits=DryRun.hits + len(found),
            items_hit=DryRun.items_hit + len({hit.item_id for hit in found}),
            failed=DryRun.failed + failed,
            milliseconds=max(run.milliseconds, taken),
        ).where(DryRun.id == run.id, DryRun.cursor == run.cursor).execute()
        if len(items) < BATCH:
            DryRun.update(state="done", finished_at=clock.now()).where(
                DryRun.id == run.id, DryRun.state == "running"
            ).execute()


def _hits(run: DryRun, item: Item, acting: live.Acting) -> tuple[list[DryHit], float]:
    if exceptions.is_reports_only(item.space):
        return [], 0.0
    audience = detector.audience_of(item.intended, item.space)
    passages, stored = scanning.gather(item)
    begun = time.perf_counter()
    found = [f for f in trial.look(acting, passages, stored, audience) if f.outcome != detector.NONE]
    spent = (time.perf_counter() - begun) * 1000
    return [
        DryHit(
            run=run.id,
            item=item.id,
            revision=item.version,
            place=f.place,
            start=f.start,
            end=f.end,
            excerpt=f.excerpt,
            why=f.why,
            outcome=f.outcome,
            turn=zlib.crc32(f"{run.id}:{item.id}:{f.place}:{f.start}".encode()),
        )
        for f in found[:HITS_AN_ITEM]
    ], spent


def _thin(run: DryRun) -> None:
    """Keeps the first so many hits by their turn, which is a fair draw from all."""
    edge = (
        DryHit.select(DryHit.turn)
        .where(DryHit.run == run.id)
        .order_by(DryHit.turn)
        .offset(HITS_KEPT)
        .limit(1)
        .scalar()
    )
    if edge is not None:
        DryHit.delete().where(DryHit.run == run.id, DryHit.turn >= edge, DryHit.judged == "").execute()


def judge(viewer: Viewer, hit: DryHit, said: str) -> None:
    """Says whether a hit of the sample was right. Judging again changes it. Raises Invalid, Missing."""
    person = actions.require_editor(viewer)
    if said not in ("right", "wrong"):
        raise Invalid("judged", "Say whether the rule was right or wrong.")
    if hit.item.audience not in viewer.tokens:
        raise Missing()
    with db.write():
        DryHit.update(judged=said, judged_by=person).where(DryHit.id == hit.id).execute()


def promote(viewer: Viewer, run: DryRun) -> int:
    """Has the items of a judged run looked at anew, so that the rule, which must be live, flags them; how many.

    The only way from a rule to old content, and a person's. Raises Refused.
    """
    person = actions.require_editor(viewer)
    row: RuleVersion = run.version
    with db.write():
        rule = actions.adopt(person, row.rule.name)
        if rule.state != "live-flag" or rule.acting != row.number:
            raise Refused("Only the version that is live with flags can flag what was found.")
        if run.promoted_at is not None or run.state != "done":
            raise Refused("This has been done already, or the dry run is not finished.")
        if actions.proof(row).judged < actions.JUDGED_LEAST:
            raise Refused(f"Judge at least {actions.JUDGED_LEAST} hits first.")
        wrong = DryHit.select(DryHit.item).where(DryHit.run == run.id, DryHit.judged == "wrong")
        wanted = DryHit.select(DryHit.item).distinct().where(DryHit.run == run.id, DryHit.item.not_in(wrong))
        ids = [row[0] for row in wanted.tuples()]
        DryRun.update(promoted_at=clock.now()).where(DryRun.id == run.id).execute()
        scanning.ask_for(ids)
        events.record("policy:rule_promoted", person, rule=rule.name, number=rule.acting)
    return len(ids)
