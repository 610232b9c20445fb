"""What a rule hands to the engine, and how it walks its candidates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

MAX_CANDIDATES = 50_000


class Hit(NamedTuple):
    """A rule's find in offsets of the reading; the engine turns it into a Finding."""

    rule: str
    start: int
    end: int
    confidence: float
    why: str
    value: str
    excerpt: str = ""
    topic: str = ""
    amount: int = 1


def candidates(pattern: Any, data: bytes, group: int = 1) -> Iterator[tuple[int, int]]:
    """Spans of a re2 pattern's group, at most MAX_CANDIDATES, so that no text can make a rule run for ever."""
    for number, match in enumerate(pattern.finditer(data)):
        if number >= MAX_CANDIDATES:
            return
        yield match.span(group)


def overlapping(pattern: Any, data: bytes) -> Iterator[tuple[int, int]]:
    """Like `candidates`, but looks again inside each one: in `May 2024 4929 …` the card begins at the second group."""
    place = 0
    for _ in range(MAX_CANDIDATES):
        match = pattern.search(data, place)
        if match is None:
            return
        yield match.span(1)
        place = match.start(1) + 1


_LABEL_PREFIX = (
    "nino",
    "ni",
    "nhs",
    "nhsno",
    "utr",
    "upn",
    "iban",
    "dob",
    "card",
    "passport",
    "no",
    "number",
    "num",
    "is",
)


def in_address(low: str, start: int) -> bool:
    """Whether a span is inside a web address or a file path."""
    left = (
        max(
            low.rfind(" ", 0, start),
            low.rfind("\n", 0, start),
            low.rfind("(", 0, start),
            low.rfind("\t", 0, start),
            start - 300,
        )
        + 1
    )
    token = low[left:start]
    return "://" in token or "www." in token or "\\\\" in token or token.count("/") >= 3


def alone(low: str, start: int, end: int) -> bool:
    """Whether a span is a token of its own: not part of a longer number, a decimal, an address or a file name."""
    before, after = low[max(0, start - 2) : start], low[end : end + 2]
    if after[:1].isalnum() or before[-1:].isalnum():
        return False
    if (
        after[:1]
        and after[0] in "-._/+@"
        and after[1:2].isalnum()
        and (after[0] != "/" or in_address(low, start))
    ):
        return False
    if before[-1:] and before[-1] in "-._/+@" and before[:1].isalnum():
        left = start - 1
        while left > 0 and low[left - 1].isalpha():
            left -= 1
        if low[left : start - 1] not in _LABEL_PREFIX and (before[-1] != "/" or in_address(low, start)):
            return False
    if before[-1:] == "/" and in_address(low, start):
        return False
    if after[:1] == " " and after[1:2].isdigit() and low[end - 1].isdigit():
        return _separate_after(low, end)
    return not (
        before[-1:] == " "
        and before[:1].isdigit()
        and low[start].isdigit()
        and not _separate_before(low, start)
    )


def _separate_after(low: str, end: int) -> bool:
    """A number after a blank is another one when it is a date, a long number, or a house number before a name."""
    run = end + 1
    while run < len(low) and (low[run].isdigit() or low[run] in "/.-"):
        run += 1
    follower = low[end + 1 : run]
    if len(follower) >= 8 or "/" in follower:
        return True
    return low[run : run + 1].isalpha() or (
        low[run : run + 1] == " " and low[run + 1 : run + 2].isalpha() and len(follower) <= 3
    )


def _separate_before(low: str, start: int) -> bool:
    run = start - 1
    while run > 0 and (low[run - 1].isdigit() or low[run - 1] in "/.-"):
        run -= 1
    return start - 1 - run >= 6 or run == 0 or low[run - 1] == "\n" or start - 1 - run <= 3
