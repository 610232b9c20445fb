"""Making and ending the token of a person's feeds."""

from __future__ import annotations

from hub import access, db, events
from hub.access import Viewer
from hub.people.models import Person

events.declare("feeds:reset", ("on",), "{actor} made new addresses for their feeds; the old ones ended")
events.declare("feeds:ended", (), "{actor} ended the addresses of their feeds")


def set_token(viewer: Viewer, stored: str | None) -> None:
    """Replaces the stored token of the viewer's feeds, or ends them with None. The old addresses stop at once."""
    person = access.require_person(viewer)
    with db.write():
        Person.update(feed_token=stored).where(Person.id == person.id).execute()
        if stored is None:
            events.record("feeds:ended", person, person=person)
        else:
            events.record("feeds:reset", person, person=person, on=person.feed_token is not None)
