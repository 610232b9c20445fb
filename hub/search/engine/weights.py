"""Every number that decides the order of results, in one place."""

from dataclasses import dataclass, replace
from typing import Any

RANKED_FIELDS = ("words", "title", "headings", "tags", "files", "comments")


@dataclass(frozen=True, slots=True)
class Weights:
    """Scores are sums of BM25 parts for each word, then small factors and bonuses.

    `k1` and `b` are BM25's (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009):
    how fast repeats stop counting, and how much long texts are held back.
    Field weights multiply the BM25 part of a word in that field; title, headings and tags count on top of
    `words`, which holds title, tags and body together.
    """

    k1: float = 1.4
    b: float = 0.75
    words: float = 1.0
    title: float = 1.2
    headings: float = 0.4
    tags: float = 0.5
    files: float = 0.7
    comments: float = 0.4
    synonym: float = 0.6  # a synonym counts this share of the word as typed
    acronym: float = 0.5  # "it" typed in small letters also counts documents about IT
    nearby: float = 0.5  # share of a pair's rarity added when two query words stand next to one another
    window: float = 0.3  # … and when they stand within eight words in any order
    exact: float = 0.05  # the word in the very form that was typed
    title_match: float = 0.35  # the title is, or begins with, the whole query
    phrase: float = 0.2  # the whole query stands in the text as typed
    fresh: float = 0.12  # a new document counts up to this much more …
    half_life_days: float = 365.0  # … losing half of it in this time, unless its kind has its own
    half_lives: tuple[tuple[str, float], ...] = (("topic", 270.0), ("post", 180.0), ("document", 730.0))
    confirmed: float = 0.06  # confirmed as current within its review time
    solved: float = 0.06  # a question with an accepted answer
    overdue: float = 0.08  # taken off a document whose review is overdue
    rerank: int = 60  # for how many of the best documents nearness is looked at
    feedback: float = (
        0.4  # to a long question, words of its best answers add up to this share of a word of its own …
    )
    examples: int = 6  # … as many of them being read …
    example_words: int = 20  # … and as many words used
    need_all: int = 3  # up to this many words, a document must hold all of them
    need_two: int = 4  # of more, up to this many, at least two; of still more, at least one
    least_share: float = (
        0.12  # for more than `need_all` words, what scores below this share of the best is left out
    )
    prefix_terms: int = 100  # a prefix stands for at most so many words …
    prefix_postings: int = (
        20_000  # … and so many occurrences; a query's second one for a third, its third for a fifth
    )
    longest: int = 40  # of a longer query, only the rarest words count …
    longest_postings: int = (
        100_000  # … and, beyond the rarest six, only while they stand in so many documents
    )

    def ranking_key(self) -> tuple[Any, ...]:
        """What the cached parts of scores depend on."""
        return (self.k1, self.b, self.words, self.title, self.headings, self.tags, self.files, self.comments)

    def only(self, field: str) -> "Weights":
        """The same weights with all ranking fields but one at nought, for explanations."""
        others = {name: 0.0 for name in RANKED_FIELDS if name != field}
        return replace(self, **others)  # type: ignore[arg-type]
