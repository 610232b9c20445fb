"""Every setting of the hub: its name, its default and what it does.

A setting is read from the environment as `HUB_<NAME>`; nothing else configures the hub. `load()` turns the
environment into a `Settings` object and refuses combinations that are not safe to serve.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field, fields
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ADDRESSES = {
    "url": ("https?://[^/]+/?", "https://hub.example.gov.uk"),
    "database": ("postgres(ql)?://.+", "postgresql://user:password@host:5432/name"),
    "redis": ("(rediss?|unix)://.+", "redis://host:6379/0"),
    "mail": ("smtps?://.+|folder", "smtp://user:password@host:587, or folder"),
    "files": ("(file://)?[^:]+", "a folder"),
    "search": ("postgresql", "postgresql, or leave it empty"),
}
"""What a setting that is not empty must look like, and an example of it."""
LIBRARIES = {"database": "psycopg", "redis": "redis"}
"""Libraries of requirements-outgrown.txt that a setting needs."""
OTHERS = ("HUB_TEST_", "HUB_BENCH_")
"""Variables of the tests and benches, which are no settings of the hub."""


class Misconfigured(Exception):
    """A setting that the hub will not start with; the message says what to change."""


def setting(default: Any, comment: str, *, least: int = 0, most: int | None = None) -> Any:
    """A dataclass field whose comment stands beside its default, and the least and the most that a number may be."""
    return field(default=default, metadata={"comment": comment, "least": least, "most": most})


@dataclass(frozen=True)
class Settings:
    """The hub's settings. Text unless the default says otherwise; booleans are 0 or 1."""

    name: str = setting("Knowledge Hub", "What the hub is called in the header, titles and mails.")
    organisation: str = setting("Marchford Council", "Whose hub it is; shown where audiences are explained.")
    host: str = setting(
        "127.0.0.1", "Address to listen on. Anything but loopback needs HUB_SECRET and HUB_URL."
    )
    port: int = setting(8000, "Port to listen on.", least=1, most=65535)
    url: str = setting(
        "", "Address that people use (https://hub.example.gov.uk): mail links, Origin checks, trusted host."
    )
    data: str = setting("data", "Folder of this run: database, files, mail folder, queue and secret.")
    index: str = setting(
        "",
        "Folder of the search index; empty: search_index/ here, or DATA/search_index when HUB_DATA is set.",
    )
    search: str = setting(
        "",
        "`postgresql`: search by a table of HUB_DATABASE, for many web machines. Empty: by the files in HUB_INDEX.",
    )
    secret: str = setting(
        "", "Signs cookies and tokens. Empty: made once and kept in DATA/secret, for loopback only."
    )
    demo: bool = setting(True, "Fill an empty hub with the demo council when `make run` starts it.")
    database: str = setting("", "PostgreSQL address (postgresql://…). Empty: SQLite in DATA/hub.db.")
    redis: str = setting(
        "", "Redis address (redis://…) for the queue and rate limits. Empty: SQLite and memory."
    )
    files: str = setting("", "Folder of the file store. Empty: DATA/files.")
    mail: str = setting(
        "folder", "smtp://user:password@host:port, smtps://…, or `folder`: written to DATA/mail."
    )
    mail_from: str = setting("hub@marchford.example", "Sender of the hub's mail.")
    upload_limit: int = setting(512 * 1024 * 1024, "Largest upload in bytes.", least=1)
    quota: int = setting(20 * 1024**3, "Bytes that one space may hold in documents.")
    session_idle_hours: int = setting(
        12, "A session ends after so many hours without a request (polling does not count).", least=1
    )
    session_days: int = setting(14, "A session ends after so many days at the latest.", least=1)
    trust_proxy: int = setting(0, "How many reverse proxies in front set X-Forwarded-*; 0 trusts none.")
    threads: int = setting(8, "Web threads of one process.", least=1)
    worker: bool = setting(
        True, "`flask serve` starts a worker beside the web; 0 where workers run elsewhere."
    )
    testing: bool = setting(False, "Set by the test suite only: cheap password hashes, errors raised.")
    keep_findings_days: int = setting(
        90, "Days that findings without a flag, and records of unusual behaviour, are kept.", least=1
    )
    keep_mild_days: int = setting(
        90, "Days that cases decided as rule was wrong, no breach or fixed by the author are kept.", least=1
    )
    keep_advice_days: int = setting(365, "Days that cases with advice are kept.", least=1)
    keep_breach_days: int = setting(
        730, "Days that breaches and restrictions are kept after their end.", least=1
    )
    keep_reporter_days: int = setting(
        365, "Days after which a report to the reviewers no longer says who made it.", least=1
    )
    bank_holidays: str = setting(
        "",
        "More days on which the office is closed, for deadlines: `2027-06-07, 2027-12-29`. With a minus, such as"
        " `-2027-05-03`, a bank holiday that is a working day. Those of England and Wales are known.",
    )
    keep_audit_days: int = setting(2192, "Days that the audit chain of the usage policy is kept.", least=1)
    accent: str = setting("", "Council colour (#RRGGBB) for buttons and links; refused below 4.5:1 contrast.")

    @property
    def data_path(self) -> Path:
        """The run's folder, absolute; relative paths count from the repository's root."""
        return (ROOT / self.data).resolve()

    @property
    def index_path(self) -> Path:
        """The folder of the search index, absolute."""
        if self.index:
            return (ROOT / self.index).resolve()
        return ROOT / "search_index" if self.data == "data" else self.data_path / "search_index"

    @property
    def files_path(self) -> str:
        """Where the file store is: a folder or, later, an address."""
        return self.files or str(self.data_path / "files")

    @property
    def address(self) -> str:
        """The hub's own address without a slash at its end."""
        return (self.url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether people reach the hub by https, so that cookies may be marked Secure."""
        return self.address.startswith("https://")


def load(environ: dict[str, str] | None = None, **over: Any) -> Settings:
    """Settings from `HUB_*` variables; `over` wins. Raises Misconfigured with a sentence that says what to change."""
    environ = dict(os.environ if environ is None else environ)
    values: dict[str, Any] = {}
    known = {f.name: f for f in fields(Settings)}
    for key, text in environ.items():
        name = key.removeprefix("HUB_").lower()
        if not key.startswith("HUB_") or name not in known:
            continue
        values[name] = _read(key, text, known[name].default)
    settings = Settings(**{**values, **over})
    _check_values(settings)
    if settings.host not in LOOPBACK:
        if len(settings.secret) < 32:
            raise Misconfigured(
                f"HUB_HOST is {settings.host}: others can reach this hub, so set HUB_SECRET to 32 random characters "
                'or more (python -c "import secrets; print(secrets.token_urlsafe(48))").'
            )
        if not settings.url:
            raise Misconfigured("HUB_HOST is not loopback: set HUB_URL to the address that people use.")
    return settings


def unknown(environ: dict[str, str] | None = None) -> list[str]:
    """`HUB_*` variables that are no setting, most likely misspelt: nothing reads them."""
    known = {f"HUB_{f.name.upper()}" for f in fields(Settings)}
    return sorted(
        key
        for key in (os.environ if environ is None else environ)
        if key.startswith("HUB_") and key not in known and not key.startswith(OTHERS)
    )


def make_folders(settings: Settings) -> None:
    """Makes the folders that this run writes to, for their owner only: all that anybody wrote lies in them.

    One that is there already keeps the rights it has. Raises Misconfigured for one that cannot be written.
    """
    wanted = {"HUB_DATA": settings.data_path}
    if not settings.search:
        wanted["HUB_INDEX"] = settings.index_path
    for key, path in wanted.items():
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Misconfigured(f"{key}: {path} cannot be made ({error.strerror}).") from None
        if not os.access(path, os.W_OK | os.X_OK):
            raise Misconfigured(f"{key}: {path} cannot be written by this user.")


def _check_values(settings: Settings) -> None:
    for f in fields(Settings):
        key, value = f"HUB_{f.name.upper()}", getattr(settings, f.name)
        least, most = f.metadata["least"], f.metadata["most"]
        if isinstance(f.default, int) and (value < least or (most and value > most)):
            span = f"{least} to {most}" if most else f"{least} or more"
            raise Misconfigured(f"{key} is {value}: write a number, {span}.")
        pattern, example = ADDRESSES.get(f.name, ("", ""))
        if value and pattern and not re.fullmatch(pattern, value):
            raise Misconfigured(f"{key} must look like this: {example}.")  # it may hold a password
        if value and f.name in LIBRARIES and not find_spec(LIBRARIES[f.name]):
            raise Misconfigured(f"{key} needs more libraries: pip install -r requirements-outgrown.txt.")
    if settings.search and not settings.database:
        raise Misconfigured(
            "HUB_SEARCH is postgresql: set HUB_DATABASE to the address of a PostgreSQL database."
        )
    for day in filter(None, map(str.strip, settings.bank_holidays.split(","))):
        try:
            date.fromisoformat(day.removeprefix("-"))
        except ValueError:
            raise Misconfigured(
                f"HUB_BANK_HOLIDAYS has {day!r}: write days as 2027-06-07, with commas between them."
            ) from None


def _read(key: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
            raise Misconfigured(f"{key} is {text!r}: write 0 or 1.")
        return text.lower() in {"1", "true", "yes"}
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError:
            raise Misconfigured(f"{key} is {text!r}: write a whole number.") from None
    return text


def secret_key(settings: Settings) -> str:
    """The signing secret: the setting, or one made once and kept in the data folder, readable by its owner only."""
    if settings.secret:
        return settings.secret
    path = settings.data_path / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"secret.{os.getpid()}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
