"""Tests of "the probabilities are right": what each assumes of the rows is said in its docstring.

A customer that is seen every month defaults in up to twelve monthly rows. Tests for independent outcomes
(`jeffreys`, `binomial`) are therefore given effective numbers of rows and defaults of all dates (`models.measures.overlap`);
`hosmer_lemeshow` rows on dates whose outcome windows do not overlap (`contracts.calendar.snapshots`), where each
customer's default counts once; the others sum within a customer first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, chi2, norm

from contracts.arrays import Bools, Floats, Ints
from models.base.binning import BINS, equal_mass
from models.measures.intervals import Auc, Ids, numbered

JEFFREYS, CLOPPER_PEARSON = 0.5, 1.0
"""Defaults added before a bound is taken: of Jeffreys' prior, and of the exact bound."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Outcome of a test: its statistic, the p-value of what it assumes, and how many rows it saw."""

    statistic: float
    p_value: float
    n: int


def jeffreys(defaults: float, rows: float, mean_pd: float) -> float:
    """p-value of "the PD is not too low": F_Beta(D + 1/2, N - D + 1/2)(PD). Small means more default than expected.

    Outcomes are independent given the PD.

    Source: ECB, Instructions for reporting the validation results of internal models (PD part), Jeffreys test.

    >>> round(jeffreys(5, 100, 0.02), 4), round(jeffreys(2, 100, 0.02), 4)
    (0.0286, 0.452)
    """
    return float(beta.cdf(mean_pd, defaults + 0.5, rows - defaults + 0.5))


def binomial(defaults: float, rows: float, mean_pd: float) -> float:
    """p-value of "the PD is not too low": P(D or more defaults) in N independent trials at the mean PD.

    >>> round(binomial(2, 10, 0.1), 4)  # 1 - 0.9^10 - 10 x 0.1 x 0.9^9
    0.2639
    """
    if defaults <= 0:
        return 1.0
    # the binomial tail as an incomplete beta: it takes effective numbers as well
    return float(beta.cdf(mean_pd, defaults, rows - defaults + 1.0))


def jeffreys_interval(defaults: float, rows: float, confidence: float) -> tuple[float, float]:
    """Equal-tailed interval of a rate under Jeffreys' prior; 0 or 1 where the rate itself is (Brown, Cai, DasGupta 2001).

    Args:
        defaults: D, may be an effective number.
        rows: N, may be an effective number.
        confidence: of the interval.

    >>> [round(end, 4) for end in jeffreys_interval(1, 10, 0.95)]
    [0.011, 0.3813]
    """
    tail = (1.0 - confidence) / 2.0
    low, high = beta.ppf([tail, 1.0 - tail], defaults + 0.5, rows - defaults + 0.5)
    return (0.0 if defaults <= 0 else float(low)), (1.0 if defaults >= rows else float(high))


def upper_bound(
    defaults: float, rows: float, confidence: float, *, added: float = JEFFREYS
) -> float:
    """What the default rate is not above with this confidence: a quantile of Beta(D + a, N - D + 1 - a).

    For grades with few defaults or none, whose rate of 0 says too little. a = 1/2 is Jeffreys' prior, 1 the
    exact (Clopper-Pearson) bound.

    >>> round(upper_bound(0, 800, 0.9, added=CLOPPER_PEARSON), 6)  # 1 - 0.1^(1 / 800)
    0.002874
    """
    return float(beta.ppf(confidence, defaults + added, rows - defaults + 1.0 - added))


def upper_bounds(
    defaults: Ints | Floats, rows: Ints | Floats, confidence: float, *, added: float = JEFFREYS
) -> list[float | None]:
    """Most prudent default rate of each grade, for portfolios with few defaults or none.

    The order of grades is all that is trusted: a grade is no riskier than those after it, so the bound of
    a grade is `upper_bound` of all rows in it and in riskier grades together. None where no row is left.

    Args:
        defaults: by grade, healthiest first.
        rows: by grade.
        confidence: one-sided.
        added: a of `upper_bound`.

    Source: Pluto and Tasche, Estimating probabilities of default for low default portfolios (2005), section 2; their
    table for 100, 400 and 300 obligors without a default gives 0.29 %, 0.33 %, 0.76 % at 90 %.

    >>> found = upper_bounds(np.array([0, 0, 0]), np.array([100, 400, 300]), 0.9, added=CLOPPER_PEARSON)
    >>> [round(100 * bound, 2) for bound in found]
    [0.29, 0.33, 0.76]
    """
    bad = np.cumsum(np.asarray(defaults)[::-1])[::-1]
    all_rows = np.cumsum(np.asarray(rows)[::-1])[::-1]
    return [
        upper_bound(d, n, confidence, added=added) if n else None
        for d, n in zip(bad.tolist(), all_rows.tolist(), strict=True)
    ]


