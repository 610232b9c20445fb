"""One URL, two answers: the whole page, or the region of it that htmx asks for. The only module that knows htmx-flask."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from flask import Flask, flash, g, make_response, redirect, render_template, request, url_for
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.wrappers import Response

from hub.content import kinds
from hub.content.models import Item


class HubRequest(HtmxAwareRequest):
    """htmx-flask's request (`request.htmx`) with the hub's limits for plain form fields."""

    max_form_memory_size = 2 * 1024 * 1024
    max_form_parts = 2000


def init(app: Flask) -> None:
    """Attaches htmx-flask; it sets its own request class, so ours comes after."""
    Htmx(app)
    app.request_class = HubRequest
    app.jinja_env.globals.update(item_url=item_url, kind_of=lambda item: kinds.KINDS[item.kind])


def wants_region() -> bool:
    """Whether htmx asks for a part of a page; boosted links and history restores get the whole."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def region_id(template: str) -> str:
    """The id of a region's root element: `search/_results.html` ⇔ `results`."""
    return PurePosixPath(template).stem.removeprefix("_").replace("_", "-")


def show(page: str, /, *regions: str, status: int = 200, **context: Any) -> Response:
    """Renders the page, or the one of its regions that htmx targets (the first when it names no target; a page's only region in any case).

    Every region is a template whose root element has the id `region_id(template)`. A `page` whose file name begins with an underscore
    is a piece by itself, such as a row of reactions, and goes where htmx wanted it.
    """
    template = page
    if wants_region() and regions:
        target = request.htmx.target  # type: ignore[attr-defined]
        template = next(
            (r for r in regions if region_id(r) == target),
            regions[0] if not target or len(regions) == 1 else page,
        )
    piece = PurePosixPath(page).name.startswith("_")
    g.region = piece or template != page
    response = make_response(render_template(template, **context), status)
    if template == page and wants_region() and not piece:
        # Nothing on the page is called what htmx asked for: let the browser load it whole.
        response.headers["HX-Retarget"] = "body"
    if status == 422 and template != page:
        response.headers["HX-Retarget"] = f"#{region_id(template)}"
        response.headers["HX-Reswap"] = "outerHTML"
    return response


def go(endpoint: str, message: str = "", anchor: str | None = None, **values: Any) -> Response:
    """A 303 to the endpoint after a change, with a message shown there (announced, and never only a toast)."""
    if message:
        flash(message)
    return redirect(url_for(endpoint, _anchor=anchor, **values), 303)


def go_to(item: Item, message: str = "") -> Response:
    """A 303 to where the item stands."""
    if message:
        flash(message)
    return redirect(item_url(item), 303)


def go_back(path: str, message: str = "") -> Response:
    """A 303 to a path of this hub, which the caller has passed through `text.safe_next`."""
    if message:
        flash(message)
    return redirect(path, 303)


def leave(response: Response) -> Response:
    """The same redirect, which takes the whole page along also where htmx asked for a region."""
    if wants_region():
        response.headers["HX-Redirect"] = response.headers.pop("Location")
        response.status_code = 204
    return response


def item_url(item: Item, *, external: bool = False) -> str:
    """The address of the item: its page, or its place on its root's page."""
    kind = kinds.KINDS[item.kind]
    if kind.page:
        return url_for(kind.page, _external=external, **{kind.arg: item.id})
    return url_for("content.permalink", item_id=item.id, _external=external)
