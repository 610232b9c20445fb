"""The council's own colour: one setting, from which the tones of both themes are worked out and checked.

The frame's colours are fixed; only the accent (buttons, current place, marks) may be the council's. A
colour that cannot be read is refused at the start, not shown to everybody.
"""

from __future__ import annotations

import re

WHITE, DARK_SURFACE, DARK_INK = "#FFFFFF", "#18211F", "#0B1F1C"
LEAST = 4.5  # WCAG 2.2, 1.4.3 Contrast (Minimum), level AA


class Unreadable(ValueError):
    """The colour has too little contrast to be read, or is none."""


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, of #RRGGBB. Source: WCAG 2.2, definition "relative luminance"."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21, of two colours. Source: WCAG 2.2, definition "contrast ratio"."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def style_sheet(accent: str) -> str:
    """CSS that puts the council's colour over the tokens of hub.css, light and dark; empty for no colour.

    Raises Unreadable for what is not #RRGGBB, and for a colour of less than 4.5:1 on white.
    """
    if not accent:
        return ""
    if contrast(accent, WHITE) < LEAST:
        ratio = contrast(accent, WHITE)
        raise Unreadable(
            f"{accent} has a contrast of {ratio:.1f}:1 on white; at least {LEAST}:1 can be read."
        )
    bright = _readable_on_dark(accent)
    tokens = {
        "--accent": (accent, bright),
        "--accent-hover": (_mixed(accent, "#000000", 0.3), _mixed(bright, WHITE, 0.3)),
        "--accent-weak": (_tint(accent, WHITE), _tint(bright, DARK_SURFACE)),
        "--on-accent": (WHITE, DARK_INK),
    }
    rules = "".join(f"{name}:light-dark({light},{dark});" for name, (light, dark) in tokens.items())
    return f":root{{{rules}}}\n"


def _readable_on_dark(accent: str) -> str:
    """The colour, as much lighter as the dark theme needs for text (6:1 on its surface)."""
    for part in range(20):
        bright = _mixed(accent, WHITE, part / 20)
        if contrast(bright, DARK_SURFACE) >= 6 and contrast(bright, DARK_INK) >= LEAST:
            return bright
    return WHITE


def _tint(colour: str, ground: str) -> str:
    """The ground with as much of the colour in it (at most an eighth) as leaves the colour readable on it."""
    tints = (_mixed(ground, colour, part / 64) for part in range(8, 0, -1))
    return next((tint for tint in tints if contrast(colour, tint) >= LEAST), ground)


def _mixed(colour: str, other: str, part: float) -> str:
    """`part` (0 to 1) of the other colour in this one, channel by channel."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02X}" for a, b in pairs)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        raise Unreadable(f"{colour!r} is not a colour: write it as #0B5D55.")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
