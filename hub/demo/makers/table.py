"""CSV files (RFC 4180): the table of the first section that has one."""

import csv
import io

from hub.demo.makers.paper import Paper


def csv_table(paper: Paper) -> bytes:
    """The table as UTF-8 with a byte order mark, which Excel needs. Raises ValueError where there is none."""
    rows = next((section["rows"] for section in paper["sections"] if section.get("rows")), None)
    if rows is None:
        raise ValueError(f"{paper['title']!r} has no table to write as CSV")
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue().encode("utf-8-sig")
