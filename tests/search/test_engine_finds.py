"""The engine finds what was meant, however it was typed, and answers every input."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.search.engine import Document, Index

WHEN = datetime(2026, 5, 1, 12, tzinfo=UTC)
STAFF = frozenset({"public", "everyone", "staff", "space:4"})


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    index = Index.open(tmp_path_factory.mktemp("index"))
    index.apply(
        [
            Document(
                "item:1",
                "post",
                "everyone",
                "COVID-19 rules for IT support",
                "Rules about the children’s services. Send a form to the meetings officer.",
                tags=["Health"],
                space="Housing",
                space_id=4,
                author="Sam Jones",
                author_id=7,
                active=WHEN,
            ),
            Document(
                "item:2",
                "topic",
                "space:4",
                "Bin collection",
                "When is the refuse collected? SEN2 form, C# code, PR-1044, R&D budget 1,250",
                attachments=[("a.pdf, page 4", "Waste strategy for the borough of Ærø")],
                space_id=4,
                active=WHEN,
                solved=True,
            ),
            Document(
                "item:3",
                "post",
                "staff",
                "Tŷ Gwyn",
                "Gwasanaethau’r cyngor: O'Neill and e-mail; to be or not to be, it is what it is. "
                "FOI. HR. ﬁnance",
                comments="A remark about swimming",
                active=WHEN.replace(year=2024),
            ),
        ]
    )
    return index


def keys(index, text, **more):
    return sorted(hit.key for hit in index.search(text, tokens=STAFF, now=WHEN, **more).hits)


@pytest.mark.parametrize("said", ["post", "posts", "Blog", "blogs"])
def test_a_kind_is_found_by_the_words_that_people_have_for_it(index, said):
    assert keys(index, f"kind:{said}") == keys(index, "kind:post") != []


def test_an_acronym_that_nobody_wrote_finds_nothing_but_its_other_names(index):
    assert keys(index, "WE") == [] and keys(index, "NOT") == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("covid-19", "item:1"),
        ("COVID19", "item:1"),
        ("covid 19", "item:1"),
        ("covid‑19", "item:1"),
        ("IT", "item:1"),
        ("IT support", "item:1"),
        ("it support", "item:1"),
        ("childrens services", "item:1"),
        ("children's services", "item:1"),
        ("meeting", "item:1"),
        ("sen2", "item:2"),
        ("C#", "item:2"),
        ("pr1044", "item:2"),
        ("PR-1044", "item:2"),
        ("R&D", "item:2"),
        ("1250", "item:2"),
        ("aero", "item:2"),
        ("ty gwyn", "item:3"),
        ("TŶ GWYN", "item:3"),
        ("gwasanaethau'r", "item:3"),
        ("neill", "item:3"),
        ("O’Neill", "item:3"),
        ("email", "item:3"),
        ("e-mail", "item:3"),
        ("finance", "item:3"),
        ("foi", "item:3"),
        ("HR", "item:3"),
        ("swimming", "item:3"),
        ('"to be or not to be"', "item:3"),
        ("sof\u00adt\u200bware OR swim\u00adming", "item:3"),
    ],
)
def test_every_spelling_finds_the_document(index, typed, expected):
    assert keys(index, typed) == [expected]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("rubbish", ["item:2"]),
        ("freedom of information", ["item:3"]),
        ("human resources", ["item:3"]),
        ("bin OR swimming", ["item:2", "item:3"]),
        ("(bin OR rules) -sen2", ["item:1"]),
        ('form -"refuse collected"', ["item:1"]),
        ("form", ["item:1", "item:2"]),
        ("NOT form", ["item:3"]),
        ("col*", ["item:2"]),
        ("title:bin", ["item:2"]),
        ("title:refuse", []),
        ('title:"covid-19 rules"', ["item:1"]),
        ("has:attachment", ["item:2"]),
        ("is:solved", ["item:2"]),
        ("kind:post after:2026", ["item:1"]),
        ("before:2024-12-31", ["item:3"]),
        ("before:2024-05", ["item:3"]),
        ("after:2027", []),
        ("after:yesterday", []),
        ("space:housing", ["item:1"]),
        ("space:4", ["item:1", "item:2"]),
        ("author:jones", ["item:1"]),
        ("author:7", ["item:1"]),
        ("tag:health", ["item:1"]),
        ('"rules for support"', []),
    ],
)
def test_the_query_language(index, typed, expected):
    assert keys(index, typed) == expected


def test_send_in_small_letters_is_a_verb(index):
    found = index.search("please send the form today", tokens=STAFF, now=WHEN)
    assert found.hits[0].key == "item:1"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            '"',
            "-",
            "((",
            "))",
            "*",
            "**",
            "a",
            "?",
            "NOT",
            "OR",
            "OR OR OR",
            "- -",
            ":",
            "kind:",
            "-kind:",
            "title:*",
        ),
        *(
            "x" * 5000,
            "(" * 5000,
            '"' * 5001,
            "-" * 5000,
            "a " * 2500,
            "a* " * 1500,
            "(a OR " * 800,
            "é" * 5000,
        ),
        *(
            "\x00\x01\x1f",
            "🚀🚀",
            "שלום עולם",
            "\u202egnitset",
            "'; DROP TABLE item; --",
            "%",
            "\\",
            "\ud800",
            "<b>",
        ),
        *(
            "https://example.gov.uk/?a=b&c=d",
            "a@b.gov.uk",
            "中文字",
            "हिन्दी",
            "before:0000",
            "after:9999-99-99",
        ),
        *(
            "before:9999-12-31",
            "title:",
            'title:"',
            "space:()",
            "1.2.3.4",
            "a-b-c-d-e-f-g-h",
            "''''",
            "#",
            "+",
            "++",
        ),
    ],
)
def test_any_input_gets_an_answer(index, typed):
    found = index.search(typed, tokens=STAFF, now=WHEN)
    assert found.total >= len(found.hits) >= 0
    assert isinstance(index.suggest(typed, STAFF, now=WHEN), list)


def test_blank_text_lists_everything_newest_first(index):
    assert [hit.key for hit in index.search("  ", tokens=STAFF, now=WHEN).hits][-1] == "item:3"
    assert index.search("", tokens=STAFF, now=WHEN).total == 3


def test_what_holds_most_words_is_shown_when_nothing_holds_all(index):
    found = index.search("bin zebra", tokens=STAFF, now=WHEN)
    assert found.relaxed and [hit.key for hit in found.hits] == ["item:2"]


def test_a_misspelt_word_is_corrected(index):
    assert index.search("refuse colection", tokens=STAFF, now=WHEN).did_you_mean == "refuse collection"
    assert index.search("collection", tokens=STAFF, now=WHEN).did_you_mean is None


def test_the_passage_says_where_it_stands(index):
    hit = index.search("strategy borough", tokens=STAFF, now=WHEN).hits[0]
    assert hit.place == "a.pdf, page 4"
    assert ("strategy", True) in hit.parts
    assert index.search("swimming", tokens=STAFF, now=WHEN).hits[0].place == "comments"


def test_facets_count_what_matches_and_offer_the_other_values(index):
    found = index.search("", tokens=STAFF, kind="post", now=WHEN)
    assert found.total == 2
    assert found.facets["kind"] == {"post": 2, "topic": 1}
    assert found.facets["year"] == {"2024": 1, "2026": 1}
    assert found.facets["space"] == {"4": 1}
    assert found.facets["tag"] == {"health": 1}


def test_an_explanation_adds_up_to_the_score(index):
    found = index.search("bin collection", tokens=STAFF, now=WHEN)
    why = index.explain("bin collection", "item:2", STAFF, now=WHEN)
    assert why.found and why.rank == 1
    assert why.score == pytest.approx(found.hits[0].score)
    assert not index.explain("bin collection", "item:1", STAFF, now=WHEN).found


def test_typeahead_completes_titles(index):
    assert [one.key for one in index.suggest("bin coll", STAFF, now=WHEN)] == ["item:2"]
    assert [one.key for one in index.suggest("ty", STAFF, now=WHEN)] == ["item:3"]
    assert index.suggest("bin coll", frozenset({"public"}), now=WHEN) == []


def test_a_late_page_of_a_long_file_is_shown_when_the_first_pages_hold_nothing(tmp_path: Path) -> None:
    index = Index.open(tmp_path)
    pages = [
        (f"plan.pdf, page {number}", f"Paragraph {number} about drains. " * 80) for number in range(1, 200)
    ]
    pages[150] = ("plan.pdf, page 151", "The culvert is mended. " * 3)
    index.apply([Document("item:900", "document", "staff", "Long plan", "Words", attachments=pages)])
    assert index.search("culvert", tokens=STAFF, now=WHEN).hits[0].place == "plan.pdf, page 151"
    assert index.search("drains", tokens=STAFF, now=WHEN).hits[0].place == "plan.pdf, page 1"


def test_a_code_is_found_written_as_one_and_apart(tmp_path):
    index = Index.open(tmp_path)
    texts = {
        1: "the SEN2 return",
        2: "the SEN 2 return",
        3: "two returns of SEN",
        4: "2 of them",
        5: "order PR-1044",
    }
    index.apply(
        [Document(f"item:{n}", "post", "everyone", "Note", text, active=WHEN) for n, text in texts.items()]
    )

    def keys(query):
        return sorted(hit.key for hit in index.search(query, tokens=STAFF).hits)

    assert keys("SEN2") == keys("sen2 return") == ["item:1", "item:2"]
    assert keys("SEN 2 return") == keys("SEN 2") == ["item:1", "item:2"]
    assert keys("pr 1044") == keys("PR1044") == ["item:5"]
