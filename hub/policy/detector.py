"""The one door to the detection engine: with a time limit, and always failing open.

A rule that raises is left out; a detector that is absent, raises or hangs makes `Away`, which callers take as
"not looked at yet". A thread that hangs cannot be ended in Python: after some of them nobody waits for the
detector any more until a while has passed.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import peewee

from hub import access, clock
from hub.people.models import Organisation, Person
from hub.policy.rulebook import live
from hub.policy.rulebook.live import Acting, Book
from hub.policy.rules import rule
from hub.spaces.models import Membership, Space

log = logging.getLogger(__name__)
STUCK_MOST = 3
REST = timedelta(minutes=1)
LONGEST = 2_000_000
MASKING_SECONDS = 1.0
ORDINARY_FILE = 1_000_000
NONE = "none"
FILE_NAME = "a file's name"


class Away(Exception):
    """The detector could not look: absent, failing, or out of time. Nobody is kept from anything because of
    it. `slow`: it did not answer in time, rather than not at all.
    """

    def __init__(self, why: str, *, slow: bool = False) -> None:
        super().__init__(why)
        self.slow = slow


@dataclass(frozen=True)
class Found:
    """One finding as the room uses it; `fingerprint` is the keyed hash of the value, "" without one."""

    rule: str
    topic: str
    place: str
    start: int
    end: int
    count: int
    confidence: float
    excerpt: str
    why: str
    fingerprint: str
    outcome: str = NONE
    version: int = 1

    @property
    def flags(self) -> bool:
        """Whether a person should look at it."""
        return "flag" in self.outcome

    @property
    def high(self) -> bool:
        """Whether it should be looked at soon."""
        return self.outcome.endswith("high")


@dataclass(frozen=True)
class Passage:
    """A piece of an item: where it stands ("title", "text", "page 3") and its words."""

    place: str
    words: str


def name_words(name: str) -> Passage:
    """A file's name as words: people write `NHS_number_….pdf`. Its offsets mean nothing."""
    stem = name
    while "." in stem[1:] and len(stem) - stem.rindex(".") <= 6:
        stem = stem[: stem.rindex(".")]
    return Passage(FILE_NAME, stem.replace("_", " "))


@dataclass(frozen=True)
class File:
    """A stored file of an item under the name that its uploader gave it."""

    path: Path
    name: str


@dataclass
class _State:
    key: bytes = b""
    trusted: tuple[str, ...] = ()
    stuck: int = 0
    away_since: datetime | None = None
    why: str = ""


_state = _State()
_counting = threading.Lock()


def configure(secret: str, trusted_hosts: Iterable[str] = ()) -> None:
    """Sets the key of fingerprints, derived from the hub's secret, and the hub's own hosts. Called when
    attached.
    """
    _state.key = hashlib.sha256(b"policy fingerprints\0" + secret.encode()).digest()
    _state.trusted = tuple(h for h in trusted_hosts if h)
    recover()


def recover() -> None:
    """Begins anew, as if the detector had never been away: for the start, and between tests. What still hangs is
    forgotten.
    """
    global _state
    _state = _State(_state.key, _state.trusted)


def code(*parts: str) -> str:
    """A short keyed hash: recognises what a writer has already been shown, and tells nobody what it was."""
    return hmac.new(_state.key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:16]


def trouble() -> str:
    """A sentence for the status page while the detector is away, else empty."""
    return (
        f"The policy's detector is away ({_state.why}). Posting goes on; items are looked at later."
        if _state.away_since
        else ""
    )


def look(
    passages: Iterable[Passage],
    files: Iterable[File],
    audience: str,
    *,
    seconds: float,
    book: Book | None = None,
) -> list[Found]:
    """What the rules find in an item, each with its outcome before this audience (a name of the engine's
    five). `book` is which rules act, as it stands now unless given.

    Raises Away when the engine is absent, fails as a whole, or takes longer than `seconds`.
    """
    texts = [p for p in passages if p.words.strip()]
    stored = list(files)
    acting = book if book is not None else live.book()
    return _within(seconds, lambda: _look(texts, stored, audience, acting))


