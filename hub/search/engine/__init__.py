"""The search engine: Whoosh's index, read with NumPy, with permissions inside every answer.

A pure library: documents come in as `Document`, viewers as sets of audience tokens; it knows neither Flask
nor the database. Start reading at `index.py`.
"""

from hub.search.engine.documents import (
    BadDocument,
    Document,
    Explanation,
    Health,
    Hit,
    IndexBroken,
    Results,
    Suggestion,
)
from hub.search.engine.index import Index
from hub.search.engine.store import IndexBusy
from hub.search.engine.synonyms import Synonyms, council_synonyms, read_groups
from hub.search.engine.weights import Weights

__all__ = [
    "BadDocument",
    "Document",
    "Explanation",
    "Health",
    "Hit",
    "Index",
    "IndexBroken",
    "IndexBusy",
    "Results",
    "Suggestion",
    "Synonyms",
    "Weights",
    "council_synonyms",
    "read_groups",
]
