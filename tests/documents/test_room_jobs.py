"""Reading and drawing in the worker: three tries, then a plain reason; the worker lives."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from hub import clock, db, files, jobs
from hub.content import actions as content
from hub.content.models import Item
from hub.documents import actions, extract, queries, reactions
from hub.documents.extract import Extracted, preview
from hub.documents.extract import Passage as Found
from hub.documents.models import DocumentVersion, HeldFile, PagePicture, Passage
from hub.events import Event
from tests import make


def rerun(job: jobs.Job) -> None:
    """Lets a job that waits for its next try run now."""
    jobs.Job.update(run_after=clock.now()).where(jobs.Job.id == job.id).execute()
    jobs.run_due()


@pytest.mark.backend
def test_three_tries_and_then_no_text_with_the_reason(put, monkeypatch):
    tries = []

    def unlucky(path, name):
        tries.append(name)
        raise OSError("no child can be started")

    monkeypatch.setattr(extract, "read", unlucky)
    item = put()
    job = jobs.Job.get(jobs.Job.kind == "documents.read")
    for _ in range(6):
        rerun(job)
    row = DocumentVersion.get()
    assert len(tries) == 3
    assert (row.state, row.reason) == ("unreadable", reactions.NO_TRIES_LEFT)
    assert jobs.Job.get_by_id(job.id).done_at is not None
    assert Event.select().where(Event.name == "document:read", Event.item_id == item.id).count() == 1


@pytest.mark.backend
def test_a_file_that_kills_its_worker_is_given_up(put, monkeypatch):
    put()
    job = jobs.Job.get(jobs.Job.kind == "documents.read")
    # Three workers took the job and died: each left its lease to run out.
    jobs.Job.update(attempts=3, lease_owner="gone:1", lease_until=clock.now() - timedelta(minutes=1)).where(
        jobs.Job.id == job.id
    ).execute()
    monkeypatch.setattr(extract, "read", lambda *_: pytest.fail("it was tried a fourth time"))
    jobs.run_due()
    assert DocumentVersion.get().reason == reactions.NO_TRIES_LEFT


@pytest.mark.backend
def test_reading_twice_is_reading_once(put, settle):
    put()
    settle()
    row = DocumentVersion.get()
    reactions.keep(row, Extracted("text/plain", "Text", [Found("other words", "page 1")]))
    assert [(p.place, p.text) for p in Passage.select()] == [("page 1", "other words")]
    before = Event.select().count()
    reactions.read(jobs.Job(kind="documents.read", payload={"version": row.id}, attempts=1))
    assert Event.select().count() == before, "a version that has been read is left alone"


@pytest.mark.backend
def test_what_a_reader_says_is_stored_whatever_it_is(put):
    put()
    row = DocumentVersion.get()
    odd = "a\x00b\ud800c"
    reactions.keep(row, Extracted("x" * 500, "y" * 500, [Found(odd, "p" * 500)] * 450, odd, [odd] * 99, 7))
    row = DocumentVersion.get_by_id(row.id)
    assert Passage.select().count() == 450 and "\x00" not in row.beginning and len(row.notes) == 40
    assert row.pages == 7


def test_search_is_given_the_current_text_in_bounds(put, monkeypatch):
    item = put()
    row = DocumentVersion.get()
    reactions.keep(row, Extracted("text/plain", "Text", [Found("x" * 400, f"page {n}") for n in range(10)]))
    monkeypatch.setattr(queries, "TEXT_MAX", 1000)
    parts = queries.text_of(item)
    assert sum(len(text) for _, text in parts) == 1000 and parts[0][0] == "page 0"


def test_drawing_goes_on_where_it_was_cut_off(put, settle, monkeypatch):
    drawn = []
    page = preview.page_png

    def counting(path, name, number, width):
        drawn.append(number)
        return page(path, name, number, width)

    from tests.documents.test_room_document import pdf

    put(pdf(4), "route.pdf")
    row = DocumentVersion.get()
    with db.write():
        PagePicture.create(version=row, number=1, sha256="0" * 64)
    monkeypatch.setattr(preview, "page_png", counting)
    settle()
    assert drawn == [2, 3, 4, 5] and DocumentVersion.get_by_id(row.id).pictures == 4


def test_a_drawn_document_has_a_small_picture_on_its_card_and_only_its_readers_get_it(
    client, put, store, ann, dev, where, settle
):
    from tests.documents.test_room_document import pdf

    item = put(pdf(1), "route.pdf")
    listed = {"space_slug": where.slug}
    assert client.sign_in(dev).get("spaces.space", **listed).find(class_="item-thumb") is None
    settle()
    there = client.get("spaces.space", **listed).find(class_="item-thumb")["src"]
    client.get(there)
    with Image.open(io.BytesIO(client.last.data)) as small:
        assert max(small.size) == 240 and client.last.mimetype == "image/png"
    with db.write():
        content.set_audience(make.viewer(dev), item, f"{where.token}:editors", "Not for everybody")
    client.sign_in(make.person()).get(there, status=404)
    actions.add_version(make.viewer(ann), Item.get_by_id(item.id), store(b"words only"), "route.txt")
    settle()
    page = client.sign_in(ann).get("spaces.space", **listed)
    assert page.find(class_="item-title") and page.find(class_="item-thumb") is None


def test_what_nobody_spoke_for_is_forgotten_after_a_week(put, dev, where):
    item = put()
    row = DocumentVersion.get()
    for days in (1, 8):
        HeldFile.create(
            person=dev, space=where, document=item.id, sha256=row.sha256, filename="plan.txt", size=1,
            created_at=clock.now() - timedelta(days=days),
        )  # fmt: skip
    reactions.forget_held(jobs.Job())
    assert HeldFile.select().count() == 1 and len(queries.held(make.viewer(dev))) == 1


def test_the_sweep_knows_every_file_that_a_row_points_to(put, settle):
    put()
    settle()
    kept = {DocumentVersion.get().sha256, *(row.sha256 for row in PagePicture.select())}
    assert kept <= {sha256 for sha256, name in files.referred().items() if name == "documents"}
