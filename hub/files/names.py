"""What files are called, what they claim to be and how large they are, in words for people."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from pathlib import PurePosixPath

LONGEST_NAME = 200

_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)", re.IGNORECASE)
# Unicode categories: control, surrogate, private use, ends of lines and paragraphs.
_UNWELCOME = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_INVISIBLE = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\U000e0000-\U000e0fff]"
)


def clean_name(filename: str) -> str:
    """The name under which a file is shown and downloaded: safe on every system, any script kept.

    Only what follows the last slash or backslash counts. Control and invisible characters and marks that turn
    the reading direction go, what Windows refuses becomes "_", leading dots and closing dots or spaces go,
    device names (`CON.txt`) get a "_" in front; at most 200 bytes of UTF-8, the ending kept. Never empty.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", filename)[-1])
    name = _INVISIBLE.sub("", "".join(c for c in name if unicodedata.category(c) not in _UNWELCOME))
    name = re.sub(r'[<>:"|?*]', "_", name)
    name = re.sub(r"\s+", " ", name).strip().lstrip(". ").rstrip(". ")
    if _DEVICES.fullmatch(name.split(".", 1)[0].rstrip()):
        name = "_" + name
    return _shorten_name(name) or "file"


def _shorten_name(name: str) -> str:
    if len(name.encode()) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, ending = name, ""
    room = LONGEST_NAME - len((dot + ending).encode() if ending else b"")
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return f"{stem}.{ending}" if ending else stem


# Office and open formats are missing from the tables of slim systems.
_TYPES = mimetypes.MimeTypes(filenames=())
for _ending, _type in {
    ".csv": "text/csv",
    ".docm": "application/vnd.ms-word.document.macroenabled.12",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".md": "text/markdown",
    ".msg": "application/vnd.ms-outlook",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rtf": "application/rtf",
    ".webp": "image/webp",
    ".xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}.items():
    _TYPES.add_type(_type, _ending)
_RUNNABLE = re.compile(
    r"html|[/+]xml$|svg|javascript|ecmascript|x-shockwave|x-sh|x-python|java|wasm|x-ms|message/|multipart"
    r"|text/css"
)
_UNKNOWN = "application/octet-stream"


def media_type_for(name: str) -> str:
    """The media type that a name claims; `application/octet-stream` if unknown or if browsers run it."""
    media_type = _TYPES.types_map[True].get(PurePosixPath(name).suffix.lower(), _UNKNOWN)
    return _UNKNOWN if _RUNNABLE.search(media_type) else media_type


def human_size(size: int) -> str:
    """A size in bytes for people: "812 bytes", "184 KB", "1.2 MB". 1 KB is 1,024 bytes."""
    if size < 1024:
        return "1 byte" if size == 1 else f"{size} bytes"
    value = float(size)
    for unit in ("KB", "MB", "GB", "TB"):
        value /= 1024
        if value < 999.5 or unit == "TB":
            break
    if value < 9.95 and unit != "KB":
        return f"{value:.1f} {unit}".replace(".0 ", " ")
    return f"{value:,.0f} {unit}"
