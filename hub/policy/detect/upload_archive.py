"""Archives: paths that climb out, bombs, encryption, programs inside.  Nothing is unpacked to disk; reads are bounded."""

from __future__ import annotations

import itertools
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from hub.policy.detect.upload_types import DANGEROUS, MACRO_ENDINGS, endings_of

MEMBERS = 20_000
RATIO, RATIO_FROM = 200, 10 << 20
TOTAL = 4 << 30
NESTED = 3
Note = tuple[str, str]


def climbs(name: str) -> bool:
    """Whether a member's name leads outside the folder that it is unpacked into."""
    plain = name.replace("\\", "/")
    return (
        plain.startswith("/")
        or (len(plain) > 1 and plain[1] == ":" and plain[0].isalpha())
        or ".." in plain.split("/")
    )


def zipped(file: BinaryIO, *, office: bool) -> Iterator[Note]:
    """Notes on a zip; in an office file only the paths and the sizes are looked at."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS:
            yield "archive", f"it holds {len(members)} files, too many to check"
        spans: list[tuple[int, int]] = []
        for member in members[:MEMBERS]:
            if climbs(member.filename):
                yield "archive path", "a file in it would be unpacked outside its folder"
            if stat.S_ISLNK(member.external_attr >> 16):
                yield "archive path", "it holds a link that can lead outside its folder"
            if member.file_size > RATIO_FROM and member.file_size > RATIO * max(1, member.compress_size):
                yield "archive bomb", "it would grow enormously when unpacked"
            spans.append((member.header_offset, member.header_offset + member.compress_size))
            if member.flag_bits & 1:
                yield "encrypted", "it is protected by a password, so nobody can check what is in it"
            if not office:
                yield from _member(member.filename)
        if sum(m.file_size for m in members) > TOTAL:
            yield "archive bomb", "it would grow enormously when unpacked"
        spans.sort()
        if sum(a < end for (_, end), (a, _) in itertools.pairwise(spans)) > 3:
            yield "archive bomb", "files in it overlap, as in a compression bomb"
        if not office:
            yield from _nested(archive, members)


def sealed(file: BinaryIO, kind: str) -> Iterator[Note]:
    """Whether even the names in a 7z or rar archive are encrypted: all that can be told without unpacking it."""
    file.seek(0)
    head = file.read(64)
    locked = False
    if kind == "7z" and len(head) >= 32:
        # 7zFormat.txt: the header's place and size; the coder 06F10701 is AES.
        file.seek(32 + int.from_bytes(head[12:20], "little"))
        locked = b"\x06\xf1\x07\x01" in file.read(min(4096, int.from_bytes(head[20:28], "little")))
    elif head.startswith(b"Rar!\x1a\x07\x01\x00"):
        locked = len(head) > 13 and 4 in head[13:15]  # RAR 5.0 technote: header type 4 comes first.
    elif head.startswith(b"Rar!\x1a\x07\x00"):
        locked = len(head) > 11 and bool(head[10] & 0x80)
    if locked:
        yield "encrypted", "it is protected by a password, so nobody can check what is in it"


_LOCAL_HEADER = re.compile(rb"PK\x03\x04.{2}(.{2}).{18}(.{2}).{2}", re.S)


def damaged(data: bytes) -> Iterator[Note]:
    """Notes on a zip whose directory cannot be read, from the names before each member (APPNOTE 4.3.7)."""
    for number, match in enumerate(_LOCAL_HEADER.finditer(data)):
        if number >= MEMBERS:
            return
        size = int.from_bytes(match.group(2), "little")
        name = data[match.end() : match.end() + min(size, 1_000)].decode("utf-8", "replace")
        if match.group(1)[0] & 1:
            yield "encrypted", "it is protected by a password, so nobody can check what is in it"
        if climbs(name):
            yield "archive path", "a file in it would be unpacked outside its folder"
        if name.lower().endswith("vbaproject.bin"):
            yield "macro", "it holds a macro project"
        yield from _member(name)


def _nested(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Note]:
    import io

    looked = 0
    for member in members[:MEMBERS]:
        if (
            looked >= NESTED
            or member.flag_bits & 1
            or member.file_size > 8 << 20
            or endings_of(member.filename)[-1:] not in (["zip"], ["jar"])
        ):
            continue
        looked += 1
        try:
            with archive.open(member) as inner, zipfile.ZipFile(io.BytesIO(inner.read(8 << 20))) as nested:
                for part in nested.infolist()[:1_000]:
                    yield from _member(part.filename)
                    if part.file_size > RATIO_FROM and part.file_size > RATIO * max(1, part.compress_size):
                        yield "archive bomb", "an archive inside it would grow enormously when unpacked"
                    if climbs(part.filename):
                        yield "archive path", "a file in it would be unpacked outside its folder"
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            RuntimeError,
            NotImplementedError,
            zlib.error,
            EOFError,
        ):
            continue


def _member(name: str) -> Iterator[Note]:
    ending = endings_of(name)[-1:]
    if ending and ending[0] in DANGEROUS - {
        "js",
        "class",
        "url",
        "inf",
        "reg",
        "theme",
        "job",
        "app",
        "application",
    }:
        yield "executable", f"a program is packed inside it (.{ending[0]})"
    elif ending and ending[0] in MACRO_ENDINGS:
        yield "macro", f"a file with macros is packed inside it (.{ending[0]})"
    elif (
        ending == ["js"]
        and len(endings_of(name)) > 1
        and endings_of(name)[-2] in ("pdf", "doc", "docx", "xls", "xlsx", "jpg", "txt")
    ):
        yield "executable", "a script that poses as a document is packed inside it"


def tarred(file: BinaryIO) -> Iterator[Note]:
    """Notes on a tar archive, also when it is compressed."""
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r|*") as archive:
            total = 0
            for number, member in enumerate(archive):
                if number >= MEMBERS or total > RATIO_FROM * 20:
                    return
                total += member.size
                if climbs(member.name) or ((member.issym() or member.islnk()) and climbs(member.linkname)):
                    yield "archive path", "a file in it would be unpacked outside its folder"
                if member.isdev():
                    yield "archive path", "it holds a device file"
                yield from _member(member.name)
    except (tarfile.TarError, OSError, zlib.error, EOFError, ValueError):
        return


def gzipped(file: BinaryIO) -> Iterator[Note]:
    """Notes on a single compressed stream: how far it would grow, looking at 64 MB at most."""
    file.seek(0)
    inflate = zlib.decompressobj(wbits=31)
    taken = grown = 0
    while grown < 64 << 20:
        block = inflate.unconsumed_tail or file.read(64 << 10)
        if not block:
            return
        if not inflate.unconsumed_tail:
            taken += len(block)
        try:
            grown += len(inflate.decompress(block, 1 << 20))
        except zlib.error:
            return
        if grown > RATIO_FROM and grown > RATIO * taken:
            yield "archive bomb", "it would grow enormously when unpacked"
            return
        if inflate.eof:
            return
