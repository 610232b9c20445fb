"""What administrators decided about search, as it is now, in every process: weights, synonyms, best bets.

It is read again when its version has changed; the version is looked at every two seconds at most.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from hub import clock
from hub.search.engine import Synonyms, Weights, read_groups
from hub.search.engine.analysis import analyse, stem
from hub.search.models import BestBet, SearchTuning, Synonym

LOOK_AFTER = 2.0  # seconds
THE_ROW = 1
ADJUSTABLE: dict[str, tuple[str, float, float]] = {
    "words": ("Words anywhere in title, tags and text", 0.0, 5.0),
    "title": ("… once more when they stand in the title", 0.0, 5.0),
    "headings": ("… in a heading", 0.0, 5.0),
    "tags": ("… as a tag", 0.0, 5.0),
    "files": ("… in an attached file or a document's pages", 0.0, 5.0),
    "comments": ("… in comments", 0.0, 5.0),
    "synonym": ("A synonym, as a share of the word typed", 0.0, 1.0),
    "exact": ("The word in the very form that was typed", 0.0, 1.0),
    "nearby": ("Two words standing next to one another", 0.0, 3.0),
    "window": ("Two words within eight words", 0.0, 3.0),
    "phrase": ("The whole query standing in the text", 0.0, 3.0),
    "title_match": ("The title is, or begins with, the query", 0.0, 3.0),
    "feedback": ("Words of the best answers to a long question", 0.0, 1.0),
    "fresh": ("A new item counts up to this much more", 0.0, 1.0),
    "half_life_days": ("Days in which newness halves", 1.0, 10_000.0),
    "confirmed": ("Confirmed as current", 0.0, 1.0),
    "solved": ("A question with a solution", 0.0, 1.0),
    "overdue": ("Taken off an overdue document", 0.0, 1.0),
    "k1": ("How long repeating a word goes on counting", 0.05, 5.0),
    "b": ("How much long texts are held back", 0.0, 1.0),
}
"""Weights that may be changed: what they mean, the least and the most."""


@dataclass(frozen=True)
class InUse:
    """What search works with: `bets` are (phrases as stems, item id, until)."""

    version: int
    weights: Weights
    synonyms: Synonyms
    bets: tuple[tuple[tuple[tuple[str, ...], ...], int, datetime | None], ...]

    def best(self, text: str) -> list[int]:
        """Ids of the items recommended for a query, at most three, latest first."""
        wanted, now = phrase_key(text), clock.now()
        found = [item for keys, item, until in self.bets if wanted in keys and (until is None or until > now)]
        return list(dict.fromkeys(found))[:3]


_lock = threading.Lock()
_in_use: InUse | None = None
_looked = 0.0


def current() -> InUse:
    """What is in use now. One statement every two seconds at most, a few more after a change."""
    global _in_use, _looked
    kept = _in_use
    if kept is not None and time.monotonic() - _looked < LOOK_AFTER:
        return kept
    with _lock:
        if _in_use is None or time.monotonic() - _looked >= LOOK_AFTER:
            row = SearchTuning.get_or_none(SearchTuning.id == THE_ROW)
            version = row.version if row else 0
            if _in_use is None or _in_use.version != version:
                _in_use = _read(version, row.weights if row else {})
            _looked = time.monotonic()
        return _in_use


def forget() -> None:
    """Looks at once the next time: after a change in this process, and between tests."""
    global _in_use, _looked
    with _lock:
        _in_use, _looked = None, 0.0


def _read(version: int, changed: dict[str, Any]) -> InUse:
    rows = list(Synonym.select(Synonym.words, Synonym.off).tuples())
    off = {words for words, is_off in rows if is_off}
    groups = [group for group in shipped_groups() if written(group) not in off]
    groups += [words.split(",") for words, is_off in rows if not is_off]
    bets = BestBet.select(BestBet.phrases, BestBet.item, BestBet.until).order_by(BestBet.id.desc()).tuples()
    return InUse(
        version,
        weights_of(changed),
        Synonyms(groups),
        tuple(
            (tuple(phrase_key(p) for p in phrases.split(",")), item, until) for phrases, item, until in bets
        ),
    )


def phrase_key(text: str) -> tuple[str, ...]:
    """A phrase as the index sees it, so that "Annual leave" and "annual leaves" are one."""
    return tuple(stem(form) for form in analyse(text).exact)


def written(group: Iterable[str]) -> str:
    """A group of synonyms as one line."""
    return ", ".join(phrase.strip() for phrase in group)


@lru_cache(maxsize=1)
def shipped_groups() -> tuple[tuple[str, ...], ...]:
    """The council jargon that the hub ships with."""
    text = files("hub.search.engine").joinpath("jargon.txt").read_text("utf-8")
    return tuple(tuple(group) for group in read_groups(text))


def weights_of(changed: dict[str, Any]) -> Weights:
    """The engine's weights with these changed; unknown names and numbers out of bounds are left out."""
    known = {field.name for field in fields(Weights)} & set(ADJUSTABLE)
    kept: dict[str, float] = {}
    for name, value in changed.items():
        if name in known and isinstance(value, int | float):
            _, least, most = ADJUSTABLE[name]
            if least <= value <= most:
                kept[name] = float(value)
    return Weights(**kept)  # type: ignore[arg-type]
