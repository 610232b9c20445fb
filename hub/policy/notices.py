"""What people are told, word for word: what happened, under which clause, who decided, how to reply and how
to appeal.
"""

from __future__ import annotations

from datetime import datetime

from hub import clock
from hub.events import Event
from hub.people.models import Person
from hub.policy.models import OUTCOMES, Case, Notice

REPLY = "You can reply on the page My flags; nothing you say there counts against you."
PROPOSED = {
    "hide": "to hide {name} from its wider audience for {days} days",
    "reread": "that you read the clause again and say so within {days} days",
    "pause_space": "to pause your posting in the space where it stands for {days} days",
    "pause_hub": "to pause your posting on the hub for {days} days",
    "refer": "to refer {name} outside the hub: to your manager, human resources or your organisation",
}
APPEALS = {"upheld": "upheld", "varied": "changed in part", "overturned": "overturned"}


def day(moment: datetime) -> str:
    """A date as notices write it: 17 December 2026."""
    local = clock.local(moment)
    return f"{local.day} {local:%B %Y}"


def clause_words(key: str, title: str = "") -> str:
    """How a clause is named in a sentence."""
    if not key:
        return "the usage policy"
    return f"clause {key} ({title})" if title else f"clause {key} of the usage policy"


def flagged(name: str, what: str, clause: str) -> tuple[str, str]:
    """To the author when a flag is raised: it blocks nothing."""
    words = (
        f"{what} in {name}. This touches {clause}. Nothing was changed or hidden: a person will look at it. "
        f"You can put it right now, or explain it. {REPLY}"
    )
    return f"{name[:1].upper()}{name[1:]} was flagged", words


def unsealed(name: str, clause: str, since: datetime, second: str, reason: str) -> tuple[str, str]:
    """To the author when a seal has ended: what they were not told until now, since when and why."""
    by = f"a reviewer, and by {second} as a second person" if second else "a reviewer, for a day at the most"
    words = (
        f"On {day(since)} a colleague reported something in {name}. This touches {clause}. You were not told at once: "
        f"that was decided by {by}.\n\nReason: {reason}\n\nNothing was decided meanwhile, and nothing was changed or "
        f"hidden. A person will look at it; you can put it right now, or explain it. {REPLY}"
    )
    return f"{name[:1].upper()}{name[1:]} was flagged", words


def asked(name: str, question: str, reviewer: str) -> tuple[str, str]:
    """To the author when a reviewer has a question."""
    return f"A question about {name}", f"{reviewer} asks: {question}\n\n{REPLY} No decision has been made."


def decided(
    name: str,
    outcome: str,
    clause: str,
    reason: str,
    reviewer: str,
    appeal_until: datetime,
    hide_days: int = 0,
    measure: str = "hide",
) -> tuple[str, str]:
    """To the author with the decision."""
    lines = [f"Decision: {OUTCOMES[outcome].lower()}. It concerns {name} and {clause}.", f"Reason: {reason}"]
    if hide_days:
        lines.append(
            f"It is proposed {PROPOSED[measure].format(name=name, days=hide_days)}. That needs a "
            "second reviewer; you will be told what they say."
        )
    lines.append(f"Decided by {reviewer}, a person and not a machine.")
    lines.append(
        f"You can reply by an appeal on the page My flags until {day(appeal_until)}: say there why it should be different. "
        "Somebody else will hear it, and nothing you say counts against you."
    )
    return f"{OUTCOMES[outcome]}: {name}", "\n\n".join(lines)


def restricted(
    kind: str, name: str, space: str, clause: str, reason: str, reviewer: str, second: str, until: datetime
) -> tuple[str, str]:
    """To the author when a second person has approved a step of the ladder."""
    start = f"{name[:1].upper()}{name[1:]}"
    subject, more = {
        "hide": (f"{start} is hidden until {day(until)}", "From its wider audience; you still see it."),
        "reread": (
            f"Please read {clause} again by {day(until)}",
            "Say on My flags that you have. Nothing else follows.",
        ),
        "pause_space": (
            f"Your posting in {space} is paused until {day(until)}",
            "You can read everything there, and post everywhere else.",
        ),
        "pause_hub": (
            f"Your posting on the hub is paused until {day(until)}",
            "You can read and search everything as before.",
        ),
        "refer": (
            f"{start} was referred outside the hub",
            "Your manager, human resources or your organisation will speak to you. The hub itself does nothing.",
        ),
    }[kind]
    ends = "" if kind in ("refer", "reread") else " It ends by itself."
    words = (
        f"{subject}, because of {clause}. {more}\n\nReason: {reason}\n\n"
        f"Decided by {reviewer} and approved by {second}.{ends} You can appeal on the page My flags: somebody who "
        "had no part in it will hear you, and nothing you say counts against you."
    )
    return subject[:200], words


