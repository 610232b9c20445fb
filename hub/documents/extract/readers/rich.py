"""Rich text (RTF), after its pictures are cut out: they are most of a file, and none of its text."""

import re
from typing import IO

from striprtf.striprtf import rtf_to_text

from .. import limits, words
from ..report import Report

_LONG_HEX = re.compile(rb"[0-9a-fA-F\r\n]{256,}")
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")


def read(file: IO[bytes], report: Report) -> None:
    """The words of an RTF file of at most 5 MB without its pictures; of a longer one, the first 5 MB."""
    file.seek(0)
    data = file.read(limits.PLAIN_BYTES)
    if rb"\objdata" in data or rb"\objocx" in data:
        report.note(words.EMBEDDED)
    if re.search(rb"\\\*\\template\s+\\?[a-z]*https?:|INCLUDEPICTURE|DDEAUTO", data):
        report.note(words.LINKS_OUT)
    data = _LONG_HEX.sub(b"", data)
    if len(data) > limits.RTF_BYTES:
        report.reason(words.TOO_MUCH_TEXT)
    report.passage(text_of(data[: limits.RTF_BYTES]))


def text_of(data: bytes) -> str:
    """The words of RTF, decoded as its own code page says."""
    page = _CODE_PAGE.search(data[:4096])
    encoding = f"cp{page[1].decode('ascii')}" if page else "cp1252"
    try:
        "".encode(encoding)
    except LookupError:
        encoding = "cp1252"
    return str(rtf_to_text(data.decode("latin-1"), encoding=encoding, errors="replace"))
