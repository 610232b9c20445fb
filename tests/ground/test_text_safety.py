"""No text, however it was made, gets markup, an address or much time that it should not have."""

from __future__ import annotations

import gzip
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.text import diff, plain, quote_markdown, render, safe_next, safe_url, sanitise
from hub.text.urls import is_external
from tests.ground.hostile import HOSTILE
from tests.ground.markup import faults

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "articles.jsonl.gz"
MARKS = [" ", "> ", "- ", "    ", "`", "```", "*", "_", "~~", "[", "](", ")", "!", "<", ">", '"', "|", "a"]
MARKS += ["\n", "\n\n", "|---|\n", "# ", "@ann", "http://", "www.a.b", "&", ";", "\\", "\t"]
MARKS += ["[!quote @ann /x]\n", "- [x] "]
PIECES = st.lists(st.one_of(st.sampled_from([*HOSTILE, *MARKS]), st.text(max_size=20)), max_size=25)
MIXED = PIECES.map(lambda texts: "".join(texts)[:20_000])


def show_name(handle: str) -> str | None:
    return f'<script>"{handle}' if len(handle) % 2 else None


def test_the_list_is_long_and_varied() -> None:
    assert len(HOSTILE) == len(set(HOSTILE)) >= 300
    for flavour in ("<script", "<svg", "hx-", "](java", "{{", "\r\n", "\u202e", "data:", "//evil"):
        assert sum(flavour in payload for payload in HOSTILE) >= 2, flavour


PLACES = {
    "alone": "{}",
    "in a line": "x {} y",
    "in a quote": "> {}",
    "in a list": "- {}",
    "in a table": "| {0} |\n|---|\n| {0} |",
    "as the words of a link": "[{}](/x)",
    "as an address": "[x]({})",
    "as an address in brackets": "[x](<{}>)",
    "as a picture": "![{0}]({0})",
    "as a heading": "# {}",
    "in bold": "**{}**",
    "as code": "```{0}\n{0}\n```",
}


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_renders_to_allowed_markup_only(place: str) -> None:
    found = {}
    for payload in HOSTILE:
        text = re.sub(r"\{0?\}", lambda _, payload=payload: payload, PLACES[place])
        found[payload] = faults(render(text, prefix="t-", resolve_mention=show_name).html)
    assert {payload: what for payload, what in found.items() if what} == {}


def test_the_sanitiser_alone_would_be_enough() -> None:
    # A second wall: markup that never went through the Markdown parser.
    found = {payload: faults(sanitise(payload)) for payload in HOSTILE}
    assert {payload: what for payload, what in found.items() if what} == {}


@settings(max_examples=150, deadline=None)
@given(MIXED)
def test_any_text_renders_to_allowed_markup_only(text: str) -> None:
    result = render(text, prefix="t-", resolve_mention=show_name)
    assert faults(result.html) == []
    result.html.encode()
    result.text.encode()
    assert len(result.excerpt) <= 280
    assert len({heading[1] for heading in result.headings}) == len(result.headings)


@settings(max_examples=100, deadline=None)
@given(MIXED)
def test_rendering_is_stable_and_its_words_are_the_plain_words(text: str) -> None:
    first = render(text)
    assert render(text) == first
    assert plain(text) == first.text
    assert sanitise(first.html) == first.html, "cleaning what is clean changes nothing"


@settings(max_examples=100, deadline=None)
@given(MIXED)
def test_any_text_can_be_quoted_without_leaving_the_quote(text: str) -> None:
    html = render(quote_markdown(text, "ann", "/topics/1") + "ANSWER").html
    assert html.rstrip().endswith("<p>ANSWER</p>")


def test_a_hostile_address_is_refused_or_stays_on_the_web() -> None:
    passed = [url for payload in HOSTILE if (url := safe_url(payload)) is not None]
    assert passed, "some are only odd, such as `#javascript:alert(1)`"
    for url in passed:
        assert re.match(r"https?://\w|mailto:|tel:|[^:]*$|[^:]*[/?#]", url, re.IGNORECASE), url
        assert not re.search(r"[\x00-\x20\\]", url), url
        assert not url.startswith("//"), url


