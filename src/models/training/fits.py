"""Boosters of flavours that the folds have chosen, fitted on rows: any number of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import lightgbm as lgb

from contracts.arrays import Bools, Floats, Ints
from contracts.config.training import TrainConfig
from models.base.data import ModelContract, Part
from models.boosting.at_once import at_once
from models.boosting.booster import Ensemble
from models.boosting.lgbm import dataset, lightgbm_params
from models.boosting.views import seen
from models.training.card import CARD, fit_card
from models.training.flavours import Members, Tried

Picked: TypeAlias = Ints | Bools | slice
WHOLE = slice(None)
"""Every row."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to learn from.

    Attributes:
        codes: encoded by the contract, shape (n, features).
        defaulted: their outcomes.
        contract: the features.
    """

    codes: Floats
    defaulted: Bools
    contract: ModelContract

    @classmethod
    def of(cls, part: Part, contract: ModelContract) -> Rows:
        """The rows of a part."""
        return cls(contract.encode(part.features), part.defaulted, contract)


def fit_alone(one: Tried, rows: Rows, picked: Picked, config: TrainConfig) -> lgb.Booster:
    """A flavour on the rows picked, with the trees that the folds chose; the scorecard has none to choose."""
    if one.name == CARD:
        return fit_card(rows.codes[picked], rows.defaulted[picked], rows.contract)
    codes = seen(rows.codes[picked], one.view, rows.contract)
    return lgb.train(
        lightgbm_params(rows.contract, config, one.settings),
        dataset(codes, rows.defaulted[picked], rows.contract, config),
        num_boost_round=one.rounds,
    )


def fit_all(
    asked: Sequence[tuple[Tried, Picked]], rows: Rows, config: TrainConfig
) -> list[lgb.Booster]:
    """Each flavour on its rows, in the order asked."""
    return at_once([partial(fit_alone, one, rows, picked) for one, picked in asked], config)


def fit_members(
    members: Members, rows: Rows, picks: Sequence[Picked], config: TrainConfig
) -> list[Ensemble]:
    """The members on each pick of the rows: an ensemble a pick."""
    many = len(members.chosen)
    boosters = fit_all([(one, picked) for picked in picks for one in members.chosen], rows, config)
    return [
        Ensemble(tuple(boosters[first : first + many]), rows.contract)
        for first in range(0, len(boosters), many)
    ]
