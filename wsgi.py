"""The WSGI entry point: `flask …`, waitress and gunicorn find the hub here."""

import sys

import config
from hub import create_app, db
from hub.web import starting

try:
    app = create_app()
except config.Misconfigured as refused:
    sys.exit(f"The hub does not start. {refused}")
if not starting.by_command():
    db.hold()
    starting.begin(app)