def _look(passages: list[Passage], files: list[File], audience: str, book: Book) -> list[Found]:
    engine = _engine()
    raw = [f for passage in passages for f in _built_in(engine, passage, audience, book)]
    if not book.only or book.only == "upload":
        raw += [f for file in files for f in _of_file(engine, file, book)]
    for own in book.own:
        try:
            raw += _own(own, passages, raw)
        except Exception as error:  # noqa: BLE001 - a rule that fails is left out, and stops nothing
            log.error("policy rule %s failed: %s", own.name, type(error).__name__)
    personal = sum(f.count for f in raw if f.topic in engine.PERSONAL)
    found = [_weighed(engine, f, audience, personal, book) for f in raw]
    return [f for f in found if not book.only or f.topic == book.only]


def _built_in(engine: _Engine, passage: Passage, audience: str, book: Book) -> Iterable[Found]:
    words = passage.words[:LONGEST]
    only = book.rules.get(book.only)
    wanted = book.only
    if only is not None and only.kind != "built-in":
        wanted = str(only.settings.get("of", "")) if only.kind == "threshold" else "-"
    kinds = None if not wanted else {"abuse"} if wanted == "threat" else {wanted} & engine.KINDS
    if kinds is not None and not kinds:
        return

    def timed(name: str, seconds: float) -> None:
        live.took(name, seconds, len(words))

    hosts = (*_state.trusted, *book.hosts)
    for hit in engine.scan(words, audience, trusted_hosts=hosts, kinds=kinds, timed=timed):
        topic = hit.topic or hit.rule
        changed = book.rules.get(topic)
        if changed is not None and (
            changed.silent
            or hit.confidence < float(changed.settings.get("least", 0))
            or changed.vetoed(words, hit.start, hit.end)
        ):
            continue
        yield Found(
            hit.rule,
            topic,
            passage.place,
            hit.start,
            hit.end,
            hit.count,
            hit.confidence,
            hit.excerpt[:80],
            hit.why[:300],
            hit.hmac(_state.key) if getattr(hit, "_value", "") else "",
            version=changed.number if changed is not None else 1,
        )


def _of_file(engine: _Engine, file: File, book: Book) -> Iterable[Found]:
    changed = book.rules.get("upload")
    if changed is not None and changed.silent:
        return
    begun = time.thread_time()
    notes = list(engine.inspect_upload(file.path, file.name))
    live.took("upload", time.thread_time() - begun, file.path.stat().st_size, ORDINARY_FILE)
    for number, note in enumerate(notes):
        yield Found(
            "upload",
            "upload",
            "attached file",
            number,
            number,
            1,
            1.0,
            note.kind[:80],
            note.why[:300],
            code("file", file.name, note.kind),
            version=changed.number if changed is not None else 1,
        )


def _own(own: Acting, passages: list[Passage], before: list[Found]) -> list[Found]:
    from hub.policy.detect.finding import mask

    if own.kind == "threshold":
        of, least = str(own.settings.get("of", "")), int(own.settings.get("count", 1))
        counted = {f.fingerprint or f"{f.place} {f.start}": f for f in before if f.topic == of}
        number = sum(f.count for f in counted.values())
        if number < least:
            return []
        first = next(iter(counted.values()))
        name, label = own.name, rule(of).label
        why = f"{number} findings of the rule “{label}”; this rule asks for {least}"
        print_ = code("threshold", name, *sorted(counted))
        at = (first.place, first.start, first.end, number, 1.0, f"{number} × {label}"[:80], why[:300], print_)
        return [Found(name, name, *at, version=own.number)]
    found = []
    why = "It is on the rule's list of words" if own.kind == "words" else "It matches the rule's pattern"
    for passage in passages:
        words = passage.words[:LONGEST]
        for start, end in live.places(own, words):
            value = words[start:end]
            print_ = code("own", own.name, value.casefold())
            at = (passage.place, start, end, 1, 1.0, mask(value)[:80], why, print_)
            found.append(Found(own.name, own.name, *at, version=own.number))
    return found


def _weighed(engine: _Engine, found: Found, audience: str, personal: int, book: Book) -> Found:
    acting = book.rules.get(found.topic)
    outcome = acting.outcomes.get(audience, "") if acting is not None else ""
    outcome = outcome or _outcome(
        engine, found.topic, audience, personal if found.topic in engine.PERSONAL else 1
    )
    return replace(found, outcome=acting.capped(outcome) if acting is not None else outcome)


