"""Differences of two models' measures on the same rows, with intervals that count customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from contracts.arrays import Bools, Floats
from contracts.documents.comparison import Difference, Measure, Ruling
from contracts.documents.number import Figure
from models.base.losses import clustered_standard_error, pd_losses
from models.measures.intervals import Ids, Ranking, auc_gained, customer_weights
from models.validation.figures import UNDEFINED, from_draws, from_error

MIN_CUSTOMERS = 10
"""Customers that defaulted, and that survived, below which a normal interval promises more than it keeps."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What two models said of the same rows.

    Attributes:
        base: PDs of the run compared with, shape (n,).
        run: PDs of the other, shape (n,).
        defaulted: outcomes, shape (n,).
        customer_id: rows of one customer are dependent, shape (n,).
    """

    base: Floats
    run: Floats
    defaulted: Bools
    customer_id: Ids

    def where(self, rows: Bools) -> Rows:
        """Some of the rows."""
        return Rows(self.base[rows], self.run[rows], self.defaulted[rows], self.customer_id[rows])

    @property
    def both_classes(self) -> bool:
        """Whether there is a default and a survivor."""
        return bool(self.defaulted.any() and not self.defaulted.all())

    @property
    def are_enough(self) -> bool:
        """Whether so many customers defaulted, and survived, that something can be ruled."""
        sides = (self.defaulted, ~self.defaulted)
        return min(len(set(self.customer_id[one])) for one in sides) >= MIN_CUSTOMERS


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a statement must be.

    Attributes:
        confidence: of an interval.
        statements: that are made on one page; each is ruled on at (1 - confidence) / statements (Bonferroni).
        draws: resamples of customers.
        seed: of them.
    """

    confidence: float
    statements: int
    draws: int
    seed: int


def loss_difference(rows: Rows) -> tuple[float, float | None]:
    """Mean log loss of the run less that of the base, below 0 where the run's is better, and its error.

    >>> rows = Rows(np.array([0.5, 0.5]), np.array([0.5, 0.25]), np.array([True, False]), np.arange(2))
    >>> round(loss_difference(rows)[0], 6)   # (0 + ln 0.5 - ln 0.75) / 2
    -0.202733
    """
    return _mean(pd_losses(rows.run, rows.defaulted) - pd_losses(rows.base, rows.defaulted), rows)


def brier_difference(rows: Rows) -> tuple[float, float | None]:
    """Brier score of the run less that of the base, below 0 where the run's is better, and its error."""
    return _mean((rows.run - rows.defaulted) ** 2 - (rows.base - rows.defaulted) ** 2, rows)


def _mean(values: Floats, rows: Rows) -> tuple[float, float | None]:
    if len(set(rows.customer_id)) < 2:
        return float(np.mean(values)), None
    return float(np.mean(values)), clustered_standard_error(values, rows.customer_id)


def auc_difference(rows: Rows) -> tuple[float, float | None]:
    """ROC AUC of the run less that of the base, above 0 where the run ranks better, and its error (DeLong, by customer)."""
    found = auc_gained(rows.run, rows.base, rows.defaulted, rows.customer_id)
    return found.value, found.standard_error


def precision_difference(rows: Rows, sure: Sureness) -> Figure:
    """Average precision of the run less that of the base: bootstrap over customers, the same ones for both."""
    run, base = (Ranking.of(pds, rows.defaulted) for pds in (rows.run, rows.base))

    def gained(weight: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        mine, theirs = (one.tally(weight[one.order]).average_precision for one in (run, base))
        return mine - theirs

    draws = [gained(w) for w in customer_weights(rows.customer_id, sure.draws, sure.seed)]
    return from_draws(gained(np.ones(len(rows.base), np.int64)), np.array(draws), sure.confidence)


def ruling(found: tuple[float, float | None], sure: Sureness, *, higher_is_better: bool) -> Ruling:
    """What a difference and its error say: beyond chance among all statements, by itself alone, or not.

    >>> sure = Sureness(0.95, 2, 50, 7)
    >>> [ruling((x, 1.0), sure, higher_is_better=True) for x in (3.0, 2.0, -2.0, 1.0)]   # limits 2.24 and 1.96
    ['better', 'hint_better', 'hint_worse', 'none']
    """
    value, error = found
    if error is None:
        return "too_few"
    if value == 0.0:
        return "none"
    p = 0.0 if error == 0.0 else 2.0 * float(norm.sf(abs(value) / error))
    chance = 1.0 - sure.confidence
    if p >= chance:
        return "none"
    is_sure, is_better = p < chance / sure.statements, (value > 0.0) == higher_is_better
    if is_sure:
        return "better" if is_better else "worse"
    return "hint_better" if is_better else "hint_worse"


def differences(rows: Rows, sure: Sureness) -> tuple[Difference, ...]:
    """All measures; ranking (ROC AUC) and log loss are ruled on, one statement each."""
    loss, brier = loss_difference(rows), brier_difference(rows)
    area = auc_difference(rows) if rows.both_classes else None
    precise = precision_difference(rows, sure) if area is not None else UNDEFINED
    same = bool(np.array_equal(rows.run, rows.base))

    def ruled(found: tuple[float, float | None] | None, *, higher_is_better: bool) -> Ruling:
        if same:
            return "same"
        if found is None or not rows.are_enough:
            return "too_few"
        return ruling(found, sure, higher_is_better=higher_is_better)

    def one(measure: Measure, figure: Figure, ruling_: Ruling | None) -> Difference:
        return Difference(measure=measure, figure=figure, ruling=ruling_)

    return (
        one("log_loss", from_error(*loss, sure.confidence), ruled(loss, higher_is_better=False)),
        one(
            "roc_auc",
            UNDEFINED if area is None else from_error(*area, sure.confidence),
            ruled(area, higher_is_better=True),
        ),
        one("average_precision", precise, None),
        one("brier", from_error(*brier, sure.confidence), None),
    )
