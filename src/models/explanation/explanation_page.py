"""What the page about the explanations shows: pillars, the strongest features, three customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.scale import grade, score
from contracts.tables.derived import PILLARS
from models.explanation.explanation import Explained
from models.explanation.wording import Feature

PAGE_FEATURES = 20
PAGE_POINTS = 8
EFFECT_POINTS = 20


def page(
    explained: Explained, scale: ScaleConfig, portfolio: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """What `reports/explanations.html` shows. Its size does not depend on the size of the book.

    Args:
        explained: the latest book.
        scale: for score and grade of the examples.
        portfolio: its name.
        names: customer_id to name; may be empty.
    """
    made, features = explained.points.by_feature, explained.features
    weight = np.abs(made).mean(axis=0) if len(made) else np.zeros(len(features))
    top = np.argsort(-weight, kind="stable")[:PAGE_FEATURES]
    return {
        "portfolio": portfolio,
        "as_of": str(explained.book["as_of"].max().date()),
        "n_customers": len(explained.book),
        "pillars": [
            {"pillar": pillar, "mean_abs_points": _pillar_weight(made, features, pillar)}
            for pillar in PILLARS
        ],
        "features": [
            {
                "feature": features[position].name,
                "wording_en": features[position].wording_en,
                "wording_zh": features[position].wording_zh,
                "pillar": features[position].pillar,
                "direction": features[position].direction,
                "mean_abs_points": float(weight[position]),
                "effect": _effect(explained.book[features[position].name], made[:, position]),
            }
            for position in top
        ],
        "examples": _examples(explained, scale, names),
    }


def _pillar_weight(made: Floats, features: Sequence[Feature], pillar: str) -> float:
    inside = np.array([feature.pillar == pillar for feature in features], dtype=np.bool_)
    return float(np.abs(made[:, inside].sum(axis=1)).mean()) if len(made) else 0.0


def _effect(values: pd.Series[Any], made: Floats) -> list[dict[str, Any]]:
    """Mean points by value: equal-mass bins of a number at their median, the commonest levels of a category."""
    frame = pd.DataFrame({"value": values.to_numpy(), "points": made}).dropna(subset=["value"])
    if frame.empty:
        return []
    if not pd.api.types.is_numeric_dtype(frame["value"]):
        common = frame["value"].astype(str).value_counts().sort_index()
        kept = common.nlargest(EFFECT_POINTS).index
        means = frame.groupby(frame["value"].astype(str))["points"].mean()
        return [{"value": str(level), "points": float(means[level])} for level in kept]
    numbers = frame["value"].astype(np.float64)
    if numbers.nunique() > EFFECT_POINTS:
        place = pd.qcut(numbers, EFFECT_POINTS, labels=False, duplicates="drop").to_numpy()
    else:
        place = numbers.to_numpy()
    grouped = frame.assign(value=numbers).groupby(place)
    binned = grouped.agg({"value": "median", "points": "mean"})
    return [
        {"value": float(value), "points": float(mean)}
        for value, mean in zip(binned["value"], binned["points"], strict=True)
    ]


def _examples(
    explained: Explained, scale: ScaleConfig, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The customers with the highest, the median and the lowest PD; ties by customer_id."""
    if not len(explained.book):
        return []
    order = np.argsort(-explained.chance, kind="stable")
    places = dict.fromkeys([0, len(order) // 2, len(order) - 1])
    return [_example(explained, int(order[place]), scale, names) for place in places]


def _example(
    explained: Explained, row: int, scale: ScaleConfig, names: Mapping[str, str]
) -> dict[str, Any]:
    customer = str(explained.book["customer_id"].iloc[row])
    own = explained.reasons[explained.reasons["customer_id"] == customer]
    made = explained.points.by_feature[row]
    strongest = np.argsort(-np.abs(made), kind="stable")[:PAGE_POINTS]
    return {
        "customer_id": customer,
        "name": names.get(customer),
        "score": int(score(explained.chance[row], scale)),
        "grade": int(grade(explained.chance[row], scale)),
        "pd": float(explained.chance[row]),
        "reasons": own["sentence_en"].tolist(),
        "reasons_zh": own["sentence_zh"].tolist(),
        "points": [
            {
                "wording_en": explained.features[position].wording_en,
                "wording_zh": explained.features[position].wording_zh,
                "points": float(made[position]),
            }
            for position in strongest
        ],
    }
