"""What runs in the child: finds the reader for the file on standard input, and survives whatever the file
does to it.
"""

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from . import limits, words
from .report import Enough, Report

_OFFICE = re.compile(r"application/vnd\.(openxmlformats-officedocument|ms-(word|excel|powerpoint))[.]")
_BY_TYPE = {
    "application/pdf": "pdf.read",
    "application/msword": "word97.read",
    "application/vnd.ms-excel": "excel97.read",
    "application/vnd.ms-powerpoint": "powerpoint97.read",
    "application/vnd.ms-outlook": "outlook.read",
    "application/vnd.ms-visio.drawing.main+xml": "office.read_drawing",
    "application/rtf": "rich.read",
    "message/rfc822": "mail.read",
    "application/epub+zip": "book.read",
    "application/zip": "archive.read",
    "application/java-archive": "archive.read",
    "application/vnd.android.package-archive": "archive.read",
    "text/html": "plain.read_page",
    "application/xml": "plain.read_xml",
    "image/svg+xml": "plain.read_xml",
    "application/json": "plain.read_text",
}
_BY_FAMILY = {"word": "office.read_word", "sheet": "office.read_workbook", "slides": "office.read_slides"}
_WITHOUT = {
    "application/x-encrypted-office": words.LOCKED,
    "inode/x-empty": words.EMPTY,
}
_FAMILIES_WITHOUT = {
    "archive": words.ARCHIVE_KIND,
    "program": words.PROGRAM,
    "sound": words.SOUND,
    "film": words.SOUND,
    "picture": words.PICTURE,
}


def reader_of(media_type: str, family: str) -> str | None:
    """The reader for a type as "module.function" of `readers`; None when such files have no text to read."""
    if media_type in _BY_TYPE:
        return _BY_TYPE[media_type]
    if media_type.startswith("application/vnd.oasis.opendocument."):
        return "opendocument.read"
    if _OFFICE.match(media_type):
        return _BY_FAMILY.get(family)
    if media_type.startswith("text/"):
        return "plain.read_text"
    return "picture.read" if family == "picture" else None


def without_reader(media_type: str, family: str) -> str:
    """Why a type without reader has no text."""
    return _WITHOUT.get(media_type) or _FAMILIES_WITHOUT.get(family, words.UNKNOWN)


def main(request: dict[str, Any]) -> None:
    """Do what the request says ("read" or "render") with the file on standard input, and report on standard
    output.
    """
    report = Report()
    # Python's own stack frames of deep recursion are cheap; C's are not, so the limit stays at its default.
    with os.fdopen(0, "rb", closefd=False) as file:
        try:
            if request["task"] == "render":
                from . import render

                render.render(file, request, report)
            elif request["task"] == "try":
                _load_all()
            else:
                _read(file, request, report)
        except Enough as end:
            report.reason(end.reason)
        except MemoryError:
            sys.stdout.flush()
            os._exit(limits.MEMORY_EXIT)
        except Exception as error:  # noqa: BLE001 - any error is the file's doing, and is shut in here
            report.fault(error)
            report.reason(words.PARTLY_DAMAGED if report.found else words.DAMAGED)
    report.done()
    # Tearing a half-read document down may crash or hang, and nothing is left to do.
    os._exit(0)


def _load_all() -> None:
    """Load every library that any reader needs; one that is out of reach ends the child without a word."""
    try:
        for module in ("office", "opendocument", "pdf", "picture", "mail", "outlook", "rich", "word97"):
            importlib.import_module(f"{__package__}.readers.{module}")
    except (ImportError, OSError):
        os._exit(1)


def _read(file: IO[bytes], request: dict[str, Any], report: Report) -> None:
    reader = reader_of(request["media_type"], request["family"])
    if reader is None:
        report.reason(without_reader(request["media_type"], request["family"]))
        return
    module, function = reader.split(".")
    try:
        getattr(importlib.import_module(f"{__package__}.readers.{module}"), function)(file, report)
    except (Enough, MemoryError):
        raise
    except Exception:
        if report.found or not _second(file, request, report):
            raise
        return
    if not report.found:
        _second(file, request, report)


def _second(file: IO[bytes], request: dict[str, Any], report: Report) -> bool:
    """Let the installed catdoc family try an old Office file in which our own reader found nothing."""
    tool = request.get("tool")
    if not tool:
        return False
    file.seek(0)
    # The tools want a path, and the working folder is all that this process may see.
    with Path("source").open("wb") as copy:
        shutil.copyfileobj(file, copy)
    # Only catdoc itself wraps lines unless told not to.
    options = ["-d", "utf-8", "-w"] if tool.endswith("catdoc") else ["-d", "utf-8"]
    try:
        done = subprocess.run(
            [tool, *options, "source"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.WALL_SECONDS / 2,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    report.passage(done.stdout.decode("utf-8", "replace").replace("\x0c", "\n"))
    return report.found
