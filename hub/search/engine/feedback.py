"""Words that a long question did not say: those by which the best answers to it stand out.

A question in many words is seldom put in the words of the text that answers it. Where nothing holds all its words, the best
few documents so far are taken for examples (pseudo-relevance feedback; Rocchio 1971), and words that they share and that
are rare elsewhere lift what holds them too. Nothing is found that was not found before, only its order changes; what a
viewer may not see is no example.
"""

from collections import Counter

import numpy as np

from hub.search.engine.analysis import STOP_WORDS, analyse, ranked
from hub.search.engine.matches import AtLeast, Best, Match, Word, words_of
from hub.search.engine.plan import Plan
from hub.search.engine.segment import Floats, Mask
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.weights import Weights

READ = 3_000  # characters of each example that are looked at
STEPS = 1_000  # scores are compared in so many steps, so that rounding chooses no other examples
MOST_POSTINGS = 30_000  # of all words together: commoner ones cost more to read and tell less


def told_words(snapshot: Snapshot, found: Plan) -> tuple[Word, ...]:
    """The words of a plan that the index knows, where there are enough of them for examples to help; else none."""
    if not (found.wordy and found.plain):
        return ()
    used = set(words_of(found.match))  # of very many words the commonest are not read
    words = dict.fromkeys(Word(stemmed) for form, stemmed in found.words if form not in STOP_WORDS)
    known = tuple(word for word in words if word in used and snapshot.rarity(word.term))
    return known if len(known) > 1 else ()


def expansion(snapshot: Snapshot, mask: Mask, scores: Floats, weights: Weights) -> Match | None:
    """What to add to the scores of the documents of a set; None where there is nothing to add."""
    worth: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    for document, share in _examples(snapshot, mask, scores, weights.examples):
        counted = _counted(snapshot, document)
        length = sum(counted.values())
        norm = weights.k1 * (1 - weights.b + weights.b * length / snapshot.averages["words"])
        shared.update(counted.keys())
        for term, times in counted.items():
            worth[term] += share * times * (weights.k1 + 1) / (times + norm)  # type: ignore[assignment]
    by_worth = sorted(
        (-worth[term] * snapshot.rarity(term), term) for term, times in shared.items() if times > 1
    )
    chosen: list[tuple[Match, float]] = []
    postings = 0
    for value, term in by_worth[: 3 * weights.example_words]:
        holding = snapshot.occurrences(term)
        if len(chosen) == weights.example_words or not value:
            break
        if holding > 1 and postings + holding <= MOST_POSTINGS:
            postings += holding
            chosen.append((Word(term), weights.feedback * value / by_worth[0][0]))
    return AtLeast(1, tuple(Best((one,)) for one in chosen)) if chosen else None


def _examples(snapshot: Snapshot, mask: Mask, scores: Floats, most: int) -> list[tuple[int, float]]:
    """(document, its share) of the best few, of those with the same words only the first."""
    docs = np.flatnonzero(mask)
    values = scores[docs]
    highest = float(values.max(initial=0.0))
    if not highest:
        return []
    edge = np.partition(values, -min(len(values), 4 * most))[-min(len(values), 4 * most)]
    docs, values = docs[values >= edge], values[values >= edge]
    steps = np.rint(values * (STEPS / highest)).astype(np.int64)
    order = snapshot.best_first(docs, steps)
    seen: set[int] = set()
    kept: list[tuple[int, int]] = []
    prints = snapshot.column("print")
    for document, step in zip(docs[order].tolist(), steps[order].tolist(), strict=True):
        same = int(prints[document])
        if same and same in seen:
            continue
        seen.add(same)
        kept.append((document, step))
        if len(kept) == most:
            break
    total = sum(step for _, step in kept)
    return [(document, step / total) for document, step in kept]


def _counted(snapshot: Snapshot, document: int) -> Counter[str]:
    """How often each word stands at the beginning of a document; numbers and single letters left out."""
    segment, local = snapshot.locate(document)
    _, title, body, _, files = segment.shown(local)
    text = f"{title}\n{body}"
    if len(text) < READ and files:
        text = "\n".join((text, files[0][1][: READ - len(text)]))
    return Counter(term for term in ranked(analyse(text[:READ])) if len(term) > 2 and term[0].isalpha())
