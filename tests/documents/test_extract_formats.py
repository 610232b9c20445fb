"""Each kind of document gives its text with its places, and is labelled by what it carries."""

import email.message
import io
import struct
import zipfile

import pytest
from PIL import Image

from hub.documents import extract
from hub.documents.extract import isolation, words
from hub.documents.extract.readers import outlook

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
DOCUMENT = "application/vnd.oasis.opendocument."


def zipped(parts: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def relations(*targets: tuple[str, str, str], external: str = "") -> str:
    """A part's relations: (id, last word of the type, target); `external` is one more, out of the file."""
    rows = [
        f'<Relationship Id="{name}" Type="{OFFICE}{kind}" Target="{target}"/>'
        for name, kind, target in targets
    ]
    if external:
        rows.append(
            f'<Relationship Type="{OFFICE}{external}" Target="http://example.org/" TargetMode="External"/>'
        )
    return f"<Relationships>{''.join(rows)}</Relationships>"


@pytest.fixture
def read(tmp_path):
    def reading(content: bytes, filename: str) -> extract.Extracted:
        (tmp_path / "file").write_bytes(content)
        return extract.read(tmp_path / "file", filename)

    return reading


def places(extracted: extract.Extracted) -> list[tuple[str, str]]:
    return [(passage.place, passage.text.strip()) for passage in extracted.passages]


def test_word_gives_body_notes_and_headers_without_deleted_text(read):
    body = (
        '<w:document xmlns:w="w" xmlns:mc="mc"><w:p><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t></w:r></w:p>'
        "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:t>left</w:t></w:p></w:tc><w:tc><w:p><w:t>right</w:t></w:p></w:tc></w:tr></w:tbl>"
        "<mc:AlternateContent><mc:Choice><w:t>box</w:t></mc:Choice><mc:Fallback><w:t>box</w:t></mc:Fallback>"
        "</mc:AlternateContent></w:document>"
    )
    related = relations(("1", "footnotes", "footnotes.xml"), ("2", "header", "/word/h.xml"))
    parts = {
        "word/document.xml": body,
        "word/_rels/document.xml.rels": related,
        "word/footnotes.xml": "<w:x xmlns:w='w'><w:p><w:t>note</w:t></w:p></w:x>",
        "word/h.xml": "<w:x xmlns:w='w'><w:p><w:t>heading</w:t></w:p></w:x>",
    }
    extracted = read(zipped(parts), "a.docx")
    assert (extracted.label, extracted.reason) == ("Word document", None)
    assert extracted.text.split() == ["One", "two", "new", "left", "right", "box", "note", "heading"]
    assert "left\tright" in extracted.text


def test_macros_embedded_files_and_remote_templates_are_labelled_and_the_text_is_read(read):
    parts = {
        "word/document.xml": "<w:document xmlns:w='w'><w:t>text</w:t></w:document>",
        "word/vbaProject.bin": "x",
        "word/embeddings/sheet.bin": "x",
        "word/settings.xml": "<w:x xmlns:w='w'/>",
        "word/_rels/settings.xml.rels": relations(external="attachedTemplate"),
        "word/_rels/document.xml.rels": relations(external="hyperlink"),
    }
    extracted = read(zipped(parts), "a.docm")
    assert extracted.text == "text"
    assert set(extracted.notes) == {words.MACROS, words.EMBEDDED, words.LINKS_OUT}
    del parts["word/_rels/settings.xml.rels"]
    assert words.LINKS_OUT not in read(zipped(parts), "a.docm").notes


def test_a_workbook_gives_text_cells_and_long_numbers_by_sheet(read):
    cells = (
        '<c t="s"><v>1</v></c><c t="inlineStr"><is><t>inline</t></is></c>'
        '<c t="str"><f>x</f><v>formula</v></c>'
        '<c><v>9434765919</v></c><c><v>45000</v></c><c><v>3.25</v></c><c t="s"><v>99</v></c>'
    )
    parts = {
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="Second" sheetId="1" r:id="b"/>'
        '<sheet name="First" sheetId="2" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("a", "worksheet", "worksheets/sheet1.xml"),
            ("b", "worksheet", "worksheets/sheet2.xml"),
            ("c", "sharedStrings", "sharedStrings.xml"),
        ),
        "xl/sharedStrings.xml": "<sst><si><t>zero</t></si><si><r><t>sh</t></r><r><t>ared</t></r>"
        "<rPh><t>x</t></rPh></si></sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>",
        "xl/worksheets/sheet2.xml": '<worksheet><row><c t="s"><v>0</v></c></row></worksheet>',
        "xl/worksheets/_rels/sheet2.xml.rels": relations(("1", "comments", "../comments1.xml")),
        "xl/comments1.xml": "<comments><comment><text><t>remark</t></text></comment></comments>",
    }
    extracted = read(zipped(parts), "a.xlsx")
    assert places(extracted) == [
        ("sheet Second", "zero\nremark"),
        ("sheet First", "shared\tinline\tformula\t9434765919"),
    ]


