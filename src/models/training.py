"""The fit of one run: features kept, search on time-ordered folds, refit on all of train, the scorecard beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from contracts.config.params import TrainConfig
from contracts.errors import TrainingError
from models.booster import Ensemble
from models.data import ModelContract, Part, assemble, learn_contract
from models.folds import thin_panel, time_folds
from models.lgbm import Values, dataset, lightgbm_params
from models.scorecard import Scorecard, fit_scorecard
from models.search import Found, search

SEARCH_ROWS = 40_000  # an overlapping monthly panel is thinned to about so many for the search


@dataclass(frozen=True, slots=True)
class Trained:
    """All that `train` writes."""

    contract: ModelContract
    ensemble: Ensemble
    scorecard: Scorecard
    found: Found
    dropped: list[str]


def train_models(
    matrix: pd.DataFrame,
    lineage: pd.DataFrame,
    partition: pd.DataFrame,
    config: TrainConfig,
    *,
    portfolio: str,
    horizon_months: int,
) -> Trained:
    """LightGBM and the scorecard on the train part alone.

    Args:
        matrix: features by (customer_id, as_of).
        lineage: order, dtype and direction of the features.
        partition: which rows are train.
        config: seed, budget, limits.
        portfolio: name that goes into the contract.
        horizon_months: label gap of the folds.

    Raises:
        TrainingError: too few defaults, or nothing varies, or no fold can be made.
    """
    part = assemble(matrix, partition, "train")
    _refuse_too_few(part, config.min_defaults)
    contract, dropped = learn_contract(part, lineage, portfolio, horizon_months)
    codes = contract.encode(part.features)
    found = search_part(part, codes, contract, config)
    booster = refit(codes, part, contract, config, found)
    return Trained(
        contract, Ensemble((booster,), contract), fit_scorecard(part, contract), found, dropped
    )


def _refuse_too_few(part: Part, least: int) -> None:
    defaults = int(np.count_nonzero(part.defaulted))
    if defaults < least or defaults == len(part):
        raise TrainingError(
            f"Train holds {defaults} defaults in {len(part)} rows; at least {least}, and as many survivors, are needed.",
            where="data/interim/partition.parquet, part train",
            value=defaults,
            next_step="Give a longer history, check the definition of default, or lower train.min_defaults.",
        )


def search_part(
    part: Part, codes: np.ndarray[Any, Any], contract: ModelContract, config: TrainConfig
) -> Found:
    """The search on one part's rows, thinned where outcomes overlap."""
    kept = thin_panel(part.customer_id, part.as_of, contract.horizon_months, SEARCH_ROWS)
    folds = time_folds(
        part.as_of[kept], part.defaulted[kept], contract.horizon_months, config.search.folds
    )
    return search(codes[kept], part.defaulted[kept], folds, contract, config)


def refit(
    codes: np.ndarray[Any, Any],
    part: Part,
    contract: ModelContract,
    config: TrainConfig,
    found: Found,
) -> lgb.Booster:
    """The chosen settings on every row of the part, with the rounds the folds chose."""
    params: Values = lightgbm_params(contract, config, found.chosen)
    return lgb.train(
        params, dataset(codes, part.defaulted, contract, config), num_boost_round=found.rounds
    )
