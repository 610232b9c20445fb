"""A small council in which every private thing carries words that occur nowhere else: if one is seen, it leaked."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from PIL import Image

from hub import access, clock, db, events, files
from hub.access import Viewer
from hub.blogs import actions as blogs
from hub.blogs.models import Blog
from hub.blogs.queries import Target
from hub.comments import actions as comments
from hub.content import actions as content
from hub.content import keeping
from hub.content.models import Attachment, Item
from hub.documents import actions as documents
from hub.documents import folders
from hub.forums import actions as forums
from hub.people import invitations
from hub.people.models import Person
from hub.policy import actions as policy
from hub.policy.models import Case
from hub.search import actions as search
from hub.spaces import actions as spaces
from hub.spaces.models import Membership, Space
from hub.web import atom
from tests import make

CANARY = re.compile(r"qz(\d+)[a-z]", re.IGNORECASE)


@dataclass
class Canary:
    """A private thing: its number stands in each of its words (title, body, tag, file name, text inside)."""

    number: int
    what: str
    audience: str
    item: Item | None = None
    members: str = ""
    people: frozenset[int] = frozenset()
    roles: tuple[str, ...] = ()

    def known_to(self, viewer: Viewer) -> bool:
        """Whether the viewer may know it."""
        if self.audience in viewer.tokens or self.members in viewer.tokens:
            return True
        return viewer.id in self.people or viewer.has_role(*self.roles)


@dataclass
class World:
    """Who there is, what there is, and which canary may be seen by whom."""

    people: dict[str, Person | None] = field(default_factory=dict)
    spaces: dict[str, Space] = field(default_factory=dict)
    canaries: dict[int, Canary] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)
    cases: list[int] = field(default_factory=list)
    since: dict[str, int] = field(default_factory=dict)

    def number(self) -> int:
        """The next canary's number."""
        return 1000 + len(self.canaries)

    def add(self, what: str, item: Item) -> Item:
        """Remembers an item under the number that its words were written with. Its audience is looked up when it is asked for."""
        self.canaries[self.number()] = Canary(self.number(), what, "", item)
        return item

    def told(
        self, what: str, *, audience: str = "", people: tuple[str, ...] = (), roles: tuple[str, ...] = ()
    ) -> int:
        """The number of something that is no item, known to these people, roles, or holders of the audience."""
        number = self.number()
        ids = frozenset(person.id for name in people if (person := self.people[name]) is not None)
        self.canaries[number] = Canary(number, what, audience, people=ids, roles=roles)
        return number

    def settle(self) -> None:
        """Reads every item's audience as it is now; called when the world stands."""
        for canary in self.canaries.values():
            if canary.item is not None:
                canary.item = Item.get_by_id(canary.item.id)
                canary.audience = canary.item.audience

    def items(self, *kinds: str) -> list[Item]:
        """Items of these kinds, every kind when none is named."""
        return [
            c.item
            for c in self.canaries.values()
            if c.item is not None and (not kinds or c.item.kind in kinds)
        ]

    def leaked(self, viewer: Viewer, text: str, asked: str = "") -> set[int]:
        """Numbers of the canaries in the text that the viewer may not know and did not ask with."""
        own = {match.group().lower() for match in CANARY.finditer(asked)}
        seen = {int(match[1]) for match in CANARY.finditer(text) if match.group().lower() not in own}
        return {n for n in seen if n in self.canaries and not self.canaries[n].known_to(viewer)}


def build(settle: Callable[[], None]) -> World:
    """The whole world, by the rooms' own actions, and what became of it since: things are narrowed, moved and withdrawn,
    and people leave, after the others were told of them and before the mail went out.
    """
    world = World()
    council, police, nhs = (
        make.organisation(),
        make.organisation("police", key="police"),
        make.organisation("nhs", key="nhs"),
    )
    assert council and nhs
    world.people = {
        "nobody": None,
        "staff in": make.person("Sioned In"),
        "staff out": make.person("Oscar Out"),
        "partner in": make.person("Petra In", of=police),
        "partner out": make.person("Quentin Out", of=nhs),
        "editor": make.person("Edith Editor"),
        "reviewer": make.person("Rees Reviewer", roles=["reviewer"]),
        "administrator": make.person("Ada Admin", roles=["administrator"]),
        "author": make.person("Arthur Author"),
        "auditor": make.person("Aud Auditor", roles=["auditor"]),
        "left": make.person("Lena Left"),
        "lapsed": make.person("Lars Lapsed", of=police),
    }
    people = {key: person for key, person in world.people.items() if person is not None}
    members = tuple(people[k] for k in ("staff in", "partner in", "author", "left", "lapsed"))
    hub = make.space(
        "The hub", "open", "public", slug="hub", is_hub=True, members=members, editors=(people["editor"],)
    )
    world.spaces["hub"] = hub
    for kind in ("request", "invitation", "secret"):
        number = world.number()
        space = make.space(
            f"Space qz{number}s",
            kind,
            "staff",
            members=members,
            editors=(people["editor"],),
            about=f"About qz{number}a",
            slug=f"{kind}-room",
        )
        world.spaces[kind] = space
        # Who may know of the space may know its name; only what lies inside is a secret of its members.
        world.canaries[number] = Canary(number, f"{kind} space", space.known_to, members=space.token)
    for space in world.spaces.values():
        author = people["editor"]
        for token in access.ladder(space, author):
            fill(world, author, space, token)
    states(world, people["editor"], world.spaces["hub"])
    gone = since_then(world, people)
    kept_by(world, people)
    private(world, people)
    events.deliver()
    for change in gone:
        change()
    for name in ("left", "lapsed"):
        leave(people["editor"], people[name])
    settle()
    world.settle()
    return world


