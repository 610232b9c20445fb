"""Payment cards, IBANs, and sort codes with their account numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from hub.policy.detect import checksums
from hub.policy.detect.context import Evidence, Scene, last_match
from hub.policy.detect.finding import bare
from hub.policy.detect.hits import Hit, candidates, in_address, overlapping
from hub.policy.detect.labels import ACCOUNT, AWAY, BANK_SCENE, CARD, EXAMPLE, IBAN, SORT_CODE
from hub.policy.detect.people_numbers import made_up

_EDGE = rb"(?:^|[^a-zA-Z0-9.,]|[^0-9],)"
_CARD = re2.compile(
    _EDGE
    + rb"([0-9]{4}[ ._/-]{0,3}[0-9]{4}[ ._/-]{0,3}[0-9]{4}[ ._/-]{0,3}[0-9]{4}(?:[ ._/-]?[0-9]{3})?|3[0-9]{3}[ ._/-]{0,3}[0-9]{6}[ ._/-]{0,3}[0-9]{4,5}|[0-9]{13,19})"
)
_CARD_LOOSE = re2.compile(_EDGE + rb"([0-9](?:[ \n._-]{0,2}[0-9]){12,18})")
_GROUPS = re.compile(r"[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}|3[47][0-9]{2}([ -])[0-9]{6}\2[0-9]{5}")
_CARD_WORD = re2.compile(rb"(?i)card|visa|amex|american express|maestro|cv[vc]|cerdyn|\bpan\b|long number")
_IBAN = re2.compile(rb"(?i)(?:^|[^a-zA-Z0-9])([a-z]{2}[ -]?[0-9]{2}(?:[ \n._-]{0,2}[a-z0-9]){11,30})")
_SORT = re2.compile(rb"(?:^|[^0-9a-zA-Z])([0-9]{2}(?:[ ]?[-./ ][ ]?[0-9]{2}[ ]?[-./ ][ ]?[0-9]{2}|[0-9]{4}))")
_ACCOUNT_NUMBER = re.compile(
    r"(?<![0-9a-z.$-])(?:[0-9]{8}|[0-9]{4}[ -][0-9]{4}|[0-9]{3}[ -][0-9]{5}|[0-9]{2}[ -][0-9]{6}|[0-9]{2}(?: [0-9]{2}){3}|[0-9](?: [0-9]){7})(?![0-9a-z]|[./-][0-9]|,[0-9]{3}\b)"
)
_BOTH_NAMED_AFTER = re.compile(
    r"[\s/,|-]{1,3}[0-9][0-9 ]{6,9}[\s,;(\[-]*(?:(?:is|are|being|that'?s|for)\s+)?(?:(?:the|my|our|her|his|their)\s+)?sort\s*code\b"
)
_ACCOUNT_TALK = re.compile(
    r"\b(?:bank (?:details|account|acc)|bacs|account details|sort|pay(?:able)? to|refund (?:it |this |him |her |them )?to|transfer (?:it |this )?to|expenses to|lloyds|barclays|natwest|hsbc|santander|nationwide|halifax|monzo|starling|tsb)\b"
)
_OTHER_DATE = re.compile(
    r"\b(?:checks?|starts?|begins?|until|since|on|before|after|from|dated?|meeting|trials?|ran|by size|postal|needed|optional)\b"
)
_SEVEN = re.compile(r"(?<![0-9a-z.,$-])[0-9]{7}(?![0-9a-z]|[.,/-][0-9])")
_PAID_WITH = re.compile(
    r"\b(?:paid|pay(?:ing|s)?|bought|booked|charged|ordered|renewed)\b[^.\n\d]{0,45}\b(?:with|using|on|by)\s+(?:(?:my|his|her|their|our|the)\s+)?$"
)
_EXPIRY = re.compile(
    r"^[\s,;(]*(?:exp\w*\.?|valid|cv[cv]2?|expiry|security|sec)\b|^[\s,;(]+(?:0[1-9]|1[0-2])\s?/\s?[0-9]{2}(?:[0-9]{2})?\b"
)

# Published test cards of the networks and of payment providers (Stripe, Worldpay, GOV.UK Pay documentation).
_CARD_EXAMPLES = frozenset(
    """4111111111111111 4242424242424242 4012888888881881 4222222222222 5555555555554444 5105105105105100 378282246310005
    371449635398431 378734493671000 6011111111111117 6011000990139424 4444333322221111 4000056655665556 5200828282828210
    2223003122003222 3566002020360505 3530111333300000 30569309025904 38520000023237 4917610000000000 4988438843884305
    4646464646464644 5100290029002909 4462030000000000 6759649826438453 4000000000000002 4000000000000127 4000000000000069
    4000000000000119 4917300800000000 4484070000000000 5454545454545454 2221000000000009 36700102000000 6011000400000000
    3528000700000000 5555341244441115 4263982640269299 4263970000005262 5425233430109903 4917484589897107 4001919257537193
    4007702835532454 374245455400126 4005519200000004 4009348888881881 4000000000000077 4000000760000002 5398228707871527
    4508750015741019 5123450000000008 4761530001111118 5204740009900014""".split()
)
_IBAN_EXAMPLES = frozenset(
    """GB29NWBK60161331926819 GB82WEST12345698765432 GB33BUKB20201555555555 GB94BARC10201530093459 GB29RBOS60161331926819
    DE89370400440532013000 DE91100000000123456789 FR1420041010050500013M02606 FR7630006000011234567890189 IE29AIBK93115212345678
    IE64IRCE92050112345678 NL91ABNA0417164300 ES9121000418450200051332 IT60X0542811101000000123456 CH9300762011623852957
    BE68539007547034 AT611904300234573201 PL61109010140000071219812874 GB15MIDL40051512345678 GB60BARC20000055779911
    GB62BARC20114770297690 GB03BARC20114783977692 GB33HBUK40127612345678 GB26MIDL40051512345674 GB98MIDL07009312345678
    SE4550000000058398257466 DK5000400440116243 NO9386011117947 FI2112345600000785 PT50000201231234567890154 LU280019400644750000""".split()
)
# Documentation and test pairs (GoCardless, Stripe), and HM Revenue & Customs' own published collection accounts.
_SORT_EXAMPLES = frozenset(
    {
        "000000",
        "123456",
        "112233",
        "111111",
        "654321",
        "200000",
        "108800",
        "999999",
        "083210",
        "083200",
        "083000",
    }
)
_ACCOUNT_EXAMPLES = frozenset(
    {
        "12345678",
        "00012345",
        "55779911",
        "87654321",
        "00000000",
        "11112222",
        "12341234",
        "01234567",
        "23456789",
    }
)


def payment_card(scene: Scene) -> Iterator[Hit]:
    """Payment cards: issuer range, length and Luhn, with a card word near or the printed grouping and nothing against it."""
    reading = scene.reading
    low = reading.low
    has_word = _CARD_WORD.search(reading.data) is not None
    shaped = {bare(low[a:b]) for a, b in candidates(_CARD, reading.data)}
    trusted = sum(checksums.luhn(v) for v in shaped) * 2 >= len(shaped)
    taken: list[tuple[int, int]] = []
    for pattern in (_CARD, _CARD_LOOSE) if has_word else (_CARD,):
        for start, end in overlapping(pattern, reading.data):
            if any(a < end and start < b for a, b in taken[-50:]):
                continue
            hit = _card(scene, start, end, low, pattern is _CARD, has_word)
            if hit is not None and (trusted or hit.confidence >= 0.8):
                taken.append((hit.start, hit.end))
                scene.accept("payment_card", hit.end)
                yield hit


def _card(scene: Scene, start: int, end: int, low: str, strict: bool, has_word: bool) -> Hit | None:
    value = bare(low[start:end])
    if low[end : end + 1].isalnum() or (low[end : end + 1] in "-." and low[end + 1 : end + 2].isdigit()):
        return None
    if (
        len(value) == 19
        and not (checksums.luhn(value) and checksums.card_network(value))
        and not low[end - 4].isdigit()
    ):
        end, value = end - 4, value[:16]
    network = checksums.card_network(value)
    if not network or not checksums.luhn(value) or value in _CARD_EXAMPLES or made_up(value):
        return None
    if len(set(value)) <= 3 or "0000000" in value or in_address(low, start):
        return None
    seen = scene.judge(
        "payment_card",
        start,
        end,
        CARD,
        lambda other: bool(
            other.isdigit() and len(other) > 12 and checksums.luhn(other) and checksums.card_network(other)
        ),
    )
    if seen.vetoed and _PAID_WITH.search(scene.same_line(start, 90)):
        seen = Evidence(0.85, "something was paid with it")
    if seen.vetoed:
        return None
    grouped = _GROUPS.fullmatch(low[start:end]) is not None
    if _EXPIRY.search(low[end : end + 30]):
        seen = max(seen, Evidence(0.9, "an expiry date or security code follows it"))
    if not strict and seen.strength < 0.9:
        return None
    if network in ("Maestro", "UnionPay", "Discover", "JCB", "Diners Club") and seen.strength < 0.7:
        return None
    if len(value) != 16 and value[0] == "4" and seen.strength < 0.9:
        return None
    if not seen.strength:
        if not grouped or _table_of_numbers(low, start, end):
            return None
        seen = Evidence(0.6, "it is set in groups like a card and nothing near calls it something else")
    elif seen.strength < 0.7 and not grouped and not has_word:
        return None
    return Hit(
        "payment_card",
        start,
        end,
        min(0.99, seen.strength + 0.04),
        f"{network} card number (check digit right): {seen.why}",
        value,
    )


def _table_of_numbers(low: str, start: int, end: int) -> bool:
    """Whether the groups are figures of a table or a series: more numbers around them, or numbers near each other."""
    line = (
        low[low.rfind("\n", 0, start) + 1 : start]
        + " | "
        + low[end : (low.find("\n", end) + 1 or len(low) + 1) - 1]
    )
    if (
        len(re.findall(r"(?<![0-9/-])[0-9]{4}(?![0-9/-])", line)) >= 1
        or len(re.findall(r"[0-9]{3,}", line)) >= 3
    ):
        return True
    groups = [int(g) for g in re.findall(r"[0-9]{4}", low[start:end])]
    return len(groups) == 4 and max(groups) - min(groups) < 1_000


def iban(scene: Scene) -> Iterator[Hit]:
    """IBANs of every registered country: length and modulus 97; a label only for odd ways of writing."""
    low = scene.reading.low
    last = -1
    for start, end in overlapping(_IBAN, scene.reading.data):
        if start < last:
            continue
        found = _cut_iban(scene.reading.text, start, end)
        if found is None:
            continue
        end, value = found
        if (
            value in _IBAN_EXAMPLES
            or made_up(value[4:])
            or len(set(value[4:])) <= 3
            or in_address(low, start)
        ):
            continue
        if low[start - 1 : start] in ("/", "+", "=") and start and low[start - 2 : start - 1].isalnum():
            continue
        seen = scene.judge("iban", start, end, IBAN, checksums.iban)
        raw = scene.reading.text[start:end]
        neat = raw == value or re.fullmatch(
            r"[A-Z]{2}[0-9]{2}(?:[ -][A-Z0-9]{4})+(?:[ -][A-Z0-9]{1,4})?", raw
        )
        if (
            EXAMPLE.search(scene.before(start))
            or (not neat and not seen.strength)
            or (seen.vetoed and not _bank_near(scene, start))
        ):
            continue
        scene.accept("iban", end)
        last = end
        yield Hit(
            "iban",
            start,
            end,
            0.97 if seen.strength >= 0.7 else 0.85,
            f"IBAN (check digits right){': ' + seen.why if seen.why else ''}",
            value,
        )


def _cut_iban(text: str, start: int, end: int) -> tuple[int, str] | None:
    """The IBAN at the start of a candidate: the country's length decides where it ends; a longer token is none."""
    size = checksums.IBAN_LENGTH.get(bare(text[start : start + 3])[:2], 0)
    place, count = start, 0
    while place < end and count < size:
        count += text[place].isalnum()
        place += 1
    if not size or count < size or text[place : place + 1].isalnum():
        return None
    value = bare(text[start:place])
    return (place, value) if checksums.iban(value) else None


