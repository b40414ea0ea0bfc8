"""The search space: which LightGBM settings a trial may have, and the set every search begins with."""

from __future__ import annotations

import json

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from contracts.config.training import TrainConfig
from models.base.data import ModelContract
from models.boosting.lgbm import Values, by_hand, least_fraction

Space = dict[str, BaseDistribution]
MIN_DEPTH = 2
CATEGORY_ONLY = ("cat_smooth", "cat_l2")


def space(contract: ModelContract, config: TrainConfig) -> Space:
    """The settings searched, by name.

    `min_gain_to_split` is on the scale of a score test: a split's gain G^2 / H is about chi2(1) where
    the feature says nothing, so 5 refuses 97 of 100 such splits. `path_smooth` is in rows:
    a leaf of so many rows is drawn half way to its parent, which matters where 50 rows hold one default.
    Settings of categories are left out where there is no category. A tree sees ten features at least.
    """
    found: Space = {
        # below 0.03 the limit of trees would stop a fit, not the later rows
        "learning_rate": FloatDistribution(0.03, 0.12, log=True),
        "max_depth": IntDistribution(min(MIN_DEPTH, config.max_depth), config.max_depth),
        "min_data_in_leaf": IntDistribution(10, 300, log=True),
        "min_sum_hessian_in_leaf": FloatDistribution(0.05, 5.0, log=True),
        "min_gain_to_split": FloatDistribution(0.0, 5.0),
        "path_smooth": FloatDistribution(0.0, 100.0),
        "lambda_l2": FloatDistribution(0.1, 100.0, log=True),
        "feature_fraction": FloatDistribution(max(0.15, min(0.8, least_fraction(contract))), 1.0),
        "bagging_fraction": FloatDistribution(0.5, 1.0),
        "extra_trees": CategoricalDistribution([False, True]),
        "cat_smooth": FloatDistribution(10.0, 200.0, log=True),
        "cat_l2": FloatDistribution(10.0, 200.0, log=True),
    }
    if any(feature.levels is not None for feature in contract.features):
        return found
    return {name: one for name, one in found.items() if name not in CATEGORY_ONLY}


def first_values(contract: ModelContract, config: TrainConfig) -> Values:
    """The set chosen by hand as a point of the space: what it does not name is switched off."""
    chosen = {"min_gain_to_split": 0.0, "path_smooth": 0.0, **by_hand(contract, config)}
    return {name: chosen[name] for name in space(contract, config)}


def spelt(values: Values) -> str:
    """Settings as text, the same for the same settings in any order."""
    return json.dumps(values, sort_keys=True)
