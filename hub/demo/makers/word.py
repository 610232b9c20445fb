"""Word documents with title, headings, bullets, tables and the marking in the page header."""

from collections.abc import Sequence

from hub.demo.makers.ooxml import HEAD, PART, RELS, WORD, package, relations
from hub.demo.makers.paper import Paper, Row, shown, xml


def _word_paragraph(text: str, style: str = "") -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{look}<w:r><w:t xml:space="preserve">{xml(text)}</w:t></w:r></w:p>'


def _word_table(rows: Sequence[Row]) -> str:
    columns = max(len(row) for row in rows)
    width = 9000 // columns
    grid = f'<w:gridCol w:w="{width}"/>' * columns
    lines = []
    for number, row in enumerate(rows):
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            f"{_word_paragraph(shown(cell), 'TableHead' if number == 0 else '')}</w:tc>"
            for cell in [*row, *[""] * (columns - len(row))]
        )
        lines.append(f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if number == 0 else ''}{cells}</w:tr>")
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="0" w:type="auto"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>" + _word_paragraph("")
    )


def _word_styles() -> str:
    def style(key: str, name: str, look: str, paragraph: str = "") -> str:
        return (
            f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>'
            f'<w:basedOn w:val="Normal"/><w:qFormat/>'
            f"<w:pPr>{paragraph}</w:pPr><w:rPr>{look}</w:rPr></w:style>"
        )

    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        f'{HEAD}<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr>'
        '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="22"/><w:lang w:val="en-GB"/>'
        '</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="140"/></w:pPr></w:pPrDefault>'
        '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
        '<w:name w:val="Normal"/><w:qFormat/></w:style>'
        + style("Title", "Title", '<w:b/><w:sz w:val="40"/>', '<w:spacing w:after="240"/>')
        + style("Heading1", "heading 1", '<w:b/><w:sz w:val="28"/>', '<w:keepNext/><w:outlineLvl w:val="0"/>')
        + style("ListBullet", "List Bullet", "", '<w:numPr><w:numId w:val="1"/></w:numPr>')
        + style("TableHead", "Table Head", "<w:b/>")
        + '<w:style w:type="table" w:styleId="Grid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders>'
        f"{edges}</w:tblBorders></w:tblPr></w:style></w:styles>"
    )


def docx(paper: Paper) -> bytes:
    """The bytes of a .docx file on A4, the marking in the header of each page."""
    body = [_word_paragraph(paper["title"], "Title")]
    for section in paper["sections"]:
        body.append(_word_paragraph(section["heading"], "Heading1"))
        for text in section.get("paragraphs", ()):
            bullet = text.startswith("- ")
            body.append(_word_paragraph(text[2:] if bullet else text, "ListBullet" if bullet else ""))
        if rows := section.get("rows"):
            body.append(_word_table(rows))
    space = f'xmlns:w="{WORD}" xmlns:r="{RELS}"'
    document = (
        f'{HEAD}<w:document {space}><w:body>{"".join(body)}<w:sectPr><w:headerReference w:type="default"'
        ' r:id="rId3"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440"'
        ' w:left="1440" w:header="700" w:footer="700" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )
    numbering = (
        f'{HEAD}<w:numbering {space}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
        '<w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="500" w:hanging="300"/></w:pPr></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    kind = f"{PART}.wordprocessingml"
    return package(
        paper,
        "word/document.xml",
        {
            "word/document.xml": f"{kind}.document.main+xml",
            "word/styles.xml": f"{kind}.styles+xml",
            "word/numbering.xml": f"{kind}.numbering+xml",
            "word/header1.xml": f"{kind}.header+xml",
        },
        {
            "word/document.xml": document,
            "word/_rels/document.xml.rels": relations(
                [("styles", "styles.xml"), ("numbering", "numbering.xml"), ("header", "header1.xml")]
            ),
            "word/styles.xml": _word_styles(),
            "word/numbering.xml": numbering,
            "word/header1.xml": f"{HEAD}<w:hdr {space}>{_word_paragraph(paper['marking'])}</w:hdr>",
        },
    )
