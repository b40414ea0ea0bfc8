"""What discrimination to expect of customers whose outcomes are not known yet."""

from __future__ import annotations

import numpy as np

from contracts.arrays import Floats


def expected_auc(chance: Floats) -> float | None:
    """The ROC AUC to expect before any outcome is known, if the PDs are right.

    Every pair of rows is counted with the chance that the one defaults and the other does not:
    sum p_i (1 - p_j) [p_i > p_j] / sum p_i (1 - p_j), ties counting half, i and j distinct.

    Source: the idea of confidence-based performance estimation (NannyML), for AUC in closed form.

    >>> round(expected_auc(np.array([0.1, 0.1])), 2), round(expected_auc(np.array([0.0, 1.0])), 2)
    (0.5, 1.0)
    """
    distinct, place = np.unique(chance, return_inverse=True)
    bad = np.bincount(place, weights=chance, minlength=len(distinct))
    good = np.bincount(place, weights=1.0 - chance, minlength=len(distinct))
    below = np.cumsum(good) - good
    # a row is no pair with itself
    own = np.bincount(place, weights=chance * (1.0 - chance), minlength=len(distinct))
    pairs = float(bad.sum() * good.sum() - own.sum())
    if pairs <= 0:
        return None
    ordered = float((bad * below).sum() + 0.5 * ((bad * good).sum() - own.sum()))
    return ordered / pairs
