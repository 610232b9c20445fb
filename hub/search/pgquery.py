"""Typed queries and texts in PostgreSQL's own terms: tsquery, tsvector, and conditions for the fields.

A lexeme is a stem; beside it stands `=form` where the word as written differs from its stem, for phrases and
prefixes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from hub.search.engine import language
from hub.search.engine.analysis import CHUNK, STOP_WORDS, analyse, chunk_terms, fold, stem
from hub.search.engine.matches import Dated
from hub.search.engine.plan import _dated as dated
from hub.search.engine.synonyms import Synonyms

LAST_POSITION = 16_383
MOST_WORDS = 40
GAP = 100
Sql = tuple[str, list[Any]]
EVERYTHING: Sql = ("true", [])
NOTHING: Sql = ("false", [])


@dataclass
class Asked:
    """A query: its condition, a wider one with fewer words needed, the tsqueries to rank by, and what to
    mark.
    """

    where: Sql
    wide: Sql | None
    rank: list[str]
    words: list[tuple[str, str]] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)


def quoted(lexeme: str) -> str:
    """A lexeme as it stands in a tsquery or tsvector."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def lexemes(parts: list[tuple[str, str]], longest: int) -> str:
    """A tsvector of texts with their weights (A to D), at most so many bytes: rather less is found than
    nothing written.
    """
    places: defaultdict[str, dict[int, str]] = defaultdict(dict)
    start, size = 1, 0
    for weight, text in parts:
        analysed = analyse(text)
        terms = [(at, stem(word)) for at, word in enumerate(analysed.exact)]
        terms += [(at, "=" + word) for at, word in enumerate(analysed.exact) if stem(word) != word]
        terms += [(at, stem(word)) for at, word in analysed.extras]
        for at, term in terms:
            size += len(term.encode()) + 8 if term not in places else 2
            if size > longest:
                break
            if len(places[term]) < 250:
                places[term].setdefault(min(start + at, LAST_POSITION), weight)
        start += len(analysed.exact) + GAP
    return " ".join(
        f"{quoted(term)}:{','.join(f'{at}{weight}' for at, weight in sorted(found.items()))}"
        for term, found in places.items()
    )


