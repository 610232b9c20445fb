"""What user HTML may hold, written down a second time, so that a slip in the allow-list shows."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

ALLOWED: dict[str, dict[str, str]] = {
    "a": {"href": r"(?s).+", "title": r"(?s).*", "rel": r"noopener nofollow ugc", "class": r"mention"},
    "img": {"src": r"/files/[^\\]+", "alt": r"(?s).*", "title": r"(?s).*", "loading": r"lazy"},
    "blockquote": {"class": r"quote"},
    "div": {"class": r"table-scroll", "tabindex": r"0"},
    "li": {"class": r"task( task-done)?"},
    "ol": {"start": r"\d{1,9}"},
    "p": {"class": r"quote-source|minor-heading"},
    "pre": {"class": r"as-written", "tabindex": r"0"},
    "td": {"class": r"align-(right|center)"},
    "th": {"class": r"align-(right|center)"},
    **{f"h{level}": {"id": r"t-h-[\w-]+"} for level in range(2, 7)},
    **{t: {} for t in ("br", "code", "em", "hr", "s", "strong", "table", "tbody", "thead", "tr", "ul")},
}


def faults(html: str, prefix: str = "t-") -> list[str]:
    """Everything in a piece of HTML that user content must not hold; empty when it is clean."""
    found = []
    ids: list[str] = []
    # A comment in front: the parser warns when it is handed what looks like a mere address.
    for element in BeautifulSoup(f"<!-- -->{html}", "html.parser").find_all(True):
        rules = ALLOWED.get(element.name)
        if rules is None:
            found.append(f"element {element.name}")
            continue
        for name, value in element.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value)
            pattern = rules.get(name, "").replace("t-", prefix, 1) if name == "id" else rules.get(name)
            if not pattern or not re.fullmatch(pattern, text):
                found.append(f"{element.name} {name}={text!r}")
        if "id" in element.attrs:
            ids.append(str(element["id"]))
        found += _address_faults(str(element.get("href", "")))
    if len(ids) != len(set(ids)):
        found.append(f"ids twice in {ids}")
    return found


def _address_faults(url: str) -> list[str]:
    if not url:
        return []
    if re.search(r"[\x00-\x20\\]", url) or url.startswith("//"):
        return [f"address {url!r}"]
    scheme = urlsplit(url).scheme
    return [] if scheme in ("", "http", "https", "mailto", "tel") else [f"scheme of {url!r}"]
