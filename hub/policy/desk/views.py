"""URLs of the review desk: the list, the case, and what is done with it. All work without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from hub import clock
from hub.errors import Conflict, Invalid, Refused
from hub.policy import actions, cases, detector, forms, ladder, notices, undoing, working_time
from hub.policy import queries as policy
from hub.policy.desk import queries
from hub.policy.fairness import views_kept
from hub.policy.fairness.models import SEALED_DAYS
from hub.policy.models import DAYS_MOST, HIDE_DAYS_MOST, MEASURES, OUTCOMES, Case
from hub.policy.rules import OWN, RULES, a, listed, rule
from hub.policy.state import NAMES
from hub.policy.writing.views import feature
from hub.web.dates import clock_time, day
from hub.web.routing import REVIEWER
from hub.web.show import go, item_url, show
from hub.web.viewer import current

AUDIENCES = {
    "closed-group": "A closed group",
    "team": "One team or organisation",
    "all-staff": "All staff",
    "partners": "Staff and partners",
    "public-read": "Anybody",
}
TEMPLATES = {
    "rule_was_wrong": "The rule found something else. Nothing was wrong with what you wrote.",
    "no_breach": "We looked at this with the clause in hand. What you wrote is within the policy.",
    "fixed_by_author": "You have put it right yourself, so nothing else follows. Thank you.",
}


@feature.page("/desk", need=REVIEWER, shows="list")
def desk() -> Response:
    """What waits for reviewers; every filter stands in the address."""
    return _desk()


@feature.page("/desk/changes", need=REVIEWER, shows="list", polling=True)
def desk_changes() -> Response:
    """The list again where it has changed since the page was shown; else nothing (204)."""
    return _desk(request.args.get("seen", ""))


def _desk(seen: str = "") -> Response:
    viewer = current()
    args = request.args
    wanted = queries.Wanted(
        show=args.get("show", "") if args.get("show") in queries.SHOWS else "open",
        clause=args.get("clause", "")[:12],
        rule=args.get("rule", "")[:40],
        by=args.get("by", ""),
        alike=forms.whole(args.get("alike", ""), wrong=0),
        sort=args.get("sort", "") if args.get("sort") in queries.SORTS else _usual(args.get("show", "")),
        cursor=args.get("page", ""),
    )
    page = queries.page(viewer, wanted)
    stamp = queries.stamp(page)
    if seen == stamp:
        return Response(status=204)
    counts = queries.counts(viewer)
    same = queries.alike_of(viewer, [c.id for c in page.rows if c.findings and c.pile != "decided"])
    kept: dict[str, Any] = {
        "clause": wanted.clause or None,
        "rule": wanted.rule or None,
        "alike": wanted.alike or None,
        "by": wanted.by or None,
        "sort": wanted.sort if wanted.sort != _usual(wanted.show) else None,
    }
    tabs = [
        {
            "label": label,
            "url": url_for("policy.desk", show=key if key != "open" else None, **kept),
            "current": key == wanted.show,
            "count": _few(counts.get(key)),
        }
        for key, label in queries.SHOWS.items()
    ]
    older = url_for("policy.desk", show=wanted.show, page=page.older, **kept) if page.older else ""
    clauses, made = policy.clauses_in_force(), queries.outcomes_of(page.rows)
    titles = _titles(viewer, page.rows)
    return show(
        "policy/desk.html",
        "policy/_cases.html",
        rows=[
            _row(viewer, case, same.get(case.id, ()), dict(clauses), titles.get(case.id, ""))
            for case in page.rows
        ],
        made=made,
        outcomes=OUTCOMES,
        undoable=undoing.undoable(viewer) if args.get("undo") else [],
        rules=sorted(((r.name, a(r.label)) for r in {**RULES, **OWN}.values()), key=lambda one: one[1]),
        blurred=views_kept.blurred(viewer),
        kept=[(name, f"{url_for('policy.desk')}?{query}") for name, query in views_kept.kept(viewer)],
        tabs=tabs,
        wanted=wanted,
        sorts=queries.SORTS,
        clauses=clauses,
        older=older,
        changes=url_for(
            "policy.desk_changes", show=wanted.show, seen=stamp, page=wanted.cursor or None, **kept
        ),
    )


def _few(number: int | None) -> str | int | None:
    return f"{number - 1}+" if number == queries.COUNTED else number


def _usual(show: str) -> str:
    """The order that a pile has unless another is chosen: of what is decided the newest is looked for."""
    return "newest" if show == "decided" else "priority"


def _titles(viewer: Any, rows: Iterable[Case]) -> dict[int, str]:
    """By case the title of what it is about, where the viewer may read that anyway, with what the rules find in titles and
    file names masked: a list is open on the screen for long.
    """
    read = [case for case in rows if case.item.title and case.item.audience in viewer.tokens]
    titles = [" ".join(case.item.title.split()) for case in read]
    stems = [detector.name_words(title).words for title in titles]
    masked = detector.masked("\n".join(stems)).split("\n")  # one look at all of them
    if len(masked) != len(stems):
        masked = [detector.masked(stem) for stem in stems]
    return {
        case.id: title if mask == stem else mask + title[len(stem) :]
        for case, title, stem, mask in zip(read, titles, stems, masked, strict=True)
    }


def _row(
    viewer: Any, case: Case, same: Collection[int], clauses: dict[str, str], title: str
) -> dict[str, Any]:
    now = clock.now()
    return {
        "case": case,
        "title": title,
        "what": listed(case.rules)
        or ("Reported by a member" if case.reports else "Found by an earlier rule"),
        "clause": clauses.get(case.clause, case.clause),
        "author": queries.pseudonym(case),
        "audience": AUDIENCES.get(case.audience, case.audience),
        "due": _due(case),
        "sealed": cases.is_sealed(case),
        "late": case.due_at < now and case.pile != "decided",
        "held": case.claimed_by_id if case.claimed_until and case.claimed_until > now else None,
        "url": url_for("policy.case", case_id=case.id),
        "alike": f"{queries.COUNTED}+" if len(same) > queries.COUNTED else len(same),
    }


def _due(case: Case) -> str:
    """When the case is due, and how many of the office's hours are left or over."""
    hours = working_time.hours_between(clock.now(), case.due_at)
    days, hours = abs(hours) // working_time.DAY_HOURS, abs(hours)
    left = f"{days} working days" if days > 1 else f"{hours} working {'hour' if hours == 1 else 'hours'}"
    return f"{day(case.due_at)} at {clock_time(case.due_at)}, {left} {'ago' if case.due_at < clock.now() else 'left'}"


