"""The history of an item shows what changed, in words, and in time."""

from __future__ import annotations

import random
import time

import pytest

from hub.text import diff


def told(old: str, new: str) -> list[tuple[str, str]]:
    """Each part as (kind, its text with [-removed-] and [+added+])."""
    marks = {"same": "{}", "added": "[+{}+]", "removed": "[-{}-]"}
    parts = diff(old, new)
    return [(part.kind, "".join(marks[run.op].format(run.text) for run in part.runs)) for part in parts]


def test_one_word_changes() -> None:
    assert told("Bins go out on Tuesday.\n\nThanks", "Bins go out on Friday.\n\nThanks") == [
        ("changed", "Bins go out on[- Tuesday.-][+ Friday.+]"),
        ("same", "Thanks"),
    ]


def test_paragraphs_come_and_go() -> None:
    assert told("a\n\nb", "a\n\nnew\n\nb") == [("same", "a"), ("added", "[+new+]"), ("same", "b")]
    assert told("one\n\ntwo\n\n3", "one\n\n3") == [("same", "one"), ("removed", "[-two-]"), ("same", "3")]
    assert told("", "x") == [("added", "[+x+]")]
    assert told("x", "") == [("removed", "[-x-]")]
    assert told("", " \n\n ") == []


def test_a_rewritten_paragraph_is_shown_old_then_new() -> None:
    kinds = [kind for kind, _ in told("alpha beta gamma", "one two three")]
    assert sorted(kinds) == ["added", "removed"]


def test_line_ends_of_other_systems_are_no_change() -> None:
    assert told("a\r\n\r\nb", "a\n\nb") == [("same", "a"), ("same", "b")]


def test_the_script_is_as_short_as_it_can_be() -> None:
    changed = diff("a b c a b b a", "c b a b a c")[0]
    edits = [run for run in changed.runs if run.op != "same"]
    assert sum(len(run.text.split()) for run in edits) == 5, "the example of Myers' paper, figure 1"


@pytest.mark.parametrize("words_a_paragraph", [5, 500, 20_000])
def test_two_unlike_texts_of_full_length_are_compared_in_a_second(words_a_paragraph: int) -> None:
    source = random.Random(words_a_paragraph)

    def text() -> str:
        paragraphs = [
            " ".join(source.choice("abcd") for _ in range(words_a_paragraph))
            for _ in range(48_000 // (words_a_paragraph + 1))
        ]
        return "\n\n".join(paragraphs)

    old, new = text(), text()
    start = time.process_time()
    parts = diff(old, new)
    assert time.process_time() - start < 1
    joined = "".join(run.text for part in parts for run in part.runs if run.op != "removed")
    assert joined.split() == new.split() or "".join(joined.split()) == "".join(new.split())
