"""Turns what a child wrote into an `Extracted`, believing nothing: every line is checked, counted and cut."""

import json
import logging
from typing import Any

from . import words
from .report import clean, scrub
from .result import MAX_NOTES, MAX_PASSAGES, MAX_PLACE, MAX_SENTENCE, MAX_TEXT, Extracted, Passage, Sniffed

log = logging.getLogger(__name__)

_ENDS = {
    "time": words.TOO_LONG,
    "flood": words.TOO_MUCH_TEXT,
    "memory": words.TOO_HEAVY,
    "crash": words.CRASHED,
}
_AT_ONCE = {
    words.TOO_DENSE: words.TOO_DENSE_AT_ONCE,
    words.TOO_MUCH_TEXT: words.TOO_MUCH_AT_ONCE,
    words.TOO_LONG: words.TOO_LONG_AT_ONCE,
    words.TOO_HEAVY: words.TOO_HEAVY_AT_ONCE,
    words.PARTLY_DAMAGED: words.DAMAGED,
}
"""What to say instead where reading ended before there was any text, so that nothing of it is searched."""


def gather(output: bytes, ended: str, sniffed: Sniffed) -> Extracted:
    """Read the lines of a child that `ended` so; lines that make no sense are dropped."""
    pieces: list[tuple[str, list[str]]] = []
    notes: list[str] = []
    reason: str | None = None
    pages: int | None = None
    left = MAX_TEXT
    for line in output.split(b"\n"):
        said = _object(line)
        text, note, count, fault = said.get("text"), said.get("note"), said.get("pages"), said.get("fault")
        if isinstance(text, str) and left > 0:
            place = clean(_string(said.get("place")))[:MAX_PLACE]
            text = scrub(text[:left])
            left -= len(text) + 1
            if pieces and pieces[-1][0] == place:
                pieces[-1][1].append(text if said.get("goes_on") is True else "\n" + text)
            elif len(pieces) < MAX_PASSAGES:
                pieces.append((place, [text]))
        if isinstance(note, str) and len(notes) < MAX_NOTES and note not in notes:
            notes.append(clean(note)[:MAX_SENTENCE])
        if isinstance(said.get("reason"), str):
            reason = clean(said["reason"])[:MAX_SENTENCE]
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 10_000_000:
            pages = count
        if isinstance(fault, str):
            log.info("reader of %s: %s", sniffed.media_type, clean(fault)[:MAX_SENTENCE])
    passages = [Passage("".join(texts), place) for place, texts in pieces]
    passages = [passage for passage in passages if passage.text.strip()]
    reason = _ENDS.get(ended, reason)
    if reason is not None and not passages:
        reason = _AT_ONCE.get(reason, reason)
    if reason is None and not passages:
        reason = words.NO_TEXT
    return Extracted(sniffed.media_type, sniffed.label, passages, reason, notes, pages)


def _object(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line.decode("utf-8", "replace")) if line else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
