"""Photos of people: an upload becomes a small square PNG of ours without metadata, or is refused."""

from __future__ import annotations

import io
import threading
import warnings
from typing import IO

from hub.errors import Invalid

SIDE = 256
LARGEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
_one_at_a_time = threading.Lock()


def square_png(stream: IO[bytes]) -> bytes:
    """The picture in the stream as a PNG of 256 × 256 pixels:

    turned upright, its middle, on white, nothing else kept.

    Raises Invalid("photo", …) for more than 10 MB, more than 40 million pixels, other formats and damaged
    files. One picture is worked on at a time, so that memory stays bounded (a JPEG is decoded at a
    fraction of its size).
    """
    from PIL import Image, UnidentifiedImageError  # 4 MB that a process without pictures does without

    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Invalid("photo", "This picture is larger than 10 MB. Choose a smaller one.")
    if not data:
        raise Invalid("photo", "Choose a picture first.")
    with _one_at_a_time:
        try:
            return _encoded(data)
        except (
            UnidentifiedImageError,
            Image.DecompressionBombError,
            OSError,
            SyntaxError,
            ValueError,
            EOFError,
        ):
            raise Invalid(
                "photo", "This is not a JPEG, PNG or WebP picture that can be read. Choose another."
            ) from None


def _encoded(data: bytes) -> bytes:
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # our own limit below is the stricter one
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Invalid("photo", "This picture has more than 40 million pixels. Choose a smaller one.")
    picture.draft("RGB", (SIDE * 2, SIDE * 2))
    upright = ImageOps.exif_transpose(picture.convert("RGBA") if picture.mode != "RGB" else picture)
    small = ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS)
    if small.mode == "RGBA":
        ground = Image.new("RGBA", small.size, "white")
        ground.alpha_composite(small)
        small = ground.convert("RGB")
    out = io.BytesIO()
    Image.frombytes("RGB", small.size, small.convert("RGB").tobytes()).save(out, "PNG", optimize=True)
    return out.getvalue()
