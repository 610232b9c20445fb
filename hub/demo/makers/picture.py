"""Pictures: a bar chart of a section's numbers, or a floor plan of its rooms, drawn with Pillow."""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.demo.makers.paper import Paper, Row, Section, shown

if TYPE_CHECKING:  # a web process loads the commands of the demo, and needs no Pillow for that
    from PIL import ImageDraw, ImageFont

SIZE = (1200, 800)  # pixels
INK, PAPER, BAR, ROOM, RULE = "#1f2933", "#ffffff", "#1f6f78", "#e4efe9", "#9aa5b1"
SUBSTITUTES = {ord(sign): plain for sign, plain in zip("–—’·•", "--'--", strict=True)} | {ord("£"): "GBP "}
PLAN_HEADER = ("room", "left", "top", "width", "height")  # in per cent of the drawing


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _drawable(text: str) -> str:
    """`text` in the letters that Pillow's own font can draw: no long dashes, no £, no accents."""
    plain = text.translate(SUBSTITUTES)
    return unicodedata.normalize("NFKD", plain).encode("ascii", errors="ignore").decode()


def png(paper: Paper) -> bytes:
    """The bytes of a PNG picture of the first section with a table.

    A table whose header is `PLAN_HEADER` becomes a floor plan; any other a bar chart of its first column of
    numbers. Raises ValueError where there is nothing to draw.
    """
    from PIL import Image, ImageDraw

    drawn = next((section for section in paper["sections"] if section.get("rows")), None)
    if drawn is None:
        raise ValueError(f"{paper['title']!r} has no table to draw a picture of")
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((50, 30), _drawable(paper["title"]), fill=INK, font=_font(30))
    under = " · ".join(filter(None, [drawn["heading"], paper["marking"]]))
    pen.text((50, 76), _drawable(under), fill=INK, font=_font(20))
    rows = drawn["rows"]
    if tuple(str(cell).casefold() for cell in rows[0]) == PLAN_HEADER:
        _plan(pen, rows[1:])
    else:
        _bars(pen, rows)
    _notes(pen, drawn)
    target = io.BytesIO()
    image.quantize(64).save(target, "PNG", optimize=False)
    return target.getvalue()


def _bars(pen: ImageDraw.ImageDraw, rows: Sequence[Row]) -> None:
    header, lines = rows[0], rows[1:]
    numbered = [
        at for at in range(len(header)) if lines and all(isinstance(row[at], int | float) for row in lines)
    ]
    if not numbered:
        raise ValueError("a chart needs a column of numbers")
    values = [float(row[numbered[0]]) for row in lines]
    most = max(*values, 0) or 1.0
    pen.text((50, 112), _drawable(str(header[numbered[0]])), fill=INK, font=_font(18))
    step = min(80, 520 / len(values))
    for at, (row, value) in enumerate(zip(lines, values, strict=True)):
        top = 150 + at * step
        pen.text((50, top + step * 0.2), _drawable(str(row[0]))[:30], fill=INK, font=_font(18))
        end = 360 + max(value, 0) / most * 680
        pen.rectangle((360, top + step * 0.12, end, top + step * 0.8), fill=BAR)
        pen.text((end + 10, top + step * 0.2), shown(row[numbered[0]]), fill=INK, font=_font(18))
    pen.line((360, 145, 360, 155 + step * len(values)), fill=RULE, width=2)


def _plan(pen: ImageDraw.ImageDraw, rooms: Sequence[Row]) -> None:
    for name, left, top, width, height in rooms:
        x, y = 50 + float(left) * 11, 120 + float(top) * 5.6
        box = (x, y, x + float(width) * 11, y + float(height) * 5.6)
        pen.rectangle(box, fill=ROOM, outline=INK, width=3)
        label = "\n".join(textwrap.wrap(_drawable(str(name)), max(6, int(float(width) * 11 // 10))))
        pen.multiline_text((x + 10, y + 8), label, fill=INK, font=_font(18))


def _notes(pen: ImageDraw.ImageDraw, section: Section) -> None:
    text = _drawable(" ".join(section.get("paragraphs", ())))
    lines = textwrap.wrap(text, 120)[:4]
    pen.multiline_text((50, 695), "\n".join(lines), fill=INK, font=_font(16))
