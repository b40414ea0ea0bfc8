"""A small scored book with everything a validation can show: segments, a ledger, known truth, two models, held-out customers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from contracts.config.evaluation import EvaluateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.earned import Earned, EarnedYear, Gain
from contracts.documents.open_rows import OpenRows, OpenYear
from models.calibration.forms.offset import Offset
from models.gates.gates import configured
from models.training.shipment import facts
from models.validation.evaluation import Evaluation, evaluate_models
from models.validation.pack import Dossier, Rules
from models.validation.scored import Models, Scored, score_parts
from tests.models_books import lineage, panel, trained_on

DRAWS, SEED, HORIZON = 50, 11, 3
OPEN_YEARS = (
    OpenYear(origin=date(2021, 6, 30), rows=612, came=9, expected=11.25, in_the_end=21, judged=2400, weighed=0.1312, left_out=0.1327, error=0.0011, taken="weighed"),
    OpenYear(origin=date(2022, 6, 30), rows=598, came=14, expected=12.5, in_the_end=23, judged=2380, weighed=0.1431, left_out=0.1402, error=0.0009, taken="left_out"),
)  # fmt: skip
EARNED = tuple(
    EarnedYear(origin=date(year, 6, 30), until=date(year + 1, 6, 1), judged=2400, averaging=None, search=Gain(plain="lightgbm", loss_plain=0.1375 + i / 100, loss=0.1325 + i / 100, earned=0.005, error=0.0015, auc_earned=0.01 + i / 100, auc_error=0.004))
    for i, year in enumerate((2021, 2022))
)  # fmt: skip
TOGETHER = EarnedYear(origin=date(2021, 6, 30), until=date(2023, 6, 1), judged=4800, averaging=None, search=Gain(plain="lightgbm", loss_plain=0.1425, loss=0.1375, earned=0.005, error=0.0011))  # fmt: skip
SEARCH = {
    "trials": 12, "complete": 9, "pruned": 3, "best_log_loss": 0.20125, "by_hand_log_loss": 0.21375,
    "importance": [{"param": "max_depth", "importance": 0.75}, {"param": "lambda_l2", "importance": 0.25}],
}  # fmt: skip
SELECTION = {
    "method": "shap", "kept": 3, "of": 5,
    "rows": [{"feature": "flat", "share": 0.125, "unstable_folds": 2, "kept": False, "reason_en": "No weight.", "reason_zh": "无贡献。"}],
}  # fmt: skip
CALIBRATION = {
    "method": "offset",
    "candidates": [
        {"method": "identity", "log_loss": 0.25125, "standard_error": 0.00125},
        {"method": "offset", "log_loss": 0.24875, "standard_error": 0.0},
    ],
}
MEMBERS = {
    "refit": "matured",
    "tried": [{"flavour": "searched", "log_loss": 0.20125, "rounds": 34, "taken": True}],
}  # fmt: skip


@dataclass(frozen=True)
class Book:
    """What was scored, as one table of rows; the models; and what the evaluation made of them."""

    rows: pd.DataFrame
    models: Models
    found: Evaluation

    def part(self, name: str) -> pd.DataFrame:
        """The rows of a sample."""
        return self.rows[self.rows["part"] == name]


@cache
def book() -> Book:
    """Trained once; no two rows of a part have equal PDs, so that no way of binning ties matters."""
    matrix, partition, truth = panel(customers=120, seed=3, rate=0.09)
    number = matrix["customer_id"].str[1:].astype(int).to_numpy()
    matrix["customer_country"] = np.select([number % 3 == 0, number % 3 == 1], ["DE", "FR"], "PL")
    matrix["balance_amount"] = np.where(number % 5 == 0, 0.0, 1000.0 + number)
    matrix["limits_limit_amount"] = np.where(
        number % 5 == 0, 0.0, np.where(number % 4 == 0, 900.0, 1500.0)
    )
    declared = lineage(late=1, equity=-1, noise=0, flat=0)
    trained = trained_on(matrix, declared, partition)
    models = Models(
        trained.ensemble, Offset(-0.4), trained.scorecard, trained.rivals, (trained.rivals["by_hand"], Offset(-0.1)),
    )  # fmt: skip
    scored = {name: _apart(one, models) for name, one in score_parts(matrix, partition, models).items()}  # fmt: skip
    rules = Rules(EvaluateConfig(bootstrap_draws=DRAWS, seed=SEED), configured({}), ScaleConfig())
    members = MEMBERS | {"members": [{"flavour": one.name} for one in trained.members.chosen]}
    dossier = Dossier("A book", None, CALIBRATION, SEARCH, SELECTION, members, facts("all", partition), _origins(scored["test"]), OpenRows(policy="auto", taken="weighed", years=OPEN_YEARS), Earned(years=EARNED, together=TOGETHER))  # fmt: skip
    found = evaluate_models(scored, models, truth, rules, dossier)
    rows = pd.concat([_rows(name, one, truth) for name, one in scored.items()], ignore_index=True)
    return Book(rows, models, found)


def _origins(test: Scored) -> pd.DataFrame:
    """The test sample as two years that followed an origin each."""
    days = pd.to_datetime(test.part.as_of)
    cut = days.sort_values().unique()[days.nunique() // 2]
    return pd.DataFrame(
        {
            "origin": np.where(days < cut, days.min(), cut), "customer_id": test.part.customer_id, "as_of": days,
            "pd": test.pd, "defaulted": test.part.defaulted,
        }
    )  # fmt: skip


def _apart(one: Scored, models: Models) -> Scored:
    noise = np.random.default_rng(len(one.part)).normal(scale=1e-7, size=len(one.part))
    margin = one.margin + noise
    card = expit(logit(one.pd_baseline) - noise)
    return replace(one, margin=margin, pd=models.calibrator.apply(margin), pd_baseline=card)


def _rows(name: str, one: Scored, truth: pd.DataFrame) -> pd.DataFrame:
    part = one.part
    features: Any = part.features
    rows = pd.DataFrame(
        {
            "part": name, "customer_id": part.customer_id, "as_of": pd.to_datetime(part.as_of), "bad": part.defaulted,
            "is_new": part.is_held_out, "margin": one.margin, "pd": one.pd, "card": one.pd_baseline,
            "country": features["customer_country"].to_numpy(), "balance": features["balance_amount"].to_numpy(),
            "limit": features["limits_limit_amount"].to_numpy(),
        }
    )  # fmt: skip
    known = truth.assign(as_of=pd.to_datetime(truth["as_of"]))
    return rows.merge(known, on=["customer_id", "as_of"], how="left").assign(
        **{f"x_{name}": features[name].to_numpy() for name in ("late", "equity", "noise", "flat", "industry")}
    )  # fmt: skip
