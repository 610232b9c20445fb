"""Profiles: what they show to whom, changing one's own, the photo, choices."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from hub import clock, db
from hub.errors import Invalid
from hub.events import Event
from hub.people import actions, passwords, photos, sessions
from hub.people.models import Person
from tests import make

pytestmark = pytest.mark.backend


def picture(size=(640, 480), kind="JPEG", mode="RGB", colour="teal", **save) -> io.BytesIO:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **save)
    out.seek(0)
    return out


def form(person: Person, **over) -> dict:
    return {
        "name": person.name,
        "job_title": "Officer",
        "unit": "",
        "about": "",
        "ask_me_about": "",
        "skills": "",
        "languages": "",
        "working_days": "",
        "phone": "",
        "manager": "",
        "cover": "",
        **over,
    }


def test_a_profile_shows_the_person_and_those_around_them(client) -> None:
    head = make.person("Helen Head")
    unit = make.unit(name="Adult Care", head_id=head.id)
    ann = make.person(
        "Ann Evans",
        unit=unit,
        manager_id=head.id,
        cover_id=head.id,
        about="First.\n\nSecond <b>bold</b>.",
        skills=["safeguarding"],
        ask_me_about=["The front door"],
        languages=["Welsh"],
        working_days="Mon–Thu",
        phone="01632 960002",
        confirmed_at=clock.now(),
    )
    page = client.sign_in(make.partner("Pat")).get("people.person", handle=ann.handle)
    text = page.find(id="main").get_text(" ", strip=True) + page.find("aside").get_text(" ", strip=True)
    for words in (
        "Adult Care",
        "Helen Head",
        "The front door",
        "Welsh",
        "Mon–Thu",
        "01632 960002",
        "<b>bold</b>",
    ):
        assert words in text
    assert page.h1.get_text() == "Ann Evans" and page.find("a", href="tel:01632960002")
    team = client.get("people.person", handle=head.handle).find(id="team")
    assert "Ann Evans" in team.get_text()


def test_a_profile_shows_only_what_the_viewer_may_read(client) -> None:
    ann = make.person("Ann Evans")
    hub, closed = make.hub_space(), make.space("Closed", "secret", editors=(ann,))
    from hub.content import kinds

    name = next(iter(kinds.listed()), None)
    if name is None:
        pytest.skip("no room has registered a kind of item yet")
    make.item(ann, hub, name, title="Open words", audience="everyone")
    make.item(ann, hub, name, title="Staff words", audience="staff", reason="Not for partners yet.")
    make.item(ann, closed, name, title="Closed words")
    text = client.sign_in(make.partner("Pat")).get("people.person", handle=ann.handle).get_text()
    assert "Open words" in text and "Staff words" not in text and "Closed words" not in text
    text = client.sign_in(ann).get("people.person", handle=ann.handle).get_text()
    assert all(words in text for words in ("Open words", "Staff words", "Closed words"))


def test_strangers_see_no_profile_no_photo_and_no_directory(client) -> None:
    ann = make.person("Ann Evans", photo="a" * 64)
    for endpoint, values in (
        ("person", {"handle": ann.handle}),
        ("photo", {"handle": ann.handle}),
        ("directory", {}),
        ("organisations", {}),
        ("organisation", {"organisation_key": "council"}),
        ("settings", {}),
    ):
        client.get(f"people.{endpoint}", status=303, **values)
        assert "/sign-in" in client.last.headers["Location"]


def test_an_unknown_handle_is_not_found(client) -> None:
    client.sign_in(make.person()).get("people.person", handle="no.such", status=404)
    client.get("people.unit", unit_key="no-such", status=404)
    client.get("people.organisation", organisation_key="no-such", status=404)


def test_somebody_who_left_says_so_and_hides_how_they_were_reached(client) -> None:
    gone = make.person("Gareth Gone", status="disabled", phone="01632 960009", roles=[])
    page = client.sign_in(make.person()).get("people.person", handle=gone.handle)
    assert (
        "Has left" in page.get_text()
        and "01632 960009" not in page.get_text()
        and gone.email not in page.get_text()
    )


def test_a_profile_costs_a_fixed_number_of_queries(client) -> None:
    head = make.person("Helen Head", confirmed_at=clock.now())
    make.hub_space()
    client.sign_in(head)
    counts = []
    for more in (1, 12):
        for _ in range(more):
            make.person(manager_id=head.id)
        client.get("people.person", handle=head.handle)
        with db.count_queries() as seen:
            client.get("people.person", handle=head.handle)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_changing_ones_profile_keeps_it_records_it_and_confirms_it(client) -> None:
    unit, boss = make.unit(name="Libraries"), make.person("Bo Boss")
    ann = make.person("Ann Evans")
    client.sign_in(ann).post(
        "people.edit_profile",
        form(
            ann,
            job_title=" Head  Librarian ",
            unit=unit.key,
            about="One.\r\n\r\nTwo.",
            skills="Reading, reading; Welsh\nMaps",
            manager=f"@{boss.handle}",
            cover=boss.email,
            languages="Cymraeg",
        ),
    )
    kept = Person.get_by_id(ann.id)
    assert (kept.job_title, kept.unit_id, kept.about) == ("Head Librarian", unit.id, "One.\n\nTwo.")
    assert kept.skills == ["Reading", "Welsh", "Maps"] and kept.manager_id == kept.cover_id == boss.id
    assert kept.confirmed_at is not None
    event = Event.select().where(Event.name == "person:changed").get()
    assert event.person_id == ann.id and "Librarian" not in str(event.data)
    page = client.get("people.edit_profile")
    assert page.find("input", {"name": "skills"})["value"] == "Reading, Welsh, Maps"
    assert page.find("input", {"name": "manager"})["value"] == f"@{boss.handle}"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": " "}, "f-name"),
        ({"name": "x" * 121}, "f-name"),
        ({"about": "x" * 4001}, "f-about"),
        ({"skills": ", ".join(f"skill {n}" for n in range(21))}, "f-skills"),
        ({"skills": "x" * 61}, "f-skills"),
        ({"manager": "@nobody"}, "f-manager"),
        ({"cover": "themselves"}, "f-cover"),
        ({"unit": "no-such"}, "f-unit"),
    ],
)
def test_a_bad_profile_says_where_and_keeps_what_was_typed(client, over, field) -> None:
    ann = make.person("Ann Evans", handle="themselves")
    page = client.sign_in(ann).post(
        "people.edit_profile", form(ann, **{"working_days": "Tuesdays only", **over}), status=422
    )
    assert field in {a["href"][1:] for a in page.select(".error-summary a")}
    assert page.find("input", {"name": "working_days"})["value"] == "Tuesdays only"
    assert Person.get_by_id(ann.id).working_days == ""


def test_a_partner_has_no_service_to_choose(client) -> None:
    unit, pat = make.unit(), make.partner("Pat Police")
    client.sign_in(pat)
    assert client.get("people.edit_profile").find("select", {"name": "unit"}) is None
    client.post("people.edit_profile", form(pat, unit=unit.key))
    assert Person.get_by_id(pat.id).unit_id is None


def test_still_right_is_one_click(client) -> None:
    ann = make.person("Ann Evans", confirmed_at=clock.now() - timedelta(days=200))
    page = client.sign_in(ann).get("people.person", handle=ann.handle)
    assert page.select_one('form[action="/settings/profile/confirm"]') is not None
    client.post("people.confirm_profile")
    assert (
        client.get("people.person", handle=ann.handle).select_one('form[action="/settings/profile/confirm"]')
        is None
    )
    other = client.sign_in(make.person()).get("people.person", handle=ann.handle)
    assert (
        other.select_one('form[action="/settings/profile/confirm"]') is None
        and "Confirmed as right" in other.get_text()
    )


# --- photo


def test_a_photo_becomes_a_small_square_png_without_metadata(client) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    exif[0x0112] = 6  # on its side
    ann = make.person("Ann Evans")
    client.sign_in(ann).post("people.edit_profile", form(ann, photo=(picture(exif=exif), "me.jpg")))
    client.get("people.photo", handle=ann.handle)
    answer = client.last
    shown = Image.open(io.BytesIO(answer.data))
    assert answer.mimetype == "image/png" and shown.size == (256, 256) and shown.format == "PNG"
    assert b"secret" not in answer.data and not shown.getexif() and not shown.info
    assert (
        "inline" in answer.headers["Content-Disposition"]
        and "sandbox" in answer.headers["Content-Security-Policy"]
    )
    again = client.http.get(
        f"/people/{ann.handle}/photo.png", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    client.post("people.edit_profile", form(ann, photo_away="yes"))
    client.get("people.photo", handle=ann.handle, status=404)


def test_the_photo_is_turned_upright_and_its_middle_is_used() -> None:
    wide = Image.new("RGB", (400, 100), "red")
    wide.paste("blue", (150, 0, 250, 100))
    out = io.BytesIO()
    wide.save(out, "PNG")
    small = Image.open(io.BytesIO(photos.square_png(io.BytesIO(out.getvalue()))))
    assert all(small.getpixel(at)[2] > 240 for at in ((5, 5), (128, 128), (250, 250)))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    half = Image.new("RGB", (100, 100), "red")
    half.paste("blue", (0, 50, 100, 100))
    out = io.BytesIO()
    half.save(out, "JPEG", quality=95, exif=exif)
    small = Image.open(io.BytesIO(photos.square_png(io.BytesIO(out.getvalue()))))
    red, _, blue = small.getpixel((128, 10))
    assert blue > 200 > red


def test_see_through_parts_become_white() -> None:
    small = Image.open(io.BytesIO(photos.square_png(picture(kind="PNG", mode="RGBA", colour=(0, 0, 0, 0)))))
    assert small.getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK"])
def test_every_usual_kind_of_picture_is_understood(mode: str) -> None:
    made = picture(kind="JPEG" if mode == "CMYK" else "PNG", mode=mode, colour=0)
    assert photos.square_png(made).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        picture().getvalue()[:300],
        picture(kind="GIF", mode="P", colour=1).getvalue(),
        picture(kind="TIFF").getvalue(),
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    ],
)
def test_what_is_no_photo_is_refused_and_the_old_one_kept(client, data: bytes) -> None:
    ann = make.person("Ann Evans", photo="b" * 64)
    sent = form(ann, about="Typed and not lost", photo=(io.BytesIO(data), "me.jpg"))
    page = client.sign_in(ann).post("people.edit_profile", sent, status=422)
    assert "f-photo" in {a["href"][1:] for a in page.select(".error-summary a")}
    assert page.find("input", {"name": "name"})["value"] == "Ann Evans"
    assert page.find(id="f-about").get_text().strip() == "Typed and not lost"
    assert Person.get_by_id(ann.id).photo == "b" * 64


def test_a_picture_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = picture((8000, 5001), "PNG", "1", 0)
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(Invalid, match="40 million"):
        photos.square_png(bomb)
    with pytest.raises(Invalid, match="10 MB"):
        photos.square_png(io.BytesIO(b"\xff" * (photos.LARGEST + 1)))


# --- choices


def test_the_theme_is_kept_for_people_and_for_nobody(client) -> None:
    client.post(
        "people.theme", {"theme": "dark"}, headers={"Referer": "http://localhost/sign-in?next=/people"}
    )
    assert client.last.headers["Location"] == "/sign-in?next=/people"
    assert client.get("people.sign_in").html["data-theme"] == "dark"
    ann = make.person("Ann Evans", preferences={"keys": "off"})
    client.sign_in(ann).post(
        "people.theme", {"theme": "light"}, headers={"Referer": "http://evil.example/people"}
    )
    assert client.last.headers["Location"] == "/settings"
    assert client.get("people.settings").html["data-theme"] == "light"
    assert Person.get_by_id(ann.id).preferences == {"keys": "off", "theme": "light"}
    client.post("people.theme", {"theme": "<script>"}, status=422)


def test_single_keys_can_be_switched_off_and_on(client) -> None:
    client.sign_in(make.person("Ann Evans")).post("people.keys", {"keys": "off"})
    assert client.get("people.settings").html["data-keys"] == "off"
    client.post("people.keys", {"keys": "on"})
    assert not client.get("people.settings").html.get("data-keys")


def test_a_new_password_needs_the_present_one_and_ends_other_sessions(client) -> None:
    new = "seven green kettles on a hill"
    ann = make.person("Ann Evans", password_hash=passwords.hash_of(make.PASSWORD))
    sessions.start(ann)
    client.sign_in(ann)
    page = client.post("people.change_password", {"current": "wrong", "password": new}, status=422)
    assert "f-current" in str(page.select_one(".error-summary"))
    page = client.post(
        "people.change_password", {"current": make.PASSWORD, "password": "ann evans 1"}, status=422
    )
    assert "f-password" in str(page.select_one(".error-summary"))
    client.post("people.change_password", {"current": make.PASSWORD, "password": new})
    assert passwords.verify(Person.get_by_id(ann.id).password_hash, new)
    assert len(sessions.running(ann)) == 1
    client.get("people.settings")


def test_password_fields_help_managers_and_never_block_pasting(client) -> None:
    fields = client.get("people.sign_in").find_all("input")
    ways = {f["name"]: f.get("autocomplete") for f in fields if f.get("name") in ("email", "password")}
    assert ways == {"email": "username", "password": "current-password"}
    page = client.sign_in(make.person(password_hash="x")).get("people.change_password")
    assert {f["name"]: f["autocomplete"] for f in page.find_all("input", type="password")} == {
        "current": "current-password",
        "password": "new-password",
    }


def test_preferences_of_other_rooms_are_kept(hub) -> None:
    ann = make.person("Ann Evans", preferences={"mail": "weekly"})
    viewer = make.viewer(ann)
    Person.update(preferences={"mail": "daily"}).where(Person.id == ann.id).execute()
    actions.set_preference(viewer, "theme", "dark")
    assert Person.get_by_id(ann.id).preferences == {"mail": "daily", "theme": "dark"}


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ann Evans", "AE"),
        ("Inspector Karen Whittle", "KW"),
        ("Dr. Samuel Osei", "SO"),
        ("PC Ffion Mair Daniel", "FD"),
        ("Dr", "D"),
        ("Cher", "C"),
        ("éva ŵyn", "ÉŴ"),
        ("(Miss) Jo March", "JM"),
        ("42", "?"),
    ],
)
def test_initials_leave_out_what_is_no_part_of_the_name(name: str, initials: str) -> None:
    assert Person(name=name).initials == initials
