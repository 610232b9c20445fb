"""Many small changes leave few segments long before the scheduled merge: each new process has to open them all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from hub import events
from hub.search import queries, reactions
from hub.search.engine import store
from tests import make


@pytest.mark.parametrize("crowd", [6, 10**9])
def test_the_worker_merges_when_there_are_many(
    hub: Flask, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch, crowd: int
) -> None:
    monkeypatch.setattr(store, "CROWD", crowd)
    ann = make.person("Ann Evans")
    where = make.space("Roads", "open", "everyone", editors=(ann,))
    settle()  # the round of the clock is over before the changes begin
    for number in range(9):
        make.item(ann, where, "topic", f"Grit {number}", "We have grit.")
        events.deliver("search")
    assert reactions.index().health().segments >= 9
    settle()
    assert (reactions.index().health().segments <= 5) == (crowd == 6)
    assert len(queries.find(make.viewer(ann), "grit").hits) == 9
