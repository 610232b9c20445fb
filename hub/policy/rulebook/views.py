"""URLs of the rules: the list, a rule's page, its editor, dry runs with their sample, trusted hosts."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from hub.errors import Conflict, Invalid, Refused
from hub.policy import queries as policy
from hub.policy.behaviour import READERS
from hub.policy.cases import REVIEWERS
from hub.policy.forms import whole
from hub.policy.rulebook import actions, forms, matrix, plain, queries, rehearsal
from hub.policy.rulebook.models import KINDS
from hub.policy.rulebook.writing import AUDIENCES, OUTCOMES, Written
from hub.policy.rules import RULES, a, rule
from hub.policy.writing.views import feature
from hub.web.show import go, show
from hub.web.viewer import current

AUDIENCE_WORDS = {
    "closed-group": "A closed group",
    "team": "One team or organisation",
    "all-staff": "All staff",
    "partners": "Staff and partners",
    "public-read": "Anybody",
}
OUTCOME_WORDS = {
    "none": "Nothing",
    "nudge": "A hint",
    "nudge+flag low": "A hint and a flag, when there is time",
    "nudge+flag": "A hint and a flag",
    "nudge+flag high": "A hint and a flag, soon",
    "flag low": "A flag, when there is time",
    "flag": "A flag",
    "flag high": "A flag, soon",
}


@feature.page("/policy/rules", shows="list")
def rules() -> Response:
    """What is looked for, how strongly, and how often each rule was right."""
    viewer = current()
    number = str if viewer.has_role(*REVIEWERS, *actions.EDITORS) else _few
    editor = queries.is_editor(viewer)
    return show(
        "policy/rules.html",
        rows=queries.listing(viewer),
        name=a,
        number=number,
        editor=editor,
        behaviour=viewer.has_role(*READERS),
    )


def _few(number: int) -> str:
    """As in the published figures, so that nobody can be recognised; short, since a table has many of them."""
    return f"{number:,}" if number >= policy.FEW else f"< {policy.FEW}"


@feature.form("/policy/rules/table", endpoint="rule_table")
def rule_table() -> Response:
    """What follows for each live rule before each audience; rule editors and administrators write changes of it."""
    viewer, form = current(), request.form
    if request.method == "GET":
        return _table(request.args.get("change", ""), form)
    name = form.get("name", "")
    seen = {key.removeprefix("seen-"): whole(form[key]) for key in form if key.startswith("seen-")}
    try:
        also, note = form.getlist("also"), form.get("note", "")
        made = matrix.redraw(viewer, name, forms.chosen(form), also, note, seen)
    except Invalid as error:
        return _table(name, form, error=error)
    except Conflict as conflict:
        return _table(name, form, said=conflict.message, status=409)
    rules = "one rule" if len(made) == 1 else f"{len(made)} rules"
    return go("policy.rule_table", f"Written as the next version of {rules}. {DRAFTED}", anchor="waits")


DRAFTED = "Nothing of it acts yet: each is tried on past content, judged, and approved by a second person."


def _table(
    name: str, form: Any, *, error: Invalid | None = None, said: str = "", status: int = 200
) -> Response:
    viewer = current()
    lines = matrix.lines(viewer)
    begun = matrix.begin(viewer, name, lines) if name else None
    return show(
        "policy/rule_table.html",
        status=422 if error else status,
        lines=lines,
        changes=matrix.changes(viewer),
        begun=begun,
        choices=_choices(begun) if begun else {},
        alike=[(line.name, a(line.label)) for line in begun.alike] if begun else [],
        columns=[{"label": words} for words in AUDIENCE_WORDS.values()],
        may_change=matrix.may_change(viewer),
        audiences=AUDIENCE_WORDS,
        outcomes=OUTCOME_WORDS,
        reported=plain.follows("report"),
        name=a,
        form=form,
        error=error,
        said=said,
    )


def _choices(begun: matrix.Begun) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen before each audience: as the policy says, where it says something, or any outcome."""
    usual, chosen = plain.follows(begun.line.name), [(o, OUTCOME_WORDS[o]) for o in OUTCOMES]
    return {
        key: ([("", f"{OUTCOME_WORDS[usual[key]]} (as the policy says)")] if usual else []) + chosen
        for key in AUDIENCE_WORDS
    }


@feature.page("/policy/rules/<name>", endpoint="rule")
def rule_page(name: str) -> Response:
    """One rule: what it looks for, its state and versions; for editors its dry runs and what it needs to act."""
    return _rule_page(name)


