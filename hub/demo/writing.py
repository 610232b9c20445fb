"""Posts and topics of the demo council, with their comments, replies, reactions and later changes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hub import access, clock
from hub.blogs import actions as blogs
from hub.blogs import queries as blog_queries
from hub.blogs.models import Blog
from hub.comments import actions as comments
from hub.content import actions as content
from hub.content import keeping
from hub.content.models import REACTIONS, Item
from hub.demo import conduct
from hub.demo.council import Council
from hub.forums import actions as forums
from hub.people.models import Person
from hub.spaces.models import Membership, Space

POST_LINK = re.compile(r"\(post:([\w-]+)\)")


def plan_posts(council: Council) -> None:
    """Blog posts with their comments, reactions and later changes."""
    for row in council.rows("posts.jsonl"):
        moment = council.at(max(row["days_ago"], 0), row.get("hour", 10))
        council.times[row["key"]] = moment
        council.then(moment, partial(_write_post, council, row))
        _plan_scan(council, row, row["key"], moment)
        if row["state"] == "published":
            plan_comments(council, row, moment)
            _plan_reactions(council, row["key"], row.get("reactions", {}), moment, row["author"])
            _plan_edit(
                council,
                row["key"],
                row["author"],
                row,
                council.at(row["edited"]["days_ago"], 15) if row.get("edited") else None,
            )


def plan_topics(council: Council) -> None:
    """Topics with replies, solutions, reactions; pinned and locked ones."""
    for row in council.rows("topics.jsonl"):
        moment = council.today - timedelta(days=row["days_ago"])
        moment = clock.local(moment).replace(hour=row["hour"], minute=len(row["title"]) % 60)
        council.times[row["key"]] = moment
        council.then(moment, partial(_ask, council, row))
        _plan_scan(council, row, row["key"], moment)
        if row.get("edited"):
            _plan_edit(
                council,
                row["key"],
                row["author"],
                row,
                moment + timedelta(hours=row["edited"]["hours_later"]),
            )
        last = moment
        for number, said in enumerate(row["replies"]):
            key = said.get("key") or f"{row['key']}/reply/{number}"
            then = moment + timedelta(hours=said["hours_later"], seconds=number)
            last = max(last, then)
            council.times[key] = then
            council.then(then, partial(_reply, council, row, said, key))
            _plan_scan(council, said, key, then)
            _plan_reactions(council, key, said.get("reactions", {}), then, said["author"])
            if said.get("edited"):
                _plan_edit(
                    council, key, said["author"], said, then + timedelta(hours=said["edited"]["hours_later"])
                )
            if said.get("solved"):
                council.then(then + timedelta(hours=3), partial(_solve, council, row, key))
        if row.get("pinned") or row.get("locked"):
            council.then(last + timedelta(hours=1), partial(_moderate, council, row))


def _plan_scan(council: Council, row: dict[str, Any], key: str, moment: datetime) -> None:
    if row.get("flagged") and row["flagged"] != "report":
        council.then(moment + timedelta(minutes=2), lambda: conduct.scan_soon(council, key))


def _write_post(council: Council, row: dict[str, Any]) -> None:
    viewer = council.viewer(row["author"])
    blog = row["blog"]
    unit = council.units[blog["unit"]] if "unit" in blog else None
    space = council.spaces[blog["space"]] if "space" in blog else council.spaces["hub"]
    known = Blog.get_or_none(
        (Blog.unit == unit.id)
        if unit
        else (Blog.space == space.id)
        if "space" in blog
        else (Blog.person == council.people[blog["person"]].id)
    )
    target = blog_queries.Target(
        "unit" if unit else "space" if "space" in blog else "me", "", space, unit, known
    )
    body = (row.get("edited") or {}).get("old_body") or row["body"]
    ahead = row["state"] == "scheduled"
    audience = audience_of(row, space)
    narrower = audience is not None and access.width(audience) > access.width(space.default_audience)
    writing = blogs.Writing(
        title=row["title"],
        body=_linked(council, body),
        tags=row["tags"],
        audience=audience,
        reason=row.get("reason") or ("Only for the people it concerns" if narrower else ""),
        unit=council.units[row["on_behalf_of"]] if row.get("on_behalf_of") else None,
        publish_at=council.at(row["days_ago"], row.get("hour", 9)) if ahead else None,
    )
    council.items[row["key"]] = blogs.write(
        viewer,
        target,
        writing,
        {"published": "publish", "draft": "draft", "scheduled": "schedule"}[row["state"]],
    )


def _linked(council: Council, body: str) -> str:
    return POST_LINK.sub(
        lambda m: f"(/posts/{council.items[m[1]].id})" if m[1] in council.items else "(/blogs)", body
    )


def audience_of(row: dict[str, Any], space: Space) -> str | None:
    """The audience token that a row of the data files asks for; None for the space's own."""
    return space.token if row.get("audience") == "space" else row.get("audience")


