"""What somebody can take with them: everything that the policy holds about them, as far as they may know it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub import access
from hub.access import PostingPause, Viewer
from hub.policy import about_me, behaviour
from hub.policy.fairness.models import PolicyException
from hub.policy.models import Acknowledgement, Notice, PolicyVersion, Report
from hub.policy.writing import saying

MOST = 10_000


def mine(viewer: Viewer) -> dict[str, Any]:
    """My flags, my reports, my acknowledgements, my exceptions, my pauses, what I was told, and what was recorded of unusual
    behaviour. Never who reported me.

    A fixed number of queries a page of twenty cases.
    """
    person = access.require_person(viewer)
    cases: list[dict[str, Any]] = []
    before = 0
    while len(cases) < MOST:
        page = about_me.mine(viewer, before)
        cases += [_case(row) for row in page.rows]
        before = page.older
        if not before:
            break
    read = (
        Acknowledgement.select(Acknowledgement.at, PolicyVersion.number)
        .join(PolicyVersion)
        .where(Acknowledgement.person == person.id)
        .tuples()
    )
    pauses = PostingPause.select().where(PostingPause.person == person.id)
    told = Notice.select().where(Notice.person == person.id).order_by(Notice.id)
    sent = Report.select().where(Report.person == person.id).order_by(Report.id)
    unusual = [
        {"at": _at(b.at), "what": behaviour.LABELS[b.rule], "number": b.number, "from": b.threshold}
        for b in behaviour.mine(viewer)
    ]
    return {
        "person": {"name": person.name, "handle": person.handle},
        "flags": cases,
        "notices": [{"at": _at(n.at), "subject": n.subject, "words": n.words} for n in told],
        "reports": [{"at": _at(r.at), "item": r.item_id, "clause": r.clause, "words": r.words} for r in sent],
        "behaviour": unusual,
        "said_before_posting": [
            {"at": _at(s.at), "rule": s.rule, "what": s.what, "words": s.words} for s in saying.mine(viewer)
        ],
        "acknowledged": [{"version": number, "at": _at(at)} for at, number in read],
        "exceptions": _exceptions(person.id),
        "pauses": [
            {"from": _at(p.starts_at), "until": _at(p.ends_at), "ended": _at(p.ended_at), "reason": p.reason}
            for p in pauses
        ],
    }


def _exceptions(person_id: int) -> list[dict[str, Any]]:
    mine = (PolicyException.owner == person_id) | (PolicyException.person == person_id)
    return [
        {
            "rule": e.rule,
            "what": e.what,
            "reason": e.reason,
            "from": _at(e.starts_at),
            "until": _at(e.ends_at),
        }
        for e in PolicyException.select().where(mine).order_by(PolicyException.id)
    ]


def _case(row: about_me.MyCase) -> dict[str, Any]:
    case = row.case
    return {
        "case": case.id,
        "item": case.item_id,
        "clause": case.clause,
        "state": case.state,
        "opened": _at(case.opened_at),
        "found": [
            {"rule": f.rule, "excerpt": f.excerpt, "why": f.why, "version": f.revision} for f in row.found
        ],
        "conversation": [{"at": _at(e.at), "what": e.name, "words": e.words} for e in row.conversation],
        "decisions": [
            {
                "at": _at(d.decided_at),
                "outcome": d.outcome,
                "reason": d.reason,
                "by": d.decided_by.name,
                "appeal_until": _at(d.appeal_until),
                "overturned": _at(d.overturned_at),
            }
            for d in row.decisions
        ],
        "restrictions": [
            {"what": r.kind, "state": r.state, "from": _at(r.starts_at), "until": _at(r.ends_at)}
            for r in row.restrictions
        ],
        "appeals": [{"at": _at(a.at), "words": a.words, "outcome": a.outcome} for a in row.appeals.values()],
    }


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
