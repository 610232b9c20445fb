"""The query language: words, "phrases", -not, OR, (groups), prefix* and field:value.

`parse` never raises: what makes no sense is read as plain words or left out. OR joins its two neighbours;
everything else stands side by side.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_QUERY = 5_000
MOST_TOKENS = 400
DEEPEST = 10
FIELDS = ("kind", "space", "author", "tag", "title", "after", "before", "has", "is", "year")

KINDS_SAID = {
    "blog": "post",
    "question": "topic",
    "thread": "topic",
    "forum": "topic",
    "discussion": "topic",
    "answer": "reply",
    "replies": "reply",
    "file": "document",
    "doc": "document",
    "people": "person",
}
"""Other words for the hub's kinds after "kind:", in the singular."""


def kind_said(value: str) -> str:
    """The kind that somebody means by a folded word after "kind:", such as post for "blogs"."""
    single = value if value in KINDS_SAID else value.removesuffix("s")
    return KINDS_SAID.get(single, single)


@dataclass(frozen=True, slots=True)
class Plain:
    """One run of characters without blanks."""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A phrase: its words next to one another, as written."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin so."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """field:value; `quoted` when the value stood in quotation marks."""

    name: str
    value: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Without:
    """None of this."""

    child: "Node"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Group:
    """These side by side."""

    children: tuple["Node", ...]


Node = Plain | Quoted | Prefix | Field | Without | Or | Group

_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_TOKEN = re.compile(
    rf"(?P<space>\s+)"
    rf"|(?P<open>\()|(?P<close>\))"
    rf"|(?P<field>(?i:{'|'.join(FIELDS)})):(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<value>[^\s()]+))"
    rf"|[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?"
    rf"|(?P<word>[^\s(){_QUOTES}]+)"
)


def parse(text: str) -> Group:
    """Read a query; longer than LONGEST_QUERY characters, the rest is left out."""
    text = text[:LONGEST_QUERY].encode("utf-8", "replace").decode()
    text = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    levels: list[_Level] = [_Level()]
    ignored = 0
    negated = False
    for count, match in enumerate(_TOKEN.finditer(text)):
        if count >= 2 * MOST_TOKENS:
            break
        kind = match.lastgroup
        if kind == "space":
            negated = False
        elif kind == "open":
            if len(levels) > DEEPEST:
                ignored += 1
                continue
            levels.append(_Level(negated))
            negated = False
        elif kind == "close":
            negated = False
            if ignored:
                ignored -= 1
            elif len(levels) > 1:
                closed = levels.pop()
                levels[-1].add(closed.group(), closed.negated)
        elif kind == "word":
            negated = _word(match["word"], levels[-1], negated)
        else:
            node: Node
            if match["field"] is None:
                node = Quoted(match["phrase"])
            else:
                quoted = match["value"] is None
                node = Field(match["field"].lower(), match["quoted"] if quoted else match["value"], quoted)
            levels[-1].add(node, negated)
            negated = False
    while len(levels) > 1:
        closed = levels.pop()
        levels[-1].add(closed.group(), closed.negated)
    return levels[0].group()


def _word(word: str, level: "_Level", negated: bool) -> bool:
    """Add one bare run; True when it negates what follows at once ("-" before a quotation or a group)."""
    if word == "OR" or word == "|":
        level.joining = True
        return False
    if word == "AND":
        return False
    if word == "NOT":
        level.negate_next = True
        return False
    while word[:1] in ("-", "\u2212", "!") and len(word) > 1:
        word, negated = word[1:], True
    if word in ("-", "\u2212", "!"):
        return True
    match = re.fullmatch(rf"({'|'.join(FIELDS)}):(.+)", word, re.IGNORECASE)
    if match:
        level.add(Field(match[1].lower(), match[2]), negated)
    elif re.fullmatch(rf"({'|'.join(FIELDS)}):", word, re.IGNORECASE) or not word.strip("*+"):
        pass
    elif word.endswith("*") and word.rstrip("*"):
        level.add(Prefix(word.rstrip("*")), negated)
    else:
        level.add(Plain(word), negated)
    return False


class _Level:
    """One bracket's content while it is being read."""

    def __init__(self, negated: bool = False) -> None:
        self.negated = negated
        self.joining = False
        self.negate_next = False
        self._nodes: list[Node] = []

    def add(self, node: Node, negated: bool) -> None:
        if isinstance(node, Group) and not node.children:
            return
        if negated or self.negate_next:
            node = Without(node)
        self.negate_next = False
        if self.joining and self._nodes:
            last = self._nodes.pop()
            children = last.children if isinstance(last, Or) else (last,)
            node = Or((*children, node))
        self.joining = False
        self._nodes.append(node)

    def group(self) -> Group:
        return Group(tuple(self._nodes))
