"""E-mail as it travels (EML, MHTML): the headers that people read, the text, and the names of attachments."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import Message
from typing import IO

from .. import limits, words
from ..report import Report
from . import plain, rich

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_PARTS = 1_000


def read(file: IO[bytes], report: Report) -> None:
    """Headers, then each text part (the plain one of two alternatives), then the names of attachments."""
    file.seek(0)
    data = file.read(limits.PLAIN_BYTES + 1)
    if len(data) > limits.PLAIN_BYTES:
        report.reason(words.TOO_MUCH_TEXT)
    message = email.message_from_bytes(data.lstrip()[: limits.PLAIN_BYTES], policy=email.policy.compat32)
    report.passage(
        "\n".join(f"{name}: {header(message.get(name))}" for name in _HEADERS if message.get(name))
    )
    attached: list[str] = []
    waiting: list[Message] = [message]
    seen = 0
    while waiting and seen < _PARTS:
        part = waiting.pop(0)
        seen += 1
        if part.is_multipart():
            waiting = _inner(part) + waiting
        elif part.get_content_maintype() == "text" and not _is_attachment(part):
            report.passage(_body(part, report))
        else:
            attached.append(header(part.get_filename()) or "")
    if attached:
        report.note(words.ATTACHMENTS)
        report.passage("\n".join(name for name in attached if name))


def _inner(part: Message) -> list[Message]:
    inner = [each for each in part.get_payload() if isinstance(each, Message)]
    if part.get_content_type() == "multipart/alternative":
        written = [each for each in inner if each.get_content_type() == "text/plain" and _bytes(each).strip()]
        return written[:1] or inner[-1:]
    return inner


def _is_attachment(part: Message) -> bool:
    return (part.get_content_disposition() or "") == "attachment"


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _body(part: Message, report: Report) -> str:
    data = _bytes(part)
    text = plain.decode(data, str(part.get_content_charset("") or ""))
    if part.get_content_subtype() == "html":
        return plain.page_text(text, report)
    if part.get_content_subtype() == "rtf":
        return rich.text_of(data[: limits.RTF_BYTES])
    return text


def header(value: object) -> str:
    """A header's words, decoded; as they stand when their encoding makes no sense."""
    if value is None:
        return ""
    try:
        return " ".join(str(make_header(decode_header(str(value)))).split())
    except (ValueError, LookupError, UnicodeError):
        return " ".join(str(value).split())
