"""What a secret looks like: whether a value was chosen rather than written, and how sure that is."""

from __future__ import annotations

import re

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import Hit, in_address
from hub.policy.detect.labels import EXAMPLE, example_after

HIDDEN = "••••••••"

STOPS = frozenset(
    """required optional string str text varchar char true false null nil none yes no hidden masked redacted removed incorrect wrong correct invalid valid expired
    needed case-sensitive secure insecure weak strong safe unsafe set reset changed stored saved sent shared known unknown below above here attached separate separately
    protected encrypted hashed missing empty blank unset used reused same different unique complex long short easy simple hard important confidential secret private public
    password passwords passcode username user name email login account pin token key value enter entered type typed input field submit confirm confirmed change changes
    forgotten lost stolen not never always only also and or the a an to in on at by for from with of as it this that they you we your my our their his her its one two
    managed manager management policy policies protection available accepted rejected created generated issued provided given emailed texted posted printed displayed shown
    alphanumeric numeric characters character digits letters random default temporary new old current previous next first last valid minimum maximum length strength
    being been will must should can cannot may might shall would could does did do done have has had having economy based authentication authorisation authorization
    request requests response type types holder holders name names store vault file files list page link option options setting settings rotation rotated server service
    client app application undefined todo tbc tbd n/a na example placeholder changeme admin administrator root guest test foo bar baz qux""".split()
)

PLACEHOLDER = re.compile(
    r"your|example|placeholder|change[_-]?me|replace|redact|insert|enter[_-]|dummy|sample|fake|xxx|\*\*|\.\.\.|[<>{}]|\$\(|\$\{|\$[a-z_]+$|^\$|%[a-z_]+%|^%|environ|getenv|\benv\b|env\[|secrets\.|config|"
    r"process\.|vault|params|settings\.|self\.|\(|\)|\[|\]|__|goes[_-]here|my[_-]?(?:password|secret|token|key)|some[_-]?|^test|^foo|^pass(?:word|wd|phrase)?$|^secret|^token|^key|todo|^hunter2|^abc|^redis|lorem|0000000|1234567"
    r"|^n/?a$|^tbc$|^none|^null|^nil|^true|^false|^string|://|^www\.|^/|^\./|^~/|^#|^--|\.(?:md|html|php|aspx?|txt|docx?|pdf|rb|py|js|json|ya?ml|gov|com|org|uk|net)\b|@[a-z0-9.-]+\.[a-z]|::|->|\.\w+\.\w+"
)

_LEET = str.maketrans("@4301$5!7", "aaeolssit")

ORDINARY = re.compile(
    r"^(?:\d+(?:st|nd|rd|th|am|pm|px|kb|mb|gb|k|m|%|x|s|ms|days?|hrs?|mins?)?|\d+[-\u2013]?(?:character|digit|letter|day|month|week|hour|minute|factor|step|year|bit|word|point|way)s?|(?:e|i|o|x|co|pre|non|re|un|self|two|one|single|multi|case|high|low|long|short|well|not)-[a-z-]+|"
    r"[a-z]+(?:-[a-z]+)?|[a-z]+'[a-z]{1,3}|[a-z]+/[a-z/]+|[A-Z]+|[A-Z][a-z]+|o(?:ffice)?365|m365|oauth2?|ipv[46]|sha-?\d+|md5|base64|utf-?8|saml2?|web2(?:\.0)?|windows\d+|win\d+|iso\d+|h\.?264|v\d[\d.]*|[a-z]+[-_][a-z_-]+|"
    r"[A-Z][a-z]+(?:[-/][A-Z]?[a-z]+)+|[A-Z]+[-_/][A-Z_/-]+|[£$]?\d[\d.,:/-]*|b2c|b2b|a-z0-9|a-z|[a-z]\d?|q[1-4]|[a-z]+\(s\)|\d+\+|[a-z]+s'|2fa|mfa|[a-z]+ise[sd]?|wpa[23]?|802\.1x)$",
    re.ASCII,
)  # fmt: skip

