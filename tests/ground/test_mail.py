"""Mail: queued with its cause, one line a header, over SMTP or into a folder."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from hub import db, jobs, mail
from hub.jobs import Job


def then_fail(change: Callable[[], object]) -> None:
    """Makes the change and fails after it, as a crash in the middle of a transaction would."""
    change()
    raise ZeroDivisionError


class Inbox:
    """A mail server's memory; it refuses as many messages as it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            self.refuse -= 1
            return "451 Try again later"
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def inbox(hub: Flask, tmp_path: Path) -> Iterator[Inbox]:
    """A real SMTP server on a free port, to which the hub sends."""
    box = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    before = dict(mail._settings)
    mail.init(f"smtp://127.0.0.1:{port}", "hub@council.example", tmp_path)
    yield box
    server.stop()
    mail._settings.update(before)


def queue(**values: Any) -> None:
    with db.write():
        mail.queue(
            **{"to": "ann@council.example", "subject": "Hello", "text": "Croeso i bawb – ŵ\n", **values}
        )


def test_a_mail_arrives_with_its_words_whole(inbox: Inbox) -> None:
    queue(headers={"List-Unsubscribe": "<https://hub.example/off>"})
    jobs.run_due()
    (message,) = inbox.messages
    assert (message["To"], message["From"], message["Subject"]) == (
        "ann@council.example",
        "hub@council.example",
        "Hello",
    )
    assert message.get_content().splitlines() == ["Croeso i bawb – ŵ"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://hub.example/off>"


def test_a_subject_with_line_breaks_adds_no_header(inbox: Inbox) -> None:
    queue(subject="Hi\r\nBcc: evil@example.org\x00\n\nbody", to="ann@council.example")
    jobs.run_due()
    (message,) = inbox.messages
    assert message["Bcc"] is None and message["Subject"] == "Hi Bcc: evil@example.org body"


def test_a_refused_mail_is_sent_again_later_and_its_text_is_then_forgotten(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.refuse = 1
    queue(text="token=secret\n")
    jobs.run_due()
    assert inbox.messages == [] and "451" in Job.get(Job.kind == "mail.send").error
    Job.update(run_after=0).where(Job.kind == "mail.send").execute()
    jobs.run_due()
    assert len(inbox.messages) == 1
    assert "secret" not in str(Job.get(Job.kind == "mail.send").payload)


def test_one_key_waits_once_and_nothing_is_sent_for_what_was_undone(inbox: Inbox) -> None:
    queue(key="flag:7")
    queue(key="flag:7")
    with pytest.raises(ZeroDivisionError), db.write():
        then_fail(lambda: mail.queue("ann@council.example", "Undone", "x"))
    jobs.run_due()
    assert [m["Subject"] for m in inbox.messages] == ["Hello"]


def test_without_a_server_mail_is_written_to_a_folder(hub: Flask) -> None:
    queue(subject="Ŵyl")
    jobs.run_due()
    (path,) = list((hub.config["HUB"].data_path / "mail").glob("*.eml"))
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] == "Ŵyl"
