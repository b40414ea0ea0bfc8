"""A beeswarm as SVG, one strip a feature: every dot is a customer, to the right where the feature adds points. Words stand in HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, RADIUS = 460, 44, 2
SHADES = 5
"""From the lowest fifth of the values to the highest."""
_OPEN = Markup('<svg viewBox="0 0 {w} {h}" aria-hidden="true" focusable="false" class="swarm">')
_ZERO = Markup('<line class="zero" x1="{x}" x2="{x}" y1="0" y2="{h}"/>')
_DOT = Markup('<circle class="{kind}" cx="{x}" cy="{y}" r="{r}"/>')


def span(strips: Sequence[Sequence[tuple[float, float | None]]]) -> tuple[float, float]:
    """The lowest and highest points of all strips, with nought between them: all are drawn on one scale.

    >>> span([[(-3.0, 0.1), (2.0, 0.9)], [(5.0, None)]])
    (-3.0, 5.0)
    """
    every = [points for strip in strips for points, _ in strip]
    return min([0.0, *every]), max([0.0, *every])


def strip(dots: Sequence[tuple[float, float | None]], ends: tuple[float, float]) -> Markup:
    """One strip.

    Args:
        dots: points and the place of the value among all, 0 lowest to 1 highest; None where it has none.
        ends: see `span`.
    """
    low, high = ends
    across = (WIDTH - 4 * RADIUS) / ((high - low) or 1.0)
    parts = [_ZERO.format(x=round(2 * RADIUS - low * across), h=HEIGHT)]
    stacked: Counter[int] = Counter()
    for points, place in sorted(dots, key=lambda one: (one[0], one[1] is None, one[1] or 0.0)):
        x = round((2 * RADIUS + (points - low) * across) / RADIUS) * RADIUS
        n = stacked[x]
        stacked[x] += 1
        step = (n + 1) // 2 * RADIUS * (1 if n % 2 else -1)
        y = min(max(HEIGHT // 2 + step, RADIUS), HEIGHT - RADIUS)  # a full column lies on its edge
        parts.append(_DOT.format(kind=shade(place), x=x, y=y, r=RADIUS))
    return _OPEN.format(w=WIDTH, h=HEIGHT) + Markup("").join(parts) + Markup("</svg>")


def shade(place: float | None) -> str:
    """The class of a dot's colour.

    >>> shade(0.0), shade(0.5), shade(1.0), shade(None)
    ('s0', 's2', 's4', 'sx')
    """
    return "sx" if place is None else f"s{min(int(place * SHADES), SHADES - 1)}"
