"""The column header above a cell: in registers and spreadsheets the label stands once, at the top.

Understands tab, pipe (Markdown and, by the normaliser, HTML), semicolon and comma separated rows, the last with quoted
cells, and columns set with two or more spaces.  A block of rows is the run of neighbouring lines that have the same
delimiter; its header is the first row whose cell in this column holds no long number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hub.policy.detect.normalise import Reading

_GAP = re.compile(r" {2,}|\t+")
_QUOTED_CSV = {
    ",": re.compile(r'"(?:[^"]|"")*"|[^,"]+|(?=,)'),
    ";": re.compile(r'"(?:[^"]|"")*"|[^;"]+|(?=;)'),
}
_RULE_LINE = re.compile(r"^[\s|:+=-]+$")
MAX_ROWS = 200_000
MAX_LINE = 4_000


class Header(NamedTuple):
    """The header cell of a column: its lower-case text and whether the table is certain enough to overrule other signs."""

    text: str
    certain: bool


def delimiter_of(line: str) -> str:
    """The character that separates this line's cells, two spaces for aligned columns, or nothing."""
    if len(line) > MAX_LINE:
        return ""
    if "\t" in line:
        return "\t"
    if "|" in line:
        return "|"
    if line.count(";") >= 2 or (line.count(";") == 1 and "; " not in line and len(line) <= 120):
        return ";"
    if line.count(",") >= 1:
        return ","
    return "  " if _GAP.search(line.strip()) else ""


def cells_of(line: str, delimiter: str) -> list[tuple[int, int]]:
    """Start and end (within the line) of each cell, blanks and outer pipes left off."""
    if delimiter == "  ":
        spans, place = [], len(line) - len(line.lstrip())
        for gap in _GAP.finditer(line, place):
            spans.append((place, gap.start()))
            place = gap.end()
        spans.append((place, len(line)))
        return [s for s in spans if s[1] > s[0]]
    if '"' in line and delimiter in _QUOTED_CSV:
        spans, start, quoted = [], 0, False
        for index, character in enumerate(line):
            if character == '"':
                quoted = not quoted
            elif character == delimiter and not quoted:
                spans.append((start, index))
                start = index + 1
        return [*spans, (start, len(line))]
    spans, start = [], 0
    place = line.find(delimiter)
    while place >= 0:
        spans.append((start, place))
        start = place + len(delimiter)
        place = line.find(delimiter, start)
    spans.append((start, len(line)))
    if delimiter == "|":
        if spans and not line[spans[0][0] : spans[0][1]].strip():
            spans = spans[1:]
        if spans and not line[spans[-1][0] : spans[-1][1]].strip():
            spans = spans[:-1]
    return spans


