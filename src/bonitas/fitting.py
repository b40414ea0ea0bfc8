"""One booster with its calibrator: trees and calibrator chosen on folds of customers, then fitted on all rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from bonitas.settings import canonical
from contracts.arrays import Bools, Floats, Ints
from contracts.config.calibration import CalibrateConfig
from contracts.config.training import TrainConfig
from contracts.errors import BonitasError, TrainingError
from models.base.data import ModelContract, Part, Unseen, learn_contract
from models.boosting.booster import Ensemble
from models.boosting.lgbm import (
    by_hand,
    dataset,
    fit_on_fold,
    fold_datasets,
    lightgbm_params,
)
from models.calibration.choice import calibrate
from models.calibration.form import Calibrator
from models.calibration.forms.identity import Identity
from models.sample.folds import Fold

LEAF_SHARE = (
    20  # a leaf holds a twentieth of a small sample; the house's 50 rows from a thousand on
)
FEW_ROUNDS = 100  # where no fold can be made
NO_DAY = np.datetime64("1970-01-01")


@dataclass(frozen=True, slots=True)
class Recipe:
    """The parameters of `HealthScoreClassifier` that decide how it learns."""

    settings: dict[str, Any]
    max_rounds: int
    folds: int
    methods: tuple[str, ...]
    seed: int


def fitted(
    frame: pd.DataFrame, happened: Bools, customers: np.ndarray[Any, Any], signs: Sequence[int], recipe: Recipe
) -> tuple[Ensemble, Calibrator, int]:  # fmt: skip
    """The booster, its calibrator and the number of its trees.

    Args:
        frame: columns x0, x1 ... as `bonitas.inputs` makes them.
        happened: the outcome of each row.
        customers: whose rows stay together.
        signs: +1, -1 or 0 a column.
        recipe: see there.

    Raises:
        ValueError: nothing can be learned from these rows, or a parameter cannot be.
    """
    try:
        config = TrainConfig(seed=recipe.seed, threads=1, max_rounds=recipe.max_rounds)
        contract = _contract(frame, happened, customers, signs)
        params = _params(contract, config, recipe, len(frame))
        codes = contract.encode(frame)
        rounds, margin = _unseen(codes, happened, customers, (contract, config, params, recipe))
        data = dataset(codes, happened, contract, config)
        booster = lgb.train(params, data, num_boost_round=rounds)
        calibrator = _calibrator(margin, happened, customers, recipe)
    except BonitasError as error:
        raise ValueError(str(error)) from error
    except lgb.basic.LightGBMError as error:
        raise ValueError(f"LightGBM refuses these settings: {error}") from error
    return Ensemble((booster,), contract), calibrator, rounds


def _contract(
    frame: pd.DataFrame, happened: Bools, customers: np.ndarray[Any, Any], signs: Sequence[int]
) -> ModelContract:
    n = len(frame)
    rows = Part(customers, np.full(n, NO_DAY), happened, np.zeros(n, dtype=bool), frame)
    dtypes = ["category" if frame[name].dtype == object else "number" for name in frame]
    signed = [(name, sign) for name, sign, kind in zip(frame, signs, dtypes, strict=True) if sign and kind == "category"]  # fmt: skip
    if signed:
        raise ValueError(f"A category has no direction; give 0 for column {signed[0][0]}.")
    declared = pd.DataFrame(
        {"position": range(len(signs)), "feature": list(frame), "dtype": dtypes, "direction": signs}
    )
    return learn_contract(rows, declared, "own", 12)[0]


def _params(
    contract: ModelContract, config: TrainConfig, recipe: Recipe, n_rows: int
) -> dict[str, Any]:
    settings = canonical(recipe.settings)
    own = {**by_hand(contract, config), "min_data_in_leaf": min(50, max(2, n_rows // LEAF_SHARE))}
    return lightgbm_params(contract, config, {**own, **settings})


Frame = tuple[ModelContract, TrainConfig, dict[str, Any], Recipe]


def _unseen(
    codes: Floats, happened: Bools, customers: np.ndarray[Any, Any], frame: Frame
) -> tuple[int, Floats | None]:
    """Trees, and the margin of each row by a booster that did not learn from its customer; None where no fold can be made."""
    contract, config, params, recipe = frame
    folds = _folds(happened, customers, recipe)
    if not folds:
        return min(FEW_ROUNDS, recipe.max_rounds), None
    fits = []
    for fold in folds:
        train, valid = fold_datasets(codes, happened, fold, contract, config)
        fits.append(fit_on_fold(train, valid, params, config))
    rounds = max(1, round(float(np.mean([one.rounds for one in fits]))))
    margin = np.full(len(codes), np.nan)
    for fold, one in zip(folds, fits, strict=True):
        answers = one.booster.predict(codes[fold.valid], raw_score=True, num_iteration=rounds)
        margin[fold.valid] = answers
    return rounds, margin


def _folds(happened: Bools, customers: np.ndarray[Any, Any], recipe: Recipe) -> list[Fold]:
    """Every row in one fold's later part, no customer in both parts, both outcomes in each."""
    if recipe.folds < 2:
        raise ValueError(f"folds must be 2 or more; received {recipe.folds}.")
    sides = [len(np.unique(customers[happened == side])) for side in (False, True)]
    count = min(recipe.folds, *sides)
    if count < 2:
        return []
    dealt = StratifiedGroupKFold(count, shuffle=True, random_state=recipe.seed)
    found = [_fold(*part) for part in dealt.split(customers, happened, customers)]
    whole = all(0 < np.count_nonzero(happened[rows]) < len(rows) for one in found for rows in (one.train, one.valid))  # fmt: skip
    return found if whole else []


def _fold(train: Ints, valid: Ints) -> Fold:
    return Fold(NO_DAY, train, valid)


def _calibrator(
    margin: Floats | None, happened: Bools, customers: np.ndarray[Any, Any], recipe: Recipe
) -> Calibrator:
    if margin is None:  # too few outcomes of one kind: nothing could be judged
        return Identity()
    config = CalibrateConfig.model_validate({"methods": recipe.methods})
    try:
        with _quiet():
            return calibrate(Unseen(customers, margin, happened), config).calibrator
    except TrainingError as error:  # too few customers to judge one on those that it has not seen
        if Identity().method in recipe.methods:
            return Identity()
        raise ValueError(
            f"None of calibrators={recipe.methods} can be fitted and judged on {len(np.unique(customers))} customers with "
            f"{np.count_nonzero(happened)} rows of the second class. Add 'identity', or give more customers."
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Outcomes that a margin separates have no likeliest slope: that form is left out, and nobody need be warned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
