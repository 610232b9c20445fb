"""What people keep about items: reactions, bookmarks, follows, read marks, drafts, uploads."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import peewee

from hub import access, clock, db, events, files, jobs
from hub.access import Viewer
from hub.content import pictures
from hub.content.models import (
    REACTIONS,
    Attachment,
    Bookmark,
    Draft,
    Follow,
    Item,
    Reaction,
    ReadMark,
)
from hub.content.words import clean_body
from hub.errors import Invalid, Missing, Refused
from hub.spaces.models import Space

LEVELS = ("watch", "mute")
TAKEN_AGAIN = timedelta(minutes=10)
UNPOSTED_FOR = timedelta(days=30)
SUBJECT = re.compile(r"(?P<what>item|space|category|blog|person):(?P<id>\d{1,9})|tag:[^\s/]{1,60}")

events.declare("item:reacted", ("kind", "reaction", "root"), "{actor} reacted to {item}")
events.declare("file:uploaded", ("name", "size"), "{actor} uploaded a file")


def react(viewer: Viewer, item: Item, kind: str) -> bool:
    """Adds the viewer's reaction, or takes it back when it is there; True when it stands now.

    Raises Invalid for an unknown kind, Refused where the item does not stand before the viewer.
    """
    person = access.require_person(viewer)
    access.require_open(viewer, item)
    if not item.is_published or not access.may_read(viewer, item):
        raise Refused("This does not stand before its readers at the moment.")
    if kind not in REACTIONS:
        raise Invalid("kind", "There is no such reaction.")
    with db.write():
        gone = (
            Reaction.delete()
            .where(Reaction.item == item.id, Reaction.person == person.id, Reaction.kind == kind)
            .execute()
        )
        if not gone:
            Reaction.insert(
                item=item.id, person=person.id, kind=kind, at=clock.now()
            ).on_conflict_ignore().execute()
            events.record("item:reacted", person, item, kind=item.kind, reaction=kind, root=item.root_id)
        Item.update(
            reactions=Reaction.select(peewee.fn.COUNT(Reaction.id)).where(Reaction.item == item.id)
        ).where(Item.id == item.id).execute()
    return not gone


def bookmark(viewer: Viewer, item: Item) -> bool:
    """Saves the item for the viewer, or forgets it; True when it is saved now."""
    person = access.require_person(viewer)
    access.require_open(viewer, item)
    with db.write():
        gone = Bookmark.delete().where(Bookmark.item == item.id, Bookmark.person == person.id).execute()
        if not gone:
            Bookmark.insert(item=item.id, person=person.id, at=clock.now()).on_conflict_ignore().execute()
    return not gone


def require_followable(viewer: Viewer, subject: str) -> None:
    """Raises Missing unless the subject can be followed and, if an item or a space, may be known to the
    viewer.
    """
    found = SUBJECT.fullmatch(subject)
    if found is None:
        raise Missing()
    if found["what"] == "item":
        access.require_open(viewer, Item.get_or_none(Item.id == int(found["id"])))
    elif found["what"] == "space":
        space = Space.get_or_none(Space.id == int(found["id"]))
        if space is None or not access.may_know(viewer, space):
            raise Missing()


def follow(person_id: int, subject: str, level: str) -> None:
    """Sets how closely a person follows the subject: "watch", "mute", or "" for only what names them.

    Inside or outside a write. The caller has checked the subject. Raises Invalid for an unknown level.
    """
    if level not in (*LEVELS, ""):
        raise Invalid("level", "There is no such level.")
    with db.write():
        if not level:
            Follow.delete().where(Follow.person == person_id, Follow.subject == subject).execute()
            return
        now = clock.now()
        Follow.insert(person=person_id, subject=subject, level=level, at=now).on_conflict(
            conflict_target=[Follow.person, Follow.subject], update={Follow.level: level, Follow.at: now}
        ).execute()


def follow_if_new(person_id: int, subject: str) -> None:
    """Follows what one has just written or answered, unless the person has chosen otherwise before."""
    Follow.insert(
        person=person_id, subject=subject, level="watch", at=clock.now()
    ).on_conflict_ignore().execute()


def mark_read(viewer: Viewer, item: Item, last_id: int = 0) -> None:
    """Remembers how far the viewer has read. Never goes back, and writes nothing where nothing is new."""
    if viewer.person is None:
        return
    mine = (ReadMark.item == item.id) & (ReadMark.person == viewer.id)
    row = ReadMark.get_or_none(mine)
    if row is not None and last_id <= row.last_id and item.version <= row.version:
        return
    with db.write():
        fresh = ReadMark.get_or_none(mine)
        last_id = max(last_id, fresh.last_id) if fresh else last_id
        version = max(item.version, fresh.version) if fresh else item.version
        ReadMark.insert(
            item=item.id, person=viewer.id, last_id=last_id, version=version, at=clock.now()
        ).on_conflict(
            conflict_target=[ReadMark.person, ReadMark.item],
            update={ReadMark.last_id: last_id, ReadMark.version: version, ReadMark.at: clock.now()},
        ).execute()


def mark_taken(viewer: Viewer, item: Item) -> None:
    """Remembers that the viewer has taken the item's file now, which counts as reading it. Once in ten minutes for an
    item: a player asks for one file in many pieces.
    """
    if viewer.person is None:
        return
    now = clock.now()
    row = ReadMark.get_or_none((ReadMark.item == item.id) & (ReadMark.person == viewer.id))
    if row is not None and row.at > now - TAKEN_AGAIN:
        return
    with db.write():
        ReadMark.insert(item=item.id, person=viewer.id, version=item.version, at=now).on_conflict(
            conflict_target=[ReadMark.person, ReadMark.item], update={ReadMark.at: now}
        ).execute()


def save_draft(
    viewer: Viewer, key: str, *, title: str = "", body: str = "", fields: dict[str, Any] | None = None
) -> Draft | None:
    """Keeps what the viewer is typing under the composer's key, and forgets one without words and uploads (`attached`).

    The row that stands.
    """
    person = access.require_person(viewer)
    key = key[:80]
    title, body = title[:200].replace("\x00", ""), clean_body(body)[:120_000]
    with db.write():
        if not (title.strip() or body.strip() or (fields or {}).get("attached")):
            Draft.delete().where(Draft.person == person.id, Draft.key == key).execute()
            return None
        Draft.insert(
            person=person.id,
            key=key,
            title=title,
            body=body,
            fields=fields or {},
            saved_at=clock.now(),
        ).on_conflict(
            conflict_target=[Draft.person, Draft.key],
            update={
                Draft.title: title,
                Draft.body: body,
                Draft.fields: fields or {},
                Draft.saved_at: clock.now(),
            },
        ).execute()
    return Draft.get((Draft.person == person.id) & (Draft.key == key))


def drop_draft(viewer: Viewer, key: str) -> None:
    """Forgets a draft once its text has been posted."""
    if viewer.person is not None and key:
        Draft.delete().where(Draft.person == viewer.id, Draft.key == key[:80]).execute()


def upload(viewer: Viewer, stored: files.Stored, name: str) -> Attachment:
    """Records a stored file as the viewer's upload; `actions.attach` gives it to an item when that is posted."""
    person = access.require_person(viewer)
    name = files.clean_name(name)
    with db.write():
        row = Attachment.create(
            person=person,
            sha256=stored.sha256,
            name=name,
            media_type=files.media_type_for(name),
            size=stored.size,
            created_at=clock.now(),
        )
        if row.media_type in pictures.TYPES:
            jobs.enqueue("content.picture", {"attachment": row.id}, key=f"picture:{row.id}")
        events.record("file:uploaded", person, name=name, size=stored.size)
    return row


