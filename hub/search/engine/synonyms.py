"""Groups of words that mean the same, for instance "FOI" and "freedom of information"."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

from hub.search.engine.analysis import analyse, stem

LONGEST = 6


def another_sense(form: str, word: str) -> bool:
    """Whether a form of a word is what somebody does ("refused", "refusing") where the word itself is a thing ("refuse")."""
    return _is_doing(form) and not _is_doing(word)


def _is_doing(form: str) -> bool:
    return len(form) > 4 and form.endswith(("ed", "ing"))


class Synonyms:
    """Groups of phrases of up to six words. A phrase that begins with "=" asks for the very capitals, unless
    the query has no more than two words: "=SEND" so that "send a form" means what it says."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        self._groups: list[list[tuple[str, ...]]] = []
        self._known: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        for group in groups:
            phrases: list[tuple[str, ...]] = []
            for written in group:
                typed = written.strip()
                capitals = typed[1:] if typed.startswith("=") else ""
                forms = tuple(analyse(typed.lstrip("=")).exact[:LONGEST])
                if forms:
                    phrases.append(forms)
                    self._known.setdefault(tuple(map(stem, forms)), []).append((len(self._groups), capitals))
            self._groups.append(phrases)

    def match(
        self, forms: Sequence[str], typed: Sequence[str], at: int, short: bool
    ) -> tuple[int, tuple[tuple[str, ...], ...]]:
        """The longest known phrase that begins at a place: (words taken, other phrases of its groups)."""
        for length in range(min(LONGEST, len(forms) - at), 0, -1):
            stems = tuple(map(stem, forms[at : at + length]))
            others: dict[tuple[str, ...], None] = {}
            for group, capitals in self._known.get(stems, ()):
                if capitals and not short and " ".join(typed[at : at + length]) != capitals:
                    continue
                phrases = self._groups[group]
                if length == 1 and not any(
                    len(own) == 1 and stem(own[0]) == stems[0] and not another_sense(forms[at], own[0])
                    for own in phrases
                ):
                    continue
                for phrase in phrases:
                    if tuple(map(stem, phrase)) != stems:
                        others[phrase] = None
            if others:
                return length, tuple(others)
        return 0, ()


def read_groups(text: str) -> list[list[str]]:
    """One group a line, phrases divided by commas; lines that begin with # are remarks."""
    lines = (line.strip() for line in text.splitlines())
    return [line.split(",") for line in lines if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def council_synonyms() -> Synonyms:
    """The jargon that the hub ships with."""
    return Synonyms(read_groups(files(__package__).joinpath("jargon.txt").read_text("utf-8")))
