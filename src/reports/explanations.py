"""The page that says what drives the score, in general and for a few customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from contracts.documents.explanations import Example, Explanations, FeatureEffect
from contracts.levels import country, in_chinese
from reports.frame import charts, swarm
from reports.frame.declaration import Page
from reports.frame.page import render_page

COUNTRY = "customer_country"
"""The feature whose values are codes of countries."""
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
    return {**shown, "charts": _charts(row.feature, shown["effect"], row.unit)}


def _charts(feature: str, points: Sequence[Mapping[str, Any]], unit: str) -> dict[str, Markup]:
    """The chart by language; one for both, under no language, where it holds no word. Empty where there is nothing to compare."""
    texts = [row["value"] for row in points if isinstance(row["value"], str)]
    names = [country(one) if feature == COUNTRY else (one, in_chinese(one)) for one in texts]
    if all(english == chinese for english, chinese in names):
        alone = charts.effect(points, unit)
        return {} if alone is None else {"": alone}
    made: dict[str, Markup] = {}
    for place, language in enumerate(("en", "zh-Hans")):
        words = {text: name[place] for text, name in zip(texts, names, strict=True)}
        drawn = charts.effect([{**row, "value": words.get(row["value"], row["value"])} for row in points], unit)  # fmt: skip
        made |= {} if drawn is None else {language: drawn}
    return made


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
