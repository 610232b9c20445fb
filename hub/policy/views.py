"""URLs of the policy for everybody: its text, reports, one's own flags, the rules, the published figures."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

from hub import clock, events, mail
from hub.content import queries as content
from hub.errors import Invalid, Refused
from hub.policy import (
    about_me,
    actions,
    after_reading,
    behaviour,
    detector,
    due,
    figures,
    notices,
    queries,
    reactions,
    working_time,
)
from hub.policy.cases import REVIEWERS
from hub.policy.desk import queries as desk_queries
from hub.policy.desk import views as desk
from hub.policy.drafting import actions as drafting_actions
from hub.policy.drafting import queries as drafting_queries
from hub.policy.drafting import views as drafting
from hub.policy.fairness import exceptions, leaving
from hub.policy.fairness import views as fairness
from hub.policy.models import MEASURES, OUTCOMES
from hub.policy.rulebook import actions as rule_actions
from hub.policy.rulebook import live, rehearsal
from hub.policy.rulebook import queries as rule_queries
from hub.policy.rulebook import views as rulebook
from hub.policy.rules import a, rule
from hub.policy.trail import chain, keeping, taking
from hub.policy.writing.views import before_post, feature
from hub.web import composer, health, menu, noticing
from hub.web.routing import PUBLIC
from hub.web.routing import attach as attach_feature
from hub.web.show import go, go_to, item_url, show
from hub.web.viewer import current

__all__ = ["attach", "desk", "drafting", "fairness", "feature", "rehearsal", "rulebook"]
MONTHS_LISTED = 24


def attach(app: Flask) -> None:
    """Adds the routes, the menu entries, the question before posting and the subscriber."""
    attach_feature(app, feature)
    settings = app.config["HUB"]
    chain.attach(settings.data_path)
    keeping.attach(settings)
    working_time.attach(settings.bank_holidays)
    detector.configure(app.config["SECRET_KEY"], {urlsplit(settings.address).hostname or ""})
    with app.app_context():
        composer.before_post(before_post)
    noticing.add(app, after_reading.hints)
    mail.tell_in_full("policy:", "policy.my_flags", notices.in_full)
    mail.tell_in_full("policy:rule_", "policy.rules", rule_actions.in_full)
    mail.tell_in_full("policy:exception_", "policy.exceptions", exceptions.in_full)
    menu.add(app, menu.Entry("policy.policy", "Usage policy", "policy", 70))
    menu.add(
        app,
        menu.Entry(
            "policy.desk",
            "Review desk",
            "desk",
            75,
            lambda viewer: viewer.has_role(*REVIEWERS),
            desk_queries.open_count,
            "to review",
        ),
    )
    menu.needs_you(app, _policy_to_read, queries.unread_count)
    menu.needs_you(app, _second_person, desk_queries.second_count)
    menu.needs_you(app, rulebook.needs_you, rule_queries.waiting_count)
    menu.needs_you(app, fairness.needs_you, exceptions.waiting_count)
    menu.needs_you(app, drafting.needs_you, drafting_queries.waiting_count)
    app.extensions.setdefault("between_tests", []).extend((live.forget, detector.recover))
    health.add(app, _health)
    app.before_request(due.end_what_is_due)
    app.extensions.setdefault("between_tests", []).append(due.rest)
    events.subscribe("policy", reactions.look_at, reactions.LOOKS_AT)
    events.subscribe("policy-leaving", leaving.give_back, leaving.LOOKS_AT)


def _policy_to_read(viewer: Any) -> list[dict[str, Any]]:
    """A new text of the policy. One query."""
    version = queries.to_acknowledge(viewer)
    if version is None:
        return []
    words = f"The usage policy has a new text (version {version.number})"
    return [{"text": words, "url": url_for("policy.policy"), "due": None}]


def _second_person(viewer: Any) -> list[dict[str, Any]]:
    """For reviewers: what waits for a second person. One query."""
    wanted = []
    if viewer.has_role(*REVIEWERS):
        counts = desk_queries.counts(viewer, ("second", "appeals"))
        for show_, words in (
            ("second", "A second person is wanted"),
            ("appeals", "An appeal waits to be heard"),
        ):
            if counts[show_]:
                wanted.append(
                    {
                        "text": f"{words} ({counts[show_]})",
                        "url": url_for("policy.desk", show=show_),
                        "due": None,
                    }
                )
    return wanted


def _health() -> health.Health:
    """Whether the detector answers, and how much waits for it."""
    trouble, waiting = detector.trouble(), actions.unscanned()
    if waiting.failed:  # The worker says so; the detector of this process may never have been asked.
        are = "item waits" if waiting.failed == 1 else "items wait"
        trouble = f"The detector could not look ({waiting.why}): {waiting.failed:,} {are} and will be looked at later. Posting goes on."
    words = (
        f"{waiting.number:,} items wait to be looked at; posting goes on."
        if waiting.number
        else "The detector works."
    )
    return health.Health("Usage policy", "warn" if trouble else "ok", trouble or words)


@feature.page("/policy", need=PUBLIC)
def policy() -> Response:
    """The policy in force: in a few words, then clause by clause, then what changed."""
    return _text(queries.policy(current(), welsh=_welsh()))


@feature.page("/policy/versions/<int:number>", need=PUBLIC)
def version(number: int) -> Response:
    """One version of the policy, in force or not."""
    return _text(queries.policy(current(), number, welsh=_welsh()))


def _text(policy: queries.Policy | None) -> Response:
    writes = current().has_role(*drafting_actions.APPROVERS)
    return show("policy/policy.html", policy=policy, writes=writes)


def _welsh() -> bool:
    return request.args.get("language") == "cy"


@feature.action("/policy/versions/<int:number>/read")
def acknowledge(number: int) -> Response:
    """Keeps that the viewer has read it."""
    actions.acknowledge(current(), queries.version(number))
    return go("policy.policy", "Thank you. We have noted that you read it.")


@feature.page("/policy/figures", endpoint="figures", shows="count")
def published() -> Response:
    """How the policy was applied in one month, in numbers too large to recognise anybody."""
    now = clock.local(clock.now())
    months = _months(figures.first_case_at(), now)
    chosen = next((m for m in months if f"{m:%Y-%m}" == request.args.get("month", "")), months[0])
    after = figures.month_after(chosen)
    return show(
        "policy/figures.html",
        figures=figures.of_month(chosen, after),
        months=months,
        chosen=chosen,
        by_month=figures.flags_by_month(months[:12]),
        clauses=dict(queries.clauses_in_force()),
        exceptions=queries.fewer(figures.in_force_exceptions()),
        head=chain.latest(),
    )


@feature.page("/policy/figures.csv", shows="file")
def figures_csv() -> Response:
    """A month's figures for a spreadsheet."""
    now = clock.local(clock.now())
    months = _months(figures.first_case_at(), now)
    chosen = next((m for m in months if f"{m:%Y-%m}" == request.args.get("month", "")), months[0])
    told = figures.of_month(chosen, figures.month_after(chosen))
    month, lines = f"{chosen:%Y-%m}", io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["month", "figure", "of", "number"])
    writer.writerows([month, *row] for row in figures.rows(told))
    headers = {"Content-Disposition": f'attachment; filename="usage-policy-{month}.csv"'}
    return Response("\ufeff" + lines.getvalue(), mimetype="text/csv", headers=headers)


