"""What goes into the index and what comes out of a search: plain values, no storage."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class IndexBroken(Exception):
    """The index cannot be opened or read: move it aside, rebuild it, answer from the database meanwhile."""


class BadDocument(ValueError):
    """A document that cannot be indexed: no key, kind or audience."""


@dataclass(frozen=True, slots=True)
class Document:
    """One searchable thing. `key` is unique over the hub, such as "item:12", "person:7" or "space:4".

    `audience` is the one audience token that decides who may find it. `attachments` holds pairs of
    (place, text), such as ("plan.pdf, page 4", "…"). `active` is the date that results show and sort by.
    Datetimes are aware; None means unknown.
    """

    key: str
    kind: str
    audience: str
    title: str
    body: str = ""
    headings: Sequence[str] = ()
    tags: Sequence[str] = ()
    attachments: Sequence[tuple[str, str]] = ()
    comments: str = ""
    space: str = ""
    space_id: int | None = None
    author: str = ""
    author_id: int | None = None
    created: datetime | None = None
    active: datetime | None = None
    solved: bool = False
    confirmed_at: datetime | None = None
    review_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One result: `parts` is the passage as (text, marked) pairs, unescaped; `place` says where it stands.

    `place` is "" for the title and body, "comments", or the place of an attachment. `others` are the keys
    of visible documents with the same words, folded beneath this one.
    """

    key: str
    score: float
    title: list[tuple[str, bool]]
    parts: list[tuple[str, bool]]
    place: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """A page of hits; `facets` maps kind, space, author, tag and year to {value: count}, highest first.

    `total` counts every matching document that the viewer may see. `relaxed` says that no document held
    all the words, so those with most of them are shown. `took` is in seconds.
    """

    total: int
    hits: list[Hit]
    facets: dict[str, dict[str, int]]
    did_you_mean: str | None = None
    relaxed: bool = False
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One completion: a document by its title (`key` set), or a word (`key` empty)."""

    text: str
    key: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a document ranks where it does. `lines` are (what, how much); `found` is False without a match."""

    key: str
    found: bool
    score: float = 0.0
    rank: int | None = None
    lines: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the index: documents that can be found, segments, deleted documents and bytes on disk."""

    documents: int
    deleted: int
    segments: int
    generation: int
    bytes: int


def seconds(moment: datetime | None) -> int:
    """Whole seconds since 1970 as an index stores them: 0 for unknown or earlier, capped at 2106."""
    if moment is None:
        return 0
    return max(0, min(2**32 - 1, int((moment - EPOCH).total_seconds())))
