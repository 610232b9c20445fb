"""Tells a file's type by its structure, never by its name alone: magic numbers, OLE directory, parts of a
ZIP, text.

Runs in the parent, so each step is bounded: the first 64 KB, a directory of at most 2 MB, one small part of a
ZIP.
"""

import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from . import limits, ole
from .kinds import BY_ENDING, KINDS, UNKNOWN, ending, kind
from .result import Sniffed

_HEAD = 1 << 16
_CONTENT_TYPES = 1 << 20
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways to pack a part that take little memory to undo; an LZMA dictionary is as large as a file claims."""
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    struct.error,
    ValueError,
    NotImplementedError,
    RuntimeError,
    LookupError,
)
"""What `zipfile` raises on damaged parts; a password is a RuntimeError."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\x00\x00\x01\x00", "image/x-icon"),
    (40, b" EMF", "image/emf"),
    (0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (0, b"\x01\x00\x09\x00\x00\x03", "image/wmf"),
    (0, b"%!PS", "application/postscript"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (257, b"ustar", "application/x-tar"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    # Excel 2 to 4 wrote its records without a compound file around them.
    (0, b"\x09\x00\x04\x00", "application/vnd.ms-excel"),
    (0, b"\x09\x02\x06\x00", "application/vnd.ms-excel"),
    (0, b"\x09\x04\x06\x00", "application/vnd.ms-excel"),
)
_OLE_NAMES = (
    ("EncryptedPackage", "application/x-encrypted-office"),
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("PP40", "application/vnd.ms-powerpoint"),
    ("PP97_DUALSTORAGE", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("WORKBOOK", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("BOOK", "application/vnd.ms-excel"),
    ("VisioDocument", "application/vnd.visio"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
)
_MAIN_PART = re.compile(rb'ContentType\s*=\s*["\']([^"\']{5,200}?)(?:\.main)?\+xml["\']')
_HEADER_LINE = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]")
_MAIL_HEADERS = re.compile(
    rb"^(received|return-path|message-id|mime-version|from|to|subject|date|delivered-to|x-[a-z-]+):",
    re.I | re.M,
)


def sniff(path: str | Path, filename: str) -> Sniffed:
    """The type of the file at `path`, which people call `filename`. Raises OSError when it cannot be opened.

    The name decides only between kinds of plain text; a lying ending does not deceive.
    """
    with Path(path).open("rb") as file:
        head = file.read(_HEAD)
        return kind(_media_type(file, head, ending(filename)))


def _media_type(file: IO[bytes], head: bytes, last: str) -> str:
    if not head:
        return "inode/x-empty"
    if head.startswith(ole.MAGIC):
        names = ole.root_names(file)
        return next((found for name, found in _OLE_NAMES if name in names), "application/x-ole-storage")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return _zip_type(file, head, last)
    for offset, magic, found in _MAGIC:
        if head.startswith(magic, offset):
            return found
    if head.startswith(b"MZ") and b"PE\x00\x00" in head[:4096]:
        return "application/vnd.microsoft.portable-executable"
    if (
        head[:2] == b"BM"
        and len(head) > 30
        and struct.unpack_from("<I", head, 14)[0] in (12, 40, 52, 56, 64, 108, 124)
    ):
        return "image/bmp"
    if head[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}.get(
            head[8:12], UNKNOWN
        )
    if head[4:8] == b"ftyp":
        return _box_type(head[8:12])
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6) and last == "mp3":
        return "audio/mpeg"
    return _text_type(head, last)


def _box_type(brand: bytes) -> str:
    if brand in (b"heic", b"heix", b"heif", b"mif1", b"hevc", b"msf1"):
        return "image/heic"
    if brand in (b"avif", b"avis"):
        return "image/avif"
    return "audio/mp4" if brand.startswith(b"M4A") else "video/mp4"


def _zip_type(file: IO[bytes], head: bytes, last: str) -> str:
    """Type of a ZIP: the stored `mimetype` of OpenDocument and EPUB, the content types of Office, or its part
    names.
    """
    stored = _stored_mimetype(head)
    if stored:
        return stored
    try:
        names, content_types, mimetype = _zip_parts(file)
    except BROKEN:
        names, content_types, mimetype = _names_in(head), b"", b""
    if mimetype.decode("ascii", "replace").strip() in KINDS:
        return mimetype.decode("ascii").strip()
    for found in _MAIN_PART.findall(content_types):
        declared = found.decode("ascii", "replace")
        for candidate in (declared, declared + ".12"):
            if candidate in KINDS:
                return candidate
    if b"sheet.binary" in content_types:
        return "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
    if b"visio" in content_types:
        return "application/vnd.ms-visio.drawing.main+xml"
    return _by_part_names(names, last)


def _by_part_names(names: list[str], last: str) -> str:
    lowered = {name.lower().replace("\\", "/") for name in names}
    for part, found in (
        ("word/document.xml", "docx"),
        ("xl/workbook.xml", "xlsx"),
        ("ppt/presentation.xml", "pptx"),
        ("meta-inf/container.xml", "epub"),
        ("androidmanifest.xml", "apk"),
        ("meta-inf/manifest.mf", "jar"),
    ):
        if part in lowered:
            return BY_ENDING[found]
    for folder, found in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
        if any(name.startswith(folder) for name in lowered):
            return BY_ENDING[found]
    if {"content.xml", "meta-inf/manifest.xml"} <= lowered and last in (
        "odt",
        "ods",
        "odp",
        "odg",
        "ott",
        "ots",
    ):
        return BY_ENDING[last]
    return "application/zip"


def _stored_mimetype(head: bytes) -> str | None:
    """The media type that OpenDocument and EPUB store uncompressed as their first part."""
    if head[:4] != b"PK\x03\x04" or len(head) < 40:
        return None
    method, size = struct.unpack_from("<H", head, 8)[0], struct.unpack_from("<I", head, 18)[0]
    name_length, extra_length = struct.unpack_from("<HH", head, 26)
    if head[30 : 30 + name_length] != b"mimetype" or method != 0:
        return None
    start = 30 + name_length + extra_length
    text = head[start : start + (size or 100)][:200].decode("ascii", "replace")
    text = text.split("PK")[0].strip()
    return text if text in KINDS else None


def _zip_parts(file: IO[bytes]) -> tuple[list[str], bytes, bytes]:
    """Part names, `[Content_Types].xml` and `mimetype` (each at most 1 MB) of a ZIP whose directory is not
    too large.
    """
    if directory_size(file) > limits.DIRECTORY_BYTES:
        raise ValueError("directory too large")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()[: limits.PART_COUNT]
        wanted = []
        for part in ("[Content_Types].xml", "mimetype"):
            found = b""
            if part in names and archive.getinfo(part).compress_type in PACKINGS:
                with archive.open(part) as stream:
                    found = stream.read(_CONTENT_TYPES)
            wanted.append(found)
    return names, wanted[0], wanted[1]


def directory_size(file: IO[bytes]) -> int:
    """Bytes between the start a ZIP claims for its central directory and the directory's end record.

    Raises ValueError when there is no end record. `zipfile` would load the directory whole, however long.
    """
    file.seek(0, 2)
    length = file.tell()
    file.seek(max(0, length - 65557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise ValueError("no end of directory")
    size = int(struct.unpack_from("<I", tail, at + 12)[0])
    if size == 0xFFFFFFFF and at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        file.seek(min(int(struct.unpack_from("<Q", tail, at - 12)[0]), length))
        record = file.read(56)
        size = int(struct.unpack_from("<Q", record, 40)[0]) if len(record) == 56 else length
    return size


def _names_in(head: bytes) -> list[str]:
    """Names of the parts that start in the first 64 KB, for a ZIP that has lost its directory."""
    names = []
    for match in re.finditer(rb"PK\x03\x04", head):
        start = match.start()
        if len(head) - start < 30:
            break
        length = struct.unpack_from("<H", head, start + 26)[0]
        names.append(head[start + 30 : start + 30 + length].decode("utf-8", "replace"))
    return names


def _text_type(head: bytes, last: str) -> str:
    """Type of a file without magic: some kind of text, or unknown when it does not look like text."""
    plain = head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = head[2:].replace(b"\x00", b"")
    elif head.startswith(b"\xef\xbb\xbf"):
        plain = head[3:]
    if _binary(plain):
        return UNKNOWN
    start = plain.lstrip()[:4096].lower()
    if start.startswith((b"<!doctype html", b"<html")) or (b"<html" in start and start.startswith(b"<")):
        return "text/html"
    if start.startswith(b"<"):
        if b"<svg" in start:
            return "image/svg+xml"
        if start.startswith(b"<?xml"):
            return "application/xml"
    if _is_mail(plain):
        return "message/rfc822"
    if start.startswith(b"begin:vcalendar"):
        return "text/calendar"
    if start.startswith(b"begin:vcard"):
        return "text/vcard"
    named = BY_ENDING.get(last, "text/plain")
    return (
        named
        if named.startswith("text/") or named in ("application/json", "application/xml")
        else "text/plain"
    )


def _binary(plain: bytes) -> bool:
    if b"\x00" in plain:
        return True
    odd = len(plain.translate(None, bytes(range(32, 256)) + b"\t\n\r\x0b\x0c\x1b\x08"))
    return odd * 50 > len(plain)


def _is_mail(plain: bytes) -> bool:
    """Whether the first lines are mail headers: header lines only, at least three of the well-known ones."""
    start = plain.lstrip()[:8192]
    if start.startswith(b"From ") and b"\n" in start:
        start = start.split(b"\n", 1)[1]
    lines = start.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].split(b"\n")
    if not _HEADER_LINE.match(lines[0]):
        return False
    wellformed = all(
        _HEADER_LINE.match(line) or line[:1] in (b" ", b"\t") or b":" in line for line in lines[:8]
    )
    return wellformed and len({name.lower() for name in _MAIL_HEADERS.findall(start)}) >= 3
