"""Uploaded pictures, made anew by the worker: one format, bounded size, nothing hidden inside (EXIF, place).

Only what this makes is ever shown in a page; the upload itself is only ever offered to save.
"""

from __future__ import annotations

import io
import warnings
from datetime import timedelta

from hub import db, files, jobs
from hub.content.models import Attachment

PIXELS_MAX = 40_000_000
"""More is refused before anything is decoded: such a picture takes 160 MB and more."""
SIDE_MAX, CARD_SIDE = 1920, 240
FILE_MAX = 64 * 1024 * 1024
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")


class Unusable(Exception):
    """The file is no picture that the hub can show; the message says why in plain words."""


def redrawn(raw: bytes) -> bytes:
    """The picture as PNG: turned as the camera held it, at most 1920 pixels a side, without metadata.

    Raises Unusable for what is no picture, is broken, or has more than 40 million pixels.
    """
    from PIL import Image, ImageOps  # 4 MB that a process without pictures does without

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    raise Unusable("The picture has more than 40 million pixels.")
                picture.draft("RGB", (SIDE_MAX, SIDE_MAX))
                turned = ImageOps.exif_transpose(picture)
                turned.thumbnail((SIDE_MAX, SIDE_MAX))
                clear = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
                out = io.BytesIO()
                fresh = Image.new("RGBA" if clear else "RGB", turned.size)
                fresh.paste(turned.convert(fresh.mode))
                fresh.save(out, "PNG", optimize=False)
                return out.getvalue()
    except Unusable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unusable("The picture has more than 40 million pixels.") from None
    except Exception as error:  # noqa: BLE001 (decoders raise whatever a broken file makes them raise)
        raise Unusable(f"The picture cannot be read ({type(error).__name__}).") from None


def small(drawn: bytes) -> bytes:
    """A picture that the hub has drawn, once more for a card: at most 240 pixels a side and few colours, some 20 KB."""
    from PIL import Image

    with Image.open(io.BytesIO(drawn), formats=("PNG",)) as picture:
        shown = picture.convert("RGBA")
        shown.thumbnail((CARD_SIDE, CARD_SIDE))
        fresh = Image.new("RGB", shown.size, "white")
        fresh.paste(shown, mask=shown)
        out = io.BytesIO()
        fresh.quantize(64).save(out, "PNG", optimize=True)
        return out.getvalue()


@jobs.job("content.picture", lease=timedelta(minutes=2))
def redraw(job: jobs.Job) -> None:
    """Makes the picture that is shown of one upload.

    One that cannot be read stays a file to save: no failure.
    """
    row = Attachment.get_or_none(Attachment.id == job.payload["attachment"])
    if row is None or row.picture or row.size > FILE_MAX:
        return
    try:
        with files.store().open(row.sha256) as stream:
            made = redrawn(stream.read(FILE_MAX + 1))
    except Unusable:
        return
    stored = files.store().put(io.BytesIO(made), limit=FILE_MAX * 4)
    with db.write():
        Attachment.update(picture=stored.sha256).where(Attachment.id == row.id).execute()
