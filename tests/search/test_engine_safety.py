"""The index survives killed writers, broken files and swaps, and never finds what is gone."""

import gc
import multiprocessing
import os
import random
import signal
import threading
import warnings
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.search.engine import BadDocument, Document, Index, IndexBroken, IndexBusy, store

WHEN = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVERYONE = frozenset({"everyone"})


def note(number, words="meeting notes"):
    return Document(f"item:{number}", "post", "everyone", f"Note {number}", f"{words} {number}", active=WHEN)


def found(index, text="notes"):
    return sorted(hit.key for hit in index.search(text, tokens=EVERYONE, limit=1_000, now=WHEN).hits)


@pytest.fixture
def uncollected():
    """Nothing is closed by Python because nobody holds it any more, neither at once nor by its collector."""
    gc.collect()
    gc.disable()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        yield
    gc.enable()
    assert [str(warning.message) for warning in told] == []


def left_open(folder):
    """What this process holds open in a folder beside the segments that it reads."""
    held = [descriptor.resolve() for descriptor in Path("/proc/self/fd").iterdir()]
    return [path for path in held if path.is_relative_to(folder) and ".seg" not in path.name]


def test_a_change_is_found_at_once_and_a_deleted_document_never_again(tmp_path):
    """The stale-delete case: forks of Whoosh go on finding deleted documents after a refresh."""
    index, other = Index.open(tmp_path), Index.open(tmp_path)
    index.apply([note(n) for n in range(5)])
    assert found(index) == found(other) == [f"item:{n}" for n in range(5)]
    index.apply([note(9)], ["item:1"])
    other.apply(removes=["item:2"])
    expected = ["item:0", "item:3", "item:4", "item:9"]
    assert found(index) == found(other) == found(Index.open(tmp_path)) == expected
    assert "item:1" not in {one.key for one in index.suggest("note", EVERYONE, now=WHEN)}
    assert index.search("", tokens=EVERYONE, now=WHEN).facets["kind"] == {"post": 4}
    assert sorted(index.keys()) == expected


def test_a_commit_and_a_rebuild_are_on_the_disk_before_anybody_is_told(tmp_path, monkeypatch):
    """Or a power cut leaves an older index, whole and readable, of which the hub believes that it is up to date."""
    synced = []

    def noted(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())

    monkeypatch.setattr(store, "DURABLE", True)
    monkeypatch.setattr("os.fsync", noted)
    index = Index.open(tmp_path)
    for change in (
        lambda: index.apply([note(1)]),
        lambda: index.apply([note(2)]),
        lambda: index.rebuild([note(3)]),
    ):
        synced.clear()
        change()
        folder = tmp_path / (tmp_path / "current").read_text()
        newest = max(folder.glob("_hub_*.toc"), key=lambda path: path.stat().st_mtime_ns)
        segment = max(folder.glob("*.seg"), key=lambda path: path.stat().st_mtime_ns)
        assert {newest, segment, folder} <= set(synced)
        assert synced.index(folder) > max(synced.index(newest), synced.index(segment)), (
            "names after what they name"
        )
    pointer = [path.name.startswith("current.") for path in synced].index(True)
    assert pointer > synced.index(folder) and tmp_path in synced[pointer:]


def test_the_old_words_of_a_changed_document_are_gone(tmp_path):
    index = Index.open(tmp_path)
    index.apply([note(1, "secret budget")])
    index.apply([note(1, "open day")])
    assert found(index, "budget") == []
    assert found(index, "open day") == ["item:1"]
    assert index.search("budgte", tokens=EVERYONE, now=WHEN).did_you_mean is None


def test_the_same_change_twice_leaves_the_same_index(tmp_path):
    index = Index.open(tmp_path)
    for _ in range(3):
        index.apply([note(1), note(2), note(2, "later words")], ["item:7"])
    assert found(index, "note") == ["item:1", "item:2"]
    assert index.health().documents == 2
    assert found(index, "later") == ["item:2"]


def test_merging_changes_no_answer(tmp_path):
    index = Index.open(tmp_path)
    for number in range(30):
        index.apply([note(number, random.Random(number).choice(["red", "green"]))], [f"item:{number - 7}"])
    before = {hit.key: hit.parts for hit in index.search("red OR green", tokens=EVERYONE, now=WHEN).hits}
    assert index.health().segments > 8
    assert index.merge()
    assert index.health().segments <= 8
    assert index.health().documents == 7
    after = index.search("red OR green", tokens=EVERYONE, now=WHEN).hits
    assert {hit.key: hit.parts for hit in after} == before
    assert found(index, '"red 25" OR "green 25"') == ["item:25"]


