"""Secrets in a list under a heading that says what they are: `Passwords`, then `- Idox: Tower!Hill9`."""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from hub.policy.detect.context import Scene
from hub.policy.detect.hits import Hit, candidates
from hub.policy.detect.labels import EXAMPLE
from hub.policy.detect.secret_values import PLACEHOLDER, STOPS, mixture, secret_hit, trimmed

LINES = 20
_HEADING = re2.compile(
    rb"(?:^|\n)[ \t#*_>]*(?:[a-z'/&,-]+ ){0,4}((?:pass ?words?|log-?ins?|log-?in details|credentials|pass ?phrases?|(?:wi-?fi|wireless) (?:keys?|details)|cyfrineiriau|(?:door|gate|alarm|entry|access|key ?safe|padlock|building|site) (?:codes?|pins?|numbers?)|key ?safes?|alarms?|padlocks?|pins?))(?: (?:for|to|at|of|in|on) [a-z' ]{2,40})?[ \t*_]*[:\n-]"
)
_VALUE_LINE = re.compile(
    r"[\s*>\d.)-]*[^\n:=|/]{2,60}?\s*(?::|=|\||/| - |->)\s*[\"'`]?([^\s\"'`]{4,40})[\"'`]?[ \t]*(?:\([^)\n]{1,40}\))?[ \t.]*$"
)
_CODE_LINE = re.compile(
    r"[\s*>\d.)-]*[A-Za-z][^\n:=|]{1,50}?\s*(?::|=|\||\s-|->|,|\s)\s*(?:code |pin )?([A-Za-z]?[0-9]{4,6}[A-Za-z#*]?)[ \t]*(?:\([^)\n]{1,40}\))?[ \t.]*$"
)


def under_headings(scene: Scene) -> Iterator[Hit]:
    """Passwords or codes at the ends of the lines under such a heading; one line that does not fit ends the list."""
    reading = scene.reading
    for start, end in candidates(_HEADING, reading.low_data):
        heading = reading.low[start:end]
        if EXAMPLE.search(scene.before(start, 40)):
            continue
        secret_words = re.match(r"pass|log|cred|wi|cyfr", heading) is not None
        number = reading.line_number(start)
        fits: list[tuple[int, int]] = []
        for below in range(number + 1, min(number + 1 + LINES, len(reading.line_starts))):
            a, b = reading.line_span(below)
            line = reading.text[a:b].rstrip()
            if not line.strip():
                if fits:
                    break
                continue
            match = (_VALUE_LINE if secret_words else _CODE_LINE).match(line)
            if match is None or not _chosen(match.group(1), secret_words):
                break
            fits.append((a + match.start(1), a + match.start(1) + len(trimmed(match.group(1), ""))))
        if len(fits) >= 2:
            for place, stop in fits:
                yield secret_hit(
                    place, stop, 0.75, f"it stands in a list headed “{heading}”", reading.text[place:stop]
                )


def _chosen(value: str, secret_words: bool) -> bool:
    if not secret_words:
        return True
    value = trimmed(value, "")
    low = value.lower()
    return len(value) >= 6 and mixture(value) >= 2 and low not in STOPS and PLACEHOLDER.search(low) is None