class Reader:
    """Reads queries for one set of synonyms."""

    def __init__(self, synonyms: Synonyms) -> None:
        self._synonyms = synonyms
        self._asked = Asked(EVERYTHING, None, [])
        self._any = False

    def read(self, text: str) -> Asked:
        """The query; blank text asks for everything, text without any word or filter for nothing."""
        text = text.replace("\x00", " ")
        parsed = language.parse(text)
        asked = self._asked
        found = self._group(parsed, counted=True)
        asked.where = found or (NOTHING if text.strip() else EVERYTHING)
        if found and len(asked.words) > 1:
            self._any, kept = True, (list(asked.rank), list(asked.words), list(asked.prefixes))
            wide = self._group(parsed, counted=False)
            asked.wide = wide if wide != found else None
            asked.rank, asked.words, asked.prefixes = kept
        return asked

    def beginning(self, typed: str) -> str:
        """A tsquery for titles with the typed words, the last as a beginning; empty without a word."""
        forms = analyse(typed.replace("\x00", " ")[:200]).exact[:10]
        if not forms:
            return ""
        *whole, last = forms
        parts = [f"{quoted(stem(form))}:A" for form in whole]
        if typed[-1:].isspace():
            parts.append(f"{quoted(stem(last))}:A")
        else:
            parts.append(f"({quoted(last)}:*A | {quoted('=' + last)}:*A)")
        return " & ".join(parts)

    def _group(self, group: language.Group, counted: bool) -> Sql | None:
        run = [node for node in group.children if isinstance(node, language.Plain)]
        parts = [self._run(run, counted)] if run else []
        parts += [
            self._node(node, counted) for node in group.children if not isinstance(node, language.Plain)
        ]
        return _joined("AND", [part for part in parts if part is not None])

    def _node(self, node: language.Node, counted: bool) -> Sql | None:
        match node:
            case language.Plain():
                return self._run([node], counted)
            case language.Quoted(text):
                forms = analyse(text).exact[:MOST_WORDS]
                return (
                    self._said(_phrase([_exact(form) for form in forms]), forms, counted) if forms else None
                )
            case language.Prefix(text):
                return self._prefix(text, counted)
            case language.Field(name, value, _):
                return _field(name, value)
            case language.Without(child):
                inner = self._node(child, counted=False)
                return (f"NOT ({inner[0]})", inner[1]) if inner else None
            case language.Or(children):
                found = [part for child in children if (part := self._node(child, counted)) is not None]
                return _joined("OR", found)
            case language.Group():
                return self._group(node, counted)

    def _run(self, run: list[language.Plain], counted: bool) -> Sql | None:
        """Plain words: all of them, or any when that finds nothing; stop words only where there is nothing
        else.
        """
        chunks = [chunk for node in run for chunk in CHUNK.findall(node.text)][:MOST_WORDS]
        terms = [chunk_terms(chunk) for chunk in chunks]
        telling = [bool(t.extras) or any(part not in STOP_WORDS for part in t.parts) for t in terms]
        forms = [t.parts[0] if len(t.parts) == 1 else "" for t in terms]
        found: list[Sql] = []
        at = 0
        while at < len(terms):
            taken, others = self._synonyms.match(forms, chunks, at, len(run) <= 2) if forms[at] else (0, ())
            group = range(at, at + max(1, taken))
            at = group.stop
            wanted = [n for n in group if telling[n] or not any(telling)]
            if not wanted:
                continue
            queries = [_chunk(*terms[n]) for n in wanted]
            said = queries[0] if len(queries) == 1 else f"({_both(queries)})"
            same = [_phrase([quoted(stem(word)) for word in other]) for other in others]
            whole = f"({' | '.join([said, *same])})" if same else said
            words = [part for n in wanted for part in (*terms[n].parts, *terms[n].extras)]
            words += [word for other in others for word in other]
            found.append(self._said(whole, words, counted))
        return _joined("OR" if self._any else "AND", found)

    def _said(self, query: str, forms: list[str], counted: bool) -> Sql:
        if counted:
            self._asked.rank.append(query)
            self._asked.words += [
                (form, stem(form)) for form in forms if form not in STOP_WORDS or len(forms) == 1
            ]
        return "words @@ %s::tsquery", [query]

    def _prefix(self, text: str, counted: bool) -> Sql | None:
        forms = analyse(text).exact
        if not forms:
            return None
        *whole, last = forms
        begins = f"({quoted(last)}:* | {quoted('=' + last)}:*)"
        query = " <-> ".join([*(quoted(stem(form)) for form in whole), begins])
        if counted:
            self._asked.rank.append(query)
            self._asked.prefixes.append(last)
        return "words @@ %s::tsquery", [query]


def _exact(form: str) -> str:
    return quoted(form if stem(form) == form else "=" + form)


def _phrase(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' <-> '.join(parts)})"


def _both(parts: list[str]) -> str:
    return " & ".join(parts)


def _chunk(parts: tuple[str, ...], extras: tuple[str, ...]) -> str:
    """One chunk: its parts side by side, or written as one; an acronym in capitals only as such."""
    stems = [quoted(stem(part)) for part in parts]
    beside = [quoted(stem(extra)) for extra in extras]
    if beside and len(parts) == 1 and parts[0] in STOP_WORDS:
        return beside[0]
    return f"({' | '.join([_phrase(stems), *beside])})" if beside else _phrase(stems)


def _joined(how: str, parts: list[Sql]) -> Sql | None:
    if not parts:
        return None
    return f" {how} ".join(f"({sql})" for sql, _ in parts), [value for _, given in parts for value in given]


def _field(name: str, value: str) -> Sql | None:
    """field:value; a value that makes no sense finds nothing."""
    value = value.strip()
    if name in ("after", "before", "year"):
        found = dated(name, value) if name != "year" else None
        if name == "year" and value.isdecimal() and len(value) == 4:
            return "year = %s", [int(value)]
        return (
            ("active BETWEEN %s AND %s", [found.first, found.last]) if isinstance(found, Dated) else NOTHING
        )
    if name == "kind":
        return "kind = %s", [language.kind_said(fold(value))]
    if name == "tag":
        return "%s = ANY(tags)", [fold(value)]
    if name in ("has", "is"):
        folded = fold(value)
        return "%s = ANY(flags)", [folded.removesuffix("s") if folded == "attachments" else folded]
    forms = analyse(value).exact[:MOST_WORDS]
    if not forms:
        return NOTHING
    if name == "title":
        return "words @@ %s::tsquery", [_both([f"{quoted(stem(form))}:A" for form in forms])]
    pattern = (
        f"%{value.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
    )
    return f"{'space' if name == 'space' else 'author'} ILIKE %s", [pattern]