def at_once(name: str, clause: str, reason: str, reviewer: str, until: datetime) -> tuple[str, str]:
    """To the author when one reviewer has hidden an item at once."""
    start = f"{name[:1].upper()}{name[1:]}"
    words = (
        f"{start} was hidden at once from its wider audience, because of {clause}. You still see it. No decision "
        f"has been made.\n\nReason: {reason}\n\nDone by {reviewer}. It comes back by itself on {day(until)}, "
        f"unless a second reviewer confirms it.\n\n{REPLY}"
    )
    return f"{start} is hidden for a day", words


def confirmed(name: str, second: str, reason: str, until: datetime) -> tuple[str, str]:
    """To the author when a second person has confirmed a hiding at once."""
    start = f"{name[:1].upper()}{name[1:]}"
    words = f"{second} confirmed as a second person that {name} stays hidden until {day(until)}: {reason}\n\n{REPLY}"
    return f"{start} stays hidden until {day(until)}", words


def ended(kind: str, name: str, why: str) -> tuple[str, str]:
    """To the author when a restriction has ended."""
    if kind == "hide":
        return visible(name, why)
    subject = {
        "pause_space": "You can post in this space again",
        "pause_hub": "You can post on the hub again",
        "refer": f"A referral about {name} was taken back",
    }.get(kind, "A restriction ended")
    return subject, f"{subject}: {why}. It was about {name}."


def not_hidden(name: str, second: str, reason: str) -> tuple[str, str]:
    """To the author when the second person did not agree to what was proposed."""
    words = f"{second} looked at it as a second person and did not approve what was proposed: {reason}"
    return f"Nothing further follows about {name}", words


def visible(name: str, why: str) -> tuple[str, str]:
    """To the author when the hiding has ended."""
    start = f"{name[:1].upper()}{name[1:]}"
    return f"{start} is visible again", f"{start} is before its audience again: {why}."


def heard(name: str, outcome: str, reason: str, by: str, *, outside: bool = False) -> tuple[str, str]:
    """To the author with the outcome of their appeal; `outside` where it had been referred outside the hub."""
    undone = " Everything that followed from the decision has been undone." if outcome == "overturned" else ""
    if outside:
        undone += (
            f" It had been referred outside the hub: {by} tells those who were told that it is taken back."
        )
    words = (
        f"The decision is {APPEALS[outcome]}.{undone}\n\nReason: {reason}\n\n"
        f"Heard by {by}, who had no part in the decision."
    )
    return f"Your appeal about {name}: {APPEALS[outcome]}", words


def reopened(name: str, reason: str, reviewer: str) -> tuple[str, str]:
    """To the author when a closed case is opened again."""
    words = (
        f"{reviewer} opened the case about {name} again.\n\nReason: {reason}\n\nNothing new has been decided. What was "
        f"decided before holds until then. {REPLY}"
    )
    return f"Opened again: {name}", words


def lapsed(name: str, clause: str) -> tuple[str, str]:
    """To the author when nobody has reviewed a case in time."""
    words = (
        f"Nobody has reviewed within thirty days what was flagged in {name}, which touches {clause}. It has ended without "
        f"a decision: nothing follows from it, and it was not approved either."
    )
    return f"Not reviewed: {name}", words


def lapsed_report() -> tuple[str, str]:
    """To a reporter when nobody has reviewed what they reported in time."""
    words = (
        "Nobody has reviewed what you reported within thirty days, and we are sorry for that. If it still stands there "
        "and troubles you, report it once more."
    )
    return "What became of your report", words


def reported(outcome: str) -> tuple[str, str]:
    """To a reporter: the kind of outcome, and no more."""
    return (
        "What became of your report",
        f"A reviewer looked at what you reported. Outcome: {OUTCOMES[outcome].lower()}. Thank you.",
    )


def in_full(event_id: int, person_id: int) -> str:
    """The notice that the event brought to the person, for their mail; "" where it is not theirs or is gone."""
    event = Event.get_or_none(Event.id == event_id)
    if event is None or not event.data.get("case"):
        return ""
    row = Notice.get_or_none((Notice.id == event.data.get("notice", 0)) & (Notice.person == person_id))
    return f"{row.subject}\n\n{row.words}" if row is not None else ""


def tell(case: Case, person: Person | int, kind: str, told: tuple[str, str]) -> Notice:
    """Writes a notice inside the running write."""
    subject, words = told
    return Notice.create(
        case=case, person=person, kind=kind, subject=subject[:200], words=words, at=clock.now()
    )
