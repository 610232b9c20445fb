"""Files that people upload: kept once, whole and checked; and what to call them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from hub.files.local import (
    Damaged,
    FileStore,
    LocalStore,
    StorageFull,
    Stored,
    TooLarge,
    Verified,
    from_settings,
)
from hub.files.names import clean_name, human_size, media_type_for

__all__ = [
    "Damaged",
    "FileStore",
    "LocalStore",
    "StorageFull",
    "Stored",
    "TooLarge",
    "Verified",
    "clean_name",
    "from_settings",
    "human_size",
    "media_type_for",
]

_store: LocalStore | None = None
_references: dict[str, Callable[[], Iterable[str]]] = {}


def init(place: str | os.PathLike[str]) -> None:
    """Opens the hub's file store; called once by `create_app`."""
    global _store
    _store = from_settings(place)


def refer(name: str, hashes: Callable[[], Iterable[str]]) -> None:
    """Says which files a feature's rows point to, so that the sweep leaves them alone and a check misses what is gone."""
    _references[name] = hashes


def referred() -> dict[str, str]:
    """Every SHA-256 that some row points to, and the feature that does."""
    return {sha256: name for name, hashes in _references.items() for sha256 in hashes()}


def store() -> LocalStore:
    """The hub's file store. Raises RuntimeError before `init`."""
    if _store is None:
        raise RuntimeError("files.init has not been called")
    return _store
