"""What a composer sends, the same everywhere: words, files, audience, and the policy's one question before posting."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from hub import access, clock, files
from hub.access import Viewer
from hub.content import keeping, queries
from hub.errors import Invalid
from hub.spaces.models import Space
from hub.web import cards
from hub.web.dates import clock_time

log = logging.getLogger(__name__)
UNKNOWN: Any = object()
UNWRITTEN = ("csrf_token", "seen")
"""Fields that may differ when the same form is sent again."""
BESIDE = {"tags": "Tags", "reason": "Why it is closed to others", "note": "What you changed"}
"""The lesser fields of composers that readers see, with what they are called."""
TYPED_MOST = 100_000


@dataclass
class Typed:
    """What was written into one field that others will read: the field's name, what it is called, the words, and whether
    they may have several lines.
    """

    name: str
    label: str
    words: str
    long: bool = False


@dataclass
class Upload:
    """A file that was sent and is nobody's yet. `id` is that of the viewer's upload once it is kept as one, else 0."""

    name: str
    stored: files.Stored
    id: int = 0


@dataclass
class Words:
    """What was sent. `files` are ids of the viewer's uploads; `key` names the autosaved draft it grew from.

    `form` is the token of the form it was written in, `once` the key of that form with these words: for `content.actions.create`.
    `more` are words beside title and text, `uploads` files that are kept only where the policy has a question about them.
    `posts` is False for what is no posting, such as a name: a pause of posting does not touch it.
    """

    title: str = ""
    body: str = ""
    tags: list[str] = field(default_factory=list)
    audience: str | None = None
    reason: str = ""
    note: str = ""
    version: int = 1
    key: str = ""
    files: list[int] = field(default_factory=list)
    publish_at: datetime | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)
    form: str = ""
    once: str = ""
    more: list[Typed] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    posts: bool = True


def typed(fields: dict[str, str], long: Collection[str] = ()) -> list[Typed]:
    """What was written into these fields of the form that was sent; `fields` is what each is called, by name."""
    return [
        Typed(name, label, request.form.get(name, "").replace("\r\n", "\n")[:TYPED_MOST], name in long)
        for name, label in fields.items()
        if name in request.form
    ]


def read(viewer: Viewer) -> Words:
    """The composer's fields from the request, with its files stored. Bad values become `problems`, never a crash."""
    form = request.form
    words = Words(
        title=form.get("title", ""),
        body=form.get("body", "").replace("\r\n", "\n"),
        tags=[t for t in form.get("tags", "").split(",") if t.strip()],
        audience=form.get("audience") or None,
        reason=form.get("reason", ""),
        note=form.get("note", ""),
        version=form.get("version", type=int) or 1,
        key=form.get("key", "")[:80],
        files=[i for i in form.getlist("attached", type=int) if i],
        more=typed(BESIDE),
    )
    if form.get("publish_at"):
        try:
            words.publish_at = datetime.fromisoformat(form["publish_at"]).replace(tzinfo=clock.LOCAL)
        except ValueError:
            words.problems.append(
                ("publish_at", "Write the time as 2026-11-30T09:00, or choose it from the calendar.")
            )
    for upload in request.files.getlist("files"):
        if upload.filename:
            stored = files.store().put(upload.stream, limit=current_app.config["HUB"].upload_limit)
            words.files.append(keeping.upload(viewer, stored, upload.filename).id)
    words.form = form.get("form", "")[:40]
    words.once = _once(viewer, words)
    return words


def _once(viewer: Viewer, words: Words) -> str:
    """The same for the same form sent twice; another one where anything that was written has changed since."""
    if not words.form:
        return ""
    typed = sorted((name, value) for name, value in request.form.items(multi=True) if name not in UNWRITTEN)
    names = [upload.filename for upload in request.files.getlist("files")]
    said = json.dumps([viewer.id, request.path, typed, names])
    return hashlib.sha256(said.encode()).hexdigest()


def posted(viewer: Viewer, words: Words) -> None:
    """Forgets the autosaved draft once its text stands; called inside the write that posts it."""
    keeping.drop_draft(viewer, words.key)


Check = Callable[[Viewer, Words, str, Any], "Response | None"]


def before_post(check: Check) -> None:
    """Registers the policy's question. It may show one page with *Post anyway*, and never more than that."""
    current_app.extensions["before_post"] = check


