"""The log loss of each row, from log-odds: the one measure that search, flavours, selection and calibration go by."""

from __future__ import annotations

import numpy as np
from scipy.special import log_expit

from contracts.arrays import Bools, Floats


def row_losses(log_odds: Floats, defaulted: Bools) -> Floats:
    """-ln of the probability given to what happened, by row; finite however sure the log-odds are.

    >>> row_losses(np.array([0.0, 2.0, -800.0]), np.array([True, False, True])).round(6).tolist()  # ln 2, ln(1 + e^2), 800
    [0.693147, 2.126928, 800.0]
    """
    return np.asarray(-log_expit(np.where(defaulted, log_odds, -log_odds)))
