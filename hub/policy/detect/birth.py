"""Dates of birth: a date becomes one only through its label, its column or a person's record around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import re2

from hub.policy.detect.context import Scene, last_match
from hub.policy.detect.hits import Hit, candidates
from hub.policy.detect.labels import BIRTH, EXAMPLE, example_after

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ionawr ion",
            "feb february chwefror chwef",
            "mar march mawrth maw",
            "apr april ebrill ebr",
            "may mai",
            "jun june mehefin meh",
            "jul july gorffennaf gorff",
            "aug august awst",
            "sep sept september medi",
            "oct october hydref hyd",
            "nov november tachwedd tach",
            "dec december rhagfyr rhag",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_SPELT_DAYS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth "
    "twentieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
_SPELT = "(?:" + "|".join(sorted((d.replace("-", "[ -]") for d in _SPELT_DAYS), key=len, reverse=True)) + ")"
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_UNITS = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        range(1, 20),
        strict=True,
    )
)
_UNITS["oh"] = 0
_NUMBER_WORD = (
    r"(?:(?:"
    + "|".join(_TENS)
    + r")(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|(?:oh )?(?:"
    + "|".join(_UNITS)
    + r"))"
)
_SPELT_YEAR = r"(?:nineteen|twenty|two thousand)(?: and)?(?: hundred(?: and)?)? " + _NUMBER_WORD
_ORDINAL = r"(?:st|nd|rd|th|af|il|ydd|fed|eg|ain|ed)?"
_EDGE = r"(?:^|[^0-9a-zA-Z/.-])"
_DATE = re2.compile(
    (
        r"(?i)" + _EDGE + r"((?:[0-9]{1,2}[ ]?[/.\-][ ]?[0-9]{1,2}[ ]?[/.\-][ ]?(?:[0-9]{4}|[0-9]{2}))"
        r"|(?:[0-9]{4}[/.\-][0-9]{1,2}[/.\-][0-9]{1,2})"
        r"|(?:[0-9]{1,2}"
        + _ORDINAL
        + r"(?:\s+of)?[\s.\-/]{0,2}"
        + _MONTH
        + r"[\s,.\-/']{0,3}(?:[0-9]{4}|[0-9]{2}))"
        r"|(?:(?:the )?(?:"
        + _SPELT
        + r"|[0-9]{1,2}(?:st|nd|rd|th))(?: day)?(?: of)?(?: the)? (?:"
        + _MONTH
        + "|"
        + _SPELT
        + r"),? (?:[0-9]{4}|"
        + _SPELT_YEAR
        + "))"
        r"|(?:" + _MONTH + r"\s+[0-9]{1,2}" + _ORDINAL + r",?\s+[0-9]{4})"
        r"|(?:[0-9]{1,2} [0-9]{1,2} [0-9]{4})|(?:[0-9]{8})|(?:[0-9]{6}))"
    ).encode()
)
_HAS_LABEL = re2.compile(rb"(?i)birth|\bb\.|nhs|d ?[./]? ?o ?[./]? ?b\b|born|geni|gan[we]|b/?day")
_NUMERIC = re.compile(r"(\d+)\s?[/.\- ]\s?(\d+)\s?[/.\- ]\s?(\d+)")

# Between the label and the date these show that the date belongs to something else.
_NOT_BIRTH = re.compile(
    r"\b(?:check(?:s|ed|ing)?|complet\w+|verif\w+|confirm\w*|sent|updated?|received?|expir\w+|form|deadline|due|starts?|started|joined|appoint\w*|review\w*|required|missing|field|"
    r"before|after|between|cut-?off|registered|died|death|signed|issued|since|until|from|admitted|seen|moved|version|released?|published|launched?|"
    r"collect\w*|record\w*\s+on|added|entered|change[ds]?|meeting|month|statistics|certificate|registration|weight|rates?|placed|"
    r"cakes?|cards?|celebrat\w*|lunch|drinks|company|project|idea|service|programme|party)\b"
)
_BOUND = re.compile(
    r"born\s+(?:on\s+or\s+)?(?:before|after|between|since|from|in)\b|\b(?:dates?\s+of\s+birth|dobs?)\s+(?:between|before|after|on\s+or|range|from)\b"
)
# "Kit Ashdown, 4/4/2011, NHS 999 …": a person's record on one line.
_RECORD_TAIL = re.compile(
    r"\s*[)\],;|/-]\s*[(\[]?(?:nhs(?:\s*(?:no|number|num|#))?|nino|ni(?:\s*(?:no|number))?|upn)\b[\s.:#-]{0,3}[a-z]{0,2}\s?\d"
)
_NAME_THEN = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]*\.?)? [A-Z][A-Za-z'-]+\s*[,;(|/-]\s*[(]?$")
# "… your date of birth?\nMRS LLOYD: fourth of May": question and answer.
_ANSWER = re.compile(
    r"^[^?\n]{0,40}\?\s*\n\s*(?:\[?\d{1,2}[:.]\d\d(?:[:.]\d\d)?\]?\s*)?(?:[a-z][a-z .'-]{0,24}:|[a-z]+(?=\s))?\s*"
)
# "Date of birth (DD/MM/YYYY): 3/3/1974" is a form that somebody has filled in.
_FORM_HINT = re.compile(r"[(\[]\s*dd?[ /.-]?mm?[ /.-]?yy(?:yy)?\s*[)\]](?=\s*[:=|-])")
_SAYS_SO = re.compile(r"(?:birth|d\.?o\.?b\.?)\s*[:=-]?\s*$")
_HE = re.compile(r"\b(?:hi|ef|fo|e|ar|on|the|y|plentyn)\b")
_ANIMAL = re.compile(
    r"\b(?:kittens?|cats?|dogs?|pupp(?:y|ies)|calf|calves|foals?|lambs?|bitch|terrier|labrador|spaniel|rabbits?|ponies|pony)\b"
)
_FORMAT = re.compile(r"\b(?:dd|mm|yy|yyyy)\b")
LONGEST_LIFE = 112


_SPOKEN = re.compile(
    rf"(?:the )?({_SPELT}|[0-9]{{1,2}}(?:st|nd|rd|th))(?: day)?(?: of)?(?: the)? ({_MONTH}|{_SPELT}),? ([0-9]{{4}}|{_SPELT_YEAR})"
)


def parse(text: str) -> date | None:
    """The calendar date in a lower-case string, day first (month first when only that is possible); None if impossible.

    Two-digit years become the latest year that is not in the future.
    """
    text = " ".join(text.split())
    if text.isdigit() and len(text) == 8:
        parts = [
            (int(text[:2]), int(text[2:4]), int(text[4:])),
            (int(text[6:]), int(text[4:6]), int(text[:4])),
        ]
    elif text.isdigit() and len(text) == 6:
        parts = [(int(text[:2]), int(text[2:4]), _year(int(text[4:]), text[4:]))]
    elif match := _NUMERIC.fullmatch(text):
        a, b, c = (int(g) for g in match.groups())
        parts = (
            [(c, b, a)]
            if len(match.group(1)) == 4
            else [(a, b, _year(c, match.group(3))), (b, a, _year(c, match.group(3)))]
        )
    else:
        word = re.search(_MONTH, text)
        numbers = re.findall(r"\d+", text)
        if spelt := _SPOKEN.fullmatch(text):
            return _spoken(spelt)
        if word is None or len(numbers) != 2:
            return None
        parts = [(int(numbers[0]), _MONTHS[word.group()], _year(int(numbers[1]), numbers[1]))]
    for day, month, year in parts:
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return None


def _spoken(match: re.Match[str]) -> date | None:
    """`second of the eleventh, nineteen forty-nine` as a date."""
    day, month, year = match.groups()

    def ordinal(words: str) -> int:
        return int(words[:-2]) if words[0].isdigit() else _SPELT_DAYS.index(words.replace(" ", "-")) + 1

    if not year.isdigit():
        century, _, rest = (
            year.replace(" and ", " ")
            .replace(" hundred", "")
            .replace("two thousand", "thousand")
            .partition(" ")
        )
        words = rest.replace("-", " ").split()
        year = str(
            {"nineteen": 1900, "twenty": 2000, "thousand": 2000}[century]
            + sum(_TENS.get(w, 0) + _UNITS.get(w, 0) for w in words)
        )
    try:
        return date(int(year), _MONTHS[month] if month in _MONTHS else ordinal(month), ordinal(day))
    except ValueError:
        return None


def _year(number: int, written: str) -> int:
    if len(written) == 4:
        return number
    century = datetime.now(UTC).year // 100 * 100
    return century + number if century + number <= datetime.now(UTC).year else century - 100 + number


def dob(scene: Scene) -> Iterator[Hit]:
    """Dates of birth of living people: a label right before (or after), or a column headed so."""
    reading = scene.reading
    if _HAS_LABEL.search(reading.data) is None:
        return
    low = reading.low
    today = datetime.now(UTC).date()
    for start, end in candidates(_DATE, reading.data):
        if low[end : end + 1].isalnum() or (low[end : end + 1] in "/-." and low[end + 1 : end + 2].isdigit()):
            continue
        born = parse(low[start:end])
        if born is None or born > today or today.year - born.year > LONGEST_LIFE:
            continue
        if end - start == 6 and low[start:end].isdigit() and not _SAYS_SO.search(scene.same_line(start, 30)):
            continue
        why = _reason(scene, start, end)
        if why:
            yield Hit("dob", start, end, 0.9, f"date of birth: {why}", born.isoformat())


def _reason(scene: Scene, start: int, end: int) -> str:
    low = scene.reading.low
    near = scene.before(start, 70)
    after = scene.after(end, 50)
    if (
        EXAMPLE.search(near)
        or example_after(after)
        or re.search(r"\bfor example\b|\be\.g\.|\ber enghraifft\b", near[-45:])
    ):
        return ""
    header = scene.tables.header(start)
    if header is not None and header.certain:
        near = scene.same_line(start, 70)
    label = last_match(BIRTH.label, near)
    if label is not None and label.group() == "b." and not _initial_b(scene, start, near[label.end() :]):
        return ""
    if label is not None and near[: label.start()].endswith("happy "):
        return ""
    if label is not None:
        between = _ANSWER.sub(" ", near[label.end() :])
        born = "born" in label.group() or label.group().startswith("gan")
        if _BOUND.search(near) or _FORMAT.search(_FORM_HINT.sub("", between)):
            return ""
        between = _FORM_HINT.sub("", between)
        if (
            sum(c.isdigit() for c in between) < 3
            and len(between) <= 40
            and not _NOT_BIRTH.search(between)
            and not _names_else(between)
        ):
            if (
                born
                and between.strip() != ":"
                and (
                    len(_HE.sub("", between).strip()) > 5
                    or not _person_born(scene, start, near, label.start())
                )
            ):
                return ""
            return f"“{' '.join(label.group().split())}” stands before it"
    if header is not None and BIRTH.label.search(header.text.replace("_", " ")):
        return "" if _NOT_BIRTH.search(header.text) else f"its column is headed “{header.text}”"
    if header is not None and header.certain:
        return ""
    follows = BIRTH.label.match(after.lstrip(" ,)([-:=|")) if after else None
    if follows and "\n" not in after[: after.find(follows.group()) if follows.group() in after else 0]:
        tail = after.lstrip(" ,)([-:=|")[follows.end() :]
        if (
            "born" not in follows.group()
            and not re.match(r"\s*[:=(-]*\s*\d", tail)
            and not _NOT_BIRTH.match(tail.lstrip())
        ):
            return f"“{follows.group().strip()}” stands after it"
    if re.search(
        r"\bis (?:his|her|their|my|the child'?s|the client'?s|the tenant'?s) (?:date of birth|dob|birthday)\b",
        low[end : end + 50],
    ):
        return "it is said to be a date of birth"
    if label is None and _RECORD_TAIL.match(after) and _NAME_THEN.search(_written_before(scene, start)):
        return "it stands between a person's name and number"
    if label is None and scene.chained("dob", start):
        return "it follows another date of birth in a list"
    return ""


# "Tamsin Orwin, born 14 …", "Jayden (born 21 …", "he was born on 3 …": somebody, and not somebody known.
_SUBJECT_THEN = re.compile(
    r"(?:\b[A-Z][a-z]+(?: [A-Z]\.?)?(?: [A-Z][A-Za-z'-]+)?\s?[,(-]\s*|\b(?:[Hh]e|[Ss]he|[Tt]hey|[A-Z][a-z]+ [A-Z][A-Za-z'-]+|(?:[Mm]y|[Hh]er|[Hh]is|[Oo]ur|[Tt]he) (?:son|daughter|mother|father|mum|dad|sister|brother|baby|twins?|husband|wife|partner|client|tenant|child)) (?:was |were |is )?|^\s*|\n\s*|[.;] )(?:[Bb]orn|[Gg]anwyd|[Gg]aned)(?: on| ar)?:? (?:the )?$"
)
_NOTABLE = re.compile(
    r"\b(?:exhibitions?|plaques?|statues?|museums?|memorials?|monuments?|authors?|novel\w*|poets?|poetry|act(?:or|ress)|singers?|footballers?|cricketers?|politicians?|mp|msp|elected|ministers?|prime|king|queen|prince|princess|duke|duchess|earl|captain|sir|lord|lady|dame|president|biograph\w*|career|educated|graduated|died|composers?|artists?|painters?|scientists?|inventors?|olympic\w*|championships?|album|band|films?|anniversary|centenary|birthplace|famous|pioneers?|professor|bishop|saint|war|regiment|soldiers?|exhibit\w*|cake|parish register|census|genealog\w*|history|heritage)\b"
)


def _initial_b(scene: Scene, start: int, between: str) -> bool:
    """Whether a “b.” stands for born: small, on the same line, after a name or alone, and no point of a list."""
    written = scene.reading.text[max(0, start - 40) : start]
    return (
        "\n" not in between
        and re.search(r"(?:^|[\n(\[,;/|]\s*|[a-z]\s)b\.\s*$", written) is not None
        and re.search(r"(?:^|\n)\s*(?:a|c)[.)]\s", scene.reading.low[max(0, start - 600) : start + 600])
        is None
    )


def _written_before(scene: Scene, start: int) -> str:
    return scene.reading.text[max(0, start - 45) : start]


def _names_else(between: str) -> bool:
    """A sentence end or a new clause between label and date: the date is about something else."""
    return re.search(r"[.!?;]\s+\w|\n\s*\w+[^\n]{12,}", between) is not None


def _person_born(scene: Scene, start: int, near: str, label_at: int) -> bool:
    """“born” alone is biography; it counts with a numeric date, or with somebody's record or case around it."""
    if re.search(
        r"\b(?:policy|idea|project|company|scheme|service|programme|party|plan|concept|network|campaign|movement|charity|group|partnership|council|authority|borough|county|district|trust|hub|website|festival|union|club)\s*$",
        near[:label_at],
    ):
        return False
    if _ANIMAL.search(near[:label_at]):
        return False
    low = scene.reading.low
    if (
        _SUBJECT_THEN.search(scene.reading.text[max(0, start - 70) : start])
        and _NOTABLE.search(scene.before(start, 200) + " " + scene.after(start, 200)) is None
    ):
        return True
    if low[start : start + 2].isdigit() and re.match(
        r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}", low[start : start + 10]
    ):
        return True
    around = near[:label_at] + scene.after(start, 120)
    return (
        re.search(
            r"\b(?:allowance|benefits?|carers?|care (?:home|plan|package)|universal credit|council tax (?:support|reduction)|blue badge|homeless|discharged|lives? (?:alone|with)|next of kin|byw (?:ei|gyda|ar)|budd-?dal|lwfans|ysbyty|gofalwr|client|tenant|pupil|child|patient|applicant|claimant|resident|service user|foster|safeguarding|school|nhs|social worker|claf|plentyn|disgybl|cleient|claim|placement|referral)\b",
            around,
        )
        is not None
    )
