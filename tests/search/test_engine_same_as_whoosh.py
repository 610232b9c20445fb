"""The NumPy reader answers exactly as Whoosh's own searcher does: same documents, same order up to ties."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hub.search.engine import Document, Index, Weights, vector, whoosh_search
from hub.search.engine.plan import Planner
from hub.search.engine.synonyms import council_synonyms

SPOKEN = (
    "bin refuse waste housing benefit council tax form meeting meetings policy policies covid-19 "
    "SEN2 support the of and to IT staff children's services school places planning road repair "
    "repairs parking permit permits library libraries budget finance O'Neill e-mail C# R&D report "
    "reports team teams leader leave pay pension"
)
WORDS = SPOKEN.split()
AUDIENCES = ["everyone", "staff", "space:1", "space:2", "person:3", "org:2"]
START = datetime(2021, 1, 1, tzinfo=UTC)


def sentence(random, longest):
    return " ".join(random.choices(WORDS, weights=[1 / (1 + n % 17) for n in range(len(WORDS))], k=longest))


def make_document(random, number):
    return Document(
        f"item:{number}",
        random.choice(["post", "topic", "document"]),
        random.choice(AUDIENCES),
        sentence(random, random.randint(1, 6)),
        sentence(random, random.randint(5, 60)),
        headings=[sentence(random, 3)] if random.random() < 0.4 else [],
        tags=random.sample(["Housing", "tax help", "IT", "health"], random.randint(0, 3)),
        attachments=[("a.pdf", sentence(random, 30))] if random.random() < 0.3 else [],
        comments=sentence(random, 20) if random.random() < 0.3 else "",
        space=random.choice(["Housing", "Digital team"]),
        space_id=random.randint(1, 4),
        author=random.choice(["Sam Jones", "Ann Lee"]),
        author_id=random.randint(1, 9),
        active=START + timedelta(days=random.randint(0, 1900)),
        solved=random.random() < 0.2,
    )


def make_query(random):
    parts = []
    for _ in range(random.choice([1, 1, 2, 2, 3, 4, 6, 9])):
        word = random.choice(WORDS)
        parts.append(
            random.choice(
                [
                    *[word] * 8,
                    f"-{word}",
                    f'"{word} {random.choice(WORDS)}"',
                    f'-"{word} {random.choice(WORDS)}"',
                    f"({word} OR {random.choice(WORDS)})",
                    f"({word} OR {random.choice(WORDS)}) {random.choice(WORDS)} OR {random.choice(WORDS)}",
                    f"(-{word} OR {random.choice(WORDS)})",
                    f"{word[:3]}*",
                    f"title:{word}",
                    random.choice(
                        ["kind:post", "is:solved", "has:attachment", "-kind:topic", "space:housing"]
                    ),
                    random.choice(
                        ["after:2023", "before:2024-06", "author:lee", "tag:health", "year:2022", "zebra"]
                    ),
                ]
            )
        )
    return " ".join(parts)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Four segments, with documents replaced and deleted across them."""
    chance = random.Random(7)
    index = Index.open(tmp_path_factory.mktemp("index"))
    for first in (0, 60, 100, 110):
        index.apply(
            [
                make_document(chance, number)
                for number in range(first, first + 60 if first < 100 else first + 10)
            ]
        )
    index.apply(
        [make_document(chance, number) for number in range(50, 60)], [f"item:{n}" for n in range(20, 30)]
    )
    return index


def test_2000_random_queries_match_as_whoosh_matches(index):
    chance = random.Random(11)
    snapshot, weights = index.refresh(), Weights()
    assert len(snapshot.segments) == 5
    answered = 0
    for number in range(2_000):
        query = make_query(chance)
        plan = Planner(snapshot, council_synonyms(), weights).plan(query)
        for match in filter(None, (plan.match, None if number % 5 else plan.wide)):
            fast, fast_scores = vector.run(snapshot, match, weights)
            slow, slow_scores = whoosh_search.run(snapshot, match, weights)
            fast = fast & snapshot.live
            assert np.array_equal(fast, slow), query
            assert np.allclose(fast_scores[fast], slow_scores[fast], rtol=1e-4, atol=1e-5), query
            answered += bool(fast.any())
    assert answered > 1_000


def test_whole_answers_with_filters_are_the_same(index):
    chance = random.Random(13)
    slow = Index(index._store.folder, executor=whoosh_search.run)
    for _ in range(300):
        query = make_query(chance)
        chosen = {
            "tokens": frozenset(chance.sample(AUDIENCES, chance.randint(0, 4))),
            "kind": chance.choice([None, None, "post", ["post", "topic"]]),
            "space": chance.choice([None, None, 1, [1, 2]]),
            "tag": chance.choice([None, None, "Tax help"]),
            "sort": chance.choice(["relevance", "relevance", "date"]),
            "limit": 25,
            "now": datetime(2026, 5, 1, tzinfo=UTC),
        }
        one, other = index.search(query, **chosen), slow.search(query, **chosen)
        assert (one.total, one.facets, one.did_you_mean) == (other.total, other.facets, other.did_you_mean), (
            query
        )
        scores = {hit.key: hit.score for hit in other.hits}
        for place, hit in enumerate(one.hits):
            assert hit.score == pytest.approx(other.hits[place].score, rel=1e-4), query
            if hit.key in scores:
                assert hit.score == pytest.approx(scores[hit.key], rel=1e-4), query
