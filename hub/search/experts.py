"""People who know about what is searched for, each with the reason, and only with their consent.

Whoever wrote a skill or "ask me about" into their profile did so to be found, and may still say no. What
somebody wrote
or answered counts only once they have said yes to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from hub.access import Viewer
from hub.people import actions as people_actions
from hub.people import queries as people
from hub.people.models import Organisation, Person
from hub.search.engine.analysis import STOP_WORDS
from hub.search.queries import Found
from hub.search.tuning import phrase_key

PREFERENCE = "findable_expert"
CHOICES = {
    "declared": "For the skills that I wrote into my profile",
    "evidence": "For these, and for what I wrote and answered",
    "no": "Not at all",
}
LOOKED_AT = 60
STOP = 3  # letters that a word needs to be looked for in profiles


@dataclass(frozen=True)
class Expert:
    """Somebody who may know, and why they are named."""

    person: Person
    why: str


def choice_of(person: Person) -> str:
    """What the person chose; skills only, until they choose."""
    chosen = person.preferences.get(PREFERENCE)
    return chosen if chosen in CHOICES else "declared"


def choose(viewer: Viewer, chosen: str) -> None:
    """Keeps the viewer's choice; an unknown one counts as the narrowest."""
    people_actions.set_preference(viewer, PREFERENCE, chosen if chosen in CHOICES else "no")


def who_knows(viewer: Viewer, text: str, found: Found, limit: int = 4) -> list[Expert]:
    """People who declared it, then people who answered or wrote what was found. Nobody for strangers. One
    statement.
    """
    if viewer.person is None or not text:
        return []
    experts = {person.id: Expert(person, why) for person, why in _declared(text)}
    for person, why in _shown_by(found):
        if person.id not in experts and choice_of(person) == "evidence" and people.is_here(person):
            experts[person.id] = Expert(person, why)
    experts.pop(viewer.person.id, None)
    return list(experts.values())[:limit]


def _declared(text: str) -> list[tuple[Person, str]]:
    """People whose profile names what is searched for: the most particular skill first."""
    stems = _telling(text)
    words = sorted((s for s in stems if len(s) >= STOP), key=len, reverse=True)[:4]
    if not words:
        return []
    said: Any = peewee.fn.LOWER(Person.skills.cast("text").concat(Person.ask_me_about.cast("text")))
    matches: Any = peewee.Value(1) == peewee.Value(0)
    for word in words:
        matches = matches | said.contains(word.removesuffix("i"))
    rows = Person.select(Person, Organisation).join(Organisation).where(people.listed_now(), matches)
    named: list[tuple[int, Person, str]] = []
    for person in rows.order_by(Person.id).limit(LOOKED_AT):
        fitting = [(len(k & stems), s) for s, k in _skills(person) if k and (k <= stems or stems <= k)]
        best = max(fitting, default=None)
        if best and choice_of(person) != "no":
            named.append((best[0], person, f"named “{best[1]}” as something to ask about"))
    return [(person, why) for _, person, why in sorted(named, key=lambda row: -row[0])]


def _skills(person: Person) -> list[tuple[str, set[str]]]:
    return [(skill, _telling(skill)) for skill in [*person.skills, *person.ask_me_about]]


def _telling(text: str) -> set[str]:
    """The stems of a text without the words that say nothing."""
    return {stem for stem in phrase_key(text) if stem not in STOP_WORDS}


def _shown_by(found: Found) -> list[tuple[Person, str]]:
    """Who answered or wrote what was found."""
    known = {person.id: person for person, _ in found.authors}
    named: list[tuple[Person, str]] = []
    for hit in found.hits:
        thing = hit["thing"]
        if hit["what"] == "item" and thing.kind == "reply" and thing.author_id in known:
            named.append((known[thing.author_id], f"answered in “{thing.root.title}”"))
    named += [(person, f"wrote {count} of these") for person, count in found.authors if count > 1]
    return named
