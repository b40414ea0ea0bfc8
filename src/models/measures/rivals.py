"""Whether a model is behind another on the same rows, beyond chance: in rank order, and in log loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from contracts.arrays import Bools, Floats
from models.base.losses import pd_losses
from models.measures.intervals import Ids, numbered


@dataclass(frozen=True, slots=True)
class Paired:
    """A mean of paired differences, above 0 where the model is ahead; the error is None where customers are too few."""

    gain: float
    standard_error: float | None

    @property
    def p_behind(self) -> float:
        """One-sided p-value of "the model is not behind"; 1 where nothing can be said.

        >>> round(Paired(-1.96, 1.0).p_behind, 3), Paired(0.0, 1.0).p_behind, Paired(-1.0, None).p_behind
        (0.025, 0.5, 1.0)
        """
        if self.standard_error is None:
            return 1.0
        if self.standard_error == 0.0:
            return 0.0 if self.gain < 0.0 else 1.0
        return float(norm.cdf(self.gain / self.standard_error))


@dataclass(frozen=True, slots=True)
class Rivalry:
    """The model against one rival on the test part.

    Attributes:
        rival: its name.
        gini: Gini of the model less the rival's.
        log_loss: mean log loss of the rival less the model's.
    """

    rival: str
    gini: Paired
    log_loss: Paired

    @property
    def p_behind(self) -> float:
        """The smaller of both p-values, times two (Bonferroni)."""
        return min(1.0, 2.0 * min(self.gini.p_behind, self.log_loss.p_behind))


def rivalry(rival: str, pds: tuple[Floats, Floats], defaulted: Bools, customer_id: Ids) -> Rivalry:
    """Compares the model with a rival on the same rows.

    Args:
        rival: its name.
        pds: of the model and of the rival, shape (n,) each.
        defaulted: outcomes, both classes present.
        customer_id: the cluster of each row.
    """
    mine, theirs = pds
    losses = pd_losses(theirs, defaulted) - pd_losses(mine, defaulted)
    return Rivalry(
        rival,
        gini_gained(mine, theirs, defaulted, customer_id),
        _clustered_mean(losses, customer_id),
    )


def gini_gained(mine: Floats, theirs: Floats, defaulted: Bools, customer_id: Ids) -> Paired:
    """Difference of two Ginis on the same rows, with DeLong's paired error, clustered by customer.

    With one row a customer this is DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988); components are summed within
    a customer first (Obuchowski, Biometrics 53, 1997), as in `models.measures.intervals.auc`.

    >>> outcome = np.array([True, True, False, False])
    >>> found = gini_gained(np.array([0.9, 0.8, 0.2, 0.1]), np.array([0.9, 0.4, 0.6, 0.1]), outcome, np.arange(4))
    >>> found.gain, round(found.standard_error, 6)  # AUC 1 and 0.75, twice the error of the second
    (0.5, 0.707107)
    """
    parts = [_components(score, defaulted) for score in (mine, theirs)]
    bad, good = (one - other for one, other in zip(*parts, strict=True))
    value = float(np.mean(bad))
    cluster, clusters = numbered(customer_id)
    heads = [len(np.unique(cluster[rows])) for rows in (defaulted, ~defaulted)]
    if min(heads) < 2:
        return Paired(2.0 * value, None)
    of_bad = np.bincount(cluster[defaulted], bad - value, minlength=clusters) / len(bad)
    of_good = np.bincount(cluster[~defaulted], good - value, minlength=clusters) / len(good)
    variance = (
        heads[0] / (heads[0] - 1) * float(of_bad @ of_bad)
        + heads[1] / (heads[1] - 1) * float(of_good @ of_good)
        + 2.0 * clusters / (clusters - 1) * float(of_bad @ of_good)
    )
    return Paired(2.0 * value, 2.0 * float(np.sqrt(max(variance, 0.0))))


def _components(score: Floats, defaulted: Bools) -> tuple[Floats, Floats]:
    """Of each default the share of survivors it outranks, of each survivor the share of defaults that outrank it."""
    ranks = rankdata(score)
    n_bad = int(np.count_nonzero(defaulted))
    v10 = (ranks[defaulted] - rankdata(score[defaulted])) / (len(score) - n_bad)
    v01 = 1.0 - (ranks[~defaulted] - rankdata(score[~defaulted])) / n_bad
    return v10, v01


def _clustered_mean(values: Floats, customer_id: Ids) -> Paired:
    cluster, clusters = numbered(customer_id)
    value = float(np.mean(values))
    if clusters < 2:
        return Paired(value, None)
    sums = np.bincount(cluster, values - value, minlength=clusters)
    return Paired(value, float(np.sqrt(clusters / (clusters - 1) * (sums @ sums)) / len(values)))