@feature.page("/desk/<int:case_id>", need=REVIEWER)
def case(case_id: int) -> Response:
    """One case: what was found, before whom, what was said, and what can be done."""
    return _case_page(case_id)


def _case_page(
    case_id: int,
    *,
    status: int = 200,
    error: Invalid | None = None,
    said: str = "",
    preview: tuple[str, str] | None = None,
) -> Response:
    viewer = current()
    row = queries.case(viewer, case_id)
    opened = queries.opened(viewer, row)
    clauses = policy.clauses_in_force()
    return show(
        "policy/case.html",
        status=status,
        opened=opened,
        case=row,
        audience=AUDIENCES.get(row.audience, row.audience),
        audience_now=_audience_now(row),
        mine=opened.holder == viewer.id,
        taken=opened.holder is not None and opened.holder != viewer.id,
        timeline=_timeline(opened),
        text=_marked(opened),
        clauses=clauses,
        outcomes=OUTCOMES,
        hide_days_most=HIDE_DAYS_MOST,
        measures=[(key, f"{label} (up to {DAYS_MOST[key]} days)") for key, label in MEASURES.items()],
        measure_words=MEASURES,
        due=_due(row),
        alike=queries.alike(viewer, row),
        blurred=views_kept.blurred(viewer),
        sealed_days=SEALED_DAYS,
        senior=viewer.has_role(cases.SENIOR),
        conversation=[e for e in opened.events if e.name in ("asked", "answered")],
        item_link=item_url(row.item) if row.item.audience in viewer.tokens else "",
        what=listed(row.rules),
        clause=dict(clauses).get(row.clause, row.clause),
        second=not opened.may_read and queries.is_second(viewer, row),
        rule_label=lambda name: a(rule(name).label),
        form=request.form,
        error=error,
        said=said,
        preview=preview,
        templates=TEMPLATES,
    )


def _audience_now(row: Case) -> str:
    from hub.policy.detector import audience_of

    token = row.item.intended
    label = AUDIENCES.get(audience_of(token, row.item.space), "")
    return "" if label == AUDIENCES.get(row.audience) else label


