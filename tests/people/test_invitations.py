"""Invitations: who may invite whom, the one-time link, renewing, withdrawing, lapsing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from hub import clock
from hub.errors import Invalid, Missing, Refused
from hub.events import Event
from hub.people import actions, invitations
from hub.people.models import Invitation, Person
from hub.people.sessions import token_hash
from hub.spaces import actions as spaces
from hub.spaces.models import Membership
from tests import make

pytestmark = pytest.mark.backend
LINK = "http://hub.example/invitation/"
PASSWORD = "seven green kettles on a hill"


def soon():
    return clock.now() + timedelta(days=90)


def mails(client) -> list[str]:
    folder = client.app.config["HUB"].data_path / "mail"
    return [p.read_text() for p in sorted(folder.glob("*.eml"))] if folder.exists() else []


def tokens(client) -> list[str]:
    return [re.search(r"/invitation/([\w\-]+)", m.replace("=\n", ""))[1] for m in mails(client)]


@pytest.fixture
def ann(hub) -> Person:
    make.organisation("police", key="police", name="Gororau Police", domain="police.example")
    return make.person("Ann Evans")


def form(**over: str) -> dict[str, str]:
    day = (clock.now() + timedelta(days=60)).date().isoformat()
    return {
        "email": "pat@police.example",
        "name": "Pat Police",
        "organisation": "police",
        "ends_on": day,
        "message": "Do join us.",
        **over,
    }


def test_a_member_of_staff_invites_a_partner_who_joins_by_the_mailed_link(client, ann, settle) -> None:
    client.sign_in(ann).post("people.invite", form())
    settle()
    assert "Do join us." in mails(client)[0] and "To: pat@police.example" in mails(client)[0]
    client.sign_in(None)
    token = tokens(client)[0]
    page = client.get("people.accept", token=token)
    assert page.find("input", {"name": "name"})["value"] == "Pat Police" and "Ann Evans" in page.get_text()
    client.post("people.accept", {"name": " Pat  Police ", "password": PASSWORD}, token=token)
    pat = Person.get(Person.email == "pat@police.example")
    assert (pat.name, pat.sponsor_id, pat.organisation.key, pat.is_staff) == (
        "Pat Police",
        ann.id,
        "police",
        False,
    )
    assert actions.last_day(pat.access_ends_at).isoformat() == form()["ends_on"]
    client.get("people.settings")
    client.sign_in(None).post(
        "people.accept", {"name": "Again", "password": PASSWORD}, token=token, status=410
    )
    assert {"person:invited", "person:joined"} <= {e.name for e in Event.select()}


def test_opening_the_link_twice_does_not_use_it_up_and_no_list_shows_the_token(client, ann, settle) -> None:
    client.sign_in(ann).post("people.invite", form())
    settle()
    token = tokens(client)[0]
    assert token not in str(client.get("people.invitations"))
    assert Invitation.get().token_hash != token
    client.sign_in(None)
    client.get("people.accept", token=token)
    client.get("people.accept", token=token)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"email": "no address"}, "f-email"),
        ({"email": "a@b"}, "f-email"),
        ({"email": "x" * 65 + "@police.example"}, "f-email"),
        ({"email": "pat@police.example\r\nBcc: all@example.org"}, "f-email"),
        ({"organisation": ""}, "f-organisation"),
        ({"organisation": "no-such"}, "f-organisation"),
        ({"organisation": "council"}, "f-organisation"),
        ({"ends_on": ""}, "f-ends_on"),
        ({"ends_on": "2020-01-01"}, "f-ends_on"),
        ({"ends_on": "2126-01-01"}, "f-ends_on"),
        ({"ends_on": "tomorrow"}, "f-ends_on"),
        ({"message": "x" * 1001}, "f-message"),
    ],
)
def test_a_bad_invitation_says_where_and_keeps_what_was_typed(client, ann, over, field) -> None:
    page = client.sign_in(ann).post("people.invite", form(**over), status=422)
    assert field in {a["href"][1:] for a in page.select(".error-summary a")}
    if "message" not in over:
        assert "Do join us." in page.find("textarea", {"name": "message"}).get_text()
    assert Invitation.select().count() == 0


def test_the_form_calls_optional_only_what_may_be_left_out(client, ann) -> None:
    labels = {
        label["for"]: label.get_text()
        for label in client.sign_in(ann).get("people.invite").select("form label")
    }
    assert {name for name, words in labels.items() if "optional" in words} == {"f-name", "f-message"}
    labels = {
        label["for"]: label.get_text()
        for label in client.sign_in(make.person(roles=["administrator"]))
        .get("people.invite")
        .select("form label")
    }
    assert "optional" in labels["f-ends_on"] and "optional" not in labels["f-organisation"]


def test_addresses_of_one_organisation_cannot_be_invited_for_another(ann) -> None:
    make.organisation("nhs", key="health")
    with pytest.raises(Invalid, match="belong to Gororau Police"):
        invitations.invite(make.viewer(ann), "pat@police.example", "health", LINK, access_ends_at=soon())


def test_the_councils_own_addresses_never_become_partners(ann) -> None:
    with pytest.raises(Invalid):
        invitations.invite(make.viewer(ann), "new@council.example", "police", LINK, access_ends_at=soon())


def test_only_administrators_invite_staff_who_need_no_end(ann) -> None:
    admin = make.person("Admin", roles=["administrator"])
    with pytest.raises(Invalid):
        invitations.invite(make.viewer(ann), "new@council.example", "council", LINK)
    row = invitations.invite(
        make.viewer(admin), "new@council.example", "council", LINK, access_ends_at=soon()
    )
    assert row.access_ends_at is None


def test_nobody_is_invited_twice(ann) -> None:
    viewer = make.viewer(ann)
    invitations.invite(viewer, "pat@police.example", "police", LINK, access_ends_at=soon())
    with pytest.raises(Invalid, match="open invitation"):
        invitations.invite(viewer, "PAT@police.example", "police", LINK, access_ends_at=soon())
    known = make.partner("Known", email="known@police.example")
    with pytest.raises(Invalid, match="has an account"):
        invitations.invite(viewer, known.email, "police", LINK, access_ends_at=soon())


def test_partners_neither_invite_nor_see_invitations(client, ann) -> None:
    pat = make.partner("Pat")
    with pytest.raises(Refused):
        invitations.invite(make.viewer(pat), "x@police.example", "police", LINK, access_ends_at=soon())
    client.sign_in(pat).get("people.invitations", status=404)
    client.get("people.invite", status=404)
    client.post("people.invite", form(), status=404)


def test_sponsors_see_and_change_their_own_invitations_only_administrators_all(client, ann) -> None:
    ben, admin = make.person("Ben"), make.person("Admin", roles=["administrator"])
    row = invitations.invite(make.viewer(ann), "pat@police.example", "police", LINK, access_ends_at=soon())
    client.sign_in(ben)
    assert "pat@police.example" not in client.get("people.invitations").get_text()
    client.post("people.withdraw_invitation", invitation_id=row.id, status=404)
    client.post("people.renew_invitation", invitation_id=row.id, status=404)
    assert "pat@police.example" in client.sign_in(admin).get("people.invitations").get_text()
    client.post("people.withdraw_invitation", invitation_id=row.id)
    assert Invitation.get_by_id(row.id).withdrawn_at is not None


def test_a_withdrawn_or_replaced_or_old_link_is_gone(client, ann, settle) -> None:
    client.sign_in(ann).post("people.invite", form())
    settle()
    row = Invitation.get()
    client.post("people.renew_invitation", invitation_id=row.id)
    settle()
    first, second = tokens(client)
    client.get("people.accept", token=first, status=410)
    client.get("people.accept", token=second)
    with time_machine.travel(clock.now() + timedelta(days=14, minutes=1)):
        client.sign_in(None).get("people.accept", token=second, status=410)
    client.sign_in(ann).post("people.withdraw_invitation", invitation_id=row.id)
    client.sign_in(None).get("people.accept", token=second, status=410)
    with pytest.raises(Missing):
        invitations.accept(second, "Pat", PASSWORD)


def test_a_lapsed_invitation_is_renewed_with_an_end_that_lies_ahead(ann) -> None:
    row = invitations.invite(make.viewer(ann), "pat@police.example", "police", LINK, access_ends_at=soon())
    with time_machine.travel(clock.now() + timedelta(days=120)):
        assert invitations.state(Invitation.get_by_id(row.id))[0] == "Lapsed"
        invitations.renew(make.viewer(ann), Invitation.get_by_id(row.id), LINK)
        again = Invitation.get_by_id(row.id)
        assert invitations.state(again)[0] == "Open" and again.access_ends_at > clock.now() + timedelta(
            days=28
        )


def test_an_accepted_invitation_can_be_neither_renewed_nor_withdrawn(client, ann, settle) -> None:
    client.sign_in(ann).post("people.invite", form())
    settle()
    invitations.accept(tokens(client)[0], "Pat Police", PASSWORD)
    row = Invitation.get()
    client.post("people.renew_invitation", invitation_id=row.id, status=403)
    client.post("people.withdraw_invitation", invitation_id=row.id, status=403)


def test_the_link_dies_with_its_sponsors_account(client, ann, settle) -> None:
    client.sign_in(ann).post("people.invite", form())
    settle()
    Person.update(status="disabled").where(Person.id == ann.id).execute()
    client.sign_in(None).get("people.accept", token=tokens(client)[0], status=410)


def test_a_guessable_password_keeps_the_name_and_the_link(client, ann, settle) -> None:
    client.sign_in(ann).post("people.invite", form())
    settle()
    token = tokens(client)[0]
    client.sign_in(None)
    page = client.post(
        "people.accept", {"name": "Patricia", "password": "GororauPolice1"}, token=token, status=422
    )
    assert page.find("input", {"name": "name"})["value"] == "Patricia"
    client.post("people.accept", {"name": "Patricia", "password": PASSWORD}, token=token)


def test_an_editor_invites_into_a_space_and_the_partner_is_a_member_until_the_end(ann) -> None:
    space = make.space("Case conference", "invitation", editors=(ann,))
    sent: list[str] = []
    row = invitations.invite(
        make.viewer(ann), "pat@police.example", "police", LINK, access_ends_at=soon(), space=space
    )
    from hub.jobs import Job

    sent = [j.payload["text"] for j in Job.select().where(Job.kind == "mail.send")]
    token = re.search(r"/invitation/([\w\-]+)", sent[0])[1]
    pat = invitations.accept(token, "Pat Police", PASSWORD)
    membership = Membership.get(Membership.person == pat.id)
    assert membership.space_id == space.id and membership.ends_at == row.access_ends_at
    other = make.space("Other", "invitation", reach="everyone")
    with pytest.raises(Refused):
        invitations.invite(
            make.viewer(ann), "q@police.example", "police", LINK, access_ends_at=soon(), space=other
        )


def test_namesakes_get_handles_of_their_own(hub) -> None:
    from hub.people.handles import free_handle

    make.person("Siân O'Neill", handle="sian.oneill")
    assert free_handle("Siân O’Neill") == "sian.oneill2"
    assert free_handle("Łukasz Żak-Nowak") == "lukasz.zak.nowak"
    assert free_handle("王小明") == "person"
    assert free_handle("New") == "new2"


@pytest.mark.parametrize("what", ["still an editor", "no longer an editor", "archived"])
def test_an_invitation_leads_into_a_space_only_while_its_sponsor_may_let_people_in(ann, what: str) -> None:
    other = make.person()
    space = make.space("Casework", "invitation", "staff", editors=(ann, other))
    row = invitations.invite(
        make.viewer(ann), "pat@police.example", "police", LINK, access_ends_at=soon(), space=space
    )
    token = "known to the test"
    Invitation.update(token_hash=token_hash(token)).where(Invitation.id == row.id).execute()
    if what == "no longer an editor":
        spaces.remove_member(make.viewer(other), space, ann)
    elif what == "archived":
        spaces.archive(make.viewer(other), space)
    pat = invitations.accept(token, "Pat Pugh", PASSWORD)
    assert (space.token in make.viewer(pat).tokens) == (what == "still an editor")
