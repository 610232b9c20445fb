"""ZIP archives: only the names of what they hold. Nothing inside is unpacked, so nesting costs nothing."""

from typing import IO

from .. import words
from ..kinds import BY_ENDING, ending, kind
from ..package import Parts
from ..report import Report


def read(file: IO[bytes], report: Report) -> None:
    """Hand on the names; label passwords, programs and unsafe names."""
    parts = Parts(file)
    if parts.encrypted:
        report.note(words.ENCRYPTED)
    if parts.odd:
        report.note(words.ODD_NAMES)
    if any(kind(BY_ENDING.get(ending(name), "")).family == "program" for name in parts.names):
        report.note(words.EXECUTABLE)
    report.passage("\n".join(name for name in parts.names if not name.endswith("/")))
    nothing = words.ALL_ODD if parts.odd and not parts.names else words.EMPTY
    report.reason(words.ARCHIVE if report.found else nothing)