def test_a_presentation_gives_slides_in_the_order_of_the_show_with_their_notes(read):
    slide = "<p:sld xmlns:p='p' xmlns:a='a'><a:p><a:t>{}</a:t></a:p></p:sld>"
    parts = {
        "ppt/presentation.xml": '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>'
        '<p:sldId id="256" r:id="two"/>'
        '<p:sldId id="257" r:id="one"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            ("one", "slide", "slides/slide1.xml"), ("two", "slide", "slides/slide2.xml")
        ),
        "ppt/slides/slide1.xml": slide.format("last"),
        "ppt/slides/slide2.xml": slide.format("first"),
        "ppt/slides/_rels/slide2.xml.rels": relations(
            ("1", "notesSlide", "../notesSlides/n.xml"), ("2", "chart", "../c.xml")
        ),
        "ppt/notesSlides/n.xml": slide.format("spoken"),
        "ppt/c.xml": "<c:x xmlns:c='c'><c:strCache><c:v>North</c:v></c:strCache>"
        "<c:numCache><c:v>4</c:v></c:numCache></c:x>",
    }
    extracted = read(zipped(parts), "a.pptx")
    assert places(extracted) == [("slide 1", "first\nspoken\nNorth"), ("slide 2", "last")]
    assert extracted.pages == 2


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        (
            "text",
            (
                "<t:text><t:tracked-changes><t:p>gone</t:p></t:tracked-changes>"
                "<t:h>Head</t:h><t:p>a<t:tab/>b<t:s/>c</t:p></t:text>"
            ),
            [("", "Head\na\tb c")],
        ),
        (
            "spreadsheet",
            (
                '<t:spreadsheet><t:table t:name="Costs"><t:table-row>'
                "<t:table-cell><t:p>Rent</t:p></t:table-cell>"
                "<t:table-cell><t:p>£10</t:p></t:table-cell></t:table-row></t:table>"
                '<t:table t:name="Empty"/></t:spreadsheet>'
            ),
            [("sheet Costs", "Rent\t£10")],
        ),
        (
            "presentation",
            "<t:presentation><t:page><t:p>one</t:p></t:page><t:page/><t:page><t:p>three</t:p></t:page></t:presentation>",
            [("slide 1", "one"), ("slide 3", "three")],
        ),
    ],
)
def test_opendocument_gives_its_text_by_place(read, kind, content, expected):
    parts = {"mimetype": DOCUMENT + kind, "content.xml": f"<t:x xmlns:t='t'>{content}</t:x>"}
    extracted = read(zipped(parts), "a.od" + kind[0])
    assert places(extracted) == expected
    assert extracted.media_type == DOCUMENT + kind


def test_a_protected_opendocument_says_so(read):
    manifest = "<m:manifest xmlns:m='m'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"
    parts = {"mimetype": DOCUMENT + "text", "content.xml": b"\x99" * 99, "META-INF/manifest.xml": manifest}
    extracted = read(zipped(parts), "a.odt")
    assert (extracted.reason, extracted.passages) == (words.LOCKED, [])
    assert words.ENCRYPTED in extracted.notes


