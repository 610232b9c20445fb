"""Style sheets and scripts sent gzipped: 120 KB on disk, a third of that over a slow council line.

Packed once in memory and again when the file changes, so no packed copy lies beside the file and goes
stale. Only these public files are packed: a page that carries secrets and reflected words in one answer
is not (BREACH, CVE-2013-3587).
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from hub.web.headers import FOR_FILES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOREVER, A_DAY = "public, max-age=31536000, immutable", "public, max-age=86400"


@dataclass(frozen=True)
class Copy:
    """A packed file: its state on disk when it was packed, its bytes, its ETag."""

    state: tuple[int, int]
    content: bytes
    etag: str


class Packed:
    """WSGI middleware that answers `prefix` + path with the packed file; everything else goes on to the app.

    Goes on, too, where the browser takes no gzip, asks for a range, or the file is none of TYPES.
    """

    def __init__(self, app: WSGIApplication, folder: Path, prefix: str = "/static/") -> None:
        self.app, self.folder, self.prefix = app, folder.resolve(), prefix
        self._copies: dict[Path, Copy] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        copy, suffix = self._asked_for(environ)
        if copy is None:
            return self.app(environ, start_response)
        versioned = "v=" in environ.get("QUERY_STRING", "")
        headers = [
            ("ETag", copy.etag),
            ("Cache-Control", FOREVER if versioned else A_DAY),
            ("Vary", "Accept-Encoding"),
            *FOR_FILES.items(),
        ]
        if copy.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response(_line(HTTPStatus.NOT_MODIFIED), headers)
            return []
        headers += [
            ("Content-Type", TYPES[suffix]),
            ("Content-Encoding", "gzip"),
            ("Content-Length", str(len(copy.content))),
        ]
        start_response(_line(HTTPStatus.OK), headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [copy.content]

    def _asked_for(self, environ: WSGIEnvironment) -> tuple[Copy | None, str]:
        path = environ.get("PATH_INFO", "")
        suffix = Path(path).suffix
        takes = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") and "HTTP_RANGE" not in environ
        if suffix not in TYPES or not takes or not path.startswith(self.prefix) or "\0" in path:
            return None, suffix
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None, suffix
        file = (self.folder / path.removeprefix(self.prefix)).resolve()
        if not file.is_relative_to(self.folder) or not file.is_file():
            return None, suffix
        return self._copy(file), suffix

    def _copy(self, file: Path) -> Copy:
        status = file.stat()
        state = (status.st_mtime_ns, status.st_size)
        with self._lock:
            copy = self._copies.get(file)
            if copy is None or copy.state != state:
                plain = file.read_bytes()
                etag = f'"{hashlib.sha256(plain).hexdigest()[:16]}-gz"'
                copy = self._copies[file] = Copy(state, gzip.compress(plain, 9, mtime=0), etag)
        return copy


def _line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
