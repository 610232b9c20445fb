"""Codes of doors, key safes, alarms and phones: digits that a label gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import Hit, candidates
from hub.policy.detect.labels import EXAMPLE
from hub.policy.detect.secret_values import GUIDANCE, MEETING, secret_hit

_CODE = re2.compile(
    rb"(?:^|[^a-z])((?:door|gate|entry|entrance|key ?safe|alarm|access|security|building|padlock|lock|safe|barrier|voice ?mail|lift|cabinet|cupboard|locker|garage|key ?pad|key ?box|shutter|shed|lobby|stair\w*|disarm|burglar|intruder)(?:'s)?"
    rb"(?: (?:door|gate|entry|panel|box|safe|pad|pin|release|system|access|main|side|back|front))?(?: (?:code|combination|combo|number|pin|passcode)s?)|(?:code|combination|combo|pin|number) (?:for|to|of|on|in) (?:the |our |her |his |their |your )?(?:[a-z0-9']+ ){0,3}(?:door|gate|key ?safe|alarm|"
    rb"safe|padlock|lock|building|barrier|lift|cabinet|cupboard|locker|garage|key ?pad|key ?box|store ?room|entrance|car ?park|shed|room|office|phone|card|voicemail|tablet|ipad|laptop|handset)|"
    rb"ks code|puk(?: code)?|cash ?box code|key ?safe(?: nos?\.?)?|(?:door|gate|building) entry|(?:door|gate|alarm|entrance|barrier|key ?safe|shed|store):? code|keypad|key ?pad|key ?code|(?:burglar |intruder |fire )?alarm|(?:photocopier|copier|printer|franking machine|mfd|till|tablet|ipad|handset|work (?:mobile|phone)) (?:code|pin|passcode)|(?:un)?set(?:ting)? code|(?:duress|disarm|arming) code|(?:cod|rhif) (?:y |i'r )?(?:drws(?: (?:cefn|blaen|ochr|ffrynt))?|larwm|mynediad|giat|clo|diogelwch|seff(?: allweddi)?|blwch allweddi|clo clap|brif fynedfa|swyddfa)|sef[fh] allweddi|pins?(?: (?:code|number|no))?|rhif pin|combination(?: lock)?)(?:$|[^a-z])"
)

_CODE_LINK = re.compile(
    r"(?P<link>(?:'s\b(?= [0-9a-z]?[0-9]))?(?:\s*\([^)\n]{1,25}\))?(?:\s+(?:for|to|on|of|at|in|by|from|as of|since|after|until|y|yr|i'r|ar gyfer)\b[^.:=\n\d]{1,35}?)?(?P<said>\s*[\"'*_`]{0,3}\s*(?::|=|->|>|-|\|)\s*|\s+(?:is|was|are|will be|is now|is still|has changed to|has been changed to|has been reset to|has been set to|set to|changed to|reset to|to|yw|ydy|ydi|yn|(?:has |was |been )*changed from [0-9a-z]{4,6} to|now)\s+(?:now\s+|still\s+|code\s+)?|,?\s+|,?\s+sef\s+))"
    r"[\"'`*(]{0,2}(?P<value>[a-z]{0,2}[0-9](?:[ -]?[0-9]){2,7}[a-z]{0,2}[#*]?)(?![a-z0-9]|[.,/:-][0-9]|%| ?(?:people|staff|times|days|years|residents|properties|pages|pounds|homes|customers|users|mm|cm|kg|metres|ohms?|volts?|amps?|hz|v\b))"
)

_PIN_BAD = re.compile(
    r"\b(?:error|post|zip|area|dress|country|product|tax|status|response|dial(?:ling)?|currency|cost|budget|nominal|finance|reason|discount|voucher|promo\w*|qr|bar|source|morse|colou?r|http|exit|project|job|activity|course|unit|building regs?|indian?)\s+(?:pin\s+)?(?:codes?|numbers?)|\bcode of\b|\bcodes? of practice|(?<!key )\bsafe(?:ty)? number|\bseat|\bmap pin|\bdrawing pin"
)


# "the code for the shed 4471"
_FOR_A_PLACE = re.compile(r"(?:for|to|of|at|on) (?:the|our|his|her|my|your|their)\b")
_FACTORY = frozenset("0000 1111 1234 9999 000000 111111 123456 999999".split())


def codes(scene: Scene) -> Iterator[Hit]:
    """Every code that a label such as *door code* or *PIN* gives away."""
    reading = scene.reading
    low = reading.low
    for label_start, label_end in candidates(_CODE, reading.low_data):
        label = low[label_start:label_end]
        match = _CODE_LINK.match(low, label_end, min(len(low), label_end + 90))
        if match is None:
            continue
        link, value = " ".join(match.group("link").split()), match.group("value").strip()
        around = scene.before(label_start, 30) + label
        sentence = scene.before(label_start, 60)
        if (
            _PIN_BAD.search(around)
            or EXAMPLE.search(scene.before(match.start("value"), 40))
            or GUIDANCE.search(sentence[sentence.rfind(". ") + 1 :])
        ):
            continue
        digits = re.sub(r"\D", "", value)
        if digits in _FACTORY and "default" in sentence:
            continue
        if not 3 <= len(digits) <= 8 or (len(digits) == 3 and link in ("", ",")):
            continue
        ending = " ".join(match.group("said").split())
        said = (
            link == "'s"
            or _FOR_A_PLACE.match(link) is not None
            or re.search(r":|=|>|\||\b(?:is|was|are|be|to|yw|ydy|ydi|yn|sef|now)\b", ending) is not None
        )
        if label.startswith("pin"):
            written = reading.text[label_start : label_start + 3]
            if (
                len(digits) < 4
                or not (said or written == "PIN")
                or MEETING.search(scene.before(label_start, 120))
            ):
                continue
        elif (
            "number" in label
            or label.startswith(("combination", "keysafe", "key safe", "keypad", "key pad"))
            or label.endswith("alarm")
        ):
            ends = (
                ("code", "pin", "combination", "number")
                if label.startswith("key")
                else ("code", "pin", "combination")
            )
            if not said and not (link in ("", ",") and label.endswith(ends)):
                continue
        elif not said and (
            (link != "" and not (link == "," and len(digits) >= 4)) or label.startswith("building")
        ):
            continue
        if label.startswith("access code") and MEETING.search(scene.before(label_start, 120)):
            continue
        if "number" in label and label.startswith(
            ("access", "building", "security", "lift", "entr", "garage", "cabinet", "lobby", "stair")
        ):
            continue
        plain = label.endswith(("code", "pin")) and label.startswith(
            ("key", "door", "gate", "alarm", "padlock", "entry")
        )
        if re.fullmatch(r"(?:19|20)\d\d", digits) and not said and not plain:
            continue
        start = match.start("value")
        yield secret_hit(start, start + len(value), 0.85, f"“{label.strip()}” names it", value)
