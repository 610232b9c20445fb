"""Templates: a region is called like its root element, nothing needs JavaScript, and nothing runs inside a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import config

ROOT = config.ROOT / "templates"
PATHS = sorted(ROOT.rglob("*.html"))
TAG = re.compile(r"<([a-z][a-z0-9]*)\b((?:\{\{.*?\}\}|\{%.*?%\}|\"[^\"]*\"|'[^']*'|[^>\"'])*)>", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
FORBIDDEN = {
    r"\bhx-on\b": "hx-on runs a text",
    r"""\son[a-z]+\s*=\s*["']""": "an inline handler",
    r"""\sstyle\s*=\s*["']""": "an inline style",
    r"<style\b": "a style sheet in the page",
    r"<script(?![^>]*\bsrc=)": "a script in the page",
    r"\|\s*safe\b": "markup that nobody has proved (give Markup, or |cleaned)",
    r"\bautoescape\s+false": "escaping switched off",
    r"""["']js:""": "an expression for htmx to run",
}

NO_REGIONS = {
    "forums/_posted.html",  # only included, never swapped
    "notifications/_told.html",  # the words of a line of the composer
    "notifications/_bell.html",  # its root is that of the component bell
}


def complaints(name: str, source: str) -> list[str]:
    """What the law has against the template of that path below templates/."""
    text = COMMENT.sub("", source)
    found = [why for pattern, why in FORBIDDEN.items() if re.search(pattern, text)]
    tags = TAG.findall(text)
    if Path(name).name.startswith("_"):
        found += [] if name in NO_REGIONS else _of_region(Path(name).stem[1:], text)
    for tag, attributes in tags:
        if re.search(r"\bhx-(get|post)=", attributes) and not _works_without_script(tag, attributes):
            found.append(f"<{tag}> asks by htmx only: {' '.join(attributes.split())[:100]}")
    return found


def _of_region(name: str, text: str) -> list[str]:
    wanted = name.replace("_", "-")
    if re.search(rf"""\bid=["']{wanted}(?:-[^"']*)?["']""", text):
        return []
    return [f"_{name} holds no element with the id {wanted}"]


def _works_without_script(tag: str, attributes: str) -> bool:
    """A link with an address, a form with an action, or a field or button that its form sends anyway.

    Anything else may only ask by itself (a poll, what follows typing), never when it is clicked.
    """
    if tag == "a":
        return "href=" in attributes
    if tag == "form":
        return "action=" in attributes
    trigger = re.search(r'hx-trigger="([^"]*)"', attributes)
    return tag in ("input", "select", "textarea", "button") or bool(trigger and "click" not in trigger[1])


@pytest.mark.parametrize("path", PATHS, ids=[str(p.relative_to(ROOT)) for p in PATHS])
def test_templates_keep_the_law(path: Path) -> None:
    assert complaints(str(path.relative_to(ROOT)), path.read_text()) == []


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("a/_results.html", '<div id="hits"></div>', "no element with the id results"),
        ("a/_seen_by.html", '<p id="seen_by">', "no element with the id seen-by"),
        ("a/b.html", '<div hx-get="/x"></div>', "by htmx only"),
        ("a/b.html", '<div hx-get="/x" hx-trigger="click">', "by htmx only"),
        ("a/b.html", '<a hx-get="{{ url_for("x") }}">More</a>', "by htmx only"),
        ("a/b.html", '<form hx-post="/x" method="post">', "by htmx only"),
        ("a/b.html", "{{ item.body|safe }}", "proved"),
        ("a/b.html", "<script>run()</script>", "script in the page"),
        ("a/b.html", '<p style="color: red">', "inline style"),
        ("a/b.html", '<p onclick="run()">', "inline handler"),
        ("a/b.html", '<p hx-on:click="run()">', "hx-on"),
    ],
)
def test_a_breach_is_noticed(name: str, source: str, words: str) -> None:
    assert words in "\n".join(complaints(name, source))


def test_a_good_region_is_left_alone() -> None:
    good = (
        '{# a comment with |safe #}{% set a = 1 %}<ul id="results"><li><a href="/x" hx-get="/x">More</a></ul>'
    )
    assert complaints("a/_results.html", good) == []
    assert complaints("a/_follow.html", '<form id="follow-{{ id }}" action="/x" hx-post="/x">') == []
