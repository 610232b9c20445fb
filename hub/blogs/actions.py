"""Changes to blogs and posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hub import access, clock, db, events
from hub.access import Viewer
from hub.blogs import queries
from hub.blogs.models import Blog, Post
from hub.blogs.queries import Target
from hub.content import actions, keeping
from hub.content.models import Attachment, Item
from hub.errors import Invalid, Refused
from hub.people.models import Person, Unit

events.declare("blog:created", ("blog", "kind", "title"), "{actor} began a blog")
events.declare("blog:changed", ("blog", "before", "after"), "{actor} changed the description of a blog")

STEPS = ("publish", "schedule", "draft")


@dataclass
class Writing:
    """A post as its editor was sent. `cover` is the id of an upload of the writer's, 0 for none."""

    title: str = ""
    body: str = ""
    tags: list[str] = field(default_factory=list)
    audience: str | None = None
    reason: str = ""
    note: str = ""
    files: list[int] = field(default_factory=list)
    unit: Unit | None = None
    cover: int = 0
    cover_alt: str = ""
    publish_at: datetime | None = None
    draft_key: str = ""
    once: str = ""
    quiet: bool = False


def blog_of(person: Person, target: Target) -> Blog:
    """The target's blog, made when this is its first post. Runs inside a write."""
    if target.blog is not None:
        return target.blog
    if target.key == "me":
        kind, owner, title = "personal", {"person": person}, f"{person.name}’s blog"
    elif target.unit is not None:
        kind, owner, title = "service", {"unit": target.unit}, target.unit.name
    else:
        kind, owner, title = "space", {"space": target.space}, target.space.name
    blog, new = Blog.get_or_create(
        **owner, defaults={"kind": kind, "title": title[:120], "created_at": clock.now()}
    )
    if new:
        events.record("blog:created", person, space=target.space, blog=blog.id, kind=kind, title=blog.title)
    return blog


def write(viewer: Viewer, target: Target, writing: Writing, step: str) -> Item:
    """A new post in the target's blog: published now, at its time, or kept as a draft (`step` is one of STEPS).

    Its writer follows it. Raises Invalid for its fields, Refused where the viewer may not post or speak for the service.
    """
    person = access.require_person(viewer)
    _check(step, writing)
    with db.write():
        item = actions.create(
            viewer,
            "post",
            target.space,
            title=writing.title,
            body=writing.body,
            audience=writing.audience,
            reason=writing.reason,
            state={"publish": "published", "schedule": "scheduled", "draft": "draft"}[step],
            publish_at=writing.publish_at if step == "schedule" else None,
            on_behalf_of=writing.unit,
            tags=writing.tags,
            files=[*writing.files, *([writing.cover] if writing.cover else [])],
            once=writing.once,
            quiet=writing.quiet,
        )
        Post.create(
            item=item.id,
            blog=blog_of(person, target),
            cover=_cover(item, writing.cover),
            cover_alt=writing.cover_alt.strip()[:200],
        )
        keeping.follow_if_new(person.id, f"item:{item.id}")
        keeping.drop_draft(viewer, writing.draft_key)
    return item


def change(viewer: Viewer, item: Item, version: int, writing: Writing, step: str = "") -> Item:
    """Changes a post: its words as a new version, its audience, whose name it carries, its cover.

    A draft may go out with it, now or at a time (`step`); without a step it stays what it is. All of it or nothing. Raises Conflict with the fresh item when
    somebody else was faster, Invalid, Refused, Missing.
    """
    access.require_edit(viewer, item)
    if item.state == "withdrawn":
        raise Refused("This post has been withdrawn. Put it back first, then change it.")
    drafted = item.state in ("draft", "scheduled")
    if drafted:
        step = step or ("schedule" if item.state == "scheduled" and writing.publish_at else "draft")
        _check(step, writing)
    with db.write():
        fresh = actions.edit(
            viewer,
            item,
            version=version,
            title=writing.title,
            body=writing.body,
            tags=writing.tags,
            note=writing.note,
            files=[*writing.files, *([writing.cover] if writing.cover else [])],
        )
        if writing.audience is not None and writing.audience != fresh.intended:
            actions.set_audience(viewer, fresh, writing.audience, writing.reason)
        _set_unit(viewer, fresh, writing.unit)
        cover = _cover(fresh, writing.cover)
        alt = writing.cover_alt.strip()[:200]
        Post.update(cover=cover, cover_alt=alt).where(Post.item == fresh.id).execute()
        if drafted:
            _send(viewer, fresh, writing, step)
        keeping.drop_draft(viewer, writing.draft_key)
    return fresh


def _send(viewer: Viewer, item: Item, writing: Writing, step: str) -> None:
    if step == "publish":
        actions.publish(viewer, item)
    elif step == "schedule":
        actions.reschedule(viewer, item, writing.publish_at)
    elif item.state == "scheduled":
        actions.reschedule(viewer, item, None)


def _set_unit(viewer: Viewer, item: Item, unit: Unit | None) -> None:
    if (unit.id if unit else None) == item.on_behalf_of_id:
        return
    if unit is not None and not access.may_speak_for(viewer, unit):
        raise Refused(f"You cannot publish on behalf of {unit.name}.")
    item.on_behalf_of = unit
    item.save(only=[Item.on_behalf_of])


def _check(step: str, writing: Writing) -> None:
    if step not in STEPS:
        raise Invalid("step", "Choose whether to publish this, to schedule it or to keep it as a draft.")
    if step == "draft" and not (writing.title.strip() or writing.body.strip()):
        raise Invalid("title", "There is nothing to keep yet. Write a title or some words.")
    if step != "draft" and not writing.body.strip():
        raise Invalid("body", "Write something first.")


def _cover(item: Item, attachment_id: int) -> int | None:
    """The upload, if it is a picture that belongs to the post now. Raises Invalid for another kind of file."""
    row = Attachment.get_or_none((Attachment.id == attachment_id) & (Attachment.item == item.id))
    if row is None:
        return None
    if not row.media_type.startswith("image/"):
        raise Invalid("cover", f"{row.name} is not a picture. Choose a PNG, JPEG, GIF or WebP file.")
    return row.id


def describe(viewer: Viewer, blog: Blog, title: str, about: str) -> None:
    """Changes what a blog is called and says of itself. Raises Refused, Invalid."""
    if not queries.may_keep(viewer, blog):
        raise Refused("Only the people who keep this blog can change its description.")
    title = actions.clean_title(title, needed=True)
    about = " ".join(about.split())
    if len(title) > 120:
        raise Invalid("title", f"Shorten the title to 120 characters; it has {len(title)}.")
    if len(about) > 500:
        raise Invalid("about", f"Shorten the description to 500 characters; it has {len(about)}.")
    with db.write():
        before, blog.title, blog.about = blog.title, title, about
        blog.save(only=[Blog.title, Blog.about])
        events.record(
            "blog:changed", viewer.person, space=blog.space_id, blog=blog.id, before=before, after=title
        )