def nudge(viewer: Viewer, words: Words, audience: str, space: Any = None) -> Response | None:
    """The page "Before you post" where the policy has something to say that the writer has not seen; else None.

    Fails open: a broken or absent detector stops nobody.
    """
    check: Check | None = current_app.extensions.get("before_post")
    if check is None:
        return None
    try:
        return check(viewer, words, audience, space)
    except Exception:
        log.exception("the policy's check failed; posting goes on and the item is scanned later")
        return None


def ask(
    viewer: Viewer, fields: dict[str, str], audience: str, space: Any = None, *, long: Collection[str] = ()
) -> Response | None:
    """The same question for a plain form, about the fields of it that others read: what each is called, by name. Whoever
    answers it comes back to the address that the form was sent to.
    """
    return nudge(viewer, Words(more=typed(fields, long), posts=False), audience, space)


def context(
    viewer: Viewer,
    *,
    key: str,
    space: Space | None = None,
    audience: str | None = None,
    words: Words | None = None,
    error: Invalid | None = None,
    item: Any = None,
    id: str = "composer",
    kept: Any = UNKNOWN,
    reach: dict[str, Any] | None = None,
    place: str = "",
) -> dict[str, Any]:
    """Arguments for the `composer` macro: `composer(url, **composer_args)` plus what stands in its fields.

    `words` given back after an error wins over the autosaved draft, which wins over the item being edited. `kept` (the
    draft) and `reach` (who can see it) are looked up unless the caller has them. `place` is the blog or category ("blog:3")
    that a new item goes to, as far as it is known: its followers are counted among those who will be told.
    """
    if words or viewer.person is None:
        kept = None
    elif kept is UNKNOWN:
        kept = keeping_draft(viewer, key)
    before = begun(kept)
    token = (
        (words.audience if words else None)
        or (item.intended if item is not None else None)
        or audience
        or (space.default_audience if space else None)
    )
    steps = (
        access.ladder(space, item.author if item is not None else viewer.person)
        if space is not None and viewer.person and audience is None
        else []
    )
    if not words and item is None and before.get("audience") in steps:
        token = before["audience"]
    if steps and token not in steps:
        token = steps[0]
    title = words.title if words else kept.title if kept else item.title if item is not None else ""
    body = words.body if words else kept.body if kept else item.body if item is not None else ""
    problems = list(words.problems) if words else []
    if error is not None:
        problems.append((error.field, error.message))
    attached = keeping.uploads(viewer, words.files if words else before.get("attached", []))
    hidden = {"key": key, "version": str(words.version if words else item.version if item is not None else 1)}
    if item is None:
        hidden["form"] = (words.form if words else "") or secrets.token_urlsafe(9)
    return {
        "id": id,
        "title": title,
        "body": body,
        "errors": [(f"{id}-{field}", message) for field, message in problems],
        "audience": reach or (cards.audience(token, space) if token else None),
        "audiences": [(t, _step_words(t)) for t in steps],
        "audience_value": token or "",
        "audience_url": url_for("content.seen_by") if steps else "",
        "draft_url": url_for("content.autosave", key=key) if viewer.person else "",
        "draft_saved": clock_time(kept.saved_at) if kept else "",
        "told_url": _told_url(key, space, "" if steps else token, place)
        if item is None and viewer.person
        else "",
        "upload_url": url_for("content.upload"),
        "preview_url": url_for("content.preview"),
        "check_url": url_for("policy.check", audience=None if steps else token)
        if "policy" in current_app.blueprints
        else "",
        "fields": hidden,
        "attached": attached,
    }


def _told_url(key: str, space: Space | None, token: str | None, place: str) -> str:
    """Where the composer learns how many will be told; "" where that is not known before posting."""
    if "notifications.told_of_new" not in current_app.view_functions:
        return ""
    what, _, number = key.partition(":")
    if what in ("reply", "comment") and number.isdecimal():
        return url_for("notifications.told_of_answer", item_id=int(number))
    if space is None:
        return ""
    # Where the composer offers a choice of audiences, it sends the one that is chosen.
    return url_for("notifications.told_of_new", space=space.id, place=place or None, audience=token or None)


def keeping_draft(viewer: Viewer, key: str) -> Any:
    """The viewer's autosaved text for this composer, if any."""
    return queries.draft(viewer, key)


def begun(draft: Any) -> dict[str, Any]:
    """What was kept beside title and text of an autosaved draft: tags, reason, note, publish_at, audience as they were typed,
    `attached` the ids of uploads. Empty without a draft.
    """
    return dict(draft.fields or {}) if draft else {}


def _step_words(token: str) -> str:
    reach = access.reach_of(token)
    return reach.label if token == access.PUBLIC else f"{reach.label} ({reach.people:,})"
