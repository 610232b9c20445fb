"""Why a document ranks where it does: its score in parts, each with its reason.

Words are named as they were typed or, where nobody typed them (synonyms), as they stand in the document: stems
are the index's business.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from hub.search.engine import ranking, vector
from hub.search.engine.analysis import analyse, stem
from hub.search.engine.documents import Explanation
from hub.search.engine.matches import All, AtLeast, Best, Forms, Match, Maybe, Word
from hub.search.engine.plan import Plan
from hub.search.engine.schema import RANKED
from hub.search.engine.segment import Floats, Mask
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.weights import Weights

FURTHEST = 10_000  # ranks that are told


def explain(
    snapshot: Snapshot,
    key: str,
    document: int,
    found: Plan,
    mask: Mask,
    scores: Floats,
    weights: Weights,
    moment: int,
) -> Explanation:
    """The rank and the parts of the score of a document that is among those found (`mask`, `scores`)."""
    lines = _word_lines(snapshot, document, found, weights)
    if found.plain and found.wordy:
        lent = float(scores[document]) - sum(share for _, share in lines)
        if abs(lent) > 0.01 * float(scores[document]):
            lines.append(("words of the best answers, less what counts once only", lent))
    factor = float(snapshot.prior(weights, moment)[document])
    lines.append(("freshness and state", (float(scores[document]) + float(ranking.FLOOR)) * (factor - 1)))
    ranked = ranking.by_relevance(snapshot, mask, scores, found, weights, FURTHEST, moment)
    rank = np.flatnonzero(ranked.docs == document)
    if (len(rank) and rank[0] < weights.rerank) or len(ranked.docs) <= weights.rerank:
        lines += [
            (reason, float(values[0]))
            for reason, values in ranking.bonus_parts(snapshot, np.array([document]), found, weights)
            if values[0]
        ]
    score = float(ranked.scores[rank[0]]) if len(rank) else float(scores[document]) * factor
    return Explanation(key, True, score, int(rank[0]) + 1 if len(rank) else None, lines)


def _word_lines(snapshot: Snapshot, document: int, found: Plan, weights: Weights) -> list[tuple[str, float]]:
    """The BM25 part of each word in each field, as it counted: a synonym by its share, and only where it beat what was typed."""
    segment, local = snapshot.locate(document)
    number = snapshot.segments.index(segment)
    names = _Names(snapshot, document, found)
    lines: list[tuple[str, float]] = []
    counted: Counter[str] = Counter()
    for part, share in _counted(snapshot, document, _matching(snapshot, document, found, weights), weights):
        if isinstance(part, Forms):
            lines.append((f"a word that begins with {_quoted(found.prefixes)}", share))
        else:
            counted[part.term] += share  # type: ignore[assignment]
    for term, share in counted.items():
        rarity = snapshot.rarity(term) * share
        for name in RANKED:
            docs, shares = snapshot.scored(number, term, weights.only(name))
            place = int(np.searchsorted(docs, local))
            if place < len(docs) and docs[place] == local and shares[place]:
                lines.append((f"{names.of(term)} in {name}", float(shares[place]) * rarity))
    return lines


def _matching(snapshot: Snapshot, document: int, found: Plan, weights: Weights) -> Match:
    """The plan that found the document: the one with fewer words needed where the first did not."""
    if found.wide is None or vector.run(snapshot, found.match, weights)[0][document]:
        return found.match
    return found.wide


def _counted(
    snapshot: Snapshot, document: int, match: Match, weights: Weights, share: float = 1.0
) -> Iterator[tuple[Word | Forms, float]]:
    """The words of a tree that added to the document's score, each with the share that it counted for."""
    match match:
        case Word() | Forms():
            if _score(snapshot, document, match, weights):
                yield match, share
        case All(children) | AtLeast(_, children):
            if vector.run(snapshot, match, weights)[0][document]:
                for child in children:
                    yield from _counted(snapshot, document, child, weights, share)
        case Best(choices):
            best, most = max(choices, key=lambda one: _score(snapshot, document, one[0], weights) * one[1])
            yield from _counted(snapshot, document, best, weights, share * most)
        case Maybe(first, second):
            yield from _counted(snapshot, document, first, weights, share)
            yield from _counted(snapshot, document, second, weights, share)


def _score(snapshot: Snapshot, document: int, match: Match, weights: Weights) -> float:
    mask, scores = vector.run(snapshot, match, weights)
    return float(scores[document]) if mask[document] else 0.0


class _Names:
    """What terms are called for one query and one document."""

    def __init__(self, snapshot: Snapshot, document: int, found: Plan) -> None:
        segment, local = snapshot.locate(document)
        _, title, body, comments, files = segment.shown(local)
        texts = (title, body, comments, *(text for _, text in files))
        self._standing: dict[str, Counter[str]] = {}
        for form, times in Counter(word for text in texts for word in analyse(text).exact).items():
            self._standing.setdefault(stem(form), Counter())[form] = times
        self._typed: dict[str, dict[str, None]] = {}
        for form, stemmed in found.words:
            self._typed.setdefault(stemmed, {})[form] = None

    def of(self, term: str) -> str:
        """“housing”, and where only other forms of it stand there: “housing” (there “houses”)."""
        typed, standing = self._typed.get(term, {}), self._standing.get(term, Counter())
        if not typed:
            return _quoted([form for form, _ in standing.most_common(1)] or [term])
        if not standing or any(form in standing for form in typed):
            return _quoted(typed)
        return f"{_quoted(typed)} (there “{standing.most_common(1)[0][0]}”)"


def _quoted(words: Iterable[str]) -> str:
    return " or ".join(f"“{word}”" for word in words)
