"""The hint while writing (`policy.check`) and the question before posting. The feature starts here.

The check stores nothing. *Before you post* is shown once for the same words; whatever goes wrong, posting
goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from flask import jsonify, request, session
from werkzeug.wrappers import Response

from hub import access
from hub.access import Viewer
from hub.content import keeping
from hub.policy import detector, nudging, queries
from hub.policy.fairness import exceptions
from hub.policy.rulebook import live
from hub.policy.rules import RULES
from hub.policy.writing import saying
from hub.spaces import queries as spaces
from hub.web import composer
from hub.web.composer import Typed, Words
from hub.web.routing import Feature
from hub.web.show import show
from hub.web.viewer import current

log = logging.getLogger(__name__)
feature = Feature("policy", "hub.policy")
SEEN = "policy_seen"
SEEN_MOST = 8
ASKED, ASKED_MOST = "policy_asked", 40
LEFT_OUT = {"csrf_token", "seen", "files", "attached", "hinted", "asked", "wrong", "mask"}
PLACES = {"title": "title", "body": "text"}
TYPED_MOST = 12
NEEDED = "needed_"
"""What the fields with a reason begin with; the rule's name follows."""


@feature.action("/policy/check")
def check() -> Response:
    """What the policy would say about the words in the form, before these readers. Stores nothing.

    A form with other fields than title and text names them in the address: `typed=name|What it is called`.
    """
    form = request.form
    pairs = [pair.partition("|")[::2] for pair in request.args.getlist("typed")[:TYPED_MOST]]
    words = Words(
        title=form.get("title", "")[:200],
        body=form.get("body", "").replace("\r\n", "\n")[:100_000],
        files=form.getlist("attached", type=int),
        more=composer.typed({name[:40]: label[:60] for name, label in pairs} or composer.BESIDE),
    )
    token = form.get("audience") or request.args.get("audience", "")
    advice = _advise(current(), words, token, form.getlist("seen"))
    return show("policy/check.html", "policy/_nudge.html", **_shown(advice), lengths=_lengths(words))


def before_post(viewer: Viewer, words: Words, audience: str, space: Any = None) -> Response | None:
    """The page *Before you post* where the rules found something that this writer has not been shown; else
    None.

    The same words pass the second time, with or without script and hidden fields: the browser's own signed
    cookie remembers what was shown. *Mask it* on that page shows it again with the masked words.
    """
    by_script = request.accept_mimetypes.best == "application/json"
    paused = None if by_script else _paused(viewer, words, audience, space)
    if paused is not None:
        return paused
    seen = request.form.getlist("seen")
    advice = _advise(viewer, words, audience, seen, space)
    if "mask" in request.form:
        masks = next((h.masks for h in advice.hints if h.rule == request.form["mask"]), {})
        words.title = nudging.masked(words.title, masks.get("title", ()))
        words.body = nudging.masked(words.body, masks.get("body", ()))
        for one in words.more:
            one.words = nudging.masked(one.words, masks.get(one.name, ()))
        advice = _advise(viewer, words, audience, seen, space)
        return _question(viewer, words, advice, space)
    unseen = [code for code in advice.unseen if code not in _codes(seen)]
    whole = detector.code("whole", *sorted(advice.codes)) if advice.codes else ""
    shown_before = whole in session.get(SEEN, ()) or _was_asked(viewer, advice, audience)
    if not unseen or shown_before:
        _posted(viewer, advice, shown_before)
        return None
    if by_script:
        return _asked_later(viewer, words)
    session[SEEN] = [*session.get(SEEN, ()), whole][-SEEN_MOST:]
    session[ASKED] = [access.width(audience), *sorted(_values(viewer, advice))[:ASKED_MOST]]
    _count([name for name in advice.rules if name not in _names("asked")], shown=1)
    return _question(viewer, words, advice, space)


def _asked_later(viewer: Viewer, words: Words) -> Response:
    """The answer to a file that the page's script sends by itself: it is kept, and asked about with those beside it."""
    _keep(viewer, words)
    return jsonify(state="Kept. It waits for a word from you.", asked=[file.id for file in words.uploads])


def _keep(viewer: Viewer, words: Words) -> None:
    for file in words.uploads:
        file.id = file.id or keeping.upload(viewer, file.stored, file.name).id


def _values(viewer: Viewer, advice: nudging.Advice) -> set[str]:
    """Names the findings whoever reads them."""
    who = str(viewer.id)
    return {detector.code("value", who, f.topic, f.fingerprint or f.excerpt)[:8] for f in advice.found}


def _was_asked(viewer: Viewer, advice: nudging.Advice, audience: str) -> bool:
    """Whether the last question was about all of this, and before no fewer people: to mask one of two things, or to
    choose fewer readers, brings no second question.
    """
    width, *values = session.get(ASKED) or (99,)
    return bool(advice.found) and access.width(audience) >= width and _values(viewer, advice) <= set(values)


def _question(viewer: Viewer, words: Words, advice: nudging.Advice, space: Any) -> Response:
    """The page itself, with everything that was sent in it; only the question where a page's script asks for it."""
    _keep(viewer, words)
    sent = request.form
    asked = dict.fromkeys([*_names("asked"), *advice.rules])
    steps = _narrower(viewer, words.audience, space) if sent.get("audience") else []
    boxes = [box for box in _boxes(words) if box.name in sent and not (steps and box.name == "reason")]
    left_out = LEFT_OUT | {box.name for box in boxes} | ({"audience", "reason"} if steps else set())
    left_out |= {f"name_{file.id}" for file in words.uploads}
    fields = [(k, v) for k, v in sent.items(multi=True) if k not in left_out and not k.startswith(NEEDED)]
    in_page = request.headers.get("HX-Target") == "before"
    return show(
        "policy/before_post.html",
        *(("policy/_before.html",) if in_page else ()),
        **_shown(advice),
        action=request.full_path.rstrip("?"),
        fields=[*fields, *(("attached", str(i)) for i in words.files), ("asked", ",".join(asked))],
        boxes=boxes,
        uploads=words.uploads,
        problems=[message for _, message in words.problems],
        steps=steps,
        audience=words.audience,
        reason=next((one.words for one in words.more if one.name == "reason"), words.reason),
        lengths=_lengths(words),
    )


