"""Active parts of office files: macros, macro sheets, embedded files, outside templates, DDE, encryption.

Reads OOXML and ODF with zipfile and the old binary formats with olefile; every read is bounded.  Sources: ECMA-376,
OASIS ODF 1.3, [MS-DOC] 2.5.2 (FIB), [MS-XLS] 2.4.28 and 2.4.117, [MS-PPT] 2.4.11, [MS-OFFCRYPTO], RTF 1.9.1.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import olefile

PART_LIMIT = 4 << 20
PARTS = 2_000
STREAM_LIMIT = 16 << 20
Note = tuple[str, str]

_EXTERNAL = re.compile(rb"<Relationship\b[^>]{0,2000}?>", re.S)
_TYPE = re.compile(rb'Type\s*=\s*["\'][^"\']*/(\w+)["\']')
_TARGET = re.compile(rb'Target\s*=\s*["\']([^"\']{0,500})["\']')
_FIELD_TEXT = re.compile(rb"<w:instrText[^>]*>([^<]*)</w:instrText>|<w:fldSimple[^>]*w:instr=[\"']([^\"'>]*)")
_DDE_FORMULA = re.compile(
    rb"<(?:\w+:)?f\b[^>]*>[^<]{0,20}(?:cmd|powershell|mshta|msexcel|winword|\w{2,20})\s*\|\s*(?:'|&apos;|\")",
    re.I,
)
_RTF_TEMPLATE = re.compile(rb"\\\*\\template\s+[^}]{0,20}(?:https?:|\\\\\\\\|ftp:)", re.I)


def ooxml(file: BinaryIO) -> Iterator[Note]:
    """Notes on a Word, Excel or PowerPoint file of the XML kind (and what other zip carries the same parts)."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()[:PARTS]
        for member in members:
            name = member.filename.lower()
            if (
                name.endswith(("vbaproject.bin", "vbadata.xml"))
                or "/macrosheets/" in name
                or "/dialogsheets/" in name
            ):
                kind = "macro" if "vba" in name else "macro sheet"
                yield (
                    kind,
                    f"it holds {'a macro project' if kind == 'macro' else 'a sheet of old-style macros'}",
                )
            elif name.endswith(".rels"):
                yield from _relations(_read(archive, member))
            elif "/activex/" in name and name.endswith(".bin"):
                yield "embedded object", "it holds an ActiveX control"
            elif "/embeddings/" in name and not name.endswith((".xml", ".rels", "/")):
                yield from _embedded(name, _read(archive, member))
            elif name.endswith("[content_types].xml"):
                if b"macroEnabled" in _read(archive, member):
                    yield "macro", "it declares itself macro-enabled"
            elif name.startswith("word/") and name.endswith(".xml") and name.count("/") == 1:
                fields = b"".join(a or b for a, b in _FIELD_TEXT.findall(_read(archive, member)))
                if re.search(rb"\bDDE(?:AUTO)?\b", fields, re.I):
                    yield "dde", "a field fetches data by DDE, which can start programs"
            elif "/externallinks/" in name and name.endswith(".xml"):
                if b"ddeLink" in _read(archive, member):
                    yield "dde", "a link fetches data by DDE, which can start programs"
            elif (
                name.startswith("xl/worksheets/")
                and name.endswith(".xml")
                and _DDE_FORMULA.search(_read(archive, member))
            ):
                yield "dde", "a formula fetches data by DDE, which can start programs"


