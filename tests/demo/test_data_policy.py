"""The two versions of the demo council's usage policy: form, changes, and what each has to speak about."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hub.policy import wording

DATA = Path(__file__).resolve().parents[2] / "hub" / "demo" / "data"
CLAUSE = re.compile(r"^### (\d+\.\d+) (.+)\n\n(.+)\n\n\*Why:\* (.+)$", re.MULTILINE)
Row = dict[str, Any]
POLICY: Row = json.loads((DATA / "policy" / "policy.json").read_text(encoding="utf-8"))


def words(text: str) -> int:
    return len(re.findall(r"\w[\w’'.,-]*", text))


def clauses(version: Row) -> dict[str, tuple[str, str, str]]:
    """Key of a clause to its title, text and reason, from the version's Markdown."""
    text = (DATA / "policy" / version["file"]).read_text(encoding="utf-8")
    found = CLAUSE.findall(text)
    assert len(found) == text.count("\n### "), "a clause that does not have the agreed form"
    assert len({key for key, *_ in found}) == len(found)
    return {key: (title, body, why) for key, title, body, why in found}


FIRST, SECOND = (clauses(version) for version in POLICY["versions"])


@pytest.mark.parametrize("version", POLICY["versions"], ids=["first", "second"])
def test_a_version_has_a_plain_summary_and_clauses_in_order(version: Row) -> None:
    text = (DATA / "policy" / version["file"]).read_text(encoding="utf-8")
    title, summary = text.split("\n## ", 1)[0].split("\n", 1)
    assert title == f"# {POLICY['title']}, version {version['number']}"
    assert 50 <= words(summary) <= 300
    keys = [tuple(map(int, key.split("."))) for key in clauses(version)]
    assert all(earlier < later for earlier, later in pairwise(keys))
    assert all(words(body) >= 20 and words(why) >= 6 for _, body, why in clauses(version).values())


def test_the_second_version_changes_what_it_says_it_changes() -> None:
    stated = POLICY["versions"][1]
    assert sorted(set(SECOND) - set(FIRST)) == stated["added"]
    assert sorted(set(FIRST) - set(SECOND)) == stated["retired"]
    both = set(FIRST) & set(SECOND)
    assert sorted(key for key in both if FIRST[key] != SECOND[key]) == sorted(stated["changed"])
    assert all(stated[part] for part in ("added", "retired", "changed", "change_summary"))


def test_one_version_follows_the_other_without_a_gap() -> None:
    first, second = POLICY["versions"]
    assert first["in_force_until_days_ago"] == second["in_force_days_ago"]
    assert second["in_force_until_days_ago"] is None
    for version in (first, second):
        assert version["published_days_ago"] > version["in_force_days_ago"]
    people = {person["key"] for person in json.loads((DATA / "people.json").read_text(encoding="utf-8"))}
    assert {POLICY["owner"], POLICY["approved_by"]} <= people


def test_every_rule_and_every_flagged_post_has_a_clause_in_force() -> None:
    by_rule = POLICY["clause_of_rule"]
    assert set(by_rule.values()) <= set(SECOND)
    posts = [json.loads(line) for line in (DATA / "posts.jsonl").read_text(encoding="utf-8").splitlines()]
    flagged = {post["flagged"] for post in posts if "flagged" in post}
    assert flagged == {"uk_nhs", "secret", "email_bulk"}
    assert flagged <= set(by_rule)


SUBJECTS = [
    "identifiers",
    "passwords",
    "markings",
    "courtesy",
    "bullying",
    "threats",
    "copyright",
    "files",
    "links",
    "contacts",
    "closed",
    "election",
    "advertising",
    "download",
    "personal",
    "flag",
    "notice",
    "appeal",
    "exception",
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_policy_speaks_about(subject: str) -> None:
    assert [key for key, (title, *_) in SECOND.items() if subject in title.lower()] != []


def test_the_second_version_punishes_the_offender_and_nobody_else() -> None:
    _, body, _ = SECOND["9.2"]
    assert "Reading is never restricted" in body
    assert "two different people" in body
    assert "person" in SECOND["1.3"][0].lower()


def test_the_welsh_text_speaks_of_clauses_that_the_version_has_and_gives_reasons() -> None:
    version = POLICY["versions"][1]
    english, welsh = (
        wording.read((DATA / "policy" / version[file]).read_text(encoding="utf-8"))
        for file in ("file", "welsh")
    )
    there = wording.beside(english, welsh)
    assert len(there) >= 5
    assert all(words(clause.text) >= 20 and words(clause.why) >= 6 for clause in there.values())
