"""What runs in the child for a preview: one page of a PDF, or a picture, drawn anew as a PNG that carries
nothing else.
"""

import base64
import io
import warnings
from typing import IO, Any

from PIL import Image, ImageOps

from . import limits, words
from .report import Refused, Report

_TALLEST = 4
"""A preview is at most this many times as high as it is wide."""


def render(file: IO[bytes], request: dict[str, Any], report: Report) -> None:
    """Report the PNG of `page` (from 1), at most `width` × `height` pixels. Says why when there is none."""
    if request["media_type"] == "application/pdf":
        picture = _pdf_page(file, request["page"], request["width"], request["height"], report)
    elif request["page"] == 1:
        picture = _picture(file, request["width"], request["height"])
    else:
        raise Refused(words.NO_TEXT)
    out = io.BytesIO()
    picture.save(out, "PNG")
    report.data(base64.b64encode(out.getvalue()).decode("ascii"))


def _pdf_page(file: IO[bytes], number: int, width: int, height: int, report: Report) -> Image.Image:
    from .readers import pdf

    document = pdf.opened(file)
    report.pages(len(document))
    if number > len(document):
        raise Refused(words.NO_TEXT)
    page = document[number - 1]
    wide, high = page.get_size()
    if not (0 < wide < 1e6 and 0 < high < 1e6):
        raise Refused(words.DAMAGED)
    scale = min(width / wide, min(height, width * _TALLEST) / high)
    if wide * scale < 1 or high * scale < 1:
        raise Refused(words.DAMAGED)
    drawn: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return drawn.crop((0, 0, min(drawn.width, width), min(drawn.height, height)))


def _picture(file: IO[bytes], width: int, height: int) -> Image.Image:
    """The picture turned as its camera said, smaller if need be, without any of its metadata."""
    from .readers.picture import FORMATS

    # The size is checked here, as an error; Pillow's own check only warns up to twice its limit.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    file.seek(0)
    picture: Image.Image = Image.open(file, formats=FORMATS)
    if picture.width * picture.height > limits.PIXELS:
        raise Refused(words.TOO_LARGE)
    picture.draft("RGB", (width, height))
    picture.thumbnail((width * 4, height * 4), Image.Resampling.BOX)
    turned = ImageOps.exif_transpose(picture)
    clear = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    clear.thumbnail((width, height), Image.Resampling.LANCZOS)
    bare = Image.new(clear.mode, clear.size)
    bare.paste(clear)
    return bare