@feature.page("/policy/behaviour", endpoint="behaviour", shows="list")
def unusual() -> Response:
    """What the rules about behaviour recorded, without names."""
    days = keeping.kept("findings").days
    return show("policy/behaviour.html", rows=behaviour.listing(current()), days=days)


@feature.page("/policy/acknowledgements", shows="count")
def acknowledgements() -> Response:
    """How far the policy in force has reached people, by unit."""
    return show("policy/acknowledgements.html", rows=figures.acknowledged(current()))


def _months(first: datetime | None, now: datetime) -> list[datetime]:
    month = datetime(now.year, now.month, 1, tzinfo=clock.LOCAL)
    months = [month]
    while first is not None and month > first and len(months) < MONTHS_LISTED:
        month = datetime(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1, tzinfo=clock.LOCAL)
        months.append(month)
    return months


@feature.form("/items/<int:item_id>/report")
def report(item_id: int) -> Response:
    """Says that an item breaks the policy."""
    viewer = current()
    item = content.open_item(viewer, item_id)
    error = None
    if request.method == "POST":
        try:
            actions.report(
                viewer,
                item,
                words=request.form.get("words", ""),
                clause=request.form.get("clause", "")[:12],
                seal=request.form.get("seal", ""),
            )
            return go_to(
                item, "Reported. A reviewer will look at it, and My flags will tell you what became of it."
            )
        except Invalid as problem:
            error = problem
    return show(
        "policy/report.html",
        item=item,
        own=item.author_id == viewer.id,
        clauses=queries.clauses_in_force(),
        may_seal=viewer.has_role(*REVIEWERS),
        form=request.form,
        error=error,
        status=422 if error else 200,
    )


