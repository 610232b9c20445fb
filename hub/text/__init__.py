"""Text that people write: Markdown to clean HTML, safe addresses, quotes, excerpts and differences.

Knows nothing of items, people or Flask; `resolve_mention` is how it learns that a handle exists.
"""

from __future__ import annotations

from hub.text.autolinks import handles_in
from hub.text.difference import DiffPart, Run, diff
from hub.text.quotes import quote_markdown
from hub.text.rendering import LONGEST, Rendered, TooLong, plain, render, shorten
from hub.text.sanitising import SANITISER, sanitise
from hub.text.urls import is_external, safe_next, safe_url

__all__ = [
    "LONGEST",
    "SANITISER",
    "DiffPart",
    "Rendered",
    "Run",
    "TooLong",
    "diff",
    "handles_in",
    "is_external",
    "plain",
    "quote_markdown",
    "render",
    "safe_next",
    "safe_url",
    "sanitise",
    "shorten",
]
