"""Fills an empty hub with the demo council: every step at the time it would have happened, oldest first, by the rooms' own actions."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from hub import access, clock, db, events
from hub.content import keeping
from hub.content.models import Item
from hub.demo import conduct, places, shelves, writing
from hub.demo.council import Council, read
from hub.people.models import Person

UNREAD_DAYS = 4
"""What has changed since so many days ago nobody of the demo people has read."""


def seed(progress: Callable[[int, int], None] | None = None, today: datetime | None = None) -> Council:
    """Writes the whole council into an empty hub; `progress` is told (done, all). Raises RuntimeError where there are people already."""
    if Person.select().exists():
        raise RuntimeError("This hub has people already: the demo council is only for an empty one.")
    council = Council(today or clock.now())
    with clock.pinned(council.today - timedelta(days=430)), db.write():
        places.people(council)
        places.spaces(council)
    writing.plan_posts(council)
    writing.plan_topics(council)
    with tempfile.TemporaryDirectory() as folder:
        shelves.plan_documents(council, Path(folder))
        conduct.plan(council)
        run(council, progress)
    finish(council)
    return council


def run(council: Council, progress: Callable[[int, int], None] | None) -> None:
    """Takes the planned steps in the order of time, some to a transaction."""
    steps = sorted(council.steps, key=lambda step: step[:2])
    for start in range(0, len(steps), 40):
        with db.write():
            for moment, _, step in steps[start : start + 40]:
                with clock.pinned(moment):
                    step()
        if progress:
            progress(min(start + 40, len(steps)), len(steps))


def finish(council: Council) -> None:
    """Who is invited or has left; what the demo people have read and follow."""
    chance = random.Random(7)
    with db.write():
        for row in read("people.json"):
            if row["status"] != "active":
                Person.update(status=row["status"]).where(Person.handle == row["key"]).execute()
                events.record(
                    "person:left" if row["status"] == "disabled" else "person:invited",
                    person=council.people[row["key"]],
                )
        edge = council.today - timedelta(days=UNREAD_DAYS)
        items = list(Item.select().where(Item.root.is_null(), Item.state == "published"))
        newest = dict(
            Item.select(Item.root, db.highest(Item.id))
            .where(Item.root.is_null(False))
            .group_by(Item.root)
            .tuples()
        )
        for key in council.people:
            viewer = council.viewer(key)
            for item in items:
                if item.active_at < edge and access.may_read(viewer, item) and chance.random() < 0.93:
                    with clock.pinned(item.active_at):
                        keeping.mark_read(viewer, item, newest.get(item.id, 0))
        for key in ("ann.evans", "pete.sorensen", "karen.whittle"):
            for item in chance.sample([i for i in items if access.may_read(council.viewer(key), i)], 6):
                keeping.bookmark(council.viewer(key), item)
        keeping.save_draft(
            council.viewer("ann.evans"),
            "topic",
            title="Who has tried video triage?",
            body="We are thinking of starting with a photo or a short film. Has anybody",
            fields={"at": "/topics/new"},
        )


def sign_ins() -> Iterable[tuple[str, str, str]]:
    """The people whose sign-ins are printed: (what they are, e-mail address, name)."""
    chosen = {
        "ann.evans": "head of service",
        "simon.hartley": "administrator",
        "ifan.rees": "senior reviewer and rule editor",
        "angharad.wyn": "policy owner",
        "farah.siddiqui": "auditor",
        "margaret.holt": "senior reviewer",
        "pete.sorensen": "member of staff",
        "karen.whittle": "partner, police",
        "samuel.osei": "partner, NHS",
        "martin.oakley": "partner, voluntary sector",
    }
    for person in Person.select().where(Person.handle.in_(list(chosen))):
        yield chosen[person.handle], person.email, person.name
