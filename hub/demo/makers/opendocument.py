"""OpenDocument text files (ISO/IEC 26300)."""

from hub.demo.makers.paper import Paper, shown, xml, zipped

OPEN = "urn:oasis:names:tc:opendocument:xmlns"
OPEN_SPACE = (
    f'xmlns:office="{OPEN}:office:1.0" xmlns:text="{OPEN}:text:1.0" xmlns:table="{OPEN}:table:1.0"'
    f' xmlns:style="{OPEN}:style:1.0" xmlns:fo="{OPEN}:xsl-fo-compatible:1.0" xmlns:meta="{OPEN}:meta:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"'
)


def odt(paper: Paper) -> bytes:
    """The bytes of an .odt file: headings, paragraphs, bullets and tables, the marking on the first line."""
    body = [f'<text:p text:style-name="Title">{xml(paper["title"])}</text:p>']
    if paper["marking"]:
        body.insert(0, f"<text:p>{paper['marking']}</text:p>")
    for number, section in enumerate(paper["sections"], 1):
        body.append(
            '<text:h text:style-name="Heading_20_1" text:outline-level="1">'
            f"{xml(section['heading'])}</text:h>"
        )
        for text in section.get("paragraphs", ()):
            if text.startswith("- "):
                body.append(
                    f"<text:list><text:list-item><text:p>{xml(text[2:])}</text:p></text:list-item></text:list>"
                )
            else:
                body.append(f'<text:p text:style-name="Standard">{xml(text)}</text:p>')
        if rows := section.get("rows"):
            columns = max(len(row) for row in rows)
            lines = [
                "<table:table-row>"
                + "".join(
                    '<table:table-cell office:value-type="string"><text:p>'
                    f"{xml(shown(cell))}</text:p></table:table-cell>"
                    for cell in [*row, *[""] * (columns - len(row))]
                )
                + "</table:table-row>"
                for row in rows
            ]
            body.append(
                f'<table:table table:name="Table{number}"><table:table-column'
                f' table:number-columns-repeated="{columns}"/><table:table-header-rows>{lines[0]}'
                f"</table:table-header-rows>{''.join(lines[1:])}</table:table>"
            )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    styles = "".join(
        f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties'
        f' fo:margin-bottom="0.25cm"/><style:text-properties fo:font-size="{size}pt"'
        f' fo:font-weight="{weight}"/></style:style>'
        for name, size, weight in (
            ("Standard", 11, "normal"),
            ("Title", 20, "bold"),
            ("Heading_20_1", 14, "bold"),
        )
    )
    mime = "application/vnd.oasis.opendocument.text"
    parts = {
        "mimetype": mime,
        "META-INF/manifest.xml": f'{head}<manifest:manifest xmlns:manifest="{OPEN}:manifest:1.0"'
        f' manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
        + "".join(
            f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
            for name in ("content.xml", "styles.xml", "meta.xml")
        )
        + "</manifest:manifest>",
        "content.xml": f"{head}<office:document-content {OPEN_SPACE}><office:body><office:text>"
        f"{''.join(body)}</office:text></office:body></office:document-content>",
        "styles.xml": f"{head}<office:document-styles {OPEN_SPACE}><office:styles>{styles}</office:styles>"
        "</office:document-styles>",
        "meta.xml": f"{head}<office:document-meta {OPEN_SPACE}><office:meta><dc:title>{xml(paper['title'])}"
        f"</dc:title><dc:creator>{xml(paper['author'])}</dc:creator><meta:creation-date>"
        f"{paper['made']:%Y-%m-%dT%H:%M:%S}</meta:creation-date></office:meta></office:document-meta>",
    }
    return zipped(paper, parts, stored=["mimetype"])
