"""The detectors for scripts: lines of JSON in and out, and files looked at as if they were uploaded.

A bad line or an unreadable file is told on its own and stops nothing; what could be answered has been answered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hub.policy.detect import engine, uploads
from hub.policy.detect.audiences import NAMES, STAFF

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Refused(Exception):
    """A line or a file that cannot be answered; the message says in plain words why."""


def answers(lines: Iterable[bytes]) -> Iterator[tuple[int, str, str]]:
    """For each line that is not blank: its number from 1, the answer as a line of JSON, or an empty answer and the reason."""
    for number, line in enumerate(lines, 1):
        if number == 1:
            line = line.removeprefix(BYTE_ORDER_MARK)
        if not line.strip():
            continue
        try:
            yield number, _answer(line), ""
        except Refused as refused:
            yield number, "", str(refused)


def _answer(line: bytes) -> str:
    asked = _parsed(line)
    text, audience = asked.get("text"), asked.get("audience", STAFF)
    if "id" not in asked:
        raise Refused("it has no “id”")
    if not isinstance(text, str):
        raise Refused("it has no “text”" if text is None else "its “text” is not a string")
    if audience not in NAMES:
        raise Refused(f"its “audience” is none of {', '.join(NAMES)}")
    found = [
        {"rule": f.rule, "start": f.start, "end": f.end, "confidence": f.confidence}
        for f in engine.scan(text, audience)
    ]
    try:
        return json.dumps({"id": asked["id"], "findings": found}, allow_nan=False)
    except ValueError:
        raise Refused("its “id” is not a number that JSON knows") from None


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Refused(f"it is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise Refused(f"it is not JSON: {error.msg}, at character {error.pos + 1}") from None
    except (ValueError, RecursionError):
        raise Refused("it is not JSON that can be read: too deep, or too long a number") from None
    if not isinstance(asked, dict):
        raise Refused("it is JSON, but not an object with “id”, “audience” and “text”")
    return asked


def looked_at(path: Path) -> list[uploads.UploadFinding]:
    """What an upload of this file would be flagged for. Raises Refused when there is no file to read."""
    try:
        if path.is_dir():
            raise Refused("it is a folder, not a file")
        if path.exists() and not path.is_file():
            raise Refused("it is not an ordinary file")
        return uploads.inspect_upload(path, path.name)
    except OSError as error:
        raise Refused(error.strerror or "it cannot be read") from None
    except ValueError:
        raise Refused("its name cannot be that of a file") from None