def odf(file: BinaryIO) -> Iterator[Note]:
    """Notes on an OpenDocument file."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist()[:PARTS]:
            name = member.filename
            if re.match(r"Basic/[^/]+/(?!script-l[bc]\.xml)[^/]+\.xml$", name) or re.match(
                r"Scripts/.+\.\w+$", name
            ):
                yield "macro", "it holds a macro"
            elif name == "META-INF/manifest.xml" and b"encryption-data" in _read(archive, member):
                yield "encrypted", "it is protected by a password, so nobody can check what is in it"
            elif name in ("content.xml", "styles.xml", "meta.xml"):
                yield from _odf_text(_read(archive, member))
            elif (
                re.match(r"(?:Object \d+|ObjectReplacements/.*\.bin)$", name)
                and not name.endswith("/")
                and member.file_size
            ):
                yield from _embedded(name.lower(), _read(archive, member))


def _odf_text(data: bytes) -> Iterator[Note]:
    if re.search(rb"<text:dde-connection|<office:dde-source|table:dde-link", data):
        yield "dde", "it fetches data by DDE, which can start programs"
    if re.search(rb"<script:event-listener\b[^>]{0,600}vnd\.sun\.star\.script:", data):
        yield "macro", "it calls a macro when something happens in it"
    if re.search(rb"<meta:template\b[^>]{0,400}xlink:href=[\"'](?:https?:)?//", data):
        yield "external template", "it fetches its template from elsewhere"


def ole(file: BinaryIO) -> Iterator[Note]:
    """Notes on a file of the old binary kind: Word, Excel, PowerPoint, mail, installer, or an encrypted new one."""
    file.seek(0)
    with olefile.OleFileIO(file) as container:
        if (container.root.clsid or "").upper().startswith("000C108"):
            yield "executable", "it is an installer"
        names = ["/".join(parts) for parts in container.listdir()[:PARTS]]
        low = [name.lower() for name in names]
        if "encryptedpackage" in low or "encryptedsummary" in low:
            yield "encrypted", "it is protected by a password, so nobody can check what is in it"
        if any(name.endswith(("_vba_project", "vba/dir")) or "_vba_project_cur" in name for name in low):
            yield "macro", "it holds a macro project"
        for name in names:
            lower = name.lower()
            if lower.endswith("\x01ole10native"):
                yield from _native(_stream(container, name))
            elif lower == "worddocument":
                yield from _word(_stream(container, name))
            elif lower in ("workbook", "book"):
                yield from _workbook(_stream(container, name))
            elif lower == "powerpoint document":
                yield from _slides(_stream(container, name))
            elif re.search(r"__substg1\.0_3707001[ef]$", lower):
                raw = _stream(container, name)
                yield "attachment", raw.decode("utf-16-le" if lower.endswith("f") else "latin-1", "replace")


def rtf(data: bytes) -> Iterator[Note]:
    """Notes on rich text."""
    low = data[:STREAM_LIMIT].lower()
    if b"\\objdata" in low:
        hexadecimal = re.sub(rb"[^0-9a-f]", b"", low[low.index(b"\\objdata") + 8 :][:400_000])
        if (
            b"\\objupdate" in low
            or b"7061636b616765" in hexadecimal
            or b"6f6c65326c696e6b" in hexadecimal
            or b"6571756174696f6e2e33" in hexadecimal
        ):
            yield "embedded object", "it holds an embedded object that can run when opened"
    if _RTF_TEMPLATE.search(data[:STREAM_LIMIT]):
        yield "external template", "it fetches its template from elsewhere"
    if re.search(rb"\\fldinst[^}]{0,80}\bdde(?:auto)?\b", low):
        yield "dde", "a field fetches data by DDE, which can start programs"


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.flag_bits & 1:
        return b""
    with archive.open(member) as part:
        return part.read(PART_LIMIT)


def _stream(container: olefile.OleFileIO, name: str) -> bytes:
    data: bytes = container.openstream(name).read(STREAM_LIMIT)
    return data


def _relations(data: bytes) -> Iterator[Note]:
    for relation in _EXTERNAL.findall(data)[:5_000]:
        if b"External" not in relation:
            continue
        kind, target = _TYPE.search(relation), _TARGET.search(relation)
        name = kind.group(1).decode("ascii", "replace") if kind else ""
        place = target.group(1).lower() if target else b""
        far = place.startswith(
            (b"http:", b"https:", b"ftp:", b"\\\\", b"mhtml:", b"file://", b"file:\\\\", b"mk:", b"ms-msdt:")
        )
        if name == "attachedTemplate" and far and not place.startswith((b"file:///c:", b"file:///d:")):
            yield "external template", "it fetches its template from elsewhere"
        elif name in ("oleObject", "frame", "subDocument", "aFChunk") and far:
            yield "embedded object", "it fetches an object from elsewhere when opened"
        elif name == "hyperlink" and place.startswith((b"ms-msdt:", b"javascript:", b"search-ms:")):
            yield "active content", "a link in it runs a command"


def _embedded(name: str, data: bytes) -> Iterator[Note]:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        try:
            import io

            with olefile.OleFileIO(io.BytesIO(data)) as inner:
                names = ["/".join(parts) for parts in inner.listdir()[:PARTS]]
                for part in names:
                    low = part.lower()
                    if low.endswith("\x01ole10native"):
                        yield from _native(_stream(inner, part))
                    elif low.endswith(("_vba_project", "vba/dir")):
                        yield "macro", "an object inside it holds a macro project"
        except (OSError, ValueError, struct.error, IndexError, TypeError, AttributeError):
            yield "embedded object", "an object inside it cannot be read, so nobody can check what it is"
    elif data.startswith((b"MZ", b"\x7fELF", b"L\x00\x00\x00\x01\x14\x02\x00")):
        yield "embedded object", "a program is embedded in it"
    elif name.endswith(
        (".docm", ".xlsm", ".pptm", ".xlsb", ".exe", ".js", ".vbs", ".hta", ".bat", ".cmd", ".ps1", ".lnk")
    ):
        yield "embedded object", "a file that can run is embedded in it"
    elif (
        name.endswith(".bin")
        and "oleobject" in name
        and data
        and not data.startswith((b"PK", b"\x89PNG", b"%PDF"))
    ):
        yield "embedded object", "an object inside it cannot be read, so nobody can check what it is"
    elif data.startswith(b"PK") and b"vbaProject.bin" in data:
        yield "macro", "an object inside it holds a macro project"


def _native(data: bytes) -> Iterator[Note]:
    """An Ole10Native stream: a whole file wrapped as a package ([MS-OLEDS] 2.3.6)."""
    head = data[4:1200]
    if re.search(rb"\.[a-z0-9]{2,4}\x00", head, re.I) or b"MZ" in data[:2048]:
        yield "embedded object", "a file is embedded in it as a package"


def _slides(data: bytes) -> Iterator[Note]:
    """A PowerPoint Document stream: its macro storage and the objects packed into it ([MS-PPT] 2.4.11, 2.10.34)."""
    if re.search(rb"\x02\x00\x00\x04\x0c\x00\x00\x00.{4}\x01\x00\x00\x00", data, re.S):
        yield "macro", "it holds a macro project"
    for number, match in enumerate(re.finditer(rb"\x10\x00\x11\x10(.{4})(.{4})(?=\x78)", data, re.S)):
        if number >= 50:
            return
        try:
            packed = data[match.end() : match.start() + 8 + int.from_bytes(match.group(1), "little")]
            yield from _embedded("exoleobj", zlib.decompressobj().decompress(packed, PART_LIMIT))
        except zlib.error:
            continue


def _word(data: bytes) -> Iterator[Note]:
    if len(data) > 12 and struct.unpack_from("<H", data, 10)[0] & 0x0100:
        yield "encrypted", "it is protected by a password, so nobody can check what is in it"
    if re.search(rb"\x13\s*DDE(?:AUTO)?\s", data, re.I):
        yield "dde", "a field fetches data by DDE, which can start programs"


def _workbook(data: bytes) -> Iterator[Note]:
    place, records = 0, 0
    while place + 4 <= len(data) and records < 20_000:
        kind, size = struct.unpack_from("<HH", data, place)
        if kind == 0x002F:
            body = data[place + 4 : place + 4 + size]
            # Excel's own fixed password for "protect workbook" leaves the file readable.
            if size >= 4:
                yield "encrypted", "it is protected by a password, so nobody can check what is in it"
            _ = body
        elif kind == 0x0085 and size >= 6 and data[place + 9 : place + 10] == b"\x01":
            yield "macro sheet", "it holds a sheet of old-style macros"
        elif kind == 0x000A and records > 3:
            return
        place += 4 + size
        records += 1
