"""The page that says what the score listens to, in general and for a few customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.frame import charts
from reports.frame.page import render_page

MAX_FEATURES = 20
MAX_EXAMPLES = 6
MAX_POINTS = 8


def render(context: Mapping[str, Any]) -> str:
    """The explanations page as HTML.

    Args:
        context: `portfolio`, `as_of`, `n_customers`, `pillars` (pillar, mean_abs_points), `features`
            (feature, wording_en, wording_zh, pillar, direction, mean_abs_points, effect of value and
            points) and `examples` (customer_id, name, score, grade, pd, reasons, reasons_zh, points of
            wording_en, wording_zh, points).
    """
    features = sorted(
        context["features"], key=lambda row: (-float(row["mean_abs_points"]), row["feature"])
    )
    pillars = sorted(
        context["pillars"], key=lambda row: (-float(row["mean_abs_points"]), row["pillar"])
    )
    total = sum(float(row["mean_abs_points"]) for row in pillars)
    view = {
        "portfolio": context["portfolio"],
        "as_of": context["as_of"],
        "n_customers": context["n_customers"],
        "pillars": [
            {**row, "share": float(row["mean_abs_points"]) / total if total else 0.0}
            for row in pillars
        ],
        "features": [_feature(row) for row in features[:MAX_FEATURES]],
        "examples": [_example(row) for row in context["examples"][:MAX_EXAMPLES]],
    }
    return render_page("explanations.html.j2", view)


def _feature(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "chart": charts.effect(row["effect"])}


def _example(row: Mapping[str, Any]) -> dict[str, Any]:
    """The customer's strongest points, widest first, with the width of each bar as a share of the widest."""
    points = sorted(
        row["points"], key=lambda part: (-abs(float(part["points"])), part["wording_en"])
    )[:MAX_POINTS]
    widest = max((abs(float(part["points"])) for part in points), default=0.0)
    return {
        **row,
        "reasons": list(zip(row["reasons"], row["reasons_zh"], strict=True)),
        "points": [
            {**part, "share": abs(float(part["points"])) / widest if widest else 0.0}
            for part in points
        ],
    }
