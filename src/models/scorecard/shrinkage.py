"""What a few defaults do to a stated scorecard: the posterior mode under Gaussian beliefs, and how much of it is data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from contracts.arrays import Bools, Floats


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The posterior mode.

    Attributes:
        level: added to the stated intercept, log-odds.
        weights: of each feature, as multiples of the stated ones; 1 is the expert's, never below 0.
        level_share: information about the level that the data hold, 0 to 1.
        weight_shares: the same about each weight.
        share: mean of all of these: gamma / k, the well-determined parameters among all k.
    """

    level: float
    weights: Floats
    level_share: float
    weight_shares: Floats
    share: float


def shrink(stated: Floats, added: Floats, defaulted: Bools, information: Floats, beliefs: tuple[float, float]) -> Shrunk:  # fmt: skip
    """Maximises sum_i w_i log p(y_i) - d^2 / (2 s0^2) - sum_j (b_j - 1)^2 / (2 s^2) over d and b >= 0.

    log-odds_i = c + d + sum_j b_j x_ij, where x_ij is what feature j adds by the expert's points and c the expert's
    intercept. Without a row it is the expert's scorecard, with very many the maximum likelihood fit with the promised
    signs. The share of data in parameter k is 1 - (posterior variance) / (prior variance), the posterior variance
    taken from the inverse of the curvature at the mode; their sum is MacKay's number of well-determined parameters.

    Args:
        stated: c, the expert's intercept, one per row, shape (n,).
        added: x, shape (n, k), log-odds.
        defaulted: y.
        information: w: what a row counts for, 1 / (days of decision within one horizon), for overlapping rows of one
            customer tell the same story.
        beliefs: s0 and s, the standard deviations of level and weights.

    Source: MacKay, Bayesian interpolation, Neural Computation 4 (1992); Gelman et al., A weakly informative default
    prior distribution for logistic and other regression models, Annals of Applied Statistics 2 (2008).

    >>> none = np.empty(0)
    >>> shrink(none, np.empty((0, 2)), none.astype(bool), none, (0.5, 0.5)).weights.tolist()
    [1.0, 1.0]
    """
    x = np.column_stack([np.ones(len(added)), added])
    centre = np.append(0.0, np.ones(added.shape[1]))
    precision = 1.0 / np.append(beliefs[0], np.full(added.shape[1], beliefs[1])) ** 2
    y = defaulted.astype(np.float64)

    def loss(b: Floats) -> tuple[float, Floats]:
        odds = stated + x @ b
        fit = float(information @ (np.logaddexp(0.0, odds) - y * odds))
        off = b - centre
        gradient = x.T @ (information * (expit(odds) - y)) + precision * off
        return fit + 0.5 * float(precision @ off**2), gradient

    bounds = [(None, None), *[(0.0, None)] * added.shape[1]]
    options = {"maxiter": 2_000, "ftol": 1e-14, "gtol": 1e-9}
    found = minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    mode = np.asarray(found.x, dtype=np.float64)
    chance = expit(stated + x @ mode)
    curvature = (x * (information * chance * (1.0 - chance))[:, None]).T @ x + np.diag(precision)
    shares = 1.0 - np.diag(np.linalg.inv(curvature)) * precision
    return Shrunk(float(mode[0]), mode[1:], float(shares[0]), shares[1:], float(shares.mean()))
