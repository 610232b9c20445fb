"""Which addresses a person may write, in Markdown and in form fields: decided here and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

LONGEST = 2_000
SCHEMES = frozenset({"http", "https", "mailto", "tel"})

# Control and space characters of all of Unicode, bidirectional overrides, zero-width marks, the backslash
# (read as a slash by browsers) and the characters that no address holds unescaped (RFC 3986, section 2).
_REFUSED = re.compile(
    "[\\x00-\\x20\\x7f-\\xa0\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000"
    '\\ufeff\\ufff9-\\ufffd\\ud800-\\udfff\\\\<>"`{}|^]'
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9a-f:.]+\]|[\w](?:[\w.\-]*[\w])?\.?)(?::\d{1,5})?", re.IGNORECASE)
_MAIL = re.compile(r"[^@:/?#]{1,64}@[^@:/?#]{1,255}(?:\?[^#]*)?")
_PHONE = re.compile(r"[+\d][\d().\-;=a-z]{0,40}", re.IGNORECASE)
_SPLITTERS = ("%0d", "%0a", "%00")


def safe_url(url: str) -> str | None:
    """The address if a link may carry it, else None.

    Allowed: http(s) with a plain host and no user name, `mailto:`, `tel:`, and addresses relative to this
    site. Refused: any other scheme, `//host`, backslashes, control characters, spaces, over 2,000 characters.
    Spaces around it are dropped.
    """
    url = url.strip()
    if not url or len(url) > LONGEST or _REFUSED.search(url) or url.startswith("//"):
        return None
    scheme = _SCHEME.match(url)
    if scheme is None:
        # A colon before the first slash would be read as a scheme by one browser or another.
        return None if ":" in re.split(r"[/?#]", url, maxsplit=1)[0] else url
    name, rest = scheme[1].lower(), url[scheme.end() :]
    if name not in SCHEMES:
        return None
    if name == "mailto":
        return url if _MAIL.fullmatch(rest) and not any(s in rest.lower() for s in _SPLITTERS) else None
    if name == "tel":
        return url if _PHONE.fullmatch(rest) else None
    return url if _has_plain_host(url) else None


def _has_plain_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where the port is no number below 65,536
    except ValueError:
        return False
    return bool(re.match(r"https?://", url, re.IGNORECASE) and _HOST.fullmatch(parts.netloc))


def safe_next(url: str | None) -> str | None:
    """The address to go on to after sign-in and the like, if it is a path of this site, else None.

    Percent-escapes are looked through, because proxies undo them: `/%2Fevil.example` is refused.
    """
    if not url or not url.startswith("/") or len(url) > LONGEST or _REFUSED.search(url):
        return None
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    if "//" in path or re.search(r"[\x00-\x1f\x7f\\]", unquote(url)):
        return None
    return url


def is_external(url: str) -> bool:
    """Whether a safe address leads away from this site."""
    return url[:7].lower().startswith(("http:", "https:"))


def is_own_picture(url: str, folders: tuple[str, ...]) -> bool:
    """Whether a safe address stays under one of our own folders (`/files/`)."""
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    climbs = any(part in ("", ".", "..") for part in path[1:].split("/"))
    return path.startswith(folders) and "%" not in path and not climbs
