"""How sure a figure is when one customer gives many rows: variances and resamples by customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from contracts.arrays import Bools, Floats, Ints

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


def numbered(customer_id: Ids) -> tuple[Ints, int]:
    """Customers as numbers 0, 1, ... in the order of their ids, and how many there are.

    >>> codes, customers = numbered(np.array(["C7", "C2", "C7"]))
    >>> codes.tolist(), customers
    ([1, 0, 1], 2)
    """
    codes, names = pd.factorize(np.asarray(customer_id), sort=True)
    return np.asarray(codes, dtype=np.int64), len(names)


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
    return _area(*_components(score, defaulted), defaulted, customer_id)


def auc_gained(mine: Floats, theirs: Floats, defaulted: Bools, customer_id: Ids) -> Auc:
    """Difference of two ROC AUCs on the same rows, with its paired error; as `auc` of the differences of both components.

    >>> outcome = np.array([True, True, False, False])
    >>> found = auc_gained(np.array([0.9, 0.8, 0.2, 0.1]), np.array([0.9, 0.4, 0.6, 0.1]), outcome, np.arange(4))
    >>> found.value, round(found.standard_error, 6)   # AUC 1 and 0.75
    (0.25, 0.353553)
    """
    pairs = zip(_components(mine, defaulted), _components(theirs, defaulted), strict=True)
    bad, good = (one - other for one, other in pairs)
    return _area(bad, good, defaulted, customer_id)


def _components(score: Floats, defaulted: Bools) -> tuple[Floats, Floats]:
    """V10 of each default and V01 of each survivor; see `auc`."""
    n_bad = int(np.count_nonzero(defaulted))
    ranks = rankdata(score)
    v10 = (ranks[defaulted] - rankdata(score[defaulted])) / (len(score) - n_bad)
    v01 = 1.0 - (ranks[~defaulted] - rankdata(score[~defaulted])) / n_bad
    return v10, v01


def _area(v10: Floats, v01: Floats, defaulted: Bools, customer_id: Ids) -> Auc:
    """Mean of the components and its error, deviations summed within a customer first."""
    value = float(np.mean(v10))
    cluster, clusters = numbered(customer_id)
    with_bad, with_good = len(np.unique(cluster[defaulted])), len(np.unique(cluster[~defaulted]))
    if min(with_bad, with_good) < 2:
        return Auc(value, None)
    bad = np.bincount(cluster[defaulted], v10 - value, minlength=clusters) / len(v10)
    good = np.bincount(cluster[~defaulted], v01 - value, minlength=clusters) / len(v01)
    variance = (
        _unbiased(with_bad) * float(bad @ bad)
        + _unbiased(with_good) * float(good @ good)
        + 2.0 * _unbiased(clusters) * float(bad @ good)
    )
    return Auc(value, float(np.sqrt(max(variance, 0.0))))


def _unbiased(clusters: int) -> float:
    return clusters / (clusters - 1)


def customer_counts(customers: int, draws: int, seed: int) -> Iterator[Ints]:
    """How often each customer is drawn, by draw: every draw takes as many customers as there are."""
    random = np.random.default_rng(seed)
    for _ in range(draws):
        drawn = random.integers(0, customers, customers)
        yield np.bincount(drawn, minlength=customers)


def customer_weights(customer_id: Ids, draws: int, seed: int) -> Iterator[Ints]:
    """Row weights of a bootstrap over customers: how often each row's customer was drawn.

    A row of weight 2 stands for the row twice.
    """
    position, customers = numbered(customer_id)
    for counts in customer_counts(customers, draws, seed):
        yield counts[position]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows sorted by score once, so that AUC, KS and average precision under any row weights are one pass of sums.

    Only scores at which somebody defaulted matter: between two of them nothing but survivors pass.

    Attributes:
        order: rows by rising score.
        bad: places of the defaults in that order.
        groups: first of each group of defaults with one score, as a place in `bad`.
        starts: first place of that score.
        ends: the place after its last.
    """

    order: Ints
    bad: Ints
    groups: Ints
    starts: Ints
    ends: Ints

    @classmethod
    def of(cls, score: Floats, defaulted: Bools) -> Ranking:
        """The ranking of these scores; equal ones share a block."""
        order = np.argsort(score, kind="stable")
        ranked = score[order]
        bad = np.flatnonzero(defaulted[order])
        _, groups = np.unique(ranked[bad], return_index=True)
        at = ranked[bad[groups]]
        starts, ends = (np.searchsorted(ranked, at, side=side) for side in ("left", "right"))
        return cls(order, bad, groups, starts, ends)

    def auc(self, weight: Ints) -> float:
        """Weighted ROC AUC, ties half; NaN where a class has no weight.

        >>> ranking = Ranking.of(np.array([0.1, 0.5, 0.5]), np.array([False, True, False]))
        >>> ranking.auc(np.array([1, 1, 2]))  # pairs won 1, tied 2 of 3
        0.6666666666666666
        """
        return self.tally(weight[self.order]).auc

    def tally(self, ranked_weight: Ints) -> Tally:
        """The sums at every score with a default; weights in the order of the scores."""
        passed = np.concatenate(([0], np.cumsum(ranked_weight)))
        bad = np.add.reduceat(ranked_weight[self.bad], self.groups) if len(self.bad) else self.bad
        return Tally(bad, passed[self.starts], passed[self.ends], int(passed[-1]))


