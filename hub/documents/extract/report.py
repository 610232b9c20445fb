"""How a child tells its parent what it read: one JSON object a line, written at once, so that a kill loses
little.
"""

import json
import re
import sys

from . import result, words

_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"[ \t]+\n")
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \u00a0\u2000-\u200a\u202f\u205f\u3000]{3,}")
_PIECE = 200_000
DONE = b'{"done": true}\n'
"""The last line of a child that came to its end."""


class Enough(Exception):
    """Reading stops here; what has been reported counts. The argument is the reason, one of `words`."""

    @property
    def reason(self) -> str:
        """The sentence for a person."""
        return str(self.args[0])


class Refused(Enough):
    """The file must not be read further because of how it is made (as opposed to: is merely long)."""


def clean(text: str) -> str:
    """Drop control characters, lone surrogates and noncharacters; keep line ends and tabs; calm long gaps."""
    return scrub(text).strip("\n")


def scrub(text: str) -> str:
    """As `clean`, for a piece whose first and last line ends count because it goes on."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
    text = _LINE_ENDS.sub("\n", _SPACES.sub("  ", _UNWANTED.sub("", text)))
    return _BLANK_LINES.sub("\n\n", text)


class Report:
    """Collects what a reader finds and hands it on. Raises `Enough` when the file has given all the text it
    may.
    """

    def __init__(self) -> None:
        self.left = result.MAX_TEXT
        self.found = False
        self._notes: set[str] = set()
        self._out = sys.stdout.buffer

    def _say(self, **line: object) -> None:
        self._out.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._out.flush()

    def passage(self, text: str, place: str = "") -> None:
        """Hand on text found at `place`; empty text is nothing."""
        text = clean(text[: self.left + 1])
        if not text.strip():
            return
        self.found = True
        for start in range(0, min(len(text), self.left), _PIECE):
            piece = text[start : min(start + _PIECE, self.left)]
            self._say(text=piece, place=clean(place)[: result.MAX_PLACE], goes_on=start > 0)
        self.left -= len(text)
        if self.left <= 0:
            raise Enough(words.TOO_MUCH_TEXT)

    def note(self, sentence: str) -> None:
        """Label something the file carries, once."""
        if sentence not in self._notes and len(self._notes) < result.MAX_NOTES:
            self._notes.add(sentence)
            self._say(note=clean(sentence)[: result.MAX_SENTENCE])

    def pages(self, count: int) -> None:
        """Say how many pages or slides the file has."""
        self._say(pages=count)

    def reason(self, sentence: str) -> None:
        """Say why there is no text, or not all of it. The last one said counts."""
        self._say(reason=sentence)

    def fault(self, error: BaseException) -> None:
        """Tell the log, not the person, what went wrong inside."""
        self._say(fault=f"{type(error).__name__}: {error}"[: result.MAX_SENTENCE])

    def data(self, encoded: str) -> None:
        """Hand on a picture, Base64."""
        self._say(data=encoded)

    def done(self) -> None:
        """Say that nothing follows."""
        self._out.write(DONE)
        self._out.flush()
