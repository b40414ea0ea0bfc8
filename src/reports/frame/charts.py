"""Charts as inline SVG: drawn by Altair, turned into text by vl-convert. No words in them: words stand in HTML, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert
from altair.utils import schemapi
from markupsafe import Markup

from contracts.resources import refuse_no_room_to_draw
from reports.frame.palette import ACCENT, INK, MUTED, RULE, colours

MAX_CATEGORIES = 8
VALUE_AXES: dict[str, dict[str, Any]] = {
    "share": {"format": ".0%", "tickCount": 3},
    "percentage_points": {"labelExpr": "format(100 * datum.value, '.0f')", "tickCount": 3},
    "money": {
        "labelExpr": "datum.value === 0 ? '0' : format(datum.value, '~s')",
        "tickCount": 3,
    },
    "count": {
        "labelExpr": "datum.value % 1 ? '' : format(datum.value, ',.0f')",
        "tickCount": 4,
    },
}
FONT = "system-ui, 'Segoe UI', 'Noto Sans', Arial, sans-serif"

drawn = schemapi.debug_mode(arg=False)
"""For each function that draws: Altair holds every piece of a chart to its schema, half the seconds of a page, and ours are always
the same pieces. Tests draw them held to it."""

_CONFIG: dict[str, Any] = {
    "aria": False,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": 11,
        "title": None,
        "domainColor": RULE,
        "gridColor": RULE,
        "tickColor": RULE,
    },
}


def svg(chart: Any) -> Markup:
    """The chart as an `<svg>` element that scales with the page; hidden from screen readers, for a table says the same.

    The same chart gives the same bytes.
    """
    spec = chart.to_dict(validate=schemapi.DEBUG_MODE) | {"config": _CONFIG, "background": None}
    refuse_no_room_to_draw()
    text = vl_convert.vegalite_to_svg(spec)
    # vl-convert numbers clip paths through the whole process: the same chart would differ the second time
    text = re.sub(
        r'<defs><clipPath.*?</defs>|<clipPath.*?</clipPath>| clip-path="[^"]*"',
        "",
        text,
        flags=re.DOTALL,
    )
    text = re.sub(r"<svg ", '<svg aria-hidden="true" focusable="false" ', text, count=1)
    return Markup(text)  # noqa: S704 - made by vl-convert, which escapes the text nodes


@drawn
def shares_by_grade(grades: Sequence[Mapping[str, Any]], field: str) -> Markup:
    """Bars: which share of `field` lies in each grade, in the grades' colours.

    Args:
        grades: one mapping per grade with `grade` and `field`.
        field: what is shared out, such as exposure.
    """
    total = sum(float(row[field]) for row in grades)
    rows = [
        {"grade": int(row["grade"]), "share": float(row[field]) / total if total else 0.0}
        for row in grades
    ]
    frame = pd.DataFrame(rows, columns=["grade", "share"])
    base = alt.Chart(frame, width=270, height=130).encode(
        x=alt.X("grade:O", axis=alt.Axis(labelAngle=0, ticks=False)),
        y=alt.Y("share:Q", axis=None),
    )
    n = len(rows)
    bars = base.mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2).encode(
        color=alt.Color(
            "grade:O", scale=alt.Scale(domain=list(range(1, n + 1)), range=colours(n)), legend=None
        )
    )
    label = "datum.share === 0 ? '' : datum.share < 0.01 ? '<1' : format(datum.share * 100, '.0f')"
    labels = (
        base.transform_calculate(label=label)
        .mark_text(dy=-6, color=INK, fontSize=11)
        .encode(text="label:N")
    )
    return svg(alt.layer(bars, labels))


@drawn
def effect(points: Sequence[Mapping[str, Any]], unit: str) -> Markup | None:
    """How the points move with a value: a line over numbers, bars by category; the zero line is drawn.

    Args:
        points: mappings with `value` (number or text) and `points`.
        unit: of the value, as features declare it: shares are written in per cent, money with k and M.

    Returns:
        None where fewer than two values are known: there is nothing to compare.
    """
    values = [row["value"] for row in points]
    if len(set(values)) < 2:
        return None
    made = [float(row["points"]) for row in points]
    # fine steps only where the points themselves are small
    step = "+.1f" if max(map(abs, made)) < 3 else "+.0f"
    axis = {"tickCount": 3, "labelExpr": f"datum.value === 0 ? '0' : format(datum.value, '{step}')"}
    if all(isinstance(value, int | float) for value in values):
        return svg(_line(pd.DataFrame({"value": values, "points": made}), axis, unit))
    strongest = sorted(points, key=lambda row: (-abs(float(row["points"])), str(row["value"])))
    rows = [(str(row["value"]), float(row["points"])) for row in strongest[:MAX_CATEGORIES]]
    return svg(_bars(pd.DataFrame(rows, columns=["value", "points"]), axis))


def _line(frame: pd.DataFrame, axis: dict[str, Any], unit: str) -> alt.LayerChart | alt.FacetChart:
    # a label that would touch its neighbour is left out, its tick stays
    apart: dict[str, Any] = {"grid": False, "labelOverlap": "greedy", "labelSeparation": 8}
    x_axis = alt.Axis(**apart, **VALUE_AXES.get(unit, {"tickCount": 4}))
    base = alt.Chart(frame, width=190, height=84).encode(
        x=alt.X("value:Q", axis=x_axis, scale=alt.Scale(zero=False)),
        y=alt.Y("points:Q", axis=alt.Axis(**axis)),
    )
    zero = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=MUTED).encode(y="y:Q")
    line = base.mark_line(color=ACCENT, strokeWidth=2, point={"size": 14, "color": ACCENT})
    return alt.layer(zero, line)


def _bars(frame: pd.DataFrame, axis: dict[str, Any]) -> alt.LayerChart | alt.FacetChart:
    base = alt.Chart(frame, width=100, height=alt.Step(13)).encode(
        y=alt.Y("value:N", sort="-x", axis=alt.Axis(labelLimit=84, minExtent=84, ticks=False)),
        x=alt.X("points:Q", axis=alt.Axis(**(axis | {"tickCount": 2}))),
    )
    zero = alt.Chart(pd.DataFrame({"x": [0]})).mark_rule(color=MUTED).encode(x="x:Q")
    # room on both sides: a reader's font may be wider than the one the labels were measured in
    room = {"left": 14, "right": 10}
    return alt.layer(base.mark_bar(color=ACCENT), zero).properties(padding=room)


@drawn
def expected_and_observed(grades: Sequence[Mapping[str, Any]]) -> Markup:
    """Per grade: the expected default rate (line mark) and the observed one (dot), as shares."""
    rows = [
        {
            "grade": int(row["grade"]),
            "expected": float(row["mean_pd"]),
            "observed": float(row["observed"]),
        }
        for row in grades
        if row["mean_pd"] is not None and row["observed"] is not None
    ]
    frame = pd.DataFrame(rows, columns=["grade", "expected", "observed"])
    base = alt.Chart(frame, width=460, height=170).encode(
        x=alt.X("grade:O", axis=alt.Axis(labelAngle=0, ticks=False))
    )
    y_axis = alt.Axis(format=".0%", tickCount=5)
    gap = base.mark_rule(color=MUTED, strokeWidth=1).encode(
        y=alt.Y("expected:Q", axis=y_axis), y2="observed:Q"
    )
    expected = base.mark_tick(color=INK, thickness=3, size=26).encode(y="expected:Q")
    observed = base.mark_point(color=ACCENT, filled=True, size=80).encode(y="observed:Q")
    return svg(alt.layer(gap, expected, observed))


@drawn
def added_up(months: Sequence[Mapping[str, Any]]) -> Markup:
    """Defaults of a book added up month by month (line with dots), those expected (plain line), and their limits (dashes).

    Args:
        months: `day` (the last one of the month, ISO), `seen`, `expected`, `high` and `low`, all added up; a limit that is not known is None.
    """
    columns = ["day", "seen", "expected", "high", "low"]
    frame = pd.DataFrame([dict(row) for row in months], columns=columns)
    base = alt.Chart(frame, width=640, height=210).encode(
        x=alt.X("day:T", axis=alt.Axis(format="%Y-%m", tickCount=8, labelOverlap=True))
    )
    axis = alt.Axis(**VALUE_AXES["count"])
    seen = base.encode(y=alt.Y("seen:Q", axis=axis))
    limits = [
        base.transform_filter(alt.datum[name] != None)  # noqa: E711 - an expression of Vega's
        .mark_line(color=INK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(y=f"{name}:Q")
        for name in ("high", "low")
        if frame[name].notna().any()
    ]
    expected = base.mark_line(color=MUTED, strokeWidth=2).encode(y="expected:Q")
    line, dots = seen.mark_line(color=ACCENT), seen.mark_point(color=ACCENT, filled=True, size=45)
    return svg(alt.layer(*limits, expected, line, dots))
