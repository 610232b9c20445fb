"""Markdown in, clean HTML out: done once, when an item is written.

A text that would cost too much (too many marks, too deep, too much output) is not refused: it is shown as it
was written. The limits count marks and tokens, not seconds: the same text always gives the same HTML.
"""

from __future__ import annotations

import html as html_escapes
import re
import threading
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from hub.errors import Invalid
from hub.text import autolinks, quotes
from hub.text.autolinks import Resolve
from hub.text.sanitising import EXTERNAL_REL, PICTURE_FOLDERS, sanitise
from hub.text.urls import is_external, is_own_picture, safe_url

LONGEST = 100_000
LONGEST_EXCERPT = 280
MOST_MARKS = 20_000
MOST_BRACKETS = 6_000
MOST_TOKENS = 15_000
DEEPEST = 40
MOST_LINK_CHARACTERS = 400_000

_MARKS = re.compile(r"[!\[\]*_~`<>&\"\\|@#\n]|[-+.)][ \t]")
# NUL and control characters mean nothing in text; overrides of the reading direction serve to disguise it.
_UNREADABLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\u202d\\u202e\\ud800-\\udfff]")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_ALIGN = {"text-align:right": "align-right", "text-align:center": "align-center"}
_local = threading.local()


class TooLong(Invalid):
    """The text has more than 100,000 characters; nothing was kept."""

    def __init__(self, length: int) -> None:
        super().__init__(
            "body",
            f"This text has {length:,} characters; the most is {LONGEST:,}. "
            "Shorten it, or attach it as a document.",
        )


@dataclass(frozen=True)
class Rendered:
    """A text made ready to store.

    html: clean markup; text: its words alone, a line a block; headings: (level 2–6, id, words) in order;
    mentions: handles in lower case, in order, each once, not those inside quotes
    (all that are written where nobody could say who exists);
    excerpt: at most 280 characters of the author's own words; as_written: the text was too tangled to format.
    """

    html: str
    text: str
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    excerpt: str = ""
    as_written: bool = False


class _TooTangled(Exception):
    """The text crosses one of the limits above."""


def render(
    markdown: str, *, resolve_mention: Resolve | None = None, prefix: str = "", breaks: bool = False
) -> Rendered:
    """Render Markdown to clean HTML with its words, headings, mentions and excerpt.

    resolve_mention: gives the display name of a handle (lower case) or None; asked for at most 50 handles.
    prefix: of heading ids, such as "item-12-" (a–z, 0–9, hyphens); breaks: single line ends start a line.
    Raises TooLong. Reads nothing but its arguments.
    """
    if prefix and not re.fullmatch(r"(?:[a-z0-9]+-)+", prefix):
        raise ValueError("A prefix is made of a–z, 0–9 and hyphens, and ends with one.")
    source = _readable(markdown)
    env: dict[str, Any] = {"resolve": resolve_mention, "names": {}}
    walk = _Walk(prefix)
    try:
        walk.blocks(_parse(source, env, breaks))
    except _TooTangled:
        return _as_written(source)
    parser = _parser(breaks)
    return Rendered(
        html=sanitise(parser.renderer.render(walk.out, parser.options, env)).strip(),
        text="\n".join(walk.lines),
        headings=walk.headings,
        mentions=walk.mentions,
        excerpt=shorten(" ".join(walk.own or walk.lines)),
    )


def plain(markdown: str) -> str:
    """The words of a Markdown text without its marks, a line a block. Raises TooLong."""
    source = _readable(markdown)
    try:
        walk = _Walk("")
        walk.blocks(_parse(source, {}, False))
    except _TooTangled:
        return source.strip()
    return "\n".join(walk.lines)


