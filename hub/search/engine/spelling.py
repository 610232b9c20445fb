"""Did you mean: known words near a typed one, only from documents that the viewer may see."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from hub.search.engine.analysis import STOP_WORDS, stem
from hub.search.engine.segment import Mask, Segment
from hub.search.engine.snapshot import Snapshot

SHORTEST = 4
LONGEST = 24
MOST_CORRECTED = 4  # words of one query: with more of them unknown, a guess helps nobody and costs much
FAR = 100  # a distance that no correction has
_ABSENT = 255  # pads words to one length; never a letter of a word


class WordTable:
    """Words of a segment in ascending order as a matrix of letters, for measuring many at once."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)  # which the garbage collector need not walk through
        self.lengths = np.fromiter(map(len, words), np.int8, len(words))
        encoded = b"".join(word.encode("latin-1").ljust(LONGEST, b"\xff") for word in words)
        self.letters = np.frombuffer(encoded, np.uint8).reshape(len(words), LONGEST)
        self.held = letters_held(self.letters, self.lengths)

    def __contains__(self, word: str) -> bool:
        place = bisect_left(self.words, word)
        return place < len(self.words) and self.words[place] == word


def letters_held(letters: NDArray[np.uint8], lengths: NDArray[np.int8]) -> NDArray[np.uint32]:
    """For each word, a bit for each letter that it holds."""
    held = np.zeros(len(letters), np.uint32)
    for place in range(letters.shape[1]):
        bits = np.left_shift(np.uint32(1), (letters[:, place] & 31).astype(np.uint32))
        held |= np.where(place < lengths, bits, np.uint32(0))
    return held


def correct(snapshot: Snapshot, words: tuple[tuple[str, str], ...], visible: Mask) -> dict[str, str]:
    """{typed form: nearest visible word} for the words that no visible document holds."""
    corrections: dict[str, str] = {}
    tried = 0
    for form, stemmed in dict(words).items():
        if not may_be_corrected(form):
            continue
        if _visible_count(snapshot, form, visible) or _stem_visible(snapshot, stemmed, visible):
            continue
        tried += 1
        if tried > MOST_CORRECTED:
            break
        found = nearest(snapshot, form, visible)
        if found is not None:
            corrections[form] = found
    return corrections


def may_be_corrected(form: str) -> bool:
    """Whether a word is of the sort that is looked up: letters only, not too short, no stop word."""
    return form not in STOP_WORDS and SHORTEST <= len(form) <= LONGEST and form.isascii() and form.isalpha()


def may_be_offered(term: bytes) -> bool:
    """Whether a word of the index, as UTF-8, is of the sort that is offered."""
    return 3 <= len(term) <= LONGEST and term.isalpha() and term.islower()


def _stem_visible(snapshot: Snapshot, stemmed: str, visible: Mask) -> bool:
    for field in ("words", "files", "comments"):
        for base, segment in zip(snapshot.bases, snapshot.segments, strict=False):
            if visible[base + segment.postings(field, stemmed)[0]].any():
                return True
    return False


def _visible_count(snapshot: Snapshot, form: str, visible: Mask) -> int:
    total = 0
    for part, base in enumerate(snapshot.bases[:-1]):
        total += int(np.count_nonzero(visible[base + snapshot.holding(part, "exact", form)]))
    return total


def nearest(snapshot: Snapshot, form: str, visible: Mask) -> str | None:
    """The best visible word for one that is not known; see `candidates` and `choose`."""
    lexicons = [segment.lexicon("exact") for segment in snapshot.segments]
    for words in candidates(tables(snapshot), form):
        # No more documents can be visible than hold a word, so most of the rarer ones need no look.
        most = sorted((-sum(lexicon.frequency(word) for lexicon in lexicons), word) for word in words)
        best, found = 0, ""
        for held, word in most:
            if -held < best:
                break
            count = _visible_count(snapshot, word, visible)
            if count > best or (count and count == best and word < found):
                best, found = count, word
        if found:
            return found
    return None


