"""Patterns written by administrators: re2 only, so that none can hang the hub, with limits and plain errors.

re2 matches in time proportional to the text; what it cannot do so (look-around, back-references) it refuses.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import re2

MAX_PATTERN = 1_000
MAX_MEMORY = 8 << 20
MAX_PROGRAM = 2_000
WINDOW, OVERLAP = 4_096, 512
MAX_MATCHES = 200
MAX_TEXT = 1 << 20
PROBE_SIZE = 64 << 10
PROBE_LIMIT = 0.05
MAX_WORDS = 2_000
_PROBES = (b"a", b"a b ", b"0", b"ab1-", b"<x> ")


class PatternError(ValueError):
    """A pattern that cannot be used; the message says in plain words why."""


class AdminPattern:
    """A checked pattern; `find(text)` yields (start, end) offsets of at most MAX_MATCHES matches."""

    def __init__(self, source: str, compiled: object, probe_seconds: float) -> None:
        self.source = source
        self.probe_seconds = probe_seconds
        self._compiled = compiled

    def __repr__(self) -> str:
        return f"AdminPattern({self.source!r})"

    def find(
        self, text: str, *, limit: int = MAX_MATCHES, seconds: float = PROBE_LIMIT
    ) -> Iterator[tuple[int, int]]:
        """Non-empty matches as character offsets, in the first MAX_TEXT characters.

        Looks through the text in windows that overlap by OVERLAP bytes (a longer match may be cut there), so that the
        clock can be read between them: stops without a word once `seconds` have passed, or after `limit` matches.
        """
        data = text[:MAX_TEXT].encode("utf-8", "replace")
        plain = len(data) == len(text[:MAX_TEXT])
        deadline = time.perf_counter() + seconds
        count = characters = place = done = 0
        for window in range(0, max(1, len(data)), WINDOW):
            stop = min(len(data), window + WINDOW + OVERLAP)
            for match in self._compiled.finditer(data, max(window, done), stop):  # type: ignore[attr-defined]
                start, end = match.span()
                if end == start or (start >= window + WINDOW and stop < len(data)):
                    continue
                done = end
                if plain:
                    yield start, end
                else:
                    characters += len(data[place:start].decode("utf-8", "ignore"))
                    length = len(data[start:end].decode("utf-8", "ignore"))
                    yield characters, characters + length
                    characters += length
                    place = end
                count += 1
                if count >= limit:
                    return
            if time.perf_counter() > deadline:
                return


def compile_admin_pattern(text: str) -> AdminPattern:
    """Check and compile an administrator's pattern (case is ignored).

    Raises PatternError when it is empty, too long, not understood, too large, matches nothing at all everywhere, or takes
    longer than 50 ms on 64 KB of awkward text.
    """
    if not text.strip():
        raise PatternError("The pattern is empty.")
    if len(text) > MAX_PATTERN:
        raise PatternError(f"The pattern has {len(text)} characters; at most {MAX_PATTERN} are allowed.")
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    options.case_sensitive = False
    options.never_capture = True
    try:
        compiled = re2.compile(text.encode(), options)
    except re2.error as error:
        raise PatternError(_plain(text, error)) from None
    if compiled.programsize > MAX_PROGRAM:
        raise PatternError(
            "The pattern is too large once its repetitions are written out. Use smaller numbers in { }."
        )
    if compiled.fullmatch(b"") is not None:
        raise PatternError(
            "The pattern also matches nothing at all, so it would fire on every text. Make some part of it required."
        )
    slowest = max(_probe(compiled, unit) for unit in (*_PROBES, _literal(text)))
    if slowest > PROBE_LIMIT:
        raise PatternError(
            f"The pattern took {slowest * 1000:.0f} ms on 64 KB of text; at most {PROBE_LIMIT * 1000:.0f} ms are allowed."
        )
    return AdminPattern(text, compiled, slowest)


def _probe(compiled: object, unit: bytes) -> float:
    """Best of three, so that a busy machine does not speak against a pattern."""
    text = (unit * (PROBE_SIZE // len(unit) + 1))[:PROBE_SIZE]
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for number, _match in enumerate(compiled.finditer(text)):  # type: ignore[attr-defined]
            if number >= MAX_MATCHES:
                break
        best = min(best, time.perf_counter() - start)
        if best <= PROBE_LIMIT:
            break
    return best


def _literal(text: str) -> bytes:
    """Text made of the pattern's own letters and digits: the likeliest to almost match."""
    return "".join(c for c in text if c.isalnum())[:64].encode() or b"a"


def _plain(text: str, error: Exception) -> str:
    detail = (
        error.args[0].decode("utf-8", "replace")
        if error.args and isinstance(error.args[0], bytes)
        else str(error)
    )
    reasons = (
        ("missing )", "A bracket “(” is never closed."),
        ("unexpected )", "There is a “)” without a “(”."),
        ("missing ]", "A “[” is never closed."),
        ("no argument for repetition", "There is a *, + or ? with nothing before it."),
        ("bad repetition operator", "Two repetition signs follow each other."),
        ("invalid repetition size", "A number in { } is too large; at most 1000 is allowed."),
        ("invalid character class range", "A range in [ ] runs backwards, as in [z-a]."),
        ("trailing \\", "The pattern ends with a single backslash."),
        ("pattern too large", "The pattern is too large once its repetitions are written out."),
        ("invalid UTF-8", "The pattern holds characters that cannot be read."),
    )
    if re.search(r"\(\?<?[=!]", text):
        return "Looking ahead or behind, (?=…) or (?!…), is not supported: it can make a search endless."
    if re.search(r"\\[1-9]", text):
        return "Referring back to a group, \\1, is not supported: it can make a search endless."
    for sign, words in reasons:
        if sign in detail:
            return words
    return f"The pattern is not understood: {detail}."


def compile_word_list(words: list[str]) -> frozenset[str]:
    """A word list as a token set: lower case, single words of letters, digits, hyphen or apostrophe.

    Raises PatternError for an empty list, more than MAX_WORDS words, or a word of another form.
    """
    cleaned = {word.strip().lower() for word in words if word.strip()}
    if not cleaned:
        raise PatternError("The word list is empty.")
    if len(cleaned) > MAX_WORDS:
        raise PatternError(f"The list has {len(cleaned)} words; at most {MAX_WORDS} are allowed.")
    odd = sorted(word for word in cleaned if not re.fullmatch(r"[\w][\w'’-]{0,48}", word))
    if odd:
        raise PatternError(f"“{odd[0][:40]}” is not a single word. Use a pattern for phrases.")
    return frozenset(cleaned)


_TOKEN = re.compile(r"[\w][\w'’-]*")


def find_words(words: frozenset[str], text: str, *, limit: int = MAX_MATCHES) -> list[tuple[int, int]]:
    """Places of listed words in a text, as whole words only, at most `limit`."""
    low = text.lower() if len(text.lower()) == len(text) else text
    if words.isdisjoint(_TOKEN.findall(low)):
        return []
    found = []
    for match in _TOKEN.finditer(low):
        if match.group() in words:
            found.append(match.span())
            if len(found) >= limit:
                break
    return found
