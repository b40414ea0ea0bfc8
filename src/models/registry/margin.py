"""How much worse may a version be that takes the champion's place without a person? Never more, in sum, than the margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.numbers import local
from models.base.losses import pd_losses


@dataclass(frozen=True, slots=True)
class Lost:
    """What a new version loses against the champion on the same rows, as a share of the champion's log loss.

    Attributes:
        share: above 0 the new version is worse; -0.01 is a log loss lower by 1 %.
        upper: one-sided upper bound of it.
        rows: compared.
        customers: compared.
    """

    share: float
    upper: float
    rows: int
    customers: int

    @property
    def spent(self) -> float:
        """What of the margin is used up where the version is made champion all the same: the bound, never less than 0."""
        return max(0.0, self.upper)

    def is_within(self, margin: float, spent: float) -> bool:
        """Whether what is given away by it, with what was given away before, stays within the margin.

        >>> [Lost(0.001, 0.008, 4100, 350).is_within(0.02, spent) for spent in (0.0, 0.011, 0.013)]
        [True, True, False]
        >>> Lost(-0.03, -0.01, 4100, 350).is_within(0.02, 0.02)   # better beyond doubt: it costs nothing
        True
        """
        return self.spent == 0.0 or spent + self.spent <= margin

    def told(self, version: str) -> str:
        """In words.

        >>> Lost(0.0012, 0.0087, 4100, 350).told("3")
        'log loss +0.12% of that of version 3, at most +0.87%, on 4,100 rows of 350 customers'
        """
        return (
            f"log loss {local(self.share, '+.2%')} of that of version {version}, at most {local(self.upper, '+.2%')}, "
            f"on {self.rows:,} rows of {self.customers:,} customers"
        )


def lost(
    outcomes: pd.DataFrame, new: Floats, champion: Floats, *, draws: int, seed: int, level: float
) -> Lost:
    """Share of the champion's log loss that a new version loses, with a bound by customer.

    sum(loss of the new version - loss of the champion) / sum(loss of the champion). Customers are drawn, not rows, for
    the months of one customer share their outcome. A share, so that one margin serves books of one default in ten and of
    one in five hundred alike. The bound is the draws' quantile 1 - level.

    Args:
        outcomes: customer_id and defaulted, one row per observation.
        new: PDs of the new version, same rows.
        champion: PDs of the champion, same rows.
        draws: bootstrap resamples.
        seed: of the resamples.
        level: one-sided error of the bound.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), sections 13.3 and 16. Non-inferiority against
    a margin set beforehand: ICH E9, Statistical Principles for Clinical Trials (1998), section 3.3.2.
    """
    defaulted = outcomes["defaulted"].astype(bool).to_numpy()
    theirs = pd_losses(champion, defaulted)
    more = pd_losses(new, defaulted) - theirs
    codes, customers = pd.factorize(outcomes["customer_id"], sort=True)
    n = len(customers)
    total, base = (np.bincount(codes, weights=one, minlength=n) for one in (more, theirs))
    times = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=draws)
    drawn = (times @ total) / (times @ base)
    return Lost(
        share=float(more.sum() / theirs.sum()),
        upper=float(np.quantile(drawn, 1.0 - level, method="higher")),
        rows=len(outcomes),
        customers=n,
    )
