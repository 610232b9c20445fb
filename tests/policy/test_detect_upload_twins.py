"""Each way of making an upload harmful beside its innocent twin: the one is found, the other left alone."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from hub.policy.detect import upload_pdf_password as password
from hub.policy.detect.uploads import inspect_upload
from tests.policy.test_detect_uploads import TYPES, pdf, program, relation, word, zipped

ODT = "application/vnd.oasis.opendocument.text"


def odt(**parts: str) -> bytes:
    return zipped({"mimetype": ODT, **{name.replace("_", "."): data for name, data in parts.items()}})


def rels(kind: str, target: str, external: bool = True) -> bytes:
    text = relation(kind, target)
    return word(
        **{"word__rels__settings.xml.rels": text if external else text.replace(' TargetMode="External"', "")}
    )


def field(text: str) -> bytes:
    return zipped({TYPES: "<Types/>", "word/document.xml": f"<w:document>{text}</w:document>"})


def embedded(name: str, data: bytes) -> bytes:
    return zipped({TYPES: "<Types/>", "word/document.xml": "<w:document/>", f"word/embeddings/{name}": data})


def sheet(formula: str) -> bytes:
    return zipped(
        {TYPES: "<Types/>", "xl/workbook.xml": "<w/>", "xl/worksheets/sheet1.xml": f"<c><f>{formula}</f></c>"}
    )


def linked_tar(target: str) -> bytes:
    member = tarfile.TarInfo("a/link")
    member.type, member.linkname = tarfile.SYMTYPE, target
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(member)
    return buffer.getvalue()


def linked_zip(mode: int) -> bytes:
    member = zipfile.ZipInfo("a/link")
    member.external_attr = mode << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "target")
    return buffer.getvalue()


def cut(data: bytes) -> bytes:
    """The file as it arrives when the connection breaks: a zip without its directory."""
    return data[: data.rindex(b"PK\x01\x02")]


def seven(header: bytes) -> bytes:
    return (
        b"7z\xbc\xaf\x27\x1c\x00\x04"
        + bytes(4)
        + (4).to_bytes(8, "little")
        + len(header).to_bytes(8, "little")
        + bytes(4)
        + b"data"
        + header
    )


SVG = "<svg xmlns='http://www.w3.org/2000/svg'>{}</svg>"
TWINS: list[tuple[str, tuple[str, bytes], tuple[str, bytes]]] = [
    ("macro", ("a.docx", zipped({TYPES: "<Types>macroEnabled</Types>", "word/document.xml": "<x/>"})), ("a.docx", word())),
    ("macro", ("a.odt", odt(content_xml="<script:event-listener xlink:href='vnd.sun.star.script:x.y'/>")), ("a.odt", odt(content_xml="<text:p>vnd.sun.star.script: is a scheme</text:p>"))),
    ("macro", ("a.xlsx", cut(zipped({TYPES: "<Types/>", "xl/vbaProject.bin": "x"}))), ("a.xlsx", cut(zipped({TYPES: "<Types/>", "xl/workbook.xml": "<x/>"})))),
    ("macro sheet", ("a.xlsx", zipped({TYPES: "<Types/>", "xl/workbook.xml": "<x/>", "xl/macrosheets/intlsheet1.xml": "<x/>"})), ("a.xlsx", zipped({TYPES: "<Types/>", "xl/workbook.xml": "<x/>", "xl/chartsheets/sheet1.xml": "<x/>"}))),
    ("embedded object", ("a.docx", embedded("oleObject1.bin", program())), ("a.docx", embedded("Microsoft_Excel_Sheet1.xlsx", zipped({TYPES: "<Types/>", "xl/workbook.xml": "<x/>"})))),
    ("embedded object", ("a.docx", embedded("oleObject1.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))), ("a.docx", embedded("image1.png", b"\x89PNG\r\n\x1a\n"))),
    ("embedded object", ("a.docx", embedded("oleObject1.bin", b"nobody knows what this is")), ("a.docx", embedded("oleObject1.bin", b""))),
    ("embedded object", ("a.docx", rels("oleObject", "https://files.example/a.bin")), ("a.docx", rels("oleObject", "embeddings/a.bin", external=False))),
    ("external template", ("a.docx", rels("attachedTemplate", "\\\\files.example\\t.dotm")), ("a.docx", rels("attachedTemplate", "file:///C:/Templates/Letter.dotx"))),
    ("external template", ("a.odt", odt(meta_xml="<meta:template xlink:href='http://templates.example/t.ott'/>")), ("a.odt", odt(meta_xml="<meta:template xlink:href='../Templates/t.ott'/>"))),
    ("dde", ("a.docx", field("<w:fldSimple w:instr='DDEAUTO cmd.exe'/>")), ("a.docx", field("<w:fldSimple w:instr='DATE'/><w:t>DDEAUTO</w:t>"))),
    ("dde", ("a.xlsx", sheet("powershell|'-e x'!A0")), ("a.xlsx", sheet("IF(A1=\"|\",SUM(B1:B9),0)"))),
    ("dde", ("a.odt", odt(content_xml="<text:dde-connection/>")), ("a.odt", odt(content_xml="<text:p>dde-connection</text:p>"))),
    ("encrypted", ("a.odt", odt(**{"META-INF/manifest_xml": "<manifest:encryption-data/>"})), ("a.odt", odt(**{"META-INF/manifest_xml": "<manifest:file-entry/>"}))),
    ("encrypted", ("a.7z", seven(b"\x17\x06\x06\xf1\x07\x01")), ("a.7z", seven(b"\x17\x06\x03\x01\x01"))),
    ("encrypted", ("a.rar", b"Rar!\x1a\x07\x01\x00" + b"\x00\x00\x00\x00\x0d\x04" + bytes(20)), ("a.rar", b"Rar!\x1a\x07\x01\x00" + b"\x00\x00\x00\x00\x0d\x01" + bytes(20))),
    ("executable", ("a.pdf", program()), ("a.pdf", pdf(b""))),
    ("executable", ("a.iqy", b"WEB\n1\nhttp://x.example/"), ("a.txt", b"WEB\n1\nhttp://x.example/")),
    ("executable", ("a.exe::$DATA", b"x"), ("notes 10:30.txt", b"x")),
    ("disguised name", ("invoice.pdf.html", b"<p>x</p>"), ("invoice.html", b"<p>x</p>")),
    ("disguised name", ("photo.jpg.scr", b"x"), ("photo.final.jpg", b"\xff\xd8\xff\xe0" + bytes(40))),
    ("mismatch", ("a.docx", b"%PDF-1.4\n%%EOF"), ("a.docx", word())),
    ("mismatch", ("a.pdf", zipped({"a": "b"})), ("a.zip", zipped({"a": "b"}))),
    ("active content", ("a.svg", SVG.format("<animate onbegin='x()'/>").encode()), ("a.svg", SVG.format("<animate begin='0s'/>").encode())),
    ("active content", ("a.svg", SVG.format("<a xlink:href=' j avascript:x()'/>").encode()), ("a.svg", SVG.format("<a xlink:href='#b'/><title>javascript: the book</title>").encode())),
    ("active content", ("a.html", b"<html><iframe src='//x.example'></iframe></html>"), ("a.html", b"<html><p>iframe, script and onload are words</p></html>")),
    ("active content", ("a.pdf", pdf(b"/Names << /JavaScript 5 0 R >>")), ("a.pdf", pdf(b"/Names << /Dests 5 0 R >>"))),
    ("active content", ("a.pdf", pdf(b"/AA << /O << /S /Launch >> >>")), ("a.pdf", pdf(b"/A << /S /URI /URI (https://www.gov.uk) >>"))),
    ("archive path", ("a.zip", zipped({"a/../../b": "x"})), ("a.zip", zipped({"a/..b/c..": "x"}))),
    ("archive path", ("a.zip", linked_zip(0o120777)), ("a.zip", linked_zip(0o100644))),
    ("archive path", ("a.tgz", linked_tar("../../etc")), ("a.tgz", linked_tar("b"))),
    ("archive bomb", ("a.xlsx", zipped({TYPES: "<Types/>", "xl/workbook.xml": bytes(12 << 20)})), ("a.xlsx", zipped({TYPES: "<Types/>", "xl/workbook.xml": bytes(1 << 20)}))),
    ("formula", ("a.csv", b"a,b\n-2+3+cmd|' /C calc'!A0,x\n"), ("a.csv", b"a,b\n-2.5,+44 7700 900123\n")),
    ("formula", ("a.csv", b"a;b\n\"=WEBSERVICE(\"\"http://x.example\"\")\";1\n"), ("a.csv", b"a;b\n\"x = y\";1\n")),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(TWINS)))
def test_the_harmful_one_is_found_and_its_twin_left_alone(tmp_path: Path, number: int) -> None:
    kind, (bad, harmful), (good, innocent) = TWINS[number]
    path = tmp_path / "stored"
    path.write_bytes(harmful)
    assert kind in {f.kind for f in inspect_upload(path, bad)}
    path.write_bytes(innocent)
    assert inspect_upload(path, good) == []


def locked(user: bytes, revision: int) -> bytes:
    """A PDF encrypted as revision 5 or 6 demands, whose user password has this as its salted hash."""
    body = b"/Filter /Standard /V 5 /R %d /P -4 /O <%s> /U <%s>" % (revision, b"00" * 48, user.hex().encode())
    return b"%PDF-1.7\n5 0 obj\n<< " + body + b" >>\nendobj\ntrailer << /Encrypt 5 0 R >>\n%%EOF"


@pytest.mark.parametrize("revision", [5, 6])
def test_a_pdf_that_only_forbids_printing_is_not_called_locked(tmp_path: Path, revision: int) -> None:
    salt = b"saltsalt"
    for word_, kinds in ((b"", []), (b"letmein", ["encrypted"])):
        plain = hashlib.sha256(word_ + salt).digest()
        digest = password._hardened(plain) if revision == 6 else plain
        path = tmp_path / "stored"
        path.write_bytes(locked(digest + salt + bytes(8), revision))
        assert [f.kind for f in inspect_upload(path, "a.pdf")] == kinds


def test_the_cipher_gives_the_standards_own_example() -> None:
    # NIST SP 800-38A, F.2.1, first two blocks.
    key, start = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), bytes(range(16))
    data = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
    assert password._aes_cbc(key, start, data).hex() == (
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
    )
