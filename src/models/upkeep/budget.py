"""False alarms that the whole book may give, and how the checks share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from contracts.documents.monitoring import Allotted, Budget

SHARES: Mapping[str, float] = MappingProxyType(
    {
        "UP-Q2": 0.05,
        "UP-D1": 0.02,
        "UP-D2": 0.02,
        "UP-D3": 0.05,
        "UP-S1": 0.55,
        "UP-S2": 0.10,
        "UP-S3": 0.10,
        "UP-C1": 0.03,
        "UP-C2": 0.03,
        "UP-P1": 0.03,
        "UP-P2": 0.02,
    }
)
"""Part of the budget of each check: most to outcomes as they come, which find trouble first. An input that is not delivered
is a fact and no estimate: its check cannot err and spends nothing."""
DAYS_OF_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Allowance:
    """The budget, told to each check in the form that it needs.

    Attributes:
        a_year: false alarms a year of all checks together.
        looks: a year.
    """

    a_year: float
    looks: float

    def level(self, code: str) -> float:
        """Probability of a false alarm at one look: checks that look at the book anew each time (Bonferroni over looks).

        >>> round(Allowance(0.5, 12.0).level("UP-C1"), 6)   # 0.5 x 0.03 / 12
        0.00125
        """
        return self.a_year * SHARES[code] / self.looks

    def threshold(self, code: str) -> float:
        """Evidence that is an alarm: a detector with this threshold errs after as many looks or more in the mean.

        >>> round(Allowance(0.5, 12.0).threshold("UP-S1"), 2)   # 0.275 a year: 43.6 months
        43.64
        """
        return 1.0 / self.level(code)

    def told(self) -> Budget:
        """The part of the document.

        >>> round(sum(one.a_year for one in Allowance(0.5, 12.0).told().checks), 9)
        0.5
        """
        checks = tuple(
            Allotted(code=code, share=share, a_year=self.a_year * share)
            for code, share in SHARES.items()
        )
        return Budget(a_year=self.a_year, looks=self.looks, checks=checks)


def looks_a_year(as_of: pd.Series[pd.Timestamp]) -> float:
    """How often a year the book is looked at: by the usual distance of its days of decision, at least once.

    >>> looks_a_year(pd.Series(pd.date_range("2024-01-01", periods=8, freq="QS")))
    4.0
    """
    days = np.unique(as_of.to_numpy().astype("datetime64[D]")).astype(np.float64)
    if len(days) < 2:
        return 1.0
    return max(float(np.round(DAYS_OF_YEAR / np.median(np.diff(days)))), 1.0)
