"""Changes to search: synonyms, best bets and weights by administrators; kept searches and questions by all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hub import access, clock, db, events
from hub.access import Viewer
from hub.content import kinds
from hub.content import queries as content
from hub.errors import HubError, Invalid, Missing
from hub.people.models import Person
from hub.search import tuning
from hub.search.engine.synonyms import LONGEST
from hub.search.models import Asked, BestBet, SavedSearch, SearchTuning, Synonym

MOST_SAVED = 50
MOST_PHRASES = 20
ADDRESS = re.compile(r"(?:^|/)(\d{1,9})(?:[/?#].*)?$")

for _name, _fields, _sentence in (
    ("search:synonyms_changed", ("words", "before"), "{actor} changed the synonyms of search"),
    ("search:best_bet_set", ("phrases", "until"), "{actor} recommended {item} in search"),
    ("search:best_bet_ended", ("phrases",), "{actor} no longer recommends {item} in search"),
    ("search:weights_changed", ("weights", "before"), "{actor} changed how search ranks"),
):
    events.declare(_name, _fields, _sentence)


# --- what administrators decide -------------------------------------------------------------------


def _administrator(viewer: Viewer) -> Person:
    return access.require_role(viewer, "administrator")


def _next_version(**values: Any) -> None:
    """Tells every process that something has changed. Inside the running write."""
    SearchTuning.insert(id=tuning.THE_ROW, version=0).on_conflict_ignore().execute()
    SearchTuning.update(version=SearchTuning.version + 1, **values).where(
        SearchTuning.id == tuning.THE_ROW
    ).execute()
    db.after_commit(tuning.forget)


def save_synonyms(viewer: Viewer, words: str, row: Synonym | None = None) -> Synonym:
    """Adds a group of words that mean the same, or changes one. Raises Invalid when it is not one."""
    person = _administrator(viewer)
    phrases = _phrases("words", words)
    if len(phrases) < 2:
        raise Invalid("words", "Write at least two words or phrases with a comma between them.")
    for phrase in phrases:
        if len(tuning.phrase_key(phrase)) > LONGEST:
            raise Invalid("words", f"“{phrase}” is too long: a phrase has at most {LONGEST} words.")
    line = _line("words", phrases)
    with db.write():
        other = Synonym.get_or_none(Synonym.words == line)
        if other is not None and (row is None or other.id != row.id):
            raise Invalid("words", "This group is there already.")
        before = row.words if row else ""
        row = row or Synonym()
        row.words, row.off, row.by, row.at = line, False, person, clock.now()
        row.save()
        events.record("search:synonyms_changed", person, words=line, before=before)
        _next_version()
    return row


def drop_synonyms(viewer: Viewer, row: Synonym) -> None:
    """Deletes a group; where it switched a shipped one off, that is used again."""
    person = _administrator(viewer)
    with db.write():
        row.delete_instance()
        events.record(
            "search:synonyms_changed",
            person,
            words=row.words if row.off else "",
            before="" if row.off else row.words,
        )
        _next_version()


def switch_off(viewer: Viewer, words: str) -> None:
    """Does without a group that the hub ships with. Raises Missing when there is no such group."""
    person = _administrator(viewer)
    if words not in {tuning.written(group) for group in tuning.shipped_groups()}:
        raise Missing()
    with db.write():
        Synonym.insert(words=words, off=True, by=person, at=clock.now()).on_conflict_ignore().execute()
        events.record("search:synonyms_changed", person, words="", before=words)
        _next_version()


def recommend(viewer: Viewer, phrases: str, item: str, until: datetime | None = None) -> BestBet:
    """Puts an item (its number or its address) on top for some phrases. Raises Invalid."""
    person = _administrator(viewer)
    wanted = _phrases("phrases", phrases)
    if not wanted:
        raise Invalid("phrases", "Write what people search for.")
    found = ADDRESS.search(item.strip())
    try:
        thing = content.open_item(viewer, int(found[1]), *kinds.listed()) if found else None
    except HubError:
        thing = None
    if thing is None or not access.may_read(viewer, thing) or not thing.is_published:
        raise Invalid("item", "There is no published page of the hub at this address that you may read.")
    if until is not None and until <= clock.now():
        raise Invalid("until", "Choose a day to come, or none.")
    with db.write():
        row = BestBet.create(phrases=_line("phrases", wanted), item=thing, until=until, by=person)
        events.record(
            "search:best_bet_set",
            person,
            thing,
            phrases=row.phrases,
            until=until.isoformat() if until else "",
        )
        _next_version()
    return row


def unrecommend(viewer: Viewer, row: BestBet) -> None:
    """Takes a recommendation back."""
    person = _administrator(viewer)
    with db.write():
        row.delete_instance()
        events.record("search:best_bet_ended", person, row.item_id, phrases=row.phrases)
        _next_version()


def set_weights(viewer: Viewer, wanted: dict[str, float]) -> None:
    """Ranks by these weights from now on; what equals the engine's own is not kept. Raises Invalid."""
    person = _administrator(viewer)
    own = tuning.weights_of({})
    for name, value in wanted.items():
        if name not in tuning.ADJUSTABLE:
            raise Missing()
        label, least, most = tuning.ADJUSTABLE[name]
        if not least <= value <= most:
            raise Invalid(name, f"{label}: choose a number from {least:g} to {most:g}.")
    kept = {name: value for name, value in wanted.items() if value != getattr(own, name)}
    with db.write():
        row = SearchTuning.get_or_none(SearchTuning.id == tuning.THE_ROW)
        events.record("search:weights_changed", person, weights=kept, before=row.weights if row else {})
        _next_version(weights=kept)


