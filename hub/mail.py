"""Outgoing mail: queued in the transaction of its cause, sent by the worker over SMTP or written to a folder."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hub import clock, jobs

UNFOLDED = default.clone(max_line_length=998)
"""Header lines as long as they may be: an address that does not fit a short one would be written in code, and no mail
program would follow it."""
_settings: dict[str, str] = {}
InFull = Callable[[int, int], str]
_told: dict[str, tuple[str, InFull]] = {}


def init(url: str, sender: str, folder: Path) -> None:
    """Sets where mail goes: `smtp://user:password@host:port`, `smtps://…`, or `folder`."""
    _settings.update(url=url, sender=sender, folder=str(folder))


def tell_in_full(name: str, page: str, words: InFull) -> None:
    """Says what a mail about an event of this name (or of names that begin so) tells beside its subject, and which page
    its reader goes to. `words` is given the event's id and whom it is told to; "" adds nothing.
    """
    _told[name] = page, words


def page_of(event_name: str) -> str:
    """The endpoint where such an event is answered; "" where nobody has said."""
    return next((_told[n][0] for n in sorted(_told, key=len, reverse=True) if event_name.startswith(n)), "")


def in_full(event_id: int, event_name: str, person_id: int) -> str:
    """What a mail about this event tells this person beside its subject; "" for nothing more."""
    name = next((n for n in sorted(_told, key=len, reverse=True) if event_name.startswith(n)), "")
    return _told[name][1](event_id, person_id) if name else ""


def queue(
    to: str, subject: str, text: str, *, key: str | None = None, headers: dict[str, str] | None = None
) -> None:
    """Queues a plain-text mail inside the running `db.write()`. A waiting mail with the same key is not queued twice.

    `headers` are further ones, such as List-Unsubscribe.
    """
    payload = {"to": to, "subject": one_line(subject), "text": text, "headers": headers or {}}
    jobs.enqueue("mail.send", payload, key=key and f"mail:{key}")


def one_line(text: str, longest: int = 200) -> str:
    """The text without line breaks and control characters, as a mail header needs it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest]


@jobs.job("mail.send", lease=timedelta(minutes=2))
def send(job: jobs.Job) -> None:
    """Sends one queued mail; the job's id keeps a repeated try recognisable by its Message-ID."""
    message = EmailMessage(policy=UNFOLDED)
    message["From"] = _settings["sender"]
    message["To"] = one_line(job.payload["to"])
    message["Subject"] = job.payload["subject"]
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(
        f"hub-{job.id}", domain=_settings["sender"].rpartition("@")[2] or "hub.example"
    )
    message["Auto-Submitted"] = "auto-generated"
    for name, value in job.payload.get("headers", {}).items():
        message[name] = one_line(value, 900)
    message.set_content(job.payload["text"], cte="quoted-printable")  # which every server on the way takes
    deliver(message, job.id)
    # The job's row stays for a week; what was sent, links with tokens above all, does not.
    jobs.Job.update(payload={"to": job.payload["to"], "subject": job.payload["subject"]}).where(
        jobs.Job.id == job.id
    ).execute()


def deliver(message: EmailMessage, number: int) -> None:
    """Hands the message to the server, or writes it as an .eml file where no server is set. Raises OSError or SMTPException."""
    url = urlsplit(_settings["url"])
    if url.scheme not in ("smtp", "smtps"):
        folder = Path(_settings["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:08d}.eml").write_bytes(bytes(message))
        return
    client = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with client(
        url.hostname or "localhost", url.port or (465 if url.scheme == "smtps" else 25), timeout=20
    ) as server:
        if url.username:
            if url.scheme == "smtp":
                server.starttls()
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
