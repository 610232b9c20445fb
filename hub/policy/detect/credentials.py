"""Passwords, door codes, keys and tokens: known token formats, and values that a label gives away.

Shape alone finds half of them ("the password is Kestrel!7" has no shape), so the labelled value is the main road:
a label, a link (`is`, `:`, `=`, `has been changed to`) and something that looks chosen rather than written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.door_codes import codes
from hub.policy.detect.hits import Hit, candidates, in_address
from hub.policy.detect.labels import EXAMPLE, example_after
from hub.policy.detect.secret_values import (
    GUIDANCE,
    ORDINARY,
    PLACEHOLDER,
    STOPS,
    certainty,
    mixture,
    secret_hit,
    trimmed,
)
from hub.policy.detect.tables import delimiter_of
from hub.policy.detect.token_formats import ANY_TOKEN, TOKENS
from hub.policy.detect.under_heading import under_headings
from hub.policy.detect.value_first import named_after

_ROOMY = re2.Options()
_ROOMY.max_mem = 64 << 20  # Long lines of odd signs make many states of this one.
_ROOMY.log_errors = False
_URL_LOGIN = re2.compile(
    rb"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/@\"'<>]*:([^\s\"'<>/]+)@[a-zA-Z0-9\[]", _ROOMY
)

_AUTH = re2.compile(
    rb"(?i)(?:authorization|proxy-authorization|x-api-key|x-auth-token|api-key|ocp-apim-subscription-key)[\"']?\s*[:=]\s*[\"']?(?:(?:basic|bearer|token|apikey|digest)\s+)?([A-Za-z0-9._~+/=-]{12,})"
)

_COMMAND_LOGIN = re2.compile(
    rb"(?i)\b(?:curl|wget|http|https|httpie)\b[^\n|]{0,120}?\s(?:-u|--user|-a|--auth)[ =][\"']?[a-z0-9._@\\-]{1,60}:([^\s\"']{5,80})"
)

_BEARER = re2.compile(rb"(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{20,})")

_LABEL = re2.compile(
    rb"(?:^|[^a-z])((?:[a-z0-9]+[_.-]){0,4}(?:pass[ -]?words?|passwd|pass[ -]?phrase|pass[ -]?codes?|pass[ -]?key|pass|pwd|pswd|psswd|passwrd|pwrd|pas+[ -]?w(?:ord|rod|ard|or)s?|pas+owrds?|p@s+w[o0]rds?|pw|p/w|p/?word|pword|"
    rb"[a-z]{2,12}(?:password|passwd|pwd)|cyfrinair|cyfrineiriau|gair pasio|secret(?:[ _-]?(?:access)?[ _-]?key)?|api[ _-]?(?:key|token|secret)|access[ _-]?(?:key|token)(?:[ _-]?id)?|secret[ _-]?key|private[ _-]?key|"
    rb"auth[ _-]?(?:key|token)|bearer[ _-]?token|refresh[ _-]?token|token|client[ _-]?secret|shared[ _-]?(?:key|secret)|encryption[ _-]?key|account[ _-]?key|"
    rb"wi-?fi[ _-]?(?:key|code|pass)|wireless (?:key|code)|network (?:security )?key|wpa2? ?(?:key|psk)|psk|security key|"
    rb"(?:snmp )?community(?: string)?|(?:radius|enable|ipsec|vpn) secret|credentials?|creds|log-?in(?: details)?|logon(?: details)?|sign-?in details|unlock code|recovery (?:key|code)|bitlocker (?:key|recovery key)))(?:$|[^a-z])"
)

_STRONG_LINK = (
    r"(?P<link>\s*[\"'*_`]{0,3}\s*(?::=|=>|->|:|=|>|\|)\s*|[\"']\s+value\s*=\s*|\s+(?:(?:is|was|are|will be)(?: now| currently| still| just| always| again| set to| simply| changed to| being)?|(?:has|have)(?: now| just)? been (?:set|reset|changed|updated) (?:to|as)"
    r"|(?:re)?set to|changed to|to|yw|ydy|yn|nawr yw|bellach yw|remains|stays|will stay|goes back to)\s*(?::|=>?|->|-)?\s+)"
)

_FILL = r"(?P<fill>\s+(?:for|to|on|of|at|i'r|ar gyfer|ar|y|in)\b[^.:=\n|\"`]{1,45}?|\s*\([^)\n]{1,30}\)|\s+(?:hasn'?t|has not|has|have|is|remains|still)\s+(?:been |just )?(?:changed|unchanged|the same|reset|updated)(?:\s+[a-z]+){0,3}|\s+(?:dros dro|newydd|presennol|dros y penwythnos|wi-?fi|gwesteion))"

_VALUE = r"(?:</?(?:code|b|strong|em|tt|kbd|pre|i|span)>)*(?P<open>[\"'`(\[*_]{0,3})(?P<value>[^\s]+)"

# "the passphrase is “correct otter gravel lamp”": a phrase counts between quotation marks only.
_PHRASE = re.compile(
    r"(?:"
    + _FILL
    + r")?"
    + _STRONG_LINK.replace("P<link>", "P<says>")
    + r"[\"'`](?P<phrase>[A-Za-z0-9]{2,14}(?:[ -][A-Za-z0-9]{2,14}){1,6})[\"'`]"
)
_PHRASE_STOPS = re.compile(
    r"\b(?:must|should|not|is|are|be|to|your|you|the|this|that|password|passwords|passphrase|word|words|random|and|or|at|least|of|in|with|has|have|for|incorrect|invalid|expired|protected|enter|type|please|required|reset|changed|forgotten|change|me|field)\b",
    re.I,
)

_NUMBERED = r"(?:\s*(?:number|code|no\.?)\b)?"

_LINKS = (
    re.compile(_NUMBERED + r"(?P<fill>)" + _STRONG_LINK + _VALUE),
    re.compile(_NUMBERED + _FILL + _STRONG_LINK + _VALUE),
    re.compile(_NUMBERED + r"(?P<fill>)(?P<link>,?\s+(?:-+\s+|as\s+|now\s+)?)" + _VALUE),
)

_HEAD = re2.compile(
    rb"(?:pass ?words?|pass ?phrase|passwd|pwd|passcode|pin|cyfrinair|door code|alarm code|entry code|key ?safe(?: code)?|access code|api key|secret|token|psk|wi-?fi|alarm|padlock|door|gate|combination|key ?box|keypad|(?:network|security|wireless) key)"
)

_HEAD_CELL = re.compile(
    r"(?:(?:new|old|temp(?:orary)?|initial|default|current|wi-?fi|admin|user|login|account|shared|first)\s+)*(?:pass\s?words?|pass\s?phrase|passwd|pwd|pw|passcode|(?:wpa2?[\s/-]*)?psk|(?:wi-?fi|wireless|network|security|wpa2?)\s(?:key|code|pass)|pin(?:\s+(?:code|number|no))?|cyfrinair|(?:door|alarm|entry|gate|access|key\s?safe)\s*(?:code|pin)|key\s?(?:safe|box|pad)|alarm|padlock|door|gate|"
    r"api[\s_]key|client[\s_]secret|secret|token|combination)(?:\s*\(.{0,20}\))?"
)


def secret(scene: Scene) -> Iterator[Hit]:
    """Every kind of secret; one finding a value."""
    taken: list[tuple[int, int]] = []
    for source in (_tokens, _logins, _labelled, codes, _columns, named_after, under_headings):
        for hit in source(scene):
            if not any(a < hit.end and hit.start < b for a, b in taken[-300:]):
                taken.append((hit.start, hit.end))
                yield hit


def _tokens(scene: Scene) -> Iterator[Hit]:
    data = scene.reading.data
    if ANY_TOKEN.search(data) is None:
        return
    for name, pattern in TOKENS.items():
        for start, end in candidates(pattern, data, 0):
            value = scene.reading.text[start:end]
            low = value.lower()
            if "example" in low or "xxxx" in low or "your" in low or "..." in value or "****" in value:
                continue
            if (
                name.startswith("signed")
                and in_address(scene.reading.low, start)
                and data[start - 1 : start] != b"="
            ):
                continue
            body = re.sub(r"[^A-Za-z0-9]", "", value)
            if len(set(body[-16:])) < 6 and name != "private key":
                continue
            if name.startswith("OpenAI") and not (re.search(r"\d", value) and re.search(r"[A-Z]", value)):
                continue
            yield secret_hit(start, end, 0.97, f"it has the form of a {name}", value)


def _logins(scene: Scene) -> Iterator[Hit]:
    reading = scene.reading
    for pattern, why, least in (
        (_URL_LOGIN, "a password stands in the address", 1),
        (_AUTH, "it is an authorisation header", 12),
        (_BEARER, "it is a bearer token", 20),
        (_COMMAND_LOGIN, "it is typed as a password on a command line", 5),
    ):
        for start, end in candidates(pattern, reading.data):
            value = reading.text[start:end]
            low = value.lower()
            if (
                len(value) < least
                or (low != "redis" and PLACEHOLDER.search(low))
                or low in STOPS
                or EXAMPLE.search(scene.before(start, 40))
            ):
                continue
            if pattern is _URL_LOGIN and (
                re.match(
                    r"@(?:[a-z0-9-]+\.)*(?:company|domain|mydomain|yourdomain|host|hostname|server)(?:\.[a-z]{2,5})?(?![a-z0-9-])",
                    reading.low[end : end + 60],
                )
                or value.isdigit()
                or re.search(r"(?:^|[-_])(?:password|passwd|secret)(?:$|[-_])", low)
                or low
                in ("pass", "pw", "pwd", "p", "secret", "password1", "postgres", "mysql", "root", "hunter2")
            ):
                continue
            if pattern is not _URL_LOGIN and not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
                continue
            yield secret_hit(start, end, 0.93, why, value)


def _labelled(scene: Scene) -> Iterator[Hit]:
    reading = scene.reading
    text = reading.text
    for label_start, label_end in candidates(_LABEL, reading.low_data):
        label = reading.low[label_start:label_end]
        phrase = _phrase(scene, label, label_start, label_end)
        if phrase:
            yield phrase
            continue
        for pattern in _LINKS:
            match = pattern.match(text, label_end, min(len(text), label_end + 220))
            hit = _named_value(scene, label, label_start, match) if match else None
            if hit:
                yield hit
                break


def _phrase(scene: Scene, label: str, label_start: int, label_end: int) -> Hit | None:
    text = scene.reading.text
    if not re.fullmatch(r"pass ?(?:word|phrase|code)|cyfrinair", label):
        return None
    match = _PHRASE.match(text, label_end, min(len(text), label_end + 160))
    if match is None or "\n" in match.group("says") or _PHRASE_STOPS.search(match.group("phrase")):
        return None
    near = scene.before(label_start, 60)
    start, end = match.span("phrase")
    if (
        EXAMPLE.search(scene.before(start, 40))
        or GUIDANCE.search(near[near.rfind(". ") + 1 :] + scene.reading.low[label_start:start])
        or example_after(scene.after(end, 30))
    ):
        return None
    return secret_hit(start, end, 0.75, f"“{label}” names it", match.group("phrase"))


def _named_value(scene: Scene, label: str, label_start: int, match: re.Match[str]) -> Hit | None:
    link = " ".join(match.group("link").split()).lower()
    if "\n" in match.group("link") and not link.endswith(":"):
        return None
    start, opened = match.start("value"), match.group("open")
    value = trimmed(match.group("value"), opened)
    if label in ("credentials", "creds", "credential") or label.startswith(
        ("login", "log-in", "logon", "sign")
    ):
        found = _pair(scene.reading.text, match.start("open"))
        if found is None:
            return None
        start, value = found
        link, opened = ":", ""
    score = certainty(scene, label, link, match.group("fill"), opened, value, label_start, start)
    return (
        secret_hit(start, start + len(value), score, f"“{label.strip()}” names it", value) if score else None
    )


def _pair(text: str, place: int) -> tuple[int, str] | None:
    """The second half of `admin / Kestrel!7` after a word such as login or credentials."""
    match = re.compile(
        r"[\"'`]?([^\s/|,:]{2,40})[\"'`]?\s*(?:/|\||,|:|\band\b|\bwith\b)\s*(?:pass\w*[\s:=]+)?[\"'`]?(\S{5,})"
    ).match(text, place)
    if match is None or "://" in match.group():
        return None
    value = trimmed(match.group(2), "")
    strong = (
        re.search(r"\d", value)
        and re.search(r"[A-Za-z]", value)
        and (re.search(r"[^A-Za-z0-9]", value) or re.search(r"[a-z].*[A-Z]|[A-Z].*[a-z]", value))
    )
    return (match.start(2), value) if strong and not ORDINARY.match(value) else None


def _columns(scene: Scene) -> Iterator[Hit]:
    """Tables with a column headed Password (or PIN, key, code): the values beneath."""
    reading = scene.reading
    done: set[int] = set()
    for label_start, _ in candidates(_HEAD, reading.low_data, 0):
        number = reading.line_number(label_start)
        if number in done:
            continue
        done.add(number)
        line = scene.tables.line(number)
        delimiter = delimiter_of(line)
        if not delimiter or len(line) > 400:
            continue
        _, cells = scene.tables.row(number)
        if len(cells) < 2 or sum(c.isdigit() for c in line) > 4:
            continue
        for column, (a, b) in enumerate(cells):
            head = line[a:b].strip(" \"'*_|`")
            if not _HEAD_CELL.fullmatch(head):
                continue
            places = scene.tables.cells_under(number, column)
            only_codes = all(re.fullmatch(r"[0-9]{4,6}[A-Za-z#]?", reading.text[a:b]) for a, b in places)
            for start, end in places:
                value = reading.text[start:end]
                if (
                    " " in value
                    or len(value) > 80
                    or value.lower() in STOPS
                    or PLACEHOLDER.search(value.lower())
                ):
                    continue
                numeric = value.isdigit() and (
                    (4 <= len(value) <= 10 and re.search(r"pin|code|combination", head))
                    or (4 <= len(value) <= 6 and only_codes)
                )
                word = (
                    value.isalnum()
                    and len(value) >= 6
                    and re.search(r"[a-z][A-Z]|[a-zA-Z]\d|\d[a-zA-Z]", value)
                )
                if numeric or word or (mixture(value) >= 2 and len(value) >= 5):
                    yield secret_hit(start, end, 0.88, f"its column is headed “{head}”", value)
