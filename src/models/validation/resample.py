"""Bootstrap over customers of the measures that have no closed error: sorted once, each draw is a few passes of sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.arrays import Bools, Floats, Ints
from models.challenge import log_loss
from models.intervals import Ids, Ranking, customer_counts, numbered
from models.metrics import ECE_BINS, brier_skill

MEASURES = ("gini", "ks", "average_precision", "brier", "brier_skill", "log_loss", "ece")
Draws = dict[str, Floats]
"""By measure: its value in each draw; NaN in a draw without a default or without a survivor."""


@dataclass(frozen=True, slots=True)
class Weighable:
    """One model's answers, sorted and added up by customer, so that any weights of customers give its measures.

    Attributes:
        ranking: of its PDs.
        codes: the customer of each row, in the order of the ranking.
        pd: the PDs in that order.
        defaulted: the outcomes in that order.
        squares: Brier score summed by customer.
        losses: log loss summed by customer.
    """

    ranking: Ranking
    codes: Ints
    pd: Floats
    defaulted: Bools
    squares: Floats
    losses: Floats

    @classmethod
    def of(cls, pd: Floats, defaulted: Bools, codes: Ints) -> Weighable:
        """Sorts and adds up."""
        ranking = Ranking.of(pd, defaulted)
        order = ranking.order
        squares = np.bincount(codes, (pd - defaulted) ** 2).astype(np.float64)
        losses = np.bincount(codes, log_loss(pd, defaulted)).astype(np.float64)
        return cls(ranking, codes[order], pd[order], defaulted[order], squares, losses)

    def measured(self, counts: Ints) -> tuple[float, ...]:
        """The measures, in the order of `MEASURES`, of a sample that holds each customer so many times."""
        weight = counts[self.codes]
        tally = self.ranking.tally(weight)
        defaults, survivors = tally.classes
        if not defaults * survivors:
            return (float("nan"),) * len(MEASURES)
        brier = float(counts @ self.squares) / tally.total
        return (
            2.0 * tally.auc - 1.0,
            tally.ks,
            tally.average_precision,
            brier,
            brier_skill(brier, defaults / tally.total),
            float(counts @ self.losses) / tally.total,
            self.calibration_error(weight),
        )

    def calibration_error(self, weight: Ints) -> float:
        """`expected_calibration_error` of the sample in which each row stands so many times; weights in rank order.

        A bin ends inside a row's copies where the equal-mass cut falls there.
        """
        passed = np.cumsum(weight)
        total = int(passed[-1])
        bins = min(ECE_BINS, total)
        sizes = np.full(bins, total // bins) + (np.arange(bins) < total % bins)
        cuts = np.cumsum(sizes)
        row = np.searchsorted(passed, cuts, side="left")
        short = passed[row] - cuts  # copies of the row that fall into the next bin
        excess = self.pd - self.defaulted
        upto = np.cumsum(weight * excess)[row] - short * excess[row]
        return float(np.sum(np.abs(np.diff(upto, prepend=0.0))) / total)


def resample(
    pds: Mapping[str, Floats], defaulted: Bools, customer_id: Ids, draws: int, seed: int
) -> dict[str, Draws]:
    """Measures of every model in resamples of customers, the same customers for all models.

    Args:
        pds: probabilities of default by model, each of shape (n,).
        defaulted: outcomes, shape (n,).
        customer_id: drawn as a whole, shape (n,).
        draws: resamples.
        seed: of the resamples.
    """
    codes, customers = numbered(customer_id)
    sorted_ = {model: Weighable.of(pd, defaulted, codes) for model, pd in pds.items()}
    values: dict[str, list[tuple[float, ...]]] = {model: [] for model in pds}
    for counts in customer_counts(customers, draws, seed):
        for model, one in sorted_.items():
            values[model].append(one.measured(counts))
    return {
        model: dict(zip(MEASURES, np.asarray(rows).T, strict=True))
        for model, rows in values.items()
    }
