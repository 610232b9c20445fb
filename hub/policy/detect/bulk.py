"""Lists of people's contacts: many different e-mail addresses, telephone numbers or postal addresses in one text.

One address in a text is ordinary work; ten of different people in a wide space are a disclosure.  What belongs to an
office (role mailboxes, the public sector's own domains, service lines, premises) does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import Hit, candidates

EMAILS, PHONES, ADDRESSES = 10, 10, 5
OWN_DOMAINS = (
    "gov.uk",
    "nhs.uk",
    "nhs.net",
    "police.uk",
    "parliament.uk",
    "mod.uk",
    "gov.wales",
    "llyw.cymru",
    "gov.scot",
    "gov",
    "mil",
    "nhs.wales",
    "nhs.scot",
    "senedd.wales",
    "senedd.cymru",
)
_EMAIL = re2.compile(
    rb"(?i)(?:^|[^a-z0-9._%+-])([a-z0-9][a-z0-9._%+'-]{0,63}(?:@|\s?[(\[]at[)\]]\s?| @ )[a-z0-9-]{1,63}(?:(?:\.|\s?[(\[]dot[)\]]\s?)[a-z0-9-]{1,63}){1,5})"
)
_ROLE = re.compile(
    r"^(?:info\w*|enquir\w+|inquir\w+|admin\w*|office\w*|clerk\w*|parish\w*|contact\w*|help\w*|support\w*|press\w*|media|hello|hi|mail|email|post|bookings?|no-?reply\w*|team\w*|secretary|reception\w*|general|sales|accounts?|finance|customer\w*|service\w*|feedback|complaints?|"
    r"webmaster|postmaster|abuse|security|privacy|dpo|foi|jobs|recruitment|careers|hr|it|events?|news\w*|editor\w*|library|school|head|planning|licensing|events|membership|members|training|data|user|username|name|someone|somebody|person|first\.?last|firstname\.?\w*|you|your\w*|me|test\w*|example|foo|bar|alice|bob|jane\.doe|john\.doe|"
    r"git|root|noreply|donotreply|chair|treasurer|trustees|group|hub|centre|center|club|manager|advice|legal|safeguarding|council\w*|town\w*|village\w*|hall\w*|church\w*|surgery|practice|pharmacy|welcome|orders|shop|volunteer\w*|development|dev|ops|devops|platform|project\w*|programme)(?:[._+-].*)?$"
)
_PHONE = re2.compile(
    rb"(?:^|[^0-9a-zA-Z.])((?:\+ ?44[ -]?(?:\(0\)[ -]?)?|0044[ -]?|\(?0)(?:[ ().-]{0,2}[0-9]){9,10})"
)
_NO_NOUGHT = re2.compile(rb"(?:^|[^0-9a-zA-Z.+-])((?:44)?7[0-9]{9})(?:$|[^0-9a-zA-Z])")
_SERVICE_LINE = re.compile(
    r"\b(?:help\s?lines?|help\s?desk|office|council|team|services?|hospital|school|primary|infants?|juniors?|secondary|nursery|pre-?school|playgroup|surgery|centre|center|switchboard|enquir\w+|fax|reception|emergency|out of hours|duty|hotline|line|police|fire|ambulance|clinic|library|department|unit|trust|charity|society|association|agency|company|ltd|limited|samaritans|bureau|advice|store|depot|station|hotel|taxis?|parish|group|partnership|university|college|academy|museum|theatre|authority|board|care home|nursing home|pharmacy|practice|gp|vets?|church|hub)\b"
)
_STREET = r"(?:street|str|st|road|rd|avenue|ave|av|lane|ln|close|cl|drive|dr|way|court|ct|crescent|cres|cr|gardens?|gdns|grove|gr|hill|place|pl|terrace|terr?|walk|square|sq|row|mews|view|rise|park|green|parade|end|gate|croft|vale|meadows?|fields?|wharf|quay|yard|chase|mount|bank|heath|common|causeway|side|passage|dale|garth|loan|wynd|brae|orchard|drove|fold|broadway|queensway|kingsway|parkway|ringway|heol|ffordd|stryd|lon|clos|rhodfa|maes|cilgant|highway|esplanade|promenade|strand|circus|copse|glade|hollow|ridge|spinney|thorpe|wood|bridge|mead|leys?|paddocks?|holme|cottages?|villas?)"
_POSTCODE = r"[a-z]{1,2}[0-9][0-9a-z]? {0,2}[0-9][abd-hjlnp-uw-z]{2}"
_ADDRESS = re2.compile(
    (
        r"(?i)(?:^|[^0-9a-z/.-])((?:(?:flat|apartment|apt|unit|fflat|room) ?[0-9a-z]{1,4},? {0,2}(?:[a-z' ]{2,30},? )?)?[0-9]{1,4}(?: ?[-/] ?[0-9]{1,4})?[a-z]? {0,2}[,;|\t]? {0,3}(?:(?:the |y |yr )?[a-z'.-]{2,20} ){0,4}?"
        + _STREET
        + r"|[0-9]{1,4}[a-z]?[,;|\t]? {1,3}(?:heol|ffordd|stryd|lon|clos|rhodfa|maes|the|y|yr) [a-z'-]{2,20}(?: [a-z'-]{2,20}){0,2})(?:$|[^a-z])"
    ).encode()
)
_CODE = re2.compile((r"(?i)(?:^|[^0-9a-z])(" + _POSTCODE + r")(?:$|[^0-9a-z])").encode())
_PREMISES = re.compile(
    r"\b(?:ltd|limited|plc|llp|company|office|offices|council|hospital|school|academy|church|chapel|library|centre|center|surgery|polling|station|hotel|inn|pub|arms|tavern|alcohol|public house|restaurant|cafe|takeaway|shop|stores?|supermarket|museum|theatre|cinema|club|association|charity|trust|university|college|depot|warehouse|factory|garage|business|house of|nursery|care home|nursing|pharmacy|chemist|bank|agency|department|ministry|embassy|court|tribunal|registry|headquarters|hq|premises|licen[cs]e[ds]?|planning|application|proposal|erection|extension|dwelling|conversion|demolition|change of use|community hall|village hall|town hall|leisure|sports|stadium|jobcentre|prison|fire|police|tel|telephone|opening hours|open|www|venue|solicitors?|accountants?|architects?|estates?)\b"
)


_OTHER = re.compile(r"[;\n]|\b" + _POSTCODE + r"\b")
_NEXT = re.compile(r"[;\n\d]")
# A register of applications: its reference before the place, or what is proposed after it.
_PLANNING = re.compile(r"\b\d{2}/\d{3,6}/[a-z]{2,8}\b|(?:^|\n)\s*(?:location|site(?: address)?)\s*:")
_PROPOSED = re.compile(r"[^\n]{0,40}\n\s*(?:proposal|description|development)\b")
_OFFICIAL_LINE = re.compile(
    r"\b(?:cllr|councillor|cynghorydd)\b|@[a-z0-9.-]*\b(?:gov|nhs|police)\.(?:uk|wales|scot)\b"
)


def email_bulk(scene: Scene) -> Iterator[Hit]:
    """Ten or more different people's e-mail addresses outside the public sector's own domains."""
    found: dict[str, tuple[int, int]] = {}
    low = scene.reading.low
    for start, end in candidates(_EMAIL, scene.reading.data):
        address = re.sub(r"\s?[(\[]at[)\]]\s?| @ ", "@", low[start:end])
        address = re.sub(r"\s?[(\[]dot[)\]]\s?", ".", address).rstrip(".-'")
        name, _, domain = address.partition("@")
        if (
            _own(domain)
            or _ROLE.match(name)
            or not re.search(r"\.[a-z]{2,}$", domain)
            or "://" in low[max(0, start - 40) : start].rsplit(" ", 1)[-1]
        ):
            continue
        found.setdefault(address, (start, end))
    if len(found) >= EMAILS:
        yield _bulk(
            "email_bulk", found, f"{len(found)} different e-mail addresses of people outside the organisation"
        )


def _own(domain: str) -> bool:
    return any(domain == own or domain.endswith("." + own) for own in OWN_DOMAINS)


def phone_bulk(scene: Scene) -> Iterator[Hit]:
    """Ten or more different telephone numbers of people; service lines and offices are left out."""
    found: dict[str, tuple[int, int]] = {}
    low = scene.reading.low
    for start, end in candidates(_PHONE, scene.reading.data):
        digits = re.sub(r"\D", "", low[start:end].replace("(0)", ""))
        digits = re.sub(r"^(?:0044|44)(?=\d{9,10}$)", "0", digits)
        if (
            low[end : end + 1].isdigit()
            or not 10 <= len(digits) <= 11
            or digits[:2] not in ("01", "02", "07")
            or len(set(digits[2:])) <= 2
        ):
            continue
        if digits[:2] == "07" and len(digits) != 11:
            continue
        line = scene.line(start, 300)
        if digits[:2] != "07" and (_SERVICE_LINE.search(line) or _OFFICIAL_LINE.search(line)):
            continue
        if (
            low[max(0, start - 1) : start] in ("/", "=", "#", "-", "_")
            and low[max(0, start - 2) : start - 1].isalnum()
        ):
            continue
        found.setdefault(digits, (start, end))
    # Spreadsheets drop the leading nought of a mobile number.
    for start, end in candidates(_NO_NOUGHT, scene.reading.data):
        header = scene.tables.header(start)
        if header is not None and re.search(
            r"\b(?:mob\w*|tel\w*|phones?|contact|cell|number|ffon|symudol)\b", header.text
        ):
            found.setdefault("0" + low[start:end][-10:], (start, end))
    mobiles = sum(d.startswith("07") for d in found)
    if (
        len(found) >= PHONES
        and not _office_table(scene, found)
        and (
            mobiles >= 3
            or _people_list(scene, found)
            or _people_table(scene, found)
            or _people_heading(scene, found)
        )
    ):
        yield _bulk("phone_bulk", found, f"{len(found)} different telephone numbers of people")


_PHONE_HEAD = re.compile(r"\b(?:mob\w*|tel\w*|phones?|cell|landline|contact|home|number|ffon|symudol)\b")
_PERSON_HEAD = re.compile(
    r"\b(?:households?|residents?|tenants?|surnames?|forenames?|first\s?names?|last\s?names?|full\s?names?|clients?|service\s?users?|parents?|carers?|pupils?|customers?|claimants?|applicants?|patients?|volunteers?|members?|owners?|occupiers?|next\s?of\s?kin|emergency\s?contacts?|guardians?|enw|cyfenw)\b"
)
_OFFICE_HEAD = re.compile(
    r"\b(?:offices?|organi[sz]ations?|services?|departments?|teams?|schools?|sites?|venues?|branch(?:es)?|councillors?|compan(?:y|ies)|suppliers?|librar(?:y|ies)|agenc(?:y|ies)|provider|centre|surgery|practice|role|job\s?title|post|ward)\b"
)


def _people_table(scene: Scene, found: dict[str, tuple[int, int]]) -> bool:
    """Whether most of the numbers stand in a table that names people or households in another column."""
    told = 0
    for start, _ in found.values():
        header = scene.tables.header(start)
        if header is None or not _PHONE_HEAD.search(header.text):
            continue
        row = scene.tables.header_row(start)
        told += bool(_PERSON_HEAD.search(row)) and not _OFFICE_HEAD.search(row)
    return told >= 0.6 * len(found)


def _office_table(scene: Scene, found: dict[str, tuple[int, int]]) -> bool:
    """Whether most of the numbers stand in a table of offices, schools or suppliers."""
    rows = [scene.tables.header_row(start) for start, _ in found.values()]
    offices = sum(_OFFICE_HEAD.search(row) is not None and _PERSON_HEAD.search(row) is None for row in rows)
    return offices >= 0.6 * len(found) and any(sum(c.isdigit() for c in row) < 6 for row in rows)


_PERSONS = re.compile(
    r"\b(?:carers|foster(?:ers| carers| parents)|childminders|residents|tenants|volunteers|clients|service users|parents|pupils|customers|claimants|applicants|patients|neighbours|families|households|members|witnesses|casuals|agency staff|bank staff|leavers|starters|apprentices|governors|wardens|home numbers|personal numbers|next of kin|gofalwyr|rhieni|tenantiaid|gwirfoddolwyr)\b"
)


def _people_heading(scene: Scene, found: dict[str, tuple[int, int]]) -> bool:
    """Whether the line above the list says that people follow, and most lines are one capitalised name and a number."""
    first = min(a for a, _ in found.values())
    low = scene.reading.low
    line_start = low.rfind("\n", 0, first) + 1
    above = low[max(0, line_start - 160) : max(0, line_start - 1)].rstrip().rsplit("\n", 1)[-1]
    if not _PERSONS.search(above) or _OFFICE_HEAD.search(above):
        return False
    named = sum(
        re.match(
            r"[\s|*\"'\d.)-]*[A-Z][a-z'-]+(?: [A-Z][A-Za-z'.-]*)?[\s,:;|-]+[+(]?\d", _line(scene, span[0])
        )
        is not None
        for span in found.values()
    )
    return named >= 0.6 * len(found)


def _people_list(scene: Scene, found: dict[str, tuple[int, int]]) -> bool:
    """Whether most of the numbers stand on lines that begin like a person's name."""
    named = sum(
        re.match(
            r"[\s|*\"'\d.)-]*(?:(?:mr|mrs|ms|miss|dr|cllr|rev)\.? )?[A-Z][a-z'-]+[ ,]+[A-Z][A-Za-z'-]+",
            _line(scene, span[0]),
        )
        is not None
        for span in found.values()
    )
    return named >= 0.6 * len(found)


