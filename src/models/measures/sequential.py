"""Alarms that may be looked at on every day of decision: evidence by month, and a detector that keeps a rate of false alarms.

Evidence of a month is an e-value: if the PDs are right its expectation, given everything known before, is at most 1. Products
of them are then test martingales, and no number of looks makes them lie (Ville's inequality).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats, Ints

MIN_MONTHS = 24
"""Of history, for the clustering of defaults to be told from it."""
MIN_COUNT = 25
"""Defaults in them."""


@dataclass(frozen=True, slots=True)
class Detected:
    """A detector, month by month.

    Attributes:
        evidence: the detector's value, shape (months,); it starts at 0 again after an alarm.
        alarms: months in which it reached the threshold.
        leading: at each of the months, the alternative that most of the evidence is for.
        began: at each of the months, the month since which that alternative fits best.
    """

    evidence: Floats
    alarms: Ints
    leading: Ints
    began: Ints


def level_evidence(seen: float, expected: float, ratio: Floats, clustering: float) -> Floats:
    """Evidence of one month that the hazards are `ratio` times those expected: exp((N ln r - E (r - 1)) / phi).

    With independent defaults the bracket is the likelihood ratio of two Poisson laws, whose expectation is 1 (for Bernoulli
    outcomes at most 1). Where defaults come in clusters of at most phi at a time, N is compound Poisson, and as
    exp(t s) - 1 <= s / phi (exp(t phi) - 1) for 0 <= s <= phi, dividing the exponent by phi keeps the expectation at most 1.

    Args:
        seen: defaults N of the month.
        expected: E, the sum of the month's hazards.
        ratio: r > 0, one for each alternative.
        clustering: phi, at least 1.

    Source: Wald, Sequential Analysis (1947), for the likelihood ratio; Ramdas, Gruenwald, Vovk and Shafer, Game-theoretic
    statistics and safe anytime-valid inference, Statistical Science 38 (2023), for e-values.

    >>> level_evidence(8, 5.0, np.array([1.5, 0.5]), 1.0).round(3).tolist()   # exp(8 ln 1.5 - 2.5), exp(8 ln 0.5 + 2.5)
    [2.104, 0.048]
    >>> level_evidence(8, 5.0, np.array([1.5]), 2.0).round(3).tolist()   # its square root
    [1.45]
    """
    return np.asarray(np.exp((seen * np.log(ratio) - expected * (ratio - 1.0)) / clustering))


def mixture_evidence(hazard: Floats, defaulted: Bools, tilt: Floats, clustering: float) -> Floats:
    """Evidence of one month that it was other customers that defaulted, whatever the level.

    Given how many defaulted, each is customer i with chance w_i = h_i / sum h if the hazards are right up to a common factor.
    An alternative says w_i exp(t_i) / sum w exp(t); the product of the ratios over those who defaulted has expectation 1. Up
    to phi defaults may be one event: the product to the power 1 / phi then has expectation at most 1 (Hoelder's inequality).

    Args:
        hazard: h of the month, shape (n,).
        defaulted: who did, shape (n,).
        tilt: t, log of the factor on each customer's hazard, shape (n, alternatives).
        clustering: phi, at least 1.

    Source: Cox, Partial likelihood, Biometrika 62 (1975).

    >>> tilt = np.array([[np.log(2.0)], [0.0]])   # the first is twice as likely as its hazard says
    >>> both = [mixture_evidence(np.array([0.1, 0.1]), np.array(one), tilt, 1.0) for one in ([True, False], [False, True])]
    >>> [round(float(one[0]), 3) for one in both]   # 2 / 1.5 and 1 / 1.5, 1 in the mean
    [1.333, 0.667]
    """
    total = float(hazard.sum())
    if total <= 0 or not defaulted.any():
        return np.ones(tilt.shape[1])
    expected = hazard @ np.exp(tilt) / total
    told = tilt[defaulted].sum(axis=0) - defaulted.sum() * np.log(expected)
    return np.asarray(np.exp(told / clustering))


def detect(evidence: Floats, weights: Floats, threshold: float) -> Detected:
    """Shiryaev and Roberts' detector over several alternatives: M_t = (1 + M_(t-1)) e_t, weighted; an alarm at the threshold.

    M_t sums, over every month in which a change may have begun, the product of the evidence since. M_t - t is a martingale
    (supermartingale) as long as nothing has changed, so an alarm at M_t >= c comes after c months or more in the mean: in
    12 months there are at most 12 / c false ones. After an alarm it starts anew.

    Args:
        evidence: e of each month, shape (months, alternatives).
        weights: of the alternatives, summing to 1.
        threshold: c.

    Source: Shin, Ramdas and Rinaldo, E-detectors: a nonparametric framework for sequential change detection, New England
    Journal of Statistics in Data Science 2 (2024); Roberts, Technometrics 8 (1966).

    >>> found = detect(np.array([[1.0], [2.0], [2.0], [1.0]]), np.ones(1), 10.0)
    >>> found.evidence.tolist(), found.alarms.tolist(), int(found.began[2])   # (1 + 0) 1, (1 + 1) 2, (1 + 4) 2: alarm; anew
    ([1.0, 4.0, 10.0, 1.0], [2], 1)
    """
    months, alternatives = evidence.shape
    total, run, since = np.zeros(alternatives), np.zeros(alternatives), np.zeros(alternatives)
    values, leading, began = (
        np.zeros(months),
        np.zeros(months, np.int64),
        np.zeros(months, np.int64),
    )
    alarms = []
    for month, factor in enumerate(evidence):
        total = (1.0 + total) * factor
        # Page's sum: where the product since the best start falls below 1, the best start is the next month
        since = np.where(run > 0.0, since, month)
        run = np.maximum(run, 0.0) + np.log(factor)
        weighted = weights * total
        values[month] = weighted.sum()
        leading[month] = int(weighted.argmax())
        began[month] = int(since[leading[month]])
        if values[month] >= threshold:
            alarms.append(month)
            total, run = np.zeros(alternatives), np.zeros(alternatives)
    return Detected(values, np.array(alarms, dtype=np.int64), leading, began)


def clustering(counts: Ints) -> float | None:
    """How much more monthly defaults vary than independent ones would: phi >= 1; None where history is too short.

    phi = mean squared difference of successive months / 2 / mean. Independent defaults give 1, pairs that default together 2.
    Differences of successive months do not count a level that moves slowly, which is what an alarm is to find.

    Args:
        counts: defaults by month, in order.

    Source: von Neumann, Distribution of the ratio of the mean square successive difference to the variance, Annals of
    Mathematical Statistics 12 (1941); Cox and Lewis, The Statistical Analysis of Series of Events (1966), for the index.

    >>> clustering(np.tile([2, 6], 12))   # differences of 4: 16 / 2 / 4
    2.0
    >>> clustering(np.array([3, 4])) is None
    True
    """
    if len(counts) < MIN_MONTHS or counts.sum() < MIN_COUNT:
        return None
    differences = np.diff(counts.astype(np.float64))
    return max(1.0, float(np.mean(differences**2) / 2.0 / counts.mean()))


def always_valid_p(deviation: Floats, covariance: Floats, scale: Floats) -> float:
    """p-value of "all deviations are 0" that holds however often it is asked: below a level at any look with at most that probability.

    An estimate from data that grow is in the limit a Brownian motion in the information V^-1. Its likelihood ratio against deviations
    drawn from N(0, T), E = sqrt(|V| / |V + T|) exp(d' (V^-1 - (V + T)^-1) d / 2), is a martingale whose mean is 1 if they are 0, so
    P(E ever reaches 1 / a) <= a (Ville), and p = min(1, 1 / E).

    Args:
        deviation: d, the estimates, shape (k,).
        covariance: V, theirs, shape (k, k).
        scale: standard deviations of T, shape (k,): deviations of this size are found soonest; fixed beforehand.

    Source: Robbins, Statistical methods related to the law of the iterated logarithm, Annals of Mathematical Statistics 41 (1970);
    for estimates in the limit Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic
    confidence sequences, Annals of Statistics 52 (2024).

    >>> one = np.array([[0.01]])   # an error of 0.1: E = sqrt(0.1) exp(d^2 (100 - 10) / 2) for a scale of 0.3
    >>> [round(always_valid_p(np.array([d]), one, np.array([0.3])), 4) for d in (0.1, 0.3, 0.4)]   # 1, 3 and 4 errors
    [1.0, 0.0551, 0.0024]
    """
    wide = covariance + np.diag(scale**2)
    _, narrow_log = np.linalg.slogdet(covariance)
    _, wide_log = np.linalg.slogdet(wide)
    pull = np.linalg.solve(covariance, deviation) - np.linalg.solve(wide, deviation)
    log_evidence = (narrow_log - wide_log + float(deviation @ pull)) / 2.0
    return float(np.exp(-max(log_evidence, 0.0)))
