"""What a rule found: where, how sure, why, and a masked excerpt.  The value itself never shows."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

BULLET = "•"


def mask(value: str, head: int = 2, tail: int = 1) -> str:
    """The value with all letters and digits but the first `head` and last `tail` replaced: `AB•• •• ••C`."""
    places = [i for i, c in enumerate(value) if c.isalnum()]
    if len(places) < (head + tail) * 2:
        head, tail = min(head, 1), 0
    shown = set(places[:head]) | set(places[len(places) - tail :] if tail else ())
    text = "".join(c if not c.isalnum() or i in shown else BULLET for i, c in enumerate(value))
    return text if len(text) <= 48 else text[:47] + "…"


def bare(value: str) -> str:
    """A value without separators, upper case: equal for equal numbers however they are written."""
    return "".join(c for c in value if c.isalnum()).upper()


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of one rule.

    `start` and `end` are offsets in the scanned text (end exclusive); `confidence` is 0 to 1; `excerpt` is masked; `why`
    is a short plain sentence; `topic` names the row of the outcome table (the rule, save for threats); `count` is how
    many different values a bulk finding stands for.  The value is kept for `hmac()` only: it is in no repr and no pickle.
    """

    rule: str
    start: int
    end: int
    confidence: float
    excerpt: str
    why: str
    topic: str = ""
    count: int = 1
    _value: str = field(default="", repr=False, compare=False)

    def hmac(self, key: bytes) -> str:
        """Keyed fingerprint (HMAC-SHA-256, hexadecimal) of the value: equal when the same value is posted again."""
        if not self._value:
            raise ValueError("this finding was stored or sent, and no longer knows its value")
        return hmac.new(key, f"{self.rule}\0{self._value}".encode(), hashlib.sha256).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (
            self.rule,
            self.start,
            self.end,
            self.confidence,
            self.excerpt,
            self.why,
            self.topic,
            self.count,
        )
        return (Finding, parts)