@feature.page("/my-flags", shows="list")
def my_flags() -> Response:
    """What was flagged of mine, what was decided, what I can do; and what became of what I reported."""
    return _my_flags()


def _my_flags(status: int = 200, error: Invalid | None = None, at: int = 0) -> Response:
    viewer = current()
    before = request.args.get("before", 0, type=int)
    mine = about_me.mine(viewer, before if 0 < before < 2**31 else 0)
    return show(
        "policy/my_flags.html",
        mine=mine,
        reports=about_me.my_reports(viewer) if not before else [],
        audiences=desk.AUDIENCES,
        outcomes=OUTCOMES,
        measures=MEASURES,
        what=lambda name: a(rule(name).label),
        item_url=item_url,
        now=clock.now(),
        readable=viewer.tokens,
        form=request.form,
        error=error,
        at=at,
        status=status,
    )


@feature.page("/my-flags/read", shows="list")
def my_reading() -> Response:
    """Which versions of the policy came into force, and when the viewer said that they read them."""
    return show("policy/my_reading.html", versions=about_me.my_versions(current()))


@feature.page("/my-flags/export", shows="file")
def my_data() -> Response:
    """Everything that the policy holds about the viewer, as a file."""
    words = json.dumps(taking.mine(current()), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="my-flags.json"', "Cache-Control": "no-store"}
    return Response(words, mimetype="application/json", headers=headers)


@feature.action("/my-flags/<int:case_id>/answer")
def answer(case_id: int) -> Response:
    """The author explains, or answers a question."""
    viewer = current()
    case = about_me.my_case(viewer, case_id)
    try:
        actions.answer(viewer, case, request.form.get("words", ""))
    except Invalid as problem:
        return _my_flags(422, problem, case_id)
    except Refused as refusal:
        return _my_flags(403, Invalid("words", refusal.message), case_id)
    return go("policy.my_flags", "Sent to the reviewers.", anchor=f"case-{case_id}")


@feature.action("/my-flags/<int:case_id>/reread")
def reread(case_id: int) -> Response:
    """The author says that they have read the clause again."""
    viewer = current()
    actions.reread(viewer, about_me.my_rereading(viewer, case_id))
    return go("policy.my_flags", "Thank you. That is all.", anchor=f"case-{case_id}")


@feature.action("/my-flags/<int:case_id>/appeal")
def appeal(case_id: int) -> Response:
    """The author appeals against the decision."""
    viewer = current()
    case = about_me.my_case(viewer, case_id)
    try:
        actions.appeal(viewer, about_me.my_decision(viewer, case), request.form.get("words", ""))
    except Invalid as problem:
        return _my_flags(422, problem, case_id)
    except Refused as refusal:
        return _my_flags(403, Invalid("words", refusal.message), case_id)
    return go(
        "policy.my_flags", "Your appeal was sent. Somebody else will hear it.", anchor=f"case-{case_id}"
    )
