"""Decides from its surroundings whether a number is what its shape says: label, header, list heading, scene, veto.

The checksum alone is not enough: one ten-digit order number in eleven is a valid NHS number.  The nearest word that
names the number wins; a column's header decides for a table; an example or a placeholder is nobody's.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from hub.policy.detect.finding import bare
from hub.policy.detect.labels import AWAY, EXAMPLE, NUMBER, Labels, example_after
from hub.policy.detect.normalise import Reading
from hub.policy.detect.tables import Header, Tables

BEFORE = 60
AFTER = 40
_BREAK = re.compile(r"\n[ \t]*\n")
# Only a few small words may stand between another thing's name and its number.
_ATTACHED = re.compile(
    r"^(?:\s*"
    + NUMBER
    + r"|\s+(?:is|was|are|code|called|shows?|reads?|the|a|our|for|number(?:ed)?|run(?:s|ning)?\s+from|rang(?:es?|ing)\s+from|start(?:s|ing)?\s+(?:at|with|from)|between)\b){0,3}[\s:;=#.(\[\"'`*/-]*$"
)
_IS_THE = re.compile(
    r"[\s(\[\"',-]*(?:(?:is|was|are|were)\b)?(?:\s*\b(?:an?|the|our|its|on|for|from|your)\b)*\s*"
)
# A person's record goes on with these; they name what follows them, not what stands before.
_ALSO_GIVEN = re.compile(
    r"tel|phone|mob|call|ring|ext|fax|meeting|ref|email|staff|payroll|plan|code|account|order|council|case|job|room"
)
# "… in the batch: ", "… on this order is ": another thing only says where the named numbers are.
_ATTRIBUTE = re.compile(
    r"\s+(?:in|on|from|of|for|per|with|by)(?:\s+(?:the|this|that|these|our|your|an?|each|her|his|their|my|today'?s))?\s+"
)
_HOLDER = re.compile(r"\s+(?:box|fields?|columns?|sections?|rows?|entry|lists?|lines?|forms?)")
_SAID = re.compile(
    r"\s*\n\s*|(?:\s+(?:is|was|are|were|as\s+follows))?\s*[:=][\s\"'*`]*|\s+(?:is|was|are|were)\s+[\"'`]?"
)
_FOR_SOMEBODY = re.compile(
    r"\s*[,(]?\s*(?:for|is|of|belongs to|\()\s*[a-z][a-z' .-]{1,24}\)?\s*[,;]?\s*(?:and|,|;|&)\s*(?:then\s+)?"
)
_LIST_STEP = re.compile(r"\s*(?:[,;/&-]|to|through|and|or|until)?\s*(?:and|or)?\s*")
_SENTENCE = re.compile(r"[.!?]\s|\n")


class Evidence(NamedTuple):
    """Why a number counts: `strength` 0 to 1 (0 = vetoed or nothing known), `why` in plain words."""

    strength: float
    why: str
    vetoed: bool = False


VETO = Evidence(0.0, "", True)
NOTHING = Evidence(0.0, "")


class Scene:
    """A reading with its tables and the places where a rule last said yes."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.tables = Tables(reading)
        self._last: dict[str, int] = {}
        self._refused: dict[str, int] = {}

    # ---- windows --------------------------------------------------------------------------------------------------

    def before(self, start: int, width: int = BEFORE) -> str:
        """Lower-case text before an offset, back to a blank line at most."""
        text = self.reading.low[max(0, start - width) : start]
        for gap in _BREAK.finditer(text):
            text_after = text[gap.end() :]
            # A heading, then an empty line, then the value: Markdown.
            if text_after.strip() or gap.start() == 0:
                text = text_after
                break
        return text

    def after(self, end: int, width: int = AFTER) -> str:
        """Lower-case text after an offset, up to a blank line at most."""
        text = self.reading.low[end : end + width]
        gap = _BREAK.search(text)
        return text[: gap.start()] if gap else text

    def same_line(self, start: int, width: int = BEFORE) -> str:
        """Lower-case text between the line's beginning and an offset."""
        text = self.reading.low[max(0, start - width) : start]
        return text[text.rfind("\n") + 1 :]

    def line(self, offset: int, reach: int = 4_000) -> str:
        """The lower-case line at an offset, at most `reach` characters of it to either side."""
        low = self.reading.low
        a = low.rfind("\n", max(0, offset - reach), offset) + 1 or max(0, offset - reach)
        b = low.find("\n", offset, offset + reach)
        return low[a : b if b >= 0 else offset + reach]

    def accept(self, rule: str, end: int) -> None:
        """Remember that the rule said yes up to here, so that the next of a list needs no label of its own."""
        self._last[rule] = end

    def chained(self, rule: str, start: int) -> bool:
        """Whether only list punctuation separates this value from one the rule has just accepted."""
        last = self._last.get(rule, -1)
        if last < 0 or not 0 <= start - last <= 45:
            return False
        between = self.reading.low[last:start]
        if "\n\n" in between.replace(" ", "") or any(c.isdigit() for c in between):
            return False
        if re.fullmatch(r"[\s,;&/*|()\-]*(?:(?:and|or|a|ac|neu|plus|also|then)\b)?[\s,;&/*|()\-]*", between):
            return True
        # A list of people, one a line: "Ann Lee 999…\nBob Ray 999…".
        return "\n" in between and AWAY.search(between) is None and len(between.split()) <= 5

    def _each_for_somebody(self, rule: str, start: int) -> bool:
        """`… 135… for him and 484… for his brother`: the next value of a sentence that says whose each one is."""
        last = self._last.get(rule, -1)
        return (
            last >= 0
            and 0 <= start - last <= 45
            and _FOR_SOMEBODY.fullmatch(self.reading.low, last, start) is not None
        )

    # ---- the decision ---------------------------------------------------------------------------------------------

    def judge(
        self, rule: str, start: int, end: int, labels: Labels, valid: Callable[[str], bool] | None = None
    ) -> Evidence:
        """What the surroundings of the span say about this rule's value.

        `valid` checks another value (upper case, separators off): in a ledger the rest of the column then decides.
        A value without evidence of its own that goes on with a refused one (`tags AB… to AB…`) is refused as well.
        """
        seen = self._judge(rule, start, end, labels, valid)
        if seen.strength < 0.7 and not seen.vetoed and self._goes_on(rule, start):
            seen = VETO
        if seen.vetoed:
            self._refused[rule] = end
        return seen

    def _goes_on(self, rule: str, start: int) -> bool:
        last = self._refused.get(rule, -1)
        return (
            last >= 0
            and 0 <= start - last <= 14
            and _LIST_STEP.fullmatch(self.reading.low, last, start) is not None
        )

    def _judge(
        self, rule: str, start: int, end: int, labels: Labels, valid: Callable[[str], bool] | None = None
    ) -> Evidence:
        low = self.reading.low
        near = self.before(start)
        after = self.after(end)
        if EXAMPLE.search(near) or example_after(after):
            return VETO
        header = self.tables.header(start)
        window = near if header is None or not header.certain else self.same_line(start)
        cell = self.tables.ledger_cell(start)
        if cell is not None:
            window = self._in_cell(start, cell, labels)
            after = low[end : cell[2]]
        label, away = _names(window, labels)
        if label is not None and (
            away is None or label.end() >= away.end() or not _ATTACHED.match(window[away.end() :])
        ):
            between = window[label.end() :]
            if not _other_number(between):
                return Evidence(0.95, f"“{_shown(label.group())}” stands before it")
        if (
            away is not None
            and _ATTACHED.match(window[away.end() :])
            and (label is None or label.end() < away.end())
        ):
            return VETO
        if label is None and self._row_label(start, labels):
            return Evidence(0.9, "its row is labelled so")
        if header is not None:
            verdict = _by_header(header, labels)
            if verdict is not None:
                return verdict
        if cell is not None:
            company = self.tables.neighbours(start, cell[0])
            if len(company) >= 2:
                right = sum(valid(bare(other)) for other in company) if valid else 0
                return (
                    Evidence(0.8, "the rest of its column passes the same check")
                    if right >= 0.8 * len(company)
                    else VETO
                )
        if self.chained(rule, start) or (valid is not None and self._each_for_somebody(rule, start)):
            return Evidence(0.85, f"it follows another {labels.name} in a list")
        follows = _follows(after, labels)
        if follows:
            return Evidence(0.8, f"“{_shown(follows.group())}” stands after it")
        if _named_otherwise(after) or (
            away is not None and len(window) - away.end() <= 25 and not _other_number(window[away.end() :])
        ):
            return VETO
        heading = self._heading(start)
        if heading and labels.label.search(heading) and AWAY.search(heading) is None:
            return Evidence(0.75, "the heading of the list names it")
        if low[max(0, start - 1) : start] in ("#", "$"):
            return VETO
        scene = labels.weak.search(self.before(start, 90)) or labels.weak.search(self.after(end, 60))
        if scene:
            return Evidence(0.5, f"“{_shown(scene.group())}” stands near it")
        return NOTHING

    def _in_cell(self, start: int, cell: tuple[int, int, int], labels: Labels) -> str:
        """The words before the value in its own cell, or the cell before when that is nothing but a label."""
        own = self.reading.low[cell[1] : start]
        if any(c.isalpha() for c in own):
            return own
        before = self.same_line(cell[1]).rstrip("\t|;, \"'")
        last = re.split(r"[\t|;,]| {2,}", before)[-1].strip(" :\"'*_`")
        return last + ": " if labels.label.fullmatch(last) else ""

    def _row_label(self, start: int, labels: Labels) -> bool:
        """Whether the first cell of the row names the value: tables that are turned on their side."""
        number = self.reading.line_number(start)
        delimiter, cells = self.tables.row(number)
        if len(cells) < 2 or delimiter not in "\t|;":
            return False
        a, b = cells[0]
        first = self.tables.line(number)[a:b]
        inside = start - self.reading.line_starts[number]
        return (
            inside >= b
            and len(first) <= 40
            and labels.label.search(first) is not None
            and AWAY.search(first) is None
        )

    def _heading(self, start: int) -> str:
        """The first line of this block of lines, or the line with a colon above it, when the value is not in it."""
        low = self.reading.low
        line_start = low.rfind("\n", 0, start) + 1
        block = low.rfind("\n\n", max(0, line_start - 20_000), line_start)
        block = block + 2 if block >= 0 else (0 if line_start <= 20_000 else line_start)
        if block == line_start:
            above = low[max(0, block - 160) : max(0, block - 1)].rstrip()
            above = above[above.rfind("\n") + 1 :]
            return above if above.endswith(":") or above.startswith("#") else ""
        first = low[block : low.find("\n", block)]
        return first if len(first) <= 120 and not re.search(r"\d{5}", first) else ""


