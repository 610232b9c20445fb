"""Reads of the policy's next version: what it changes, what it lacks, who waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from hub.access import Viewer
from hub.errors import Invalid, Missing
from hub.people.models import Person
from hub.policy import wording
from hub.policy.drafting import actions
from hub.policy.drafting.models import PolicyDraft
from hub.policy.models import PolicyVersion
from hub.text import DiffPart, diff


@dataclass(frozen=True)
class Opened:
    """The draft as its page shows it: `changes` against the newest version, `lacks` as `actions.lacks` tells them."""

    draft: PolicyDraft | None
    newest: PolicyVersion | None
    changes: list[wording.Change]
    lacks: list[tuple[str, str]]
    writers: list[str]
    may_write: bool
    may_approve: bool


def opened(viewer: Viewer) -> Opened:
    """The next version for somebody who writes or approves it. Four queries. Raises Missing for everybody else."""
    if not viewer.has_role(*actions.APPROVERS):
        raise Missing()
    draft, newest = actions.open_draft(), actions.newest_version()
    changes: list[wording.Change] = []
    writers: list[str] = []
    if draft is not None:
        before = list(newest.clauses.order_by("position")) if newest else []
        try:
            written = wording.read(draft.words)
            changes = wording.introduction(newest.summary if newest else "", written.summary)
            changes += wording.changes(before, written.clauses)
        except Invalid:
            changes = []
        names = Person.select(Person.name).where(Person.id.in_(draft.writers)).order_by(Person.name)
        writers = [name for (name,) in names.tuples()]
    return Opened(
        draft,
        newest,
        changes,
        actions.lacks(draft) if draft else [],
        writers,
        actions.is_writer(viewer),
        draft is not None and draft.state == "asked" and actions.may_approve(viewer, draft),
    )


def between(theirs: str, mine: str) -> list[DiffPart]:
    """What differs between the text that somebody kept meanwhile and one's own."""
    return list(diff(theirs, mine))


def waiting_count(viewer: Viewer) -> Any:
    """Query of 1 where a text waits for approval, for those who may approve one. None for others."""
    if not viewer.has_role(*actions.APPROVERS):
        return None
    return PolicyDraft.select(peewee.fn.COUNT(PolicyDraft.id)).where(PolicyDraft.state == "asked")
