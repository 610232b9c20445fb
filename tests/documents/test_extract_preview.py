"""Previews are PNGs drawn anew: of the size asked for, without metadata, or none at all."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from hub.documents.extract import preview


def pdf(pages: int, width: int = 300, height: int = 400) -> bytes:
    """A PDF whose page N is painted in the grey N/10."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * number) for number in range(pages))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids)]
    for number in range(1, pages + 1):
        content = b"%.1f g 0 0 %d %d re f" % (number / 10, width, height)
        page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R>>" % (
            width,
            height,
            2 + 2 * number,
        )
        objects += [page, b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)]
    body = b"".join(
        b"%d 0 obj\n%s\nendobj\n" % (number, content) for number, content in enumerate(objects, 1)
    )
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture
def stored(tmp_path):
    def storing(content: bytes):
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return storing


def opened(drawn: bytes | None) -> Image.Image:
    assert drawn is not None
    return Image.open(io.BytesIO(drawn), formats=["PNG"])


def test_pages_are_drawn_one_by_one(stored):
    path = stored(pdf(3))
    for number in (1, 3):
        picture = opened(preview.page_png(path, "a.pdf", number, 150))
        assert picture.size == (150, 200)
        assert abs(picture.convert("L").getpixel((75, 100)) - 25.5 * number) < 2
    assert preview.page_png(path, "a.pdf", 4, 150) is None
    assert preview.page_png(path, "a.pdf", 0, 150) is None


@pytest.mark.parametrize(("asked", "given"), [(1, 16), (10**9, 2000), (-5, 16)])
def test_the_width_stays_within_sense(stored, asked, given):
    assert opened(preview.first_page_png(stored(pdf(1)), "a.pdf", asked)).width == given


def test_a_ribbon_of_a_page_is_not_drawn_endlessly_high(stored):
    picture = opened(preview.first_page_png(stored(pdf(1, 100, 14_000)), "a.pdf", 100))
    assert picture.height <= 400


def test_a_photograph_is_turned_and_loses_its_place_of_taking(stored):
    photograph = Image.new("RGB", (400, 200), "red")
    details = photograph.getexif()
    details[0x0112] = 6
    details[0x010E] = "canary"
    details.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    photograph.save(out, "JPEG", exif=details, comment=b"canary")
    assert b"canary" in out.getvalue()
    drawn = preview.thumbnail(stored(out.getvalue()), "a.jpg", 100)
    picture = opened(drawn)
    assert picture.size == (50, 100)
    assert not picture.getexif()
    assert not picture.info
    assert b"canary" not in drawn


def test_transparency_stays(stored):
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (1, 2, 3, 0)).save(out, "PNG")
    assert opened(preview.thumbnail(stored(out.getvalue()), "a.png", 40)).getpixel((9, 9))[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16", "F", "YCbCr"])
def test_every_way_to_store_colours_is_drawn(stored, mode):
    out = io.BytesIO()
    Image.new(mode, (60, 30)).save(out, "TIFF")
    assert opened(preview.thumbnail(stored(out.getvalue()), "a.tif", 30)).size == (30, 15)


@pytest.mark.parametrize(
    "content", [b"", b"words", b"\x89PNG\r\n\x1a\n" + b"x" * 99, b"<svg onload='x'/>", b"%PDF-1.7 x"]
)
def test_what_cannot_be_drawn_gives_nothing(stored, content):
    assert preview.first_page_png(stored(content), "a.png", 100) is None


def test_a_picture_beyond_the_limit_of_pixels_is_refused(stored):
    out = io.BytesIO()
    Image.new("1", (8_000, 5_100)).save(out, "PNG")
    assert preview.thumbnail(stored(out.getvalue()), "a.png", 100) is None


def test_only_a_png_of_the_agreed_size_is_believed():
    def said(content: bytes) -> bytes:
        return json.dumps({"data": base64.b64encode(content).decode()}).encode()

    out = io.BytesIO()
    Image.new("RGB", (40, 40)).save(out, "PNG")
    good = out.getvalue()
    assert preview._checked(said(good), 40, 40) == good
    assert preview._checked(said(good), 39, 40) is None
    assert preview._checked(said(b"<svg/>"), 40, 40) is None
    assert preview._checked(said(good + b"<script>"), 40, 40) is None
    assert preview._checked(b'{"data": 5}\n[]\n{"data": "%"}\n\xff', 40, 40) is None


def open_files() -> int:
    """How many files this process holds open; 0 where the system does not tell."""
    listing = Path("/proc/self/fd")
    return len(list(listing.iterdir())) if listing.is_dir() else 0


def test_nothing_is_left_open_after_many_previews(stored):
    path = stored(pdf(1))
    before = open_files()
    for _time in range(3):
        preview.first_page_png(path, "a.pdf", 50)
    assert open_files() == before
