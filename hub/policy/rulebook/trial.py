"""Tries one version of a rule by itself: on its examples, and on past content. Nothing it finds is flagged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.policy import detector
from hub.policy.detector import File, Found, Passage
from hub.policy.rulebook import live
from hub.policy.rulebook.live import Acting, Book
from hub.policy.rulebook.models import RuleVersion

SECONDS = 20.0
WIDEST = "public-read"


def as_if(written: Any, name: str) -> Acting:
    """The written version as it would act with flags."""
    version = RuleVersion(
        number=0,
        kind=written.kind,
        settings=written.settings,
        outcomes=written.outcomes,
        vetoes=list(written.vetoes),
    )
    return live.acting(version, name, "live-flag")


def finds(rule: Acting, words: str) -> bool:
    """Whether the rule finds anything in the words. An engine that is away finds nothing."""
    return bool(look(rule, [Passage("text", words)], (), WIDEST))


def look(rule: Acting, passages: Iterable[Passage], files: Iterable[File], audience: str) -> list[Found]:
    """What this rule alone finds, with the outcomes of its version. Raises `detector.Away`."""
    hosts = live.book().hosts
    return detector.look(
        passages, files, audience, seconds=SECONDS, book=Book({rule.name: rule}, hosts, rule.name)
    )
