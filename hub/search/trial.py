"""A judged collection in a throw-away hub: its documents become items, and a person of that hub asks its queries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import config
from hub import access, clock, db, text
from hub.content.models import Item
from hub.people.models import Organisation, Person
from hub.search import reactions
from hub.search.engine import judged
from hub.search.engine.evaluate import DEPTH, measure
from hub.spaces.models import Space

BATCH = 500


def evaluate(folder: Path) -> dict[str, float]:
    """Measures search on the collection in a folder, in a hub that is made for it in a temporary folder and deleted after.

    A process of its own does it, so that nothing of the hub that is in use is touched. Returns what `measure` does; raises
    ValueError when the collection cannot be used.
    """
    judged.read_collection(folder)  # whatever is wrong with it is said at once
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    with tempfile.TemporaryDirectory() as data:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "flask", "--app", str(config.ROOT / "wsgi.py")),
                *("search", "evaluate", "--here", str(folder.resolve())),
            ],
            env=kept | {"HUB_DATA": data, "HUB_WORKER": "0", "HUB_DEMO": "0"},
            cwd=config.ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise ValueError("the throw-away hub could not be asked; its own words stand above")
    figures: dict[str, float] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return figures


def measure_here(folder: Path) -> dict[str, float]:
    """Fills this hub, which must be empty, with the collection, indexes it and asks all queries as a member of staff.

    ValueError where the hub is in use or the collection cannot be used.
    """
    if Person.table_exists() and (Person.select().exists() or Item.select().exists()):
        raise ValueError("This hub is in use: a collection is measured in an empty one.")
    db.migrate()
    collection = judged.read_collection(folder)
    person, space = _somebody_somewhere()
    numbers = _fill(collection.records, person, space)
    reactions.rebuild(why="a judged collection")
    tokens = access.readable_in_search(access.viewer_for(person))

    def answer(query: str) -> list[str]:
        keys = reactions.index().ranking(query, tokens=tokens, limit=DEPTH)
        return [numbers[key] for key in keys if key in numbers]

    return measure(collection.queries, collection.gains, answer)


def _somebody_somewhere() -> tuple[Person, Space]:
    now = clock.now()
    with db.write():
        council = Organisation.create(
            key="council", kind="home", name="The council", short_name="Council", domain="example.org"
        )
        person = Person.create(
            name="A reader",
            handle="reader",
            email="reader@example.org",
            organisation=council,
            job_title="",
            created_at=now,
        )
        space = Space.create(
            slug="collection", name="Collection", kind="open", reach="everyone", created_at=now
        )
    return person, space


def _fill(records: list[judged.Record], person: Person, space: Space) -> dict[str, str]:
    """Writes the records as posts, rendered as a post is; {search key: the record's number}."""
    now = clock.now()
    numbers: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    once = {record.number: record for record in reversed(records)}
    for place, record in enumerate(reversed(once.values()), 1):
        title, body = judged.title_and_body(record)
        rendered = text.render(body[: text.LONGEST])
        numbers[f"item:{place}"] = record.number
        rows.append(
            {
                "id": place,
                "kind": "post",
                "space": space.id,
                "author": person.id,
                "title": title[:200],
                "body": body,
                "html": rendered.html,
                "excerpt": rendered.excerpt,
                "sanitiser": text.SANITISER,
                "state": "published",
                "audience": "everyone",
                "intended": "everyone",
                "tags": judged.tags(record),
                **dict.fromkeys(("created_at", "published_at", "active_at"), now),
            }
        )
    for first in range(0, len(rows), BATCH):
        with db.write():
            Item.insert_many(rows[first : first + BATCH]).execute()
    return numbers
