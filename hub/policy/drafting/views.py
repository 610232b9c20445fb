"""URLs of the policy's next version: how it stands, its editor, and what its writers and the second person do."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from hub import access
from hub.errors import Conflict, Invalid, Refused
from hub.policy import wording
from hub.policy.drafting import actions, queries
from hub.policy.drafting.actions import Written
from hub.policy.forms import whole
from hub.policy.rules import RULES, a
from hub.policy.writing.views import feature
from hub.web.show import go, show
from hub.web.viewer import current


@feature.page("/policy/next", endpoint="next_version")
def next_version() -> Response:
    """The next version: what it changes, what it lacks, and whose turn it is."""
    return _page()


def _page(*, status: int = 200, said: str = "", error: Invalid | None = None) -> Response:
    opened = queries.opened(current())
    return show(
        "policy/next_version.html",
        status=status,
        opened=opened,
        draft=opened.draft,
        said=said,
        error=error,
        reason=request.form.get("reason", ""),
    )


@feature.form("/policy/next/edit", endpoint="edit_next")
def edit_next() -> Response:
    """Writes the next version. What is wrong with it is told on its page; the text is kept in any case."""
    viewer = current()
    access.require_role(viewer, *actions.WRITERS)
    draft = actions.open_draft()
    if request.method == "GET":
        return _editor(draft or actions.begun(actions.newest_version()), draft.edits if draft else 0)
    written, seen = _written(request.form), whole(request.form.get("seen", ""))
    try:
        actions.keep(viewer, written, seen=seen)
    except Invalid as error:
        return _editor(written, seen, status=422, error=error)
    except Conflict as conflict:
        theirs = conflict.current
        now = theirs.edits if theirs else 0
        return _editor(written, now, status=409, said=conflict.message, theirs=theirs)
    return go("policy.next_version", "Kept. Nobody sees it but those who write or approve the policy.")


def _written(form: Any) -> Written:
    lines = {
        name: form.get(name, "").replace("\r\n", "\n").replace("\x00", "") for name in ("words", "welsh")
    }
    return Written(
        lines["words"],
        lines["welsh"],
        " ".join(form.get("change_summary", "").replace("\x00", "").split()),
        form.get("in_force_on", "").strip()[:10],
        {name: form.get(f"clause-{name}", "").strip()[:12] for name in RULES},
    )


def _editor(
    written: Any,
    seen: int,
    *,
    status: int = 200,
    said: str = "",
    error: Invalid | None = None,
    theirs: Any = None,
) -> Response:
    try:
        clauses = [(c.key, f"{c.key} {c.title}") for c in wording.read(written.words).clauses]
    except Invalid:
        clauses = []
    return show(
        "policy/next_editor.html",
        status=status,
        written=written,
        seen=seen,
        said=said,
        error=error,
        differs=queries.between(theirs.words, written.words) if theirs else [],
        clauses=clauses,
        rules=[(name, a(found.label)) for name, found in RULES.items()],
    )


@feature.action("/policy/next/do", endpoint="do_next")
def do_next() -> Response:
    """Asks for approval, approves and publishes, sends back, or drops."""
    viewer, form = current(), request.form
    seen = whole(form.get("seen", ""))
    try:
        if form.get("do") == "approve":
            version = actions.approve(viewer, seen=seen)
            return go("policy.version", f"Version {version.number} is published.", number=version.number)
        if form.get("do") == "back":
            actions.send_back(viewer, form.get("reason", ""), seen=seen)
            return go("policy.next_version", "Sent back. Its writers read why.")
        if form.get("do") == "drop":
            actions.drop(viewer, seen=seen)
            return go("policy.policy", "Dropped. The version in force stays as it is.")
        actions.ask(viewer, seen=seen)
    except Invalid as error:
        return _page(status=422, error=error)
    except Conflict as conflict:
        return _page(status=409, said=conflict.message)
    except Refused as refusal:
        return _page(status=403, said=refusal.message)
    return go("policy.next_version", "A second person is asked to approve it.")


def needs_you(viewer: Any) -> list[dict[str, Any]]:
    """For those who may approve it: a text that waits. One query."""
    draft = actions.open_draft()
    if draft is None or draft.state != "asked" or not actions.may_approve(viewer, draft):
        return []
    return [
        {
            "text": "The usage policy’s next version waits for your approval",
            "url": url_for("policy.next_version"),
            "due": None,
        }
    ]