def leave(editor: Person, somebody: Person) -> None:
    """A partner's places end by their date, a colleague is taken out of them."""
    for row in list(Membership.select(Membership, Space).join(Space).where(Membership.person == somebody)):
        if somebody.is_staff:
            spaces.remove_member(make.viewer(editor), row.space, somebody)
        else:
            Membership.update(ends_at=clock.now() - timedelta(days=1)).where(
                Membership.id == row.id
            ).execute()


def since_then(world: World, people: dict[str, Person]) -> list[Callable[[], None]]:
    """Things that everybody was told of and kept, and what happens to them afterwards."""
    editor, hub, secret = people["editor"], world.spaces["hub"], world.spaces["secret"]
    viewer = make.viewer(editor)
    changes: list[Callable[[], None]] = []

    def public(what: str) -> Item:
        n = world.number()
        everybody = " ".join(f"@{person.handle}" for person in people.values())
        category = forums.add_category(viewer, hub, name=f"Category {n}")
        item = forums.ask(
            viewer, category, title=f"{what} qz{n}t", body=f"qz{n}b for {everybody}", tags=[f"qz{n}g"]
        )
        return world.add("topic", item)

    narrowed, withdrawn, hidden, moved = (public(w) for w in ("Narrowed", "Withdrawn", "Hidden", "Moved"))
    changes.append(
        lambda: content.set_audience(viewer, fresh(narrowed), f"{hub.token}:editors", "Not for all")
    )
    changes.append(lambda: content.withdraw(viewer, fresh(withdrawn)))
    changes.append(
        lambda: content.hide(editor, fresh(hidden), clock.now() + timedelta(days=1), "decided by a person")
    )
    there = forums.add_category(viewer, secret, name=f"Place {world.number()}")
    changes.append(lambda: forums.move(viewer, fresh(moved), there))
    # What stood in the secret space stays its members': they are told that it was opened, and find no old words.
    n = world.told("words of before", audience=secret.token, people=("editor",))
    opened = forums.ask(viewer, there, title=f"Old qz{n}t", body=f"Old qz{n}b")
    content.edit(viewer, opened, version=1, title="Opened", body="Nothing is left of it")
    forums.move(viewer, fresh(opened), forums.add_category(viewer, hub, name="Opened"))
    content.set_audience(viewer, fresh(opened), "public")
    n = world.told("file of before", audience=secret.token, people=("editor",))
    document = documents.upload(viewer, stored(f"Old qz{n}d"), f"old-qz{n}f.txt", secret, title="A file")
    documents.add_version(viewer, document, stored("New"), "new.txt", note="New")
    documents.move(viewer, fresh(document), hub, None)
    content.set_audience(viewer, fresh(document), "public")
    world.since = {"topic": opened.id, "document": document.id}
    return changes


def kept_by(world: World, people: dict[str, Person]) -> None:
    """Everybody saves, follows and reads what they can at this moment."""
    for person in people.values():
        viewer = make.viewer(person)
        for item in world.items("post", "topic", "document"):
            if access.may_read(viewer, now := fresh(item)):
                with db.write():
                    keeping.bookmark(viewer, now)
                    keeping.follow(person.id, f"item:{item.id}", "watch")