def candidates(tables: Sequence[WordTable], form: str) -> list[list[str]]:
    """Words within one edit of the form (two from six letters on), in groups from the likeliest on: fewest
    edits, then the same first letter. All of them: of those left out, others' words would decide.
    """
    allowed = 1 if len(form) < 6 else 2
    stemmed = stem(form)
    groups: dict[tuple[int, bool], list[str]] = {}
    for table in tables:
        for place, distance in _near(table, form, allowed):
            word = table.words[place]
            if stem(word) != stemmed and word not in STOP_WORDS:
                groups.setdefault((distance, word[0] != form[0]), []).append(word)
    return [sorted(groups[likeness]) for likeness in sorted(groups)]


def choose(groups: list[list[str]], count: Callable[[list[str]], list[int]]) -> str | None:
    """The commonest word, for the viewer, of the first group with any that the viewer may see; of equals the
    first in the alphabet. `count` says in how many visible documents each word of a list stands.
    """
    for words in groups:
        counts = count(words)
        if any(counts):
            return words[counts.index(max(counts))]
    return None


def tables(snapshot: Snapshot) -> list[WordTable]:
    """The words of the segments, each in the table of the first segment that holds it.

    Made once for each segment, and again when those before it have changed.
    """
    made: list[WordTable] = []
    before: tuple[str, ...] = ()
    for segment in snapshot.segments:
        known = segment.memo.get("words")
        if known is None or known[0] != before:
            known = segment.memo["words"] = (before, _table(segment, made))
        before = (*before, segment.id)
        made.append(known[1])
    return [table for table in made if table.words]


def _table(segment: Segment, before: Sequence[WordTable]) -> WordTable:
    words = (term.decode() for term in segment.lexicon("exact").terms if may_be_offered(term))
    return WordTable([word for word in words if not any(word in table for table in before)])


def _near(table: WordTable, form: str, allowed: int) -> list[tuple[int, int]]:
    """(row, edits) of words within `allowed` edits."""
    held = np.uint32(0)
    for letter in form.encode("latin-1"):
        held |= np.uint32(1 << (letter & 31))
    fitting = np.abs(table.lengths - len(form)) <= allowed
    fitting &= np.bitwise_count(table.held ^ held) <= 2 * allowed
    rows = np.flatnonzero(fitting)
    if not len(rows):
        return []
    distances = edits(form, table.letters[rows], table.lengths[rows], allowed)
    near = np.flatnonzero(distances <= allowed)
    return [(int(rows[place]), int(distances[place])) for place in near]


def edits(
    form: str, letters: NDArray[np.uint8], lengths: NDArray[np.int8], allowed: int = LONGEST
) -> NDArray[np.int8]:
    """Optimal string alignment distance of one word to each row: insert, delete, replace, swap neighbours.

    The recurrence is that of Damerau (1964) in the restricted form; each cell is worked out for all rows
    at once, and only where the lengths so far differ by no more than `allowed`: what is farther comes out
    as FAR or as some other number above `allowed`.
    """
    count, width = len(letters), int(lengths.max())
    far: NDArray[np.int8] = np.full(count, FAR, np.int8)
    before: list[NDArray[np.int8]] = [far] * (width + 1)
    row = [np.full(count, j, np.int8) if j <= allowed else far for j in range(width + 1)]
    typed = form.encode("latin-1")
    columns = np.ascontiguousarray(letters[:, :width].T)
    for i, letter in enumerate(typed, 1):
        following = [far] * (width + 1)
        if i <= allowed:
            following[0] = np.full(count, i, np.int8)
        for j in range(max(1, i - allowed), min(width, i + allowed) + 1):
            differs = (columns[j - 1] != letter).view(np.int8)
            cell = np.minimum(row[j], following[j - 1])
            cell += np.int8(1)
            np.minimum(cell, row[j - 1] + differs, out=cell)
            if i > 1 and j > 1:
                swapped = (columns[j - 1] == typed[i - 2]) & (columns[j - 2] == letter)
                if swapped.any():
                    cell = np.where(swapped, np.minimum(cell, before[j - 2] + np.int8(1)), cell)
            following[j] = cell
        before, row = row, following
    distances: NDArray[np.int8] = np.stack(row)[lengths.astype(np.int64), np.arange(count)]
    return distances
