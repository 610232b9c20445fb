"""The policy's commands as scripts use them."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask

from hub.policy.models import PolicyVersion
from tests import make
from tests.policy import room


def test_lines_are_scanned_and_a_bad_one_is_reported_with_its_number(hub: Flask) -> None:
    lines = [
        json.dumps({"id": "a", "audience": "all-staff", "text": room.TEXT}),
        "not json",
        "",
        json.dumps({"id": "b", "audience": "nowhere", "text": "x"}),
        json.dumps(["a"]),
        json.dumps({"id": "c", "audience": "team", "text": "Nothing at all."}),
    ]
    result = hub.test_cli_runner().invoke(args=["policy", "scan", "--jsonl"], input="\n".join(lines))
    said = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert [row["id"] for row in said] == ["a", "c"]
    found = said[0]["findings"][0]
    assert (found["rule"], room.TEXT[found["start"] : found["end"]]) == ("uk_nhs", room.NHS)
    assert said[1]["findings"] == []
    assert [f"line {n}:" in result.output for n in (2, 4, 5)] == [True] * 3
    assert result.exit_code == 1


def test_files_are_looked_at_as_uploads(hub: Flask, tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_text("A plan.")
    (tmp_path / "invoice.pdf.exe").write_bytes(b"MZ" + bytes(300))
    paths = [str(tmp_path / name) for name in ("plan.txt", "invoice.pdf.exe", "absent.txt")]
    result = hub.test_cli_runner().invoke(args=["policy", "scan-file", *paths, "--json"])
    said = {
        Path(row["path"]).name: row["findings"]
        for row in map(json.loads, (line for line in result.output.splitlines() if line.startswith("{")))
    }
    assert said["plan.txt"] == []
    assert {f["kind"] for f in said["invoice.pdf.exe"]} >= {"executable"}
    assert "absent.txt" in result.output and result.exit_code == 1
    plain = hub.test_cli_runner().invoke(args=["policy", "scan-file", paths[0]])
    assert plain.output.strip().endswith("nothing") and plain.exit_code == 0


def test_a_version_is_published_from_a_file(hub: Flask, tmp_path: Path) -> None:
    owner, second = make.person(), make.person()
    text = tmp_path / "policy.md"
    text.write_text(room.POLICY, encoding="utf-8")
    run = hub.test_cli_runner().invoke
    done = run(args=["policy", "publish", str(text), "--by", owner.email, "--approved-by", second.email])
    assert "Version 1 is in force: 3 clauses." in done.output
    assert PolicyVersion.get().approved_by_id == second.id
    text.write_text("no policy")
    refused = run(args=["policy", "publish", str(text), "--by", owner.email])
    assert refused.exit_code == 1 and "title" in refused.output
    assert "nobody" in run(args=["policy", "publish", str(text), "--by", "x@example.org"]).output
    assert PolicyVersion.select().count() == 1
