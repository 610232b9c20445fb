"""The program as a newcomer meets it: it starts, stops cleanly and keeps its worker; two run side by side."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability import rig

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes in /proc")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[rig.Hub]:
    with rig.running(tmp_path / "first", people=1) as started:
        yield started


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_web_and_worker_end_in_order_and_leave_nothing(tmp_path: Path, how: int) -> None:
    with rig.running(tmp_path / "hub", people=1) as hub:
        workers = hub.workers()
        assert len(workers) == 1
        assert hub.stop(how) == 0
        assert not rig.runs(workers[0])
        assert "Stopped." in hub.log_end() and "Traceback" not in hub.log_end()


def test_stopped_while_its_worker_is_only_starting_it_says_nothing_ugly(tmp_path: Path) -> None:
    hub = rig.Hub(tmp_path / "hub", people=1)
    with contextlib.ExitStack() as stack:
        stack.callback(hub.stop)
        hub.start()
        hub.kill("worker")
        assert rig.until(hub.workers, 10) is not None
        assert hub.stop(signal.SIGINT) == 0
    assert "Traceback" not in hub.log_end()


def test_a_killed_web_takes_its_worker_along_within_two_seconds(hub: rig.Hub) -> None:
    (worker,) = hub.workers()
    hub.kill("web")
    took = rig.until(lambda: not rig.runs(worker), 2)
    assert took is not None


def test_connections_that_are_only_kept_open_keep_nobody_out(hub: rig.Hub) -> None:
    """As many browsers keep them, or somebody who sends a form at one byte a minute."""
    slow = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500000\r\n\r\na"
    with contextlib.ExitStack() as open_ones:
        for number in range(300):
            kept = open_ones.enter_context(socket.create_connection(("127.0.0.1", hub.port), timeout=10))
            if number % 2:
                kept.sendall(slow)
        assert rig.Browser(hub, "", "").get("/sign-in").status == 200


def test_a_killed_worker_is_started_again_while_the_web_answers_on(hub: rig.Hub) -> None:
    (before,) = hub.workers()
    os.kill(before, signal.SIGKILL)
    assert rig.until(lambda: [pid for pid in hub.workers() if pid != before], 10) is not None
    assert rig.Browser(hub, "", "").get("/sign-in").status == 200


def test_a_killed_worker_takes_its_reader_along_and_the_next_reads_the_file(hub: rig.Hub) -> None:
    slow = b"<html><body>" + b"<div>" * 150_000 + b"afterwards"
    browser = hub.browser(0)
    answer = browser.upload(
        "/documents/upload", {"space": hub.known["space"]}, "slow.html", slow, "application/json"
    )
    assert answer.status == 200, answer.text
    readers: list[int] = []

    def reads() -> bool:
        readers[:] = [
            pid
            for worker in hub.workers()
            for pid in rig.children(worker)
            if b"cell.py" in rig.command_line(pid)
        ]
        return bool(readers)

    assert rig.until(reads, 30) is not None
    hub.kill("worker")
    assert rig.until(lambda: not any(rig.runs(pid) for pid in readers), 10) is not None
    states = "SELECT state, reason FROM document_version"
    assert rig.until(lambda: hub.rows(states) == [("ready", "")], 60) is not None, hub.rows(states)
    assert rig.until(lambda: not reads(), 10) is not None, "no reader is left when the work is done"


def test_two_hubs_run_side_by_side_and_share_nothing(hub: rig.Hub, tmp_path: Path) -> None:
    with rig.running(tmp_path / "second", people=1) as other:
        first, second = hub.browser(0), other.browser(0)
        sent = {"title": "Only in the first", "body": "Words.", "category": str(hub.known["category"])}
        assert first.post("/topics/new", sent).status == 303
        assert "Only in the first" in first.get("/forums").text
        assert "Only in the first" not in second.get("/forums").text
        assert not set(hub.workers()) & set(other.workers())


def test_a_port_that_is_taken_is_named_with_the_way_out(hub: rig.Hub, tmp_path: Path) -> None:
    other = rig.Hub(tmp_path / "second", people=1)
    other.env["HUB_PORT"] = str(hub.port)
    other.start(wait=False)
    assert other.process is not None and other.process.wait(60) == 1
    assert f"Port {hub.port} is in use" in other.log_end() and "Traceback" not in other.log_end()
