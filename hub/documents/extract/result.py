"""What reading a file gives: its type, its text in passages that know their place, and what to tell people
about it.
"""

from dataclasses import dataclass, field

MAX_TEXT = 5_000_000
"""Characters of text kept of one file."""
MAX_PASSAGES = 20_000
MAX_PLACE = 120
MAX_NOTES = 40
MAX_SENTENCE = 300


@dataclass(frozen=True)
class Sniffed:
    """A file's type by its structure: IANA `media_type`, a `label` for people, and the `family` that picks
    its icon.

    Families: pdf, word, sheet, slides, drawing, text, web, mail, book, archive, picture, sound, film,
    program, other.
    """

    media_type: str
    label: str
    family: str


@dataclass(frozen=True)
class Passage:
    """Text that stands together, and where: "page 4", "sheet Budget", "slide 3", or "" when the format has no
    places.
    """

    text: str
    place: str = ""


@dataclass(frozen=True)
class Extracted:
    """The text of one file. `reason` says in one sentence why there is none, or not all; None means it was
    read whole.

    `notes` label what the file carries (macros, encryption, embedded objects, links out); they never mean
    refusal. `pages` counts pages or slides; None where the format has none.
    """

    media_type: str
    label: str
    passages: list[Passage] = field(default_factory=list)
    reason: str | None = None
    notes: list[str] = field(default_factory=list)
    pages: int | None = None

    @property
    def text(self) -> str:
        """All passages, one after the other, for readers that need no places."""
        return "\n".join(passage.text for passage in self.passages)
