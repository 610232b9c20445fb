"""The rules as people meet them: what each looks for, which clause it serves, what can be done instead. Data,
not code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """A detection rule in plain words. `clause` holds unless the policy in force says otherwise; `weight` is
    1 to 10.
    """

    name: str
    label: str
    clause: str
    weight: int
    advice: str


NUMBER = "Leave it out, show its last two digits only, or choose a smaller audience."
RULES = {
    rule.name: rule
    for rule in (
        Rule("uk_nhs", "NHS number", "2.1", 7, NUMBER),
        Rule("uk_nino", "National Insurance number", "2.1", 7, NUMBER),
        Rule("payment_card", "payment card number", "2.1", 8, NUMBER),
        Rule("iban", "bank account (IBAN)", "2.1", 6, NUMBER),
        Rule("uk_bank", "bank account", "2.1", 6, NUMBER),
        Rule("uk_utr", "tax reference", "2.1", 6, NUMBER),
        Rule("uk_passport", "passport number", "2.1", 7, NUMBER),
        Rule("uk_driving_licence", "driving licence number", "2.1", 6, NUMBER),
        Rule("uk_upn", "pupil number", "2.1", 7, NUMBER),
        Rule("dob", "date of birth", "2.1", 5, "Give the age or the year, or leave it out."),
        Rule(
            "email_bulk",
            "list of private e-mail addresses",
            "2.2",
            6,
            "Share it as a document with its editors only, with an owner and an end date.",
        ),
        Rule(
            "phone_bulk",
            "list of telephone numbers",
            "2.2",
            6,
            "Share it as a document with its editors only.",
        ),
        Rule(
            "address_bulk",
            "list of private addresses",
            "2.2",
            7,
            "Share it as a document with its editors only.",
        ),
        Rule(
            "secret",
            "password, code or key",
            "3.1",
            9,
            "Take it out. If others may have seen it, ring the service desk so that it can be changed.",
        ),
        Rule(
            "marking",
            "protective marking",
            "3.2",
            7,
            "Share it with a space or with named people, or take the marked text out.",
        ),
        Rule(
            "abuse", "words that may hurt", "4.1", 3, "Disagree with the argument and leave the person alone."
        ),
        Rule("threat", "words that may be a threat", "4.3", 10, "If somebody is in danger, ring 999 first."),
        Rule("link_risky", "risky link", "6.2", 4, "Say where the link goes, and use the full address."),
        Rule(
            "upload",
            "file that can act",
            "6.1",
            5,
            "Send it without macros or programs, or say in the note why it is needed.",
        ),
    )
}
UNKNOWN = Rule("", "something the policy mentions", "", 3, "Look at it once more.")
REPORT_WEIGHT = 5


OWN: dict[str, Rule] = {}
"""The rules that people wrote, and those built in as people have described them since."""
_read_own: list[Callable[[], Any]] = []


def describe_with(read: Callable[[], Any]) -> None:
    """Says how OWN is filled when somebody asks for a rule that is not built in."""
    _read_own[:] = [read]


def rule(name: str) -> Rule:
    """The rule of that name; a plain stand-in for one that nobody has described."""
    if name not in RULES and name not in OWN:
        for read in _read_own:
            read()
    return OWN.get(name) or RULES.get(name, UNKNOWN)


def a(label: str) -> str:
    """The label with its article, for the beginning of a sentence: "A bank account", "An NHS number"."""
    if label.startswith("words") or label.partition(" ")[0] in ("a", "an", "the", "any"):
        return label[:1].upper() + label[1:]
    return f"{'An' if label[0] in 'aeiou' or label.startswith('NHS') else 'A'} {label}"


def listed(names: Iterable[str]) -> str:
    """Several rules in one sentence: "An NHS number, a date of birth"."""
    words = ", ".join(a(rule(name).label)[:1].lower() + a(rule(name).label)[1:] for name in names)
    return words[:1].upper() + words[1:]
