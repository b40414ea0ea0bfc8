"""The monitor of probcal 0.4.0 on the books of `benchmarks.alarms`, fed with what a lender has: labels of twelve months, known a year later."""

from __future__ import annotations

import importlib
import warnings
from types import MappingProxyType

import numpy as np
import pandas as pd

WAYS = MappingProxyType({"probcal, every month": 1, "probcal, every 12th": 12})
"""Months from batch to batch: of a cohort of every month, whose labels overlap, and of one a year, whose labels do not."""
ALPHA = 0.05
HORIZON = 12
WINDOW = 12
"""Batches that its plug-ins are fitted on: with all of them each month costs more than the one before."""


def probcal_alarms(rows: pd.DataFrame, start: pd.Timestamp, months: int, apart: int) -> list[int]:
    """Months of watching in which it raises an alarm, its documented use; after one it begins anew.

    Args:
        rows: of `benchmarks.alarms`: as_of, pd, defaulted, customer_id.
        start: of watching.
        months: that are watched.
        apart: months from batch to batch.
    """
    kind = importlib.import_module("probcal.monitor").CalibrationMonitor
    watching, found = kind(alpha=ALPHA, plug_in_window=WINDOW), []
    for month in range(HORIZON, months + 1, apart):
        cohort = rows[rows["as_of"] == start + pd.DateOffset(months=month - HORIZON)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a plug-in without defaults
            step = watching.update(cohort["defaulted"].to_numpy(np.int64), cohort["pd"].to_numpy(np.float64))  # fmt: skip
        if step.alarm:
            found.append(month)
            watching = kind(alpha=ALPHA, plug_in_window=WINDOW)
    return found
