"""How results are shown: the best passage of each, equal texts folded, and the query put right."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from hub.search.engine.analysis import STOP_WORDS, chunk_terms, chunks, stem
from hub.search.engine.documents import Hit
from hub.search.engine.matches import words_of
from hub.search.engine.plan import Plan
from hub.search.engine.segment import Floats
from hub.search.engine.snapshot import Snapshot
from hub.search.engine.snippets import Marker


def page(snapshot: Snapshot, docs: NDArray[np.int64], scores: Floats, found: Plan) -> list[Hit]:
    """Hits for documents in order: titles and best passages with marks; equal texts folded together."""
    rarity = {stemmed: snapshot.rarity(stemmed) for _, stemmed in found.words}
    beside = {stemmed: form for form in found.beside if (stemmed := stem(form)) not in rarity}
    marker = Marker(_marked(found), found.prefixes, rarity, beside)
    hits: list[Hit] = []
    for (document, *folded), score in _folded(snapshot, docs, scores):
        segment, local = snapshot.locate(document)
        key, title, body, comments, files = segment.shown(local)
        parts, place = marker.best(body, [*files, ("comments", comments)])
        others = tuple(_key(snapshot, other) for other in folded)
        hits.append(Hit(key, score, marker.whole(title), parts, place, others))
    return hits


def _key(snapshot: Snapshot, document: int) -> str:
    """The key of one document from what is stored of it: all keys are read at once only where many are wanted."""
    segment, local = snapshot.locate(document)
    return segment.shown(local)[0]


def _folded(snapshot: Snapshot, docs: NDArray[np.int64], scores: Floats) -> Iterator[tuple[list[int], float]]:
    """Documents of one page in order, those with the same words together under the first, with its score."""
    prints = snapshot.column("print")[docs].tolist()
    groups: dict[object, tuple[list[int], float]] = {}
    for document, score, same in zip(docs.tolist(), scores.tolist(), prints, strict=True):
        groups.setdefault(same or ("alone", document), ([], score))[0].append(document)
    yield from groups.values()


def _marked(found: Plan) -> tuple[tuple[str, str], ...]:
    """What to mark: the words typed (stop words only when there is nothing else) and their synonyms."""
    content = tuple(word for word in found.words if word[0] not in STOP_WORDS) or found.words
    return (*content, *((word.term, word.term) for word in words_of(found.match)))


def corrected(text: str, corrections: Mapping[str, str]) -> str:
    """The typed query with words replaced, all else as typed."""
    pieces: list[str] = []
    at = 0
    for chunk, start, end in chunks(text):
        parts = chunk_terms(chunk).parts
        if len(parts) == 1 and parts[0] in corrections:
            pieces += [text[at:start], corrections[parts[0]]]
            at = end
    pieces.append(text[at:])
    return "".join(pieces)
