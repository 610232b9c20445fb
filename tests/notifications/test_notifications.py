"""Who is told of what, when, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from hub import access, clock, db, events
from hub.blogs import actions as blogs
from hub.blogs.models import Post
from hub.blogs.queries import Target, targets
from hub.content import actions as content
from hub.content import keeping
from hub.content.models import Item
from hub.events import Event
from hub.forums import actions as forums
from hub.notifications import actions, letters, queries, reactions
from hub.notifications.models import REASONS, Notification, Wishes
from hub.people.models import Person
from hub.spaces import actions as spaces
from hub.spaces.models import Membership, Space
from tests import make
from tests.browser import Client

Settle = Callable[[], None]
NOON = "2027-01-20T12:00:00Z"  # a Wednesday


@pytest.fixture
def ann(hub: Flask) -> Person:
    return make.person("Ann Evans", handle="ann.evans")


@pytest.fixture
def dev(hub: Flask) -> Person:
    return make.person("Dev Patel", handle="dev.patel")


@pytest.fixture
def housing(ann: Person, dev: Person) -> Space:
    return make.space("Housing", "open", "everyone", members=(dev,), editors=(ann,))


@pytest.fixture
def topic(housing: Space, ann: Person) -> Item:
    category = forums.add_category(make.viewer(ann), housing, name="Damp")
    return forums.ask(make.viewer(ann), category, title="Damp and mould", body="Who has a form?")


def told(person: Person) -> list[str]:
    return [
        row.reason
        for row in Notification.select().where(Notification.person == person.id).order_by(Notification.id)
    ]


def bell(person: Person) -> int:
    return int(queries.unseen_count(make.viewer(person)).scalar())


def outbox(app: Flask) -> list[EmailMessage]:
    folder = Path(app.config["HUB"].data_path) / "mail"
    return [message_from_bytes(p.read_bytes(), policy=default) for p in sorted(folder.glob("*.eml"))]  # type: ignore[misc]


@pytest.mark.backend
def test_the_one_who_asked_is_told_of_an_answer_and_nobody_of_their_own(
    settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    forums.reply(make.viewer(dev), topic, body="We start with the photo.")
    settle()
    assert told(ann) == ["reply"] and told(dev) == []
    forums.reply(make.viewer(ann), topic, body="Thank you.")
    settle()
    assert told(ann) == ["reply"] and told(dev) == ["watch"]


@pytest.mark.backend
def test_a_person_named_and_answered_at_once_is_told_once(
    settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    forums.reply(make.viewer(dev), topic, body="@ann.evans we start with the photo.")
    settle()
    assert told(ann) == ["mention"]


@pytest.mark.backend
def test_an_event_handed_over_twice_tells_once(settle: Settle, topic: Item, ann: Person, dev: Person) -> None:
    forums.reply(make.viewer(dev), topic, body="@ann.evans look here")
    settle()
    with db.write():
        reactions.tell(list(Event.select()))
    assert told(ann) == ["mention"]


@pytest.mark.backend
def test_somebody_who_may_not_read_it_is_not_told_though_named(settle: Settle, ann: Person) -> None:
    outsider = make.partner("Pat Police", handle="pat")
    colleague = make.person("Cai Rees", handle="cai")
    closed = make.space("Tenders", "invitation", "staff", editors=(ann,), members=(colleague,))
    make.item(ann, closed, "topic", "Bids", "@pat @cai see the bids")
    settle()
    assert told(outsider) == [] and told(colleague) == ["mention"]


@pytest.mark.backend
def test_what_became_unreadable_is_neither_listed_nor_counted_nor_mailed(
    hub: Flask, client: Client, settle: Settle, ann: Person, dev: Person
) -> None:
    closed = make.space("Tenders", "invitation", "staff", editors=(ann,), members=(dev,))
    with time_machine.travel(NOON, tick=False):
        make.item(ann, closed, "topic", "Canary bids", "@dev.patel see the bids")
        events.deliver()
        assert bell(dev) == 1
        Membership.delete().where(Membership.person == dev.id).execute()
        settle()
        assert bell(dev) == 0 and outbox(hub) == []
        assert "Canary" not in client.sign_in(dev).get("notifications.notifications").get_text()


def test_what_was_withdrawn_is_no_longer_told_of(
    settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    reply = forums.reply(make.viewer(dev), topic, body="We start with the photo.")
    settle()
    content.withdraw(make.viewer(dev), reply)
    assert bell(ann) == 0


@pytest.mark.backend
def test_followers_of_a_blog_hear_of_its_posts_and_of_no_other(
    settle: Settle, client: Client, ann: Person, dev: Person, housing: Space
) -> None:
    make.hub_space()
    hidden = Target("space", "", make.space("Secret", "secret", editors=(ann,)), None, None)
    viewer = make.viewer(ann)
    mine, *_ = targets(viewer, [])
    first = blogs.write(viewer, mine, blogs.Writing(title="First", body="x"), "publish")
    there = blogs.write(viewer, hidden, blogs.Writing(title="There", body="x"), "publish")
    blog, other = (Post.get(Post.item == item.id).blog for item in (first, there))
    keeping.follow(dev.id, f"blog:{blog.id}", "watch")
    keeping.follow(dev.id, f"blog:{other.id}", "watch")
    settle()
    Notification.delete().execute()
    second = blogs.write(viewer, targets(viewer, [])[0], blogs.Writing(title="Second", body="y"), "publish")
    blogs.write(
        viewer,
        Target("space", "", housing, None, None),
        blogs.Writing(title="Elsewhere", body="z"),
        "publish",
    )
    settle()
    assert [(row.person_id, row.item_id, row.subject) for row in Notification.select()] == [
        (dev.id, second.id, f"blog:{blog.id}")
    ]
    words = client.sign_in(dev).get("notifications.settings").get_text()
    assert "Ann Evans’s blog" in words and "Secret" not in words


@pytest.mark.backend
@pytest.mark.parametrize("subject", ["space", "person", "tag"])
def test_followers_hear_of_something_new_and_the_most_particular_choice_wins(
    settle: Settle, ann: Person, dev: Person, housing: Space, subject: str
) -> None:
    subjects = {"space": f"space:{housing.id}", "person": f"person:{ann.id}", "tag": "tag:gritting"}
    keeping.follow(dev.id, subjects[subject], "watch")
    item = make.item(ann, housing, "topic", "Gritting routes", tags=["Gritting"])
    settle()
    assert told(dev) == ["watch"]
    assert Notification.get().subject == subjects[subject]
    keeping.follow(dev.id, f"item:{item.id}", "mute")
    make.item(ann, housing, "reply", body="@dev.patel a change", parent=item)
    settle()
    assert told(dev) == ["watch"]


@pytest.mark.backend
def test_muting_a_space_silences_it_but_not_a_topic_followed_inside(
    settle: Settle, topic: Item, ann: Person, dev: Person, housing: Space
) -> None:
    keeping.follow(dev.id, f"space:{housing.id}", "mute")
    make.item(ann, housing, "topic", "Another", "@dev.patel look")
    settle()
    assert told(dev) == []
    keeping.follow(dev.id, f"item:{topic.id}", "watch")
    make.item(ann, housing, "reply", body="More", parent=topic)
    settle()
    assert told(dev) == ["watch"]


@pytest.mark.backend
def test_ten_reactions_are_one_line_and_a_reaction_taken_back_is_none(
    settle: Settle, topic: Item, ann: Person, client: Client
) -> None:
    crowd = [make.person() for _ in range(4)]
    for somebody in crowd[:3]:
        keeping.react(make.viewer(somebody), topic, "thanks")
    keeping.react(make.viewer(crowd[3]), topic, "thanks")
    keeping.react(make.viewer(crowd[3]), topic, "thanks")
    settle()
    assert told(ann) == ["reaction"] and Notification.get().more == 2
    assert "and 2 more reacted to" in client.sign_in(ann).get("notifications.notifications").get_text()


def test_an_edit_tells_only_those_newly_named(settle: Settle, topic: Item, ann: Person, dev: Person) -> None:
    cai = make.person("Cai Rees", handle="cai")
    content.edit(make.viewer(ann), topic, version=1, body="Ask @dev.patel")
    settle()
    content.edit(make.viewer(ann), Item.get_by_id(topic.id), version=2, body="Ask @dev.patel and @cai")
    settle()
    assert told(dev) == ["mention"] and told(cai) == ["mention"]


@pytest.mark.backend
def test_editors_hear_of_requests_and_the_asker_of_the_answer(
    settle: Settle, client: Client, ann: Person, dev: Person
) -> None:
    space = make.space("Gritting", "request", "everyone", editors=(ann,))
    request = spaces.ask(make.viewer(dev), space, "Please")
    settle()
    assert told(ann) == ["request"]
    assert "Dev Patel asks to be let into Gritting" in client.sign_in(ann).get(
        "notifications.notifications"
    ).get_text(" ", strip=True)
    spaces.decide(make.viewer(ann), request, grant=True)
    settle()
    assert told(dev) == ["membership"]


def test_a_former_member_does_not_learn_a_secret_spaces_new_name(
    settle: Settle, client: Client, ann: Person, dev: Person
) -> None:
    space = make.space("Quiet", "secret", "staff", editors=(ann,), members=(dev,))
    spaces.remove_member(make.viewer(ann), space, dev)
    settle()
    Space.update(name="Canary").where(Space.id == space.id).execute()
    page = client.sign_in(dev).get("notifications.notifications").get_text(" ", strip=True)
    assert "You are no longer in a space that you can no longer see" in page and "Canary" not in page


@pytest.mark.backend
def test_a_notice_of_a_decision_reaches_its_person_whatever_they_muted(
    settle: Settle, client: Client, topic: Item, ann: Person
) -> None:
    events.declare("test:decided", ("notice", "subject"), "{actor} decided about {item}")
    keeping.follow(ann.id, f"item:{topic.id}", "mute")
    with db.write():
        events.record(
            "test:decided", make.person(), topic, person=ann, notice=1, subject="A decision about your topic"
        )
    settle()
    assert told(ann) == ["decision"]
    assert "A decision about your topic" in client.sign_in(ann).get("notifications.notifications").get_text()


def test_the_bell_counts_until_the_list_is_looked_at_and_polls_quietly(
    settle: Settle, client: Client, topic: Item, ann: Person, dev: Person
) -> None:
    forums.reply(make.viewer(dev), topic, body="We start with the photo.")
    settle()
    client.sign_in(ann)
    client.get("notifications.bell", status=204, n=1, htmx="bell")
    shown = client.get("notifications.bell", n=0, htmx="bell").find(id="bell")
    assert "1 unread" in shown.get_text() and "n=1" in shown["hx-get"]
    page = client.get("notifications.notifications")
    assert "Dev Patel answered in" in page.get_text() and page.find(class_="rows-unread")
    assert client.get("/settings").find(id="bell").find(class_="bell-count") is None


def test_reading_the_topic_marks_what_was_told_of_it_as_read(
    settle: Settle, client: Client, topic: Item, ann: Person, dev: Person
) -> None:
    forums.reply(make.viewer(dev), topic, body="We start with the photo.")
    client.sign_in(ann).get("forums.topic", topic_id=topic.id)
    settle()
    assert bell(ann) == 0
    assert not client.get("notifications.notifications").find(class_="rows-unread")


def test_one_or_all_are_marked_as_read_and_nobody_elses(
    settle: Settle, client: Client, topic: Item, ann: Person, dev: Person
) -> None:
    for number in range(3):
        make.item(dev, topic.space, "topic", f"Question {number}", "@ann.evans?")
    settle()
    first = Notification.select().order_by(Notification.id).first()
    client.sign_in(dev).post("notifications.read", status=404, number=first.id)
    client.sign_in(ann).post("notifications.read", number=first.id)
    assert len(client.get("notifications.notifications").select(".rows-unread")) == 2
    client.post("notifications.read_all")
    assert not client.get("notifications.notifications", show="unread").select(".rows-unread")


def test_muting_from_the_list_stops_it(
    settle: Settle, client: Client, topic: Item, ann: Person, dev: Person
) -> None:
    forums.reply(make.viewer(dev), topic, body="One")
    settle()
    page = client.sign_in(ann).get("notifications.notifications")
    button = page.find("button", {"name": "level"})
    client.post(button.find_parent("form")["action"], {"level": button["value"], "back": "/notifications"})
    forums.reply(make.viewer(dev), topic, body="Two")
    settle()
    assert Notification.select().count() == 1 and Notification.get().more == 0


def test_the_list_costs_the_same_however_long(
    settle: Settle, client: Client, topic: Item, ann: Person, dev: Person
) -> None:
    def cost() -> int:
        client.sign_in(ann).get("notifications.notifications")
        with db.count_queries() as seen:
            client.get("notifications.notifications")
        return len(seen)

    make.item(dev, topic.space, "topic", "Question", "@ann.evans?")
    settle()
    few = cost()
    for number in range(40):
        make.item(dev, topic.space, "topic", f"Question {number}", "@ann.evans?")
    settle()
    page = client.get("notifications.notifications")
    older = page.select_one(".pager a")
    assert len(page.select(".rows > li")) == 30 and len(client.get(older["href"]).select(".rows > li")) == 11
    assert cost() == few <= 6


# --- mail ---------------------------------------------------------------------------------------------------------


def test_a_mention_is_mailed_at_once_with_a_way_to_stop(
    hub: Flask, client: Client, settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    with time_machine.travel(NOON, tick=False):
        forums.reply(make.viewer(dev), topic, body="@ann.evans secret words of the reply")
        settle()
        mail = outbox(hub)
    assert [m["To"] for m in mail] == [ann.email]
    assert mail[0]["Subject"] == "Dev Patel named you in Damp and mould"
    assert "secret words" not in mail[0].get_content() and "/items/" in mail[0].get_content()
    assert mail[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    off = urlsplit(str(mail[0]["List-Unsubscribe"]).strip("<>")).path
    client.sign_in(None)
    assert "Stop this mail?" in client.get(off).get_text()
    assert queries.wishes(ann.id).time_of("mention") == "once"
    # A mail program posts without a session and without a CSRF token.
    answer = client.http.post(off, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and queries.wishes(ann.id).time_of("mention") == "off"
    client.get(off + "x", status=404)


def test_the_daily_mail_comes_once_a_morning_and_repeats_nothing(
    hub: Flask, settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    with time_machine.travel("2027-01-20T05:30:00Z", tick=False):
        forums.reply(make.viewer(dev), topic, body="First")
        settle()
        assert outbox(hub) == []
    with time_machine.travel("2027-01-20T07:31:00Z", tick=False):
        settle()
        assert [m["Subject"] for m in outbox(hub)] == ["1 thing new for you in Knowledge Hub"]
    with time_machine.travel("2027-01-20T12:31:00Z", tick=False):
        forums.reply(make.viewer(dev), topic, body="Second")
        settle()
        assert len(outbox(hub)) == 1
    with time_machine.travel("2027-01-21T07:31:00Z", tick=False):
        settle()
        letters.send_digests()
        settle()
        mail = outbox(hub)
    assert len(mail) == 2 and mail[1].get_content().count("* ") == 1


def test_what_was_read_in_the_hub_is_not_mailed(
    hub: Flask, client: Client, settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    with time_machine.travel("2027-01-20T05:30:00Z", tick=False):
        forums.reply(make.viewer(dev), topic, body="First")
        settle()
        keeping.mark_read(
            make.viewer(ann), Item.get_by_id(topic.id), Item.select().order_by(Item.id.desc()).get().id
        )
    with time_machine.travel("2027-01-20T08:00:00Z", tick=False):
        settle()
    assert outbox(hub) == []


def test_the_weekly_mail_comes_on_mondays_and_off_means_off(
    hub: Flask, settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    actions.set_wishes(make.viewer(ann), {"reply": "weekly", "reaction": "off"})
    with time_machine.travel(NOON, tick=False):
        forums.reply(make.viewer(dev), topic, body="First")
        keeping.react(make.viewer(dev), topic, "thanks")
        settle()
        letters.send_digests()
        settle()
        assert outbox(hub) == []
    with time_machine.travel("2027-01-25T08:00:00Z", tick=False):
        settle()
        mail = outbox(hub)
    assert len(mail) == 1 and "reacted" not in mail[0].get_content() and "answered" in mail[0].get_content()


def test_a_long_digest_says_how_much_more_there_is(
    hub: Flask, settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    actions.set_wishes(make.viewer(ann), dict.fromkeys(REASONS, "daily"))
    with time_machine.travel("2027-01-20T05:30:00Z", tick=False):
        for number in range(53):
            make.item(dev, topic.space, "topic", f"Question {number}", "@ann.evans?")
        settle()
    with time_machine.travel("2027-01-20T08:00:00Z", tick=False):
        settle()
        text = outbox(hub)[0].get_content()
    assert "and 3 more" in text and "/notifications" in text


def test_somebody_who_left_gets_no_mail(
    hub: Flask, settle: Settle, topic: Item, ann: Person, dev: Person
) -> None:
    with time_machine.travel(NOON, tick=False):
        forums.reply(make.viewer(dev), topic, body="@ann.evans?")
        Person.update(status="disabled").where(Person.id == ann.id).execute()
        settle()
    assert outbox(hub) == []


def test_wishes_are_kept_and_a_wrong_one_is_refused(
    client: Client, ann: Person, dev: Person, housing: Space
) -> None:
    keeping.follow(ann.id, f"space:{housing.id}", "watch")
    page = client.sign_in(ann).get("notifications.settings")
    assert "Housing" in page.get_text()
    client.post("notifications.settings", {"reply": "weekly"}, follow=True)
    assert Wishes.get_by_id(ann.id).times == {"reply": "weekly"}
    client.post("notifications.settings", {"reply": "hourly"}, status=422)
    assert Wishes.get_by_id(ann.id).times == {"reply": "weekly"}


def test_telling_a_thousand_followers_takes_few_statements(ann: Person, housing: Space) -> None:
    home = make.organisation()
    Person.insert_many(
        [
            {"name": f"P {n}", "handle": f"p{n}", "email": f"p{n}@example.org", "organisation": home.id}
            for n in range(1000)
        ]
    ).execute()
    with db.write():
        for row in Person.select(Person.id).where(Person.handle.startswith("p")):
            keeping.follow(row.id, f"space:{housing.id}", "watch")
    events.deliver()
    make.item(ann, housing, "topic", "News")
    with db.count_queries() as seen:
        events.deliver("notifications")
    assert Notification.select().count() == 1000
    assert len(seen) < 25, len(seen)


def test_strangers_have_no_notifications(client: Client) -> None:
    client.get("notifications.notifications", status=303)
    client.get("notifications.bell", status=401, htmx="bell")
    assert access.NOBODY.id is None and queries.unseen_count(access.NOBODY) is None


def test_old_notifications_are_removed(settle: Settle, topic: Item, ann: Person, dev: Person) -> None:
    forums.reply(make.viewer(dev), topic, body="First")
    settle()
    Notification.update(created_at=clock.now() - timedelta(days=200)).execute()
    letters.tidy(None)
    assert Notification.select().count() == 0
