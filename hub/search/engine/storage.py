"""Whoosh's files in a folder, each of them closed again: Whoosh itself leaves them open when anything fails half-way."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", SyntaxWarning)  # Whoosh 2.7.4 is older than these warnings
    from whoosh.filedb.filestore import FileStorage
    from whoosh.util import random_name


class Folder(FileStorage):
    """Whoosh's storage of one folder, with one temporary folder apart from those of other writers."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._temporary = f"{random_name()}.tmp"
        self._opened: list[Any] = []

    def create_file(self, name: str, **options: Any) -> Any:
        return self._noted(super().create_file(name, **options))

    def open_file(self, name: str, **options: Any) -> Any:
        return self._noted(super().open_file(name, **options))

    def temp_storage(self, name: str | None = None) -> "Folder":
        made = Folder(Path(self.folder) / self._temporary)
        made._opened = self._opened
        made.create()
        return made

    def let_go(self) -> None:
        """Close what is still open of this folder and its temporary one. What is closed already stays so."""
        while self._opened:
            with suppress(OSError):  # a full disk cannot take what was still to be written
                self._opened.pop().raw_file().close()

    def _noted(self, opened: Any) -> Any:
        self._opened.append(opened)
        return opened


@contextmanager
def folder(path: Path) -> Iterator[Folder]:
    """The folder, for a while: nothing of it stays open."""
    storage = Folder(path)
    try:
        yield storage
    finally:
        storage.let_go()
