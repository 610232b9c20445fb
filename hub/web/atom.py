"""Atom feeds (RFC 4287): items that a viewer may read as entries, answered conditionally for that viewer alone.

The address of a personal feed carries a token instead of a session, because feed readers cannot sign in. Only the
token's SHA-256 is kept (`Person.feed_token`), and it opens nothing but feeds.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from typing import Any

from feedgenerator import Atom1Feed
from flask import current_app, make_response, request
from werkzeug.wrappers import Response

from hub import access, clock
from hub.access import Viewer
from hub.content import kinds, queries
from hub.content.models import Item
from hub.errors import Missing
from hub.people.models import Organisation, Person
from hub.web.show import item_url

ENTRIES = 50
# XML 1.0 forbids these wherever they stand; https://www.w3.org/TR/xml/#charsets.
NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
OWN_ADDRESS = re.compile(r'(\s(?:href|src)=")/(?!/)')


def columns() -> tuple[Any, ...]:
    """The columns of items that entries need: those of listings, and the words."""
    return (*queries.LISTED, Item.html)


def new_token() -> tuple[str, str]:
    """A new token for a person's feeds: (what goes into addresses, what is stored)."""
    token = secrets.token_urlsafe(32)
    return token, token_hash(token)


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def viewer_of(token: str) -> Viewer:
    """The viewer whose feeds the token opens, as they are now. Raises Missing for an unknown token or an ended account."""
    person = (
        Person.select(Person, Organisation)
        .join(Organisation)
        .where(Person.feed_token == token_hash(token))
        .first()
    )
    viewer = access.viewer_for(person)
    if viewer.person is None:
        raise Missing("This feed address is not valid any more. Make a new one in your settings.")
    return viewer


def answer(
    viewer: Viewer, title: str, items: Iterable[Item], *, about: str = "", link: str = "/"
) -> Response:
    """The feed of these items, which the caller has read with the viewer's permission; 304 where the reader has it.

    The ETag is made of what this viewer sees in this feed and of who they are: equal ETags never tell one viewer what
    another sees.
    """
    rows = list(items)
    tag = hashlib.sha256()
    for part in (
        request.path,
        viewer.id,
        *((row.id, row.version, row.title, str(row.edited_at)) for row in rows),
    ):
        tag.update(repr(part).encode())
    tag.update(current_app.config["SECRET_KEY"].encode())
    response = make_response("")
    response.set_etag(tag.hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Type"] = "application/atom+xml; charset=utf-8"
    # Feed readers follow no scripts or styles, and the token in the address must not travel on.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Referrer-Policy"] = "no-referrer"
    etag = response.get_etag()[0]
    if not etag or etag not in request.if_none_match:
        response.set_data(_xml(title, rows, about, link))
    return response.make_conditional(request)


def _xml(title: str, rows: list[Item], about: str, link: str) -> str:
    home = current_app.config["HUB"].address
    host = home.partition("://")[2]
    feed = Atom1Feed(
        title=_clean(title),
        link=home + link,
        description=_clean(about) or None,
        language="en-GB",
        author_name=current_app.config["HUB"].name,
        feed_url=home + request.path,
        feed_guid=f"tag:{host},2026:{hashlib.sha256(request.path.encode()).hexdigest()[:16]}",
    )
    for row in rows:
        words = OWN_ADDRESS.sub(rf"\1{home}/", row.html)
        feed.add_item(
            title=_clean(row.title or kinds.KINDS[row.kind].label),
            link=home + item_url(row),
            description=None,
            content=_clean(words),
            author_name=_clean(row.author.name),
            pubdate=row.published_at or row.created_at,
            updateddate=row.edited_at if row.is_edited else row.published_at or row.created_at,
            unique_id=f"tag:{host},2026:item-{row.id}",
            categories=[_clean(tag) for tag in row.tags],
        )
    if not rows:
        feed.latest_post_date = clock.now  # the feed's own time, where there is no entry to take it from
    return feed.writeString("utf-8")


def _clean(text: str) -> str:
    return NOT_IN_XML.sub("", text)
