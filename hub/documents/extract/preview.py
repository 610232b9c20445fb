"""Previews as PNG: pages of PDFs and pictures, drawn in the same kind of child that reads text.

What comes back was made by the child from pixels alone, so it carries no metadata, scripts or place of
taking; the parent still checks that it is a PNG of no more than the size asked for.
"""

import base64
import binascii
import json
import logging
import struct
from pathlib import Path

from . import isolation, limits
from .sniffing import sniff

log = logging.getLogger(__name__)

_PNG = b"\x89PNG\r\n\x1a\n"
_PICTURES = frozenset(
    f"image/{name}"
    for name in ("png", "jpeg", "gif", "webp", "bmp", "tiff", "x-icon", "avif", "vnd.adobe.photoshop")
)


def first_page_png(path: str | Path, filename: str, width: int = 1000) -> bytes | None:
    """The first page, or the picture, at most `width` pixels wide; see `page_png`."""
    return page_png(path, filename, 1, width)


def page_png(path: str | Path, filename: str, page: int, width: int = 1000) -> bytes | None:
    """Page number `page` (from 1) as a PNG at most `width` (16 to 2,000) pixels wide and four times as high.

    None when files of this kind have no preview, the page does not exist, or drawing it failed or took too
    long. Raises OSError when the file cannot be opened.
    """
    width = max(16, min(width, limits.PREVIEW_WIDTH))
    return _drawn(path, filename, page, width, width * 4)


def thumbnail(path: str | Path, filename: str, side: int = 320) -> bytes | None:
    """The first page or the picture within a square of `side` pixels; None as for `page_png`."""
    side = max(16, min(side, limits.PREVIEW_WIDTH))
    return _drawn(path, filename, 1, side, side)


def has_preview(media_type: str) -> bool:
    """Whether files of that type can be drawn."""
    return media_type == "application/pdf" or media_type in _PICTURES


def _drawn(path: str | Path, filename: str, page: int, width: int, height: int) -> bytes | None:
    sniffed = sniff(path, filename)
    if not has_preview(sniffed.media_type) or page < 1:
        return None
    request = {
        "task": "render",
        "media_type": sniffed.media_type,
        "page": page,
        "width": width,
        "height": height,
    }
    outcome = isolation.run(request, path)
    if outcome.ended != "done":
        log.info("preview of %s ended by %s", sniffed.media_type, outcome.ended)
        return None
    return _checked(outcome.output, width, height)


def _checked(output: bytes, width: int, height: int) -> bytes | None:
    """The PNG in a child's output if it is one, and not larger than asked for."""
    for line in output.split(b"\n"):
        try:
            said = json.loads(line) if line else {}
            data = (
                base64.b64decode(said["data"], validate=True)
                if isinstance(said, dict) and "data" in said
                else b""
            )
        except (ValueError, TypeError, binascii.Error, RecursionError):
            continue
        if (
            data.startswith(_PNG + b"\x00\x00\x00\x0dIHDR")
            and data.endswith(b"IEND\xaeB`\x82")
            and len(data) > 33
        ):
            wide, high = struct.unpack_from(">II", data, 16)
            if 0 < wide <= width and 0 < high <= height:
                return data
    return None
