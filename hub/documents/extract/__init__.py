"""The text of documents, read in children that can harm nothing. A library: it knows neither the web nor the
database.

`sniff(path, filename)` tells a file's type, `read(path, filename)` its text, `preview` draws its pages.
"""

import shutil
from pathlib import Path

from . import gathering, isolation, words
from .inside import reader_of, without_reader
from .kinds import BY_ENDING, ending, kind
from .result import Extracted, Passage, Sniffed
from .sniffing import sniff

__all__ = ["Extracted", "Passage", "Sniffed", "read", "sniff"]

_OLD_TOOLS = {
    "application/msword": "catdoc",
    "application/vnd.ms-excel": "xls2csv",
    "application/vnd.ms-powerpoint": "catppt",
}


def read(path: str | Path, filename: str) -> Extracted:
    """The text of the file at `path`, which people call `filename`, within the limits of `limits`.

    Returns in at most about 20 seconds whatever the file is. Raises OSError only when the file cannot be
    opened or a child cannot be started; anything wrong with the file itself is told in `reason`.
    """
    sniffed = sniff(path, filename)
    notes = _about_the_name(sniffed, filename)
    if reader_of(sniffed.media_type, sniffed.family) is None:
        if sniffed.media_type == "application/x-encrypted-office":
            notes.append(words.ENCRYPTED)
        reason = without_reader(sniffed.media_type, sniffed.family)
        return Extracted(sniffed.media_type, sniffed.label, reason=reason, notes=notes)
    request = {"task": "read", "media_type": sniffed.media_type, "family": sniffed.family}
    tool = _OLD_TOOLS.get(sniffed.media_type)
    found = shutil.which(tool) if tool else None
    if found:
        request["tool"] = found
    outcome = isolation.run(request, path)
    extracted = gathering.gather(outcome.output, outcome.ended, sniffed)
    extracted.notes[:0] = notes
    return extracted


def _about_the_name(sniffed: Sniffed, filename: str) -> list[str]:
    """Say so when the name promises another family of files than the file is."""
    promised = kind(BY_ENDING.get(ending(filename), ""))
    if (
        promised.family == "other"
        or promised.family == sniffed.family
        or sniffed.media_type == "inode/x-empty"
    ):
        return []
    if {promised.family, sniffed.family} <= {"text", "web", "sheet"} and sniffed.media_type.startswith(
        "text/"
    ):
        return []
    if sniffed.media_type == "application/x-encrypted-office":
        return []
    return [f"Its name ends in .{ending(filename)}, but it is: {sniffed.label}."]
