"""Changes to notifications: seen, read, and how people wish to be told."""

from __future__ import annotations

from collections.abc import Iterable

from hub import access, clock, db, events
from hub.access import Viewer
from hub.errors import Invalid
from hub.notifications import queries
from hub.notifications.models import REASONS, TIMES, Notification, Wishes

events.declare("wishes:changed", ("how",), "{actor} changed when they get mail")


def mark_seen(viewer: Viewer) -> int:
    """Notes that the list was looked at; how many were new to it. Writes nothing where nothing was."""
    waiting = Notification.select(Notification.id).where(
        Notification.person == access.require_person(viewer).id, Notification.seen_at.is_null()
    )
    if not waiting.exists():
        return 0
    with db.write():
        changed: int = (
            Notification.update(seen_at=clock.now())
            .where(Notification.person == viewer.id, Notification.seen_at.is_null())
            .execute()
        )
    return changed


def mark_read(viewer: Viewer, notification_id: int | None = None) -> None:
    """Marks one of the viewer's notifications as read, or all of them. Raises Missing."""
    person = access.require_person(viewer)
    mine = (Notification.person == person.id) & Notification.read_at.is_null()
    if notification_id is not None:
        mine &= Notification.id == queries.own(viewer, notification_id).id
    with db.write():
        Notification.update(seen_at=clock.now(), read_at=clock.now()).where(mine).execute()


def set_wishes(viewer: Viewer, times: dict[str, str]) -> None:
    """Keeps when each reason is mailed. Raises Invalid for an unknown one."""
    person = access.require_person(viewer)
    for reason, when in times.items():
        if reason not in REASONS or when not in TIMES:
            raise Invalid(reason, "Choose one of the times.")
    with db.write():
        _keep(person.id, times)
        events.record("wishes:changed", person, person=person, how="settings")


def stop_mail(person_id: int, reasons: Iterable[str]) -> None:
    """Ends mail for these reasons: the link in a mail. The page still tells. Unknown reasons are passed
    over.
    """
    stopped = {reason: "off" for reason in reasons if reason in REASONS}
    if stopped:
        with db.write():
            _keep(person_id, stopped)
            events.record("wishes:changed", person_id, person=person_id, how="link in a mail")


def _keep(person_id: int, times: dict[str, str]) -> None:
    row = queries.wishes(person_id)
    kept = {**row.times, **times}
    Wishes.insert(person=person_id, times=kept).on_conflict(
        conflict_target=[Wishes.person], update={Wishes.times: kept}
    ).execute()