def test_a_book_is_read_in_the_order_of_its_spine(read):
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfile full-path="in/book.opf"/></container>',
        "in/book.opf": '<p><item id="a" href="a%20one.xhtml"/><item id="b" href="b.xhtml"/>'
        '<spine><itemref idref="b"/><itemref idref="a"/></spine></p>',
        "in/a one.xhtml": "<!DOCTYPE html><html><body><p>second</p></body></html>",
        "in/b.xhtml": "<html><body><p>first</p></body></html>",
    }
    assert read(zipped(parts), "a.epub").text.split() == ["first", "second"]


@pytest.mark.parametrize(
    ("content", "filename", "text", "media_type"),
    [
        ("Café £5".encode(), "a.txt", "Café £5", "text/plain"),
        ("Café £5".encode("cp1252"), "a.txt", "Café £5", "text/plain"),
        ("Café £5".encode("utf-16"), "a.txt", "Café £5", "text/plain"),
        ("Llŷn".encode("utf-8-sig"), "a.csv", "Llŷn", "text/csv"),
        (b"# Title\nwords", "a.md", "# Title\nwords", "text/markdown"),
        (b"a\x00\x01b" * 9, "a.txt", "", "application/octet-stream"),
        (b"{\\rtf1\\ansi Hello \\b bold\\b0 \\'e9\\par}", "a.doc", "Hello boldé", "application/rtf"),
        (b"<?xml version='1.0'?><a>x &amp; <b>y</b></a>", "a.xml", "x &  y", "application/xml"),
    ],
)
def test_plain_text_is_decoded_as_it_was_written(read, content, filename, text, media_type):
    extracted = read(content, filename)
    assert extracted.text.strip() == text
    assert extracted.media_type == media_type


def test_a_web_page_gives_its_visible_words(read):
    page = (
        '<!doctype html><html><head><title>Bins</title><meta charset="windows-1252"><style>p{}</style>'
        "</head><body>"
        '<!-- secret --><p>Collected<b>now</b><p>caf\xe9 &amp; more<script>var x = "no"</script>'
        '<img alt="A bin">'
    ).encode("cp1252")
    extracted = read(page, "a.html")
    assert extracted.text.split() == ["Bins", "Collectednow", "café", "&", "more", "A", "bin"]
    assert words.ACTIVE in extracted.notes


def test_a_mail_gives_headers_plain_body_and_names_of_attachments(read):
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Tŷ cyngor", "Jo <jo@example.org>", "sam@example.org"
    mail.set_content("The plain body")
    mail.add_alternative("<p>The other body</p>", subtype="html")
    mail.add_attachment(b"canary inside", maintype="application", subtype="pdf", filename="plan.pdf")
    extracted = read(mail.as_bytes(), "a.eml")
    assert "Subject: Tŷ cyngor" in extracted.text
    assert "The plain body" in extracted.text
    assert "The other body" not in extracted.text
    assert extracted.text.endswith("plan.pdf")
    assert words.ATTACHMENTS in extracted.notes


def test_a_picture_gives_its_size_and_a_reason(read):
    out = io.BytesIO()
    Image.new("RGB", (30, 20)).save(out, "JPEG")
    extracted = read(out.getvalue(), "a.jpg")
    assert (extracted.reason, extracted.notes) == (words.PICTURE, ["30 × 20 pixels."])


def test_a_lying_ending_is_noted_and_the_file_is_read_as_what_it_is(read):
    extracted = read(zipped({"word/document.xml": "<w:x xmlns:w='w'><w:t>text</w:t></w:x>"}), "a.pdf")
    assert extracted.text == "text"
    assert extracted.notes == ["Its name ends in .pdf, but it is: Word document."]


def test_an_empty_file_says_so(read):
    assert read(b"", "a.docx").reason == words.EMPTY