def _outcome(engine: Any, topic: str, audience: str, count: int) -> str:
    try:
        return str(engine.outcome(topic, audience, count))
    except ValueError:
        return NONE


def masked(words: str) -> str:
    """What somebody typed about a case, with every personal number and secret masked that the rules find in it: a value
    stands in its item and nowhere else. As it is where the engine is away, for nobody is kept from deciding.
    """

    def find() -> list[Found]:
        engine = _engine()
        found = _built_in(engine, Passage("text", words), "public-read", Book())
        return [f for f in found if f.topic in engine.PERSONAL or f.topic == "secret"]

    if not words:
        return words
    try:
        found = _within(MASKING_SECONDS, find)
    except Away:
        return words
    from hub.policy.detect.finding import mask

    for f in sorted(found, key=lambda f: -f.start):
        words = words[: f.start] + mask(words[f.start : f.end]) + words[f.end :]
    return words


def reported_high(audience: str) -> bool:
    """Whether what a member reports before this audience is to be looked at soon, as the policy's table says."""
    try:
        return _outcome(_engine(), "report", audience, 1).endswith("high")
    except Away:
        return False


@dataclass(frozen=True)
class _Engine:
    scan: Callable[..., Any]
    inspect_upload: Callable[..., Any]
    outcome: Callable[..., str]
    PERSONAL: frozenset[str]
    KINDS: frozenset[str]


def _engine() -> _Engine:
    """The engine, imported when it is first needed: a hub without re2 still takes posts."""
    try:
        from hub.policy.detect import engine, outcome, uploads
    except ImportError as error:
        raise Away(f"not installed: {error.name}") from error
    return _Engine(engine.scan, uploads.inspect_upload, outcome.outcome, outcome.PERSONAL, engine.KINDS)


def _within(seconds: float, work: Callable[[], list[Found]]) -> list[Found]:
    state = _state
    if state.stuck >= STUCK_MOST and state.away_since and clock.now() < state.away_since + REST:
        raise Away(state.why)
    answer: list[list[Found]] = []
    failure: list[Exception] = []
    late = done = False

    def run() -> None:
        nonlocal done
        try:
            answer.append(work())
        except Exception as error:  # noqa: BLE001 - told to the waiting thread, as `Away`
            failure.append(error)
        finally:
            with _counting:
                done = True
                state.stuck -= late

    thread = threading.Thread(target=run, name="policy detector", daemon=True)
    thread.start()
    thread.join(seconds)
    with _counting:  # or a thread that ends at this very moment would count as stuck for ever
        late = not done
        state.stuck += late
    if late:
        raise _away(f"it took longer than {seconds:g} seconds", slow=True)
    if failure and isinstance(failure[0], Away):
        raise _away(str(failure[0]))
    if failure:
        raise _away(f"it failed with {type(failure[0]).__name__}")
    if not answer:
        raise _away("it stopped")
    state.away_since, state.why = None, ""
    return answer[0]


def _away(why: str, *, slow: bool = False) -> Away:
    _state.away_since, _state.why = clock.now(), why
    # The text that was looked at, and so any message of an exception, stays out of the log.
    log.error("the policy's detector is away: %s", why)
    return Away(why, slow=slow)


def audience_of(token: str, space: Space | None = None) -> str:
    """The policy's name for a hub audience: whether a space's members are a closed group, or have partners
    among them.

    At most two queries. ValueError for a token that is none.
    """
    from hub.policy.detect.audiences import audience_of as plain

    if not token.startswith("space:") or token.endswith(":editors"):
        return plain(token)
    space_id = int(token.split(":")[1])
    if space is None or space.id != space_id:
        space = Space.get_or_none(Space.id == space_id)
    partners = (
        Membership.select(peewee.SQL("1"))
        .join(Person)
        .join(Organisation)
        .where(Membership.space == space_id, access.current_membership(), Organisation.kind != "home")
        .exists()
    )
    return plain(
        token, closed=space is not None and space.kind in ("invitation", "secret"), partners=partners
    )


def clause_of(topic: str, table: dict[str, str]) -> str:
    """The clause of a rule: as the policy in force says, else as the rule's description does."""
    return table.get(topic) or rule(topic).clause
