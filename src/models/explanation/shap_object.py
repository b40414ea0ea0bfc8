"""SHAP values as the object that the package `shap` draws from: beeswarm, waterfall, scatter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from models.boosting.shapley import points, shared_out
from models.explanation.history import Judge

Unit = Literal["points", "log_odds", "probability"]


def as_shap(judge: Judge, rows: pd.DataFrame, wording: Sequence[str], unit: Unit) -> Any:
    """A `shap.Explanation` of rows of the matrix: base_values + values of a row are its score, its margin or its PD.

    Args:
        judge: the model, its calibrator and its scale.
        rows: key and features.
        wording: what each feature of the model measures, in its order; where two read alike, the feature's name is added.
        unit: score points (positive: healthier), log-odds before calibration or calibrated probability (positive: riskier).
    """
    from shap import Explanation  # noqa: PLC0415 - shap takes seconds to import

    contract = judge.ensemble.contract
    codes = contract.encode(rows)
    found = judge.explainer.contributions(codes)
    if unit == "log_odds":
        values, base = found.phi, found.expected
    elif unit == "points":
        made = points(found, judge.calibrate, judge.scale)
        values, base = made.by_feature, made.base
    else:
        parts = shared_out(found, judge.calibrate)
        values, base = parts.by_feature, parts.base
    return Explanation(
        values=values,
        base_values=np.full(len(rows), base),
        data=codes,
        display_data=rows[contract.names].to_numpy(dtype=object),
        feature_names=_told_apart(wording, contract.names),
    )


def _told_apart(wording: Sequence[str], names: Sequence[str]) -> list[str]:
    """Each wording once: `explanation[:, "days late"]` must mean one feature.

    >>> _told_apart(["days late", "days late", "equity"], ["late_90d", "late_365d", "equity"])
    ['days late (late_90d)', 'days late (late_365d)', 'equity']
    """
    count = Counter(wording)
    return [
        f"{said} ({name})" if count[said] > 1 else said
        for said, name in zip(wording, names, strict=True)
    ]