class Tables:
    """Header look-up over one reading; remembers where blocks begin, so that long tables cost one pass."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._top: dict[int, int] = {}
        self._first: dict[int, int] = {}
        self._cells: dict[int, tuple[str, list[tuple[int, int]]]] = {}

    def line(self, number: int) -> str:
        start, end = self.reading.line_span(number)
        return self.reading.low[start:end].rstrip("\r ")

    def row(self, number: int) -> tuple[str, list[tuple[int, int]]]:
        """Delimiter and cell spans (within the line) of a line; empty when it is not a row."""
        known = self._cells.get(number)
        if known is None:
            line = self.line(number)
            delimiter = delimiter_of(line)
            known = (delimiter, cells_of(line, delimiter) if delimiter else [])
            if len(self._cells) > 20_000:
                self._cells.clear()
            self._cells[number] = known
        return known

    def top(self, number: int, delimiter: str) -> int:
        """First line of the block of rows that holds this line."""
        path, current = [], number
        while current > 0 and number - current < MAX_ROWS:
            if current in self._top:
                current = self._top[current]
                break
            above = self.line(current - 1)
            if not above.strip():
                # Exported sheets often leave an empty line under the header or between rows.
                if current < 2 or delimiter_of(self.line(current - 2)) != delimiter:
                    break
                if len(self.row(current - 2)[1]) != len(self.row(number)[1]):
                    break
                path.append(current)
                current -= 2
                continue
            if delimiter not in above and delimiter != "  ":
                break
            if delimiter == "  " and not _GAP.search(above.strip()):
                break
            path.append(current)
            current -= 1
        for visited in path:
            self._top[visited] = current
        return current

    def header(self, offset: int) -> Header | None:
        """The header of the cell at this offset of the reading, or None where there is no table."""
        number = self.reading.line_number(offset)
        delimiter, cells = self.row(number)
        if len(cells) < 2:
            return self._single_column(number)
        inside = offset - self.reading.line_starts[number]
        column = next((i for i, (a, b) in enumerate(cells) if a <= inside < max(b, a + 1)), None)
        if column is None:
            return None
        top = self.top(number, delimiter)
        for head in range(top, min(top + 3, number)):
            line = self.line(head)
            if _RULE_LINE.match(line):
                continue
            other, head_cells = self.row(head)
            if other != delimiter or len(head_cells) < 2 or sum(c.isdigit() for c in line) > 8:
                continue
            if delimiter == "  " and len(head_cells) != len(cells):
                place = cells[column]
                near = [s for s in head_cells if s[0] < place[1] and place[0] < s[1]]
                cell = near[0] if near else None
            elif column < len(head_cells) and (delimiter != "," or len(head_cells) == len(cells)):
                cell = head_cells[column]
            else:
                cell = None
            if cell is None:
                continue
            text = line[cell[0] : cell[1]].strip(" \"'*_|`")
            if len(text) > 50 or sum(c.isdigit() for c in text) > 3 or not any(c.isalpha() for c in text):
                continue
            certain = delimiter in "\t|" or all(
                b - a <= 40 and sum(c.isdigit() for c in line[a:b]) <= 3 for a, b in head_cells
            )
            return Header(text, certain)
        return None

    def header_row(self, offset: int) -> str:
        """The first row of the block of rows that holds this offset, lower case."""
        number = self.reading.line_number(offset)
        delimiter, cells = self.row(number)
        return self.line(self.top(number, delimiter)) if len(cells) >= 2 else ""

    def ledger_cell(self, offset: int) -> tuple[int, int, int] | None:
        """Column, start and end (in the reading) of a cell in a row of four or more; None outside of such rows.

        Commas count only without blanks after them: prose has commas too.
        """
        number = self.reading.line_number(offset)
        delimiter, cells = self.row(number)
        if len(cells) < 4 or (delimiter == "," and ", " in self.line(number)):
            return None
        begin = self.reading.line_starts[number]
        for column, (a, b) in enumerate(cells):
            if a <= offset - begin < max(b, a + 1):
                return column, begin + a, begin + b
        return None

    def neighbours(self, offset: int, column: int, reach: int = 6) -> list[str]:
        """The same column's cells in the rows just above and below, lower case, blanks off."""
        number = self.reading.line_number(offset)
        delimiter, cells = self.row(number)
        found = []
        for other in (
            *range(max(0, number - reach), number),
            *range(number + 1, min(number + 1 + reach, len(self.reading.line_starts))),
        ):
            near, near_cells = self.row(other)
            if near == delimiter and len(near_cells) == len(cells):
                a, b = near_cells[column]
                text = self.line(other)[a:b].strip(" \"'`*")
                if any(c.isdigit() for c in text):
                    found.append(text)
        return found

    def _single_column(self, number: int) -> Header | None:
        """A list of bare values under one heading line: `NHS number` and then a number a line."""
        start, end = self.reading.line_span(number)
        if end - start > 60:
            return None
        current, path = number, []
        while current > 0 and number - current < 2_000:
            if current in self._first:
                current = self._first[current]
                break
            above = self.line(current - 1)
            if not above.strip() or len(above) > 60 or sum(c.isdigit() for c in above) <= 3:
                break
            path.append(current)
            current -= 1
        for visited in (*path, number):
            self._first[visited] = current
        if current == 0 or not self.line(current - 1).strip() or len(self.line(current - 1)) > 60:
            return None
        current -= 1
        text = self.line(current).strip(" \"'*_|`#:")
        if sum(c.isdigit() for c in text) > 3 or not any(c.isalpha() for c in text):
            return None
        return Header(text, False)

    def cells_under(self, number: int, column: int, limit: int = 5_000) -> list[tuple[int, int]]:
        """Spans in the reading of the cells beneath a header's column, down to the end of its block."""
        delimiter, _ = self.row(number)
        found: list[tuple[int, int]] = []
        for below in range(number + 1, min(number + 1 + limit, len(self.reading.line_starts))):
            line = self.line(below)
            if _RULE_LINE.match(line) and line.strip():
                continue
            other, cells = self.row(below)
            if other != delimiter or len(cells) <= column:
                break
            start = self.reading.line_starts[below]
            a, b = cells[column]
            raw = line[a:b]
            left = len(raw) - len(raw.lstrip(" \"'`*"))
            right = len(raw.rstrip(" \"'`*"))
            if right > left:
                found.append((start + a + left, start + a + right))
        return found
