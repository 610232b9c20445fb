"""Every real file of the shared collection gives text or a plain reason."""

from pathlib import Path

import pytest

from hub.documents import extract
from hub.documents.extract import words

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "files"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no ../shared/corpus/files beside the hub")
FILES = sorted(path for path in CORPUS.glob("*") if path.name != "SOURCES.tsv") if CORPUS.is_dir() else []
SENTENCES = {value for name, value in vars(words).items() if name.isupper()}


@pytest.fixture(scope="module")
def collection() -> dict[str, extract.Extracted]:
    """Every file read once, without the tools for old Office, so that our own readers answer everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extract, "_OLD_TOOLS", {})
        return {path.name: extract.read(path, path.name) for path in FILES}


def test_every_file_has_text_or_a_reason(collection):
    without = [
        name for name, read in collection.items() if not read.text.strip() and read.reason not in SENTENCES
    ]
    assert not without


def test_no_file_breaks_its_reader(collection):
    bad = {words.CRASHED, words.TOO_LONG, words.TOO_HEAVY, words.DAMAGED, words.PARTLY_DAMAGED}
    assert [name for name, read in collection.items() if read.reason in bad] == []


def test_endings_and_structure_agree(collection):
    assert [
        name for name, read in collection.items() if any("Its name ends" in note for note in read.notes)
    ] == []


@pytest.mark.parametrize(
    ("name", "place", "phrase"),
    [
        ("format-corpus__054855f817.pdf", "page 1", "NUREG/CR-6500"),
        ("poi__5ae84bc90e.xls", "sheet Pilot Loans", "RR_Definition"),
        ("poi__7c38c6d279.xlsm", "sheet Distribution Rome", "SP Targets"),
        ("poi__46fe3972c3.pptx", "slide 1", "Apache Performance Tuning"),
        ("poi__5f1b3bde46.doc", "", "MEDICINES CONTROL AGENCY"),
        ("poi__ee7abdfc0b.msg", "", "How to use and check database"),
        ("tika__4704f30053.odp", "slide 1", "Medicine and Health Care"),
        ("tika__2c21515059.rtf", "", "Premier Line of Credit"),
        ("tika__545addd3cd.html", "", "Аренда квартир"),
        ("poi__100917bff3.docx", "", "Республика Карелия"),
    ],
)
def test_a_known_phrase_is_found_at_its_place(collection, name, place, phrase):
    if name not in collection:
        pytest.skip(f"{name} is not in this collection")
    assert any(passage.place == place and phrase in passage.text for passage in collection[name].passages)


def test_protected_files_are_told_from_damaged_ones(collection):
    protected = {name for name, read in collection.items() if read.reason == words.LOCKED}
    assert protected == {"format-corpus__87c8fd0fb5.pdf", "poi__2723d5654b.docx"} & collection.keys()
