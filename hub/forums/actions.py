"""Changes to forums. Posting itself is content's; here is what a topic has beside its item."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hub import access, clock, db, events
from hub.access import Viewer
from hub.content import actions, keeping
from hub.content.models import Item
from hub.errors import Invalid, Refused
from hub.forums.models import Category, Topic
from hub.spaces.models import Space

for _name, _sentence in {
    "topic:solved": "{actor} marked an answer as the solution of {item}",
    "topic:unsolved": "{actor} took back the solution of {item}",
    "topic:locked": "{actor} locked {item}",
    "topic:unlocked": "{actor} opened {item} for replies again",
    "topic:pinned": "{actor} pinned {item}",
    "topic:unpinned": "{actor} unpinned {item}",
    "topic:recategorised": "{actor} moved {item} to another category",
    "category:created": "{actor} added a category in {space}",
    "category:changed": "{actor} changed a category of {space}",
    "category:archived": "{actor} archived a category of {space}",
}.items():
    events.declare(_name, ("answer", "reason", "until", "category", "before", "name"), _sentence)


def ask(
    viewer: Viewer,
    category: Category,
    *,
    title: str,
    body: str,
    tags: Iterable[str] = (),
    audience: str | None = None,
    reason: str = "",
    files: Iterable[int] = (),
    draft_key: str = "",
    once: str = "",
) -> Item:
    """Starts a topic. Its author follows it. Raises what `content.actions.create` raises."""
    if category.archived_at is not None:
        raise Refused(f"{category.name} has been archived. Choose another category.")
    if not body.strip():
        raise Invalid("body", "Say what you want to know or to discuss.")
    with db.write():
        item = actions.create(
            viewer,
            "topic",
            category.space,
            title=title,
            body=body,
            tags=tags,
            audience=audience,
            reason=reason,
            files=files,
            state="draft",
            once=once,
        )
        Topic.create(item=item, category=category)
        actions.publish(viewer, item)
        keeping.follow_if_new(item.author_id, f"item:{item.id}")
        keeping.mark_read(viewer, item)
        keeping.drop_draft(viewer, draft_key)
    return item


def reply(
    viewer: Viewer,
    topic: Item,
    *,
    body: str,
    parent: Item | None = None,
    files: Iterable[int] = (),
    draft_key: str = "",
    once: str = "",
) -> Item:
    """Answers a topic. Who answers follows it. Raises Refused when it is locked, and what `content.actions.create` raises."""
    require_unlocked(viewer, topic)
    with db.write():
        item = actions.create(
            viewer, "reply", topic.space, body=body, parent=parent or topic, files=files, once=once
        )
        keeping.follow_if_new(item.author_id, f"item:{topic.id}")
        keeping.mark_read(viewer, Item.get_by_id(topic.id), item.id)
        keeping.drop_draft(viewer, draft_key)
    return item


def require_unlocked(viewer: Viewer, topic: Item) -> None:
    """Raises Refused, with the reason, when the topic takes no replies."""
    row = Topic.get_by_id(topic.id)
    if row.locked_at is not None:
        raise Refused(
            f"This topic is locked: {row.lock_reason or 'no reason was given'}. It can be read, but not answered."
        )


def solve(viewer: Viewer, topic: Item, answer: Item | None) -> None:
    """Marks an answer as the solution, or takes that back with None. The asker and the space's editors may."""
    access.require_open(viewer, topic)
    if viewer.id != topic.author_id and not access.is_editor(viewer, topic.space_id):
        raise Refused("Only the person who asked, or an editor, can say what solved it.")
    if answer is not None and answer.root_id != topic.id:
        raise Invalid("answer", "That is not an answer to this topic.")
    with db.write():
        Topic.update(solved_id=answer.id if answer else None).where(Topic.item == topic.id).execute()
        _show_state(topic)
        events.record(
            "topic:solved" if answer else "topic:unsolved",
            viewer.person,
            topic,
            person=answer.author_id if answer else None,
            answer=answer.id if answer else None,
        )


