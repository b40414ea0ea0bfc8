"""The log loss of each row: the one measure that search, flavours, selection, calibration, promotion and validation go by."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_expit, logit

from contracts.arrays import Bools, Floats
from contracts.scale import floored


def log_odds(pd: Floats) -> Floats:
    """ln(pd / (1 - pd)), of a PD within the floor; see `contracts.scale.PD_FLOOR`.

    >>> log_odds(np.array([0.5, 0.0])).round(6).tolist()   # ln(1e-6 / (1 - 1e-6))
    [0.0, -13.81551]
    """
    return np.asarray(logit(floored(pd)))


def row_losses(log_odds: Floats, defaulted: Bools) -> Floats:
    """-ln of the probability given to what happened, by row; finite however sure the log-odds are.

    >>> row_losses(np.array([0.0, 2.0, -800.0]), np.array([True, False, True])).round(6).tolist()  # ln 2, ln(1 + e^2), 800
    [0.693147, 2.126928, 800.0]
    """
    return np.asarray(-log_expit(np.where(defaulted, log_odds, -log_odds)))


def pd_losses(pd: Floats, defaulted: Bools) -> Floats:
    """`row_losses` of probabilities of default.

    >>> pd_losses(np.array([0.5, 0.25]), np.array([True, False])).round(4).tolist()
    [0.6931, 0.2877]
    """
    chance = floored(pd)
    return np.asarray(-np.where(defaulted, np.log(chance), np.log1p(-chance)))


def clustered_standard_error(values: Floats, cluster: np.ndarray[Any, Any]) -> float:
    """Standard error of the mean of values that are dependent within a cluster.

    sqrt(G / (G - 1) sum over clusters of (sum of deviations)^2) / n, G clusters, n values. With one
    value a cluster it is the usual s / sqrt(n).

    >>> round(clustered_standard_error(np.array([1.0, 3.0]), np.array(["a", "b"])), 6)
    1.0
    """
    groups, position = np.unique(cluster.astype(str), return_inverse=True)
    sums = np.bincount(position, values - values.mean())
    factor = len(groups) / max(len(groups) - 1, 1)
    return float(np.sqrt(factor * np.sum(sums**2)) / len(values))
