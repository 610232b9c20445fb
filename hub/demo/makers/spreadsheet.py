"""Excel workbooks: one sheet a section, numbers as numbers, the table's header in bold."""

import re
from collections.abc import Sequence

from hub.demo.makers.ooxml import HEAD, PART, RELS, SHEET, package, relations
from hub.demo.makers.paper import Paper, Row, Section, shown, xml


def _column(number: int) -> str:
    """The spreadsheet letters of column `number` (0 is A, 26 is AA)."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sheet_names(sections: Sequence[Section]) -> list[str]:
    """One name a sheet as Excel allows it: at most 31 characters, none of []:*?/\\, no two alike."""
    names: list[str] = []
    for section in sections:
        name = plain = re.sub(r"[\[\]:*?/\\']", " ", section["heading"]).strip()[:31] or "Sheet"
        number = 1
        while name.casefold() in {taken.casefold() for taken in names}:
            number += 1
            name = f"{plain[:27]} {number}"
        names.append(name)
    return names


def xlsx(paper: Paper) -> bytes:
    """The bytes of an .xlsx file: a sheet for each section, notes above its table, the title on the first."""
    shared: dict[str, int] = {}

    def cell(value: str | int | float, column: int, row: int, bold: bool) -> str:
        place = f'r="{_column(column)}{row}"' + (' s="1"' if bold else "")
        if isinstance(value, str):
            return f'<c {place} t="s"><v>{shared.setdefault(value, len(shared))}</v></c>'
        return f"<c {place}><v>{value}</v></c>"

    sheets = []
    for number, section in enumerate(paper["sections"]):
        top = [[paper["title"]]] if number == 0 else []
        notes: list[Row] = [*top, *[[text] for text in section.get("paragraphs", ())]]
        lines = [*notes, *section.get("rows", ())]
        widths = [
            min(60, 2 + max(len(shown(row[column])) for row in lines[len(notes) :] if column < len(row)))
            for column in range(max((len(row) for row in section.get("rows", ())), default=0))
        ]
        columns = "".join(
            f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, 1)
        )
        data = "".join(
            f'<row r="{at}">'
            + "".join(cell(value, column, at, at == len(notes) + 1) for column, value in enumerate(row))
            + "</row>"
            for at, row in enumerate(lines, 1)
        )
        sheets.append(
            f'{HEAD}<worksheet xmlns="{SHEET}">'
            + (f"<cols>{columns}</cols>" if columns else "")
            + f"<sheetData>{data}</sheetData></worksheet>"
        )
    listed = "".join(
        f'<sheet name="{xml(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(_sheet_names(paper["sections"]), 1)
    )
    texts = "".join(f'<si><t xml:space="preserve">{xml(text)}</t></si>' for text in shared)
    styles = (
        f'{HEAD}<styleSheet xmlns="{SHEET}"><fonts count="2"><font><sz val="11"/><name val="Arial"/></font>'
        '<font><b/><sz val="11"/><name val="Arial"/></font></fonts><fills count="2"><fill><patternFill'
        ' patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>'
    )
    names = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(sheets) + 1)]
    kind = f"{PART}.spreadsheetml"
    return package(
        paper,
        "xl/workbook.xml",
        {
            "xl/workbook.xml": f"{kind}.sheet.main+xml",
            "xl/styles.xml": f"{kind}.styles+xml",
            "xl/sharedStrings.xml": f"{kind}.sharedStrings+xml",
            **dict.fromkeys(names, f"{kind}.worksheet+xml"),
        },
        {
            "xl/workbook.xml": f'{HEAD}<workbook xmlns="{SHEET}" xmlns:r="{RELS}">'
            f"<sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(
                [("worksheet", name.removeprefix("xl/")) for name in names]
                + [("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]
            ),
            "xl/styles.xml": styles,
            "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{SHEET}" uniqueCount="{len(shared)}">{texts}</sst>',
            **dict(zip(names, sheets, strict=True)),
        },
    )
