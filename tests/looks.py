"""A page in Chromium as four people see it: wide and narrow, light and dark, looked over by axe-core."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""All that a change from light to dark can break: the other rules read the markup and the sizes."""
HEIGHT = 900
LOOKS = ((1280, "light", "dark"), (320, "dark", "light"))
"""Width in px, the scheme that every rule is asked in, and the one that only the rules about colour are asked in."""


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe-core finds on the page as it stands, a line each: by all rules of WCAG 2.2 AA, or by these alone."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: list[dict[str, Any]] = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(found => found.violations)",
        only,
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:160]} "
        f"{json.dumps(rule['nodes'][0].get('any', [{}])[:1])[:200]}"
        for rule in found
    ]


def problems(page: Page, what: str) -> list[str]:
    """What is wrong with the page in any of the four looks, and whether it scrolls sideways in a width.

    The page is loaded once; scheme and width are changed under it, so that a form keeps what was typed.
    """
    found = []
    for width, scheme, other in LOOKS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for wanted, rules in ((scheme, None), (other, COLOUR_RULES)):
            # Without motion no colour is on its way from one scheme to the other when axe looks.
            page.emulate_media(color_scheme=wanted, reduced_motion="reduce")
            found += [f"{what}, {width} px, {wanted}: {line}" for line in violations(page, rules)]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 1:
            found.append(f"{what}: scrolls sideways by {wide} px at {width} px")
    page.set_viewport_size({"width": LOOKS[0][0], "height": HEIGHT})
    return found
