"""Makes the engine's documents from items, people and spaces as they are now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from hub.content import kinds
from hub.content import queries as content
from hub.content.models import Attachment, Item
from hub.people import queries as people
from hub.people.models import Person
from hub.search.engine import Document
from hub.spaces import queries as spaces
from hub.spaces.models import Space

BATCH = 200
MOST_FILE_TEXT = 1_000_000  # characters of one item's attachments and pages together: some 400 pages
HEADING = re.compile(r"<h[1-6][^>]*>(.*?)</h[1-6]>", re.DOTALL)
BLOCK = re.compile(r"</(?:p|li|h[1-6]|tr|pre|blockquote|td|th|div)>|<br ?/?>")
TAG = re.compile(r"<[^>]*>")


def documents_of_items(items: Iterable[Item]) -> Iterator[Document]:
    """Documents of published items (rows of `content.queries.select` with their bodies)."""
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield from _documents(batch)
            batch = []
    if batch:
        yield from _documents(batch)


def _documents(items: list[Item]) -> Iterator[Document]:
    files: dict[int, list[tuple[str, str]]] = {}
    ids = [item.id for item in items if item.attachments]
    if ids:
        for row in Attachment.select(Attachment.item, Attachment.name, Attachment.text).where(
            Attachment.item.in_(ids)
        ):
            files.setdefault(row.item_id, []).append((row.name, f"{row.name} {row.text}"))
    for item in items:
        yield Document(
            key=f"item:{item.id}",
            kind=item.kind,
            audience=item.audience,
            title=item.title,
            body=words_of(item.html),
            headings=[words_of(heading) for heading in HEADING.findall(item.html)],
            tags=item.tags,
            attachments=list(
                _within(MOST_FILE_TEXT, [*kinds.KINDS[item.kind].text(item), *files.get(item.id, [])])
            ),
            space=item.space.name,
            space_id=item.space_id,
            author=item.author.name,
            author_id=item.author_id,
            created=item.published_at or item.created_at,
            active=item.active_at,
            solved=(item.card.get("state") or {}).get("text") == "Solved",
            confirmed_at=item.confirmed_at,
        )


def _within(most: int, files: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Places with their texts, as far as so many characters go: one huge file must not fill the index."""
    for place, text in files:
        if most <= 0:
            return
        yield place, text[:most]
        most -= len(text)


def words_of(html: str) -> str:
    """The words of stored HTML (ours: rendered and bleached), a line a block; much faster than rendering
    Markdown again.
    """
    return unescape(TAG.sub("", BLOCK.sub("\n", html))).strip()


def document_of_person(person: Person) -> Document:
    """A person as something to find: by name, job, skills, what to ask them about."""
    words = [
        person.job_title,
        person.organisation.name,
        person.about,
        *person.skills,
        *person.ask_me_about,
        *person.languages,
    ]
    return Document(
        key=f"person:{person.id}",
        kind="person",
        audience="everyone",
        title=person.name,
        body=" · ".join(w for w in words if w),
        created=person.created_at,
        active=person.confirmed_at or person.created_at,
    )


def document_of_space(space: Space) -> Document:
    """A space, found by those whom its list is open to."""
    return Document(
        key=f"space:{space.id}",
        kind="space",
        audience=space.listed_to,
        title=space.name,
        body=f"{space.about}\n{words_of(space.welcome_html)}",
        space=space.name,
        space_id=space.id,
        created=space.created_at,
        active=space.created_at,
    )


def everything() -> Iterator[Document]:
    """All that the index should hold."""
    query = content.select(Item).where(Item.state == "published").order_by(Item.id)
    last = 0
    while True:
        rows = list(query.where(Item.id > last).limit(BATCH))
        if not rows:
            break
        yield from _documents(rows)
        last = rows[-1].id
    for person in people.all_active():
        yield document_of_person(person)
    for space in spaces.all_for_index():
        yield document_of_space(space)


def count() -> int:
    """How many documents `everything` gives, for progress bars."""
    return (
        Item.select().where(Item.state == "published").count()
        + Person.select().where(Person.status == "active").count()
        + Space.select().where(Space.archived_at.is_null()).count()
    )


def current(keys: Iterable[str]) -> tuple[list[Document], list[str]]:
    """Documents of those keys that should be in the index now, and the keys that should not."""
    wanted: dict[str, list[int]] = {"item": [], "person": [], "space": []}
    for key in keys:
        kind, _, number = key.partition(":")
        wanted[kind].append(int(number))
    found: list[Document] = []
    if wanted["item"]:
        found += documents_of_items(
            content.select(Item).where(Item.id.in_(wanted["item"]), Item.state == "published")
        )
    if wanted["person"]:
        found += [
            document_of_person(p) for p in people.by_ids(wanted["person"]).values() if p.status == "active"
        ]
    if wanted["space"]:
        found += [
            document_of_space(s)
            for s in Space.select().where(Space.id.in_(wanted["space"]), Space.archived_at.is_null())
        ]
    there = {document.key for document in found}
    return found, [key for key in dict.fromkeys(keys) if key not in there]
