"""Rows and the time-ordered folds that boosters are tried on: each fold's rows are binned once a view, whoever runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import lightgbm as lgb
import numpy as np

from contracts.arrays import Bools, Floats
from contracts.config.training import TrainConfig
from models.base.data import ModelContract
from models.boosting.at_once import at_once
from models.boosting.lgbm import fold_datasets
from models.boosting.views import View, seen
from models.sample.folds import Fold

Sets = tuple[lgb.Dataset, lgb.Dataset]
"""A fold's rows to learn from, and the later ones it is judged on."""


@dataclass(frozen=True, slots=True)
class Course:
    """What every booster that is tried runs on; bins follow from a fold's train rows alone, so they are made once.

    Attributes:
        codes: encoded rows, shape (n, features).
        defaulted: their outcomes.
        folds: positions in these rows.
        contract: features, with directions.
    """

    codes: Floats
    defaulted: Bools
    folds: Sequence[Fold]
    contract: ModelContract
    _bins: dict[tuple[int, View], Sets] = field(default_factory=dict, repr=False, compare=False)

    def bin(self, views: Sequence[View], config: TrainConfig) -> None:
        """Makes what is missing of the bins of all folds as these views show them."""
        asked = [(at, view) for view in views for at in range(len(self.folds))]
        missing = [one for one in dict.fromkeys(asked) if one not in self._bins]
        made = at_once([partial(self._made, at, view) for at, view in missing], config)
        self._bins.update(zip(missing, made, strict=True))

    def _made(self, at: int, view: View, share: TrainConfig) -> Sets:
        shown = seen(self.codes, view, self.contract)
        train, valid = fold_datasets(
            shown, self.defaulted, self.folds[at], self.contract, share, is_kept=False
        )
        return train.construct(), valid.construct()

    def sets(self, at: int, view: View = "all") -> Sets:
        """A fold's binned rows themselves: for one fit at a time."""
        return self._bins[at, view]

    def copies(self, at: int, view: View) -> Sets:
        """A copy of a fold's binned rows, for a fit beside others on the same fold."""
        train, valid = self._bins[at, view]
        return _copy(train), _copy(valid)


def _copy(data: lgb.Dataset) -> lgb.Dataset:
    return data.subset(np.arange(data.num_data()).tolist()).construct()
