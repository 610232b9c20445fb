"""Bounded reading of the ZIP and XML that Office, OpenDocument and EPUB files are made of.

Nothing is trusted: the directory's size, names, places and claimed lengths are checked, really inflated bytes
are counted, and XML with declarations of its own (a DTD) is refused, so entities and bombs find nothing to
work with.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO
from urllib.parse import unquote
from xml.parsers import expat

from . import limits, words
from .report import Enough, Refused
from .sniffing import BROKEN, PACKINGS, directory_size

_CHUNK = 1 << 16
_ODD = re.compile(r"[\x00-\x1f\x7f]|^/|^[A-Za-z]:|(^|/)\.\.(/|$)")


class Parts:
    """The parts of a ZIP by name, each readable within the limits. Raises `Refused` when the ZIP must not be
    read.
    """

    def __init__(self, file: IO[bytes]) -> None:
        try:
            if directory_size(file) > limits.DIRECTORY_BYTES:
                raise Refused(words.TOO_MANY_PARTS)
            self._zip = zipfile.ZipFile(file)
        except BROKEN as error:
            raise Refused(words.DAMAGED) from error
        members = self._zip.infolist()
        if len(members) > limits.PART_COUNT:
            raise Refused(words.TOO_MANY_PARTS)
        _refuse_overlap(members)
        self.odd = False
        self.encrypted = any(member.flag_bits & 1 for member in members)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            name = member.filename.replace("\\", "/")
            if _ODD.search(name):
                self.odd = True
            else:
                self._members.setdefault(name.lower(), member)
        self.names = [member.filename.replace("\\", "/") for member in self._members.values()]
        self._left = limits.INFLATED_BYTES
        self.elements_left = limits.ELEMENTS

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def chunks(self, name: str) -> Iterator[bytes]:
        """Inflate the part called `name` piece by piece. Raises `Enough` at a limit, one of `BROKEN` when
        damaged.
        """
        member = self._members.get(name.lower())
        if member is None:
            return
        if member.compress_type not in PACKINGS:
            raise zipfile.BadZipFile(f"packed by method {member.compress_type}")
        given = 0
        with self._zip.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                given += len(chunk)
                self._left -= len(chunk)
                dense = given > limits.RATIO_FREE_BYTES and given > limits.RATIO * max(
                    member.compress_size, 1
                )
                if dense or self._left < 0:
                    raise Enough(words.TOO_DENSE)
                yield chunk

    def bytes_of(self, name: str, most: int = limits.PLAIN_BYTES) -> bytes:
        """The first `most` bytes of a part; what could be inflated when it is damaged, nothing when it is
        missing.
        """
        taken = bytearray()
        try:
            for chunk in self.chunks(name):
                taken += chunk
                if len(taken) >= most:
                    break
        except BROKEN:
            pass
        return bytes(taken[:most])


def _refuse_overlap(members: list[zipfile.ZipInfo]) -> None:
    """A bomb without nesting lays thousands of parts over one kernel of data: parts must not lie over each
    other.
    """
    end = 0
    for start, length in sorted((member.header_offset, member.compress_size) for member in members):
        if start < end:
            raise Refused(words.OVERLAP)
        end = start + 30 + length


def walk(
    parts: Parts,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> bool:
    """Stream a part as XML: `start(local name, attributes)`, `end(local name)`, `text(characters)`.

    Prefixes are cut off names and attributes. Returns False when the part is missing, damaged or ends early
    (what came before has been handed on). Raises `Refused` at a DTD and `Enough` at a limit.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def opened(tag: str, attributes: dict[str, str]) -> None:
        parts.elements_left -= 1
        if parts.elements_left < 0:
            raise Enough(words.TOO_MUCH_TEXT)
        start(_local(tag), attributes and {_local(key): value for key, value in attributes.items()})

    def declared(*_details: object) -> None:
        raise Refused(words.DECLARATIONS)

    parser.StartElementHandler = opened
    if end is not None:
        parser.EndElementHandler = lambda tag: end(_local(tag))
    if text is not None:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    if name not in parts:
        return False
    try:
        for chunk in parts.chunks(name):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, *BROKEN):
        return False
    return True


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def relations(parts: Parts, name: str) -> dict[str, tuple[str, str]]:
    """What a part of an Office file points to: id → (last word of the type, full name of the target part).

    Targets outside the file are left out; see `links_out`.
    """
    folder, file = posixpath.split(name)
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode", "").lower() != "external":
            target = unquote(attributes.get("Target", "")).replace("\\", "/")
            full = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(folder, target))
            )
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], full)

    walk(parts, posixpath.join(folder, "_rels", file + ".rels"), start)
    return found


def links_out(parts: Parts, name: str) -> bool:
    """Whether a part loads something from outside the file (a template, picture, object or data; not a plain
    link).
    """
    folder, file = posixpath.split(name)
    found: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode", "").lower() == "external":
            found.append(attributes.get("Type", "").rpartition("/")[2])

    walk(parts, posixpath.join(folder, "_rels", file + ".rels"), start)
    return any(kind != "hyperlink" for kind in found)
