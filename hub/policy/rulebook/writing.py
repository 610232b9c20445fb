"""What a version of a rule may be: read from what was written, checked, and tried on its own examples."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from hub.errors import Invalid
from hub.policy.rulebook import live
from hub.policy.rulebook.models import KINDS
from hub.policy.rules import RULES

AUDIENCES = ("closed-group", "team", "all-staff", "partners", "public-read")
OUTCOMES = (
    "none",
    "nudge",
    "nudge+flag low",
    "nudge+flag",
    "nudge+flag high",
    "flag low",
    "flag",
    "flag high",
)
EXAMPLES_MOST = 50
VETOES_MOST = 100
HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
)


@dataclass(frozen=True)
class Written:
    """A version as somebody wrote it. `outcomes` maps audiences to outcomes; lists hold one entry a line."""

    kind: str
    label: str
    clause: str = ""
    weight: int = 5
    advice: str = ""
    words: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    vetoes: tuple[str, ...] = ()
    must_find: tuple[str, ...] = ()
    must_pass: tuple[str, ...] = ()
    note: str = ""


def check(written: Written, *, built_in: str = "") -> Written:
    """The version as it is kept; `built_in` names the rule where it is one. Raises Invalid, naming the field."""
    if written.kind not in KINDS or (written.kind == "built-in") != bool(built_in):
        raise Invalid("kind", "Choose what sort of rule it is.")
    label = " ".join(written.label.split())
    if not 3 <= len(label) <= 80:
        raise Invalid("label", "Name what the rule looks for, in 3 to 80 characters.")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,3}[a-z]?", written.clause):
        raise Invalid("clause", "Choose the clause of the policy that the rule serves.")
    if not 1 <= written.weight <= 10:
        raise Invalid("weight", "The weight is a number from 1 to 10.")
    settings = _settings(written)
    if bad := set(written.outcomes) - set(AUDIENCES) or set(written.outcomes.values()) - {"", *OUTCOMES}:
        raise Invalid("outcomes", f"“{min(bad)[:40]}” is not one of the outcomes.")
    if not built_in and any(not written.outcomes.get(audience) for audience in AUDIENCES):
        raise Invalid("outcomes", "Say for every audience what follows.")
    made = Written(
        written.kind,
        label,
        written.clause,
        written.weight,
        " ".join(written.advice.split())[:300],
        written.words.replace("\r\n", "\n").replace("\x00", "").strip()[:4000],
        settings,
        {k: v for k, v in written.outcomes.items() if v},
        _lines(written.vetoes, "vetoes", 80, VETOES_MOST),
        _lines(written.must_find, "must_find", 500, EXAMPLES_MOST),
        _lines(written.must_pass, "must_pass", 500, EXAMPLES_MOST),
        " ".join(written.note.split())[:300],
    )
    _prove(made, built_in)
    return made


def _settings(written: Written) -> dict[str, Any]:
    given = written.settings
    if written.kind == "built-in":
        least = given.get("least", 0)
        if not isinstance(least, int | float) or not 0 <= least <= 1:
            raise Invalid("least", "How sure the rule must be is a number between 0 and 1.")
        return {"least": least} if least else {}
    if written.kind == "threshold":
        count = given.get("count", 0)
        if given.get("of") not in RULES:
            raise Invalid("of", "Choose the rule whose findings are counted.")
        if not isinstance(count, int) or not 2 <= count <= 1000:
            raise Invalid("count", "Count at least 2 and at most 1,000 findings.")
        return {"of": given["of"], "count": count}
    key = "words" if written.kind == "words" else "pattern"
    try:
        live.matcher_of(written.kind, {key: given.get(key, "")})
    except ImportError as error:
        raise Invalid(key, "The pattern engine is not installed, so this cannot be checked now.") from error
    except ValueError as error:
        raise Invalid(key, str(error)) from None
    if key == "words":
        return {"words": sorted({word.strip().lower() for word in given["words"] if word.strip()})}
    return {"pattern": given["pattern"]}


def _lines(lines: tuple[str, ...], name: str, longest: int, most: int) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(line.replace("\x00", "").strip() for line in lines if line.strip()))
    if len(kept) > most:
        raise Invalid(name, f"At most {most} lines, please.")
    if any(len(line) > longest for line in kept):
        raise Invalid(name, f"Keep each line below {longest} characters.")
    return kept


def _prove(written: Written, built_in: str) -> None:
    """Runs the examples. Raises Invalid with the one that comes out wrong."""
    from hub.policy.rulebook import trial

    rule = trial.as_if(written, built_in or "rule-being-written")
    for sample in written.must_find:
        if not trial.finds(rule, sample):
            raise Invalid("must_find", f"The rule does not find this example: “{sample[:120]}”.")
    for sample in written.must_pass:
        if trial.finds(rule, sample):
            raise Invalid(
                "must_pass", f"The rule finds something in this example, and must not: “{sample[:120]}”."
            )


def host_of(text: str) -> str:
    """A host as it is kept, such as forms.example.org. Raises Invalid."""
    host = text.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0].rstrip(".")
    if not HOST.fullmatch(host) or host.replace(".", "").isdigit():
        raise Invalid("host", "Write a host such as forms.example.org, without path or address numbers.")
    return host
