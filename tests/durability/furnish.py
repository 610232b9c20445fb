"""Run as a child: gives an empty data folder tables, people, a space and a category; prints them as JSON."""

from __future__ import annotations

import json
import sys

import config
from hub import create_app, db
from hub.forums.models import Category
from hub.people import passwords
from hub.search import reactions
from tests import make


def main(people: int) -> None:
    """Fills the folder that HUB_DATA names."""
    app = create_app(config.load())
    if any(db.MIGRATIONS.glob("[0-9]*.py")):
        db.migrate()
    db.database.create_tables(db.models())  # those that no migration makes yet
    with app.app_context():
        known = passwords.hash_of(make.PASSWORD)
        staff = [make.person(f"Writer {n}", handle=f"writer{n}", password_hash=known) for n in range(people)]
        make.hub_space()
        space = make.space("Kill test", members=tuple(staff), slug="kill-test")
        category = Category.create(space=space, name="Rounds", slug="rounds")
        reactions.rebuild()  # rows made by hand have told nobody
        emails = [person.email for person in staff]
        json.dump(
            {"emails": emails, "space": space.slug, "category": category.id, "password": make.PASSWORD},
            sys.stdout,
        )
    db.database.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
