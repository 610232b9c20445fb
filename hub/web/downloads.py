"""Stored files as answers: to save by default, and never able to run as part of the hub."""

from __future__ import annotations

import logging

from flask import send_file
from werkzeug.wrappers import Response

from hub import files
from hub.errors import Missing

log = logging.getLogger(__name__)


def send_stored(sha256: str, name: str, media_type: str, *, inline: bool = False) -> Response:
    """A stored file as an answer: to save by default; inline only what the server made itself. Nothing in it can run."""
    try:
        stream = files.store().open(sha256)
    except (Missing, files.Damaged):
        log.exception("a stored file cannot be read: %s", sha256)
        raise Missing(
            "The file is missing from the hub's storage, or damaged there. Please tell an administrator; nothing else is affected."
        ) from None
    response = send_file(
        stream,
        mimetype=media_type,
        as_attachment=not inline,
        download_name=name,
        etag=sha256,
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-cache"
    return response
