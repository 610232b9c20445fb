"""The Whoosh schema, and how a document fills it.

Ranking fields hold stems with frequencies and no positions (they decode four times faster); the one
positional field `exact` serves phrases and nearness. Filter fields hold whole values; columns hold dates.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

from whoosh import columns, fields, formats

from hub.search.engine.analysis import Analysed, analyse, fold, ranked, stem
from hub.search.engine.documents import BadDocument, Document, seconds
from hub.search.engine.weights import RANKED_FIELDS

GAP = 100  # positions left free between title, body, comments and attachments: no phrase spans two of them
STEM_MARK = "+"  # "+layer" stands where a word of that stem stands that is not itself "layer"
RANKED = RANKED_FIELDS
MATCHED = ("words", "headings", "files", "comments")  # title and tags are part of words as well
COUNTED = ("words", "files", "comments")  # … and so, as a rule, are headings
FACETS = ("kind", "space", "author", "tag", "year")


class Postings(formats.Existence):
    """Frequencies only, carried as the posting's weight; no value bytes."""


class Positions(formats.Positions):
    """Positions as packed 32-bit numbers, which NumPy reads without unpickling."""

    def encode(self, poslist: list[int]) -> bytes:
        return array("I", poslist).tobytes()

    def decode_positions(self, valuestring: bytes) -> list[int]:
        return array("I", valuestring).tolist()

    def decode_frequency(self, valuestring: bytes) -> int:
        return len(valuestring) // 4


class Terms(fields.FieldType):
    """A field of ready-made terms: {term: frequency}, or {term: [positions]} when positional."""

    indexed = True
    stored = False
    multitoken_query = "default"

    def __init__(self, positional: bool = False, scorable: bool = False) -> None:
        self.format = Positions() if positional else Postings()
        self.positional = positional
        self.scorable = scorable
        self.analyzer = None

    def index(self, value: Mapping[str, Any], **_: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        if self.positional:
            for term, places in value.items():
                yield term.encode(), len(places), float(len(places)), array("I", places).tobytes()
        else:
            for term, count in value.items():
                yield term.encode(), count, float(count), b""


def make_schema() -> fields.Schema:
    """A new schema; Whoosh pickles it beside the index."""
    return fields.Schema(
        key=Terms(),
        **{name: Terms(scorable=True) for name in RANKED},
        exact=Terms(positional=True),
        title_exact=Terms(positional=True),
        **{name: Terms() for name in ("kind", "space", "author", "tag", "year", "audience", "flag")},
        space_name=Terms(),
        author_name=Terms(),
        active=fields.COLUMN(columns.NumericColumn("I")),
        confirmed=fields.COLUMN(columns.NumericColumn("I")),
        review=fields.COLUMN(columns.NumericColumn("I")),
        print=fields.COLUMN(columns.NumericColumn("Q")),
        shown=fields.STORED(),
    )


def clean(text: str) -> str:
    """Text that can be stored as UTF-8: lone surrogates replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def fields_of(document: Document) -> dict[str, Any]:
    """The document as keyword arguments for a Whoosh writer. BadDocument without key, kind or audience."""
    if not (document.key and document.kind and document.audience):
        raise BadDocument(f"a document needs key, kind and audience: {document.key!r}")
    title, body, comments = clean(document.title), clean(document.body), clean(document.comments)
    tags = [clean(tag) for tag in document.tags]
    files = [(clean(place), clean(text)) for place, text in document.attachments]
    in_title, in_body, in_comments = analyse(title), analyse(body), analyse(comments)
    in_tags = analyse(" . ".join(tags))
    in_files = [analyse(text) for _, text in files]
    title_words, tag_words = ranked(in_title), ranked(in_tags)
    moment = document.active or document.created
    values: dict[str, Any] = {
        "key": {clean(document.key): 1},
        "words": Counter(ranked(in_body) + title_words + tag_words),
        "title": Counter(title_words),
        "tags": Counter(tag_words),
        "headings": Counter(ranked(analyse(clean("\n".join(document.headings))))),
        "comments": Counter(ranked(in_comments)),
        "files": Counter(term for part in in_files for term in ranked(part)),
        "exact": positions([in_title, in_tags, in_body, in_comments, *in_files]),
        "title_exact": positions([in_title]),
        "kind": {clean(document.kind): 1},
        "audience": {clean(document.audience): 1},
        "tag": {fold(tag): 1 for tag in tags},
        "flag": dict.fromkeys(flags(document), 1),
        "space_name": Counter(analyse(clean(document.space)).exact),
        "author_name": Counter(analyse(clean(document.author)).exact),
        "active": seconds(moment),
        "confirmed": seconds(document.confirmed_at),
        "review": seconds(document.review_due),
        "print": fingerprint(in_title, in_body),
        "shown": (document.key, title, body, comments, files),
    }
    if document.space_id is not None:
        values["space"] = {str(document.space_id): 1}
    if document.author_id is not None:
        values["author"] = {str(document.author_id): 1}
    if moment is not None:
        values["year"] = {str(moment.year): 1}
    return {name: value for name, value in values.items() if value}


def flags(document: Document) -> list[str]:
    """What `is:` and `has:` ask for."""
    states = {
        "solved": document.solved,
        "confirmed": document.confirmed_at is not None,
        "attachment": bool(document.attachments),
        "comments": bool(document.comments),
    }
    return [name for name, holds in states.items() if holds]


def positions(parts: list[Analysed]) -> dict[str, list[int]]:
    """{term: places} over all parts, a gap between each; stems that differ from the word stand as "+stem"."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    start = 0
    for part in parts:
        for place, word in enumerate(part.exact, start):
            places[word].append(place)
            stemmed = stem(word)
            if stemmed != word:
                places[STEM_MARK + stemmed].append(place)
        for offset, word in part.extras:
            places[word] = sorted({*places[word], start + offset})
        start += len(part.exact) + GAP
    return places


def fingerprint(title: Analysed, body: Analysed) -> int:
    """64 bits of the words: equal for documents that say the same; 0 (never folded) for short ones."""
    if len(body.exact) < 20:
        return 0
    words = " ".join(title.exact) + "\n" + " ".join(body.exact)
    data = words.encode()
    return crc32(data) << 32 | crc32(data[::-1])
