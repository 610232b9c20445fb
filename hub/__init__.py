"""Knowledge Hub: `create_app` is the only place that knows every feature."""

from __future__ import annotations

import hashlib
import warnings
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import config
from hub import db, files, jobs, mail
from hub.web import branding, errors, headers, limits, menu, packed, routing, show, templating, viewer

# Whoosh 2.7.4 is pinned and compares with literals in ways that newer Pythons warn about; nobody here can mend it.
warnings.filterwarnings("ignore", category=SyntaxWarning, message='.*"is" with|"is not" with|invalid escape')

FEATURES = (
    "people",
    "spaces",
    "content",
    "home",
    "blogs",
    "forums",
    "documents",
    "comments",
    "search",
    "policy",
    "notifications",
    "feeds",
    "audit",
    "administration",
    "status",
    "help",
)
COMMANDS = ("commands", "demo.commands")


def create_app(settings: config.Settings | None = None) -> Flask:
    """The hub as a Flask app. Raises config.Misconfigured when the settings are not safe to serve."""
    settings = settings or config.load()
    config.make_folders(settings)
    root = config.ROOT
    app = Flask(
        "hub",
        root_path=str(root),
        template_folder=str(root / "templates"),
        static_folder=str(root / "static"),
    )
    app.config.update(
        HUB=settings,
        SECRET_KEY=config.secret_key(settings),
        TESTING=settings.testing,
        HOSTS=_hosts(settings),
        MAX_CONTENT_LENGTH=settings.upload_limit + 1024 * 1024,
        SESSION_COOKIE_NAME=f"hub{settings.port}" if not settings.url else "hub",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        PERMANENT_SESSION_LIFETIME=timedelta(days=settings.session_days),
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=30),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init(settings.database, settings.data_path)
    files.init(settings.files_path)
    mail.init(settings.mail, settings.mail_from, settings.data_path / "mail")
    jobs.init(settings.data_path, settings.redis)
    for part in (routing, templating, show, errors, headers, viewer, menu, limits, branding):
        part.init(app)
    app.jinja_env.globals["assets_version"] = _assets_version(root / "static")
    for name in FEATURES:
        if find_spec(f"hub.{name}") and find_spec(f"hub.{name}.views"):
            import_module(f"hub.{name}.views").attach(app)
        if find_spec(f"hub.{name}") and find_spec(f"hub.{name}.commands"):
            import_module(f"hub.{name}.commands").attach(app)
    for name in COMMANDS:
        if find_spec(f"hub.{name}"):
            import_module(f"hub.{name}").attach(app)
    if settings.trust_proxy:
        n = settings.trust_proxy
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    whitenoise = WhiteNoise(
        app.wsgi_app,
        allow_all_origins=False,
        max_age=86400,
        autorefresh=settings.testing,
        add_headers_function=headers.add_to_file,
    )
    whitenoise.add_files(str(root / "static"), prefix="static/")
    app.wsgi_app = packed.Packed(whitenoise, root / "static")  # type: ignore[method-assign]
    return app


def _hosts(settings: config.Settings) -> set[str]:
    if settings.testing:
        return set()
    hosts = {urlsplit(settings.address).netloc}
    if settings.host in config.LOOPBACK:
        hosts |= {f"{name}:{settings.port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    return hosts


def _assets_version(static: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(static.glob("*.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
