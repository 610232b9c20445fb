"""Builds a council's database of any size for measuring: straight into the tables, a million posts in well under a minute.

The small database is the large one when it was young: the same 3,300 people, the same pace of writing (25 posts in
105 minutes), only fewer years of it. So a page costs more in the large one only if its cost grows with the archive.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import config
from hub import clock, db, text
from hub.db import UTCField
from hub.people.sessions import token_hash

DATA = config.ROOT / "hub" / "demo" / "data"
STAFF, PARTNERS, ORGANISATIONS, UNITS, SPACES, TAGS, TEXTS = 3000, 300, 9, 24, 40, 300, 1500
BLOCK = 25
"""Posts of one block: a topic with 19 replies, a blog post with two comments, a blog post, a topic nobody answered."""
PACE = timedelta(minutes=105)
VIEWER = 17
TOKEN = "bench-session"
READ_UNTIL = timedelta(days=1)


@dataclass(frozen=True)
class Council:
    """A database that was built: where it is, how many posts it holds, and what to look at."""

    folder: Path
    posts: int
    topic_id: int
    post_id: int


def micro(moment: datetime) -> int:
    """The moment as the hub's columns keep it."""
    return UTCField().db_value(moment) or 0


def build(folder: Path, posts: int, seed: int = 7) -> Council:
    """Fills `folder`/hub.db, whose tables exist already, with people, spaces and `posts` posts (rounded to blocks of 25)."""
    rng = random.Random(seed)
    now = clock.now()
    blocks = max(8, posts // BLOCK)
    connection = sqlite3.connect(folder / "hub.db", isolation_level=None)
    for pragma in ("journal_mode = off", "synchronous = off", "foreign_keys = off", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    _people(connection, rng, now)
    _spaces(connection, rng, now)
    _items(connection, rng, now, blocks)
    _kept(connection, now)
    connection.execute("COMMIT")
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("ANALYZE")
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise RuntimeError(f"the built database is not whole: {broken}")
    connection.close()
    # Blocks whose number is 3 of 20 are for everybody; the newest of them has been there for a while.
    block = max(b for b in range(blocks - 4) if b % 20 == 3)
    return Council(folder, blocks * BLOCK, block * BLOCK + 1, block * BLOCK + 21)


def insert(connection: sqlite3.Connection, table: str, rows: Any) -> None:
    """Inserts dictionaries of the same keys; every other column gets its model's default."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    model = next(m for m in db.models() if m._meta.table_name == table)
    fixed: dict[str, Any] = {}
    for column, field in model._meta.columns.items():
        if column not in first and field.default is not None:
            fixed[column] = field.db_value(field.default() if callable(field.default) else field.default)
    names = [*first, *fixed]
    values = tuple(fixed.values())
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    connection.execute(statement, (*first.values(), *values))
    connection.executemany(statement, ((*row.values(), *values) for row in rows))


def _people(connection: sqlite3.Connection, rng: random.Random, now: datetime) -> None:
    known = json.loads((DATA / "people.json").read_text())
    names = [person["name"].split() for person in known if " " in person["name"]]
    given, family = sorted({n[0] for n in names}), sorted({n[-1] for n in names})
    jobs = sorted({person["job_title"] for person in known})
    insert(
        connection,
        "organisation",
        (
            {
                "id": i,
                "key": f"org{i}",
                "name": f"Partner organisation {i}" if i > 1 else "The council",
                "short_name": f"Partner {i}" if i > 1 else "Council",
                "kind": "partner" if i > 1 else "home",
            }
            for i in range(1, ORGANISATIONS + 2)
        ),
    )
    insert(
        connection,
        "unit",
        ({"id": i, "key": f"unit{i}", "name": f"Service {i}"} for i in range(1, UNITS + 1)),
    )
    insert(
        connection,
        "person",
        (
            {
                "id": i,
                "email": f"p{i}@example.org",
                "handle": f"person.{i}",
                "name": f"{rng.choice(given)} {rng.choice(family)}",
                "job_title": rng.choice(jobs),
                "organisation_id": 1 if i <= STAFF else 2 + i % ORGANISATIONS,
                "unit_id": 1 + i % UNITS if i <= STAFF else None,
                "confirmed_at": micro(now - timedelta(days=20)),
                "created_at": micro(now - timedelta(days=3000)),
            }
            for i in range(1, STAFF + PARTNERS + 1)
        ),
    )
    seen = micro(now + timedelta(minutes=30))
    insert(
        connection,
        "session",
        [{"token_hash": token_hash(TOKEN), "person_id": VIEWER, "created_at": micro(now), "seen_at": seen}],
    )


def _spaces(connection: sqlite3.Connection, rng: random.Random, now: datetime) -> None:
    names = [s["name"] for s in json.loads((DATA / "spaces.json").read_text())]
    insert(
        connection,
        "space",
        (
            {
                "id": i,
                "slug": "hub" if i == 1 else f"space-{i}",
                "name": "The hub" if i == 1 else f"{names[i % len(names)]} {i}",
                "kind": "open" if i <= 24 else ("request", "invitation", "secret")[i % 3],
                "reach": "public" if i == 1 else "everyone" if i % 3 else "staff",
                "colour": "teal",
                "is_hub": i == 1,
                "created_at": micro(now - timedelta(days=3000)),
            }
            for i in range(1, SPACES + 1)
        ),
    )
    members = {(s, p) for s in range(2, SPACES + 1) for p in rng.sample(range(1, STAFF + PARTNERS + 1), 80)}
    members = {(s, p) for s, p in members if p != VIEWER} | {(s, VIEWER) for s in (2, 3, 5, 8, 13, 30)}
    insert(
        connection,
        "membership",
        (
            {
                "space_id": s,
                "person_id": p,
                "role": "editor" if (s, p) == (5, VIEWER) or p % 40 == 0 else "member",
                "joined_at": micro(now),
            }
            for s, p in sorted(members)
        ),
    )
    insert(
        connection,
        "category",
        (
            {"id": s * 3 + c, "space_id": s, "name": f"{word} {s}", "slug": word.lower(), "position": c}
            for s in range(1, SPACES + 1)
            for c, word in enumerate(("Questions", "Practice", "News"))
        ),
    )
    insert(
        connection,
        "blog",
        (
            {
                "id": i,
                "kind": "personal",
                "title": f"Notes of person {i}",
                "person_id": i,
                "created_at": micro(now),
            }
            for i in range(1, STAFF + 1)
        ),
    )


def texts(rng: random.Random) -> list[tuple[str, str, str, str]]:
    """Posts as (title, Markdown, HTML, excerpt): the demo council's sentences put together anew, some with a list or a link."""
    rows = [
        json.loads(line)
        for name in ("posts", "topics")
        for line in (DATA / f"{name}.jsonl").read_text().splitlines()
    ]
    written = [row["body"] for row in rows] + [r["body"] for row in rows for r in row.get("replies", [])]
    sentences = sorted(
        {
            s.strip()
            for t in written
            for s in t.replace("\n", " ").split(". ")
            if 25 < len(s) < 220 and s[0].isupper() and not set(s) & set("*`_[]<>|#>@")
        }
    )
    titles = sorted({row["title"] for row in rows})
    made = []
    for number in range(TEXTS):
        words = [s.rstrip(".") + "." for s in rng.sample(sentences, rng.randint(1, 4))]
        if number % 6 == 0:
            words.append("\n\n- " + "\n- ".join(rng.sample(sentences, 2)))
        elif number % 6 == 1:
            words.append(f"\n\nMore on this in [the notes](https://example.org/notes/{number}).")
        elif number % 6 == 2:
            words[0] = f"> {words[0]}\n\n"
        body = " ".join(words)
        shown = text.render(body)
        made.append((f"{rng.choice(titles)} ({number})"[:200], body, shown.html, shown.excerpt))
    return made


def _items(connection: sqlite3.Connection, rng: random.Random, now: datetime, blocks: int) -> None:
    pool = texts(rng)
    tags = [(f"topic-{i}", f"topic {i}") for i in range(TAGS)]
    insert(
        connection,
        "tag",
        ({"id": i + 1, "slug": slug, "label": label} for i, (slug, label) in enumerate(tags)),
    )

    def rows() -> Iterator[dict[str, Any]]:
        choose = random.Random(11).randrange
        minute = 60_000_000
        for block in range(blocks):
            began = micro(now - PACE * (blocks - block))
            space, audience = _place(block)
            first = block * BLOCK + 1
            for place in range(BLOCK):
                kind, root, parent, answers, last = _shape(first, place)
                at = began + place * 3 * minute
                title, body, html, excerpt = pool[choose(TEXTS)]
                yield {
                    "id": first + place,
                    "kind": kind,
                    "space_id": space,
                    "author_id": 1 + choose(STAFF + PARTNERS if kind != "post" else STAFF),
                    "root_id": root,
                    "parent_id": parent,
                    "title": "" if root else title,
                    "body": body,
                    "html": html,
                    "excerpt": excerpt,
                    "sanitiser": 1,
                    "state": "published",
                    "audience": audience,
                    "intended": audience,
                    "created_at": at,
                    "published_at": at,
                    "active_at": began + last * 3 * minute,
                    "tags": "[]"
                    if root
                    else json.dumps([tags[block % TAGS][1], tags[(block * 7 + 3) % TAGS][1]]),
                    "answers": answers,
                    "reactions": 2 if place in (0, 4, 9, 20) else 0,
                }

    insert(connection, "item", rows())
    heads = "SELECT id, space_id, author_id, active_at, (id - 1) % 25 AS place, (id - 1) / 25 AS block FROM item WHERE root_id IS NULL"
    connection.execute(
        f"INSERT INTO topic (item_id, category_id, lock_reason) SELECT id, space_id * 3 + id % 3, '' FROM ({heads}) WHERE place IN (0, 24)"
    )
    connection.execute(
        f"INSERT INTO post (item_id, blog_id, cover_alt) SELECT id, author_id, '' FROM ({heads}) WHERE place IN (20, 23)"
    )
    for factor, shift in ((1, 0), (7, 3)):
        connection.execute(
            f"INSERT INTO item_tag (item_id, tag_id) SELECT id, (block * {factor} + {shift}) % {TAGS} + 1 FROM ({heads})"
        )


def _place(block: int) -> tuple[int, str]:
    """Space and audience of a block: 14 of 20 for all staff or everybody, the others for one space."""
    turn = block % 20
    if turn < 10:
        return 1 + block % 5, "everyone"
    if turn < 14:
        return 6 + block % 18, "staff"
    space = 2 + block * 7 % (SPACES - 1)
    return space, f"space:{space}"


def _shape(first: int, place: int) -> tuple[str, int | None, int | None, int, int]:
    """Kind, root, parent, number of answers and place of the last answer, for the post at that place of its block."""
    if place == 0:
        return "topic", None, None, 19, 19
    if place < 20:
        return "reply", first, first, 0, place
    if place == 20:
        return "post", None, None, 2, 22
    if place < 23:
        return "comment", first + 20, first + 20, 0, place
    return ("post" if place == 23 else "topic"), None, None, 0, place


def _kept(connection: sqlite3.Connection, now: datetime) -> None:
    """What people keep: reactions, read marks, follows, bookmarks, notifications. The viewer has read all but the last day."""
    at = micro(now)
    connection.execute(
        "INSERT INTO reaction (item_id, person_id, kind, at) SELECT id, 1 + (id * 31 + n.column1) % 3000, 'thanks', active_at "
        "FROM item, (VALUES (1), (2)) n WHERE reactions > 0"
    )
    connection.execute(
        "INSERT INTO read_mark (item_id, person_id, last_id, version, at) SELECT id, 1 + (id * 13 + n.column1) % 3000, id + 30, 1, active_at "
        f"FROM item, (VALUES (1), (2)) n WHERE root_id IS NULL AND 1 + (id * 13 + n.column1) % 3000 <> {VIEWER}"
    )
    connection.execute(
        f"INSERT INTO read_mark (item_id, person_id, last_id, version, at) SELECT id, {VIEWER}, id + 30, 1, {at} "
        "FROM item WHERE root_id IS NULL AND active_at < ?",
        (micro(now - READ_UNTIL),),
    )
    connection.execute(
        f"INSERT INTO follow (person_id, subject, level, at) SELECT author_id, 'item:' || id, 'watch', {at} FROM item WHERE root_id IS NULL"
    )
    connection.execute(
        f"INSERT INTO bookmark (item_id, person_id, at) SELECT id, {VIEWER}, {at} FROM item WHERE kind = 'post' ORDER BY id DESC LIMIT 60"
    )
    connection.execute(
        "INSERT INTO notification (person_id, event_id, event_name, reason, subject, words, item_id, root_id, more, created_at, seen_at) "
        "SELECT author_id, id, 'item:published', 'reply', '', '', id, id, 0, active_at, CASE WHEN id % 5 THEN active_at END "
        "FROM item WHERE kind = 'topic'"
    )
