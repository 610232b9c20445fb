"""What an action may say instead of doing its work. The web layer turns each into a page; commands print it."""

from __future__ import annotations

from typing import Any


class HubError(Exception):
    """Base of the errors that carry a plain sentence for the person who asked."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class Missing(HubError):
    """There is no such thing, or the viewer may not know that there is (404)."""


class Refused(HubError):
    """The viewer may see the thing but not do this to it; the message gives the reason (403). `ask` names the space, if any, whose
    editors may be asked to let them in.
    """

    def __init__(self, message: str = "", ask: str = "") -> None:
        super().__init__(message)
        self.ask = ask


class Invalid(HubError):
    """A value cannot be used (422); `field` names it, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Conflict(HubError):
    """Somebody else changed the thing first (409); `current` is how it stands now. Nothing was overwritten."""

    def __init__(self, message: str, current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class Already(HubError):
    """The same form was sent before and made `item`; nothing was made again. Not a failure: the item is shown."""

    def __init__(self, item: Any) -> None:
        super().__init__("This stands here already: the form was sent twice.")
        self.item = item


class StorageTrouble(HubError):
    """The disk is full or the database cannot be written; nothing was saved (507)."""
