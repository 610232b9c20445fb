"""PDF files with real, extractable text: our own small writer (ISO 32000-1), standard fonts, no library.

Text is written as WinAnsi bytes in the standard Helvetica fonts. Welsh has two letters that WinAnsi lacks
(ŵ, ŷ and their capitals), and the fonts that viewers put in Helvetica's place mostly lack them too: they take
unused codes that show the bare letter, a /ToUnicode map says what they are for search and copying, and the
circumflex is drawn above.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.demo.makers.paper import Paper, Row, shown

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 595.0, 842.0, 60.0  # points; A4
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN

# Source: Adobe's published font metrics for Helvetica, codes 32 to 126, in thousandths of the size.
WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
WELSH = {"ŵ": (0x81, "w"), "ŷ": (0x8D, "y"), "Ŵ": (0x8F, "W"), "Ŷ": (0x90, "Y")}  # code, bare letter
BOLD_WIDER = 1.08  # Helvetica-Bold against Helvetica, enough to wrap by


def _width(text: str, size: float, bold: bool = False) -> float:
    """The width of `text` in points; characters outside ASCII count as an average letter."""
    bare = [WELSH[sign][1] if sign in WELSH else sign for sign in text]
    units = sum(WIDTHS[ord(sign) - 32] if 32 <= ord(sign) < 127 else 556 for sign in bare)
    return units * size / 1000 * (BOLD_WIDER if bold else 1)


def _wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `width` points; a single longer word is broken."""
    lines = [""]
    for whole in text.split():
        word = whole
        while _width(word, size, bold) > width:
            fits = next(n for n in range(len(word), 0, -1) if n == 1 or _width(word[:n], size, bold) <= width)
            lines.append(word[:fits])
            word = word[fits:]
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line] or [""]


def _literal(text: str) -> bytes:
    """`text` as a PDF string literal of this module's font encoding; what it lacks becomes "?"."""
    signs = b"".join(
        bytes([WELSH[sign][0]]) if sign in WELSH else sign.encode("cp1252", errors="replace") for sign in text
    )
    return b"(" + signs.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"


def _name_text(text: str) -> bytes:
    """`text` as a document-information string (UTF-16BE with byte order mark, in hexadecimal)."""
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"


def _shown_at(text: str, x: float, y: float, size: float, bold: bool = False) -> bytes:
    """The operators that show `text` with its base line starting at (x, y), in points."""
    font = b"/F2" if bold else b"/F1"
    drawn = b"BT %s %.1f Tf %.2f %.2f Td %s Tj ET" % (font, size, x, y, _literal(text))
    for at, sign in enumerate(text):
        if sign in WELSH:
            middle = x + _width(text[:at], size, bold) + _width(sign, size, bold) / 2
            foot = y + size * (0.78 if sign.isupper() else 0.6)
            half, top = size * 0.14, foot + size * 0.13
            drawn += b" %.2f w %.2f %.2f m %.2f %.2f l %.2f %.2f l S" % (
                *(size * (0.09 if bold else 0.06), middle - half, foot),
                *(middle, top, middle + half, foot),
            )
    return drawn


def _column_widths(rows: Sequence[Row], size: float) -> list[float]:
    """Widths in points that fill the page: each column's longest word whole where that fits, then by need."""
    padding = 10
    least, wished = [], []
    for at in range(max(len(row) for row in rows)):
        cells = [shown(row[at]) for row in rows if at < len(row)]
        words = [word for cell in cells for word in cell.split()] or [""]
        least.append(max(_width(word, size, True) for word in words) + padding)
        wished.append(max(min(max(_width(cell, size, True) for cell in cells), TEXT_WIDTH / 2), 30) + padding)
    if sum(least) >= TEXT_WIDTH:
        return [width * TEXT_WIDTH / sum(least) for width in least]
    share = [max(wish - need, 1) for wish, need in zip(wished, least, strict=True)]
    spare = TEXT_WIDTH - sum(least)
    return [need + spare * part / sum(share) for need, part in zip(least, share, strict=True)]


