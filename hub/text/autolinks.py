"""Addresses, e-mail addresses and @mentions in running text become links, by our own linear rules.

linkify-it-py, the usual choice, takes quadratic time on addresses with brackets
(docs/decisions/0004-markdown.md).
What belongs to an address follows the autolink extension of GitHub Flavored Markdown
(https://github.github.com/gfm/#autolinks-extension-): closing punctuation and unbalanced brackets do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from hub.text.urls import safe_url

MOST_MENTIONS = 50
MOST_MISSES = 100
HANDLE = r"[A-Za-z0-9](?:[A-Za-z0-9._\-]{0,62}[A-Za-z0-9])?"
Resolve = Callable[[str], str | None]

_REST = re.compile(r"://[^\s<>\"`\\^{}|]{1,2000}")
_WWW_REST = re.compile(r"\.[A-Za-z0-9\-]{1,63}\.[^\s<>\"`\\^{}|]{1,1900}")
_SCHEME_AT_END = re.compile(r"(?:^|[^A-Za-z0-9+.\-])(https?)$", re.IGNORECASE)
_WWW_AT_END = re.compile(r"(?:^|[^\w.@/\-])(www)$", re.IGNORECASE)
_MENTION = re.compile(rf"@({HANDLE})(?![\w@]|[.\-][\w])")
_LOOSE_MENTION = re.compile(rf"(?<![\w.+\-@/]){_MENTION.pattern}")
_EMAIL = re.compile(
    r"(?<![\w.+\-@/])[\w.+\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}\.){1,8}[A-Za-z]{2,24}(?![\w@])"
)
_CLOSERS = {")": "(", "]": "["}


def install(parser: MarkdownIt) -> None:
    """Teach the parser addresses and mentions. `env["resolve"]` says who exists."""
    parser.inline.add_terminator_char(".")
    parser.inline.ruler.before("newline", "address", _address)
    parser.inline.ruler.before("newline", "mention", _mention)


def trim_address(found: str) -> str:
    """What of the characters up to the next space belongs to the address."""
    counts = {c: found.count(c) for c in "()[]"}
    end = len(found)
    while end:
        last = found[end - 1]
        if last in _CLOSERS and counts[last] > counts[_CLOSERS[last]]:
            counts[last] -= 1
        elif last not in "?!.,:;*_~'":
            break
        end -= 1
    return found[:end]


def _address(state: StateInline, silent: bool) -> bool:
    if silent or state.linkLevel > 0 or state.src[state.pos] not in ":.":
        return False
    is_www = state.src[state.pos] == "."
    before = (_WWW_AT_END if is_www else _SCHEME_AT_END).search(state.pending[-6:])
    rest = (_WWW_REST if is_www else _REST).match(state.src, state.pos, state.posMax) if before else None
    misses = state.env.get("misses", 0)
    if before is None or rest is None or misses >= MOST_MISSES:
        return False
    shown = trim_address(before[1] + rest[0])
    href = state.md.normalizeLink("https://" + shown if is_www else shown)
    if len(shown) <= len(before[1]) + 3 or not state.md.validateLink(href):
        state.env["misses"] = misses + 1  # a long address is costly to refuse at every colon in it
        return False
    state.pending = state.pending[: -len(before[1])]
    _push_link(state, {"href": href}, shown)
    state.pos += len(shown) - len(before[1])
    return True


def _mention(state: StateInline, silent: bool) -> bool:
    pos = state.pos
    if silent or state.linkLevel > 0 or state.src[pos] != "@":
        return False
    if pos and (state.src[pos - 1].isalnum() or state.src[pos - 1] in "_.+-@/"):
        return False
    match = _MENTION.match(state.src, pos, state.posMax)
    if match is None:
        return False
    handle = match[1].lower()
    if state.env.get("resolve") is None:
        # Nobody can say who exists: the walk over the tokens notes the handle and drops the empty link.
        _push_link(state, {"href": ""}, match[0], mention=handle)
    elif (name := known(state.env, handle)) is not None:
        _push_link(state, {"href": f"/people/{handle}", "class": "mention"}, f"@{name}", mention=handle)
    else:
        return False
    state.pos = match.end()
    return True


def handles_in(markdown: str) -> list[str]:
    """Handles that a text may name, in lower case, each once, at most 50: to look them up in one query.

    It reads the bare characters, so some may stand in code or in an address; `render` decides.
    """
    found = dict.fromkeys(match[1].lower() for match in _LOOSE_MENTION.finditer(markdown))
    return list(found)[:MOST_MENTIONS]


def known(env: MutableMapping[str, Any], handle: str) -> str | None:
    """The display name behind a handle, or None. Each handle is asked for once, at most 50 in one text."""
    resolve, names = env.get("resolve"), env.setdefault("names", {})
    handle = handle.lower()
    if not callable(resolve) or not isinstance(names, dict):
        return None
    if handle not in names and len(names) < MOST_MENTIONS:
        names[handle] = resolve(handle)
    name = names.get(handle)
    return name if isinstance(name, str) else None


def _push_link(state: StateInline, attrs: dict[str, str], shown: str, mention: str = "") -> None:
    opening = state.push("link_open", "a", 1)
    opening.attrs = {**attrs}
    if mention:
        opening.meta = {"mention": mention}
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)


def link_emails(text: Token) -> list[Token]:
    """A text token, cut up so that the e-mail addresses in it are links."""
    if "@" not in text.content:
        return [text]
    out, last = [], 0
    for match in _EMAIL.finditer(text.content):
        if safe_url("mailto:" + match[0]) is None:
            continue
        out += [
            Token("text", "", 0, content=text.content[last : match.start()]),
            Token("link_open", "a", 1, attrs={"href": "mailto:" + match[0]}),
            Token("text", "", 0, content=match[0]),
            Token("link_close", "a", -1),
        ]
        last = match.end()
    return [*out, Token("text", "", 0, content=text.content[last:])] if out else [text]
