"""Runs the built-in rules over one text.

Order: normalise once, then each rule: candidates by re2, checksum, surroundings, confidence.  A rule that fails is
left out and reported; it never stops the others, and never the post.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from hub.policy.detect import abuse, birth, bulk, credentials, links, markings, money, people_numbers
from hub.policy.detect.audiences import NAMES, WIDE
from hub.policy.detect.context import Scene
from hub.policy.detect.finding import Finding, mask
from hub.policy.detect.hits import Hit
from hub.policy.detect.normalise import Reading

log = logging.getLogger(__name__)

Rule = Callable[[Scene], Iterator[Hit]]
RULES: dict[str, Rule] = {
    "uk_nino": people_numbers.nino,
    "uk_nhs": people_numbers.nhs,
    "payment_card": money.payment_card,
    "iban": money.iban,
    "uk_bank": money.uk_bank,
    "uk_utr": people_numbers.utr,
    "uk_passport": people_numbers.passport,
    "uk_driving_licence": people_numbers.driving_licence,
    "uk_upn": people_numbers.upn,
    "dob": birth.dob,
    "secret": credentials.secret,
    "marking": markings.marking,
    "abuse": abuse.abuse,
    "email_bulk": bulk.email_bulk,
    "phone_bulk": bulk.phone_bulk,
    "address_bulk": bulk.address_bulk,
}
KINDS = frozenset(RULES) | {"link_risky"}
LEAST_CONFIDENCE = 0.5
MAX_FINDINGS = 500


def scan(
    text: str,
    audience: str = "all-staff",
    *,
    trusted_hosts: Collection[str] = (),
    kinds: Collection[str] | None = None,
    failed: Callable[[str, Exception], None] | None = None,
    timed: Callable[[str, float], None] | None = None,
) -> list[Finding]:
    """Findings in a text, by place.

    `audience` is one of the names in `audiences` (a marking counts only before a wide one); `trusted_hosts` adds to the
    built-in list; `kinds` limits the rules (names of KINDS); `failed(rule, error)` hears of a rule that raised, which is
    logged otherwise; `timed(rule, seconds)` hears what each rule took of the processor.  Each rule gives at most MAX_FINDINGS.  Raises ValueError for an unknown audience or kind.
    """
    wanted = KINDS if kinds is None else frozenset(kinds)
    if wanted - KINDS:
        raise ValueError(f"unknown rules: {', '.join(sorted(wanted - KINDS))}")
    if audience not in NAMES:
        raise ValueError(f"unknown audience: {audience}")
    if not text or text.isspace():
        return []
    reading = Reading(text)
    scene = Scene(reading)
    hosts = links.TRUSTED_HOSTS + tuple(h.lower().lstrip(".*") for h in trusted_hosts)
    findings: list[Finding] = []
    for name in sorted(wanted):
        if name == "marking" and audience not in WIDE:
            continue
        begun = time.thread_time()
        try:
            hits = links.link_risky(scene, hosts) if name == "link_risky" else RULES[name](scene)
            findings.extend(_findings(reading, hits))
            if timed is not None:
                timed(name, time.thread_time() - begun)
        except Exception as error:  # noqa: BLE001 (a broken rule must not stop the others, nor the post)
            if failed is None:
                log.error(
                    "policy rule %s failed on a text of %d characters: %s", name, len(text), _place(error)
                )
            else:
                failed(name, error)
    findings.sort(key=lambda f: (f.start, f.end, f.rule))
    return _without_overlaps(findings)


def _place(error: Exception) -> str:
    """Type, file and line of an error: neither its message nor a line of a traceback, which might quote the text."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" in {Path(last.tb_frame.f_code.co_filename).name}, line {last.tb_lineno}" if last else ""
    return f"{type(error).__name__}{where}"


def _findings(reading: Reading, hits: Iterator[Hit]) -> Iterator[Finding]:
    count = 0
    for hit in hits:
        if hit.confidence < LEAST_CONFIDENCE:
            continue
        start, end = reading.origin(hit.start, hit.end)
        excerpt = hit.excerpt or mask(reading.original[start:end])
        if hit.rule == "dob":
            excerpt = mask(reading.original[start:end], 0, 0)
        yield Finding(
            hit.rule,
            start,
            end,
            round(hit.confidence, 2),
            excerpt,
            hit.why,
            hit.topic or hit.rule,
            hit.amount,
            hit.value,
        )
        count += 1
        if count >= MAX_FINDINGS:
            return


# Where two number rules claim the same characters, the more specific one keeps them.
_RANK = (
    "iban",
    "payment_card",
    "uk_driving_licence",
    "uk_upn",
    "uk_nino",
    "uk_nhs",
    "uk_utr",
    "uk_bank",
    "uk_passport",
    "dob",
)


def _without_overlaps(findings: list[Finding]) -> list[Finding]:
    numbers = [f for f in findings if f.rule in _RANK]
    losers: set[int] = set()
    for index, one in enumerate(numbers):
        for other in numbers[index + 1 : index + 8]:
            if other.start < one.end and one.start < other.end and one.rule != other.rule:
                by_rank = sorted((one, other), key=lambda f: (-round(f.confidence, 1), _RANK.index(f.rule)))
                losers.add(id(by_rank[1]))
    return [finding for finding in findings if id(finding) not in losers]
