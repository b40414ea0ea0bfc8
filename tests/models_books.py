"""Small books for the tests of `src/models`: cohorts by calendar, and features with a known log-odds."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object

from contracts.config.expert import ExpertConfig
from contracts.config.training import SearchConfig, TrainConfig
from models.base.data import Feature, ModelContract, Part, assemble
from models.search.preparation import prepare
from models.training.training import Trained, train_models

QUICK = TrainConfig(
    threads=1,
    max_rounds=80,
    early_stopping_rounds=10,
    search=SearchConfig(trials=3, folds=2),
    flavours=("searched", "shallow"),
    unseen_folds=2,
)
FEW = ExpertConfig.model_validate(
    {
        "race_until": 50,
        "long_run_rate": 0.08,
        "level_weight": 5,
        "points_weight": 30,
        "features": {
            "credit_record": {"late": {"cuts": [-1, 0, 1], "points": [-20, -8, 8, 20]}},
            "financial_health": {"equity": {"cuts": [-1, 0, 1], "points": [20, 8, -8, -20]}},
            "ability_to_pay": {"gone": {"cuts": [0], "points": [0, 3]}},
        },
    }
)
"""An expert score of the panel's inputs, and of one it does not have."""
INDUSTRIES = ("food", "metal", "paper")


def monthly_cohort(
    first: str, months: int, *, horizon: int, complete_until: str, customers: int = 40
) -> pd.DataFrame:
    """Every customer on every month-end; one in eight rows defaults; missing until matured."""
    days = pd.date_range(first, periods=months, freq="ME")
    ids = [f"C{number:03d}" for number in range(customers)]
    key = pd.MultiIndex.from_product([days, ids], names=["as_of", "customer_id"]).to_frame(
        index=False
    )
    matured_on = key["as_of"] + pd.DateOffset(months=horizon)
    outcome = pd.Series(np.arange(len(key)) % 8 == 0, dtype="boolean")
    is_open = matured_on > pd.Timestamp(complete_until) + pd.Timedelta(days=1)
    return key.assign(matured_on=matured_on, defaulted=outcome.mask(is_open))


def lineage(**directions: int) -> pd.DataFrame:
    """A lineage of numbers with these directions, and the category `industry`."""
    names = [*directions, "industry"]
    return pd.DataFrame(
        {
            "position": range(len(names)),
            "feature": names,
            "family": "payments",
            "dtype": ["number"] * len(directions) + ["category"],
            "direction": [*directions.values(), 0],
        }
    )


def panel(
    *, customers: int = 400, months: int = 30, seed: int = 1, rate: float = 0.06
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A monthly panel with a three-month horizon: matrix, partition, truth.

    log-odds = base + late - 0.8 equity + noise-free; `noise` says nothing; `flat` is constant.
    """
    random = np.random.default_rng(seed)
    days = pd.date_range("2020-01-31", periods=months, freq="ME")
    ids = np.repeat([f"C{number:04d}" for number in range(customers)], months)
    n = len(ids)
    late = np.repeat(random.normal(size=customers), months) + 0.3 * random.normal(size=n)
    equity = np.repeat(random.normal(size=customers), months) + 0.3 * random.normal(size=n)
    odds = np.log(rate / (1 - rate)) - 0.5 + 1.2 * late - 0.8 * equity
    chance = 1 / (1 + np.exp(-odds))
    matrix = pd.DataFrame(
        {
            "customer_id": ids,
            "as_of": np.tile(days, customers),
            "late": np.where(random.random(n) < 0.05, np.nan, late),
            "equity": equity,
            "noise": random.normal(size=n),
            "flat": 1.0,
            "industry": np.asarray(INDUSTRIES, dtype=object)[random.integers(0, 3, n)],
        }
    )
    month = np.tile(np.arange(months), customers)
    part = np.select([month < 18, month < 21, month < 24], ["train", "gap", "calibrate"], "test")
    partition = pd.DataFrame(
        {
            "customer_id": ids,
            "as_of": matrix["as_of"],
            "part": part,
            "is_held_out": ids < "C0040",
            "defaulted": pd.array(random.random(n) < chance, dtype="boolean"),
        }
    )
    held = partition["is_held_out"] & partition["part"].isin(["train", "calibrate"])
    partition["part"] = partition["part"].mask(held, "holdout")
    truth = partition[["customer_id", "as_of"]].assign(true_pd=chance)
    return matrix, partition, truth


def trained_on(
    matrix: pd.DataFrame,
    declared: pd.DataFrame,
    partition: pd.DataFrame,
    config: TrainConfig = QUICK,
) -> Trained:
    """The models of a small panel with a three-month horizon."""
    ready = prepare(matrix, declared, partition, config, portfolio="book", horizon_months=3)
    return train_models(ready, assemble(matrix, partition, "calibrate"), config)


_trained: dict[str, Trained] = {}


def trained_once(matrix: pd.DataFrame, declared: pd.DataFrame, partition: pd.DataFrame) -> Trained:
    """The same, made once in a process: for tests that look at such models, not at the training."""
    rows = (hash_pandas_object(one).to_numpy().tobytes() for one in (matrix, declared, partition))
    names = repr([list(one.columns) for one in (matrix, declared, partition)])
    key = sha256(b"".join([*rows, names.encode()])).hexdigest()
    if key not in _trained:
        _trained[key] = trained_on(matrix, declared, partition)
    return _trained[key]


def part_of(features: pd.DataFrame, defaulted: Any, *, customers: Any = None) -> Part:
    """A part with one row a customer, all on one day."""
    n = len(features)
    ids = [f"C{number}" for number in range(n)] if customers is None else customers
    return Part(
        np.asarray(ids, dtype=object),
        np.full(n, np.datetime64("2024-01-31")),
        np.asarray(defaulted, dtype=bool),
        np.zeros(n, dtype=bool),
        features.reset_index(drop=True),
    )


def numbers(**directions: int) -> ModelContract:
    """A contract of number features with these directions."""
    features = tuple(Feature(name, "number", sign) for name, sign in directions.items())
    return ModelContract("book", 3, features)
