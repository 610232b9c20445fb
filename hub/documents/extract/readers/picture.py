"""Pictures: their size. Only the header is read; nothing is decoded."""

import warnings
from typing import IO

from PIL import Image, UnidentifiedImageError

from .. import limits, words
from ..report import Report

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "AVIF", "PSD", "MPO")


def read(file: IO[bytes], report: Report) -> None:
    """Note the size in pixels and say that pictures have no text."""
    report.reason(words.PICTURE)
    warnings.simplefilter("ignore")
    try:
        file.seek(0)
        with Image.open(file, formats=FORMATS) as picture:
            width, height = picture.size
        report.note(f"{width} × {height} pixels.")
        if width * height > limits.PIXELS:
            report.note(words.NO_PREVIEW)
    except Image.DecompressionBombError:
        report.note(words.NO_PREVIEW)
    except UnidentifiedImageError as error:
        report.fault(error)
    except (OSError, ValueError, SyntaxError) as error:
        report.fault(error)
        report.reason(words.DAMAGED)
