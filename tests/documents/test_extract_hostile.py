"""Files made to harm their reader get a plain reason, in time, and within the memory of one child."""

import io
import random
import struct
import time
import zipfile
import zlib

import pytest

from hub.documents import extract
from hub.documents.extract import preview, words

WORD = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body>'
    "</w:document>"
)
PARAGRAPH = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def docx(body: str | bytes, *more: tuple[str, bytes | str]) -> bytes:
    """A Word document with that main part and more parts."""
    return zipped(("[Content_Types].xml", CONTENT_TYPES), ("word/document.xml", body), *more)


def zipped(*parts: tuple[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a file of that name; fails when it takes longer than any file may."""

    def reading(content: bytes, filename: str) -> extract.Extracted:
        path = tmp_path / "file"
        path.write_bytes(content)
        start = time.monotonic()
        extracted = extract.read(path, filename)
        assert time.monotonic() - start < 25
        return extracted

    return reading


def test_a_bomb_of_spaces_gives_the_text_before_it(read):
    start = WORD.format(PARAGRAPH.format("before the bomb") + "{}").split("{}")[0].encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(start)
    for _megabyte in range(320):
        packed += packer.compress(b" " * (1 << 20))
    packed += packer.flush()
    name = b"word/document.xml"
    size = len(start) + (320 << 20)
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0) + name
    central = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0, 0, 0, 0, 0, 0
    )
    directory = central + name
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(local) + len(packed), 0)
    extracted = read(local + packed + directory + end, "bomb.docx")
    assert extracted.reason == words.TOO_DENSE
    assert extracted.text == "before the bomb"


def test_a_part_that_lies_about_its_size_is_counted_as_it_really_inflates(read):
    honest = docx(WORD.format(PARAGRAPH.format("a" * 12_000_000)))
    size = struct.pack("<I", len(WORD.format(PARAGRAPH.format("a" * 12_000_000))))
    lying = honest.replace(size, struct.pack("<I", 100))
    assert lying != honest
    extracted = read(lying, "lying.docx")
    assert extracted.reason is not None
    assert len(extracted.text) <= 5_000_000


def test_archives_inside_archives_are_never_unpacked(read):
    inner = zipped(("zeros", b"\0" * 10_000_000))
    for _layer in range(6):
        inner = zipped(*((f"{number}.zip", inner) for number in range(10)))
    extracted = read(inner, "nested.zip")
    assert extracted.text.split("\n") == [f"{number}.zip" for number in range(10)]
    assert extracted.reason == words.ARCHIVE


def test_parts_that_lie_over_each_other_are_refused(read):
    honest = bytearray(zipped(*((f"{number}", b"a" * 1000) for number in range(50))))
    at = honest.find(b"PK\x01\x02")
    first = honest[at + 42 : at + 46]
    while at >= 0:
        honest[at + 42 : at + 46] = first
        at = honest.find(b"PK\x01\x02", at + 4)
    assert read(bytes(honest), "overlapping.zip").reason == words.OVERLAP


def test_packings_that_claim_memory_are_not_undone(read):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("word/document.xml", WORD.format(PARAGRAPH.format("text")))
    assert read(out.getvalue(), "lzma.docx").reason == words.DAMAGED


def test_too_many_parts_are_refused(read):
    assert (
        read(zipped(*((str(number), b"") for number in range(5_001))), "many.zip").reason
        == words.TOO_MANY_PARTS
    )


def test_a_directory_without_end_is_not_loaded(read):
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 100_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, len(directory), 0, 0)
    assert read(b"PK\x03\x04" + directory + end, "endless.zip").reason in (
        words.TOO_MANY_PARTS,
        words.DAMAGED,
    )


def test_parts_with_unsafe_names_are_not_read_and_nothing_is_written(read, tmp_path):
    extracted = read(
        zipped(
            ("../../outside.txt", b"x"),
            ("/etc/passwd", b"x"),
            ("C:\\boot.ini", b"x"),
            ("a\nb", b"x"),
            ("good.txt", b"x"),
        ),
        "odd.zip",
    )
    assert extracted.text == "good.txt"
    assert words.ODD_NAMES in extracted.notes
    assert not (tmp_path.parent / "outside.txt").exists()


def test_an_archive_of_unsafe_names_only_is_not_called_empty(read):
    extracted = read(
        zipped(("../../outside.txt", b"x"), ("/etc/passwd", b"x"), ("..\\win.ini", b"x")), "slip.zip"
    )
    assert extracted.reason == words.ALL_ODD and words.ODD_NAMES in extracted.notes
    assert read(zipped(), "empty.zip").reason == words.EMPTY


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<w:document>" + b" " * 60_000_000, words.TOO_DENSE_AT_ONCE),
        (WORD.format("<w:p/>" * 1_100_000), words.TOO_MUCH_AT_ONCE),
    ],
    ids=["dense", "elements"],
)
def test_what_ended_before_any_text_does_not_promise_that_its_first_part_is_searched(read, body, reason):
    extracted = read(docx(body), "ratio.docx")
    assert extracted.reason == reason and not extracted.passages


@pytest.mark.parametrize("part", ["word/document.xml", "word/footnotes.xml"])
def test_billion_laughs_are_refused(read, part):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>' + WORD.format(PARAGRAPH.format("&l9;"))
    if part == "word/document.xml":
        extracted = read(docx(laughs), "laughs.docx")
        assert not extracted.passages
    else:
        relations = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            "<Relationship "
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" '
            'Id="r" Target="footnotes.xml"/>'
            "</Relationships>"
        )
        body = WORD.format(PARAGRAPH.format("body"))
        extracted = read(
            docx(body, ("word/_rels/document.xml.rels", relations), (part, laughs)), "laughs.docx"
        )
        assert extracted.text == "body"
    assert extracted.reason == words.DECLARATIONS


def test_an_external_entity_reads_no_file(read, tmp_path):
    (tmp_path / "secret").write_text("canary")
    body = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>' + WORD.format(
        PARAGRAPH.format("&e;")
    )
    extracted = read(docx(body), "external.docx")
    assert "canary" not in extracted.text
    assert extracted.reason == words.DECLARATIONS


def test_a_million_elements_end_with_what_came_first(read):
    extracted = read(docx(WORD.format(PARAGRAPH.format("first") + "<w:p/>" * 1_100_000)), "elements.docx")
    assert extracted.text == "first"
    assert extracted.reason == words.TOO_MUCH_TEXT


def test_deep_nesting_is_no_matter(read):
    deep = "<w:x>" * 200_000 + PARAGRAPH.format("deep") + "</w:x>" * 200_000
    assert read(docx(WORD.format(deep)), "deep.docx").text == "deep"


def test_a_truncated_document_says_so(read):
    whole = docx(WORD.format(PARAGRAPH.format("text") * 1000))
    for cut in (10, 60, len(whole) // 2, len(whole) - 10):
        assert read(whole[:cut], "cut.docx").reason == words.DAMAGED, cut


def test_xml_that_breaks_off_keeps_what_came_before(read):
    extracted = read(
        docx(WORD.format(PARAGRAPH.format("kept") + "<w:p><w:r>").partition("</w:body>")[0]), "broken.docx"
    )
    assert extracted.text == "kept"
    assert extracted.reason == words.PARTLY_DAMAGED


def test_a_sheet_that_repeats_one_long_string_stops_at_the_limit(read):
    shared = "<sst><si><t>" + "word " * 20_000 + "</t></si></sst>"
    rows = '<row><c t="s"><v>0</v></c></row>' * 5_000
    content = zipped(
        ("xl/workbook.xml", '<workbook><sheets><sheet name="One" id="1"/></sheets></workbook>'),
        ("xl/sharedStrings.xml", shared),
        ("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{rows}</sheetData></worksheet>"),
    )
    extracted = read(content, "long.xlsx")
    assert extracted.reason == words.TOO_MUCH_TEXT
    assert 4_000_000 < len(extracted.text) <= 5_000_000


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1, the first being the catalogue."""
    out = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


LOOPS = {
    "pages that hold themselves": pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"
    ),
    "a million pages that are not there": pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1000000/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R>>",
    ),
    "objects that name each other": pdf(b"2 0 R", b"3 0 R", b"1 0 R"),
    "a form that draws itself": pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
        b"<</Length 5>>stream\n/F Do\nendstream",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>/Length 5>>"
        b"stream\n/F Do\nendstream",
    ),
    "a table that follows itself": b"%PDF-1.4\nxref\n0 0\ntrailer<</Size 1/Prev 9>>\nstartxref\n9\n%%EOF",
    "nothing but a beginning": b"%PDF-1.7\n",
    "brackets without end": b"%PDF-1.7\n1 0 obj\n" + b"[" * 500_000,
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_pdf_with_a_loop_ends_with_a_reason(read, tmp_path, name):
    assert read(LOOPS[name], "loop.pdf").reason
    preview.first_page_png(tmp_path / "file", "loop.pdf", 200)


