"""The policy in Welsh beside its English: versions hold both, the reader switches, what is missing is read in English."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from hub.errors import Invalid
from hub.people.models import Person
from hub.policy import actions
from hub.policy.models import Clause, PolicyVersion
from tests import make
from tests.browser import Client
from tests.policy import room

WELSH = """# Ein polisi defnydd

Nid ydym yn rhwystro. **Tri pheth i'w cofio.**

## 2 Gwybodaeth pobl

### 2.1 Data personol a dynodwyr

Peidiwch â phostio dynodwyr.

*Pam:* Ni ellir eu galw yn ôl.
"""


@pytest.mark.backend
def test_a_version_holds_both_and_the_reader_switches(client: Client, hub: Flask) -> None:
    room.policy(welsh=WELSH)
    page = client.sign_in(make.person()).get("policy.policy")
    assert "Do not post identifiers." in page.get_text() and "Peidiwch" not in page.get_text()
    switch = page.find("nav", attrs={"aria-label": "Language"})
    assert switch.find("a", attrs={"aria-current": "page"}).get_text() == "English"
    page = client.get(switch.find("a", string="Cymraeg")["href"])
    clause = page.find(id="clause-2.1")
    assert (
        clause["lang"] == "cy"
        and "Peidiwch â phostio dynodwyr." in clause.get_text()
        and "Pam" in clause.get_text()
    )
    assert "Do not post identifiers" not in page.get_text()
    assert page.find("h1").get_text() == "Ein polisi defnydd" and "Nid ydym yn rhwystro" in page.get_text()
    assert page.find("h2", attrs={"lang": "cy"}).get_text() == "2 Gwybodaeth pobl"


@pytest.mark.backend
def test_what_has_no_welsh_is_read_in_english_and_says_so(client: Client, hub: Flask) -> None:
    room.policy(welsh=WELSH)
    page = client.get("policy.policy", language="cy")
    clause = page.find(id="clause-3.1")
    assert not clause.has_attr("lang") and "Do not post passwords." in clause.get_text()
    assert "There is no Welsh text of this clause yet" in clause.get_text() and "Why" in clause.get_text()
    assert "no Welsh text" not in page.find(id="clause-2.1").get_text()


def test_a_version_without_welsh_offers_no_switch_and_falls_back(client: Client, hub: Flask) -> None:
    room.policy()
    page = client.get("policy.policy")
    assert page.find("nav", attrs={"aria-label": "Language"}) is None
    page = client.get("policy.policy", language="cy")
    assert "There is no Welsh text of this version" in page.get_text()
    assert "Do not post identifiers." in page.get_text()


def test_an_older_version_keeps_its_own_welsh(client: Client, hub: Flask) -> None:
    room.policy(welsh=WELSH)
    actions.publish_version(None, room.POLICY.replace("identifiers", "numbers"))
    page = client.get("policy.version", number=1, language="cy")
    assert "Peidiwch" in page.get_text()
    link = page.find("a", string="Version 2")
    assert "language=cy" in link["href"] and "There is no Welsh text" in client.get(link["href"]).get_text()


@pytest.mark.parametrize(
    ("welsh", "what"),
    [
        (WELSH.replace("### 2.1", "### 9.9"), "9.9"),
        (WELSH + "\n### 2.1 Eto\n\nGeiriau.\n", "2.1"),
        ("Dim byd.", ""),
    ],
)
def test_a_welsh_text_that_does_not_fit_is_refused_and_nothing_is_published(
    hub: Flask, welsh: str, what: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        room.policy(welsh=welsh)
    assert what in refusal.value.message and PolicyVersion.select().count() == 0


def test_the_command_takes_both_files(hub: Flask, tmp_path: Path) -> None:
    owner: Person = make.person("Owena Owner")
    english, welsh = tmp_path / "policy.md", tmp_path / "polisi.md"
    english.write_text(room.POLICY, encoding="utf-8")
    welsh.write_text(WELSH, encoding="utf-8")
    said = hub.test_cli_runner().invoke(
        args=["policy", "publish", str(english), "--welsh", str(welsh), "--by", owner.email]
    )
    assert said.exit_code == 0, said.output
    assert Clause.get(Clause.key == "2.1").title_cy == "Data personol a dynodwyr"
    assert Clause.get(Clause.key == "3.1").text_cy == ""
