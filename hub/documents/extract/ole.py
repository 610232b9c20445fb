"""A bounded look at the directory of an OLE compound file (older Office, Outlook), without reading any
stream.

Source of the layout: Microsoft's published specification [MS-CFB].
"""

import struct
from typing import IO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DIRECTORY_SECTORS = 512
_NONE = 0xFFFFFFFF


def root_names(file: IO[bytes]) -> set[str]:
    """Names of the streams and storages directly under the root; empty when the directory makes no sense.

    Reads at most 512 directory sectors and never follows a loop.
    """
    file.seek(0)
    header = file.read(512)
    if len(header) < 512 or not header.startswith(MAGIC):
        return set()
    shift = struct.unpack_from("<H", header, 30)[0]
    if shift not in (9, 12):
        return set()
    size = 1 << shift
    heads = struct.unpack_from("<109I", header, 76)
    sector = struct.unpack_from("<I", header, 48)[0]
    entries: list[tuple[str, int, int, int, int]] = []
    seen: set[int] = set()
    while sector < 0xFFFFFFFA and sector not in seen and len(seen) < _DIRECTORY_SECTORS:
        seen.add(sector)
        file.seek((sector + 1) << shift)
        entries += _entries(file.read(size))
        sector = _next(file, heads, sector, size)
    return _children(entries)


def _next(file: IO[bytes], heads: tuple[int, ...], sector: int, size: int) -> int:
    """The sector after this one, by the allocation table (only the 109 table sectors named in the header)."""
    per = size // 4
    if sector // per >= len(heads) or heads[sector // per] >= 0xFFFFFFFA:
        return _NONE
    file.seek((heads[sector // per] + 1) * size + (sector % per) * 4)
    found = file.read(4)
    return int(struct.unpack("<I", found)[0]) if len(found) == 4 else _NONE


def _entries(sector: bytes) -> list[tuple[str, int, int, int, int]]:
    """Directory entries as (name, type, left, right, child)."""
    entries = []
    for start in range(0, len(sector) - 127, 128):
        length = min(struct.unpack_from("<H", sector, start + 64)[0], 64)
        name = sector[start : start + max(length - 2, 0)].decode("utf-16-le", "replace")
        left, right, child = struct.unpack_from("<3I", sector, start + 68)
        entries.append((name, sector[start + 66], left, right, child))
    return entries


def _children(entries: list[tuple[str, int, int, int, int]]) -> set[str]:
    """Names in the root's tree of siblings; all names when the root has lost its child."""
    if not entries:
        return set()
    names: set[str] = set()
    seen: set[int] = set()
    waiting = [entries[0][4]]
    while waiting:
        index = waiting.pop()
        if index in seen or index >= len(entries):
            continue
        seen.add(index)
        name, _type, left, right, _child = entries[index]
        names.add(name)
        waiting += [left, right]
    return names or {name for name, kind, *_ in entries[1:] if kind}