def _marked(opened: queries.Opened) -> list[dict[str, Any]]:
    """The texts of the flagged revision and, where it changed, of today's, with what was found marked in the
    first.
    """
    texts = []
    for label, revision in (("As it was flagged", opened.revision), ("As it reads now", opened.now)):
        if revision is None:
            continue
        spans: dict[str, list[tuple[int, int]]] = {"title": [], "text": []}
        for f in opened.found:
            if f.revision == revision.number and f.place in spans:
                spans[f.place].append((f.start, f.end))
            elif f.revision == revision.number and f.place == detector.FILE_NAME:
                spans["title"].append((0, len(revision.title)))  # A document is called as its file is.
        texts.append(
            {
                "label": label,
                "number": revision.number,
                "title": queries.marked(revision.title, spans["title"]) if revision.title else [],
                "body": queries.marked(revision.body, spans["text"]),
            }
        )
    return texts


def _timeline(opened: queries.Opened) -> list[dict[str, Any]]:
    icons = {
        "decided": "desk",
        "lapsed": "warn",
        "asked": "mail",
        "answered": "reply",
        "fixed": "ok",
        "appealed": "flag",
        "approved": "hidden",
    }
    entries = []
    for event in opened.events:
        by_author = event.actor_id == opened.case.author_id
        who = opened.pseudonym if by_author else event.actor.name if event.actor_id else "The hub"
        words = (
            event.words
            if event.name != "decided"
            else f"{OUTCOMES.get(event.data.get('outcome', ''), '')}: {event.words}"
        )
        entries.append(
            {
                "at": event.at,
                "text": f"{NAMES.get(event.name, event.name)} · {who}",
                "note": words,
                "icon": icons.get(event.name, ""),
            }
        )
    return entries


def do(
    case_id: int, what: Callable[[Case], Any], done: str, *, to_desk: bool = False, undo: bool = False
) -> Response:
    """Does one thing to a case. A wrong value or a faster colleague shows the case again, words kept. With `undo` the
    desk offers to take it back.
    """
    row = queries.case(current(), case_id)
    try:
        what(row)
    except Invalid as problem:
        return _case_page(case_id, status=422, error=problem)
    except Conflict as conflict:
        return _case_page(case_id, status=409, said=conflict.message)
    except Refused as refusal:
        return _case_page(case_id, status=403, said=refusal.message)
    if undo:
        return go("policy.desk", done, undo=1)
    return go("policy.desk", done) if to_desk else go("policy.case", done, case_id=case_id)


@feature.action("/desk/<int:case_id>/claim", need=REVIEWER)
def claim(case_id: int) -> Response:
    """Takes the case on for half an hour."""
    seen = forms.version(request.form)
    return do(
        case_id,
        lambda row: actions.claim(current(), row, version=seen),
        "Yours for half an hour; work on it renews that.",
    )


@feature.action("/desk/<int:case_id>/release", need=REVIEWER)
def release(case_id: int) -> Response:
    """Gives the case back."""
    return do(
        case_id,
        lambda row: actions.release(current(), row),
        "Given back. Others see it as free.",
        to_desk=True,
    )


@feature.action("/desk/<int:case_id>/ask", need=REVIEWER)
def ask(case_id: int) -> Response:
    """Asks the author."""
    words = request.form.get("question", "")
    return do(case_id, lambda row: actions.ask(current(), row, words), "Sent. The author was told at once.")


@feature.action("/desk/<int:case_id>/note", need=REVIEWER)
def note(case_id: int) -> Response:
    """Adds a note for other reviewers."""
    words = request.form.get("note", "")
    return do(case_id, lambda row: actions.note(current(), row, words), "Noted. The author does not see it.")


@feature.action("/desk/<int:case_id>/name", need=REVIEWER)
def show_name(case_id: int) -> Response:
    """Has the author's name shown, for a reason that is kept."""
    words = request.form.get("why_name", "")
    return do(
        case_id,
        lambda row: actions.show_name(current(), row, words),
        "The name is shown below. Your reason is in the audit trail.",
    )


