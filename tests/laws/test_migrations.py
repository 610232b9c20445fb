"""Models equal the migrated schema, and what people wrote survives a migration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import peewee
import pytest
from flask import Flask
from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models

from hub import db
from hub.people.models import Organisation, Person


@pytest.fixture
def migrated(app: Flask, tmp_path: Path) -> Iterator[peewee.SqliteDatabase]:
    """A database made by the migrations alone."""
    made = peewee.SqliteDatabase(str(tmp_path / "migrated.db"), pragmas={"foreign_keys": 1})
    Runner(made, str(db.MIGRATIONS)).up()
    yield made
    made.close()


def shape(database: peewee.Database) -> dict[str, list[tuple[object, ...]]]:
    """Columns (type, null) and foreign keys by table, for an exact comparison."""
    found = {}
    for table in database.get_tables():
        if table == "schema_migration":
            continue
        columns = [(c.name, c.data_type.upper(), c.null, c.primary_key) for c in database.get_columns(table)]
        keys = [("->", k.column, k.dest_table, k.dest_column) for k in database.get_foreign_keys(table)]
        indexes = [("index", tuple(i.columns), i.unique) for i in database.get_indexes(table)]
        (created,) = database.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        checks = [("check", created.count("CHECK"), created.count("CONSTRAINT"))]
        found[table] = sorted(itertools.chain(columns, keys, indexes, checks), key=repr)
    return found


def test_models_equal_the_migrated_schema(migrated: peewee.SqliteDatabase, tmp_path: Path) -> None:
    assert not diff_models(migrated, db.models())
    created = peewee.SqliteDatabase(str(tmp_path / "created.db"))
    with created.bind_ctx(db.models()):
        created.create_tables(db.models())
    assert shape(migrated) == shape(created)
    created.close()


def test_a_missing_column_is_noticed(migrated: peewee.SqliteDatabase) -> None:
    migrated.execute_sql("ALTER TABLE item DROP COLUMN excerpt")
    assert diff_models(migrated, db.models())


def test_data_survive_migrating_again(migrated: peewee.SqliteDatabase) -> None:
    with migrated.bind_ctx([Organisation, Person]):
        home = Organisation.create(key="council", name="Council", short_name="Council", kind="home")
        Person.create(email="a@example.org", handle="a", name="Siân Ó Morgan", organisation=home)
        assert Runner(migrated, str(db.MIGRATIONS)).up() == []
        assert Person.get().name == "Siân Ó Morgan"
