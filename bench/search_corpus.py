"""The items and the queries that engines are measured with: the same ones, in the same order, each time."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.search.engine import Document, Index

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "articles.jsonl.gz"
START = datetime(2020, 1, 1, tzinfo=UTC)
TAGS = ["hr", "it", "housing", "planning", "tax", "bins", "schools", "finance", "design", "code"]
SPACES, SPACES_CHOSEN, PEOPLE = 100, 20, 900
TOKENS = frozenset({"everyone", "staff", *(f"space:{number}" for number in range(1, SPACES_CHOSEN + 1))})
ROUNDS = 100


def sections(characters: int = 1200) -> list[tuple[str, str]]:
    """(title, text) of the corpus, cut at headings and at a length."""
    found: list[tuple[str, str]] = []
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            for part in re.split(r"\n(?=#{1,6} )", article["body"]):
                heading = re.match(r"#+ (.*)", part)
                title = (heading[1] if heading else article["title"])[:120]
                for first in range(0, len(part), characters):
                    text = part[first : first + characters]
                    if len(text.split()) >= 12:
                        found.append((title, text))
    return found


def texts(count: int) -> Iterator[tuple[str, str]]:
    """As many (title, text) as asked for: the sections, then halves of two sections joined."""
    chance = random.Random(2)
    known = sections()
    for number in range(count):
        title, text = known[number % len(known)]
        if number >= len(known):
            other = known[chance.randrange(len(known))][1]
            text = text[: len(text) // 2] + " " + other[len(other) // 2 :]
        yield title, text


def documents(count: int) -> Iterator[Document]:
    """The texts as documents of 100 spaces and 900 people, a fifth of them for single spaces' members only."""
    chance = random.Random(1)
    audiences = ["everyone"] * 4 + ["staff"] * 6 + [f"space:{number}" for number in range(1, SPACES + 1)]
    for number, (title, text) in enumerate(texts(count)):
        yield Document(
            key=f"item:{number}",
            kind=chance.choice(["post", "topic", "document", "answer"]),
            audience=chance.choice(audiences),
            title=title,
            body=text,
            tags=chance.sample(TAGS, chance.randint(0, 3)),
            space=f"Space {number % SPACES}",
            space_id=number % SPACES,
            author=f"Person {number % PEOPLE}",
            author_id=number % PEOPLE,
            active=START + timedelta(minutes=chance.randrange(3_400_000)),
        )


def words_of(index: Index) -> list[str]:
    """The words of the index's first segment, commonest first."""
    lexicon = index.refresh().segments[0].lexicon("words")
    ordered = sorted(zip(lexicon.frequencies.tolist(), lexicon.terms, strict=True), reverse=True)
    return [term.decode() for _, term in ordered if term.isalpha()]


def queries_of(words: Sequence[str]) -> dict[str, list[str]]:
    """Queries of each kind from words, commonest first."""
    chance = random.Random(3)
    common, middle, rare = words[:40], words[40:600], words[600:3000]
    pairs = [f"{chance.choice(common + middle)} {chance.choice(middle)}" for _ in range(ROUNDS)]
    joints = [("content", "type"), ("user", "needs"), ("the", "service"), ("of", "the"), ("pull", "request")]
    starts = "abcdefghijklmnoprstuw"
    return {
        "words": [pair + (f" {chance.choice(rare)}" if chance.random() < 0.4 else "") for pair in pairs],
        "common": list(common),
        "phrase": [f'"{first} {second}"' for first, second in joints for _ in range(8)],
        "typeahead": [word[:length] for word in middle[::12] for length in (1, 2, 3, 4)],
        "misspelt": [_misspelt(word, chance) for word in middle if len(word) > 5][:ROUNDS],
        "prefix": [
            *(f"{first}*" for first in starts),
            *(f"{first}{second}*" for first in "cdpst" for second in "aeioru"),
            *(f"*{word[2:]}" for word in middle[::40]),
            *(f"{word[:2]}*{word[-2:]}" for word in middle[::40]),
        ],
        "odd": odd_queries(chance, words),
    }


def odd_queries(chance: random.Random, words: Sequence[str]) -> list[str]:
    """500 queries that nobody should type."""
    fixed = [
        *("a " * 2500, "x" * 5000, "(" * 5000, "* * *", "the of and to in", '"to be or not to be"', "-the", "a*", "🚀"),
        *("s* t* c*", "(a OR b) " * 200, "'; DROP TABLE item; --", "NOT content", "before:2023", " ".join(words[:40])),
    ]  # fmt: skip
    signs = ['"', "-", "(", ")", "*", " OR ", " ", "title:", "kind:", "é", "\u202e", "\x00"]
    made = [
        "".join(chance.choice([*signs, *words[:50]]) for _ in range(chance.randint(1, 60)))
        for _ in range(500 - len(fixed))
    ]
    return fixed + made


def _misspelt(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
