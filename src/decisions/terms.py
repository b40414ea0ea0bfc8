"""Payment terms: as long as the grade supports and the margin pays for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from contracts.arrays import Bools, Floats, Ints

DAYS_A_YEAR = 360.0
# the worked examples are exact in cents, not in binary: a sale that just pays for itself does pay
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Price:
    """What a sale on credit earns and costs.

    Attributes:
        gross_margin: share of the price that is margin.
        lgd: loss given default.
        funding_rate: cost of money a year.
    """

    gross_margin: float
    lgd: float
    funding_rate: float


def breaks_even(pd: ArrayLike, days: ArrayLike, price: Price) -> Bools:
    """Whether a sale on credit earns what it costs: margin >= PD x LGD + funding rate x days / 360.

    Insurance is left out: its premium is not in the books, and its limit is not the next sale's (docs/glossary.md#decisions).

    Args:
        pd: probability of default.
        days: payment terms plus expected days late.
        price: margin, loss and funding.

    >>> breaks_even([0.20, 0.21], 60, Price(0.10, lgd=0.45, funding_rate=0.06)).tolist()   # 0.09 + 0.01 is just paid for
    [True, False]
    """
    funding = price.funding_rate * np.asarray(days, dtype=np.float64) / DAYS_A_YEAR
    cost = np.asarray(pd, dtype=np.float64) * price.lgd + funding
    return np.asarray(cost <= price.gross_margin + ROUNDING)


def longest_terms(
    pd: Floats, grade: Ints, days_late: Floats, ladder: Sequence[int], price: Price
) -> Ints:
    """The longest terms that are not above the grade's and break even; 0 (prepayment) where none do.

    Args:
        pd: probability of default.
        grade: 1 .. len(ladder).
        days_late: expected days late, which must be funded as well.
        ladder: longest terms by grade, not rising; its values are the terms on offer.
        price: margin, loss and funding.

    >>> price = Price(0.008, lgd=0.5, funding_rate=0.06)
    >>> pd, grade = np.array([0.001, 0.01]), np.array([1, 2])
    >>> longest_terms(pd, grade, np.zeros(2), [60, 30, 0], price).tolist()   # 60 days would cost 0.0105, 30 days 0.0055
    [30, 0]
    """
    longest = np.asarray(ladder, dtype=np.int64)[grade - 1]
    granted = np.zeros(len(longest), dtype=np.int64)
    for days in sorted(set(ladder)):
        pays = breaks_even(pd, days + days_late, price)
        granted = np.where((days <= longest) & pays, days, granted)
    return granted
