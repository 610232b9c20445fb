"""Filling the demo council: once, from the beginning where it was cut short, and never over what people wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from hub import clock
from hub.demo import commands
from hub.people.models import Person, Session
from tests import make


class CutShort(Exception):
    """What stands for the kill."""


def seed(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["demo", "seed"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def cut_short(*_: object) -> None:
    make.person("Half Council")
    raise CutShort


def whole(*_: object) -> None:
    make.person("Whole Council")


@pytest.fixture
def data(hub: Flask) -> Path:
    return hub.config["HUB"].data_path


def test_a_filling_that_was_cut_short_is_begun_again(
    hub: Flask, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands.seeding, "seed", cut_short)
    with pytest.raises(CutShort):
        seed(hub)
    assert [p.name for p in Person.select()] == ["Half Council"]
    monkeypatch.setattr(commands.seeding, "seed", whole)
    assert "begun again" in seed(hub)
    assert [p.name for p in Person.select()] == ["Whole Council"]
    assert not (data / commands.UNFINISHED).exists()
    assert seed(hub) == ""


def test_a_half_filled_hub_that_somebody_uses_is_left_alone(
    hub: Flask, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands.seeding, "seed", cut_short)
    with pytest.raises(CutShort):
        seed(hub)
    Session.create(token_hash="x", person=Person.get(), created_at=clock.now())
    assert seed(hub) == ""
    assert [p.name for p in Person.select()] == ["Half Council"]


def test_throwing_away_takes_nothing_that_is_not_the_hubs(hub: Flask, data: Path) -> None:
    (data / "mail").mkdir(exist_ok=True)
    (data / "holiday.jpg").write_bytes(b"mine")
    commands.throw_away(hub.config["HUB"])
    left = {path.name for path in data.iterdir()}
    assert "holiday.jpg" in left and not left & {"hub.db", "mail", "secret"}
    (data / "holiday.jpg").unlink()