def private(world: World, people: dict[str, Person]) -> None:
    """What is somebody's own, or the business of a few."""
    out = make.viewer(people["staff out"])
    n = world.told("draft", people=("staff out",))
    keeping.save_draft(out, "topic", title=f"Draft qz{n}t", body=f"Begun qz{n}b")
    n = world.told("kept search", people=("staff out",))
    search.save_search(out, name=f"Kept qz{n}n", text=f"qz{n}q", chosen={})
    asked = world.spaces["request"]
    n = world.told(
        "request", audience=f"{asked.token}:editors", people=("staff out",), roles=("administrator",)
    )
    spaces.ask(out, asked, f"Please qz{n}m")
    n = world.told("invitation", people=("staff out",), roles=("administrator",))
    ends = clock.now() + timedelta(days=90)
    invitations.invite(out, f"qz{n}e@nhs.example", "nhs", "http://x/", name=f"Qz{n}n", access_ends_at=ends)
    n = world.told("report", people=("staff in",), roles=("reviewer",))
    reported = next(i for i in world.items("topic") if i.space_id == world.spaces["secret"].id)
    policy.report(make.viewer(people["staff in"]), fresh(reported), words=f"It names people, see qz{n}r")
    world.cases = [case.id for case in Case.select()]
    for name, person in people.items():
        token, kept = atom.new_token()
        Person.update(feed_token=kept).where(Person.id == person.id).execute()
        world.feeds[name] = token


def fresh(item: Item) -> Item:
    """The item as it is now."""
    return Item.get_by_id(item.id)


def stored(words: str) -> files.Stored:
    """A stored file of these words."""
    return files.store().put(io.BytesIO(words.encode()), limit=1_000_000)


def picture(n: int) -> files.Stored:
    """A stored PNG of its own."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (n % 256, n // 256 % 256, 7)).save(out, "PNG")
    return files.store().put(io.BytesIO(out.getvalue()), limit=1_000_000)


def fill(world: World, author: Person, space: Space, token: str) -> None:
    """One thing of every kind for this audience."""
    viewer = make.viewer(author)
    reason = "Only for them"
    post(world, viewer, space, token, reason)
    n = world.told("category", audience="public" if space.kind == "open" else space.token)
    category = forums.add_category(viewer, space, name=f"Category qz{n}k", about=f"For qz{n}a")
    n = world.number()
    topic = world.add(
        "topic",
        forums.ask(
            viewer,
            category,
            title=f"Topic qz{n}t",
            body=f"About qz{n}b for @{author.handle}",
            tags=[f"qz{n}g"],
            audience=token,
            reason=reason,
        ),
    )
    n = world.number()
    world.add("reply", forums.reply(viewer, topic, body=f"Reply qz{n}b with [a file]({attach(viewer, n)})"))
    n = world.told("folder", audience="public" if space.kind == "open" else space.token)
    folder = folders.make(viewer, space, f"Folder qz{n}o")
    n = world.number()
    text = stored(f"Document text qz{n}d inside.\nMore qz{n}e.")
    document = world.add(
        "document",
        documents.upload(
            viewer,
            text,
            f"file-qz{n}f.txt",
            space,
            folder=folder,
            title=f"Document qz{n}t",
            body=f"Summary qz{n}b",
            tags=[f"qz{n}g"],
            audience=token,
            reason=reason,
        ),
    )
    n = world.number()
    world.add("comment", comments.add(viewer, document, f"Comment qz{n}b"))
    keeping.react(viewer, topic, "thanks")
    if token.endswith(":editors"):
        n = world.number()
        made = documents.upload(
            viewer,
            picture(n),
            f"picture-qz{n}f.png",
            space,
            title=f"Picture qz{n}t",
            audience=token,
            reason=reason,
        )
        world.add("document", made)


def post(world: World, viewer: Viewer, space: Space, token: str, reason: str, step: str = "publish") -> Item:
    """A blog post with an attachment and a comment-free page."""
    n = world.number()
    blog = Blog.get_or_none((Blog.person == viewer.id) if space.is_hub else (Blog.space == space.id))
    target = Target("me" if space.is_hub else "space", "", space, None, blog)
    writing = blogs.Writing(
        title=f"Post qz{n}t",
        body=f"Words qz{n}b and [a file]({attach(viewer, n)})",
        tags=[f"qz{n}g"],
        audience=token,
        reason=reason,
        files=[keeping.upload(viewer, picture(n), f"cover-qz{n}f.png").id],
        publish_at=clock.now() + timedelta(days=2) if step == "schedule" else None,
    )
    return world.add("post", blogs.write(viewer, target, writing, step))


def attach(viewer: Viewer, n: int) -> str:
    """Uploads a file with the canary in name and content; its address."""
    row: Attachment = keeping.upload(viewer, stored(f"Attached qz{n}c"), f"attached-qz{n}f.txt")
    return f"/files/{row.id}/{row.name}"


def states(world: World, author: Person, space: Space) -> None:
    """Things that nobody but their author may see at the moment: draft, scheduled, withdrawn, hidden, edited away."""
    viewer = make.viewer(author)
    post(world, viewer, space, "everyone", "", "draft")
    post(world, viewer, space, "everyone", "", "schedule")
    content.withdraw(viewer, Item.get_by_id(post(world, viewer, space, "everyone", "").id))
    content.hide(
        author,
        Item.get_by_id(post(world, viewer, space, "everyone", "").id),
        clock.now() + timedelta(days=1),
        "decided by a person",
    )
