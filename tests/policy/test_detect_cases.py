"""What the detector finds and leaves alone: own hard cases, the development half of the labelled set, and real text."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from hub.policy.detect import scan
from tests.policy import cases
from tests.policy.detect_numbers import Numbers

SHARED = Path(__file__).resolve().parents[3] / "shared"
CASES = SHARED / "policy" / "cases-dev.jsonl"
CORPUS = SHARED / "corpus" / "articles.jsonl.gz"
NUMBER_RULES = {
    "uk_nino",
    "uk_nhs",
    "payment_card",
    "iban",
    "uk_bank",
    "uk_utr",
    "uk_passport",
    "uk_driving_licence",
    "uk_upn",
    "dob",
}


RULES = sorted({rule for rule, _ in cases.FOUND + cases.LISTS})


@pytest.mark.parametrize("rule", RULES)
def test_finds_the_rule_and_no_other(rule):
    wrong = []
    for text in (text for name, text in cases.FOUND + cases.LISTS if name == rule):
        for seed in range(3):
            filled = cases.fill(text, seed)
            got = {f.rule for f in scan(filled, "public-read")}
            if got != {rule}:
                wrong.append((filled, got))
                break
    assert wrong == []


@pytest.mark.parametrize("theme", cases.QUIET)
def test_leaves_ordinary_text_alone(theme):
    wrong = []
    for text in cases.QUIET[theme]:
        for seed in range(3):
            filled = cases.fill(text, seed)
            got = [(f.rule, f.why) for f in scan(filled, "public-read")]
            if got:
                wrong.append((filled, got))
                break
    assert wrong == []


DISGUISES = {
    "no-break blanks": lambda text: text.replace(" ", "\u00a0"),
    "typographic dashes": lambda text: re.sub(r"(?<=\w)-(?=\w)", "\u2013", text),
    "no-break hyphens": lambda text: text.replace("-", "\u2011"),
    "zero-width blanks between digits": lambda text: re.sub(r"(?<=\d)(?=\d)", "\u200b", text),
    "full-width digits": lambda text: re.sub(r"[0-9]", lambda m: chr(ord(m.group()) + 0xFEE0), text),
    "mail quotation": lambda text: "\n".join("> " + line for line in text.split("\n")),
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "curly quotes": lambda text: text.replace("'", "\u2019").replace('"', "\u201c"),
    "among other paragraphs": lambda text: (
        f"Personnel files are kept six years.\n\n{text}\n\nThe consultation closes on Friday."
    ),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_odd_characters_and_layouts_change_no_result(disguise):
    change = DISGUISES[disguise]
    quiet = [("", text) for text in itertools.chain(*cases.QUIET.values())]
    other = []
    for rule, text in cases.FOUND + quiet:
        disguised = change(cases.fill(text, 7))
        if {f.rule for f in scan(disguised, "public-read")} != ({rule} if rule else set()):
            other.append((rule, disguised))
    assert other == []


def test_the_cases_are_many_and_of_every_rule():
    found = cases.FOUND + cases.LISTS
    assert len(found) >= 1000 and sum(map(len, cases.QUIET.values())) >= 800
    assert min(Counter(rule for rule, _ in found).values()) >= 4
    assert {rule for rule, _ in found} >= NUMBER_RULES


def test_development_half_reaches_the_policys_precision_and_recall():
    if not CASES.exists():
        pytest.skip("../shared/policy/cases-dev.jsonl is not there")
    right = wrong = missed = 0
    with CASES.open(encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            got, wanted = {f.rule for f in scan(case["text"], case["audience"])}, set(case["flags"])
            right, wrong, missed = (
                right + len(got & wanted),
                wrong + len(got - wanted),
                missed + len(wanted - got),
            )
    assert right / (right + wrong) >= 0.98
    assert right / (right + missed) >= 0.97


def test_spans_point_at_the_labelled_values():
    if not CASES.exists():
        pytest.skip("../shared/policy/cases-dev.jsonl is not there")
    off = []
    with CASES.open(encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            found = [(f.rule, f.start, f.end) for f in scan(case["text"], case["audience"])]
            off += [
                s
                for s in case["spans"]
                if not any(r == s["rule"] and a < s["end"] and s["start"] < b for r, a, b in found)
            ]
    assert off == []


def test_real_text_gives_hardly_any_false_finding():
    if not CORPUS.exists():
        pytest.skip("../shared/corpus/articles.jsonl.gz is not there")
    found: Counter[str] = Counter()
    size = 0
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 3 == 0:
                body = json.loads(line)["body"]
                size += len(body)
                found.update(f.rule for f in scan(body, "public-read"))
    assert sum(found.values()) <= size / 1e6
    assert all(found[rule] <= 0.1 * size / 1e6 for rule in NUMBER_RULES)


def test_a_spending_ledger_without_a_header_is_quiet():
    numbers = Numbers(11)
    suppliers = [
        "NHS Supply Chain",
        "HMRC",
        "Visa Corporate Card",
        "Hill School",
        "Barclaycard",
        "Passport Office",
        "DVLA",
    ]
    rows = [
        f"Council,{numbers.random.randint(10, 28)}-0{numbers.random.randint(1, 9)}-14,{numbers.digits(8 + i % 3)},{suppliers[i % 7]},{numbers.digits(3)}.00,Refund of tax"
        for i in range(400)
    ]
    assert scan("\n".join(rows), "public-read") == []


def test_a_marking_counts_only_before_a_wide_audience():
    text = "OFFICIAL-SENSITIVE\nMinutes of the board"
    assert [
        scan(text, audience) == []
        for audience in ("closed-group", "team", "all-staff", "partners", "public-read")
    ] == [True, True, False, False, False]


@pytest.mark.parametrize(
    "unit",
    [
        "9",
        "9991234567 ",
        "password is ",
        "AB123456C ",
        "|",
        "a|b|c|999 123 4567\n",
        "&nbsp;",
        "\u200b",
        "<td>",
        "http://a.b/",
        "[a](",
        "dob 01/01/1990 ",
        "you are a total ",
        "| 01632 960100 ",
        "passwords:\n",
        "key safe, ",
        "part 2 - CONFIDENTIAL\n",
        "<p>first of may nineteen ",
        "\\",
        "\n",
        '"',
    ],
)
def test_hostile_repetition_ends_soon(unit):
    import time

    start = time.perf_counter()
    scan((unit * 60_000)[:60_000], "public-read")
    assert time.perf_counter() - start < 5