@feature.action("/desk/<int:case_id>/decide", need=REVIEWER)
def decide(case_id: int) -> Response:
    """Decides the case, or shows first what the author will receive."""
    sent = forms.deciding(request.form)
    if request.form.get("do") == "preview":
        return _preview(case_id, sent)
    routine = sent.outcome in undoing.ROUTINE
    return do(
        case_id,
        lambda row: actions.decide(
            current(),
            row,
            outcome=sent.outcome,
            reason=sent.reason,
            clause=sent.clause,
            hide_days=sent.hide_days,
            measure=sent.measure,
            version=sent.version,
        ),
        "Decided. You can undo it for ten seconds; then the author is told."
        if routine
        else "Decided. The author was told, with your reason and how to appeal.",
        to_desk=True,
        undo=routine,
    )


def _preview(case_id: int, sent: forms.Deciding) -> Response:
    row = queries.case(current(), case_id)
    if sent.outcome not in OUTCOMES:
        return _case_page(case_id, status=422, error=Invalid("outcome", "Choose one of the five outcomes."))
    words = cases.clause_words(sent.clause or row.clause)
    person = cases.require_reviewer(current())
    until = actions.appeal_until(clock.now())
    told = notices.decided(
        cases.name_of(row.item),
        sent.outcome,
        words,
        ladder.plain(sent.reason) or "(your reason)",
        person.name,
        until,
        max(sent.hide_days, 0),
        sent.measure if sent.measure in MEASURES else "hide",
    )
    return _case_page(case_id, preview=told)


@feature.action("/desk/<int:case_id>/second", need=REVIEWER)
def second(case_id: int) -> Response:
    """Answers, as a second person, the proposal of a restriction."""
    words = request.form.get("second_reason", "")
    seen = forms.version(request.form)
    if request.form.get("do") == "approve":
        return do(
            case_id,
            lambda row: actions.approve(
                current(), queries.restriction(current(), row.id), words, version=seen
            ),
            "Approved. It acts from now on, and ends by itself.",
        )
    return do(
        case_id,
        lambda row: actions.refuse(current(), queries.restriction(current(), row.id), words, version=seen),
        "Not approved. Nothing changes, and the author was told.",
    )


@feature.action("/desk/<int:case_id>/look", need=REVIEWER)
def look(case_id: int) -> Response:
    """Opens the text to somebody who is wanted as a second person."""
    seen = forms.version(request.form)
    return do(
        case_id,
        lambda row: actions.look(current(), row, version=seen),
        "The text is open to you for half an hour.",
    )


@feature.action("/desk/<int:case_id>/lift", need=REVIEWER)
def lift(case_id: int) -> Response:
    """Ends a hiding early."""
    words = request.form.get("lift_reason", "")
    return do(
        case_id,
        lambda row: actions.lift(current(), queries.restriction(current(), row.id), words),
        "It has ended, and the author was told.",
    )


@feature.action("/desk/<int:case_id>/hide-at-once", need=REVIEWER)
def hide_at_once(case_id: int) -> Response:
    """Hides the item for a day; it comes back by itself unless a second person confirms."""
    words = request.form.get("at_once_reason", "")
    return do(
        case_id,
        lambda row: actions.hide_at_once(current(), row, words),
        "Hidden for 24 hours. A second person must confirm it, or it comes back.",
    )


@feature.action("/desk/<int:case_id>/at-once", need=REVIEWER)
def answer_emergency(case_id: int) -> Response:
    """Confirms, as a second person, that an item stays hidden, or ends it."""
    words, confirm = request.form.get("confirm_reason", ""), request.form.get("do") == "confirm"
    done = "Confirmed: it stays hidden for seven days more." if confirm else "The item is visible again."
    return do(case_id, lambda row: actions.answer_emergency(current(), row, words, confirm=confirm), done)


@feature.action("/desk/<int:case_id>/hear", need=REVIEWER)
def hear(case_id: int) -> Response:
    """Hears an appeal."""
    words, outcome = request.form.get("hear_reason", ""), request.form.get("hear_outcome", "")
    seen = forms.version(request.form)
    return do(
        case_id,
        lambda row: actions.hear(
            current(), queries.appeal(current(), row.id), outcome=outcome, reason=words, version=seen
        ),
        "Heard. The author was told.",
    )


@feature.action("/desk/<int:case_id>/reopen", need=REVIEWER)
def reopen(case_id: int) -> Response:
    """Opens a decided case again."""
    words = request.form.get("reopen_reason", "")
    return do(case_id, lambda row: actions.reopen(current(), row, words), "Open again.")
