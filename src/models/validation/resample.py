"""Bootstrap over customers of the measures that have no closed error: sorted once, each draw is a few passes of sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats, Ints
from models.base.binning import equal_mass
from models.base.losses import pd_losses
from models.measures.intervals import Ids, Ranking, customer_counts, numbered
from models.measures.metrics import brier_skill

MEASURES = ("gini", "ks", "average_precision", "brier", "brier_skill", "log_loss", "ece_gap")
Draws = dict[str, Floats]
"""By measure: its value in each draw; NaN in a draw without a default or without a survivor.

`ece_gap` is not the ECE of a draw but how far its bins lie from those of the sample: sum_k w_k |d*_k - d_k|, with d_k the
mean PD less the default rate of bin k and w_k its share of rows.
"""


@dataclass(frozen=True, slots=True)
class Weighable:
    """One model's answers, sorted and added up by customer, so that any weights of customers give its measures.

    Attributes:
        ranking: of its PDs.
        codes: the customer of each row, in the order of the ranking.
        squares: Brier score summed by customer.
        losses: log loss summed by customer.
        excess: PD less outcome summed by customer and equal-mass bin, shape (customers, bins).
        rows: rows of each customer in each bin, same shape.
        off: mean excess of each bin in the sample itself, shape (bins,).
        share: of the rows in each bin, shape (bins,).
    """

    ranking: Ranking
    codes: Ints
    squares: Floats
    losses: Floats
    excess: Floats
    rows: Floats
    off: Floats
    share: Floats

    @classmethod
    def of(cls, pd: Floats, defaulted: Bools, codes: Ints) -> Weighable:
        """Sorts and adds up."""
        ranking = Ranking.of(pd, defaulted)
        parts = equal_mass(pd)
        customers, bins = int(codes.max()) + 1, len(parts)
        bin_of = np.empty(len(pd), dtype=np.int64)
        for number, inside in enumerate(parts):
            bin_of[inside] = number
        cell = codes * bins + bin_of
        excess, rows = (
            np.bincount(cell, values, minlength=customers * bins).reshape(customers, bins)
            for values in ((pd - defaulted).astype(np.float64), np.ones(len(pd)))
        )
        return cls(
            ranking,
            codes[ranking.order],
            np.bincount(codes, (pd - defaulted) ** 2).astype(np.float64),
            np.bincount(codes, pd_losses(pd, defaulted)).astype(np.float64),
            excess.astype(np.float64),
            rows.astype(np.float64),
            excess.sum(axis=0) / rows.sum(axis=0),
            rows.sum(axis=0) / len(pd),
        )

    def measured(self, counts: Ints) -> tuple[float, ...]:
        """The measures, in the order of `MEASURES`, of a sample that holds each customer so many times."""
        tally = self.ranking.tally(counts[self.codes])
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
            self.gap(counts),
        )

    def gap(self, counts: Ints) -> float:
        """How far the calibration of the bins lies from that of the sample: `ece_gap`. A bin left empty counts for nothing."""
        drawn = counts @ self.rows
        gaps = np.abs((counts @ self.excess) / np.maximum(drawn, 1.0) - self.off)
        return float(np.where(drawn > 0, gaps, 0.0) @ self.share)


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