def _line(scene: Scene, offset: int) -> str:
    text = scene.reading.text
    a = text.rfind("\n", 0, offset) + 1
    b = text.find("\n", offset)
    return text[a : b if b >= 0 else len(text)][:300]


def address_bulk(scene: Scene) -> Iterator[Hit]:
    """Five or more different home addresses: a house number with a street, and a postcode soon after."""
    reading = scene.reading
    low = reading.low
    codes = list(candidates(_CODE, reading.data))
    if len(codes) < ADDRESSES:
        return
    found: dict[str, tuple[int, int]] = {}
    streets = list(candidates(_ADDRESS, reading.data))
    index = 0
    for position, (start, end) in enumerate(streets):
        while index < len(codes) and codes[index][0] < end:
            index += 1
        if index >= len(codes):
            break
        if position + 1 < len(streets) and streets[position + 1][0] < codes[index][0]:
            continue
        gap = low[end : codes[index][0]]
        if len(gap) > 90 or gap.count("\n") > 4 or "\n\n" in gap:
            continue
        # What belongs to the address before or after it on the same line says nothing about this one.
        ahead = _OTHER.split(low[max(0, start - 60) : start])[-1]
        behind = _NEXT.split(low[codes[index][1] : codes[index][1] + 40])[0]
        if any(_PREMISES.search(part) for part in (ahead, gap, behind)):
            continue
        if _PLANNING.search(low[max(0, start - 60) : start]) or _PROPOSED.match(low, codes[index][1]):
            continue
        key = re.sub(r"[^a-z0-9]", "", low[start:end] + low[slice(*codes[index])])
        found.setdefault(key, (start, codes[index][1]))
    if len(found) >= ADDRESSES:
        yield _bulk("address_bulk", found, f"{len(found)} different home addresses")


def _bulk(rule: str, found: dict[str, tuple[int, int]], why: str) -> Hit:
    start = min(a for a, _ in found.values())
    end = max(b for _, b in found.values())
    return Hit(rule, start, end, 0.9, why, "\n".join(sorted(found)), why, amount=len(found))
