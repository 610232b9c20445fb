"""The shared collection and hostile files through the real form: each stored intact, each with text or a
plain reason.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from hub import events, files, jobs
from hub.documents import reactions
from hub.documents.models import DocumentVersion, Passage
from tests.browser import Client

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "files"


def bomb() -> bytes:
    """A Word file whose text unpacks to 400 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(
            "[Content_Types].xml",
            '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        with made.open("word/document.xml", "w") as part:
            for _ in range(40):
                part.write(b"<a>" + b" " * 10_000_000 + b"</a>")
    return out.getvalue()


HOSTILE = {
    "bomb.docx": bomb,
    "cut.pdf": lambda: b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R",
    "not-really.png": lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 2000,
    "program.pdf": lambda: b"\x7fELF" + b"\x02" * 4000,
    "billion.odt": lambda: b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">]><l>&a;</l>',
    "nothing.docx": lambda: b"",
    "page.html": lambda: b"<script>alert(1)</script>" * 10,
    "deep.json": lambda: b"[" * 200_000,
    "zeros.txt": lambda: b"\x00" * 5000,
}


def upload(client: Client, space: str, sources: dict[str, bytes]) -> dict[str, DocumentVersion]:
    """Sends the files ten at a time by the plain form, also those that the policy asks about; the versions by file name."""
    names = list(sources)
    for start in range(0, len(names), 10):
        part = [FileStorage(io.BytesIO(sources[name]), filename=name) for name in names[start : start + 10]]
        page = client.post("documents.upload", {"space": space, "files": part}, 200, follow=True)
        if page.h1.get_text() == "Before you post":
            kept = [box["value"] for box in page.find_all("input", {"name": "attached"})]
            client.post("documents.upload", {"space": space, "attached": kept})
    return {row.filename: row for row in DocumentVersion.select()}


def without_answer(rows: dict[str, DocumentVersion]) -> list[str]:
    """Files with neither text nor a reason."""
    read = {version_id for (version_id,) in Passage.select(Passage.version).distinct().tuples()}
    return [name for name, row in rows.items() if row.id not in read and not row.reason]


def altered(client: Client, sources: dict[str, bytes], rows: dict[str, DocumentVersion]) -> list[str]:
    """Files that come back different from how they were sent, or not to be saved."""
    wrong = []
    for name, content in sources.items():
        row = rows[name]
        client.get("documents.download", document_id=row.document_id, number=1, name=name)
        answer = client.last
        same = hashlib.sha256(answer.data).hexdigest() == hashlib.sha256(content).hexdigest() == row.sha256
        if not same or not answer.headers["Content-Disposition"].startswith("attachment"):
            wrong.append(name)
        answer.close()
    return wrong


def work() -> None:
    """The worker's rounds until nothing is due."""
    while events.deliver() + jobs.run_due():
        pass


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no ../shared/corpus/files beside the hub")
def test_the_whole_collection_goes_through_the_form(client: Client, where, dev, monkeypatch):
    monkeypatch.setattr(reactions, "PICTURES_MAX", 2)  # each page costs a child process
    sources = {
        path.name: path.read_bytes() for path in sorted(CORPUS.glob("*")) if path.name != "SOURCES.tsv"
    }
    rows = upload(client.sign_in(dev), where.slug, sources)
    assert set(rows) == set(sources)
    work()
    rows = {row.filename: row for row in DocumentVersion.select()}
    assert without_answer(rows) == [] and {row.state for row in rows.values()} <= {"ready", "unreadable"}
    assert altered(client, sources, rows) == []
    assert jobs.Job.select().where(jobs.Job.failed_at.is_null(False)).count() == 0
    drawn = [row for row in rows.values() if row.pictures]
    assert len(drawn) > 20 and all(
        row.media_type == "application/pdf" or row.family == "picture" for row in drawn
    )
    for row in rows.values():
        client.get("documents.document", document_id=row.document_id)


def test_hostile_files_are_kept_and_harm_nothing(client: Client, where, dev):
    sources = {name: made() for name, made in HOSTILE.items()}
    rows = upload(client.sign_in(dev), where.slug, sources)
    work()
    rows = {row.filename: row for row in DocumentVersion.select()}
    assert without_answer(rows) == [] and altered(client, sources, rows) == []
    assert rows["program.pdf"].label == "Linux program" and rows["program.pdf"].notes
    assert jobs.Job.select().where(jobs.Job.failed_at.is_null(False)).count() == 0
    for row in rows.values():
        page = client.get("documents.document", document_id=row.document_id)
        assert page.find("script", string="alert(1)") is None
    assert files.media_type_for("page.html") == "application/octet-stream"