def _phrases(field: str, text: str) -> list[str]:
    """Phrases divided by commas or lines, each once. Raises Invalid for one without letters or digits."""
    found: dict[str, str] = {}
    for written in re.split(r"[,\n]", text):
        phrase = " ".join("".join(c if c.isprintable() else " " for c in written).split())
        if phrase:
            if not tuning.phrase_key(phrase):
                raise Invalid(field, f"“{phrase}” holds nothing that can be searched for.")
            found.setdefault(phrase.casefold(), phrase)
    if len(found) > MOST_PHRASES:
        raise Invalid(field, f"Write at most {MOST_PHRASES} of them.")
    return list(found.values())


def _line(field: str, phrases: Iterable[str]) -> str:
    line = tuning.written(phrases)
    if len(line) > 300:
        raise Invalid(field, "That is too long: 300 characters are kept.")
    return line


# --- what everybody may do ------------------------------------------------------------------------


def save_search(
    viewer: Viewer, *, name: str, text: str, chosen: dict[str, str], sort: str = "", alerts: bool = True
) -> SavedSearch:
    """Keeps a search of the viewer; the same words and filters twice are kept once. Raises Invalid."""
    person = access.require_person(viewer)
    chosen = {k: v for k, v in sorted(chosen.items()) if v}
    if not text and not chosen:
        raise Invalid("q", "Search for something first: everything cannot be kept.")
    name = " ".join(name.split())[:80] or text[:80] or "What I narrowed it to"
    with db.write():
        mine = list(SavedSearch.select().where(SavedSearch.person == person.id))
        for row in mine:
            if (row.text, row.chosen) == (text, chosen):
                row.name, row.sort, row.alerts = name, sort, alerts
                row.save()
                return row
        if len(mine) >= MOST_SAVED:
            raise Invalid("name", f"{MOST_SAVED} searches are kept already. Delete one first.")
        return SavedSearch.create(
            person=person, name=name, text=text, chosen=chosen, sort=sort, alerts=alerts
        )


def drop_search(viewer: Viewer, row: SavedSearch) -> None:
    """Deletes a search that the viewer keeps. Raises Missing for somebody else's."""
    _own(viewer, row)
    with db.write():
        row.delete_instance()


def set_alerts(viewer: Viewer, row: SavedSearch, wanted: bool) -> None:
    """Tells the keeper of new hits from now on, or no longer. Raises Missing for somebody else's."""
    _own(viewer, row)
    with db.write():
        if wanted and not row.alerts:
            row.since = clock.now()
        row.alerts = wanted
        row.save()


def _own(viewer: Viewer, row: SavedSearch) -> None:
    if access.require_person(viewer).id != row.person_id:
        raise Missing()


def ask(viewer: Viewer, text: str, title: str) -> Asked:
    """Notes that the viewer makes a question of a search, so that it can be joined with the topic."""
    person = access.require_person(viewer)
    title = " ".join(title.split())[:200] or text[:200]
    if not title:
        raise Invalid("title", "Write your question in one line.")
    with db.write():
        return Asked.create(text=text[:200], title=title, person=person)
