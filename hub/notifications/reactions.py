"""Who is told of an event. Only people who may read the item now, never of their own doing, never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hub import access, clock, jobs
from hub.content import kinds
from hub.content.actions import tag_slug
from hub.content.models import Follow, Item, Mention, Reaction
from hub.events import Event
from hub.notifications.models import ALWAYS, Notification, Wishes
from hub.people.models import Person
from hub.spaces.models import Membership

MOST_AT_ONCE = 500
"""Rows of one INSERT; SQLite takes some thousands of values in a statement."""


@dataclass(frozen=True)
class Told:
    """Somebody to be told: why, and what they would mute to hear no more of it."""

    person_id: int
    reason: str
    subject: str


def tell(batch: list[Event]) -> None:
    """Writes the notifications of these events.

    The handler of the subscriber `notifications`; runs inside its write.
    """
    for event in batch:
        if event.data.get("notice") and event.person_id:
            _decided(event)
        elif event.name in HANDLERS:
            HANDLERS[event.name](event)


# --- items ----------------------------------------------------------------------------------------


def _published(event: Event) -> None:
    item = _item(event)
    if item is None or item.state != "published" or event.data.get("quiet"):
        return
    wanted = [
        *(
            Told(p, "mention", f"item:{item.root_id or item.id}")
            for p in _named(item, event.data.get("mentions"))
        ),
        *_answered(item),
        *_followers(item),
    ]
    _write(event, item, wanted)


def _edited(event: Event) -> None:
    item = _item(event)
    if item is None or item.state != "published":
        return
    subject = f"item:{item.root_id or item.id}"
    _write(event, item, [Told(p, "mention", subject) for p in _named(item, event.data.get("mentions"))])


def _reacted(event: Event) -> None:
    item = _item(event)
    if item is None or item.state != "published":
        return
    stands = (Reaction.item == item.id) & (Reaction.person == event.actor_id)
    if Reaction.select(Reaction.id).where(stands).exists():
        _write(event, item, [Told(item.author_id, "reaction", f"item:{item.root_id or item.id}")])


def _solved(event: Event) -> None:
    item = _item(event)
    if item is not None and event.person_id:
        _write(event, item, [Told(event.person_id, "reply", f"item:{item.id}")])


def _to_author(event: Event) -> None:
    item = _item(event)
    if item is not None:
        _write(event, item, [Told(item.author_id, "decision", f"item:{item.root_id or item.id}")])


def _item(event: Event) -> Item | None:
    return Item.get_or_none(Item.id == event.item_id) if event.item_id else None


def _named(item: Item, mentions: Iterable[int] | None) -> list[int]:
    """Those of the people named then who are still named now."""
    wanted = [i for i in mentions or () if isinstance(i, int)]
    if not wanted:
        return []
    rows = Mention.select(Mention.person).where(Mention.item == item.id, Mention.person.in_(wanted))
    return [row[0] for row in rows.tuples()]


def _answered(item: Item) -> list[Told]:
    """Whoever wrote what this answers, and who began it all."""
    if item.root_id is None:
        return []
    above = Item.select(Item.author).where(Item.id.in_([i for i in (item.parent_id, item.root_id) if i]))
    return [Told(row[0], "reply", f"item:{item.root_id}") for row in above.tuples()]


def _followers(item: Item) -> list[Told]:
    """People who follow the item's discussion, or what a new item stands in.

    The most particular subject decides.
    """
    # Who follows a new item by itself came upon it before this event was taken.
    known = f"item:{item.id}"
    return [one for one in _following(subjects(item)) if one.subject != known]


def _following(heard_through: list[str]) -> list[Told]:
    """People who want to hear of what comes through these subjects, the most particular first."""
    found: dict[int, tuple[int, str, str]] = {}
    rank = {subject: place for place, subject in enumerate(heard_through)}
    rows = Follow.select(Follow.person, Follow.subject, Follow.level).where(Follow.subject.in_(list(rank)))
    for person_id, subject, level in rows.tuples():
        # Among equals "mute" wins: it sorts before "watch".
        found[person_id] = min(found.get(person_id, (99, "", "")), (rank[subject], level, subject))
    return [Told(p, "watch", subject) for p, (_, level, subject) in found.items() if level == "watch"]


def subjects(item: Item) -> list[str]:
    """What people may follow to hear of the item, most particular first; an answer is heard of by its root's
    followers.
    """
    if item.root_id is not None:
        return [f"item:{item.root_id}"]
    more = kinds.KINDS[item.kind].subjects(item) if item.kind in kinds.KINDS else []
    tags = [f"tag:{tag_slug(label)}" for label in item.tags]
    return [f"item:{item.id}", *more, *tags, f"person:{item.author_id}", f"space:{item.space_id}"]


def _muted(item: Item, people: Iterable[int]) -> set[int]:
    """Those of the people whose most particular choice about the item is to hear nothing."""
    return _muting(subjects(item.root if item.root_id is not None else item), people)


def _muting(heard_through: list[str], people: Iterable[int]) -> set[int]:
    rank = {subject: place for place, subject in enumerate(heard_through)}
    chosen: dict[int, tuple[int, str]] = {}
    rows = Follow.select(Follow.person, Follow.subject, Follow.level).where(
        Follow.subject.in_(list(rank)), Follow.person.in_(list(people))
    )
    for person_id, subject, level in rows.tuples():
        chosen[person_id] = min(chosen.get(person_id, (99, "")), (rank[subject], level))
    return {p for p, (_, level) in chosen.items() if level == "mute"}


# --- spaces ---------------------------------------------------------------------------------------


def _asked(event: Event) -> None:
    editors = (
        Membership.select(Membership.person)
        .join(Person)
        .where(
            Membership.space == event.space_id,
            Membership.role == "editor",
            access.current_membership(),
            Person.status == "active",
        )
    )
    told = [Told(row[0], "request", f"space:{event.space_id}") for row in editors.tuples()]
    _write(event, None, told)


def _placed(event: Event) -> None:
    if event.person_id:
        _write(event, None, [Told(event.person_id, "membership", f"space:{event.space_id}")])


def _decided(event: Event) -> None:
    """A notice of the policy room about somebody: told to them whatever they muted, and whether they may
    still read it.
    """
    if event.person_id:
        _write(event, None, [Told(event.person_id, "decision", "")])


# --- writing --------------------------------------------------------------------------------------


def _write(event: Event, item: Item | None, told: list[Told]) -> None:
    """One row a person, for the first reason they are wanted for; folded into an unseen one of the same
    kind.
    """
    first: dict[int, Told] = {}
    for one in told:
        if one.person_id != event.actor_id:
            first.setdefault(one.person_id, one)
    allowed = _may_be_told(item, first)
    already = _told_of(event, allowed)
    rows = [first[p] for p in sorted(allowed) if p not in already]
    folded = _fold(event, item, rows)
    fresh = [one for one in rows if one.person_id not in folded]
    space_id = item.space_id if item is not None else event.space_id
    values = [
        {
            "person": one.person_id,
            "event_id": event.id,
            "event_name": event.name,
            "reason": one.reason,
            "subject": one.subject,
            "actor": event.actor_id,
            "item": item.id if item is not None else None,
            "root_id": (item.root_id or item.id) if item is not None else None,
            "space": space_id,
            "words": str(event.data.get("subject") or "")[:200] if one.reason == "decision" else "",
            "created_at": event.at,
        }
        for one in fresh
    ]
    for start in range(0, len(values), MOST_AT_ONCE):
        Notification.insert_many(values[start : start + MOST_AT_ONCE]).on_conflict_ignore().execute()
    _mail_at_once(event, fresh)


def _may_be_told(item: Item | None, first: dict[int, Told]) -> set[int]:
    """Those who may read the item now and have not muted it.

    An event without an item concerns the person themselves.
    """
    wanted = list(first)
    if not wanted:
        return set()
    if item is None:
        rows = Person.select(Person.id).where(Person.id.in_(wanted), Person.status == "active")
        return {row[0] for row in rows.tuples()}
    holders = _holding(item.audience, wanted)
    for_all = {p for p in holders if first[p].reason in ALWAYS}
    muted = _muted(item, holders - for_all)
    return holders - muted


def _holding(audience: str, people: list[int]) -> set[int]:
    """Those of the people who may read what has this audience."""
    holders: set[int] = set()
    for start in range(0, len(people), MOST_AT_ONCE):
        part = people[start : start + MOST_AT_ONCE]
        query = access.holders(audience).where(Person.id.in_(part))
        holders |= {row[0] for row in query.select(Person.id).distinct().tuples()}
    return holders


def would_be_told_of_answer(root: Item, actor_id: int, answered: Iterable[int]) -> int:
    """How many people an answer below the item would be told to, besides those it names; `answered` wrote what it answers."""
    wanted = {one.person_id for one in _following([f"item:{root.id}"])} | {root.author_id, *answered}
    holders = _holding(root.audience, sorted(wanted - {actor_id}))
    return len(holders - _muting(subjects(root), holders))


def would_be_told_of_new(audience: str, heard_through: list[str], actor_id: int) -> int:
    """How many people a new item of that audience would be told to, besides those it names."""
    wanted = {one.person_id for one in _following(heard_through)} - {actor_id}
    return len(_holding(audience, sorted(wanted)))


def _told_of(event: Event, people: set[int]) -> set[int]:
    """Those who were told of this event before: it may be handed over again after a failure."""
    rows = Notification.select(Notification.person).where(
        Notification.event_id == event.id, Notification.person.in_(list(people))
    )
    return {row[0] for row in rows.tuples()}


def _fold(event: Event, item: Item | None, rows: list[Told]) -> set[int]:
    """Adds to what waits unseen about the same page for the same reason: ten reactions are one line."""
    quiet = {one.person_id: one for one in rows if one.reason in ("reaction", "watch", "reply")}
    if item is None or (item.root_id is None and event.name == "item:published") or not quiet:
        return set()
    waiting = Notification.select(Notification.id, Notification.person, Notification.reason).where(
        Notification.person.in_(list(quiet)),
        Notification.root_id == (item.root_id or item.id),
        Notification.event_name == event.name,
        Notification.event_id < event.id,
        Notification.seen_at.is_null(),
        Notification.read_at.is_null(),
        Notification.mailed_at.is_null(),
    )
    found = {p: i for i, p, reason in waiting.tuples() if reason == quiet[p].reason}
    if found:
        Notification.update(more=Notification.more + 1, actor=event.actor_id, created_at=event.at).where(
            Notification.id.in_(list(found.values()))
        ).execute()
    return set(found)


def _mail_at_once(event: Event, fresh: list[Told]) -> None:
    if not fresh:
        return
    wishes = {
        row.person_id: row
        for row in Wishes.select().where(Wishes.person.in_([one.person_id for one in fresh]))
    }
    for one in fresh:
        wish = wishes.get(one.person_id) or Wishes(person=one.person_id)
        if wish.time_of(one.reason) == "once":
            payload = {"person": one.person_id, "event": event.id}
            jobs.enqueue(
                "notifications.mail", payload, run_after=clock.now(), key=f"tell:{event.id}:{one.person_id}"
            )


def _found(event: Event) -> None:
    """A search that the person keeps has a new hit."""
    item = _item(event)
    if item is not None:
        _write(event, item, [Told(event.person_id, "watch", f"search:{event.data['search']}")])


def _asked_of(event: Event) -> None:
    """Somebody asked the hub, and these people said that they may be found for what they know."""
    item = _item(event)
    if item is not None:
        _write(event, item, [Told(person, "mention", f"item:{item.id}") for person in event.data["people"]])


HANDLERS: dict[str, Callable[[Event], Any]] = {
    "item:published": _published,
    "item:edited": _edited,
    "item:reacted": _reacted,
    "item:not_published": _to_author,
    "topic:solved": _solved,
    "search:alert": _found,
    "search:asked": _asked_of,
    "access:asked": _asked,
    "access:declined": _placed,
    "membership:started": _placed,
    "membership:changed": _placed,
    "membership:ended": _placed,
}
"""What is told of, and how; besides, whatever carries a `notice` of the policy room to a person."""
