"""The policy as it is written: Markdown with `# title`, an introduction, `## section` and `### KEY TITLE` for
each clause.

A clause has its text, and after `*Why:*` (`*Pam:*`) its justification. The Welsh text is written in the same way, with
the same keys; a clause that it leaves out is read in English. What changed between two versions is told by
clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.errors import Invalid
from hub.text import DiffPart, diff

CLAUSE = re.compile(r"(?P<key>\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?)\s+(?P<title>\S.*)")
WHY = re.compile(r"^\*(?:Why|Pam):\*\s*", re.MULTILINE)


@dataclass(frozen=True)
class Wording:
    """One clause as written."""

    key: str
    section: str
    title: str
    text: str
    why: str


@dataclass(frozen=True)
class Written:
    """A whole policy as written; `summary` is the introduction before the first section, in Markdown."""

    title: str
    summary: str
    clauses: tuple[Wording, ...]


@dataclass(frozen=True)
class Change:
    """How one clause differs from the version before. `kind`: added, changed or retired; `parts` are texts
    compared.
    """

    kind: str
    key: str
    title: str
    parts: tuple[DiffPart, ...] = ()


def read(words: str) -> Written:
    """The policy in the text. Raises Invalid, naming the line, for a clause without key or text, or a key
    used twice.
    """
    title, section = "", ""
    summary: list[str] = []
    found: list[Wording] = []
    keys: dict[str, int] = {}
    heading: re.Match[str] | None = None
    lines: list[str] = []

    def close() -> None:
        if heading is not None:
            found.append(_clause(heading, section, lines))

    for number, line in enumerate(words.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith("### "):
            close()
            heading, lines = CLAUSE.fullmatch(line[4:].strip()), []
            if heading is None:
                raise Invalid("words", f"Line {number}: write a clause as “### 2.1 Its title”.")
            if heading["key"] in keys:
                raise Invalid(
                    "words",
                    f"Line {number}: clause {heading['key']} stands on line {keys[heading['key']]} already.",
                )
            keys[heading["key"]] = number
        elif line.startswith("## "):
            close()
            heading, section = None, line[3:].strip()
        elif line.startswith("# ") and not title:
            title = line[2:].strip()
        elif heading is not None:
            lines.append(line)
        elif not section:
            summary.append(line)
    close()
    if not title or not found:
        raise Invalid("words", "A policy needs a title (“# …”) and at least one clause (“### 1.1 …”).")
    return Written(title[:200], "\n".join(summary).strip(), tuple(found))


def write(title: str, summary: str, clauses: Iterable[Any], *, welsh: bool = False) -> str:
    """The Markdown that `read` makes the same version of; `clauses` in their order. With `welsh` the Welsh columns are
    written, without the clauses that have none; nothing where there is no Welsh title.
    """
    if not title:
        return ""
    tongue, why = ("_cy", "Pam") if welsh else ("", "Why")
    parts, section = [f"# {title}", summary.strip()], ""
    for clause in clauses:
        named, text, reason = (getattr(clause, name + tongue) for name in ("section", "text", "why"))
        if welsh and not text:
            continue
        if named != section:
            parts.append(f"## {named}")
            section = named
        parts += [f"### {clause.key} {getattr(clause, 'title' + tongue)}", text.strip()]
        if reason:
            parts.append(f"*{why}:* {reason.strip()}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _clause(heading: re.Match[str], section: str, lines: list[str]) -> Wording:
    text, _, why = _split(WHY, "\n".join(lines))
    if not text:
        raise Invalid("words", f"Clause {heading['key']} has no text.")
    return Wording(heading["key"], section[:200], heading["title"][:200], text, why)


def _split(pattern: re.Pattern[str], text: str) -> tuple[str, str, str]:
    found = pattern.search(text)
    if found is None:
        return text.strip(), "", ""
    return text[: found.start()].strip(), found.group(), text[found.end() :].strip()


NO_WELSH = Wording("", "", "", "", "")


def beside(english: Written, welsh: Written) -> dict[str, Wording]:
    """The Welsh clauses by key. Raises Invalid for one that the English text does not have."""
    keys = {clause.key for clause in english.clauses}
    for clause in welsh.clauses:
        if clause.key not in keys:
            raise Invalid("welsh", f"Clause {clause.key} stands in the Welsh text only.")
    return {clause.key: clause for clause in welsh.clauses}


def changes(before: Iterable[Any], after: Iterable[Any]) -> list[Change]:
    """What changed from one version's clauses to the next's (anything with key, title and text), in the order
    of keys.
    """
    old = {clause.key: clause for clause in before}
    new = {clause.key: clause for clause in after}
    told = []
    for key in sorted({*old, *new}, key=order):
        if key not in old:
            told.append(Change("added", key, new[key].title))
        elif key not in new:
            told.append(Change("retired", key, old[key].title))
        elif (old[key].title, old[key].text) != (new[key].title, new[key].text):
            told.append(Change("changed", key, new[key].title, tuple(diff(old[key].text, new[key].text))))
    return told


def introduction(before: str, after: str) -> list[Change]:
    """What changed in the introduction, as one change without a key; nothing where it reads the same."""
    return (
        [Change("changed", "", "In a few words", tuple(diff(before, after)))]
        if before.strip() != after.strip()
        else []
    )


def order(key: str) -> list[tuple[int, str]]:
    """Sorts 2.10 after 2.9."""
    return [(int(digits), rest) for digits, rest in re.findall(r"(\d+)([a-z]?)", key)]
