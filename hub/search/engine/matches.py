"""What a plan is made of: a tree in which each node has a set of documents and a score for each of them.

A parent's set and scores are made from its children's. Both executors read these trees: `vector.py` with
NumPy and `whoosh_search.py` with Whoosh's own searcher.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """Documents that hold a ranking term; scored by BM25 over the fields."""

    term: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Documents in which exact forms stand next to one another; scores nothing."""

    terms: tuple[str, ...]
    field: str = "exact"


@dataclass(frozen=True, slots=True)
class Forms:
    """Documents that hold any of these exact forms; each scores one."""

    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """Documents with a value in a filter or name field; scores nothing."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Dated:
    """Documents dated from `first` to `last` (seconds since 1970, both included); scores nothing."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Every:
    """All documents; scores nothing."""


@dataclass(frozen=True, slots=True)
class All:
    """In all children's sets; the children's scores together."""

    children: tuple["Match", ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """In at least `need` (≥ 1) of the children's sets; the scores together."""

    need: int
    children: tuple["Match", ...]


@dataclass(frozen=True, slots=True)
class Best:
    """In any child's set; the highest of the children's scores, each times its share."""

    children: tuple[tuple["Match", float], ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """In the first's set; the second adds its score where it matches."""

    first: "Match"
    second: "Match"


@dataclass(frozen=True, slots=True)
class Not:
    """Not in the child's set; scores nothing."""

    child: "Match"


Match = Word | Phrase | Forms | Has | Dated | Every | All | AtLeast | Best | Maybe | Not
NOTHING = AtLeast(1, ())


def words_of(match: Match) -> Iterator[Word]:
    """The scored words of a tree, those of refused parts left out."""
    match match:
        case Word():
            yield match
        case All(children) | AtLeast(_, children):
            for child in children:
                yield from words_of(child)
        case Best(choices):
            for child, _ in choices:
                yield from words_of(child)
        case Maybe(first, second):
            yield from words_of(first)
            yield from words_of(second)