def _rule_page(name: str, *, status: int = 200, said: str = "", error: Invalid | None = None) -> Response:
    viewer = current()
    opened = queries.opened(viewer, name)
    proof = opened.proof
    interval = actions.wilson(proof.right, proof.judged) if proof and proof.judged else None
    return show(
        "policy/rule.html",
        "policy/_dry_runs.html",
        status=status,
        opened=opened,
        row=opened.row,
        editor=queries.is_editor(viewer),
        built_in=name in RULES,
        proof=proof,
        interval=interval,
        progress=queries.progress,
        judged_least=actions.JUDGED_LEAST,
        running=any(run.state == "running" for run in opened.runs),
        title=a(opened.described.label),
        kinds=KINDS,
        audiences=AUDIENCE_WORDS,
        outcomes=OUTCOME_WORDS,
        said=said,
        error=error,
        form=request.form,
    )


@feature.form("/policy/new-rule", endpoint="new_rule")
def new_rule() -> Response:
    """Writes a new rule, as a draft."""
    viewer = current()
    actions.require_editor(viewer)
    kind = request.values.get("kind", "")
    kind = kind if kind in KINDS and kind != "built-in" else "words"
    if request.method == "GET":
        return _editor(forms.filled(Written(kind, "")), kind)
    try:
        made = actions.write(viewer, forms.written(request.form, kind))
    except Invalid as error:
        return _editor(request.form, kind, error=error)
    return go("policy.rule", "Kept as a draft. It does nothing yet.", name=made.name)


@feature.form("/policy/rules/<name>/edit", endpoint="edit_rule")
def edit_rule(name: str) -> Response:
    """Writes the next version of a rule."""
    viewer = current()
    before, newest = queries.newest(viewer, name)
    if request.method == "GET":
        return _editor(forms.filled(before), before.kind, name, newest)
    seen = whole(request.form.get("seen", ""))
    try:
        made = actions.change(viewer, name, forms.written(request.form, before.kind), seen=seen)
    except Invalid as error:
        return _editor(request.form, before.kind, name, seen, error)
    except Conflict as conflict:
        problem = Invalid("label", f"{conflict.message} Save again to put yours on top of version {newest}.")
        return _editor(request.form, before.kind, name, newest, problem, status=409)
    return go("policy.rule", f"Version {made.number} is written. It does not act yet.", name=name)


def _editor(
    form: Any, kind: str, name: str = "", seen: int = 0, error: Invalid | None = None, status: int = 0
) -> Response:
    return show(
        "policy/rule_editor.html",
        status=status or (422 if error else 200),
        form=form,
        kind=kind,
        kinds=KINDS,
        name=name,
        seen=seen,
        error=error,
        clauses=policy.clauses_in_force(),
        audiences=AUDIENCE_WORDS,
        outcomes=[("", "As the policy says")] * (kind == "built-in")
        + [(o, OUTCOME_WORDS[o]) for o in OUTCOMES],
        of=[(rule.name, a(rule.label)) for rule in RULES.values()],
        order=AUDIENCES,
    )


def _do(name: str, done: str, what: Any) -> Response:
    try:
        what()
    except Invalid as error:
        return _rule_page(name, status=422, error=error)
    except Conflict as conflict:
        return _rule_page(name, status=409, said=conflict.message)
    except Refused as refusal:
        return _rule_page(name, status=403, said=refusal.message)
    return go("policy.rule", done, name=name)


DONE = {
    "background": "In the background: it records what it finds, and nobody sees a hint or gets a flag.",
    "paused": "Paused: it looks at nothing until somebody puts it back.",
    "archived": "Archived. What it found stays where it is.",
}


@feature.action("/policy/rules/<name>/state", endpoint="rule_state")
def rule_state(name: str) -> Response:
    """Background, pause, archive; ask for approval, approve, or not."""
    viewer, form = current(), request.form
    what, seen = form.get("do", ""), whole(form.get("seen", ""))
    reason = form.get("reason", "")
    if what in ("live-nudge", "live-flag"):
        done = "A second person is asked to approve it."
        return _do(name, done, lambda: actions.propose(viewer, name, what, seen=seen))
    if what == "approve":
        return _do(name, "Approved. It acts from now on.", lambda: actions.approve(viewer, name, seen=seen))
    if what == "refuse":
        return _do(
            name, "Not approved. Its owner can read why.", lambda: actions.refuse(viewer, name, reason)
        )
    return _do(name, DONE.get(what, "Done."), lambda: actions.set_state(viewer, name, what, reason))


