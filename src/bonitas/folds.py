"""Time-ordered folds with a label gap, as scikit-learn takes them for `cv=`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Ints
from contracts.calendar import Days
from models.sample.folds import Fold, time_folds


class TimeFolds:
    """Expanding windows: each fold learns from outcomes that were final when its validation rows begin.

    For `cross_validate(..., cv=...)`, `GridSearchCV` and the like. The day of decision of each row is read from the level
    `as_of` of X's index, as `Training.X` has it, so rows may be chosen before.

    Args:
        n_splits: most folds; fewer are made where days or defaults do not suffice.
        horizon_months: months until an outcome is final.

    >>> days = pd.MultiIndex.from_product([["C1"], pd.to_datetime(["2020-01-01", "2021-01-01"])], names=["customer_id", "as_of"])
    >>> TimeFolds(n_splits=3, horizon_months=12)
    TimeFolds(n_splits=3, horizon_months=12)
    >>> next(TimeFolds().split(pd.DataFrame(index=days), [0, 1]))
    Traceback (most recent call last):
    ...
    contracts.errors.TrainingError: The search cannot judge a model on later data: no time-ordered fold has enough defaults.
      where: data/interim/partition.parquet, part train
      value: 2 observation days, 1 defaults, each fold needs 10 before and 3 after a gap of 12 months
      do:    Give a longer history, move calibrate_from later, or shorten horizon_months.
    """

    def __init__(self, n_splits: int = 5, horizon_months: int = 12) -> None:
        self.n_splits = n_splits
        self.horizon_months = horizon_months

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Ints, Ints]]:  # noqa: N803 - scikit-learn's name
        """Positions of the rows to learn from and of the later ones to be judged on, oldest fold first.

        Args:
            X: a frame whose index has the level `as_of`.
            y: 1 where the customer defaulted, else 0.
            groups: not used.

        Raises:
            ValueError: X or y does not say it.
            TrainingError: not one fold has enough defaults on both sides.
        """
        del groups
        for fold in self._folds(X, y):
            yield fold.train, fold.valid

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803
        """How many folds there are: of these rows, or at most where no rows are given."""
        del groups
        return self.n_splits if X is None or y is None else len(self._folds(X, y))

    def __repr__(self) -> str:
        return f"TimeFolds(n_splits={self.n_splits}, horizon_months={self.horizon_months})"

    def _folds(self, frame: Any, outcome: Any) -> list[Fold]:
        days, defaulted = _days(frame), _outcomes(outcome)
        if len(days) != len(defaulted):
            raise ValueError(f"X has {len(days)} rows and y has {len(defaulted)}.")
        return time_folds(days, defaulted, self.horizon_months, self.n_splits)


def _days(frame: Any) -> Days:
    index = getattr(frame, "index", None)
    if not isinstance(index, pd.Index) or "as_of" not in index.names:
        raise ValueError(
            "X must be a frame whose index has the level 'as_of', such as Portfolio.training().X; received "
            f"{type(frame).__name__}. Set it: X.set_index(['customer_id', 'as_of'])."
        )
    return np.asarray(pd.DatetimeIndex(index.get_level_values("as_of")), dtype="datetime64[D]")


def _outcomes(outcome: Any) -> Bools:
    if outcome is None:
        raise ValueError("y is needed: every fold must hold defaults on both sides.")
    values = np.asarray(outcome)
    if not np.isin(values, (0, 1)).all():
        raise ValueError(f"y must be 0 or 1 (1: defaulted); received {np.unique(values)[:5].tolist()}.")  # fmt: skip
    return values.astype(bool)