def shorten(text: str, most: int = LONGEST_EXCERPT) -> str:
    """At most so many characters of a text, on one line, cut at the end of a word and closed with "…"."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text.rfind(" ", most // 2, most)
    return text[: cut if cut > 0 else most - 1].rstrip(" ,;:–-") + "…"


def _readable(markdown: str) -> str:
    if len(markdown) > LONGEST:
        raise TooLong(len(markdown))
    return _UNREADABLE.sub("\ufffd", markdown.replace("\r\n", "\n").replace("\r", "\n"))


def _as_written(source: str) -> Rendered:
    text = source.strip()
    return Rendered(
        html=f'<pre class="as-written" tabindex="0">{html_escapes.escape(text)}</pre>',
        text=text,
        excerpt=shorten(text),
        as_written=True,
    )


def _parser(breaks: bool) -> MarkdownIt:
    """This thread's parser: building one costs more than a short text."""
    parsers: dict[bool, MarkdownIt] = _local.__dict__.setdefault("parsers", {})
    if breaks not in parsers:
        options = {"html": False, "linkify": False, "breaks": breaks, "maxNesting": DEEPEST}
        parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
        parser.disable(["html_block", "html_inline"])
        parser.validateLink = lambda url, *_: url == "" or safe_url(url) is not None  # type: ignore[method-assign]
        parser.core.ruler.after("block", "enough", _enough)
        quotes.install(parser)
        autolinks.install(parser)
        parsers[breaks] = parser
    return parsers[breaks]


def _enough(state: StateCore) -> None:
    """Stops before the costly part."""
    if len(state.tokens) > MOST_TOKENS:
        raise _TooTangled


def _parse(source: str, env: dict[str, Any], breaks: bool) -> list[Token]:
    """The tokens, or _TooTangled. What counts before parsing keeps the parser itself fast."""
    pipes = [count for line in source.split("\n") if (count := line.count("|"))]
    # A table pads its short rows: few characters can claim very many cells.
    cells = max(pipes, default=0) * len(pipes)
    if cells > MOST_TOKENS or source.count("[") > MOST_BRACKETS:
        raise _TooTangled
    if sum(1 for _ in _MARKS.finditer(source)) > MOST_MARKS:
        raise _TooTangled
    tokens = _parser(breaks).parse(source, env)
    count = links = depth = 0
    for token in (t for block in tokens for t in (block, *(block.children or ()))):
        count += 1
        depth += token.nesting
        # The parser drops what lies deeper than its own limit, which leaves a token at that level.
        if depth >= DEEPEST or token.level >= DEEPEST - 1:
            raise _TooTangled
        if token.attrs:
            links += len(str(token.attrs.get("href") or token.attrs.get("src") or ""))
    if count > MOST_TOKENS or links > MOST_LINK_CHARACTERS:
        raise _TooTangled
    return tokens


