"""Nothing of a document reaches a viewer without its audience token: no hit, count, word or suggestion."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.search.engine import Document, Index

WHEN = datetime(2026, 5, 1, 12, tzinfo=UTC)
AUDIENCES = [
    "public",
    "everyone",
    "staff",
    "org:2",
    "org:3",
    "space:4",
    "space:4:editors",
    "space:44",
    "person:7",
]
VIEWERS = [
    frozenset(),
    frozenset({"public"}),
    frozenset({"public", "everyone"}),
    frozenset({"public", "everyone", "staff"}),
    frozenset({"public", "everyone", "staff", "space:4"}),
    frozenset({"public", "everyone", "staff", "space:4", "space:4:editors"}),
    frozenset({"public", "everyone", "org:2"}),
    frozenset({"public", "everyone", "org:3"}),
    frozenset({"public", "everyone", "org:2", "space:44"}),
    frozenset({"person:7"}),
    frozenset({"space:4:editors"}),
    frozenset({"unheard of", "", "space", "4"}),
]


def canary(audience):
    """A word that only documents of this audience hold."""
    return "canary" + "".join(char for char in audience if char.isalnum()).replace("4", "four").replace(
        "2", "two"
    ).replace("3", "three").replace("7", "seven")


def make(number, chance):
    audience = chance.choice(AUDIENCES)
    word = canary(audience)
    return Document(
        f"item:{number}",
        chance.choice(["post", "topic", f"kind{word}"]),
        audience,
        f"{chance.choice(['Plan', 'Budget', 'Parking'])} {word}",
        f"shared words about parking and budgets, with {word} inside",
        headings=[f"Heading {word}"],
        tags=[f"tag{word}"],
        attachments=[(f"{word}.pdf, page 2", f"attachment words {word}attached")],
        comments=f"comment {word}commented",
        space=f"Space {word}",
        space_id=chance.choice([1, 2, 3]),
        author=f"Author {word}",
        author_id=AUDIENCES.index(audience) + 100,
        active=WHEN - timedelta(days=chance.randint(0, 3000)),
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    chance = random.Random(3)
    index = Index.open(tmp_path_factory.mktemp("index"))
    documents = {}
    for start in range(0, 160, 40):
        some = [make(number, chance) for number in range(start, start + 44)]
        index.apply(some)
        documents.update({one.key: one for one in some})
    return index, documents


def everything_said(index, text, tokens, **more):
    """All that a viewer can get out of the engine for a query, as one string, and the results."""
    found = index.search(text, tokens=tokens, limit=500, now=WHEN, **more)
    suggested = index.suggest(text, tokens, limit=50, now=WHEN)
    why = [index.explain(text, hit.key, tokens, now=WHEN) for hit in found.hits[:3]]
    return f"{found} {suggested} {why}", found


@pytest.mark.parametrize("tokens", VIEWERS, ids=lambda tokens: ",".join(sorted(tokens)) or "nobody")
def test_no_surface_says_a_word_of_what_the_viewer_may_not_see(filled, tokens):
    index, documents = filled
    for audience in AUDIENCES:
        secret = canary(audience)
        typo = secret[:-3] + secret[-2] + secret[-3] + secret[-1]
        queries = [
            "parking",
            "",
            secret,
            typo,
            secret[:5] + "*",
            "canar",
            f'"{secret} inside"',
            f"title:{secret}",
            "c",
        ]
        for query in [
            *queries,
            f"tag:tag{secret}",
            f"author:{secret}",
            f"kind:kind{secret}",
            "parking zebra",
            "can",
        ]:
            said, found = everything_said(index, query, tokens)
            said = said.replace(f"did_you_mean='{query}'", "")
            for hit in found.hits:
                assert documents[hit.key].audience in tokens
            for other in AUDIENCES:
                if other not in tokens and canary(other) not in query:
                    lengthened = [one for one in AUDIENCES if one in tokens and canary(other) in canary(one)]
                    assert lengthened or canary(other) not in said.lower(), (query, other)


@pytest.mark.parametrize("tokens", VIEWERS, ids=lambda tokens: ",".join(sorted(tokens)) or "nobody")
def test_totals_and_facets_count_exactly_the_visible(filled, tokens):
    index, documents = filled
    visible = [one for one in documents.values() if one.audience in tokens]
    found = index.search("parking", tokens=tokens, limit=500, now=WHEN)
    assert found.total == len(found.hits) == len(visible)
    for name, value in (("kind", "kind"), ("space", "space_id"), ("author", "author_id")):
        expected = {}
        for one in visible:
            expected[str(getattr(one, value))] = expected.get(str(getattr(one, value)), 0) + 1
        assert found.facets[name] == expected


def test_an_invisible_document_cannot_be_explained(filled):
    index, documents = filled
    key = next(key for key, one in documents.items() if one.audience == "person:7")
    assert not index.explain("parking", key, frozenset({"public", "everyone", "staff"}), now=WHEN).found
    assert index.explain("parking", key, frozenset({"person:7"}), now=WHEN).found


def test_a_changed_audience_counts_from_the_next_search(tmp_path):
    index = Index.open(tmp_path)
    index.apply([Document("item:1", "post", "everyone", "Open plan")])
    index.apply([Document("item:1", "post", "space:4", "Open plan")])
    assert index.search("plan", tokens=frozenset({"everyone"})).total == 0
    assert index.search("plan", tokens=frozenset({"space:4"})).total == 1


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "parking",
                    "canary*",
                    "-budget",
                    "OR",
                    "(",
                    ")",
                    '"',
                    "kind:post",
                    "NOT",
                    "words",
                    "title:plan",
                ]
            ),
            max_size=12,
        ).map(" ".join),
    ),
    tokens=st.frozensets(st.sampled_from(AUDIENCES)),
    space=st.sampled_from([None, 1, [2, 3]]),
)
def test_whatever_is_typed_only_the_visible_is_found(filled, text, tokens, space):
    index, documents = filled
    found = index.search(text, tokens=tokens, space=space, limit=500, now=WHEN)
    assert all(documents[hit.key].audience in tokens for hit in found.hits)
    assert found.total <= sum(one.audience in tokens for one in documents.values())
    for suggestion in index.suggest(text, tokens, now=WHEN):
        assert documents[suggestion.key].audience in tokens


def test_hidden_documents_and_merges_change_the_order_of_nothing(tmp_path):
    index = Index.open(tmp_path / "index")

    def tied(number, audience="everyone", words="Parking permit"):
        return Document(f"item:{number}", "post", audience, words, f"{words} {'and ' * number}", active=WHEN)

    def said():
        tokens = frozenset({"everyone"})
        return (
            [one.key for one in index.suggest("park", tokens, now=WHEN)],
            [hit.key for hit in index.search("", tokens=tokens, limit=20, now=WHEN).hits],
            [hit.key for hit in index.search("permit", tokens=tokens, sort="date", now=WHEN).hits],
            [hit.key for hit in index.search("kind:post", tokens=tokens, now=WHEN).hits],
            index.search("gardem", tokens=tokens, now=WHEN).did_you_mean,
        )

    titles = ("Parking permit", "Parking places", "Parking fines")
    for number in range(9):
        index.apply([tied(number, words=titles[number % 3] if number < 3 else f"Parking {number} permit")])
    index.apply([tied(20, words="gardep"), tied(21, words="gardeq")])
    before = said()
    assert before[1] == [f"item:{number}" for number in (21, 20, *range(8, -1, -1))]
    for number in range(30, 60):
        index.apply([tied(number, "staff", "Parking gardeq gardez")])
    index.apply([tied(number, "staff", f"garde{letter}") for number, letter in enumerate("bcdfghij", 70)])
    assert said() == before
    assert index.merge()
    index.apply([], ["item:35"])
    assert said() == before
    index.apply([tied(2, words="Parking fines")])  # fed again as it is: another place in the index
    assert said() == before
