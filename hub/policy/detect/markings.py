"""Protective markings above OFFICIAL, as a marking of this very text and not as a subject of it.

Source: Government Security Classifications Policy (Cabinet Office) and the older Government Protective Marking Scheme,
whose words councils still use.  Only a wide audience makes a marking a finding; the engine looks at that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import Hit, candidates

_SEP = r"[\s_./:-]{0,3}"
_CANDIDATE = re2.compile(
    (
        r"(?i)(?:^|[^a-z])(official"
        + _SEP
        + r"sensitive|o"
        + r"[ .]f[ .]f[ .]i[ .]c[ .]i[ .]a[ .]l[ .]{1,3}-?[ .]{0,3}s[ .]e[ .]n[ .]s[ .]i[ .]t[ .]i[ .]v[ .]e|swyddogol"
        + _SEP
        + r"sensitif|"
        r"(?:(?:uk|nato) )?(?:top )?secret|(?:strictly )?(?:private (?:and|&) |commercially |highly )?(?:confidential|restricted)|protect|(?:commercial|staff|policy|medical) in confidence|in confidence|"
        r"(?:hollol |cwbl )?gyfrinachol|cyfrinachol|cyfyngedig|not for publication|exempt from publication)(?:$|[^a-z])"
    ).encode()
)
_DESCRIPTOR = r"(?:commercial|personal(?: data)?|locsen|staff|management|policy|appointments?|investigation|contracts?|medical|legal(?: professional privilege| privilege)?|lpp|privileged|addressee only|finance|market(?: sensitive)?|hr|draft|exempt|part (?:2|ii|two)|level \d|il ?[2-4]|council|internal|recipients? only|uk eyes only|adults?|children|benefits|social care|for cabinet|when complete[d]?|not for (?:publication|circulation|onward (?:circulation|transmission))|do not (?:forward|copy|share)|masnachol|personol)"
_FIELD = r"(?:(?:protective|security|information|document|data|gsc|gpms)?\s*(?:marking|classification|status|security|handling|sensitivity|classified|marked|headers?|footers?|banner|watermark|stamp(?:ed)?|caveat|marc(?:io|iad)(?:\s+diogelu)?|dosbarthiad)\s*(?:level|instructions?)?\s*[:=-]\s*)"
_PAGE = re.compile(
    r"\b(?:page|tudalen|pg?\.?)\s*\d+(?:\s*(?:of|o|/)\s*\d+)?|\bversion\s*[\d.]+|\bv\s?\d+(?:\.\d+)*\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|\bdraft\b|^\s*\d+\s*$|\buntil\s+[^.\n]{3,25}$|copy \d+ of \d+|^(?:part|appendix|annexe?|item|schedule)\s+(?:\d{1,3}[a-z]?|[a-z])\b"
)
_THIS = re.compile(
    r"\b(?:this|the attached|the enclosed|attached)\s+(?:\w+\s+){0,3}?(?:document|paper|report|e-?mail|page|note|briefing|minutes?|file|post|message|spreadsheet|draft|appendix|annex|item|agenda|letter|list|thread|information|material|is|are)\b"
    r"(?:\s+\w+){0,2}?\s*(?:is|are|has been|have been|remains?|=|:)?\s*(?:currently\s+|now\s+|also\s+)?(?:marked|classified|classed|graded|labelled|rated|protectively marked)?\s*(?:as\s*)?[:\"'*_(\[\s]*$"
)
# "Emergency plan annex, protective marking RESTRICTED, issue 4": named without a colon, set off from the rest.
_NAMED = re.compile(
    r"(?:^|[,;(|\t-])\s*(?:(?:protective|security)\s+(?:marking|classification)|(?:protectively\s+)?marked|classified|classification|marc\w+\s+diogelu)(?:\s+as)?\s+[\"'*_]*$"
)
_OTHER_PART = re.compile(r"(?:^|\n)[\s#*_]*part\s+(?:1|i|a|one)\b")
_EXEMPT_BY = re.compile(
    r"\s*[-,:(]?\s*(?:by\s+virtue\s+of|under\s+(?:paragraph|part|section|schedule)|because\s+it\s+contains|as\s+defined\s+in|as\s+it\s+contains|pursuant\s+to)\b"
)
_ASKED = re.compile(
    r"\b(?:should|would|could|can|shall|if|whether|when|is|are|was|unless|does|do|may|might|why|think)\s+(?:you think\s+)?(?:this|the attached|the enclosed)\b"
)
_SUBJECT = re.compile(
    r"^[\s:|/\])-]*\s*(?:what|how|why|when|who|guidance|guide|explained|training|policy|scheme|a guide|handling|definition|markings?|documents?|information|material|data|emails?|papers?|means?|is\b|are\b|and\b|or\b|should|must|can|may|waste|area|access|parking|hours|zone|byway|"
    r"reporting|advice|counselling|helpline|support|service|your|the\b|to\b|by\b|items?|use|covers?|examples?|your\b|applies|classification|includes?|does|has|have)\b"
)
_LEVELS = (
    "official",
    "official-sensitive",
    "secret",
    "top secret",
    "restricted",
    "confidential",
    "protect",
    "unclassified",
    "not protectively marked",
)


def marking(scene: Scene) -> Iterator[Hit]:
    """A marking set as a heading, header, footer, field, subject prefix, or said of “this document”."""
    reading = scene.reading
    text, low = reading.text, reading.low
    found: list[Hit] = []
    headings: set[str] = set()
    for start, end in candidates(_CANDIDATE, reading.data):
        raw = " ".join(text[start:end].split())
        word = _name(raw)
        line_start = low.rfind("\n", 0, start) + 1
        line_end = low.find("\n", end)
        line_end = len(low) if line_end < 0 else line_end
        if line_end - line_start > 2_000:
            continue
        shown = raw.upper() == raw
        why, stop = _placed(text, start, end, line_start, line_end, word, shown)
        if not why:
            continue
        headings.add(word)
        found.append(
            Hit(
                "marking",
                start,
                stop,
                0.9 if shown else 0.8,
                f"marked {raw}: {why}",
                word,
                text[start:stop].strip(),
            )
        )
    if found and _about_the_scheme(low, headings):
        return
    yield from found


_EMPTY_LINE = re.compile(r"[ \t]*\n[ \t]*\n")


def _at_an_end(text: str, line_start: int, line_end: int) -> bool:
    """Whether a line is among the first three or the last two that are not empty."""
    above = sum(bool(line.strip()) for line in text[max(0, line_start - 2_000) : line_start].splitlines())
    below = sum(bool(line.strip()) for line in text[line_end : line_end + 2_000].splitlines())
    followed = below > 0 and _EMPTY_LINE.match(text, line_end) is None
    return not followed and (above <= 2 or below <= 1)


def _near_top(text: str, line_start: int) -> bool:
    """Whether fewer than five lines with something on them stand above: an agenda names exempt items further down."""
    return sum(bool(line.strip()) for line in text[max(0, line_start - 2_000) : line_start].splitlines()) < 5


def _name(raw: str) -> str:
    squeezed = re.sub(r"[^a-z]", "", raw.lower())
    if squeezed in ("officialsensitive", "swyddogolsensitif"):
        return "official-sensitive"
    return re.sub(r"\s+", " ", raw.lower())


def _placed(
    text: str, start: int, end: int, line_start: int, line_end: int, word: str, shown: bool
) -> tuple[str, int]:
    """How the words stand on their line: the reason and where the marking ends, or an empty reason."""
    line = text[line_start:line_end]
    ahead, behind = text[line_start:start], text[end:line_end]
    plain_ahead = ahead.strip(" \t#*_>[({=~|.\"'-").lower()
    strong = (
        word in ("official-sensitive", "top secret", "uk secret", "uk top secret", "nato secret")
        or "in confidence" in word
        or word.startswith(("strictly", "private and", "private &", "highly"))
    )
    single = re.fullmatch(r"[A-Z][a-z]+", text[start:end]) is not None
    tail = re.match(r"(?:[\s:/,(\[|-]*(?i:" + _DESCRIPTOR + r")\b[)\]]?)*", behind)
    stop = end + (tail.end() if tail else 0)
    rest = text[stop:line_end].strip(" \t#*_>])}=~|.\"'-:")
    if (
        (shown or word == "not for publication")
        and (word == "not for publication" or "confidential" in word or word == "exempt from publication")
        and not ahead.strip(" \t#*_>[(")
        and _EXEMPT_BY.match(text[stop:line_end].lower())
        and _near_top(text, line_start)
    ):
        return "the text says why it is exempt", stop
    if (
        shown
        and _NAMED.search(ahead.lower())
        and re.match(r"[\"'*_]*(?:\s*[,.;)|\]]|\s*$)", text[stop:line_end])
    ):
        return "the text says so of itself", stop
    field = re.search(r"(?i)" + _FIELD + r"[\s*_\[(\"'-]*$", ahead)
    if (
        field
        and len(ahead[: field.start()].strip(" \t#*_>|-")) <= 40
        and (not rest or len(rest) < 25 or text[stop : stop + 2].strip() == "")
    ):
        if (word in ("restricted", "protect", "secret") and not shown and not single) or (
            single and _PAGE.sub("", rest).strip(" |-")
        ):
            return "", end
        return "it stands in the marking field", stop
    ahead_rest, rest_rest = _PAGE.sub("", plain_ahead).strip(" |-"), _PAGE.sub("", rest.lower()).strip(" |-")
    if not ahead_rest and not rest_rest:
        if plain_ahead.startswith("part") and _OTHER_PART.search(
            text[max(0, line_start - 20_000) : line_start].lower()
        ):
            return "", end  # The second part of an agenda that anybody may read.
        if (shown or strong) and not (line.lstrip().startswith("#") and not shown):
            return "it stands alone on its line", stop
        bracketed = ahead.rstrip().endswith(("[", "(")) and behind.lstrip().startswith(("]", ")"))
        if (
            single
            and word in ("confidential", "restricted", "secret", "cyfrinachol", "cyfyngedig")
            and (bracketed or (_at_an_end(text, line_start, line_end) and not line.lstrip().startswith("#")))
        ):
            return "it stands alone at the top", stop
        if plain_ahead or rest:
            return ("it stands in the page's header or footer", stop) if single or shown else ("", end)
        return "", end
    # Header or footer with other things on the line: set apart by a tab, a pipe or wide blanks.
    apart_before = not plain_ahead or re.search(r"(?:\t|\||\s{3,})[\s*_\[(]*$", ahead) is not None
    apart_after = not rest or re.match(r"[\s*_\])]*(?:\t|\||\s{3,})", text[stop:line_end]) is not None
    if (
        apart_before
        and apart_after
        and (shown or strong)
        and ("|" in line or "\t" in line or re.search(r"\s{3,}", line.strip()))
    ):
        pipes = line.count("|")
        if pipes >= 2 and not re.search(r"page|\bv\d|version|\bdraft\b", line.lower()):
            return "", end
        return "it stands in the page's header or footer", stop
    if (
        _THIS.search(ahead.lower()[-90:])
        and not _ASKED.search(ahead.lower()[-90:])
        and (shown or strong or word == "confidential")
        and word not in ("protect", "secret")
        and not re.match(
            r"\s*(?:until|unless|if|material|information)?\s*(?:guidance|scheme)\b", behind.lower()
        )
    ):
        return "the text says so of itself", stop
    if not plain_ahead or re.fullmatch(
        r"(?:subject|re|fw|fwd|title|testun)\s*:(?:\s*(?:re|fw|fwd):)*", plain_ahead
    ):
        prefix = re.match(
            r"[\s*_]*(?:[\])}]+[\s*_:-]*|(?:\s-+|:|\s?\||\s?//?)\s)\s*(?=\S)", text[stop:line_end]
        )
        if (
            prefix
            and shown
            and word != "protect"
            and not _SUBJECT.match(text[stop:line_end].lower().lstrip(" *_])}:|/-"))
        ):
            return "it opens the line", stop
    if (
        shown
        and strong
        and re.search(r"(?:^|[\s\])])[-(\[|]\s*[*_]*$", ahead)
        and not rest
        and len(line) <= 140
        and not re.search(
            r"\b(?:mark(?:ed|ing)|classif|between|difference|guidance|training|handling)\b", ahead.lower()
        )
    ):
        return "it closes the title", stop
    return "", end


def _about_the_scheme(low: str, headings: set[str]) -> bool:
    """A text that sets out three or more levels, or explains the classification scheme, is about markings."""
    present = {
        level
        for level in _LEVELS
        if re.search(r"(?<![a-z-])" + level.replace("-", r"[\s-]{1,3}") + r"(?![a-z-])", low)
    } & set(_LEVELS)
    talk = len(
        re.findall(
            r"classification (?:policy|scheme|system|levels?)|protective marking scheme|government security classifications?|security classifications?|how to mark|marking scheme|what (?:it|they) means?",
            low,
        )
    )
    return len(headings) >= 3 or (len(present) >= 3 and talk >= 1) or talk >= 3