GUIDANCE = re.compile(
    r"\b(?:good|bad|strong|weak|poor|better|terrible|common|worst|guessable|memorable)\s+(?:a\s+)?pass\w*|\b(?:never|don'?t|do not|avoid)\s+(?:use|using|choose|pick|set)\b|\bsuch as\b|\bfor example\b|\be\.g\.?|\bfor instance\b|\binstead of\b|\brather than\b"
    r"|\bif you see\b|\ber enghraifft\b"
)

MEETING = re.compile(r"\b(?:meeting|zoom|teams|webinar|webex|conference|dial[- ]in|join(?:ing)?)\b")

_ACCOUNT_NEAR = re.compile(
    r"\b(?:user ?names?|user ?id|user|login|logon|log ?in|log on|sign ?in|admin|account|server|wi-?fi|ssid|enw defnyddiwr|shared drive|laptop|router|system|portal|site|machine|pc)\b"
)


# Not every pass is a password, and not every word after "password" is one.
_OTHER_PASS = re.compile(
    r"\b(?:bus|travel|parking|gym|day|visitor|press|boarding|mountain|by|season|free|swim\w*|staff|rail|train|permit|over|under|first|second|forward|back) $"
)
_WORD_ABOUT = re.compile(
    r"\b(?:the|a|an|word|default|like|as|your|enter|field|named?|called|type|label\w*|parameter|option|value|text|string|says?|weak|common|for)\s+$"
)
# The passcode of a public meeting is published with it; that of a closed one is not.
_CLOSED = re.compile(
    r"\b(?:exempt|closed|private|confidential|in camera|part (?:2|ii)|pre-?meet\w*|disciplinary|panel only|members only|do not (?:share|forward))\b"
)


def secret_hit(start: int, end: int, confidence: float, why: str, value: str) -> Hit:
    """A hit of the rule about secrets; its excerpt shows nothing of the value."""
    return Hit("secret", start, end, confidence, why, value, HIDDEN)


def trimmed(value: str, opened: str) -> str:
    """The value without the quotes, brackets and stops around it; `opened` is what was opened before it."""
    for tag in ("</", "<br"):
        if tag in value:
            value = value[: value.index(tag)]
    for quote in ('"', "'", "`", ")", "]"):
        pair = {")": "(", "]": "["}.get(quote, quote)
        if pair in opened and quote in value:
            return value[: value.index(quote)]
    if "*" in opened or "_" in opened:
        value = value.rstrip("*_.,;")
    if ";" in value and value.index(";") >= 3:
        value = value[: value.index(";")]
    if "&" in value and re.search(r"&\w+=", value):
        value = value[: value.index("&")]
    if "|" in value:
        value = value.split("|")[0]
    value = value.rstrip("\"'`,.;:)>")
    if value.endswith("?") and value[:-1].isalpha():
        value = value[:-1]
    if value.endswith("!") and value[:-1].isalpha() and value[:-1].islower():
        value = value[:-1]
    return value