def test_a_refused_document_leaves_the_index_as_it_was(tmp_path):
    index = Index.open(tmp_path)
    index.apply([note(1)])
    with pytest.raises(BadDocument):
        index.apply([note(2), Document("item:3", "post", "", "No audience")])
    assert found(index) == ["item:1"]
    index.apply([note(2)])
    assert found(index) == ["item:1", "item:2"]


@pytest.mark.parametrize("where", ["_flush_segment", "_commit_toc", "add_document"])
def test_a_writer_that_fails_half_way_lets_the_next_one_in(tmp_path, monkeypatch, uncollected, where):
    index = Index.open(tmp_path)
    index.apply([note(1)])
    with monkeypatch.context() as patched:
        patched.setattr(f"hub.search.engine.writing.BulkWriter.{where}", lambda *_, **__: 1 / 0)
        with pytest.raises(IndexBroken) as told:
            index.apply([note(2)])
    assert told.value.__cause__ and left_open(tmp_path) == []
    index.apply([note(3)])
    assert found(index) == ["item:1", "item:3"]


def test_a_second_writer_waits_and_then_says_so(tmp_path, monkeypatch):
    index = Index.open(tmp_path)
    monkeypatch.setattr("hub.search.engine.store.Store.locked.__wrapped__.__defaults__", (0.05,))
    with index._store.locked("writing", 1.0), pytest.raises(IndexBusy):
        index.apply([note(1)])
    index.apply([note(1)])
    assert found(index) == ["item:1"]


