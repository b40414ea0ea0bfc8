"""What each grade held: rows, defaults and mean PD."""

from __future__ import annotations

from typing import Any

import pandas as pd


def grade_table(scored: pd.DataFrame, n_grades: int) -> list[dict[str, Any]]:
    """Per grade of the scale: rows, defaults and mean PD. Columns read: grade, pd, defaulted."""
    rows = []
    for grade in range(1, n_grades + 1):
        inside = scored[scored["grade"] == grade]
        mean_pd = float(inside["pd"].mean()) if len(inside) else None
        defaults = int(inside["defaulted"].astype(bool).sum())
        rows.append({"grade": grade, "n": len(inside), "defaults": defaults, "mean_pd": mean_pd})
    return rows
