"""The only writer of items.

Every action checks permission, changes rows and records its event in one transaction.

What may be written is in `words`, before whom it stands in `standing`; features use both through this
module. They call these inside their own `db.write()` and add the rows of their side tables there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hub import access, clock, db, events, jobs, text
from hub.access import Viewer
from hub.content.models import Attachment, Item, ItemTag, Mention, Revision, SentForm, Tag
from hub.content.standing import is_open, lock, require_answerable, settle
from hub.content.words import (
    TAGS_MAX,
    TITLE_MAX,
    clean_body,
    clean_note,
    clean_tags,
    clean_title,
    mentioned,
    rendered_body,
    tag_slug,
)
from hub.errors import Already, Conflict, HubError, Invalid, Missing, Refused
from hub.people.models import Person, Unit
from hub.spaces.models import Space

__all__ = [
    "TAGS_MAX",
    "TITLE_MAX",
    "attach",
    "clean_tags",
    "clean_title",
    "confirm",
    "create",
    "detach",
    "edit",
    "hide",
    "move",
    "publish",
    "publish_scheduled",
    "rendered_body",
    "renew",
    "reschedule",
    "restore",
    "set_audience",
    "tag_slug",
    "unhide",
    "withdraw",
]

log = logging.getLogger(__name__)
FILE_LINK = re.compile(r"\(<?/files/(\d{1,9})/")

EDITED = (
    Item.title,
    Item.body,
    Item.html,
    Item.excerpt,
    Item.sanitiser,
    Item.tags,
    Item.version,
    Item.edited_at,
)

for _name, _sentence in {
    "item:created": "{actor} started a draft: {item}",
    "item:published": "{actor} published {item}",
    "item:edited": "{actor} changed {item}",
    "item:scheduled": "{actor} scheduled {item}",
    "item:not_published": "{item} could not be published at its time",
    "item:withdrawn": "{actor} withdrew {item}",
    "item:restored": "{actor} put back {item}",
    "item:audience_changed": "{actor} changed who can see {item}",
    "item:hidden": "{item} was hidden from its wider audience by a decision of {actor}",
    "item:unhidden": "{item} is visible to its audience again",
    "item:moved": "{actor} moved {item}",
    "item:confirmed": "{actor} confirmed that {item} is still right",
    "item:attached": "{actor} attached a file to {item}",
    "item:detached": "{actor} took a file off {item}",
}.items():
    events.declare(
        _name,
        (
            "kind",
            "version",
            "before",
            "after",
            "audience",
            "reason",
            "note",
            "root",
            "mentions",
            "name",
            "undo",
            "quiet",
        ),
        _sentence,
    )


def create(
    viewer: Viewer,
    kind: str,
    space: Space,
    *,
    title: str = "",
    body: str = "",
    audience: str | None = None,
    reason: str = "",
    state: str = "published",
    publish_at: datetime | None = None,
    parent: Item | None = None,
    on_behalf_of: Unit | None = None,
    tags: Iterable[str] = (),
    files: Iterable[int] = (),
    once: str = "",
    quiet: bool = False,
) -> Item:
    """Writes a new item and, when `state` is published, publishes it.

    Answers take audience and space from their root. `audience` None means the space's default. Raises Invalid for
    title, body, tags, audience or publish_at; Refused and Missing as `access.require_post` does; Already where `once`
    (the key of a form with its words) made an item before. `quiet`: nobody is told of it, as of the thousandth article of an import.
    """
    if state not in ("draft", "scheduled", "published"):
        raise ValueError(f"an item cannot begin as {state!r}")
    person = access.require_person(viewer)
    root = (parent.root or parent) if parent is not None else None
    if parent is not None and root is not None:
        require_answerable(viewer, root, parent)
        space, audience = root.space, root.intended
    else:
        access.require_post(viewer, space)
        audience = _checked_audience(space, person, audience, reason)
    if on_behalf_of is not None and not access.may_speak_for(viewer, on_behalf_of):
        raise Refused(f"You cannot publish on behalf of {on_behalf_of.name}.")
    title = clean_title(title, needed=root is None and state != "draft")
    body = clean_body(body)
    labels = clean_tags(tags)
    rendered = rendered_body(body)
    if root is not None and not body.strip():
        raise Invalid("body", "Write something first.")
    _check_time(state, publish_at)
    now = clock.now()
    with db.write():
        if once and (sent := SentForm.get_or_none(SentForm.key == once)) is not None:
            raise Already(sent.item)
        item = Item.create(
            kind=kind,
            space=space,
            author=person,
            on_behalf_of=on_behalf_of,
            parent=parent,
            root=root,
            title=title,
            body=body,
            html=rendered.html,
            excerpt=rendered.excerpt,
            sanitiser=text.SANITISER,
            state="draft" if state == "published" else state,
            audience=f"person:{person.id}",
            intended=audience,
            narrow_reason=_reason_for(space, audience, reason),
            created_at=now,
            active_at=now,
            publish_at=publish_at,
            tags=labels,
            last_by_id=person.id,
        )
        if once:
            SentForm.create(key=once, item=item)
        _keep_revision(item, person, "")
        _set_tags(item, labels)
        attach(viewer, item, files)
        if state == "published":
            publish(viewer, item, quiet=quiet)
        else:
            name = "item:scheduled" if state == "scheduled" else "item:created"
            events.record(name, person, item, kind=kind)
    return item


def publish(viewer: Viewer, item: Item, *, quiet: bool = False) -> None:
    """Puts a draft or scheduled item before its intended audience, if that is still allowed where it stands.

    Publishing twice is publishing once. Raises Refused, Missing or Invalid.
    """
    if item.author_id != viewer.id:
        raise Refused("Only its author can publish a draft.")
    with db.write():
        lock(item)
        if item.state == "withdrawn":
            raise Refused("This was withdrawn. Put it back instead.")
        if item.state != "published":
            _put_before_readers(viewer, item, quiet)


def _put_before_readers(viewer: Viewer, item: Item, quiet: bool = False) -> None:
    """Publishes the locked item as its author, whose rights of today count: they may have left the space
    since.
    """
    person = access.require_person(viewer)
    access.require_unpaused(viewer, item.space_id)
    if item.root_id is not None:
        require_answerable(viewer, item.root, item.parent or item.root)
    else:
        access.require_post(viewer, item.space)
        if not item.title.strip():
            raise Invalid("title", "Give it a title, so that people can find it.")
        if item.intended not in access.ladder(item.space, person):
            raise Invalid(
                "audience", f"{item.space.name} no longer allows that audience. Choose another one."
            )
    now = clock.now()
    item.state, item.active_at, item.publish_at = "published", now, None
    item.published_at = item.published_at or now
    settle(item, Item.state, Item.active_at, Item.publish_at, Item.published_at)
    if item.root_id is not None:
        Item.update(active_at=now, last_by_id=person.id).where(Item.id == item.root_id).execute()
    # Rendering costs milliseconds: only a text that might name somebody is read again for names.
    named = _mention(item, text.render(item.body).mentions if text.handles_in(item.body) else [])
    more = {"quiet": True} if quiet else {}
    events.record("item:published", person, item, kind=item.kind, root=item.root_id, mentions=named, **more)


@jobs.job("content.forget_forms", every=timedelta(days=1))
def forget_forms(_job: Any = None) -> None:
    """Forgets which forms made which items: nobody sends one again after two days."""
    SentForm.delete().where(SentForm.at < clock.now() - timedelta(days=2)).execute()


@jobs.job("content.publish_scheduled", every=timedelta(minutes=1))
def publish_scheduled(_job: Any = None) -> None:
    """Publishes what is due, in the name of its author."""
    due = Item.select(Item.id).where(Item.state == "scheduled", Item.publish_at <= clock.now()).tuples()
    for (item_id,) in list(due):
        try:
            _publish_due(item_id)
        except Exception:
            log.exception("item %s could not be published at its time; the others are", item_id)


def _publish_due(item_id: int) -> None:
    with db.write():
        item = Item.get_by_id(item_id)
        lock(item)
        if item.state != "scheduled" or item.publish_at is None or item.publish_at > clock.now():
            return
        try:
            _put_before_readers(access.viewer_for(item.author), item)
        except HubError as refusal:
            item.state, item.publish_at = "draft", None
            item.save(only=[Item.state, Item.publish_at])
            reason = refusal.message or "Its author may no longer post there."
            events.record(
                "item:not_published", None, item, person=item.author_id, kind=item.kind, reason=reason
            )


def edit(
    viewer: Viewer,
    item: Item,
    *,
    version: int,
    title: str | None = None,
    body: str | None = None,
    tags: Iterable[str] | None = None,
    note: str = "",
    files: Iterable[int] = (),
) -> Item:
    """Changes an item's words and keeps the old ones as a revision.

    `version` is the one the writer began from. Raises Conflict with the fresh item when somebody else was faster
    (nothing is overwritten, nothing typed is lost), Invalid, Refused, Missing.
    """
    access.require_edit(viewer, item)
    person = access.require_person(viewer)
    rendered = rendered_body(body) if body is not None else None
    with db.write():
        lock(item)
        fresh = Item.get_by_id(item.id)
        access.require_edit(viewer, fresh)
        if fresh.version != version:
            raise Conflict(
                "Somebody else changed this while you were writing. Nothing of yours is lost.", fresh
            )
        if title is not None:
            fresh.title = clean_title(title, needed=fresh.root_id is None and fresh.state != "draft")
        if body is not None and rendered is not None:
            if fresh.root_id is not None and not body.strip():
                raise Invalid("body", "Write something first, or withdraw it instead.")
            fresh.body, fresh.html, fresh.excerpt = clean_body(body), rendered.html, rendered.excerpt
            fresh.sanitiser = text.SANITISER
        if tags is not None:
            fresh.tags = clean_tags(tags)
            _set_tags(fresh, fresh.tags)
        attach(viewer, fresh, files)
        fresh.version += 1
        fresh.edited_at = clock.now()
        fresh.save(only=EDITED)
        _keep_revision(fresh, person, note)
        named = _mention(fresh, rendered.mentions) if rendered is not None and is_open(fresh) else []
        events.record(
            "item:edited",
            person,
            fresh,
            kind=fresh.kind,
            version=fresh.version,
            note=clean_note(note),
            mentions=named,
        )
    return fresh


def reschedule(viewer: Viewer, item: Item, publish_at: datetime | None) -> None:
    """Sets when a draft is published by itself; None makes it a plain draft again."""
    _check_time("scheduled" if publish_at else "draft", publish_at)
    with db.write():
        lock(item)
        if item.author_id != viewer.id or item.state not in ("draft", "scheduled"):
            raise Refused("Only a draft can be scheduled, and only by its author.")
        if publish_at and item.root_id is None and not item.title.strip():
            raise Invalid("title", "Give it a title, so that people can find it.")
        item.state = "scheduled" if publish_at else "draft"
        item.publish_at = publish_at
        item.save(only=[Item.state, Item.publish_at])
        events.record("item:scheduled" if publish_at else "item:edited", viewer.person, item, kind=item.kind)


def set_audience(viewer: Viewer, item: Item, audience: str, reason: str = "") -> None:
    """Changes who may read an item; its answers follow in the same transaction.

    Narrowing below the space's default wants a reason. Raises Invalid, Refused or Missing.
    """
    if item.root_id is not None:
        access.require_edit(viewer, item)
        raise Invalid("audience", "An answer is seen by everybody who sees what it answers.")
    with db.write():
        lock(item)
        access.require_edit(viewer, item)
        if audience == item.intended and clean_note(reason) in ("", item.narrow_reason):
            return
        before = item.intended
        item.intended = _checked_audience(item.space, item.author, audience, reason)
        item.narrow_reason = _reason_for(item.space, audience, reason)
        item.version += 1
        settle(item, Item.narrow_reason, Item.version)
        events.record(
            "item:audience_changed",
            viewer.person,
            item,
            kind=item.kind,
            before=before,
            after=audience,
            reason=item.narrow_reason,
        )


def withdraw(viewer: Viewer, item: Item, reason: str = "") -> None:
    """Takes an item away from its readers at once, with its answers; its author keeps it and may put it back."""
    with db.write():
        lock(item)
        access.require_edit(viewer, item)
        if item.state == "withdrawn":
            return
        item.state, item.publish_at = "withdrawn", None
        item.version += 1
        settle(item, Item.state, Item.publish_at, Item.version)
        reason = clean_note(reason)
        events.record("item:withdrawn", viewer.person, item, kind=item.kind, root=item.root_id, reason=reason)


def restore(viewer: Viewer, item: Item) -> None:
    """Puts a withdrawn item back before its audience; what was a draft is a draft again.

    Only its author can, and only where they may still see the space. A hidden one stays hidden until its decision ends.
    """
    if item.author_id != viewer.id:
        raise Refused("Only its author can put this back.")
    with db.write():
        lock(item)
        if item.state != "withdrawn":
            return
        if item.published_at is not None and not access.may_enter(viewer, item.space):
            raise Refused("You are no longer in the space where this stood, so you cannot put it back.")
        item.state = "published" if item.published_at else "draft"
        item.version += 1
        settle(item, Item.state, Item.version)
        events.record("item:restored", viewer.person, item, kind=item.kind, root=item.root_id)


def hide(actor: Person, item: Item, until: datetime, reason: str) -> None:
    """Carries out a named person's decision to hide one item, with its answers, from its wider audience until a date.

    The policy room decides and checks who may; nothing automatic may call this.
    """
    with db.write():
        lock(item)
        item.hidden_until = until
        settle(item, Item.hidden_until)
        events.record("item:hidden", actor, item, kind=item.kind, reason=reason, root=item.root_id)


def unhide(actor: Person | None, item: Item, reason: str) -> None:
    """Ends a hiding: the item and its answers are before their audience again, unless they were withdrawn
    meanwhile.
    """
    with db.write():
        lock(item)
        if item.hidden_until is None:
            return
        item.hidden_until = None
        settle(item, Item.hidden_until)
        events.record("item:unhidden", actor, item, kind=item.kind, reason=reason, root=item.root_id)


def move(viewer: Viewer, item: Item, space: Space) -> None:
    """Moves an item with its answers to another space. An audience that the new space does not know is not widened:
    what members read is read by the new space's members, what editors read by its editors.
    """
    if item.root_id is not None:
        raise Refused("An answer moves with what it answers.")
    access.require_post(viewer, space)
    with db.write():
        lock(item)
        access.require_edit(viewer, item)
        before, audience = item.space_id, item.intended
        item.space = space
        if item.intended not in access.ladder(space, item.author):
            item.intended = f"{space.token}:editors" if item.intended.endswith(":editors") else space.token
        item.version += 1
        settle(item, Item.space, Item.version)
        # Who could read it until now: what it said before it came here stays with them (content.versions).
        more = {"before": before, "after": space.id, "audience": audience}
        events.record("item:moved", viewer.person, item, kind=item.kind, **more)


def renew(viewer: Viewer, item: Item) -> None:
    """Brings an item up in lists as changed now, because what it carries beside its words has changed (a file, say).

    Records nothing: the feature that changed it says what happened. Raises Missing or Refused.
    """
    person = access.require_person(viewer)
    with db.write():
        lock(item)
        access.require_edit(viewer, item)
        item.edited_at = item.active_at = clock.now()
        item.last_by_id = person.id
        item.save(only=[Item.edited_at, Item.active_at, Item.last_by_id])


def confirm(viewer: Viewer, item: Item) -> None:
    """Says that an item is still right today: a signal of trust for readers and search."""
    access.require_edit(viewer, item)
    with db.write():
        item.confirmed_at = clock.now()
        item.save(only=[Item.confirmed_at])
        events.record("item:confirmed", viewer.person, item, kind=item.kind)


def set_card(item_id: int, **values: Any) -> None:
    """Sets words that listings show on the item's card (None takes one away); called by features inside their write.

    Known keys: `state` ({"text", "kind"}), `kind_icon`, `kind_label`, `note`.
    """
    card = {**Item.get_by_id(item_id).card, **values}
    Item.update(card={key: value for key, value in card.items() if value is not None}).where(
        Item.id == item_id
    ).execute()


def attach(viewer: Viewer, item: Item, files: Iterable[int] = ()) -> None:
    """Gives the item its author's uploads: those listed and those its text links to."""
    ids = {int(i) for i in FILE_LINK.findall(item.body)} | {i for i in files if 0 < i < 2**31}
    if not ids:
        return
    rows = (
        Attachment.update(item=item.id)
        .where(Attachment.id.in_(ids), Attachment.item.is_null(), Attachment.person == viewer.id)
        .execute()
    )
    if rows:
        item.attachments = Attachment.select().where(Attachment.item == item.id).count()
        Item.update(attachments=item.attachments).where(Item.id == item.id).execute()
        events.record("item:attached", viewer.person, item, kind=item.kind)


