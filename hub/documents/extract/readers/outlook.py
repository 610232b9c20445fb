"""Outlook messages (MSG): properties as streams of a compound file. Source of the names: [MS-OXMSG]."""

import struct
from typing import IO

import olefile

from .. import limits, words
from ..report import Report
from . import plain, rich

_UNICODE, _BYTES, _BINARY = "001F", "001E", "0102"
_HEADERS = (("Subject", "0037"), ("From", "0C1A"), ("To", "0E04"), ("Cc", "0E03"))
_BODY, _RTF, _HTML = "1000", "1009", "1013"
_ATTACHED = ("3707", "3704", "3001")
_RTF_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What every compressed body's window holds at the start, [MS-OXRTFCP] 2.1.2.1."""


def read(file: IO[bytes], report: Report) -> None:
    """Headers, the body (plain, else HTML, else RTF), and the names of attachments."""
    with olefile.OleFileIO(file) as ole:
        headers = [f"{label}: {text}" for label, tag in _HEADERS if (text := _text(ole, [], tag))]
        report.passage("\n".join(headers))
        body = _text(ole, [], _BODY)
        if not body.strip():
            page = _stream(ole, [], _HTML + _BINARY)
            body = plain.page_text(plain.decode(page, plain.declared_charset(page)), report) if page else ""
        if not body.strip():
            compressed = _stream(ole, [], _RTF + _BINARY)
            body = rich.text_of(decompress(compressed)) if compressed else ""
        report.passage(body)
        folders = {
            entry[0] for entry in ole.listdir(storages=True) if entry[0].startswith("__attach_version1.0")
        }
        if folders:
            report.note(words.ATTACHMENTS)
            names = [
                next(filter(None, (_text(ole, [folder], tag) for tag in _ATTACHED)), "")
                for folder in sorted(folders)
            ]
            report.passage("\n".join(filter(None, names)))


def _stream(ole: olefile.OleFileIO, folder: list[str], tag: str) -> bytes:
    path = [*folder, f"__substg1.0_{tag}"]
    if not ole.exists(path):
        return b""
    data: bytes = ole.openstream(path).read(limits.PLAIN_BYTES)
    return data


def _text(ole: olefile.OleFileIO, folder: list[str], tag: str) -> str:
    wide = _stream(ole, folder, tag + _UNICODE)
    if wide:
        return wide.decode("utf-16-le", "replace").strip("\x00")
    return plain.decode(_stream(ole, folder, tag + _BYTES)).strip("\x00")


def decompress(data: bytes) -> bytes:
    """Undo Outlook's compression of RTF ([MS-OXRTFCP]): a 4 KB window with back references; at most 5 MB."""
    if len(data) < 16:
        return b""
    kind = data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + limits.RTF_BYTES]
    if kind != b"LZFu":
        return b""
    size = min(struct.unpack_from("<I", data, 4)[0], limits.RTF_BYTES)
    window = bytearray(_RTF_START.ljust(4096, b"\x00"))
    put = len(_RTF_START)
    out = bytearray()
    at = 16
    while at < len(data) and len(out) < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(data):
                    return bytes(out)
                reference = data[at] << 8 | data[at + 1]
                at += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == put % 4096:
                    return bytes(out)
                copied = [(offset + step) % 4096 for step in range(length)]
            else:
                if at >= len(data):
                    return bytes(out)
                window[put % 4096] = data[at]
                copied = [put % 4096]
                at += 1
                out.append(window[put % 4096])
                put += 1
                continue
            for source in copied:
                out.append(window[source])
                window[put % 4096] = window[source]
                put += 1
    return bytes(out)