def lock(viewer: Viewer, topic: Item, reason: str) -> None:
    """Closes a topic for replies, with a reason that everybody sees; an empty reason is refused."""
    _require_editor(viewer, topic)
    if len(reason.strip()) < 5:
        raise Invalid("reason", "Say why, in a few words: everybody who reads the topic sees it.")
    with db.write():
        Topic.update(locked_at=clock.now(), lock_reason=reason.strip()[:300]).where(
            Topic.item == topic.id
        ).execute()
        _show_state(topic)
        events.record("topic:locked", viewer.person, topic, reason=reason.strip()[:300])


def unlock(viewer: Viewer, topic: Item) -> None:
    """Opens a locked topic again."""
    _require_editor(viewer, topic)
    with db.write():
        Topic.update(locked_at=None, lock_reason="").where(Topic.item == topic.id).execute()
        _show_state(topic)
        events.record("topic:unlocked", viewer.person, topic)


def pin(viewer: Viewer, topic: Item, until: datetime | None) -> None:
    """Keeps a topic on top of its category until a time; None unpins it."""
    _require_editor(viewer, topic)
    if until is not None and until <= clock.now():
        raise Invalid("until", "Choose a day that is still to come.")
    with db.write():
        Topic.update(pinned_until=until).where(Topic.item == topic.id).execute()
        events.record(
            "topic:pinned" if until else "topic:unpinned",
            viewer.person,
            topic,
            until=until.isoformat() if until else None,
        )


def move(viewer: Viewer, topic: Item, category: Category) -> None:
    """Moves a topic with its replies to another category, also of another space. Editors of the space it is in."""
    _require_editor(viewer, topic)
    with db.write():
        before = Topic.get_by_id(topic.id).category_id
        if category.space_id != topic.space_id:
            actions.move(viewer, topic, category.space)
        Topic.update(category=category.id).where(Topic.item == topic.id).execute()
        events.record("topic:recategorised", viewer.person, topic, before=before, category=category.id)


def _show_state(topic: Item) -> None:
    row = Topic.get_by_id(topic.id)
    state = (
        {"text": "Solved", "kind": "ok"}
        if row.solved_id
        else {"text": "Locked", "kind": "warn"}
        if row.locked_at
        else None
    )
    actions.set_card(topic.id, state=state)


def _require_editor(viewer: Viewer, topic: Item) -> None:
    access.require_open(viewer, topic)
    if not access.is_editor(viewer, topic.space_id):
        raise Refused("Only the editors of its space can do this.")


def add_category(viewer: Viewer, space: Space, *, name: str, about: str = "") -> Category:
    """A new category at the end of the list. Editors. Raises Invalid for a name that is empty or taken."""
    access.require_manage(viewer, space)
    name, slug = _checked(space, name)
    with db.write():
        row = Category.create(
            space=space,
            name=name,
            slug=slug,
            about=about.strip()[:300],
            position=Category.select().where(Category.space == space.id).count(),
        )
        events.record("category:created", viewer.person, space=space, category=row.id, name=name)
    return row


def change_category(viewer: Viewer, category: Category, *, name: str, about: str, position: int) -> None:
    """Renames, explains and orders a category. Editors."""
    access.require_manage(viewer, category.space)
    name, slug = _checked(category.space, name, category.id)
    with db.write():
        category.name, category.slug, category.about, category.position = (
            name,
            slug,
            about.strip()[:300],
            max(0, min(position, 999)),
        )
        category.save()
        events.record(
            "category:changed", viewer.person, space=category.space, category=category.id, name=name
        )


def archive_category(viewer: Viewer, category: Category, *, reopen: bool = False) -> None:
    """Takes a category out of the lists; its topics stay readable. Editors."""
    access.require_manage(viewer, category.space)
    with db.write():
        category.archived_at = None if reopen else clock.now()
        category.save(only=[Category.archived_at])
        events.record(
            "category:archived", viewer.person, space=category.space, category=category.id, name=category.name
        )


def _checked(space: Space, name: str, own: int = 0) -> tuple[str, str]:
    name = " ".join(unicodedata.normalize("NFC", name).split())[:80]
    slug = actions.tag_slug(name)
    if not slug:
        raise Invalid("name", "Give the category a name.")
    taken: Any = (Category.space == space.id) & (Category.slug == slug) & (Category.id != own)
    if Category.select(Category.id).where(taken).exists():
        raise Invalid("name", f"There is a category called {name} already.")
    return name, slug