def _bank_near(scene: Scene, start: int) -> bool:
    return BANK_SCENE.search(scene.before(start, 90)) is not None


def uk_bank(scene: Scene) -> Iterator[Hit]:
    """A sort code together with an account number: both labelled, or side by side in a bank scene, or in a table."""
    reading = scene.reading
    low = reading.low
    for start, end in candidates(_SORT, reading.data):
        code = bare(low[start:end])
        if low[end : end + 1].isalnum() or code in _SORT_EXAMPLES or made_up(code):
            continue
        if low[end : end + 1] in "-/." and low[end + 1 : end + 2].isdigit():
            continue
        solid = end - start == 6
        near = scene.before(start)
        if EXAMPLE.search(near):
            continue
        labelled, why = _sort_label(scene, start, end, near)
        if solid and not labelled:
            continue
        account = _account(scene, start, end, labelled)
        if account is None:
            continue
        if not labelled:
            gap = low[end : account[0]] if account[0] >= end else low[account[1] : start]
            if "/" in low[start:end] or "." in low[start:end] or not _side_by_side(gap, scene, start, end):
                continue
            why = "an account number stands beside it"
        if account[2] in _ACCOUNT_EXAMPLES or made_up(account[2]):
            continue
        yield Hit(
            "uk_bank",
            start,
            end,
            0.95 if labelled else 0.75,
            f"sort code with an account number: {why}",
            code + account[2],
        )