def _by_header(header: Header, labels: Labels) -> Evidence | None:
    if labels.label.search(header.text.replace("_", " ")) or labels.label.search(header.text):
        if _clash(header.text, labels):
            return VETO
        return Evidence(0.92, f"its column is headed “{_shown(header.text)}”")
    if labels.weak.fullmatch(header.text):
        return Evidence(0.6, f"its column is headed “{_shown(header.text)}”")
    return VETO if header.certain else None


def _clash(header: str, labels: Labels) -> bool:
    away = AWAY.search(header)
    label = labels.label.search(header)
    return bool(away and label and away.end() > label.end() and labels.name != "payment card")


def last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The match that ends nearest to the end of the text."""
    return deque(pattern.finditer(text), maxlen=1).pop() if pattern.search(text) else None


def _names(window: str, labels: Labels) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """The last word before a value that names it, and the last that names another thing; one gives way to the other."""
    label, away = last_match(labels.label, window), last_match(AWAY, window)
    if label is None or away is None:
        return label, away
    if away.start() < label.start() and label.end() <= away.end():
        return None, away  # "card" in "fuel card" names the other thing.
    return label, None if _only_where(window, label, away) else away


def _only_where(window: str, label: re.Match[str], away: re.Match[str]) -> bool:
    """“UTRs in the batch: …” lists tax references, not batches; “NI number box: …” is filled with one."""
    return (
        label.end() <= away.start()
        and (
            _ATTRIBUTE.fullmatch(window, label.end(), away.start()) is not None
            or _HOLDER.fullmatch(window, label.end(), away.end()) is not None
        )
        and _SAID.fullmatch(window, away.end()) is not None
    )


def _follows(after: str, labels: Labels) -> re.Match[str] | None:
    """A label in the clause after the value, close to it and not part of another thing's name."""
    follows = labels.label.search(_first_clause(after))
    if follows is None or any(c.isdigit() for c in after[: follows.start()]) or follows.start() > 25:
        return None
    other = AWAY.search(after, follows.start())
    if other and other.start() <= follows.start() and other.end() > follows.end():
        return None  # "passport" in "passport to trade".
    return follows


def _other_number(between: str) -> bool:
    """Whether another long number stands between a label and the value: the label is then that number's."""
    return sum(c.isdigit() for c in between) >= 5


def _named_otherwise(after: str) -> bool:
    """Whether the words that follow call the number something else: `… is the asset tag`, `… (drawing)`."""
    lead = _IS_THE.match(after)
    place = lead.end() if lead else 0
    away = AWAY.match(after, place)
    if away is None:
        return False
    return "is" in after[:place] or "(" in after[:place] or not _ALSO_GIVEN.match(away.group())


def _first_clause(text: str) -> str:
    cut = _SENTENCE.search(text)
    return text[: cut.start()] if cut else text


def _shown(text: str) -> str:
    words = " ".join(text.split()).strip(" :=#")
    return words if len(words) <= 30 else words[:29] + "…"
