"""Check digits and shapes of the numbers that the rules look for, each from its published source.

All functions take the bare characters (no spaces or dashes, upper case) and answer True or False; they never raise for
input of the wrong shape.
"""

from __future__ import annotations

import re

# ISO 13616, SWIFT IBAN registry: total length of an IBAN by country.
IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip

_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]")
_LICENCE = re.compile(
    r"(?:[A-Z]{5}|[A-Z]{4}9|[A-Z]{3}99|[A-Z]{2}999|[A-Z]9{4})[0-9]([0156][0-9])([0-9]{2})[0-9][A-Z][A-Z9][A-Z0-9][A-Z]{2}"
)
_MRZ_WEIGHTS = (7, 3, 1)


def _digits(value: str) -> bool:
    return value.isascii() and value.isdecimal()


def nino(value: str) -> bool:
    """National Insurance number: shape and unused prefixes (HMRC, National Insurance Manual NIM39110)."""
    return _NINO.fullmatch(value) is not None


def nhs(value: str) -> bool:
    """NHS number: ten digits, modulus 11 (NHS Data Dictionary, attribute NHS NUMBER)."""
    if len(value) != 10 or not _digits(value):
        return False
    check = 11 - sum(int(d) * w for d, w in zip(value, range(10, 1, -1), strict=False)) % 11
    return check != 10 and (0 if check == 11 else check) == int(value[9])


def luhn(value: str) -> bool:
    """Luhn check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    if not _digits(value):
        return False
    total = 0
    for index, digit in enumerate(reversed(value)):
        number = int(digit) * (2 if index % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def iban(value: str) -> bool:
    """IBAN: the country's length and modulus 97-10 (ISO 13616-1, ISO/IEC 7064)."""
    if (
        len(value) < 15
        or not value.isalnum()
        or not value.isascii()
        or len(value) != IBAN_LENGTH.get(value[:2], -1)
    ):
        return False
    if not value[2:4].isdigit():
        return False
    return int("".join(str(int(c, 36)) for c in value[4:] + value[:4])) % 97 == 1


def utr(value: str) -> bool:
    """Unique Taxpayer Reference: first digit checks the other nine, modulus 11 (HMRC, Modulus 11 check for UTRs)."""
    if len(value) != 10 or not _digits(value):
        return False
    total = sum(int(d) * w for d, w in zip(value[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2), strict=True))
    return value[0] == "21987654321"[total % 11]


def upn(value: str) -> bool:
    """Unique Pupil Number: check letter, modulus 23 (Department for Education, UPN guide, check letter calculation).

    The last character of a temporary number is a letter, which counts as its place in the same alphabet.
    """
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    if len(value) != 13 or value[0] not in letters or not _digits(value[1:12]):
        return False
    last = value[12]
    if not (_digits(last) or last in letters):
        return False
    digits = [int(d) for d in value[1:12]] + [int(last) if last.isdigit() else letters.index(last)]
    return letters[sum(d * w for d, w in zip(digits, range(2, 14), strict=True)) % 23] == value[0]


def upn_authority(value: str) -> bool:
    """Whether digits 2–4 of a UPN lie in a range of local-authority codes (Get Information about Schools, LA codes)."""
    code = value[1:4]
    if not _digits(code):
        return False
    number = int(code)
    return (
        201 <= number <= 213
        or 301 <= number <= 394
        or number == 420
        or 660 <= number <= 681
        or 800 <= number <= 941
    )


def driving_licence(value: str) -> bool:
    """Driver number of Great Britain: surname, decade, month (+50 for women), day, year, initials (DVLA, D741)."""
    match = _LICENCE.fullmatch(value)
    return match is not None and 1 <= int(match.group(1)) % 50 <= 12 and 1 <= int(match.group(2)) <= 31


def mrz_digit(value: str) -> str:
    """Check digit of a machine-readable zone (ICAO Doc 9303, part 3, 4.9)."""
    total = 0
    for index, character in enumerate(value):
        total += (0 if character == "<" else int(character, 36)) * _MRZ_WEIGHTS[index % 3]
    return str(total % 10)


def card_network(value: str) -> str:
    """The payment network by issuer range and length (ISO/IEC 7812, the networks' published ranges), or nothing."""
    size, two, three, four = len(value), int(value[:2]), int(value[:3]), int(value[:4])
    if value[0] == "4" and size in (13, 16, 19):
        return "Visa"
    if size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720):
        return "Mastercard"
    if size == 15 and two in (34, 37):
        return "American Express"
    if size == 14 and (two in (36, 38, 39) or 300 <= three <= 305):
        return "Diners Club"
    if size == 16 and 3528 <= four <= 3589:
        return "JCB"
    if 16 <= size <= 19 and (four == 6011 or two == 65 or 644 <= three <= 649):
        return "Discover"
    if 16 <= size <= 19 and two == 62:
        return "UnionPay"
    if size in (16, 18, 19) and (
        four in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763) or two in (56, 67)
    ):
        return "Maestro"
    return ""