def test_a_page_as_large_as_a_country_is_drawn_small_or_not_at_all(tmp_path):
    page = pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 900000 900000]>>",
    )
    (tmp_path / "large.pdf").write_bytes(page)
    drawn = preview.first_page_png(tmp_path / "large.pdf", "large.pdf", 400)
    assert drawn is None or struct.unpack_from(">II", drawn, 16)[0] <= 400


def claiming_png(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims a size that it does not have."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(60_000, 60_000), (40_001, 1_000), (2**31 - 1, 1), (0, 0)])
def test_a_picture_that_claims_to_be_huge_is_not_decoded(read, tmp_path, size):
    extracted = read(claiming_png(*size), "claim.png")
    assert extracted.reason in (words.PICTURE, words.DAMAGED)
    assert (words.NO_PREVIEW in extracted.notes) == (size[0] * size[1] > 40_000_000)
    assert preview.thumbnail(tmp_path / "file", "claim.png") is None


@pytest.mark.parametrize(
    "content",
    [
        b"{\\rtf1 " + b"{" * 2_000_000,
        b"{\\rtf1 " + b"\\par x" * 900_000,
        b"{\\rtf1 \\bin999999999 x",
        b"{\\rtf1" + b"\\" * 900_000,
    ],
    ids=["brackets", "paragraphs", "binary", "slashes"],
)
def test_endless_rich_text_ends(read, content):
    extracted = read(content, "endless.rtf")
    assert extracted.reason is not None or extracted.text


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>" + b"<div>" * 400_000 + b"deep",
        b"<html>before" + b"<!--" * 300_000,
        b"<html><a " + b"a='" * 300_000,
    ],
    ids=["nesting", "comments", "attributes"],
)
def test_endless_web_pages_end(read, content):
    extracted = read(content, "endless.html")
    assert extracted.reason is not None or extracted.text


