"""Saved searches, and telling their keepers of what is new in them: never what they may not read, never
twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from hub import access, db, events, jobs
from hub.access import Viewer
from hub.content.models import Item
from hub.errors import Missing
from hub.people.models import Organisation, Person
from hub.search import queries
from hub.search.models import SavedSearch, SavedSearchHit

LOOKED_AT = 50
MOST_TOLD = 5
BATCH = 100

events.declare("search:alert", ("search", "name"), "{item} is new in a saved search")


def of(viewer: Viewer) -> list[SavedSearch]:
    """The searches that the viewer keeps, by name."""
    person = access.require_person(viewer)
    rows = SavedSearch.select().where(SavedSearch.person == person.id)
    return sorted(rows, key=lambda row: (row.name.casefold(), row.id))


def one(viewer: Viewer, number: int) -> SavedSearch:
    """A search that the viewer keeps. Raises Missing."""
    person = access.require_person(viewer)
    row = SavedSearch.get_or_none((SavedSearch.id == number) & (SavedSearch.person == person.id))
    if row is None:
        raise Missing()
    return row


@jobs.job("search.alerts", lease=timedelta(minutes=30), every=timedelta(days=1))
def tell_all(job: jobs.Job) -> None:
    """Looks into every saved search with alerts. May be repeated after a crash: what was told is
    remembered.
    """
    for done, row in enumerate(_with_alerts()):
        look(row)
        if done % BATCH == 0:
            jobs.report(job, done, 0)


def _with_alerts() -> Iterator[SavedSearch]:
    last = 0
    while True:
        rows = list(
            SavedSearch.select(SavedSearch, Person, Organisation)
            .join(Person)
            .join(Organisation)
            .where(SavedSearch.alerts, SavedSearch.id > last)
            .order_by(SavedSearch.id)
            .limit(BATCH)
        )
        if not rows:
            return
        yield from rows
        last = rows[-1].id


def look(row: SavedSearch) -> int:
    """Tells the keeper of what has appeared since they saved the search; of how many items they are told."""
    viewer = access.viewer_for(row.person)
    if viewer.person is None:
        return 0
    found = queries.find(viewer, row.text, row.chosen, "date", per_page=LOOKED_AT)
    things = [hit["thing"] for hit in found.hits if hit["what"] == "item"]
    fresh = [t for t in things if (t.published_at or t.created_at) > row.since and t.author_id != viewer.id]
    if found.trouble or not fresh:
        return 0
    with db.write():
        # Asked again inside the write: what was narrowed or withdrawn a moment ago is not told of.
        standing = Item.select(Item.id).where(
            Item.id.in_([t.id for t in fresh]),
            access.readable_by(viewer, Item.audience),
            Item.state == "published",
        )
        ids = {i for (i,) in standing.tuples()}
        known = SavedSearchHit.select(SavedSearchHit.item).where(SavedSearchHit.search == row.id)
        ids -= {i for (i,) in known.tuples()}
        told = [t for t in fresh if t.id in ids]
        for thing in told:
            SavedSearchHit.insert(search=row.id, item=thing.id).on_conflict_ignore().execute()
        for thing in told[:MOST_TOLD]:
            events.record(
                "search:alert", thing.author_id, thing, person=viewer.person, search=row.id, name=row.name
            )
    return len(told)
