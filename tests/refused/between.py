"""Outputs of two stages, or of two runs, that do not belong together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import lightgbm as lgb
import numpy as np
import pandas as pd

from bonitas.training import training_of
from decisions.facts.book import Book
from models.base.data import Feature, ModelContract
from models.boosting.booster import Ensemble, load
from models.explanation.measured import refuse_foreign
from models.gates.verdict import blocked_by
from models.sample.split import _refuse_unusable
from models.search.search import best_trial
from models.validation.evaluation import evaluate_models
from quality.rules.catalogue import Tolerances
from tests.refused.case import asked

NOTHING = cast("Any", None)
"""What the refusal comes before."""


def other_features() -> object:
    """A booster that has learned from another column than the contract names."""
    draw = np.random.default_rng(1)
    rows = lgb.Dataset(draw.normal(size=(60, 1)), draw.integers(0, 2, 60), feature_name=["late"])
    params = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
    contract = ModelContract("book", 12, (Feature("equity", "number", -1),))
    Ensemble((lgb.train(params, rows, 2),), contract).save(Path())
    return load(Path(), contract)


def agreement(among: float) -> Callable[[], object]:
    """Reasons of grade 7 of which the first is among the model's own for this share of the customers."""
    one = SimpleNamespace(grade=7, customers=120, among=among)
    return lambda: refuse_foreign([cast("Any", one)])


def split_in(*parts: str) -> pd.DataFrame:
    return pd.DataFrame({"part": list(parts), "defaulted": [False] * len(parts)})


EMPTY = cast("Any", SimpleNamespace(scored=pd.DataFrame({"as_of": pd.to_datetime([])})))
BETWEEN = (
    asked("A gate that was taken away", lambda: blocked_by([{"code": "PD-Z9", "outcome": "failed"}], {})),
    asked("A booster of another run than its contract", other_features),
    asked("Reasons of another model", agreement(0.2)),
    asked("A partition without a test part", lambda: _refuse_unusable(split_in("train", "calibrate"))),
    asked("Nothing scored to be judged by", lambda: evaluate_models({}, NOTHING, None, NOTHING, NOTHING)),
    asked("Nobody scored to decide on", lambda: Book.as_of.fget(EMPTY)),  # type: ignore[attr-defined]  # a property of the class
    asked("A search of which nothing finished", lambda: best_trial([])),
    asked("No part to learn from", lambda: training_of(NOTHING, split_in("train", "train", "test"), NOTHING, [], earlier=False)),
    asked("A tolerance above 1", lambda: Tolerances({"duplicate_key": 5}, where="configs/params.yaml > validate > tolerance")),
)  # fmt: skip
