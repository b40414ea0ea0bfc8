"""The page that says what drives the score, in general and for a few customers."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from contracts.documents.explanations import Example, Explanations, FeatureEffect
from reports.frame import charts, swarm
from reports.frame.declaration import Page
from reports.frame.page import render_page

MAX_FEATURES = 20
MAX_EXAMPLES = 6
MAX_POINTS = 8


def render(document: Explanations) -> str:
    """The explanations page as HTML."""
    features = sorted(document.features, key=lambda row: (-row.mean_abs_points, row.feature))
    pillars = sorted(document.pillars, key=lambda row: (-row.mean_abs_points, row.pillar))
    total = sum(row.mean_abs_points for row in pillars)
    view = {
        "document": document,
        "pillars": [
            {**row.model_dump(), "share": row.mean_abs_points / total if total else 0.0}
            for row in pillars
        ],
        "features": [_feature(row) for row in features[:MAX_FEATURES]],
        "swarm": _swarm(document),
        "examples": [_example(row) for row in document.examples[:MAX_EXAMPLES]],
    }
    return render_page("explanations.html.j2", view)


def _swarm(document: Explanations) -> list[tuple[FeatureEffect, Markup]]:
    """The strips of the beeswarm, each with its feature, the strongest first."""
    features = {one.feature: one for one in document.features}
    strips = [[(dot.points, dot.place) for dot in one.dots] for one in document.swarm]
    ends = swarm.span(strips)
    return [
        (features[one.feature], swarm.strip(dots, ends))
        for one, dots in zip(document.swarm, strips, strict=True)
        if dots
    ]


def _feature(row: FeatureEffect) -> dict[str, Any]:
    shown = row.model_dump()
    return {**shown, "chart": charts.effect(shown["effect"], row.unit)}


def _example(row: Example) -> dict[str, Any]:
    """The customer's largest points, with the width of each bar as a share of the widest."""
    points = sorted(row.points, key=lambda part: (-abs(part.points), part.wording_en))[:MAX_POINTS]
    widest = max((abs(part.points) for part in points), default=0.0)
    return {
        **row.model_dump(),
        "points": [
            {**part.model_dump(), "share": abs(part.points) / widest if widest else 0.0}
            for part in points
        ],
    }


PAGE = Page(
    "reports/explanations.json",
    "reports/explanations.html",
    render,
    "what drives the score",
    read=Explanations.read,
)
