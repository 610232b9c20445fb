"""Whatever a reader does in its child, the parent gets its answer in time and nothing is left behind."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.documents.extract import isolation, words
from hub.documents.extract.gathering import gather
from hub.documents.extract.kinds import kind

PDF = kind("application/pdf")


@pytest.fixture
def fake(tmp_path):
    """Makes a program whose child runs `body` and returns `run(**limits)`, which reads a file with it."""

    def make(body: str, content: bytes = b"content"):
        package = tmp_path / "fake"
        package.mkdir()
        (package / "__init__.py").write_text("")
        lines = "\n    ".join(body.strip().splitlines())
        (package / "inside.py").write_text(
            f"import os, sys, json, time, socket, resource, subprocess\ndef main(request):\n    {lines}\n"
        )
        source = tmp_path / "source"
        source.write_bytes(content)
        return lambda **rest: isolation.run(rest.pop("request", {}), source, package=package, **rest)

    return make


def group_is_gone(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_reader_that_hangs_is_ended_when_its_time_is_over(fake):
    run = fake("print(os.getpid(), flush=True)\ntime.sleep(600)")
    start = time.monotonic()
    outcome = run(wall=1.0)
    assert outcome.ended == "time"
    assert time.monotonic() - start < 5
    assert group_is_gone(int(outcome.output)) or isolation._walls(str(isolation.PACKAGE))


def test_a_reader_that_computes_for_ever_runs_out_of_processor_time(fake):
    assert fake("while True: pass")(cpu=1, wall=15.0).ended == "time"


def test_a_reader_that_writes_without_end_is_cut_off(fake):
    outcome = fake("while True: sys.stdout.write('x' * 65536)")(output=1 << 20)
    assert outcome.ended == "flood"
    assert len(outcome.output) == 1 << 20


def test_a_reader_that_takes_all_memory_harms_only_itself(fake):
    outcome = fake(
        "try:\n    hoard = [bytearray(1 << 26) for _ in range(64)]\nexcept MemoryError:\n    os._exit(77)"
    )()
    assert outcome.ended == "memory"


def test_a_reader_that_crashes_is_told_apart_from_one_that_is_slow(fake):
    assert fake("os.abort()")().ended == "crash"


def test_a_reader_that_ends_without_a_word_counts_as_a_crash(fake):
    assert fake("os._exit(0)")().ended == "crash"


def test_a_reader_that_closes_its_output_and_stays_is_ended(fake):
    start = time.monotonic()
    assert fake("os.close(1)\ntime.sleep(600)")(wall=1.0).ended == "time"
    assert time.monotonic() - start < 5


def test_children_of_a_reader_end_with_it(fake):
    run = fake(
        "other = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(600)'])\n"
        "sys.stdout.write(str(other.pid) + '\\n')\n"
        "sys.stdout.flush()\n"
        "sys.stdout.write('{\"done\": true}\\n')\n"
        "sys.stdout.flush()\n"
        "time.sleep(600)"
    )
    outcome = run(wall=10.0)
    assert outcome.ended == "done"
    deadline = time.monotonic() + 5
    while not isolation._walls(str(isolation.PACKAGE)) and _alive(int(outcome.output)):
        assert time.monotonic() < deadline


def _alive(pid: int) -> bool:
    """Whether the process still runs; a zombie that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_child_has_no_environment_no_files_and_the_agreed_limits(fake, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    run = fake(
        "limit = resource.getrlimit\n"
        "print(json.dumps({'environment': sorted(os.environ), 'files': os.listdir('.'),\n"
        "    'isolated': sys.flags.isolated,\n"
        "    'memory': limit(resource.RLIMIT_AS)[1], 'core': limit(resource.RLIMIT_CORE)[1],\n"
        "    'cpu': limit(resource.RLIMIT_CPU)[1], 'open': limit(resource.RLIMIT_NOFILE)[1],\n"
        "    'written': limit(resource.RLIMIT_FSIZE)[1],\n"
        "    'hub': 'hub' in sys.modules, 'flask': 'flask' in sys.modules,\n"
        "    'content': sys.stdin.buffer.read().decode()}), flush=True)"
    )
    seen = json.loads(run().output)
    # Python itself sets LC_CTYPE, bwrap sets PWD.
    assert set(seen.pop("environment")) <= {"LC_CTYPE", "PWD"}
    assert seen == {
        "files": [],
        "isolated": 1,
        "memory": 1 << 30,
        "core": 0,
        "cpu": 10,
        "open": 64,
        "written": 64 << 20,
        "hub": False,
        "flask": False,
        "content": "content",
    }


def test_the_child_reaches_no_network(fake):
    run = fake(
        "try:\n"
        "    socket.create_connection(('127.0.0.1', request['port']), timeout=2)\n"
        "    print('reached', flush=True)\n"
        "except OSError as error:\n"
        "    print('refused', flush=True)"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = run(request={"port": server.getsockname()[1]})
    if outcome.output == b"reached\n":
        pytest.skip("this kernel lets nobody leave the network, and bwrap is not installed")
    assert outcome.output == b"refused\n"


def test_the_child_reaches_nothing_of_the_disk_but_its_own(fake, tmp_path):
    (tmp_path / "secret").write_text("canary")
    run = fake(
        "for name in request['names']:\n"
        "    try:\n"
        "        print(open(name).read()[:20], flush=True)\n"
        "    except OSError as error:\n"
        "        print('refused', flush=True)\n"
        "open('mine', 'w').write('x')\n"
        "print(open('mine').read(), flush=True)"
    )
    names = [str(tmp_path / "secret"), "/etc/passwd", "/proc/1/environ"]
    outcome = run(request={"names": names}, fenced=True)
    if b"canary" in outcome.output:
        pytest.skip("this kernel has no Landlock, and bwrap is not installed")
    assert outcome.output.split() == [b"refused"] * 3 + [b"x"]


def test_readers_start_behind_the_fence():
    isolation._fence_works.cache_clear()
    assert isolation._fence_works()


def test_the_working_folder_is_removed(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fake("open('left', 'w').write('x')\nos._exit(0)")()
    assert not list(tmp_path.glob("hub-reading-*"))


def test_folders_of_killed_workers_are_cleared_away_and_those_in_use_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, used, other = tmp_path / "hub-reading-left", tmp_path / "hub-reading-used", tmp_path / "else"
    for folder in (left, used, other):
        folder.mkdir()
        (folder / "source").write_text("x")
    for folder in (left, other):
        os.utime(folder, (0, 0))
    assert isolation.clear_left_behind() == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["else", "hub-reading-used"]


def test_a_reader_whose_parent_died_before_it_could_ask_ends_by_itself(tmp_path):
    """As when a worker is killed in the moment in which it starts a reader: nobody would end that one."""
    request = {
        "limits": {"cpu": 9, "memory": 1 << 30, "written": 1, "files": 64, "wall": 9},
        "fenced": False,
        "package": str(isolation.PACKAGE),
        "module": "inside",
        "task": "try",
    }
    for parent, code in ((os.getpid(), 0), (2**22, 1)):
        command = [sys.executable, "-I", str(isolation.CELL), json.dumps({**request, "parent": parent})]
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
        assert ended.returncode == code, ended.stderr


def test_a_missing_file_is_the_machines_fault(tmp_path):
    with pytest.raises(FileNotFoundError):
        isolation.run({}, tmp_path / "nowhere")


def test_output_is_believed_only_line_by_line():
    said = [
        {"text": "One\x00two\ud800", "place": "page 1\x1b[31m"},
        {"text": 5, "place": ["x"]},
        {"text": " three", "place": "page 1\x1b[31m"},
        {"pages": True},
        {"pages": -1},
        {"pages": 3},
        {"note": "N" * 9999},
        {"note": {"x": 1}},
        {"reason": 4},
        ["text"],
        "text",
    ]
    lines = [json.dumps(line).encode() for line in said]
    hostile = [b"\xff\xfe", b"[" * 100_000, b'{"text": "cut']
    extracted = gather(b"\n".join(lines + hostile), "done", PDF)
    assert [(passage.text, passage.place) for passage in extracted.passages] == [
        ("Onetwo\n three", "page 1[31m")
    ]
    assert extracted.pages == 3
    assert [len(note) for note in extracted.notes] == [300]
    assert extracted.reason is None


def test_more_text_places_and_notes_than_agreed_are_dropped():
    place = [json.dumps({"text": "word", "place": f"page {number}"}) for number in range(25_000)]
    notes = [json.dumps({"note": f"note {number}"}) for number in range(100)]
    extracted = gather("\n".join(place + notes).encode(), "done", PDF)
    assert len(extracted.passages) == 20_000
    assert len(extracted.notes) == 40
    long = gather(json.dumps({"text": "x" * 6_000_000}).encode(), "done", PDF)
    assert len(long.text) == 5_000_000


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        ("time", words.TOO_LONG_AT_ONCE),
        ("memory", words.TOO_HEAVY_AT_ONCE),
        ("flood", words.TOO_MUCH_AT_ONCE),
        ("crash", words.CRASHED),
        ("done", words.NO_TEXT),
    ],
)
def test_every_bad_end_has_its_reason(ended, reason):
    assert gather(b"", ended, PDF).reason == reason


def test_what_was_read_before_a_bad_end_is_kept():
    extracted = gather(b'{"text": "kept", "place": "page 1"}\n{"text": "cut of', "time", PDF)
    assert extracted.text == "kept"
    assert extracted.reason == words.TOO_LONG
