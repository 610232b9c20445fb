"""PowerPoint presentations: a title slide, then one slide a section."""

from collections.abc import Sequence

from hub.demo.makers.ooxml import DRAWING, HEAD, PART, RELS, SLIDES, package, relations
from hub.demo.makers.paper import Paper, Row, shown, xml

SLIDE_SPACE = f'xmlns:a="{DRAWING}" xmlns:r="{RELS}" xmlns:p="{SLIDES}"'
TREE_TOP = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>'
    '<a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm>'
    "</p:grpSpPr>"
)


def _slide_shape(number: int, role: str, lines: Sequence[str], top: int, height: int, size: int) -> str:
    """A placeholder `role` (title or body), one paragraph a line; `top`, `height` in EMU, `size` in pt."""
    paragraphs = "".join(
        f'<a:p><a:r><a:rPr lang="en-GB" sz="{size * 100}"/><a:t>{xml(line)}</a:t></a:r></a:p>'
        for line in lines
    )
    index = "" if role == "title" else ' idx="1"'
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{role} {number}"/><p:cNvSpPr/><p:nvPr>'
        f'<p:ph type="{role}"{index}/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="600000" y="{top}"/>'
        f'<a:ext cx="11000000" cy="{height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</p:spPr><p:txBody><a:bodyPr><a:normAutofit/>"
        f"</a:bodyPr>{paragraphs or '<a:p/>'}</p:txBody></p:sp>"
    )


def _slide_table(rows: Sequence[Row]) -> str:
    columns = max(len(row) for row in rows)
    grid = f'<a:gridCol w="{11000000 // columns}"/>' * columns
    lines = "".join(
        '<a:tr h="370000">'
        + "".join(
            '<a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:rPr lang="en-GB" sz="1400"/>'
            f"<a:t>{xml(shown(cell))}</a:t></a:r></a:p></a:txBody><a:tcPr/></a:tc>"
            for cell in [*row, *[""] * (columns - len(row))]
        )
        + "</a:tr>"
        for row in rows
    )
    return (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="Table"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="600000" y="3300000"/><a:ext cx="11000000" cy="3000000"/>'
        f'</p:xfrm><a:graphic><a:graphicData uri="{DRAWING.removesuffix("/main")}/table"><a:tbl>'
        f'<a:tblPr firstRow="1"/><a:tblGrid>{grid}</a:tblGrid>{lines}</a:tbl></a:graphicData></a:graphic>'
        "</p:graphicFrame>"
    )


def _slide(kind: str, shapes: str, rest: str = "") -> str:
    tree = f"<p:spTree>{TREE_TOP}{shapes}</p:spTree>"
    return f"{HEAD}<p:{kind} {SLIDE_SPACE}><p:cSld>{tree}</p:cSld>{rest}</p:{kind}>"


def _theme() -> str:
    """A theme part: PowerPoint refuses a presentation without colours, fonts and three of each format."""
    tones = {"dk1": "1F2933", "lt1": "FFFFFF", "dk2": "17404D", "lt2": "F2F5F3", "accent1": "1F6F78"}
    tones |= {"accent2": "B4552D", "accent3": "5B7F3A", "accent4": "7A4E7E", "accent5": "C08A1E"}
    tones |= {"accent6": "3C5A99", "hlink": "1F6F78", "folHlink": "7A4E7E"}
    colours = "".join(f'<a:{name}><a:srgbClr val="{tone}"/></a:{name}>' for name, tone in tones.items())
    font = '<a:latin typeface="Arial"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    return (
        f'{HEAD}<a:theme xmlns:a="{DRAWING}" name="Plain"><a:themeElements>'
        f'<a:clrScheme name="Plain">{colours}</a:clrScheme>'
        f'<a:fontScheme name="Plain"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}'
        f'</a:minorFont></a:fontScheme><a:fmtScheme name="Plain"><a:fillStyleLst>{fill * 3}</a:fillStyleLst>'
        f"<a:lnStyleLst>{f'<a:ln>{fill}</a:ln>' * 3}</a:lnStyleLst><a:effectStyleLst>"
        f"{'<a:effectStyle><a:effectLst/></a:effectStyle>' * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )


def pptx(paper: Paper) -> bytes:
    """The bytes of a .pptx file: a title slide, then a slide for each section with its lines and table."""
    under = " · ".join(filter(None, [paper["author"], f"{paper['made']:%B %Y}", paper["marking"]]))
    slides = [
        _slide_shape(2, "title", [paper["title"]], 1800000, 1500000, 40)
        + _slide_shape(3, "body", [under], 3500000, 900000, 20)
    ]
    for section in paper["sections"]:
        lines = [text.removeprefix("- ") for text in section.get("paragraphs", ())]
        rows = section.get("rows", ())
        shapes = _slide_shape(2, "title", [section["heading"]], 400000, 900000, 30)
        shapes += _slide_shape(3, "body", lines, 1400000, 1800000 if rows else 4900000, 18)
        slides.append(shapes + (_slide_table(rows) if rows else ""))
    colour_map = (
        '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2"'
        ' accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6"'
        ' hlink="hlink" folHlink="folHlink"/>'
    )
    holders = _slide_shape(2, "title", ["Title"], 400000, 900000, 30)
    holders += _slide_shape(3, "body", ["Text"], 1400000, 4900000, 18)
    inherit = "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>"
    files = [f"slides/slide{number}.xml" for number in range(1, len(slides) + 1)]
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n + 2}"/>' for n in range(1, len(slides) + 1))
    parts = {
        "ppt/presentation.xml": f"{HEAD}<p:presentation {SLIDE_SPACE}><p:sldMasterIdLst><p:sldMasterId"
        f' id="2147483648" r:id="rId1"/></p:sldMasterIdLst><p:sldIdLst>{listed}</p:sldIdLst>'
        '<p:sldSz cx="12192000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            [("slideMaster", "slideMasters/slideMaster1.xml"), ("theme", "theme/theme1.xml")]
            + [("slide", name) for name in files]
        ),
        "ppt/theme/theme1.xml": _theme(),
        "ppt/slideMasters/slideMaster1.xml": _slide(
            "sldMaster",
            holders,
            f'{colour_map}<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst>',
        ),
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations(
            [("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")]
        ),
        "ppt/slideLayouts/slideLayout1.xml": _slide("sldLayout", holders, inherit),
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations(
            [("slideMaster", "../slideMasters/slideMaster1.xml")]
        ),
    }
    for name, shapes in zip(files, slides, strict=True):
        parts[f"ppt/{name}"] = _slide("sld", shapes, inherit)
        parts[f"ppt/slides/_rels/{name.removeprefix('slides/')}.rels"] = relations(
            [("slideLayout", "../slideLayouts/slideLayout1.xml")]
        )
    kind = f"{PART}.presentationml"
    types = {
        "ppt/presentation.xml": f"{kind}.presentation.main+xml",
        "ppt/theme/theme1.xml": f"{PART}.theme+xml",
        "ppt/slideMasters/slideMaster1.xml": f"{kind}.slideMaster+xml",
        "ppt/slideLayouts/slideLayout1.xml": f"{kind}.slideLayout+xml",
        **{f"ppt/{name}": f"{kind}.slide+xml" for name in files},
    }
    return package(paper, "ppt/presentation.xml", types, parts)
