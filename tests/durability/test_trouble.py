"""Disk full, index or file lost or damaged, database read-only: the hub answers, says so and loses nothing."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability import rig, traffic
from tests.durability.rig import Browser, Hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with rig.running(tmp_path / "hub", people=1) as started:
        yield started


def ask(browser: Browser, title: str) -> rig.Answer:
    category = str(browser.hub.known["category"])
    return browser.post("/topics/new", {"title": title, "body": f"About {title}.", "category": category})


def finds(browser: Browser, word: str) -> bool:
    page = browser.get(f"/search?q={word}")
    return page.status == 200 and re.search(r'href="/topics/\d+["?]', page.text) is not None


def test_a_full_disk_refuses_writing_plainly_and_keeps_everything_that_was_said_to_stand(
    tmp_path: Path,
) -> None:
    hub = Hub(tmp_path / "hub", people=1)
    size = (hub.folder / "hub.db").stat().st_size
    try:
        hub.start(before=rig.limit_files_to(size + 300_000))
        browser = hub.browser(0)
        ledger = traffic.Ledger()
        writer = traffic.Writer(browser, ledger, random.Random(1), "0")
        while not ledger.refused and writer.done < 400:
            writer.write("topic")
        assert ledger.acknowledged, hub.log_end()
        (refused,) = ledger.refused
        assert refused.startswith("topic: 507")
        kept = ask(browser, "Words that I typed")
        assert kept.status == 507 and "Words that I typed" in kept.text and "Nothing was saved" in kept.text
        assert browser.get(f"/topics/{ledger.acknowledged[0][1]}").status == 200, "reading goes on"
        hub.stop()
        hub.start()
        _, wrong = traffic.examine(hub, ledger)
        assert wrong == [f"refused: {refused}"]
        assert ask(hub.browser(0), "Room again").status == 303
    finally:
        hub.stop()


@pytest.mark.parametrize("how", ["deleted", "flipped"])
def test_a_lost_or_damaged_index_is_made_anew_while_people_go_on(hub: Hub, how: str) -> None:
    browser = hub.browser(0)
    assert ask(browser, "first").status == 303
    assert rig.until(lambda: finds(browser, "first"), 15) is not None
    folder = hub.folder / "search_index"
    if how == "deleted":
        shutil.rmtree(folder)
    else:
        chance = random.Random(3)
        for path in [p for p in folder.rglob("*") if p.is_file() and p.stat().st_size]:
            content = bytearray(path.read_bytes())
            for _ in range(20):
                content[chance.randrange(len(content))] ^= 0xFF
            path.write_bytes(content)
    assert browser.get("/search?q=first").status == 200
    assert ask(browser, "second").status == 303
    assert browser.get("/search?q=second").status == 200
    hub.stop()
    hub.start()
    browser.get("/search?q=first")
    difference = hub.index_difference(30)
    assert not (difference["missing"] or difference["ghosts"] or difference["broken"]), difference
    assert finds(browser, "first") and finds(browser, "second")


def test_a_missing_file_is_named_as_missing_and_everything_else_goes_on(hub: Hub) -> None:
    browser = hub.browser(0)
    ledger = traffic.Ledger()
    writer = traffic.Writer(browser, ledger, random.Random(2), "0")
    writer.write("document")
    ((write, number),) = ledger.acknowledged
    path = hub.folder / "files" / write.sha256[:2] / write.sha256[2:4] / write.sha256
    path.unlink()
    gone = browser.get(f"/documents/{number}/versions/1/{write.word}.txt")
    assert gone.status == 404 and "missing from the hub" in gone.text
    assert browser.get(f"/documents/{number}").status == 200


def test_a_damaged_file_is_never_handed_out(hub: Hub) -> None:
    browser = hub.browser(0)
    ledger = traffic.Ledger()
    traffic.Writer(browser, ledger, random.Random(3), "0").write("document")
    ((write, number),) = ledger.acknowledged
    path = hub.folder / "files" / write.sha256[:2] / write.sha256[2:4] / write.sha256
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    damaged = browser.get(f"/documents/{number}/versions/1/{write.word}.txt")
    assert damaged.status >= 400 and "damaged" in damaged.text


def test_a_database_that_cannot_be_written_is_read_on_and_the_refusal_keeps_the_words(hub: Hub) -> None:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everything, and setpriv (util-linux) is not here to take that right away")
    # A thread that has opened the file goes on writing it; of so many the next request meets one that has not.
    hub.env["HUB_THREADS"] = "64"
    hub.stop()
    hub.start(through=rig.WITHOUT_PRIVILEGE if os.geteuid() == 0 else ())
    browser = hub.browser(0)
    place = ask(browser, "before").place
    with rig.only_readable(hub.folder / "hub.db"):
        refused = ask(browser, "Words that I typed")
        assert refused.status == 507 and "Words that I typed" in refused.text
        assert browser.get(place).status == 200
    assert rig.until(lambda: ask(browser, "after").status == 303, 20) is not None
