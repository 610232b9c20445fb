"""The passage of a document that shows best why it was found, with the words that matched marked."""

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from hub.search.engine.analysis import chunk_terms, chunks, fold, stem
from hub.search.engine.synonyms import another_sense

PASSAGE = 240  # characters
MOST_MARKS = 400
FARTHEST = 100_000  # characters of one text that are looked at, and of a hit's texts while anything was found in them
LONGEST_RUN = 80  # characters between blanks that are looked at together
_RUN = re.compile(r"\S+")
Parts = list[tuple[str, bool]]


class Marker:
    """Finds and marks what a query asked for. `words` are (exact form, stem); `prefixes` word beginnings; `beside` the
    words by their stems that nobody typed: marked in their own sense only."""

    def __init__(
        self,
        words: Collection[tuple[str, str]],
        prefixes: Collection[str],
        rarity: dict[str, float],
        beside: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._stems = {stemmed for _, stemmed in words}
        self._beside = beside
        self._prefixes = tuple(prefixes)
        self._rarity = rarity
        self._known: dict[str, str | None] = {}
        self._accented: re.Pattern[str] | None = None
        self._beginnings = beginnings = {
            _beginning(word) for word in (*self._stems, *(fold(prefix) for prefix in prefixes))
        }
        self._candidate = _candidates(beginnings, {}) if beginnings else None

    def marks(self, text: str, most: int = MOST_MARKS) -> list[tuple[int, int, str]]:
        """(start, end, stem or prefix) of matching chunks in the order of the text."""
        if self._candidate is None:
            return []
        found: list[tuple[int, int, str]] = []
        known = self._known
        text = text[:FARTHEST]
        behind = 0
        pattern = self._candidate
        if _ACCENTS.search(text):
            if self._accented is None:
                self._accented = _candidates(self._beginnings, _VARIANTS)
            pattern = self._accented
        for match in pattern.finditer(text):
            if match.start() < behind:
                continue
            first = text.rfind(" ", max(0, match.start() - LONGEST_RUN), match.start()) + 1 or match.start()
            run = _RUN.match(text, max(first, behind))
            behind = run.end() if run else match.end()
            for chunk, start, end in chunks(text[max(first, 0) : behind]):
                if chunk not in known:
                    known[chunk] = self._reason(chunk)
                reason = known[chunk]
                if reason is not None:
                    found.append((first + start, first + end, reason))
            if len(found) >= most:
                break
        return found

    def _reason(self, chunk: str) -> str | None:
        parts, extras = chunk_terms(chunk)
        for form in (*parts, *extras):
            if (stemmed := stem(form)) in self._stems and not another_sense(
                form, self._beside.get(stemmed, form)
            ):
                return stemmed
            if self._prefixes and form.startswith(self._prefixes):
                return form
        return None

    def whole(self, text: str) -> Parts:
        """A whole short text, such as a title."""
        return _parts(text, 0, len(text), self.marks(text))

    def passage(self, text: str) -> tuple[Parts, float]:
        """The passage with the rarest different words, and its worth; worth 0 gives the beginning."""
        found = self.marks(text)
        if not found:
            return _parts(text, 0, _end(text, 0), []), 0.0
        best, worth = 0, -1.0
        last = 0
        for first, (start, _, _) in enumerate(found):
            last = max(last, first)
            while last < len(found) and found[last][1] <= start + PASSAGE - 40:
                last += 1
            reasons = [reason for _, _, reason in found[first:last]]
            value = sum(self._rarity.get(reason, 1.0) for reason in set(reasons)) + 0.05 * len(reasons)
            if value > worth:
                best, worth = first, value
        start = _start(text, found[best][0])
        end = _end(text, start)
        return _parts(
            text, start, end, [mark for mark in found if mark[0] >= start and mark[1] <= end]
        ), worth

    def best(self, body: str, others: Iterable[tuple[str, str]]) -> tuple[Parts, str]:
        """The best passage of a text and of the others, which are (place, text): the passage, and "" or its place.

        Of long attachments the first 100,000 characters are compared; when they hold nothing, what follows is
        looked through quickly, for words as they are spelt.
        """
        parts, worth = self.passage(body)
        place = ""
        if self._candidate is None:
            return parts, place
        read = 0
        for name, text in others:
            if read > FARTHEST and (worth or not self._may_hold(text)):
                if worth:
                    break
                continue
            read += len(text)
            other, value = self.passage(text)
            if value > worth:
                parts, worth, place = other, value, name
        return parts, place

    def _may_hold(self, text: str) -> bool:
        lowered = text.lower()
        return any(beginning in lowered for beginning in self._beginnings)


def _beginning(word: str) -> str:
    """Letters with which all words of a stem begin; the last one may change (policy, polici)."""
    return word[: max(3, min(5, len(word) - 1))]


def _candidates(beginnings: Collection[str], variants: Mapping[str, str]) -> re.Pattern[str]:
    """Where a word may begin that is worth analysing: accents and joining signs inside it allowed."""
    spelt = (
        "[-‐‑'’&.]?".join(variants.get(char, re.escape(char)) for char in word) for word in sorted(beginnings)
    )
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(spelt)})", re.IGNORECASE)


def _variants() -> dict[str, str]:
    """{letter: character class of it and its accented forms}, ligatures under their first letter."""
    forms: dict[str, list[str]] = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00), *range(0xFB00, 0xFB07)):
        folded = fold(chr(code))
        if folded.isascii() and folded.isalpha():
            forms.setdefault(folded[0], []).append(chr(code))
    return {letter: f"[{letter}{''.join(others)}]" for letter, others in forms.items()}


_VARIANTS = _variants()
_ACCENTS = re.compile("[À-ɏḀ-ỿﬀ-ﬆ]")


def _start(text: str, at: int) -> int:
    """The beginning of the sentence or line before a place, or a word not far before it."""
    low = max(0, at - 80)
    for sign in ("\n", ". ", "? ", "! "):
        found = text.rfind(sign, low, at)
        if found >= 0:
            return found + len(sign)
    if low == 0:
        return 0
    blank = text.find(" ", low, at)
    return blank + 1 if blank >= 0 else at


def _end(text: str, start: int) -> int:
    end = min(len(text), start + PASSAGE)
    if end == len(text):
        return end
    blank = text.rfind(" ", start + PASSAGE // 2, end)
    return blank if blank > 0 else end


def _parts(text: str, start: int, end: int, found: list[tuple[int, int, str]]) -> Parts:
    """The text from start to end, blanks closed up, in plain and marked pieces; "…" where it is cut."""
    parts: Parts = []
    at = start
    for first, last, _ in found:
        _add(parts, text[at:first], False)
        _add(parts, text[first:last], True)
        at = last
    _add(parts, text[at:end], False)
    if parts and start > 0 and text[:start].strip():
        parts.insert(0, ("… ", False))
    if parts and end < len(text) and text[end:].strip():
        parts.append((" …", False))
    return parts


def _add(parts: Parts, text: str, marked: bool) -> None:
    if not text:
        return
    blank_first, blank_last = text[0].isspace(), text[-1].isspace()
    text = " ".join(text.split())
    text = (" " if blank_first and parts else "") + text + (" " if blank_last and text else "")
    if text:
        parts.append((text, marked))
