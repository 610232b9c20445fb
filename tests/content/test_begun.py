"""What somebody began and has not posted: the files and choices beside its text come back, and uploads nobody posts go."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from hub import clock, files
from hub.content import actions as content
from hub.content import keeping
from hub.content.models import Attachment
from hub.forums import actions as forums
from hub.people.models import Person
from tests import make
from tests.browser import Client


def _uploaded(person: Person, name: str) -> int:
    stored = files.store().put(io.BytesIO(name.encode()), limit=1000)
    return int(keeping.upload(make.viewer(person), stored, name).id)


@pytest.mark.parametrize("page", ["forums.new_topic", "blogs.new"])
def test_what_was_uploaded_and_typed_beside_the_text_is_kept_too(client: Client, page: str) -> None:
    make.hub_space()
    writer, other = make.person(), make.person()
    space = make.space("Housing", "open", "everyone", editors=(writer,))
    forums.add_category(make.viewer(writer), space, name="Damp", about="Damp")
    mine, theirs = _uploaded(writer, "plan.txt"), _uploaded(other, "theirs.txt")
    client.sign_in(writer)
    typed = {"body": "", "tags": "damp, mould", "reason": "Not yet", "attached": [mine, theirs]}
    client.post("content.autosave", typed, key={"forums.new_topic": "topic", "blogs.new": "post:new"}[page])
    shown = client.get(page)
    assert [f["value"] for f in shown.find_all("input", {"name": "attached"})] == [str(mine)]
    assert "plan.txt" in client.text() and "theirs.txt" not in client.text()
    assert shown.find("input", {"name": "tags"})["value"] == "damp, mould"


def test_a_kept_audience_is_offered_again_only_where_it_may_be_chosen(client: Client) -> None:
    writer = make.person()
    space = make.space("Housing", "open", "everyone", editors=(writer,))
    elsewhere = make.space("Roads", "open", "everyone")
    category = forums.add_category(make.viewer(writer), space, name="Damp", about="Damp")
    client.sign_in(writer)
    for kept, chosen in ((f"{space.token}:editors", f"{space.token}:editors"), (elsewhere.token, "everyone")):
        client.post("content.autosave", {"body": "x", "audience": kept}, key="topic")
        shown = client.get("forums.new_topic", category=category.id)
        assert shown.select_one('[name="audience"] [selected]')["value"] == chosen


@pytest.mark.backend
def test_an_upload_that_nobody_posts_goes_after_thirty_days_unless_a_draft_holds_it(hub: Flask) -> None:
    writer = make.person()
    space = make.space("Housing", "open", "everyone", editors=(writer,))
    posted, held, left, taken_off = (_uploaded(writer, f"{n}.txt") for n in range(4))
    item = make.item(writer, space, "topic", "A question")
    Attachment.update(item=item.id).where(Attachment.id.in_([posted, taken_off])).execute()
    keeping.save_draft(make.viewer(writer), "topic", fields={"attached": [held]})
    with time_machine.travel(clock.now() + timedelta(days=29)):
        keeping.forget_uploads()
        content.detach(make.viewer(writer), Attachment.get_by_id(taken_off))
        assert Attachment.select().count() == 4
    with time_machine.travel(clock.now() + timedelta(days=31)):
        keeping.forget_uploads()
    assert [row.id for row in Attachment.select().order_by(Attachment.id)] == [posted, held, taken_off]
    with time_machine.travel(clock.now() + timedelta(days=60)):
        keeping.forget_uploads()
    assert [row.id for row in Attachment.select().order_by(Attachment.id)] == [posted, held]
    assert left not in (posted, held)
