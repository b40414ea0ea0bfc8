"""Documents: their schemas are printed, their files are refused where a key or a type is another, numbers are plain."""

from __future__ import annotations

import json

import numpy as np
import pytest

from contracts.documents.checks import Checks
from contracts.documents.metrics import Metrics
from contracts.documents.number import Figure
from contracts.documents.schemas import FOLDER, every_document, name_of, schema_text
from contracts.errors import ContractError
from pipelines import ROOT

MEASURED = {
    "n": 10, "defaults": 2, "roc_auc": 0.8, "roc_auc_ci": [0.7, 0.9], "average_precision": 0.3, "ks": 0.5, "brier": 0.1,
    "brier_skill": 0.2, "log_loss": 0.3, "ece": 0.01, "cox_slope": 1.0, "cox_intercept": 0.0, "mean_pd": 0.2, "level": 0.0,
}  # fmt: skip
CELL = {key: MEASURED[key] for key in ("n", "defaults", "roc_auc", "roc_auc_ci", "brier_skill", "mean_pd")}  # fmt: skip
METRICS = {
    "portfolio": "book", "test": MEASURED, "baseline": MEASURED,
    "complexity_premium": {"gini": 0.1, "gini_ci": [0.0, 0.2]}, "two_by_two": {"new_in_time": CELL},
}  # fmt: skip
CHECK = {"code": "PD-D1", "title": "T", "outcome": "passed", "value": 0.8, "threshold": 0.6, "detail": "D.", "stops": False, "blocks": True, "waiver": None}  # fmt: skip


def test_the_schemas_in_the_docs_are_those_of_the_code() -> None:
    """`python -m contracts.documents.schemas` writes them."""
    printed = {
        path.name: path.read_text(encoding="utf-8") for path in (ROOT / FOLDER).glob("*.json")
    }
    wanted = {name_of(document): schema_text(document) for document in every_document()}
    assert printed.keys() == wanted.keys()
    assert [name for name in wanted if printed[name] != wanted[name]] == []
    assert len(wanted) >= 3


def test_metrics_have_the_keys_other_tools_read() -> None:
    found = Metrics.from_text(json.dumps(METRICS), where="m")
    assert found.to_json() == METRICS  # no `oracle` where the truth is not known
    with_oracle = METRICS | {"oracle": MEASURED}
    assert Metrics.from_text(json.dumps(with_oracle), where="m").to_json() == with_oracle
    assert {"n", "defaults", "roc_auc", "roc_auc_ci", "average_precision", "ks", "brier", "brier_skill", "log_loss",
            "ece", "cox_slope", "cox_intercept", "mean_pd"} <= set(found.to_json()["test"])  # fmt: skip


def test_checks_are_a_list_of_nine_keys() -> None:
    found = Checks.from_text(json.dumps([CHECK]), where="c")
    assert json.loads(found.text()) == [CHECK]
    with pytest.raises(ContractError, match="no Checks") as caught:
        Checks.from_text(json.dumps([CHECK | {"outcome": "fine"}]), where="c")
    assert caught.value.where == "c > rows > 0 > outcome"


def test_a_figure_that_is_not_finite_is_not_defined() -> None:
    assert Figure(value=float("nan"), low=np.float64("inf"), high=np.float64(2.0)) == Figure(high=2.0)  # fmt: skip