def uploads(viewer: Viewer, ids: list[int]) -> list[Attachment]:
    """Those of the viewer's uploads that belong to no item yet, in the order of the ids."""
    wanted = [i for i in ids if 0 < i < 2**31]
    if not wanted or viewer.person is None:
        return []
    mine = (Attachment.person == viewer.id) & Attachment.item.is_null() & Attachment.id.in_(wanted)
    return sorted(Attachment.select().where(mine), key=lambda row: wanted.index(row.id))


@jobs.job("content.forget_uploads", every=timedelta(days=1))
def forget_uploads(_job: Any = None) -> None:
    """Forgets uploads that nobody posted within thirty days and no draft holds; the store's sweep takes their bytes."""
    waiting = Attachment.select(Attachment.id).where(
        Attachment.item.is_null(), Attachment.created_at < clock.now() - UNPOSTED_FOR
    )
    unposted = {row.id for row in waiting}
    if not unposted:
        return
    uploaders = Attachment.select(Attachment.person).where(Attachment.id.in_(waiting))
    for draft in Draft.select(Draft.fields).where(Draft.person.in_(uploaders)):
        unposted.difference_update((draft.fields or {}).get("attached", ()))
    with db.write():
        for some in peewee.chunked(sorted(unposted), 500):
            Attachment.delete().where(Attachment.id.in_(some), Attachment.item.is_null()).execute()


def let_go(viewer: Viewer, upload_id: int) -> None:
    """Forgets an upload of the viewer's that has become something else than an attachment; its bytes stay with that."""
    with db.write():
        mine = (Attachment.person == viewer.id) & Attachment.item.is_null()
        Attachment.delete().where(Attachment.id == upload_id, mine).execute()


def forget_draft(viewer: Viewer, key: str) -> None:
    """`drop_draft` in a write of its own, for views whose action knows nothing of drafts."""
    with db.write():
        drop_draft(viewer, key)
