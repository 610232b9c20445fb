"""What may be submitted to the pages of rules, read without ever failing: actions say what is wrong."""

from __future__ import annotations

from typing import Any

from hub.policy.forms import whole
from hub.policy.rulebook.writing import AUDIENCES, Written


def written(form: Any, kind: str) -> Written:
    """The editor's form as a version of that kind."""
    settings: dict[str, Any] = {}
    if kind == "built-in":
        settings = {"least": _share(form.get("least", ""))}
    elif kind == "words":
        settings = {"words": form.get("listed", "").split()[:5000]}
    elif kind == "pattern":
        settings = {"pattern": form.get("pattern", "").strip()[:2000]}
    elif kind == "threshold":
        settings = {"of": form.get("of", ""), "count": whole(form.get("count", ""))}
    return Written(
        kind,
        form.get("label", ""),
        form.get("clause", "")[:12],
        whole(form.get("weight", "")),
        form.get("advice", ""),
        form.get("words", ""),
        settings,
        chosen(form),
        _lines(form, "vetoes"),
        _lines(form, "must_find"),
        _lines(form, "must_pass"),
        form.get("note", ""),
    )


def chosen(form: Any) -> dict[str, str]:
    """The outcomes chosen for the audiences; "" is as the policy says."""
    return {a: form.get(f"outcome-{a}", "") for a in AUDIENCES}


def filled(version: Written) -> dict[str, str]:
    """A version as the fields of the editor's form."""
    settings = version.settings
    return {
        "kind": version.kind,
        "label": version.label,
        "clause": version.clause,
        "weight": str(version.weight),
        "advice": version.advice,
        "words": version.words,
        "least": str(settings.get("least", "")),
        "listed": "\n".join(settings.get("words", [])),
        "pattern": settings.get("pattern", ""),
        "of": settings.get("of", ""),
        "count": str(settings.get("count", "")),
        "vetoes": "\n".join(version.vetoes),
        "must_find": "\n".join(version.must_find),
        "must_pass": "\n".join(version.must_pass),
        **{f"outcome-{a}": version.outcomes.get(a, "") for a in AUDIENCES},
    }


def _lines(form: Any, name: str) -> tuple[str, ...]:
    return tuple(form.get(name, "").replace("\r\n", "\n").split("\n"))


def _share(text: str) -> float:
    try:
        return float(text.strip() or 0)
    except ValueError:
        return -1.0
