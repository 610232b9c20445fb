"""Numbers that identify a person: National Insurance, NHS, tax reference, passport, driver and pupil numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

import re2

from hub.policy.detect import checksums
from hub.policy.detect.context import Evidence, Scene
from hub.policy.detect.finding import bare
from hub.policy.detect.hits import Hit, alone, candidates, in_address
from hub.policy.detect.labels import LICENCE, NHS, NINO, PASSPORT, UPN, UTR

_S = r"[ \n./_-]{0,2}"
_EDGE = r"(?:^|[^a-zA-Z0-9])"
_NINO = re2.compile((r"(?i)" + _EDGE + r"([a-z][ ]?[a-z](?:" + _S + r"[0-9]){6}" + _S + r"[a-d])").encode())
_NINO_GROUPED = re2.compile(
    rb"(?i)[a-z]{2}(?: [0-9]{2} [0-9]{2} [0-9]{2} |-[0-9]{2}-[0-9]{2}-[0-9]{2}-|\.[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.|/[0-9]{2}/[0-9]{2}/[0-9]{2}/)[a-d]"
)
_NINO_SOLID = re2.compile(rb"[A-Z]{2} ?[0-9]{6} ?[A-D]|[a-z]{2}[0-9]{6}[a-d]")
_TEN = re2.compile((_EDGE + r"([0-9]{3}[ ./_-]{0,2}[0-9]{3}[ ./_-]{0,2}[0-9]{4})").encode())
_TEN_LOOSE = re2.compile((_EDGE + r"([0-9](?:[ \n./_-]{0,2}[0-9]){9})").encode())
_NINE = re2.compile(
    (
        r"(?i)"
        + _EDGE
        + r"([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}|[0-9]{5} [0-9]{4}|[a-z][0-9]{8}|[a-z]{2}[0-9]{7})"
    ).encode()
)
_MRZ = re2.compile(rb"([A-Z0-9<]{9}[0-9])GBR([0-9]{6}[0-9])[MFX<]([0-9]{6}[0-9])")
_LICENCE = re2.compile(
    (
        r"(?i)"
        + _EDGE
        + r"([a-z][a-z9]{4}[ ./_-]{0,2}[0-9]{6}[ ./_-]{0,2}[a-z][a-z9][ ./_-]?[a-z0-9][ ./_-]?[a-z]{2})"
    ).encode()
)
_LICENCE_SPLIT = re2.compile(
    (
        r"(?i)"
        + _EDGE
        + r"([a-z](?: ?[a-z9]){4}(?:[ ./-]{0,2}[0-9]){6}[ ./-]{0,2}[a-z][ ./-]{0,2}[a-z9][ ./-]{0,2}[a-z0-9][ ./-]{0,2}[a-z][ ./-]{0,2}[a-z])"
    ).encode()
)
_UPN = re2.compile(
    (r"(?i)" + _EDGE + r"([a-hj-npqrt-z](?:[ ./_-]{0,2}[0-9]){11}[ ./_-]{0,2}[0-9a-hj-npqrt-z])").encode()
)
_HEX = re2.compile(rb"[a-f]{2}[0-9]{6}[a-d]")
_HAS_LABEL = re2.compile(rb"(?i)nhs|gig|h ?(?:&|and) ?c |chi|patient|health")

# Published examples and test values: NHS.uk and NHS Digital documentation, DVLA's specimen licence, HMPO's specimens.
_NHS_EXAMPLES = frozenset(
    {"9434765919", "9434765870", "4010232137", "4857773456", "4505577104", "9449310475", "9449305552", "1234567881",
     "9876543210", "0123456789"}
)  # fmt: skip
_LICENCE_EXAMPLES = frozenset(
    {"MORGA657054SM9IJ", "MORGA753116SM9IJ", "MORGA607054SM9IJ", "MORGA753116SM9IJ35"}
)
_PASSPORT_EXAMPLES = frozenset(
    {"123456789", "987654321", "925665416", "925076473", "012345678", "555123456", "107185703"}
)


def made_up(digits: str) -> bool:
    """Whether a run of digits is a placeholder: one digit repeated, or counting up or down."""
    if len(set(digits)) <= 1:
        return True
    if not digits.isdigit():
        return False
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(digits)}
    return (
        steps == {1}
        or steps == {9}
        or (len(digits) > 6 and digits[: len(digits) // 2] == "0" * (len(digits) // 2))
    )


def nino(scene: Scene) -> Iterator[Hit]:
    """National Insurance numbers: unused prefixes and suffixes out; a grouped one needs no label, only no other name."""
    data, low = scene.reading.data, scene.reading.low
    for start, end in candidates(_NINO, data):
        value = bare(low[start:end])
        if not checksums.nino(value) or made_up(value[2:8]) or not alone(low, start, end):
            continue
        seen = scene.judge("uk_nino", start, end, NINO, checksums.nino)
        if seen.vetoed:
            continue
        raw = data[start:end]
        if not seen.strength:
            if _NINO_GROUPED.fullmatch(raw):
                seen = Evidence(
                    0.75,
                    "it is set like a National Insurance number and nothing near calls it something else",
                )
            elif (
                _NINO_SOLID.fullmatch(raw)
                and b" " not in raw
                and not in_address(low, start)
                # Eight digits of a commit's hash can look so: then a word has to name it.
                and _HEX.fullmatch(raw) is None
            ):
                seen = Evidence(
                    0.6,
                    "it has the form of a National Insurance number and nothing near calls it something else",
                )
            else:
                continue
        elif seen.strength < 0.7 and not (_NINO_GROUPED.fullmatch(raw) or _NINO_SOLID.fullmatch(raw)):
            continue
        scene.accept("uk_nino", end)
        yield Hit(
            "uk_nino",
            start,
            end,
            min(0.99, max(seen.strength, 0.6) + 0.04),
            f"National Insurance number: {seen.why}",
            value,
        )


def nhs(scene: Scene) -> Iterator[Hit]:
    """NHS numbers: check digit and a label, column, list or health scene; a batch of valid numbers needs no label."""
    low = scene.reading.low
    trusted = _mostly_valid(scene, checksums.nhs)
    undecided: dict[str, list[tuple[int, int]]] = {}
    taken: list[tuple[int, int]] = []
    valid_count = 0
    for start, end in candidates(_TEN, scene.reading.data):
        value = bare(low[start:end])
        if not alone(low, start, end):
            continue
        good = checksums.nhs(value) and not made_up(value) and value not in _NHS_EXAMPLES
        if not good:
            undecided.setdefault(value, [])
            continue
        seen = scene.judge("uk_nhs", start, end, NHS, checksums.nhs)
        weak = 0 < seen.strength < 0.7
        if seen.strength >= 0.7 or (weak and trusted and _issued(value) and not _phone_like(scene, start)):
            scene.accept("uk_nhs", end)
            taken.append((start, end))
            yield _nhs_hit(start, end, seen.strength + (0.1 if weak else 0.04), seen.why, value)
        elif not seen.vetoed or scene.tables.header(start) is not None:
            undecided.setdefault(value, []).append((start, end))
            valid_count += 1
    valid = [v for v, places in undecided.items() if places]
    if len(valid) >= 5 and len(valid) >= 0.9 * len(undecided):
        why = f"{len(valid)} different ten-digit numbers here all pass the NHS check"
        for value, places in undecided.items():
            for start, end in places:
                taken.append((start, end))
                yield _nhs_hit(start, end, 0.8, why, value)
    if _HAS_LABEL.search(scene.reading.data):
        for start, end in candidates(_TEN_LOOSE, scene.reading.data):
            value = bare(low[start:end])
            if (
                not checksums.nhs(value)
                or made_up(value)
                or value in _NHS_EXAMPLES
                or not alone(low, start, end)
            ):
                continue
            if any(a < end and start < b for a, b in taken[-200:]):
                continue
            seen = scene.judge("uk_nhs", start, end, NHS, checksums.nhs)
            if seen.strength >= 0.9:
                yield _nhs_hit(start, end, seen.strength - 0.05, seen.why, value)


def _nhs_hit(start: int, end: int, confidence: float, why: str, value: str) -> Hit:
    return Hit("uk_nhs", start, end, min(0.99, confidence), f"NHS number (check digit right): {why}", value)


def _mostly_valid(scene: Scene, check: Callable[[str], bool]) -> bool:
    """Whether most different ten-digit numbers of the text pass a check.

    A ledger of order numbers passes one time in eleven, so a scene alone must not turn its lucky ones into findings.
    """
    low = scene.reading.low
    values = {bare(low[a:b]) for a, b in candidates(_TEN, scene.reading.data) if alone(low, a, b)}
    return sum(check(v) for v in values) * 2 >= len(values)


def _issued(value: str) -> bool:
    """Whether the number lies in a range in use: 4, 6, 7 (England, Wales), 999 (tests), 32–39 (NI), CHI dates (Scotland)."""
    if value[0] in "467" or value.startswith("999") or "32" <= value[:2] <= "39":
        return True
    return 1 <= int(value[:2]) <= 31 and 1 <= int(value[2:4]) <= 12


def _phone_like(scene: Scene, start: int) -> bool:
    before = scene.reading.low[max(0, start - 3) : start]
    return before.endswith(("+", "(0", "+1 ", "+1-", "-", "="))


def utr(scene: Scene) -> Iterator[Hit]:
    """Unique Taxpayer References: check digit and a label; the number alone is never enough."""
    low = scene.reading.low
    trusted = _mostly_valid(scene, checksums.utr)
    seen_spans: set[int] = set()
    for pattern in (_TEN, _TEN_LOOSE):
        for start, end in candidates(pattern, scene.reading.data):
            value = bare(low[start:end])
            if start in seen_spans or not checksums.utr(value) or made_up(value):
                continue
            edge = end + 1 if low[end : end + 1] == "k" else end
            if not alone(low, start, edge):
                continue
            seen = scene.judge("uk_utr", start, edge, UTR, checksums.utr)
            if seen.strength >= 0.7 or (seen.strength and trusted and end - start == 10 and pattern is _TEN):
                seen_spans.add(start)
                scene.accept("uk_utr", end)
                yield Hit(
                    "uk_utr",
                    start,
                    end,
                    min(0.99, max(0.6, seen.strength + 0.03)),
                    f"tax reference (check digit right): {seen.why}",
                    value,
                )


def passport(scene: Scene) -> Iterator[Hit]:
    """British passport numbers (nine digits, or letters and digits) with their label, and machine-readable zones."""
    reading = scene.reading
    low = reading.low
    for match in _MRZ.finditer(reading.data):
        number, born, expires = (match.group(i).decode() for i in (1, 2, 3))
        if all(checksums.mrz_digit(part[:-1]) == part[-1] for part in (number, born, expires)):
            yield Hit(
                "uk_passport",
                match.start(1),
                match.end(1) - 1,
                0.98,
                "machine-readable line of a British passport (check digits right)",
                number[:9],
            )
    if not any(sign in low for sign in ("pas", "pport", "/port", "ppt")):
        return
    for start, end in candidates(_NINE, reading.data):
        value = bare(low[start:end])
        if (
            not alone(low, start, end)
            or made_up(value)
            or value in _PASSPORT_EXAMPLES
            or value.startswith("00")
        ):
            continue
        seen = scene.judge("uk_passport", start, end, PASSPORT)
        if seen.strength < 0.7:
            continue
        if seen.strength == 0.95 and not _passport_close(scene, start):
            continue
        if seen.why.endswith("stands after it") and _NOT_THIS_PASSPORT.search(scene.after(end)):
            continue
        if not value.isdigit() and seen.strength < 0.9:
            continue
        scene.accept("uk_passport", end)
        yield Hit("uk_passport", start, end, min(0.97, seen.strength), f"passport number: {seen.why}", value)


_NOT_THIS_PASSPORT = re.compile(
    r"\b(?:gates?|handl\w*|control|people|renew\w*|calls?|offices?|fees?|forms?|applic\w*|photos?|helpline|appointments?|queues?|costs?)\b|^\s?to\b|\. "
)


def _passport_close(scene: Scene, start: int) -> bool:
    """The word and the number belong together: no other subject (a call, a fee, a form) between them."""
    near = scene.before(start)
    between = near[near.rfind("passport") + 8 :] if "passport" in near else near[-30:]
    between = between.replace("no. ", "").replace("nos. ", "")
    return len(between) <= 40 and _NOT_THIS_PASSPORT.search(between) is None


def driving_licence(scene: Scene) -> Iterator[Hit]:
    """Driver numbers of Great Britain: the birth date and initials inside make the shape enough."""
    low = scene.reading.low
    last = -1
    for pattern in (_LICENCE, _LICENCE_SPLIT):
        for start, end in candidates(pattern, scene.reading.data):
            value = bare(low[start:end])
            if start == last or not checksums.driving_licence(value) or value in _LICENCE_EXAMPLES:
                continue
            if not alone(low, start, end) and not low[end : end + 2].isdigit():
                continue
            seen = scene.judge("uk_driving_licence", start, end, LICENCE, checksums.driving_licence)
            solid = low[start:end].isalnum()
            if (
                seen.vetoed
                or (pattern is _LICENCE_SPLIT and seen.strength < 0.7)
                or (not solid and not seen.strength)
            ):
                continue
            last = start
            scene.accept("uk_driving_licence", end)
            why = seen.why or "the surname, birth date and initials in it fit"
            yield Hit(
                "uk_driving_licence", start, end, max(0.75, seen.strength), f"driver number: {why}", value
            )


def upn(scene: Scene) -> Iterator[Hit]:
    """Unique Pupil Numbers: check letter, and a label or a school scene, or at least a real authority code."""
    low = scene.reading.low
    for start, end in candidates(_UPN, scene.reading.data):
        value = bare(low[start:end])
        if not checksums.upn(value) or made_up(value[1:12]) or not alone(low, start, end):
            continue
        seen = scene.judge("uk_upn", start, end, UPN, checksums.upn)
        solid = end - start == 13
        if seen.vetoed or (not solid and seen.strength < 0.7):
            continue
        if not seen.strength:
            if not checksums.upn_authority(value):
                continue
            seen = Evidence(0.6, "its authority code is a real one")
        scene.accept("uk_upn", end)
        yield Hit(
            "uk_upn",
            start,
            end,
            min(0.99, seen.strength + 0.04),
            f"pupil number (check letter right): {seen.why}",
            value,
        )
