"""Names of files stay readable and harmless on every system."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.files import clean_name, human_size, media_type_for
from tests.ground.hostile import HOSTILE


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Budget 2026-27 (final).xlsx", "Budget 2026-27 (final).xlsx"),
        ("Cofnodion y Cyngor – Tŷ'r Sir.docx", "Cofnodion y Cyngor – Tŷ'r Sir.docx"),
        ("报告.pdf", "报告.pdf"),
        ("تقرير.pdf", "تقرير.pdf"),
        ("👩‍💻.png", "👩‍💻.png"),
        ("e\u0301t\u00e9.txt", "été.txt"),
        ("C:\\Users\\ann\\plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        (".htaccess", "htaccess"),
        ("..", "file"),
        ("", "file"),
        (" plan .pdf ", "plan .pdf"),
        ("plan.pdf. . .", "plan.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Com1.tar.gz", "_Com1.tar.gz"),
        ("context.txt", "context.txt"),
        ('a"b<c>d|e?f*g:h.pdf', "a_b_c_d_e_f_g_h.pdf"),
        ("a\u2028b\x00c\ud800d.txt", "abcd.txt"),
        ("many   spaces\t.txt", "many spaces.txt"),
    ],
)
def test_names_are_cleaned(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_a_long_name_keeps_its_ending() -> None:
    for letter in ("x", "报", "👩"):
        name = clean_name(letter * 400 + ".docx")
        assert name.endswith(".docx")
        assert 190 <= len(name.encode()) <= 200
    assert len(clean_name("x." + "y" * 400).encode()) <= 200


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)))
def test_any_name_comes_out_harmless_and_stays_so(text: str) -> None:
    name = clean_name(text)
    assert clean_name(name) == name
    assert 0 < len(name.encode()) <= 200
    assert not re.search(r'[/\\<>:"|?*\u202a-\u202e\u2066-\u2069]', name)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name)
    assert name[0] not in ". " and name[-1] not in ". "


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.PDF", "application/pdf"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.odt", "application/vnd.oasis.opendocument.text"),
        ("a.csv", "text/csv"),
        ("a.png", "image/png"),
        ("a.txt", "text/plain"),
        ("a", "application/octet-stream"),
        (".pdf", "application/octet-stream"),
        ("a.unheard-of", "application/octet-stream"),
    ],
)
def test_a_name_claims_a_type(name: str, media_type: str) -> None:
    assert media_type_for(name) == media_type


@pytest.mark.parametrize(
    "ending", ["html", "HTM", "xhtml", "svg", "xml", "js", "mjs", "css", "swf", "mht", "xsl"]
)
def test_nothing_is_named_as_something_a_browser_would_run(ending: str) -> None:
    assert media_type_for(f"a.{ending}") == "application/octet-stream"


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1, "1 byte"), (1_023, "1023 bytes"), (1_024, "1 KB"), (188_416, "184 KB"),
     (1_023_999, "1 MB"), (1_258_291, "1.2 MB"), (52_428_800, "50 MB"),
     (2**30, "1 GB"), (10**13, "9.1 TB"), (10**16, "9,095 TB")],
)  # fmt: skip
def test_sizes_are_told_as_people_say_them(size: int, words: str) -> None:
    assert human_size(size) == words
