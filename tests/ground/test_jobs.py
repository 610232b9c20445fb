"""Slow work: leased, tried again, never lost, and given up on with its reason kept."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub import clock, db, events, jobs
from hub.jobs import Job
from tests.make import then_fail

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("hub")]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the kinds of the test itself."""
    monkeypatch.setattr(jobs, "KINDS", {})
    return


@pytest.fixture
def move(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the clock on."""
    start = clock.now()
    passed = [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: start + passed[0])

    def on(**delta: float) -> None:
        passed[0] += timedelta(**delta)

    return on


def enqueue(kind: str = "test.work", **values: Any) -> None:
    with db.write():
        jobs.enqueue(kind, **values)


def test_a_job_runs_once_with_its_payload() -> None:
    seen: list[Any] = []
    jobs.job("test.work")(lambda row: seen.append(row.payload))
    enqueue(payload={"item": 7})
    assert jobs.run_due() == 1
    assert jobs.run_due() == 0
    assert seen == [{"item": 7}]
    assert Job.get().done_at is not None


def test_a_job_is_queued_only_with_a_change_and_only_of_a_known_kind() -> None:
    with pytest.raises(RuntimeError, match="outside"):
        jobs.enqueue("test.work")
    with pytest.raises(KeyError):
        enqueue("test.unknown")
    jobs.job("test.work")(lambda row: None)
    with pytest.raises(ZeroDivisionError), db.write():
        then_fail(lambda: jobs.enqueue("test.work"))
    assert Job.select().count() == 0


def test_a_job_waits_for_its_time(move: Any) -> None:
    jobs.job("test.work")(lambda row: None)
    enqueue(run_after=clock.now() + timedelta(hours=1))
    assert jobs.run_due() == 0
    move(hours=2)
    assert jobs.run_due() == 1


def test_one_key_waits_once_and_may_be_queued_again_as_soon_as_it_runs() -> None:
    runs: list[int] = []

    def work(row: Job) -> None:
        runs.append(row.id)
        if len(runs) == 1:
            enqueue(key="scan")  # something changed that this run has already passed

    jobs.job("test.work")(work)
    enqueue(key="scan")
    enqueue(key="scan")
    assert Job.select().count() == 1
    assert jobs.run_due() == 2
    assert len(set(runs)) == 2


def test_a_failing_job_is_tried_again_later_each_time_and_then_kept_with_its_reason(move: Any) -> None:
    tries: list[Any] = []

    def fails(row: Job) -> None:
        tries.append(clock.now())
        raise OSError("the printer is on fire")

    jobs.job("test.work")(fails)
    enqueue(key="once")
    waits = []
    for _ in range(jobs.TRIES):
        assert jobs.run_due() == 1
        assert jobs.run_due() == 0
        waits.append(Job.get().run_after - clock.now())
        move(hours=1)
    assert waits == sorted(waits) and waits[0] < waits[-1]
    assert jobs.run_due() == 0
    row = Job.get()
    assert row.failed_at is not None and "the printer is on fire" in row.error and row.attempts == jobs.TRIES
    enqueue(key="once")
    assert Job.select().count() == 2


def test_an_administrator_may_let_a_failed_job_run_again(move: Any) -> None:
    broken = [True]

    def work(row: Job) -> None:
        if broken[0]:
            raise OSError

    jobs.job("test.work")(work)
    enqueue()
    for _ in range(jobs.TRIES):
        jobs.run_due()
        move(hours=1)
    broken[0] = False
    jobs.retry(Job.get())
    assert jobs.run_due() == 1
    assert Job.get().done_at is not None and Job.get().failed_at is None


def test_a_failure_stops_no_other_job() -> None:
    done: list[int] = []

    def work(row: Job) -> None:
        if row.payload["n"] == 1:
            raise OSError
        done.append(row.payload["n"])

    jobs.job("test.work")(work)
    for n in (1, 2, 3):
        enqueue(payload={"n": n})
    jobs.run_due()
    assert done == [2, 3]


def test_a_job_in_hand_is_left_alone_until_its_lease_ends(move: Any) -> None:
    jobs.job("test.work", lease=timedelta(minutes=5))(lambda row: None)
    enqueue()
    assert jobs._claim() is not None
    assert jobs.run_due() == 0
    move(minutes=6)
    assert jobs.run_due() == 1
    assert Job.get().attempts == 2


def test_a_long_job_that_reports_keeps_its_lease(move: Any) -> None:
    jobs.job("test.work", lease=timedelta(minutes=5))(lambda row: None)
    enqueue()
    row = jobs._claim()
    assert row is not None
    move(minutes=4)
    jobs.report(row, 40, 100)
    move(minutes=4)
    assert jobs.run_due() == 0
    assert (Job.get().progress, Job.get().total) == (40, 100)


def test_a_job_that_takes_its_worker_down_each_time_is_given_up_on(move: Any) -> None:
    ran: list[int] = []
    jobs.job("test.work", lease=timedelta(minutes=1))(lambda row: ran.append(row.id))
    enqueue()
    for _ in range(jobs.TRIES):
        assert jobs._claim() is not None
        move(minutes=2)
    jobs.run_due()
    assert ran == [] and Job.get().failed_at is not None and "took its worker down" in Job.get().error


def test_events_do_not_wait_for_all_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    jobs.job("test.work")(lambda job: order.append("job"))
    monkeypatch.setattr(events, "deliver", lambda: order.append("events"))
    monkeypatch.setattr(jobs, "EVENTS_WAIT", 0.0)
    for _ in range(3):
        enqueue()
    jobs.work()
    assert order == ["events", "job", "events", "job", "events", "job", "events"]


def test_jobs_of_a_dead_worker_of_this_machine_run_at_once() -> None:
    jobs.job("test.work")(lambda row: None)
    for owner in (f"{socket.gethostname()}:999999999", "elsewhere:1", events.owner()):
        enqueue()
        Job.update(lease_owner=owner, lease_until=clock.now() + timedelta(hours=1)).where(
            Job.lease_owner == ""
        ).execute()
    jobs.release_dead_leases()
    assert jobs.run_due() == 1


def test_a_schedule_is_due_once_in_each_interval_whoever_asks(move: Any) -> None:
    ran: list[Any] = []
    jobs.job("test.hourly", every=timedelta(hours=1))(lambda row: ran.append(clock.now()))
    for _ in range(3):
        jobs.run_due()
    assert len(ran) == 1
    move(hours=1)
    jobs.run_due()
    jobs.run_due()
    assert len(ran) == 2


def test_a_kind_that_this_worker_does_not_know_waits_for_one_that_does() -> None:
    jobs.job("test.work")(lambda row: None)
    enqueue()
    jobs.KINDS.clear()
    assert jobs.run_due() == 0
    assert (Job.get().done_at, Job.get().failed_at) == (None, None)


def test_finished_jobs_are_removed_after_a_week_and_failed_ones_kept(move: Any) -> None:
    jobs.job("test.work")(lambda row: None)
    enqueue()
    jobs.run_due()
    Job.create(kind="test.work", run_after=clock.now(), failed_at=clock.now())
    move(days=8)
    jobs.tidy(Job())
    assert [row.failed_at is not None for row in Job.select()] == [True]


def test_a_worker_that_was_asked_to_stop_begins_no_further_job(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    monkeypatch.setattr(jobs, "_consumer", SimpleNamespace(stop_flag=asked))
    ran: list[int] = []

    @jobs.job("test.work")
    def one(row: Job) -> None:
        ran.append(row.payload["n"])
        asked.set()

    for n in range(3):
        enqueue(payload={"n": n})
    jobs.work()
    assert ran == [0] and Job.select().where(Job.done_at.is_null(), Job.lease_owner == "").count() == 2
    asked.clear()
    jobs.run_due()
    assert ran == [0, 1], "the others wait for the next worker"


def test_a_first_round_that_fails_does_not_end_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def fails() -> None:
        begun.append("round")
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(jobs, "work", fails)
    monkeypatch.setattr(db, "hold", lambda: None)
    monkeypatch.setattr(
        jobs, "Consumer", lambda *_, **__: SimpleNamespace(run=lambda: begun.append("consumer"))
    )
    monkeypatch.setattr(jobs, "_consumer", None)
    jobs.consume()
    assert begun == ["round", "consumer"]


@pytest.mark.parametrize("left", [b"SQLite format 3\0" + bytes(range(256)) * 64, b"not a database " * 400])
def test_a_damaged_queue_is_made_anew_since_the_jobs_are_elsewhere(
    left: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_huey", "_tick"):
        monkeypatch.setattr(jobs, name, None)
    (tmp_path / "queue.db").write_bytes(left)
    jobs.init(tmp_path)
    jobs.prove_reachable()
    jobs.wake()
    assert jobs._huey.pending_count() == 1
    jobs._huey.storage.close()
