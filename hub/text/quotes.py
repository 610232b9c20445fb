"""Block quotes that say whom they quote.

The quote button writes an ordinary Markdown block quote whose first line names the person and the place:

    > [!quote @ann.evans /topics/3#reply-9]
    > The bins are collected on Tuesday.

The form follows GitHub's alerts (`> [!note]`), so elsewhere it still reads as a quote. The address is a path
of this site; it may be missing. Anything else in the brackets leaves the line as text.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from hub.text.autolinks import HANDLE, known
from hub.text.urls import safe_next

LONGEST_QUOTE = 2_000
_SOURCE = re.compile(rf"\[!quote @({HANDLE})(?: (/[^\s\]]*))?\][ \t]*(?:\n|$)")


def quote_markdown(markdown: str, handle: str, url: str = "") -> str:
    """The Markdown that quotes a text: without its own quotes, 2,000 characters at most, ready to answer.

    handle: of the person quoted, without `@`; url: path and anchor of the item on this site ("" = none).
    Raises ValueError for a handle or an address that could not be read back.
    """
    source = f"[!quote @{handle}{' ' + url if url else ''}]"
    if not _SOURCE.fullmatch(source) or (url and safe_next(url) is None):
        raise ValueError("A quote needs a handle and a path of this site.")
    kept = [line for line in markdown.replace("\r\n", "\n").split("\n") if not re.match(r" {0,3}>", line)]
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    if len(body) > LONGEST_QUOTE:
        cut = body.rfind(" ", LONGEST_QUOTE - 200, LONGEST_QUOTE)
        body = body[: cut if cut > 0 else LONGEST_QUOTE].rstrip() + " …"
    lines = [source, *body.split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def install(parser: MarkdownIt) -> None:
    """Teach the parser the source line of quotes."""
    parser.core.ruler.after("block", "quotes", _attribute)


def _attribute(state: StateCore) -> None:
    out: list[Token] = []
    tokens, i = state.tokens, 0
    while i < len(tokens):
        out.append(tokens[i])
        source = None
        opens = [token.type for token in tokens[i : i + 2]] == ["blockquote_open", "paragraph_open"]
        if opens:
            source = _SOURCE.match(tokens[i + 2].content)
        if source is None:
            i += 1
            continue
        tokens[i].attrs["class"] = "quote"
        out += _source_line(state, source[1], source[2], tokens[i].level + 1)
        text = tokens[i + 2]
        text.content = text.content[source.end() :]
        i += 1 if text.content.strip() else 4
    state.tokens = out


def _source_line(state: StateCore, handle: str, url: str | None, level: int) -> list[Token]:
    """The paragraph "Ann Evans:" that leads to the item quoted. Without a verb it suits every language."""
    shown = [Token("text", "", 0, content=f"{known(state.env, handle) or '@' + handle}:")]
    if url and safe_next(url):
        shown = [Token("link_open", "a", 1, attrs={"href": url}), *shown, Token("link_close", "a", -1)]
    line = Token("inline", "", 0, level=level + 1, children=shown, block=True, meta={"ready": True})
    return [
        Token("paragraph_open", "p", 1, level=level, block=True, attrs={"class": "quote-source"}),
        line,
        Token("paragraph_close", "p", -1, level=level, block=True),
    ]
