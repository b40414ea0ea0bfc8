"""Charts of the model validation: reliability, ROC, scores, grades, dates, moves. Colours: see `COLOURS`; words stand in HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
from markupsafe import Markup

from reports.frame.charts import drawn, svg
from reports.frame.palette import ACCENT, INK, MUTED, PAPER, RULE

Rows = Sequence[Mapping[str, Any]]
COLOURS = {"lightgbm": ACCENT, "scorecard": "#b8621b", "oracle": MUTED}
DASHES = {"lightgbm": [1, 0], "scorecard": [6, 3], "oracle": [2, 3]}
SURVIVED, DEFAULTED = "#4b9b89", "#861a2c"
TICKS = [m * 10.0**e for e in range(-6, 0) for m in (1, 3)] + [1.0]
PER_CENT = "format(datum.value * 100, '.3~f') + '%'"
MAX_DATES, MAX_GRADES, MAX_BINS, MAX_POINTS = 60, 20, 30, 200


def _log_axis(values: Sequence[float | None]) -> tuple[float, float, list[float]]:
    """From, to and ticks of a logarithmic axis of shares that holds every positive value.

    >>> _log_axis([0.002, 0.05, None, 0.0])[:2]
    (0.001, 0.1)
    """
    positive = [value for value in values if value is not None and value > 0]
    low, high = min(positive, default=0.001), max(positive, default=0.1)
    ticks = TICKS[1:]
    start = max([tick for tick in ticks if tick <= low * (1 + 1e-9)], default=TICKS[0])
    end = min([tick for tick in ticks if tick >= high * (1 - 1e-9)], default=1.0)
    return start, end, [tick for tick in TICKS if start <= tick <= end]


@drawn
def reliability(bins: Rows, every: Sequence[Rows], colour: str) -> Markup | None:
    """Expected (across) against observed (up) default rate, both on logarithmic axes, with intervals; the line is "right".

    Args:
        bins: of one model: mean_pd, rate, low, high.
        every: the bins of all models, so that all panels have the same axes.
        colour: of the dots. A bin without a default stands hollow at the foot, for zero has no logarithm.

    Returns:
        None where there is nothing to draw.
    """
    if not bins:
        return None
    everything = [row for rows in every for row in rows]
    x_from, x_to, x_ticks = _log_axis([row["mean_pd"] for row in everything])
    y_from, y_to, y_ticks = _log_axis(
        [row[key] for row in everything for key in ("rate", "high")]
        + [max(row["low"] or 0.0, x_from) for row in everything]
    )
    frame = pd.DataFrame(
        {
            "x": [row["mean_pd"] for row in bins],
            "y": [max(row["rate"], y_from) for row in bins],
            "low": [max(row["low"] or 0.0, y_from) for row in bins],
            "high": [max(row["high"] or 0.0, y_from) for row in bins],
            "is_observed": [row["rate"] > 0 for row in bins],
        }
    ).head(MAX_BINS)
    x = alt.X("x:Q", scale=_log(x_from, x_to), axis=alt.Axis(values=x_ticks, labelExpr=PER_CENT, labelOverlap=True))  # fmt: skip
    y = alt.Y("y:Q", scale=_log(y_from, y_to), axis=alt.Axis(values=y_ticks, labelExpr=PER_CENT))
    ends = [max(x_from, y_from), min(x_to, y_to)]
    line = alt.Chart(pd.DataFrame({"x": ends, "y": ends})).mark_line(color=MUTED, strokeWidth=1)
    base = alt.Chart(frame, width=250, height=220)
    spans = base.mark_rule(color=colour, strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    dots = base.mark_point(size=46, color=colour, opacity=1).encode(
        x=x,
        y=y,
        fill=alt.condition("datum.is_observed", alt.value(colour), alt.value(PAPER)),
    )
    return svg(alt.layer(line.encode(x=x, y=y), spans, dots))


def _log(start: float, end: float) -> alt.Scale:
    return alt.Scale(type="log", domain=[start, end], nice=False, clamp=True)


@drawn
def roc(curves: Mapping[str, Rows]) -> Markup | None:
    """Share of defaulters (up) against share of survivors (across) above each cut-off, a line per model."""
    drawn = {name: rows for name, rows in curves.items() if rows and name in COLOURS}
    if not drawn:
        return None
    axis = alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], labelExpr=PER_CENT)
    diagonal = pd.DataFrame({"false_alarms": [0.0, 1.0], "caught": [0.0, 1.0]})
    layers = [alt.Chart(diagonal, width=250, height=220).mark_line(color=RULE)]
    for name, rows in drawn.items():
        frame = pd.DataFrame(rows, columns=["false_alarms", "caught"]).head(MAX_POINTS)
        layers.append(
            alt.Chart(frame).mark_line(
                color=COLOURS[name], strokeDash=DASHES[name], strokeWidth=1.8
            )
        )
    chart = alt.layer(
        *(
            layer.encode(x=alt.X("false_alarms:Q", axis=axis), y=alt.Y("caught:Q", axis=axis))
            for layer in layers
        )
    )
    return svg(chart)


@drawn
def scores(points: Rows) -> Markup | None:
    """Shares of survivors and defaulters along the score."""
    if len(points) < 2:
        return None
    frame = pd.DataFrame(points, columns=["score", "survived", "defaulted"]).head(MAX_POINTS)
    base = alt.Chart(frame, width=250, height=220).encode(
        x=alt.X(
            "score:Q",
            axis=alt.Axis(tickCount=5, grid=False, labelOverlap=True),
            scale=alt.Scale(zero=False, nice=False),
        )
    )
    y_axis = alt.Axis(tickCount=4, labelExpr=PER_CENT)
    survived = base.mark_area(
        color=SURVIVED, opacity=0.45, interpolate="step", line={"color": SURVIVED}
    )
    defaulted = base.mark_line(
        color=DEFAULTED, interpolate="step", strokeDash=[5, 2], strokeWidth=2
    )
    return svg(
        alt.layer(
            survived.encode(y=alt.Y("survived:Q", axis=y_axis)),
            defaulted.encode(y=alt.Y("defaulted:Q", axis=y_axis)),
        )
    )


@drawn
def grades(rows: Rows) -> Markup | None:
    """Per grade, on a logarithmic axis: expected rate (bar) and the observed one (dot) with its interval."""
    there = [row for row in rows if row["mean_pd"] is not None and row["rate"] is not None]
    if not there:
        return None
    start, end, ticks = _log_axis([row[key] for row in there for key in ("mean_pd", "rate", "high")])  # fmt: skip
    frame = pd.DataFrame(
        {
            "grade": [int(row["grade"]) for row in there],
            "expected": [row["mean_pd"] for row in there],
            "observed": [max(row["rate"], start) for row in there],
            "low": [max(row["low"] or 0.0, start) for row in there],
            "high": [max(row["high"] or 0.0, start) for row in there],
            "is_observed": [row["rate"] > 0 for row in there],
        }
    ).head(MAX_GRADES)
    base = alt.Chart(frame, width=460, height=170).encode(
        x=alt.X("grade:O", axis=alt.Axis(labelAngle=0, ticks=False))
    )
    y: dict[str, Any] = {
        "scale": _log(start, end),
        "axis": alt.Axis(values=ticks, labelExpr=PER_CENT, labelOverlap=True),
    }
    spans = base.mark_rule(color=ACCENT, strokeWidth=1.5).encode(y=alt.Y("low:Q", **y), y2="high:Q")
    expected = base.mark_tick(color=INK, thickness=3, size=30).encode(y=alt.Y("expected:Q", **y))
    observed = base.mark_point(color=ACCENT, size=60, opacity=1).encode(
        y=alt.Y("observed:Q", **y),
        fill=alt.condition("datum.is_observed", alt.value(ACCENT), alt.value(PAPER)),
    )
    return svg(alt.layer(spans, expected, observed))


@drawn
def dates(rows: Rows, field: str, expected: str | None = None) -> Markup | None:
    """A figure over the days of observation: line and band of its interval; optionally what was expected, dashed.

    Args:
        rows: with `as_of`, the figure under `field`, and a share under `expected`.
        field: `roc_auc`, or `rate`, which is written in per cent.
        expected: such as `mean_pd`.
    """
    there = [row for row in rows if (row[field] or {}).get("value") is not None][-MAX_DATES:]
    if len(there) < 2:
        return None
    frame = pd.DataFrame(
        {
            "as_of": [str(row["as_of"])[:10] for row in there],
            "value": [row[field]["value"] for row in there],
            "low": [_or(row[field]["low"], row[field]["value"]) for row in there],
            "high": [_or(row[field]["high"], row[field]["value"]) for row in there],
            "expected": [math.nan if expected is None else row[expected] for row in there],
        }
    )
    label = PER_CENT if field == "rate" else "format(datum.value, '.2f')"
    y: dict[str, Any] = {
        "axis": alt.Axis(tickCount=5, labelExpr=label),
        "scale": alt.Scale(zero=False, nice=True),
    }
    base = alt.Chart(frame, width=400, height=150).encode(
        x=alt.X("as_of:T", scale=alt.Scale(type="utc"), axis=alt.Axis(format="%Y-%m", tickCount=5, grid=False))
    )  # fmt: skip
    band = base.mark_area(color=ACCENT, opacity=0.16).encode(y=alt.Y("low:Q", **y), y2="high:Q")
    line = base.mark_line(color=ACCENT, point={"size": 26, "color": ACCENT}).encode(
        y=alt.Y("value:Q", **y)
    )
    layers: list[Any] = [band, line]
    if expected is not None:
        layers.append(
            base.mark_line(color=INK, strokeDash=[5, 3]).encode(y=alt.Y("expected:Q", **y))
        )
    return svg(alt.layer(*layers))


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


@drawn
def moves(matrix: Sequence[Sequence[int]]) -> Markup | None:
    """Heat map of grade (down) to grade (across): per cent of each row, darker is more."""
    rows = [
        {"from": i, "to": j, "share": count / sum(line), "count": count}
        for i, line in enumerate(matrix[:MAX_GRADES], start=1)
        for j, count in enumerate(line[:MAX_GRADES], start=1)
        if sum(line)
    ]
    if not rows:
        return None
    every = alt.Scale(domain=list(range(1, min(len(matrix), MAX_GRADES) + 1)))
    base = alt.Chart(pd.DataFrame(rows), width=460, height=230).encode(
        x=alt.X("to:O", scale=every, axis=alt.Axis(labelAngle=0, ticks=False, orient="top")),
        y=alt.Y("from:O", scale=every, axis=alt.Axis(ticks=False)),
    )
    cells = base.mark_rect(stroke=PAPER).encode(
        color=alt.Color(
            "share:Q", scale=alt.Scale(domain=[0, 1], range=["#f2f6f9", "#0e3a58"]), legend=None
        )
    )
    texts = (
        base.transform_filter("datum.share >= 0.005")
        .mark_text(fontSize=10)
        .encode(
            text=alt.Text("share:Q", format=".0%"),
            color=alt.condition("datum.share > 0.45", alt.value(PAPER), alt.value(INK)),
        )
    )
    return svg(alt.layer(cells, texts))