@feature.page("/policy/rules/<name>/versions/<int:number>", endpoint="rule_version")
def rule_version(name: str, number: int) -> Response:
    """One version, and what differs from the one before it."""
    opened, row, changes = queries.difference(current(), name, number)
    title = f"Version {number}: {opened.described.label}"
    return show("policy/rule_version.html", opened=opened, row=row, changes=changes, title=title)


@feature.action("/policy/rules/<name>/versions/<int:number>/again", endpoint="revert_rule")
def revert_rule(name: str, number: int) -> Response:
    """Makes an earlier version the newest again."""
    done = f"Version {number} is the newest again. It needs a dry run and an approval, as any version does."
    return _do(name, done, lambda: actions.revert(current(), name, number))


@feature.action("/policy/rules/<name>/runs", endpoint="start_run")
def start_run(name: str) -> Response:
    """Begins a dry run of the newest version."""
    months = whole(request.form.get("months", ""))
    done = "The dry run has begun. It flags nothing and tells nobody."
    return _do(name, done, lambda: rehearsal.start(current(), name, months=months))


@feature.page("/policy/rules/<name>/runs/<int:number>", endpoint="dry_run", shows="list")
def dry_run(name: str, number: int) -> Response:
    """A dry run: how far it is, what it hit, and the sample to judge."""
    return _run_page(name, number)


def _run_page(name: str, number: int, *, status: int = 200, said: str = "") -> Response:
    viewer = current()
    row = queries.run(viewer, name, number)
    proof = actions.proof(row.version)
    mine = proof.run is not None and proof.run.id == row.id
    return show(
        "policy/dry_run.html",
        "policy/_sample.html",
        status=status,
        run=row,
        name=name,
        rule=row.version.rule,
        title=f"Dry run: {row.version.label}",
        proof=proof if mine else None,
        interval=actions.wilson(proof.right, proof.judged),
        least=actions.JUDGED_LEAST,
        progress=queries.progress(row),
        sample=queries.sample(viewer, row) if row.state == "done" else [],
        said=said,
    )


@feature.action("/policy/rules/<name>/runs/<int:number>/do", endpoint="do_run")
def do_run(name: str, number: int) -> Response:
    """Pauses a run, lets it go on, judges a hit, or has what was found looked at."""
    viewer = current()
    row = queries.run(viewer, name, number)
    what, _, hit = request.form.get("do", "").partition(":")
    done = ""
    try:
        if what in ("pause", "go-on"):
            rehearsal.pause(viewer, row, on=what == "pause")
        elif what in ("right", "wrong"):
            rehearsal.judge(viewer, queries.hit(viewer, row, whole(hit)), what)
        elif what == "promote":
            done = f"{rehearsal.promote(viewer, row)} items will be looked at again."
    except (Invalid, Refused) as problem:
        return _run_page(name, number, status=403, said=problem.message)
    return go("policy.dry_run", done, anchor=f"hit-{hit}" if hit else None, name=name, number=number)


@feature.form("/policy/hosts", endpoint="hosts")
def hosts() -> Response:
    """The hosts whose links are not risky; editors add and drop."""
    viewer, form = current(), request.form
    error = None
    if request.method == "POST":
        try:
            if form.get("drop"):
                actions.distrust(viewer, form["drop"])
            else:
                actions.trust(viewer, form.get("host", ""), form.get("reason", ""))
            return go("policy.hosts", "Noted.")
        except Invalid as problem:
            error = problem
    return show(
        "policy/hosts.html",
        rows=queries.hosts(),
        editor=queries.is_editor(viewer),
        form=form,
        error=error,
        status=422 if error else 200,
    )


def needs_you(viewer: Any) -> list[dict[str, Any]]:
    """For rule editors: approvals wanted of them, and rules of theirs that the breaker stopped. Two queries."""
    if not queries.is_editor(viewer):
        return []
    wanted = []
    number = queries.wanted_approvals(viewer)
    if number:
        words = f"A policy rule waits for a second person ({number})"
        wanted.append({"text": words, "url": url_for("policy.rules"), "due": None})
    for row in queries.tripped(viewer):
        words = f"Your policy rule “{rule(row.name).label}” only records now: {row.tripped}"
        wanted.append({"text": words, "url": url_for("policy.rule", name=row.name), "due": None})
    return wanted
