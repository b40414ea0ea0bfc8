"""How sure a figure is when one customer gives many rows: variances and resamples by customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm, rankdata

from models.arrays import Bools, Floats, Ints

Ids = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Auc:
    """ROC AUC and its standard error; None where one customer alone makes up a class."""

    value: float
    standard_error: float | None

    def interval(self, confidence: float) -> tuple[float, float]:
        """Value +/- z standard errors, kept within [0, 1]; all of it where the error is not known.

        >>> [round(end, 4) for end in Auc(0.8, 0.05).interval(0.95)]
        [0.702, 0.898]
        """
        if self.standard_error is None:
            return 0.0, 1.0
        reach = float(norm.ppf(0.5 + confidence / 2)) * self.standard_error
        return max(0.0, self.value - reach), min(1.0, self.value + reach)


def auc(score: Floats, defaulted: Bools, customer_id: Ids) -> Auc:
    """ROC AUC with DeLong's standard error, for rows that are dependent within a customer.

    V10 of a default is the share of survivors it outranks (ties half), V01 of a survivor the share of
    defaults that outrank it. With one row a customer this is DeLong (1988); else Obuchowski's
    extension (1997): deviations are summed within a customer first, so that twelve monthly rows of
    one default count as one piece of evidence.

    Args:
        score: higher means riskier, shape (n,).
        defaulted: outcome, both classes present, shape (n,).
        customer_id: the cluster of each row, shape (n,).

    Source: DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988); Obuchowski, Biometrics 53 (1997);
    midranks after Sun and Xu, IEEE Signal Processing Letters 21 (2014).

    >>> found = auc(np.array([0.9, 0.4, 0.6, 0.1]), np.array([True, True, False, False]), np.arange(4))
    >>> found.value, round(found.standard_error, 6)
    (0.75, 0.353553)
    """
    n_bad = int(np.count_nonzero(defaulted))
    n_good = len(score) - n_bad
    ranks = rankdata(score)
    v10 = (ranks[defaulted] - rankdata(score[defaulted])) / n_good
    v01 = 1.0 - (ranks[~defaulted] - rankdata(score[~defaulted])) / n_bad
    value = float(np.mean(v10))
    _, cluster = np.unique(np.asarray(customer_id).astype(str), return_inverse=True)
    clusters = int(cluster.max()) + 1
    with_bad, with_good = len(np.unique(cluster[defaulted])), len(np.unique(cluster[~defaulted]))
    if min(with_bad, with_good) < 2:
        return Auc(value, None)
    bad = np.bincount(cluster[defaulted], v10 - value, minlength=clusters) / n_bad
    good = np.bincount(cluster[~defaulted], v01 - value, minlength=clusters) / n_good
    variance = (
        _unbiased(with_bad) * float(bad @ bad)
        + _unbiased(with_good) * float(good @ good)
        + 2.0 * _unbiased(clusters) * float(bad @ good)
    )
    return Auc(value, float(np.sqrt(max(variance, 0.0))))


def _unbiased(clusters: int) -> float:
    return clusters / (clusters - 1)


def customer_weights(customer_id: Ids, draws: int, seed: int) -> Iterator[Ints]:
    """Row weights of a bootstrap over customers: how often each row's customer was drawn.

    A row of weight 2 stands for the row twice; every draw takes as many customers as there are.
    """
    customers, position = np.unique(customer_id.astype(str), return_inverse=True)
    random = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = random.integers(0, len(customers), len(customers))
        yield np.bincount(drawn, minlength=len(customers))[position]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows sorted by score once, so that the AUC under any row weights is one pass of sums."""

    order: Ints
    ends: Ints
    defaulted: Bools

    @classmethod
    def of(cls, score: Floats, defaulted: Bools) -> Ranking:
        """The ranking of these scores; equal ones share a block."""
        order = np.argsort(score, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
        return cls(order, ends, defaulted[order])

    def auc(self, weight: Ints) -> float:
        """Weighted ROC AUC, ties half; NaN where a class has no weight.

        >>> ranking = Ranking.of(np.array([0.1, 0.5, 0.5]), np.array([False, True, False]))
        >>> ranking.auc(np.array([1, 1, 2]))  # pairs won 1, tied 2 of 3
        0.6666666666666666
        """
        sorted_weight = weight[self.order]
        bad = np.diff(np.cumsum(sorted_weight * self.defaulted)[self.ends], prepend=0)
        good = np.diff(np.cumsum(sorted_weight * ~self.defaulted)[self.ends], prepend=0)
        pairs = float(bad.sum()) * float(good.sum())
        below = np.cumsum(good) - good
        return float(np.sum(bad * (below + 0.5 * good)) / pairs) if pairs else float("nan")


@dataclass(frozen=True, slots=True)
class Premium:
    """Gini of the complex model less Gini of the simple one, with its interval."""

    gini: float
    gini_ci: tuple[float, float]


def complexity_premium(
    scores: tuple[Floats, Floats],
    defaulted: Bools,
    customer_id: Ids,
    *,
    confidence: float,
    draws: int,
    seed: int,
) -> Premium:
    """What the complexity buys: difference of Ginis on the same rows, percentile interval over customers.

    Args:
        scores: of the complex and of the simple model, higher means riskier.
        defaulted: outcome of each row.
        customer_id: resampled as a whole.
        confidence: of the interval.
        draws: resamples.
        seed: of the resamples.
    """
    complex_, simple = (Ranking.of(score, defaulted) for score in scores)
    once = np.ones(len(defaulted), dtype=np.int64)
    differences = np.array(
        [
            2.0 * (complex_.auc(weight) - simple.auc(weight))
            for weight in customer_weights(customer_id, draws, seed)
        ]
    )
    tail = (1.0 - confidence) / 2.0
    low, high = np.nanquantile(differences, [tail, 1.0 - tail])
    return Premium(2.0 * (complex_.auc(once) - simple.auc(once)), (float(low), float(high)))
