"""Registers: the label stands only in the header, in every layout that people paste."""

from __future__ import annotations

import pytest

from hub.policy.detect import scan
from tests.policy.cases import fill

COLUMNS = [
    ("uk_nino", "NINO", "{nino}"), ("uk_nino", "Nat Ins No", "{nino_s}"), ("uk_nhs", "NHS No", "{nhs}"), ("uk_nhs", "nhs_number", "{nhs_s}"),
    ("payment_card", "Card No", "{card}"), ("payment_card", "PAN", "{card_s}"), ("uk_utr", "UTR", "{utr}"), ("uk_passport", "Passport No", "{passport}"),
    ("uk_driving_licence", "Licence", "{licence}"), ("uk_upn", "UPN", "{upn}"), ("dob", "D.O.B.", "{dob}"), ("dob", "Date of birth", "14 March 1981"),
    ("iban", "IBAN", "{iban_s}"), ("secret", "Temp password", "Harbour77!"),
]  # fmt: skip
OTHER = [
    ("uk_nhs", "Order No", "{nhs}"),
    ("payment_card", "Invoice", "{card}"),
    ("uk_utr", "Transaction", "{utr}"),
    ("uk_nino", "Part No", "{nino}"),
    ("dob", "Visit", "{dob}"),
    ("uk_upn", "Asset tag", "{upn}"),
]
LAYOUTS = {
    "Markdown": lambda rows: "\n".join("| " + " | ".join(r) + " |" for r in [rows[0], ["---"] * len(rows[0]), *rows[1:]]),
    "tabs": lambda rows: "\n".join("\t".join(r) for r in rows),
    "commas": lambda rows: "\n".join(",".join(r) for r in rows),
    "quoted commas": lambda rows: "\n".join(",".join(f'"{c}"' for c in r) for r in rows),
    "semicolons": lambda rows: "\n".join(";".join(r) for r in rows),
    "aligned": lambda rows: "\n".join("".join(c.ljust(34) for c in r).rstrip() for r in rows),
    "HTML": lambda rows: "<table>\n" + "\n".join("<tr>\n" + "\n".join(f"  <td>{c}</td>" for c in r) + "\n</tr>" for r in rows) + "\n</table>",
    "under a title": lambda rows: "Extract from the register\n\n" + "\n".join("\t".join(r) for r in rows),
}  # fmt: skip


def register(head: str, value: str, count: int) -> list[list[str]]:
    rows = [
        [fill("{d5}", 3 + i * 7), fill("{name}", i), fill(value, i + 1), "Parks", "2019"]
        for i in range(count)
    ]
    return [["Ref", "Name", head, "Team", "Since"], *rows]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("rule", "head", "value"), COLUMNS)
def test_each_value_under_its_header_is_found(layout, rule, head, value):
    for count in (1, 2, 6):
        found = [f.rule for f in scan(LAYOUTS[layout](register(head, value, count)), "public-read")]
        assert set(found) == {rule} and len(found) >= count


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("rule", "head", "value"), OTHER)
def test_a_header_of_something_else_overrules_a_lucky_check_digit(layout, rule, head, value):
    assert rule not in {f.rule for f in scan(LAYOUTS[layout](register(head, value, 3)), "public-read")}


def test_a_long_table_is_read_in_proportion_to_its_length():
    import time

    def seconds(rows: int) -> float:
        text = LAYOUTS["commas"](
            register("Order No", "{nhs}", 1)[:1]
            + [["1", "x", fill("{nhs}", i % 50), "a", "b"] for i in range(rows)]
        )
        start = time.process_time()
        scan(text, "public-read")
        return time.process_time() - start

    seconds(100)
    assert seconds(4_000) < 8 * max(seconds(1_000), 0.02)
