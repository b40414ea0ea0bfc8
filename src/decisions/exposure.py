"""Exposure at default: how much would be open, and how much of it nobody else would pay."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from contracts.arrays import Floats


def exposure_at_default(exposure: ArrayLike, peak_balance: ArrayLike) -> Floats:
    """EAD: the expected peak open balance, taken as the highest balance today and on the same day of the eleven months before.

    A customer that is about to fail draws what it is used to draw, so a small balance today says little.

    >>> exposure_at_default([100.0, 500.0], [300.0, 200.0]).tolist()
    [300.0, 500.0]
    """
    return np.maximum(np.asarray(exposure, dtype=np.float64), peak_balance)


def uninsured(ead: ArrayLike, insured_limit: ArrayLike, insured_share: ArrayLike) -> Floats:
    """The part of EAD that no insurer pays: EAD - insured share x min(EAD, insured limit).

    Args:
        ead: exposure at default.
        insured_limit: what the insurer covers at most; 0 where there is no cover.
        insured_share: share of a covered loss that is paid out, 0..1.

    >>> uninsured(100_000.0, 60_000.0, 0.9).tolist()   # 100,000 - 0.9 x 60,000
    46000.0
    """
    amount = np.asarray(ead, dtype=np.float64)
    return np.asarray(amount - np.asarray(insured_share) * np.minimum(amount, insured_limit))


def exposure_for(
    uninsured_amount: ArrayLike, insured_limit: ArrayLike, insured_share: ArrayLike
) -> Floats:
    """The EAD whose uninsured part is a given amount: the inverse of `uninsured`.

    Below the insured limit only 1 - share of each further unit is ours; above it all of it is.

    >>> exposure_for(46_000.0, 60_000.0, 0.9).tolist()
    100000.0
    >>> exposure_for(3_000.0, 60_000.0, 0.75).tolist()   # 12,000 with 9,000 of it insured
    12000.0
    """
    amount = np.asarray(uninsured_amount, dtype=np.float64)
    cover, share = np.asarray(insured_limit, dtype=np.float64), np.asarray(insured_share)
    own = 1.0 - share
    within = np.divide(
        amount, own, out=np.full(np.broadcast(amount, own).shape, np.inf), where=own > 0
    )
    return np.where(within <= cover, within, amount + share * cover)