def detach(viewer: Viewer, attachment: Attachment) -> Item:
    """Takes a file off its item: its readers no longer get it; whoever uploaded it keeps it until it is swept.

    Raises Refused (also while the text shows the file), Missing.
    """
    with db.write():
        item = Item.get_or_none(Item.id == attachment.item_id)
        if item is None:
            raise Missing()
        access.require_edit(viewer, item)
        lock(item)
        if attachment.id in {int(i) for i in FILE_LINK.findall(item.body)}:
            raise Refused(f"The text links to {attachment.name}. Take the link out of the text first.")
        gone = Attachment.update(item=None, created_at=clock.now()).where(
            Attachment.id == attachment.id, Attachment.item == item.id
        )
        if gone.execute():
            left = Attachment.select().where(Attachment.item == item.id).count()
            Item.update(attachments=left).where(Item.id == item.id).execute()
            events.record("item:detached", viewer.person, item, kind=item.kind)
    return item


def _checked_audience(space: Space, author: Person, audience: str | None, reason: str) -> str:
    steps = access.ladder(space, author)
    if audience is None:
        return space.default_audience if space.default_audience in steps else steps[0]
    if audience not in steps:
        raise Invalid("audience", f"{space.name} does not allow that audience. Choose one of the list.")
    if access.width(audience) > access.width(space.default_audience) and not reason.strip():
        raise Invalid("reason", "Say why fewer people than usual should see this. What is closed says why.")
    return audience