def _boxes(words: Words) -> list[Typed]:
    """All that was written, field by field, as the page gives it back to be changed."""
    own = [Typed("title", "Title", words.title), Typed("body", "Text", words.body, long=True)]
    named = {one.name for one in words.more}
    return [one for one in own if one.name not in named] + words.more


def _lengths(words: Words) -> dict[str, int]:
    """How long each field was when it was looked at: places in it hold only for the same words."""
    return {box.name: len(box.words) for box in _boxes(words)}


def _narrower(viewer: Viewer, audience: str | None, space: Any) -> list[tuple[str, str]]:
    """The audience chosen and the smaller ones that the space has, as (token, words with a head-count); [] where there is
    no choice.
    """
    if space is None or viewer.person is None or not audience:
        return []
    ladder = access.ladder(space, viewer.person)
    steps = ladder[ladder.index(audience) :] if audience in ladder else []
    reaches = [access.reach_of(token, space) for token in steps]
    return (
        [
            (token, f"{reach.label} ({reach.people:,})" if token != access.PUBLIC else reach.label)
            for token, reach in zip(steps, reaches, strict=True)
        ]
        if len(steps) > 1
        else []
    )


def _posted(viewer: Viewer, advice: nudging.Advice, shown_before: bool) -> None:
    """What is kept of hints when the text is posted: the counters, and what the writer said to those that still stand."""
    asked, hinted = _names("asked"), _names("hinted")
    told = dict.fromkeys([*asked, *hinted, *(advice.rules if shown_before else ())])
    _count([name for name in hinted if name not in asked], shown=1)
    _count([name for name in advice.rules if name in told], anyway=1)
    try:
        saying.keep(viewer, advice.found, _needed(), request.form.getlist("wrong"))
    except Exception as error:  # noqa: BLE001 - words that cannot be kept keep nobody from posting
        log.error("what was said to a hint is lost: %s", type(error).__name__)


def _paused(viewer: Viewer, words: Words, audience: str, space: Any) -> Response | None:
    """A page with the reason, the end, the way to appeal and all that was written, where people paused this
    person's posting. `content.actions` is what refuses; this only says it better.
    """
    space = space if space is not None else queries.space_of(audience)
    pause = access.posting_pause(viewer, space.id) if space is not None and words.posts else None
    if pause is None:
        return None
    return show("policy/paused.html", pause=pause, space=space, words=words, status=403)


def _advise(viewer: Viewer, words: Words, token: str, seen: list[str], space: Any = None) -> nudging.Advice:
    try:
        space = space if space is not None else queries.space_of(token)
        if space is not None and exceptions.is_reports_only(space):
            return nudging.SILENT
        weighs = spaces.may_weigh(viewer, token)
        return nudging.advise(
            viewer,
            fields=[
                nudging.Field(b.name, PLACES.get(b.name, f"field “{b.label}”"), b.words)
                for b in _boxes(words)
            ],
            attached=words.files,
            sent=[(file.stored.sha256, file.name) for file in words.uploads],
            # What somebody may not know of is not weighed for them: they are told as if all staff could read
            # it.
            audience=detector.audience_of(token if weighs else "staff", space),
            reach=access.reach_of(token, space) if weighs else None,
            clauses=queries.clause_table(),
            seen=_codes(seen),
            excepted=exceptions.covering(viewer.id, space.id if space is not None else None),
        )
    except (detector.Away, ValueError):
        return nudging.SILENT
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the hint, posting goes on
        # Without the message and the trace, which may quote what is being written.
        log.error("the policy's hint failed: %s", type(error).__name__)
        return nudging.SILENT


def _codes(seen: list[str]) -> list[str]:
    return [code for text in seen for code in text.split(",")][: nudging.CODES_MOST * 2]


def _names(field: str) -> list[str]:
    """The rules that a hidden field of the form names; what names none is left out."""
    names = [name for text in request.form.getlist(field)[:9] for name in text[:2000].split(",")]
    return [name for name in dict.fromkeys(names) if name in RULES or live.book().rules.get(name)]


def _needed() -> dict[str, str]:
    """Why the writer needs it, by rule."""
    typed = request.form.items(multi=True)
    return {name[len(NEEDED) :]: words for name, words in typed if name.startswith(NEEDED) and words.strip()}


def _shown(advice: nudging.Advice) -> dict[str, Any]:
    nudging.answered(advice.hints, _needed(), request.form.getlist("wrong"))
    hinted = dict.fromkeys([*_names("hinted"), *(hint.rule for hint in advice.shown)])
    return {
        "hints": advice.shown,
        "more": advice.more,
        "seen": ",".join(advice.codes),
        "hinted": ",".join(hinted),
        "may_narrow": bool(request.form.get("audience")),
    }


def _count(rules: Iterable[str], **how: int) -> None:
    try:
        nudging.count(rules, **how)
    except Exception:  # noqa: BLE001 - a counter that cannot be written keeps nobody from posting
        return
