"""What templates may call: dates, sizes, icons. Registered once, so that a template needs no import for them."""

from __future__ import annotations

from flask import Flask
from markupsafe import Markup

from hub import files
from hub.web import dates
from hub.web.icons import icon


def init(app: Flask) -> None:
    """Attaches filters and globals."""
    app.jinja_env.filters.update(
        relative=dates.relative,
        exact=dates.exact,
        iso=dates.iso,
        day=dates.day,
        clock_time=dates.clock_time,
        day_heading=dates.day_heading,
        size=files.human_size,
        count=lambda number: f"{number:,}",
        plural=lambda number, one, many: f"{number:,} {one if number == 1 else many}",
        zip_names=lambda ids, rows: [
            (i, f"{row.name} ({row.space.name})") for i, row in zip(ids, rows, strict=True)
        ],
        # The one place where stored HTML becomes markup: it was rendered and bleached when it was written.
        cleaned=Markup,
    )
    app.jinja_env.globals.update(
        icon=icon,
        has_endpoint=lambda name: name in app.view_functions,
        upload_most=app.config["HUB"].upload_limit,
        upload_limit=files.human_size(app.config["HUB"].upload_limit),
    )
