"""What every page is checked for by tests/browser.py, each with a page that breaks it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.browser import check_page

HEADERS = {
    "Content-Security-Policy": "x",
    "X-Content-Type-Options": "x",
    "Referrer-Policy": "x",
    "Vary": "HX-Request",
}
GOOD = """<html><head><title>Roads · Hub</title><script src="/hub.js"></script></head><body><h1>Roads</h1><h2>Now</h2>
<form method="post"><input type="hidden" name="csrf_token" value="1"><label for="a">Name</label><input id="a" name="a">
<label><input type="checkbox" name="b"> Yes</label><input name="c" aria-label="Words"><button hx-post="/x">Send</button></form>
<a href="/x"><img src="/x.png" alt="Map"></a></body></html>"""
BROKEN = {
    "inline script: <script>": "<script>let a</script>",
    "inline style: <p": '<p style="color: red">x</p>',
    "inline handler onclick: <a": '<a href="/" onclick="x()">x</a>',
    "for='nowhere' points nowhere: <label": '<label for="nowhere">x</label>',
    "form without CSRF token: <form": '<form method="post"></form>',
    "no label: <input": '<input name="d" id="d">',
    "no name: <button": "<button></button>",
    "picture without alt: <img": '<img src="/y.png">',
    "htmx without a plain way: <div": '<div hx-get="/x"></div>',
    "id 'a' stands 2 times": '<p id="a">x</p>',
    "2 h1 elements": "<h1>Roads again</h1>",
    "heading level jumps from 2 to 4": "<h4>Too deep</h4>",
}


def problems(html: str, **headers: str) -> list[str]:
    return check_page(BeautifulSoup(html, "html.parser"), HEADERS | headers)


def test_a_good_page_has_no_problem() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(("told", "broken"), BROKEN.items())
def test_each_problem_is_told_with_the_element_that_has_it(told: str, broken: str) -> None:
    found = problems(GOOD.replace("</body>", f"{broken}</body>"))
    assert len(found) == 1 and found[0].startswith(told), found


def test_a_title_of_another_page_and_missing_headers_are_told() -> None:
    assert problems(GOOD.replace("<title>Roads", "<title>Bins")) == [
        "title 'Bins · Hub' does not begin with the h1 'Roads'"
    ]
    bare = check_page(BeautifulSoup(GOOD, "html.parser"), {})
    assert len(bare) == 4 and "Vary has no HX-Request" in bare