def hosmer_lemeshow(pd: Floats, defaulted: Bools, groups: int = BINS) -> Backtest | None:
    """Do defaults and expected defaults agree in ten groups of rising PD? Large statistics say no.

    C = sum over groups of (D - E)^2 / (E (1 - E / n)), chi-square with as many degrees of freedom as groups:
    on data the model was not fitted on none is lost. Outcomes are independent. None where a group expects no
    default at all.

    Args:
        pd: probabilities of default, shape (n,).
        defaulted: outcomes, shape (n,).
        groups: of equal mass; tied PDs share one, so there may be fewer.

    Source: Hosmer, Lemeshow and Sturdivant, Applied Logistic Regression (2013), section 5.2.2.

    >>> found = hosmer_lemeshow(np.array([0.1, 0.1, 0.5, 0.5]), np.array([0, 0, 1, 0], dtype=bool), groups=2)
    >>> round(found.statistic, 4), round(found.p_value, 4)  # 0.2^2 / (0.2 x 0.9) and 0
    (0.2222, 0.8948)
    """
    if len(pd) == 0:
        return None
    parts = equal_mass(pd, groups)
    n = np.array([len(part) for part in parts], dtype=np.float64)
    expected = np.array([np.sum(pd[part]) for part in parts])
    seen = np.array([np.count_nonzero(defaulted[part]) for part in parts])
    spread = expected * (1.0 - expected / n)
    if not np.all(spread > 0):
        return None
    statistic = float(np.sum((seen - expected) ** 2 / spread))
    return Backtest(statistic, float(chi2.sf(statistic, len(parts))), len(pd))


def spiegelhalter(pd: Floats, defaulted: Bools, customer_id: Ids) -> Backtest | None:
    """Is the Brier score what right PDs would give? Two-sided; z above 0: worse than they would.

    z = sum (y - p)(1 - 2p) / s. With one row a customer s^2 = sum (1 - 2p)^2 p (1 - p) as published; rows of one
    customer are dependent, and then s^2 is the sum of squares of the customers' own sums. None where s is 0.

    Args:
        pd: p, probabilities of default, shape (n,).
        defaulted: y, outcomes, shape (n,).
        customer_id: whose row it is, shape (n,).

    Source: Spiegelhalter, Probabilistic prediction in patient management, Statistics in Medicine 5 (1986).

    >>> found = spiegelhalter(np.array([0.2, 0.2]), np.array([True, False]), np.array(["a", "b"]))
    >>> round(found.statistic, 4)  # (0.8 - 0.2) 0.6 / sqrt(2 x 0.36 x 0.16)
    1.0607
    """
    if len(pd) == 0:
        return None
    codes, customers = numbered(customer_id)
    terms = (defaulted - pd) * (1.0 - 2.0 * pd)
    if customers == len(pd):
        variance = float(np.sum((1.0 - 2.0 * pd) ** 2 * pd * (1.0 - pd)))
    else:
        variance = float(np.sum(np.bincount(codes, terms) ** 2))
    if variance <= 0:
        return None
    statistic = float(np.sum(terms)) / float(np.sqrt(variance))
    return Backtest(statistic, float(2.0 * norm.sf(abs(statistic))), len(pd))


def auc_then_and_now(before: float, now: Auc, rows: int) -> Backtest | None:
    """Does the score still tell customers apart as well as it did? One-sided: small p-values say it does so less.

    S = (AUC then - AUC now) / s with s the standard error of the AUC now, clustered by customer; the AUC then is
    taken as it was. None where the error is not known.

    Source: ECB, Instructions for reporting the validation results of internal models (PD part), current AUC against
    AUC at initial validation.

    >>> found = auc_then_and_now(0.80, Auc(0.75, 0.025), 1000)
    >>> round(found.statistic, 4), round(found.p_value, 4)
    (2.0, 0.0228)
    """
    if not now.standard_error:
        return None
    statistic = (before - now.value) / now.standard_error
    return Backtest(float(statistic), float(norm.sf(statistic)), rows)
