"""Small charts as SVG, written by hand: a page of a customer must not wait for a chart library. Words stand in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from markupsafe import Markup

WIDTH, HEIGHT = 640, 150
LEFT, BOTTOM, TOP, RIGHT = 44, 22, 10, 40
MIN_RANGE = 40
"""Points of score that the axis spans at least: a small wobble must not look like a fall."""
GAP_DAYS = 100
"""Two scores further apart are not joined: nothing is known of the days between."""
_OPEN = Markup('<svg viewBox="0 0 {w} {h}" aria-hidden="true" focusable="false" class="spark">')


def score_line(points: Sequence[tuple[date, float]]) -> Markup:
    """A line of scores over time, oldest first; the newest has its number.

    Args:
        points: day and score, at least one.
    """
    first, last = points[0][0].toordinal(), points[-1][0].toordinal()
    low, high = _span([score for _, score in points])
    places = [
        (
            _across((day.toordinal() - first) / max(last - first, 1)),
            _up((score - low) / (high - low)),
        )
        for day, score in points
    ]
    parts = [_grid(_ticks(low, high), low, high)]
    parts += [_tick(*mark) for mark in _years(points)]
    for (here, next_), (a, b) in zip(pairwise(points), pairwise(places), strict=True):
        if (next_[0] - here[0]).days <= GAP_DAYS:
            parts.append(Markup('<line class="run" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(*a, *b))  # fmt: skip
    parts += [Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="2.6"/>').format(*one) for one in places]  # fmt: skip
    x, y = places[-1]
    now = Markup('<text x="{:.1f}" y="{:.1f}" class="now">{:.0f}</text>')
    parts.append(now.format(x + 7, y + 4, points[-1][1]))
    return _svg(parts)


def paid_columns(months: Sequence[tuple[date, float, float]]) -> Markup:
    """Columns by month: what was paid in time below, what was paid late on top of it.

    Args:
        months: first day of the month, paid, paid late; oldest first, at least one.
    """
    first, last = months[0][0], months[-1][0]
    n = (last.year - first.year) * 12 + last.month - first.month + 1
    top = max(paid for _, paid, _ in months) or 1.0
    step = (WIDTH - LEFT - RIGHT) / n
    parts = [_grid([0.0, top / 2, top], 0.0, top)]
    for month, paid, late in months:
        place = (month.year - first.year) * 12 + month.month - first.month
        x = LEFT + place * step + 0.1 * step
        for kind, low, high in (("timely", 0.0, paid - late), ("tardy", paid - late, paid)):
            if high > low:
                y, end = _up(high / top), _up(low / top)
                parts.append(Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(kind, x, y, 0.8 * step, end - y))  # fmt: skip
    parts.append(_tick(LEFT, f"{first:%Y-%m}"))
    januaries = ((year, (year - first.year) * 12 + 1 - first.month) for year in range(first.year + 1, last.year + 1))  # fmt: skip
    parts += [_tick(LEFT + place * step, str(year)) for year, place in januaries if place * step > 60]  # fmt: skip
    return _svg(parts)


def _svg(parts: Sequence[Markup]) -> Markup:
    opened = _OPEN.format(w=WIDTH, h=HEIGHT)
    return opened + Markup("").join(parts) + Markup("</svg>")


def _grid(ticks: Sequence[float], low: float, high: float) -> Markup:
    line = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/><text x="{}" y="{:.1f}" text-anchor="end">{}</text>')  # fmt: skip
    places = [(_up((one - low) / (high - low)), one) for one in ticks]
    return Markup("").join(
        line.format(LEFT, WIDTH - RIGHT, y, y, LEFT - 6, y + 4, _short(one)) for y, one in places
    )


def _tick(x: float, text: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{}">{}</text>').format(x, HEIGHT - 5, text)


def _years(points: Sequence[tuple[date, float]]) -> list[tuple[float, str]]:
    """The first day, and every first of January after it that is not right beside it."""
    first, last = points[0][0].toordinal(), points[-1][0].toordinal()
    marks = [(float(LEFT), f"{points[0][0]:%Y-%m}")]
    for year in range(points[0][0].year + 1, points[-1][0].year + 1):
        x = _across((date(year, 1, 1).toordinal() - first) / max(last - first, 1))
        if x - marks[-1][0] > 60 and x < WIDTH - 30:
            marks.append((x, str(year)))
    return marks


def _span(scores: Sequence[float]) -> tuple[float, float]:
    low, high = min(scores), max(scores)
    wanting = max(MIN_RANGE - (high - low), 0.0) / 2
    return low - wanting - 5, high + wanting + 5


def _ticks(low: float, high: float) -> list[float]:
    step = next(one for one in (10, 20, 50, 100, 200, 500, 1000) if (high - low) / one <= 5)
    return [float(one) for one in range(-(-int(low) // step) * step, int(high) + 1, step)]


def _short(value: float) -> str:
    """A number for an axis, of three digits at most.

    >>> [_short(one) for one in (0, 640, 1500, 23456, 1234567)]
    ['0', '640', '1.5k', '23k', '1.2M']
    """
    for unit, sign in ((1_000_000, "M"), (1_000, "k")):
        if value >= unit:
            shown = f"{value / unit:.1f}" if value < 10 * unit else f"{value / unit:.0f}"
            return f"{shown.removesuffix('.0')}{sign}"
    return f"{value:.0f}"


def _across(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _up(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
