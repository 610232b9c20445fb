"""What the steps of the seeding share: the data files, and what has been seeded so far."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from hub import access, clock
from hub.access import Viewer
from hub.content.models import Item
from hub.documents.models import Folder
from hub.forums.models import Category
from hub.people.models import Person, Unit
from hub.spaces.models import Space

DATA = Path(__file__).with_name("data")
WRITTEN = date(2026, 11, 22)
"""The day from which the data files count back; the days that their words name fit it."""
SAME_SEASON = 60
"""Days after WRITTEN until which what names its day keeps it. Later everything counts from the day of seeding, so that a demo is never
only old things."""


def read(name: str) -> Any:
    """A data file: a JSON document, the list of a JSON-lines file, or a text."""
    text = (DATA / name).read_text(encoding="utf-8")
    if name.endswith(".md"):
        return text
    return (
        [json.loads(line) for line in text.splitlines() if line.strip()]
        if name.endswith(".jsonl")
        else json.loads(text)
    )


@dataclass
class Council:
    """What has been seeded so far, by the keys of the data files."""

    today: datetime
    people: dict[str, Person] = field(default_factory=dict)
    viewers: dict[str, Viewer] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    categories: dict[tuple[str, str], Category] = field(default_factory=dict)
    folders: dict[tuple[str, str], Folder] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    steps: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a JSON-lines file. What is `dated` happens on the day that its words name, as long as that is not long ago."""
        late = (clock.local(self.today).date() - WRITTEN).days
        late = late if 0 < late <= SAME_SEASON else 0
        found: list[dict[str, Any]] = read(name)
        for row in found:
            for part in [row, *row.get("versions", [])] if row.get("dated") else []:
                if "days_ago" in part:
                    part["days_ago"] += late
        return found

    def at(self, days_ago: float, hour: int = 10) -> datetime:
        """The moment so many days before the day of seeding, at that hour in the council's time; never ahead of now for the past."""
        day = (clock.local(self.today) - timedelta(days=days_ago)).replace(
            hour=int(hour), minute=(hash(days_ago) * 7 + int(hour) * 13) % 60
        )
        return min(day, self.today - timedelta(minutes=3)) if days_ago >= 0 else day

    def then(self, moment: datetime, step: Callable[[], None]) -> None:
        """Plans a step for that moment."""
        self.steps.append((min(moment, self.today - timedelta(minutes=1)), len(self.steps), step))

    def viewer(self, key: str) -> Viewer:
        """The person as a viewer, read once."""
        if key not in self.viewers:
            self.viewers[key] = access.viewer_for(Person.get_by_id(self.people[key].id))
        return self.viewers[key]