@dataclass
class _Layout:
    """Pages being filled from the top: `y` is the base line of the next line in points from the bottom."""

    pages: list[list[bytes]] = field(default_factory=lambda: [[]])
    y: float = PAGE_HEIGHT - MARGIN

    def room(self, height: float) -> None:
        if self.y - height < MARGIN:
            self.pages.append([])
            self.y = PAGE_HEIGHT - MARGIN

    def text(self, text: str, x: float, y: float, size: float, bold: bool = False) -> None:
        self.pages[-1].append(_shown_at(text, x, y, size, bold))

    def lines(
        self, text: str, size: float, *, bold: bool = False, indent: float = 0, after: float = 0
    ) -> None:
        for line in _wrapped(text, TEXT_WIDTH - indent, size, bold):
            self.room(size * 1.35)
            self.y -= size * 1.35
            self.text(line, MARGIN + indent, self.y, size, bold)
        self.y -= after

    def table(self, rows: Sequence[Row], size: float = 9) -> None:
        widths = _column_widths(rows, size)
        for number, row in enumerate(rows):
            cells = [
                _wrapped(shown(cell), width - 8, size, number == 0)
                for cell, width in zip(row, widths, strict=False)
            ]
            height = max(len(cell) for cell in cells) * size * 1.3 + 6
            self.room(height)
            left = MARGIN
            for cell, width in zip(cells, widths, strict=False):
                for step, line in enumerate(cell, 1):
                    self.text(line, left + 4, self.y - step * size * 1.3, size, number == 0)
                left += width
            self.y -= height
            rule = b"q 0.6 w 0.55 G %.2f %.2f m %.2f %.2f l S Q"
            self.pages[-1].append(rule % (MARGIN, self.y, MARGIN + TEXT_WIDTH, self.y))
        self.y -= 10


def pdf(paper: Paper) -> bytes:
    """The bytes of a PDF 1.7 file: A4, page numbers, the marking at the head and foot of each page."""
    layout = _Layout()
    layout.lines(paper["title"], 20, bold=True, after=4)
    layout.lines(" · ".join(filter(None, [paper["author"], f"{paper['made']:%d %B %Y}"])), 10, after=10)
    for section in paper["sections"]:
        layout.room(60)  # a heading never stands alone at the foot of a page
        layout.y -= 6
        layout.lines(section["heading"], 13, bold=True, after=4)
        for text in section.get("paragraphs", ()):
            bullet = text.startswith("- ")
            layout.lines(
                f"• {text[2:]}" if bullet else text,
                10.5,
                indent=12 if bullet else 0,
                after=3 if bullet else 7,
            )
        if rows := section.get("rows"):
            layout.table(rows)
    for number, page in enumerate(layout.pages, 1):
        foot = f"{paper['title'][:70]} · page {number} of {len(layout.pages)}"
        for text, y in ((paper["marking"], PAGE_HEIGHT - 34), (paper["marking"], 42), (foot, 28)):
            if text:
                size, bold = 8.5, text is not foot
                left = (PAGE_WIDTH - _width(text, size, bold)) / 2
                page.append(_shown_at(text, left, y, size, bold))
    return _file(paper, [b"\n".join(page) for page in layout.pages])


def _unicode_map() -> bytes:
    """A /ToUnicode character map for WinAnsi plus the Welsh letters (ISO 32000-1, 9.10.3)."""
    codes = {code: sign for sign, (code, _) in WELSH.items()}
    for code in range(32, 256):
        sign = bytes([code]).decode("cp1252", errors="ignore")
        if sign and code not in codes:
            codes[code] = sign
    pairs = sorted(codes.items())
    blocks = []
    for start in range(0, len(pairs), 100):  # a block holds at most 100 entries
        block = pairs[start : start + 100]
        lines = "\n".join(f"<{code:02X}> <{ord(sign):04X}>" for code, sign in block)
        blocks.append(f"{len(block)} beginbfchar\n{lines}\nendbfchar")
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n/CMapName /Demo def /CMapType 2 def\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        + "\n".join(blocks)
        + "\nendcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()


def _stream(content: bytes) -> bytes:
    packed = zlib.compress(content, 6)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)


def _file(paper: Paper, pages: Sequence[bytes]) -> bytes:
    """Objects, cross-reference table and trailer around the pages' content streams."""
    first_page = 8
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * at) for at in range(len(pages)))
    differences = b" ".join(b"%d /%s" % (code, name.encode()) for code, name in sorted(WELSH.values()))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding 5 0 R /ToUnicode 6 0 R >>"
    made = f"D:{paper['made']:%Y%m%d%H%M%S}Z".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) /ViewerPreferences << /DisplayDocTitle true >> >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        font % b"Helvetica",
        font % b"Helvetica-Bold",
        b"<< /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [%s] >>" % differences,
        _stream(_unicode_map()),
        b"<< /Title %s /Author %s /CreationDate (%s) >>"
        % (_name_text(paper["title"]), _name_text(paper["author"]), made),
    ]
    for at, content in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
            % (PAGE_WIDTH, PAGE_HEIGHT, first_page + 2 * at + 1)
        )
        objects.append(_stream(content))
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)
