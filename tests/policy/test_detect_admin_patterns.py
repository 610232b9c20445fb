"""Administrators' patterns: never slow, errors in plain words, word lists by whole words."""

from __future__ import annotations

import time

import pytest

from hub.policy.detect.admin_pattern import (
    MAX_PATTERN,
    PatternError,
    compile_admin_pattern,
    compile_word_list,
    find_words,
)


@pytest.mark.parametrize(("pattern", "words"), [
    ("", "empty"), ("   ", "empty"), ("(x", "never closed"), ("x)", "without a"), ("[a", "never closed"), ("*a", "nothing before"), ("(?=a)b", "not supported"),
    ("(?<!a)b", "not supported"), (r"(a)\1", "not supported"), ("a{2000}", "too large"), ("[z-a]", "backwards"), ("a*", "nothing at all"), ("x" * (MAX_PATTERN + 1), "at most"),
    ("(?:[a-z]{1,500}x){1,9}", "too large"),
])  # fmt: skip
def test_a_pattern_that_cannot_be_used_is_refused_in_plain_words(pattern, words):
    with pytest.raises(PatternError, match=words):
        compile_admin_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+b", "(.*a){9}b", r"(\w+\s?)+!", "(x+x+)+y", r"([a-z]+)*\d"]
)
@pytest.mark.parametrize("unit", ["a", "xx", "aa b ", "ab1-"])
def test_patterns_that_hang_elsewhere_take_under_a_twentieth_of_a_second(pattern, unit):
    try:
        compiled = compile_admin_pattern(pattern)
    except PatternError:
        return
    text = (unit * 65_536)[:65_536]
    best = min(_seconds(compiled, text) for _ in range(3))
    assert best < 0.2, "fifty milliseconds, and room for a busy machine"


def _seconds(compiled, text):
    start = time.perf_counter()
    list(compiled.find(text))
    return time.perf_counter() - start


def test_finds_places_in_characters_without_regard_to_case():
    text = "Café ŷ: Project KESTREL, project kestrel"
    assert [text[a:b] for a, b in compile_admin_pattern("project kestrel").find(text)] == [
        "Project KESTREL",
        "project kestrel",
    ]


def test_finds_what_lies_across_an_inner_window_once_and_beyond_it():
    text = "x" * 4_090 + "kestrel" + "y" * 9_000 + " kestrel"
    assert [a for a, _ in compile_admin_pattern("kestrel").find(text)] == [4_090, 13_098]


def test_an_anchor_means_the_texts_beginning_only():
    assert len(list(compile_admin_pattern("^a").find("a" * 20_000))) == 1


def test_matches_are_limited():
    assert len(list(compile_admin_pattern("a").find("a" * 9_000, limit=7))) == 7


def test_word_lists_find_whole_words_only():
    words = compile_word_list(["Penistone", " cock "])
    assert [
        ("The cock crew at Penistone"[a:b]) for a, b in find_words(words, "The cock crew at Penistone")
    ] == ["cock", "Penistone"]
    assert find_words(words, "Cockermouth and Hancock") == []


@pytest.mark.parametrize("words", [[], ["two words"], ["a" * 60], [str(n) for n in range(2_001)]])
def test_a_word_list_of_another_form_is_refused(words):
    with pytest.raises(PatternError):
        compile_word_list(words)
