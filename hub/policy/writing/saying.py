"""What a writer answered to a hint before posting: that it is needed, and why, or that the hint is wrong.

It is kept only when they post, and becomes their first words in the case where a flag follows. What is kept names the
finding by a keyed hash, so that the same value is recognised in the item without being here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from hub import clock, db
from hub.access import Viewer
from hub.policy import cases, detector
from hub.policy.detector import Found
from hub.policy.models import Case, SaidBefore

WORDS_MOST = 300
NEEDED, WRONG = "needed", "wrong"


def keep(viewer: Viewer, found: Iterable[Found], needed: Mapping[str, str], wrong: Iterable[str]) -> int:
    """Keeps what the writer said about these findings, in one transaction; about how many of them.

    `needed` is the reason by rule, `wrong` the rules whose hint they call wrong; a reason goes before that.
    """
    if viewer.person is None:
        return 0
    called_wrong = frozenset(wrong)
    said = {}
    for f in found:
        reason = " ".join(needed.get(f.topic, "").replace("\x00", "").split())[:WORDS_MOST]
        if reason or f.topic in called_wrong:
            said[_code(viewer.person.id, f)] = (f.topic, NEEDED if reason else WRONG, reason)
    if not said:
        return 0
    without = {words: detector.masked(words) for _, _, words in said.values() if words}
    with db.write():
        SaidBefore.delete().where(SaidBefore.person == viewer.id, SaidBefore.code.in_(list(said))).execute()
        for code, (rule, what, words) in said.items():
            row = {"person": viewer.id, "code": code, "rule": rule, "what": what, "at": clock.now()}
            SaidBefore.insert(words=without.get(words, ""), **row).execute()
    return len(said)


def bring(case: Case, found: Iterable[Found]) -> None:
    """Makes what the author said before posting about these findings the author's words in the locked case, inside the
    running write.
    """
    codes = [_code(case.author_id, f) for f in found]
    mine = SaidBefore.person == case.author_id
    rows = list(SaidBefore.select().where(mine, SaidBefore.code.in_(codes)).order_by(SaidBefore.id))
    if not rows or cases.is_sealed(case):
        return
    for words in dict.fromkeys(_sentence(row) for row in rows):
        cases.add(case, "answered", case.author, words)
        cases.record("policy:answered", case.author, case)
    SaidBefore.delete().where(SaidBefore.id.in_([row.id for row in rows])).execute()


def forget(before: datetime) -> int:
    """Removes what was said before that moment and never needed; how many rows."""
    return int(SaidBefore.delete().where(SaidBefore.at < before).execute())


def mine(viewer: Viewer) -> list[SaidBefore]:
    """What the viewer said before posting that no case has taken up. One query."""
    return list(SaidBefore.select().where(SaidBefore.person == viewer.id).order_by(SaidBefore.id))


def _sentence(row: SaidBefore) -> str:
    if row.what == NEEDED:
        return f"Said before posting: it is needed. {row.words}"
    return "Said before posting: the hint is wrong."


def _code(person_id: int, found: Found) -> str:
    return detector.code("said", str(person_id), found.topic, found.fingerprint or found.excerpt)
