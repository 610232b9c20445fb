"""URLs of the administrators' pages: the log, synonyms, best bets, weights. The feature starts here."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from hub import clock
from hub.errors import Invalid
from hub.people.actions import end_of_day
from hub.search import actions, log, tuning
from hub.search.insight import queries
from hub.search.queries import clean
from hub.web.routing import ADMINISTRATOR, Feature
from hub.web.show import go, item_url, show
from hub.web.viewer import current

feature = Feature("search", "hub.search")


@feature.page("/admin/search", need=ADMINISTRATOR, shows="list")
def insight() -> Response:
    """What was searched for in thirty days, what found nothing, what nobody opened, and what became a
    question.
    """
    wanted = request.args.get("show", "")
    wanted = wanted if wanted in log.SHOWS else ""
    return show(
        "search/insight.html",
        "search/_log.html",
        lines=log.lines(wanted),
        figures=log.figures(),
        shown=[
            {"label": label, "url": url_for("search.insight", show=key or None), "current": key == wanted}
            for key, label in log.SHOWS.items()
        ],
        asked=[
            {"row": row, "title": item.title if item else "", "url": item_url(item) if item else ""}
            for row, item in queries.asked(current())
        ],
    )


# --- synonyms -------------------------------------------------------------------------------------


@feature.form("/admin/search-words", need=ADMINISTRATOR)
def words() -> Response:
    """The synonyms in use; adds or changes a group."""
    typed = request.values.get("words", "")[:1000]
    number = request.values.get("group", type=int)
    row = queries.synonym(current(), number) if number else None
    problem: Invalid | None = None
    if request.method == "POST":
        try:
            saved = actions.save_synonyms(current(), typed, row)
            return go("search.words", f"Saved: {saved.words}. Search uses it within seconds.")
        except Invalid as error:
            problem = error
    return show(
        "search/words.html",
        **queries.synonyms(current()),
        typed=typed if typed or not row else row.words,
        group=row,
        errors=[("f-words", problem.message)] if problem else [],
        status=422 if problem else 200,
    )


@feature.action("/admin/search-words/<int:number>/delete", need=ADMINISTRATOR)
def drop_words(number: int) -> Response:
    """Deletes a group of synonyms, or uses a shipped one again."""
    row = queries.synonym(current(), number)
    actions.drop_synonyms(current(), row)
    said = "Used again" if row.off else "Deleted"
    return go("search.words", f"{said}: {row.words}.")


@feature.action("/admin/search-words/off", need=ADMINISTRATOR)
def switch_off() -> Response:
    """Does without a group that the hub ships with."""
    line = request.form.get("words", "")
    actions.switch_off(current(), line)
    return go("search.words", f"No longer used: {line}.")


# --- best bets ------------------------------------------------------------------------------------


@feature.form("/admin/search-bets", need=ADMINISTRATOR)
def bets() -> Response:
    """What is recommended for which words; adds a recommendation."""
    values = {name: request.values.get(name, "")[:1000] for name in ("phrases", "item", "until")}
    problem: Invalid | None = None
    if request.method == "POST":
        try:
            row = actions.recommend(current(), values["phrases"], values["item"], _day(values["until"]))
            return go("search.bets", f"It now stands on top for: {row.phrases}.")
        except Invalid as error:
            problem = error
    return show(
        "search/bets.html",
        rows=[
            {
                "row": row,
                "title": item.title if item else "",
                "url": item_url(item) if item else "",
                "over": over,
            }
            for row, item, over in queries.bets(current())
        ],
        values=values,
        errors=[(f"f-{problem.field}", problem.message)] if problem else [],
        status=422 if problem else 200,
    )


def _day(typed: str) -> Any:
    if not typed.strip():
        return None
    try:
        return end_of_day(date.fromisoformat(typed.strip()))
    except (ValueError, OverflowError):
        raise Invalid("until", "Choose the last day, or leave it empty.") from None


@feature.action("/admin/search-bets/<int:number>/end", need=ADMINISTRATOR)
def end_bet(number: int) -> Response:
    """Takes a recommendation back."""
    row = queries.bet(current(), number)
    actions.unrecommend(current(), row)
    return go("search.bets", f"No longer recommended for: {row.phrases}.")


# --- weights --------------------------------------------------------------------------------------


@feature.form("/admin/search-weights", need=ADMINISTRATOR)
def weights() -> Response:
    """Why hits rank where they do; other weights are tried on a query, and kept only when saved."""
    text = clean(request.values.get("q", ""))
    used = tuning.current().weights
    typed = {name: request.form.get(name, f"{getattr(used, name):g}")[:20] for name in tuning.ADJUSTABLE}
    problem: Invalid | None = None
    try:
        wanted = _numbers(typed)
        if request.form.get("do") == "save":
            actions.set_weights(current(), wanted)
            return go("search.weights", "Saved. Every search ranks so within seconds.", q=text or None)
    except Invalid as error:
        problem, wanted = error, {}
    trial = tuning.weights_of(wanted) if wanted else used
    return show(
        "search/weights.html",
        query_text=text,
        typed=typed,
        adjustable=tuning.ADJUSTABLE,
        usual={name: f"{getattr(tuning.weights_of({}), name):g}" for name in tuning.ADJUSTABLE},
        placed=queries.trial(current(), text, trial) if text else [],
        changed=trial != used,
        errors=[(f"f-{problem.field}", problem.message)] if problem else [],
        now=clock.now(),
        status=422 if problem else 200,
    )


def _numbers(typed: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, text in typed.items():
        label, least, most = tuning.ADJUSTABLE[name]
        try:
            found[name] = float(text.replace(",", "."))
        except ValueError:
            raise Invalid(name, f"{label}: write a number.") from None
        if not least <= found[name] <= most:
            raise Invalid(name, f"{label}: choose a number from {least:g} to {most:g}.")
    return found


@feature.action("/admin/search-weights/usual", need=ADMINISTRATOR)
def usual_weights() -> Response:
    """Goes back to the weights that the hub ships with."""
    actions.set_weights(current(), {})
    return go("search.weights", "Search ranks as it was shipped again.")
