"""Every component renders its documented example as sound HTML, keeps text as text, and is in the guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, StrictUndefined, meta
from lucide.jinja import lucide

from hub.web.icons import ICONS, UnknownIcon, icon
from tests.web.gallery import (
    COMPONENTS,
    MENU,
    PERSON,
    ROOT,
    TEMPLATES,
    PostForm,
    environment,
    example_of,
    render,
    signature_of,
    source_of,
)  # fmt: skip

INTERACTIVE = ("a", "button", "input", "select", "textarea", "summary")


def faults(html: str) -> Iterator[str]:
    """What is wrong with a piece of HTML: names, labels, ids, inline style and script."""
    soup = BeautifulSoup(html, "html.parser")
    ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
    yield from (f"id {one!r} twice" for one in set(ids) if ids.count(one) > 1)
    for tag in soup.find_all(True):
        for attribute in tag.attrs:
            if attribute == "style" or attribute.startswith(("on", "hx-on")):
                yield f"inline {attribute} on <{tag.name}>"
        for attribute in ("aria-describedby", "aria-labelledby", "for"):
            for target in str(tag.get(attribute) or "").split():
                if target not in ids:
                    yield f"{attribute} leads to no element: {target!r}"
        if tag.name in INTERACTIVE and tag.get("type") != "hidden" and not name_of(tag, soup):
            yield f"no accessible name: {str(tag)[:80]}"
        if tag.name == "svg" and not (tag.get("aria-hidden") == "true" or tag.get("aria-label")):
            yield "an icon that is neither hidden nor named"
        if tag.name == "form" and tag.get("method") == "post" and not tag.find(attrs={"name": "csrf_token"}):
            yield "a form without a CSRF token"
        if tag.has_attr("hx-get") and not (tag.get("href") or tag.get("name") or tag.get("id")):
            yield f"does nothing without script: {str(tag)[:80]}"
    if re.search(r">\s*None\s*<|=\"None\"", html):
        yield "shows None"
    if "built-in method" in html or "bound method" in html:
        yield "shows a method where a value was meant"


def name_of(tag: Tag, soup: BeautifulSoup) -> str:
    words = tag.get_text(" ", strip=True) + str(tag.get("aria-label") or "")
    words += "".join(str(inner.get("aria-label") or "") for inner in tag.find_all("svg"))
    if tag.get("id") and (label := soup.find("label", attrs={"for": tag["id"]})):
        words += label.get_text(strip=True)
    if around := tag.find_parent("label"):
        words += around.get_text(strip=True)
    return words


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_example_of_a_component_is_sound_html(name: str) -> None:
    html = render(example_of(name), name)
    assert BeautifulSoup(html, "html.parser").find(True), "the example shows nothing"
    assert list(faults(html)) == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_is_one_macro_called_as_its_file(name: str) -> None:
    assert re.findall(r"{%-? macro (\w+)", source_of(name)) == [name]


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_hides_no_variable_of_the_frame_when_a_page_imports_it(name: str) -> None:
    soup = page(f'{{% from "components/{name}.html" import {name} %}}', viewer={"person": PERSON}, menu=MENU)
    assert soup.find("nav", class_="side").get_text(" ", strip=True).startswith("Home")
    frame = environment().loader.get_source(environment(), "page.html")[0]
    assert name not in meta.find_undeclared_variables(environment().parse(frame))


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_guide_gives_the_signature_of_a_component(name: str) -> None:
    guide = (ROOT / "docs" / "components.md").read_text(encoding="utf-8")
    assert f"`{signature_of(name)}`" in guide


def test_the_checks_find_what_they_are_for() -> None:
    bad = '<p id="a" style="x">None</p><p id="a"></p><a href="/"></a><svg></svg><form method="post"></form>'
    assert len(list(faults(bad + '<label for="gone">Name</label>'))) == 7


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>' x='{{ 7*7 }}"
EVIL_THING = {
    **dict.fromkeys(("url", "title", "label", "excerpt", "kind_label", "place"), HOSTILE),
    "id": 1,
    "kind_icon": "post",
    "passage": [(HOSTILE, True)],
    "tags": [(HOSTILE, HOSTILE)],
    "author": {"name": HOSTILE, "url": HOSTILE},
}


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("button", "{{ button(evil, href=evil) }}{{ button(evil, name=evil, value=evil) }}"),
        ("field", "{{ field('n', evil, value=evil, hint=evil, error=evil) }}"),
        ("field", "{{ field('n', evil, type='textarea', value='</textarea>' ~ evil) }}"),
        ("field", "{{ field('n', evil, type='select', options=[(evil, evil)]) }}"),
        ("field", "{{ field('n', evil, type='radios', options=[(evil, evil, evil)]) }}"),
        ("error_summary", "{{ error_summary([(evil, evil)]) }}"),
        ("notice", "{{ notice(evil, title=evil) }}"),
        ("table", "{{ table([{'label': evil, 'sort_url': evil}], [[evil]], evil) }}"),
        ("tag", "{{ tag(evil, evil) }}"),
        ("swatch", "{{ swatch(evil) }}"),
        ("avatar", "{{ avatar({'name': evil, 'photo_url': evil}) }}{{ avatar({'name': evil}) }}"),
        ("composer", "{{ composer('/x', title=evil, body='</textarea>' ~ evil, fields={evil: evil}) }}"),
        ("chart", "{{ chart(evil, [(evil, 3)], unit=evil) }}"),
        ("suggestions", "{{ suggestions([{'title': evil, 'entries': [thing]}], evil, evil) }}"),
        ("search_hit", "{{ search_hit(thing) }}"),
        ("item_card", "{{ item_card(thing) }}"),
    ],
)  # fmt: skip
def test_what_a_component_is_given_stays_text(name: str, call: str) -> None:
    soup = BeautifulSoup(render(call, name, evil=HOSTILE, thing=EVIL_THING), "html.parser")
    assert soup.find(["script", "img"], src="x") is None and soup.find("script") is None
    assert not [tag for tag in soup.find_all(True) if any(key.startswith("on") for key in tag.attrs)]


def test_a_field_ties_its_hint_and_its_error_to_the_input() -> None:
    soup = BeautifulSoup(
        render("{{ field('t', 'Title', hint='Short', error='Write one') }}", "field"), "html.parser"
    )
    field = soup.find("input")
    assert field["aria-describedby"] == "f-t-hint f-t-error" and field["aria-invalid"] == "true"
    assert soup.find(id="f-t-error").get_text() == "Error: Write one"


def test_a_textarea_keeps_a_first_empty_line() -> None:
    html = render("{{ field('b', 'Text', type='textarea', value='\\n\\ntwo') }}", "field")
    assert ">\n\n\ntwo</textarea>" in html, "a browser drops the first line break of a textarea"


def test_a_form_field_shows_what_the_form_knows() -> None:
    form = PostForm(data={"audience": "everyone"})
    form.validate()
    soup = BeautifulSoup(
        render("{{ form_field(form.title) }}{{ form_field(form.audience) }}", "form_field", form=form),
        "html.parser",
    )
    assert soup.find(id="f-title-error").get_text() == "Error: Write a title"
    assert soup.find(id="f-title-hint").get_text() == "In one line"
    assert soup.find("option", selected=True)["value"] == "everyone"


def test_a_password_is_never_written_back() -> None:
    assert "hunter" not in render("{{ field('p', 'Password', type='password', value='hunter2') }}", "field")


def test_the_audience_warns_of_partners_and_of_the_public() -> None:
    inside = render("{{ audience('Staff', 12) }}", "audience")
    partners = render("{{ audience('Everyone', 61, partners=14) }}", "audience")
    public = render("{{ audience('Public', public=true) }}", "audience")
    assert "<strong>" not in inside
    assert "14 of them are partners" in partners
    assert "Anyone on the internet can read it" in public


def test_a_chart_says_its_figures_in_a_table() -> None:
    soup = BeautifulSoup(
        render("{{ chart('Posts', [('Sep', 0), ('Oct', 22)], kind=k) }}", "chart", k="line"), "html.parser"
    )
    assert [cell.get_text() for cell in soup.find("tbody").find_all(["th", "td"])] == [
        "Sep",
        "0",
        "Oct",
        "22",
    ]


@pytest.mark.parametrize("points", [[], [("a", 0)], [(str(n), n) for n in range(60)]])
def test_a_chart_of_no_or_many_figures_renders(points: list[tuple[str, int]]) -> None:
    assert list(faults(render("{{ chart('Posts', points) }}", "chart", points=points))) == []


def test_an_icon_is_hidden_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in icon("home")
    assert 'aria-label="Close &lt;b&gt;"' in icon("close", 16, "Close <b>")


def test_an_icon_outside_the_table_is_an_error() -> None:
    with pytest.raises(UnknownIcon):
        icon("../../secret")


def test_every_icon_of_the_table_is_drawn() -> None:
    assert all(icon(name).startswith("<svg ") and "\n" not in icon(name) for name in ICONS)


def test_coordinates_are_kept_to_a_hundredth() -> None:
    numbers = re.compile(r"\d*\.\d+|\d+")
    for name, original in ICONS.items():
        drawn = re.findall(r' (?:d|points)="([^"]+)"', icon(name))
        delivered = re.findall(r' (?:d|points)="([^"]+)"', lucide(original))
        assert len(drawn) == len(delivered), name
        for mine, theirs in zip(drawn, delivered, strict=True):
            pairs = list(zip(numbers.findall(mine), numbers.findall(theirs), strict=True))
            assert all(abs(float(a) - float(b)) <= 0.00501 for a, b in pairs), name
            assert not any(len(a.partition(".")[2]) > 2 for a, _ in pairs), name


def page(source: str = "", env: Environment | None = None, **values: Any) -> BeautifulSoup:
    html = (env or environment()).from_string('{% extends "page.html" %}' + source).render(**values)
    assert list(faults(html)) == []
    return BeautifulSoup(html, "html.parser")


def test_the_page_renders_for_nobody_without_any_variable() -> None:
    soup = page("{% block title %}Help{% endblock %}{% block content %}<h1>Help</h1>{% endblock %}")
    assert soup.title.get_text() == "Help · Knowledge hub"
    assert soup.find("a", href="/sign-in") and not soup.find(id="bell")
    assert not soup.find("aside")


def test_the_page_shows_the_person_their_places_and_their_count() -> None:
    soup = page(
        "{% block rail %}<p>Needs you</p>{% endblock %}",
        viewer={"person": PERSON},
        menu=MENU,
        your_spaces=[{"name": "Housing", "url": "/spaces/housing", "colour": "#2F7F6B"}],
        unread_count=120,
        viewer_theme="dark",
    )
    assert soup.find(class_="bell-count").get_text() == "99+"
    assert soup.find(attrs={"aria-current": "page"}).get_text().startswith("Home")
    assert soup.html["data-theme"] == "dark" and soup.find("aside").get_text(strip=True) == "Needs you"


def test_the_page_runs_under_the_strict_policy() -> None:
    soup = page(viewer={"person": PERSON})
    assert all(script.get("src") and not script.get_text() for script in soup.find_all("script"))
    assert not soup.find("style")


def test_the_first_stop_of_the_keyboard_skips_to_the_content() -> None:
    soup = page()
    assert (
        soup.body.find(["a", "button", "input"])["href"] == "#main"
        and soup.find(id="main")["tabindex"] == "-1"
    )


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("errors/[0-9]*.html")), ids=lambda path: path.stem)
def test_an_error_page_says_what_happened_and_what_to_do(path: Path) -> None:
    html = environment().get_template(f"errors/{path.name}").render()
    soup = BeautifulSoup(html, "html.parser")
    assert list(faults(html)) == []
    assert len(soup.find_all("h1")) == 1 and soup.title.get_text().startswith(soup.h1.get_text())
    assert soup.find(class_="lede").get_text(strip=True) and soup.main.find_all("li")


def test_components_need_no_undefined_name_for_their_example() -> None:
    env = environment(StrictUndefined)
    assert "Post" in render("{{ button('Post') }}", "button", env)
