"""A query as a tree of sets and scores, ready for either executor (NumPy or Whoosh's own searcher).

Planning turns typed words into index terms, opens prefixes, adds synonyms and decides how many words of a
query a document must hold.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from hub.search.engine import language
from hub.search.engine.analysis import CHUNK, STOP_WORDS, analyse, chunk_terms, fold, stem
from hub.search.engine.matches import (
    NOTHING,
    All,
    AtLeast,
    Best,
    Dated,
    Every,
    Forms,
    Has,
    Match,
    Maybe,
    Not,
    Phrase,
    Word,
    words_of,
)
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.synonyms import Synonyms, another_sense
from hub.search.engine.weights import Weights

FOREVER = 2**32 - 1
STOP_WORDS_USED = 20
COMMONEST = 4  # so many times the words that a prefix opens are looked at in each segment
_CODE = re.compile("([a-z]{2,6})([0-9]{1,6})")
ALWAYS_USED = 6  # words of a query that count however common they are


@dataclass(frozen=True, slots=True)
class Plan:
    """What a query asks for.

    `words` are the typed words in order as (exact form, stem), for nearness, snippets and spelling; `blank`
    says that nothing was typed; `plain` that there is nothing but words; `wide` is the same with fewer words needed, or None;
    `beside` are the words of synonyms, in the forms that mean the same.
    """

    match: Match
    words: tuple[tuple[str, str], ...]
    phrases: tuple[tuple[str, ...], ...]
    prefixes: tuple[str, ...]
    blank: bool
    wordy: bool = False
    plain: bool = False
    wide: Match | None = None
    beside: tuple[str, ...] = ()


class Planner:
    """Turns a parsed query into a plan for one snapshot."""

    def __init__(self, snapshot: Snapshot, synonyms: Synonyms, weights: Weights) -> None:
        self._snapshot = snapshot
        self._synonyms = synonyms
        self._weights = weights
        self._words: list[tuple[str, str]] = []
        self._phrases: list[tuple[str, ...]] = []
        self._prefixes: list[str] = []
        self._opened: dict[str, Forms] = {}
        self._beside: dict[str, None] = {}
        self._shouting = False
        self._few_words = False
        self._relax = False

    def plan(self, text: str) -> Plan:
        parsed = language.parse(text)
        plain = [node.text for node in parsed.children if isinstance(node, language.Plain)]
        self._shouting = len(plain) > 2 and all(word == word.upper() for word in plain)
        self._few_words = len(plain) <= 2
        match = self._group(parsed)
        blank = not text.strip()
        if match is None:
            return Plan(Every() if blank else NOTHING, (), (), (), blank)
        words, phrases, prefixes = tuple(self._words), tuple(self._phrases), tuple(self._prefixes)
        self._relax = True
        wide = self._group(parsed)
        wordy = len(self._words) > self._weights.need_all
        only_words = len(plain) == len(parsed.children)
        return Plan(
            match,
            words,
            phrases,
            prefixes,
            blank,
            wordy,
            only_words,
            wide if wide != match else None,
            tuple(self._beside),
        )

    def _group(self, group: language.Group, counted: bool = True) -> Match | None:
        """Side by side: plain words together, each other part a condition of its own."""
        run: list[language.Plain] = []
        conditions: list[Match] = []
        refused: list[Match] = []
        for node in group.children:
            if isinstance(node, language.Plain):
                run.append(node)
            elif isinstance(node, language.Without):
                match = self._node(node.child, counted=False)
                if match is not None:
                    refused.append(Not(match))
            else:
                match = self._node(node, counted)
                if match is not None:
                    conditions.append(match)
        words = self._run(run, counted, alone=not conditions)
        if words is not None:
            conditions.insert(0, words)
        if not conditions and refused:
            conditions = [Every()]
        parts = tuple(dict.fromkeys((*conditions, *refused)))
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else All(parts)

    def _node(self, node: language.Node, counted: bool) -> Match | None:
        match node:
            case language.Plain():
                return self._run([node], counted, alone=True)
            case language.Quoted(text):
                return self._quoted(text, counted)
            case language.Prefix(text):
                return self._prefix(text, counted)
            case language.Field(name, value, quoted):
                return self._field(name, value, quoted)
            case language.Without(child):
                match = self._node(child, counted=False)
                return Not(match) if match is not None else None
            case language.Or(children):
                matches = [match for child in children if (match := self._node(child, counted)) is not None]
                return AtLeast(1, tuple(dict.fromkeys(matches))) if matches else None
            case language.Group():
                return self._group(node, counted)

    def _run(self, run: list[language.Plain], counted: bool, alone: bool) -> Match | None:
        """Plain words: all of a few, some of many; stop words only where there is nothing else.

        "boundary-layer" counts as two words (and helps where it is written as one); a code such as "PR-1044"
        stays whole.
        """
        found: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
        helpful: list[Match] = []
        for node in run:
            for chunk in CHUNK.findall(node.text):
                parts, extras = chunk_terms(chunk)
                if len(parts) > 1 and all(part.isalpha() and len(part) > 1 for part in parts):
                    found += [(part, (part,), ()) for part in parts]
                    helpful += [Word(stem(extra)) for extra in extras]
                elif parts:
                    found.append((chunk, parts, extras))
        if counted and not self._relax:
            self._words += [(part, stem(part)) for _, parts, _ in found for part in parts]
        needed: list[Match] = []
        forms = [parts[0] if len(parts) == 1 else "" for _, parts, _ in found]
        raw = [chunk for chunk, _, _ in found]
        at = 0
        while at < len(found):
            chunk, parts, extras = found[at]
            following = found[at + 1] if at + 1 < len(found) else None
            if following and (glued := self._glued(parts, following[1])):
                apart = All((self._typed(chunk, parts, extras), self._typed(*following)))
                needed.append(Best(((glued, 1.0), (apart, 1.0))))
                at += 2
                continue
            short = self._few_words and (len(found) == 1 or forms[at] not in STOP_WORDS)
            taken, alternatives = self._synonyms.match(forms, raw, at, short) if counted else (0, ())
            if taken:
                own = [self._typed(*found[at + step]) for step in range(taken)]
                typed = own[0] if taken == 1 else All(tuple(own))
                others = [match for words in alternatives if (match := self._said(words)) is not None]
                needed.append(Best(((typed, 1.0), *((match, self._share(typed, match)) for match in others))))
                at += taken
                continue
            at += 1
            if len(parts) == 1 and parts[0] in STOP_WORDS:
                acronym = Word(parts[0].upper())
                if self._is_acronym(chunk) and not self._shouting:
                    needed.append(acronym)
                elif len(parts[0]) > 1:
                    helpful.append(acronym)
            else:
                needed.append(self._typed(chunk, parts, extras))
        if not needed:
            if not found or not alone:
                return None
            if len(found) == 1 and self._is_acronym(found[0][0]):
                return Word(found[0][0])  # in capitals it is a name: every text with "it" would be no answer
            return self._stop_words([part for _, parts, _ in found for part in parts])
        needed = self._rarest(list(dict.fromkeys(needed)))
        match = self._counted(needed)
        known = [
            word
            for word in dict.fromkeys(helpful)
            if isinstance(word, Word) and self._snapshot.rarity(word.term)
        ]
        if known:
            match = Maybe(match, Best(tuple((word, self._weights.acronym) for word in known[:5])))
        return match

    @staticmethod
    def _is_acronym(chunk: str) -> bool:
        return len(chunk) > 1 and chunk.isascii() and chunk.isalpha() and chunk.isupper()

    def _glued(self, parts: tuple[str, ...], following: tuple[str, ...]) -> Word | None:
        """A code typed apart that is written as one somewhere: "SEN 2" for SEN2."""
        if len(parts) != 1 or len(following) != 1:
            return None
        glued = parts[0] + following[0]
        known = _CODE.fullmatch(glued) and following[0].isdigit() and self._snapshot.rarity(glued)
        return Word(glued) if known else None

    def _counted(self, needed: list[Match]) -> Match:
        if len(needed) == 1:
            return needed[0]
        if len(needed) <= self._weights.need_all:
            need = len(needed)
            if self._relax:
                need = max(1, need - 1)
        else:
            need = 2 if len(needed) <= self._weights.need_two and not self._relax else 1
        return All(tuple(needed)) if need == len(needed) else AtLeast(need, tuple(needed))

    def _rarest(self, needed: list[Match]) -> list[Match]:
        """Of many words those that tell most: the commonest cost most to read and change the order least."""
        if len(needed) <= ALWAYS_USED:
            return needed
        order = sorted(range(len(needed)), key=lambda place: self._occurrences(needed[place]))
        kept: set[int] = set()
        postings = 0
        for place in order[: self._weights.longest]:
            postings += self._occurrences(needed[place])
            if len(kept) >= ALWAYS_USED and postings > self._weights.longest_postings:
                break
            kept.add(place)
        return [match for place, match in enumerate(needed) if place in kept]

    def _occurrences(self, match: Match) -> int:
        return sum(self._snapshot.occurrences(word.term) for word in words_of(match))

    def _stop_words(self, words: list[str]) -> Match:
        """Nothing but stop words: a title such as "About us", or one acronym; if need be, texts with them."""
        if len(words) == 1 and len(words[0]) > 1:
            return Best(((Word(words[0].upper()), 1.0), (Phrase((words[0],)), 1.0)))
        if not self._relax and len(words) > 1:
            return Phrase(tuple(words[:STOP_WORDS_USED]), "title_exact")
        rarest = min(dict.fromkeys(words), key=lambda word: self._snapshot.frequency("exact", word))
        return Phrase((rarest,))  # their places fill a third of the index: one is enough to read

    def _typed(self, chunk: str, parts: tuple[str, ...], extras: tuple[str, ...]) -> Match:
        """One chunk with its other spellings: "covid-19" is covid19, or covid next to 19."""
        if len(parts) == 1 and parts[0] in STOP_WORDS:
            named = self._is_acronym(chunk) and not self._shouting
            return Word(chunk) if named else self._stop_words(list(parts))
        if len(parts) == 1:
            word = Word(stem(parts[0]))
            code = _CODE.fullmatch(parts[0])
            if code:  # "SEN2" is also found where it is written apart
                return Best(((word, 1.0), (self._phrase((code[1], code[2])), 1.0)))
            if not extras:
                return word
            pieces = tuple(form for form in analyse(re.sub(r"\W", " ", chunk)).exact)
            return Best(((word, 1.0), (self._phrase(pieces), 1.0)))
        apart = self._phrase(parts)
        return Best((*((Word(stem(extra)), 1.0) for extra in extras[-1:]), (apart, 1.0)))

    def _phrase(self, forms: tuple[str, ...], field: str = "exact") -> Match:
        """A phrase scored by its words."""
        words = tuple(dict.fromkeys(Word(stem(form)) for form in forms if form not in STOP_WORDS))
        phrase = Phrase(forms, field)
        return All((phrase, AtLeast(1, words))) if words else phrase

    def _share(self, typed: Match, other: Match) -> float:
        """What a synonym's score counts: a rare synonym must not count more than the word that was typed."""
        ours = sum(self._snapshot.rarity(word.term) for word in words_of(typed))
        theirs = sum(self._snapshot.rarity(word.term) for word in words_of(other))
        return self._weights.synonym * (min(1.0, ours / theirs) if ours and theirs else 1.0)

    def _said(self, words: tuple[str, ...]) -> Match | None:
        forms = tuple(part for word in words for part in chunk_terms(word).parts)
        if not forms:
            return None
        if len(forms) > 1:
            return self._phrase(forms)
        (form,) = forms
        if form in STOP_WORDS:
            return Word(form.upper())
        self._beside[form] = None
        return self._thing(form)

    def _thing(self, form: str) -> Match:
        """A synonym, where it or another of its forms stands that is not of another sense: refuse, not refusing."""
        word = Word(stem(form))
        if not any(another_sense(other, form) and stem(other) == word.term for other in _doings(form)):
            return word
        own = dict.fromkeys((form, *(one for one in _plurals(form) if stem(one) == word.term)))
        return All((AtLeast(1, tuple(Phrase((one,)) for one in own)), word))

    def _quoted(self, text: str, counted: bool) -> Match | None:
        forms = tuple(analyse(text).exact[:50])
        if not forms:
            return None
        if counted and not self._relax:
            self._phrases.append(forms)
            self._words += [(form, stem(form)) for form in forms]
        return self._phrase(forms)

    def _prefix(self, text: str, counted: bool) -> Match | None:
        forms = analyse(text).exact
        if not forms:
            return None
        *before, start = forms
        if counted and not self._relax:
            self._prefixes.append(start)
        if start not in self._opened:
            most = self._weights.prefix_postings // (1 + 2 * len(self._opened))
            self._opened[start] = Forms(open_prefix(self._snapshot, start, self._weights, most))
        opened = self._opened[start]
        if not before:
            return opened
        return All((self._phrase(tuple(before)), opened))

    def _field(self, name: str, value: str, quoted: bool) -> Match | None:
        if name in ("after", "before"):
            return _dated(name, value)
        if name == "title":
            forms = tuple(analyse(value).exact[:20])
            return self._phrase(forms, "title_exact") if forms else None
        if name in ("space", "author"):
            names = dict.fromkeys(analyse(value).exact[:10])
            parts: tuple[Match, ...] = tuple(Has(f"{name}_name", form) for form in names)
            by_name = All(parts) if parts else None
            if value.isdecimal():
                return AtLeast(1, (Has(name, value), *((by_name,) if by_name else ())))
            return by_name
        folded = fold(value.strip())
        if name in ("is", "has"):
            return Has("flag", folded.removesuffix("s") if folded == "attachments" else folded)
        return Has(name, language.kind_said(folded) if name == "kind" else folded)