def _check_time(state: str, publish_at: datetime | None) -> None:
    if state == "scheduled" and (publish_at is None or publish_at <= clock.now()):
        raise Invalid("publish_at", "Choose a time that is still to come.")


def _keep_revision(item: Item, editor: Person, note: str) -> None:
    Revision.create(
        item=item.id,
        number=item.version,
        title=item.title,
        body=item.body,
        tags=item.tags,
        editor=editor,
        note=clean_note(note),
        created_at=clock.now(),
    )


def _set_tags(item: Item, labels: list[str]) -> None:
    ItemTag.delete().where(ItemTag.item == item.id).execute()
    for label in labels:
        slug = tag_slug(label)
        Tag.insert(slug=slug, label=label).on_conflict_ignore().execute()
        ItemTag.create(item=item.id, tag=Tag.get(Tag.slug == slug))


def _mention(item: Item, handles: Iterable[str]) -> list[int]:
    """Remembers who is named in the item; the ids of those who were not before, so that each is told once."""
    named = []
    for person in mentioned(handles):
        there = (
            Mention.select(Mention.id).where(Mention.item == item.id, Mention.person == person.id).exists()
        )
        if not there:
            Mention.insert(item=item.id, person=person.id).on_conflict_ignore().execute()
            named.append(person.id)
    return named


def _reason_for(space: Space, audience: str, reason: str) -> str:
    """The reason that readers are told, kept only where fewer people than usual can read."""
    narrower = access.width(audience) > access.width(space.default_audience)
    return clean_note(reason) if narrower else ""
