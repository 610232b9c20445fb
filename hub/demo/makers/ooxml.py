"""The package that Word, Excel and PowerPoint files share (ECMA-376 part 2, open packaging)."""

from collections.abc import Mapping, Sequence

from hub.demo.makers.paper import Paper, xml, zipped

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org"
RELS = f"{OFFICE}/officeDocument/2006/relationships"
WORD = f"{OFFICE}/wordprocessingml/2006/main"
SHEET = f"{OFFICE}/spreadsheetml/2006/main"
SLIDES = f"{OFFICE}/presentationml/2006/main"
DRAWING = f"{OFFICE}/drawingml/2006/main"
PART = "application/vnd.openxmlformats-officedocument"


def relations(targets: Sequence[tuple[str, str]]) -> str:
    """A relationships part; the n-th of (kind, target) gets the id rIdn. A bare kind is an office one."""
    full = [(kind if "/" in kind else f"{RELS}/{kind}", target) for kind, target in targets]
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(full, 1)
    )
    return f'{HEAD}<Relationships xmlns="{OFFICE}/package/2006/relationships">{lines}</Relationships>'


def package(paper: Paper, main: str, types: Mapping[str, str], parts: Mapping[str, str]) -> bytes:
    """An Office file: `main` is the part to open, `types` maps each part to its content type."""
    when = paper["made"].strftime("%Y-%m-%dT%H:%M:%SZ")
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>'
        for name, kind in {
            **types,
            "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        }.items()
    )
    core = (
        f'{HEAD}<cp:coreProperties xmlns:cp="{OFFICE}/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{xml(paper['title'])}</dc:title><dc:creator>{xml(paper['author'])}</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{when}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{when}</dcterms:modified></cp:coreProperties>'
    )
    everything = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": relations(
            [
                ("officeDocument", main),
                (f"{OFFICE}/package/2006/relationships/metadata/core-properties", "docProps/core.xml"),
            ]
        ),
        "docProps/core.xml": core,
        **parts,
    }
    return zipped(paper, everything)
