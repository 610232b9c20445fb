"""Invented but well-formed numbers for the detector's tests, made by arithmetic of their own (not the detector's)."""

from __future__ import annotations

import random

WORDS = "Adeyemi Brennan Costa Fenwick Hughes Iqbal Lister Macleod Nowak Okafor Patel Pryce Sandhu Tyrrell".split()
FIRST = "Aisha Beth Callum Daniel Grace Helen Kofi Leo Marta Nadia Owen Priya Sian Tom Yusuf".split()
STREETS = (
    "Mill Lane|Station Road|The Avenue|Church Street|Orchard Way|Elm Grove|High Street|Priory Close".split(
        "|"
    )
)
CODES = "CB1 2JW|PE29 3TN|NR2 1TF|LS6 2BD|S10 2HL|SE5 8RS|M14 5RX|YO10 4EG|CF24 1DP|B29 6LH".split("|")


class Numbers:
    """A source of numbers; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def digits(self, count: int) -> str:
        return "".join(self.random.choice("0123456789") for _ in range(count))

    def name(self) -> str:
        return f"{self.random.choice(FIRST)} {self.random.choice(WORDS)}"

    def nino(self) -> str:
        return (
            self.random.choice("AEHJLMPRSWY")
            + self.random.choice("ABEHJKLMPRSWX")
            + str(self.random.randint(201999, 989899))
            + self.random.choice("ABCD")
        )

    def nhs(self) -> str:
        while True:
            body = "999" + self.digits(6)
            rest = 11 - sum((10 - i) * int(d) for i, d in enumerate(body)) % 11
            if rest != 10 and len(set(body)) > 3:
                return body + str(rest % 11)

    def not_nhs(self) -> str:
        good = self.nhs()
        return good[:9] + str((int(good[9]) + self.random.randint(1, 9)) % 10)

    def card(self, prefix: str = "4929", size: int = 16) -> str:
        body = prefix + self.digits(size - len(prefix) - 1)
        total = 0
        for index, digit in enumerate(reversed(body)):
            number = int(digit) * (2 if index % 2 == 0 else 1)
            total += number // 10 + number % 10
        return body + str(-total % 10)

    def iban(self, country: str = "GB", bank: str = "NWBK", size: int = 14) -> str:
        body = bank + self.digits(size)
        whole = "".join(str(int(c, 36)) for c in body + country + "00")
        return f"{country}{98 - int(whole) % 97:02d}{body}"

    def utr(self) -> str:
        body = str(self.random.randint(200000000, 989999999))
        total = sum(int(d) * w for d, w in zip(body, (6, 7, 8, 9, 10, 5, 4, 3, 2), strict=True)) % 11
        return "21987654321"[total] + body

    def upn(self) -> str:
        body = (
            self.random.choice(("873", "330", "926", "352"))
            + str(self.random.randint(20000000, 98999999))
            + self.digits(1)
        )
        return (
            "ABCDEFGHJKLMNPQRTUVWXYZ"[sum(int(d) * w for d, w in zip(body, range(2, 14), strict=True)) % 23]
            + body
        )

    def licence(self) -> str:
        surname = (self.random.choice(WORDS).upper() + "9999")[:5]
        month = self.random.choice((1, 4, 9, 12, 53, 57, 62))
        return f"{surname}{self.random.randint(4, 9)}{month:02d}{self.random.randint(1, 28):02d}{self.digits(1)}{self.random.choice('ABJKS')}{self.random.choice('9MT')}9{self.random.choice('ABKR')}{self.random.choice('CDEL')}"

    def passport(self) -> str:
        return str(self.random.randint(210000000, 989999999))

    def sort_code(self) -> str:
        return f"{self.random.choice(('20', '40', '60', '77', '30'))}{self.random.randint(1213, 9879)}"

    def account(self) -> str:
        return str(self.random.randint(20000013, 98999987))

    def birth(self) -> str:
        return f"{self.random.randint(13, 28)}/0{self.random.randint(1, 9)}/{self.random.randint(1938, 2014)}"

    def mobile(self) -> str:
        return "07700900" + self.digits(3)

    def address(self) -> str:
        return f"{self.random.randint(2, 180)} {self.random.choice(STREETS)}, Cambridge {self.random.choice(CODES)}"

    def email(self) -> str:
        return f"{self.random.choice(FIRST).lower()}.{self.random.choice(WORDS).lower()}{self.random.randint(10, 99)}@{self.random.choice(('example.com', 'post.example.org'))}"


def spaced(value: str, *sizes: int, by: str = " ") -> str:
    """A number cut into groups: spaced("AB123456C", 2, 2, 2, 2, 1) → AB 12 34 56 C."""
    groups, place = [], 0
    for size in sizes:
        groups.append(value[place : place + size])
        place += size
    return by.join(groups)
