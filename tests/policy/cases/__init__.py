"""Texts as people really write them, by rule and theme, with what the detector must find in them and what it must not.

Written against the policy's description, not against the labelled development file. Braces name a number to fill in
(see `fields`).
"""

from __future__ import annotations

from tests.policy.cases import (
    birth,
    bulk,
    identity,
    links,
    money,
    nhs,
    nino,
    quiet_birth,
    quiet_links,
    quiet_numbers,
    quiet_secrets,
    quiet_words,
    secrets,
    words,
)
from tests.policy.cases.fields import fill

FOUND = [
    (rule, text)
    for part in (nino, nhs, identity, money, birth, secrets, words, links)
    for rule, texts in part.FOUND.items()
    for text in texts
]
LISTS = bulk.LISTS
QUIET = {
    part.__name__.rpartition(".")[2]: part.QUIET
    for part in (quiet_birth, quiet_links, quiet_numbers, quiet_secrets, quiet_words)
}

__all__ = ["FOUND", "LISTS", "QUIET", "fill"]
