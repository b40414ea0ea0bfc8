"""The registration sample, compact: what a version looked like when it was admitted. Monitoring compares with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.arrays import Floats, Ints
from models.forecast import expected_auc
from models.intervals import auc

N_GRADES = 10
OTHER = "other"  # levels that the model has never seen


def snapshots(as_of: pd.Series[Any], horizon_months: int) -> list[pd.Timestamp]:
    """Dates of decision whose outcome windows do not overlap: the newest, then a horizon earlier, and so on.

    A customer that defaults once is a default in every monthly row of the twelve months before. On these
    dates it counts once, so tests that assume independent outcomes may be used.

    Args:
        as_of: dates of decision, any order, repeated.
        horizon_months: length of an outcome window.

    >>> days = pd.Series(pd.to_datetime(["2023-12-31", "2024-06-30", "2024-12-31"]))
    >>> [str(day.date()) for day in snapshots(days, 12)]
    ['2023-12-31', '2024-12-31']
    """
    chosen: list[pd.Timestamp] = []
    for day in sorted(pd.DatetimeIndex(as_of.dropna().unique()), reverse=True):
        # month ends differ in length: a day of grace keeps 2024-02-29 a horizon before 2025-02-28
        if not chosen or day <= chosen[-1] - pd.DateOffset(months=horizon_months, days=-1):
            chosen.append(day)
    return sorted(chosen)


def newest_months(as_of: pd.Series[Any], months: int) -> pd.Series[Any]:
    """Whether a row is in the newest so many months: later than the newest date less these months."""
    newest = as_of.max()
    start = newest - pd.DateOffset(months=months)
    return pd.Series(as_of > start, index=as_of.index)


def cut(values: Floats, edges: Sequence[float]) -> Ints:
    """Counts of (-inf, e1], (e1, e2], ..., (ek, inf), then of missing values.

    >>> cut(np.array([0.0, 1.0, 2.0, np.nan]), [1.0]).tolist()
    [2, 1, 1]
    """
    present = values[~np.isnan(values)]
    place = np.searchsorted(np.asarray(edges), present, side="left")
    counts = np.bincount(place, minlength=len(edges) + 1)
    return np.append(counts, len(values) - len(present)).astype(np.int64)


def levels_counted(values: pd.Series[Any], levels: Sequence[str]) -> Ints:
    """Counts of each level, then of all others, then of missing values.

    >>> levels_counted(pd.Series(["a", "z", None, "a"]), ["a", "b"]).tolist()
    [2, 0, 1, 1]
    """
    counts = values.dropna().astype(str).value_counts()
    known = [int(counts.get(level, 0)) for level in levels]
    present = int(values.notna().sum())
    return np.array([*known, present - sum(known), len(values) - present], dtype=np.int64)


def inner_edges(values: Floats, bins: int) -> list[float]:
    """Inner edges of at most `bins` equal-mass bins; fewer where a value repeats.

    >>> inner_edges(np.array([0.0, 0.0, 0.0, 1.0]), 4)
    [0.0, 0.25]
    """
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return []
    return sorted({float(edge) for edge in np.quantile(present, np.arange(1, bins) / bins)})


def distribution(values: pd.Series[Any], feature: Mapping[str, Any], bins: int) -> dict[str, Any]:
    """Bins and counts of one feature; the last count is of missing values."""
    if feature["dtype"] == "category":
        levels = list(feature["levels"] or [])
        return {"levels": levels, "counts": levels_counted(values, levels).tolist()}
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    edges = inner_edges(numbers, bins)
    return {"edges": edges, "counts": cut(numbers, edges).tolist()}


def recounted(values: pd.Series[Any], kept: Mapping[str, Any]) -> Ints:
    """Counts of new values in the bins or levels of a kept distribution."""
    if "levels" in kept:
        return levels_counted(values, kept["levels"])
    return cut(values.to_numpy(dtype=np.float64, na_value=np.nan), kept["edges"])


def grade_table(scored: pd.DataFrame) -> list[dict[str, Any]]:
    """Per grade 1..10: rows, defaults and mean PD. Columns read: grade, pd, defaulted."""
    rows = []
    for grade in range(1, N_GRADES + 1):
        inside = scored[scored["grade"] == grade]
        mean_pd = float(inside["pd"].mean()) if len(inside) else None
        defaults = int(inside["defaulted"].astype(bool).sum())
        rows.append({"grade": grade, "n": len(inside), "defaults": defaults, "mean_pd": mean_pd})
    return rows


def auc_of(scored: pd.DataFrame) -> tuple[float | None, float | None]:
    """ROC AUC of the PDs and its standard error over customers; None where outcomes do not allow it.

    Columns read: customer_id, pd, defaulted.
    """
    defaulted = scored["defaulted"].astype(bool).to_numpy()
    heads = scored["customer_id"].to_numpy(dtype=object)
    if len(set(heads[defaulted])) < 2 or len(set(heads[~defaulted])) < 2:
        return None, None
    found = auc(scored["pd"].to_numpy(np.float64), defaulted, heads)
    return found.value, found.standard_error


def registration_sample(
    rows: pd.DataFrame, features: Sequence[Mapping[str, Any]], *, bins: int, horizon_months: int
) -> dict[str, Any]:
    """`reference.json`: the out-of-time test part the version was admitted on.

    Args:
        rows: customer_id, as_of, the features, margin, pd, score, grade, defaulted.
        features: of contract.json.
        bins: equal-mass bins of numbers and of the score.
        horizon_months: of the outcome, for the table of grades (see `snapshots`).
    """
    once = rows[rows["as_of"].isin(snapshots(rows["as_of"], horizon_months))]
    defaulted = rows["defaulted"].astype(bool).to_numpy()
    area = auc_of(rows)
    number = {"dtype": "number"}
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
            "grades": grade_table(once),
        },
        "score": distribution(rows["score"], number, bins),
        "grade": {
            "levels": [str(grade) for grade in range(1, N_GRADES + 1)],
            "counts": levels_counted(
                rows["grade"].astype(str), [str(grade) for grade in range(1, N_GRADES + 1)]
            ).tolist(),
        },
        "features": {
            feature["name"]: distribution(rows[feature["name"]], feature, bins)
            for feature in features
        },
    }