class _Walk:
    """One pass over the tokens: makes them ours and collects words, headings and mentions on the way."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.out: list[Token] = []
        self.lines: list[str] = []
        self.own: list[str] = []
        self.headings: list[tuple[int, str, str]] = []
        self.mentions: list[str] = []
        self._ids: dict[str, int] = {}
        self._outline: list[int] = []
        self._quotes = 0
        self._cells: list[str] | None = None
        self._tag = ""

    def blocks(self, tokens: list[Token]) -> None:
        for before, token in pairwise([Token("start", "", 0), *tokens]):
            self.out.append(token)
            match token.type:
                case "inline":
                    self._inline(before, token)
                case "blockquote_open" | "blockquote_close":
                    self._quotes += token.nesting
                case "fence" | "code_block":
                    token.attrs, token.info, token.type = {"tabindex": "0"}, "", "code_block"
                    self._say(token.content)
                case "table_open":
                    self.out.insert(-1, _div(1))
                case "table_close":
                    self.out.append(_div(-1))
                case "tr_open":
                    self._cells = []
                case "tr_close":
                    self.lines.append("\t".join(self._cells or ()).strip())
                    self._cells = None
                case "heading_close" | "th_close":
                    token.tag = self._tag
                case "th_open" | "td_open":
                    style = str(token.attrs.pop("style", ""))
                    if style in _ALIGN:
                        token.attrs["class"] = _ALIGN[style]

    def _say(self, text: str, own: bool = False) -> None:
        text = text.strip()
        if self._cells is not None:
            self._cells.append(text)
        elif text:
            self.lines.append(text)
            if own and not self._quotes:
                self.own.append(text)

    def _inline(self, before: Token, token: Token) -> None:
        children = token.children or []
        if before.type == "paragraph_open" and len(self.out) > 2 and self.out[-3].type == "list_item_open":
            _mark_task(self.out[-3], children)
        token.children = self._spans(children)
        words = _words(token.children)
        if before.type == "heading_open":
            self._heading(before, token, words)
        elif before.tag == "th" and not words.strip():
            # A header cell without words is announced as nothing; an empty ordinary cell is just empty.
            before.tag = "td"
        self._tag = before.tag
        source = before.attrs.get("class") == "quote-source"
        if not source:
            self._say(words, own=before.type == "paragraph_open")

    def _heading(self, opening: Token, token: Token, words: str) -> None:
        """Headings start below the page's own, skip no level; in lists and quotes they are bold lines."""
        words = " ".join(words.split())
        if token.level > 1 or not words:
            opening.tag, opening.attrs = "p", {"class": "minor-heading"}
            strong = [Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)]
            token.children = [strong[0], *(token.children or ()), strong[1]] if words else []
            return
        source = int(opening.tag[1])
        while self._outline and self._outline[-1] >= source:
            self._outline.pop()
        self._outline.append(source)
        level = min(1 + len(self._outline), 6)
        opening.tag = f"h{level}"
        opening.attrs = {"id": self._new_id(words)}
        self.headings.append((level, str(opening.attrs["id"]), words))

    def _new_id(self, words: str) -> str:
        slug = re.sub(r"[\W_]+", "-", words.lower()).strip("-")[:60].strip("-") or "section"
        base = f"{self.prefix}h-{slug}"
        number = self._ids.get(base, 0)
        candidate = base
        while number and candidate in self._ids:
            number += 1
            candidate = f"{base}-{number}"
        self._ids[base] = number or 1
        self._ids.setdefault(candidate, 1)
        return candidate

    def _spans(self, children: list[Token]) -> list[Token]:
        out: list[Token] = []
        opened: Token | None = None
        for child in children:
            if child.type == "link_open":
                opened = self._link(child)
                if opened:
                    out.append(opened)
            elif child.type == "link_close":
                if opened:
                    if out[-1] is opened:
                        out.append(Token("text", "", 0, content=str(opened.attrs["href"])))
                    out.append(child)
                opened = None
            elif child.type == "image":
                out += _picture(child, in_link=opened is not None)
            elif child.type == "text" and opened is None:
                out += autolinks.link_emails(child)
                if len(out) > MOST_TOKENS:
                    raise _TooTangled
            else:
                out.append(child)
        return out

    def _link(self, token: Token) -> Token | None:
        handle = token.meta.get("mention")
        if handle and not self._quotes and handle not in self.mentions:
            self.mentions.append(handle)
        href = safe_url(str(token.attrs.get("href", "")))
        if href is None:
            return None
        token.attrs["href"] = href
        if is_external(href):
            token.attrs["rel"] = EXTERNAL_REL
        return token


def _mark_task(item: Token, children: list[Token]) -> None:
    """`- [x] done` becomes a list item with a ballot box: a character, as a control would need a label."""
    match = _TASK.match(children[0].content) if children and children[0].type == "text" else None
    if match is None:
        return
    done = match[1] != " "
    item.attrs["class"] = "task task-done" if done else "task"
    children[0].content = ("☑ " if done else "☐ ") + children[0].content[match.end() :]


def _picture(token: Token, in_link: bool) -> list[Token]:
    """A picture of ours is shown; any other is a link, as nothing may be fetched behind the reader's back."""
    src = safe_url(str(token.attrs.get("src", "")))
    alt = _words(token.children or [])
    if src and is_own_picture(src, PICTURE_FOLDERS):
        title = {name: value for name, value in token.attrs.items() if name == "title"}
        token.attrs = {"src": src, "alt": alt, "loading": "lazy", **title}
        return [token]
    shown = Token("text", "", 0, content=alt or src or "")
    if src is None or in_link:
        return [shown]
    attrs: dict[str, str | int | float] = {"href": src}
    if is_external(src):
        attrs["rel"] = EXTERNAL_REL
    return [Token("link_open", "a", 1, attrs=attrs), shown, Token("link_close", "a", -1)]


def _words(children: list[Token]) -> str:
    out = []
    for child in children:
        if child.type in ("text", "code_inline", "text_special"):
            out.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            out.append("\n")
        elif child.type == "image":
            out.append(_words(child.children or []))
    return "".join(out)


def _div(nesting: int) -> Token:
    """Around tables, so that a wide one scrolls by itself, by keyboard too."""
    attrs: dict[str, str | int | float] = {"class": "table-scroll", "tabindex": "0"} if nesting == 1 else {}
    return Token("table_scroll", "div", 1 if nesting == 1 else -1, block=True, attrs=attrs)
