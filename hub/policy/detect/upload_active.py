"""Files that act when they are opened: HTML, SVG and PDF with scripts, and tables with formulas.  Reads are bounded."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from hub.policy.detect.upload_pdf_password import opens_without_password

LIMIT = 32 << 20
INFLATE = 4 << 20
OBJECT_STREAMS = 400
Note = tuple[str, str]

_SCRIPT = re.compile(rb"<\s*(?:\w+:)?script\b", re.I)
_HANDLER = re.compile(
    rb"<[a-z!][^<>]{0,4000}?[\s\"'/]on(?:load|error|click|mouse\w+|focus\w*|blur|begin|end|repeat|toggle|key\w+|pointer\w+|animation\w+|wheel|submit|change|input|activate|unload|pageshow|hashchange|resize|scroll)\s*=",
    re.I,
)
_RUN_LINK = re.compile(
    rb"(?:href|src|action|formaction|data|to|values|from)\s*=\s*[\"']?\s*(?:j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|vbscript)\s*(?::|&colon;|&#0*58;|&#x0*3a;)",
    re.I,
)
_HTML_ACTIVE = re.compile(
    rb"<\s*(?:iframe|object|embed|applet|base)\b|<meta[^>]{0,300}http-equiv\s*=\s*[\"']?refresh", re.I
)
_PASSWORD_FORM = re.compile(rb"<input[^>]{0,300}type\s*=\s*[\"']?password", re.I)
_RUNNING_ATTACHMENT = re.compile(
    rb"/U?F\s*\((?:[^()\\]|\\.){0,200}\.(?:exe|scr|js|jse|vbs|vbe|bat|cmd|ps1|hta|jar|lnk|docm|xlsm|pptm|iso|img|msi|com|pif|settingcontent-ms)\)",
    re.I,
)
_NAME_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_FORMULA = re.compile(
    r"^\s*(?:[=@+-][^|]{0,60}[a-z]\w*\s*\|\s*['\"]|=\s*[-+(]{0,2}\d[\d.]*\s*[-+*/^&]\s*[\d(a-z]|[=@](?=[a-z_]{2,}[\w.]*\s*\(|\s*[-+]?\s*[a-z]{1,3}\d+|[\w']+\s*[|!]|\s*[\"'(+@-])|[+-](?=\s*@?[a-z_]{2,}[\w.]*\s*\(|[\w']*[a-z]\w*\s*\||[+=@-]*[a-z]+\|))",
    re.I,
)


def svg(data: bytes) -> Iterator[Note]:
    """Notes on a vector drawing."""
    data = _plain(data)
    if _SCRIPT.search(data) or _HANDLER.search(data) or _RUN_LINK.search(data):
        yield "active content", "the drawing holds a script"
    if re.search(rb"<\s*(?:\w+:)?foreignObject\b", data, re.I) and re.search(
        rb"<\s*(?:\w+:)?(?:iframe|embed|object|form|body)\b", data, re.I
    ):
        yield "active content", "the drawing holds a web page"
    if re.search(rb"<!ENTITY", data, re.I) and re.search(
        rb"<!ENTITY[^>]+(?:SYSTEM|PUBLIC)\s|&\w+;&\w+;&\w+;", data, re.I
    ):
        yield "active content", "the drawing declares entities that reach outside or multiply"
    if re.search(
        rb"<\s*(?:\w+:)?(?:use|image|feImage)\b[^>]{0,2000}href\s*=\s*[\"']\s*(?:https?:)?//", data, re.I
    ):
        yield "active content", "the drawing fetches something from elsewhere when opened"


def html(data: bytes) -> Iterator[Note]:
    """Notes on a web page: what would run or send when it is opened."""
    data = _plain(data)
    if _SCRIPT.search(data) or _HANDLER.search(data) or _RUN_LINK.search(data):
        yield "active content", "the page holds a script"
    elif _HTML_ACTIVE.search(data):
        yield "active content", "the page loads or leads to something else by itself"
    if _PASSWORD_FORM.search(data):
        yield "active content", "the page asks for a password"


def pdf(data: bytes) -> Iterator[Note]:
    """Notes on a PDF (ISO 32000): scripts, started programs, embedded files that can run, encryption."""
    names = _names(data)
    if re.search(rb"/(?:JavaScript|JS)\b", names):
        yield "active content", "the PDF holds a script"
    if re.search(rb"/Launch\b", names):
        yield "active content", "the PDF can start a program"
    if re.search(rb"/(?:RichMedia|Flash)\b", names):
        yield "active content", "the PDF holds Flash content"
    if re.search(rb"/EmbeddedFile\b", names) and _RUNNING_ATTACHMENT.search(names):
        yield "embedded object", "a file that can run is attached inside the PDF"
    if re.search(rb"/Encrypt\b", names) and not opens_without_password(data):
        yield "encrypted", "it is protected by a password, so nobody can check what is in it"


def table(data: bytes) -> Iterator[Note]:
    """Notes on comma or tab separated values: cells that a spreadsheet would calculate."""
    text = data[:LIMIT].decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    for number, line in enumerate(text.splitlines()):
        if number >= 200_000:
            return
        if not any(sign in line for sign in "=@+-"):
            continue
        for cell in (
            re.split(r'[,;\t|](?=(?:[^"]*"[^"]*")*[^"]*$)', line[:4_000])
            if '"' in line
            else re.split(r"[,;\t]", line[:4_000])
        ):
            cell = cell.strip().strip('"').lstrip("\ufeff")
            if (
                cell[:1] in ("=", "@", "+", "-")
                and _FORMULA.match(cell)
                and not re.fullmatch(r"@[\w.]{1,40}|[-+=]{2,}.*|=+|-\s?[A-Za-z].*(?<![|)])", cell)
            ):
                yield "formula", f"line {number + 1} holds a cell that a spreadsheet would calculate"
                return


def _plain(data: bytes) -> bytes:
    data = data[:LIMIT]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    return re.sub(rb"<!--.*?-->", b"", data.replace(b"\x00", b""), flags=re.S)


def _names(data: bytes) -> bytes:
    """The PDF's own syntax: without the bodies of streams, with object streams unpacked and escaped names plain."""
    data = data[:LIMIT]
    outside: list[bytes] = []
    place, unpacked, budget = 0, 0, INFLATE
    for match in _STREAM.finditer(data):
        if match.start() < place:
            continue
        outside.append(data[place : match.start()])
        end = data.find(b"endstream", match.end())
        end = len(data) if end < 0 else end
        dictionary = data[max(0, match.start() - 600) : match.start()]
        dictionary = dictionary[dictionary.rfind(b"obj") + 3 :]
        if _OBJECT_STREAM.search(dictionary) and unpacked < OBJECT_STREAMS and budget > 0:
            try:
                body = zlib.decompressobj().decompress(data[match.end() : end], min(budget, 1 << 20))
                outside.append(b"\n" + body + b"\n")
                budget -= len(body)
                unpacked += 1
            except zlib.error:
                pass
        place = end
    outside.append(data[place:])
    syntax = b"".join(outside)
    if b"#" in syntax:
        syntax = _NAME_ESCAPE.sub(lambda m: bytes([int(m.group(1), 16)]), syntax)
    # Text in brackets is words, not syntax, save for the file names that attachments carry.
    return syntax
