"""What readers get of the Markdown that people write."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup, Tag

from hub.errors import Invalid
from hub.text import LONGEST, TooLong, handles_in, plain, quote_markdown, render, shorten

PEOPLE = {"ann.evans": "Ann Evans", "raj_s": "Raj Singh", "bob": "Bob <b>"}


def page(markdown: str, breaks: bool = False) -> BeautifulSoup:
    return BeautifulSoup(render(markdown, resolve_mention=PEOPLE.get, breaks=breaks).html, "html.parser")


def one(soup: BeautifulSoup, selector: str) -> Tag:
    found = soup.select(selector)
    assert len(found) == 1, f"{len(found)} × {selector} in {soup}"
    return found[0]


def test_ordinary_marks_become_ordinary_elements() -> None:
    soup = page("**Bold**, *soft*, ~~gone~~, `code`\n\n1. one\n2. two\n\n- x\n\n---\n\n```py\nif a < b:\n```")
    shown = [one(soup, tag).text for tag in ("strong", "em", "s", "p code")]
    assert shown == ["Bold", "soft", "gone", "code"]
    assert [li.text for li in soup.select("ol li")] == ["one", "two"]
    assert one(soup, "pre code").text == "if a < b:\n"
    assert one(soup, "pre")["tabindex"] == "0"


def test_html_is_shown_as_it_was_typed() -> None:
    result = render('<b onclick="x()">bold</b>')
    assert "<b" not in result.html
    assert result.text == '<b onclick="x()">bold</b>'


def test_tables_keep_their_alignment_and_scroll_by_keyboard() -> None:
    soup = page("| Ward | Bins | |\n|:--|--:|---|\n| Huyton | 12 | x |")
    assert one(soup, "div.table-scroll")["tabindex"] == "0"
    assert [td.get("class") for td in soup.select("tbody td")] == [None, ["align-right"], None]
    assert [th.text for th in soup.select("th")] == ["Ward", "Bins"], "a header without words is none"


def test_tasks_show_a_box_and_no_control() -> None:
    soup = page("- [ ] ring them\n- [x] **write** it\n- [ ]\n- [link](/x)")
    items = soup.select("li")
    assert [item.get("class") for item in items] == [["task"], ["task", "task-done"], None, None]
    assert [item.text for item in items] == ["☐ ring them", "☑ write it", "[ ]", "link"]
    assert not soup.find("input")


def test_headings_start_at_two_never_skip_and_never_share_an_id() -> None:
    result = render("### Bins\n##### Deep\n# Bins\n## Bins 2\n## Bins\n# ¿?\n#\n", prefix="item-7-")
    assert result.headings == [
        (2, "item-7-h-bins", "Bins"),
        (3, "item-7-h-deep", "Deep"),
        (2, "item-7-h-bins-2", "Bins"),
        (3, "item-7-h-bins-2-2", "Bins 2"),
        (3, "item-7-h-bins-3", "Bins"),
        (2, "item-7-h-section", "¿?"),
    ]
    soup = BeautifulSoup(result.html, "html.parser")
    assert [str(h["id"]) for h in soup.find_all(["h2", "h3", "h4"])] == [h[1] for h in result.headings]


def test_heading_ids_keep_the_letters_of_every_language() -> None:
    assert render("# Tŷ'r Cyngor: Sŵn").headings[0][1] == "h-tŷ-r-cyngor-sŵn"


def test_headings_in_quotes_and_lists_do_not_disturb_the_outline() -> None:
    result = render("> # Quoted\n\n- # Listed\n\n# Mine")
    assert [h[2] for h in result.headings] == ["Mine"]
    assert [p.text for p in BeautifulSoup(result.html, "html.parser").select("p.minor-heading strong")] == [
        "Quoted", "Listed",
    ]  # fmt: skip


def test_a_prefix_that_could_break_out_is_refused() -> None:
    with pytest.raises(ValueError):
        render("x", prefix='x" onclick="')


def test_mentions_link_people_who_exist() -> None:
    result = render("@ann.evans, @Raj_S. (@bob) and @nobody", resolve_mention=PEOPLE.get)
    soup = BeautifulSoup(result.html, "html.parser")
    assert {a["href"]: a.text for a in soup.select("a.mention")} == {
        "/people/ann.evans": "@Ann Evans",
        "/people/raj_s": "@Raj Singh",
        "/people/bob": "@Bob <b>",
    }
    assert result.mentions == ["ann.evans", "raj_s", "bob"]
    assert "@nobody" in result.text


@pytest.mark.parametrize(
    "markdown",
    ["`@ann.evans`", "```\n@ann.evans\n```", "\\@ann.evans", "x@ann.evans", "me@ann.evans.org",
     "[@ann.evans](/x)", "https://social.example/@ann.evans", "@ann.evansson", "@ann.evans@elsewhere.org",
     "![@ann.evans](/files/x.png)"],
)  # fmt: skip
def test_what_only_looks_like_a_mention_mentions_nobody(markdown: str) -> None:
    result = render(markdown, resolve_mention=PEOPLE.get)
    assert result.mentions == []
    assert "mention" not in result.html


def test_a_mention_inside_a_quote_is_linked_but_calls_nobody() -> None:
    result = render("> ask @ann.evans\n\n@bob knows", resolve_mention=PEOPLE.get)
    assert result.mentions == ["bob"]
    assert 'href="/people/ann.evans"' in result.html


def test_without_anybody_to_ask_every_handle_written_is_told_and_none_linked() -> None:
    markdown = "@Ann.Evans and `@code`\n\n> [!quote @raj_s]\n> @bob\n\nme@work.example @nobody"
    result = render(markdown)
    assert result.mentions == ["ann.evans", "nobody"]
    assert "/people/" not in result.html
    assert result.text.startswith("@Ann.Evans and @code")
    assert handles_in(markdown) == ["ann.evans", "code", "raj_s", "bob", "nobody"]


def test_one_text_asks_for_each_handle_once_and_for_at_most_fifty() -> None:
    asked: list[str] = []

    def resolve(handle: str) -> str:
        asked.append(handle)
        return handle

    result = render(" ".join(f"@p{n % 80} @P{n % 80}" for n in range(200)), resolve_mention=resolve)
    assert len(asked) == len(set(asked)) == 50
    assert len(result.mentions) == 50


@pytest.mark.parametrize(
    ("typed", "href", "shown"),
    [
        ("see https://a.gov.uk/x_y_z.", "https://a.gov.uk/x_y_z", "https://a.gov.uk/x_y_z"),
        ("(https://a.gov.uk/a_(b))", "https://a.gov.uk/a_(b)", "https://a.gov.uk/a_(b)"),
        ("https://a.gov.uk/_layouts/15/_x_?a=1&b=2!", "https://a.gov.uk/_layouts/15/_x_?a=1&b=2", None),
        ("**https://a.gov.uk/**", "https://a.gov.uk/", "https://a.gov.uk/"),
        ("www.a.gov.uk/bins, then", "https://www.a.gov.uk/bins", "www.a.gov.uk/bins"),
        ("write to first_last@a.gov.uk.", "mailto:first_last@a.gov.uk", "first_last@a.gov.uk"),
        ("<https://a.gov.uk/x>", "https://a.gov.uk/x", "https://a.gov.uk/x"),
        ("[here](https://a.gov.uk 'Bins')", "https://a.gov.uk", "here"),
        ("[](https://a.gov.uk)", "https://a.gov.uk", "https://a.gov.uk"),
    ],
)
def test_addresses_in_running_text_become_links(typed: str, href: str, shown: str | None) -> None:
    link = one(page(typed), "a")
    assert link["href"] == href
    assert link.text == (shown or href)


def test_only_links_that_leave_the_hub_are_marked_so() -> None:
    soup = page("[a](https://a.example) [b](/topics/3) [c](#h-x) [d](mailto:a@b.example)")
    rels = [a.get("rel") for a in soup.select("a")]
    assert rels == [["noopener", "nofollow", "ugc"], None, None, None]
    assert not soup.select("[target]")


def test_our_pictures_are_shown_and_others_are_links() -> None:
    soup = page("![Plan](/files/ab/plan.png) ![Map](https://x.example/m.png) [![Deep](//x.example/a)](/y)")
    picture = one(soup, "img")
    assert (picture["src"], picture["alt"], picture["loading"]) == ("/files/ab/plan.png", "Plan", "lazy")
    assert one(soup, 'a[href="https://x.example/m.png"]').text == "Map"
    assert render("![Plan](/files/ab/plan.png)").text == "Plan"


@pytest.mark.parametrize(
    "src", ["/files/../people/1", "/files/%2e%2e/x", "/files//x", "/people/1", "files/x.png"]
)
def test_a_picture_cannot_name_another_page_of_the_hub(src: str) -> None:
    assert page(f"![x]({src})").find("img") is None


def test_the_quote_button_makes_what_the_page_shows() -> None:
    original = "> older words\n\nThe *bins* go out on Tuesday.\n\n\n\nBefore 7."
    soup = page(quote_markdown(original, "ann.evans", "/topics/3#reply-9") + "Thanks!")
    quote = one(soup, "blockquote.quote")
    source = one(soup, "p.quote-source a")
    assert (source.text, source["href"]) == ("Ann Evans:", "/topics/3#reply-9")
    assert "older words" not in quote.text
    assert one(soup, "blockquote em").text == "bins"
    assert soup.find_all("p")[-1].text == "Thanks!"


def test_quoting_an_unclosed_code_block_does_not_swallow_the_answer() -> None:
    soup = page(quote_markdown("```\nSELECT", "bob") + "My answer")
    assert soup.find_all("p")[-1].text == "My answer"


def test_a_long_text_is_quoted_in_part() -> None:
    quoted = quote_markdown("word " * 5_000, "bob")
    assert len(quoted) < 2_100
    assert quoted.rstrip().endswith("word …")


@pytest.mark.parametrize(
    ("handle", "url"),
    [("bob", "//evil.example"), ("bob", "https://evil.example"), ("bob", "/a b"), ("b]ob", ""), ("", "/x")],
)
def test_a_quote_that_could_not_be_read_back_is_not_written(handle: str, url: str) -> None:
    with pytest.raises(ValueError):
        quote_markdown("x", handle, url)


def test_words_alone_come_line_by_line() -> None:
    markdown = "# Bins\n\n*Tuesday*  \nand [Friday](/x)\n\n"
    markdown += "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n"
    assert render(markdown).text == plain(markdown) == "Bins\nTuesday\nand Friday\na\tb\n1\t2\ncode"


def test_the_excerpt_is_the_authors_own_words_cut_at_a_word() -> None:
    excerpt = render("> [!quote @bob]\n> not mine\n\n# Title\n\n" + "parking permits " * 40).excerpt
    assert excerpt.startswith("parking permits")
    assert excerpt.endswith("…")
    assert 200 < len(excerpt) <= 280
    assert set(excerpt.rstrip("…").split()) == {"parking", "permits"}


def test_a_text_of_quotes_only_still_has_an_excerpt() -> None:
    assert render("> all I say").excerpt == "all I say"


def test_one_endless_word_is_cut_too() -> None:
    assert len(shorten("x" * 1_000)) == 280


def test_a_single_line_end_is_kept_only_when_asked() -> None:
    assert page("a\nb").find("br") is None
    assert one(page("a\nb", breaks=True), "br") is not None


def test_a_text_over_the_limit_is_refused_plainly() -> None:
    assert render("x" * LONGEST).text == "x" * LONGEST
    with pytest.raises(TooLong) as refused:
        render("x" * (LONGEST + 1))
    assert isinstance(refused.value, Invalid)
    assert "100,001 characters" in refused.value.message


def test_an_empty_text_renders_to_nothing() -> None:
    assert [(r.html, r.text, r.excerpt) for r in (render(""), render(" \n\n"))] == [("", "", "")] * 2


def test_threads_render_side_by_side() -> None:
    texts = [f"# T{n}\n\n@bob https://a{n}.example **x{n}**" for n in range(120)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: render(text, resolve_mention=PEOPLE.get), texts))
    assert together == [render(text, resolve_mention=PEOPLE.get) for text in texts]
