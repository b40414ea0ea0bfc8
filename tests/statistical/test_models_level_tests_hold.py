"""Tests of level on customer-months: near their nominal level when the PDs are right, and stronger than one date."""

from __future__ import annotations

import numpy as np
import pandas as pd

from contracts.calendar import snapshots
from models.measures.backtests import jeffreys
from models.measures.overlap import effective

RUNS, CUSTOMERS, MONTHS, HORIZON = 400, 600, 12, 12
DAYS = np.array([f"2024-{month:02d}-01" for month in range(1, 13)], dtype="datetime64[D]")


def book(draw: np.random.Generator, off: float) -> pd.DataFrame:
    """A test year of monthly rows with 12-month outcomes; customers leave with their default, others join.

    The yearly log-odds wander a little, so a customer's PDs differ from month to month; those of the truth are `off` higher.
    """
    lasting = draw.normal(-3.4, 0.9, CUSTOMERS)
    joined = draw.integers(-12, 12, CUSTOMERS).clip(min=0)
    chance = 1 / (1 + np.exp(-(lasting + off)))
    month = draw.geometric(1 - (1 - chance) ** (1 / 12)) - 1 + joined
    who, at = np.meshgrid(np.arange(CUSTOMERS), np.arange(MONTHS), indexing="ij")
    here = (at >= joined[:, None]) & (at <= month[:, None])
    who, at = who[here], at[here]
    return pd.DataFrame(
        {
            "customer_id": who,
            "as_of": DAYS[at],
            "pd": 1 / (1 + np.exp(-lasting[who])),
            "defaulted": month[who] < at + HORIZON,
        }
    )


def p_values(rows: pd.DataFrame) -> tuple[float, float, float]:
    """On all dates by effective numbers; on the one date whose windows do not overlap; on all rows as if independent."""
    columns = [rows[name].to_numpy() for name in ("pd", "defaulted", "customer_id", "as_of")]
    every = effective(*columns, HORIZON)
    once = rows[rows["as_of"].isin(snapshots(rows["as_of"], HORIZON))]
    return (
        jeffreys(every.defaults, every.rows, every.mean_pd),
        jeffreys(int(once["defaulted"].sum()), len(once), float(once["pd"].mean())),
        jeffreys(int(rows["defaulted"].sum()), len(rows), every.mean_pd),
    )


def rejected(off: float) -> np.ndarray:
    draw = np.random.default_rng(11)
    return np.mean([[p < 0.05 for p in p_values(book(draw, off))] for _ in range(RUNS)], axis=0)


def test_right_pds_are_rejected_about_as_often_as_stated() -> None:
    """0.05 within 3 standard errors of 400 runs (0.0327); rows taken as independent reject three times as often or more."""
    every, _, naive = rejected(0.0)
    assert 0.05 - 0.0327 < every < 0.05 + 0.0327
    assert naive > 0.15


def test_all_dates_find_what_the_one_date_misses() -> None:
    every, once, _ = rejected(0.45)
    assert every > once + 0.1
    assert every > 0.6
