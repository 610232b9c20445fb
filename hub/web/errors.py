"""Every refusal and failure as a page in the house style, saying what happened, what was kept and what to do."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, current_app, jsonify, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from hub import files
from hub.content import comparing
from hub.errors import Already, Conflict, HubError, Invalid, Missing, Refused, StorageTrouble
from hub.web import carrying
from hub.web.show import go_to

log = logging.getLogger(__name__)
STATUS = {Missing: 404, Refused: 403, Invalid: 422, Conflict: 409, StorageTrouble: 507}
UNWRITTEN = ("csrf_token", "next", "email", "key", "form", "audience", "step")
"""Fields of forms that hold nothing that somebody wrote."""
PAGES = (400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503, 507)


def init(app: Flask) -> None:
    """Attaches the error pages."""
    app.register_error_handler(HubError, hub_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, crash)


def hub_error(error: HubError) -> Response:
    """What an action said instead of doing its work."""
    if isinstance(error, Already):
        return go_to(error.item, error.message)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    return page(
        status,
        error.message,
        now=error.current if isinstance(error, Conflict) else None,
        ask=error.ask if isinstance(error, Refused) else "",
    )


def http_error(error: HTTPException) -> Any:
    """Werkzeug's and Flask's own refusals. Redirects pass."""
    if error.code is None or error.code < 400:
        return error
    own = error.description if type(error).description != error.description else ""
    response = page(error.code, own or "")
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def crash(error: Exception) -> Any:
    """Anything unforeseen: logged with its trace, told without it. A storage failure outside a write lands here too."""
    from hub.db import _storage_trouble

    trouble = _storage_trouble(error)
    if trouble:
        log.error("storage trouble: %s", trouble, exc_info=error)
        return page(507, trouble)
    if current_app.config["HUB"].testing or current_app.debug:
        raise error
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return page(500, "")


def page(status: int, message: str, now: Any = None, ask: str = "") -> Response:
    """The page of a status. What a form held is given back on it, so that nothing typed is lost.

    `now` is the item as somebody else has left it, shown beside what was typed after a conflict; `ask` the space whose editors
    may be asked for access.
    """
    name = status if status in PAGES else 500 if status >= 500 else 400
    limit = files.human_size(current_app.config["HUB"].upload_limit)
    if status == 413 and request.accept_mimetypes.best == "application/json":
        # The upload list of a page shows this beside the file's name.
        return make_response(
            jsonify(error=f"This file is too large: one may have up to {limit}. It was not stored."), 413
        )
    kept = (
        [(k, v) for k, v in request.form.items(multi=True) if _is_writing(k, v)]
        if request.method == "POST" and status != 413
        else []
    )
    values = {"message": message, "kept": kept, "status": status, "limit": limit, "now": now}
    if ask and "spaces.space" in current_app.view_functions:
        values["ask_url"] = url_for("spaces.space", space_slug=ask)
    if status == 401:
        values["carried"] = carrying.refused()
    if now is not None and "body" in request.form:
        typed = request.form["body"].replace("\r\n", "\n")
        values["parts"] = comparing.folded(getattr(now, "body", ""), typed)
    return make_response(render_template(f"errors/{name}.html", **values), status)


def _is_writing(key: str, value: str) -> bool:
    return "password" not in key and key not in UNWRITTEN and len(value.strip()) > 3
