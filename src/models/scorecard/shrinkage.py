"""What a few defaults do to a stated scorecard: the posterior mode under Gaussian beliefs, and how much of it is data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from contracts.arrays import Bools, Floats

MIN_SPREAD = 1e-6
"""Variance of what an input adds, log-odds squared, that a constant one is read as."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The posterior mode.

    Attributes:
        level: added to the stated intercept, log-odds.
        weights: of each input, as multiples of the stated ones; 1 is the expert's, never below 0.
        level_share: information about the level that the data hold, 0 to 1.
        weight_shares: the same about each weight.
        share: mean of all of these: gamma / k, the well-determined parameters among all k.
    """

    level: float
    weights: Floats
    level_share: float
    weight_shares: Floats
    share: float


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Independent Gaussian beliefs in the level and in the weight of each input.

    Attributes:
        precision: 1 / variance, of level and weights, shape (k + 1,).
        weights: the mode of the weights, shape (k,): 1 where points are stated, 0 where nothing is.
        least: what a weight may not fall below, shape (k,): 0 where a direction is promised, else minus infinity.
    """

    precision: Floats
    weights: Floats
    least: Floats

    @classmethod
    def stated(cls, precision: Floats) -> Beliefs:
        """In the expert's points as they are; no weight turns negative."""
        n_weights = len(precision) - 1
        return cls(precision, np.ones(n_weights), np.zeros(n_weights))


def precisions(stated: Floats, added: Floats, weights: tuple[float, float]) -> Floats:
    """Of the beliefs in the level and in each input's weight, shape (k + 1,), from how many defaults they weigh as much as.

    D defaults hold information D about a level (each row adds p (1 - p), about p where defaults are rare) and D v_j about
    the weight of input j, where v_j is the variance of what it adds among rows weighted by p (1 - p). A belief that weighs
    as much as n defaults has that much: n and n v_j.

    Args:
        stated: log-odds of the book's rows by the stated card, shape (n,).
        added: what each input adds there, shape (n, k).
        weights: defaults that the level, and that the points, weigh as much as.

    >>> precisions(np.zeros(2), np.array([[1.0], [-1.0]]), (5.0, 30.0)).tolist()
    [5.0, 30.0]
    """
    chance = expit(stated)
    mass = chance * (1.0 - chance)
    mass = mass / mass.sum()
    spread = mass @ (added - mass @ added) ** 2
    return np.append(weights[0], weights[1] * np.maximum(spread, MIN_SPREAD))


def shrink(
    stated: Floats, added: Floats, defaulted: Bools, information: Floats, beliefs: Beliefs
) -> Shrunk:
    """Maximises sum_i w_i log p(y_i) - t_0 d^2 / 2 - sum_j t_j (b_j - m_j)^2 / 2 over d and b_j >= l_j.

    log-odds_i = c + d + sum_j b_j x_ij, where x_ij is what input j adds and c the stated intercept. Without a row it is
    what is believed (m_j = 1: the expert's scorecard), with very many the maximum likelihood fit with the promised signs. The share of data in parameter k is 1 - (posterior variance) / (prior variance), the posterior variance
    taken from the inverse of the curvature at the mode; their sum is MacKay's number of well-determined parameters.

    Args:
        stated: c, the expert's intercept, one per row, shape (n,).
        added: x, shape (n, k), log-odds.
        defaulted: y.
        information: w: what a row counts for, 1 / (days of decision within one horizon), for overlapping rows of one
            customer tell the same story.
        beliefs: t, m and l.

    Source: MacKay, Bayesian interpolation, Neural Computation 4 (1992); Gelman et al., A weakly informative default
    prior distribution for logistic and other regression models, Annals of Applied Statistics 2 (2008).

    >>> none = np.empty(0)
    >>> shrink(none, np.empty((0, 2)), none.astype(bool), none, Beliefs.stated(np.array([5.0, 30.0, 30.0]))).weights.tolist()
    [1.0, 1.0]
    """
    x = np.column_stack([np.ones(len(added)), added])
    centre, precision = np.append(0.0, beliefs.weights), beliefs.precision
    y = defaulted.astype(np.float64)

    def loss(b: Floats) -> tuple[float, Floats]:
        # weights are multiples of what an input adds, so that b = centre is what is believed
        odds = stated + x @ b
        off = b - centre
        fit = float(information @ (np.logaddexp(0.0, odds) - y * odds))
        gradient = x.T @ (information * (expit(odds) - y)) + precision * off
        return fit + 0.5 * float(precision @ off**2), gradient

    bounds = [(None, None), *((one if np.isfinite(one) else None, None) for one in beliefs.least)]
    options = {"maxiter": 2_000, "ftol": 1e-14, "gtol": 1e-9}
    found = minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    mode = np.asarray(found.x, dtype=np.float64)
    chance = expit(stated + x @ mode)
    curvature = (x * (information * chance * (1.0 - chance))[:, None]).T @ x + np.diag(precision)
    shares = 1.0 - np.diag(np.linalg.inv(curvature)) * precision
    return Shrunk(float(mode[0]), mode[1:], float(shares[0]), shares[1:], float(shares.mean()))
