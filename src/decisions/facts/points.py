"""Points of pillars, added up while the explanations of a book are read: a large one's do not fit into memory."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

KEYS = ["customer_id", "as_of", "pillar"]


def by_pillar(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The points of each customer's pillars: customer_id, as_of, pillar, points.

    Args:
        parts: customer_id, as_of, pillar and points of each feature (contract EXPLANATIONS), no customer in two parts.

    >>> rows = pd.DataFrame({"customer_id": "A", "as_of": pd.Timestamp("2026-01-01"), "pillar": ["p", "q", "p"], "points": [1.0, 5.0, 2.0]})
    >>> by_pillar([rows, rows.assign(customer_id="B")])[["customer_id", "pillar", "points"]].to_numpy().tolist()
    [['A', 'p', 3.0], ['A', 'q', 5.0], ['B', 'p', 3.0], ['B', 'q', 5.0]]
    """
    added = [part.groupby(KEYS, observed=True)["points"].sum().reset_index() for part in parts]
    return pd.concat(added, ignore_index=True)
