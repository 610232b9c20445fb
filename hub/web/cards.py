"""Items as the templates' `item_card` and `byline` want them: one dictionary a row, no query a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import url_for

from hub import access, clock
from hub.access import Viewer
from hub.content import actions, kinds, queries
from hub.content.models import Item
from hub.people.models import Person
from hub.spaces.models import Space
from hub.web.show import item_url
from hub.web.viewer import current

STATES = {
    "draft": ("Draft", "info"),
    "scheduled": ("Scheduled", "info"),
    "withdrawn": ("Withdrawn", "warn"),
}


def who(person: Person) -> dict[str, Any]:
    """A person as avatar and byline want them."""
    return {
        "id": person.id,
        "name": person.name,
        "handle": person.handle,
        "url": url_for("people.person", handle=person.handle),
        # Photos are for people who are signed in; a public page shows initials.
        "photo_url": person.photo_url if current().person is not None else "",
        "initials": person.initials,
        "partner": "" if person.organisation.is_home else person.organisation.short_name,
    }


def tag_links(labels: Iterable[str]) -> list[tuple[str, str]]:
    """Tags as (label, address)."""
    return [(label, url_for("content.tag", tag=actions.tag_slug(label))) for label in labels]


def unread(item: Item, marks: dict[str, Any]) -> bool:
    """Whether there is something for the viewer to read: never opened and not old, or something came since."""
    viewer = marks.get("viewer")
    if viewer is None:
        return False
    if item.id in marks["read"]:
        return item.id in marks["news"]
    return item.author_id != viewer.id and item.active_at > clock.now() - queries.NEW_FOR


def answered_last(item: Item) -> bool:
    """Whether an answer is what last happened to the item, and not its posting or a change of it."""
    own = max(item.published_at or item.created_at, item.edited_at or item.created_at)
    return item.answers > 0 and item.active_at > own + timedelta(seconds=5)


def card(item: Item, marks: dict[str, Any]) -> dict[str, Any]:
    """One item for `item_card`. `marks` comes from `content.queries.marks`."""
    kind = kinds.KINDS[item.kind]
    author = item.author
    note = (
        author.job_title
        if author.organisation.is_home
        else f"{author.job_title}, {author.organisation.short_name}"
    )
    if item.on_behalf_of_id:
        note = f"for {item.on_behalf_of.name}"
    state = STATES.get(item.state)
    if item.hidden_until:
        state = ("Hidden by a decision", "plum")
    return {
        "id": item.id,
        "url": item_url(item),
        "title": item.title or kind.label,
        "kind": item.kind,
        "kind_label": kind.label,
        "kind_icon": kind.icon,
        "at": item.published_at or item.created_at,
        "edited": item.edited_at if item.is_edited else None,
        "excerpt": item.excerpt,
        "tags": tag_links(item.tags),
        "author": who(author),
        "author_note": note.strip(", "),
        "space": None
        if item.space.is_hub
        else {"name": item.space.name, "url": url_for("spaces.space", space_slug=item.space.slug)},
        "comments": item.answers if kind.answers else None,
        "comments_word": kind.answer_word[0],
        "files": item.attachments,
        "unread": unread(item, marks),
        "active": item.active_at if answered_last(item) else None,
        "new_comments": 0,
        "saved": item.id in marks["saved"],
        "save_url": url_for("content.save", item_id=item.id)
        if marks.get("viewer") and item.is_published
        else "",
        "state": {"text": state[0], "kind": state[1]} if state else None,
        **{key: value for key, value in item.card.items() if key != "state" or state is None},
        "thumb": url_for(kind.thumb, number=0, v=item.card["thumb"], **{kind.arg: item.id})
        if kind.thumb and item.card.get("thumb")
        else "",
    }


def cards(viewer: Viewer, items: Iterable[Item], marks: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Items for `item_card`, with the viewer's marks: one query, whatever the number, unless the caller has them."""
    rows = list(items)
    if marks is None:
        marks = queries.marks(viewer, [item.id for item in rows])
    return [card(item, marks) for item in rows]


def audience(token: str, space: Space | None = None, heads: tuple[int, int] | None = None) -> dict[str, Any]:
    """Who can see a thing, as the `audience` component wants it; `space` and `heads`, where known, save queries."""
    reach = access.reach_of(token, space, heads)
    return {
        "words": reach.label,
        "count": None if token == access.PUBLIC or token.startswith("person:") else reach.people,
        "partners": reach.partners,
        "public": token == access.PUBLIC,
        "warning": reach.warning,
    }


def item_page(
    viewer: Viewer, item: Item, *, reach: dict[str, Any], ids: list[int], with_files: bool
) -> dict[str, Any]:
    """What a page of an item with answers shares: reactions and files of all of them (one query each), and what the viewer may do."""
    return {
        "item": item,
        "author": who(item.author),
        "reach": reach,
        "reactions": queries.reactions(viewer, ids),
        "files": queries.attachments(ids) if with_files else {},
        "may_edit": access.may_edit(viewer, item),
        "url": item_url(item),
        "who": who,
        "tags": tag_links(item.tags),
    }
