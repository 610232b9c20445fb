"""Ask the hub: a search that found nothing useful becomes a question, is pointed out to those who may know,
and is answered.

The searcher follows the topic as its author, so that they are told of every answer by the ordinary way.
"""

from __future__ import annotations

from datetime import timedelta

from hub import access, clock, events, jobs
from hub.content.models import Item
from hub.events import Event
from hub.people.models import Person
from hub.search import experts, queries
from hub.search.log import KEEP
from hub.search.models import Asked
from hub.search.tuning import phrase_key

WITHIN = timedelta(hours=1)
MOST_TOLD = 5
NAMES = ("item:published", "topic:solved")

events.declare("search:asked", ("people", "text"), "{actor} asked the hub in {item} after a search")


def follow(batch: list[Event]) -> None:
    """Joins questions with the searches they came from, and notes when they are answered. Runs inside its
    write.
    """
    for event in batch:
        item = Item.get_or_none(Item.id == event.item_id) if event.item_id else None
        if item is None or item.state != "published":
            continue
        if event.name == "item:published" and item.kind == "topic":
            _posted(item)
        elif event.name == "topic:solved" or item.root_id is not None:
            _answered(item, event)


def _posted(item: Item) -> None:
    asked = _search_of(item)
    if asked is None:
        return
    told = likely(item, asked.text)
    asked.topic, asked.told = item, told
    asked.save()
    if told:
        events.record("search:asked", item.author_id, item, people=told, text=asked.text)


def _search_of(item: Item) -> Asked | None:
    """The search that the topic came from: of its author, within the hour, with that title or words of it."""
    rows = Asked.select().where(
        Asked.person == item.author_id, Asked.topic.is_null(), Asked.at > item.created_at - WITHIN
    )
    title = phrase_key(item.title)
    for asked in rows.order_by(Asked.id.desc()).limit(5):
        words = set(phrase_key(asked.text)) | set(phrase_key(asked.title))
        if asked.title == item.title or words & set(title):
            return asked
    return None


def likely(item: Item, text: str) -> list[int]:
    """Ids of people who may know, agreed to be named, and may read the question; at most five."""
    asker = access.viewer_for(Person.get_by_id(item.author_id))
    named = experts.who_knows(asker, text, queries.find(asker, text), limit=4 * MOST_TOLD)
    ids = [expert.person.id for expert in named]
    readers = access.holders(item.audience).where(Person.id.in_(ids)).select(Person.id).distinct().tuples()
    allowed = {row[0] for row in readers}
    return [i for i in ids if i in allowed][:MOST_TOLD]


def _answered(item: Item, event: Event) -> None:
    topic_id = item.root_id or item.id
    Asked.update(answered_at=event.at).where(
        Asked.topic == topic_id,
        Asked.answered_at.is_null(),
        Asked.person != (item.author_id if item.root_id else 0),
    ).execute()


def recent(limit: int = 30) -> list[Asked]:
    """Questions that came from searches, latest first, with their topics: for administrators. Titles only
    where readable.
    """
    return list(
        Asked.select()
        .where(Asked.at > clock.now() - timedelta(days=90))
        .order_by(Asked.id.desc())
        .limit(limit)
    )


@jobs.job("search.forget_asked", every=timedelta(days=1))
def forget(_job: jobs.Job) -> None:
    """Drops searches that never became a question, as the log does after thirty days."""
    Asked.delete().where(Asked.topic.is_null(), Asked.at < clock.now() - KEEP).execute()
