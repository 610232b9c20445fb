"""Paging by keyset: the same cost on page one and page ten thousand, and nothing shown twice while people post."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hub.content.models import Item
from hub.db import EPOCH, UTCField

PER_PAGE = 20


@dataclass(frozen=True)
class Page:
    """Rows of one page; `older` and `newer` are cursors for links, empty where there is nothing."""

    rows: list[Any]
    older: str = ""
    newer: str = ""

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page(
    query: Any,
    cursor: str = "",
    per_page: int = PER_PAGE,
    column: Any = None,
    newest: Callable[[int], list[Any]] | None = None,
) -> Page:
    """One page of an item query ordered by (column descending, id descending); column defaults to `Item.active_at`.

    `cursor` comes from a link; a damaged one shows the first page. `newest(n)` reads the query's first n rows in a
    cheaper way.
    """
    column = column if column is not None else Item.active_at
    back, key = _read(cursor)
    if key:
        moment, item_id = key
        later = (column > moment) | ((column == moment) & (Item.id > item_id))
        earlier = (column < moment) | ((column == moment) & (Item.id < item_id))
        query = query.where(later if back else earlier)
    if back:
        rows = list(query.order_by(column.asc(), Item.id.asc()).limit(per_page + 1))
        more, rows = len(rows) > per_page, rows[:per_page][::-1]
        return Page(
            rows,
            _cursor("o", rows[-1], column) if rows else "",
            _cursor("n", rows[0], column) if more and rows else "",
        )
    if newest is not None and not key:
        rows = newest(per_page + 1)
    else:
        rows = list(query.order_by(column.desc(), Item.id.desc()).limit(per_page + 1))
    more, rows = len(rows) > per_page, rows[:per_page]
    return Page(
        rows,
        _cursor("o", rows[-1], column) if more else "",
        _cursor("n", rows[0], column) if key and rows else "",
    )


def _cursor(way: str, row: Any, column: Any) -> str:
    moment = UTCField().db_value(getattr(row, column.name)) or 0
    return base64.urlsafe_b64encode(f"{way}{moment}.{row.id}".encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[bool, tuple[Any, int] | None]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, item_id = text[1:].split(".")
        if text[0] in "on" and abs(int(moment)) < 2**62 and 0 < int(item_id) < 2**31:
            return text[0] == "n", (UTCField().python_value(int(moment)) or EPOCH, int(item_id))
    except (ValueError, IndexError, OverflowError, binascii.Error):
        pass
    return False, None