@pytest.mark.parametrize(
    "url",
    ["https://www.gov.uk/a?b=1#c", "http://a.example:8080/", "HTTPS://A.example", "https://tŷ.cymru/",
     "http://[::1]/x", "mailto:a.b@c.example?subject=Bins", "tel:+44-151-000-0000", "/topics/3#reply-9",
     "#h-x", "?page=2", "a/b.pdf"],
)  # fmt: skip
def test_ordinary_addresses_pass_unchanged(url: str) -> None:
    assert safe_url(f" {url} ") == url
    assert is_external(url) == url.lower().startswith("http")


@pytest.mark.parametrize(
    "url", ["/", "/topics/3?page=2#reply-9", "/search?q=a%2Fb%20%26c", "/spaces/tŷ", "/search?q=https://a.b"]
)
def test_the_way_back_after_sign_in_is_kept(url: str) -> None:
    assert safe_next(url) == url


@pytest.mark.parametrize(
    "url",
    [None, "", "x", "https://a.example/", "//a.example", "/\\a.example", "/%2Fa.example", "/%5ca.example",
     "/a\tb", "/a//b", "/%0d%0aSet-Cookie:x", "/?x=%0d%0ay", "/" + "a" * 3_000],
)  # fmt: skip
def test_the_way_back_never_leads_elsewhere(url: str | None) -> None:
    assert safe_next(url) is None


def test_no_hostile_text_is_a_way_back() -> None:
    assert [payload for payload in HOSTILE if safe_next(payload) is not None] == []


TANGLES = {
    "open brackets": "[" * 50_000 + "]" * 50_000,
    "pictures": "![" * 50_000,
    "few enough pictures": "![" * 5_900,
    "emphasis": "*a " * 20_000 + "b* " * 13_000,
    "mixed marks": "*_~~`[" * 16_000,
    "quotes": ">" * 100_000,
    "lists": "- " * 50_000,
    "lists in quotes": ("> - " * 18 + "a\n") * 1_300,
    "backticks": "".join("`" * n + " " for n in range(1, 440)),
    "code spans": "`a` bcdefg " * 9_000,
    "wide table": "|a" * 1_000 + "\n" + "|-" * 1_000 + "\n" + "|\n" * 40_000,
    "long reference": "[a]: /" + "b" * 40_000 + "\n\n" + "[a] " * 14_000,
    "many references": "[a]: /" + "b" * 1_900 + "\n\n" + "[a] " * 9_000,
    "bracketed addresses": "http://a.co/(" * 7_600,
    "addresses": "http://" * 14_000,
    "mail": "a@b.co " * 14_000,
    "ampersands": "&" * 100_000,
    "fences": "```\n" * 25_000,
    "blank lines": "\n" * 100_000,
    "paragraphs": "a\n\n" * 33_000,
    "mentions": "@ann.evans " * 9_000,
    "cdata": "<![CDATA[" * 5_000,
}


@pytest.mark.parametrize("name", TANGLES)
def test_a_tangled_text_costs_less_than_a_second_and_loses_no_word(name: str) -> None:
    text = TANGLES[name][:100_000]
    start = time.process_time()
    result = render(text, prefix="t-", resolve_mention=lambda _: "Ann")
    assert time.process_time() - start < 1
    assert faults(result.html) == []
    assert len(result.html) < 700_000
    if result.as_written:
        assert result.text == text.strip()


def test_text_below_the_nesting_limit_is_never_dropped_silently() -> None:
    for depth in range(1, 60):
        result = render("> " * depth + "needle")
        assert "needle" in result.text and "needle" in result.html


@settings(max_examples=150, deadline=None)
@given(MIXED, MIXED)
def test_a_difference_holds_both_versions(old: str, new: str) -> None:
    parts = diff(old, new)
    assert _words(parts, "added") == old.split()
    assert _words(parts, "removed") == new.split()


def _words(parts: list, without: str) -> list[str]:  # type: ignore[type-arg]
    return " ".join("".join(run.text for run in part.runs if run.op != without) for part in parts).split()


def test_every_article_of_the_corpus_renders_clean() -> None:
    if not CORPUS.exists():
        pytest.skip("the shared corpus is not beside this repository")
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        bodies = [json.loads(line)["body"] for line in lines]
    bodies = [body for body in bodies[::7] if len(body) <= 100_000]
    results = [render(body, prefix="t-") for body in bodies]
    assert [fault for result in results for fault in faults(result.html)] == []
    assert not any(result.as_written for result in results), "an ordinary article is always formatted"