def plan_comments(council: Council, row: dict[str, Any], moment: datetime) -> None:
    """Plans the comments on a post or document that appears at that moment."""
    for number, said in enumerate(row.get("comments", [])):
        then = moment + timedelta(hours=said["hours_later"])
        key = f"{row['key']}/comment/{number}"

        def write(said: dict[str, Any] = said, key: str = key) -> None:
            council.items[key] = comments.add(
                council.viewer(said["author"]), Item.get_by_id(council.items[row["key"]].id), said["body"]
            )

        council.then(then, write)


def _plan_reactions(
    council: Council, key: str, given: dict[str, list[str]], moment: datetime, author: str
) -> None:
    hours = 1.0
    for kind, keys in given.items():
        for person in keys:
            hours += 1.7
            if kind in REACTIONS and person != author:
                council.then(
                    moment + timedelta(hours=hours),
                    partial(_react, council, person, key, kind),
                )


def _react(council: Council, person: str, key: str, kind: str) -> None:
    keeping.react(council.viewer(person), Item.get_by_id(council.items[key].id), kind)


def _plan_edit(council: Council, key: str, author: str, row: dict[str, Any], moment: datetime | None) -> None:
    if moment is None:
        return

    def change() -> None:
        item = Item.get_by_id(council.items[key].id)
        content.edit(
            council.viewer(author),
            item,
            version=item.version,
            body=_linked(council, row["body"]),
            note=row["edited"]["note"],
        )

    council.then(moment, change)


def _ask(council: Council, row: dict[str, Any]) -> None:
    category = council.categories[row["space"], row["category"]]
    council.items[row["key"]] = forums.ask(
        council.viewer(row["author"]),
        category,
        title=row["title"],
        body=(row.get("edited") or {}).get("old_body") or row["body"],
        tags=row.get("tags", []),
        audience=audience_of(row, category.space),
        reason=row.get("reason", ""),
    )


def _reply(council: Council, row: dict[str, Any], said: dict[str, Any], key: str) -> None:
    topic = Item.get_by_id(council.items[row["key"]].id)
    body = (said.get("edited") or {}).get("old_body") or said["body"]
    council.items[key] = forums.reply(council.viewer(said["author"]), topic, body=body)


def _solve(council: Council, row: dict[str, Any], key: str) -> None:
    forums.solve(
        council.viewer(row["author"]),
        Item.get_by_id(council.items[row["key"]].id),
        Item.get_by_id(council.items[key].id),
    )


def _moderate(council: Council, row: dict[str, Any]) -> None:
    space = council.spaces[row["space"]]
    editor = (
        Membership.select(Membership, Person)
        .join(Person)
        .where(Membership.space == space.id, Membership.role == "editor")
        .first()
        .person
    )
    viewer, topic = council.viewer(editor.handle), Item.get_by_id(council.items[row["key"]].id)
    if row.get("pinned"):
        forums.pin(viewer, topic, council.today + timedelta(days=14))
    if row.get("locked"):
        forums.lock(viewer, topic, "It has been answered; please start a new topic for anything further.")