def certainty(
    scene: Scene, label: str, link: str, fill: str, opened: str, value: str, label_start: int, start: int
) -> float:
    """0 when the value is not a secret, else the confidence."""
    low = value.lower()
    if _random(value, opened) and re.search(r"secret|key", label):
        return 0.0 if EXAMPLE.search(scene.before(start, 40)) else 0.85
    if len(value) < 3 or low in STOPS or PLACEHOLDER.search(low) or len(set(low)) < 3:
        return 0.0
    near = scene.before(label_start, 60)
    sentence = near[max(near.rfind(". "), near.rfind("\n"), near.rfind("? ")) + 1 :]
    if _in_general(scene, label, link, value, sentence, label_start, start):
        return 0.0
    sure = link.endswith((":", "=", "=>", "->", ":=", ">", "|", ":"))
    says = link.startswith(
        (
            "is",
            "was",
            "are",
            "will",
            "has",
            "have",
            "set",
            "reset",
            "changed",
            "yw",
            "ydy",
            "yn",
            "nawr",
            "bellach",
            "remains",
            "stays",
            "goes",
        )
    ) or link in ("to", "now")
    quoted = any(q in opened for q in "\"'`")
    if label.endswith(("words", "phrases", "codes")) and not sure and not quoted:
        return 0.0  # "Passwords are now salted": what is done with all of them.
    machine = (
        any(word in label for word in ("secret", "token", "key", "psk"))
        and "security key" not in label
        and not label.startswith(("wpa", "wifi", "wi-fi", "wireless", "network", "pass"))
    )
    mixed = mixture(value)
    if machine:
        return _machine_score(label, value, low, sure, says, mixed)
    short_label = label in ("pass", "pw", "p/w", "psk") or label.endswith(("_pass", ".pass"))
    if label == "pass" and _OTHER_PASS.search(near):
        return 0.0
    if short_label and not (sure or (says and label != "pass") or (mixed >= 3 and label != "pass")):
        return 0.0
    if link in ("", "-", "as", "now") or link.startswith(("-", ",")):
        return _unlinked(scene, label, link, fill, opened, value, near, sentence, start)
    if link == "to" and not re.search(r"\b(?:set|reset|chang\w+|updat\w+|switch\w*)\b", sentence + label):
        return 0.0
    if not (sure or says):
        return 0.0
    if mixed >= 2 and len(value) >= 5:
        return 0.95
    if (
        value.isdigit()
        and 4 <= len(value) <= 12
        and (label.startswith(("passcode", "pass code", "wifi", "wi-fi", "unlock")) or says or sure)
    ):
        return (
            0.0
            if scene.reading.low[start + len(value) : start + len(value) + 12]
            .lstrip()
            .startswith(("character", "people", "user", "day", "staff"))
            else 0.8
        )
    if mixed and len(value) >= 6 and (sure or quoted or says):
        return 0.85
    if says and _named_word(scene, label, value, start):
        return 0.7
    if (
        value.isalpha()
        and len(value) >= 5
        and quoted
        and (says or sure)
        and not re.search(r"type|name|id\b|label", sentence[-12:])
    ):
        return 0.75 if says or _ACCOUNT_NEAR.search(sentence) else 0.0
    if (
        value.isalpha()
        and 5 <= len(value) <= 24
        and sure
        and link in (":", "=")
        and re.search(
            r"\b(?:user ?name|user|login|log in|ssid|enw defnyddiwr)\b\W{0,3}(?:is\b|:|=)?\W{0,3}[\w.@-]+",
            sentence,
        )
    ):
        return 0.7
    if (
        re.fullmatch(r"[a-z]{3,}(?:[-_.][a-z]{3,}){2,}", low)
        and (says or sure)
        and not re.search(r"-(?:the|and|for|factor|time|sign|side|term|based)\b", low)
    ):
        return 0.7
    return 0.0


def _named_word(scene: Scene, label: str, value: str, start: int) -> bool:
    """`the wifi password is Bluebell`: one capitalised word at the end of what is said, in the middle of a sentence."""
    after = scene.reading.low[start + len(value) : start + len(value) + 8]
    return (
        re.fullmatch(r"(?:[a-z'/ -]* )?(?:pass ?(?:word|code|phrase)|pwd|wi-?fi (?:key|pass|code))", label)
        is not None
        and re.fullmatch(r"[A-Z][a-z]{4,15}", value) is not None
        and re.match(r"[.!]?\s*(?:$|\n)|[.,;!)]\s|\s(?:for|until|till|and|if|but|on)\b", after) is not None
    )


def _in_general(
    scene: Scene, label: str, link: str, value: str, sentence: str, label_start: int, start: int
) -> bool:
    """Whether the words speak of passwords in general, of an example or of a public meeting."""
    whole = sentence + scene.reading.low[label_start:start]
    if label in ("pwd", "pw") and "zoom" in scene.reading.low[max(0, label_start - 80) : label_start]:
        return True  # Part of a meeting's address, published with it.
    if (
        EXAMPLE.search(scene.before(start, 40))
        or EXAMPLE.search(scene.before(label_start, 30))
        or GUIDANCE.search(whole)
        or example_after(scene.after(start + len(value), 30))
    ):
        return True
    if label.startswith(("passcode", "pass code")):
        around = scene.before(label_start, 120)
        if MEETING.search(around) and not _CLOSED.search(around + scene.after(start, 60)):
            return True
    if label == "pass" and "/" in value:
        return True  # A line of a test's report.
    if "=" in link and like_password(value):
        return True
    return (
        not label.startswith("pass")
        and in_address(scene.reading.low, start)
        and re.search(r"token|authkey|^key", label) is not None
    )


