"""Boosters of flavours that the folds have chosen, fitted on rows: any number of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

import lightgbm as lgb

from contracts.config.training import TrainConfig
from models.boosting.at_once import at_once
from models.boosting.binned import Binned, Picked, Rows
from models.boosting.booster import Ensemble
from models.boosting.lgbm import lightgbm_params
from models.training.card import CARD, fit_card
from models.training.flavours import Members, Tried

Beside: TypeAlias = tuple[Tried, Picked]
"""A flavour to be fitted alone, and on which rows."""


def fit_alone(
    one: Tried, rows: Rows, binned: Binned, picked: Picked, config: TrainConfig
) -> lgb.Booster:
    """A flavour on the rows picked, with the trees that the folds chose; the scorecard has none to choose."""
    if one.name == CARD:
        return fit_card(rows.codes[picked], rows.defaulted[picked], rows.contract)
    return lgb.train(
        lightgbm_params(rows.contract, config, one.settings),
        binned.take(one.view, picked),
        num_boost_round=one.rounds,
    )


def fit_all(asked: Sequence[Beside], rows: Rows, config: TrainConfig) -> list[lgb.Booster]:
    """Each flavour on its rows, in the order asked."""
    picks = [picked for _, picked in asked]
    views = [one.view for one, _ in asked if one.name != CARD]
    binned = Binned(rows, picks, views, config)
    return at_once([partial(fit_alone, one, rows, binned, picked) for one, picked in asked], config)


def fit_members(
    members: Members,
    rows: Rows,
    picks: Sequence[Picked],
    config: TrainConfig,
    beside: Sequence[Beside] = (),
) -> list[Ensemble]:
    """The members on each pick of the rows: an ensemble a pick; then each of those beside, alone."""
    many = len(members.chosen)
    of_members = [(one, picked) for picked in picks for one in members.chosen]
    # those beside learn from most rows and have most trees: begun first, none is left running alone at the end
    boosters = fit_all([*beside, *of_members], rows, config)
    alone, ours = boosters[: len(beside)], boosters[len(beside) :]
    made = [
        Ensemble(tuple(ours[first : first + many]), rows.contract)
        for first in range(0, len(of_members), many)
    ]
    return made + [Ensemble((one,), rows.contract) for one in alone]