def test_a_mail_of_boundaries_inside_boundaries_ends(read):
    mail = b"From: a@example.org\nTo: b@example.org\nSubject: nested\nMIME-Version: 1.0\n"
    for number in range(2_000):
        mail += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number)
    extracted = read(mail + b"\nthe end", "nested.eml")
    assert extracted.reason is not None or "nested" in extracted.text


def test_an_old_office_directory_that_follows_itself_ends(read):
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<I", header, 44, 1)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<109I", header, 76, *([0] * 109))
    loop = struct.pack("<128I", *([1] * 128))
    name = "WordDocument".encode("utf-16-le").ljust(64, b"\0")
    entry = name + struct.pack("<HBBIII", 26, 2, 1, 0, 0, 0) + bytes(48)
    extracted = read(bytes(header) + loop + entry * 4, "loop.doc")
    assert extracted.reason is not None


@pytest.mark.parametrize(
    "filename", ["a.pdf", "a.docx", "a.doc", "a.png", "a", "", "a" * 5_000 + ".pdf", "\ud800.pdf", "a\0b.txt"]
)
def test_a_name_is_never_trusted(read, filename):
    extracted = read(b"MZ\x90\x00" + bytes(60) + b"PE\x00\x00" + bytes(500), filename)
    assert extracted.media_type == "application/vnd.microsoft.portable-executable"
    assert extracted.reason == words.PROGRAM


def test_noise_of_every_beginning_gets_a_reason_or_text(read):
    noise = random.Random(7)
    for start in (
        b"%PDF-1.4\n",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"{\\rtf1 ",
        b"\x09\x02\x06\x00",
        b"II*\x00",
    ):
        extracted = read(start + noise.randbytes(3_000), "noise.bin")
        assert extracted.reason or extracted.text
