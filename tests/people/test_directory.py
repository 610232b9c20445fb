"""The directory, organisations and services."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from hub import clock, db
from hub.people import queries
from hub.people.models import Organisation, Person
from hub.people.queries import Wanted
from tests import make

pytestmark = pytest.mark.backend


def found(**wanted: str) -> list[str]:
    return [p.name for p in queries.directory(Wanted(**wanted)).rows]


def test_people_stand_in_the_order_of_their_names_whatever_the_case(hub) -> None:
    for name in ("ben Brook", "Ann Evans", "Cara Dunn"):
        make.person(name)
    assert found() == ["Ann Evans", "ben Brook", "Cara Dunn"]


def test_leavers_lapsed_partners_and_former_organisations_are_not_listed(hub) -> None:
    make.person("Here")
    make.person("Gone", status="disabled")
    make.partner("Lapsed", access_ends_at=clock.now() - timedelta(seconds=1))
    make.partner("Until", access_ends_at=clock.now() + timedelta(days=1))
    make.partner("Former", of=make.organisation("nhs", key="old", active=False))
    assert found() == ["Here", "Until"]
    assert [p.name for p in queries.all_active()] == ["Here", "Until"]
    assert sum(queries.head_counts().values()) == 2
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert found() == ["Here"]


def test_the_directory_is_narrowed_by_words_organisation_service_skill_and_letter(hub) -> None:
    care, roads = make.unit(name="Adult Care", key="care"), make.unit(name="Roads", key="roads")
    make.person("Ann Evans", unit=care, job_title="Social worker", skills=["Safeguarding", "Welsh"])
    make.person(
        "Ben Brook", unit=roads, job_title="Engineer", skills=["Gritting"], ask_me_about=["Potholes & drains"]
    )
    make.partner("Pat Police", job_title="Sergeant", skills=["Safeguarding adults"])
    assert found(words="eva soc") == ["Ann Evans"]
    assert found(words="GRITT") == ["Ben Brook"]
    assert found(words="potholes") == ["Ben Brook"]
    assert found(organisation="police") == ["Pat Police"]
    assert found(unit="roads") == ["Ben Brook"]
    assert found(skill="safeguarding") == ["Ann Evans"]
    assert found(skill="potholes & drains") == ["Ben Brook"]
    assert found(letter="p") == ["Pat Police"]
    assert found(words="ann", unit="roads") == []


@pytest.mark.parametrize(
    "words", ["%", "_", "\\", '"', "'; DROP TABLE person; --", "*", "[", "💧", "a" * 100, ",", '","']
)
def test_any_words_get_an_answer_and_wildcards_are_letters(client, words: str) -> None:
    make.person("Ann Evans", skills=["a, b"])
    client.sign_in(make.person("Ben Brook"))
    for name in ("q", "skill", "organisation", "unit", "letter", "page"):
        client.get("people.directory", **{name: words})
    if words in "%_*\\[":
        assert found(words=words) == []


def test_pages_go_forward_and_back_and_show_everybody_once(hub) -> None:
    for number in range(25):
        make.person(f"{'Ann' if number % 2 else 'ann'} {number % 5}", handle=f"h{number}")
    seen: list[str] = []
    cursors, cursor = [], ""
    while True:
        page = queries.directory(Wanted(), cursor, per_page=7)
        seen += [p.handle for p in page.rows]
        cursors.append((page.before, [p.handle for p in page.rows]))
        assert page.total == 25
        if not page.after:
            break
        cursor = page.after
    assert sorted(seen) == sorted(f"h{n}" for n in range(25)) and len(seen) == 25
    assert cursors[0][0] == ""
    before, _ = cursors[-1]
    for _, expected in reversed(cursors[:-1]):
        page = queries.directory(Wanted(), before, per_page=7)
        assert [p.handle for p in page.rows] == expected and page.after
        before = page.before
    assert before == ""


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "bnVsbA",
        "WzEsMiwzXQ",
        "WyJhIiwgIngiLCAiMSJd",
        "WyJhIiwgIngiLCA5OTk5OTk5OTk5OTk5XQ",
        "é",
        "[" * 200,
    ],
)
def test_a_damaged_cursor_shows_the_first_page(hub, cursor: str) -> None:
    make.person("Ann Evans")
    assert [p.name for p in queries.directory(Wanted(), cursor).rows] == ["Ann Evans"]


def test_the_list_costs_the_same_whatever_its_length(client) -> None:
    me = make.person("Ann Evans")
    client.sign_in(me)
    counts = []
    for more in (1, 25):
        for _ in range(more):
            make.person(unit=make.unit())
        client.get("people.directory")
        with db.count_queries() as seen:
            client.get("people.directory")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 2 + 1 + 6
    with db.count_queries() as seen:
        client.get("people.directory", htmx="people", q="a")
    assert len(seen) <= 2 + 1 + 2


def test_htmx_gets_the_region_and_links_keep_what_was_asked(client) -> None:
    for number in range(35):
        make.person(f"Ann {number:02}")
    client.sign_in(make.person("Zoe"))
    part = client.get("people.directory", htmx="people", q="ann", letter="a")
    assert part.find("html") is None and part.find("section")["id"] == "people"
    older = part.find("a", rel="next")["href"]
    assert "q=ann" in older and "letter=a" in older
    page = client.get(older)
    assert "Ann 34" in page.get_text() and page.find("input", {"name": "q", "id": "f-q"})["value"] == "ann"
    assert page.find("form", class_="people-filter")["action"] == "/people"


def test_nobody_fits_says_what_to_do(client) -> None:
    client.sign_in(make.person("Ann Evans"))
    assert "Show everybody" in client.get("people.directory", q="nobody like that").get_text()


def test_letters_and_skills_come_from_those_who_are_here(hub) -> None:
    make.person("Élise", skills=["Damp", "maps"])
    make.person("Ben", skills=["damp"])
    make.person("Gone", status="disabled", skills=["secret"])
    assert set(queries.letters()) == {"B", "É"}
    assert [s.lower() for s in queries.skills()] == ["damp", "maps"]


def test_organisations_and_services_show_their_people(client) -> None:
    head = make.person("Helen Head")
    unit = make.unit(name="Adult Care", head_id=head.id, about="Care at home.")
    make.person("Ann Evans", unit=unit)
    make.partner("Pat Police")
    client.sign_in(head)
    assert "Police Organisation" in client.get("people.organisations").get_text()
    page = client.get("people.organisation", organisation_key="police")
    assert "Pat Police" in page.get_text() and "Ann Evans" not in page.find(id="main").get_text()
    page = client.get("people.organisation", organisation_key="council")
    assert "Adult Care" in page.get_text()
    page = client.get("people.unit", unit_key=unit.key)
    assert (
        "Head of the service" in page.get_text()
        and "Ann Evans" in page.get_text()
        and "Care at home." in page.get_text()
    )


def test_only_administrators_add_and_change_organisations(client) -> None:
    staff, admin = make.person("Ann Evans"), make.person("Admin", roles=["administrator"])
    form = {
        "name": "Gororau Police",
        "short_name": "Police",
        "kind": "police",
        "domain": "@Gororau-Police.example",
        "about": "The force.",
    }
    client.sign_in(staff).post("people.new_organisation", form, status=404)
    client.sign_in(admin).post("people.new_organisation", form)
    made = Organisation.get(Organisation.name == "Gororau Police")
    assert (made.key, made.domain, made.is_home) == ("police", "gororau-police.example", False)
    client.post("people.new_organisation", form)
    assert Organisation.get(Organisation.key == "police-2")
    client.post("people.edit_organisation", {**form, "name": "Heddlu Gororau"}, organisation_key="police")
    assert Organisation.get_by_id(made.id).name == "Heddlu Gororau"
    page = client.post("people.new_organisation", {**form, "name": ""}, status=422)
    assert page.find("textarea", {"name": "about"}).get_text().strip() == "The force."
    client.post("people.new_organisation", {**form, "kind": "home"}, status=422)
    client.post("people.edit_organisation", {**form, "kind": "police"}, organisation_key="council")
    assert Organisation.get(Organisation.key == "council").is_home


def test_everybody_is_read_for_the_index_in_batches(hub) -> None:
    for _ in range(7):
        make.person()
    with db.count_queries() as seen:
        rows = list(queries.all_active(batch=3))
        assert all(p.organisation.name for p in rows)
    assert len(rows) == Person.select().count() and len(seen) == 3
