"""The registry of kinds: what search, policy, notifications, feeds and audit need to know to serve a kind of
item.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def no_text(_item: Any) -> list[tuple[str, str]]:
    """Most kinds have no text beside title and body."""
    return []


def nothing_beside(_item: Any) -> list[tuple[str, str]]:
    """Of most kinds nothing is said beside what every item has."""
    return []


def no_files(_item: Any) -> list[tuple[str, str]]:
    """Most kinds have no files beside what is attached to the item."""
    return []


def no_subjects(_item: Any) -> list[str]:
    """Most kinds can be followed by item, space, author and tag only."""
    return []


@dataclass(frozen=True)
class Kind:
    """A kind of item.

    `page` is the endpoint of its page and `arg` the name of the id there; an answer (reply, comment) has no page of its
    own (`page` empty) and is shown at its root's page under the anchor `<name>-<id>`. `text` gives the passages
    (place, text) that search and policy read beside title and body, e.g. a document's pages; `place_page` is the endpoint
    that opens one of those places, given as `at`. `thumb` is the endpoint of the picture `number` 0 of an item whose card says that
    it has one. `beside` gives lesser words that readers see and only the policy looks at,
    as (place, words), e.g. why a topic is locked. `subjects` gives what else
    people may follow to hear of a new one, such as `category:3` or `blog:7`.
    """

    name: str
    label: str
    plural: str
    icon: str
    page: str = ""
    arg: str = ""
    answers: str = ""
    answer_word: tuple[str, str] = ("comment", "comments")
    text: Callable[[Any], list[tuple[str, str]]] = no_text
    beside: Callable[[Any], list[tuple[str, str]]] = nothing_beside
    files: Callable[[Any], list[tuple[str, str]]] = no_files
    subjects: Callable[[Any], list[str]] = no_subjects
    place_page: str = ""
    thumb: str = ""


KINDS: dict[str, Kind] = {}


PLACES: dict[str, Callable[[Any, list[int]], dict[int, str]]] = {}
"""For each other sort of place that people follow (`blog`, `category`): the names by id of those a viewer may know of."""


def register(kind: Kind) -> None:
    """Makes a kind known; called once when its feature is attached."""
    KINDS[kind.name] = kind


def listed() -> list[str]:
    """Names of the kinds that stand in listings by themselves: those with a page of their own."""
    return [kind.name for kind in KINDS.values() if kind.page]
