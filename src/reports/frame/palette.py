"""Colours of grades: from teal to dark red through a light middle.

Hue and lightness both change, so that readers who do not tell green from red still see the two ends
apart; the grade's number always stands beside its colour.
"""

from __future__ import annotations

GRADE_COLOURS = (
    "#00594c",
    "#1d7a69",
    "#4b9b89",
    "#86bcab",
    "#c5dbb9",
    "#f3e3a1",
    "#f2bf62",
    "#e28a3f",
    "#c04a2b",
    "#861a2c",
)
INK, PAPER = "#1c2733", "#ffffff"
MUTED, RULE, ACCENT = "#5a6875", "#d9dfe5", "#1f5f8b"


def colours(n: int) -> list[str]:
    """One colour per grade for a scale of `n` grades, ends kept.

    >>> colours(2) == [GRADE_COLOURS[0], GRADE_COLOURS[-1]]
    True
    """
    last = len(GRADE_COLOURS) - 1
    return [GRADE_COLOURS[round(i * last / max(n - 1, 1))] for i in range(n)]


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 (black) to 1 (white). Source: WCAG 2.2, relative luminance.

    >>> luminance("#ffffff"), luminance("#000000")
    (1.0, 0.0)
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21; text needs 4.5. Source: WCAG 2.2, 1.4.3.

    >>> round(contrast("#ffffff", "#000000"), 1)
    21.0
    """
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: str) -> str:
    """The text colour, ink or paper, that reads better on a background."""
    return max((INK, PAPER), key=lambda text: contrast(text, colour))


def grade_rules(n: int = len(GRADE_COLOURS)) -> str:
    """CSS rules `.g1` ... `.g<n>`: background and text colour of each grade."""
    return "\n".join(
        f".g{grade} {{ background: {colour}; color: {ink_on(colour)}; }}"
        for grade, colour in enumerate(colours(n), start=1)
    )
