"""Passwords: which may be chosen, and how they are kept (argon2id), two at once a process at the most."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST, OWN_PART = 12, 1024, 8
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LEET = str.maketrans("@4831!0$57", "aabeiiosst")
COMMON = Path(__file__).with_name("common_passwords.txt")

_turns = threading.BoundedSemaphore(2)
_decoy: dict[int, str] = {}


def _made(cheap: bool) -> PasswordHasher:
    """19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet, argon2id."""
    return PasswordHasher(time_cost=1 if cheap else 2, memory_cost=64 if cheap else 19 * 1024, parallelism=1)


_hasher = _made(cheap=False)


def init(cheap: bool = False) -> None:
    """Chooses the cost; `cheap` is for the test suite, where thousands of hashes prove nothing."""
    global _hasher
    _hasher = _made(cheap)


def hash_of(password: str) -> str:
    """What the database keeps of a password: argon2id with its own salt and parameters. Waits for a turn."""
    with _turns:
        return _hasher.hash(_normal(password))


def verify(kept: str, password: str) -> bool:
    """Whether the password belongs to the kept hash.

    Takes as long when nothing is kept, so that accounts stay secret.
    """
    with _turns:
        try:
            right = _hasher.verify(kept or _decoy_hash(), _normal(password)[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return right and bool(kept) and len(password) <= LONGEST


def is_outdated(kept: str) -> bool:
    """Whether a right password should be hashed anew, because the cost has changed since."""
    return _hasher.check_needs_rehash(kept)


def _decoy_hash() -> str:
    """A hash of the present cost that no password fits; made under the caller's turn."""
    cost = _hasher.memory_cost
    if cost not in _decoy:
        _decoy[cost] = _hasher.hash("no account has this password")
    return _decoy[cost]


def _normal(password: str) -> str:
    """One form for what different keyboards send for the same letters: NFKC (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def problem(password: str, about: Iterable[str] = ()) -> str:
    """Why the password may not be chosen, as a sentence, or "".

    `about` holds what others know of the person: name, e-mail address, organisation. Length counts,
    composition does not; besides well-known words, keyboard rows and those names at least eight
    characters must remain.
    """
    length = len(_normal(password))
    if length < SHORTEST:
        return (
            f"Use {SHORTEST} characters or more. Four words that do not belong together are easy to remember."
        )
    if length > LONGEST:
        return f"Use {LONGEST:,} characters or fewer."
    text = unicodedata.normalize("NFKD", _normal(password)).casefold()
    block = re.fullmatch(r"(.+?)\1+", text, re.DOTALL)
    known = common() | _parts(about)
    plain = _without(block[1] if block else text, known)
    spelt = _without((block[1] if block else text).translate(LEET), known)
    if min(len(plain), len(spelt)) < OWN_PART:
        return (
            "This is easy to guess: besides well-known words, rows of keys, repetitions and your own name or "
            f"organisation, at least {OWN_PART} more characters are needed. Add another word or two."
        )
    return ""


@cache
def common() -> frozenset[str]:
    """Words that stand in every list of stolen passwords; longer ones mostly are such a word and a number."""
    return frozenset(re.split(r"\s+", COMMON.read_text("utf-8").strip()))


def _parts(about: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in about:
        folded = unicodedata.normalize("NFKD", text).casefold()
        words = re.findall(r"[^\W_]+", "".join(c for c in folded if not unicodedata.combining(c)))
        found |= {"".join(words), *words}
    return {word for word in found if len(word) >= 3}


def _without(text: str, words: Iterable[str]) -> str:
    """The letters and digits left once known words, runs of keys and repeated signs are taken out."""
    rest = "".join(c for c in text if c.isalnum())
    for word in sorted((w for w in words if w in rest), key=len, reverse=True):
        rest = rest.replace(word, " ")
    for row in ROWS:
        for line in (row, row[::-1]):
            for size in range(len(line), 3, -1):
                for start in range(len(line) - size + 1):
                    rest = rest.replace(line[start : start + size], " ")
    rest = re.sub(r"(.)\1{2,}", " ", rest)
    # A year or a counting-up at an end is what people add when a rule asks for more.
    rest = re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)", " ", rest)
    return rest.replace(" ", "")
