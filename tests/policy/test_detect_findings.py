"""What a finding tells and what it keeps to itself; how the engine behaves around its rules."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.policy.detect import KINDS, Finding, audience_of, engine, scan
from hub.policy.detect.finding import mask
from hub.policy.detect.normalise import Reading
from tests.policy.detect_numbers import Numbers, spaced

PACKAGE = Path(engine.__file__).parent


def only(text: str, audience: str = "public-read") -> Finding:
    findings = scan(text, audience)
    assert len(findings) == 1, findings
    return findings[0]


def test_the_value_is_in_no_repr_no_excerpt_and_no_pickle():
    value = Numbers(3).nino()
    finding = only(f"NI number {value}")
    kept = pickle.loads(pickle.dumps(finding))
    assert (
        value not in repr(finding)
        and value not in finding.excerpt
        and value.encode() not in pickle.dumps(finding)
    )
    with pytest.raises(ValueError):
        kept.hmac(b"key")


def test_a_secret_shows_nothing_of_itself_nor_of_its_length():
    short, long = only("password: Kestrel!7"), only("password: Kestrel!7Kestrel!7Kestrel!7")
    assert short.excerpt == long.excerpt and "K" not in short.excerpt


def test_a_date_of_birth_is_masked_whole():
    assert not any(c.isdigit() for c in only("DOB 14/03/1981").excerpt)


def test_the_mask_keeps_the_grouping():
    assert mask("AB 12 34 56 C") == "AB •• •• •• C"
    assert mask("1234") == "1•••"


def test_the_same_value_written_otherwise_has_the_same_fingerprint_under_one_key_only():
    value = Numbers(4).nhs()
    plain, grouped = only(f"NHS number {value}"), only(f"NHS number {spaced(value, 3, 3, 4, by='-')}")
    assert plain.hmac(b"one") == grouped.hmac(b"one") != plain.hmac(b"two")


def test_why_says_the_label_and_the_check_in_words():
    assert (
        "check digit" in only(f"NHS number {Numbers(5).nhs()}").why
        and "nhs number" in only(f"NHS number {Numbers(5).nhs()}").why
    )


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab 1\u200b\u00a0ﬁ½é&;#x\\-_|>\n\u2011💥№", max_size=60), st.integers(0, 9))
def test_offsets_lead_back_to_the_value_whatever_stands_before_it(noise, seed):
    value = Numbers(seed).nhs()
    text = noise + "\n\nNHS number " + "\u200b".join(value) + " end"
    found = [f for f in scan(text, "public-read") if f.rule == "uk_nhs"]
    assert any("".join(c for c in text[f.start : f.end] if c.isdigit()) == value for f in found)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error_and_with_spans_inside_it(text):
    errors: list[tuple[str, Exception]] = []
    for finding in scan(text, "public-read", failed=lambda rule, error: errors.append((rule, error))):
        assert 0 <= finding.start < finding.end <= len(text)
    assert errors == []


@given(st.text(max_size=200))
def test_the_reading_is_plain_ascii_of_one_byte_a_character(text):
    reading = Reading(text)
    assert reading.text.isascii() and len(reading.data) == len(reading.text) == len(reading.low)


def test_a_rule_that_raises_is_reported_and_stops_no_other(monkeypatch):
    def broken(_scene):
        raise RuntimeError("NI AB123456C")
        yield

    monkeypatch.setitem(engine.RULES, "uk_nhs", broken)
    heard = []
    found = scan(f"NI number {Numbers(1).nino()}", failed=lambda rule, error: heard.append(rule))
    assert heard == ["uk_nhs"] and [f.rule for f in found] == ["uk_nino"]


def test_the_log_of_a_failed_rule_quotes_no_text(monkeypatch, caplog):
    def broken(_scene):
        raise ValueError("the value was Kestrel!7")
        yield

    monkeypatch.setitem(engine.RULES, "secret", broken)
    scan("password: Kestrel!7")
    assert "secret" in caplog.text and "Kestrel" not in caplog.text


def test_kinds_limit_the_rules():
    text = f"NI number {Numbers(1).nino()}, password: Kestrel!7"
    assert [f.rule for f in scan(text, kinds={"secret"})] == ["secret"]
    with pytest.raises(ValueError):
        scan(text, kinds={"astrology"})
    with pytest.raises(ValueError):
        scan(text, audience="everybody")


def test_trusted_hosts_of_the_organisation_are_no_risk():
    text = "Upload at https://wetransfer.com/downloads/abc123def"
    assert scan(text) and scan(text, trusted_hosts=("wetransfer.com",)) == []


def test_a_threat_has_a_topic_of_its_own():
    assert only("I will smash your face in").topic == "threat"
    assert only("You absolute moron").topic == "abuse"


def test_empty_and_blank_texts_have_no_findings():
    assert scan("") == scan(" \n\t ") == []


def test_findings_of_one_rule_are_capped():
    numbers = Numbers(2)
    text = "\n".join(f"NI number {numbers.nino()}" for _ in range(engine.MAX_FINDINGS + 50))
    assert len(scan(text)) == engine.MAX_FINDINGS


@pytest.mark.parametrize(("token", "options", "audience"), [
    ("public", {}, "public-read"), ("everyone", {}, "partners"), ("staff", {}, "all-staff"), ("org:2", {}, "team"), ("space:4", {}, "team"),
    ("space:4", {"closed": True}, "closed-group"), ("space:4", {"closed": True, "partners": True}, "partners"), ("space:4:editors", {"partners": True}, "closed-group"), ("person:7", {}, "closed-group"),
])  # fmt: skip
def test_the_hubs_audience_tokens_map_to_the_policys(token, options, audience):
    assert audience_of(token, **options) == audience


@pytest.mark.parametrize("token", ["", "space", "space:", "space:x", "group:4", "person:7:editors", "PUBLIC"])
def test_an_unknown_token_is_refused_and_never_taken_for_narrow(token):
    with pytest.raises(ValueError):
        audience_of(token)


def imports_of(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def strangers(names: set[str]) -> set[str]:
    return {
        n
        for n in names
        if n.split(".")[0] in ("hub", "flask", "peewee", "requests", "socket", "urllib", "http")
        and not n.startswith("hub.policy.detect")
    }


def test_the_detector_imports_nothing_of_the_hub_but_itself():
    assert {
        path.name: strangers(imports_of(path.read_text("utf-8")))
        for path in PACKAGE.glob("*.py")
        if strangers(imports_of(path.read_text("utf-8")))
    } == {}


def test_the_import_test_sees_a_detector_that_could_restrict():
    assert strangers(imports_of("from hub.policy.restrictions import impose\nimport re")) == {
        "hub.policy.restrictions"
    }


def test_every_rule_of_the_cases_file_is_there():
    assert {
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
        "secret",
        "marking",
        "abuse",
        "link_risky",
        "email_bulk",
        "phone_bulk",
        "address_bulk",
    } == KINDS