def test_a_compressed_outlook_body_is_unpacked_as_its_specification_shows():
    # The worked example of [MS-OXRTFCP] 4.1.
    example = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert outlook.decompress(example) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams under its root, padded to the least size of ordinary streams."""
    contents = [content.ljust(4096, b"\0") for content in streams.values()]
    contents = [content.ljust(-(-len(content) // 512) * 512, b"\0") for content in contents]
    directory_sectors = -(-(len(streams) + 1) // 4)
    table: list[int] = []

    def chain(count: int) -> int:
        first = len(table)
        table.extend(range(first + 1, first + count))
        table.append(0xFFFFFFFE)
        return first

    starts = [chain(len(content) // 512) for content in contents]
    directory = chain(directory_sectors)
    table_sectors = -(-(len(table) + 8) // 127)
    first_table = len(table)
    table += [0xFFFFFFFD] * table_sectors
    table += [0xFFFFFFFF] * (table_sectors * 128 - len(table))

    def entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
        encoded = name.encode("utf-16-le")
        head = encoded.ljust(64, b"\0") + struct.pack(
            "<HBB3I", len(encoded) + 2, kind, 1, 0xFFFFFFFF, right, child
        )
        return head + bytes(36) + struct.pack("<IQ", start, size)

    entries = entry("Root Entry", 5, 0xFFFFFFFF, 1, 0xFFFFFFFE, 0)
    for number, (name, start, content) in enumerate(zip(streams, starts, contents, strict=True), 1):
        entries += entry(
            name, 2, number + 1 if number < len(streams) else 0xFFFFFFFF, 0xFFFFFFFF, start, len(content)
        )
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, table_sectors, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack(
        "<109I", *range(first_table, first_table + table_sectors), *[0xFFFFFFFF] * (109 - table_sectors)
    )
    body = b"".join(contents) + entries.ljust(directory_sectors * 512, b"\0")
    return header + body + struct.pack(f"<{len(table)}I", *table)


def test_an_old_word_document_is_put_together_from_its_pieces(read):
    main = bytearray(0x400)
    struct.pack_into("<HH", main, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", main, 10, 0x0200)
    narrow = "Café \x13 HYPERLINK x \x14shown\x15\r".encode("cp1252")
    wide = "then\x07\x07Tŷ".encode("utf-16-le")
    main += wide + narrow
    ends = (0, len(narrow), len(narrow) + len(wide) // 2)
    pieces = struct.pack("<3I", *ends)
    pieces += struct.pack("<HIH", 0, (0x400 + len(wide)) * 2 | 0x40000000, 0) + struct.pack(
        "<HIH", 0, 0x400, 0
    )
    table = b"\x01\x02\x00ab\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", main, 0x1A2, 0, len(table))
    extracted = read(compound({"WordDocument": bytes(main), "1Table": table}), "a.doc")
    assert extracted.text == "Café shown\nthen\nTŷ"
    assert extracted.label == "Word document (97–2003)"


def test_an_old_workbook_gives_its_sheets_and_strings_that_run_over_records(read):
    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    begin = record(0x0809, struct.pack("<HH", 0x0600, 5))
    shared = struct.pack("<II", 2, 2) + struct.pack("<HB", 5, 0) + b"plain" + struct.pack("<HB", 6, 0) + b"cu"
    strings = record(0x00FC, shared) + record(0x003C, b"\x01" + "t ŷx".encode("utf-16-le"))
    sheet_at = len(begin + record(0x0085, bytes(8) + b"Rents") + strings + record(0x000A, b""))
    bound = record(0x0085, struct.pack("<IHBB", sheet_at, 0, 5, 0) + b"Rents")
    cells = b"".join(record(0x00FD, struct.pack("<HHHI", 0, column, 0, column)) for column in (0, 1))
    cells += record(0x0203, struct.pack("<HHHd", 1, 0, 0, 9434765919.0)) + record(
        0x0203, struct.pack("<HHHd", 1, 1, 0, 12.5)
    )
    book = begin + bound + strings + record(0x000A, b"") + begin + cells + record(0x000A, b"")
    extracted = read(compound({"Workbook": book}), "a.xls")
    assert places(extracted) == [("sheet Rents", "plain\tcut ŷx\n9434765919")]


def test_an_old_workbook_with_a_password_says_so(read):
    book = struct.pack("<HHHH", 0x0809, 4, 0x0600, 5) + struct.pack("<HHHI", 0x002F, 6, 1, 0)
    extracted = read(compound({"Workbook": book}), "a.xls")
    assert (extracted.reason, extracted.notes) == (words.LOCKED, [words.ENCRYPTED])


def test_an_old_presentation_gives_the_newest_slides_in_order(read):
    def record(kind: int, body: bytes, instance: int = 0, container: bool = False) -> bytes:
        return struct.pack("<HHI", instance << 4 | (15 if container else 0), kind, len(body)) + body

    stale = record(0x03EE, record(0x0FA8, b"stale"), container=True)
    slide = record(0x03EE, record(0x0FA0, "box ŷ".encode("utf-16-le")), container=True)
    listed = record(0x03F3, struct.pack("<5I", 2, 0, 0, 256, 0)) + record(0x0FA8, b"title")
    document = record(0x03E8, record(0x0FF0, listed, container=True), container=True)
    directory = record(0x1772, struct.pack("<3I", 2 << 20 | 1, len(stale + slide), len(stale)))
    edit_at = len(stale + slide + document + directory)
    edit = record(0x0FF5, struct.pack("<7I", 0, 0, 0, len(stale + slide + document), 1, 0, 0))
    user = struct.pack("<HHIII", 0, 0x0FF6, 12, 20, 0xE391C05F) + struct.pack("<I", edit_at)
    streams = {"Current User": user, "PowerPoint Document": stale + slide + document + directory + edit}
    extracted = read(compound(streams), "a.ppt")
    assert extracted.pages == 1
    [(place, text)] = places(extracted)
    assert (place, sorted(text.split("\n"))) == ("slide 1", ["box ŷ", "title"])


def test_an_outlook_message_gives_subject_and_body(read):
    streams = {
        "__properties_version1.0": b"",
        "__substg1.0_0037001F": "Tŷ cyngor".encode("utf-16-le"),
        "__substg1.0_1000001F": "The body".encode("utf-16-le"),
    }
    extracted = read(compound(streams), "a.msg")
    assert extracted.text == "Subject: Tŷ cyngor\nThe body"
    assert extracted.label == "Outlook message"


def test_a_pdf_gives_its_text_by_page_and_labels_scripts(read):
    words_of = (b"First page", b"", b"Third page")
    kids = b" ".join(b"%d 0 R" % number for number in (4, 6, 8))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(beep)>>]>>>>>>",
        b"<</Type/Pages/Count 3/Kids[%s]>>" % kids,
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, shown in enumerate(words_of):
        content = b"BT /F 12 Tf 20 20 Td (%s) Tj ET" % shown
        page = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 99]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
        )
        objects += [page % (5 + 2 * number), b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)]
    body = b"".join(
        b"%d 0 obj\n%s\nendobj\n" % (number, content) for number, content in enumerate(objects, 1)
    )
    extracted = read(b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF", "a.pdf")
    assert places(extracted) == [("page 1", "First page"), ("page 3", "Third page")]
    assert (extracted.pages, extracted.reason, extracted.notes) == (3, None, [words.ACTIVE])


def test_an_installed_tool_gets_a_second_try_at_an_old_file_without_text(read, tmp_path, monkeypatch):
    if isolation._walls(str(isolation.PACKAGE)):
        pytest.skip("behind bwrap only tools of the system can be seen, and this test brings its own")
    monkeypatch.setattr(isolation, "_fence_works", lambda: False)
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "catdoc"
    tool.write_text('#!/bin/sh\n[ "$*" = "-d utf-8 -w source" ] && echo "rescued by $(wc -c < source)"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    content = compound({"WordDocument": b"\xec\xa5\xc1\x00"})
    assert read(content, "a.doc").text == f"rescued by {len(content)}"
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert read(content, "a.doc").reason in (words.NO_TEXT, words.DAMAGED)


def test_text_cut_into_pieces_on_its_way_is_put_together_unharmed(read):
    lines = "\n".join(f"{number:09}" for number in range(60_000))
    assert read(lines.encode(), "a.txt").text == lines
