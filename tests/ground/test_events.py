"""The record of what happened: written with the change, delivered once, parked when poisonous."""

from __future__ import annotations

import threading

import pytest

from hub import clock, db, events
from hub.events import Event, Parked, Place
from tests import make
from tests.make import then_fail

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("hub")]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the subscribers of the test itself, and two names that they may use."""
    monkeypatch.setattr(events, "SUBSCRIBERS", {})
    monkeypatch.setattr(events, "DECLARED", dict(events.DECLARED))
    events.declare("thing:happened", ("n",), "{actor} did a thing")
    events.declare("thing:else", ("name",))
    return


def happen(*numbers: int) -> None:
    for n in numbers:
        with db.write():
            events.record("thing:happened", n=n)


class Reader:
    """A subscriber that remembers in the database what it was handed, and may refuse some of it."""

    def __init__(self, refuses: tuple[int, ...] = ()) -> None:
        self.refuses = refuses
        self.batches: list[list[int]] = []

    def __call__(self, batch: list[Event]) -> None:
        for event in batch:
            if event.data["n"] in self.refuses:
                raise ValueError(f"cannot take {event.data['n']}")
        self.batches.append([event.data["n"] for event in batch])

    @property
    def taken(self) -> list[int]:
        return [n for batch in self.batches for n in batch]


def test_an_event_is_not_recorded_outside_a_write() -> None:
    with pytest.raises(RuntimeError, match="outside"):
        events.record("thing:happened", n=1)
    with pytest.raises(KeyError), db.write():
        events.record("thing:nobody_declared")
    with pytest.raises(KeyError, match="no field x"), db.write():
        events.record("thing:happened", x=1)
    assert Event.select().count() == 0


def test_an_event_vanishes_with_the_change_that_failed() -> None:
    with pytest.raises(ZeroDivisionError), db.write():
        then_fail(lambda: events.record("thing:happened", n=1))
    assert Event.select().count() == 0


def test_rows_ids_and_data_are_kept() -> None:
    person = make.person()
    space = make.space()
    with db.write():
        events.record("thing:else", person, space=space.id, person=person, name="a name")
    event = Event.get()
    assert (event.actor_id, event.space_id, event.person_id, event.item_id) == (
        person.id,
        space.id,
        person.id,
        None,
    )
    assert event.data == {"name": "a name"} and event.at <= clock.now()


def test_each_subscriber_gets_each_event_once_in_order_from_its_own_place() -> None:
    early, late = Reader(), Reader()
    events.subscribe("early", early)
    happen(1, 2)
    assert events.deliver() == 2
    events.subscribe("late", late, ["thing:happened"])
    happen(3)
    assert events.deliver() == 4
    assert events.deliver() == 0
    assert early.taken == late.taken == [1, 2, 3]
    assert late.batches == [[1, 2, 3]]


def test_a_subscriber_is_handed_only_the_names_it_asked_for_and_passes_the_others() -> None:
    reader = Reader()
    events.subscribe("reader", reader, ["thing:happened"])
    with db.write():
        events.record("thing:else", name="not for you")
    happen(1)
    events.deliver()
    assert reader.taken == [1]
    assert Place.get_by_id("reader").last_id == Event.select().order_by(Event.id.desc()).first().id


def test_more_than_a_batch_is_delivered_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH", 3)
    reader = Reader()
    events.subscribe("reader", reader)
    happen(*range(8))
    assert events.deliver() == 8
    assert reader.batches == [[0, 1, 2], [3, 4, 5], [6, 7]]


def test_a_crash_between_change_and_reaction_loses_nothing_and_doubles_nothing() -> None:
    happen(1, 2)
    person = make.person()

    def dies(batch: list[Event]) -> None:
        person.phone += "".join(str(e.data["n"]) for e in batch)
        person.save()
        raise KeyboardInterrupt

    def works(batch: list[Event]) -> None:
        fresh = type(person).get_by_id(person.id)
        fresh.phone += "".join(str(e.data["n"]) for e in batch)
        fresh.save()

    events.subscribe("writer", dies)
    with pytest.raises(KeyboardInterrupt):
        events.deliver()
    assert Place.get_by_id("writer").last_id == 0
    events.subscribe("writer", works)
    events.deliver()
    assert type(person).get_by_id(person.id).phone == "12"


def test_an_effect_outside_the_database_is_repeated_after_a_crash_rather_than_lost() -> None:
    sent: list[int] = []

    def mails(batch: list[Event]) -> None:
        sent.extend(e.data["n"] for e in batch)
        if len(sent) == 1:
            raise KeyboardInterrupt

    events.subscribe("mail", mails, outside=True)
    happen(1)
    with pytest.raises(KeyboardInterrupt):
        events.deliver()
    events.deliver()
    assert sent == [1, 1]


@pytest.mark.parametrize("outside", [False, True])
def test_a_poisonous_event_holds_up_the_rest_only_until_it_is_parked(outside: bool) -> None:
    reader = Reader(refuses=(2,))
    events.subscribe("reader", reader, outside=outside)
    happen(1, 2, 3)
    for _ in range(events.TRIES - 1):
        events.deliver()
        assert reader.taken == [1]
        assert events.parked() == []
    events.deliver()
    assert reader.taken == [1, 3]
    (row,) = events.parked()
    assert (row.attempts, row.subscriber) == (events.TRIES, "reader") and "cannot take 2" in row.error
    happen(4)
    events.deliver()
    assert reader.taken == [1, 3, 4]


def test_one_subscribers_poison_does_not_touch_the_others() -> None:
    events.subscribe("sick", Reader(refuses=(1,)))
    well = Reader()
    events.subscribe("well", well)
    happen(1, 2)
    events.deliver()
    assert well.taken == [1, 2]


def test_a_parked_event_is_replayed_once_its_reader_is_repaired() -> None:
    reader = Reader(refuses=(1,))
    events.subscribe("reader", reader)
    happen(1)
    for _ in range(events.TRIES):
        events.deliver()
    (row,) = events.parked()
    assert not events.replay(row)
    assert len(events.parked()) == 1
    reader.refuses = ()
    assert events.replay(row)
    assert (reader.taken, events.parked(), Parked.select().count()) == ([1], [], 0)


def test_a_replay_without_its_reader_keeps_the_event_parked() -> None:
    happen(1)
    row = Parked.create(subscriber="gone", event_id=1, attempts=5, parked_at=clock.now())
    assert not events.replay(row)
    assert len(events.parked()) == 1


def test_a_reader_that_somebody_else_serves_is_left_alone_until_the_lease_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader()
    events.subscribe("reader", reader)
    happen(1)
    Place.create(subscriber="reader", lease_owner="other:1", lease_until=clock.now() + events.LEASE)
    assert events.deliver() == 0
    later = clock.now() + 2 * events.LEASE
    monkeypatch.setattr(clock, "now", lambda: later)
    assert events.deliver() == 1
    assert Place.get_by_id("reader").lease_owner == ""


def test_events_that_another_thread_took_meanwhile_are_not_taken_again() -> None:
    person = make.person()

    def overtaken(batch: list[Event]) -> None:
        person.phone = "twice"
        person.save()

    events.subscribe("reader", overtaken)
    happen(1)
    Place.create(subscriber="reader", last_id=0)
    batch = list(Event.select())
    Place.update(last_id=batch[-1].id).execute()
    with pytest.raises(events.Overtaken):
        events._hand(events.SUBSCRIBERS["reader"], batch, 0, batch[-1].id)
    assert type(person).get_by_id(person.id).phone == ""


def test_leases_of_dead_processes_of_this_machine_are_freed_at_start() -> None:
    import socket

    host, until = socket.gethostname(), clock.now() + events.LEASE
    for name, owner in {
        "dead": f"{host}:999999999",
        "elsewhere": "other-host:1",
        "mine": events.owner(),
    }.items():
        Place.create(subscriber=name, lease_owner=owner, lease_until=until)
    events.release_dead_leases()
    held = {p.subscriber for p in Place.select().where(Place.lease_owner != "")}
    assert held == {"elsewhere", "mine"}


def test_no_event_is_passed_over_while_its_transaction_is_open() -> None:
    """A writer that dawdles holds the next one up, so that a lower id is never committed after a higher one."""
    reader = Reader()
    events.subscribe("reader", reader)
    recorded, go_on = threading.Event(), threading.Event()

    def dawdle() -> None:
        with db.write():
            happen(1)
            recorded.set()
            assert go_on.wait(10)
        db.database.close()

    def hurry() -> None:
        happen(2)
        db.database.close()

    writers = [threading.Thread(target=dawdle), threading.Thread(target=hurry)]
    writers[0].start()
    assert recorded.wait(10)
    writers[1].start()
    writers[1].join(0.3)
    assert writers[1].is_alive()
    assert Event.select().count() == 0
    go_on.set()
    for writer in writers:
        writer.join(10)
    assert events.deliver("reader") == 2
    assert reader.taken == [1, 2]


def test_a_transaction_that_is_no_writers_holds_no_event_up() -> None:
    if db.is_sqlite():
        pytest.skip("on SQLite nothing else can hold the one write transaction open")
    reader = Reader()
    events.subscribe("reader", reader)
    other = db.database.obj._connect()
    try:
        other.execute("BEGIN")
        other.execute("SELECT txid_current()")
        happen(1)
        assert events.deliver("reader") == 1
    finally:
        other.close()


def test_the_worker_is_woken_after_the_commit_and_never_for_what_was_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(events, "_wake", [lambda: rung.append(Event.select().count())])
    with db.write():
        happen(1)
        assert rung == []
    assert rung == [1]
    with pytest.raises(ZeroDivisionError), db.write():
        then_fail(lambda: happen(2))
    assert rung == [1]
