"""`flask policy scan` and `scan-file` with what scripts really send: bad lines, odd bytes, files that are none."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from flask import Flask

from tests.policy.detect_numbers import Numbers

VALUE = Numbers(3).nhs()
TEXT = f"NHS number {VALUE}"


def line(**fields: object) -> bytes:
    return json.dumps({"id": "a", "audience": "all-staff", "text": TEXT} | fields).encode()


def scanned(hub: Flask, data: bytes) -> tuple[list[dict], str, int]:
    result = hub.test_cli_runner().invoke(args=["policy", "scan", "--jsonl"], input=data)
    rows = [json.loads(row) for row in result.stdout.splitlines()]
    return rows, result.stderr, result.exit_code


BAD = {
    "not JSON": (b"not json", "not JSON"),
    "half of an object": (b'{"id": "a", "text"', "not JSON"),
    "no text": (b'{"id": "a", "audience": "team"}', "no “text”"),
    "text is null": (line(text=None), "no “text”"),
    "text is a number": (line(text=5), "not a string"),
    "no id": (b'{"audience": "team", "text": "x"}', "no “id”"),
    "unknown audience": (line(audience="nowhere"), "all-staff, partners, public-read"),
    "audience is a list": (line(audience=["team"]), "all-staff, partners, public-read"),
    "a list": (b"[1, 2]", "not an object"),
    "Latin-1": ('{"id": "a", "text": "café"}'.encode("latin-1"), "not UTF-8"),
    "very deep": (b'{"id": "a", "text": ' + b"[" * 100_000, "too deep"),
    "a number beyond JSON": (b'{"id": 1e999, "text": "x"}', "“id”"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_is_told_by_number_and_the_next_is_answered(hub: Flask, kind: str) -> None:
    bad, reason = BAD[kind]
    rows, said, code = scanned(hub, line() + b"\n\n" + bad + b"\n" + line(id="b"))
    assert [row["id"] for row in rows] == ["a", "b"] and len(rows[1]["findings"]) == 1
    assert "line 3: " in said and reason in said and "1 of 3 lines" in said
    assert code == 1


GOOD = {
    "a byte order mark": (b"\xef\xbb\xbf" + line(), TEXT),
    "Windows line ends": (line() + b"\r\n", TEXT),
    "no audience, so all staff": (json.dumps({"id": "a", "text": TEXT}).encode(), TEXT),
    "a lone surrogate": (line(text="\ud83d " + TEXT), "\ud83d " + TEXT),
    "a NUL": (line(text="a\0b " + TEXT), "a\0b " + TEXT),
    "line separators unescaped": (
        json.dumps({"id": "a", "text": "a\u2028b " + TEXT}, ensure_ascii=False).encode(),
        "a\u2028b " + TEXT,
    ),
}


@pytest.mark.parametrize("kind", GOOD)
def test_odd_but_good_lines_are_answered_with_offsets_of_the_text_as_given(hub: Flask, kind: str) -> None:
    sent, text = GOOD[kind]
    rows, said, code = scanned(hub, sent)
    assert [text[f["start"] : f["end"]] for f in rows[0]["findings"]] == [VALUE]
    assert (said, code) == ("", 0)


def test_an_empty_text_and_an_empty_input_are_no_error(hub: Flask) -> None:
    assert scanned(hub, line(text="")) == ([{"id": "a", "findings": []}], "", 0)
    assert scanned(hub, b"") == ([], "", 0)


def test_a_text_of_five_megabytes_is_answered(hub: Flask) -> None:
    filler = "The committee noted the report and thanked officers for their work. " * 77_000
    rows, _, code = scanned(hub, line(text=filler + "\n\n" + TEXT))
    start = rows[0]["findings"][0]["start"]
    assert start == len(filler) + 2 + TEXT.index(VALUE) and code == 0


def test_files_that_are_none_are_told_and_the_others_are_looked_at(hub: Flask, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.docx").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text("A plan.")
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04" + bytes(range(200)))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", bytes(20 << 20))
    paths = [*sorted(str(p) for p in tmp_path.iterdir()), str(tmp_path / "absent")]
    result = hub.test_cli_runner().invoke(args=["policy", "scan-file", *paths, "--json"])
    rows = {
        Path(row["path"]).name: row
        for row in map(json.loads, (each for each in result.stdout.splitlines() if each[:1] == "{"))
    }
    assert rows.keys() == {"bomb.zip", "broken.docx", "caf\udce9.txt", "empty.docx"}
    assert {f["kind"] for f in rows["bomb.zip"]["findings"]} == {"archive bomb"}
    assert [rows[name]["findings"] for name in ("empty.docx", "caf\udce9.txt", "broken.docx")] == [[], [], []]
    assert all(word in result.stderr for word in ("it is a folder", "not an ordinary file", "No such file"))
    assert result.exit_code == 1
