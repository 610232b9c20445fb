"""Counts of what a result holds, by kind, space, author, tag and year."""

from collections.abc import Mapping

import numpy as np

from hub.search.engine.schema import FACETS
from hub.search.engine.segment import Mask
from hub.search.engine.snapshot import Snapshot

MOST_VALUES = 50


def chosen_masks(snapshot: Snapshot, chosen: Mapping[str, tuple[str, ...]]) -> dict[str, Mask]:
    """For each facet with chosen values, which documents hold any of them."""
    masks: dict[str, Mask] = {}
    for name, values in chosen.items():
        masks[name] = np.zeros(snapshot.count, np.bool_)
        for value in values:
            masks[name] |= snapshot.filtered(name, value)
    return masks


def counts(snapshot: Snapshot, matching: Mask, chosen: Mapping[str, Mask]) -> dict[str, dict[str, int]]:
    """{facet: {value: documents}}, highest first, of documents that match and hold every chosen value.

    A facet's own choice does not narrow its own counts: they say how many the other values would show.
    """
    every = matching
    for mask in chosen.values():
        every = every & mask
    found: dict[str, dict[str, int]] = {}
    docs = np.flatnonzero(every)
    for name in FACETS:
        if name in chosen:
            counted = matching
            for other, mask in chosen.items():
                if other != name:
                    counted = counted & mask
            found[name] = _count(snapshot, name, counted, np.flatnonzero(counted))
        else:
            found[name] = _count(snapshot, name, every, docs)
    return found


def _count(snapshot: Snapshot, name: str, mask: Mask, docs: np.ndarray) -> dict[str, int]:
    codes = snapshot.codes[name]
    if name == "tag":
        numbers = snapshot.tag_codes[mask[snapshot.tag_docs]]
    else:
        numbers = snapshot.single[name][docs]
    totals = np.bincount(numbers)
    held = np.flatnonzero(totals)
    held = held[held > 0]
    pairs = sorted(
        ((int(totals[number]), codes.values[number]) for number in held), key=lambda pair: (-pair[0], pair[1])
    )
    return {value: total for total, value in pairs[:MOST_VALUES]}
