"""How much evidence overlapping outcome windows hold: the variance of a count of defaults when every date speaks.

A customer seen every month defaults in up to twelve monthly rows. Picking dates whose windows do not overlap throws most
of the evidence away, and which date is left decides the verdict. All rows are used instead, as many independent ones
as give the count of defaults the variance that overlapping windows give it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats
from models.measures.intervals import Ids, numbered

DAYS_OF_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Effective:
    """Rows and defaults that count as independent.

    Attributes:
        rows: effective number of rows.
        defaults: of them.
        mean_pd: of all rows, the rate expected.
    """

    rows: float
    defaults: float
    mean_pd: float


def design_effect(pd_: Floats, customer_id: Ids, as_of: Ids, horizon_months: int) -> float:
    """Variance of the number of defaults over that of independent rows with the mean PD, if the PDs are right.

    Two rows of one customer whose windows share a part o of the horizon have covariance o sqrt(p q) - o p q: with chance o
    a default of one is the default of the other. It does not look at outcomes, so it holds for a grade without a default.

    Args:
        pd_: shape (n,).
        customer_id: whose row it is.
        as_of: dates of decision; two rows of a customer differ in it.
        horizon_months: of the outcome.

    >>> months = np.array(["2024-01-01", "2024-07-01"], dtype="datetime64[D]")
    >>> round(design_effect(np.full(2, 0.01), np.array(["a", "a"]), months, 12), 2)  # windows of a year share half
    1.5
    """
    days, place = np.unique(np.asarray(as_of, dtype="datetime64[D]"), return_inverse=True)
    codes, customers = numbered(customer_id)
    apart = np.abs(np.subtract.outer(days, days).astype(np.int64)) / DAYS_OF_MONTH
    shared = np.maximum(1.0 - apart / horizon_months, 0.0)
    chance = np.zeros((customers, len(days)))
    chance[codes, place] = pd_
    root = np.sqrt(chance)
    total = 0.0
    for first in range(len(days)):
        near = np.flatnonzero(shared[first])
        both = root[:, [first]] * root[:, near] - chance[:, [first]] * chance[:, near]
        total += float(np.sum(both * shared[first, near]))
    mean = float(np.mean(pd_))
    alone = len(pd_) * mean * (1.0 - mean)
    return total / alone if alone > 0 else 1.0


def effective(
    pd_: Floats, defaulted: Bools, customer_id: Ids, as_of: Ids, horizon_months: int
) -> Effective:
    """What all rows are worth, for tests of independent outcomes such as Jeffreys'."""
    spread = design_effect(pd_, customer_id, as_of, horizon_months)
    return Effective(len(pd_) / spread, float(np.sum(defaulted)) / spread, float(np.mean(pd_)))
