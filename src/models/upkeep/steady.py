"""The assumption that open outcomes rest on, tested: does the part of a horizon's defaults that falls before the next day of decision stay as it was?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import Days
from contracts.documents.recalibration import Steadiness
from models.measures.intervals import Ids, numbered

MIN_DEFAULTED = 25
"""Customers; of fewer nothing is known of the part."""
MIN_HALF = 5
"""Defaults before the next day of decision, in each half of the cohorts."""
SIGNIFICANCE = 0.05
MATERIAL = 0.10
"""Of the part: a difference between the halves that is smaller than this moves no PD by as much as a correction would."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of one set of cohorts, and what each customer has to do with its logarithm."""

    share: float
    early: float
    influence: Floats


def steadiness(days: Days, customer_id: Ids, soon: Bools) -> Steadiness:
    """The part, its error and whether it is the same in the earlier and in the later half of the cohorts.

    The part is defaults before the next day of decision over defaults within the horizon, both of the same cohorts, so it does not depend on
    where history begins or ends. Rows of a customer are dependent: errors are those of a ratio over customers, on the logarithmic scale.

    Args:
        days: day of decision of each row that defaulted within the horizon, all of them matured.
        customer_id: whose row it is.
        soon: whether it did so before the next day of decision.

    Source: Cochran, Sampling Techniques (1977), chapter 6, for the error of a ratio.

    >>> days = np.repeat(np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[D]"), 40)
    >>> who = np.array([f"C{number}" for number in range(80)])
    >>> same = steadiness(days, who, np.tile(np.arange(40) < 10, 2))
    >>> same.share, same.p_value, same.holds
    (0.25, 1.0, True)
    >>> moved = steadiness(days, who, np.r_[np.arange(40) < 6, np.arange(40) < 24])
    >>> moved.early, moved.late, moved.holds, round(moved.p_value, 4)
    (0.15, 0.6, False, 0.0005)
    """
    codes, customers = numbered(customer_id)
    order = np.unique(days)
    is_late = days >= order[len(order) // 2] if len(order) else np.zeros(0, dtype=bool)
    whole, early, late = (
        _part(codes, soon, customers, rows)
        for rows in (np.ones(len(days), dtype=bool), ~is_late, is_late)
    )
    p_value = None
    if min(early.early, late.early) >= MIN_HALF:
        off = float(np.log(early.share / late.share))
        error = float(np.linalg.norm(early.influence - late.influence))
        p_value = float(2.0 * norm.sf(abs(off) / error)) if error > 0 else 1.0
    halves = None if p_value is None else (early.share, late.share)
    return Steadiness(
        defaulted=customers,
        needed=MIN_DEFAULTED,
        share=whole.share,
        error=float(np.linalg.norm(whole.influence)),
        early=None if halves is None else halves[0],
        late=None if halves is None else halves[1],
        p_value=p_value,
        holds=customers >= MIN_DEFAULTED and _is_same(halves, p_value),
    )


def _part(codes: Ints, soon: Bools, customers: int, rows: Bools) -> _Part:
    early = np.bincount(codes[rows & soon], minlength=customers).astype(np.float64)
    every = np.bincount(codes[rows], minlength=customers).astype(np.float64)
    total, hits = float(every.sum()), float(early.sum())
    if hits == 0.0:
        return _Part(0.0, 0.0, np.zeros(customers))
    share = hits / total
    return _Part(share, hits, (early - share * every) / hits)


def _is_same(halves: tuple[float, float] | None, p_value: float | None) -> bool:
    if halves is None or p_value is None:
        return False
    is_small = abs(float(np.log(halves[0] / halves[1]))) <= MATERIAL
    return is_small or p_value >= SIGNIFICANCE
