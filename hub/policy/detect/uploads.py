"""Looks at an uploaded file, by name and content, for what could harm the person who opens it.

A finding labels and nudges; the upload itself always succeeds.  Nothing is executed, unpacked to disk or fetched.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hub.policy.detect import upload_active, upload_archive, upload_office
from hub.policy.detect.upload_types import (
    DANGEROUS,
    DOCUMENT_ENDINGS,
    MACRO_ENDINGS,
    PROMISES,
    endings_of,
    sniff,
)

READ = 32 << 20
Note = tuple[str, str]
_BROKEN = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class UploadFinding:
    """One thing about a file: `kind` (a short stable name) and `why` in plain words."""

    kind: str
    why: str
    rule: str = "upload"


def inspect_upload(path: Path | str, filename: str) -> list[UploadFinding]:
    """Findings on the file at `path` that was uploaded under the name `filename`, each kind once, worst first.

    A file that is broken or of no known kind gives what could be learnt.  Raises OSError when it cannot be opened.
    """
    found: dict[str, str] = {}
    with Path(path).open("rb") as file:
        kind = sniff(file)
        for name, why in [*_by_name(filename, kind), *_by_content(file, kind, filename)]:
            if name == "attachment":
                inner = list(_by_name(why, "empty"))
                if inner:
                    found.setdefault("executable", f"an attachment inside it: {inner[0][1]}")
                continue
            found.setdefault(name, why)
    return [
        UploadFinding(name, why)
        for name, why in sorted(
            found.items(), key=lambda item: _WORST.index(item[0]) if item[0] in _WORST else 99
        )
    ]


# A web page that calls itself a document or a picture.
_WEB_ENDINGS = frozenset("html htm xhtml shtml mht mhtml svg".split())
_PAPERS = frozenset("pdf doc docx xls xlsx ppt pptx rtf odt ods jpg jpeg png gif".split())
_WORST = (
    "executable",
    "disguised name",
    "macro",
    "macro sheet",
    "dde",
    "embedded object",
    "external template",
    "archive bomb",
    "archive path",
    "active content",
    "mismatch",
    "formula",
    "encrypted",
    "archive",
)


def _by_name(filename: str, kind: str) -> Iterator[Note]:
    endings = endings_of(filename)
    last = endings[-1] if endings else ""
    if re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", filename):
        yield "disguised name", "its name holds signs that turn the writing round"
    if re.search(r"\s{6,}\.\w+\s*$", filename):
        yield "disguised name", "its name hides the ending behind blanks"
    if last in DANGEROUS:
        if len(endings) > 1 and endings[-2] in DOCUMENT_ENDINGS:
            yield "disguised name", f"its name poses as .{endings[-2]} but ends in .{last}"
        yield "executable", f"a .{last} file can run when it is opened"
    elif last in _WEB_ENDINGS and endings[-2:-1] and endings[-2] in _PAPERS:
        yield "disguised name", f"its name poses as .{endings[-2]} but ends in .{last}"
    elif last in MACRO_ENDINGS:
        yield "macro", f"a .{last} file can hold macros"
    if kind == "damaged zip" and {"zip", "docx", "xlsx", "pptx", "odf"} & PROMISES.get(last, frozenset()):
        return  # Cut short on its way: that it is none of them cannot be said.
    if last in PROMISES and kind not in ("empty", "unknown") and kind not in PROMISES[last]:
        yield "mismatch", f"its name says .{last} but it is {_article(kind)}"
    elif (
        last in PROMISES and kind == "unknown" and not {"text", "unknown", "video", "audio"} & PROMISES[last]
    ):
        yield "mismatch", f"its name says .{last} but its content is something else"


def _article(kind: str) -> str:
    return (
        f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} file"
        if kind not in ("text", "html", "program", "script")
        else {"text": "plain text", "html": "a web page"}.get(kind, f"a {kind}")
    )


def _by_content(file: BinaryIO, kind: str, filename: str) -> Iterator[Note]:
    last = (endings_of(filename) or [""])[-1]
    if kind in ("program", "shortcut", "help file", "package"):
        yield (
            "executable",
            f"its content is a {kind}" + (", whatever its name says" if last not in DANGEROUS else ""),
        )
    elif kind == "disk image":
        yield "executable", "its content is a disk image, which can carry programs"
    elif kind == "script" and last not in ("py", "sh", "rb", "pl", "md", "txt"):
        yield "executable", "its content is a script"
    steps: dict[str, tuple[Callable[[], Iterator[Note]], ...]] = {
        "docx": (lambda: upload_office.ooxml(file), lambda: upload_archive.zipped(file, office=True)),
        "odf": (lambda: upload_office.odf(file), lambda: upload_archive.zipped(file, office=True)),
        "ole": (lambda: upload_office.ole(file),),
        "rtf": (lambda: upload_office.rtf(_all(file)),),
        "zip": (
            lambda: upload_archive.zipped(file, office=last == "epub"),
            lambda: upload_office.ooxml(file) if last != "zip" else iter(()),
        ),
        "7z": (lambda: upload_archive.sealed(file, kind),),
        "rar": (lambda: upload_archive.sealed(file, kind),),
        "damaged zip": (lambda: upload_archive.damaged(_all(file)),),
        "tar": (lambda: upload_archive.tarred(file),),
        "gzip": (lambda: upload_archive.gzipped(file), lambda: upload_archive.tarred(file)),
        "bzip2": (lambda: upload_archive.tarred(file),),
        "xz": (lambda: upload_archive.tarred(file),),
        "pdf": (lambda: upload_active.pdf(_all(file)),),
        "svg": (lambda: upload_active.svg(_all(file)),),
        "html": (lambda: upload_active.html(_all(file)),),
        "xml": (
            lambda: (
                upload_active.svg(_all(file))
                if last == "svg"
                else upload_active.html(_all(file))
                if last in ("html", "htm", "xhtml")
                else iter(())
            ),
        ),
        "text": (lambda: _text(file, last),),
    }
    steps["xlsx"] = steps["pptx"] = steps["docx"]
    for step in steps.get(kind, ()):
        try:
            yield from step()
        except _BROKEN:
            continue


def _text(file: BinaryIO, last: str) -> Iterator[Note]:
    data = _all(file)
    if last in ("csv", "tsv", "tab", "xls"):
        yield from upload_active.table(data)
    elif last in ("html", "htm", "xhtml", "svg"):
        yield from upload_active.html(data)
    elif last == "eml" or re.match(rb"(?:[A-Za-z-]+: .*\r?\n){3}", data):
        for name in re.findall(rb"(?i)(?:file)?name\*?\s*=\s*\"?([^\"\r\n;]{1,200})", data)[:200]:
            yield "attachment", name.decode("utf-8", "replace")


def _all(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(READ)
