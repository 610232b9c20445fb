"""The fields of the cases (`{nhs_s}` is an NHS number in groups) and how they are filled."""

from __future__ import annotations

from tests.policy.detect_numbers import Numbers, spaced

FIELDS = {
    "nino": lambda n: n.nino(),
    "nino_s": lambda n: spaced(n.nino(), 2, 2, 2, 2, 1),
    "nino_h": lambda n: spaced(n.nino(), 2, 2, 2, 2, 1, by="-"),
    "nino_dot": lambda n: spaced(n.nino(), 2, 2, 2, 2, 1, by="."),
    "nino_low": lambda n: n.nino().lower(),
    "nino_dash": lambda n: spaced(n.nino(), 2, 2, 2, 2, 1, by="\u2011"),
    "nino_nb": lambda n: spaced(n.nino(), 2, 2, 2, 2, 1, by="\u00a0"),
    "nino_zw": lambda n: spaced(n.nino(), 2, 3, 3, 1, by="\u200b"),
    "nino_wide": lambda n: "".join(chr(ord(c) + 0xFEE0) for c in n.nino()),
    "nino_ent": lambda n: spaced(n.nino(), 2, 2, 2, 2, 1, by="&nbsp;"),
    "nino_six": lambda n: spaced(n.nino(), 2, 6, 1),
    "nhs": lambda n: n.nhs(),
    "nhs_s": lambda n: spaced(n.nhs(), 3, 3, 4),
    "nhs_h": lambda n: spaced(n.nhs(), 3, 3, 4, by="-"),
    "nhs_dot": lambda n: spaced(n.nhs(), 3, 3, 4, by="."),
    "nhs_en": lambda n: spaced(n.nhs(), 3, 3, 4, by="–"),
    "nhs_thin": lambda n: spaced(n.nhs(), 3, 3, 4, by="\u2009"),
    "nhs_odd": lambda n: spaced(n.nhs(), 4, 3, 3),
    "nhs_zw": lambda n: spaced(n.nhs(), 3, 3, 4, by="\u200b"),
    "nhs_arab": lambda n: "".join(chr(0x1D7CE + int(c)) for c in n.nhs()),
    "not_nhs": lambda n: n.not_nhs(),
    "not_nhs_s": lambda n: spaced(n.not_nhs(), 3, 3, 4),
    "card": lambda n: n.card(),
    "card_s": lambda n: spaced(n.card(), 4, 4, 4, 4),
    "card_h": lambda n: spaced(n.card("5412"), 4, 4, 4, 4, by="-"),
    "card_dot": lambda n: spaced(n.card("5412"), 4, 4, 4, 4, by="."),
    "card_nb": lambda n: spaced(n.card(), 4, 4, 4, 4, by="\u00a0"),
    "amex": lambda n: spaced(n.card("3714", 15), 4, 6, 5),
    "amex_c": lambda n: n.card("3782", 15),
    "long16": lambda n: n.card("8173"),
    "bad_card": lambda n: (lambda c: c[:15] + str((int(c[15]) + 3) % 10))(n.card()),
    "iban": lambda n: n.iban(),
    "iban_s": lambda n: spaced(n.iban(), 4, 4, 4, 4, 4, 2),
    "iban_low": lambda n: n.iban().lower(),
    "iban_de": lambda n: n.iban("DE", "", 18),
    "iban_ie": lambda n: spaced(n.iban("IE", "AIBK"), 4, 4, 4, 4, 4, 2),
    "utr": lambda n: n.utr(),
    "utr_s": lambda n: spaced(n.utr(), 5, 5),
    "utr_k": lambda n: n.utr() + "K",
    "upn": lambda n: n.upn(),
    "licence": lambda n: n.licence(),
    "licence_s": lambda n: spaced(n.licence(), 5, 6, 5),
    "passport": lambda n: n.passport(),
    "passport_s": lambda n: spaced(n.passport(), 3, 3, 3),
    "sort": lambda n: spaced(n.sort_code(), 2, 2, 2, by="-"),
    "sort_s": lambda n: spaced(n.sort_code(), 2, 2, 2),
    "sort_c": lambda n: n.sort_code(),
    "sort_en": lambda n: spaced(n.sort_code(), 2, 2, 2, by="–"),
    "acc": lambda n: n.account(),
    "acc_s": lambda n: spaced(n.account(), 4, 4),
    "dob": lambda n: n.birth(),
    "name": lambda n: n.name(),
    "mobile": lambda n: n.mobile(),
    "address": lambda n: n.address(),
    "email": lambda n: n.email(),
    "d10": lambda n: "5" + n.digits(9),
    "d6": lambda n: str(n.random.randint(210000, 989999)),
    "d5": lambda n: str(n.random.randint(21000, 98999)),
    "d2": lambda n: n.digits(2),
    "d4": lambda n: n.digits(4),
    "d8": lambda n: n.digits(8),
    "d15": lambda n: n.digits(15),
    "imei": lambda n: n.card("35", 15),
}


def fill(text: str, seed: int) -> str:
    """The case's text with every field filled, each time with a new number."""
    numbers = Numbers(seed)
    out, place = [], 0
    while (start := text.find("{", place)) >= 0:
        end = text.find("}", start)
        name = text[start + 1 : end]
        if end < 0 or name not in FIELDS:
            out.append(text[place : start + 1])
            place = start + 1
            continue
        out += [text[place:start], FIELDS[name](numbers)]
        place = end + 1
    return "".join([*out, text[place:]])
