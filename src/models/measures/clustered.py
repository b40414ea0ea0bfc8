"""The one logistic regression whose errors count customers: level, Cox line and recalibration are fits of it."""

from __future__ import annotations

import numpy as np
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from contracts.arrays import Bools, Floats
from models.measures.intervals import Ids, numbered


def clustered_logit(
    design: Floats, defaulted: Bools, customer_id: Ids, offset: Floats
) -> tuple[Floats, Floats]:
    """Coefficients of logit P(default) = offset + design x beta, and their covariance, clustered by customer.

    Rows of one customer are dependent (a default is seen from twelve days of decision), so the likelihood ratio has no
    chi-square distribution; the sandwich covariance over customers is used instead.

    Args:
        design: shape (n, terms).
        defaulted: outcomes, shape (n,).
        customer_id: whose row it is, shape (n,).
        offset: log-odds that are held, shape (n,).

    Source: Liang and Zeger, Biometrika 73 (1986); Cameron and Miller, A practitioner's guide to
    cluster-robust inference, Journal of Human Resources 50 (2015).

    >>> none = np.zeros(4)
    >>> beta, _ = clustered_logit(np.ones((4, 1)), np.array([True, False, False, False]), np.arange(4), none)
    >>> beta.round(6).tolist()   # ln(1 / 3)
    [-1.098612]
    """
    family = Binomial()
    model = GLM(defaulted.astype(np.float64), design, family=family, offset=offset)
    result = model.fit(cov_type="cluster", cov_kwds={"groups": numbered(customer_id)[0]})
    return np.asarray(result.params), np.asarray(result.cov_params())


def level(odds: Floats, defaulted: Bools, customer_id: Ids) -> tuple[float, float]:
    """The a of logit P(default) = a + odds, above 0 where the PDs are too low, and its error, clustered by customer."""
    found, covariance = clustered_logit(np.ones((len(odds), 1)), defaulted, customer_id, odds)
    return float(found[0]), float(np.sqrt(covariance[0, 0]))
