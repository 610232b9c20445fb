"""The files that the demo is filled with are valid files of their kind and hold the words they were given."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import Image

from hub.demo.documents import KINDS, Section, make, sections_of_version

WORDS = "Grit the ford at Pont Isaf before the school run, and tell the bakery"
SECTIONS: list[Section] = [
    {
        "heading": "Rŵtiau & routes <A>",
        "paragraphs": [WORDS, "- first bullet (with brackets) \\ slash", "- tŷ"],
    },
    {
        "heading": "Salt: used/left?",
        "rows": [["Depot", "Tonnes", "Note"], ["Cefn Lane", 1840, "£62 a tonne"]],
    },
]
ZIPPED = ("docx", "xlsx", "pptx", "odt")


def made(kind: str, folder: Path, sections: Sequence[Section] = SECTIONS, **more: str) -> Path:
    return make(
        kind, "Winter plan – cynllun", sections, folder / f"plan.{kind}", author="Ewa Kowalska", **more
    )


def words_of(path: Path) -> str:
    """Everything that a reader of the zipped formats sees, in one line."""
    with zipfile.ZipFile(path) as archive:
        trees = [ElementTree.fromstring(archive.read(n)) for n in archive.namelist() if n.endswith(".xml")]
    return " ".join(text for tree in trees for text in tree.itertext())


def pdf_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(pages).split())


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_words_give_the_same_bytes(kind, tmp_path):
    first = made(kind, tmp_path).read_bytes()
    assert made(kind, tmp_path).read_bytes() == first
    assert len(first) > 40


@pytest.mark.parametrize("kind", ZIPPED)
def test_office_files_are_sound_archives_of_well_formed_xml_with_the_words(kind, tmp_path):
    path = made(kind, tmp_path, marking="OFFICIAL-SENSITIVE")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    text = words_of(path)
    for expected in (WORDS, "first bullet (with brackets) \\ slash", "tŷ", "Cefn Lane", "£62 a tonne"):
        assert expected in text
    if kind != "xlsx":
        assert "Rŵtiau & routes <A>" in text
        assert "OFFICIAL-SENSITIVE" in text


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_every_part_of_an_office_file_is_typed_and_every_relationship_leads_somewhere(kind, tmp_path):
    with zipfile.ZipFile(made(kind, tmp_path)) as archive:
        names = set(archive.namelist())
        types = ElementTree.fromstring(archive.read("[Content_Types].xml"))
        typed = {part.get("PartName").removeprefix("/") for part in types if part.get("PartName")}
        assert typed <= names
        assert {n for n in names if n.endswith(".xml") and n != "[Content_Types].xml"} == typed
        for name in (n for n in names if n.endswith(".rels")):
            folder = Path(name).parent.parent
            for relation in ElementTree.fromstring(archive.read(name)):
                target = (folder / relation.get("Target")).as_posix()
                while "/../" in target:
                    before, after = target.split("/../", 1)
                    target = f"{before.rpartition('/')[0]}/{after}"
                assert target in names, (name, target)


def test_an_opendocument_file_begins_with_its_type_uncompressed(tmp_path):
    with zipfile.ZipFile(made("odt", tmp_path)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read(first) == b"application/vnd.oasis.opendocument.text"


def test_a_workbook_keeps_numbers_as_numbers_and_names_its_sheets_as_excel_allows(tmp_path):
    twice = [
        *SECTIONS,
        {"heading": "Salt: used/left?", "rows": [["A"], [1.5]]},
        {"heading": "x" * 60, "rows": [["B"]]},
    ]
    with zipfile.ZipFile(made("xlsx", tmp_path, twice)) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    names = [element.get("name") for element in book.iter() if element.tag.endswith("}sheet")]
    assert len(set(names)) == 4
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert "<v>1840</v>" in sheet


def test_a_pdf_opens_and_gives_its_words_back_welsh_letters_and_all(tmp_path):
    text = pdf_text(made("pdf", tmp_path, marking="OFFICIAL"))
    for expected in (
        WORDS,
        "Rŵtiau & routes <A>",
        "tŷ",
        "(with brackets) \\ slash",
        "1,840",
        "£62",
        "OFFICIAL",
    ):
        assert expected in text
    with pypdfium2.PdfDocument(tmp_path / "plan.pdf") as document:
        assert document.get_metadata_dict()["Title"] == "Winter plan – cynllun"


def test_a_long_pdf_runs_over_several_pages_and_loses_no_word(tmp_path):
    long: list[Section] = [{"heading": "Log", "paragraphs": [f"entry{n} {'salt ' * 60}" for n in range(60)]}]
    path = made("pdf", tmp_path, long)
    with pypdfium2.PdfDocument(path) as document:
        assert len(document) > 4
    text = pdf_text(path)
    assert all(f"entry{n} salt" in text for n in range(60))
    assert text.count("salt") == 3600


def test_a_word_wider_than_the_page_is_broken_and_not_lost(tmp_path):
    path = made("pdf", tmp_path, [{"heading": "Link", "paragraphs": ["x" * 400]}])
    assert pdf_text(path).replace(" ", "").count("x") == 400


def test_pictures_open_and_show_something(tmp_path):
    plan: list[Section] = [
        {"heading": "Floor", "rows": [["Room", "Left", "Top", "Width", "Height"], ["Hall", 0, 0, 50, 40]]}
    ]
    for sections in (SECTIONS, plan):
        with Image.open(made("png", tmp_path, sections)) as picture:
            picture.load()
            assert picture.size == (1200, 800)
            assert len(picture.convert("RGB").getcolors(maxcolors=70_000)) > 3


def test_a_csv_file_opens_in_a_spreadsheet_with_its_letters_right(tmp_path):
    path = made("csv", tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as source:
        assert list(csv.reader(source)) == [["Depot", "Tonnes", "Note"], ["Cefn Lane", "1840", "£62 a tonne"]]


def test_control_characters_cannot_break_an_office_file(tmp_path):
    path = made("docx", tmp_path, [{"heading": "A\x00B", "paragraphs": ["form\x0cfeed \ud800 end"]}])
    assert "AB" in words_of(path)


def test_what_cannot_be_made_is_refused_in_words(tmp_path):
    prose: list[Section] = [{"heading": "Only", "paragraphs": ["words"]}]
    with pytest.raises(ValueError, match="no maker"):
        make("exe", "x", prose, tmp_path / "x.exe")
    with pytest.raises(ValueError, match="marking"):
        make("pdf", "x", prose, tmp_path / "x.pdf", marking="TOP BANANA")
    for kind in ("csv", "png"):
        with pytest.raises(ValueError, match="no table"):
            made(kind, tmp_path, prose)
    with pytest.raises(ValueError, match="numbers"):
        made("png", tmp_path, [{"heading": "Words", "rows": [["a"], ["b"]]}])


def test_the_date_inside_a_file_is_the_one_given(tmp_path):
    make("docx", "x", SECTIONS, tmp_path / "x.docx", made=datetime(2025, 3, 4, 5, 6, tzinfo=UTC))
    assert "2025-03-04T05:06:00Z" in words_of(tmp_path / "x.docx")


def test_an_older_version_is_the_newest_text_with_its_changes_undone():
    document = {
        "key": "plan",
        "content": [
            {"heading": "Routes", "paragraphs": ["Fourteen routes"], "rows": [["Depot"], ["Cefn Lane"]]},
            {"heading": "New", "paragraphs": ["Added later"]},
        ],
        "versions": [
            {"changes": {"replace": [["Fourteen", "Twelve"], ["Cefn Lane", "Old Yard"]], "without": ["New"]}},
            {},
        ],
    }
    old = [{"heading": "Routes", "paragraphs": ["Twelve routes"], "rows": [["Depot"], ["Old Yard"]]}]
    assert sections_of_version(document, 1) == old
    assert sections_of_version(document, 2) == document["content"]
    with pytest.raises(IndexError):
        sections_of_version(document, 3)
    document["versions"][0]["changes"] = {"rows": {"Routes": 0}, "without": ["New"]}
    assert sections_of_version(document, 1)[0]["rows"] == [["Depot"]]
    document["versions"][0]["changes"] = {"replace": [["Sixteen", "Ten"]]}
    with pytest.raises(ValueError, match="not in the newest"):
        sections_of_version(document, 1)
    document["versions"][0]["changes"] = {"without": ["Elsewhere"]}
    with pytest.raises(ValueError, match="no such section"):
        sections_of_version(document, 1)
