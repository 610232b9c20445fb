"""From text to terms: the same way for documents and for queries.

A text is cut into chunks ("COVID-19", "children's", "C#"); a chunk gives one exact form per position
("covid", "19") and extra forms at its first position ("covid19"), so that all spellings meet. Ranking uses
the stems of what is not a stop word; phrases use the exact forms, stop words included.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

LONGEST_WORD = 64
LONGEST_COMPOUND = 6
_STOPPED = """
a about after all also am an and any are as at be because been before being between both but by can could
did do does doing during each for from further had has have having he her here hers him his how i if in into
is it its itself just let may me might more most must my no nor not of off on once only or other our ours
out over own said same she should so some such than that the their theirs them then there these they this
those through to too under until up upon us very was we were what when where which while who whom why will
with would you your yours
"""
STOP_WORDS = frozenset(_STOPPED.split())

_LETTERS = {
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ħ": "h",
    "ŋ": "n",
}
_SPECIAL = str.maketrans(_LETTERS)
_MARKS = "\u0300-\u036f\u0591-\u05bd\u064b-\u0652"  # Latin, Hebrew and Arabic marks that folding drops
_DROPPED = re.compile(f"[{_MARKS}]")
# Zero-width, bidirectional and soft-hyphen characters stand inside words without being part of them.
_INVISIBLE = dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)
_VOWEL_SIGNS = (
    "\u0900-\u0903\u093a-\u094f\u0980-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d\u0a81-\u0a83\u0abc-\u0acd"
)
_CHAR = rf"(?:[^\W_]|[{_MARKS}{_VOWEL_SIGNS}\u00ad\u200b-\u200f\u2060])"
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2212"
_APOSTROPHES = "'\u2018\u2019\u02bc\u2032\u0060\u00b4"
CHUNK = re.compile(
    rf"[{_CJK}]"
    rf"|(?<![^\W_])(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?![^\W_]))?"
    rf"|(?:(?![{_CJK}]){_CHAR})+"
    rf"(?:(?:[{_HYPHENS}{_APOSTROPHES}&]|(?<=\d)[.](?=\d)|(?<=\d),(?=\d{{3}}(?!\d)))(?:(?![{_CJK}]){_CHAR})+)*"
    rf"(?:\+\+|\#)?"
)
_SPLIT = re.compile(rf"[{_HYPHENS}.&]")
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_local = threading.local()


class Chunk(NamedTuple):
    """The terms of one chunk: exact forms in order, and forms that stand beside the first of them."""

    parts: tuple[str, ...]
    extras: tuple[str, ...]


class Analysed(NamedTuple):
    """A text as terms: one exact form per position, and (position, form) pairs beside them."""

    exact: list[str]
    extras: list[tuple[int, str]]


def fold(word: str) -> str:
    """Lower case, accents dropped, ligatures opened: "Tŷ" → "ty", "Œuvre" → "oeuvre"."""
    if word.isascii():
        return word.lower()
    word = unicodedata.normalize("NFKD", word.translate(_INVISIBLE).casefold())
    return _DROPPED.sub("", word).translate(_SPECIAL)


@lru_cache(maxsize=1 << 14)
def stem(word: str) -> str:
    """The Snowball English stem of a folded word; codes, short and non-English letters stay as they are."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    try:
        stemmer = _local.stemmer
    except AttributeError:  # a Snowball stemmer keeps state, so each thread has its own
        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    stemmed: str = stemmer.stemWord(word)
    return stemmed


@lru_cache(maxsize=1 << 14)
def chunk_terms(chunk: str) -> Chunk:
    """The terms of one match of CHUNK."""
    if chunk.isascii() and chunk.isalnum():
        word = chunk.lower()[:LONGEST_WORD]
        if word in STOP_WORDS and len(word) > 1 and chunk.isupper():
            return Chunk((word,), (chunk,))  # IT, US, WHO: beside the stop word, the acronym in capitals
        return Chunk((word,), ())
    chunk = chunk.translate(_INVISIBLE)
    if chunk.endswith(("#", "++")):
        return Chunk((fold(chunk)[:LONGEST_WORD],), ())
    if re.fullmatch(r"(?:[^\W\d_]\.){2,}[^\W\d_]?", chunk):
        return Chunk((fold(chunk).replace(".", ""),), ())
    chunk = chunk.replace(",", "")
    extras: list[str] = []
    parts: list[str] = []
    for piece in _SPLIT.split(chunk):
        halves = _APOSTROPHE.split(piece)
        word = fold("".join(halves))[:LONGEST_WORD]
        if not word:
            continue
        if len(halves) == 2 and len(halves[1]) > 2:
            extras.append(fold(halves[1])[:LONGEST_WORD])  # O'Neill is found by Neill
        parts.append(word)
    if 1 < len(parts) <= LONGEST_COMPOUND:
        glue = "&" if "&" in chunk else "." if "." in chunk and not re.search(f"[{_HYPHENS}]", chunk) else ""
        extras.append(glue.join(parts)[:LONGEST_WORD])
    return Chunk(tuple(parts), tuple(extras))


def chunks(text: str) -> Iterator[tuple[str, int, int]]:
    """(chunk, start, end) in reading order; the offsets count characters of the text as given."""
    for match in CHUNK.finditer(text):
        yield match.group(), match.start(), match.end()


def analyse(text: str) -> Analysed:
    """All terms of a text."""
    exact: list[str] = []
    extras: list[tuple[int, str]] = []
    append = exact.append
    for chunk in CHUNK.findall(text):
        parts, beside = chunk_terms(chunk)
        if beside:
            extras.extend((len(exact), term) for term in beside)
        if len(parts) == 1:
            append(parts[0])
        else:
            exact.extend(parts)
    return Analysed(exact, extras)


def ranked(analysed: Analysed) -> list[str]:
    """The terms that count for ranking: stems of all but stop words, and the extra forms."""
    terms = [stem(word) for word in analysed.exact if word not in STOP_WORDS]
    terms.extend(stem(term) for _, term in analysed.extras)
    return terms