def _plurals(form: str) -> tuple[str, ...]:
    return (f"{form}s", f"{form}es", f"{form[:-1]}ies", form.removesuffix("s"))


def _doings(form: str) -> tuple[str, ...]:
    bare = form.removesuffix("e")
    return (f"{bare}ed", f"{bare}ing")


def open_prefix(snapshot: Snapshot, start: str, weights: Weights, most: int) -> tuple[str, ...]:
    """The words that begin so, commonest first, as many as the weights say, with at most so many occurrences."""
    known: dict[bytes, int] = {}
    low, high = start.encode(), _after(start.encode())
    for segment in snapshot.segments:
        lexicon = segment.lexicon("exact")
        first, last = bisect_left(lexicon.terms, low), bisect_left(lexicon.terms, high)
        counts = lexicon.frequencies[first:last]
        places = np.arange(first, last)
        if (
            len(places) > COMMONEST * weights.prefix_terms
        ):  # the rare ones of thousands cannot be among the commonest
            places = (
                first
                + np.argpartition(counts, len(counts) - COMMONEST * weights.prefix_terms)[
                    -COMMONEST * weights.prefix_terms :
                ]
            )
        for place, count in zip(places.tolist(), lexicon.frequencies[places].tolist(), strict=True):
            term = lexicon.terms[place]
            known[term] = known.get(term, 0) + count
    opened: list[str] = []
    postings = 0
    for term, count in sorted(known.items(), key=lambda entry: (-entry[1], entry[0]))[: weights.prefix_terms]:
        if opened and postings + count > most:
            continue
        postings += count
        opened.append(term.decode())
    return tuple(opened)


def _after(prefix: bytes) -> bytes:
    """The first byte string behind all that begin with the prefix."""
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix[-1] < 255 else prefix + b"\xff"


def _dated(name: str, value: str) -> Match | None:
    """after: and before: with 2024, 2024-05 or 2024-05-17; both days and months count as included."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", value.strip())
    if not found:
        return NOTHING
    try:
        year, month, day = (int(part) if part else None for part in found.groups())
        first = datetime(year or 1, month or 1, day or 1, tzinfo=UTC)
        if day:
            following = first + timedelta(days=1)
        elif month:
            following = (first + timedelta(days=32)).replace(day=1)
        else:
            following = first.replace(year=first.year + 1)
    except (ValueError, OverflowError):
        return NOTHING
    start = max(0, int(first.timestamp()))
    if name == "after":
        return Dated(start, FOREVER)
    return Dated(1, max(0, int(following.timestamp()) - 1))
