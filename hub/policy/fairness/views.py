"""URLs of the register of exceptions, reviewers' conflicts, deciding several at once, and saved views of the desk."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from werkzeug.wrappers import Response

from hub import clock
from hub.errors import HubError, Invalid, Missing
from hub.people import queries as people
from hub.policy import undoing
from hub.policy.desk import queries as desk
from hub.policy.desk.views import do
from hub.policy.fairness import conflicts, exceptions, sealing, several, views_kept
from hub.policy.forms import version, whole
from hub.policy.rules import OWN, RULES, a, rule
from hub.policy.writing.views import feature
from hub.spaces import queries as spaces
from hub.web.routing import REVIEWER
from hub.web.show import go, show
from hub.web.viewer import current

NO_RULE = "No rule at all, reports only (trade unions, staff networks)"


@feature.form("/policy/exceptions", endpoint="exceptions")
def register() -> Response:
    """The register, for all staff; anybody on the staff may ask for an exception."""
    viewer, form = current(), request.form
    error: Invalid | None = None
    status = 200
    if request.method == "POST":
        try:
            return go("policy.exceptions", _change(viewer, form))
        except Invalid as problem:
            error, status = problem, 422
        except HubError as refusal:
            if not refusal.message:
                raise
            error, status = Invalid("what", refusal.message), 403
    return show(
        "policy/exceptions.html",
        rows=exceptions.register(viewer),
        never=exceptions.never_scanned(viewer),
        rules=[(r.name, a(r.label)) for r in {**RULES, **OWN}.values()]
        + [(exceptions.REPORTS_ONLY, NO_RULE)],
        label=lambda name: NO_RULE if name == exceptions.REPORTS_ONLY else a(rule(name).label),
        approver=viewer.has_role(*exceptions.APPROVERS),
        choices=[("", "Everywhere")] + [(p.slug, p.name) for p in viewer.places.values()],
        now=clock.now(),
        form=form,
        error=error,
        status=status,
    )


def _change(viewer: Any, form: Any) -> str:
    if form.get("approve"):
        exceptions.approve(viewer, whole(form["approve"]))
        return "Approved. It counts from now on, and ends by itself."
    if form.get("end"):
        exceptions.end(viewer, whole(form["end"]))
        return "Ended."
    handle, slug = form.get("handle", "").strip().lstrip("@"), form.get("space", "")
    person = _person(handle)
    if handle and person is None:
        raise Invalid("handle", f"There is nobody called @{handle[:60]}.")
    exceptions.ask(
        viewer,
        name=form.get("rule", ""),
        what=form.get("what", ""),
        reason=form.get("reason", ""),
        months=whole(form.get("months", "")),
        person=person,
        space=spaces.by_slug(viewer, slug) if slug else None,
    )
    return "Asked for. It counts once a second person has approved it."


def needs_you(viewer: Any) -> list[dict[str, Any]]:
    """For those who approve exceptions: what waits for them. One query."""
    query = exceptions.waiting_count(viewer)
    number = query.scalar() if query is not None else 0
    if not number:
        return []
    words = f"An exception from a policy rule waits for a second person ({number})"
    return [{"text": words, "url": url_for("policy.exceptions"), "due": None}]


def _person(handle: str) -> Any:
    try:
        return people.by_handle(handle) if handle else None
    except Missing:
        return None


@feature.form("/desk/conflicts", endpoint="conflicts")
def declared() -> Response:
    """Whom a reviewer does not review: said by themselves, or of any reviewer by the policy's owner."""
    viewer, form = current(), request.form
    error = None
    if request.method == "POST":
        try:
            if form.get("drop"):
                conflicts.take_back(viewer, whole(form["drop"]))
            else:
                named = [_person(form.get(name, "").strip().lstrip("@")) for name in ("handle", "reviewer")]
                if form.get("reviewer", "").strip() and named[1] is None:
                    raise Invalid("reviewer", "There is nobody with that name.")
                conflicts.declare(viewer, named[0], form.get("reason", ""), reviewer=named[1])
            return go("policy.conflicts", "Noted.")
        except Invalid as problem:
            error = problem
    return show(
        "policy/conflicts.html",
        rows=conflicts.listing(viewer),
        owner=viewer.has_role("policy owner"),
        form=form,
        error=error,
        status=422 if error else 200,
    )


@feature.action("/desk/several", need=REVIEWER, endpoint="several")
def decide_several() -> Response:
    """Decides the ticked cases, where the rule was wrong or there is no breach."""
    form = request.form
    try:
        done = several.decide(
            current(),
            form.getlist("case", type=int),
            outcome=form.get("outcome", ""),
            reason=form.get("reason", ""),
        )
    except Invalid as problem:
        return go("policy.desk", f"Nothing was decided. {problem.message}")
    left = f" {done.left} were left, since somebody else has them or you may not." if done.left else ""
    return go("policy.desk", f"{done.decided} decided.{left} You can undo it for ten seconds.", undo=1)


@feature.action("/desk/undo", need=REVIEWER, endpoint="undo")
def take_back() -> Response:
    """Takes back what the reviewer has decided in the last seconds, as if it had not been."""
    try:
        done = undoing.undo(current(), request.form.getlist("decision", type=int)[: several.MOST])
    except HubError as problem:
        return go("policy.desk", problem.message or "There is nothing to undo any more.")
    if len(done) == 1:
        return go("policy.case", "Undone: the case is yours as before. Nobody was told.", case_id=done[0])
    return go("policy.desk", f"{len(done)} decisions were undone. Nobody was told." if done else "")


@feature.action("/desk/<int:case_id>/seal", need=REVIEWER, endpoint="seal")
def sealed(case_id: int) -> Response:
    """Approves, as a second person, that a case stays sealed, or opens it."""
    form, seen = request.form, version(request.form)
    if form.get("do") == "approve":
        days = whole(form.get("days", ""))
        done = "Approved. The author is told when the seal ends."
        return do(case_id, lambda row: sealing.approve(current(), row, days, version=seen), done)
    done = "Opened. The author was told."
    return do(case_id, lambda row: sealing.open_now(current(), row, version=seen), done)


@feature.action("/desk/blur", need=REVIEWER, endpoint="blur")
def blur() -> Response:
    """Says whether what the rules found is blurred until asked for."""
    views_kept.set_blurred(current(), request.form.get("blur") == "1")
    return go("policy.desk", "Noted.")


@feature.action("/desk/<int:case_id>/escalate", need=REVIEWER)
def escalate(case_id: int) -> Response:
    """Passes the case on to a senior reviewer."""
    words, seen = request.form.get("escalate_reason", ""), version(request.form)
    return do(
        case_id,
        lambda row: conflicts.escalate(current(), row, words, version=seen),
        "Passed on.",
        to_desk=True,
    )


@feature.action("/desk/views", need=REVIEWER, endpoint="keep_view")
def keep_view() -> Response:
    """Keeps the desk's present filters under a name, or drops one."""
    form = request.form
    if form.get("drop"):
        views_kept.drop(current(), form["drop"])
        return go("policy.desk")
    wanted = {k: form[k] for k in ("show", "clause", "rule", "by", "sort") if form.get(k)}
    if wanted.get("show", "open") not in desk.SHOWS:
        wanted.pop("show")
    try:
        views_kept.keep(current(), form.get("name", ""), urlencode(wanted))
    except Invalid as problem:
        return go("policy.desk", problem.message)
    return go("policy.desk", "Kept. You find it above the list.", **wanted)
