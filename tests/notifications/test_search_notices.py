"""What search finds for people later, and whom it asks, rings their bell."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from hub import db, events
from hub.notifications.models import Notification
from tests import make
from tests.browser import Client


def test_a_kept_search_with_something_new_and_a_question_ring_the_bell(
    client: Client, hub: Flask, settle: Callable[[], None]
) -> None:
    asker, expert = make.person("Ann Evans"), make.person("Dev Patel")
    space = make.space("Housing", "open", "everyone", editors=(asker,))
    item = make.item(asker, space, "topic", "Who has a drone?")
    settle()
    Notification.delete().execute()
    with db.write():
        events.record("search:alert", None, item, person=expert, search=1)
        events.record("search:asked", asker, item, people=[expert.id])
    settle()
    page = client.sign_in(expert).get("notifications.notifications")
    assert "Who has a drone?" in page.get_text() and "you may know" in page.get_text()
    assert "agreed to be found" in page.get_text() or "search that you keep" in page.get_text()
    client.sign_in(asker).get("notifications.notifications")
    assert "you may know" not in client.text()