@dataclass(frozen=True, slots=True)
class Tally:
    """Weights at each score at which somebody defaulted, by rising score.

    Attributes:
        bad: of the defaults there.
        before: of all rows with a lower score.
        through: of all rows up to and including it.
        total: of all rows.
    """

    bad: Ints
    before: Ints
    through: Ints
    total: int

    @property
    def classes(self) -> tuple[float, float]:
        """Weight of the defaults and of the survivors."""
        defaults = float(self.bad.sum())
        return defaults, self.total - defaults

    @property
    def auc(self) -> float:
        """Share of pairs of a default and a survivor that are in order, ties half."""
        defaults, survivors = self.classes
        if not defaults * survivors:
            return float("nan")
        outranked = self.before - (np.cumsum(self.bad) - self.bad)
        tied = self.through - self.before - self.bad
        return float(np.sum(self.bad * (outranked + 0.5 * tied)) / (defaults * survivors))

    @property
    def ks(self) -> float:
        """Largest gap between the shares of defaults and of survivors at or below a score (Kolmogorov, Smirnov)."""
        defaults, survivors = self.classes
        if not defaults * survivors:
            return float("nan")
        after = np.cumsum(self.bad)
        earlier = after - self.bad
        gap_after = after / defaults - (self.through - after) / survivors
        gap_before = earlier / defaults - (self.before - earlier) / survivors
        return float(max(np.max(np.abs(gap_after)), np.max(np.abs(gap_before))))

    @property
    def average_precision(self) -> float:
        """Mean share of defaults among the rows at or above each default's score."""
        defaults, survivors = self.classes
        if not defaults * survivors:
            return float("nan")
        caught = defaults - (np.cumsum(self.bad) - self.bad)
        flagged = np.maximum(
            self.total - self.before, 1
        )  # a score without weight counts for nothing
        return float(np.sum(self.bad * caught / flagged) / defaults)


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


def auc_of(scored: pd.DataFrame) -> tuple[float | None, float | None]:
    """ROC AUC of the PDs and its standard error over customers; None where outcomes do not allow it.

    Columns read: customer_id, pd, defaulted.
    """
    defaulted = scored["defaulted"].astype(bool).to_numpy()
    heads = scored["customer_id"].to_numpy(dtype=object)
    if len(set(heads[defaulted])) < 2 or len(set(heads[~defaulted])) < 2:
        return None, None
    found = auc(scored["pd"].to_numpy(np.float64), defaulted, heads)
    return found.value, found.standard_error
