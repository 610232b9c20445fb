"""Check digits against published examples, independent arithmetic, and the error each is made to catch."""

from __future__ import annotations

import pytest

from hub.policy.detect import checksums
from tests.policy.detect_numbers import Numbers


@pytest.mark.parametrize(("check", "good"), [
    (checksums.nhs, "9434765919"), (checksums.nhs, "4010232137"), (checksums.luhn, "4111111111111111"), (checksums.luhn, "378282246310005"),
    (checksums.iban, "GB29NWBK60161331926819"), (checksums.iban, "DE89370400440532013000"), (checksums.iban, "FR1420041010050500013M02606"),
    (checksums.nino, "AB123456C"), (checksums.driving_licence, "MORGA657054SM9IJ"),
])  # fmt: skip
def test_published_examples_pass(check, good):
    assert check(good)


@pytest.mark.parametrize(
    "bad",
    [
        "BG123456A",
        "GB123456A",
        "NK123456A",
        "TN123456A",
        "ZZ123456A",
        "QQ123456C",
        "DA123456A",
        "AO123456A",
        "AB123456E",
        "AB12345C",
        "",
    ],
)
def test_prefixes_and_suffixes_never_issued_fail(bad):
    assert not checksums.nino(bad)


@pytest.mark.parametrize(
    ("check", "make", "from_place"),
    [
        (checksums.nhs, "nhs", 0),
        (checksums.luhn, "card", 0),
        (checksums.iban, "iban", 8),
        (checksums.upn, "upn", 1),
    ],
)
def test_one_wrong_digit_is_always_caught(check, make, from_place):
    numbers = Numbers(7)
    for _ in range(30):
        value = getattr(numbers, make)()
        assert check(value), value
        for place in range(from_place, len(value)):
            wrong = (
                value[:place]
                + str((int(value[place]) + numbers.random.randint(1, 9)) % 10)
                + value[place + 1 :]
            )
            assert not check(wrong) or wrong == value


def test_nearly_every_wrong_digit_of_a_tax_reference_is_caught():
    numbers = Numbers(7)
    passed = 0
    for _ in range(300):
        value = numbers.utr()
        assert checksums.utr(value)
        place = numbers.random.randint(1, 9)
        passed += checksums.utr(
            value[:place] + str((int(value[place]) + numbers.random.randint(1, 9)) % 10) + value[place + 1 :]
        )
    assert passed < 30, "two remainders share a check digit, so a few slip through"


@pytest.mark.parametrize("bad", ["", "1", "abcdefghij", "99912345678", "①②③④⑤⑥⑦⑧⑨⓪", "GB", "A12345678901Z9"])
def test_wrong_shapes_are_refused_without_an_error(bad):
    checks = (
        checksums.nino,
        checksums.nhs,
        checksums.iban,
        checksums.utr,
        checksums.upn,
        checksums.driving_licence,
    )
    assert not any(check(bad) for check in checks)


@pytest.mark.parametrize(
    ("value", "network"),
    [
        ("4929000000000000", "Visa"),
        ("2221000000000000", "Mastercard"),
        ("2720990000000000", "Mastercard"),
        ("371400000000000", "American Express"),
        ("1234567890123456", ""),
        ("2721000000000000", ""),
    ],
)
def test_issuer_ranges(value, network):
    assert checksums.card_network(value) == network


def test_months_of_women_and_impossible_days_of_a_driver_number():
    assert checksums.driving_licence("COSTA606128A99RH") and checksums.driving_licence("COSTA656128A99RH")
    assert not checksums.driving_licence("COSTA613128A99RH") and not checksums.driving_licence(
        "COSTA606328A99RH"
    )


def test_check_digit_of_a_machine_readable_zone():
    assert checksums.mrz_digit("L898902C3") == "6" and checksums.mrz_digit("740812") == "2"
