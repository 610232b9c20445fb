"""The world of the leak tests, built once a process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from hub import db
from tests.leaks.world import World, build

_kept: dict[str, Any] = {}


@pytest.fixture
def world(hub: Flask, settle: Callable[[], None]) -> World:
    """The world with the worker's rounds done. Built once a process, then copied back for each test."""
    data, index = hub.config["HUB"].data_path, hub.config["HUB"].index_path
    copy = data / "kept"
    if "world" not in _kept:
        built = build(settle)
        db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.database.close()
        copy.mkdir()
        shutil.copy(data / "hub.db", copy / "hub.db")
        for name, folder in (("files", data / "files"), ("mail", data / "mail"), ("index", index)):
            folder.mkdir(exist_ok=True)
            shutil.copytree(folder, copy / name)
        _kept["world"] = built
        return built
    db.database.close()
    for name in ("hub.db", "hub.db-wal", "hub.db-shm"):
        (data / name).unlink(missing_ok=True)
    shutil.copy(copy / "hub.db", data / "hub.db")
    for name, folder in (("files", data / "files"), ("mail", data / "mail"), ("index", index)):
        shutil.copytree(copy / name, folder, dirs_exist_ok=True)
    for reset in hub.extensions.get("between_tests", ()):
        reset()
    return _kept["world"]
