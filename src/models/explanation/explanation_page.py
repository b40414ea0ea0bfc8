"""What the page about the explanations shows: pillars, the strongest features, three customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.documents.explanations import (
    Effect,
    Example,
    Explanations,
    FeatureEffect,
    FeaturePoints,
    PillarWeight,
    ReasonText,
)
from contracts.scale import grade, score
from contracts.tables.derived import PILLARS
from models.base.binning import equal_mass
from models.explanation.explanation import Explained
from models.explanation.swarm import SWARM_FEATURES, swarm
from models.explanation.wording import Feature

PAGE_FEATURES = 20
PAGE_POINTS = 8
EFFECT_POINTS = 20


def page(
    explained: Explained,
    scale: ScaleConfig,
    portfolio: str,
    names: Mapping[str, str],
    *,
    gates_not_passed: tuple[str, ...] = (),
) -> Explanations:
    """`reports/explanations.json`. Its size does not depend on the size of the book.

    Args:
        explained: the latest book.
        scale: for score and grade of the examples.
        portfolio: its name.
        names: customer_id to name; may be empty.
        gates_not_passed: codes of the gates that keep the model out of the registry.
    """
    made, features = explained.points.by_feature, explained.features
    weight = np.abs(made).mean(axis=0) if len(made) else np.zeros(len(features))
    top = np.argsort(-weight, kind="stable")[:PAGE_FEATURES]
    return Explanations(
        portfolio=portfolio,
        gates_not_passed=gates_not_passed,
        as_of=explained.book["as_of"].max().date(),
        n_customers=len(explained.book),
        pillars=tuple(
            PillarWeight(pillar=pillar, mean_abs_points=_pillar_weight(made, features, pillar))
            for pillar in PILLARS
        ),
        features=tuple(
            _feature(features[position], float(weight[position]), explained, made[:, position])
            for position in top
        ),
        examples=_examples(explained, scale, names),
        measured=explained.measured,
        swarm=swarm(explained, [int(place) for place in top[:SWARM_FEATURES]]),
    )


def _feature(feature: Feature, weight: float, explained: Explained, made: Floats) -> FeatureEffect:
    return FeatureEffect(
        feature=feature.name,
        wording_en=feature.wording_en,
        wording_zh=feature.wording_zh,
        pillar=feature.pillar,
        unit=feature.unit,
        direction=feature.direction,
        mean_abs_points=weight,
        effect=tuple(
            Effect(value=value, points=mean)
            for value, mean in _effect(explained.book[feature.name], made)
        ),
    )


def _pillar_weight(made: Floats, features: Sequence[Feature], pillar: str) -> float:
    inside = np.array([feature.pillar == pillar for feature in features], dtype=np.bool_)
    return float(np.abs(made[:, inside].sum(axis=1)).mean()) if len(made) else 0.0


def _effect(values: pd.Series[Any], made: Floats) -> list[tuple[float | str, float]]:
    """Mean points by value: equal-mass bins of a number at their median, the commonest levels of a category."""
    frame = pd.DataFrame({"value": values.to_numpy(), "points": made}).dropna(subset=["value"])
    if frame.empty:
        return []
    if not pd.api.types.is_numeric_dtype(frame["value"]):
        common = frame["value"].astype(str).value_counts().sort_index()
        kept = common.nlargest(EFFECT_POINTS).index
        means = frame.groupby(frame["value"].astype(str))["points"].mean()
        return [(str(level), float(means[level])) for level in kept]
    numbers = frame["value"].astype("float64")
    place: Floats = np.array(numbers, dtype=np.float64)
    if numbers.nunique() > EFFECT_POINTS:
        for number, rows in enumerate(equal_mass(place.copy(), EFFECT_POINTS)):
            place[rows] = number  # by rising value, as the points are drawn
    grouped = frame.assign(value=numbers).groupby(place)
    binned = grouped.agg({"value": "median", "points": "mean"})
    return [
        (float(value), float(mean))
        for value, mean in zip(binned["value"], binned["points"], strict=True)
    ]


def _examples(
    explained: Explained, scale: ScaleConfig, names: Mapping[str, str]
) -> tuple[Example, ...]:
    """The customers with the highest, the median and the lowest PD; ties by customer_id."""
    if not len(explained.book):
        return ()
    order = np.argsort(-explained.chance, kind="stable")
    places = dict.fromkeys([0, len(order) // 2, len(order) - 1])
    return tuple(_example(explained, int(order[place]), scale, names) for place in places)


def _example(
    explained: Explained, row: int, scale: ScaleConfig, names: Mapping[str, str]
) -> Example:
    customer = str(explained.book["customer_id"].iloc[row])
    said = explained.reasons
    own = said[(said["customer_id"] == customer) & (said["role"] == "reason")]
    made = explained.points.by_feature[row]
    strongest = np.argsort(-np.abs(made), kind="stable")[:PAGE_POINTS]
    return Example(
        customer_id=customer,
        name=names.get(customer),
        score=int(score(explained.chance[row], scale)),
        grade=int(grade(explained.chance[row], scale)),
        pd=float(explained.chance[row]),
        reasons=tuple(
            ReasonText(en=english, zh=chinese)
            for english, chinese in zip(own["sentence_en"], own["sentence_zh"], strict=True)
        ),
        points=tuple(
            FeaturePoints(
                wording_en=explained.features[position].wording_en,
                wording_zh=explained.features[position].wording_zh,
                points=float(made[position]),
            )
            for position in strongest
        ),
    )
