"""The council's colour is readable in both themes or refused; the hub's own tokens are readable."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.brand import Unreadable, contrast, style_sheet
from tests.web.gallery import ROOT

COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda c: "#{:02X}{:02X}{:02X}".format(*c))


def tokens_of(css: str) -> dict[str, tuple[str, str]]:
    """Every token of a style sheet with its light and its dark colour."""
    found = re.findall(r"(--[\w-]+): ?light-dark\((#\w{6}), ?(#\w{6})\)", css)
    return {name: (light, dark) for name, light, dark in found}


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("colour", ["#FFD23F", "#5FCBBB", "#ffffff"])
def test_a_colour_that_cannot_be_read_on_white_is_refused(colour: str) -> None:
    with pytest.raises(Unreadable, match="contrast"):
        style_sheet(colour)


@pytest.mark.parametrize("colour", ["red", "#123", "#12345G", "#123456;}body{display:none", "#123456\n"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(Unreadable, match="not a colour"):
        style_sheet(colour)


def test_no_colour_changes_nothing() -> None:
    assert style_sheet("") == ""


@given(COLOURS)
def test_every_accepted_colour_can_be_read_wherever_it_is_used(colour: str) -> None:
    try:
        tokens = tokens_of(style_sheet(colour))
    except Unreadable:
        assert contrast(colour, "#FFFFFF") < 4.5
        return
    for theme, surface in enumerate(("#FFFFFF", "#18211F")):
        accent, weak, on = (tokens[name][theme] for name in ("--accent", "--accent-weak", "--on-accent"))
        assert contrast(accent, surface) >= 4.5
        assert contrast(accent, on) >= 4.5
        assert contrast(accent, weak) >= 4.5
        assert contrast(tokens["--accent-hover"][theme], on) >= 4.5


def test_the_hubs_own_tokens_can_be_read_in_light_and_dark() -> None:
    tokens = tokens_of((ROOT / "static" / "hub.css").read_text(encoding="utf-8"))
    words = [
        "--ink",
        "--muted",
        "--link",
        "--visited",
        "--accent",
        "--ok",
        "--warn",
        "--bad",
        "--info",
        "--plum",
    ]
    for theme, least in enumerate((5.7, 6.8)):
        pairs = [(word, ground) for word in words for ground in ("--bg", "--surface")]
        pairs += [(f"--{tone}", f"--{tone}-ground") for tone in ("ok", "warn", "bad", "info", "plum")]
        pairs += [
            ("--ink", "--sunken"),
            ("--muted", "--sunken"),
            ("--accent", "--accent-weak"),
            ("--on-accent", "--accent"),
        ]
        for word, ground in [*pairs, ("--on-header", "--header")]:
            assert contrast(tokens[word][theme], tokens[ground][theme]) >= least, (word, ground, theme)
        assert contrast(tokens["--edge"][theme], tokens["--surface"][theme]) >= 3.6
