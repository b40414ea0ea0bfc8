"""The registration sample, compact: what a version looked like when it was admitted. Monitoring compares with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from contracts.calendar import snapshots
from models.measures.distribution import distribution, levels_counted
from models.measures.forecast import expected_auc
from models.measures.grades import grade_table
from models.measures.intervals import auc_of

OTHER = "other"  # levels that the model has never seen


def registration_sample(
    rows: pd.DataFrame,
    features: Sequence[Mapping[str, Any]],
    *,
    bins: int,
    horizon_months: int,
    n_grades: int,
) -> dict[str, Any]:
    """`reference.json`: the out-of-time test part the version was admitted on.

    Args:
        rows: customer_id, as_of, the features, margin, pd, score, grade, defaulted.
        features: of contract.json.
        bins: equal-mass bins of numbers and of the score.
        horizon_months: of the outcome, for the table of grades (see `snapshots`).
        n_grades: of the version's scale.
    """
    once = rows[rows["as_of"].isin(snapshots(rows["as_of"], horizon_months))]
    defaulted = rows["defaulted"].astype(bool).to_numpy()
    area = auc_of(rows)
    number = {"dtype": "number"}
    grades = [str(grade) for grade in range(1, n_grades + 1)]
    return {
        "from": str(rows["as_of"].min().date()),
        "until": str((rows["as_of"].max() + pd.Timedelta(days=1)).date()),
        "rows": len(rows),
        "customers": int(rows["customer_id"].nunique()),
        "outcomes": {
            "rows": len(rows),
            "defaulted_customers": int(rows.loc[defaulted, "customer_id"].nunique()),
            "auc": area[0],
            "auc_error": area[1],
            "expected_auc": expected_auc(rows["pd"].to_numpy()),
            "grades": grade_table(once, n_grades),
        },
        "score": distribution(rows["score"], number, bins),
        "grade": {
            "levels": grades,
            "counts": levels_counted(rows["grade"].astype(str), grades).tolist(),
        },
        "features": {
            feature["name"]: distribution(rows[feature["name"]], feature, bins)
            for feature in features
        },
    }