def _sort_label(scene: Scene, start: int, end: int, near: str) -> tuple[bool, str]:
    header = scene.tables.header(start)
    if header is not None and SORT_CODE.search(header.text.replace("_", " ")):
        return True, f"its column is headed “{header.text}”"
    window = near if header is None or not header.certain else scene.same_line(start)
    label = last_match(SORT_CODE, window)
    if (
        label is not None
        and sum(c.isdigit() for c in window[label.end() :]) <= 9
        and not _OTHER_DATE.search(window[label.end() :])
    ):
        return True, "“sort code” stands before it"
    if _BOTH_NAMED_AFTER.match(scene.after(end, 60)):
        return True, "“sort code” stands after the two numbers"
    after = scene.after(end, 25)
    if (
        re.match(r"[\s(,-]*(?:is\s+(?:the|our|my|her|his|their)\s+)?sort\s*code", after)
        and "sort code" not in near[-25:]
    ):
        return True, "“sort code” stands after it"
    return False, ""


def _account(scene: Scene, start: int, end: int, labelled: bool) -> tuple[int, int, str] | None:
    """The account number that goes with a sort code: after it, else before it, in the same paragraph or table row."""
    low = scene.reading.low
    width = 120 if labelled else 40
    after = scene.after(end, width)
    for match in _ACCOUNT_NUMBER.finditer(after):
        between = after[: match.start()]
        if not AWAY.search(between[-14:]) or ACCOUNT.search(between[-30:]):
            return end + match.start(), end + match.end(), bare(match.group())
    if labelled:
        seven = _SEVEN.search(after)
        if seven and ACCOUNT.search(after[: seven.start()][-25:]):
            return end + seven.start(), end + seven.end(), bare(seven.group())
    before = low[max(0, start - width) : start]
    place = max(0, start - width)
    matches = [m for m in _ACCOUNT_NUMBER.finditer(before) if "\n\n" not in before[m.end() :]]
    for match in reversed(matches):
        lead = before[: match.start()]
        if (
            ACCOUNT.search(lead[-40:])
            or len(before) - match.end() <= 14
            or (labelled and scene.tables.header(start) is not None)
        ):
            return place + match.start(), place + match.end(), bare(match.group())
    return None


def _side_by_side(gap: str, scene: Scene, start: int, end: int) -> bool:
    """Without the words “sort code”: only separators or an account label between, and talk of banking around."""
    core = re.sub(r"[\s,;:/|()&*_.-]+", " ", gap).strip()
    if core and not re.fullmatch(
        r"(?:and )?(?:bank )?(?:account|acc|a c|acct|ac|cyfrif)(?: (?:number|no|num))?(?: is)?", core
    ):
        return False
    if "\n" in gap and not core:
        return False
    if scene.tables.ledger_cell(start) is not None:
        return False
    code = bare(scene.reading.low[start:end])
    if 1 <= int(code[:2]) <= 31 and 1 <= int(code[2:4]) <= 12 and not core:
        # It can be a date as well: then only plain talk of a bank account counts, on the same line.
        return _ACCOUNT_TALK.search(scene.same_line(start, 80)) is not None
    scene_words = scene.before(start, 90) + " " + scene.after(end, 60)
    return bool(core) or BANK_SCENE.search(scene_words) is not None or ACCOUNT.search(scene_words) is not None