def test_a_rebuild_swaps_while_searches_go_on_and_catches_up(tmp_path):
    index = Index.open(tmp_path)
    index.apply([note(n) for n in range(20)])
    seen, counted, failed, stop = [], [], [], threading.Event()

    def search_all_the_time():
        while not stop.is_set():
            try:
                seen.append(len(found(index)))
            except Exception as error:
                failed.append(error)

    thread = threading.Thread(target=search_all_the_time)
    thread.start()
    written = index.rebuild(
        (note(n) for n in range(200)), progress=counted.append, catch_up=lambda: ([note(500)], ["item:3"])
    )
    stop.set()
    thread.join()
    assert written == 200 and counted[-1] == 200
    assert not failed
    assert set(seen) <= {20, 200}
    assert len(found(index)) == 200 and "item:3" not in found(index) and "item:500" in found(index)
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_a_rebuild_in_two_processes_gives_the_same_index(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.search.engine.store.SEGMENT_DOCUMENTS", 30)
    index = Index.open(tmp_path)
    assert index.rebuild((note(n) for n in range(100)), processes=2) == 100
    assert found(index) == sorted(f"item:{n}" for n in range(100))
    assert index.health().segments == 4


def test_a_failed_rebuild_leaves_the_index_in_use(tmp_path):
    index = Index.open(tmp_path)
    index.apply([note(1)])

    def broken_source():
        yield note(2)
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        index.rebuild(broken_source())
    assert found(index) == ["item:1"]
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_when_the_fast_reader_fails_whoosh_answers(tmp_path):
    Index.open(tmp_path).apply([note(n) for n in range(5)], [])

    def faulty(snapshot, match, weights):
        raise ZeroDivisionError

    index = Index(tmp_path, executor=faulty)
    assert found(index, "meeting notes 3") == ["item:3"]
    assert found(index, '"notes 4" OR "notes 2"') == ["item:2", "item:4"]


def test_threads_search_together_while_one_writes(tmp_path):
    index = Index.open(tmp_path)
    index.apply([note(n) for n in range(40)])
    failed, counts = [], []

    def search(seed):
        chance = random.Random(seed)
        try:
            for _ in range(60):
                answer = index.search(
                    chance.choice(["notes", "meeting notes", '"meeting notes"', "no*"]), tokens=EVERYONE
                )
                counts.append(answer.total)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=search, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for number in range(15):
        index.apply([note(100 + number)], [f"item:{number}"])
    for thread in threads:
        thread.join()
    assert not failed
    assert len(counts) == 240 and set(counts) == {40}


def damaged(folder, how, chance):
    files = [path for path in folder.rglob("*") if path.suffix in (".seg", ".toc") or path.name == "current"]
    path = chance.choice(sorted(files))
    data = bytearray(path.read_bytes())
    if how == "flipped":
        for _ in range(max(1, len(data) // 50)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
    elif how == "cut":
        path.write_bytes(data[: chance.randrange(len(data))])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()


@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "missing"])
def test_a_broken_index_says_so_and_can_be_replaced(tmp_path, uncollected, how):
    """Whatever is done to the files: an answer or IndexBroken, nothing else; and a rebuild mends it."""
    chance = random.Random(how)
    broken = 0
    for round_number in range(12):
        folder = tmp_path / str(round_number)
        Index.open(folder).apply([note(n) for n in range(40)])
        damaged(folder, how, chance)
        index = Index(folder)
        try:
            index.search("meeting notes 7", tokens=EVERYONE, now=WHEN)
            index.suggest("no", EVERYONE, now=WHEN)
            index.search("metting", tokens=EVERYONE, now=WHEN)
        except IndexBroken:
            broken += 1
            index.move_aside()
        index.rebuild(note(n) for n in range(5))
        assert len(found(index)) == 5
        assert left_open(folder) == []
    assert broken > 3


def write_until_killed(folder, journal, seed, ready):
    """Replace, remove and merge without end, saying in the journal what comes next."""
    chance = random.Random(seed)
    index = Index.open(folder)
    ready.set()
    while True:
        number, gone = chance.randrange(60), chance.randrange(60)
        with journal.open("a") as stream:
            stream.write(f"{number} {gone} {seed}\n")
        index.apply(
            [Document(f"item:{number}", "post", "everyone", f"Note {number}", f"notes seed{seed}")],
            [f"item:{gone}"] if gone != number else [],
        )
        if chance.random() < 0.1:
            index.merge()


def test_a_writer_killed_100_times_loses_nothing_and_doubles_nothing(tmp_path):
    """After each kill -9 the index opens; after catching up with the journal it holds what it should."""
    folder, journal = tmp_path / "index", tmp_path / "journal"
    journal.touch()
    chance = random.Random(5)
    processes = multiprocessing.get_context("fork")
    survivor = Index(folder)
    for seed in range(100):
        ready = processes.Event()
        child = processes.Process(target=write_until_killed, args=(folder, journal, seed, ready))
        child.start()
        assert ready.wait(30)
        child.join(chance.uniform(0.002, 0.08))
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        keys = [hit.key for hit in survivor.search("notes", tokens=EVERYONE, limit=1_000).hits]
        assert len(keys) == len(set(keys)) == survivor.health().documents
    lines = [line.split() for line in journal.read_text().splitlines()]
    expected = {}
    for number, gone, seed in lines:
        expected[f"item:{number}"] = seed
        if gone != number:
            expected.pop(f"item:{gone}", None)
    touched = {f"item:{one}" for line in lines for one in line[:2]}
    survivor.apply(
        [
            Document(key, "post", "everyone", f"Note {key[5:]}", f"notes seed{seed}")
            for key, seed in expected.items()
        ],
        touched - set(expected),
    )
    assert found(survivor) == sorted(expected)
    assert sorted(survivor.keys()) == sorted(expected)
    for key, seed in expected.items():
        assert key in found(survivor, f"seed{seed}")
    survivor.merge()
    assert found(survivor) == sorted(expected)
    current = folder / (folder / "current").read_text()
    assert not [path for path in current.iterdir() if path.is_dir()]


def test_what_was_replaced_goes_without_the_garbage_collector(tmp_path):
    index = Index.open(tmp_path / "index")
    index.apply([note(number) for number in range(3)])
    index.warm()
    index.search("notes", tokens=EVERYONE)
    index.suggest("no", EVERYONE)
    gc.collect()
    gc.disable()  # a process may set aside what it holds when it starts: a circle in it would stay for good
    try:
        replaced = [weakref.ref(index.refresh()), *map(weakref.ref, index.refresh().segments)]
        index.rebuild([note(number) for number in range(4)])
        index.refresh()
        assert [one for one in replaced if one() is not None] == []
    finally:
        gc.enable()
