"""Changes to folders: made, renamed, moved, removed. A folder belongs to one space and stays in it."""

from __future__ import annotations

import unicodedata

from hub import access, clock, db, events
from hub.access import Viewer
from hub.documents.models import Document, Folder, HeldFile
from hub.errors import Invalid, Refused
from hub.spaces.models import Space

DEPTH_MAX, IN_ONE_MAX = 8, 500
TYPED = {"name": "Name of the folder"}

for _name, _sentence in {
    "folder:created": "{actor} made a folder in {space}",
    "folder:renamed": "{actor} renamed a folder in {space}",
    "folder:moved": "{actor} moved a folder in {space}",
    "folder:removed": "{actor} removed an empty folder from {space}",
}.items():
    events.declare(_name, ("folder", "name", "before", "after"), _sentence)


def may_arrange(viewer: Viewer, folder: Folder) -> bool:
    """Whether the viewer may rename, move and remove the folder: its maker and the editors of its space."""
    if folder.space.archived_at is not None or viewer.person is None:
        return False
    mine = folder.created_by_id == viewer.id and access.may_post(viewer, folder.space)
    return mine or access.may_manage(viewer, folder.space)


def require_arrange(viewer: Viewer, folder: Folder) -> None:
    """Raises Missing or Refused unless the viewer may arrange the folder."""
    access.require_enter(viewer, folder.space)
    if not may_arrange(viewer, folder):
        raise Refused("Only who made this folder and the editors of its space can change it.")


def make(viewer: Viewer, space: Space, name: str, parent: Folder | None = None) -> Folder:
    """A new folder, for whoever may post in the space. Raises Invalid for its name, Refused, Missing."""
    access.require_post(viewer, space)
    name = clean(name)
    with db.write():
        lock(space)
        _check_place(space, name, parent)
        folder = Folder.create(
            space=space, parent=parent, name=name, created_by_id=viewer.id, created_at=clock.now()
        )
        folder.path = f"{parent.path if parent else '/'}{folder.id}/"
        folder.save(only=[Folder.path])
        events.record("folder:created", viewer.person, space=space, folder=folder.id, name=name)
    return folder


def rename(viewer: Viewer, folder: Folder, name: str) -> None:
    """Gives the folder another name. Raises Invalid, Refused, Missing."""
    require_arrange(viewer, folder)
    name = clean(name)
    with db.write():
        lock(folder.space)
        _check_place(folder.space, name, folder.parent, own=folder.id)
        before, folder.name = folder.name, name
        folder.save(only=[Folder.name])
        events.record(
            "folder:renamed", viewer.person, space=folder.space, folder=folder.id, before=before, after=name
        )


def move(viewer: Viewer, folder: Folder, parent: Folder | None) -> None:
    """Moves the folder with all that is in it into another folder of its space, or to the top with None."""
    require_arrange(viewer, folder)
    with db.write():
        lock(folder.space)
        folder = Folder.get_by_id(folder.id)
        if parent is not None:
            parent = Folder.get_by_id(parent.id)
            if parent.space_id != folder.space_id:
                raise Invalid("folder", "A folder stays in its space. Move the documents instead.")
            if parent.path.startswith(folder.path):
                raise Invalid("folder", "A folder cannot be put into itself.")
        _check_place(folder.space, folder.name, parent, own=folder.id)
        old, new = folder.path, f"{parent.path if parent else '/'}{folder.id}/"
        below = list(Folder.select(Folder.id, Folder.path).where(Folder.path.startswith(old)))
        deepest = max(row.path.count("/") for row in below) - old.count("/") + new.count("/") - 1
        if deepest > DEPTH_MAX:
            raise Invalid("folder", f"Folders can be {DEPTH_MAX} deep; this would make {deepest}.")
        Folder.update(parent=parent).where(Folder.id == folder.id).execute()
        for row in below:
            Folder.update(path=new + row.path[len(old) :]).where(Folder.id == row.id).execute()
        events.record(
            "folder:moved", viewer.person, space=folder.space, folder=folder.id, before=old, after=new
        )


def remove(viewer: Viewer, folder: Folder) -> None:
    """Removes a folder that holds nothing.

    Raises Refused for any other, also where the viewer cannot see what it holds.
    """
    require_arrange(viewer, folder)
    with db.write():
        lock(folder.space)
        held = Document.select(Document.item).where(Document.folder == folder.id).exists()
        if held or Folder.select(Folder.id).where(Folder.parent == folder.id).exists():
            raise Refused(
                "The folder still holds something, perhaps what you cannot see. Move what it holds first."
            )
        HeldFile.update(folder=None).where(HeldFile.folder == folder.id).execute()
        Folder.delete().where(Folder.id == folder.id).execute()
        events.record("folder:removed", viewer.person, space=folder.space, folder=folder.id, name=folder.name)


def lock(space: Space) -> None:
    """Lets one write at a time arrange a space's documents, so that two cannot take the same name or the last
    room.
    """
    if not db.is_sqlite():  # there a write is alone in any case
        Space.select(Space.id).where(Space.id == space.id).for_update().execute()


def clean(name: str) -> str:
    """A folder's name on one line. Raises Invalid when nothing is left or it is too long."""
    name = unicodedata.normalize("NFC", name)
    name = " ".join("".join(c if c.isprintable() else " " for c in name).replace("/", "-").split())
    if not name.strip(". -"):
        raise Invalid("name", "Give the folder a name.")
    if len(name) > 120:
        raise Invalid("name", f"Shorten the name to 120 characters; it has {len(name)}.")
    return name


def _check_place(space: Space, name: str, parent: Folder | None, own: int = 0) -> None:
    if parent is not None and parent.path.count("/") > DEPTH_MAX:
        raise Invalid("folder", f"Folders can be {DEPTH_MAX} deep. Make it higher up.")
    beside = Folder.space == space.id
    beside &= Folder.parent == parent.id if parent is not None else Folder.parent.is_null()
    names = [row[0] for row in Folder.select(Folder.name).where(beside, Folder.id != own).tuples()]
    if name.casefold() in {taken.casefold() for taken in names}:
        raise Invalid("name", f"There is a folder called {name} here already.")
    if len(names) >= IN_ONE_MAX:
        raise Invalid("name", f"There are {IN_ONE_MAX} folders here already. Put it into one of them.")
