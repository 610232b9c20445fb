"""Offsets of findings are characters of the text as it was given, whatever had to be read otherwise."""

from __future__ import annotations

import html
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.detect import scan
from tests.policy.detect_numbers import Numbers

# Before the value: what shortens, lengthens or leaves the reading's length when it is made plain.
NOISE = st.lists(
    st.sampled_from(
        ["a", " ", "\n", "é", "e\u0301", "\u0301", "\u200b", "\u2060", "\ufeff", "ﬁ", "½", "Ⅷ", "№", "&amp;", "&nbsp;", "&#8212;", "&", "\\*", "\\", "\x00", "\r\n", "\r", "💥", "👩\u200d🚒", "𝔸", "中", "\u2028", "> ", "<b>", "</p>", "<td>", "‘", "—", "ß", "Ǆ"]
    ),
    max_size=30,
).map("".join)  # fmt: skip
# Inside the value, after any of its characters.
JOIN = st.sampled_from(["", "\u200b", "\u2060", "\u00ad", "\u0301", "\ufe0f"])
DIGITS = st.sampled_from(["plain", "wide", "bold", "entity"])


def written(value: str, style: str, joins: list[str]) -> str:
    """The value in another way of writing: full-width, mathematical (astral) or as entities, joined by signs unseen."""
    forms = {
        "plain": lambda c: c,
        "wide": lambda c: chr(ord(c) + 0xFEE0),
        "bold": lambda c: chr(0x1D7CE + int(c)) if c.isdigit() else c,
        "entity": lambda c: f"&#{ord(c)};",
    }
    return "".join(forms[style](c) + joins[i % len(joins)] for i, c in enumerate(value))


def read(text: str) -> str:
    """What a person reads in a stretch of text: letters and digits only."""
    plain = unicodedata.normalize("NFKD", html.unescape(text))
    return "".join(c for c in plain if c.isalnum())


@settings(max_examples=120, deadline=None)
@given(NOISE, NOISE, DIGITS, st.lists(JOIN, min_size=1, max_size=4), st.integers(0, 50))
def test_a_number_is_found_where_it_stands(before, after, style, joins, seed):
    for rule, label, value in (
        ("uk_nhs", "NHS number: ", Numbers(seed).nhs()),
        ("uk_nino", "National Insurance number: ", Numbers(seed).nino()),
    ):
        shown = written(value, style, joins)
        text = f"{before}\n\n{label}{shown} \n\n{after}"
        found = [f for f in scan(text, "public-read") if f.rule == rule]
        assert [read(text[f.start : f.end]) for f in found] == [value]
        # Not a character of the label or of what follows.
        assert found[0].start == len(before) + 2 + len(label)
        assert text[found[0].start : found[0].end].rstrip("".join(joins)) == shown.rstrip("".join(joins))


@settings(max_examples=80, deadline=None)
@given(NOISE, NOISE, st.integers(0, 50))
def test_a_date_a_password_and_a_link_are_found_where_they_stand(before, after, seed):
    born = Numbers(seed).birth()
    for rule, lead, value in (
        ("dob", "DOB: ", born),
        ("secret", "Password: ", "Turnip-Wagon-58"),
        ("link_risky", "See ", "https://bit.ly/3xYz9"),
    ):
        text = f"{before}\n\n{lead}{value} \n\n{after}"
        found = [f for f in scan(text, "public-read") if f.rule == rule]
        assert [text[f.start : f.end] for f in found] == [value]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(NOISE, st.text(max_size=20)), max_size=6).map("".join))
def test_every_span_lies_inside_its_text_and_is_not_empty(text):
    for tail in ("", "\nNHS number 999 123 4561\npassword: Turnip-58!"):
        for found in scan(text + tail, "public-read"):
            assert 0 <= found.start < found.end <= len(text + tail)
