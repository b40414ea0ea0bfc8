"""Features that say the same: groups of correlated ones, of which one speaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from models.base.arrays import hashed_share

SAMPLE_ROWS = 5_000


def hashed_sample(frame: pd.DataFrame, rows: int = SAMPLE_ROWS) -> pd.DataFrame:
    """At most `rows` rows, those with the smallest hash of (customer_id, as_of): the same on every machine.

    The rows keep their order.
    """
    if len(frame) <= rows:
        return frame
    keys = frame["customer_id"].astype(str) + "|" + frame["as_of"].astype(str)
    drawn = np.sort(np.argsort(hashed_share(keys, "sample:"), kind="stable")[:rows])
    return frame.iloc[drawn]


def correlated_groups(sample: pd.DataFrame, threshold: float) -> list[list[str]]:
    """Groups of numeric columns in which every pair has |Spearman rho| above the threshold; each column is in one.

    Complete linkage on 1 - |rho|: no chain of neighbours can tie two features that do not correlate.

    Args:
        sample: numeric columns; missing values are left out pair by pair.
        threshold: in (0, 1].

    >>> x = pd.Series(range(20), dtype=float)
    >>> correlated_groups(pd.DataFrame({"x": x, "cube": x**3, "other": [0.0, 1.0] * 10}), 0.7)
    [['x', 'cube'], ['other']]
    """
    names = [str(name) for name in sample.columns]
    if len(names) < 2:
        return [[name] for name in names]
    # a constant column has no rank correlation with anything
    rho = sample.rank().corr(min_periods=3).abs().fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(rho, 1.0)
    # 12 decimals: a difference in the last bit of a sum must not move a feature to another group
    distance = np.round(np.clip(1.0 - rho, 0.0, 1.0), 12)
    tree = linkage(squareform(distance, checks=False), method="complete")
    labels = fcluster(tree, t=max(1.0 - threshold, 0.0) - 1e-12, criterion="distance")
    grouped: dict[int, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        grouped.setdefault(int(label), []).append(name)
    return list(grouped.values())
