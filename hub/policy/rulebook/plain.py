"""What each built-in rule finds and passes over, in plain English, for everybody who asks why something was noticed."""

from __future__ import annotations

WORDS = {
    "uk_nhs": "It finds ten-digit numbers whose check digit is right where something says that they are NHS numbers: a label, a column's heading, or talk of a patient. It passes over order, asset and reference numbers that only look alike, and published examples.",
    "uk_nino": "It finds National Insurance numbers by their form, written together or in groups. It passes over prefixes that are not given out, drawing and part numbers, and the examples on forms.",
    "payment_card": "It finds numbers of payment cards whose check digit and issuer are right, near a word such as card or set in groups of four. It passes over published test cards, barcodes, meters and the serial numbers of telephones.",
    "iban": "It finds international account numbers whose length and check digits are right. It passes over the published examples.",
    "uk_bank": "It finds a sort code together with an account number. It passes over dates and budget codes of the same form, and accounts that are published to be paid into.",
    "uk_utr": "It finds tax references whose check digit is right and that are named as such. A number alone is never enough.",
    "uk_passport": "It finds passport numbers that are named as such, and the machine-readable line of a passport. It passes over telephone and booking numbers in talk about passports.",
    "uk_driving_licence": "It finds driver numbers, which hold a surname, a date and initials that must fit. It passes over the licensing agency's specimens.",
    "uk_upn": "It finds pupil numbers whose check letter is right, near a label, a school or a child, or with a real authority's code.",
    "dob": "It finds dates that are named as somebody's date of birth, by a label or a column's heading. It passes over other dates, births in history, and forms that ask for one.",
    "email_bulk": "It finds ten or more different e-mail addresses of people outside the public sector in one text. It passes over addresses of offices and teams.",
    "phone_bulk": "It finds ten or more different telephone numbers of people in one text. It passes over offices and service lines.",
    "address_bulk": "It finds five or more different home addresses with their postcodes in one text. It passes over offices, schools, shops and planning sites.",
    "secret": "It finds passwords, door codes, PINs and keys that are named as such, and keys that can be told by their form. It passes over guidance about passwords, placeholders and codes of other sorts.",
    "marking": "It finds protective markings above OFFICIAL that are set on the text itself, before an audience wider than a team. It passes over talk about markings.",
    "abuse": "It finds listed words and insults aimed at somebody, which is about one hurtful post in ten, and only ever shows a hint to the writer, save in public. It passes over names, places, quotations and complaints about such words.",
    "threat": "It finds sentences that say somebody will be, or should be, harmed. It passes over what a witness is quoted with, and everyday turns of phrase.",
    "link_risky": "It finds links whose host imitates another, is a bare number, hides behind a shortener, takes a password without encryption, or is a file host that nobody here manages. Trusted hosts are never found.",
    "upload": "It finds files that can act or that nobody can check: macros, programs, embedded and encrypted files, archives that unpack to far too much, and names that hide what they are. The file is kept all the same.",
}
"""By the rule's name."""


def words(name: str) -> str:
    """The sentences about a built-in rule; empty for others."""
    return WORDS.get(name, "")


def follows(name: str) -> dict[str, str]:
    """What the policy lays down for a built-in rule by audience; empty for other rules, and where the engine is missing."""
    try:
        from hub.policy.detect.outcome import DEFAULT, row_of
    except ImportError:
        return {}
    try:
        return dict(DEFAULT[row_of(name)])
    except ValueError:
        return {}


def follows_many(name: str) -> dict[str, str]:
    """What the policy lays down by audience where one text holds five or more such values; empty where that is no more."""
    if not many(name):
        return {}
    from hub.policy.detect.outcome import DEFAULT, MANY, row_of

    return dict(DEFAULT[row_of(name, MANY)])


def many(name: str) -> bool:
    """Whether five or more values in one text weigh more than one does."""
    return (
        follows(name) != {}
        and name not in ("secret", "marking", "abuse", "threat", "link_risky", "upload")
        and not name.endswith("_bulk")
    )