def _unlinked(
    scene: Scene,
    label: str,
    link: str,
    fill: str,
    opened: str,
    value: str,
    near: str,
    sentence: str,
    start: int,
) -> float:
    """The confidence where no word and no colon stands between label and value: `password Kestrel!7`."""
    mixed, quoted = mixture(value), any(quote in opened for quote in "\"'`")
    if fill:
        return 0.0
    if link.startswith(","):
        # "the usual password, Marchford1974": of three kinds and alone up to the next stop.
        rest = scene.reading.low[start + len(value) : start + len(value) + 2]
        ended = not rest.strip() or rest[0] in ".,;)\n"
        return 0.7 if link == "," and mixed >= 3 and len(value) >= 8 and ended else 0.0
    if (
        link == ""
        and quoted
        and label in ("password", "pass word", "cyfrinair", "passcode")
        and re.fullmatch(r"[a-z]{6,}", value)
        and not _WORD_ABOUT.search(near)
    ):
        return 0.7  # `call centre password "marmalade"`, where nothing speaks of passwords in general.
    account = label.startswith(("wifi", "wi-fi", "wireless")) or _ACCOUNT_NEAR.search(sentence) is not None
    chosen = mixed >= 2 and len(value) >= 6
    return 0.8 if chosen and (quoted or "(" in opened or account or mixed >= 3) else 0.0


def like_password(value: str) -> bool:
    """Whether a value is the word itself in disguise, `P@ssw0rd1!`: what documentation writes."""
    return "password" in value.lower().translate(_LEET)


def _random(value: str, opened: str) -> bool:
    """Whether a long quoted string is of all kinds of characters, as generated keys are, brackets among them."""
    return (
        len(value) >= 32
        and any(quote in opened for quote in "\"'`")
        and len(set(value)) >= 16
        and sum(not c.isalnum() for c in value) >= 4
        and sum(c.isdigit() for c in value) >= 2
        and re.search(r"[a-z]{9}|://|[.][a-z]+[(.]|\$\{|%\(|insecure|example|change", value.lower()) is None
    )


def mixture(value: str) -> int:
    """How much a string looks chosen: kinds of characters (lower, upper inside, digit, symbol) beyond one; 0 for words."""
    if ORDINARY.match(value) or ORDINARY.match(value.lower()):
        return 1 if re.search(r"[a-z][A-Z]", value) and value.isalpha() and not value.endswith("s") else 0
    kinds = (
        bool(re.search(r"[a-z]", value)) + bool(re.search(r"[A-Z]", value)) + bool(re.search(r"\d", value))
    )
    kinds += bool(re.search(r"[!@#$%^&*_+=?~:;,.-]", value.strip("-_.:,;")))
    return (
        kinds
        if re.search(r"[A-Za-z]", value) and (re.search(r"\d", value) or re.search(r"[!@#$%^&*+=?~]", value))
        else 0
    )


def _machine_score(label: str, value: str, low: str, sure: bool, says: bool, mixed: int) -> float:
    """Keys and tokens must be long and irregular: words, identifiers and checksums in prose are not."""
    bare_key = (
        label.startswith(("api", "access", "client", "secret")) and len(value) >= 20 and value.isalnum()
    )
    if not (sure or says or bare_key) or not re.search(r"\d", value) or mixed < 2:
        return 0.0
    least = 8 if "secret" in label and sure else 16
    if (
        len(value) < least
        or not re.fullmatch(r"[A-Za-z0-9_+/=.!@#$%^&*~-]+", value)
        or (
            "-" in value
            and re.fullmatch(r"[a-z]+(?:-[a-z0-9]+)*", low)
            and not re.search(r"[0-9a-f]{8}", low)
        )
    ):
        return 0.0
    digits = sum(c.isdigit() for c in value)
    return 0.9 if digits >= 2 and len(set(low)) >= 7 else 0.0
