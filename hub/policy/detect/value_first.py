"""Secrets whose value stands before what it is: `Harbour77! is the password`, `4821 opens the side gate`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import MAX_CANDIDATES, Hit, candidates, in_address
from hub.policy.detect.labels import EXAMPLE
from hub.policy.detect.secret_values import PLACEHOLDER, like_password, mixture, secret_hit, trimmed

_VALUE_FIRST = re2.compile(
    rb"(?i)(?:^|[\s\"'`(>])([^\s\"'`()<>]{6,40})[\"'`)]{0,2},?\s+(?:(?:is|was|being|=|-+)\s+(?:now |still |currently )?(?:(?:the|our|your|their|his|her|my|its|a)\s+)?(?:(?:new|temp|temporary|current|shared|admin|administrator|generic|default|guest|main|root|wi-?fi|wireless|system|login|network|team|old|laptop|portal)\s+){0,3}"
    rb"(?:password|passwd|pwd|passcode|passphrase|pw)\b)"
)

_USER_THEN = re2.compile(
    rb"(?i)(?:^|[^a-z])(?:u|un|user|usr|uid|id|username|login)\s*[:=]\s*[^\s,;]{2,40}[\s,;/|]+(?:p|pw|pass|pwd)\s*[:=]\s*[\"'`]?([^\s\"'`]{5,60})"
)

# "user svc_scan pass Kiln#Brick77", "MFD\\admin, Kiln#Brick77": no colon, so the value must look chosen.
_USER_PASS = re2.compile(
    rb"(?i)(?:\b(?:user(?:name)?|account|login) [^\s,;]{2,40},? (?:pass|pw|pwd|password) |\b[a-z0-9]{2,15}\\[a-z0-9._-]{2,30}(?:, ?| / ?|: | - ))[\"'`]?([^\s\"'`]{6,40})"
)

_USE_AS = re2.compile(
    rb"(?i)\b(?:use|using|enter|type|try|put)\s+(?:in\s+)?[\"'`]?([^\s\"'`]{6,40})[\"'`]?\s+(?:as|for)\s+(?:the|your|a|its)\s+(?:[a-z]+\s+){0,2}(?:password|passcode|pwd|passphrase)\b"
)

_AS_WHOM = re2.compile(
    rb"(?i)\b(?:log|sign)(?:ged|ging)?[ -]?(?:in|on)\s+(?:as|with|using|use)\s+[\"'`]?[^\s/|,:]{2,40}[\"'`]?\s*(?:[/|]|\band\b)\s*[\"'`]?([^\s\"'`]{6,40})"
)

_SAID_LATER = re2.compile(
    rb"(?i)\bpass(?:word|code|phrase)\b[^.\n:?]{0,40}[,;-]\s*(?:it'?s|it is|it will be)(?: now| currently)?\s+[\"'`]?([^\s\"'`]{6,40})"
)

_COMMAND = re2.compile(
    rb"(?i)(?:\bconvertto-securestring\s+(?:-string\s+)?[\"']|\bnet user \S{2,30} (?:/add )?|\bnet use\s[^\n]{0,80}/user:\S{2,40} |\b(?:ldapsearch|sqlcmd|sqlplus|smbclient)\s[^\n|;]{0,80}\s-[wp] ?|\bmysql(?:dump|admin)?\s[^\n|;]{0,80}\s-p|\bsshpass\s+-p\s?|(?:ssid|network)\s*[:=]?\s*[^\s,;]{2,40}[\s,;/|]+(?:key|code)\s*[:=]?\s*)[\"'`]?([^\s\"'`]{6,40})"
)

# "Jo: wifi password?\nAsif: Kestrel!7" and "door code for the store?\n[10:03] Asif: 2846".
_ASKED_THEN = (
    rb"[^?\n.]{0,40}\?[ ]*\n\s*(?:\[?[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})?\]?\s*)?(?:[a-z][a-z .'-]{0,24}(?:\([^)\n]{1,12}\))?[:>-]\s*)?"
    rb"(?:it'?s |it is |try |think it'?s |still |now )?[\"'`]?"
)
_PASSWORD_ASKED = re2.compile(
    rb"(?i)\b(?:pass ?(?:word|code|phrase)|pwd|pw|wi-?fi key|cyfrinair)\b"
    + _ASKED_THEN
    + rb"([^\s\"'`]{5,40})[\"'`]?(?:[ ]*(?:$|\n)|[.,] |[ ]\()"
)
_CODE_ASKED = re2.compile(
    rb"(?i)\b(?:(?:door|gate|alarm|entry|access|key ?safe|key ?pad|padlock|building|barrier|store|office|shed|garage) (?:code|pin|number|combination|combo)|key ?safe|keypad|padlock)\b"
    + _ASKED_THEN
    + rb"([a-z]?[0-9]{4,6}[a-z#*]?)(?:[ ]*(?:$|\n)|[.,] |[ ]\(|[ ]then\b)"
)

# "New password below.", an empty line, and the value alone on its line.
_LOGIN_ASKED = re2.compile(
    rb"(?i)\b(?:log-?in|log-?on|sign-?in|credentials)\b"
    + _ASKED_THEN
    + rb"[a-z0-9._@-]{2,40} ?(?:/|,|and) ?(?:pass\w* )?([^\s\"'`]{6,40})[\"'`]?(?:[ ]*(?:$|\n)|[.,] )"
)

_NEXT_LINE = re2.compile(
    rb"(?i)\b(?:pass ?(?:word|code|phrase)|pwd|cyfrinair)\b[^?\n.:(]{0,40}[.:]?[ ]*\n[ \t]*\n?[ \t>]*[\"'`]?([^\s\"'`]{8,40})[\"'`]?[ \t]*(?:$|\n)"
)

_IN_BRACKETS = re2.compile(
    rb"(?i)\bpassword[- ]protected\s*(?:\(|with |using |, |- |: )[\"'`]?([^\s\"'`()]{6,40})"
)

_PAIR_FIRST = re2.compile(
    rb"(?i)(?:^|[\s(])[a-z0-9._@-]{2,40} ?/ ?([^\s/\"'`()]{6,40}) \((?:the )?(?:log-?in|log-?on|sign-?in|credentials|password)\b"
)

_OPENS = rb"(?:key ?(?:box|safe|pad)|alarm|padlock|door ?entry|(?:back|front|side|rear|main|fire|cellar|kitchen|staff|office|hall|store|garage|shed) (?:door|gate|entrance)|gate|shutters?|barrier|lock ?box|safe|store ?room|cupboard|shed|garage)"

# The thing that opens, then within the same few words or lines "code 4821".
_BOX_CODE = re2.compile(
    rb"\b"
    + _OPENS
    + rb"\b[^.0-9]{0,70}(?:[,;:(\n>-] ?|- | (?:and|then|use|with|the|its|his|her|their) )(?:the |its |entry |access |door |key ?safe |alarm )?(?:code|combination|pin|combo)(?: is| now|:| =)? ?[\"'`]?([a-z]?[0-9]{4,6}[a-z#*]?)(?:$|[^a-z0-9/])"
)

_SET_WITH = re2.compile(
    rb"\b"
    + _OPENS
    + rb"\b[^.\n0-9]{0,50}\b(?:set|unset|disarm(?:ed)?|arm(?:ed)?|opens?|opened|unlocks?|unlocked|locked|released?|works?) (?:with|using|by|on)(?: the)?(?: code| pin)? ([a-z]?[0-9]{4,6}[a-z#*]?)(?:$|[^a-z0-9/])"
)

_SAFE_THEN = re2.compile(
    rb"\bkey ?(?:safe|box) ([0-9]{4,6}[a-z#*]?)(?:$|[\n,;)]|\.(?:$|[^0-9])| (?:beside|by|next|at|behind|left|right|on|under|outside|near|in|inside|to the|round|attached|mounted|if|when|then)\b)"
)

# A thing that only a code opens, with the code right beside it: "padlock - 4471", "key safe (C1957)", "keypad on left, 5582#".
_BESIDE = re2.compile(
    rb"\b(?:padlock|key ?(?:safe|box|pad)|lock ?box|combination lock)(?: (?:on|by|at|to|near|behind|in|for) (?:the )?[a-z' ]{2,24})?(?: ?[:=(-] ?| ?, )(?:is |it'?s |enter |use )?[\"'`]?([a-z]?[0-9]{4,6}[a-z#*]?)(?:$|[\s\"'`,;.)])"
)

# "alarm off: 6620", "barrier, enter 0417", "gate: 7719y", "otherwise 5590 on the panel".
_OPERATED = re2.compile(
    rb"\b(?:alarm|barrier|gate|shutters?|door|entrance|entry|flats?|panel)\b(?: (?:off|on|code))?[^.\n0-9]{0,45}?(?: off:| unset:?| on:|[,;:-] (?:enter|press|type|key in|dial|punch in|tap in|otherwise|use)| (?:then|and) (?:enter|press|type|key in|dial|punch in)) ([a-z]?[0-9]{4,6}[a-z#*]?)(?: (?:and|then|on|hash|at|to|followed)\b|[\s]*(?:$|\n)|[,;.#*](?:$|[^0-9]))"
)

_ON_PANEL = re2.compile(
    rb"\b([a-z]?[0-9]{4,6}[a-z#*]?) (?:and|then|followed by) (?:the )?(?:(?:green|enter|hash|star|bell|tick|ok|#|\*) (?:button|key)|hash\b|star\b|turn the (?:handle|knob|key))|\b(?:press|enter|dial|type) [0-9*#] (?:then|and) ([a-z]?[0-9]{4,6}[a-z#*]?)(?:$|[^a-z0-9])|\b([a-z]?[0-9]{4,6}[a-z#*]?) (?:on|into) the (?:key ?(?:pad|safe|box)|padlock|panel|entry ?phone|door ?pad|intercom)\b"
)

_GATE_LETTER = re2.compile(
    rb"\b(?:gate|door|entrance|barrier|shutter|alarm)(?: code)? ?[:=] ?((?:[a-z][0-9]{4}|[0-9]{4}[a-z]|[0-9]{4}[#*])[a-z#*]?)(?:$|[\s,;.)])"
)

_DIAL = re2.compile(
    rb"\b(?:safe|combination|padlock|lock)\b[^.\n]{0,50}?[:,-] ?((?:(?:left|right|l|r|clockwise|anticlockwise) ?(?:to )?[0-9]{1,2}[,;> -]{0,3}(?:then )?){3,5})"
)

# "the wifi has moved to MarchfordStaff, key Thistle-Barn-47"
# "Front door 4471, back door 9920", "the code is 4471 for the staff toilet", "phone unlocks with 4471".
_DOORS = re2.compile(
    rb"\b(?:front|back|side|rear|main|staff|kitchen|toilet|cellar|office) (?:(?:toilet|office|room) )?(?:door|gate|entrance) ([a-z]?[0-9]{4,5}[a-z]?)(?:,|;| and\b|\s*(?:$|\n)|\.(?:$|\s))"
)
_CODE_FOR = re2.compile(
    rb"\bcode(?: is|'s|:| =) ([a-z]?[0-9]{4,6}[a-z#*]?),? (?:for|to|opens|on) (?:the |our |her |his |their )?(?:[a-z]+ ){0,2}(?:doors?|toilets?|loo|gate|alarm|barrier|key ?(?:safe|pad|box)|padlock|shed|garage|store(?:room)?|cupboard|cabinet|lockers?|lift|building|entrance|car ?park|bike ?store|changing rooms?)\b"
)
_UNLOCKS_WITH = re2.compile(
    rb"\b(?:pass ?code|pin|code) ([0-9]{4,8}) (?:to unlock|unlocks|to open|opens) |\b(?:phone|mobile|tablet|ipad|laptop|handset|chromebook|kiosk) (?:unlocks|opens|is unlocked) (?:with|using|by) ([0-9]{4,8})(?:$|[^a-z0-9])"
)

_NETWORK_KEY = re2.compile(
    rb"(?i)\b(?:wi-?fi|ssid|wireless|network|hotspot)\b[^.\n]{0,70}[,;/(] ?(?:the )?(?:key|pass|pw|code|password)(?: is|:| =)? ?[\"'`]?([^\s\"'`()]{8,40})"
)

# "Tell him it's Monday-Plum-6 until he changes it at first login"
_UNTIL = re2.compile(
    rb"(?i)\b(?:it'?s|it is|is|as|to|uses?|using|with) [\"'`]?([^\s\"'`()]{8,40})[\"'`]? (?:until|till|for now until|- please change|- change|and (?:he|she|they|you|to)(?:'ll| will| must| should| can)? (?:change|reset)|to (?:log|sign) (?:in|on)|to get in(?:to)?|to unlock|the first time|at first log)\b"
)

_SIGNING_IN = re.compile(
    r"\b(?:reset|log(?:s|ged|ging)? ?(?:in|on)|log-?ins?|sign(?:s|ed|ing)? ?in|accounts?|laptops?|password|get in|unlock\w*|wi-?fi|tablet|desktop|mailbox)\b"
)
_CALLED_AFTER = re2.compile(
    rb"(?i)(?:^|\s)[\"'`]?([^\s\"'`()]{8,40})[\"'`]?(?: [a-z]+){0,4} \((?:the |that'?s the |this is the )?(?:password|pw|pwd|passcode|wi-?fi key|log-?in)\)"
)

_RECOVERY = re2.compile(
    rb"\b(?:recovery|back-?up|one[ -]time|emergency|unlock|puk|2fa|two-factor|scratch) codes?(?: (?:for|on|to|of) [^.:\n0-9]{1,45})?(?: (?:are|is)|:| -| =) ?((?:[a-z0-9]{4,8}[ -]?[0-9][a-z0-9]{3,7})(?:,? (?:and )?[a-z0-9]{4,8}[ -]?[0-9][a-z0-9]{3,7}){0,9})(?:$|[^a-z0-9])"
)

_PRESS = re2.compile(
    rb"\b(?:enter|type|key in|punch in|press|tap in)(?: in)? ([a-z]?[0-9]{4,6}[a-z#*]?) (?:(?:then|and|followed by)(?: [a-z#*]+){1,3} )?(?:on|at|into) (?:the|our) (?:[a-z]+ ){0,2}(?:key ?pad|key ?safe|padlock|alarm|lock)\b"
)

_CODE_AT = re2.compile(
    rb"\b(?:use|enter|type|key in|punch in|press|dial)(?: in)?(?: the)? (?:code |pin |combination )([a-z]?[0-9]{4,6}[a-z#*]?) (?:at|on|for|to open|to unlock|to get (?:in|through)|into)(?: the| our)?(?: [a-z]+){0,2} (?:door|gate|key ?pad|barrier|entrance|key ?safe|alarm|panel|lock|padlock|building|car ?park)\b"
)

_CODE_FIRST = re2.compile(
    rb"(?:^|[\s\"'`(:])([a-z]?[0-9]{4,6}[a-z#*]?)[\"'`)]{0,2}\s+(?:(?:is|was|=)\s+(?:now |still )?(?:the|our|your|their|my|her|his)\s+(?:new |current |main )?(?:(?:door|gate|alarm|entry|access|key ?safe|key ?pad|padlock|safe|building|barrier|pin|side|back|front|garage|office)\s+)+(?:code|number|pin|combination)\b|"
    rb"(?:is|was)\s+the\s+(?:code|combination|pin)\s+(?:for|to|on)\b|(?:opens|unlocks|gets you in(?:to)?|lets you in(?:to)?)\s+(?:the|our)\b)"
)


_OTHER_CODE = re.compile(
    r"\b(?:error|product|item|order|part|stock|post|zip|area|dress|cost|budget|reference|fault|model|colou?r|key|bar|qr|warning|status|report|drawing|activity|project|job|reason|discount|promo\w*|building|highway|green cross|country|county) (?:code|combination|pin)\b|\bcodes? of\b"
)


def _either(pattern: Any, data: bytes) -> Iterator[tuple[int, int]]:
    """Spans of whichever group of a pattern with alternatives has matched."""
    for number, match in enumerate(pattern.finditer(data)):
        if number >= MAX_CANDIDATES:
            return
        yield match.span(next(i for i in range(1, match.re.groups + 1) if match.span(i)[0] >= 0))


def named_after(scene: Scene) -> Iterator[Hit]:
    """The value first: `Harbour77! is the password`, `4821 opens the side gate`, `use X as the password`, `u: a p: b`."""
    reading = scene.reading
    for start, end in candidates(_VALUE_FIRST, reading.data):
        value = trimmed(reading.text[start:end], "")
        if (
            mixture(value) >= 2
            and len(value) >= 6
            and not PLACEHOLDER.search(value.lower())
            and not in_address(reading.low, start)
        ):
            yield secret_hit(start, start + len(value), 0.8, "what follows calls it a password", value)
    for pattern, least in (
        (_USER_THEN, 5),
        (_USER_PASS, 6),
        (_USE_AS, 6),
        (_AS_WHOM, 6),
        (_SAID_LATER, 6),
        (_COMMAND, 6),
        (_IN_BRACKETS, 6),
        (_PAIR_FIRST, 6),
        (_PASSWORD_ASKED, 5),
        (_NEXT_LINE, 8),
        (_LOGIN_ASKED, 6),
        (_NETWORK_KEY, 8),
        (_UNTIL, 8),
        (_CALLED_AFTER, 8),
    ):
        for start, end in candidates(pattern, reading.data):
            value = trimmed(reading.text[start:end], "")
            kinds = (
                3
                if pattern in (_NEXT_LINE, _USER_PASS)
                or (pattern is _AS_WHOM and "/" not in reading.text[start - 4 : start])
                else 2
            )
            if pattern is _UNTIL:
                # No word beside it names it: it must look chosen, and the talk be of signing in.
                kinds = 3
                if not _SIGNING_IN.search(scene.before(start, 120) + scene.after(end, 60)) or "/" in value:
                    continue
            if (
                mixture(value) >= kinds
                and len(value) >= least
                and not PLACEHOLDER.search(value.lower())
                and not like_password(value)
            ):
                yield secret_hit(
                    start, start + len(value), 0.85, "it stands where a password is given", value
                )
    for start, end in (
        *candidates(_CODE_AT, reading.low_data),
        *candidates(_PRESS, reading.low_data),
        *candidates(_BOX_CODE, reading.low_data),
        *candidates(_SET_WITH, reading.low_data),
        *candidates(_SAFE_THEN, reading.low_data),
        *candidates(_CODE_ASKED, reading.low_data),
        *candidates(_BESIDE, reading.low_data),
        *candidates(_OPERATED, reading.low_data),
        *candidates(_GATE_LETTER, reading.low_data),
        *candidates(_DIAL, reading.low_data),
        *candidates(_DOORS, reading.low_data),
        *candidates(_CODE_FOR, reading.low_data),
        *_either(_UNLOCKS_WITH, reading.low_data),
        *_either(_ON_PANEL, reading.low_data),
    ):
        if _OTHER_CODE.search(scene.before(start, 60)) or EXAMPLE.search(scene.before(start, 30)):
            continue
        if re.fullmatch(r"(?:19|20)\d\d", reading.low[start:end]):
            continue
        yield secret_hit(start, end, 0.75, "what follows says what it opens", reading.text[start:end])
    for start, end in candidates(_RECOVERY, reading.low_data):
        if EXAMPLE.search(scene.before(start, 40)):
            continue
        for part in re.finditer(r"[^\s,]+(?: [^\s,]+)?", reading.low[start:end]):
            yield secret_hit(
                start + part.start(), start + part.end(), 0.8, "it is a recovery code", part.group()
            )
    for start, end in candidates(_CODE_FIRST, reading.low_data):
        if not EXAMPLE.search(scene.before(start, 30)) and not re.search(
            r"[$0-9,.]$", reading.low[max(0, start - 2) : start].rstrip()
        ):
            yield secret_hit(start, end, 0.75, "what follows says what it opens", reading.text[start:end])
