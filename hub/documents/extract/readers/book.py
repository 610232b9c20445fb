"""E-books (EPUB): the pages in the order in which they are read."""

import posixpath
from typing import IO
from urllib.parse import unquote

from .. import words
from ..package import Parts, walk
from ..report import Report
from .plain import declared_charset, decode, page_text

_PAGE_BYTES = 4 << 20


def read(file: IO[bytes], report: Report) -> None:
    """Hand on each page of the book's spine; all pages by name when the spine cannot be read."""
    parts = Parts(file)
    if "META-INF/rights.xml" in parts or (
        "META-INF/encryption.xml" in parts and _protected(parts.bytes_of("META-INF/encryption.xml"))
    ):
        report.note(words.ENCRYPTED)
    pages = _spine(parts) or sorted(
        name for name in parts.names if name.lower().endswith((".xhtml", ".html", ".htm")) and name in parts
    )
    for page in pages:
        data = parts.bytes_of(page, _PAGE_BYTES)
        report.passage(page_text(decode(data, declared_charset(data)), report))
    if not pages:
        report.reason(words.DAMAGED)


def _protected(encryption: bytes) -> bool:
    """Whether more than fonts is encrypted (fonts are merely scrambled in ordinary books)."""
    return b"xmlenc#aes" in encryption or b"adept" in encryption


def _spine(parts: Parts) -> list[str]:
    packages: list[str] = []
    manifest: dict[str, str] = {}
    order: list[str] = []

    def container(tag: str, attributes: dict[str, str]) -> None:
        if tag == "rootfile":
            packages.append(attributes.get("full-path", ""))

    def package(tag: str, attributes: dict[str, str]) -> None:
        if tag == "item":
            manifest[attributes.get("id", "")] = unquote(attributes.get("href", ""))
        elif tag == "itemref":
            order.append(attributes.get("idref", ""))

    walk(parts, "META-INF/container.xml", container)
    if not packages:
        return []
    walk(parts, packages[0], package)
    folder = posixpath.dirname(packages[0])
    full = [posixpath.normpath(posixpath.join(folder, manifest[each])) for each in order if each in manifest]
    return [name for name in dict.fromkeys(full) if name in parts]
